"""The front page's moving map, Read, and the way from a folder to a model: in a real browser, before a real studio."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect

import trasluz as tl
import trasluz.server
from studio.conftest import HINTS_READ, Watch, running
from studio.looking import Explore, number_in, pixels, same, soon

NAME = "faces-vae"
BUILT = Path(trasluz.server.__file__).parent / "page" / "assets"
HIDE = """() => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.away === true })
  window.away = true
  document.dispatchEvent(new Event('visibilitychange'))
}"""
BACK = "() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')) }"
DROP = """() => {
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File(['a,b\\n1,2'], 'table.csv', { type: 'text/csv' }))
  for (const kind of ['dragenter', 'dragover', 'drop'])
    document
      .querySelector('.drop')
      .dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))
}"""


@pytest.fixture
def moving(explore: Explore) -> Any:
    return explore.page.get_by_test_id("moving")


def frames(moving: Any) -> int:
    return int(moving.get_attribute("data-frames") or 0)


# The moving map -------------------------------------------------------------------------------------------------------


def test_a_walk_goes_by_itself_and_rests_while_nobody_looks(explore: Explore, moving: Any) -> None:
    explore.page.goto(explore.url)
    expect(moving).to_have_attribute("data-walk", "walking")
    assert soon(lambda: frames(moving) >= 6)
    assert pixels(moving.locator(".face canvas")).std() > 10
    explore.page.evaluate(HIDE)
    explore.page.wait_for_timeout(700)  # what was on the way has come
    before = frames(moving)
    explore.page.wait_for_timeout(1500)
    assert frames(moving) == before
    explore.page.evaluate(BACK)
    assert soon(lambda: frames(moving) > before + 1)


def test_it_asks_for_a_few_places_a_second_and_not_for_explore(explore: Explore, context: BrowserContext) -> None:
    sent: list[str] = []
    fetched: list[str] = []
    explore.page.on("websocket", lambda line: line.on("framesent", lambda frame: sent.append(str(frame))))
    context.on("request", lambda request: fetched.append(request.url))
    explore.page.goto(explore.url)
    moving = explore.page.get_by_test_id("moving")
    assert soon(lambda: frames(moving) >= 2)
    start = len(sent)
    explore.page.wait_for_timeout(3000)
    assert 3 <= len(sent) - start <= 16
    assets = [url.rsplit("/", 1)[-1] for url in fetched if "/assets/" in url]
    sizes = [(BUILT / name).stat().st_size for name in assets if name.endswith(".js")]
    assert 0 < max(sizes) < 300_000  # the library of maps is in none of them


def test_who_comes_with_a_cursor_leads_and_a_click_opens_explore_there(explore: Explore, moving: Any) -> None:
    explore.page.goto(explore.url)
    assert soon(lambda: frames(moving) >= 2)
    box = moving.bounding_box()
    explore.page.mouse.move(box["x"] + 60, box["y"] + 0.7 * box["height"])
    expect(moving).to_have_attribute("data-walk", "led")
    before = frames(moving)
    explore.page.mouse.move(box["x"] + 90, box["y"] + 0.7 * box["height"])
    assert soon(lambda: frames(moving) > before)
    explore.page.mouse.down()
    explore.page.mouse.up()
    explore.page.wait_for_url(re.compile(rf"#/explore/{NAME}\?.*at=xy:"))
    expect(explore.stage).to_have_attribute("data-ready", "true")


def test_it_goes_on_when_the_cursor_has_left_and_can_be_paused(explore: Explore, moving: Any) -> None:
    explore.page.goto(explore.url)
    expect(moving).to_have_attribute("data-walk", "walking")
    moving.hover()
    expect(moving).to_have_attribute("data-walk", "led")
    explore.page.mouse.move(5, 5)
    expect(moving).to_have_attribute("data-walk", "walking")
    explore.page.get_by_role("button", name="Pause the walk").click()
    expect(moving).to_have_attribute("data-walk", "still")
    explore.page.get_by_role("button", name="Take a walk").press("Enter")
    expect(moving).to_have_attribute("data-walk", "walking")


def test_for_those_who_want_no_motion_it_is_a_picture_until_they_ask(explore: Explore, moving: Any) -> None:
    explore.page.emulate_media(reduced_motion="reduce")
    explore.page.goto(explore.url)
    assert soon(lambda: frames(moving) == 1)
    explore.page.wait_for_timeout(1200)
    assert frames(moving) == 1
    expect(moving).to_have_attribute("data-walk", "still")
    explore.page.get_by_role("button", name="Take a walk").click()
    assert soon(lambda: frames(moving) > 3)


def test_where_no_map_is_at_hand_nothing_moves_and_nothing_breaks(explore: Explore) -> None:
    def away(route: Route) -> None:
        models = route.fetch().json()
        route.fulfill(body=json.dumps([{**one, "at_hand": False} for one in models]), content_type="application/json")

    explore.page.route("**/api/models", away)
    explore.page.goto(explore.url)
    expect(explore.page.get_by_role("article").first).to_be_visible()
    expect(explore.page.get_by_test_id("moving")).to_have_count(0)
    expect(explore.page.get_by_role("link", name=re.compile("^Play"))).to_have_attribute("href", f"#/explore/{NAME}")
    explore.page.get_by_role("link", name="Read What is a latent space?").click()
    expect(explore.page.get_by_text("There is no model with a map at hand")).to_be_visible()


# Read -----------------------------------------------------------------------------------------------------------------


def test_read_decodes_what_its_three_pictures_show(explore: Explore) -> None:
    explore.page.goto(f"{explore.url}#/read")
    line = explore.page.get_by_test_id("line")
    slider = explore.page.get_by_label("Place on the line")
    ends = [explore.page.get_by_alt_text(f"The item that the line {end} at") for end in ("begins", "ends")]
    for shown in (line, *ends):
        expect(shown).to_have_attribute("src", re.compile("^data:image"))
    for share, end in (("0", ends[0]), ("1", ends[1])):
        before = line.get_attribute("src")
        slider.fill(share)
        expect(line).not_to_have_attribute("src", str(before))
        assert soon(lambda end=end: same(pixels(line), pixels(end)))
    slider.fill("0.5")
    assert soon(lambda: not any(same(pixels(line), pixels(end)) for end in ends))
    alike = explore.page.get_by_test_id("alike")
    before = alike.get_attribute("data-row")
    alike.get_by_role("button").first.click()
    expect(alike).not_to_have_attribute("data-row", str(before))
    first = explore.page.get_by_alt_text("Item 1, moved")
    expect(first).to_be_visible()
    still = pixels(first)
    source = str(first.get_attribute("src"))
    explore.page.get_by_label(re.compile("How far: hair_colour")).fill("1.2")
    expect(first).not_to_have_attribute("src", source)
    assert not same(pixels(first), still)


# Bring your own -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as people have them: sub-folders, a table, and what does not belong."""
    folder = tmp_path_factory.mktemp("own") / "mis fotos"
    colours = np.random.default_rng(3).integers(0, 255, (150, 2, 3), np.uint8)
    for i, (ground, spot) in enumerate(colours):
        pixels = np.empty((20, 24, 3), np.uint8)
        pixels[:], pixels[5:12, 6:14] = ground, spot
        place = folder / ("gatos" if i % 2 else "perros")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"ñandú {i}.png")
    rows = [f"{'gatos' if i % 2 else 'perros'}/ñandú {i}.png,{i / 10}" for i in range(150)]
    (folder / "labels.csv").write_text("\n".join(["file,weight", *rows]), encoding="utf-8")
    for name in (".DS_Store", "Thumbs.db", "gatos/a.heic", "notes.docx"):
        (folder / name).write_bytes(b"PK..")
    return folder


