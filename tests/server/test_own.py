"""Data of one's own by the studio's routes: handed over, told, trained on, stopped, gone on with."""

from __future__ import annotations

import io
import struct
import time
import wave
import zipfile

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from server.conftest import PORT, TOKEN
from trasluz.lab.shelf import own_data
from trasluz.server.app import make_app
from trasluz.server.limits import Limits
from trasluz.server.studio import Studio

API = f"http://127.0.0.1:{PORT}/{TOKEN}/api"


@pytest.fixture
def studio(workspace):
    made = Studio(workspace=workspace, device="cpu", limits=Limits(patience=20, handed=2))
    yield made
    made.close()


@pytest.fixture
def client(studio):
    return TestClient(make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT), base_url=f"http://127.0.0.1:{PORT}")


def png(i, size=(20, 16)):
    pixels = np.random.default_rng(i).integers(0, 255, (*size[::-1], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def photos(n=24, before="fotos/"):
    return {f"{before}{'gatos' if i % 2 else 'perros'}/ñ {i}.png": png(i) for i in range(n)}


def piece(name, offset, data):
    called = name.encode()
    return struct.pack("<HQI", len(called), offset, len(data)) + called + data


def begin(client, name="fotos"):
    answer = client.post(f"{API}/own", json={"name": name})
    assert answer.status_code == 201
    return answer.json()["id"]


def hand(client, files, name="fotos"):
    """Hand files over; the data set's name, and why some were not wanted."""
    id = begin(client, name)
    asked = [{"path": path, "size": len(data)} for path, data in files.items()]
    judged = client.post(f"{API}/own/{id}/files", json={"files": asked}).json()
    wanted = [(name, data) for name, data in zip(judged["names"], files.values(), strict=True) if name is not None]
    for name, data in wanted:
        assert client.post(f"{API}/own/{id}/pieces", content=piece(name, 0, data)).status_code == 200
    done = client.post(f"{API}/own/{id}/done")
    return done, dict(zip(files, judged["reasons"], strict=True))


def ended(client, answer):
    assert answer.status_code == 202, answer.text
    job = answer.json()
    until = time.monotonic() + 120
    while job["state"] in ("waiting", "running"):
        assert time.monotonic() < until
        job = client.get(f"{API}/jobs/{job['id']}?after={job['version']}&wait=5").json()
    return job


def report(client, name, **form):
    job = ended(client, client.post(f"{API}/own/{name}/report", json=form))
    return job["result"] if job["state"] == "done" else job["error"]


# Handing over ---------------------------------------------------------------------------------------------------------


def test_a_folder_becomes_a_data_set_whose_sub_folders_are_labels(client, studio):
    done, _ = hand(client, photos())
    assert done.status_code == 201 and done.json()["name"] == "fotos"
    assert done.json()["data"] == str(studio.home.root / "uploads" / "fotos" / "fotos")
    told = report(client, "fotos")
    assert (told["items"], told["train"] + told["test"], told["kind"]["name"]) == (24, 24, "picture")
    assert told["columns"] == [
        {"name": "label", "kind": "category", "distinct": 2, "missing": 0, "values": {"gatos": 12, "perros": 12}}
    ]
    assert any("not square" in note for note in told["notes"])


def test_what_is_no_item_is_told_with_its_reason_whether_it_came_or_not(client):
    others = {
        "fotos/.DS_Store": b"x", "fotos/Thumbs.db": b"x", "fotos/a.heic": b"x", "fotos/empty.png": b"",
        "../evil.png": b"x", "fotos/run.exe": b"MZ..", "fotos/model.pkl": b"x", "fotos/broken.png": b"no picture",
    }  # fmt: skip
    done, reasons = hand(client, {**photos(), **others})
    assert done.status_code == 201
    assert reasons["fotos/.DS_Store"].startswith("hidden") and reasons["../evil.png"].startswith("no name")
    assert ".heic" in reasons["fotos/a.heic"] and "pickle" in reasons["fotos/model.pkl"]
    told = report(client, "fotos")
    assert told["items"] == 24 and sum(one["count"] for one in told["left_out"]) == len(others)
    assert any("fotos/run.exe" in one["examples"] for one in told["left_out"])
    assert any("broken.png" in one["examples"] for one in told["left_out"])


def test_a_table_beside_the_folder_is_joined(client):
    rows = "\n".join(["file,weight", *(f"{path.removeprefix('fotos/')},{i}.5" for i, path in enumerate(photos()))])
    done, _ = hand(client, {**photos(), "labels.csv": rows.encode()}, "todo")
    assert done.status_code == 201
    told = report(client, done.json()["name"])
    assert {one["name"] for one in told["columns"]} == {"label", "weight"}


def test_a_zip_alone_is_unpacked_and_among_others_it_is_no_item(client):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in photos().items():
            archive.writestr(name, data)
        archive.writestr("__MACOSX/x", b"x")
    done, _ = hand(client, {"fotos.zip": packed.getvalue()}, "fotos")
    assert done.status_code == 201 and report(client, "fotos")["items"] == 24
    done, _ = hand(client, {**photos(), "fotos/more.zip": packed.getvalue()}, "otras")
    told = report(client, "otras")
    assert told["items"] == 24 and any(
        "fotos/more.zip" in str(one) or "more.zip" in str(one) for one in told["left_out"]
    )


def test_a_zip_that_would_write_elsewhere_leaves_nothing(client, studio):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../evil.png", png(1))
    done, _ = hand(client, {"a.zip": packed.getvalue()}, "a")
    assert done.status_code == 400 and "outside its folder" in done.json()["what"]
    assert list((studio.home.root / "uploads").iterdir()) == []


def test_arrays_and_sounds_are_data_sets_too(client):
    packed = io.BytesIO()
    np.savez(packed, images=np.zeros((12, 16, 16, 3), np.uint8) + np.arange(12, dtype=np.uint8)[:, None, None, None])
    done, _ = hand(client, {"toys.npz": packed.getvalue()}, "toys")
    assert done.json()["data"].endswith("toys/toys.npz") and report(client, "toys")["items"] == 12
    sounds = {}
    for i in range(6):
        out = io.BytesIO()
        with wave.open(out, "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            tone = 8000 * np.sin(np.arange(8000) * (0.1 + 0.05 * i))
            sound.writeframes(tone.astype("<i2").tobytes())
        sounds[f"voces/{i}.wav"] = out.getvalue()
    done, _ = hand(client, sounds, "voces")
    told = report(client, "voces")
    assert told["kind"]["drawer"] == "player" and told["items"] == 6


@pytest.mark.parametrize("files", [{"a.txt": b"hello"}, {"t.csv": b"a,b\n1,2\n"}])
def test_where_nothing_is_an_item_that_is_said(client, files):
    done, _ = hand(client, files, "nada")
    assert done.status_code == 201
    assert "holds no pictures or sounds" in report(client, "nada")["what"]


def test_of_one_picture_a_report_is_had_and_training_says_that_it_is_too_few(client):
    hand(client, {"uno.png": png(1)}, "uno")
    assert report(client, "uno")["items"] == 1
    asked = {"data": "uno", "name": "m", "minutes": 0.1, "preset": "tiny", "force": True}
    job = ended(client, client.post(f"{API}/trainings", json=asked))
    assert job["state"] == "failed" and "too small to train on" in job["error"]["what"]


def test_a_second_folder_of_one_name_has_a_number_and_one_can_be_removed(client):
    assert [hand(client, photos(4))[0].json()["name"] for _ in range(2)] == ["fotos", "fotos-2"]
    assert client.delete(f"{API}/own/fotos").status_code == 204
    assert [one["name"] for one in client.get(f"{API}/own").json()] == ["fotos-2"]


# What is wrong --------------------------------------------------------------------------------------------------------


def test_what_was_not_announced_is_not_taken(client):
    id = begin(client)
    for body in (piece("a.png", 0, b"x"), b"\xff" * 9, piece("a.png", 0, b"xyz")[:-1], piece("\u00ff", 0, b"x")[:15]):
        assert client.post(f"{API}/own/{id}/pieces", content=body).status_code == 400
    assert client.post(f"{API}/own/{id}/pieces", content=struct.pack("<HQI", 1, 0, 1) + b"\xffx").status_code == 400
    assert client.post(f"{API}/own/{id}/done").status_code == 400


def test_what_is_half_there_is_not_finished_and_what_is_dropped_is_gone(client, studio):
    id = begin(client)
    client.post(f"{API}/own/{id}/files", json={"files": [{"path": "a.png", "size": 10}]})
    client.post(f"{API}/own/{id}/pieces", content=piece("a.png", 0, b"half"))
    assert "not all has come" in client.post(f"{API}/own/{id}/done").json()["what"]
    assert list((studio.home.root / "uploads").iterdir()) == []
    id = begin(client)
    assert client.delete(f"{API}/own/{id}/coming").status_code == 204
    assert client.post(f"{API}/own/{id}/files", json={"files": [{"path": "a", "size": 1}]}).status_code == 404


def test_few_are_on_their_way_at_once_and_those_forsaken_are_let_go(client, studio, monkeypatch):
    begin(client), begin(client)
    assert client.post(f"{API}/own", json={"name": "x"}).status_code == 503
    for one in studio.handed._coming.values():
        monkeypatch.setattr(one.files, "touched", one.files.touched - 1e6)
    begin(client)
    assert len(list((studio.home.root / "uploads").iterdir())) == 1


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e%2fmodels", "a%2fb"])
def test_no_name_leads_out_of_the_workspace(client, name):
    assert client.post(f"{API}/own/{name}/report", json={}).status_code in (400, 404, 405)
    asked = {"data": name, "name": "m", "minutes": 1}
    assert client.post(f"{API}/trainings", json=asked).status_code == 404


def test_a_data_set_that_is_a_link_is_not_followed(client, studio, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.png").write_bytes(png(1))
    (studio.home.root / "uploads").mkdir(parents=True)
    (studio.home.root / "uploads" / "secret").symlink_to(tmp_path / "secret")
    assert own_data.own_data(studio.home) == []
    assert client.post(f"{API}/own/secret/report", json={}).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"minutes": 0}, 400), ({"minutes": -1}, 400), ({"minutes": None}, 400), ({"family": "none"}, 404),
     ({"name": "../x"}, 400), ({"name": "faces-vae"}, 409), ({"size": 3}, 400), ({"fit": "bend"}, 400),
     ({"resume": "x"}, 400), ({"data": None}, 400), ({"data": None, "resume": "x", "minutes": None}, 404),
     ({"steps": 3}, 400)],
)  # fmt: skip
def test_a_training_that_is_wrongly_asked_for_is_refused_at_once(client, wrong, status):
    hand(client, photos(4))
    asked = {"data": "fotos", "name": "mine", "minutes": 1, **wrong}
    assert client.post(f"{API}/trainings", json=asked).status_code == status


