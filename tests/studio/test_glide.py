"""A map goes over into the layout that shows more: by itself where nobody works on it, else when it is asked to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from studio.conftest import HINTS_READ, Watch, running
from studio.looking import DATA, MODEL, Explore, pixels, same


@pytest.fixture
def fresh(tmp_path: Path, browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Any]:
    """A page before a studio of its own, in whose workspace nothing is laid out yet; made with options of a browser."""
    made: list[tuple[Any, Any, Watch]] = []

    def page(**options: Any) -> Explore:
        context = browser.new_context(**{**browser_context_args, **options})
        context.add_cookies([HINTS_READ])
        studio = running(tmp_path / "workspace")
        url, _ = studio.__enter__()
        watch = Watch(context, url)
        made.append((studio, context, watch))
        return Explore(context.new_page(), url, tmp_path / "workspace")

    yield page
    for studio, context, watch in made:
        context.close()
        studio.__exit__(None, None, None)
        assert watch.errors == [] and watch.outside == []


def chosen(explore: Explore) -> Any:
    return explore.page.get_by_role("combobox", name=re.compile("^Map"))


def laid_out(page: Page) -> Any:
    """What is said where it would take over."""
    return page.get_by_role("status").filter(has_text="Ready: UMAP")


def test_it_goes_over_by_itself_and_is_there_at_once_the_second_time(fresh: Any) -> None:
    explore = fresh()
    explore.open(map="", color="species")
    expect(chosen(explore)).to_have_value("pca")
    assert "map" not in explore.query
    explore.page.get_by_test_id("glide").wait_for()
    explore.wait_for(map="umap", color="species")
    expect(chosen(explore)).to_have_value("umap")
    expect(explore.page.get_by_test_id("glide")).to_have_count(0)
    expect(explore.stage).to_have_attribute("data-ready", "true")
    expect(explore.legend.get_by_role("button", name="cat", exact=False).first).to_be_visible()
    command, _ = explore.reproduced("This map")
    assert "--method umap" in command
    # What was laid out is kept: a second page has it from the beginning, and is asked nothing.
    other = Explore(explore.page.context.new_page(), explore.url, explore.home)
    other.open(map="")
    expect(chosen(other)).to_have_value("umap")
    other.wait_for(map="umap")
    # A link to the first one is of the first one.
    other.open(map="pca")
    expect(chosen(other)).to_have_value("pca")
    other.page.close()


def test_who_works_on_it_is_asked_and_keeps_what_was_pinned(fresh: Any) -> None:
    explore = fresh(reduced_motion="reduce")
    explore.open(map="", pins="test:3~xy:0.5,-0.25", at="xy:0.5,-0.25")
    shown = explore.lens.locator("figure").get_by_role("img").first
    expect(shown).to_be_visible()
    before = pixels(shown)
    laid_out(explore.page).wait_for()
    explore.wait_for(map="pca")
    expect(chosen(explore)).to_have_value("pca")
    explore.page.get_by_role("button", name="Show it").click()
    explore.wait_for(map="umap", pins="test:3~map:pca:0.5,-0.25", at="map:pca:0.5,-0.25")
    expect(explore.stage).to_have_attribute("data-ready", "true")
    # Somebody wants little movement: it is another map, and nothing flies.
    expect(explore.page.get_by_test_id("glide")).to_have_count(0)
    expect(explore.pins.get_by_role("listitem")).to_have_count(2)
    expect(shown).to_be_visible()
    assert same(pixels(shown), before)


def test_it_is_left_as_it_is_where_that_is_wanted(fresh: Any) -> None:
    explore = fresh()
    explore.open(map="", pins="test:3")
    laid_out(explore.page).wait_for()
    explore.page.get_by_role("button", name="Leave the map as it is").click()
    expect(laid_out(explore.page)).to_have_count(0)
    expect(chosen(explore)).to_have_value("pca")
    # Chosen by hand it goes over at once, and back leads back.
    chosen(explore).select_option("umap")
    explore.wait_for(map="umap", pins="test:3")
    explore.page.go_back()
    explore.wait_for(map="pca", pins="test:3")
    expect(chosen(explore)).to_have_value("pca")


def test_a_chosen_map_stays(fresh: Any) -> None:
    explore = fresh()
    explore.open(map="pca", color="species")
    explore.wait_for(map="pca")
    expect(explore.page.get_by_role("status").filter(has_text="UMAP")).to_have_count(0)
    # What else is asked for goes on until it is there.
    expect(explore.legend.get_by_text("New items' species")).to_be_visible()
    jobs = explore.studio("jobs")
    assert [job["title"] for job in jobs if job["kind"] == "map"] == [f"Map of {MODEL} by pca"], DATA