@pytest.fixture(scope="module")
def own_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("bring") / "workspace") as (url, _):
        yield url


@pytest.fixture
def noted(context: BrowserContext, own_url: str) -> Watch:
    return Watch(context, own_url)


@pytest.fixture
def bring(noted: Watch, context: BrowserContext, page: Page, own_url: str) -> Iterator[Page]:
    context.add_cookies([HINTS_READ])
    page.goto(f"{own_url}#/bring")
    yield page
    assert noted.errors == [] and noted.outside == []


def test_a_folder_becomes_a_model_that_is_explored(bring: Page, photos: Path) -> None:
    bring.get_by_test_id("folder").set_input_files(photos)
    report = bring.get_by_test_id("report")
    expect(report.get_by_test_id("found")).to_have_text("150 items")
    for told in ("gatos × 75", "weight", "not square", "4 files left out", ".heic pictures are not read"):
        expect(report).to_contain_text(told)
    expect(report.get_by_alt_text("What the model will see of them")).to_have_js_property("complete", True)
    bring.get_by_label("Size").select_option("16")
    expect(report).to_contain_text("16 × 16")
    train = bring.get_by_role("button", name=re.compile("^Train for"))
    expect(train).to_be_disabled()  # too few for it: one has to insist
    bring.get_by_label("Train all the same").check()
    bring.get_by_label("Network").select_option("tiny")
    bring.get_by_role("spinbutton", name="Minutes").fill("10")
    train.click()
    course = bring.get_by_test_id("course")
    expect(course).to_have_attribute("data-state", "running")
    expect(course).to_contain_text(re.compile(r"step \d+, loss"))
    bring.reload()  # whoever closes the page and comes back finds it going on
    expect(course).to_have_attribute("data-state", "running")
    expect(course.get_by_test_id("samples")).to_be_visible(timeout=90_000)
    course.get_by_role("button", name="Stop and keep it").click()
    expect(course).to_have_attribute("data-state", "stopped")
    expect(course).to_contain_text("It is kept as it was after step")
    stopped = number_in(course.get_by_text(re.compile(r"^step [\d,]+ of")).text_content())
    course.get_by_role("button", name="Go on").click()
    expect(course).to_have_attribute("data-state", "running")
    course.get_by_role("button", name="Stop and keep it").click()
    expect(course).to_have_attribute("data-state", "stopped")
    assert number_in(course.get_by_text(re.compile(r"^step [\d,]+ of")).text_content()) >= stopped
    course.get_by_role("link", name="Explore mis-fotos").click()
    expect(bring.get_by_role("application")).to_have_attribute("data-ready", "true", timeout=90_000)
    bring.get_by_role("navigation").get_by_role("link", name="Models").click()
    expect(bring.get_by_role("heading", name="mis-fotos").first).to_be_visible()


