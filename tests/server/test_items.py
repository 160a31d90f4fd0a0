"""Items as files of their kind: what lies at a place, moved or not, its original; on the live line too."""

from __future__ import annotations

import base64
import dataclasses
import io
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from starlette.testclient import TestClient

import painted
import sung
import trasluz as tl
from server.conftest import PORT, QUICK, TOKEN, client_of
from shared import shared
from trasluz.server.studio import Studio
from trasluz.spaces import registry

SAMPLES = 16_000
LSB = 1.01 / 32767


@pytest.fixture(scope="session")
def choir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of a model of sung vowels."""
    return shared(tmp_path_factory, "sung", sung.learned) / "workspace"


@pytest.fixture
def sounding(choir: Path, tmp_path: Path) -> Iterator[Studio]:
    made = Studio(workspace=shutil.copytree(choir, tmp_path / "choir"), device="cpu", limits=QUICK)
    yield made
    made.close()


@pytest.fixture
def singer(sounding: Studio) -> TestClient:
    return client_of(sounding)


@pytest.fixture
def sounds(singer: TestClient) -> dict[str, Any]:
    """The map of the sung items."""
    answer = singer.post("api/maps", json={"model": "sung"})
    assert answer.status_code == 200, answer.text
    return answer.json()["map"]


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two waves are of one latent: phases are found anew, and a rounding of the network's turns some."""
    bands = registry.get("kinds", "sound").compared(torch.from_numpy(np.stack([one, other])))
    return float((bands[0] - bands[1]).abs().mean()) < 0.01 and float(np.abs(one - other).max()) < 0.1


def heard(data: bytes) -> np.ndarray:
    """What a file holds."""
    wave, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    assert rate == sung.RATE and wave.shape == (SAMPLES,)
    return wave


def test_a_map_says_how_its_items_are_played_and_kept(sounds, opened):
    kind = sounds["kind"]
    assert (kind["name"], kind["drawer"], kind["seconds"]) == ("sound", "player", 1.0)
    assert kind["writes"] == {".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg"}
    assert opened["kind"]["drawer"] == "picture" and opened["kind"]["seconds"] is None
    assert opened["kind"]["writes"][".png"] == "image/png"


def test_every_way_to_name_a_place_is_heard_as_it_decodes(singer, sounds, sounding):
    found = sounding.map(sounds["id"])
    z = found.atlas.latents[3:4].float()
    text = base64.b64encode(z.numpy().astype("<f4").tobytes()).decode()
    x, y = found.plane.projection.xy[3].tolist()
    for at, latent in (
        ({"row": 3}, z),
        ({"latent": text}, z),
        ({"point": found.desk.point(3)}, z),
        ({"xy": [x, y]}, found.plane.inverse([x, y])),
    ):
        answer = singer.post("api/items", json={"map": sounds["id"], "at": at})
        assert answer.status_code == 200 and answer.headers["content-type"] == "audio/wav", answer.text
        assert soundfile.info(io.BytesIO(answer.content)).subtype == "PCM_16"
        assert alike(heard(answer.content), found.space.decode(latent)[0].numpy()), at
        assert not alike(heard(answer.content), found.space.decode(-latent)[0].numpy())


def test_what_is_moved_is_heard_moved(singer, sounds, sounding):
    found = sounding.map(sounds["id"])
    asked = {"map": sounds["id"], "at": {"row": 3}, "dims": {"0": 2.0}}
    moved = found.desk.moved(found.atlas.latents[3:4].float(), {}, {0: 2.0})
    answer = singer.post("api/items", json=asked)
    assert alike(heard(answer.content), found.space.decode(moved)[0].numpy())
    still = singer.post("api/items", json={**asked, "dims": {}})
    assert not alike(heard(still.content), heard(answer.content))


