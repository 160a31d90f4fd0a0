"""Lens, uploads, paths and directions: what the lab gives, over HTTP."""

from __future__ import annotations

import base64
import io
import struct

import numpy as np
import pytest
import torch
from PIL import Image

import painted
from trasluz.lab.interpolate import interpolate
from trasluz.lab.judging import measures


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture["webp"]))))


def numbers(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


def test_the_lens_shows_a_real_item_beside_what_is_made_of_it(client, opened, studio):
    found = studio.map(opened["id"])
    answer = client.post("api/lens", json={"map": opened["id"], "at": {"row": 7}}).json()
    assert np.array_equal(pixels(answer["original"]), found.atlas.thumbnails([7])[0].transpose(1, 2, 0))
    assert answer["seen"]["nearest"][0]["row"] == 7 and answer["seen"]["nearest"][0]["distance"] == 0
    assert np.allclose(numbers(answer["latent"]), found.atlas.latents[7])
    assert answer["before"] is None and answer["reader"] == "not asked for" and answer["readings"] == {}


def test_how_the_map_lies_at_a_place_an_item_and_where_one_was_moved(client, opened, studio):
    found = studio.map(opened["id"])

    def lies(at, **more):
        return client.post("api/lens/lying", json={"map": opened["id"], "at": at, **more}).json()

    item = lies({"row": 7})
    torn = measures.measure("torn", found.opened.model, found.atlas, found.plane.projection)
    assert item["torn"] == pytest.approx(float(torn[7])) and item["neighbours"] == 15
    place = lies({"xy": [0.5, 0.5]})
    assert place["torn"] == pytest.approx(float(found.plane.torn([0.5, 0.5])))
    assert place["stretch"] == pytest.approx(float(found.plane.stretch([0.5, 0.5])) / found.plane.usual_stretch)
    # Where it was moved to is what is asked about.
    z = found.desk.moved(found.plane.inverse([0.5, 0.5]), {}, {3: 2.0})
    moved, there = lies({"xy": [0.5, 0.5]}, dims={"3": 2.0}), found.plane.project(z)
    assert moved["stretch"] == pytest.approx(float(found.plane.stretch(there)) / found.plane.usual_stretch, rel=1e-4)
    assert client.post("api/lens/lying", json={"map": opened["id"], "at": {"row": 10**6}}).status_code == 400


def test_sliders_move_a_latent_by_sigma(client, opened, studio):
    found = studio.map(opened["id"])
    asked = {"map": opened["id"], "at": {"xy": [0.5, 0.5]}, "dims": {"3": 2.0, "0": -1.0}}
    answer = client.post("api/lens", json=asked).json()
    z = found.plane.inverse([0.5, 0.5])
    sigma = found.atlas.latents.std(0, correction=0)
    moved = z + torch.tensor([[-1.0, 0, 0, 2.0, 0]]) * sigma
    assert np.allclose(numbers(answer["latent"]), moved[0], atol=1e-4)
    wanted = (painted.decode(moved)[0] * 255).round().numpy().transpose(1, 2, 0)
    assert np.abs(pixels(answer["seen"]["picture"]) - wanted).max() <= 1
    assert np.abs(pixels(answer["before"]) - (painted.decode(z)[0] * 255).numpy().transpose(1, 2, 0)).max() <= 1
    assert answer["reproduce"]["command"].startswith("trasluz edit painted map:0.5,0.5 --dim 3=2 --dim 0=-1")
    for wrong, status in (({"dims": {"9": 1}}, 400), ({"directions": {"none": 1}}, 404), ({"dims": {"0": 1e8}}, 400)):
        assert client.post("api/lens", json={**asked, **wrong}).status_code == status


def test_a_latent_without_a_name_moves_too(client, opened, studio):
    """So a page goes on from where it is, from a picture of one's own for instance."""
    z = torch.tensor([[1.0, -1.0, 0.5, 2.0, 0.0]])
    at = {"latent": base64.b64encode(z.numpy().tobytes()).decode()}
    answer = client.post("api/lens", json={"map": opened["id"], "at": at, "dims": {"3": -1.0}}).json()
    found = studio.map(opened["id"])
    moved = z - torch.tensor([[0, 0, 0, 1.0, 0]]) * found.atlas.latents.std(0, correction=0)
    assert np.allclose(numbers(answer["latent"]), moved[0], atol=1e-5)
    assert answer["seen"]["xy"] == pytest.approx(found.plane.project(moved)[0].tolist(), abs=1e-4)
    assert answer["original"] is None and answer["point"] is None and answer["reproduce"]["why_not"]


def test_ones_own_picture_is_inverted_with_its_error(client, opened, studio):
    picture = Image.new("RGB", (40, 30), (200, 60, 60))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    asked = {"map": opened["id"], "name": "../a/me.png"}
    answer = client.post("api/uploads", params=asked, content=buffer.getvalue()).json()["inverted"]
    assert pixels(answer["original"]).shape == (16, 16, 3) and answer["psnr"] > 10 and answer["method"] == "encoder"
    assert answer["reproduce"]["command"] == "trasluz invert painted me.png --out inverted.png"
    assert not list(studio.home.root.rglob("*me*")) and not answer["first_of_several"]


def test_of_an_animation_the_first_picture_is_taken_and_that_is_said(client, opened):
    first, later = Image.new("RGB", (16, 16), (200, 60, 60)), Image.new("RGB", (16, 16), (0, 0, 255))
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=[later, later])
    asked = {"map": opened["id"], "name": "me.gif"}
    answer = client.post("api/uploads", params=asked, content=buffer.getvalue()).json()["inverted"]
    assert answer["first_of_several"] and abs(pixels(answer["original"]).astype(int) - (200, 60, 60)).max() <= 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("me.png", "me.png"),
        ("my cat.JPG", "'my cat.JPG'"),
        ("C:\\photos\\me.jpeg", "me.jpeg"),
        ("-rf.png", "./-rf.png"),
        ("@me.png", "./@me.png"),
        ("test:3.png", "./test:3.png"),
        ("scan.ppm", "scan.ppm"),
        ("scan.dat", "./scan.dat"),
        ("..", "picture.png"),
        ("me\x1b[2J.png", "picture.png"),
    ],
)
def test_the_name_of_a_picture_is_said_as_a_command_takes_it(client, opened, given, said):
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "PNG")
    asked = {"map": opened["id"], "name": given}
    answer = client.post("api/uploads", params=asked, content=buffer.getvalue()).json()["inverted"]
    assert answer["reproduce"]["command"] == f"trasluz invert painted {said} --out inverted.png"


