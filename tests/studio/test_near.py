"""The map from near: the items' own pictures in place of their points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from studio.looking import Explore, View, plane, soon
from trasluz.lab.results.plane import Plane

SIDE = 44
"""Pixels of a picture on the map."""


@pytest.fixture
def drawn(studio_home: Path) -> Plane:
    return plane(studio_home)


def over(explore: Explore) -> np.ndarray:
    """What lies over the points, `(H, W, 4)`: clear where there is nothing."""
    import base64
    import io

    from PIL import Image

    url = explore.stage.locator("canvas").nth(2).evaluate("one => one.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGBA")).astype(int)


def near_an_item(drawn: Plane) -> tuple[int, View]:
    """A row that is far from all others, and a rectangle around it with few items in it."""
    xy = drawn.xy.numpy()
    apart = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    among = np.argsort(np.linalg.norm(xy - np.median(xy, 0), axis=1))[:200]
    row = int(among[apart[among].min(1).argmax()])
    half = float(np.sort(apart[row])[12])
    x, y = xy[row].tolist()
    return row, (x - half, y - half * 0.7, x + half, y + half * 0.7)


def tile_at(explore: Explore, x: float, y: float) -> np.ndarray:
    """What is drawn around a place of the map, as large as a picture is."""
    box = explore.box()
    px, py = explore.screen(x, y)
    left, top = round(px - box["x"] - SIDE / 2), round(py - box["y"] - SIDE / 2)
    return over(explore)[top : top + SIDE, left : left + SIDE, :3]


def alike(drawn: Plane, tile: np.ndarray) -> int:
    """The row whose picture is most like one that is drawn."""
    from PIL import Image

    pictures = np.asarray(drawn.atlas.thumbnails(list(range(len(drawn)))))
    small = [np.asarray(Image.fromarray(p.transpose(1, 2, 0)).resize((SIDE, SIDE))).astype(int) for p in pictures]
    return int(np.argmin([np.abs(one[4:-4, 4:-4] - tile[4:-4, 4:-4]).mean() for one in small]))


def test_from_near_an_item_is_its_picture_and_from_afar_a_point(explore: Explore, drawn: Plane) -> None:
    row, view = near_an_item(drawn)
    x, y = drawn.xy[row].tolist()
    explore.open(view=view)
    assert soon(lambda: tile_at(explore, x, y).shape == (SIDE, SIDE, 3) and alike(drawn, tile_at(explore, x, y)) == row)
    explore.page.get_by_role("button", name="The whole map").click()
    assert soon(lambda: int(over(explore)[..., 3].max()) == 0)  # all of them are more than are shown as pictures


def test_the_pictures_can_be_left_out(explore: Explore, drawn: Plane) -> None:
    _, view = near_an_item(drawn)
    explore.open(view=view)
    assert soon(lambda: int(over(explore)[..., 3].max()) == 255)
    explore.stage.focus()
    explore.stage.press("t")
    explore.wait_for(thumbs="0")
    assert soon(lambda: int(over(explore)[..., 3].max()) == 0 or explore.live.is_visible())
    button = explore.page.get_by_role("button", name="Pictures of the items when zoomed in")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    explore.wait_for(thumbs="")
    assert soon(lambda: int(over(explore)[..., 3].max()) == 255)


def test_a_picture_s_frame_has_the_colour_of_its_value(explore: Explore, drawn: Plane) -> None:
    row, view = near_an_item(drawn)
    x, y = drawn.xy[row].tolist()
    explore.open(view=view, color="species")
    value = str(drawn.atlas.column("species")[row])
    line = explore.legend.locator("button.value").filter(has_text=value)
    said = line.locator(".swatch").evaluate("one => getComputedStyle(one).backgroundColor")
    wanted = np.array([int(part) for part in said.removeprefix("rgb(").removesuffix(")").split(",")])

    def frame() -> np.ndarray:
        box = explore.box()
        px, py = explore.screen(x, y)
        return over(explore)[round(py - box["y"]), round(px - box["x"] - SIDE / 2 - 1), :3]

    assert soon(lambda: int(np.abs(frame() - wanted).max()) < 12)


def test_what_is_left_out_has_no_picture(explore: Explore, drawn: Plane) -> None:
    _, view = near_an_item(drawn)
    explore.open(view=view, color="species")
    assert soon(lambda: int(over(explore)[..., 3].max()) == 255)
    for line in explore.legend.locator("button.value").all():
        line.click()
    assert soon(lambda: int(over(explore)[..., 3].max()) == 0)
