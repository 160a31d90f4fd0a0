"""One JSON document on standard output and nothing else there; text for people that cannot act on a screen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trasluz.base.progress import SILENT
from trasluz.cli import output
from trasluz.cli.progress import Bar, Lines, progress_for
from trasluz.lab.calls import answers
from trasluz.lab.shelf.families import limits

from .conftest import HOSTILE


def test_json_is_one_document_and_all_else_is_elsewhere(toy):
    result = toy("greet", "--json", "--seed", "7", "--workspace", "here")
    document = json.loads(result.stdout)
    assert document == {"label": HOSTILE, "times": 1, "nan": None, "seed": 7, "workspace": "here"}
    assert result.stdout.isascii()
    assert "a remark" in result.stderr and "a library that talks" in result.stderr


def test_for_people_a_table(toy):
    result = toy("greet")
    assert "label" in result.stdout and "a remark" in result.stderr


def test_quiet_keeps_the_result_alone(toy):
    result = toy("greet", "--quiet", "--json")
    assert json.loads(result.stdout)["times"] == 1
    assert "a remark" not in result.stderr


def test_a_hostile_label_is_text(toy):
    text = toy("greet").stdout
    assert not set("\x1b\x9b\u202e") & set(text)
    assert "[red]cat[/red]\\x1b[2J\\x9b31m\\u202egod\\nnext" in text


def test_safe_leaves_what_can_be_seen():
    assert output.safe("árbol 猫 🐈 [b]x[/b]") == "árbol 猫 🐈 [b]x[/b]"
    assert output.safe("a\tb\udcff") == "a\\tb\\udcff"


def test_numbers_of_any_library_are_json():
    plain = output.plain({"a": np.float32(1.5), "b": np.int64(3), "c": np.array([1, 2]), "d": Path("x"), "e": np.inf})
    assert plain == {"a": 1.5, "b": 3, "c": [1, 2], "d": "x", "e": None}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (True, "yes"), (12345, "12,345"), (0.123456, "0.1235"), ([1, 2], "1, 2"), ({"a": 1}, "a=1")],
)
def test_cells(value, shown):
    assert output.cell(value) == shown


def test_a_default_file_is_a_new_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert answers.fresh("m-sample.png") == Path("m-sample.png")
    Path("m-sample.png").touch()
    assert answers.fresh("m-sample.png") == Path("m-sample-2.png")
    assert answers.slug("./some where/my model/") == "my-model"


def test_limits_of_a_setting():
    assert limits({"minimum": 0, "exclusiveMaximum": 1}) == "0 ≤ x < 1"
    assert limits({"enum": ["a", "b"]}) == "a, b"
    assert limits({"anyOf": [{"type": "integer"}, {"type": "null"}]}) == "integer or none"


def test_the_settings_of_a_family_are_listed(run):
    listed = json.loads(run("train", "vae", "--settings", "--json").stdout)
    beta = next(s for s in listed["settings"] if s["name"] == "beta")
    assert beta["default"] == 1 and beta["range"] and beta["meaning"]
    assert {"tiny", "small", "base"} <= set(listed["presets"])
    assert "beta" in run("train", "vae", "--settings").stdout


def test_progress_on_a_pipe_is_lines(capsys, monkeypatch):
    monkeypatch.setattr("trasluz.lab.calls.watching.FIRST_LINE", -1.0)
    progress = progress_for(quiet=False)
    assert isinstance(progress, Lines)
    with progress.task("Drawing [faces]", 10) as step:
        step(4, note="loss 0.2")
        step(6)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "Drawing [faces]: 4 of 10, loss 0.2",
        "Drawing [faces]: 10 of 10, loss 0.2; took 0 s",
    ]


def test_short_work_says_nothing(capsys):
    with Lines().task("Quick", 2) as step:
        step(2)
    assert capsys.readouterr() == ("", "")
    assert progress_for(quiet=True) is SILENT


def test_bars_nest_and_clean_up(capsys):
    bar = Bar()
    with bar.task("outer", 2) as outer:
        outer(1)
        with bar.task("inner", None) as inner:
            inner(5, note="x")
        bar.say("a line [that] stays")
    with pytest.raises(ValueError), bar.task("again", 1):
        raise ValueError
    assert "a line [that] stays" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error():
    program = (
        "import sys\nsys.argv = ['trasluz', 'train', 'vae', '--settings']\n"
        "import os\nos.close(1)\nr, w = os.pipe()\nos.close(r)\nos.dup2(w, 1)\n"
        "from trasluz.cli.app import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, text=True)
    assert "Traceback" not in done.stderr and "Error" not in done.stderr


def test_a_terminal_without_unicode_gets_escapes():
    done = subprocess.run(
        [sys.executable, "-m", "trasluz", "train", "vae", "--settings"],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
    )
    assert done.returncode == 0 and done.stdout.isascii()
