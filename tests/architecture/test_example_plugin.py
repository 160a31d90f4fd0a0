"""plugins/example: a package from elsewhere, built, installed and used; and what a broken one does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import plugins
import trasluz as tl
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.verb import every_verb, verb_named, verb_of
from trasluz.spaces import registry
from trasluz.spaces.methods import Evidence

EXAMPLE = Path(__file__).parents[2] / "plugins" / "example"


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


ROWS = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]


@pytest.mark.parametrize(
    "some",
    [["-k", "names or refusals or settings or midpoint"], pytest.param([], marks=pytest.mark.long)],
    ids=["some", "all"],
)
def test_each_of_its_members_keeps_to_its_contract(site: Path, tmp_path: Path, some: list[str]) -> None:
    """Its own test file, one line a member, in a process of its own as its author would run it."""
    told = run_its_tests(site, tmp_path, *some)
    assert told.returncode == 0, told.stdout
    for group, points in ROWS.items():
        for name in points:
            assert f"[{name}-" in told.stdout, f"{group}: no test of {name}"


def run_its_tests(site: Path, place: Path, *some: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(EXAMPLE / "test_example.py", place)
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    how = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist", "test_example.py", *some]
    return subprocess.run(how, capture_output=True, text=True, check=False, cwd=place, env=environment)


def test_its_methods_work_with_the_verbs(installed: None, tmp_path: Path) -> None:
    gratings(tmp_path / "workspace")
    model = tl.open("waves")
    tl.encode(model, own=60)
    plane = tl.map(model, atlas="waves--own--z", method="numbers")
    assert plane.projection.axes == ("number 0", "number 1") and len(plane) == 60
    prior = registry.get("priors", "kernel")
    codes = torch.tensor([[0.0, 0.0], [8.0, 8.0]]).repeat(40, 1) + 0.1 * torch.randn(80, 2)
    drawn = prior.fit(codes, None, prior.config_type.make({"width": 0.1}), 0, lambda *_: None).sample(200, 0)
    assert float((drawn - 4).abs().min()) > 2, "among the codes, never between the two clouds"


def test_its_finder_is_not_led_astray_by_a_few(installed: None) -> None:
    y = (torch.arange(100) % 2).float()
    z = 0.1 * torch.randn(100, 3) + y[:, None] * torch.tensor([1.0, 0, 0])
    z[1:20:4] += torch.tensor([0.0, 50.0, 0])
    evidence = Evidence(tl.wrap(lambda z: z[:, :1, None, None].expand(-1, 1, 4, 4), (3,)).space(), z, y)
    along = {}
    for name in ("medians", "means"):
        method = registry.get("finders", name)
        [arrow] = method.find(evidence, 1, method.config_type.make({}), 0, SILENT)
        along[name] = float(arrow.vector[0])
    assert along["medians"] > 0.95 and along["means"] < 0.5


def test_the_page_for_contributors_names_a_file_for_every_row() -> None:
    """The table is true: a file and a line for each row, and each file is there; the plugin has what the table says."""
    page = (EXAMPLE.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = dict(re.findall(r'\| \[([\w.]+)\]\([^)]*\) \| `\[project\.entry-points\."trasluz\.(\w+)"\]` \|', page))
    plugged = {f"{value.partition(':')[0]}.py": group for group, points in ROWS.items() for value in points.values()}
    assert table.items() >= {file: group.removeprefix("trasluz.") for file, group in plugged.items()}.items()
    assert all((EXAMPLE / file).is_file() for file in plugged)


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
from trasluz.base.progress import SILENT
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
    "no verb": ("greet", "def greet(): ...", "greet is not a verb"),
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
