"""Pins: put on the map by a double-click, moved, put in another order, taken away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Locator, expect

from studio.looking import Explore, alone, around, decoded, far_off, pixels, plane, same, soon
from trasluz.lab.results.plane import Plane


@pytest.fixture
def drawn(studio_home: Path) -> Plane:
    return plane(studio_home)


def shown(explore: Explore) -> Locator:
    """The large picture of the lens."""
    return explore.lens.locator("figure img").last


def place_of(pin: str) -> tuple[float, float]:
    """Where a pin of the address is."""
    x, y = (float(part) for part in pin.removeprefix("xy:").split(","))
    return x, y


def test_a_double_click_pins_an_empty_place_and_the_lens_shows_what_the_library_decodes(
    explore: Explore, drawn: Plane, studio_home: Path
) -> None:
    explore.open(view=around(drawn, 2))
    x, y = far_off(explore, drawn)
    explore.pin(x, y)
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    explore.page.wait_for_url(lambda url: "at=xy" in url)
    assert explore.query["pins"] == explore.query["at"]
    at = place_of(explore.query["at"])
    assert at == pytest.approx((x, y), abs=0.05)
    assert soon(lambda: same(pixels(shown(explore)), decoded(studio_home, f"map:{at[0]!r},{at[1]!r}")[0]))
    expect(explore.lens).to_contain_text("data")
    # As many digits as one can tell places apart by on the screen, and no more.
    assert all(len(part) < 9 for part in explore.query["at"].removeprefix("xy:").split(","))


def test_an_item_that_is_pinned_before_its_name_is_known_gets_it(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn))
    box = explore.box()
    [(row, px, py), *_] = alone(explore, drawn, range(len(drawn)))
    explore.page.mouse.dblclick(box["x"] + px, box["y"] + py)
    name = f"test:{row}"
    expect(explore.pins.get_by_role("button", name=name)).to_be_visible()
    expect(explore.lens.get_by_role("heading", name=name)).to_be_visible()
    command, code = explore.reproduced(name)
    assert name in command and name in code
    # A link says its row; who follows it reads its name again.
    explore.wait_for(pins=f"row:{row}", at=f"row:{row}")
    explore.open(pins=f"row:{row}~row:{row + 1}")
    for one in (row, row + 1):
        expect(explore.pins.get_by_role("button", name=f"test:{one}")).to_be_visible()


def test_a_pin_is_dragged_to_another_place(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    explore.open(view=around(drawn, 2), pins="xy:0.5,0.25~test:9", at="xy:0.5,0.25", path="linear,8")
    expect(explore.strip).to_have_attribute("aria-valuemax", "8")
    view = explore.view()
    before = pixels(explore.pins.locator("img").first)
    x, y = far_off(explore, drawn)
    start, end = explore.screen(0.5, 0.25), explore.screen(x, y)
    mouse = explore.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    mouse.move(*end)
    mouse.up()
    explore.page.wait_for_url(lambda url: "0.5%2C0.25" not in url and "0.5,0.25" not in url)
    first, second = explore.query["pins"].split("~")
    assert second == "test:9" and place_of(first) == pytest.approx((x, y), abs=0.05)
    at = place_of(first)
    [wanted] = decoded(studio_home, f"map:{at[0]!r},{at[1]!r}")
    assert soon(lambda: same(pixels(shown(explore)), wanted))
    assert soon(lambda: same(pixels(explore.pins.locator("img").first), wanted)) and not same(before, wanted)
    assert explore.view() == pytest.approx(view)  # the map has stayed where it was


def test_pins_change_places_and_go_by_keyboard(explore: Explore) -> None:
    explore.open(pins="test:3~test:9~test:21", at="test:3")
    explore.pins.get_by_role("button", name="test:3").first.focus()
    explore.page.keyboard.press("Alt+ArrowRight")
    explore.wait_for(pins="test:9~test:3~test:21")
    expect(explore.pins.get_by_role("button", name="test:3").first).to_be_focused()
    explore.page.keyboard.press("Delete")
    explore.wait_for(pins="test:9~test:21")
    explore.page.get_by_role("button", name="Remove all pins").click()
    expect(explore.pins).to_have_count(0)
    expect(explore.strip).to_have_count(0)


def test_a_film_goes_from_pin_to_pin_at_the_speed_that_is_set(explore: Explore, studio_home: Path) -> None:
    pins = ["test:3", "test:9"]
    explore.open(pins="~".join(pins), path="linear,8")
    expect(explore.strip).to_have_attribute("aria-valuemax", "8")
    explore.path.get_by_role("slider", name="Speed").fill("25")
    with explore.page.expect_download() as download:
        explore.path.get_by_role("button", name="Save as an animated GIF").click()
    with Image.open(download.value.path()) as film:
        shown = [(frame.info["duration"], frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]
    assert [shown[i][0] for i in range(1, 7)] == [40] * 6  # but for its ends, where it rests
    for pin, (_, frame) in zip(pins, (shown[0], shown[-1]), strict=True):
        small = np.asarray(frame.resize((64, 64), Image.Resampling.BOX)).astype(int)
        assert np.abs(small - decoded(studio_home, pin)[0]).mean() < 8
    # Another page of the studio goes on at that speed.
    explore.page.reload()
    expect(explore.path.get_by_role("slider", name="Speed")).to_have_value("25")