def test_the_original_is_the_real_item_and_no_reconstruction(singer, sounds, sounding):
    asked = {"map": sounds["id"], "at": {"row": 3}, "original": True}
    answer = singer.post("api/items", json=asked)
    real = sounding.map(sounds["id"]).desk.resolver.original(sounding.map(sounds["id"]).desk.point(3))
    assert np.abs(heard(answer.content) - real.numpy()).max() < LSB
    place = singer.post("api/items", json={**asked, "at": {"xy": [0.1, 0.2]}})
    assert place.status_code == 404 and "no original" in place.json()["sentence"]
    moved = singer.post("api/items", json={**asked, "dims": {"0": 1.0}})
    assert moved.status_code == 400 and "not moved" in moved.json()["sentence"]


def test_forms_are_those_that_the_kind_writes(singer, sounds, client, opened):
    flac = singer.post("api/items", json={"map": sounds["id"], "at": {"row": 3}, "form": "flac"})
    wave = singer.post("api/items", json={"map": sounds["id"], "at": {"row": 3}, "form": ".wav"})
    assert flac.headers["content-type"] == "audio/flac" and alike(heard(flac.content), heard(wave.content))
    wrong = singer.post("api/items", json={"map": sounds["id"], "at": {"row": 3}, "form": "png"})
    assert wrong.status_code == 400 and ".wav .flac .ogg" in wrong.json()["sentence"]
    # Of pictures it is a picture: the route asks no kind what it is.
    png = client.post("api/items", json={"map": opened["id"], "at": {"row": 3}})
    assert png.headers["content-type"] == "image/png" and Image.open(io.BytesIO(png.content)).size == (16, 16)


@pytest.mark.parametrize(
    "wrong, status",
    [
        ({"at": {"row": 10**6}}, 400), ({"at": {}}, 400), ({"at": {"point": "./mine.wav"}}, 404),
        ({"at": {"xy": [1e99, 0]}}, 400), ({"map": "none"}, 404), ({"form": "../../etc/passwd"}, 400),
        ({"form": "x" * 400}, 400), ({"dims": {"999": 1}}, 400), ({"loud": True}, 400),
    ],
)  # fmt: skip
def test_what_is_refused(singer, sounds, wrong, status):
    answer = singer.post("api/items", json={"map": sounds["id"], "at": {"row": 3}, **wrong})
    assert answer.status_code == status and "sentence" in answer.json(), answer.text


def test_the_live_line_gives_a_file_where_it_is_asked_for(singer, sounds, sounding):
    found = sounding.map(sounds["id"])
    url = f"ws://127.0.0.1:{PORT}/{TOKEN}/api/live?map={sounds['id']}"
    with singer.websocket_connect(url) as socket:
        socket.send_json({"seq": 1, "x": 0.3, "y": -0.2, "file": True})
        data = socket.receive_bytes()
        socket.send_json({"seq": 2, "x": 0.3, "y": -0.2, "seen": 1})
        silent = socket.receive_bytes()
        socket.send_json({"seq": 3, "x": 0.3, "y": -0.2, "seen": 2, "file": 1})
        assert "not a position" in socket.receive_text()
    magic, form, seq = struct.unpack("<4sII", data[:12])
    (length,) = struct.unpack("<I", data[32:36])
    assert (magic, form, seq) == (b"TLZ1", 6, 1)
    assert Image.open(io.BytesIO(data[36 : 36 + length])).size == (found.side, found.side)
    assert alike(heard(data[36 + length :]), found.space.decode(found.plane.inverse([0.3, -0.2]))[0].numpy())
    assert struct.unpack("<I", silent[4:8]) == (5,) and len(silent) == 32 + length, "whoever is silent gets no sound"


def test_a_sound_of_ones_own_is_placed_and_heard_as_the_model_takes_it(singer, sounds):
    answer = singer.post(f"api/uploads?map={sounds['id']}&name=mine.wav", content=sung.wav("ah", 150, 0.7))
    inverted = answer.json()["inverted"]
    assert inverted is not None and "mine.wav" in inverted["reproduce"]["command"]
    original = heard(base64.b64decode(inverted["original_file"]))
    assert 0.05 < np.sqrt(np.square(original).mean()) < 0.2, "as loud as all items are"
    for data, told in ((b"hello, I am a text", "read"), (b"\x89PNG\r\n\x1a\n" + bytes(40), "")):
        wrong = singer.post(f"api/uploads?map={sounds['id']}&name=mine.wav", content=data)
        assert wrong.status_code == 400 and told in wrong.json()["sentence"], wrong.text


