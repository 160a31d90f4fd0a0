"""What a person does at the studio: a list of promises."""

from __future__ import annotations

import base64
import io
import os
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.door.situations import rows
from typer.testing import CliRunner

import painted
import trasluz as tl
from trasluz.base.errors import DataError, InvalidArgument
from trasluz.cli import app as face
from trasluz.io.workspace import Workspace
from trasluz.server.app import make_app
from trasluz.server.jobs import Job, Jobs, Outcome
from trasluz.server.limits import Limits
from trasluz.server.studio import Studio

TOKEN, PORT = "a-token-of-this-run", 8765
Ask = Callable[..., dict[str, Any]]


def photos(root: Path, parts: dict[str, int]) -> Path:
    """A folder of pictures in one colour each, with a table of moods, one file that is none, and one that is cut."""
    root.mkdir()
    lines = ["file_name,mood"]
    for part, n in parts.items():
        (root / part).mkdir()
        for i in range(n):
            colour = painted.COLOURS[["red", "green", "blue"][i % 3]]
            levels = [235 if value > 0 else 25 for value in colour]
            # No two alike: copies are kept in one part.
            pixels = np.full((16, 16, 3), levels, np.uint8)
            pixels[0, 0] = len(lines) % 251
            Image.fromarray(pixels).save(root / part / f"{part}{i:02}.png")
            lines.append(f"{part}/{part}{i:02}.png,{'glad' if i % 2 else 'sad'}")
    (root / "metadata.csv").write_text("\n".join([*lines, "train/none.png,glad", ""]))
    (root / "train" / "broken.png").write_bytes(b"no picture")
    (root / "train" / "empty.png").write_bytes(b"")
    return root


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(photos(tmp_path / "photos", {"train": 12, "val": 6, "test": 9}))


@pytest.fixture
def studio(workspace: Workspace, data: str) -> Iterator[Studio]:
    painted.saved(workspace)
    made = Studio(data=data, workspace=workspace, device="cpu", limits=Limits(patience=30))
    yield made
    made.close()


@pytest.fixture
def client(studio: Studio) -> TestClient:
    app = make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}/{TOKEN}/")


@pytest.fixture
def opened(client: TestClient) -> Ask:
    """A map by what is asked for."""

    def ask(**asked: Any) -> dict[str, Any]:
        answer = client.post("api/maps", json={"model": "painted", **asked}).json()
        return answer["map"] if answer.get("map") else answer["job"]["error"] if "job" in answer else answer

    return ask


@pytest.fixture
def about(client: TestClient) -> Ask:
    """What is told of the data of a map."""
    return lambda map: client.post(f"api/maps/{map['id']}/data").json()["result"]


# All is a choice ----------------------------------------------------------------------------------------------------


@rows({
    "what nobody chooses is what verbs take": (None, "test", 9),
    "the items held out, whole": ("test", "test", 9),
    "those for training": ("train", "train", 12),
    "those for validation, where the data bring some": ("val", "val", 6),
    "all of them": ("all", "all", 27),
})  # fmt: skip
def test_a_part_of_the_data_is_a_choice(opened: Ask, about: Ask, case: tuple[str | None, str, int]) -> None:
    asked, split, n = case
    map = opened(split=asked)
    assert (map["split"], map["items"]) == (split, n)
    told = about(map)
    assert told["parts"] == {"train": 12, "val": 6, "test": 9, "all": 27} and told["usual"] == 9
    assert told["atlases"] == [], "what a choice of a part gives is not offered twice"


@rows({"train": "train", "val": "val", "all": "all"})
def test_a_map_of_a_part_is_reproduced(opened: Ask, workspace: Workspace, case: str) -> None:
    map = opened(split=case)
    words = shlex.split(map["reproduce"]["command"])
    plane = tl.map("painted", atlas=words[words.index("--atlas") + 1], workspace=workspace)
    assert len(plane.atlas) == map["items"] and plane.atlas.manifest.split == case


def test_a_part_that_the_data_lack_is_refused_by_name(client: TestClient, workspace: Workspace, tmp_path: Path) -> None:
    few = Studio(data=str(photos(tmp_path / "few", {"train": 8, "test": 6})), workspace=workspace, device="cpu")
    try:
        app = make_app(few, token=TOKEN, host="127.0.0.1", port=PORT)
        other = TestClient(app, base_url=f"http://127.0.0.1:{PORT}/{TOKEN}/")
        error = other.post("api/maps", json={"model": "painted", "split": "val"}).json()["job"]["error"]
        assert error["kind"] == "data_error" and "val part" in error["what"]
        map = other.post("api/maps", json={"model": "painted"}).json()["map"]
        assert set(other.post(f"api/maps/{map['id']}/data").json()["result"]["parts"]) == {"train", "test", "all"}
    finally:
        few.close()
    asked = {"model": "painted", "split": "everything"}
    assert client.post("api/maps", json=asked).json()["kind"] == "invalid_argument"


