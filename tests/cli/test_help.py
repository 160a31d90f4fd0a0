"""Help: every verb has it, and asking costs little. What it has to say stands in `trasluz.conformance.verbs`."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer
from typer.core import TyperGroup

import trasluz
from trasluz.cli.app import app
from trasluz.spaces import registry

HEAVY = ("torch", "numpy", "duckdb", "matplotlib", "sklearn", "pyarrow", "pydantic", "PIL", "av")


def commands():
    """Every verb by its full name."""
    root = typer.main.get_command(app)
    found = {}
    for name, command in root.commands.items():
        if isinstance(command, TyperGroup):
            found |= {f"{name} {inner}": inner_command for inner, inner_command in command.commands.items()}
        else:
            found[name] = command
    return found


def test_the_command_line_has_the_verbs_of_the_registry():
    assert set(commands()) == {name.replace(".", " ") for name in registry.names("verbs")}


@pytest.mark.parametrize("name", sorted(commands()))
def test_help_of_each_verb(run, name):
    result = run(*name.split(), "--help")
    assert result.exit_code == 0
    assert f"trasluz {name}" in result.stdout and "--json" in result.stdout
    assert result.stderr == ""


def test_alone_it_shows_help(run):
    for words in ([], ["models"], ["points"]):
        result = run(*words)
        assert result.exit_code == 0 and "Usage" in result.stdout


def test_version(run):
    assert run("--version").stdout == f"trasluz {trasluz.__version__}\n"


@pytest.mark.parametrize("code", ["import trasluz", "import sys; sys.argv = ['trasluz', '--help']; HELP"])
def test_nothing_heavy_is_loaded(code):
    program = code.replace(
        "HELP", "from trasluz.cli.app import main\ntry:\n    main()\nexcept SystemExit as e:\n    assert e.code == 0"
    )
    program += f"\nimport sys; print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("verb", ["sample", "train", "models list"])
def test_help_of_a_verb_loads_nothing_heavy(verb):
    program = (
        "import sys\n"
        f"sys.argv = ['trasluz', *{verb.split()!r}, '--help']\n"
        "from trasluz.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'numpy', 'duckdb', 'pyarrow', 'sklearn') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_completion_offers_names_and_loads_nothing(tmp_path):
    (tmp_path / "models" / "mine").mkdir(parents=True)
    environment = {**os.environ, "_TRASLUZ_COMPLETE": "complete_bash", "TRASLUZ_WORKSPACE": str(tmp_path)}

    def complete(line: str) -> list[str]:
        words = line.split(" ")
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "trasluz"],
            capture_output=True,
            check=False,
            text=True,
            env={**environment, "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        )
        assert "| torch" not in done.stderr
        return done.stdout.split()

    assert complete("trasluz train va") == ["vae"]
    assert complete("trasluz interpolate m --rule sph") == ["spherical"]
    assert complete("trasluz sample m") == ["mine"]
    assert complete("trasluz tra") == ["train", "traverse"]
    (tmp_path / "points").mkdir()
    (tmp_path / "points" / "scout.json").write_text('{\n  "version": 1,\n  "model": "mine"\n}')
    (tmp_path / "points" / "smilers.json").write_text('{\n  "version": 1,\n  "selection": "items"\n}')
    assert complete("trasluz decode mine @s") == ["@scout", "@smilers"]
    assert complete("trasluz decode mine @scout,@sm") == ["@scout,@smilers"]
    assert complete("trasluz directions find mine --these @sm") == ["@smilers"]
    assert complete("trasluz edit mine @sc") == ["@scout"]
    assert complete("trasluz selections remove s") == ["smilers"]
    assert complete("trasluz points remove s") == ["scout"]
