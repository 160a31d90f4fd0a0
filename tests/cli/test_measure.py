"""`trasluz measure`: a table for people, one document for programs."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from shells import Shell, with_mini
from trasluz.spaces.figures import Figure


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return with_mini(tmp_path_factory)


@pytest.fixture(autouse=True)
def _features_are_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", lambda *a, **k: None)


def test_people_get_a_table(shell: Shell) -> None:
    result = shell("measure", "mini", "-n", "20", "--column", "species")
    assert result.exit_code == 0, result.stderr
    for word in ("psnr", "dB", "95 % interval", "by chance", "prdc recall", "knn:species accuracy"):
        assert word in result.stdout
    assert list(Path.cwd().iterdir()) == [], "nothing is written where nobody asked"


def test_programs_get_a_document_and_its_command_gives_the_same(shell: Shell) -> None:
    document = shell.document("measure", "mini", "prdc", "knn", "-n", "20", "--column", "species", "--seed", "2")
    assert [(f["metric"], f["column"]) for f in document["figures"]] == [("prdc", None), ("knn", "species")]
    for figure in document["figures"]:
        told = {key: value for key, value in figure.items() if key not in ("metric", "column")}
        assert Figure.read(told, figure["metric"]).dump() == told
    words = shlex.split(document["command"])[1:]
    assert shell.document(*[w for w in words if w not in ("--workspace", str(shell.workspace))]) == document
    assert json.dumps(document, allow_nan=False)


def test_what_is_wrong_is_one_line(shell: Shell) -> None:
    for words, told in ((["prcd"], "Did you mean prdc"), (["-n", "1"], "2"), (["--column", "sort"], "unknown column")):
        result = shell("measure", "mini", *words)
        assert result.exit_code == 2 and told in result.stderr and result.stderr.strip().count("\n") == 0
