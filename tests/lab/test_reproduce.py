"""Reproduce: of every verb, for every family and under a condition, the command line and the Python that a result says
give the same bytes again, elsewhere."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import trasluz as tl
from shared import shared
from trasluz.base.errors import TrasluzError
from trasluz.cli.app import app
from trasluz.lab.calls.given import Named
from trasluz.spaces import registry
from trasluz.spaces.family import Family

DATA = "pets:90"
QUICK = {"widths": (8, 8), "batch": 16, "steps": 3, "compute": "float32"}
FAMILIES = {
    "vae": {**QUICK, "latent": 6, "prior_steps": 3},
    "gan": {**QUICK, "latent": 6},
    "flow": {**QUICK, "widths": (8, 8, 8), "latent_channels": 4, "field_width": 16, "field_depth": 2, "solver_steps": 3,
             "given": "species"},
}  # fmt: skip
CAT = {"species": "cat", "guidance": 2}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a small model of each family, what was encoded by it, a point and a direction."""
    return shared(tmp_path_factory, "a workspace", _made)


def _made(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Family, "least_items", 2)
        for family, settings in FAMILIES.items():
            patch.setattr(type(registry.get("families", family)), "least_items", 2)  # type: ignore[call-overload]
            tl.train(family, DATA, name=family, settings=settings, workspace=home)
    tl.find("vae", method="pca", count=1, measured=False, workspace=home).keep(workspace=home)


@pytest.fixture
def elsewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another folder, with another default workspace."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(tmp_path / "the default one"))
    shutil.copytree(home, tmp_path / "work space")
    return tmp_path / "work space"


Ask = Callable[[Any, dict[str, Any]], Any]
VERBS: dict[str, Ask] = {
    "decode": lambda m, w: tl.decode(m, ["test:1", "seed:4/2"], **w),
    "sample": lambda m, w: tl.sample(m, 3, seed=5, psi=0.7, **w),
    "near": lambda m, w: tl.sample(m, 2, near="seed:3", temperature=0.5, **w),
    "interpolate": lambda m, w: tl.interpolate(m, "seed:1", "test:2", frames=3, rule="slerp", **w),
    "rules": lambda m, w: tl.interpolate(m, "seed:1", "seed:2", frames=3, rule="linear,spline", loop=True, **w),
    "traverse": lambda m, w: tl.traverse(m, dims=[0, 2], start="seed:1", columns=3, range=1.5, **w),
    "invert": lambda m, w: tl.invert(m, ["test:0", "test:1"], seed=3, **w),
    "edit": lambda m, w: tl.edit(m, "test:1", dims={1: 2.5}, report=False, **w),
    "analogy": lambda m, w: tl.edit(m, ["test:1"], analogy=["seed:1", "seed:2"], report=False, **w),
    "map": lambda m, w: tl.map(m, color="species", where="species = 'cat'", **w),
    "find": lambda m, w: tl.find(m, method="pca", count=2, measured=False, **w),
}
ONLY = {"vae": {"states"}, "gan": {"states", "near", "map", "find", "traverse"}, "flow": set[str]()}
"""What a family has not, or not without an encoder."""
VERBS["states"] = lambda m, w: tl.states(m, ["seed:1"], frames=3, **w)
CASES = [
    (verb, family, given)
    for verb in VERBS
    for family in FAMILIES
    for given in ((None, CAT) if family == "flow" else (None,))
    if verb not in ONLY[family]
]


def again(result: Any) -> None:
    """Do what it says, as a command and as Python."""
    result.save("first.npz")
    words = shlex.split(result.command())
    assert words[0] == "trasluz" and words[words.index("--out") + 1] == "first.npz"
    words[words.index("--out") + 1] = "again.npz"
    done = CliRunner().invoke(app, words[1:])
    assert done.exit_code == 0, done.stderr
    names: dict[str, Any] = {}
    exec(result.code(), names)
    with np.load("again.npz") as theirs, np.load("first.npz") as mine:
        assert set(theirs) == set(mine) == set(result.arrays())
        for name, array in result.arrays().items():
            assert theirs[name].tobytes() == mine[name].tobytes() == np.ascontiguousarray(array).tobytes(), name


