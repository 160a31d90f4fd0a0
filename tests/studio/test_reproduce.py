"""Reproduce: what the page says to type into a terminal, or into Python, is done, and gives what the page shows."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from studio.looking import DATA, MODEL, Explore, opened, picture, pixels, plane, same, soon
from trasluz.lab.drawing.pictures import grid

PINS = "test:3~xy:1.5,-2"


@pytest.fixture
def typed(studio_home: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Does a command in a shell's stead, in a folder of its own; gives the file that it names."""

    def run(command: str) -> Path:
        program, *words = shlex.split(command)
        assert program == "trasluz"
        environment = {**os.environ, "TRASLUZ_WORKSPACE": str(studio_home), "OMP_NUM_THREADS": "1"}
        line = [sys.executable, "-m", "trasluz", *words]
        done = subprocess.run(
            line, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return tmp_path / words[words.index("--out") + 1]

    return run


@pytest.fixture
def done(studio_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Does Python code in the same workspace; gives what its last line makes."""

    def run(code: str) -> Any:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TRASLUZ_WORKSPACE", str(studio_home))
        names: dict[str, Any] = {}
        exec(code, names)
        return names[code.splitlines()[-1].partition(" = ")[0]]

    return run


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return dict(file)


def as_arrays(command: str) -> str:
    """A command that writes numbers, of which pictures can be told apart, in place of a sheet of pictures."""
    head, _, name = command.rpartition(" --out ")
    return f"{head} --out {Path(name).stem}.npz"


def test_the_map(explore: Explore, typed: Callable[[str], Path], done: Callable[[str], Any]) -> None:
    explore.open()
    command, code = explore.reproduced("This map")
    drawn = plane(explore.home)
    assert command == f"trasluz map {MODEL} --color {drawn.color} --data {DATA} --out plane.png"
    shown = drawn.xy.numpy()
    np.testing.assert_allclose(done(code).xy.numpy(), shown, atol=1e-4)
    with Image.open(typed(command)) as file:
        assert file.format == "PNG" and min(file.size) > 300
    # In the page each point lies where that map has it.
    data = explore.studio.bytes_(f"maps/{explore.studio.open()['id']}/points")
    np.testing.assert_allclose(np.frombuffer(data[16:], "<f4").reshape(-1, 2), shown, atol=1e-4)


def test_what_the_lens_shows(explore: Explore, typed: Callable[[str], Path], done: Callable[[str], Any]) -> None:
    explore.open(at="xy:1.5,-2")
    place = pixels(explore.lens.get_by_alt_text("What the model makes of 1.5, -2"))
    command, code = explore.reproduced("What the lens shows")
    assert command == f"trasluz decode {MODEL} map:1.5,-2.0 --data {DATA} --out decoded.png"
    assert same(picture(done(code).items[0]), place)

    explore.open(at="test:3", move="d7:2.5~d11:-1")
    shown = explore.lens.get_by_alt_text("test:3, moved by the sliders")
    assert soon(lambda: shown.count() == 1)
    command, code = explore.reproduced("What the lens shows")
    assert same(picture(arrays(typed(as_arrays(command)))["items"][0]), pixels(shown))
    assert same(picture(done(code).items[0]), pixels(shown))

    # What has no name can be said by neither, until it is kept.
    explore.lens.get_by_role("button", name="Pin the result").click()
    expect(explore.lens.get_by_role("heading", name="test:3 + dim 7")).to_be_visible()
    explore.page.get_by_role("button", name="Reproduce").click()
    dialog = explore.page.get_by_role("dialog", name="Reproduce")
    expect(dialog).to_contain_text("A latent without a name: save it as a point to name it")
    explore.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_the_path(explore: Explore, typed: Callable[[str], Path], done: Callable[[str], Any]) -> None:
    explore.page.emulate_media(reduced_motion="reduce")
    explore.open(pins=PINS, path="spherical,9,loop")
    expect(explore.strip).to_have_attribute("aria-valuemax", "9")
    command, code = explore.reproduced("The path")
    assert command.startswith(f"trasluz interpolate {MODEL} test:3 map:1.5,-2.0 ")
    with explore.page.expect_download() as download:
        explore.path.get_by_role("button", name="Save the strip of all frames as PNG").click()
    strip = opened(download.value.path().read_bytes())
    assert same(opened(typed(command).read_bytes()), strip)
    path = done(code)
    assert len(path) == 9 and path.loop
    buffer = io.BytesIO()
    path.image().save(buffer, "PNG")
    assert same(opened(buffer.getvalue()), strip)


def test_a_picture_of_one_s_own(
    explore: Explore, typed: Callable[[str], Path], done: Callable[[str], Any], tmp_path: Path
) -> None:
    mine = tmp_path / "my cat.png"
    Image.fromarray(plane(explore.home).atlas.thumbnails([8])[0].transpose(1, 2, 0)).save(mine)
    explore.open()
    with explore.page.expect_file_chooser() as chooser:
        explore.lens.get_by_role("button", name="Place your own picture…").click()
    chooser.value.set_files(mine)
    rebuilt = explore.lens.get_by_alt_text("What the model makes of my cat.png")
    expect(rebuilt).to_be_visible()
    command, code = explore.reproduced("What the lens shows")
    # The file lies beside whoever types this.
    assert same(picture(arrays(typed(as_arrays(command)))["items"][0]), pixels(rebuilt))
    assert same(picture(done(code).fit.items[0]), pixels(rebuilt))


def test_a_direction_of_examples(explore: Explore, done: Callable[[str], Any]) -> None:
    """Found by the API as the page finds it, but unmeasured: a moment in place of half a minute."""
    id = explore.studio.open()["id"]
    asked = {"these": [0, 1, 2, 3, 4, 5], "those": [10, 11, 12, 13, 14, 15], "measured": False, "keep": False}
    job = explore.studio("directions/find", map=id, count=1, **asked)
    while job["state"] in ("waiting", "running"):
        job = explore.studio(f"jobs/{job['id']}?after={job['version']}&wait=10")
    body = {"job": job["id"], "which": 0, "name": "by-hand"}
    assert explore.studio("directions/keep", **body)["name"] == "by-hand"
    [found] = done(job["result"]["reproduce"]["code"])
    explore.open(at="test:20", move="by-hand:1.5")
    shown = explore.lens.get_by_alt_text("test:20, moved by the sliders")
    assert soon(lambda: shown.count() == 1)
    command, code = explore.reproduced("What the lens shows")
    assert "by-hand=1.5" in command
    edited = done(code)
    assert same(picture(edited.items[0]), pixels(shown))
    assert found.method == "examples"


def test_the_samples_of_a_card(explore: Explore, typed: Callable[[str], Path], done: Callable[[str], Any]) -> None:
    explore.page.goto(explore.url)
    explore.page.get_by_role("button", name=f"Card of {MODEL}").click()
    dialog = explore.page.get_by_role("dialog", name=MODEL)
    texts: list[str] = []
    for form in ("Command line", "Python"):
        dialog.get_by_role("button", name=form).click()
        texts.append(dialog.locator("section section code").text_content() or "")
    shown = opened(explore.studio.bytes_(f"models/{MODEL}/picture"))
    for items in (arrays(typed(as_arrays(texts[0])))["items"], done(texts[1]).items):
        assert same(np.asarray(grid(torch.as_tensor(items), columns=8).convert("RGB")).astype(int), shown)
