"""A real browser comes in: the token is nowhere but in the address that was printed, and other pages get nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from studio.conftest import Watch
from trasluz.io.handover import Handover

FILLED = "document.body.innerText.trim().length > 20"


def token_of(url: str) -> str:
    return urlsplit(url).path.split("/")[1]


def test_the_token_is_in_no_place_where_others_look(
    watch, page: Page, context: BrowserContext, studio_url: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
    page.goto(f"{studio_url}#/?card=pets-vae")
    page.wait_for_function(FILLED)
    assert page.url.endswith("/#/?card=pets-vae") and token_of(studio_url) not in page.url
    assert [one for one in asked if token_of(studio_url) in one] == asked[:1], "once, and never again"
    kept = page.evaluate("[document.cookie, JSON.stringify({...localStorage, ...sessionStorage}), document.referrer]")
    [cookie] = [cookie for cookie in context.cookies() if "trasluz-" in str(cookie.get("name"))]
    assert cookie.get("value") not in str(kept) and token_of(studio_url) not in f"{kept}{context.cookies()}"
    page.reload()
    page.wait_for_function(FILLED)
    assert watch.errors == [] and watch.outside == []


def test_the_file_that_leads_in_does(watch: Watch, page: Page, studio_url: str, tmp_path: Path) -> None:
    file = Handover(studio_url, tmp_path)
    page.goto(file.url)
    expect(page.locator("header")).to_be_visible()
    file.close()
    assert token_of(studio_url) not in page.url
    assert watch.errors == []


class Elsewhere(BaseHTTPRequestHandler):
    """A page of another port of this machine, which keeps what it is sent."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(f"{self.path} {self.headers}")
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<p>another page</p>")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Elsewhere.asked.clear()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


ATTACK = """async place => {
  const reaches = {}
  const seen = answer => answer.type === 'opaque' ? 'opaque' : answer.status
  const all = {mode: 'no-cors', credentials: 'include'}
  const text = body => ({...all, method: 'POST', body, headers: {'Content-Type': 'text/plain'}})
  for (const [name, path, init] of [
    ['read', 'api/models', {credentials: 'include'}], ['blind read', 'api/models', all],
    ['write', 'api/maps', text('{"model": "pets-vae", "data": "pets:33"}')], ['script', 'again.js', all],
  ]) reaches[name] = await fetch(place + path, init).then(seen, () => 'refused')
  reaches.picture = await new Promise(done => {
    const image = Object.assign(new Image(), {src: `${place}api/models/pets-vae/picture`})
    image.onload = () => done('shown')
    image.onerror = () => done('refused')
  })
  reaches.socket = await new Promise(done => {
    const socket = new WebSocket(`${place.replace('http', 'ws')}api/live?map=x`)
    socket.onopen = () => done('open')
    socket.onerror = () => done('refused')
  })
  return reaches
}"""
"""What a page can have the browser do, which sends the cookie along wherever it would."""


def begun(studio_url: str) -> set[str]:
    """Work that the studio was given, the front page's own map among it."""
    return {job["id"] for job in json.loads(urlopen(f"{studio_url}api/jobs").read())}


def test_a_page_of_another_port_gets_nothing_by_the_cookie(
    context: BrowserContext, page: Page, studio_url: str, elsewhere: str
) -> None:
    """Even if it knew where the studio lies."""
    page.goto(studio_url)
    page.wait_for_function(FILLED)
    expect(page.get_by_test_id("moving")).to_have_attribute("data-ready", "true")
    place, jobs = page.url.partition("#")[0], begun(studio_url)
    other = context.new_page()
    statuses: list[int] = []
    other.on("response", lambda answer: statuses.append(answer.status) if answer.url.startswith(place) else None)
    other.goto(elsewhere)
    reaches = other.evaluate(ATTACK, place)
    assert reaches.pop("read") == reaches.pop("picture") == reaches.pop("socket") == "refused"
    assert set(reaches.values()) <= {"opaque", "refused"} and set(statuses) <= {401, 403}, (reaches, statuses)
    assert begun(studio_url) <= jobs, "and nothing was begun"
    cookie = next(str(cookie.get("value")) for cookie in context.cookies() if "trasluz-" in str(cookie.get("name")))
    assert Elsewhere.asked and cookie not in str(Elsewhere.asked), "nor is that page sent the cookie"
    # A link there is followed all the same, and keeps what it says.
    other.evaluate("place => { location.href = `${place}#/?card=pets-vae` }", place)
    other.wait_for_url("**/?#/?card=pets-vae")
    expect(other.locator("header").first).to_be_visible()


def test_who_was_not_let_in_is_told_what_to_do(page: Page, studio_url: str) -> None:
    page.goto("/".join(studio_url.split("/")[:3]))
    assert "Copy the whole address" in page.inner_text("body") and "Copia la dirección" in page.inner_text("body")
