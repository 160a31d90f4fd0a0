"""What changes on disk while a page looks at it: removed, made anew, held by another. Each is told in a sentence."""

from __future__ import annotations

import io
import shutil

import pytest
from PIL import Image

from shells import Shell
from trasluz.io.weights import read_tensors
from trasluz.server.limits import Limits
from trasluz.server.studio import Studio
from trasluz.spaces.model_folder import read_config, write_weights


@pytest.fixture
def studio(toy, workspace):
    made = Studio(workspace=workspace, device="cpu", limits=Limits(patience=60))
    yield made
    made.close()


@pytest.fixture
def shell(workspace):
    return Shell(workspace.root)


def opened(client, **how):
    answer = client.post("api/maps", json={"model": "toy", **how})
    assert answer.status_code == 200, answer.text
    return answer.json()["map"]


@pytest.fixture
def map(client):
    return opened(client)


def picture():
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 60, 60)).save(buffer, "PNG")
    return buffer.getvalue()


def requests(map):
    """Everything that a page asks about a map."""
    id, at = map["id"], {"xy": [0.0, 0.0]}
    part = {"x0": -1, "y0": -1, "x1": 1, "y1": 1, "across": 2, "down": 2}
    yield from (("GET", f"maps/{id}{rest}", {}) for rest in ("", "/points", "/columns/colour", "/sliders"))
    yield from (("GET", f"maps/{id}/{what}", {"params": {"rows": "1,2"}}) for what in ("rows", "thumbnails"))
    yield "POST", f"maps/{id}/search", {"json": {"text": "disc"}}
    yield "GET", f"maps/{id}/regions", {}
    yield "POST", f"maps/{id}/apart", {"json": {"rows": "AAAAAAAAAAAAAA=="}}
    yield "GET", f"maps/{id}/sheet", {"params": part}
    yield "POST", f"maps/{id}/filter", {"json": {"where": "colour = 'red'"}}
    yield "POST", "decode", {"json": {"map": id, "at": [at]}}
    yield "POST", "lens", {"json": {"map": id, "at": at, "dims": {"0": 1.0}}}
    yield "POST", "points", {"json": {"map": id, "at": at, "name": "here"}}
    yield "POST", "paths", {"json": {"map": id, "through": [at, {"row": 1}]}}
    yield "POST", "directions/find", {"json": {"map": id, "method": "pca", "count": 1, "measured": False}}
    yield "POST", "uploads", {"params": {"map": id}, "content": picture()}


def refusals(client, map):
    """What each of them is answered."""
    answers = [client.request(method, f"api/{path}", **how) for method, path, how in requests(map)]
    return {(answer.status_code, answer.json()["kind"], answer.json()["what"]) for answer in answers}


def anew(folder):
    """The model as another training would leave it under its name."""
    family, config, representation, _ = read_config(folder)
    state = {name: -value for name, value in read_tensors(folder / "model.safetensors", "model")[0].items()}
    write_weights(folder, family.name, config, representation, state)


def test_all_is_well_before(client, map):
    for method, path, how in requests(map):
        answer = client.request(method, f"api/{path}", **how)
        assert answer.status_code < 300, (path, answer.text)


def test_the_workspace_is_deleted(client, map, workspace, toy):
    shutil.rmtree(workspace.root)
    assert refusals(client, map) == {(410, "gone", "the model toy is no longer there")}
    assert client.get("api/maps").json() == [] and client.get("api/points").json() == []
    assert client.get("api/directions").json() == []
    assert "toy" not in {line["name"] for line in client.get("api/models").json()}
    for path in ("models/toy", "models/toy/picture"):
        assert (answer := client.get(f"api/{path}")).status_code == 404 and answer.json()["kind"] == "unknown_name"
    assert client.post("api/maps", json={"model": "toy"}).json()["kind"] == "unknown_name"
    assert not workspace.root.exists()  # looking creates nothing


def test_the_model_is_removed_by_the_command_line(client, map, shell):
    assert shell("models", "remove", "toy").exit_code == 0
    assert refusals(client, map) == {(410, "gone", "the model toy is no longer there")}


