"""The page around the views: language, theme, address, keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from studio.looking import Explore


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off(explore: Explore, width: int) -> None:
    explore.page.set_viewport_size({"width": width, "height": 800})
    wide = "() => document.scrollingElement.scrollWidth - innerWidth"
    explore.page.goto(explore.url)
    expect(explore.page.get_by_text("pets-vae").first).to_be_visible()
    assert explore.page.evaluate(wide) <= 0
    explore.open(pins="test:3~test:9", at="test:3", path="linear,8")
    expect(explore.strip).to_be_visible()
    assert explore.page.evaluate(wide) <= 0


def test_spanish_and_dark_stay_after_a_reload(explore: Explore) -> None:
    explore.open()
    explore.page.get_by_label("Language").select_option("es")
    expect(explore.page.get_by_role("tab", name="Direcciones")).to_be_visible()
    theme = explore.page.evaluate("document.documentElement.dataset.theme")
    explore.page.get_by_role("button", name="Cambiar entre claro y oscuro").click()
    explore.page.reload()
    expect(explore.page.get_by_role("tab", name="Direcciones")).to_be_visible()
    assert explore.page.evaluate("document.documentElement.lang") == "es"
    assert explore.page.evaluate("document.documentElement.dataset.theme") != theme


def test_a_link_opens_the_same_view(explore: Explore, context: BrowserContext) -> None:
    state = {"pins": "test:3~xy:1.5,-2", "at": "test:3", "color": "fur_colour", "hide": "0", "path": "spherical,8"}
    explore.open(**state, view=(-8.0, -6.0, 8.0, 6.0))
    explore.wait_for(**state)
    other = context.new_page()
    other.goto(explore.page.url)
    again = Explore(other, explore.url, explore.home)
    expect(again.pins.get_by_role("listitem")).to_have_count(2)
    expect(again.legend.get_by_label("Colour by")).to_have_value("fur_colour")
    expect(again.strip).to_have_attribute("aria-valuemax", "8")
    again.wait_for(**state)
    other.close()


def test_the_map_by_keyboard_alone(explore: Explore) -> None:
    explore.open(view=(-10.0, -8.0, 10.0, 8.0))
    explore.stage.focus()
    before = explore.view()
    explore.stage.press("ArrowRight")
    explore.view(before)
    expect(explore.live).to_be_visible()
    explore.stage.press("Enter")
    expect(explore.lens.get_by_text("this place of the map")).to_be_visible()
    explore.stage.press("p")
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    explore.stage.press("l")
    expect(explore.page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "true")
    explore.stage.press("Escape")
    expect(explore.page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "false")


def test_a_hostile_address_is_told_in_one_sentence(explore: Explore, watch: Any) -> None:
    explore.page.goto(f"{explore.url}#/explore/%3Cscript%3Ealert(1)%3C%2Fscript%3E?pins={'x' * 3000}&view=NaN,1")
    expect(explore.page.get_by_role("alert").first).to_be_visible()
    watch.errors = [text for text in watch.errors if "404" not in text]  # asked for or not, nothing else is said
