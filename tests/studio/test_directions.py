"""Directions: from a lasso on the map or from a label to a name, a slider, and what is known of it; and paths held
against real items, which takes the same reader of labels."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from playwright.sync_api import expect

import trasluz as tl
from studio.looking import Explore, model, number_in, picture, pixels, plane, same, soon
from trasluz.lab.judging.reader import reader_for
from trasluz.lab.results.paths import LatentPath
from trasluz.lab.results.plane import Plane
from trasluz.lab.shelf.directions import list_directions, remove_direction, show_direction
from trasluz.lab.shelf.selections import kept_selection
from trasluz.sources.fashion_mnist import FOLDER

NAME = "fashion-vae"
"""Its pictures are the smallest, so a reader of their labels is trained in seconds."""

pytestmark = pytest.mark.skipif(not Path(FOLDER).is_dir(), reason="the package dataset-fashion-mnist is not installed")


@pytest.fixture(scope="module")
def drawn(studio_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Plane:
    """The map, and the reader of its labels beside it, which one of the workers trains for all."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if base.name.startswith("popen-") else base) / "readers"
    mine = studio_home / "cache" / "readers"
    with FileLock(f"{shared}.lock"):
        if shared.is_dir():
            shutil.copytree(shared, mine, dirs_exist_ok=True)
        else:
            reader_for(model(NAME), workspace=studio_home)
            shutil.copytree(mine, shared)
    return plane(studio_home, NAME, None)


def names(home: Path) -> list[str]:
    return [str(line["name"]) for line in list_directions(NAME, workspace=home)]


@pytest.fixture(autouse=True)
def nothing_kept(studio_home: Path) -> Iterator[None]:
    """No test leaves directions to another."""
    yield
    for name in names(studio_home):
        remove_direction(name, model=NAME, workspace=studio_home)


def lassoed(explore: Explore, drawn: Plane) -> None:
    """Open the map, and draw around the items farthest to the left, some 400."""
    low, high = drawn.xy.min(0).values.tolist(), drawn.xy.max(0).values.tolist()
    explore.open(NAME, None, map="pca", view=(low[0] - 2, low[1] - 2, high[0] + 2, high[1] + 2))
    edge = float(drawn.xy[:, 0].kthvalue(400).values)
    view, box = explore.view(), explore.box()
    corners = [(low[0] - 1, low[1] - 1), (edge, low[1] - 1), (edge, high[1] + 1), (low[0] - 1, high[1] + 1)]
    at = [explore.screen(x, y, view, box) for x, y in corners]
    assert all(map(explore.free(), *zip(*at, strict=True)))
    explore.page.get_by_role("button", name="Lasso").click()
    mouse = explore.page.mouse
    mouse.move(*at[0])
    mouse.down()
    for one in at[1:]:
        mouse.move(*one, steps=2)
    mouse.up()


