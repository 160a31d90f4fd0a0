"""The gallery: every model with its picture and its figures, its card, one's own models, and texts that are HTML."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

import trasluz as tl
from studio.conftest import HINTS_READ, Watch, running
from studio.looking import Explore, around, opened, pixels
from toys import shapes
from trasluz.lab.shelf.bundled import names
from trasluz.lab.shelf.models import show_model

FILE = "<img src=x onerror=window.ran=1>-{i}.png"
LABELS = ("<b>bold<", "<i>thin<")
CARD = """# mine

What <b>nobody</b> says. <script>window.ran = 1</script>

- **firm** and <img src=x onerror="window.ran = 1">
- [a link](javascript:window.ran=1) and [another](https://example.org/there)

| kind | <u>figure</u> |
|---|---|
| psnr | 12.5 |
"""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a model of pictures whose names and labels are HTML, and one that is still in training."""
    base = tmp_path_factory.mktemp("workshop")
    home, photos = base / "workspace", base / "photos"
    for i, item in enumerate(shapes(80, 16).stored(slice(None))):
        folder = photos / LABELS[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(item).transpose(1, 2, 0)).save(folder / FILE.format(i=i))
    few = {"batch": 32, "compute": "float32", "prior_steps": 5, "widths": [4, 8], "latent": 6, "size": 16}
    run = tl.train(
        "vae", str(photos), name="mine", preset="tiny", settings=few, steps=4, seed=0, force=True, workspace=home,
        device="cpu",
    )  # fmt: skip
    run.folder.joinpath("card.md").write_text(CARD, encoding="utf-8")
    begun = run.folder.with_name("begun")
    begun.mkdir()
    shutil.copy(run.folder / "config.json", begun)
    return home


@pytest.fixture(scope="module")
def workshop_url(workshop: Path) -> Iterator[str]:
    with running(workshop) as (url, _):
        yield url


@pytest.fixture
def own(context: BrowserContext, page: Page, workshop: Path, workshop_url: str) -> Iterator[Explore]:
    """A page of that workspace's studio, where nothing may go wrong unseen."""
    watch = Watch(context, workshop_url)
    context.add_cookies([HINTS_READ])
    yield Explore(page, workshop_url, workshop)
    assert watch.errors == [] and watch.outside == []
    assert page.evaluate("window.ran") is None  # no text of a model is ever run


@pytest.fixture
def copied(workshop: Path) -> Iterator[list[str]]:
    """Copies of the model, once they are asked for by name, and gone afterwards."""
    found: list[str] = []
    yield found
    for name in found:
        shutil.rmtree(workshop / "models" / name)


def copy(home: Path, copied: list[str], name: str) -> None:
    shutil.copytree(home / "models" / "mine", home / "models" / name)
    copied.append(name)


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("article").filter(has=page.locator("h3", has_text=re.compile(f"^\\s*{name}\\s*$")))


def has_picture(own: Explore, shown: Locator, name: str) -> None:
    image = shown.get_by_role("img", name=f"Samples of {name}")
    image.scroll_into_view_if_needed()
    expect(image.locator("xpath=..")).to_have_class(re.compile(r"\bthere\b"))
    assert np.array_equal(pixels(image), opened(own.studio.bytes_(f"models/{name}/picture")))


# What is on offer ----------------------------------------------------------------------------------------------------


def test_every_bundled_model_has_a_picture_and_figures(own: Explore) -> None:
    own.page.goto(own.url)
    expect(tile(own.page, "mine")).to_be_visible()
    assert own.page.get_by_role("article").count() == len(list(names())) + 2
    for name in names():
        shown, card = tile(own.page, name), show_model(name)
        expect(shown).to_have_count(1)
        has_picture(own, shown, name)
        if card["representation"]["kind"] == "pixels":
            size, channels = card["representation"]["size"], card["representation"]["channels"]
            expect(shown).to_contain_text(f"{size} × {size}, {'grey' if channels == 1 else 'colour'}")
        unit = 1e3 if card["parameters"] < 1e6 else 1e6
        told = re.search(r"([\d.,]+) ([kM]) parameters", shown.inner_text())
        assert told is not None and told[2] == ("k" if unit == 1e3 else "M")
        assert float(told[1].replace(",", "")) == pytest.approx(
            card["parameters"] / unit, abs=0.51 if unit == 1e3 else 0.06
        )
        assert shown.get_by_role("list", name=f"Spaces of {name}").get_by_role("link").all_inner_texts() == list(
            card["spaces"]
        )


def test_a_model_is_opened_by_its_picture_and_in_a_space_by_its_name(own: Explore) -> None:
    own.page.goto(own.url)
    tile(own.page, "mine").get_by_role("link", name="Explore mine in the space z").click()
    own.page.wait_for_url(re.compile(r"#/explore/mine\?space=z"))
    expect(own.stage).to_have_attribute("data-ready", "true")
    own.page.goto(own.url)
    tile(own.page, "mine").get_by_role("link", name="Explore mine", exact=True).click()
    own.page.wait_for_url(re.compile(r"#/explore/mine"))
    expect(own.stage).to_have_attribute("data-ready", "true")
    expect(own.page.get_by_label("Model").and_(own.page.locator("select"))).to_have_value("mine")
    expect(own.stage).to_have_attribute("data-ready", "true")
    expect(own.page).to_have_title(re.compile("^mine"))
    own.page.get_by_role("navigation").get_by_role("link", name="Models").click()
    expect(tile(own.page, "mine")).to_be_visible()


def test_the_card_of_a_model_opens_and_closes(own: Explore) -> None:
    own.page.goto(own.url)
    button = tile(own.page, "pets-vae").get_by_role("button", name="Card of pets-vae")
    button.click()
    dialog = own.page.get_by_role("dialog", name="pets-vae")
    expect(dialog.get_by_role("heading", name="Known weaknesses")).to_be_visible()
    card = show_model("pets-vae")
    for text in (f"{card['parameters']:,}", card["trained_on"], card["identity"], "Fine fur patterns are softened."):
        expect(dialog).to_contain_text(text)
    has_picture(own, dialog, "pets-vae")
    row = dialog.get_by_role("row").filter(has=own.page.get_by_role("link", name="z", exact=True))
    expect(row).to_contain_text("64")
    # It is part of the address: a link opens it, and to close it is to take it out.
    own.page.wait_for_url(re.compile("card=pets-vae"))
    own.page.reload()
    has_picture(own, dialog, "pets-vae")
    own.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    own.page.wait_for_url(lambda url: "card" not in url)


# One's own -----------------------------------------------------------------------------------------------------------


def test_own_models_stand_by_themselves_and_one_that_is_not_ready_says_so(own: Explore) -> None:
    own.page.goto(own.url)
    section = own.page.locator("section").filter(has=own.page.get_by_role("heading", name="photos"))
    expect(section.get_by_role("article")).to_have_count(2)
    expect(section).to_contain_text("Trained on data of your own")
    titles = own.page.locator("section.group h2").all_inner_texts()
    assert titles[:2] == ["photos", "Faces"]  # one's own come first
    mine, begun = tile(section.page, "mine"), tile(section.page, "begun")
    has_picture(own, mine, "mine")
    expect(mine).to_contain_text("16 × 16, colour")
    expect(begun).to_contain_text("Not ready")
    expect(begun).to_contain_text("no weights yet")
    expect(begun.get_by_role("link")).to_have_count(0)


def test_a_model_that_was_trained_meanwhile_is_there_on_coming_back(own: Explore, copied: list[str]) -> None:
    own.open("mine", data=None)
    copy(own.home, copied, "second")
    own.page.get_by_role("navigation").get_by_role("link", name="Models").click()
    expect(tile(own.page, "second")).to_be_visible()


def test_many_models_can_be_searched(own: Explore, copied: list[str]) -> None:
    own.page.goto(own.url)
    expect(tile(own.page, "mine")).to_be_visible()
    search = own.page.get_by_label("Search models")
    expect(search).to_have_count(0)  # of few it would only be in the way
    for name in ("second", "third", "fourth"):
        copy(own.home, copied, name)
    own.page.reload()
    search.fill("PETS gan")
    expect(own.page.get_by_text("1 model found")).to_be_visible()
    expect(own.page.get_by_role("article").locator("h3")).to_have_text(["pets-gan"])
    search.fill("nobody")
    expect(own.page.get_by_text("No model has that name.")).to_be_visible()
    expect(own.page.get_by_role("article")).to_have_count(0)
    search.fill("")
    expect(own.page.get_by_role("article")).to_have_count(len(list(names())) + 5)


# HTML in what came with a model --------------------------------------------------------------------------------------


def test_a_card_is_text_whatever_is_written_in_it(own: Explore) -> None:
    own.page.goto(f"{own.url}#/?card=mine")
    written = own.page.get_by_role("dialog", name="mine").locator(".markdown")
    for text in (
        "<b>nobody</b>",
        "<script>window.ran = 1</script>",
        '<img src=x onerror="window.ran = 1">',
        "<u>figure</u>",
    ):
        expect(written).to_contain_text(text)
    expect(written.locator("b, script, img, u")).to_have_count(0)
    # What Markdown means is understood all the same, but for a link that is none.
    expect(written.locator("strong")).to_have_text(["firm"])
    assert [link.get_attribute("href") for link in written.locator("a").all()] == ["https://example.org/there"]


def test_labels_and_file_names_are_text(own: Explore) -> None:
    drawn = tl.map("mine", workspace=own.home)
    own.open("mine", data=None, at="test:0", pins="test:0", color="label", view=around(drawn))
    for label in LABELS:
        expect(own.legend.locator("button.value").filter(has_text=label)).to_have_count(1)
    expect(own.lens).to_contain_text(re.compile("|".join(map(re.escape, LABELS))))
    own.legend.get_by_label("Search items").fill("onerror")
    expect(own.legend.locator(".found button").first).to_be_visible()
    own.legend.get_by_label("Show only where").fill(f"label = '{LABELS[0]}'")
    own.legend.get_by_label("Show only where").press("Enter")
    expect(own.legend.get_by_text(re.compile(r"\d+ of 20 shown"))).to_be_visible()
    free, box, view = own.free(), own.box(), own.view()
    row = next(xy for xy in drawn.xy.tolist() if free(*own.screen(*xy, view, box)))
    own.hover(*row)
    expect(own.page.locator("main b, main i, main img[src=x]")).to_have_count(0)