@pytest.mark.parametrize(("verb", "family", "given"), CASES)
def test_what_a_result_says_gives_the_same_bytes(verb: str, family: str, given: Any, elsewhere: Path) -> None:
    where = {"workspace": elsewhere, **({} if given is None else {"given": given})}
    result = VERBS[verb](family, where)
    assert ("--given guidance=2" in result.command()) == (given is not None)
    again(result)


@pytest.mark.parametrize("verb", ["decode", "interpolate", "sample", "states"])
def test_a_conditioned_view_is_said_with_its_condition(verb: str, elsewhere: Path) -> None:
    """A model that is open under a condition: its pictures are others, and what is said of them names it."""
    model = tl.open("flow", workspace=elsewhere)
    plain, under = (VERBS[verb](m, {"workspace": elsewhere}) for m in (model, model.given(**CAT)))
    assert not torch.equal(plain.items, under.items)
    assert "--given species=cat --given guidance=2" in under.command() and "--given" not in plain.command()
    assert ".given(species='cat', guidance=2.0)" in under.code()
    again(under)


def test_directions_and_points_are_said_by_name(elsewhere: Path) -> None:
    tl.save_point("here", "vae", "seed:7", workspace=elsewhere)
    again(tl.edit("vae", ["@here"], directions={"pca-1": 1.25}, report=False, workspace=elsewhere))
    again(tl.traverse("vae", directions=["pca-1"], start="@here", columns=3, workspace=elsewhere))


def test_a_latent_without_a_name_says_why(elsewhere: Path) -> None:
    model = tl.open("vae", workspace=elsewhere)
    z = tl.sample(model, 2, workspace=elsewhere).latents
    for result in (
        tl.decode(model, z, workspace=elsewhere),
        tl.interpolate(model, z[0], "seed:1", frames=2, workspace=elsewhere),
        tl.edit(model, [z[0]], dims={0: 1}, report=False, workspace=elsewhere),
    ):
        for text in (result.command, result.code):
            with pytest.raises(TrasluzError, match=r"cannot be named.*save"):
                text()
    reason = Named(z[0], None, "a place of another map")
    with pytest.raises(TrasluzError, match="a place of another map"):
        tl.decode(model, [reason], workspace=elsewhere).command()


def test_a_latent_with_its_name_is_not_looked_up_again(elsewhere: Path) -> None:
    """What has been encoded is handed down: not even the data have to be there."""
    model = tl.open("vae", workspace=elsewhere)
    z = tl.decode(model, "test:1", workspace=elsewhere).latents
    shutil.rmtree(elsewhere / "cache")
    named = Named(z[0], "seed:9", "")
    result = tl.interpolate(model, named, named, frames=2, workspace=elsewhere)
    assert torch.equal(result.latents[0], z[0]) and "seed:9 seed:9" in result.command()
    assert not (elsewhere / "cache").exists()


# What a stranger's names, paths and numbers do ------------------------------------------------------------------


def test_a_model_is_said_as_where_it_was_opened_from(elsewhere: Path) -> None:
    """By a path, it is the path: a folder may bear the name of another model, even of a bundled one."""
    shutil.copytree(elsewhere / "models" / "vae", "here/pets-vae")
    for model in (tl.open("./here/pets-vae"), "./here/pets-vae", Path("here/pets-vae")):
        result = tl.decode(model, "seed:1")
        assert "pets-vae seed:1" in result.command() and "/pets-vae" in result.command()
        again(result)


def test_a_model_of_one_workspace_is_said_by_its_path_in_another(elsewhere: Path) -> None:
    shutil.copytree(elsewhere / "models" / "flow", Path(os.environ["TRASLUZ_WORKSPACE"]) / "models" / "vae")
    again(tl.decode(tl.open("vae", workspace=elsewhere), "seed:1"))