def test_from_a_lasso_to_a_slider(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    lassoed(explore, drawn)

    panel = explore.directions
    bar = panel.get_by_role("group", name="items in the lasso")
    expect(bar).to_be_visible()
    n = int(number_in(bar.text_content()))
    assert n == pytest.approx(400, abs=8)  # but for those under the pencil
    # What was drawn around stands against all others at once, and can be found by.
    these = panel.get_by_role("region", name="These")
    expect(these).to_contain_text(f"{n} items")
    expect(these.get_by_role("img")).to_have_count(8)
    find = panel.get_by_role("button", name="Find", exact=True)
    expect(find).to_be_enabled()
    expect(bar.get_by_role("button", name="these", exact=True)).to_have_attribute("aria-pressed", "true")
    those = panel.get_by_role("region", name="Those")
    expect(those).to_contain_text("2,000 others at random")
    # They are those, after all; and these again.
    bar.get_by_role("button", name="not those", exact=True).click()
    expect(those).to_contain_text(f"{n} items")
    expect(find).to_be_disabled()
    expect(panel).to_contain_text("Mark 5 or more items as these.")
    bar.get_by_role("button", name="these", exact=True).click()
    expect(panel).to_contain_text("Mark 5 or more items as those, or take all others.")
    panel.get_by_role("button", name="All others").click()
    expect(those).to_contain_text("2,000 others at random")
    find.click()

    found = panel.get_by_role("region", name="Found")
    expect(found).to_contain_text("Not kept yet.", timeout=60_000)
    expect(found).to_contain_text("From examples: these, not those")
    assert names(studio_home) == []
    found.get_by_label("Name to keep it under").fill("leftwards")
    found.get_by_role("button", name="Keep").click()
    expect(found).to_contain_text("Kept as leftwards")
    kept = panel.get_by_role("region", name="Kept directions")
    expect(kept.get_by_role("heading", name="By example")).to_be_visible()
    assert names(studio_home) == ["leftwards"]
    direction = show_direction("leftwards", model=NAME, workspace=studio_home)
    assert direction.items == n + 2000
    # It goes to the left of the map.
    step = drawn.project(direction.vector[None]) - drawn.project(0 * direction.vector[None])
    assert float(step[0, 0]) < -abs(float(step[0, 1]))

    # Its details; another name; names that cannot be.
    kept.get_by_role("button", name="Details of leftwards").click()
    expect(kept.get_by_text(f"{n + 2000:,} examples")).to_be_visible()
    kept.get_by_role("button", name="Rename leftwards").click()
    field = kept.get_by_label("New name")
    expect(field).to_be_focused()
    kept.get_by_role("button", name="Cancel").focus()
    explore.page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    kept.get_by_role("button", name="Rename leftwards").click()
    field.fill("to-the-left")
    field.press("Enter")
    expect(kept.get_by_role("button", name="Details of to-the-left")).to_be_visible()
    assert names(studio_home) == ["to-the-left"]

    kept.get_by_role("button", name="to-the-left: To the lens, as a slider").click()
    slider = explore.lens.get_by_role("slider", name="to-the-left", exact=True)
    expect(slider).to_be_focused()
    slider.fill("2")
    point = explore.lens.get_by_role("heading").first.text_content() or ""
    [moved] = tl.edit(model(NAME), [point], directions={"to-the-left": 2.0}, report=False, workspace=studio_home).items
    shown = explore.lens.get_by_alt_text(f"{point}, moved by the sliders")
    assert soon(lambda: shown.count() == 1 and same(pixels(shown), picture(moved)))

    explore.page.get_by_role("tab", name="Directions").click()
    kept.get_by_role("button", name="Remove to-the-left").click()
    kept.get_by_role("button", name="Cancel").click()
    assert names(studio_home) == ["to-the-left"]
    kept.get_by_role("button", name="Remove to-the-left").click()
    kept.get_by_role("button", name="Remove", exact=True).click()
    expect(kept).to_contain_text("No directions in this space yet.")
    assert names(studio_home) == []
    explore.page.get_by_role("tab", name="Lens").click()
    expect(slider).to_have_count(0)


def test_a_lasso_gets_a_name_and_the_code_says_it(
    explore: Explore, drawn: Plane, studio_home: Path, watch: Any
) -> None:
    lassoed(explore, drawn)
    panel, page = explore.directions, explore.page
    bar = panel.get_by_role("group", name="items in the lasso")
    n = int(number_in(bar.text_content()))
    # A name that something has; another one.
    tl.save_point("scout", model(NAME), "seed:1", workspace=studio_home)
    bar.get_by_role("button", name="Save these items as a selection").click()
    name = bar.get_by_label("Name of the selection")
    expect(name).to_be_focused()
    name.fill("scout")
    name.press("Enter")
    expect(bar.get_by_role("alert")).to_contain_text("Something already has this name")
    watch.was_told("409")
    name.fill("la ñ")
    name.press("Enter")
    expect(bar).to_contain_text(f"@la ñ: {n} items")
    assert len(kept_selection("la ñ", workspace=studio_home).points) == n
    list_ = panel.get_by_role("region", name="Selections")
    shown = list_.get_by_role("button", name="Show @la ñ on the map")
    expect(shown).to_contain_text(f"{n} items")

    # Shown again after it was let go; and found by.
    bar.get_by_role("button", name="Clear the lasso").click()
    expect(bar).to_have_count(0)
    panel.get_by_role("button", name="Clear: These").click()
    shown.click()
    expect(bar).to_contain_text(f"@la ñ: {n} items")
    list_.get_by_role("button", name="Use @la ñ as these").click()
    expect(panel.get_by_role("region", name="These")).to_contain_text(f"@la ñ · {n} items")
    panel.get_by_role("button", name="Find", exact=True).click()
    found = panel.get_by_role("region", name="Found")
    expect(found).to_contain_text("Not kept yet.", timeout=60_000)

    # Those have no name: a file comes along, or they get one.
    page.get_by_role("button", name="Reproduce").click()
    dialog = page.get_by_role("dialog", name="Reproduce")
    section = dialog.locator("section").filter(has=page.get_by_role("heading", name="The direction"))
    code = section.locator("code")
    saving, finding = (code.text_content() or "").split("\n")
    assert saving.startswith("trasluz selections save those-") and "--these '@la ñ' --those @those-" in finding
    with page.expect_download() as coming:
        section.get_by_role("link", name="those-").click()
    assert coming.value.suggested_filename == shlex.split(saving)[shlex.split(saving).index("--file") + 1]
    assert len(json.loads(Path(coming.value.path()).read_text())["points"]) == 2000
    section.get_by_label("Or give the marked items a name").fill("scout")
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_role("alert")).to_contain_text("@scout is a point already")
    watch.was_told("409")
    section.get_by_label("Or give the marked items a name").fill("rest")
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_role("link")).to_have_count(0)
    assert "\n" not in (code.text_content() or "") and "--these '@la ñ' --those @rest" in (code.text_content() or "")
    dialog.get_by_role("button", name="Close").click()
    expect(list_).to_contain_text("@rest")

    # What a condition shows is kept as the condition.
    where = explore.legend.get_by_label("Show only where")
    where.fill("label = 'bag'")
    where.press("Enter")
    explore.legend.get_by_role("button", name="Save this condition as a selection").click()
    explore.legend.get_by_label("Name of the selection").fill("bags")
    explore.legend.get_by_label("Name of the selection").press("Enter")
    expect(list_).to_contain_text("where label = 'bag'")
    assert kept_selection("bags", workspace=studio_home).where == "label = 'bag'"

    for one in ("@la ñ", "@rest", "@bags"):
        list_.get_by_role("button", name=f"Remove {one}").click()
        list_.get_by_role("button", name="Remove", exact=True).click()
        expect(list_.get_by_role("button", name=f"Remove {one}")).to_have_count(0)
    expect(list_).to_contain_text("None yet.")
    assert tl.list_selections(workspace=studio_home) == []
    tl.remove_point("scout", workspace=studio_home)


