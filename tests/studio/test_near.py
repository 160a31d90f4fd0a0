"""Items as their own pictures in place of their points: from near, and some of them from afar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from studio.looking import Explore, View, plane, soon
from trasluz.lab.results.plane import Plane

BARE = {"names": 0, "contours": 0}
"""Nothing over the points but pictures."""


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


def side(explore: Explore) -> int:
    """Pixels of a picture on the map."""
    return int(explore.stage.get_attribute("data-side") or 0)


def pictures(explore: Explore) -> int:
    """How many there are."""
    return int(explore.stage.get_attribute("data-pictures") or 0)


def tile_at(explore: Explore, x: float, y: float) -> np.ndarray:
    """What is drawn around a place of the map, as large as a picture is."""
    box = explore.box()
    px, py = explore.screen(x, y)
    wide = side(explore)
    left, top = round(px - box["x"] - wide / 2), round(py - box["y"] - wide / 2)
    return over(explore)[top : top + wide, left : left + wide, :3]


def alike(drawn: Plane, tile: np.ndarray) -> int:
    """The row whose picture is most like one that is drawn."""
    from PIL import Image

    shown = np.asarray(drawn.atlas.thumbnails(list(range(len(drawn)))))
    small = [np.asarray(Image.fromarray(p.transpose(1, 2, 0)).resize(tile.shape[:2])).astype(int) for p in shown]
    return int(np.argmin([np.abs(one[4:-4, 4:-4] - tile[4:-4, 4:-4]).mean() for one in small]))


def test_from_near_an_item_is_its_picture(explore: Explore, drawn: Plane) -> None:
    row, view = near_an_item(drawn)
    x, y = drawn.xy[row].tolist()
    explore.open(view=view, **BARE)

    def is_there() -> bool:
        tile = tile_at(explore, x, y)
        return len(tile) > 20 and tile.shape[0] == tile.shape[1] and alike(drawn, tile) == row

    assert soon(is_there)


def test_from_afar_there_are_pictures_too_and_points_between(explore: Explore, drawn: Plane) -> None:
    """As many as have room, and none over another: each is a square of its own."""
    explore.open(**BARE)
    assert soon(lambda: 8 < pictures(explore) < 150)
    far = pictures(explore)
    wide = side(explore)
    assert soon(lambda: covered(explore) == pytest.approx(far * (wide + 3) ** 2, rel=0.06))
    # From near they stay, are larger, and others come.
    for _ in range(4):
        explore.page.get_by_role("button", name="Zoom in").click()
    assert soon(lambda: side(explore) > wide)
    assert soon(lambda: covered(explore) == pytest.approx(pictures(explore) * (side(explore) + 3) ** 2, rel=0.35))


def covered(explore: Explore) -> int:
    """Pixels that pictures take."""
    return int((over(explore)[..., 3] > 0).sum())


def test_whatever_is_filtered_there_are_pictures(explore: Explore, drawn: Plane) -> None:
    """Of what is left, however few those are and wherever they lie."""
    explore.open(where="hair = 'spiky' and species = 'cat'", **BARE)
    assert soon(lambda: pictures(explore) > 0)
    n = len(drawn.atlas.where("hair = 'spiky' and species = 'cat'"))
    expect(explore.stage).to_have_attribute("data-points", str(n))
    assert pictures(explore) <= n


def test_the_pictures_can_be_left_out(explore: Explore, drawn: Plane) -> None:
    _, view = near_an_item(drawn)
    explore.open(view=view, **BARE)
    assert soon(lambda: int(over(explore)[..., 3].max()) == 255)
    explore.stage.focus()
    explore.stage.press("t")
    explore.wait_for(thumbs="0")
    assert soon(lambda: int(over(explore)[..., 3].max()) == 0 or explore.live.is_visible())
    button = explore.page.get_by_role("button", name="Pictures of the items")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    explore.wait_for(thumbs="")
    assert soon(lambda: int(over(explore)[..., 3].max()) == 255)


def test_a_picture_s_frame_has_the_colour_of_its_value(explore: Explore, drawn: Plane) -> None:
    row, view = near_an_item(drawn)
    x, y = drawn.xy[row].tolist()
    explore.open(view=view, color="species", **BARE)
    value = str(drawn.atlas.column("species")[row])
    line = explore.legend.locator("button.value").filter(has_text=value)
    said = line.locator(".swatch").evaluate("one => getComputedStyle(one).backgroundColor")
    wanted = np.array([int(part) for part in said.removeprefix("rgb(").removesuffix(")").split(",")])

    def frame() -> np.ndarray:
        box = explore.box()
        px, py = explore.screen(x, y)
        return over(explore)[round(py - box["y"]), round(px - box["x"] - side(explore) / 2 - 1), :3]

    assert soon(lambda: int(np.abs(frame() - wanted).max()) < 12)


def test_what_is_left_out_has_no_picture(explore: Explore, drawn: Plane) -> None:
    _, view = near_an_item(drawn)
    explore.open(view=view, color="species", **BARE)
    assert soon(lambda: int(over(explore)[..., 3].max()) == 255)
    for line in explore.legend.locator("button.value").all():
        line.click()
    assert soon(lambda: int(over(explore)[..., 3].max()) == 0)