def test_a_condition_that_is_given_takes_the_place_of_the_view_s(elsewhere: Path) -> None:
    view = tl.open("flow", workspace=elsewhere).given(species="cat", guidance=3)
    result = tl.decode(view, "seed:1", given={"species": "dog"}, workspace=elsewhere)
    assert "--given species=dog" in result.command() and "guidance" not in result.command()
    again(result)


def test_a_direction_that_is_not_kept_has_no_name(elsewhere: Path) -> None:
    """Another of the same name is kept."""
    other = tl.find("vae", method="pca", count=1, measured=False, data="pets:60", workspace=elsewhere)[0]
    for result in (
        tl.traverse("vae", directions=other, start="seed:1", columns=3, workspace=elsewhere),
        tl.edit("vae", "seed:1", directions={other: 1.5}, report=False, workspace=elsewhere),
    ):
        for text in (result.command, result.code):
            with pytest.raises(TrasluzError, match=r"pca-1 is not kept.*keep"):
                text()
    kept = tl.find("vae", method="pca", count=1, measured=False, workspace=elsewhere)[0]
    again(tl.edit("vae", "seed:1", directions={kept: 1.5}, report=False, workspace=elsewhere))


def test_data_and_atlases_that_a_name_does_not_give_are_refused(elsewhere: Path, tmp_path: Path) -> None:
    seven = tl.load("pets:60", seed=7, workspace=elsewhere)
    with pytest.raises(TrasluzError, match="with which seed pets:60 was split"):
        tl.decode("vae", "test:1", data=seven, workspace=elsewhere).command()
    far = tl.encode("vae", "pets:60", name="odd", workspace=elsewhere)
    with pytest.raises(TrasluzError, match="lies in another workspace"):
        tl.decode(tl.open("vae", workspace=elsewhere), "map:0.1,0.2", atlas=far).command()
    again(tl.decode("vae", "map:0.1,0.2", atlas=far, workspace=elsewhere))
    with pytest.raises(TrasluzError, match="of the atlas given"):
        tl.map(far, space="z", workspace=elsewhere)


def test_one_path_of_several_rules_is_said_alone(elsewhere: Path) -> None:
    several = tl.interpolate(
        "vae", "seed:1", "seed:2", rule="linear,geodesic", frames=3, settings={"steps": 2}, workspace=elsewhere
    )
    again(several)
    assert "--rule" not in several["linear"].command() and "--set" not in several["linear"].command()
    assert "--rule geodesic" in several["geodesic"].command() and "--set steps=2" in several["geodesic"].command()
    again(several["geodesic"])
    again(several["linear"].at(5))


def test_numbers_of_numpy_and_ranges_are_numbers(elsewhere: Path) -> None:
    again(tl.sample("vae", np.int64(3), seed=np.int64(2), psi=np.float32(0.5), workspace=elsewhere))
    again(tl.traverse("vae", dims=range(2), columns=np.int64(3), start="seed:1", workspace=elsewhere))
    again(tl.edit("vae", "seed:1", dims={np.int64(0): np.float64(2)}, report=False, workspace=elsewhere))
    again(tl.decode("flow", "seed:1", given={"species": "cat", "guidance": np.float64(2)}, workspace=elsewhere))


def test_files_and_data_of_odd_names(elsewhere: Path) -> None:
    result = tl.sample("vae", 2, seed=1, workspace=elsewhere)
    for name in ("-lead.png", "two words 'q'.png", "ñ=1.png"):
        tl.decode("vae", "seed:1", workspace=elsewhere).save("plain.png")
        picture = tl.sample("vae", 1, workspace=elsewhere).image().convert("RGB")
        picture.save(name)
        again(tl.decode("vae", [name, "seed:1"], workspace=elsewhere))
    assert len(result) == 2
    folder = Path("my pics")
    for i in range(12):
        (folder / "a").mkdir(parents=True, exist_ok=True)
        picture.rotate(30 * i).save(folder / "a" / f"{i}.png")
    again(tl.decode("vae", "train:1", data=folder, workspace=elsewhere))
