"""The map: its points and their colours, what lies under the cursor, pins, the sheet, filters, search, keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from studio.looking import SLACK, Explore, alone, around, decoded, far_off, number_in, pixels, plane, same, soon
from trasluz.lab.results.plane import Plane


@pytest.fixture
def drawn(studio_home: Path) -> Plane:
    return plane(studio_home)


def swatches(explore: Explore) -> dict[str, tuple[np.ndarray, int]]:
    """What the legend says: by value its colour, and how many there are."""
    found = {}
    for line in explore.legend.locator("button.value").all():
        colour = line.locator(".swatch").evaluate("one => getComputedStyle(one).backgroundColor")
        name, n = line.locator("span").nth(1), line.locator("span").nth(2)
        channels = np.array([int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")])
        found[name.text_content()] = channels, int(number_in(n.text_content()))
    return found


# What is drawn -------------------------------------------------------------------------------------------------------


def test_every_item_is_a_point_of_its_value_s_colour(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn), thumbs=0, contours=0, names=0, color="species", size=6, opacity=1)
    species = drawn.atlas.column("species")
    legend = swatches(explore)
    assert {value: n for value, (_, n) in legend.items()} == {v: int((species == v).sum()) for v in ("cat", "dog")}
    expect(explore.page.get_by_text("294 items · pets:1500 · test · the map keeps")).to_be_visible()

    points = alone(explore, drawn, range(len(drawn)))
    assert len(points) > 40
    shot = explore.shot()
    wrong = [
        row for row, px, py in points
        if min(legend, key=lambda v: np.abs(shot[py, px] - legend[v][0]).sum()) != species[row]
        or np.abs(shot[py, px] - legend[species[row]][0]).max() > 40
    ]  # fmt: skip
    assert wrong == []
    # And where no item is, nothing is drawn.
    px, py = explore.screen(*far_off(explore, drawn))
    box = explore.box()
    beside = shot[int(py - box["y"]) - 6 :, int(px - box["x"]) - 6 :][:12, :12]
    assert np.ptp(beside, axis=(0, 1)).max() == 0


def test_the_legend_says_how_well_new_items_separate(explore: Explore, drawn: Plane) -> None:
    """In the sentence that the lab says too; of a measure nothing."""
    explore.open(view=around(drawn), thumbs=0, color="species")
    species, fur = drawn.new_items("species"), drawn.new_items("fur_colour")
    assert species is not None and fur is not None and species.figure is not None
    expect(explore.legend.get_by_text(f"{species.sentence()}.", exact=True)).to_be_visible()
    explore.legend.get_by_label("Colour by").select_option("fur_colour")
    expect(explore.legend.get_by_text(f"{fur.sentence()}.", exact=True)).to_be_visible()
    explore.legend.get_by_label("Colour by").select_option(label="Neighbours that the map tears away")
    expect(explore.legend.get_by_role("slider", name="to")).to_be_visible()
    expect(explore.legend.get_by_text("New items'")).to_have_count(0)


def test_another_column_a_value_left_out_and_one_alone(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn), thumbs=0, contours=0, names=0, color="species", size=6, opacity=1)
    explore.legend.get_by_label("Colour by").select_option("fur_colour")
    fur = drawn.atlas.column("fur_colour")
    counts = {value: int((fur == value).sum()) for value in sorted(set(fur.tolist()))}
    expect(explore.legend.locator("button.value")).to_have_count(len(counts))
    assert {value: n for value, (_, n) in swatches(explore).items()} == counts

    # A value that is left out is not drawn any more, and cannot be pointed at.
    (row, px, py), *_ = alone(explore, drawn, np.flatnonzero(fur == "slate").tolist())
    shot = explore.shot()
    ground = np.median(shot.reshape(-1, 3), axis=0)
    assert np.abs(shot[py, px] - ground).max() > 40
    explore.legend.get_by_role("button", name="slate").first.click()
    expect(explore.legend.get_by_text(f"{294 - counts['slate']} of 294 shown")).to_be_visible()
    explore.wait_for(color="fur_colour", hide=str(list(counts).index("slate")))
    assert soon(lambda: 0 < np.abs(explore.shot()[py, px] - ground).max() < 40)  # a pale ghost is left of it
    explore.page.get_by_role("button", name="How the points look").click()
    explore.page.get_by_label("Keep what is filtered out").uncheck()
    explore.wait_for(ghosts="0")
    assert soon(lambda: np.abs(explore.shot()[py, px] - ground).max() == 0)
    explore.hover(*drawn.xy[row].tolist())
    expect(explore.live).not_to_contain_text(f"test:{row}")

    explore.legend.locator("li", has_text="slate").hover()
    explore.legend.locator("li", has_text="slate").get_by_role("button", name="only").click()
    expect(explore.legend.get_by_text(f"{counts['slate']} of 294 shown")).to_be_visible()
    explore.legend.get_by_role("button", name="Show all").click()
    expect(explore.legend.get_by_text("of 294 shown")).to_have_count(0)


def test_a_part_of_a_quantity_s_range(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn), color="measure:alone")
    column = explore.studio(f"maps/{explore.studio.open()['id']}/columns/measure:alone/card")
    sliders = explore.legend.get_by_role("slider")
    expect(sliders).to_have_count(2)
    # How far the nearest other item is: the library says so of every item.
    latents = drawn.atlas.latents.flatten(1).double()
    apart = (latents[:, None] - latents[None]).norm(dim=2).fill_diagonal_(float("inf")).min(1).values.numpy()
    unit = apart.max() / column["high"]  # within which 95 % of the items have another
    assert (apart <= unit).mean() == pytest.approx(0.95, abs=0.01)
    assert column["low"] == pytest.approx(apart.min() / unit, abs=1e-3)

    sliders.first.fill("32768")
    middle = column["low"] + (column["high"] - column["low"]) * 32768 / 65534
    n = int((apart / unit >= middle).sum())
    assert 0 < n < 294
    expect(explore.legend.get_by_text(f"{n} of 294 shown")).to_be_visible()
    expect(explore.legend).to_contain_text(f"{middle:.2f}")
    # The ends cannot change places.
    sliders.last.fill("0")
    explore.wait_for(range="32768.32768")


def test_a_condition_and_a_wrong_one(explore: Explore, drawn: Plane, watch: Any) -> None:
    explore.open(view=around(drawn))
    where = explore.legend.get_by_label("Show only where")
    example = (where.get_attribute("placeholder") or "").removeprefix("Filter, for example ")
    assert 0 < len(drawn.atlas.where(example)) < len(drawn.atlas)  # it is of these very data
    where.fill("species = 'cat' and hair = 'spiky'")
    where.press("Enter")
    n = len(drawn.atlas.where("species = 'cat' and hair = 'spiky'"))
    assert 0 < n < 100
    shown = explore.legend.get_by_text(f"{n} of 294 shown")
    expect(shown).to_be_visible()

    where.fill("species = ")
    where.press("Enter")
    told = explore.legend.get_by_role("alert")
    expect(told).to_be_visible()
    expect(where).to_have_attribute("aria-invalid", "true")
    expect(told).to_contain_text("condition cannot be read")
    expect(shown).to_be_visible()  # what was shown before still is
    where.fill("wings = 2")
    where.press("Enter")
    expect(told).to_contain_text("Unknown column.")
    expect(told).to_contain_text("wings")
    expect(told).to_contain_text("fur_colour")
    watch.was_told("400")

    where.fill("hair = 'spiky'")
    where.press("Enter")
    expect(told).to_have_count(0)
    n = len(drawn.atlas.where("hair = 'spiky'"))
    expect(explore.legend.get_by_text(f"{n} of 294 shown")).to_be_visible()


def test_search_finds_items_and_shows_them(explore: Explore, drawn: Plane) -> None:
    explore.open(view=around(drawn, 0.1))
    search = explore.legend.get_by_label("Search items")
    search.fill("no such animal")
    expect(explore.legend.get_by_text("No item has this text.")).to_be_visible()
    search.fill("CHEEK_patch")
    found = explore.legend.locator(".found button")
    cheeks = np.flatnonzero(drawn.atlas.column("pattern") == "cheek_patch")
    expect(found).to_have_count(min(len(cheeks), 50))
    view = explore.view()
    row = next(int(row) for row in cheeks[:50] if not inside(drawn.xy[row].tolist(), view))
    found.get_by_text(f"test:{row}", exact=True).click()
    expect(explore.lens.get_by_role("heading", name=f"test:{row}", exact=True)).to_be_visible()
    # It lay outside of what was on the screen.
    assert inside(drawn.xy[row].tolist(), explore.view(before=view))


def inside(xy: Sequence[float], view: Sequence[float]) -> bool:
    return view[0] < xy[0] < view[2] and view[1] < xy[1] < view[3]


# What lies under the cursor ------------------------------------------------------------------------------------------


def test_an_item_under_the_cursor(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    explore.open(view=around(drawn), color="species")
    (row, *_), *_ = alone(explore, drawn, range(len(drawn)))
    explore.hover(*drawn.xy[row].tolist())
    expect(explore.live).to_contain_text(f"test:{row} · species: {drawn.atlas.column('species')[row]}")
    item, shown = explore.shown.locator("img"), explore.shown.get_by_label("this place of the map")
    expect(item).to_be_visible()
    expect(explore.shown).to_contain_text("original")
    assert same(pixels(item), drawn.atlas.thumbnails([row])[0].transpose(1, 2, 0).astype(int))
    x, y = drawn.xy[row].tolist()
    assert same(pixels(shown), decoded(studio_home, f"map:{x},{y}")[0])
    expect(explore.live.locator("canvas, img")).to_have_count(0)  # the lens is the one large picture
    support = drawn.support([(x, y)])
    assert support is not None
    assert float(explore.live.get_attribute("data-support") or "nan") == pytest.approx(float(support[0]), rel=0.01)


def test_an_empty_place_far_from_all_data(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    explore.open(view=around(drawn, 2.2))
    x, y = explore.hover(*far_off(explore, drawn))
    found = drawn.support([(x, y)])
    assert found is not None
    support = float(found[0])
    assert support > 2
    assert float(explore.live.get_attribute("data-support") or "nan") == pytest.approx(support, rel=0.01)
    expect(explore.live).to_contain_text(f"unlike the data, {support:.1f} times the limit")
    distance = float(drawn.atlas.neighbours(drawn.inverse([x, y]), 1)[0][0, 0])
    expect(explore.shown).to_contain_text("nearest, at")
    told = explore.shown.inner_text().partition("nearest, at")[2]
    assert number_in(told) == pytest.approx(distance, rel=0.01)
    # The model draws something even there, and the page shows it.
    place = explore.live.locator(".numbers").inner_text().split(", ")
    shown = pixels(explore.shown.get_by_label("this place of the map"))
    [wanted] = decoded(studio_home, f"map:{float(place[0])},{float(place[1])}")
    assert np.abs(shown - wanted).max() <= 4 * SLACK  # said with four digits
    assert np.ptp(shown) > 50
    explore.page.mouse.move(1100, 760)
    expect(explore.live).to_be_hidden()
