"""The page has words for every sort of error that the server tells it of, in every language it speaks."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

import trasluz
from trasluz.base import errors
from trasluz.lab.judging.measures import MEASURES
from trasluz.lab.judging.new_items import Why
from trasluz.lab.shelf.methods import methods
from trasluz.server import places, refusals
from trasluz.server.refusals import kind_of
from trasluz.server.routes import directions, made, maps, models

TEXTS = Path(__file__).parents[2] / "web" / "src" / "text" / "refusals.ts"
OTHERS = {"given", "allowed", "more", "number"}
"""Texts there that are of no sort of error."""


def kinds() -> set[str]:
    found = [kind for part in (errors, refusals) for kind in vars(part).values() if isinstance(kind, type)]
    ours = [kind for kind in found if issubclass(kind, errors.TrasluzError)]
    return {kind_of(k("thing", "x", ()) if issubclass(k, errors.UnknownName) else k("what")) for k in ours}


def test_every_measure_and_every_reason_has_its_words():
    """In every language, since the page's types see to it that what one has the other has too."""
    written = (TEXTS.parent / "explore.ts").read_text(encoding="utf-8")
    for start, wanted in (("measure", {one.name for one in MEASURES}), ("new.why", set(get_args(Why)))):
        assert set(re.findall(rf"^  'explore\.{re.escape(start)}\.(\w+)':", written, re.MULTILINE)) == wanted


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_sort_of_error_has_its_text(language):
    part = re.search(rf"const {language}\b[^=]*= {{(.*?)\n}}", TEXTS.read_text(encoding="utf-8"), re.DOTALL)
    assert part, f"no words in {language}"
    told = set(re.findall(r"'refused\.(\w+)':", part[1])) - OTHERS
    assert told == kinds()


def test_every_method_of_ours_is_told_in_spanish_too():
    """Titles of rules are the page's own, shorter ones; what a method is and can be set to comes from the server."""
    written = (TEXTS.parent / "methods.ts").read_text(encoding="utf-8")
    known = set(re.findall(r"^  '([\w.]+)':", written, re.MULTILINE))
    wanted = set()
    for kind, own_titles in (("finders", False), ("paths", True)):
        for method in methods(kind):
            parts = ["about", *(setting["name"] for setting in method["settings"]), *([] if own_titles else ["title"])]
            wanted |= {f"{kind}.{method['name']}.{part}" for part in parts}
    assert known == wanted


def test_every_step_of_work_and_every_reason_is_told_in_spanish_too():
    """Titles and notes as the code says them, `{}` for what it fills in; names that it passes on are given here."""
    passed_on = {
        "Decoding",
        "Encoding",
        "Encoding {}",
        "Drawing from {}",
        "Learning to read the labels of {}",
        "Training {}",
    }
    layouts = {f"Laying out {{}} items by {method['title']}" for method in methods("projections")}
    wanted = {*passed_on, *layouts, places.NO_NAME, places.OTHER_MAP, directions.MANUAL, models.NOT_DRAWN}
    wanted |= {made.MIXED_BY_PYTHON, made.UNMIXED}
    wanted |= {maps.NOT_MEASURED, maps.LAID_OUT}
    for path in Path(trasluz.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "task":
                wanted |= said(node.args[0])
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("step", "tick"):
                wanted |= {text for word in node.keywords if word.arg == "note" for text in said(word.value)}
    written = (TEXTS.parent / "told.ts").read_text(encoding="utf-8")
    known = re.findall(r"""^  (?:'([^']+)'|"([^"]+)"|(\w+)):(?: ['"]|$)""", written, re.MULTILINE)
    told = {"".join(one) for one in known}
    # What reports of data say is told too, put together from several texts.
    assert wanted - told == set()


def said(node: ast.expr) -> set[str]:
    """A text in the code; none where it is a name that is passed on."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)}
    return set()
