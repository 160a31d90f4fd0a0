"""Look, then keep: the lens follows the cursor, a click keeps, P and a double-click pin, and it can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, CDPSession, expect

from studio.conftest import HINTS_READ, Watch
from studio.looking import DATA, MODEL, Explore, alone, around, decoded, far_off, model, pixels, plane, same, soon
from trasluz.lab.find import find
from trasluz.lab.judging.support import support_of
from trasluz.lab.results.plane import Plane
from trasluz.lab.shelf.directions import keep, remove_direction

PLACE = "this place of the map"


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


def away(explore: Explore) -> None:
    """Leave the map."""
    explore.page.mouse.move(1100, 770)
    expect(explore.live).to_be_hidden()


# The lens ------------------------------------------------------------------------------------------------------------


def test_the_lens_follows_the_cursor_and_goes_back_to_what_is_kept(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn, 2), at="test:3", color="species")
    kept = explore.lens.get_by_role("heading", name="test:3", exact=True)
    expect(kept).to_be_visible()
    expect(explore.shown).to_have_attribute("data-live", "false")
    support = float(explore.stage.get_attribute("data-support") or "nan")
    own = support_of(drawn.atlas.latents[3:4].float(), drawn.atlas, model().space("z"))
    assert own is not None and support == pytest.approx(float(own[0]), rel=0.02)
    x, y = explore.hover(*far_off(explore, drawn))
    expect(explore.shown).to_have_attribute("data-live", "true")
    expect(kept).to_have_count(0)
    expect(explore.shown).to_contain_text("Below: test:3, kept")
    found = drawn.support([(x, y)])
    assert found is not None
    assert float(explore.stage.get_attribute("data-support") or "nan") == pytest.approx(float(found[0]), rel=0.01)
    # The same in the same words, at the cursor and under the lens.
    said = explore.live.locator(".said").inner_text()
    assert said.startswith("unlike the data, ")
    expect(explore.shown.locator(".level")).to_have_text(said)
    # What was looked at leaves nothing behind.
    away(explore)
    expect(kept).to_be_visible()
    assert "pins" not in explore.query and explore.query["at"] == "test:3"


def test_a_click_keeps_and_nothing_moves_until_the_cursor_goes_on(
    explore: Explore, drawn: Plane, studio_home: Path
) -> None:
    explore.open(view=around(drawn, 2))
    x, y = far_off(explore, drawn)
    explore.hover(x, y)
    below = explore.lens.get_by_role("button", name="Place your own picture")
    expect(below).to_be_visible()
    explore.click(x, y)
    explore.page.wait_for_url(lambda url: "at=xy" in url)
    expect(explore.shown).to_have_attribute("data-live", "false")
    expect(explore.pins).to_have_count(0)
    at = explore.query["at"].removeprefix("xy:")
    [wanted] = decoded(studio_home, f"map:{at}")
    assert soon(lambda: same(pixels(explore.shown.locator("figure img")), wanted))
    # A hand is never quite still.
    px, py = explore.screen(x, y)
    explore.page.mouse.move(px + 3, py + 2)
    expect(explore.shown).to_have_attribute("data-live", "false")
    height = explore.shown.bounding_box()["height"]  # type: ignore[index]
    explore.page.mouse.move(px + 40, py)
    expect(explore.shown).to_have_attribute("data-live", "true")
    # What is below the pictures stays where it is, live or kept.
    assert explore.shown.bounding_box()["height"] == pytest.approx(height, abs=2)  # type: ignore[index]


def test_an_item_has_three_pictures_with_three_names(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    explore.open(at="test:3")
    names = explore.shown.locator("figcaption, .caption")
    expect(names).to_have_text(["original", PLACE, "reconstruction"])
    x, y = drawn.xy[3].tolist()
    flat = explore.shown.get_by_role("button", name="Look at this place of the map")
    assert soon(lambda: flat.locator("img").count() == 1)
    assert same(pixels(flat.locator("img")), decoded(studio_home, f"map:{x!r},{y!r}")[0])
    assert not same(pixels(flat.locator("img")), decoded(studio_home, "test:3")[0])
    flat.click()
    expect(explore.shown).to_contain_text("A place of the map")
    expect(names.last).to_have_text(PLACE)


def test_the_lens_promises_what_it_does(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn, 2))
    expect(explore.lens).to_contain_text("what lies there appears here, live. A click or a tap keeps it.")


# Pins ----------------------------------------------------------------------------------------------------------------


def test_p_pins_what_is_under_the_cursor_and_what_is_kept(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn, 2), at="test:3")
    pinned = explore.pins.get_by_role("listitem")
    expect(explore.lens.get_by_role("heading", name="test:3", exact=True)).to_be_visible()
    explore.page.keyboard.press("p")
    explore.wait_for(pins="test:3")
    explore.hover(*far_off(explore, drawn))
    explore.page.keyboard.press("p")
    expect(pinned).to_have_count(2)
    explore.page.wait_for_url(lambda url: "pins=test:3~xy:" in url)
    # A letter that is written is none of these.
    explore.page.mouse.move(1100, 770)
    explore.legend.get_by_label("Search items").press_sequentially("pp")
    expect(pinned).to_have_count(2)


def test_a_second_pin_leaves_the_map_as_it_lies_under_the_cursor(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn), pins="test:3", thumbs="0")
    box = explore.box()
    before = explore.view()
    [(_, px, py), *_] = alone(explore, drawn, range(len(drawn)))
    explore.page.mouse.dblclick(box["x"] + px, box["y"] + py)
    expect(explore.strip).to_be_visible()
    assert explore.box()["height"] < box["height"] - 60
    # The map has kept its scale and its place: one place a pixel, from the same corner.
    held = explore.view(before=before)
    unit = (before[2] - before[0]) / box["width"]
    assert (held[2] - held[0]) / explore.box()["width"] == pytest.approx(unit, rel=2e-3)
    assert (held[0], held[3]) == pytest.approx((before[0], before[3]), abs=2 * unit)
    assert over(explore)[py, px, 3] == 255
    # Once nobody points at it any more, all of it is shown in its new shape.
    explore.page.mouse.move(1100, 770)
    after = explore.view(before=held)
    assert after[1] <= before[1] + 2 * unit and after[3] >= before[3] - 2 * unit


def test_a_pin_that_is_dragged_leaves_no_line_behind(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn, 2), pins="xy:0.5,0.25~xy:-1,-0.5", thumbs="0", path="linear,8")
    expect(explore.strip).to_have_attribute("aria-valuemax", "8")
    box, view = explore.box(), explore.view()
    (ax, ay), (bx, by) = (explore.screen(*at, view, box) for at in ((0.5, 0.25), (-1.0, -0.5)))
    middle = round(0.7 * ay + 0.3 * by - box["y"]), round(0.7 * ax + 0.3 * bx - box["x"])
    around_it = np.s_[middle[0] - 3 : middle[0] + 4, middle[1] - 3 : middle[1] + 4, 3]
    explore.path.get_by_role("button", name="Pause").or_(explore.path.get_by_role("button", name="Play")).first.focus()
    assert soon(lambda: int(over(explore)[around_it].max()) == 255)
    x, y = explore.screen(*far_off(explore, drawn), view, box)
    mouse = explore.page.mouse
    mouse.move(ax, ay)
    mouse.down()
    mouse.move((ax + x) / 2, (ay + y) / 2)
    mouse.move(x, y)
    assert soon(lambda: int(over(explore)[around_it].max()) == 0)
    mouse.up()


def test_every_rule_s_path_is_on_the_map_in_its_colour(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn, 1.2), pins="test:3~test:9~test:21", thumbs="0", path="linear,8")
    expect(explore.strip).to_have_attribute("aria-valuemax", "8")
    explore.path.get_by_role("button", name="Compare", exact=True).click()
    rows = explore.path.get_by_role("table").locator("tbody tr").filter(has=explore.page.get_by_role("slider"))
    expect(rows).to_have_count(4)
    for swatch in rows.locator(".swatch").all():
        said = swatch.evaluate("one => getComputedStyle(one).backgroundColor")
        ink = np.array([int(part) for part in said.removeprefix("rgb(").removesuffix(")").split(",")])
        assert soon(lambda ink=ink: bool((np.abs(over(explore)[..., :3] - ink).max(2) < 3).sum() > 20))


# Undo ----------------------------------------------------------------------------------------------------------------


def test_pins_sliders_and_selections_are_undone_and_done_again(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn, 1.4), at="test:3")
    undo, redo = (explore.page.get_by_role("button", name=name) for name in ("Undo (Ctrl+Z)", "Redo"))
    expect(undo).to_have_attribute("aria-disabled", "true")
    expect(explore.lens.get_by_role("heading", name="test:3", exact=True)).to_be_visible()
    explore.page.keyboard.press("p")
    explore.wait_for(pins="test:3")
    slider = explore.lens.get_by_role("slider", name="dimension", exact=False).first
    slider.fill("2")
    explore.page.wait_for_url(lambda url: "move=d" in url)
    moved = explore.query["move"]
    explore.stage.press("l")
    box = explore.box()
    mouse, corners = explore.page.mouse, ((0.3, 0.3), (0.8, 0.3), (0.8, 0.8), (0.3, 0.8))
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    mouse.move(*places[0])
    mouse.down()
    for place in (*places[1:], places[0]):
        mouse.move(*place, steps=3)
    mouse.up()
    bar = explore.directions.get_by_text("items in the lasso")
    expect(bar).to_be_visible()
    # Back, one after the other, from the keyboard.
    explore.page.keyboard.press("Control+z")
    expect(bar).to_have_count(0)
    explore.page.keyboard.press("Control+z")
    explore.wait_for(move="")
    explore.page.keyboard.press("Control+z")
    explore.wait_for(pins="")
    expect(undo).to_have_attribute("aria-disabled", "true")
    # And forth.
    explore.page.keyboard.press("Control+Shift+z")
    explore.wait_for(pins="test:3")
    explore.page.keyboard.press("Control+y")
    explore.wait_for(move=moved)
    redo.click()
    expect(bar).to_be_visible()
    expect(redo).to_have_attribute("aria-disabled", "true")
    # What is done now takes the place of what was undone.
    undo.click()
    undo.click()
    explore.wait_for(move="")
    explore.page.keyboard.press("Control+z")
    explore.wait_for(pins="")


# Everything is linked ------------------------------------------------------------------------------------------------


def test_a_slider_moves_its_dot_on_the_map_with_a_trail(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    explore.open(view=around(drawn, 2.4), at="test:3", thumbs="0")
    sigma = drawn.atlas.latents.float().flatten(1).std(0, correction=0)
    x, y = drawn.xy[3].tolist()
    dims = [int(dim) for dim in sigma.argsort(descending=True)[:4]]

    def moved(dim: int) -> np.ndarray:
        z = drawn.atlas.latents[3:4].float().flatten(1).clone()
        z[0, dim] += 3 * sigma[dim]
        return drawn.project(z.reshape(1, *drawn.atlas.latents.shape[1:]))[0].numpy()

    dim = max(dims, key=lambda one: float(np.linalg.norm(moved(one) - np.array([x, y]))))
    slider = explore.lens.get_by_role("slider", name=f"dimension {dim}", exact=True)
    for strength in ("1", "2", "3"):
        slider.fill(strength)
        expect(explore.shown.get_by_alt_text("test:3, moved by the sliders")).to_be_visible()
    box, view = explore.box(), explore.view()

    def alpha(at: Any) -> int:
        px, py = explore.screen(float(at[0]), float(at[1]), view, box)
        return int(over(explore)[round(py - box["y"]), round(px - box["x"]), 3])

    end = moved(dim)
    assert soon(lambda: alpha(end) == 255)
    assert soon(lambda: alpha(np.array([x, y]) * 0.35 + end * 0.65) > 0)
    explore.lens.get_by_role("button", name="Reset").click()
    assert soon(lambda: alpha(end) == 0)


@pytest.fixture
def catlike(studio_home: Path) -> Iterator[str]:
    found = find(model(), target="species=cat", method="probe", data=DATA, measured=False, workspace=studio_home)
    keep(found[0], name="catty", workspace=studio_home)
    yield "catty"
    remove_direction("catty", model=MODEL, workspace=studio_home)


def test_a_direction_is_drawn_live_and_as_arrows_over_the_map(
    explore: Explore, catlike: str, drawn: Plane, studio_home: Path
) -> None:
    bare = {"thumbs": "0", "contours": "0", "names": "0"}
    explore.open(view=around(drawn, 1.2), side="directions", at="test:3", **bare)
    assert soon(lambda: int((over(explore)[..., 3] > 0).sum()) < 1500)
    explore.directions.get_by_role("button", name=f"Details of {catlike}").click()
    panel = explore.directions
    expect(panel.get_by_text("items in sight, one step").or_(panel.get_by_text("items, one step"))).to_be_visible()
    assert soon(lambda: int((over(explore)[..., 3] > 0).sum()) > 4000)
    # Its pictures are the model's own, from what is under the lens; one is a way to the lens.
    along = panel.get_by_role("group", name="Along it")
    cells = along.get_by_role("button")
    expect(cells).to_have_count(15)
    expect(cells.nth(2)).to_have_accessible_name(f"Along {catlike} from test:3: 0\u00a0σ")
    assert same(pixels(cells.nth(2).locator("img")), decoded(studio_home, "test:3")[0])
    last = pixels(cells.nth(4).locator("img"))
    cells.nth(4).click()
    expect(explore.shown.get_by_alt_text("test:3, moved by the sliders")).to_be_visible()
    assert same(pixels(explore.shown.get_by_alt_text("test:3, moved by the sliders")), last)
    # Whoever leaves it sees the map as it was.
    assert soon(lambda: int((over(explore)[..., 3] > 0).sum()) < 4000)


def test_a_direction_that_is_renamed_is_renamed_in_the_other_page(
    explore: Explore, context: BrowserContext, catlike: str, drawn: Plane, studio_home: Path
) -> None:
    other = Explore(context.new_page(), explore.url, explore.home)
    other.open(side="directions")
    expect(other.directions.get_by_role("button", name=f"Details of {catlike}")).to_be_visible()
    explore.open(side="directions")
    explore.directions.get_by_role("button", name=f"Rename {catlike}").click()
    explore.directions.get_by_label("New name").fill("catty-two")
    explore.directions.get_by_role("button", name="Rename", exact=True).click()
    expect(explore.directions.get_by_role("button", name="Details of catty-two")).to_be_visible()
    expect(other.directions.get_by_role("button", name="Details of catty-two")).to_be_visible()
    expect(other.directions.get_by_role("button", name=f"Details of {catlike}", exact=True)).to_have_count(0)
    explore.directions.get_by_role("button", name="Rename catty-two").click()
    explore.directions.get_by_label("New name").fill(catlike)
    explore.directions.get_by_role("button", name="Rename", exact=True).click()
    expect(other.directions.get_by_role("button", name=f"Details of {catlike}", exact=True)).to_be_visible()
    other.page.close()


# Fingers -------------------------------------------------------------------------------------------------------------


class Fingers:
    """What fingers do on a page."""

    def __init__(self, line: CDPSession) -> None:
        self.line = line

    def __call__(self, kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
        self.line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def tap(self, x: float, y: float) -> None:
        self("touchStart", (x, y))
        self("touchEnd")


@pytest.fixture
def narrow(browser: Any, studio_url: str, studio_home: Path) -> Iterator[tuple[Explore, Fingers]]:
    """A page as a telephone has it."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="en-GB", reduced_motion="reduce"
    )
    watch = Watch(context, studio_url)
    context.add_cookies([HINTS_READ])
    page = context.new_page()
    yield Explore(page, studio_url, studio_home), Fingers(context.new_cdp_session(page))
    assert watch.errors == [] and watch.outside == []
    context.close()


