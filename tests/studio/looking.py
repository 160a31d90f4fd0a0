"""The Explore view as tests look at it: its pictures as arrays, places of its map on the screen, and what the studio
and the library say of the same."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, final
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import numpy as np
import torch
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import trasluz as tl
from trasluz.lab.results.plane import Plane
from trasluz.spaces.model import LatentModel

MODEL, DATA = "pets-vae", "pets:1500"
"""Drawn and encoded in two seconds: 294 items, which are more than are shown as pictures at once."""
Box = Mapping[str, float]
View = tuple[float, float, float, float]
"""What of a map is on the screen: low x, low y, high x, high y."""
PATIENCE = 20
"""Seconds."""
SLACK = 2
"""Grey levels that two decodings of one latent may differ by: one comes alone, the other among others."""

_PIXELS = """async (shown) => {
  if (shown instanceof HTMLImageElement) await shown.decode()
  const [width, height] = [shown.naturalWidth ?? shown.width, shown.naturalHeight ?? shown.height]
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  canvas.getContext('2d').drawImage(shown, 0, 0)
  return canvas.toDataURL('image/png').split(',')[1]
}"""


@cache
def model(name: str = MODEL) -> LatentModel:
    return tl.open(name, device="cpu")


@cache
def plane(home: Path, name: str = MODEL, data: str | None = DATA) -> Plane:
    """The map that the studio shows, made beside it in the same workspace."""
    return tl.map(model(name), data=data, workspace=home)


def decoded(home: Path, *points: Any, name: str = MODEL, data: str | None = DATA) -> list[np.ndarray]:
    """What `tl.decode` gives of points, as pictures."""
    return [picture(item) for item in tl.decode(model(name), list(points), data=data, workspace=home).items]


def picture(item: Any) -> np.ndarray:
    """An item `(C, H, W)` in [0, 1] as `(H, W, 3)` grey levels."""
    levels = np.rint(np.asarray(item) * 255).clip(0, 255).astype(int).transpose(1, 2, 0)
    return levels if levels.shape[2] == 3 else levels.repeat(3, axis=2)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two pictures are of one latent."""
    return one.shape == other.shape and int(np.abs(one - other).max()) <= SLACK


def opened(data: bytes) -> np.ndarray:
    """A picture file as `(H, W, 3)` grey levels."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def pixels(shown: Locator) -> np.ndarray:
    """What an image or a canvas shows, pixel by pixel, as `(H, W, 3)`; what is clear is black."""
    import base64

    return opened(base64.b64decode(shown.evaluate(_PIXELS)))


def number_in(text: str | None) -> float:
    """The first number of a text."""
    found = re.search(r"[-−]?\d[\d,]*(\.\d+)?", text or "")
    assert found, text
    return float(found[0].replace(",", "").replace("−", "-"))


def soon(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold that no element of the page says, such as what a canvas shows."""
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            return False
    return True


def wide(view: Sequence[float], factor: float) -> View:
    """A rectangle of the map with room around it."""
    (x, y), (w, h) = ((view[i] + view[i + 2]) / 2 for i in (0, 1)), (view[i + 2] - view[i] for i in (0, 1))
    return x - w * factor / 2, y - h * factor / 2, x + w * factor / 2, y + h * factor / 2


@final
class Studio:
    """What a studio answers without its page."""

    def __init__(self, url: str) -> None:
        self.url = url

    def bytes_(self, path: str, **asked: Any) -> bytes:
        body = json.dumps(asked).encode() if asked else None
        with urlopen(Request(f"{self.url}api/{path}", body, {"Content-Type": "application/json"})) as answer:
            return answer.read()

    def __call__(self, path: str, **asked: Any) -> Any:
        """The answer to a question, or with arguments to a request."""
        return json.loads(self.bytes_(path, **asked))

    def open(self, name: str = MODEL, data: str | None = DATA) -> dict[str, Any]:
        """The map that the page shows too."""
        answer = self("maps", model=name, data=data, method=None if data is None else "pca")
        job = answer["job"]
        while job["state"] in ("waiting", "running"):
            job = self(f"jobs/{job['id']}?after={job['version']}&wait=10")
        return answer["map"] or job["result"]


