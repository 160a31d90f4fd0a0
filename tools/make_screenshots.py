"""Take the pictures of the studio that the documents show: `python tools/make_screenshots.py`, with the page built; and
a film of the first seconds with it (`python tools/make_screenshots.py film`).

They are the product itself: a studio over the bundled models, in Chromium, in a workspace that is thrown away.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = {"width": 1280, "height": 800}
ARGUMENTS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-background-networking"]
PATH = "?pins=test:3~test:9~test:21&at=test:21&path=spherical,24"


@contextmanager
def studio(folder: Path) -> Iterator[str]:
    """A studio's address."""
    line = [sys.executable, "-m", "trasluz", "studio", "--no-browser", "--workspace", str(folder)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env={**os.environ, "CI": "1"}) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def opened(browser: Browser, theme: str) -> Page:
    """A page of somebody who has read the hints."""
    context = browser.new_context(viewport=SIZE, locale="en-GB", color_scheme=theme)  # type: ignore[arg-type]
    context.add_cookies([{"name": "trasluz.hints", "value": "seen", "domain": "127.0.0.1", "path": "/"}])
    return context.new_page()


def explored(page: Page) -> None:
    """A path through three faces, and the cursor at a place where no face lies."""
    page.wait_for_selector(".stage[data-ready=true]", timeout=180_000)
    page.reload()  # without the message that the map has been made
    page.wait_for_selector(".stage[data-ready=true]")
    page.get_by_text("12/s").wait_for(timeout=60_000)
    stage = page.locator(".stage[data-ready]").bounding_box()
    assert stage is not None
    x, y = stage["x"] + 0.2 * stage["width"], stage["y"] + 0.85 * stage["height"]
    for step in range(8):
        page.mouse.move(x - 24 + 3 * step, y)
    page.wait_for_selector("[data-testid=live]:not([data-seq='0'])")
    page.wait_for_timeout(1500)


def sheeted(page: Page) -> None:
    """The sheet of decoded pictures under the points."""
    page.wait_for_selector(".stage[data-ready=true]", timeout=180_000)
    page.wait_for_timeout(6000)


def listed(page: Page) -> None:
    """The gallery with its pictures."""
    page.get_by_text("faces-gan").first.wait_for()
    page.wait_for_timeout(1500)


SHOTS: dict[str, tuple[str, str, Callable[[Page], None]]] = {
    "studio-explore": ("dark", f"#/explore/faces-vae{PATH}", explored),
    "studio-sheet": ("light", "#/explore/pets-vae?sheet=1&size=3", sheeted),
    "studio-gallery": ("light", "#/", listed),
}


FILM, TALL, COLOURS, FRAME = "first-seconds", 420, 256, 100
"""The film's name, its height in pixels, its colours, and milliseconds that a frame of it is shown."""


@final
class Film:
    """What a page shows, frame by frame, while something is done on it."""

    def __init__(self, page: Page) -> None:
        self.page, self._frames = page, list[Image.Image]()

    def shoot(self, frames: int, act: Callable[[float], None] = lambda share: None) -> None:
        """Some frames; `act` is done before each, with the share that is done."""
        for i in range(frames):
            act((i + 1) / frames)
            whole = Image.open(io.BytesIO(self.page.screenshot(type="jpeg", quality=92))).convert("RGB")
            size = round(TALL * whole.width / whole.height), TALL
            self._frames.append(whole.resize(size, Image.Resampling.LANCZOS))

    def along(self, frames: int, *places: tuple[float, float]) -> None:
        """The cursor, from the first place to the last through all between, as shares of the page."""
        width, height = SIZE["width"], SIZE["height"]

        def move(share: float) -> None:
            at = share * (len(places) - 1)
            i = min(int(at), len(places) - 2)
            (x0, y0), (x1, y1) = places[i], places[i + 1]
            self.page.mouse.move(width * (x0 + (at - i) * (x1 - x0)), height * (y0 + (at - i) * (y1 - y0)))

        self.shoot(frames, move)

    def save(self, path: Path) -> None:
        """As a GIF: one palette for all of it, and of each frame only what has changed."""
        some = self._frames[::8]
        width, height = some[0].size
        sheet = Image.new("RGB", (width, height * len(some)))
        for i, one in enumerate(some):
            sheet.paste(one, (0, height * i))
        palette = sheet.quantize(COLOURS)
        drawn = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self._frames]
        drawn[0].save(path, save_all=True, append_images=drawn[1:], duration=FRAME, loop=0, optimize=True)
        print(f"{path.name}: {path.stat().st_size:,} bytes, {len(drawn)} frames")  # noqa: T201


def filmed(page: Page) -> Film:
    """The first seconds: a map that moves by itself; a click; faces under the cursor; two pins and the way between."""
    film = Film(page)
    page.wait_for_selector("[data-testid=moving][data-walk=walking]", timeout=60_000)
    page.wait_for_timeout(2500)
    film.shoot(24)
    page.get_by_test_id("moving").get_by_role("link").first.click()
    film.shoot(3)
    page.wait_for_selector(".stage[data-ready=true]", timeout=60_000)
    film.shoot(6)
    film.along(30, (0.12, 0.55), (0.2, 0.66), (0.1, 0.62), (0.15, 0.38), (0.22, 0.36))
    page.keyboard.press("p")
    film.along(16, (0.22, 0.36), (0.35, 0.42), (0.45, 0.45))
    page.keyboard.press("p")
    film.shoot(16)
    return film


def main() -> int:
    """Take them all, or the film."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, studio(Path(folder) / "workspace") as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        if sys.argv[1:] == ["film"]:
            page = opened(browser, "dark")
            page.goto(url)
            filmed(page).save(PICTURES / f"{FILM}.gif")
            return 0
        for name, (theme, address, act) in SHOTS.items():
            page = opened(browser, theme)
            page.goto(url + address)
            act(page)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            path = PICTURES / f"{name}.png"
            picture.save(path, optimize=True)
            print(f"{path.name}: {path.stat().st_size:,} bytes")  # noqa: T201
            page.context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