def test_an_atlas_made_by_hand_is_offered_and_opened(opened: Ask, about: Ask, workspace: Workspace, data: str) -> None:
    tl.encode("painted", data, split="all", limit=7, name="ew", workspace=workspace)
    told = about(opened())
    assert told["atlases"] == [{"name": "ew", "data": data, "split": "all", "items": 7}]
    mine = opened(atlas="ew")
    assert (mine["atlas"], mine["items"], mine["split"]) == ("ew", 7, "all")
    assert "--atlas ew" in mine["reproduce"]["command"]
    more = about(mine)["more"]
    assert "--split all" in more and "--name ew" in more, "seven of 27 are not all, and that is said"


def test_what_more_there_is_is_had_by_the_command_that_is_told(
    opened: Ask, about: Ask, workspace: Workspace, data: str
) -> None:
    tl.encode("painted", data, split="all", limit=7, name="ew", workspace=workspace)
    command = about(opened(atlas="ew"))["more"]
    assert CliRunner().invoke(face.app, shlex.split(command)[1:]).exit_code == 0
    assert opened(atlas="ew")["items"] == 27 and about(opened(atlas="ew"))["more"] is None


def test_an_atlas_has_its_own_items(client: TestClient, opened: Ask, workspace: Workspace, data: str) -> None:
    tl.encode("painted", data, name="ew", workspace=workspace)
    assert opened(atlas="ew", split="train")["kind"] == "invalid_argument"


@rows({"nothing": {}, "data": {"data": True}, "a part": {"split": "all"}, "both": {"data": True, "split": "train"}})
def test_a_space_without_an_encoder_shows_its_own_draws_whatever_the_address_says(
    workspace: Workspace, data: str, case: dict[str, Any]
) -> None:
    blind = tl.wrap(decode=painted.decode, shape=(5,), name="blind", identity="blind")
    studio = Studio([blind], data=data, workspace=workspace, device="cpu", limits=Limits(patience=30))
    try:
        app = make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT)
        page = TestClient(app, base_url=f"http://127.0.0.1:{PORT}/{TOKEN}/")
        asked = {"model": "blind", **case, **({"data": data} if "data" in case else {})}
        answer = page.post("api/maps", json=asked).json()
        assert answer["map"] is not None, answer["job"]["error"]
        assert (answer["map"]["split"], answer["map"]["items"]) == ("own", 500)
        told = page.post(f"api/maps/{answer['map']['id']}/data").json()["result"]
        assert told["parts"] == {} and told["usual"] is None
    finally:
        studio.close()


# What was made of the data ------------------------------------------------------------------------------------------


def test_the_studio_says_what_was_joined_and_what_was_left_out(opened: Ask, about: Ask, data: str) -> None:
    told = about(opened())
    joined = [note for note in told["notes"] if note.startswith("metadata.csv")]
    assert len(joined) == 1 and "27 of 29 pictures have a row" in joined[0] and "none.png" in joined[0]
    assert sum(one["count"] for one in told["left_out"]) == 2
    assert {name for one in told["left_out"] for name in one["examples"]} == {"train/broken.png", "train/empty.png"}
    assert told["notes"] == list(tl.load(data, size=16, channels=3).notes), "as Python says it"


def test_data_that_are_gone_are_said_to_be(opened: Ask, about: Ask, workspace: Workspace, data: str) -> None:
    tl.encode("painted", data, name="ew", workspace=workspace)
    map = opened(atlas="ew")
    shutil.rmtree(data)
    told = about(map)
    assert told["parts"] == {} and told["usual"] is None and data in told["trouble"]


# Several jobs at once -----------------------------------------------------------------------------------------------


@pytest.fixture
def full() -> Iterator[tuple[Jobs, threading.Event]]:
    """Jobs of which one runs until it is let go, and no more run beside it."""
    jobs, go = Jobs(Limits(jobs=1)), threading.Event()
    begun = threading.Event()

    def hold(job: Job) -> Outcome:
        begun.set()
        return Outcome({"went": go.wait(20)})

    jobs.start("path", "A path by straight", hold, of="faces-vae")
    assert begun.wait(20)
    yield jobs, go
    go.set()
    jobs.close()


def test_two_jobs_of_one_title_say_of_which_model_they_are(full: tuple[Jobs, threading.Event]) -> None:
    jobs, _ = full
    jobs.start("path", "A path by straight", lambda job: Outcome({}), of="pets-vae")
    assert [(one["title"], one["of"]) for one in jobs.list()] == [
        ("A path by straight", "pets-vae"), ("A path by straight", "faces-vae"),
    ]  # fmt: skip


def test_one_that_waits_says_for_which(full: tuple[Jobs, threading.Event]) -> None:
    jobs, go = full
    last = [jobs.start("map", f"Map {i}", lambda job: Outcome({}), of="m") for i in range(3)][-1]
    assert last.document()["state"] == "waiting"
    assert [one["title"] for one in last.document()["waits_for"]] == ["A path by straight", "Map 0", "Map 1"]
    go.set()
    jobs.wait(last, 10)
    assert last.document()["state"] == "done" and last.document()["waits_for"] == []