def test_a_finger_decodes_as_it_goes_and_the_lens_is_in_sight(narrow: tuple[Explore, Fingers], drawn: Plane) -> None:
    explore, fingers = narrow
    explore.open(view=around(drawn, 2), thumbs="0")
    box, view = explore.box(), explore.view()
    start = box["x"] + 0.5 * box["width"], box["y"] + 0.6 * box["height"]
    fingers("touchStart", start)
    picture = explore.shown.get_by_label(PLACE)
    expect(picture).to_be_visible()
    seen = []
    for step in range(1, 5):
        before = explore.live.get_attribute("data-seq") or ""
        fingers("touchMove", (start[0] + 20 * step, start[1]))
        expect(explore.live).not_to_have_attribute("data-seq", before)
        seen.append(pixels(picture))
    assert not same(seen[0], seen[-1])
    assert explore.view() == pytest.approx(view), "one finger leaves the map where it is"
    shown = picture.bounding_box()
    assert shown is not None and shown["y"] > box["y"] + box["height"] - 1
    assert shown["y"] + shown["height"] <= 844, "it is in sight under the map"
    # Above the finger, what it is.
    tag = explore.live.bounding_box()
    assert tag is not None and tag["y"] + tag["height"] < start[1]
    fingers("touchEnd")
    explore.page.wait_for_url(lambda url: "at=" in url)
    expect(explore.shown).to_have_attribute("data-live", "false")
    expect(explore.pins).to_have_count(0)
    assert explore.page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth") <= 0