@final
class Explore:
    """A page with the Explore view, and who looks at it."""

    def __init__(self, page: Page, url: str, home: Path) -> None:
        self.page, self.url, self.home = page, url, home
        self.studio = Studio(url)
        self.stage = page.get_by_role("application")
        self.live = page.get_by_test_id("live")
        self.legend = page.get_by_role("region", name="Colours and filters")
        self.lens = page.get_by_role("tabpanel", name="Lens")
        self.shown = page.get_by_test_id("lens")
        self.directions = page.get_by_role("tabpanel", name="Directions")
        self.path = page.get_by_role("region", name="Path", exact=True)
        self.pins = page.get_by_role("list", name="Pins, in the order of the path")
        self.strip = page.get_by_role("slider", name="Frames of the path", exact=True)

    def open(self, name: str = MODEL, data: str | None = DATA, **query: Any) -> None:
        """Open a model's map, as a link does; of data, by principal components where nothing else is said, so that it
        stays as it is."""
        given = {"data": data, **({} if data is None else {"map": "pca"}), **query}
        if "view" in query:
            given["view"] = ",".join(map(str, query["view"]))
        text = urlencode({key: str(value) for key, value in given.items() if value is not None})
        self.page.goto(f"{self.url}#/explore/{name}?{text}")
        expect(self.stage).to_have_attribute("data-ready", "true")

    # What lies where --------------------------------------------------------------------------------------------------

    @property
    def query(self) -> dict[str, str]:
        """What the address of the page says of the view."""
        return _query_of(self.page.url)

    def wait_for(self, **wanted: str) -> None:
        """Wait until the address says so."""
        self.page.wait_for_url(lambda url: all(_query_of(url).get(name, "") == value for name, value in wanted.items()))

    def view(self, before: View | None = None) -> View:
        """What of the map is on the screen, once it has come to rest; with `before`, what it has become since."""
        box = self.box()
        seen: list[View] = []

        def rests(url: str) -> bool:
            view = _view(url)
            if view is None or view == before:
                return False
            ratio = (view[2] - view[0]) / (view[3] - view[1])
            seen.append(view)
            return abs(ratio * box["height"] / box["width"] - 1) < 2e-3

        for _ in range(100):
            self.page.wait_for_url(rests)
            # For a moment an address may say what was shown before.
            told = [float(one) for one in (self.stage.get_attribute("data-bounds") or "").split(",") if one]
            if all(abs(a - b) < 2e-3 * (told[2] - told[0]) for a, b in zip(seen[-1], told, strict=True)):
                break
            self.page.wait_for_timeout(100)
        return seen[-1]

    def box(self) -> Box:
        """Where the map is in the window."""
        box = self.stage.bounding_box()
        assert box is not None
        return _box(box)

    def screen(self, x: float, y: float, view: View | None = None, box: Box | None = None) -> tuple[float, float]:
        """Where in the window a place of the map is."""
        low_x, low_y, high_x, high_y = view or self.view()
        box = box or self.box()
        across, up = (x - low_x) / (high_x - low_x), (y - low_y) / (high_y - low_y)
        return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]

    def place(self, px: float, py: float, view: View | None = None, box: Box | None = None) -> tuple[float, float]:
        """What place of the map is there in the window."""
        low_x, low_y, high_x, high_y = view or self.view()
        box = box or self.box()
        across, down = (px - box["x"]) / box["width"], (py - box["y"]) / box["height"]
        return low_x + across * (high_x - low_x), high_y - down * (high_y - low_y)

    def free(self, room: float = 8) -> Callable[[float, float], bool]:
        """Tells of places in the window whether they are on the map and nothing lies over them."""
        box = self.box()
        tools = self.page.get_by_role("toolbar", name="Map tools")
        over = [_box(found) for found in (self.legend.bounding_box(), tools.bounding_box()) if found is not None]
        return lambda px, py: _within(box, px, py, -room) and not any(_within(one, px, py, room) for one in over)

    def shot(self) -> np.ndarray:
        """The map as it is on the screen, `(H, W, 3)`."""
        return opened(self.stage.screenshot())

    # What is done -----------------------------------------------------------------------------------------------------

    def hover(self, x: float, y: float) -> tuple[float, float]:
        """Point at a place of the map, and wait until it is decoded; the place as it was met by whole pixels."""
        view = self.view()
        px, py = (round(value) for value in self.screen(x, y, view))
        before = self.live.get_attribute("data-seq") or "0"
        self.page.mouse.move(px, py)
        expect(self.live).not_to_have_attribute("data-seq", before)
        expect(self.live).to_be_visible()
        return self.place(px, py, view)

    def click(self, x: float, y: float) -> None:
        """Keep a place of the map under the lens."""
        self.page.mouse.click(*self.screen(x, y))

    def pin(self, x: float, y: float) -> None:
        """Pin a place of the map."""
        self.page.mouse.dblclick(*self.screen(x, y))

    def reproduced(self, part: str) -> tuple[str, str]:
        """Command and Python code that the page gives for a part of it."""
        self.page.get_by_role("button", name="Reproduce").click()
        dialog = self.page.get_by_role("dialog", name="Reproduce")
        section = dialog.locator("section").filter(has=self.page.get_by_role("heading", name=part))
        texts = []
        for form in ("Command line", "Python"):
            dialog.get_by_role("button", name=form).click()
            texts.append(section.locator("code").text_content() or "")
        dialog.get_by_role("button", name="Close").click()
        return texts[0], texts[1]


