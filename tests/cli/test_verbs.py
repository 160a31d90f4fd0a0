"""The verbs from end to end, on a model that was hardly trained: what is under test is what they say and write."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from shells import Shell, with_mini
from trasluz.cli.app import app


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return with_mini(tmp_path_factory)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_sample_writes_where_it_says(shell):
    assert shell.line("sample", "mini", "-n", "4") == "mini-sample.png"
    assert shell.line("sample", "mini", "-n", "4") == "mini-sample-2.png"
    assert Path("mini-sample.png").read_bytes() == Path("mini-sample-2.png").read_bytes()
    assert shell.line("sample", "mini", "-n", "4", "--out", "deep/er/x.png") == "deep/er/x.png"
    with Image.open("deep/er/x.png") as picture:
        assert min(picture.size) > 100


@pytest.mark.parametrize(
    "words",
    [
        ["sample", "mini", "-n", "4", "--seed", "3", "--psi", "0.5"],
        ["decode", "mini", "test:0", "seed:42/3", "map:0.1,-0.2"],
        ["interpolate", "mini", "seed:1", "seed:2", "--rule", "spherical", "--frames", "3", "--loop"],
        ["traverse", "mini", "--dims", "0,2", "--from", "seed:3", "--columns", "3", "--range", "1.5"],
        ["map", "mini", "--no-thumbnails", "--where", "label = 'cat'"],
    ],
)
def test_json_says_how_it_was_made_and_the_command_gives_the_same(shell, words):
    made = shell.document(*words, "--out", "a.png")
    assert made["written"] == "a.png" and f"tl.{words[0]}" in made["code"]
    first = Path("a.png").read_bytes()
    result = CliRunner().invoke(app, [*shlex.split(made["command"])[1:], "--json"])
    assert result.exit_code == 0, result.stderr
    assert Path("a.png").read_bytes() == first
    assert json.loads(result.stdout) == made


def test_a_form_that_cannot_be_written_is_refused_before_any_work(shell):
    assert "no form to save this in: got 'x.bmpp'" in shell.error("sample", "nobody", "--out", "x.bmpp")
    assert ".gif" in shell.error("interpolate", "mini", "test:0", "test:1", "--out", "x")


def test_decode_interpolate_traverse(shell):
    assert shell.line("decode", "mini", "test:0", "seed:42/3", "--out", "d.png") == "d.png"
    assert shell.line("interpolate", "mini", "test:0", "seed:1", "--frames", "4", "--out", "w.gif") == "w.gif"
    with Image.open("w.gif") as film:
        assert film.n_frames == 4
    assert shell.line("traverse", "mini", "--dims", "0,2", "--columns", "3", "--out", "t.png") == "t.png"


def test_encode_then_map(shell):
    made = shell.document("encode", "mini", "--split", "all", "--limit", "20", "--name", "first")
    assert made["atlas"] == "first" and made["items"] == 20
    assert "first" in [a["name"] for a in shell.document("atlases", "list")["atlases"]]
    assert shell.document("atlases", "show", "first")
    assert shell.line("map", "mini", "--atlas", "first", "--color", "label", "--out", "m.svg") == "m.svg"
    assert "<svg" in Path("m.svg").read_text()
    assert shell.line("map", "mini", "--atlas", "first", "--sheet", "--out", "s.png") == "s.png"
    assert shell.line("atlases", "export", "first", "--out", "first.npz") == "first.npz"
    assert shell.line("atlases", "remove", "first") == "Removed first"
    assert "unknown atlas" in shell.error("atlases", "show", "first")


def test_no_create_refuses(shell):
    line = shell.error("map", "mini", "--data", "pets:31", "--no-create", "--out", "m.png")
    assert "pets" in line


def test_points(shell):
    assert shell.line("points", "save", "smile", "mini", "seed:7").endswith("smile.json")
    assert shell.document("points", "list")["points"][0]["name"] == "smile"
    assert shell.line("decode", "mini", "@smile") == "mini-decode.png"
    assert "there is a point @smile already" in shell.error("points", "save", "smile", "mini", "seed:8")
    assert shell.line("points", "remove", "smile") == "Removed smile"
    assert shell.document("points", "list") == {"points": []}


def test_models(shell):
    [listed] = [m for m in shell.document("models", "list")["models"] if m["name"] == "mini"]
    assert listed["family"] == "vae" and listed["state"] == "ready"
    assert "mini" in shell("models", "list").stdout
    about = shell.document("models", "show", "mini")
    assert about["config"]["latent"] == 4
    assert about["identity"] in shell("models", "show", "mini").stdout
    assert shell.line("models", "export", "mini", "--out", "copy") == "copy"
    assert shell.line("models", "add", "./copy", "--name", "twin") == "Added twin"
    assert shell.document("models", "show", "twin")["identity"] == about["identity"]
    assert shell.line("models", "remove", "twin") == "Removed twin"


def test_data(shell):
    assert {"faces", "pets", "folder"} <= {d["name"] for d in shell.document("data", "list")["data"]}
    about = shell.document("data", "show", "pets:60")
    assert about["items"] == 60 and set(about["columns"]["label"]["counts"]) == {"cat", "dog"}
    assert "cat=" in shell("data", "show", "pets:60").stdout
    assert shell.line("data", "draw", "pets:60") == "pets:60: 60 items of 64x64 pixels"


def test_a_hostile_folder_name_is_shown_as_text(shell, tmp_path):
    for kind in ("[red]evil", "clear\x1b[2J"):
        (tmp_path / "photos" / kind).mkdir(parents=True)
        for i in range(2):
            Image.new("RGB", (32, 32), (40 * i, 9, 9)).save(tmp_path / "photos" / kind / f"{i}.png")
    (tmp_path / "photos" / "[b]bad\x1b]0;owned\x07.png").write_bytes(b"no picture")
    result = shell("data", "show", str(tmp_path / "photos"))
    assert result.exit_code == 0, result.stderr
    assert not {"\x1b", "\x07"} & set(result.stdout + result.stderr)
    assert "[red]evil=2" in result.stdout and "clear\\x1b[2J" in result.stdout
    assert json.loads(shell("data", "show", str(tmp_path / "photos"), "--json").stdout)["items"] == 4


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["sample", "minni"], "Did you mean mini?"),
        (["sample", "mini", "--prior", "norml"], "Did you mean normal?"),
        (["sample", "mini", "--space", "zz"], "unknown space"),
        (["sample", "mini", "--device", "gpu"], "unknown device"),
        (["interpolate", "mini", "seed:1", "seed:2", "--rule", "sphericl"], "Did you mean spherical?"),
        (["map", "mini", "--method", "pcaa"], "Did you mean pca?"),
        (["map", "mini", "--color", "colour"], "unknown column"),
        (["map", "mini", "--where", "read_csv('/etc/passwd')"], "Error: "),
        (["decode", "mini", "tst:1"], "not a POINT"),
        (["decode", "mini", "test:9999"], "items"),
        (["encode", "mini", "--split", "tset"], "Did you mean test?"),
        (["data", "show", "facess"], "Did you mean faces?"),
        (["train", "vea", "--data", "pets:60"], "Did you mean vae?"),
        (["train", "vae", "--data", "pets:60", "--preset", "tinny"], "Did you mean tiny?"),
        (["train", "vae", "--data", "pets:60", "--set", "bta=4"], "Did you mean beta?"),
        (["train", "vae", "--data", "pets:60", "--set", "beta"], "a setting is KEY=VALUE"),
        (["train", "vae", "--data", "pets:60", "--set", "beta=much"], "setting beta"),
        (["train", "vae", "--data", "pets:60", "--name", "../out"], "not a usable model name"),
        (["train", "vae", "--data", "pets:60", "--name", "mini"], "already exists"),
        (["models", "remove", "minni"], "Did you mean mini?"),
        (["models", "add", "./nowhere"], "is not a model"),
    ],
)
def test_what_is_unknown_is_one_line(shell, words, part):
    assert part in shell.error(*words)


def test_an_empty_workspace_is_told_and_not_made(tmp_path):
    shell = Shell(tmp_path / "none")
    for verb in (["models", "list"], ["atlases", "list"], ["points", "list"]):
        result = shell(*verb)
        assert result.exit_code == 0 and "trasluz" in result.stderr
        assert result.stdout == "" or verb[0] == "models", "nothing of one's own; some models are bundled"
    listed = shell.document("models", "list")["models"]
    assert listed and {model["where"] for model in listed} == {"bundled"}
    assert not (tmp_path / "none").exists()
