"""Help: every verb has an example, every option says what it does, and asking costs little."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

import trasluz
from trasluz.cli.app import app

HEAVY = ("torch", "numpy", "duckdb", "matplotlib", "sklearn", "pyarrow", "pydantic", "PIL", "av")
VERBS = {
    "train", "encode", "map", "decode", "sample", "interpolate", "traverse", "invert", "states", "edit", "measure",
    "studio",
    "models list", "models show", "models add", "models remove", "models export", "models allow",
    "data list", "data show", "data draw",
    "atlases list", "atlases show", "atlases export", "atlases remove",
    "points save", "points list", "points remove",
    "directions find", "directions list", "directions show", "directions name", "directions apply", "directions remove",
}  # fmt: skip
COMMON = {"--workspace", "--seed", "--device", "--json", "--quiet", "--debug"}


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


def test_the_verbs_are_those_of_the_design():
    assert set(commands()) == VERBS


@pytest.mark.parametrize("name", sorted(VERBS))
def test_every_verb_has_an_example_and_every_option_its_help(name):
    command = commands()[name]
    assert command.help and command.help.strip().endswith(".")
    assert f"trasluz {name}" in (command.epilog or ""), "no example"
    for parameter in command.params:
        assert isinstance(parameter, (TyperArgument, TyperOption))
        assert parameter.help, f"{parameter.name} has no help"
    assert {option for p in command.params for option in p.opts} >= COMMON


@pytest.mark.parametrize("name", sorted(VERBS))
def test_help_of_each_verb(run, name):
    result = run(*name.split(), "--help")
    assert result.exit_code == 0
    assert f"trasluz {name}" in result.stdout and "--json" in result.stdout
    assert result.stderr == ""


def test_examples_can_be_read_by_the_command_line_itself():
    """Each example's words are taken by the parser of its verb."""
    import shlex

    for name, command in commands().items():
        lines = [line.strip() for line in (command.epilog or "").splitlines() if line.strip().startswith("trasluz")]
        for line in lines:
            words = shlex.split(line)[1 + len(name.split()) :]
            command.make_context(name, words)


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
