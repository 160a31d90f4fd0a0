"""Every error is one line on standard error, an exit code, and with --json a document."""

from __future__ import annotations

import json

import pytest

ENDS = {
    "user": (2, "Error: unknown family: got 'vaee'; allowed: gan, vae. Did you mean vae?"),
    "ours": (1, "Error: Internal error: RuntimeError: two lines. Run again with --debug and report it."),
    "memory": (2, "Error: not enough memory. Ask for fewer items, smaller pictures or another --device."),
    "torch": (2, "Error: not enough memory. Ask for fewer items, smaller pictures or another --device."),
    "interrupt": (130, "Interrupted."),
    "missing": (2, "Error: a.png: No such file or directory."),
    "refused": (2, "Error: the operating system refused b.png: Permission denied."),
    "full": (2, "Error: no space left to write c.png. Free some space and run the same command again."),
}


@pytest.mark.parametrize("how", ENDS)
def test_one_line_and_an_exit_code(toy, how):
    code, line = ENDS[how]
    result = toy("fail", how)
    assert result.exit_code == code
    assert result.stderr.splitlines() == [line]
    assert result.stdout == ""


@pytest.mark.parametrize("how", ENDS)
def test_with_json_the_error_is_a_document_too(toy, how):
    code, line = ENDS[how]
    result = toy("fail", how, "--json")
    assert result.exit_code == code
    error = json.loads(result.stdout)["error"]
    assert error["exit_code"] == code and line.casefold().endswith(error["message"].casefold())
    assert result.stderr.splitlines() == [line]


def test_the_document_of_an_error_has_its_parts(toy):
    error = json.loads(toy("fail", "user", "--json").stdout)["error"]
    assert error["kind"] == "UnknownName"
    assert error["got"] == "'vaee'" and error["allowed"] == ["gan", "vae"]


def test_debug_shows_where(toy):
    result = toy("fail", "ours", "--debug")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr and "RuntimeError: two" in result.stderr
    assert "Traceback" not in toy("fail", "ours").stderr


def test_a_hostile_name_in_an_error_is_shown_as_text(toy):
    text = toy("fail", "hostile").stderr
    assert not set("\x1b\x9b\u202e") & set(text)
    assert "[red]cat[/red]\\x1b[2J" in text and len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["sampel"], "no such command 'sampel'. Did you mean 'sample'?"),
        (["models", "lsit"], "no such command 'lsit'. Did you mean 'list'?"),
        (["sample"], "missing argument 'MODEL'."),
        (["sample", "m", "--sed", "3"], "no such option: --sed (Possible options: --psi, --seed, --space)."),
        (["--seed", "3", "sample", "m"], "no such option: --seed. Write it after the verb: trasluz VERB ... --seed."),
        (["sample", "m", "-n", "-3"], "wrong value for -n: got -3; allowed: a whole number, 1 to 100,000."),
        (["sample", "m", "-n", "2.5"], "wrong value for -n: got 2.5; allowed: a whole number, 1 to 100,000."),
        (["sample", "m", "-n", "many"], "wrong value for -n: got many; allowed: a whole number, 1 to 100,000."),
        (["sample", "m", "--psi", "nan"], "wrong value for --psi: got nan; allowed: a number, 0 to 4."),
        (["sample", "m", "--psi", "inf"], "wrong value for --psi: got inf; allowed: a number, 0 to 4."),
        (["sample", "m", "--temperature", "-1"], "wrong value for --temperature: got -1; allowed: a number, 0 to 4."),
        (["sample", "m", "--seed", "-1"], "wrong value for --seed: got -1; allowed: a whole number, 0 or more."),
        (["sample", "m", "x"], "got unexpected extra argument(s) (x)."),
        (["sample", "m", "--out"], "option '--out' requires an argument."),
        (["train", "vae"], "no data to train on. Give --data, a built-in name or a folder of your own items."),
        (
            ["train", "vae", "--data", "x", "--steps", "-5"],
            "wrong value for --steps: got -5; allowed: a whole number, 1 or more.",
        ),
        (
            ["train", "vae", "--data", "x", "--steps", "5", "--minutes", "1"],
            "--steps and --minutes exclude each other. Leave one of them out.",
        ),
        (
            ["train", "vae", "--resume"],
            "no run to resume. Give its --name.",
        ),
        (["train", "vaee", "--settings"], "unknown family: got 'vaee'; allowed: flow, gan, vae. Did you mean vae?"),
        (
            ["map", "m", "--data", "faces", "--atlas", "a"],
            "--data and --atlas exclude each other. Leave one of them out.",
        ),
        (["interpolate", "m", "test:1"], "a path needs two or more points: got 1. Add one, such as test:9."),
        (
            ["traverse", "m", "--dims", "0,x"],
            "wrong value for --dims: got '0,x'; allowed: whole numbers from 0, with commas between: 0,3.",
        ),
        (
            ["traverse", "m", "--dims", "-1"],
            "wrong value for --dims: got '-1'; allowed: whole numbers from 0, with commas between: 0,3.",
        ),
    ],
)
def test_a_command_line_that_cannot_be_read(run, words, line):
    result = run(*words)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [f"Error: {line}"]
    as_json = run(*words, "--json") if words != ["sample", "m", "--out"] else None
    if as_json is not None:
        assert json.loads(as_json.stdout)["error"]["message"] == line
