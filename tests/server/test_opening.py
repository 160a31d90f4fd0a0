"""Models open outside the lock, once for all who wait; models in memory are offered like any other."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from starlette.testclient import TestClient

import painted
import trasluz as tl
from trasluz.base.errors import TrasluzError
from trasluz.lab.encode import encode
from trasluz.server.app import make_app
from trasluz.server.limits import Limits
from trasluz.server.refusals import MapClosed
from trasluz.server.studio import Studio

SLOW = """
import time
from pathlib import Path

import toy_models
from trasluz.base.errors import DamagedFile
from trasluz.spaces.opener import ModelFacts, Opener

SECONDS = 1.2


class Slow(Opener):
    name, title, looks_for = "slow", "Opens in a second", "slow.txt"

    def recognises(self, folder):
        return (folder / self.looks_for).is_file()

    def stamp(self, folder):
        return (1,)

    def describe(self, folder):
        return ModelFacts("toy", self.title)

    def open(self, folder, device, allow):
        with (folder / "asked.txt").open("a") as file:
            file.write("asked ")
        time.sleep(SECONDS)
        if (folder / "fails.txt").exists():
            raise DamagedFile("it fails to open")
        model = toy_models.coded()
        model.name = folder.name
        return model
"""


@pytest.fixture
def slow(plugin, workspace):
    """Makes models that take a second to open."""
    plugin("slow", {"openers": {"slow": "slow_opener:Slow"}}, slow_opener=SLOW)

    def make(name):
        folder = workspace.root / "models" / name
        folder.mkdir(parents=True)
        (folder / "slow.txt").touch()
        return folder

    return make


@pytest.fixture
def studio(workspace):
    made = Studio(workspace=workspace, device="cpu", limits=Limits(models=4))
    yield made
    made.close()


def asked(folder):
    return len((folder / "asked.txt").read_text().split())


def test_everything_else_goes_on_while_a_model_opens(studio, slow, paint):
    slow("one")
    map = studio.draw(
        "painted", space=None, data=None, atlas="painted", method="pca", settings=None, color=None, seed=0,
        progress=tl.base.progress.SILENT,
    )  # fmt: skip
    opening = threading.Thread(target=studio.opened, args=("one",))
    opening.start()
    time.sleep(0.2)
    slowest = 0.0
    for _ in range(50):
        began = time.perf_counter()
        assert studio.map(map.id) is map and studio.opened("painted") is map.opened
        slowest = max(slowest, time.perf_counter() - began)
    assert opening.is_alive(), "the model was open too soon to tell"
    opening.join()
    assert slowest < 0.3


def test_of_too_many_maps_the_one_looked_at_longest_ago_goes_and_a_list_is_no_look(workspace, slow, paint):
    studio = Studio(workspace=workspace, device="cpu", limits=Limits(models=1, maps=2))

    def draw(seed):
        return studio.draw(
            "painted", space=None, data=None, atlas="painted", method="pca", settings=None, color=None, seed=seed,
            progress=tl.base.progress.SILENT,
        )  # fmt: skip

    first, second = draw(0), draw(1)
    assert studio.map(first.id) is first and studio.maps() == [first, second]
    third = draw(2)
    with pytest.raises(MapClosed):
        studio.map(second.id)
    assert studio.maps() == [first, third] and draw(0) is first
    slow("other")
    studio.opened("other")
    assert studio.maps() == [] and first.opened is not studio.opened("painted")
    studio.close()


def test_a_model_is_opened_once_for_all_who_ask_for_it(studio, slow):
    folder = slow("one")
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(studio.opened, ["one"] * 10))
    assert asked(folder) == 1 and len({id(opened) for opened in found}) == 1
    assert studio.opened("one") is found[0]


def test_two_models_open_side_by_side(studio, slow):
    slow("one")
    slow("two")
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        names = [opened.name for opened in pool.map(studio.opened, ["one", "two"])]
    assert names == ["one", "two"] and time.monotonic() - began < 2.0


def test_a_failed_opening_is_told_to_all_and_may_be_tried_again(studio, slow):
    folder = slow("one")
    (folder / "fails.txt").touch()

    def told(_):
        with pytest.raises(TrasluzError, match="fails to open"):
            studio.opened("one")
        return True

    with ThreadPoolExecutor(5) as pool:
        assert all(pool.map(told, range(5)))
    assert asked(folder) == 1
    (folder / "fails.txt").unlink()
    assert studio.opened("one").name == "one" and asked(folder) == 2


def test_a_studio_that_closes_while_a_model_opens_keeps_nothing(slow, workspace):
    slow("one")
    studio = Studio(workspace=workspace, device="cpu")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(studio.opened, "one")
        time.sleep(0.2)
        studio.close()
        assert waiting.result().name == "one"
    assert not studio._opened and not studio._opening


def page(studio):
    app = make_app(studio, token="t", host="127.0.0.1", port=8765)
    return TestClient(app, base_url="http://127.0.0.1:8765/t/")


def test_a_model_in_memory_is_offered_and_says_why_it_cannot_be_named(workspace):
    model = painted.model("mine")
    encode(model, painted.data(120), name="painted", workspace=workspace)
    studio = Studio([model, "faces-gan"], workspace=workspace, device="cpu", limits=Limits(patience=60))
    client = page(studio)
    lines = {line["name"]: line for line in client.get("api/models").json()}
    assert (
        list(lines) == ["mine", "faces-gan"] and lines["mine"]["where"] == "memory" and lines["mine"]["spaces"] == ["z"]
    )
    card = client.get("api/models/mine").json()
    assert card["identity"] == model.identity and "model.save(NAME" in card["reproduce"]["why_not"]
    assert client.get("api/models/mine/picture").content[:4] == b"\x89PNG"
    map = client.post("api/maps", json={"model": "mine", "atlas": "painted"}).json()["map"]
    shown = client.post("api/decode", json={"map": map["id"], "at": [{"xy": [0.1, 0.2]}]}).json()
    assert shown["items"] and "only in memory" in shown["reproduce"]["why_not"]
    studio.close()


def test_a_model_whose_code_nobody_allowed_is_listed_and_not_run(workspace, tmp_path):
    """Its file would leave a trace."""
    trace = tmp_path / "ran.txt"
    file = tmp_path / "builds.py"
    file.write_text(f"import painted\nopen({str(trace)!r}, 'w').close()\nbuild = painted.build\n")
    place = painted.model().save("theirs", build=file, workspace=workspace)
    studio = Studio(workspace=workspace, device="cpu", limits=Limits(patience=60))
    client = page(studio)
    [line] = [line for line in client.get("api/models").json() if line["name"] == "theirs"]
    assert line["state"] == "ready" and line["spaces"] == ["z"] and line["where"] == "workspace"
    for answer in (
        client.get("api/models/theirs"),
        client.get("api/models/theirs/picture"),
    ):
        assert answer.status_code == 403 and answer.json()["kind"] == "code_not_allowed"
        assert "trasluz models allow theirs" in answer.json()["sentence"] and not trace.exists()
    job = client.post("api/maps", json={"model": "theirs"}).json()["job"]
    assert job["state"] == "failed" and "models allow" in str(job) and not trace.exists()
    tl.lab.shelf.models.allow_model("theirs", workspace=workspace)
    assert client.get("api/models/theirs").status_code == 200 and trace.exists()
    assert studio.opened("theirs").stamp
    (place / "builds.py").unlink()
    assert client.get("api/models/theirs").status_code in (400, 409)
    studio.close()


def test_two_models_of_one_name_are_told_apart(workspace):
    studio = Studio([painted.model("a"), painted.model("a")], workspace=workspace, device="cpu")
    assert [line["name"] for line in studio.list_models()] == ["a", "a-2"]
    assert studio.opened("a").model is not studio.opened("a-2").model
    studio.close()


def test_the_studio_from_python_answers_until_it_is_closed(workspace):
    with tl.studio(painted.model("mine"), workspace=workspace, browser=False) as running:
        assert running.url in repr(running)
        found = httpx2.get(f"{running.url}api/models", timeout=20).json()
        assert [line["name"] for line in found] == ["mine"]
    assert "closed" in repr(running)


def test_a_gan_s_z_has_a_map_of_its_own_draws(workspace):
    decoder = painted.model().space()
    model = tl.wrap(decoder.render, (5,), name="foreign")
    studio = Studio([model], data="pets", workspace=workspace, device="cpu", limits=Limits(patience=60))
    client = page(studio)
    opened = client.post("api/maps", json={"model": "foreign"})
    map = opened.json()["map"]
    assert opened.status_code == 200 and map["atlas"] == "foreign--own-500--z" and map["items"] == 500
    asked = {"map": map["id"], "at": [{"row": 7}, {"point": "seed:0/7"}, {"point": "seed:1/7"}], "neighbours": 1}
    items = client.post("api/decode", json=asked).json()["items"]
    assert items[0]["picture"] == items[1]["picture"] != items[2]["picture"]
    lens = client.post("api/lens", json={"map": map["id"], "at": {"row": 7}}).json()
    assert lens["point"] == "seed:0/7" and lens["original"] is None and lens["row"] == 7
    assert client.get(f"api/maps/{map['id']}/sliders").json()["dims"]
    assert client.get(f"api/maps/{map['id']}/rows", params={"rows": "3"}).json()[0]["point"] == "seed:0/3"
    studio.close()