@rows({
    "the last": ([3], [3, 0, 1, 2]),
    "the middle": ([1], [1, 0, 2, 3]),
    "one, then another": ([1, 2], [2, 1, 0, 3]),
})  # fmt: skip
def test_what_is_looked_at_goes_first(full: tuple[Jobs, threading.Event], case: tuple[list[int], list[int]]) -> None:
    looked, order = case
    jobs, go = full
    done: list[int] = []

    def work(i: int) -> Callable[[Job], Outcome]:
        return lambda job: Outcome({"n": done.append(i)})

    made = [jobs.start("map", f"Map {i}", work(i)) for i in range(4)]
    for i in looked:
        jobs.first(made[i])
    assert [one["title"] for one in made[order[-1]].document()["waits_for"]][1:] == [f"Map {i}" for i in order[:-1]]
    go.set()
    for job in made:
        jobs.wait(job, 10)
    assert done == order


# One's own pictures -------------------------------------------------------------------------------------------------


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 30, 30)).save(out, form)
    return out.getvalue()


@rows({
    "an ending of ours": ("me.jpg", "JPEG", "me.jpg"),
    "an ending of the same in other letters": ("ME.JPEG", "JPEG", "ME.JPEG"),
    "an ending that browsers save": ("x.jfif", "JPEG", "./x.jfif"),
    "another unusual one": ("x.pjpeg", "JPEG", "./x.pjpeg"),
    "no ending at all": ("scan", "PNG", "./scan"),
    "an ending that says nothing": ("photo.2024", "WEBP", "./photo.2024"),
    "blanks": ("my cat.png", "PNG", "my cat.png"),
    "what would be an option": ("-x.png", "PNG", "./-x.png"),
    "what would be a saved point": ("@x.png", "PNG", "./@x.png"),
    "what would be an item": ("test:3", "PNG", "./test:3"),
    "a path": ("C:\\tmp\\y.jfif", "JPEG", "./y.jfif"),
    "what the command line takes for latents": ("x.safetensors", "PNG", "picture.png"),
    "nothing": ("..", "PNG", "picture.png"),
    "what cannot be printed": ("a\x1bb.png", "PNG", "picture.png"),
})  # fmt: skip
def test_an_upload_is_reproduced_by_its_own_name(
    client: TestClient, opened: Ask, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, str, str],
) -> None:  # fmt: skip
    name, form, told = case
    data = picture(form)
    answer = client.post("api/uploads", params={"map": opened()["id"], "name": name}, content=data).json()
    words = shlex.split(answer["inverted"]["reproduce"]["command"])
    assert words[3] == told
    # And it is what the command line takes for that picture.
    monkeypatch.chdir(tmp_path)
    Path(told).write_bytes(data)
    found = tl.invert("painted", told, workspace=workspace)
    assert np.allclose(np.asarray(found.latents).ravel(), latent_of(answer["inverted"]["latent"]), atol=1e-5)


def latent_of(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


def test_what_an_unusual_name_holds_decides_and_not_that_it_is_a_path(workspace: Workspace, tmp_path: Path) -> None:
    painted.saved(workspace)
    (tmp_path / "x.jfif").write_bytes(b"no picture at all")
    with pytest.raises(DataError, match="not a file of pictures"):
        tl.invert("painted", str(tmp_path / "x.jfif"), workspace=workspace)
    with pytest.raises(DataError, match="there is no picture"):
        tl.invert("painted", str(tmp_path / "none.jfif"), workspace=workspace)
    with pytest.raises(InvalidArgument, match=r"not a picture.*named by its path: \./NAME"):
        tl.invert("painted", "x.jfif", workspace=workspace)


# The page -----------------------------------------------------------------------------------------------------------


def test_whatever_scrolls_holds_what_is_said_unseen() -> None:
    """What is said to readers of the screen alone lies where it would stand; out of a box that scrolls and holds no
    places, it would make the page itself scroll into nothing."""
    page = Path(__file__).parents[2] / "web" / "src"
    found = 0
    for path in (*page.rglob("*.svelte"), *page.rglob("*.css")):
        for rule in re.findall(r"\{([^{}]*)\}", path.read_text(encoding="utf-8").rpartition("<style>")[2]):
            if re.search(r"overflow(-[xy])?: (auto|scroll)", rule):
                found += 1
                assert re.search(r"position: (relative|absolute|fixed|sticky)", rule), (path.name, rule)
    assert found > 10


# How it is begun ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@rows({
    "as it is": ("", "studio"),
    "without a browser": ("--no-browser", "studio --no-browser"),
    "with a model and a port": ("mine --port 8080", "studio mine --port 8080"),
})  # fmt: skip
def test_make_hands_options_on(case: tuple[str, str]) -> None:
    given, asked = case
    root = Path(__file__).parents[2]
    lines = subprocess.run(
        ["make", "-n", "--no-print-directory", "studio", f"ARGS={given}"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},  # itself under make
    ).stdout.splitlines()
    assert lines[-1].rstrip().endswith(f"trasluz {asked}")
