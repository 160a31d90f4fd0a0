"""The page has words for every sort of error that the server tells it of, in every language it speaks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trasluz.base import errors
from trasluz.lab.methods import methods
from trasluz.server import refusals
from trasluz.server.refusals import kind_of

TEXTS = Path(__file__).parents[2] / "web" / "src" / "text" / "refusals.ts"
OTHERS = {"given", "allowed", "more"}
"""Texts there that are of no sort of error."""


def kinds() -> set[str]:
    found = [kind for part in (errors, refusals) for kind in vars(part).values() if isinstance(kind, type)]
    ours = [kind for kind in found if issubclass(kind, errors.TrasluzError)]
    return {kind_of(k("thing", "x", ()) if issubclass(k, errors.UnknownName) else k("what")) for k in ours}


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
