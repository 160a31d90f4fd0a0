"""Nobody is kept out: axe-core and Spanish over every state of the page, and the keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from studio.looking import Explore, plane
from studio.states import EXPECTED, STATES
from studio.test_languages import SHOWN, SPANISH, left_in_english

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
FOCUSED = """() => {
  const one = document.activeElement
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
  const box = one.getBoundingClientRect()
  return {
    name: one.getAttribute('aria-label') ?? one.textContent.trim().slice(0, 40) + one.tagName,
    marked: (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none',
    seen: box.width > 0 && box.height > 0,
    inside: one.closest('dialog') !== null,
    body: one === document.body,
  }
}"""


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


@pytest.mark.parametrize("state", STATES)
def test_no_state_keeps_people_out_or_leaves_its_language(
    explore: Explore, context: BrowserContext, watch: Any, state: str
) -> None:
    """Dark and light, and all in Spanish but for the values of the data."""
    context.add_cookies([SPANISH])
    explore.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    STATES[state](explore)
    assert serious(explore) == []
    explore.page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert serious(explore) == []
    language, shown = explore.page.evaluate(SHOWN)
    assert language == "es" and len(shown) > 8
    values = {str(value) for name in ("species", "fur_colour") for value in plane(explore.home).atlas.column(name)}
    assert [text for text in left_in_english(shown) if text not in values] == []
    context.set_offline(False)
    if state in EXPECTED:
        watch.was_told(EXPECTED[state])


@pytest.mark.parametrize("state", ["gallery", "path", "directions"])
def test_a_narrow_page_keeps_nobody_out(explore: Explore, state: str) -> None:
    explore.page.set_viewport_size({"width": 390, "height": 800})
    explore.page.emulate_media(reduced_motion="reduce")
    STATES[state](explore)
    assert serious(explore) == []
    assert explore.page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth") <= 0


def test_every_control_is_reached_and_marked_by_the_keyboard(explore: Explore) -> None:
    STATES["item"](explore)
    wanted = explore.page.locator("button:enabled:visible, select:visible, a[href]:visible, input:enabled:visible")
    total = wanted.count()
    explore.page.evaluate("() => { document.activeElement?.blur(); getSelection().removeAllRanges() }")
    seen: list[dict[str, Any]] = []
    for _ in range(total + 10):
        explore.page.keyboard.press("Tab")
        seen.append(explore.page.evaluate(FOCUSED))
        if seen[-1]["body"]:
            break
    reached = [one for one in seen if not one["body"]]
    assert len(reached) >= 0.8 * total  # of radio buttons and tabs one of a group is reached
    assert [one["name"] for one in reached if not one["marked"] or not one["seen"]] == []


def test_a_dialog_keeps_the_keyboard_and_gives_it_back(explore: Explore) -> None:
    explore.open(at="test:3", pins="test:3")
    opener = explore.page.get_by_role("button", name="Reproduce")
    opener.focus()
    explore.page.keyboard.press("Enter")
    dialog = explore.page.get_by_role("dialog", name="Reproduce")
    expect(dialog).to_be_visible()
    for _ in range(12):
        explore.page.keyboard.press("Tab")
        where = explore.page.evaluate(FOCUSED)
        assert where["inside"] or where["body"], where  # the browser's own controls come between
    explore.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
