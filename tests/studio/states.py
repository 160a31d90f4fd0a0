"""Every state of the page, each brought about without a word of its language: for tests that look at them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, Route, expect

from studio.looking import Explore, plane

State = Callable[[Explore], None]
PATH = {"pins": "test:3~test:9", "at": "test:3", "path": "linear,8"}


def _gallery(explore: Explore) -> None:
    explore.page.goto(explore.url)
    expect(explore.page.locator("article.ready img").first).to_be_visible()


def _card(explore: Explore) -> None:
    _gallery(explore)
    explore.page.locator("article.ready button.card").first.click()
    expect(explore.page.locator("dialog[open] .body")).not_to_be_empty()


def _item(explore: Explore) -> None:
    explore.open(at="test:3", pins="test:3")
    expect(_lens(explore.page).locator("figure img")).to_have_count(2)


def _place(explore: Explore) -> None:
    explore.open(at="xy:9,9", pins="xy:9,9", color="measure:alone")
    expect(_lens(explore.page).locator("figure img")).to_have_count(1)


def _moved(explore: Explore) -> None:
    explore.open(at="test:3", pins="test:3", move="d0:1.5")
    expect(_lens(explore.page).locator("figure img")).to_have_count(2)


def _live(explore: Explore) -> None:
    """Something else under the cursor than what is kept."""
    explore.open(at="test:3")
    expect(_lens(explore.page).locator("figure img")).to_have_count(2)
    box = explore.box()
    explore.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.9)
    expect(explore.page.locator("[data-live=true] .how")).to_be_visible()


def _cropping(explore: Explore) -> None:
    """A picture that is no square, of which a part is asked for."""
    explore.open()
    path = Path(explore.home).parent / "wide.png"
    Image.new("RGB", (90, 60), "teal").save(path)
    explore.page.locator("input[type=file]").first.set_input_files(path)
    expect(explore.page.locator("dialog[open] .frame")).to_be_visible()


def _path(explore: Explore) -> None:
    explore.open(**PATH)
    expect(explore.page.locator(".path [role=slider][aria-valuemax='8']").first).to_be_visible()


def _searched(explore: Explore) -> None:
    explore.open(where="species = 'cat'", hide="0", color="species")
    explore.page.locator("input[type=search]").fill("test")


def _chosen(explore: Explore) -> None:
    """A lasso that was drawn by the keyboard, with what it chose."""
    explore.open(color="species")
    explore.stage.focus()
    explore.stage.press("l")
    for keys in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):
        for _ in range(2):
            explore.stage.press(f"Shift+{keys}")
        explore.stage.press("Enter")
    explore.stage.press("l")
    expect(explore.page.locator("section.chosen li, section.chosen .apart p").first).to_be_visible()


def _void(explore: Explore) -> None:
    """Nothing in sight, and the way back."""
    explore.open(view=(40, 40, 44, 43))
    expect(explore.page.locator(".void button")).to_be_visible()


def _directions(explore: Explore) -> None:
    explore.open(side="directions")
    expect(explore.page.locator("[role=tabpanel] form")).to_be_visible()


def _read(explore: Explore) -> None:
    explore.page.goto(f"{explore.url}#/read")
    expect(explore.page.locator("[data-testid=direction] img")).to_have_count(3)
    expect(explore.page.locator("[data-testid=alike] button")).to_have_count(6)


def _bring(explore: Explore) -> None:
    explore.page.goto(f"{explore.url}#/bring")
    expect(explore.page.locator(".drop")).to_be_visible()


def _keys(explore: Explore) -> None:
    explore.open()
    explore.page.keyboard.press("?")
    expect(explore.page.locator("dialog[open]")).to_be_visible()


def _hints(explore: Explore) -> None:
    explore.page.context.clear_cookies(name="trasluz.hints")
    explore.open()
    expect(explore.page.locator("aside.hints")).to_be_visible()


def _reproduce(explore: Explore) -> None:
    _path(explore)
    explore.page.locator("header button.open").click()
    expect(explore.page.locator("dialog[open] code").first).to_be_visible()


def _own(explore: Explore) -> None:
    explore.open()
    path = Path(explore.home).parent / "own.png"
    Image.fromarray(plane(explore.home).atlas.thumbnails([5])[0].transpose(1, 2, 0)).save(path)
    explore.page.locator("input[type=file]").first.set_input_files(path)
    expect(_lens(explore.page).locator("figure img")).to_have_count(2)


def _no_picture(explore: Explore) -> None:
    explore.open()
    path = Path(explore.home).parent / "notes.png"
    path.write_text("no picture")
    explore.page.locator("input[type=file]").first.set_input_files(path)
    expect(explore.page.get_by_role("alert").first).to_be_visible()


def _unknown(explore: Explore) -> None:
    explore.page.goto(f"{explore.url}#/explore/nobody")
    expect(explore.page.get_by_role("alert").first).to_be_visible()


def _lost(explore: Explore) -> None:
    explore.open(at="test:3", pins="test:3")
    explore.page.context.set_offline(True)
    explore.page.locator("[role=tab]").nth(1).click()
    explore.stage.focus()
    explore.stage.press("+")
    expect(explore.page.locator(".lost")).to_be_visible()


def _opening(explore: Explore) -> None:
    """A map that is being made, for as long as one looks."""
    explore.page.route("**/api/maps", lambda route: _later(explore.page, route))
    explore.page.goto(f"{explore.url}#/explore/pets-vae?data=pets:1500")
    expect(explore.page.locator("main [role=status], main [aria-busy=true], main .spinner").first).to_be_visible()


def _later(page: Page, route: Route) -> None:
    page.on("close", lambda _: route.abort())


def _lens(page: Page):
    return page.locator("[role=tabpanel]").first


STATES: dict[str, State] = {
    "gallery": _gallery,
    "card": _card,
    "item": _item,
    "place": _place,
    "moved": _moved,
    "live": _live,
    "part of a picture": _cropping,
    "path": _path,
    "searched": _searched,
    "chosen": _chosen,
    "nothing in sight": _void,
    "directions": _directions,
    "read": _read,
    "bring": _bring,
    "keys": _keys,
    "hints": _hints,
    "reproduce": _reproduce,
    "own picture": _own,
    "no picture": _no_picture,
    "unknown model": _unknown,
    "opening": _opening,
    "server gone": _lost,
}
EXPECTED = {"no picture": "400", "unknown model": "404", "server gone": "ERR_INTERNET_DISCONNECTED"}
"""What the browser notes of a state that is one of trouble."""
