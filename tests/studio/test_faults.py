"""What goes wrong under an open page: each a state of its own, said in a sentence, from which one comes back."""

from __future__ import annotations

import io
import json
import shutil
import signal
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, WebSocketRoute, expect

from studio import test_directions
from studio.conftest import HINTS_READ, Watch, running
from studio.looking import DATA, MODEL, Explore, Studio, pixels
from studio.test_upload import choose
from trasluz.io.workspace import Workspace
from trasluz.lab.results.plane import Plane
from trasluz.lab.shelf.atlases import remove_atlas
from trasluz.lab.shelf.models import find, remove_model

VIEW = (-10.0, -8.0, 10.0, 8.0)
NO_ANSWER = "does not answer"
LONG = pytest.mark.long


@pytest.fixture
def own(context: BrowserContext, page: Page, tmp_path: Path) -> Iterator[Explore]:
    """A page of a studio that nobody else uses."""
    context.add_cookies([HINTS_READ])
    with running(tmp_path / "workspace") as (url, _):
        yield Explore(page, url, tmp_path / "workspace")


def test_the_server_goes_and_comes_back(context: BrowserContext, page: Page, tmp_path: Path) -> None:
    """Out of reach and back again, then stopped: the page says so, keeps what it shows, and is live again."""
    context.add_cookies([HINTS_READ])
    with running(tmp_path / "workspace") as (url, process):
        explore = Explore(page, url, tmp_path / "workspace")
        explore.open(pins="test:3", view=VIEW)
        explore.hover(0.5, 0.5)
        context.set_offline(True)
        page.get_by_role("button", name="Zoom in").click()
        page.get_by_role("tab", name="Directions").click()
        expect(page.get_by_text(NO_ANSWER)).to_be_visible()
        expect(explore.pins.get_by_role("listitem")).to_have_count(1)
        context.set_offline(False)
        expect(page.get_by_text(NO_ANSWER)).to_have_count(0)
        explore.hover(-1.5, 1.5)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        page.get_by_role("tab", name="Lens").click()
        page.get_by_role("button", name="Zoom in").click()
        expect(page.get_by_text(NO_ANSWER)).to_be_visible()


