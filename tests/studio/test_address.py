"""The address of the page: what is set is in it, and it opens the same anew; back and forth; what nobody wrote."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, Route, expect

from studio.conftest import Watch
from studio.looking import DATA, MODEL, Explore, around, pixels, plane, soon
from trasluz.lab.results.plane import Plane

pytestmark = pytest.mark.long  # a minute and more; test_page has what an address has to keep
VIEW = (-4.0, -3.0, 4.0, 3.0)


@pytest.fixture
def drawn(studio_home: Path) -> Plane:
    return plane(studio_home)


@pytest.fixture
def anew(explore: Explore, context: BrowserContext) -> Callable[[], Explore]:
    """Opens the address of the page in another page, as a link that was sent does."""

    def open_() -> Explore:
        page = context.new_page()
        page.goto(explore.page.url)
        other = Explore(page, explore.url, explore.home)
        expect(other.stage).to_have_attribute("data-ready", "true")
        return other

    return open_


def same_address(one: Explore, other: Explore) -> None:
    """Two pages come to say the same, but for what is in sight: of a page behind another nothing is laid out."""

    def told(explore: Explore) -> dict[str, str]:
        return {name: text for name, text in explore.query.items() if name != "view"}

    assert soon(lambda: told(other) == told(one)), set(told(one).items()) ^ set(told(other).items())


def value(explore: Explore, text: str) -> Locator:
    return explore.legend.locator("button.value").filter(has_text=text).first


def top(explore: Explore, label: str) -> Locator:
    return explore.page.get_by_role("combobox", name=label, exact=True)


def tool(explore: Explore, name: str) -> Locator:
    return explore.page.get_by_role("button", name=name)


def hold(explore: Explore, path: str) -> list[Route]:
    """Requests of a path are held back from now on, in this list."""
    late: list[Route] = []

    def keep(route: Route) -> None:
        late.append(route)

    explore.page.route(re.compile(path), keep)
    return late


def held(explore: Explore, late: list[Route], n: int) -> None:
    """Wait until so many requests are held back."""
    assert soon(lambda: explore.page.wait_for_timeout(20) or len(late) == n)


def point_size(explore: Explore, name: str) -> Locator:
    """The slider of how points look."""
    slider = explore.page.get_by_role("slider", name=name, exact=True)
    if not slider.is_visible():
        tool(explore, "How the points look").click()
    return slider


# Every part of it ----------------------------------------------------------------------------------------------------


def test_colour_values_condition_and_search(explore: Explore, drawn: Plane, anew: Callable[[], Explore]) -> None:
    explore.open()
    explore.legend.get_by_label("Colour by").select_option("fur_colour")
    value(explore, "slate").click()
    explore.legend.get_by_label("Show only where").fill("species = 'cat'")
    explore.legend.get_by_label("Show only where").press("Enter")
    explore.legend.get_by_label("Search items").fill("spiky")
    explore.wait_for(color="fur_colour", where="species = 'cat'", find="spiky")
    other = anew()
    expect(other.legend.get_by_label("Colour by")).to_have_value("fur_colour")
    expect(value(other, "slate")).to_have_attribute("aria-pressed", "false")
    expect(other.legend.get_by_label("Show only where")).to_have_value("species = 'cat'")
    is_cat, fur = drawn.atlas.column("species") == "cat", drawn.atlas.column("fur_colour")
    n = int((is_cat & (fur != "slate")).sum())
    assert 0 < n < int(is_cat.sum())
    expect(other.legend.get_by_text(f"{n} of 294 shown")).to_be_visible()
    expect(other.legend.locator(".found button")).not_to_have_count(0)
    same_address(explore, other)


def test_a_part_of_a_range_and_no_colour(explore: Explore, anew: Callable[[], Explore]) -> None:
    explore.open(color="measure:alone")
    explore.legend.get_by_role("slider").first.fill("19200")
    shown = explore.legend.get_by_text("of 294 shown")
    expect(shown).to_be_visible()
    explore.wait_for(range="19200.65534")
    other = anew()
    expect(other.legend.get_by_role("slider").first).to_have_value("19200")
    expect(other.legend.get_by_text("of 294 shown")).to_have_text(shown.inner_text())
    other.page.close()
    # No colour is a choice as well, and not the column that is usual.
    explore.legend.get_by_label("Colour by").select_option("")
    explore.wait_for(color="-")
    other = anew()
    expect(other.legend.get_by_label("Colour by")).to_have_value("")
    expect(other.legend.locator("button.value")).to_have_count(0)
    same_address(explore, other)


def test_how_the_map_looks_and_what_of_it_is_seen(explore: Explore, drawn: Plane, anew: Callable[[], Explore]) -> None:
    explore.open(view=around(drawn), contours=0)
    before = explore.view()
    tool(explore, "Zoom in").click()
    view = explore.view(before)
    tool(explore, "Sheet of decoded items").click()
    point_size(explore, "Size").fill("9")
    point_size(explore, "Opacity").fill("0.4")
    explore.page.get_by_role("tab", name="Directions").click()
    explore.wait_for(sheet="1", size="9", opacity="0.4", side="directions")
    other = anew()
    assert other.view() == pytest.approx(view, rel=1e-3)
    expect(tool(other, "Sheet of decoded items")).to_have_attribute("aria-pressed", "true")
    expect(point_size(other, "Size")).to_have_value("9")
    expect(point_size(other, "Opacity")).to_have_value("0.4")
    expect(other.directions).to_be_visible()
    # And the sheet is drawn: under the points are pictures, not the ground.
    assert soon(lambda: int(np.ptp(pixels(other.stage.locator("canvas").first).reshape(-1, 3), axis=0).max()) > 100)
    same_address(explore, other)
    # Off again it is gone, from the map and from the address.
    tool(other, "Sheet of decoded items").click()
    other.wait_for(sheet="")
    assert soon(lambda: int(pixels(other.stage.locator("canvas").first).max()) == 0)


def test_pins_the_path_the_lens_and_its_sliders(explore: Explore, drawn: Plane, anew: Callable[[], Explore]) -> None:
    explore.open(view=around(drawn, 2), pins="test:3~test:9", at="test:3")
    explore.path.get_by_label("Frames", exact=True).fill("9")
    expect(explore.strip).to_have_attribute("aria-valuemax", "9")
    slider = explore.lens.get_by_role("slider", name="dimension").first
    name = str(slider.get_attribute("aria-label") or slider.evaluate("one => one.labels[0].textContent")).strip()
    slider.fill("1.5")
    explore.page.wait_for_url(lambda url: "move=d" in url)
    explore.wait_for(pins="test:3~test:9", at="test:3", path="linear,9")
    other = anew()
    expect(other.pins.get_by_role("listitem")).to_have_count(2)
    expect(other.strip).to_have_attribute("aria-valuemax", "9")
    expect(other.lens.get_by_role("heading", name="test:3")).to_be_visible()
    expect(other.lens.get_by_role("slider", name=name).first).to_have_attribute("aria-valuetext", "+1.50 σ")
    same_address(explore, other)


def test_model_space_data_and_projection(explore: Explore, anew: Callable[[], Explore]) -> None:
    explore.open("pets-flow", data="pets:60", space="z")
    top(explore, "Map").select_option("discriminant")
    explore.wait_for(map="discriminant")
    expect(explore.stage).to_have_attribute("data-ready", "true")
    other = anew()
    for label, wanted in (("Model", "pets-flow"), ("Space", "z"), ("Map", "discriminant")):
        expect(top(other, label)).to_have_value(wanted)
    expect(other.page.get_by_text("· pets:60 ·")).to_be_visible()
    other.page.close()
    # Another space of the model is another map, of the same data.
    top(explore, "Space").select_option("noise")
    explore.page.wait_for_url(lambda url: "space=noise" in url and "map=discriminant" in url and "data=pets:60" in url)
    expect(top(explore, "Space")).to_have_value("noise")


def test_the_language_is_not_in_it(explore: Explore) -> None:
    explore.open(pins="test:3", color="species")
    explore.wait_for(color="species", pins="test:3")
    before = explore.query
    explore.page.get_by_label("Language").select_option("es")
    expect(explore.page.get_by_role("tab", name="Direcciones")).to_be_visible()
    explore.stage.press("s")
    explore.wait_for(sheet="1")
    assert explore.query == {**before, "sheet": "1"}


# Back and forth ------------------------------------------------------------------------------------------------------


def test_another_map_of_the_space_keeps_the_filters_and_back_undoes_it(explore: Explore, drawn: Plane) -> None:
    explore.open(color="species", hide="0", where="hair = 'spiky'", pins="test:3~test:9")
    shown = explore.legend.get_by_text("of 294 shown")
    n = int(((drawn.atlas.column("species") != "cat") & (drawn.atlas.column("hair") == "spiky")).sum())
    said = f"{n} of 294 shown"
    expect(shown).to_have_text(said)
    steps = explore.page.evaluate("history.length")
    top(explore, "Map").select_option("discriminant")
    explore.wait_for(map="discriminant", hide="0", where="hair = 'spiky'", pins="test:3~test:9")
    expect(shown).to_have_text(said)
    assert explore.page.evaluate("history.length") == steps + 1
    # What is set on one map is no step.
    explore.legend.get_by_role("button", name="Show all").click()
    explore.wait_for(map="discriminant", hide="", where="")
    assert explore.page.evaluate("history.length") == steps + 1
    explore.page.go_back()
    explore.wait_for(map="pca", hide="0", where="hair = 'spiky'")
    expect(shown).to_have_text(said)
    expect(top(explore, "Map")).to_have_value("pca")
    explore.page.go_forward()
    explore.wait_for(map="discriminant", hide="", where="")
    expect(top(explore, "Map")).to_have_value("discriminant")
    expect(shown).to_have_count(0)
    expect(explore.pins.get_by_role("listitem")).to_have_count(2)


def test_from_the_gallery_one_comes_back_to_where_one_was(explore: Explore, drawn: Plane) -> None:
    explore.open(view=VIEW, pins="test:3~xy:1.5,-2", at="xy:1.5,-2", color="species", hide="1")
    # A busy machine may show the whole map for a moment.
    assert soon(lambda: explore.view()[1] == pytest.approx(VIEW[1], abs=0.01))
    view = explore.view()
    kept = explore.query
    views = explore.page.get_by_role("navigation")
    views.get_by_role("link", name="Models").click()
    expect(explore.stage).to_have_count(0)
    explore.page.go_back()
    expect(explore.stage).to_have_attribute("data-ready", "true")
    assert explore.view() == pytest.approx(view)
    explore.wait_for(**kept)
    views.get_by_role("link", name="Models").click()
    expect(explore.stage).to_have_count(0)
    views.get_by_role("link", name="Explore").click()
    expect(explore.stage).to_have_attribute("data-ready", "true")
    assert explore.view() == pytest.approx(view)
    explore.wait_for(**kept)
    x, y = drawn.xy[9].tolist()
    explore.hover(*((x, y) if VIEW[0] < x < VIEW[2] and VIEW[1] < y < VIEW[3] else (0.0, 0.0)))  # it is live again


def test_what_was_done_just_before_a_link_is_followed_is_kept(explore: Explore) -> None:
    explore.open()
    explore.page.evaluate("""async () => {
      document.querySelector('[aria-label="Sheet of decoded items (S)"]').click()
      await Promise.resolve()
      document.querySelector('nav a[href="#/"]').click()
    }""")
    expect(explore.stage).to_have_count(0)
    explore.page.go_back()
    expect(explore.stage).to_have_attribute("data-ready", "true")
    assert explore.query["sheet"] == "1"


def test_a_link_that_is_followed_from_the_gallery_is_opened_as_it_says(explore: Explore) -> None:
    explore.open(pins="test:3")
    explore.page.get_by_role("navigation").get_by_role("link", name="Models").click()
    expect(explore.stage).to_have_count(0)
    explore.page.evaluate(f"location.hash = '#/explore/{MODEL}?data={DATA}&pins=test:9~test:21&at=test:9'")
    expect(explore.pins.get_by_role("listitem")).to_have_count(2)
    expect(explore.lens.get_by_role("heading", name="test:9")).to_be_visible()
    explore.wait_for(pins="test:9~test:21", at="test:9")


def test_a_link_that_comes_while_a_map_is_opened_is_the_one_that_counts(explore: Explore) -> None:
    explore.page.goto(f"{explore.url}#/explore/{MODEL}?data={DATA}&pins=test:3")
    explore.page.evaluate(f"location.hash = '#/explore/{MODEL}?data={DATA}&pins=test:9~test:21'")
    expect(explore.stage).to_have_attribute("data-ready", "true")
    expect(explore.pins.get_by_role("listitem")).to_have_count(2)
    explore.wait_for(pins="test:9~test:21")


# What nobody wrote ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        ({"color": "fur_colour", "hide": "99"}, {"hide": ""}),
        ({"color": "fur_colour", "hide": "1."}, {"hide": ""}),
        ({"color": "nobody", "hide": "0"}, {"hide": ""}),  # of which column would that be left out
        ({"color": "measure:alone", "range": "5.1"}, {"range": ""}),
        ({"color": "species", "range": "1.5"}, {"range": ""}),
        ({"size": "-5", "opacity": "7"}, {"size": "1", "opacity": "1"}),
        ({"pins": "xy:NaN,1~test:3~<b>", "at": "row:999999"}, {"pins": "test:3", "at": ""}),
        ({"view": "1,2,3"}, {"view": ""}),
    ],
)
def test_what_cannot_be_is_left_out(explore: Explore, given: dict[str, str], becomes: dict[str, str]) -> None:
    explore.open(**given)
    explore.wait_for(**becomes)
    expect(explore.legend.get_by_text("of 294 shown")).to_have_count(0)
    expect(explore.page.get_by_role("alert")).to_have_count(0)


def test_a_condition_that_is_none_is_told_and_shows_everything(explore: Explore, watch: Watch) -> None:
    explore.open(where="wings = 2", pins="test:3")
    expect(explore.page.get_by_text("Unknown column.")).to_be_visible()
    expect(explore.legend.get_by_text("of 294 shown")).to_have_count(0)
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    explore.wait_for(where="", pins="test:3")
    watch.was_told("400")


def test_what_is_done_while_an_address_is_still_being_followed_stays(explore: Explore, drawn: Plane) -> None:
    """Colours and conditions come when they come: what somebody writes, leaves out or pins meanwhile is newer."""
    late = hold(explore, r"/api/maps/[^/]+/(columns/[^/]+$|filter)")
    explore.open(color="fur_colour", where="species = 'cat'", pins="test:3")
    search, where = (explore.legend.get_by_label(name) for name in ("Search items", "Show only where"))
    search.fill("patch")
    value(explore, "slate").click()
    low_x, low_y, high_x, high_y = (float(one) for one in str(explore.stage.get_attribute("data-bounds")).split(","))
    x, y = drawn.xy[5].tolist()
    explore.page.mouse.dblclick(*explore.screen(x, y, (low_x, low_y, high_x, high_y)))
    where.fill("ears =")
    held(explore, late, 2)
    for route in late:
        route.continue_()
    expect(explore.legend.get_by_text("of 294 shown")).to_be_visible()
    expect(search).to_have_value("patch")
    expect(where).to_have_value("ears =")
    expect(value(explore, "slate")).to_have_attribute("aria-pressed", "false")
    expect(explore.pins.get_by_role("listitem")).to_have_count(2)
    explore.wait_for(find="patch", where="species = 'cat'")


def test_a_colour_that_is_chosen_meanwhile_loses_none_of_its_values(explore: Explore) -> None:
    """What the address leaves out is left out of its own column."""
    late = hold(explore, r"/api/maps/[^/]+/columns/fur_colour$")
    explore.open(color="fur_colour", hide="0.1")
    held(explore, late, 1)
    explore.legend.get_by_label("Colour by").select_option("species")
    expect(value(explore, "cat")).to_have_attribute("aria-pressed", "true")
    late[0].continue_()
    explore.wait_for(color="species", hide="")
    expect(value(explore, "cat")).to_have_attribute("aria-pressed", "true")
