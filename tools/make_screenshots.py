"""Take the pictures of the studio that the documents show: `python tools/make_screenshots.py`, with the page built.

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

from PIL import Image
from playwright.sync_api import Page, sync_playwright

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


def main() -> int:
    """Take them all."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, studio(Path(folder) / "workspace") as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name, (theme, address, act) in SHOTS.items():
            context = browser.new_context(viewport=SIZE, locale="en-GB", color_scheme=theme)  # type: ignore[arg-type]
            context.add_cookies([{"name": "trasluz.hints", "value": "seen", "domain": "127.0.0.1", "path": "/"}])
            page = context.new_page()
            page.goto(url + address)
            act(page)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            path = PICTURES / f"{name}.png"
            picture.save(path, optimize=True)
            print(f"{path.name}: {path.stat().st_size:,} bytes")  # noqa: T201
            context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
