"""How a verb is declared: what stands on a line is what was given, and what an editor sees is what is there."""

from __future__ import annotations

import inspect
import json
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

import trasluz as tl
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.base.progress import SILENT
from trasluz.cli import failures, verbs
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.answers import Outlined
from trasluz.lab.calls.call import Call, call_of
from trasluz.lab.calls.common import Given, Home, Model, Seed, Watcher
from trasluz.lab.calls.given import ModelRef, Named
from trasluz.lab.calls.parameters import Number, Numbers, Pairs, Several, Strengths, Switch, Text, Two, Whole
from trasluz.lab.calls.verb import told, verb, verb_named, verb_of

SEEN: dict[str, Any] = {}


@verb(examples=["trasluz toy"], answer=Outlined(), variable="made")
def toy(
    call: Call,
    model: Model,
    points: Annotated[Sequence[str], Several(help="Some.", metavar="POINT...", positional=True, least=1)],
    *,
    word: Annotated[str | None, Text(help="A word.")] = None,
    number: Annotated[float, Number(help="A number.", low=-10, high=10, called="the number")] = 1.0,
    whole: Annotated[int | None, Whole(help="A whole one.", low=1, high=9)] = None,
    yes: Annotated[bool, Switch(help="Whether.")] = False,
    no: Annotated[bool, Switch(help="Whether.", off="--not", without="Not.")] = True,
    many: Annotated[Sequence[str] | None, Several(help="Many.", flag="--one")] = None,
    pair: Annotated[Sequence[str] | None, Two(help="Two.")] = None,
    dims: Annotated[Sequence[int] | None, Numbers(help="Some.")] = None,
    settings: Annotated[Mapping[str, Any] | None, Pairs(help="Some.", flag="--set")] = None,
    ways: Annotated[Mapping[str, float | None] | None, Strengths(help="Some.", flag="--way")] = None,
    axes: Annotated[Mapping[int, float] | None, Strengths(help="Some.", flag="--axis", whole=True)] = None,
    given: Given = None,
    seed: Seed = 0,
    workspace: Home = None,
    progress: Watcher = SILENT,
) -> dict[str, Any]:
    """Remember what it was asked."""
    SEEN.clear()
    SEEN.update(call.values)
    return {}


APP = typer.Typer(cls=verbs.holding({"toy": verbs.Command("toy", verb_of(toy))}, failures.Face))
APP.callback()(lambda: None)
GIVEN = [
    {},
    {"word": "a word with 'quotes' and -- dashes"},
    {"word": "ñandú = ☃"},
    {"number": -2.5},
    {"number": 1e-7},
    {"number": 0},
    {"whole": 9, "seed": 3},
    {"yes": True, "no": False},
    {"many": ["one", "two words"]},
    {"pair": ["a b", "-c"]},
    {"dims": [0, 3]},
    {"settings": {"steps": 100, "share": 0.5, "name": "a=b", "version": "1.50"}},
    {"ways": {"blond": None, "smile": -1.25}},
    {"axes": {0: 2.5, 7: -1.0}},
    {"given": {"species": "cat", "guidance": 2}},
]


@pytest.mark.parametrize("given", GIVEN, ids=str)
def test_what_is_said_on_a_line_is_read_as_it_was_given(given: dict[str, Any]) -> None:
    call = call_of(verb_of(toy), "mine", ["seed:1", "my picture.png"], **given)
    words = shlex.split(call.command())
    assert words[:5] == ["trasluz", "toy", "mine", "seed:1", "my picture.png"]
    result = CliRunner().invoke(APP, words[1:])
    assert result.exit_code == 0, result.output
    read = {name: value for name, value in SEEN.items() if name not in ("workspace", "progress", "model", "points")}
    assert read == {name: value for name, value in call.values.items() if name in read}


@pytest.mark.parametrize("given", GIVEN, ids=str)
def test_what_is_said_as_python_is_what_was_given(given: dict[str, Any]) -> None:
    call = call_of(verb_of(toy), "mine", ["seed:1"], **given)
    last = call.code().splitlines()[-1]
    asked: dict[str, Any] = {}

    class Face:
        @staticmethod
        def toy(*args: Any, **kwargs: Any) -> None:
            asked.update(kwargs, points=args[1])

    exec(last, {"tl": Face, "model": None})
    assert asked == {**given, "points": ["seed:1"]} or given == {"number": 0}


