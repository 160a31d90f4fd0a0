"""The gallery: one file with everything inside, in which nothing from the data is more than text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

import trasluz as tl
from trasluz.io.workspace import Workspace
from trasluz.reporting.gallery import write_gallery

QUICK = {"batch": 16, "compute": "float32", "prior_steps": 5, "widths": [4, 8], "latent": 4}
NASTY = "<script>alert(1)</script>"


class Reader(HTMLParser):
    """Collects tags and what they point to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "action")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("gallery")
    draw = np.random.default_rng(0)
    for label in ("<b>cats", "dogs & co"):
        (place / "photos" / label).mkdir(parents=True)
        for i in range(15):
            pixels = draw.integers(0, 255, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(place / "photos" / label / f"{i}{NASTY[:8]}.png")
    workspace = Workspace(place / "ws")
    for name, data in (("regions", str(place / "photos")), ("samples", "faces:60")):
        settings = {**QUICK, "size": 28}
        how = {"preset": "tiny", "settings": settings, "steps": 2, "force": True, "device": "cpu"}
        tl.train("vae", data, name=name, workspace=workspace, **how)  # type: ignore[arg-type]
    path = write_gallery(
        place / "page.html", "regions", "samples", color="label", ends=("test:0", "test:1"), workspace=workspace
    )
    assert path == place / "page.html"
    return path.read_text(encoding="utf-8")


def read(gallery: str) -> Reader:
    reader = Reader()
    reader.feed(gallery)
    return reader


def test_everything_is_inside(gallery: str) -> None:
    reader = read(gallery)
    assert reader.tags.count("img") >= 7
    assert all(t.startswith(("data:image/", "#")) for t in reader.targets), reader.targets
    assert "script" not in reader.tags
    assert "default-src 'none'" in gallery


def test_what_comes_from_the_data_is_text(gallery: str) -> None:
    assert "&lt;b&gt;cats" in gallery and "<b>cats" not in gallery.replace("&lt;b&gt;", "")
    assert "b" not in read(gallery).tags


def test_each_figure_says_how_it_was_made(gallery: str) -> None:
    text = " ".join(read(gallery).words)
    for verb in ("map", "sample", "interpolate", "traverse"):
        assert re.search(rf"trasluz {verb} \w+", text), verb
        assert f"tl.{verb}(" in text
    assert "told right by their nearest neighbours" in text


def test_every_picture_has_an_alternative_in_words(gallery: str) -> None:
    assert all(re.search(r'alt="[^"]{20,}"', tag) for tag in re.findall(r"<img [^>]*>", gallery))
