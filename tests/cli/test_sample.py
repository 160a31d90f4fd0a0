"""`trasluz sample` near an item, like some of the data, from a part of the map, and measured."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from shells import Shell, with_mini
from trasluz.cli.app import app

TRIANGLE = "[[-90, -90], [90, -90], [0, 90]]"
"""A part of the map that holds everything."""
NOWHERE = "[[1000, 0], [1009, 0], [1000, 9]]"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return with_mini(tmp_path_factory)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--near", "test:0"], "near test:0"),
        (["--near", "seed:3/1", "--temperature", "0.5"], "near seed:3/1"),
        (["--where", "species = 'cat'", "--psi", "0.5"], "items where species = 'cat'"),
        (["--region", "region.json"], "items of the region"),
        (["--region", TRIANGLE, "--data", "pets:120"], "items of the region"),
        (["--region", NOWHERE], "4 of them without support"),
    ],
)
def test_json_says_how_it_was_made_and_the_command_gives_the_same(shell: Shell, words: list[str], told: str) -> None:
    Path("region.json").write_text(json.dumps({"method": "pca", "points": json.loads(TRIANGLE)}))
    made = shell.document("sample", "mini", "-n", "4", *words, "--out", "a.png")
    assert told in made["holds"] and isinstance(made["without_support"], int) and made["quality"] is None
    first = Path("a.png").read_bytes()
    result = CliRunner().invoke(app, [*shlex.split(made["command"])[1:], "--json"])
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == made and Path("a.png").read_bytes() == first
    with Image.open("a.png") as picture:
        assert min(picture.size) > 100


def test_a_plain_sample_says_nothing_of_support(shell: Shell) -> None:
    made = shell.document("sample", "mini", "-n", "4", "--out", "a.png")
    assert made["without_support"] is None and "support" not in made["holds"]


def test_measured_samples_are_a_table_and_a_document(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", lambda *a, **k: None)
    words = ["sample", "mini", "-n", "8", "--measure", "--out", "a.png"]
    result = shell(*words)
    assert result.exit_code == 0, result.stderr
    first, *table = result.stdout.splitlines()
    assert first == "a.png"
    for word in ("in features of pixels", "Vendi score", "precision", "coverage", "near copies", "distance"):
        assert sum(word in line for line in table) == 1
    quality = shell.document(*words)["quality"]
    assert quality["samples"] == 8 and 1 <= quality["vendi"] <= 8 and 0 <= quality["coverage"] <= 1


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--near", "test:0", "--where", "species = 'cat'"], "samples come from one source: got near and where"),
        (["--prior", "normal", "--region", TRIANGLE], "got prior and region"),
        (["--near", "tst:1"], "not a POINT"),
        (["--near", "test:9999"], "items"),
        (["--where", "speces = 'cat'"], "Did you mean species?"),
        (["--where", "species = 'cow'"], "too few items"),
        (["--where", "read_csv('/etc/passwd')"], "Error: "),
        (["--region", "none.json"], "the region is missing: none.json"),
        (["--region", "text.json"], "is not JSON"),
        (["--region", "."], "is not a file"),
        (["--region", "two.json"], "not a region of the map: got 2 corners"),
        (["--region", "[[0, 0], [1, 1], [NaN, 1]]"], "not a region of the map"),
        (["--region", '{"method": "pcaa", "points": [[0, 0], [1, 1], [0, 1]]}'], "Did you mean pca?"),
        (["--region", TRIANGLE, "--data", "pets:31", "--no-create"], "there is no atlas"),
        (["--data", "pets:31", "--atlas", "x"], "--data and --atlas exclude each other"),
    ],
)
def test_what_is_no_source_is_one_line(shell: Shell, words: list[str], part: str) -> None:
    Path("text.json").write_text("corners")
    Path("two.json").write_text("[[0, 0], [1, 1]]")
    assert part in shell.error("sample", "mini", "-n", "4", *words, "--out", "a.png")
    assert not Path("a.png").exists()