@pytest.mark.parametrize("body", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 20])
def test_what_is_no_picture_is_refused(client, opened, body):
    answer = client.post("api/uploads", params={"map": opened["id"]}, content=body)
    assert answer.status_code == 400 and answer.json()["what"]


def test_a_path_is_the_labs_and_is_exported(client, opened, studio, finished):
    found = studio.map(opened["id"])
    through = [{"xy": [-1.0, 0.0]}, {"xy": [1.0, 0.5]}]
    answer = client.post("api/paths", json={"map": opened["id"], "through": through, "frames": 8, "rule": "spline"})
    job = finished(answer.json())
    assert job["state"] == "done", job
    result = job["result"]
    wanted = interpolate(found.opened.model, "map:-1.0,0.0", "map:1.0,0.5", rule="spline", frames=8, atlas=found.atlas)
    data = client.get(f"api/jobs/{job['id']}/files/latents.bin").content
    assert struct.unpack("<4sIII", data[:16]) == (b"TLZ1", 4, 8, 5)
    assert np.allclose(np.frombuffer(data[16:], "<f4").reshape(8, 5), wanted.latents, atol=1e-6)
    assert result["figures"]["pace"] == pytest.approx(wanted.document()["pace"])
    assert "--rule spline --frames 8" in result["reproduce"]["command"] and len(result["support"]) == 8
    sheet = Image.open(io.BytesIO(client.get(f"api/jobs/{job['id']}/files/sheet.webp").content))
    assert sheet.size == (16 * result["across"], 16 * -(-8 // result["across"]))
    for form, magic in (("gif", b"GIF89a"), ("png", b"\x89PNG"), ("npz", b"PK")):
        export = client.get(f"api/jobs/{job['id']}/export", params={"form": form})
        assert export.content.startswith(magic) and "attachment" in export.headers["content-disposition"]
    for form in ("svg", "exe", "../x"):
        assert client.get(f"api/jobs/{job['id']}/export", params={"form": form}).status_code == 400
    export = client.get(f"api/jobs/{job['id']}/export", params={"form": "gif", "fps": 25})
    with Image.open(io.BytesIO(export.content)) as film:
        film.seek(1)
        assert film.info["duration"] == 40
    refused = client.get(f"api/jobs/{job['id']}/export", params={"form": "gif", "fps": 1000})
    assert refused.status_code == 400 and "0.1 to 50" in refused.json()["sentence"]


@pytest.mark.parametrize("wrong", [{"frames": 1000}, {"rule": "linear,spline"}, {"through": [{"row": 1}]}])
def test_paths_that_are_too_much_are_refused(client, opened, wrong):
    asked = {"map": opened["id"], "through": [{"row": 1}, {"row": 2}], **wrong}
    assert client.post("api/paths", json=asked).status_code == 400


def test_directions_are_found_named_used_and_forgotten(client, opened, finished):
    asked = {"map": opened["id"], "target": "light=yes", "method": "means", "measured": False, "name": "lighter"}
    job = finished(client.post("api/directions/find", json=asked).json())
    assert job["state"] == "done", job
    assert job["result"]["directions"][0]["name"] == "lighter" and "sheet.webp" in job["files"]
    assert "--target light=yes" in job["result"]["reproduce"]["command"]
    assert [d["name"] for d in client.get("api/directions", params={"model": "painted"}).json()] == ["lighter"]
    assert [d["name"] for d in client.get(f"api/maps/{opened['id']}/sliders").json()["directions"]] == ["lighter"]
    moved = {"map": opened["id"], "at": {"row": 1}, "directions": {"lighter": 3.0}}
    answer = client.post("api/lens", json=moved).json()
    assert pixels(answer["seen"]["picture"])[12:].mean() > pixels(answer["before"])[12:].mean()
    again = finished(client.post("api/directions/find", json=asked).json())
    assert again["state"] == "failed" and "already" in again["error"]["sentence"]
    of = {"model": "painted"}
    assert client.patch("api/directions/lighter", params=of, json={"name": "bright"}).json()["name"] == "bright"
    assert client.get("api/directions/bright", params=of).json()["target"] == "light=yes"
    assert client.get("api/directions/bright/sheet", params=of).content[:4] == b"RIFF"
    assert client.delete("api/directions/bright", params=of).status_code == 204
    assert client.get("api/directions/bright", params=of).status_code == 404


def test_a_direction_from_marked_rows(client, opened, studio, finished):
    light = np.array([v == "yes" for v in studio.map(opened["id"]).atlas.column("light")])
    these, those = (np.flatnonzero(k)[:12].tolist() for k in (light, ~light))
    asked = {"map": opened["id"], "these": these, "those": those, "measured": False, "keep": False}
    job = finished(client.post("api/directions/find", json=asked).json())
    assert job["state"] == "done", job
    assert job["result"]["directions"][0]["method"] == "examples"
    said = job["result"]["reproduce"]
    assert said["why_not"] is None and "--these test:" in said["command"] and "--atlas painted" in said["command"]
    assert client.get("api/directions").json() == []


def test_where_there_is_nothing_to_read_that_is_said(client, opened, finished):
    job = finished(client.post("api/lens/reader", json={"model": "painted"}).json())
    assert job["state"] == "done" and job["result"] == {"reader": None, "columns": {}}
    assert client.post("api/lens", json={"map": opened["id"], "at": {"row": 7}}).json()["reader"] == "none"
