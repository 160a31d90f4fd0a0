"""Nobody is kept out: axe-core and Spanish over every state of the page, and the keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from studio import test_directions
from studio.conftest import Watch
from studio.looking import Explore, around, plane
from studio.states import EXPECTED, STATES, State
from studio.test_languages import SHOWN, SPANISH, left_in_english
from trasluz.lab.results.plane import Plane
from trasluz.lab.shelf.directions import list_directions, remove_direction

labelled = test_directions.drawn
"""A fixture: a map whose labels are read off pictures by a reader that is trained already."""

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
FOCUSED = """() => {
  const one = document.activeElement
  const box = one.getBoundingClientRect()
  const shows = (it) => {
    const { outlineStyle, outlineWidth, boxShadow, opacity } = getComputedStyle(it)
    const isOutlined = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0
    return parseFloat(opacity) > 0 && (isOutlined || (it === one && boxShadow !== 'none'))
  }
  return {
    name: one.getAttribute('aria-label') ?? one.textContent.trim().slice(0, 40) + one.tagName,
    // A control that fills its label or its tile is marked by that.
    marked: [one, one.closest('label'), one.closest('article')].some((it) => it !== null && shows(it)),
    seen: box.width > 0 && box.height > 0,
    inside: one.closest('dialog') !== null,
    body: one === document.body,
  }
}"""
GLIDES = """async (button) => {
  const over = [...document.querySelectorAll('.stage canvas')].at(-1)
  const seen = new Set([over.toDataURL()])
  document.querySelector(`[aria-label="${button}"]`).click()
  for (const start = performance.now(); performance.now() - start < 1500; ) {
    await new Promise(requestAnimationFrame)
    seen.add(over.toDataURL())
  }
  return seen.size
}"""
"""How many pictures of what is pinned are seen on the way."""
DROP = """() => {
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File(['a,b'], 'table.csv', { type: 'text/csv' }))
  const stage = document.querySelector('.stage')
  for (const kind of ['dragenter', 'drop'])
    stage.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))
}"""
JOB = {
    "id": "slow", "kind": "map", "title": "map", "state": "running", "version": 1, "cancelling": False, "seconds": 12.5,
    "progress": {"title": "Encode", "total": 2000, "done": 700, "note": ""}, "said": [], "error": None,
    "result": None, "files": [],
}  # fmt: skip
"""One that goes on for as long as one looks."""


# What opens on what states.py opens ----------------------------------------------------------------------------------


def _compared(explore: Explore) -> None:
    STATES["path"](explore)
    explore.page.locator(".transport > button.small:not(.icon)").click()
    expect(explore.page.locator(".compare tr.chosen [role=slider]")).to_be_visible()


def _figures(explore: Explore) -> None:
    STATES["path"](explore)
    explore.page.locator(".quality .popover > button").click()
    expect(explore.page.locator(".quality .meanings")).to_be_visible()


def _made(explore: Explore) -> None:
    """What a draw is asked for by, where there are steps, a class and how closely it is followed."""
    explore.open("pets-flow", None)
    explore.page.locator("section:has(> .settings.small) button.icon").click()
    expect(explore.page.locator(".settings select")).to_be_visible()


def _saves(explore: Explore) -> None:
    STATES["path"](explore)
    explore.page.locator(".saves .popover > button").click()
    expect(explore.page.locator(".saves .popover .other").first).to_be_visible()


def _rule(explore: Explore) -> None:
    explore.open(pins="test:3~test:9", path="spline,8")
    expect(explore.page.locator(".path [role=slider][aria-valuemax='8']").first).to_be_visible()
    explore.page.locator(".controls .popover > button").click()
    expect(explore.page.locator(".controls .popover [role=group]")).to_be_visible()


def _lassoed(explore: Explore) -> None:
    explore.open(view=around(plane(explore.home)))
    explore.stage.press("l")
    box = explore.box()
    across, down = (lambda part: box["x"] + part * box["width"]), (lambda part: box["y"] + part * box["height"])
    mouse = explore.page.mouse
    mouse.move(across(0.4), down(0.3))
    mouse.down()
    for x, y in ((0.8, 0.3), (0.8, 0.8), (0.4, 0.8), (0.4, 0.3)):
        mouse.move(across(x), down(y), steps=2)
    mouse.up()
    bar = explore.page.locator("[role=tabpanel] .bar button")
    bar.first.click()
    expect(bar.first).to_have_attribute("aria-pressed", "true")


def _named(explore: Explore) -> None:
    STATES["item"](explore)
    explore.page.locator(".actions button[aria-expanded]").click()
    explore.page.locator("form.save input").fill("niño")
    explore.page.locator("form.save input").press("Enter")
    expect(explore.page.locator("form.save [role=alert]")).to_be_visible()


def _looks(explore: Explore) -> None:
    explore.open(sheet="1")
    explore.page.locator(".tools .group").last.locator("button").last.click()
    expect(explore.page.locator(".looks input").first).to_be_visible()


def _told(explore: Explore) -> None:
    explore.open()
    explore.page.evaluate(DROP)
    expect(explore.page.locator(".message.error")).to_be_visible()


def _no_condition(explore: Explore) -> None:
    explore.open(where="wings = 2")
    expect(explore.page.locator(".message.error")).to_be_visible()


def _working(explore: Explore) -> None:
    def job(route: Route) -> None:
        if route.request.url.endswith("/jobs"):
            route.fulfill(json=[JOB])
        else:
            explore.page.on("close", lambda _: route.abort())

    explore.page.route(re.compile("/api/jobs"), job)
    explore.open()
    explore.page.locator(".jobs > button").click()
    expect(explore.page.locator(".tray progress")).to_be_visible()


def _stale(explore: Explore) -> None:
    gone = {"kind": "gone", "what": "the atlas is gone", "sentence": "The atlas is gone.", "stopped": False}
    explore.open()
    explore.page.route("**/api/lens", lambda route: route.fulfill(status=410, json=gone))
    explore.stage.press("Enter")
    expect(explore.page.locator(".stale")).to_be_visible()


def _failed(explore: Explore) -> None:
    explore.page.route("**/api/lens", lambda route: route.fulfill(status=500, body="oh"))
    explore.open(at="test:3", pins="test:3")
    expect(explore.page.locator("[role=tabpanel] [role=alert] button")).to_be_visible()


def _ended(explore: Explore) -> None:
    old = {"kind": "old_page", "what": "old", "sentence": "Old.", "stopped": False}
    explore.page.route("**/api/**", lambda route: route.fulfill(status=409, json=old))
    explore.page.goto(explore.url)
    expect(explore.page.locator(".ended button")).to_be_visible()


MORE: dict[str, State] = {
    "rules compared": _compared,
    "what figures mean": _figures,
    "what is drawn": _made,
    "forms to save": _saves,
    "a rule's settings": _rule,
    "lasso": _lassoed,
    "no name": _named,
    "looks and sheet": _looks,
    "message": _told,
    "no condition": _no_condition,
    "work in progress": _working,
    "gone from the disk": _stale,
    "studio's own fault": _failed,
    "old page": _ended,
}
ALL = {**STATES, **MORE}
TROUBLE = {
    **EXPECTED,
    "no condition": "400",
    "gone from the disk": "410",
    "studio's own fault": "500",
    "old page": "409",
}

LONG = pytest.mark.long


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


def looked_at(explore: Explore, values: set[str]) -> None:
    """Dark and light, and all in Spanish but for the values of the data."""
    assert serious(explore) == []
    explore.page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert serious(explore) == []
    language, shown = explore.page.evaluate(SHOWN)
    assert language == "es" and len(shown) >= 2
    assert [text for text in left_in_english(shown) if text not in values] == []


@pytest.fixture
def spanish(explore: Explore, context: BrowserContext) -> Explore:
    """The page in Spanish, dark, and still."""
    context.add_cookies([SPANISH])
    explore.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return explore


@pytest.mark.parametrize("state", [*STATES, *(pytest.param(one, marks=LONG) for one in MORE)])
def test_no_state_keeps_people_out_or_leaves_its_language(
    spanish: Explore, context: BrowserContext, watch: Watch, state: str
) -> None:
    ALL[state](spanish)
    values = {str(value) for name in ("species", "fur_colour") for value in plane(spanish.home).atlas.column(name)}
    looked_at(spanish, values)
    context.set_offline(False)
    if state in TROUBLE:
        watch.was_told(TROUBLE[state])


@LONG
@test_directions.pytestmark
def test_directions_that_are_found_and_kept_keep_nobody_out(spanish: Explore, labelled: Plane) -> None:
    name, home = test_directions.NAME, spanish.home
    values = {str(value) for value in labelled.atlas.column("label")}
    spanish.open(name, None, side="directions")
    panel = spanish.page.locator("[role=tabpanel]")
    panel.locator("input[value=nothing]").check()
    panel.locator("input[type=number]").first.fill("3")
    panel.locator("form.find button[type=submit]").click()
    found = panel.locator("section.found li")
    found.first.locator("button.title").click(timeout=60_000)
    expect(found).to_have_count(3)
    expect(found.first.locator("button.title")).to_have_attribute("aria-expanded", "true")
    looked_at(spanish, values)
    found.first.locator("form.name button[type=submit]").click()
    kept = panel.locator("li.direction")
    kept.locator("button.title").click()
    kept.locator(".head button.icon").last.click()
    expect(kept.locator(".sure")).to_be_visible()
    looked_at(spanish, values)
    [line] = list_directions(name, workspace=home)
    remove_direction(str(line["name"]), model=name, workspace=home)


@pytest.mark.parametrize(
    "state",
    ["gallery", "path", "directions", *(pytest.param(one, marks=LONG) for one in ("card", "keys", "hints", "lasso"))],
)
def test_a_narrow_page_keeps_nobody_out(explore: Explore, state: str) -> None:
    explore.page.set_viewport_size({"width": 390, "height": 800})
    explore.page.emulate_media(reduced_motion="reduce")
    ALL[state](explore)
    assert serious(explore) == []
    assert explore.page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth") <= 0


# The keyboard alone --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["path", *(pytest.param(one, marks=LONG) for one in ("gallery", "directions"))])
def test_every_control_is_reached_and_marked_by_the_keyboard(explore: Explore, state: str) -> None:
    explore.page.emulate_media(reduced_motion="reduce")
    STATES[state](explore)
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


@pytest.mark.parametrize(
    ("state", "opener", "title"),
    [
        ("item", "Reproduce", "Reproduce"),
        pytest.param("item", "Keyboard shortcuts", "Keyboard shortcuts", marks=LONG),
        pytest.param("gallery", "Card of pets-vae", "pets-vae", marks=LONG),
    ],
)
def test_a_dialog_keeps_the_keyboard_and_gives_it_back(explore: Explore, state: str, opener: str, title: str) -> None:
    STATES[state](explore)
    button = explore.page.get_by_role("button", name=opener)
    button.focus()
    explore.page.keyboard.press("Enter")
    dialog = explore.page.get_by_role("dialog", name=title)
    expect(dialog).to_be_visible()
    for _ in range(12):
        explore.page.keyboard.press("Tab")
        where = explore.page.evaluate(FOCUSED)
        assert where["inside"] or where["body"], where  # the browser's own controls come between
    explore.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


@LONG
@pytest.mark.parametrize(
    ("state", "opener", "panel"),
    [
        ("a rule's settings", ".controls .popover > button", ".controls [role=group]"),
        ("what figures mean", ".quality .popover > button", ".quality [role=group]"),
        ("forms to save", ".saves .popover > button", ".saves .popover [role=group]"),
        ("work in progress", ".jobs > button", ".tray"),
        ("no name", ".actions button[aria-expanded]", "form.save"),
        ("looks and sheet", ".tools button[aria-expanded]", ".looks"),
    ],
)
def test_escape_closes_what_was_opened_and_goes_back(explore: Explore, state: str, opener: str, panel: str) -> None:
    explore.page.emulate_media(reduced_motion="reduce")
    MORE[state](explore)
    before = explore.page.locator("[aria-label='Pins, in the order of the path'] li").count()
    expect(explore.page.locator(panel)).to_be_visible()
    explore.page.keyboard.press("Escape")
    expect(explore.page.locator(panel)).to_have_count(0)
    expect(explore.page.locator(opener)).to_be_focused()
    expect(explore.page.locator(opener)).to_have_attribute("aria-expanded", "false")
    assert explore.page.locator("[aria-label='Pins, in the order of the path'] li").count() == before


def test_escape_closes_what_lies_over_the_rest_first(explore: Explore) -> None:
    MORE["looks and sheet"](explore)
    explore.page.keyboard.press("?")
    dialog, panel = explore.page.get_by_role("dialog"), explore.page.locator(".looks")
    expect(dialog).to_be_visible()
    explore.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(panel).to_be_visible()
    explore.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


# Motion --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("motion", "offered"), [("reduce", "Play"), ("no-preference", "Pause")])
def test_a_path_plays_by_itself_only_for_those_who_want_motion(explore: Explore, motion: Any, offered: str) -> None:
    explore.page.emulate_media(reduced_motion=motion)
    explore.open(pins="test:3~test:9", path="linear,120")
    expect(explore.strip).to_have_attribute("aria-valuemax", "120")
    expect(explore.path.get_by_role("button", name=offered, exact=True)).to_be_visible()


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_nothing_turns_or_pulses_for_those_who_want_no_motion(explore: Explore, motion: Any, moves: bool) -> None:
    explore.page.emulate_media(reduced_motion=motion)
    STATES["opening"](explore)
    moving = "document.getAnimations().filter(one => one.effect.getComputedTiming().duration > 0).length"
    assert (explore.page.evaluate(moving) > 0) is moves


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_the_map_glides_only_for_those_who_want_motion(explore: Explore, motion: Any, moves: bool) -> None:
    explore.page.emulate_media(reduced_motion=motion)
    # What comes when it comes, such as pictures and names, would be taken for a movement.
    explore.open(pins="xy:0,0", view=(-1, -1, 1, 1), thumbs="0", names="0", contours="0")
    explore.page.get_by_role("button", name="Zoom in").click()  # so that its first picture is drawn
    explore.view()
    assert (explore.page.evaluate(GLIDES, "The whole map (0)") > 2) is moves
