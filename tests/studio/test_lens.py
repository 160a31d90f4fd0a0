"""The lens: an item beside what the model makes of it, what is near, moved along dimensions and directions, kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

import trasluz as tl
from studio.looking import DATA, MODEL, Explore, decoded, model, number_in, opened, picture, pixels, plane, same, soon
from trasluz.lab.judging import places
from trasluz.lab.results.plane import Plane
from trasluz.lab.shelf.directions import keep, remove_direction


@pytest.fixture
def drawn(studio_home: Path) -> Plane:
    return plane(studio_home)


@pytest.fixture
def catlike(studio_home: Path) -> Iterator[str]:
    """A kept direction from dogs to cats, by name; found without measuring it."""
    found = tl.find(model(), target="species=cat", method="probe", data=DATA, measured=False, workspace=studio_home)
    keep(found[0], name="catlike", workspace=studio_home)
    yield "catlike"
    remove_direction("catlike", model=MODEL, workspace=studio_home)


def edited(home: Path, point: str, **moves: Any) -> np.ndarray:
    """What `tl.edit` makes of a point."""
    return picture(tl.edit(model(), [point], report=False, data=DATA, workspace=home, **moves).items[0])


def shown(explore: Explore, alt: str) -> Locator:
    return explore.lens.get_by_alt_text(alt, exact=True)


def test_an_item_beside_what_the_model_makes_of_it_and_what_is_near(
    explore: Explore, drawn: Plane, studio_home: Path
) -> None:
    explore.open(at="test:3", color="fur_colour")
    expect(explore.lens.get_by_role("heading", name="test:3", exact=True)).to_be_visible()
    expect(explore.lens).to_contain_text("A real item, encoded")
    original = drawn.atlas.thumbnails([3])[0].transpose(1, 2, 0).astype(int)
    assert same(pixels(shown(explore, "The real picture of test:3")), original)
    assert same(pixels(shown(explore, "What the model makes of test:3")), decoded(studio_home, "test:3")[0])
    assert number_in(explore.lens.get_by_role("meter").get_attribute("aria-valuenow")) <= 1
    expect(explore.lens).to_contain_text("among the data")

    # The nearest other items, as the library knows them, nearest first, each by what colours the map.
    distances, rows = (one[0].tolist() for one in drawn.atlas.neighbours(drawn.atlas.latents[3:4], 7))
    looks = explore.lens.get_by_role("button", name="Look at test:")
    expect(looks).to_have_count(6)
    fur = drawn.atlas.column("fur_colour")
    for look, row, distance in zip(looks.all(), rows[1:], distances[1:], strict=True):
        name = look.get_attribute("aria-label") or ""
        assert name.startswith(f"Look at test:{row}, {fur[row]}")
        assert number_in(name.rpartition(str(fur[row]))[2]) == pytest.approx(distance, rel=0.06)
    tile = drawn.atlas.thumbnails([rows[1]])[0].transpose(1, 2, 0).astype(int)
    assert soon(lambda: looks.first.locator("img").count() == 1)
    assert same(pixels(looks.first.locator("img")), tile)
    # And how far the map keeps them together there.
    torn = places.torn_of(drawn.atlas.latents.float().flatten(1), drawn.xy)
    n = round(15 * float(torn[3]))
    said = re.compile(
        f"{n} of its 15 nearest (is|are) not among the 15 nearest on the map. A step on the map changes it "
    )
    expect(explore.lens.get_by_text(said)).to_be_visible()
    # What the data say about it is said.
    labels = explore.lens.get_by_role("region", name="What the data say about it")
    expect(labels).to_contain_text(str(drawn.atlas.column("species")[3]))

    looks.first.click()
    expect(explore.lens.get_by_role("heading", name=f"test:{rows[1]}", exact=True)).to_be_visible()
    explore.lens.get_by_role("button", name="Look at test:").first.click(modifiers=["Shift"])
    expect(explore.pins.get_by_role("listitem")).to_have_count(1)


def test_a_dimension_moves_the_picture_as_the_library_does(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    explore.open(at="test:3")
    sigma = drawn.atlas.latents.float().flatten(1).std(0, correction=0)
    dim = int(sigma.argmax())
    slider = explore.lens.get_by_role("slider", name=f"dimension {dim}", exact=True)
    before = decoded(studio_home, "test:3")[0]
    slider.fill("2.5")
    expect(slider).to_have_attribute("aria-valuetext", "+2.50 σ")
    moved = edited(studio_home, "test:3", dims={dim: 2.5})
    assert np.abs(moved - before).max() > 50
    now = shown(explore, "test:3, moved by the sliders")
    assert soon(lambda: now.count() == 1 and same(pixels(now), moved))
    explore.wait_for(move=f"d{dim}:2.5")

    # By one step of the keyboard; and the press of a button shows how it was.
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "+2.45 σ")
    assert soon(lambda: same(pixels(now), edited(studio_home, "test:3", dims={dim: 2.45})))
    explore.lens.get_by_role("button", name="Before").click()
    assert same(pixels(shown(explore, "test:3 before it was moved")), before)
    explore.lens.get_by_role("button", name="Before").click()

    # Pinned, the result is a latent of its own, and the sliders are free again.
    explore.lens.get_by_role("button", name="Pin the result").click()
    expect(explore.pins.get_by_role("button", name=f"Pin A: test:3 + dim {dim}")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "0.00 σ")
    kept = pixels(shown(explore, f"What the model makes of test:3 + dim {dim}"))
    assert same(kept, edited(studio_home, "test:3", dims={dim: 2.45}))


def test_a_kept_direction_is_a_slider(explore: Explore, studio_home: Path, catlike: str) -> None:
    [dog] = [row for row in range(40) if plane(studio_home).atlas.column("species")[row] == "dog"][:1]
    explore.open(at=f"test:{dog}", move=f"{catlike}:1")
    slider = explore.lens.get_by_role("slider", name=catlike, exact=True)
    expect(slider).to_have_attribute("aria-valuetext", "+1.00 σ")  # as the link says
    now = shown(explore, f"test:{dog}, moved by the sliders")
    assert soon(lambda: now.count() == 1)
    assert same(pixels(now), edited(studio_home, f"test:{dog}", directions={catlike: 1.0}))
    slider.fill("3")
    assert soon(lambda: same(pixels(now), edited(studio_home, f"test:{dog}", directions={catlike: 3.0})))
    explore.lens.get_by_role("button", name="Reset").click()
    expect(slider).to_have_attribute("aria-valuetext", "0.00 σ")
    rebuilt = shown(explore, f"What the model makes of test:{dog}")
    assert same(pixels(rebuilt), decoded(studio_home, f"test:{dog}")[0])
    # Held, sliders stay for the next item.
    slider.fill("2")
    explore.lens.get_by_role("button", name="Hold").click()
    explore.lens.get_by_role("button", name="Look at test:").first.click()
    expect(slider).to_have_attribute("aria-valuetext", "+2.00 σ")


def test_a_place_is_kept_as_a_point_that_every_command_knows(explore: Explore, studio_home: Path, watch: Any) -> None:
    explore.open(at="xy:1.5,-2")
    expect(explore.lens).to_contain_text("A place of the map")
    [place] = decoded(studio_home, "map:1.5,-2")
    lens = explore.lens
    lens.get_by_role("button", name="Save…").click()
    name = lens.get_by_label("Name of the point")
    expect(name).to_be_focused()
    name.fill("my place")
    name.press("Enter")
    expect(lens.get_by_role("alert")).to_contain_text("begins with a letter or a digit")
    name.fill("scout")
    name.press("Enter")
    expect(explore.page.get_by_text("Saved as @scout. Every command knows it by this name.")).to_be_visible()
    assert same(decoded(studio_home, "@scout")[0], place)

    # The name is taken now; only who says so takes its place.
    explore.open(at="test:5")
    expect(lens.get_by_role("heading", name="test:5", exact=True)).to_be_visible()
    lens.get_by_role("button", name="Save…").click()
    name.fill("@scout")
    name.press("Enter")
    expect(lens.get_by_role("alert")).to_contain_text("scout")
    watch.was_told("409")
    assert same(decoded(studio_home, "@scout")[0], place)
    lens.get_by_role("button", name="Replace it").click()
    expect(name).to_have_count(0)
    assert same(decoded(studio_home, "@scout")[0], decoded(studio_home, "test:5")[0])
    explore.open(pins="@scout")
    expect(explore.pins.get_by_role("button", name="Pin A: @scout")).to_be_visible()


def test_the_picture_is_saved_pixel_by_pixel(explore: Explore, studio_home: Path) -> None:
    explore.open(at="test:3")
    with explore.page.expect_download() as download:
        explore.lens.get_by_role("button", name="PNG").click()
    assert download.value.suggested_filename == f"{MODEL}-test-3-reconstruction.png"
    assert same(opened(download.value.path().read_bytes()), decoded(studio_home, "test:3")[0])