# Training -------------------------------------------------------------------------------------------------------------


def test_a_training_is_one_at_a_time_is_stopped_with_what_it_has_and_gone_on_with(client, studio):
    hand(client, photos(40))
    asked = {"data": "fotos", "name": "mine", "minutes": 5, "preset": "tiny", "size": 16, "force": True}
    begun = client.post(f"{API}/trainings", json=asked)
    id = begun.json()["id"]
    other = client.post(f"{API}/trainings", json={**asked, "name": "second"})
    assert other.status_code == 409 and other.json()["kind"] == "taken" and "mine" in other.json()["what"]
    until = time.monotonic() + 60
    while not any(run["job"] == id for run in client.get(f"{API}/trainings").json()["runs"]):
        assert time.monotonic() < until
        time.sleep(0.1)
    time.sleep(1)
    client.delete(f"{API}/jobs/{id}")
    assert ended(client, begun)["state"] == "cancelled"
    run = client.get(f"{API}/trainings/mine").json()
    assert not run["done"] and run["opens"] and run["steps"] > 0 and run["own"] == "fotos" and run["job"] is None
    assert run["sheets"][-1] == run["steps"]
    sheet = client.get(f"{API}/trainings/mine/samples/{run['sheets'][-1]}")
    assert Image.open(io.BytesIO(sheet.content)).format == "PNG"
    assert client.get(f"{API}/trainings/mine/samples/999999").status_code == 404
    assert client.post(f"{API}/trainings", json={**asked, "name": "mine"}).status_code == 409
    again = client.post(f"{API}/trainings", json={"resume": "mine", "minutes": 0.05})
    assert ended(client, again)["state"] == "done"
    run = client.get(f"{API}/trainings/mine").json()
    assert run["done"] and run["steps"] == run["total"]
    assert "mine" in [model["name"] for model in client.get(f"{API}/models").json()]


def test_where_only_some_models_are_offered_what_is_trained_here_is_one_of_them(workspace):
    studio = Studio(["faces-vae"], workspace=workspace, device="cpu", limits=Limits(patience=20))
    app = make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT)
    client = TestClient(app, base_url=f"http://127.0.0.1:{PORT}")
    hand(client, photos(16))
    asked = {"data": "fotos", "name": "mine", "minutes": 0.05, "preset": "tiny", "size": 16, "force": True}
    assert ended(client, client.post(f"{API}/trainings", json=asked))["state"] == "done"
    assert [model["name"] for model in client.get(f"{API}/models").json()] == ["faces-vae", "mine"]
    studio.close()


def test_the_means_of_a_column_lie_among_its_items(client, paint):
    opened = client.post(f"{API}/maps", json={"model": paint, "atlas": "painted"}).json()["map"]
    column = next(one for one in opened["columns"] if one["kind"] == "category" and len(one["values"]) > 1)
    told = client.get(f"{API}/means/{opened['id']}?column={column['name']}").json()
    assert [one["value"] for one in told["means"]] == column["values"]
    assert [one["items"] for one in told["means"]] == column["counts"]
    assert client.get(f"{API}/means/{opened['id']}?column=nothing").status_code == 404
