"""Every benchmark says what it measures, is listed, and runs to its end on small sizes."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from benchmarks.__main__ import describe, main

from benchmarks import NAMES

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "benchmarks"
HELPERS = {"__init__", "__main__", "_common", "_judged", "_judgements", "_studio", "factor_classifier"}
PICTURES = {
    "quality_faces": 1,
    "quality_pets": 2,
    "quality_voices": 3,
    "quality_bundled": 1,
    "quality_inversion": 1,
    "quality_directions": 1,
    "quality_compare": 3,
    "quality_paths": 1,
    "quality_fashion": 1,
    "quality_gan": 1,
    "speed_umap": 2,
}


def test_every_file_is_listed() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {*NAMES, *HELPERS}


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_says_what_it_measures(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    assert len(describe(name)) > 40
    assert any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body)


@pytest.mark.parametrize("name", NAMES)
def test_what_it_imports_of_the_package_is_there(name: str) -> None:
    """Long runs are rare: what was moved would be missed on the day when a figure is wanted."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trasluz"):
            module = import_module(str(node.module))
            missing = [one.name for one in node.names if one.name not in dir(module)]
            submodules = [one for one in missing if find_spec(f"{node.module}.{one}") is None]
            assert not submodules, f"{node.module} has no {', '.join(submodules)}"


def test_without_a_name_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines()] == list(NAMES)


def test_an_unknown_name_is_told_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["sped_train"])
    assert stop.value.code == 2 and "speed_train" in capsys.readouterr().err


def test_results_that_are_kept_are_of_full_runs() -> None:
    for path in (FOLDER / "results").glob("*.json"):
        kept = json.loads(path.read_text(encoding="utf-8"))
        assert kept["benchmark"] == path.stem in NAMES and not kept["quick"], path.name
        assert all((path.parent / picture).is_file() for picture in kept["pictures"]), path.name


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_it_runs(name: str, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "benchmarks", name, "--quick", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*line, "--workspace", str(tmp_path / "workspace")],
        check=False,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    kept = json.loads((tmp_path / "out" / f"{name}.json").read_text(encoding="utf-8"))
    assert kept["quick"] and kept["measures"] == describe(name) and kept["figures"]
    assert len(kept["pictures"]) == PICTURES.get(name, 0)
    assert all((tmp_path / "out" / picture).stat().st_size > 1000 for picture in kept["pictures"])
    assert str(tmp_path) not in json.dumps(kept)