def test_the_live_line_breaks_and_is_tied_again(explore: Explore) -> None:
    lines: list[WebSocketRoute] = []

    def tie(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    explore.page.route_web_socket("**/api/live*", tie)
    explore.open(view=VIEW)
    explore.hover(0.5, 0.5)
    lines[-1].close()
    explore.hover(1.5, -1.0)
    assert len(lines) == 2
    expect(explore.page.get_by_text(NO_ANSWER)).to_have_count(0)


def test_a_busy_studio_is_asked_again(explore: Explore, watch: Watch) -> None:
    busy = {"kind": "busy", "what": "too many", "sentence": "Too many.", "stopped": False}
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 2:
            route.fallback()
        else:
            route.fulfill(status=503, headers={"Retry-After": "0"}, json=busy)

    explore.page.route("**/api/lens", refuse)
    explore.open(at="test:3", pins="test:3")
    expect(explore.lens.get_by_role("heading", name="test:3")).to_be_visible()
    assert len(asked) >= 3
    watch.was_told("503")


def test_a_fault_of_the_studio_is_told_and_leads_no_further(explore: Explore, watch: Watch) -> None:
    explore.page.route("**/api/lens", lambda route: route.fulfill(status=500, body="<b>oh</b>"))
    explore.open(at="test:3", pins="test:3")
    told = explore.lens.get_by_role("alert")
    expect(told).to_be_visible()
    assert "<b>" not in (told.text_content() or "") and "oh" not in (told.text_content() or "").split()
    explore.page.unroute("**/api/lens")
    told.get_by_role("button").first.click()
    expect(explore.lens.get_by_role("heading", name="test:3")).to_be_visible()
    watch.was_told("500")


def test_an_old_page_of_a_newer_studio_asks_to_be_loaded_again(explore: Explore, watch: Watch) -> None:
    explore.open(view=VIEW)

    def older(route: Route) -> None:
        route.continue_(headers={**route.request.headers, "x-trasluz-protocol": "0"})

    explore.page.route("**/api/**", older)
    explore.page.evaluate("location.hash = '#/explore/faces-vae'")
    button = explore.page.get_by_role("button", name="Reload the page")
    expect(button).to_be_visible()
    explore.page.unroute("**/api/**")
    explore.page.evaluate(f"history.replaceState(null, '', '#/explore/{MODEL}?data={DATA}')")
    button.click()
    expect(explore.stage).to_have_attribute("data-ready", "true")
    watch.was_told("409")


def test_a_token_of_another_run_is_told(explore: Explore, watch: Watch) -> None:
    explore.open(view=VIEW)
    explore.page.route(
        "**/api/**", lambda route: route.fulfill(status=401, json={"kind": "no_token", "sentence": "No."})
    )
    explore.page.evaluate("location.hash = '#/explore/faces-vae'")
    expect(explore.page.get_by_text("has ended")).to_be_visible()
    watch.was_told("401")


def test_two_pages_of_one_studio(explore: Explore, context: BrowserContext) -> None:
    explore.open(view=VIEW)
    other = Explore(context.new_page(), explore.url, explore.home)
    other.open(view=VIEW, pins="test:9")
    for one, other_x in ((explore, 0.5), (other, -0.5), (explore, 1.0)):
        one.page.bring_to_front()
        one.hover(other_x, 0.5)
    explore.pin(2.0, 2.0)
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    assert other.query["pins"] == "test:9"
    other.page.close()


def test_the_atlas_is_removed_under_an_open_page(own: Explore) -> None:
    own.open(view=VIEW, pins="test:3")
    [name] = [one.name for one in (own.home / "atlases").iterdir() if MODEL in one.name]
    remove_atlas(name, workspace=own.home)
    own.page.mouse.click(*own.screen(2.0, 2.0))
    told = own.page.get_by_role("alert").filter(has=own.page.get_by_role("button", name="Open"))
    expect(told).to_be_visible()
    told.get_by_role("button", name="Open").click()
    expect(told).to_have_count(0)
    expect(own.stage).to_have_attribute("data-ready", "true")
    own.hover(0.5, 0.5)
    expect(own.pins.get_by_role("listitem").first).to_be_visible()


def test_a_model_is_removed_and_the_page_says_which(own: Explore) -> None:
    shutil.copytree(find(MODEL, Workspace(own.home)), own.home / "models" / "mine")
    own.open("mine", view=VIEW)
    remove_model("mine", workspace=own.home)
    own.page.mouse.click(*own.screen(1.0, 1.0))
    expect(own.page.get_by_role("alert").first).to_contain_text("mine")


def test_work_goes_on_when_the_page_is_loaded_again_and_is_stopped_once(own: Explore) -> None:
    own.open(view=VIEW)
    studio = Studio(own.url)
    job = studio("maps", model=MODEL, data="pets:20000")["job"]["id"]
    own.page.reload()
    tray = own.page.get_by_role("button", name="1 job running")
    expect(tray).to_be_visible()
    tray.click()
    region = own.page.get_by_role("region", name="Work in progress")
    expect(region).to_contain_text("pets:20000")
    region.get_by_role("button").first.click()
    expect(tray).to_have_count(0)
    for _ in range(2):  # what is stopped already stays so, and whoever stops it again is not refused
        with urlopen(Request(f"{own.url}api/jobs/{job}", method="DELETE")) as answer:
            assert json.loads(answer.read())["state"] == "cancelled"
    expect(own.page.get_by_role("button", name="job running")).to_have_count(0)


@pytest.mark.parametrize(
    "kept",
    [
        {"at": "row:999999", "pins": "row:999999~row:-1~xy:NaN,1~xy:1e300,0~map:umap"},
        {"at": "test:99999999", "color": "nothing", "hide": "9.x", "range": "a.b"},
        {"view": "NaN,1,2,3", "path": "warp,1e9", "move": "d999:7~nobody:2", "side": "up"},
        {"where": "drop table rows", "size": "-5", "opacity": "7"},
    ],
)
def test_an_address_that_nobody_wrote_opens_what_can_be_opened(
    explore: Explore, watch: Any, kept: dict[str, str]
) -> None:
    query = urlencode({"data": DATA, **kept})
    explore.page.goto(f"{explore.url}#/explore/{MODEL}?{query}")
    expect(explore.stage).to_have_attribute("data-ready", "true")
    box = explore.box()
    explore.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(explore.live).to_be_visible()  # the map is there, and live
    watch.errors = [text for text in watch.errors if "400" not in text and "404" not in text]  # refused, and told


# Pictures that are none ----------------------------------------------------------------------------------------------


def claims(side: int) -> bytes:
    """A PNG that says it is so large, and holds nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def cut() -> bytes:
    """The first half of a picture file."""
    file = io.BytesIO()
    Image.effect_noise((64, 64), 40).save(file, "PNG")
    return file.getvalue()[: file.tell() // 2]


@LONG
@pytest.mark.parametrize(
    ("name", "data", "told", "asked"),
    [
        ("empty.png", b"", "The file is empty", False),
        ("notes.png", b"Not a picture at all.", "picture", True),
        ("cut.png", cut(), "picture", True),
        ("wide.png", claims(60_000), "Too many pixels", True),
    ],
)
def test_a_file_that_cannot_be_placed_is_told_in_a_sentence_and_the_next_one_is_placed(
    explore: Explore, watch: Watch, tmp_path: Path, name: str, data: bytes, told: str, asked: bool
) -> None:
    explore.open(at="test:3", pins="test:3")
    expect(explore.lens.get_by_role("heading", name="test:3")).to_be_visible()
    file = tmp_path / name
    file.write_bytes(data)
    choose(explore, file)
    expect(explore.lens.get_by_text(f"{name} was not placed")).to_be_visible()
    trouble = explore.lens.get_by_role("alert")
    expect(trouble).to_contain_text(told)
    said = trouble.locator("p").first.inner_text()
    assert len(said.split(". ")) == 1 and "Error" not in said
    expect(explore.lens.get_by_role("heading", name="test:3")).to_be_visible()  # what was looked at stays
    still = tmp_path / "still.png"
    Image.new("RGB", (64, 64), (200, 120, 40)).save(still)
    choose(explore, still)
    expect(explore.lens.get_by_role("heading", name="still.png")).to_be_visible()
    expect(trouble).to_have_count(0)
    if asked:
        watch.was_told("400")


def test_of_a_picture_that_moves_the_first_frame_is_placed(explore: Explore, tmp_path: Path) -> None:
    first, *rest = [Image.new("RGB", (64, 64), (80 * i, 10, 10)) for i in (2, 0, 1)]
    first.save(tmp_path / "moves.gif", save_all=True, append_images=rest)
    explore.open()
    choose(explore, tmp_path / "moves.gif")
    shown = explore.lens.get_by_alt_text("The real picture of moves.gif")
    expect(shown).to_be_visible()
    assert np.abs(pixels(shown) - (160, 10, 10)).max() <= 2


# Addresses -----------------------------------------------------------------------------------------------------------


@LONG
@pytest.mark.parametrize(
    "at",
    ["@nobody", "test:99999999", "seed:x", "map:NaN,1", "map:1,2,3", "/etc/hostname", "latent:AAAA", "z:1,2,NaN"],
)
def test_a_point_that_is_none_is_told_in_the_lens_and_the_map_is_live(explore: Explore, watch: Watch, at: str) -> None:
    explore.open(at=at, pins="test:3", view=VIEW)
    told = explore.page.get_by_role("alert")
    expect(told.first).to_be_visible()
    said = told.first.locator("p").first.inner_text()
    assert said.endswith((".", "?")) and "Traceback" not in said
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    explore.hover(0.5, 0.5)
    explore.click(0.5, 0.5)
    expect(explore.lens.get_by_role("heading").first).to_be_visible()
    expect(explore.lens.get_by_role("alert")).to_have_count(0)
    watch.errors = [text for text in watch.errors if "Failed to load resource" not in text]


@LONG
@pytest.mark.parametrize(
    ("name", "kept", "told", "given"),
    [
        ("nobody", {}, "Unknown model.", "nobody"),
        (MODEL, {"data": "nobody"}, "Unknown data source.", "'nobody'"),
        (MODEL, {"data": "/nowhere/at/all"}, "No such data.", "trasluz studio --data DATA"),
        (MODEL, {"data": "pets:-5"}, "pets:N takes a number of pictures.", "'-5'"),
        (MODEL, {"data": DATA, "space": "nobody"}, "Unknown space of the model pets-vae.", "'nobody'"),
        (MODEL, {"data": DATA, "map": "nobody"}, "Unknown map method.", "'nobody'"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence_and_another_link_leads_on(
    explore: Explore, watch: Watch, name: str, kept: dict[str, str], told: str, given: str
) -> None:
    explore.page.goto(f"{explore.url}#/explore/{name}?{urlencode(kept)}")
    alert = explore.page.get_by_role("alert")
    expect(alert.locator("p").first).to_contain_text(told, ignore_case=True)
    expect(alert).to_contain_text(given)
    expect(alert).to_have_count(1)
    explore.page.evaluate(f"location.hash = '#/explore/{MODEL}?data={DATA}'")
    expect(explore.stage).to_have_attribute("data-ready", "true")
    expect(alert).to_have_count(0)
    watch.errors = [text for text in watch.errors if "Failed to load resource" not in text]


# Servers that are busy, lines that break ----------------------------------------------------------------------------


def test_a_studio_that_stays_busy_is_told_and_asked_again_by_hand(explore: Explore, watch: Watch) -> None:
    busy = {"kind": "busy", "what": "the studio is busy", "sentence": "The studio is busy.", "stopped": False}
    explore.page.route("**/api/lens", lambda route: route.fulfill(status=503, headers={"Retry-After": "0"}, json=busy))
    explore.open(at="test:3", pins="test:3")
    told = explore.lens.get_by_role("alert")
    expect(told).to_contain_text("The studio is busy.")
    explore.page.unroute("**/api/lens")
    told.get_by_role("button", name="Try again").click()
    expect(explore.lens.get_by_role("heading", name="test:3")).to_be_visible()
    expect(told).to_have_count(0)
    watch.was_told("503")


def test_a_line_that_cannot_be_tied_for_a_while_is_tied_when_it_can(explore: Explore) -> None:
    """All the while the cursor moves; what was shown stays, and the last place is the one that is decoded."""
    lines: list[WebSocketRoute] = []

    def tie(line: WebSocketRoute) -> None:
        lines.append(line)
        if len(lines) in (2, 3):
            line.close()
        else:
            line.connect_to_server()

    explore.page.route_web_socket("**/api/live*", tie)
    explore.open(view=VIEW, pins="test:3")
    explore.hover(0.5, 0.5)
    before = explore.live.get_attribute("data-seq") or "0"
    lines[-1].close()
    view = explore.view()
    for step in range(12):
        explore.page.mouse.move(*explore.screen(step / 4 - 1, 0.5, view))
    expect(explore.live).not_to_have_attribute("data-seq", before)
    assert len(lines) == 4
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    expect(explore.page.get_by_text(NO_ANSWER)).to_have_count(0)


# Two pages ---------------------------------------------------------------------------------------------------------


labelled = test_directions.drawn
"""A fixture: a map whose labels are read off pictures by a reader that is trained already."""


@LONG
@test_directions.pytestmark
def test_a_direction_kept_in_one_page_is_there_in_the_other(
    explore: Explore, context: BrowserContext, labelled: Plane, studio_home: Path
) -> None:
    name = test_directions.NAME
    other = Explore(context.new_page(), explore.url, explore.home)
    other.open(name, None, side="directions")
    expect(other.directions).to_contain_text("No directions in this space yet.")
    explore.open(name, None, side="directions")
    panel = explore.directions
    panel.get_by_role("radio", name="Without labels").check()
    panel.get_by_label("How many").fill("1")
    panel.get_by_role("button", name="Find", exact=True).click()
    found = panel.get_by_role("region", name="Found")
    found.get_by_label("Name to keep it under").fill("shared")
    found.get_by_role("button", name="Keep").click()
    expect(found).to_contain_text("Kept as shared")
    other.page.bring_to_front()
    other.page.get_by_role("tab", name="Lens").click()
    other.page.get_by_role("tab", name="Directions").click()
    mine = other.directions.get_by_role("button", name="Details of shared")
    expect(mine).to_be_visible()
    # Removed in that one, it cannot be sent to the lens in this one, which says why.
    other.directions.get_by_role("button", name="Remove shared").click()
    other.directions.get_by_role("button", name="Remove", exact=True).click()
    expect(mine).to_have_count(0)
    explore.page.bring_to_front()
    explore.page.reload()
    expect(explore.directions).to_contain_text("No directions in this space yet.")
    other.page.close()