def test_two_fingers_move_and_zoom_and_two_taps_pin(narrow: tuple[Explore, Fingers], drawn: Plane) -> None:
    explore, fingers = narrow
    explore.open(view=around(drawn, 2), thumbs="0")
    box, view = explore.box(), explore.view()
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 0.55 * box["height"]
    fingers("touchStart", (x - 30, y), (x + 30, y))
    for step in range(1, 6):
        fingers("touchMove", (x - 30 - 6 * step, y), (x + 30 + 6 * step, y))
    fingers("touchEnd")
    zoomed = explore.view(before=view)
    assert zoomed[2] - zoomed[0] == pytest.approx((view[2] - view[0]) / 2, rel=0.15)
    expect(explore.pins).to_have_count(0)
    assert "at" not in explore.query, "what moves the map keeps nothing"
    fingers("touchStart", (x - 30, y), (x + 30, y))
    for step in range(1, 6):
        fingers("touchMove", (x - 30 + 8 * step, y), (x + 30 + 8 * step, y))
    fingers("touchEnd")
    panned = explore.view(before=zoomed)
    assert panned[2] - panned[0] == pytest.approx(zoomed[2] - zoomed[0], rel=0.02) and panned[0] < zoomed[0]
    fingers.tap(x, y)
    fingers.tap(x + 1, y)
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