def around(drawn: Plane, factor: float = 1.4) -> View:
    """All of a map, with room around it."""
    low, high = drawn.xy.min(0).values.tolist(), drawn.xy.max(0).values.tolist()
    return wide((*low, *high), factor)


def alone(explore: Explore, drawn: Plane, rows: Sequence[int], room: float = 12) -> list[tuple[int, int, int]]:
    """Rows that lie free on the screen and apart from all others, with where that is on the stage."""
    view, box, free = explore.view(), explore.box(), explore.free()
    at = np.array([explore.screen(x, y, view, box) for x, y in drawn.xy.tolist()])
    apart = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    found = [row for row in rows if apart[row].min() > room and free(*at[row])]
    return [(row, round(at[row][0] - box["x"]), round(at[row][1] - box["y"])) for row in found]


def far_off(explore: Explore, drawn: Plane) -> tuple[float, float]:
    """A free place of the screen that lies as far from all items as can be."""
    view, box, free = explore.view(), explore.box(), explore.free(20)
    grid = [(box["x"] + px, box["y"] + py) for px in range(20, 860, 40) for py in range(20, 480, 40)]
    places = [explore.place(px, py, view, box) for px, py in grid if free(px, py)]
    return places[int(torch.cdist(torch.tensor(places), drawn.xy).amin(1).argmax())]


def _query_of(url: str) -> dict[str, str]:
    text = urlsplit(url).fragment.partition("?")[2]
    return {name: values[0] for name, values in parse_qs(text).items()}


def _view(url: str) -> View | None:
    numbers = [float(part) for part in _query_of(url).get("view", "").split(",") if part]
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == 4 else None


def _box(found: Any) -> Box:
    return {name: float(found[name]) for name in ("x", "y", "width", "height")}


def _within(box: Box, px: float, py: float, room: float) -> bool:
    """Whether a place is inside a box that is larger by so much on every side."""
    across, down = px - box["x"], py - box["y"]
    return -room < across < box["width"] + room and -room < down < box["height"] + room
