"""plugins/example: a package from elsewhere, built, installed and used; and what a broken one does."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

import plugins
import trasluz as tl
from trasluz.base.errors import InvalidArgument
from trasluz.lab.calls.verb import every_verb, verb_named, verb_of
from trasluz.spaces import registry

EXAMPLE = Path(__file__).parents[2] / "plugins" / "example"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has put it."""
    place = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    where = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(place)]
    subprocess.run([*pip, *where, str(EXAMPLE)], check=True, capture_output=True, text=True)
    return place


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """In this process, as if it had been there from the start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.syspath_prepend(site)
    plugins.forget()
    yield
    plugins.forget()
    for module in ("checkerboards", "contrast", "eased", "gratings", "midpoint"):
        sys.modules.pop(module, None)


@pytest.fixture
def trasluz(site: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command line, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    environment["TRASLUZ_WORKSPACE"] = str(tmp_path / "workspace")

    def run(*words: str, program: str = "") -> subprocess.CompletedProcess[str]:
        how = ["-c", program] if program else ["-m", "trasluz", *words]
        return subprocess.run(
            [sys.executable, *how], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
        )

    return run


def gratings(workspace: Path) -> None:
    folder = workspace / "models" / "waves"
    folder.mkdir(parents=True)
    (folder / "gratings.json").write_text('{"size": 16}')


def test_its_verb_is_like_any_other(trasluz, tmp_path: Path) -> None:
    gratings(tmp_path / "workspace")
    told = trasluz("--help")
    assert told.returncode == 0 and "midpoint" in told.stdout and told.stderr == ""
    help_ = trasluz("midpoint", "--help").stdout
    assert "--share" in help_ and "0<=x<=1" in help_ and "--given" in help_ and "--workspace" in help_
    done = trasluz("midpoint", "waves", "seed:1", "seed:2", "--share", "0.25", "--out", "a.npz", "--quiet")
    assert done.returncode == 0 and done.stdout == "a.npz\n", done.stderr
    refused = trasluz("midpoint", "waves", "seed:1", "seed:2", "--share", "2")
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1 and "0 to 1" in refused.stderr
    heavy = "import sys; sys.argv = ['trasluz', 'midpoint', '--help']\nfrom trasluz.cli.app import main\n"
    heavy += "try:\n    main()\nexcept SystemExit:\n    pass\nprint('torch' in sys.modules, file=sys.stderr)"
    assert trasluz(program=heavy).stderr == "False\n", "its help loads nothing heavy"


def test_what_it_gives_says_how_it_was_made(installed: None, trasluz, tmp_path: Path) -> None:
    gratings(tmp_path / "workspace")
    result = tl.midpoint("waves", "seed:1", "seed:2", share=0.25)
    result.save("mine.npz")
    assert result.command() == "trasluz midpoint waves seed:1 seed:2 --share 0.25 --out mine.npz"
    assert "tl.midpoint(model, 'seed:1', 'seed:2', share=0.25)" in result.code()
    mine = (tmp_path / "mine.npz").read_bytes()
    assert trasluz(*result.command().split()[1:]).returncode == 0
    assert (tmp_path / "mine.npz").read_bytes() == mine
    names: dict[str, object] = {}
    exec(result.code(), names)
    assert (tmp_path / "mine.npz").read_bytes() == mine
    assert "between" in names and verb_of(tl.midpoint).signature.parameters["share"].annotation == "float"


def test_its_kind_of_model_opens_maps_and_is_listed(installed: None, tmp_path: Path) -> None:
    gratings(tmp_path / "workspace")
    model = tl.open("waves")
    assert model.representation.public_shape == (1, 16, 16)
    assert next(m for m in tl.list_models() if m["name"] == "waves")["family"] == "gratings"
    tl.encode(model, own=40)
    assert len(tl.map(model, atlas="waves--own--z")) == 40


def test_its_metric_is_measured_like_any_other(installed: None) -> None:
    x = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    found = registry.get("metrics", "contrast").of(x=x, x_hat=0.5 * x + 0.2)
    assert found.value == pytest.approx(0.5) and found.n == 6 and found.source
    with pytest.raises(InvalidArgument, match="all pictures are flat"):
        registry.get("metrics", "contrast").of(x=x, x_hat=x, settings={"least": 0.9})


def test_the_page_for_contributors_shows_the_verb_as_it_is() -> None:
    page = (EXAMPLE.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"```python file=midpoint.py\n{(EXAMPLE / 'midpoint.py').read_text(encoding='utf-8')}```" in page


HEAD = """
from typing import Annotated
from trasluz.lab.calls.answers import Outlined
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.parameters import Text
from trasluz.lab.calls.verb import verb
"""
BROKEN = {
    "taken": (
        "sample",
        HEAD + "def sample(call: Call): ...",
        "'sample' is taken by trasluz.lab.sample:sample",
    ),
    "import": ("greet", "import no_such_package", "greet needs a package that is not installed: no_such_package"),
    "raises": ("greet", "raise ValueError('no')", "cannot be made: ValueError: no"),
    "no verb": ("greet", "def greet(): ...", "greet is no verb"),
    "no kind": (
        "greet",
        HEAD + "@verb(examples=['trasluz greet'], answer=Outlined())\ndef greet(call: Call, name: str): 'Greets.'",
        "the parameter name of the verb greet does not say what kind it is",
    ),
    "json": (
        "greet",
        HEAD + "@verb(examples=['trasluz greet'], answer=Outlined())\n"
        "def greet(call: Call, json: Annotated[str, Text(help='It.')] = 'x'): 'Greets.'",
        "a parameter of a name that an option has already",
    ),
    "leaves": ("greet", "raise SystemExit(3)", "SystemExit: 3"),
    "no words": ("greet", HEAD + "@verb(examples=[], answer=Outlined())\ndef greet(call: Call): ...", "no docstring"),
}


GREET = HEAD + "@verb(examples=['trasluz greet'], answer=Outlined(), line=LINE)\ndef greet(call: Call): 'Greets.'"


@pytest.mark.parametrize("name", ["edit.greet", "models", "a.b.c", ".x", "y.", "-h", "he llo", "Greet"])
def test_a_name_that_the_command_line_cannot_hold_is_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GREET.replace("LINE", repr(name.replace(".", " ")))
    with monkeypatch.context() as patch:
        plugins.install(tmp_path, patch, "outside", {"verbs": {name: "outside_verb:greet"}}, outside_verb=text)
        found, troubles = every_verb()
    sys.modules.pop("outside_verb", None)
    plugins.forget()
    assert len(troubles) == 1 and "not the name of a verb" in troubles[0]
    assert set(found) == set(registry.names("verbs"))


def test_a_plugin_may_add_to_a_group_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        points = {"verbs": {"models.greet": "outside_verb:greet"}}
        plugins.install(tmp_path, patch, "outside", points, outside_verb=GREET.replace("LINE", "'models greet'"))
        found, troubles = every_verb()
        assert troubles == [] and verb_named("models.greet").words == ["models", "greet"] and "models.greet" in found
    sys.modules.pop("outside_verb", None)
    plugins.forget()


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_verb_is_one_line_and_the_rest_works(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, text, told = BROKEN[how]
    with monkeypatch.context() as patch:
        plugins.install(tmp_path, patch, "outside", {"verbs": {name: f"outside_verb:{name}"}}, outside_verb=text)
        found, troubles = every_verb()
    sys.modules.pop("outside_verb", None)
    plugins.forget()
    assert len(troubles) == 1 and told in troubles[0] and "\n" not in troubles[0]
    assert set(found) == set(registry.names("verbs")), "all of ours are there, and no other"


def test_the_line_is_on_standard_error_and_the_verb_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        site = plugins.install(tmp_path, patch, "outside", {"verbs": {"greet": "gone:greet"}})
    plugins.forget()
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    done = subprocess.run(
        [sys.executable, "-m", "trasluz", "data", "list", "--json"],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    assert done.stderr.count("\n") == 1 and "greet" in done.stderr and done.stdout.startswith("{")


def test_a_verb_alone_is_read_by_the_command_line(installed: None) -> None:
    """Its example is taken by its own parser."""
    from trasluz.cli import verbs

    found = verb_of(tl.midpoint)
    for example in found.examples:
        words = shlex.split(example)
        assert words[:2] == ["trasluz", "midpoint"]
        taken = verbs.Command("midpoint", found).make_context("midpoint", words[2:])
        assert taken.params["model"] and taken.command.help == found.summary
