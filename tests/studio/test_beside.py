"""Two maps of two models on one page: what is open in one is nothing to the other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from studio.conftest import Watch, lacking

WEB = Path(__file__).parents[2] / "tools" / "web.py"
MAPS = {"one": "pets-vae,pets:1500", "two": "faces-vae,faces:200"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with two maps, built from the same parts as the studio's own (web/bench/beside.ts)."""
    folder = tmp_path_factory.mktemp("beside")
    line = [sys.executable, str(WEB), "bench", "--outDir", str(folder), "--logLevel", "error"]
    made = subprocess.run(line, check=False, capture_output=True, text=True)
    if made.returncode != 0:
        lacking(f"the page with two maps could not be built: {made.stderr or made.stdout}")
    return folder


@pytest.fixture
def beside(built: Path, watch: Watch, context: BrowserContext, page: Page, studio_url: str) -> Iterator[Page]:
    """That page in place of the studio's own: its scripts and styles in the studio's document, under its policy."""
    markup = (built / "beside.html").read_text()
    entry = re.search(r'<script[^>]* src="\./([^"]+)"', markup)
    assert entry is not None
    styles = "\n".join(file.read_text() for file in sorted(built.glob("assets/*.css")))

    def serve(route: Route) -> None:
        name = urlsplit(route.request.url).path.split("/", 2)[2]
        if re.fullmatch(r"assets/index-[^/]+\.css", name):
            route.fulfill(body=styles, content_type="text/css")
        elif re.fullmatch(r"assets/index-[^/]+\.js", name) and not (built / name).is_file():
            route.fulfill(path=built / entry[1])
        elif (built / name).is_file():
            route.fulfill(path=built / name)
        else:
            route.fallback()

    context.route(re.compile(re.escape(f"http://{urlsplit(studio_url).netloc}/") + "[^/]+/assets/"), serve)
    page.goto(f"{studio_url}?one={MAPS['one']}&two={MAPS['two']}")
    yield page
    assert watch.errors == [] and watch.outside == []


def said(part: Locator) -> dict[str, str]:
    """What the address of a view would say of a map, without what is empty."""
    query: dict[str, Any] = json.loads(part.get_attribute("data-query") or "{}")
    return {name: value for name, value in query.items() if value and name != "view"}


def test_two_maps_share_nothing(beside: Page) -> None:
    pets, faces = (beside.get_by_role("region", name=f"map {i}") for i in (0, 1))
    stages = [part.get_by_role("application") for part in (pets, faces)]
    for part, stage in zip((pets, faces), stages, strict=True):
        expect(stage).to_have_attribute("data-ready", "true")
        expect(part).to_have_attribute("data-restored", "true")
    expect(stages[0]).to_have_accessible_name(re.compile("pets-vae"))
    expect(stages[1]).to_have_accessible_name(re.compile("faces-vae"))
    before = said(faces)

    # Pins, lens, path: two of each on the one, none on the other.
    for key in ("+", "p", "ArrowRight", "ArrowRight", "ArrowRight", "p"):
        stages[0].press(key)
    expect(pets.get_by_role("list", name="Pins")).to_be_visible()
    expect(pets.get_by_role("slider", name="Frames of the path", exact=True)).to_be_visible()
    expect(pets.locator(".lens figure img").first).to_be_visible()
    assert len(said(pets)["pins"].split("~")) == 2 and said(pets)["path"].startswith("linear,24")
    assert said(faces) == before
    expect(faces.get_by_role("list", name="Pins")).to_have_count(0)
    expect(faces.locator(".lens figure img")).to_have_count(0)

    # Colours and filters.
    pets.get_by_label("Colour by").select_option("species")
    pets.get_by_role("button", name="Expand").click()  # beside another there is no room for it at first
    pets.locator("button.value").first.click()
    expect(pets.get_by_text(re.compile(r"\d+ of 294 shown"))).to_be_visible()
    assert said(pets)["color"] == "species" and said(pets)["hide"] == "0" and said(faces) == before

    # The other has a life of its own: its keys, its lens, its sliders.
    stages[1].press("Enter")
    expect(faces.locator(".lens figure img").first).to_be_visible()
    mine = said(pets)
    faces.get_by_role("slider", name="Dimension", exact=False).first.press("ArrowRight")
    expect(faces).to_have_attribute("data-query", re.compile(r'"move":"d\d+:0\.05"'))
    assert said(pets) == mine and "move" not in mine

    # One is opened on another map; the other stays as it is.
    faces.get_by_role("combobox", name=re.compile("^Map")).select_option("discriminant")
    expect(faces).to_have_attribute("data-query", re.compile('"map":"discriminant"'))
    expect(faces.get_by_role("application")).to_have_attribute("data-ready", "true")
    assert said(pets) == mine
    expect(pets.get_by_role("slider", name="Frames of the path", exact=True)).to_be_visible()

    # Nothing is called the same twice, so that a label says what it means.
    ids = beside.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids)) and len(ids) > 6
