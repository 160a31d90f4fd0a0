"""Figures that documents quote, made anew from benchmarks/results: `--check` fails where a page says something else,
`--write` mends it, `--count` says how many figures are bound and how many are not.

Three ways to quote:

- `<!-- figures:begin NAME -->` … `<!-- figures:end -->`: a block that a rule of `quoted_rows.py` or `quoted_spaces.py`
  makes, all of it;
- `1.5<!-- figure: BENCHMARK PATH/OF/KEYS FORMAT -->`: one number in a sentence;
- the figures of a bundled model's card.

What no script can make again is a block too: `<!-- figures:begin once: WHERE IT COMES FROM -->`. A block that says
nothing of where its figures come from is an error.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import quoted_rows
import quoted_spaces
from quoted_rows import REPOSITORY, Results, Say

BLOCK = re.compile(r"<!-- figures:begin(?P<said>[^>]*)-->(?P<text>.*?)<!-- figures:end -->", re.DOTALL)
INLINE = re.compile(r"(?P<number>-?[\d.,]*\d)(?P<mark><!-- figure: (?P<name>\w+) (?P<path>.+?) (?P<form>\S+) -->)")
UNBOUND = re.compile(r"<!-- figure: (?!\w+ .+? \S+ -->)[^>]*-->|(?<!\d)<!-- figure: ")
CODE = re.compile(r"`[^`\n]+`")
NUMBER = re.compile(r"(?<![\w`./-])-?\d[\d,]*(?:\.\d+)?(?![\w`/])")
CARD = re.compile(r"(## Figures on the test split\n\n)(.*?)(\n\n## Known weaknesses)", re.DOTALL)
MAKERS: dict[str, Callable[[Results, Say], list[str]]] = {
    "readme": quoted_rows.readme,
    "umap": quoted_rows.umap,
    "layouts": quoted_rows.layouts,
    "judgements": quoted_rows.judgements,
    "missed": quoted_rows.missed,
    "compare": quoted_rows.compare,
    "compare-kin": quoted_spaces.kin,
    "compare-certificates": quoted_spaces.certificates,
    "compare-carried": quoted_spaces.carried,
    "compare-places": quoted_spaces.places,
    "compare-speed": quoted_spaces.speed,
    "noise": quoted_rows.noise,
}
"""Blocks by name."""
ELSEWHERE = "tools/make_docs.py"
"""What makes the blocks of reference pages, and has its own check."""
ONCE = "once: "


def pages(root: Path = REPOSITORY) -> list[Path]:
    """Every document that may quote figures."""
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "src/trasluz/zoo").glob("*/card.md")])


def made(page: Path, results: Results) -> tuple[str, list[str]]:
    """A page as the results have it, and what is wrong with it that nothing can be made of."""
    text, wrong = page.read_text(encoding="utf-8"), list[str]()
    say = Say(spanish=page.name.endswith(".es.md"))

    def block(found: re.Match[str]) -> str:
        said = found["said"].strip()
        if said == ELSEWHERE or (said.startswith(ONCE) and len(said) > len(ONCE) + 10):
            return found[0]
        if said not in MAKERS:
            names = ", ".join([*MAKERS, ELSEWHERE, f"{ONCE}WHERE IT COMES FROM"])
            wrong.append(f"a block of figures by {said or 'nothing'}; allowed: {names}")
            return found[0]
        return f"<!-- figures:begin {said} -->\n" + "\n".join(MAKERS[said](results, say)) + "\n<!-- figures:end -->"

    def inline(found: re.Match[str]) -> str:
        try:
            value = results.figures(found["name"])
            for key in found["path"].split("/"):
                value = value[key]
            return say.n(float(value), found["form"]) + found["mark"]  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError) as error:
            wrong.append(f"no figure for {found['mark']}: {error}")
            return found[0]

    try:
        text = INLINE.sub(inline, BLOCK.sub(block, text))
        if page.name == "card.md":
            lines = quoted_rows.card(results, page.parent.name)
            text = CARD.sub(lambda found: found[1] + "\n".join(lines) + found[3], text)
    except KeyError as error:
        wrong.append(str(error.args[0]))
    prose = CODE.sub("", text)
    wrong += [f"a figure that is bound to nothing: {found[0]}" for found in UNBOUND.finditer(prose)]
    opened, closed = prose.count("<!-- figures:begin"), prose.count("<!-- figures:end")
    if not opened == closed == len(BLOCK.findall(prose)):
        wrong.append("a block of figures that is not closed")
    return text, wrong


def check(root: Path = REPOSITORY, folder: Path = quoted_rows.RESULTS) -> list[str]:
    """What pages say otherwise than the results, a line each."""
    results, out = Results(folder), list[str]()
    for page in pages(root):
        text, wrong = made(page, results)
        where = page.relative_to(root).as_posix()
        out += [f"{where}: {one}" for one in wrong]
        old, new = page.read_text(encoding="utf-8").splitlines(), text.splitlines()
        if old != new:
            only = [line for line in old if line not in new] or ["(a line is missing)"]
            instead = [line for line in new if line not in old]
            out.append(f"{where}: says {only[0].strip()!r}, and the results {instead[0].strip() if instead else ''!r}")
    return out


def write(root: Path = REPOSITORY, folder: Path = quoted_rows.RESULTS) -> list[str]:
    """Make all pages as the results have them; those that changed."""
    results, changed = Results(folder), list[str]()
    for page in pages(root):
        text, _ = made(page, results)
        if text != page.read_text(encoding="utf-8"):
            page.write_text(text, encoding="utf-8")
            changed.append(page.relative_to(root).as_posix())
    return changed


def count(root: Path = REPOSITORY) -> Iterator[str]:
    """How many numbers are bound, and how many are not, by page."""
    totals = {"bound": 0, "once": 0, "made elsewhere": 0}
    for page in pages(root):
        text, here = page.read_text(encoding="utf-8"), dict.fromkeys(totals, 0)
        for found in BLOCK.finditer(text):
            said = found["said"].strip()
            kind = "once" if said.startswith(ONCE) else "made elsewhere" if said == ELSEWHERE else "bound"
            here[kind] += len(NUMBER.findall(found["text"]))
        here["bound"] += len(INLINE.findall(BLOCK.sub("", text)))
        if page.name == "card.md":
            here["bound"] += sum(len(NUMBER.findall(found[1])) for found in CARD.findall(text))
        totals = {kind: totals[kind] + n for kind, n in here.items()}
        if any(here.values()):
            yield f"{page.relative_to(root).as_posix()}: " + ", ".join(f"{n} {k}" for k, n in here.items() if n)
    yield "all: " + ", ".join(f"{n} {kind}" for kind, n in totals.items())


def main() -> int:
    """Returns what the process exits with."""
    parser = argparse.ArgumentParser(prog="python tools/quoted.py", description=__doc__)
    ways = parser.add_mutually_exclusive_group(required=True)
    ways.add_argument("--check", action="store_true", help="fail where a page says something else than the results")
    ways.add_argument("--write", action="store_true", help="make the pages as the results have them")
    ways.add_argument("--count", action="store_true", help="how many figures are bound, by page")
    given = parser.parse_args()
    if given.count:
        print("\n".join(count()))  # noqa: T201
        return 0
    if given.write:
        print("\n".join(write()) or "Nothing to mend.")  # noqa: T201
    found = check()
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201
    if found:
        print("Mend it by: python tools/quoted.py --write", file=sys.stderr)  # noqa: T201
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
