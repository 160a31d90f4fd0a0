"""Sheets: what the cells of a grid over a map decode to, as one picture; and how they are held."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import torch
from cachetools import LRUCache
from PIL import Image

import painted
from trasluz.server import images
from trasluz.server.limits import Limits
from trasluz.server.studio import Studio

PART = {"x0": -2.0, "y0": -1.0, "x1": 2.0, "y1": 2.0, "across": 8, "down": 3}


def sheet(client, opened, **other):
    return client.get(f"api/maps/{opened['id']}/sheet", params={**PART, **other})


def pixels(answer):
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(float)


def test_every_cell_shows_what_its_middle_decodes_to(client, opened, studio):
    plane = studio.map(opened["id"]).plane
    answer = sheet(client, opened)
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/webp"
    said = [answer.headers[f"X-Trasluz-{name}"] for name in ("Across", "Down", "Tile")]
    assert said == ["8", "3", "16"]
    page = pixels(answer)
    assert page.shape == (48, 128, 3)
    support = np.frombuffer(base64.b64decode(answer.headers["X-Trasluz-Support"]), "<f4").reshape(3, 8)
    for row, y in enumerate((1.5, 0.5, -0.5)):  # the top is where y is largest
        for column in range(8):
            xy = [-1.75 + 0.5 * column, y]
            wanted = painted.decode(plane.inverse(xy))[0].permute(1, 2, 0).numpy() * 255
            cell = page[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
            for half in (slice(2, 6), slice(10, 14)):  # away from edges, which a lossy picture blurs
                assert np.abs(cell[half, 4:12].mean((0, 1)) - wanted[half, 4:12].mean((0, 1))).max() < 12
            assert support[row, column] == pytest.approx(float(plane.support(xy)[0]), rel=1e-5)


def test_cells_have_the_models_own_size_at_most(client, opened):
    assert sheet(client, opened, tile=128).headers["X-Trasluz-Tile"] == "16"


def test_smaller_cells_are_means_of_areas():
    item = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    small = images.tiles(item, 16)
    wanted = item.reshape(2, 3, 16, 2, 16, 2).mean((3, 5)).numpy() * 255
    assert small.dtype == np.uint8 and float(np.abs(small - wanted).max()) <= 0.5001
    assert np.array_equal(images.tiles(item, 32), (item * 255).round().byte().numpy())


def test_a_sheet_is_decoded_once_in_pieces_that_leave_room_for_others(client, opened, studio, monkeypatch):
    batcher = studio.map(opened["id"]).batcher
    ask, sizes = type(batcher).ask, []
    monkeypatch.setattr(type(batcher), "ask", lambda self, z: sizes.append(len(z)) or ask(self, z))
    first = sheet(client, opened, across=30, down=20)
    assert sum(sizes) == 600 and max(sizes) <= studio.limits.batch // 2
    again = sheet(client, opened, across=30, down=20)
    assert sum(sizes) == 600 and again.content == first.content
    told = [{name: v for name, v in one.headers.items() if name != "server-timing"} for one in (first, again)]
    assert told[0] == told[1]
    assert studio.sheets.currsize > len(first.content)
    sheet(client, opened, across=30, down=20, x1=2.5)
    assert sum(sizes) == 1200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"x1": -2.0}, "part of a map"),
        ({"y0": 3.0}, "part of a map"),
        ({"x0": "nan"}, "x0"),
        ({"x0": 1e300}, "x0"),
        ({"across": 31, "down": 20}, "too many cells"),
        ({"across": 0}, "across"),
        ({"tile": 8}, "tile"),
    ],
)
def test_what_is_no_grid_or_too_much_is_refused(client, opened, wrong, said):
    answer = sheet(client, opened, **wrong)
    assert answer.status_code == 400 and said in answer.json()["sentence"]
    assert answer.json()["kind"] == "invalid_argument"


def test_what_is_held_is_bounded_and_the_one_not_looked_at_goes_first(workspace):
    studio = Studio(workspace=workspace, device="cpu", limits=Limits(sheets=10))
    studio.sheets["a"] = (b"xxxx",)
    studio.sheets["b"] = (b"xx", b"xx")
    assert studio.sheets.get("a") == (b"xxxx",)
    studio.sheets["c"] = (b"xxxx",)
    assert studio.sheets.get("b") is None and studio.sheets.get("a") is not None and studio.sheets.currsize == 8
    studio.sheets["a"] = (b"x",)
    assert studio.sheets.currsize == 5
    studio.close()
    assert studio.sheets.currsize == 0 and studio.sheets.get("a") is None


def test_a_sheet_larger_than_all_that_may_be_held_is_given_and_not_held(client, opened, studio, monkeypatch):
    few: LRUCache[object, tuple[bytes, ...]] = LRUCache(100, lambda parts: sum(map(len, parts)))
    monkeypatch.setattr(studio, "sheets", few)
    first, again = (sheet(client, opened, across=8, down=6) for _ in range(2))
    assert first.status_code == 200 and len(first.content) > 100 and again.content == first.content
    assert len(few) == 0