def test_what_holds_no_item_says_so_and_leaves_a_way_on(bring: Page, noted: Watch, tmp_path: Path) -> None:
    bring.wait_for_selector(".drop")
    bring.evaluate(DROP)
    expect(bring.get_by_role("alert")).to_contain_text("holds no pictures or sounds")
    empty = tmp_path / "notes.txt"
    empty.write_text("")
    bring.get_by_test_id("files").set_input_files(empty)
    expect(bring.get_by_role("alert")).to_contain_text("nothing among the files that could be read")
    expect(bring.get_by_role("button", name="Choose a folder")).to_be_visible()
    noted.was_told("400")


def test_a_zip_and_an_array_will_do_and_a_data_set_can_be_removed(bring: Page, photos: Path, tmp_path: Path) -> None:
    import shutil

    packed = Path(shutil.make_archive(str(tmp_path / "viaje"), "zip", photos))
    bring.get_by_test_id("files").set_input_files(packed)
    found = bring.get_by_test_id("found")
    expect(found).to_have_text("150 items")
    bring.get_by_role("button", name="Other data").click()
    bring.get_by_role("button", name="Remove the data set viaje").click()
    expect(bring.get_by_role("button", name="Use viaje")).to_have_count(0)
    np.savez(
        tmp_path / "toys.npz", images=tl.load("pets:20", workspace=tmp_path).stored(slice(0, 12)).transpose(0, 2, 3, 1)
    )
    bring.get_by_test_id("files").set_input_files(tmp_path / "toys.npz")
    expect(found).to_have_text("12 items")
