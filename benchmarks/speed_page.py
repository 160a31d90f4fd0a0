"""The studio's page in a browser: frames of the map with 100,000 and 1,000,000 points beside regl-scatterplot alone,
from a hover and a click to the picture on the screen, and how soon there is something to see.

The browser is Debian's Chromium without a screen, its WebGL drawn by the processor: frames are slow, alike for both.
Nothing limits its rate of frames where frames are timed.
"""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks._common import Bar, Bench, Report
from benchmarks._studio import MODEL, studio

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-background-networking", "--no-first-run"]
UNLIMITED = ["--disable-frame-rate-limit", "--disable-gpu-vsync"]
WEB = Path(__file__).parents[1] / "tools" / "web.py"
SIZE = {"width": 1280, "height": 800}
FRAME, PICTURE, SIGHT = 1.2, 50.0, 1000.0
REST = 150
"""Milliseconds that the cursor rests on a place before it is pressed: nobody points and presses sooner."""

HOVER = """([x, y]) => new Promise((resolve) => {
  const [stage, live] = [document.querySelector('.stage[data-ready]'), document.querySelector('[data-testid=live]')]
  const start = performance.now()
  const watch = new MutationObserver(() => requestAnimationFrame(() => {
    watch.disconnect()
    resolve(performance.now() - start)
  }))
  watch.observe(live, { attributeFilter: ['data-seq'] })
  const where = { clientX: x, clientY: y, bubbles: true, pointerType: 'mouse', pointerId: 1 }
  stage.dispatchEvent(new PointerEvent('pointermove', where))
})"""
CLICK = """([x, y]) => new Promise((resolve) => {
  const stage = document.querySelector('.stage[data-ready]')
  const where = { clientX: x, clientY: y, bubbles: true, pointerType: 'mouse', pointerId: 1, button: 0 }
  const start = performance.now()
  const watch = new MutationObserver((changes) => {
    const shown = changes.some(({ target, addedNodes }) =>
      target instanceof HTMLImageElement || [...addedNodes].some((one) => one.querySelector?.('figure img')))
    if (shown) requestAnimationFrame(() => {
      watch.disconnect()
      resolve(performance.now() - start)
    })
  })
  const lens = document.querySelector('[role=tabpanel]')
  watch.observe(lens, { subtree: true, childList: true, attributeFilter: ['src'] })
  stage.dispatchEvent(new PointerEvent('pointerdown', where))
  stage.dispatchEvent(new PointerEvent('pointerup', where))
})"""
SEEN = """() => new Promise((resolve) => {
  const look = () => {
    const shown = [...document.images].filter((one) => one.complete && one.naturalWidth > 0)
    if (shown.length === 0) return requestAnimationFrame(look)
    const [paint] = performance.getEntriesByName('first-contentful-paint')
    requestAnimationFrame(() => resolve([paint?.startTime ?? performance.now(), performance.now()]))
  }
  look()
})"""


def run(bench: Bench) -> Report:
    """Measure all of it."""
    with sync_playwright() as playwright:

        @contextmanager
        def browser(*more: str) -> Iterator[Browser]:
            found = next(filter(None, map(shutil.which, NAMES)), None)
            made = playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS, *more])
            try:
                yield made
            finally:
                made.close()

        with browser(*UNLIMITED) as fast:
            frames = _frames(bench, fast)
        with browser() as usual:
            sight = _sight(bench, usual)
            pictures = _pictures(bench, usual)
    bars = [
        *(Bar(f"{n} points: a frame / regl-scatterplot alone", row["ratio"], "<=", FRAME) for n, row in frames.items()),
        Bar("hover to picture, p95 ms", pictures["hover"]["p95"], "<", PICTURE),
        Bar("click to picture, p95 ms", pictures["click"]["p95"], "<", PICTURE),
        Bar("first picture of the gallery after the server is ready, ms", sight["picture_ms"], "<", SIGHT),
    ]
    table = [
        ["frame, median ms", "the map", "alone", "ratio"],
        *([f"{n} points", f"{r['ours']:.1f}", f"{r['bare']:.1f}", f"{r['ratio']:.2f}"] for n, r in frames.items()),
        [],
        ["ms", "p50", "p95"],
        *([f"{name} to picture", f"{row['p50']:.1f}", f"{row['p95']:.1f}"] for name, row in pictures.items()),
        [],
        ["first paint, first picture", f"{sight['paint_ms']:.0f} ms", f"{sight['picture_ms']:.0f} ms"],
    ]
    return Report({"frames": frames, "pictures": pictures, "sight": sight}, table, bars)


def _frames(bench: Bench, browser: Browser) -> dict[str, dict[str, float]]:
    """Median milliseconds of a frame, by the number of points."""
    counts, rounds = bench.pick({100_000: 40, 1_000_000: 12}, {2_000: 4}), bench.pick(6, 1)
    out: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, str(WEB), "bench", "--outDir", folder]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
        with _served(Path(folder)) as url:
            for n, frames in counts.items():
                page = browser.new_page(viewport={"width": 1000, "height": 640})
                page.goto(url)
                page.wait_for_function("window.frames_of !== undefined")
                found = page.evaluate(
                    "([n, frames, rounds]) => window.frames_of(n, frames, rounds)", [n, frames, rounds]
                )
                ours, bare = (float(np.median(found[name])) for name in ("ours", "bare"))
                out[f"{n:,}"] = {"ours": ours, "bare": bare, "ratio": ours / bare}
                page.close()
    return out


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The address of a folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _sight(bench: Bench, browser: Browser) -> dict[str, float]:
    """Milliseconds from the first request of a page to a server that has just become ready, and to a browser that has
    nothing of it, to the first paint and to the first picture of a model; the slowest of several."""
    seen: list[list[float]] = []
    for _ in range(bench.pick(5, 1)):
        with studio(str(bench.workspace.root)) as served:
            page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
            page.goto(served.url, wait_until="commit")
            seen.append(page.evaluate(SEEN))
            page.close()
    paint, picture = (max(values) for values in zip(*seen, strict=True))
    return {"paint_ms": paint, "picture_ms": picture}


def _pictures(bench: Bench, browser: Browser) -> dict[str, dict[str, float]]:
    """Milliseconds from an event on the map to the frame that shows what is decoded there."""
    data, times = bench.pick("faces:5000", "faces:200"), bench.pick(120, 5)
    with studio(str(bench.workspace.root)) as served:
        served.map(data)
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.context.add_cookies([{"name": "trasluz.hints", "value": "seen", "domain": "127.0.0.1", "path": "/"}])
        page.goto(f"{served.url}#/explore/{MODEL}?data={data}")
        page.wait_for_selector(".stage[data-ready=true]", timeout=120_000)
        spots = _spots(page, times + 10)
        page.mouse.move(*spots[0])
        page.wait_for_selector("[data-testid=live]")
        took: dict[str, list[float]] = {"hover": [], "click": []}
        for spot in spots:
            page.wait_for_timeout(40)
            took["hover"].append(page.evaluate(HOVER, list(spot)))
            page.wait_for_timeout(REST)
            took["click"].append(page.evaluate(CLICK, list(spot)))
        page.close()
    return {name: {f"p{p}": float(np.percentile(v[10:], p)) for p in (50, 95)} for name, v in took.items()}


def _spots(page: Page, n: int) -> list[tuple[float, float]]:
    """Places of the map on the screen, on the data and off them, always the same."""
    box = page.locator(".stage[data-ready]").bounding_box()
    assert box is not None
    places = np.random.default_rng(0).uniform((0.35, 0.15), (0.9, 0.85), (n, 2))
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places.tolist()]
