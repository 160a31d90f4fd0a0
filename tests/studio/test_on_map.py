"""What is shown and done beside the points of a map: names of regions, ghosts, what a lasso chooses, by mouse and by
keyboard, what a search finds, the way back from nowhere, and that nothing lies over the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from studio.conftest import HINTS_READ
from studio.looking import Explore, around, plane, soon
from trasluz.lab.judging.apart import features_of
from trasluz.lab.judging.region_names import region_names
from trasluz.lab.results.plane import Plane


@pytest.fixture
def drawn(studio_home: Path) -> Plane:
    return plane(studio_home)


@pytest.fixture
def chosen(explore: Explore) -> Locator:
    return explore.page.get_by_role("region", name="What is chosen")


def draw_around(explore: Explore) -> None:
    """Draw with the lasso around the lower half of the map."""
    explore.page.get_by_role("button", name="Lasso").click()
    box = explore.box()
    mouse = explore.page.mouse
    corners = [(0.1, 0.5), (0.62, 0.5), (0.62, 0.96), (0.1, 0.96), (0.1, 0.5)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=5)
    mouse.up()


def test_a_lasso_shows_what_it_chose_and_what_sets_it_apart(explore: Explore, drawn: Plane, chosen: Locator) -> None:
    explore.open(view=around(drawn), color="species")
    view, box = explore.view(), explore.box()
    draw_around(explore)
    places = np.array([explore.screen(x, y, view, box) for x, y in drawn.xy.tolist()])
    across, down = (
        (places[:, i] - box[at]) / box[size] for i, (at, size) in enumerate((("x", "width"), ("y", "height")))
    )
    mine = (across > 0.1) & (across < 0.62) & (down > 0.5) & (down < 0.96)
    assert 20 < mine.sum() < 290
    expect(chosen.get_by_text(f"{mine.sum()} items in the lasso")).to_be_visible()
    pictures = chosen.get_by_role("group", name="Pictures of what is chosen")
    expect(pictures.locator("img")).to_have_count(min(int(mine.sum()), 40))
    # What is said of them is so: the shares are those of the table.
    told = chosen.get_by_role("group", name="What sets them apart")
    first = told.locator("li").first
    expect(first).to_be_visible()
    column, _, value = first.locator(".said").inner_text().partition(": ")
    has = np.array([str(one) == value for one in drawn.atlas.column(column)])
    inside, outside = 100 * has[mine].mean(), 100 * has[~mine].mean()
    assert inside > outside
    said = first.locator(".numbers").inner_text().replace("\u00a0", " ")
    assert said.startswith((f"{inside:.0f} %", f"{inside:.1f} %")), (said, inside)
    chosen.get_by_role("button", name="Clear").click()
    expect(chosen).to_have_count(0)


def test_a_lasso_by_keyboard_alone(explore: Explore, drawn: Plane, chosen: Locator) -> None:
    explore.open(view=around(drawn))
    explore.stage.focus()
    explore.stage.press("l")
    expect(explore.page.get_by_text("Lasso: Enter sets a corner")).to_be_attached()
    for keys in (["ArrowLeft"], ["ArrowUp"], ["ArrowRight"] * 2, ["ArrowDown"] * 2, ["ArrowLeft"] * 2):
        for key in keys:
            explore.stage.press(f"Shift+{key}")
        explore.stage.press("Enter")
    expect(explore.page.get_by_text("5 corners")).to_be_attached()
    explore.stage.press("l")
    expect(chosen).to_be_visible()
    expect(explore.page.get_by_role("button", name="Look: dragging")).to_have_attribute("aria-pressed", "true")
    assert explore.query.get("pins", "") == ""  # Enter set corners and no pins


def test_out_of_sight_there_is_a_way_back(explore: Explore, drawn: Plane) -> None:
    low_x, low_y, high_x, high_y = around(drawn)
    far = 3 * (high_x - low_x)
    explore.open(view=(low_x + far, low_y, high_x + far, high_y))
    back = explore.page.get_by_role("button", name="Back to the data")
    expect(back).to_be_visible()
    back.click()
    expect(back).to_have_count(0)
    assert soon(lambda: int(explore.stage.get_attribute("data-pictures") or 0) > 0)
    # However long one zooms out, the map does not become a dot; nor is one lost between two points.
    for button in ("Zoom out", "Zoom in"):
        for _ in range(40):
            explore.page.get_by_role("button", name=button).click()
        view = explore.view()
        wide = (view[2] - view[0]) / (high_x - low_x)
        assert 1e-4 < wide < 12, (button, wide)


def test_the_legend_counts_what_meets_the_condition(explore: Explore, drawn: Plane) -> None:
    explore.open(color="species", where="hair = 'spiky'")
    species, spiky = drawn.atlas.column("species"), drawn.atlas.column("hair") == "spiky"
    for value in ("cat", "dog"):
        mine = species == value
        line = explore.legend.locator("button.value").filter(has_text=value)
        expect(line).to_contain_text(f"{(mine & spiky).sum()} of {mine.sum()}")


def test_a_search_keeps_to_what_is_shown_and_marks_its_words(explore: Explore, drawn: Plane) -> None:
    explore.open(where="species = 'cat'")
    explore.legend.get_by_label("Search items").fill("patch SPIKY")
    hair, pattern = drawn.atlas.column("hair"), drawn.atlas.column("pattern")
    holds = (hair == "spiky") & np.array(["patch" in str(one) for one in pattern])
    cats = drawn.atlas.column("species") == "cat"
    n, others = int((holds & cats).sum()), int((holds & ~cats).sum())
    assert n > 0 and others > 0
    expect(explore.legend.get_by_text(f"{n} item{'s' * (n > 1)} found")).to_be_visible()
    expect(explore.legend.get_by_text(f"{others} more")).to_be_visible()
    first = explore.legend.locator(".found li").first
    expect(first.locator("mark")).to_have_text(["patch", "spiky"])
    expect(first.locator("img")).to_be_visible()


def test_regions_are_named_and_the_names_can_be_left_out(explore: Explore, drawn: Plane) -> None:
    explore.open(color="species")
    wanted = region_names(drawn.xy.numpy(), features_of([drawn.atlas.typed("species")]))
    values = {one.traits[0].value for one in wanted}
    names = explore.page.get_by_role("list", name="Regions in sight").get_by_role("listitem")
    if any(one.level == 0 for one in wanted):
        expect(names.first).to_be_attached()
        assert set(names.all_text_contents()) <= values
    explore.stage.focus()
    explore.stage.press("n")
    explore.wait_for(names="0")
    expect(explore.stage).to_have_attribute("data-names", "0")
    explore.stage.press("c")
    explore.wait_for(contours="0")


@pytest.mark.parametrize("size", [(1280, 800), (768, 1024), (390, 844), (640, 400)])
def test_nothing_lies_over_the_data(explore: Explore, drawn: Plane, size: tuple[int, int]) -> None:
    """At 640 by 400 as it is at 1280 by 800 where everything is twice as large."""
    explore.page.set_viewport_size({"width": size[0], "height": size[1]})
    explore.open(color="species")
    tools = explore.page.get_by_role("toolbar", name="Map tools")

    def covered() -> int:
        """Items that something lies over."""
        over = [_box(one.bounding_box()) for one in (explore.legend, tools)]
        places = on_screen(explore, drawn)
        return sum(
            bool(((places > (left, top)) & (places < (left + width, top + height))).all(1).any())
            for left, top, width, height in over
        )

    assert soon(lambda: covered() == 0)
    _, _, wide, high = _box(explore.legend.bounding_box())
    _, _, width, height = _box(explore.stage.bounding_box())
    assert wide * high < 0.45 * width * height


def on_screen(explore: Explore, drawn: Plane) -> np.ndarray:
    """Where in the window the items are, `(n, 2)`."""
    left, top, width, height = _box(explore.stage.bounding_box())
    low_x, low_y, high_x, high_y = (float(one) for one in (explore.stage.get_attribute("data-bounds") or "").split(","))
    x, y = drawn.xy.numpy().T
    return np.stack([left + (x - low_x) / (high_x - low_x) * width, top + (high_y - y) / (high_y - low_y) * height], 1)


def _box(found: Any) -> tuple[float, float, float, float]:
    return found["x"], found["y"], found["width"], found["height"]


@pytest.fixture
def finger(browser: Browser, studio_url: str, studio_home: Path) -> Iterator[Explore]:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 768, "height": 1024})
    context.add_cookies([HINTS_READ])
    yield Explore(context.new_page(), studio_url, studio_home)
    context.close()


def test_a_finger_sees_only(finger: Explore) -> None:
    """What appears when one hovers is there from the start where nobody can hover."""
    finger.open(color="species")
    line = finger.legend.locator("li").filter(has_text="cat")
    only = line.get_by_role("button", name="only")
    assert only.evaluate("one => getComputedStyle(one).opacity") == "1"
    only.tap()
    expect(finger.legend.get_by_text("of 294 shown")).to_be_visible()
