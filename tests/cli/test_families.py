"""Every verb on a model of every family, from the command line: what a person types, and what lies there afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from trasluz.cli.app import app
from trasluz.spaces import registry

FAMILIES = registry.names("families")
SMALL = {
    "vae": ["latent=4", "prior_steps=3"],
    "gan": ["latent=4", "batch=8"],
    "flow": ["latent_channels=2", "field_width=8", "field_depth=1", "solver_steps=2", "given=species"],
}


def run(place: Path, *words: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [*words, "--workspace", str(place), "--device", "cpu"])
    assert result.exit_code == code, result.stderr
    return result


@pytest.fixture(scope="module", params=FAMILIES)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A workspace with the model `mini` of a family, two steps old."""
    family, place = str(request.param), tmp_path_factory.mktemp("cli") / "workspace"
    settings = [word for text in [*SMALL[family], "widths=[8,8]", "compute=float32"] for word in ("--set", text)]
    words = ["train", family, "--data", "pets:60", "--force", "--name", "mini", "--preset", "tiny", "--steps", "2"]
    run(place, *words, "--set", "size=28", *settings)
    return family, place


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["sample", "mini", "-n", "4", "--seed", "3", "--psi", "0.5"],
        ["decode", "mini", "test:0", "seed:42/3"],
        ["interpolate", "mini", "seed:1", "seed:2", "--rule", "slerp", "--frames", "3"],
        ["traverse", "mini", "--dims", "0,1", "--columns", "3"],
        ["invert", "mini", "test:0", "test:1", "--method", "optimise", "--set", "steps=2"],
        ["map", "mini", "--color", "species"],
        ["encode", "mini", "--limit", "8"],
        ["models", "show", "mini"],
        ["models", "export", "mini", "--half"],
    ],
    ids=lambda words: words[0],
)
def test_a_verb_does_its_work(trained: tuple[str, Path], words: list[str]) -> None:
    result = run(trained[1], *words, "--json")
    document = json.loads(result.stdout)
    assert document and "Traceback" not in result.stderr
    if str(document.get("written", "")).endswith(".png"):
        with Image.open(document["written"]) as picture:
            assert min(picture.size) > 30


def test_every_space_can_be_sampled_and_inverted_into(trained: tuple[str, Path]) -> None:
    family, place = trained
    shown = json.loads(run(place, "models", "show", "mini", "--json").stdout)
    for name, space in shown["spaces"].items():
        run(place, "sample", "mini", "-n", "3", "--space", name, "--out", f"{family}.npz")
        with np.load(f"{family}.npz") as arrays:
            assert arrays["latents"].shape == (3, *space["shape"]) and arrays["items"].shape == (3, 3, 28, 28)
        run(place, "invert", "mini", "test:0", "--space", name, "--method", "optimise", "--set", "steps=1")


def test_the_seed_and_nothing_else_decides(trained: tuple[str, Path]) -> None:
    _, place = trained
    for out in ("a.npz", "b.npz", "c.npz"):
        run(place, "sample", "mini", "-n", "3", "--seed", "5" if out != "c.npz" else "6", "--out", out)
    a, b, c = (dict(np.load(name)) for name in ("a.npz", "b.npz", "c.npz"))
    assert np.array_equal(a["items"], b["items"]) and not np.array_equal(a["items"], c["items"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sample", "mini", "--space", "q"], "unknown space"),
        (["sample", "mini", "--prior", "q"], "unknown prior"),
        (["sample", "mini", "--given", "colour=red"], "takes no conditions|unknown condition"),
        (["sample", "mini", "--given", "colour"], "KEY=VALUE"),
        (["decode", "mini", "test:99999"], "test split of pets:60 has"),
        (["invert", "mini", "nowhere.png"], "there is no picture"),
        (["invert", "mini", "seed:1"], "a latent already"),
        (["invert", "mini", "test:0", "--method", "magic"], "unknown method of inversion"),
        (["invert", "mini", "test:0", "--set", "spets=3"], "unknown setting"),
        (["invert", "mini", "test:0", "--out", "a.docx"], "no form to save this in"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line(trained: tuple[str, Path], words: list[str], message: str) -> None:
    import re

    result = run(trained[1], *words, code=2)
    [line] = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert re.search(message, line), line
    assert result.stdout == ""


def test_states_are_for_models_that_have_them(trained: tuple[str, Path]) -> None:
    family, place = trained
    words = ["states", "mini", "seed:1", "test:0", "--frames", "3", "--out", "states.png"]
    if family != "flow":
        assert "makes its items in one step" in run(place, *words, code=2).stderr
        return
    run(place, *words)
    run(place, *words, "--given", "species=cat", "--given", "guidance=2")
    assert "unknown species" in run(place, *words, "--given", "species=cow", code=2).stderr
    assert "needs a class" in run(place, *words, "--given", "guidance=2", code=2).stderr


def test_too_few_items_are_refused_unless_forced(trained: tuple[str, Path], tmp_path: Path) -> None:
    family, _ = trained
    result = run(tmp_path / "w", "train", family, "--data", "pets:60", "--name", "few", code=2)
    least = registry.get("families", family).least_items
    assert f"{least:,} or more" in result.stderr and "--force" in result.stderr
    assert not (tmp_path / "w" / "models" / "few").exists()
