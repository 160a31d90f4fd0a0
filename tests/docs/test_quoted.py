"""Figures in documents are those of the results, chosen by rule: changed by hand they are found, and mended."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import trasluz as tl

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "tools"))

import quoted  # noqa: E402
import quoted_rows  # noqa: E402
from quoted_rows import Results, Say  # noqa: E402


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The documents and the results, to be spoiled."""
    for page in quoted.pages():
        place = tmp_path / page.relative_to(REPOSITORY)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(page, place)
    shutil.copytree(quoted_rows.RESULTS, tmp_path / "results", ignore=shutil.ignore_patterns("*.png"))
    return tmp_path


def check(root: Path) -> list[str]:
    return quoted.check(root, root / "results")


def spoil(page: Path, old: str, new: str) -> None:
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_figure_is_that_of_the_results() -> None:
    assert quoted.check() == [], "run python tools/quoted.py --write"


@pytest.mark.parametrize(
    ("document", "old", "new"),
    [("README.md", "PSNR 34.5 dB", "PSNR 34.9 dB"), ("README.es.md", "PSNR 34,5 dB", "PSNR 34.5 dB"),
     ("docs/design/0014-umap-way-back.md", "0.516", "0.616"), ("docs/design/0016-studio-server.md", "0.41<", "0.51<"),
     ("src/trasluz/zoo/pets-gan/card.md", "121.7", "12.7")],
)  # fmt: skip
def test_a_figure_that_somebody_changed_is_found_and_mended(copy: Path, document: str, old: str, new: str) -> None:
    assert check(copy) == []
    spoil(copy / document, old, new)
    [line] = check(copy)
    assert line.startswith(f"{document}: says") and new.rstrip("<") in line and old.rstrip("<") in line
    assert quoted.write(copy, copy / "results") == [document] and check(copy) == []


def test_a_result_that_was_measured_anew_is_missed_in_the_documents(copy: Path) -> None:
    spoil(copy / "results" / "quality_faces.json", '"psnr": 34.51', '"psnr": 24.51')
    assert {line.partition(":")[0] for line in check(copy)} == {"README.md", "README.es.md"}