def test_the_atlas_is_removed_and_made_again(client, map, workspace):
    shutil.rmtree(workspace.root / "atlases" / map["atlas"])
    assert refusals(client, map) == {(410, "gone", f"the atlas {map['atlas']} is no longer there")}
    again = opened(client)
    assert again["items"] == map["items"]
    for method, path, how in requests(again):
        assert client.request(method, f"api/{path}", **how).status_code < 300, path


def test_an_atlas_by_name_that_was_removed_is_unknown(client, shell, workspace):
    assert shell("encode", "toy", "--split", "train", "--name", "more").exit_code == 0
    map = opened(client, atlas="more")
    shutil.rmtree(workspace.root / "atlases" / "more")
    assert {kind for _, kind, _ in refusals(client, map)} == {"gone"}
    job = client.post("api/maps", json={"model": "toy", "atlas": "more"}).json()["job"]
    assert job["state"] == "failed" and job["error"]["kind"] == "unknown_name"


def test_the_model_is_trained_anew_under_the_same_name(client, map, toy):
    asked = {"map": map["id"], "target": "colour=red", "name": "reds", "measured": False}
    assert client.post("api/directions/find", json=asked).json()["state"] == "done"
    client.post("api/points", json={"map": map["id"], "at": {"xy": [0.0, 0.0]}, "name": "here"})
    anew(toy)
    changed = "the model toy has changed since this map was opened"
    assert refusals(client, map) == {(409, "map_changed", changed)}
    again = opened(client)
    assert again["id"] != map["id"] and refusals(client, map) == {(404, "map_closed", "the map is not open")}
    assert client.get(f"api/maps/{again['id']}/sliders").json()["directions"] == []
    for at, ways, belongs in (
        ({"row": 1}, {"directions": {"reds": 1.0}}, "the direction reds"),
        ({"point": "@here"}, {}, "the point @here"),
    ):
        answer = client.post("api/lens", json={"map": again["id"], "at": at, **ways})
        assert (answer.status_code, answer.json()["kind"]) == (409, "identity_mismatch")
        assert answer.json()["what"] == f"{belongs} belongs to another model"


def test_what_reads_pictures_goes_with_the_model(client, map, studio, toy):
    """A model trained anew may make others, of which a reader of the old ones knows nothing."""

    def said(map):
        return client.post("api/lens", json={"map": map["id"], "at": {"row": 1}}).json()["reader"]

    studio.opened("toy").keep_reader(None)
    assert said(map) == "none"
    anew(toy)
    assert said(opened(client)) == "not asked for"


def test_a_slider_of_a_direction_that_was_removed(client, map, shell):
    asked = {"map": map["id"], "target": "colour=red", "name": "reds", "measured": False}
    assert client.post("api/directions/find", json=asked).json()["state"] == "done"
    held = {"map": map["id"], "at": {"row": 1}, "directions": {"reds": 1.0}}
    assert client.post("api/lens", json=held).status_code == 200
    assert shell("directions", "remove", "reds").exit_code == 0
    answer = client.post("api/lens", json=held)
    assert (answer.status_code, answer.json()["kind"]) == (404, "unknown_name")
    assert answer.json()["sentence"].startswith("unknown direction: got 'reds'")


def test_a_point_that_was_removed(client, map, shell):
    client.post("api/points", json={"map": map["id"], "at": {"row": 1}, "name": "here"})
    assert shell("points", "remove", "here").exit_code == 0
    answer = client.post("api/decode", json={"map": map["id"], "at": [{"point": "@here"}]})
    assert (answer.status_code, answer.json()["kind"]) == (404, "unknown_name")


def test_a_live_line_is_told(line, map, toy):
    with line(map["id"]) as socket:
        socket.send_json({"seq": 1, "x": 0, "y": 0})
        assert socket.receive_bytes()[:4] == b"TLZ1"
        anew(toy)
        socket.send_json({"seq": 2, "x": 0, "y": 0, "seen": 1})
        assert socket.receive_json()["error"]["kind"] == "map_changed"


def test_a_workspace_that_another_writes_to(client, map, workspace, studio):
    with workspace.writing("something long", "points", "here"):
        answer = client.post("api/points", json={"map": map["id"], "at": {"row": 1}, "name": "here"})
    assert (answer.status_code, answer.json()["kind"]) == (409, "workspace_locked")
