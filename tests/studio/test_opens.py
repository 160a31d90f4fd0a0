"""The page opens, in a browser as people have it, from the server as people start it."""

from __future__ import annotations

from playwright.sync_api import Page

FILLED = "document.body.innerText.trim().length > 20"


def test_it_opens_and_nothing_goes_wrong(watch, page: Page, studio_url: str) -> None:
    answer = page.goto(studio_url)
    assert answer is not None and answer.status == 200
    page.wait_for_function(FILLED)
    page.wait_for_load_state("networkidle")
    assert "Trasluz" in page.title()
    assert watch.errors == [] and watch.outside == []


def test_its_policy_is_in_force(watch, page: Page, studio_url: str) -> None:
    """That nothing was refused above says little, unless something would be."""
    page.goto(studio_url)
    page.wait_for_function(FILLED)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    page.evaluate("fetch('http://127.0.0.1:1/').catch(() => 0)")
    assert page.evaluate("window.ran") is None
    page.wait_for_timeout(100)
    assert [text for text in watch.errors if text.startswith("CSP: script-src")]
    assert [text for text in watch.errors if text.startswith("CSP: connect-src")]


def test_the_address_without_its_slash_opens_it_too(watch, page: Page, studio_url: str) -> None:
    page.goto(studio_url.rstrip("/"))
    page.wait_for_function(FILLED)
    assert watch.errors == []
