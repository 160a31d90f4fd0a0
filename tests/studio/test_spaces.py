"""Every space opens, and what is made in it: own draws, a surprise, styles mixed by layers, a part of a picture."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import trasluz as tl
from studio.looking import Explore, model, picture, pixels, same


def top(explore: Explore, label: str) -> Any:
    return explore.page.get_by_role("combobox", name=re.compile(f"^{label}"))


def shown(explore: Explore) -> Any:
    return explore.lens.locator("figure").get_by_role("img").first


def test_a_space_without_an_encoder_shows_the_first_draws_and_then_more(explore: Explore) -> None:
    explore.open("pets-gan", data=None, space="z", map="pca")
    expect(explore.page.get_by_text("500 draws of the model, no items")).to_be_visible()
    explore.wait_for(draws="500", map="pca")
    command, _ = explore.reproduced("This map")
    assert "own-500" in command
    explore.page.get_by_role("button", name="Show 2,000").click()
    explore.wait_for(draws="2000")
    expect(explore.page.get_by_text("2,000 draws of the model, no items")).to_be_visible()
    # A row of it is a draw by its name, and looks as the library draws it.
    explore.open("pets-gan", data=None, space="z", map="pca", draws=500, at="seed:0/3")
    expect(shown(explore)).to_be_visible()
    wanted = picture(tl.decode(model("pets-gan"), ["seed:0/3"], space="z", workspace=explore.home).items[0])
    assert same(pixels(shown(explore)), wanted)
    expect(explore.lens.get_by_role("heading", name="Nearest draws")).to_be_visible()


def test_a_surprise_comes_by_button_and_by_key_with_how_to_get_it(explore: Explore) -> None:
    explore.open("pets-gan", data=None, space="w", draws=100, map="pca")
    explore.lens.get_by_role("button", name="Surprise me").click()
    explore.page.wait_for_url(re.compile("at=seed:"))
    first = explore.query["at"]
    command, _ = explore.reproduced("What the lens shows")
    assert f"trasluz decode pets-gan {first}" in command
    explore.stage.focus()
    explore.stage.press("x")
    explore.page.wait_for_url(lambda url: "at=seed:" in url and first not in url)
    # Calmer ones have no name, and are said as samples.
    explore.lens.get_by_role("button", name="What is drawn").click()
    explore.lens.get_by_label("Truncation").fill("0.5")
    explore.lens.get_by_role("button", name="Surprise me").click()
    expect(explore.lens.get_by_role("heading", name=re.compile("ψ 0.5"))).to_be_visible()
    command, _ = explore.reproduced("What the lens shows")
    assert "trasluz sample pets-gan" in command and "--psi 0.5" in command


def test_styles_of_two_pins_are_mixed_by_groups_of_layers(explore: Explore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(explore.home))  # that of the studio, which the code does not say
    explore.open("pets-gan", data=None, space="w+", draws=60, map="pca", pins="seed:0/3~seed:0/8", at="seed:0/3")
    mix = explore.lens.get_by_role("group", name="Style mix")
    # Nothing is said of a mixture before there is one.
    expect(mix.get_by_role("button", pressed=True)).to_have_count(0)
    mix.get_by_role("button", name="Middle: from B").click()
    expect(explore.lens.get_by_role("heading", name="Coarse A · Middle B · Fine B")).to_be_visible()
    for group, pin in (("Coarse", "A"), ("Middle", "B"), ("Fine", "B")):
        expect(mix.get_by_role("button", name=f"{group}: from {pin}")).to_have_attribute("aria-pressed", "true")
    explore.page.get_by_role("button", name="Reproduce").click()
    dialog = explore.page.get_by_role("dialog", name="Reproduce")
    dialog.get_by_role("button", name="Python").click()
    section = dialog.locator("section").filter(has=explore.page.get_by_role("heading", name="What the lens shows"))
    code = section.locator("code").text_content() or ""
    dialog.get_by_role("button", name="Close").click()
    scope: dict[str, Any] = {}
    exec(code, scope)
    assert same(pixels(shown(explore)), picture(scope["mixed"].items[0]))
    a, b = tl.decode(model("pets-gan"), ["seed:0/3", "seed:0/8"], space="w+", workspace=explore.home).latents
    z = scope["mixed"].latents[0]
    assert bool((z[:3] == a[:3]).all()) and bool((z[3:] == b[3:]).all())


def drawn_file() -> Any:
    """Two faces beside each other, the second of which is meant."""
    row = np.concatenate([picture(item) for item in tl.decode(model("faces-vae"), ["seed:0", "seed:1"]).items], 1)
    written = io.BytesIO()
    Image.fromarray(row.astype(np.uint8)).save(written, "PNG")
    return {"name": "two.png", "mimeType": "image/png", "buffer": written.getvalue()}


def test_the_part_that_is_placed_is_chosen_by_hand_and_a_refined_one_stands_beside_the_first(explore: Explore) -> None:
    explore.open("faces-vae", data=None)
    explore.page.locator("input[type=file]").first.set_input_files(drawn_file())
    # A picture that is no square asks before it is placed; who changes their mind has placed nothing.
    frame = explore.page.get_by_role("group", name=re.compile("^Frame"))
    expect(explore.page.get_by_text("Choose which part of two.png is placed")).to_be_visible()
    explore.page.keyboard.press("Escape")
    expect(frame).to_have_count(0)
    expect(explore.lens.get_by_role("heading", name="two.png")).to_have_count(0)
    explore.page.locator("input[type=file]").first.set_input_files(drawn_file())
    frame.focus()
    for _ in range(20):
        frame.press("Shift+ArrowRight")
    side = Image.open(io.BytesIO(drawn_file()["buffer"])).height
    expect(frame).to_have_attribute("aria-label", f"Frame: {side} × {side} pixels from {side}, 0")
    explore.page.get_by_role("button", name="Place this part").click()
    expect(
        explore.lens.get_by_text(f"Part chosen by hand: {side} × {side} pixels from {side}, 0 of two.png.")
    ).to_be_visible()
    explore.lens.get_by_role("button", name="Choose the part").click()
    expect(frame).to_have_attribute("aria-label", f"Frame: {side} × {side} pixels from {side}, 0")
    explore.page.keyboard.press("Escape")
    original = explore.lens.locator("figure").get_by_role("img").first
    wanted = picture(tl.decode(model("faces-vae"), ["seed:1"]).items[0])
    expect(explore.lens.get_by_role("heading", name=f"two-{side}-0-{side}x{side}.png")).to_be_visible()
    assert same(pixels(original), wanted)
    explore.lens.get_by_role("button", name="Refine by optimisation").click()
    both = explore.lens.get_by_role("group", name="Two ways to place it")
    both.wait_for()
    expect(both.get_by_role("figure")).to_have_count(2)
    expect(both.get_by_text("(shown)")).to_have_count(1)
    explore.lens.get_by_role("button", name="Back to: the encoder").click()
    expect(explore.lens.get_by_role("button", name="Back to: optimisation")).to_be_visible()


@pytest.mark.parametrize(
    ("where", "name", "link"),
    [
        ("pet-vea", "pets-vae", "#/explore/pets-vae"),
        ("pets-gan?space=ww", "w+", "#/explore/pets-gan?space=w%2B"),
        ("pets-gan?space=z&map=umpa", "umap", "#/explore/pets-gan?space=z&map=umap"),
    ],
)
def test_what_is_not_there_has_a_way_out(explore: Explore, watch: Any, where: str, name: str, link: str) -> None:
    explore.page.goto(f"{explore.url}#/explore/{where}")
    out = explore.page.get_by_role("navigation", name="Where to go on")
    expect(out.get_by_role("link", name="All models")).to_have_attribute("href", "#/")
    expect(out.get_by_role("link", name=name, exact=True)).to_have_attribute("href", link)
    watch.errors = [text for text in watch.errors if "404" not in text and "400" not in text]
