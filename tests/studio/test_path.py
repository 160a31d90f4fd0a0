"""The path: from pin to pin in frames, by other rules, played and scrubbed, closed, saved as pictures and films."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import trasluz as tl
from studio.looking import DATA, Explore, decoded, model, number_in, opened, picture, pixels, same, soon
from trasluz.lab.results.paths import LatentPath

PINS = ("test:3", "test:9")
FRAMES = 12


@pytest.fixture(autouse=True)
def still(explore: Explore) -> Iterator[None]:
    """Nothing plays by itself."""
    explore.page.emulate_media(reduced_motion="reduce")
    yield


def path_of(home: Path, *points: str, rule: str = "linear", loop: bool = False, frames: int = FRAMES) -> LatentPath:
    """What `tl.interpolate` gives."""
    found = tl.interpolate(model(), *points, rule=rule, frames=frames, loop=loop, data=DATA, workspace=home)
    assert isinstance(found, LatentPath)
    return found


def figures(explore: Explore) -> dict[str, str]:
    """What the page says of the quality of the path."""
    terms = explore.path.locator("dl[aria-label='Quality of the path'] > div")
    return {str(one.locator("dt").text_content()): str(one.locator("dd").text_content()) for one in terms.all()}


def test_two_pins_and_the_frames_between_them(explore: Explore, studio_home: Path) -> None:
    explore.open(pins="~".join(PINS), path=f"linear,{FRAMES}")
    expect(explore.strip).to_have_attribute("aria-valuemax", str(FRAMES))
    path = path_of(studio_home, *PINS)
    viewer = explore.path.get_by_role("button", name="Show this frame in the lens")
    explore.strip.focus()
    for key, frame in (("Home", 0), ("ArrowRight", 1), ("PageDown", FRAMES - 1), ("ArrowLeft", FRAMES - 2)):
        explore.strip.press(key)
        expect(explore.strip).to_have_attribute("aria-valuenow", str(frame + 1))
        assert same(pixels(viewer.locator("canvas")), picture(path.items[frame]))
    assert same(picture(path.items[0]), decoded(studio_home, PINS[0])[0])  # it begins at the pin itself

    # On the strip all frames lie side by side.
    strip = pixels(explore.strip.locator("canvas"))
    across = strip.shape[1] / FRAMES
    for frame in (0, 5, FRAMES - 1):
        cell = strip[:, round(frame * across) : round((frame + 1) * across)]
        small = Image.fromarray(picture(path.items[frame]).astype(np.uint8)).resize(cell.shape[1::-1])
        assert np.abs(cell - np.asarray(small)).mean() < 6

    told = figures(explore)
    f = path.figures
    assert told["Length"] == f"×{f.detour:.2f}" == "×1.00"
    assert told["Change"] == f"×{f.decoded_detour:.2f}"
    assert told["Largest step"] == f"×{f.pace:.2f}"
    assert number_in(told["Turning"]) == pytest.approx(f.turning, abs=0.6)

    # Another number of frames is another path.
    explore.path.get_by_label("Frames", exact=True).fill("8")
    expect(explore.strip).to_have_attribute("aria-valuemax", "8")
    explore.wait_for(path="linear,8")
    explore.path.get_by_role("button", name="Remove pin B").click()
    expect(explore.strip).to_have_count(0)


def test_another_rule_goes_another_way(explore: Explore, studio_home: Path) -> None:
    explore.open(pins="~".join((*PINS, "test:21")), path=f"linear,{FRAMES}")
    expect(explore.strip).to_have_attribute("aria-valuemax", str(FRAMES))
    rule = explore.path.get_by_role("combobox", name="Rule")
    for name in ("spherical", "spline"):
        rule.select_option(name)
        path = path_of(studio_home, *PINS, "test:21", rule=name)
        expect(explore.path.locator("dd").first).to_have_text(f"×{path.figures.detour:.2f}")
        explore.strip.press("Home")
        for _ in range(3):
            explore.strip.press("ArrowRight")
        assert same(pixels(explore.path.locator("canvas").first), picture(path.items[3]))
    assert (path.figures.detour or 0) > 1.001

    # A rule that takes its time is asked for by a button; the pins stand in the strip where the library has them.
    rule.select_option("density")
    expect(explore.path.get_by_text("Along the data takes a few seconds to find a path.")).to_be_visible()
    explore.path.get_by_role("button", name="Find the path").click()
    expect(explore.strip).to_be_visible()
    path = path_of(studio_home, *PINS, "test:21", rule="density")
    stations = list(path.stations)
    explore.strip.press("Home")
    explore.strip.press("PageDown")
    expect(explore.strip).to_have_attribute("aria-valuenow", str(stations[1] + 1))
    assert figures(explore)["Length"] == f"×{path.figures.detour:.2f}"

    # Side by side, each quick rule has a row with its figures.
    explore.path.get_by_role("button", name="Compare").click()
    table = explore.path.get_by_role("table", name="The same pins by every rule")
    cells = table.get_by_role("row", name="By distribution").get_by_role("cell")
    detour = path_of(studio_home, *PINS, "test:21", rule="cdf").figures.detour
    expect(cells.nth(1)).to_have_text(f"×{detour:.2f}")
    table.get_by_role("button", name="Show the path by this rule: Straight").click()
    explore.wait_for(path=f"linear,{FRAMES}")


def test_scrubbing_and_playing_move_the_dot_on_the_map(explore: Explore, studio_home: Path) -> None:
    pins = "xy:-4,-3", "xy:5,3"
    explore.open(pins="~".join(pins), path=f"linear,{FRAMES}", view=(-12, -9, 12, 9), thumbs=0, opacity=0.05)
    expect(explore.strip).to_have_attribute("aria-valuemax", str(FRAMES))
    over = explore.stage.locator("canvas").last

    def dot(frame: int) -> bool:
        """Whether the dot lies where that frame lies on the map: the line alone is thinner."""
        x, y = (a + (b - a) * frame / (FRAMES - 1) for a, b in ((-4, 5), (-3, 3)))
        box = explore.box()  # asked for every time: the panel below may still be growing
        px, py = (round(one - box[side]) for one, side in zip(explore.screen(x, y, None, box), "xy", strict=True))
        around = pixels(over)[py - 2 : py + 3, px - 2 : px + 3].reshape(-1, 3)
        return len(np.unique(around, axis=0)) == 1 and bool(around.any())

    strip = explore.strip.bounding_box()
    assert strip is not None
    for frame in (3, 8):
        explore.page.mouse.move(strip["x"] + strip["width"] * (frame + 0.5) / FRAMES, strip["y"] + strip["height"] / 2)
        told = re.compile(rf"Frame {frame + 1} of {FRAMES}, (among|at the edge of|unlike) the data")
        expect(explore.strip).to_have_attribute("aria-valuetext", told)
        assert soon(lambda frame=frame: dot(frame) and not dot(11 - frame))

    # A click shows the frame in the lens: a latent of its own, between A and B.
    explore.page.mouse.click(strip["x"] + strip["width"] * 8.5 / FRAMES, strip["y"] + strip["height"] / 2)
    expect(explore.lens.get_by_role("heading", name=f"A→B 9/{FRAMES}")).to_be_visible()
    path = path_of(studio_home, "map:-4,-3", "map:5,3")
    shown = explore.lens.get_by_alt_text(f"What the model makes of A→B 9/{FRAMES}")
    assert same(pixels(shown), picture(path.items[8]))

    # Played, it goes on by itself, and stays where it is stopped.
    explore.page.mouse.move(5, 5)
    explore.path.get_by_role("button", name="Play", exact=True).click()
    expect(explore.strip).not_to_have_attribute("aria-valuenow", "9")
    explore.path.get_by_role("button", name="Pause").click()
    now = int(number_in(explore.strip.get_attribute("aria-valuenow"))) - 1
    assert soon(lambda: dot(now))


def test_a_loop_comes_back(explore: Explore, studio_home: Path) -> None:
    explore.open(pins="~".join(PINS), path=f"linear,{FRAMES}")
    expect(explore.strip).to_have_attribute("aria-valuemax", str(FRAMES))
    expect(explore.path.get_by_role("button", name="Play back and forth")).to_be_visible()
    explore.path.get_by_label("Loop").check()
    explore.wait_for(path=f"linear,{FRAMES},loop")
    # Who comes back by itself needs not go to and fro.
    expect(explore.path.get_by_role("button", name="Play back and forth")).to_have_count(0)
    path = path_of(studio_home, *PINS, loop=True)
    middle = list(path.stations)[1]
    explore.strip.press("Home")
    explore.strip.press("PageDown")
    expect(explore.strip).to_have_attribute("aria-valuenow", str(middle + 1))
    explore.strip.press("End")
    last = pixels(explore.path.locator("canvas").first)
    assert same(last, picture(path.items[-1]))
    assert not same(last, picture(path.items[middle]))


def test_it_is_saved_as_a_film_and_as_a_strip(explore: Explore, studio_home: Path) -> None:
    explore.open(pins="~".join(PINS), path=f"linear,{FRAMES}")
    expect(explore.strip).to_have_attribute("aria-valuemax", str(FRAMES))
    path = path_of(studio_home, *PINS)

    def saved(button: str, form: str) -> bytes:
        with explore.page.expect_download() as download:
            explore.path.get_by_role("button", name=button).click()
        assert download.value.suggested_filename == f"pets-vae-linear-A-B.{form}"
        return download.value.path().read_bytes()

    gif = saved("Save as an animated GIF", "gif")
    assert gif[:6] == b"GIF89a"
    with Image.open(io.BytesIO(gif)) as film:
        assert film.n_frames == FRAMES  # type: ignore[attr-defined]
        film.seek(5)
        small = np.asarray(film.convert("RGB").resize((64, 64), Image.Resampling.BOX)).astype(int)
        assert np.abs(small - picture(path.items[5])).mean() < 8

    mp4 = saved("Save as an MP4 video", "mp4")
    assert mp4[4:8] == b"ftyp"
    with av.open(io.BytesIO(mp4), "r") as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    rest = len(frames) - FRAMES  # it rests a little at both ends
    assert rest > 0 and rest % 2 == 0
    small = np.asarray(Image.fromarray(frames[rest // 2 + 5]).resize((64, 64), Image.Resampling.BOX)).astype(int)
    assert np.abs(small - picture(path.items[5])).mean() < 8

    png = saved("Save the strip of all frames as PNG", "png")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    # Each pin was encoded among all of the map, and here among two: a last bit of a latent, a grey level of a picture.
    assert same(opened(png), np.asarray(path.image().convert("RGB")).astype(int))

    explore.path.get_by_role("button", name="Other formats").click()
    npz = saved("Latents and frames as NumPy arrays", "npz")
    with np.load(io.BytesIO(npz)) as arrays:
        np.testing.assert_allclose(arrays["latents"], path.latents.numpy(), atol=1e-4)
