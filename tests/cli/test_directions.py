"""`trasluz directions` and `trasluz edit` from end to end, on a model that was hardly trained."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from shells import Shell, with_mini
from trasluz.cli.app import app
from trasluz.nn.reader import ReaderConfig

MODEL = "mini"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Any:
    first = ReaderConfig.__init__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReaderConfig, "__init__", lambda self, **v: first(self, **{"steps": 5, "warmup": 1, **v}))
        yield with_mini(tmp_path_factory)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_direction_lives_from_find_to_remove(shell: Shell) -> None:
    words = ["directions", "find", MODEL, "--data", "pets:200", "--method", "means", "--target", "species=cat"]
    made = shell.document(*words, "--out", "cat.png")
    [about] = made["directions"]
    assert about["name"] == "species-cat-means" and Path(about["file"]).is_file() and Path("cat.png").is_file()
    assert about["measured"]["sentence"] and "tl.find" in made["code"]
    again = CliRunner().invoke(app, [*shlex.split(made["command"])[1:], "--json", "--device", "cpu"])
    assert again.exit_code == 0, again.stderr
    assert json.loads(again.stdout)["directions"][0]["measured"] == about["measured"]
    assert [d["name"] for d in shell.document("directions", "list")["directions"]] == ["species-cat-means"]
    assert "species-cat-means" in shell("directions", "list").stdout
    assert shell.document("directions", "show", "species-cat-means", "--out", "again.png")["target"] == "species=cat"
    with Image.open("cat.png") as one, Image.open("again.png") as two:
        assert one.size == two.size
    applied = shell.document("directions", "apply", "species-cat-means", MODEL, "test:0", "--strength", "1.5")
    assert applied["changes"][0]["strength"] == 1.5
    assert "--direction species-cat-means=1.5" in applied["command"]
    assert "directions={'species-cat-means': 1.5}" in applied["code"]
    applied = shell.document("directions", "apply", "species-cat-means", MODEL, "test:0")
    assert "--direction species-cat-means --no-report" in applied["command"]
    asked = ["traverse", MODEL, "--direction", "species-cat-means", "--columns", "3", "--data", "pets:200"]
    assert shell.document(*asked)["written"].endswith("traverse.png")
    assert shell("directions", "name", "species-cat-means", "catness").exit_code == 0
    assert "unknown direction" in shell.error("directions", "show", "species-cat-means")
    assert "there is a direction catness" in shell.error(*words, "--name", "catness")
    assert shell("directions", "remove", "catness").stdout.strip() == "Removed catness"
    assert shell.document("directions", "list")["directions"] == []


def test_an_edit_says_what_was_done_and_the_command_does_it_again(shell: Shell) -> None:
    words = ["edit", MODEL, "test:0", "test:1", "--set", "species=dog", "--dim", "1=2", "--data", "pets:200"]
    made = shell.document(*words, "--out", "edit.png")
    first = Path("edit.png").read_bytes()
    assert {c["direction"] for c in made["changes"]} == {"species-dog", "dimension 1"}
    assert [item["name"] for item in made["items"]] == ["test:0", "test:1"]
    again = CliRunner().invoke(app, [*shlex.split(made["command"])[1:], "--json", "--device", "cpu"])
    assert again.exit_code == 0, again.stderr
    assert Path("edit.png").read_bytes() == first
    like = ["edit", MODEL, "seed:1", "--analogy", "seed:2", "seed:3", "--no-report"]
    assert shell.document(*like, "--out", "like.png")["changes"][0]["unit"]
    folder = shell.document("edit", MODEL, "test:0", "seed:3", "--dim", "0=1", "--no-report", "--out", "edited/")
    assert len(folder["files"]) == 2 and all(Path(f).is_file() for f in folder["files"])
    assert "--out edited/" in folder["command"] and "edited.save('edited/')" in folder["code"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["directions", "find", MODEL, "--target", "color=cat"], "unknown column"),
        (["directions", "find", MODEL, "--target", "species=cow"], "unknown value of species"),
        (["directions", "find", MODEL, "--method", "prob", "--target", "species=cat"], "Did you mean probe?"),
        (["directions", "find", MODEL, "--method", "means"], "needs to know which"),
        (["directions", "find", MODEL, "--labels", "nowhere.csv", "--target", "a=b"], "there is no file"),
        (["directions", "find", MODEL, "--these", "test:1"], "two kinds"),
        (["directions", "find", MODEL, "--method", "pca", "--name", "x"], "one name for several"),
        (["directions", "find", MODEL, "--out", "x.bmpp"], "no form to save this in"),
        (["directions", "show", "nothing"], "unknown direction"),
        (["directions", "name", "nothing", "new"], "unknown direction"),
        (["directions", "remove", "../x"], "not a usable direction name"),
        (["edit", MODEL, "test:0"], "nothing to change"),
        (["edit", MODEL, "nowhere.png", "--dim", "1=2"], "there is no picture"),
        (["edit", MODEL, "test:0", "--dim", "x=2"], "wrong value for --dim"),
        (["edit", MODEL, "test:0", "--dim", "1=much"], "wrong number"),
        (["edit", MODEL, "test:0", "--direction", "none=1"], "unknown direction"),
        (["edit", MODEL, "test:0", "--set", "species"], "KEY=VALUE"),
        (["edit", MODEL, "test:0", "--set", "species=cat", "--set", "species=dog"], "species is asked for twice"),
        (["edit", MODEL, "test:0", "--dim", "1=2", "--dim", "1=3"], "1 is asked for twice"),
        (["edit", MODEL, "test:0", "--direction", "a=1", "--direction", "a"], "a is asked for twice"),
        (["edit", MODEL, "test:0", "--dim", "1=2", "--out", "x.bmpp"], "no form to save this in"),
        (["edit", "faces-vae", "test:0", "--dim", "1=2", "--space", "w"], "unknown space"),
    ],
)
def test_what_cannot_be_done_is_one_line(shell: Shell, words: list[str], part: str) -> None:
    data = ["--data", "pets:200"] if words[0] == "edit" or words[1] == "find" else []
    assert part in shell.error(*words, *data)


def test_an_empty_list_says_how_to_find_one(tmp_path: Path) -> None:
    result = Shell(tmp_path / "none")("directions", "list")
    assert result.exit_code == 0 and "trasluz directions find" in result.stderr
    assert not (tmp_path / "none").exists()