def test_what_is_as_by_default_is_left_out_however_it_was_given() -> None:
    call = call_of(verb_of(toy), "mine", "seed:1", number=1, yes=False, many=[], settings={}, given={})
    assert call.command() == "trasluz toy mine seed:1" and call.arguments == {}


def test_numbers_are_held_to_their_limits_from_python_and_from_a_line() -> None:
    with pytest.raises(InvalidArgument, match="the number out of range: got 11; allowed: -10 to 10"):
        toy("mine", ["x"], number=11)
    with pytest.raises(InvalidArgument, match="whole out of range"):
        toy("mine", ["x"], whole=0)
    for words in (["--number", "11"], ["--whole", "0"], ["--number", "nan"], ["--way", "a=x"], ["--axis", "a=1"]):
        done = CliRunner().invoke(APP, ["toy", "mine", "x", *words])
        assert done.exit_code == 2 and done.stderr.count("\n") == 1, done.output


def test_one_wish_is_not_taken_twice() -> None:
    done = CliRunner().invoke(APP, ["toy", "mine", "x", "--way", "a=1", "--way", "a=2"])
    assert done.exit_code == 2 and "a is asked for twice" in done.stderr


def test_arrays_never_are_a_default_and_have_no_name() -> None:
    for array in (np.zeros(3), torch.zeros(3)):
        call = call_of(verb_of(toy), "mine", "seed:1", word=array)
        assert "word" in call.arguments
    with pytest.raises(TrasluzError, match="cannot be named on a command line"):
        call.command()


def test_a_latent_says_its_name_or_why_it_has_none() -> None:
    z = torch.zeros(1, 3)
    assert "trasluz toy mine @here" in call_of(verb_of(toy), "mine", [Named(z, "@here")]).command()
    with pytest.raises(TrasluzError, match="it lies off the map"):
        call_of(verb_of(toy), "mine", [Named(z, None, "it lies off the map")]).command()


def test_a_model_in_memory_says_how_to_keep_it() -> None:
    model = tl.wrap(lambda z: z.reshape(-1, 1, 4, 4).sigmoid(), (16,), name="theirs")
    assert ModelRef.of(model, Workspace()) == ModelRef("")
    with pytest.raises(TrasluzError, match=r"only in memory.*save"):
        call_of(verb_of(toy), model, ["seed:1"]).command()


def test_an_editor_sees_the_signature_and_what_it_means() -> None:
    signature = inspect.signature(toy)
    assert list(signature.parameters)[:2] == ["model", "points"] and "call" not in signature.parameters
    assert signature.parameters["number"].annotation == "float" and signature.parameters["number"].default == 1.0
    assert "    whole: A whole one." in (told(toy).__doc__ or "")
    with pytest.raises(TypeError, match="unexpected keyword argument 'wrod'"):
        toy("mine", ["x"], wrod="x")  # type: ignore[call-arg]


def test_a_type_checker_sees_it_too(tmp_path: Path) -> None:
    """What the decorator gives away would show here: parameters, their types, and what comes back."""
    (tmp_path / "look.py").write_text(
        "import trasluz as tl\nreveal_type(tl.decode)\nreveal_type(tl.sample('m', 3))\ntl.sample('m', seeed=3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(tmp_path / "look.py")],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    told = [one["message"] for one in json.loads(done.stdout)["generalDiagnostics"]]
    assert "points: str | PathLike[str] | Tensor" in told[0] and "create: bool = True" in told[0]
    assert "-> Decoded" in told[0] and "call:" not in told[0]
    assert told[1] == 'Type of "tl.sample(\'m\', 3)" is "Samples"' and 'No parameter named "seeed"' in told[2]


def test_a_group_of_verbs_is_called_after_its_file() -> None:
    assert verb_named("models.list").group == "List, inspect, bring in, send out and remove models."
    assert verb_named("directions.find").words == ["directions", "find"]