@pytest.mark.parametrize(
    ("block", "said"),
    [("<!-- figures:begin -->\n| 1 |\n<!-- figures:end -->", "a block of figures by nothing"),
     ("<!-- figures:begin mine -->\n| 1 |\n<!-- figures:end -->", "a block of figures by mine"),
     ("<!-- figures:begin once: -->\n| 1 |\n<!-- figures:end -->", "a block of figures by once:"),
     ("<!-- figures:begin readme -->\n| 1 |\n", "not closed"),
     ("it is 3<!-- figure: speed_umap nowhere/at/all .2f --> times", "no figure for"),
     ("it is 3<!-- figure: speed_nothing at/all .2f --> times", "there is no result speed_nothing.json"),
     ("it is 3<!-- figure: speed_umap variance_lost .2f --> times", "no figure for"),
     ("it is 3<!-- figure: speed_umap -->", "bound to nothing"),
     ("it is <!-- figure: speed_umap held_out d -->", "bound to nothing")],
)  # fmt: skip
def test_a_figure_without_its_source_is_an_error(tmp_path: Path, block: str, said: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{block}\n", encoding="utf-8")
    assert any(said in line for line in quoted.check(tmp_path)), quoted.check(tmp_path)


def test_what_cannot_be_made_again_says_where_it_comes_from(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- figures:begin once: by hand, a year ago -->\n| 7 |\n<!-- figures:end -->\n", encoding="utf-8")
    assert quoted.check(tmp_path) == []
    assert list(quoted.count(tmp_path)) == ["page.md: 1 once", "all: 0 bound, 1 once, 0 made elsewhere"]


def test_a_number_in_a_sentence_is_made_in_the_words_of_its_language(tmp_path: Path) -> None:
    line = "it is 0<!-- figure: speed_umap times_faster/median ,.1f --> times"
    for name in ("page.md", "page.es.md"):
        (tmp_path / name).write_text(line, encoding="utf-8")
    quoted.write(tmp_path)
    assert (tmp_path / "page.md").read_text().startswith("it is 6,184.5<!--")
    assert (tmp_path / "page.es.md").read_text().startswith("it is 6.184,5<!--")


def numbers(text: str) -> list[str]:
    return re.findall(r"\d[\d.,]*\d|\d", re.sub(r"\(benchmarks/[^)]*\)|`[^`]*`|N\(0, I\)", "", text))


def test_both_languages_have_the_same_figures() -> None:
    english, spanish = (quoted_rows.readme(Results(), Say(spanish=way)) for way in (False, True))
    assert len(english) == len(spanish)
    turned = str.maketrans(",.", ".,")
    for one, other in zip(english[2:], spanish[2:], strict=True):
        # Dates and names of limits are written alike.
        assert [n.translate(turned) for n in numbers(one)] == numbers(other) or numbers(one) == numbers(other), other


def test_a_quick_run_is_never_quoted(copy: Path) -> None:
    path = copy / "results" / "speed_train.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "quick": True}), encoding="utf-8")
    assert any("quick run" in line for line in check(copy))


# Rules, not choices --------------------------------------------------------------------------------------------


def directed(shares: dict[str, dict[str, float]], **more: Any) -> dict[str, Any]:
    """A model's figures of directions, with fields that no rule knows."""
    return {
        "identity": "m-1", "reconstruction reads right": {"hat": 1.0}, **more,
        "towards": {
            factor: {
                value: {"reached": {"value": share, "n": 50, "interval": [0.1, 0.9]}, "kept": -0.01, "style": "other",
                        "worst": {"factor": "shoe", "kept": -share / 2}, "ceiling": {"value": 0.9, "n": 9}}
                for value, share in values.items()
            }
            for factor, values in shares.items()
        },
    }  # fmt: skip


def results_of(tmp_path: Path, models: dict[str, Any]) -> Results:
    found = {"quick": False, "date": "2026-01-01", "bars": [], "figures": {"models": models}}
    (tmp_path / "quality_directions.json").write_text(json.dumps(found), encoding="utf-8")
    return Results(tmp_path)


def test_a_row_has_the_worst_beside_the_best_and_every_model_a_row(tmp_path: Path) -> None:
    good = directed({"hat": {"red": 1.0, "blue": 0.9}, "coat": {"long": 0.5}, "beard": {"full": 0.2, "none": 0.1}})
    bad = directed({"hat": {"red": 0.3}}, towards_later={"hat": "a word"})
    rows = quoted_rows._directions(results_of(tmp_path, {"mine": good, "theirs": bad}), Say())
    assert [row[0].partition(",")[0] for row in rows] == ["`mine`", "`theirs`"]
    assert "0.95 (`hat`, n = 100) … 0.15 (`beard`, n = 100)" in rows[0][1] and rows[0][1].endswith("1.0, 50")
    assert rows[1][1].startswith("0.30 (`hat`, n = 50); ")


def test_another_factor_that_fails_is_in_the_row_at_once(tmp_path: Path) -> None:
    shares = {"hat": {"red": 1.0}, "coat": {"long": 0.9}}
    before = quoted_rows._directions(results_of(tmp_path, {"mine": directed(shares)}), Say())[0][1]
    after = quoted_rows._directions(results_of(tmp_path, {"mine": directed({**shares, "mouth": {"sad": 0.4}})}), Say())
    assert "mouth" not in before and "0.40 (`mouth`" in after[0][1]


def test_every_limit_that_is_missed_is_said() -> None:
    results = Results()
    said = quoted_rows.missed(results, Say())
    missed = [bar for name in results.names() for bar in results.whole(name)["bars"] if not bar["holds"]]
    assert missed and len(said) == len(missed) + 2
    assert all(any(bar["what"] in line for line in said) for bar in missed)
    assert any(f"{len(missed)} are missed" in line for line in quoted_rows.readme(results, Say()))


def test_judgements_not_tried_yet_are_named_and_not_made_up(tmp_path: Path) -> None:
    assert "Not measured yet" in quoted_rows.judgements(Results(tmp_path), Say())[0]
    cell = {"judgement": "learned", "items": 20, "truth": "nothing", "trials": 200, "share": 0.05,
            "interval": [0.03, 0.09], "not_tested": 0.0}  # fmt: skip
    found = {"cells": [cell], "missing": ["learned, 20, something"]}
    whole = {"quick": False, "date": "2026-01-01", "bars": [], "figures": found}
    (tmp_path / "quality_judgements.json").write_text(json.dumps(whole), encoding="utf-8")
    lines = quoted_rows.judgements(Results(tmp_path), Say())
    assert "| learned | 20 | 0.05 (0.03 to 0.09) | not tried yet | 0.00, – |" in lines
    assert "Not tried yet, 1 cells: learned, 20, something." in lines


def test_figures_of_bundled_models_are_of_the_models_that_ship() -> None:
    identities = dict[str, str]()
    for result in ("quality_bundled", "quality_directions"):
        for name, found in Results().figures(result)["models"].items():
            identities.setdefault(name, tl.open(name, device="cpu").identity)
            assert found["identity"] == identities[name], f"{result}: {name} was measured before it was trained again"
