"""Pins, the lens, the path, directions, own pictures: what a person does with the map, from one end to the other."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from studio.looking import Explore, decoded, model, number_in, opened, pixels, plane, same, soon
from trasluz.lab.map import Plane

PINS = "test:3~test:9"


@pytest.fixture
def drawn(studio_home: Path) -> Plane:
    return plane(studio_home)


def test_a_click_pins_a_place_and_the_lens_shows_what_the_library_decodes(
    explore: Explore, drawn: Plane, studio_home: Path
) -> None:
    low, high = drawn.xy.min(0).values.tolist(), drawn.xy.max(0).values.tolist()
    explore.open(view=(low[0] - 9, low[1] - 9, high[0] + 9, high[1] + 9))
    explore.click(low[0] - 2, low[1] - 2)
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)
    explore.page.wait_for_url(lambda url: "at=" in url)
    place = explore.kept["at"]
    assert place.startswith("xy:")
    x, y = (float(part) for part in place.removeprefix("xy:").split(","))
    shown = explore.lens.locator("img").first
    expect(shown).to_be_visible()
    [wanted] = decoded(studio_home, f"map:{x!r},{y!r}")
    assert soon(lambda: same(pixels(shown), wanted))
    expect(explore.lens).to_contain_text("data")


def test_a_real_item_is_shown_beside_its_reconstruction(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    explore.open(pins="test:3", at="test:3")
    expect(explore.lens).to_contain_text("Reconstruction")
    images = explore.lens.locator("figure img")
    real = np.asarray(drawn.atlas.thumbnails([3])[0]).transpose(1, 2, 0)
    assert soon(lambda: same(pixels(images.nth(0)), real.astype(int)))
    assert soon(lambda: same(pixels(images.nth(1)), decoded(studio_home, "test:3")[0]))


def test_a_slider_moves_the_picture_as_the_library_does(explore: Explore, drawn: Plane) -> None:
    explore.open(pins="test:3", at="test:3")
    slider = explore.lens.get_by_role("slider", name="dimension").first
    expect(slider).to_be_visible()
    name = slider.get_attribute("aria-label") or ""
    dim = int(number_in(name)) if name else int(number_in(slider.evaluate("one => one.labels[0].textContent")))
    slider.fill("2.5")
    explore.page.wait_for_url(lambda url: f"d{dim}:2.5" in url or f"d{dim}%3A2.5" in url)
    z = drawn.atlas.latents[3:4].float().clone()
    z[0, dim] += 2.5 * drawn.atlas.latents.float()[:, dim].std(correction=0)
    with torch.no_grad():
        moved = model().space("z").decode(z)[0]
    wanted = np.rint(moved.numpy() * 255).astype(int).transpose(1, 2, 0)
    images = explore.lens.locator("img")
    assert soon(lambda: any(same(pixels(image), wanted) for image in images.all()[:3]))


def test_two_pins_make_a_path_that_plays_and_can_be_saved(explore: Explore) -> None:
    explore.open(pins=PINS, at="test:3", path="linear,8")
    expect(explore.film).to_have_attribute("aria-valuemax", "8")
    explore.film.focus()
    explore.film.press("Home")
    before = explore.film.get_attribute("aria-valuenow")
    explore.film.press("ArrowRight")
    expect(explore.film).not_to_have_attribute("aria-valuenow", before or "")
    forms = {"GIF": (b"GIF8", 8), "PNG": (b"\x89PNG", 1), "MP4": (b"ftyp", None)}
    for form, (magic, frames) in forms.items():
        with explore.page.expect_download() as download:
            explore.path.get_by_role("button", name=form).click()
        data = download.value.path().read_bytes()
        assert magic in data[:16] and download.value.suggested_filename.endswith(form.lower())
        if frames is not None:
            assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == frames
    explore.path.get_by_role("combobox").first.select_option("spherical")
    explore.wait_for(path="spherical,8")
    expect(explore.film).to_have_attribute("aria-valuemax", "8")


def test_from_a_lasso_to_a_direction_to_a_slider(explore: Explore, drawn: Plane) -> None:
    xy = drawn.xy
    low, high = xy.min(0).values.tolist(), xy.max(0).values.tolist()
    explore.open(view=(low[0] - 3, low[1] - 3, high[0] + 3, high[1] + 3))
    explore.page.get_by_role("button", name="Lasso").click()
    middle = (low[1] + high[1]) / 2
    # The lower half of the map.
    corners = [(low[0] - 1, low[1] - 1), (high[0] + 1, low[1] - 1), (high[0] + 1, middle), (low[0] - 1, middle)]
    mouse = explore.page.mouse
    mouse.move(*explore.screen(*corners[0]))
    mouse.down()
    for corner in (*corners[1:], corners[0]):
        mouse.move(*explore.screen(*corner), steps=4)
    mouse.up()
    wanted = int((xy[:, 1] < middle).sum())
    expect(explore.directions).to_be_visible()
    count = explore.directions.get_by_text("in the lasso").first
    expect(count).to_be_visible()
    assert abs(number_in(count.text_content()) - wanted) <= 2
    explore.directions.get_by_role("button", name="These").first.click()
    explore.directions.get_by_role("button", name="All others").first.click()
    explore.directions.get_by_role("button", name="Find", exact=True).click()
    keep = explore.directions.get_by_role("button", name="Keep").first
    expect(keep).to_be_visible(timeout=90_000)
    explore.directions.get_by_label("Name").first.fill("lower-half")
    keep.click()
    assert soon(lambda: any(line["name"] == "lower-half" for line in explore.studio("directions")))
    explore.page.get_by_role("tab", name="Lens").click()
    explore.click(*xy[3].tolist())
    expect(explore.lens.get_by_role("slider", name="lower-half")).to_be_visible()


def test_a_picture_of_one_s_own_and_one_that_is_none(
    explore: Explore, drawn: Plane, watch: object, tmp_path: Path
) -> None:
    explore.open()
    mine = tmp_path / "mine.png"
    Image.fromarray(np.asarray(drawn.atlas.thumbnails([5])[0]).transpose(1, 2, 0)).save(mine)
    chooser = explore.page.locator("input[type=file]").first
    chooser.set_input_files(mine)
    expect(explore.lens).to_contain_text("dB")
    assert number_in(explore.lens.get_by_text("dB").first.text_content()) > 20
    shown = opened(mine.read_bytes())
    assert soon(lambda: any(same(pixels(image), shown) for image in explore.lens.locator("img").all()[:2]))
    broken = tmp_path / "notes.png"
    broken.write_text("no picture")
    explore.page.locator("input[type=file]").first.set_input_files(broken)
    expect(explore.page.get_by_role("alert").first).to_be_visible()
    watch.was_told("400")  # type: ignore[attr-defined]
