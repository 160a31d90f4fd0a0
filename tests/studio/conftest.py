"""A real browser before a real studio: the system's own chromium, and `trasluz studio` as a process of its own.

Names of pytest-playwright's fixtures (`page`, `context`, `browser`) mean its own, in this folder alone.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Playwright,
    expect,
    sync_playwright,
)
from playwright.sync_api import Page as BrowserPage

from studio.looking import Explore
from trasluz.server.assets import Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # which root, as in a container, cannot have
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
PATIENCE = 30
"""Seconds: two cores, shared by several workers, draw the picture of a whole page by themselves."""

HINTS_READ: Any = {"name": "trasluz.hints", "value": "seen", "domain": "127.0.0.1", "path": "/"}
"""The first steps were read already, whatever the port of the studio."""

expect.set_options(timeout=PATIENCE * 1000)


def lacking(what: str) -> NoReturn:
    """Without what it takes, these tests are left out; but never where the whole is judged."""
    if os.environ.get("CI"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser that the system has; none is ever downloaded."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        lacking(f"no browser ({', '.join(NAMES)}): run sh tools/system-packages.sh as root, or install chromium")
    return {**browser_type_launch_args, "executable_path": found, "args": list(ARGUMENTS)}


# The plugin's own fixtures of these names live as long as the session. Playwright's event loop would then run in this
# thread until the end, and every asyncio.run of a later test fail; so they live as long as a file of these tests.


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="module")
def browser_type(playwright: Playwright, browser_name: str) -> BrowserType:
    return getattr(playwright, browser_name)


@pytest.fixture(scope="module")
def launch_browser(browser_type_launch_args: dict[str, Any], browser_type: BrowserType) -> Callable[..., Browser]:
    return lambda **options: browser_type.launch(**{**browser_type_launch_args, **options})


@pytest.fixture(scope="module")
def browser(launch_browser: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch_browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "en-GB", "viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(PATIENCE * 1000)
    return context


@contextmanager
def running(home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A studio over the bundled models with a workspace: its address, and its process. Ended as by Ctrl-C."""
    if not Page.read().is_built:
        lacking("the page of the studio is not built: run make web")
    told, environment = home.parent / "stderr", {**os.environ, "OMP_NUM_THREADS": "1", "TRASLUZ_WORKSPACE": str(home)}
    command = [sys.executable, "-m", "trasluz", "studio", "--no-browser"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True}
    with (
        told.open("w") as errors,
        subprocess.Popen(command, cwd=home.parent, env=environment, stderr=errors, **pipes) as process,
    ):
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            assert url.startswith("http://127.0.0.1:"), told.read_text()
            yield url, process
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
        finally:
            process.kill()
    assert "Traceback" not in told.read_text()


@pytest.fixture(scope="session")
def studio_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of the studio that all share."""
    return tmp_path_factory.mktemp("studio") / "workspace"


@pytest.fixture(scope="session")
def studio_url(studio_home: Path) -> Iterator[str]:
    """Its address."""
    with running(studio_home) as (url, _):
        yield url


class Watch:
    """What goes wrong in a page without anybody seeing it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.origin = urlsplit(url)[:2]
        self.errors: list[str] = []
        """Of the console, of scripts, and of the content security policy."""
        self.outside: list[str] = []
        """Addresses elsewhere that were asked."""
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error("
            "`CSP: ${e.effectiveDirective} forbids ${e.blockedURI} in ${e.sourceFile}:${e.lineNumber}`))"
        )
        context.on("console", self._told)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", lambda request: self._asked(request.url))
        context.on("page", lambda page: page.on("websocket", lambda line: self._asked(line.url)))

    def was_told(self, told: str) -> None:
        """Something that a test brings about, such as a refusal, which browsers note; it has to be there."""
        found = [text for text in self.errors if told in text]
        assert found, (told, self.errors)
        self.errors = [text for text in self.errors if text not in found]

    def _told(self, message: ConsoleMessage) -> None:
        # Without a graphics card its driver is drawn by the processor, and says that this is slow.
        if message.type in ("error", "warning") and "GL Driver Message" not in message.text:
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, url: str) -> None:
        scheme, host = urlsplit(url)[:2]
        if scheme not in ("data", "blob") and (scheme.replace("ws", "http"), host) != self.origin:
            self.outside.append(url)


@pytest.fixture
def watch(context: BrowserContext, studio_url: str) -> Watch:
    """Ask for it before `page`; look at its lists at the end."""
    return Watch(context, studio_url)


@pytest.fixture
def explore(
    watch: Watch, context: BrowserContext, page: BrowserPage, studio_url: str, studio_home: Path
) -> Iterator[Explore]:
    """A page to open the Explore view in, where nothing may go wrong unseen; the first steps were read already."""
    context.add_cookies([HINTS_READ])
    yield Explore(page, studio_url, studio_home)
    assert watch.errors == [] and watch.outside == []
