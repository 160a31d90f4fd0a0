"""What a hand does on the map: nearer, pins and where they are dragged, the sheet under the points; and all of it by
keys alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from studio.looking import Explore, View, decoded, number_in, pixels, plane, same, soon, wide
from trasluz.lab.map import Plane


@pytest.fixture
def drawn(studio_home: Path) -> Plane:
    return plane(studio_home)


def around(drawn: Plane, factor: float = 1.4) -> View:
    low, high = drawn.xy.min(0).values.tolist(), drawn.xy.max(0).values.tolist()
    return wide((*low, *high), factor)


def ground(shot: np.ndarray) -> np.ndarray:
    """The colour that most of a picture has."""
    return np.median(shot.reshape(-1, 3), axis=0)


def tool(explore: Explore, name: str):
    return explore.page.get_by_role("toolbar", name="Tools of the map").get_by_role("button", name=name)


# Nearer --------------------------------------------------------------------------------------------------------------


def test_a_link_in_the_same_tab_goes_nearer_where_items_are_their_pictures(explore: Explore, drawn: Plane) -> None:
    """294 items are too many to be shown as pictures; nearer, those in sight are, in frames of their colours."""
    explore.open(view=around(drawn), color="species", pins="test:1")
    # The item that lies farthest from all others.
    apart = (drawn.xy[:, None] - drawn.xy[None]).norm(dim=2).fill_diagonal_(float("inf")).min(1).values
    row = int(apart.argmax())
    (x, y), box = drawn.xy[row].tolist(), explore.box()
    px, py = (round(one - box[side]) for one, side in zip(explore.screen(x, y), "xy", strict=True))
    shot = explore.shot()
    assert np.abs(shot[py, px] - ground(shot)).max() > 40
    assert np.abs(shot[py, px + 12] - ground(shot)).max() == 0

    explore.open(view=(x - 1.5, y - 1.5, x + 1.5, y + 1.5), color="species", size=1)
    expect(explore.pins).to_have_count(0)  # the link has none
    px, py = (round(one - box[side]) for one, side in zip(explore.screen(x, y), "xy", strict=True))
    tile = Image.fromarray(drawn.atlas.thumbnails([row])[0].transpose(1, 2, 0))
    small = np.asarray(tile.resize((44, 44), Image.Resampling.BOX)).astype(int)
    swatch = explore.legend.get_by_role("button", name=drawn.atlas.column("species")[row]).locator(".swatch")
    colour = swatch.evaluate("one => getComputedStyle(one).backgroundColor")
    frame = np.array([int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")])

    def is_shown() -> bool:
        shot = explore.shot()
        inside, edge = shot[py - 22 : py + 22, px - 22 : px + 22], shot[py - 4 : py + 4, px + 20 : px + 26]
        return bool(np.abs(inside - small).mean() < 12 and np.abs(edge - frame).max(2).min() < 8)

    assert soon(is_shown)
    explore.stage.press("t")
    expect(tool(explore, "Pictures of the items")).to_have_attribute("aria-pressed", "false")
    assert soon(lambda: not is_shown())


# Pins ----------------------------------------------------------------------------------------------------------------


def spots(explore: Explore) -> list[str]:
    return [text for text in explore.kept.get("pins", "").split("~") if text]


def place_of(spot: str) -> tuple[float, float]:
    assert spot.startswith("xy:"), spot
    x, y = spot.removeprefix("xy:").split(",")
    return float(x), float(y)


def test_clicks_pin_and_a_pin_is_dragged(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    explore.open(view=around(drawn))
    (low_x, low_y, high_x, high_y), box = explore.view(), explore.box()
    first = low_x + 0.2 * (high_x - low_x), low_y + 0.3 * (high_y - low_y)
    explore.click(*first)
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    expect(explore.path).to_contain_text("Pin one more place to walk there from A.")
    expect(explore.lens.get_by_role("button", name="Pinned as A")).to_be_visible()
    # An item that is clicked is pinned as the item, by its name.
    row = int(drawn.xy[:, 0].argmin())
    explore.click(*drawn.xy[row].tolist())
    expect(explore.pins.get_by_role("button", name=f"Pin B: test:{row}")).to_be_visible()
    explore.page.wait_for_url(lambda url: f"at=row:{row}" in url)
    a, b = spots(explore)
    pixel = (high_x - low_x) / box["width"]
    assert place_of(a) == pytest.approx(first, abs=pixel) and b == f"row:{row}"
    thumbs = explore.pins.locator("img")
    expect(thumbs).to_have_count(2)
    assert soon(lambda: same(pixels(thumbs.nth(0)), decoded(studio_home, f"map:{a[3:]}")[0]))
    assert same(pixels(thumbs.nth(1)), decoded(studio_home, f"test:{row}")[0])

    # The panel of the path has grown, and the map is lower now.
    view = explore.view()
    start, end = explore.screen(*place_of(a), view), explore.screen(*first, view)
    end = end[0] + 150, end[1] - 60
    explore.page.mouse.move(*start)
    explore.page.mouse.down()
    explore.page.mouse.move(*end, steps=3)
    explore.page.mouse.up()
    explore.page.wait_for_url(lambda url: a[3:].split(",")[0] not in url)
    assert place_of(spots(explore)[0]) == pytest.approx(explore.place(*end, view), abs=1.5 * pixel)
    assert spots(explore)[1] == b and explore.view() == view  # the map itself was not moved
    moved = decoded(studio_home, f"map:{spots(explore)[0][3:]}")[0]
    assert soon(lambda: same(pixels(thumbs.nth(0)), moved))
    # Its letter is drawn where it was put, on the accent's colour.
    box = explore.box()
    shot = explore.shot()
    assert np.abs(shot[round(end[1] - box["y"]) + 8, round(end[0] - box["x"])] - ground(shot)).max() > 60

    explore.pins.get_by_role("button", name="Remove the pin A").click()
    expect(explore.pins.get_by_role("button", name=f"Pin A: test:{row}")).to_be_visible()
    explore.wait_for(pins=b)


# The sheet -----------------------------------------------------------------------------------------------------------


def test_the_sheet_under_the_points_is_what_its_places_decode_to(
    explore: Explore, drawn: Plane, studio_home: Path
) -> None:
    explore.open(view=around(drawn, 1.1))
    under = explore.stage.locator("canvas").first
    assert pixels(under).max() == 0
    tool(explore, "Sheet of decoded pictures").click()
    assert soon(lambda: int(pixels(under).max()) > 0)
    expect(explore.page.get_by_text("Decoding the sheet")).to_have_count(0)
    explore.wait_for(sheet="1")

    # Cells are as wide as a power of two of the map's unit, about 72 pixels, and begin at 0.
    view, box = explore.view(), explore.box()
    scale = box["width"] / (view[2] - view[0])
    step = 2.0 ** round(np.log2(72 / scale))
    corners = [(i * step, j * step) for i in range(-40, 40) for j in range(-40, 40)]
    inside = [(x, y) for x, y in corners if view[0] < x < view[2] - step and view[1] < y < view[3] - step]
    middles = [(x + step / 2, y + step / 2) for x, y in inside]
    near = np.argsort(drawn.support(middles).numpy())[:6]
    assert len(near) == 6
    shown = pixels(under)
    wanted = decoded(studio_home, *(f"map:{middles[i][0]},{middles[i][1]}" for i in near))
    for i, one in zip(near, wanted, strict=True):
        left, bottom = (value - box[side] for value, side in zip(explore.screen(*inside[i], view), "xy", strict=True))
        size = step * scale
        cell = shown[round(bottom - size) + 3 : round(bottom) - 3, round(left) + 3 : round(left + size) - 3]
        large = Image.fromarray(one.astype(np.uint8)).resize((round(size), round(size)))
        same_cell = np.asarray(large).astype(int)[3 : 3 + cell.shape[0], 3 : 3 + cell.shape[1]]
        others = [np.abs(np.asarray(other) - np.asarray(one)).mean() for other in wanted if other is not one]
        assert np.abs(cell - same_cell).mean() < min(12, max(others))

    tool(explore, "Sheet of decoded pictures").click()
    assert soon(lambda: int(pixels(under).max()) == 0)


# By keys alone -------------------------------------------------------------------------------------------------------


def tab_to(explore: Explore, what) -> None:
    """Go on from control to control until there."""
    for _ in range(120):
        explore.page.keyboard.press("Tab")
        if what.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError("not reached by the Tab key")


def test_from_the_map_to_the_film_by_keys_alone(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn))
    press = explore.page.keyboard.press
    tab_to(explore, explore.stage)
    view, box = explore.view(), explore.box()
    pixel = (view[2] - view[0]) / box["width"]
    press("ArrowRight")
    right = explore.view(view)
    assert right[0] - view[0] == pytest.approx(24 * pixel, rel=0.02)
    press("Shift+ArrowUp")
    up = explore.view(right)
    assert up[3] - right[3] == pytest.approx(96 * pixel, rel=0.02)
    # What the crosshair is on is decoded, and said.
    expect(explore.live).to_be_visible()
    said = explore.page.locator("#map-keys + [aria-live=polite]")
    expect(said).to_contain_text("data")
    press("Enter")
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    explore.page.wait_for_url(lambda url: "pins=" in url)
    middle = (up[0] + up[2]) / 2, (up[1] + up[3]) / 2
    [a] = spots(explore)
    assert a.startswith("row:") or place_of(a) == pytest.approx(middle, abs=pixel)

    press("+")
    near = explore.view(up)
    assert (up[2] - up[0]) / (near[2] - near[0]) == pytest.approx(1.3, rel=0.01)
    assert (near[0] + near[2]) / 2 == pytest.approx(middle[0], abs=pixel)
    press("l")
    expect(tool(explore, "Lasso")).to_have_attribute("aria-pressed", "true")
    press("Escape")
    expect(tool(explore, "Lasso")).to_have_attribute("aria-pressed", "false")
    press("0")
    explore.page.wait_for_url(lambda url: "view=" not in url)
    for _ in range(3):
        press("ArrowLeft")
    press("Enter")
    expect(explore.pins.get_by_role("listitem")).to_have_count(2)

    expect(explore.film).to_be_visible()
    tab_to(explore, explore.film)
    press("End")
    expect(explore.film).to_have_attribute("aria-valuetext", "Frame 24 of 24, among the data")
    press("ArrowLeft")
    expect(explore.film).to_have_attribute("aria-valuenow", "23")
    press("PageUp")  # the pin before
    expect(explore.film).to_have_attribute("aria-valuenow", "1")
    assert number_in(explore.film.get_attribute("aria-valuemax")) == 24
    press("ArrowRight")
    press("Enter")
    expect(explore.lens.get_by_role("heading", name="A→B 2/24")).to_be_visible()