def test_a_picture_of_ones_own_has_no_file_to_play(client, opened, studio):
    data = io.BytesIO()
    pixels = (painted.decode(torch.zeros(1, 5))[0] * 255).round().byte().permute(1, 2, 0).numpy()
    Image.fromarray(pixels).save(data, "PNG")
    answer = client.post(f"api/uploads?map={opened['id']}&method=optimise", content=data.getvalue())
    assert answer.status_code in (200, 202), answer.text
    inverted = answer.json()["inverted"]
    assert inverted is None or inverted["original_file"] is None


def test_a_microphone_may_be_asked_for_by_the_page_alone(singer):
    allowed = singer.get("api/models").headers["permissions-policy"]
    assert "microphone=(self)" in allowed and "camera=()" in allowed


def test_a_path_is_heard_frame_by_frame(singer, sounds, sounding):
    """Frames are latents to the singer, and each is asked for as any other place."""
    through: list[dict[str, Any]] = [{"row": 0}, {"row": 1}]
    job = singer.post("api/paths", json={"map": sounds["id"], "through": through, "frames": 3}).json()
    assert job["state"] == "done", job
    data = singer.get(f"api/jobs/{job['id']}/files/latents.bin").content
    latents = np.frombuffer(data[16:], "<f4").reshape(3, -1)
    middle = base64.b64encode(latents[1].tobytes()).decode()
    answer = singer.post("api/items", json={"map": sounds["id"], "at": {"latent": middle}})
    wanted = tl.interpolate(
        sounding.map(sounds["id"]).opened.model, *sounding.map(sounds["id"]).atlas.points[:2], frames=3,
        workspace=sounding.home,
    )  # fmt: skip
    assert alike(heard(answer.content), wanted.items[1].numpy())


def test_a_path_is_one_sound_that_changes_and_no_longer_than_memory_allows(singer, sounds, sounding):
    through: list[dict[str, Any]] = [{"row": 0}, {"row": 1}]
    job = singer.post("api/paths", json={"map": sounds["id"], "through": through, "frames": 3}).json()
    assert {"wav", "flac", "gif", "png"} <= set(job["result"]["exports"])
    answer = singer.get(f"api/jobs/{job['id']}/export?form=wav")
    assert answer.headers["content-type"] == "audio/wav" and answer.headers["content-disposition"].endswith('.wav"')
    wave, rate = soundfile.read(io.BytesIO(answer.content), dtype="float32")
    assert rate == sung.RATE and wave.shape == (3 * SAMPLES,)
    sounding.limits = dataclasses.replace(sounding.limits, played=2.5)
    long = singer.get(f"api/jobs/{job['id']}/export?form=wav")
    assert long.status_code == 400 and "up to 2.5 seconds" in long.json()["allowed"]
    assert singer.get(f"api/jobs/{job['id']}/export?form=png").status_code == 200


def test_a_path_of_pictures_has_no_sound(client, opened):
    through: list[dict[str, Any]] = [{"row": 0}, {"row": 1}]
    job = client.post("api/paths", json={"map": opened["id"], "through": through, "frames": 3}).json()
    assert not {"wav", "flac", "ogg"} & set(job["result"]["exports"])
    assert client.get(f"api/jobs/{job['id']}/export?form=wav").status_code == 400


def test_a_model_is_heard_before_a_map_of_it_is_opened(singer, client, sounding):
    card = singer.get("api/models/sung").json()
    assert (card["kind"]["drawer"], card["kind"]["seconds"]) == ("player", 1.0)
    answer = singer.get("api/models/sung/samples/2")
    assert answer.headers["content-type"] == "audio/wav"
    drawn = tl.sample("sung", 3, seed=0, workspace=sounding.home, device="cpu")
    assert alike(heard(answer.content), drawn.items[2].numpy())
    assert singer.get("api/models/sung/samples/64").status_code == 400
    assert singer.get("api/models/none/samples/0").status_code == 404