def test_towards_a_label(explore: Explore, drawn: Plane, studio_home: Path, watch: Any) -> None:
    explore.open(NAME, None, map="pca", side="directions")
    panel = explore.directions
    bags = int((drawn.atlas.column("label") == "bag").sum())
    expect(panel.get_by_label("Column")).to_have_value("label")
    panel.get_by_label("Value").select_option(label=f"bag ({bags})")
    chosen = panel.get_by_label("Method").locator("option")
    title = next(text for text in chosen.all_text_contents() if "robe" in text)
    panel.get_by_label("Method").select_option(label=title)
    panel.get_by_role("button", name="Find", exact=True).click()
    found = panel.get_by_role("region", name="Found")
    expect(found).to_contain_text("Not kept yet.", timeout=60_000)

    # The same as the library finds, in the same words.
    [wanted] = tl.find(model(NAME), target="label=bag", method="probe", workspace=studio_home)
    expect(found).to_contain_text("label = bag")
    measured = wanted.measured
    assert measured is not None and measured.pixels_changed is not None
    share = measured.pixels_changed[measured.at]
    said = found.get_by_text("of each item changes. The column label cannot be read off the items.").text_content()
    assert number_in(said) == pytest.approx(100 * share, abs=0.6)
    expect(found).to_contain_text(f"AUC {wanted.details['held_out']:.2f} on held-out items")
    found.get_by_role("button", name="Keep").click()
    expect(found).to_contain_text(f"Kept as {wanted.name}")
    kept = show_direction(wanted.name, model=NAME, workspace=studio_home)
    np.testing.assert_allclose(kept.vector.numpy(), wanted.vector.numpy(), atol=1e-4)

    # Found again, its name is taken; only who says so takes its place.
    panel.get_by_role("button", name="Find", exact=True).click()
    found.get_by_role("button", name="Keep").click()
    expect(found.get_by_role("alert")).to_contain_text("There is already a direction with this name.")
    watch.was_told("409")
    found.get_by_role("button", name="Replace it").click()
    expect(found).to_contain_text(f"Kept as {wanted.name}")
    assert names(studio_home) == [wanted.name]
    # And a link may hold it.
    explore.open(NAME, None, map="pca", at="test:0", move=f"{wanted.name}:1")
    expect(explore.lens.get_by_role("slider", name=wanted.name)).to_have_attribute("aria-valuetext", "+1.00 σ")


def test_a_path_held_against_real_items(explore: Explore, drawn: Plane, studio_home: Path) -> None:
    explore.page.emulate_media(reduced_motion="reduce")
    explore.open(NAME, None, map="pca", pins="test:0~test:7", path="linear,12")
    expect(explore.strip).to_have_attribute("aria-valuemax", "12")
    expect(explore.path).not_to_contain_text("Like the data")
    explore.path.get_by_label("Measure against real items").check()
    explore.path.get_by_role("button", name="Measure now").click()
    expect(explore.path).to_contain_text("Like the data")
    path = tl.interpolate(model(NAME), "test:0", "test:7", frames=12, measure=True, workspace=studio_home)
    assert isinstance(path, LatentPath) and path.quality is not None and path.quality.precision is not None
    lines = explore.path.locator("dl[aria-label='Quality of the path'] > div")
    told = {str(one.locator("dt").text_content()): str(one.locator("dd").text_content()) for one in lines.all()}
    assert number_in(told["Like the data"]) == pytest.approx(100 * path.quality.precision, abs=1)
    assert number_in(told["Perceptual length"]) == pytest.approx(path.quality.ppl, rel=0.06)
    explore.path.get_by_role("button", name="What these figures mean").click()
    expect(explore.path).to_contain_text(f"against {path.quality.real:,} real items")
