"""What goes wrong under an open page: each a state of its own, said in a sentence, from which one comes back."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import BrowserContext, Page, Route, WebSocketRoute, expect

from studio.conftest import HINTS_READ, Watch, running
from studio.looking import DATA, MODEL, Explore, Studio
from trasluz.io.workspace import Workspace
from trasluz.lab.encode import remove_atlas
from trasluz.lab.models import find, remove_model

VIEW = (-10.0, -8.0, 10.0, 8.0)
NO_ANSWER = "does not answer"


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
        page.get_by_role("button", name="Nearer").click()
        page.get_by_role("tab", name="Directions").click()
        expect(page.get_by_text(NO_ANSWER)).to_be_visible()
        expect(explore.pins.get_by_role("listitem")).to_have_count(1)
        context.set_offline(False)
        expect(page.get_by_text(NO_ANSWER)).to_have_count(0)
        explore.hover(-1.5, 1.5)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        page.get_by_role("tab", name="Lens").click()
        page.get_by_role("button", name="Nearer").click()
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
    explore.click(2.0, 2.0)
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    assert other.kept["pins"] == "test:9"
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
