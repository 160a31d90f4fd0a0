"""The page around the views: language, theme, address, keyboard, access, and a server that goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from studio.conftest import HINTS_READ
from studio.looking import Explore

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def serious(explore: Explore) -> list[str]:
    """What axe-core finds that keeps people out."""
    explore.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = explore.page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_keeps_people_out(explore: Explore, theme: str) -> None:
    explore.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    explore.page.goto(explore.url)
    expect(explore.page.get_by_text("pets-vae").first).to_be_visible()
    assert serious(explore) == []
    explore.open(pins="test:3~test:9", at="test:3", path="linear,8")
    expect(explore.film).to_be_visible()
    assert serious(explore) == []
    explore.page.get_by_role("tab", name="Directions").click()
    assert serious(explore) == []
    explore.page.get_by_role("button", name="Reproduce").click()
    expect(explore.page.get_by_role("dialog")).to_be_visible()
    assert serious(explore) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off(explore: Explore, width: int) -> None:
    explore.page.set_viewport_size({"width": width, "height": 800})
    wide = "() => document.scrollingElement.scrollWidth - innerWidth"
    explore.page.goto(explore.url)
    expect(explore.page.get_by_text("pets-vae").first).to_be_visible()
    assert explore.page.evaluate(wide) <= 0
    explore.open(pins="test:3~test:9", at="test:3", path="linear,8")
    expect(explore.film).to_be_visible()
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
    expect(again.film).to_have_attribute("aria-valuemax", "8")
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
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    explore.stage.press("l")
    expect(explore.page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "true")
    explore.stage.press("Escape")
    expect(explore.page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "false")


def test_a_hostile_address_is_told_in_one_sentence(explore: Explore, watch: Any) -> None:
    explore.page.goto(f"{explore.url}#/explore/%3Cscript%3Ealert(1)%3C%2Fscript%3E?pins={'x' * 3000}&view=NaN,1")
    expect(explore.page.get_by_role("alert").first).to_be_visible()
    watch.errors = [text for text in watch.errors if "404" not in text]  # asked for or not, nothing else is said


def test_the_server_goes_and_comes_back(context: BrowserContext, studio_home: Path, tmp_path: Path) -> None:
    """Stopped as a process is, and let go on: the page says so, keeps what it shows, and is live again."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TRASLUZ_WORKSPACE": str(studio_home)}
    line = [sys.executable, "-m", "trasluz", "studio", "--no-browser"]
    context.add_cookies([HINTS_READ])
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as process:
        try:
            assert process.stdout is not None
            page = context.new_page()
            explore = Explore(page, process.stdout.readline().strip(), studio_home)
            explore.open(pins="test:3", view=(-10.0, -8.0, 10.0, 8.0))
            explore.hover(0.5, 0.5)
            context.set_offline(True)
            page.get_by_role("button", name="Nearer").click()
            explore.page.get_by_role("tab", name="Directions").click()
            expect(page.get_by_text("does not answer")).to_be_visible()
            expect(explore.pins.get_by_role("listitem")).to_have_count(1)
            context.set_offline(False)
            expect(page.get_by_text("does not answer")).to_have_count(0)
            explore.hover(-1.5, 1.5)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            page.get_by_role("tab", name="Lens").click()
            page.get_by_role("button", name="Nearer").click()
            expect(page.get_by_text("does not answer")).to_be_visible()
        finally:
            process.kill()
