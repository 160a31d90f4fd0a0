"""What every family of the registry owes: it learns, it can be killed at any moment, it opens as it was saved."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import trasluz as tl
from shared import shared
from toys import shapes
from trasluz.base.errors import DataError, Diverged, IdentityMismatch, InvalidArgument, NameTaken, Stopped, UnknownName
from trasluz.io.weights import read_tensors
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.call import call_of
from trasluz.lab.calls.verb import verb_named
from trasluz.lab.results.run import Run
from trasluz.lab.work import training
from trasluz.spaces import registry
from trasluz.spaces.figures import Figure
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels
from trasluz.training.checkpoint import Checkpoints

FAMILIES = registry.names("families")


def quick(family: str) -> dict[str, object]:
    """Settings with which a family's tiny preset is done in seconds."""
    fields = registry.get("families", family).config_type.model_fields
    small = {"batch": 16, "compute": "float32", "widths": (8, 16), "prior_steps": 10}
    small |= {"solver_steps": 3, "field_width": 16}
    return {name: value for name, value in small.items() if name in fields}


VICTIM = """
import sys
import torch
torch.set_num_threads(1)
import trasluz as tl
from tests.toys import shapes
family, workspace, resume = sys.argv[1], sys.argv[2], sys.argv[3] == "resume"
if resume:
    tl.train(family, shapes(), name="victim", resume=True, workspace=workspace, device="cpu")
else:
    tl.train(
        family, shapes(), name="victim", preset="tiny", settings=SETTINGS, force=True, workspace=workspace, device="cpu"
    )
"""


def small(family: str, place: Path, **how: object) -> Run:
    """A short run on the toy data."""
    settings = how.pop("settings", quick(family))
    fixed = {"preset": "tiny", "settings": settings, "force": True, "workspace": place, "device": "cpu"}
    return tl.train(family, shapes(), **fixed, **how)  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, dict[str, torch.Tensor]]:
    """All tensors that a finished run leaves: newest checkpoint, weights, priors."""
    newest = Checkpoints(folder / "checkpoints").newest(lambda text: None)
    assert newest is not None
    out = {"checkpoint": newest.state, "model": read_tensors(folder / "model.safetensors", "model")[0]}
    for path in sorted((folder / "priors").glob("*.safetensors")):
        out[path.name] = read_tensors(path, "prior")[0]
    return out


def kill_and_resume(family: str, workspace: Path, steps: int, kills: int, seed: int) -> int:
    """Run a training in processes that are killed at random moments until it ends; how often it was killed."""
    dice, killed, begun = random.Random(seed), 0, False
    for _ in range(60):
        mode = "resume" if begun else "new"
        code = VICTIM.replace("SETTINGS", repr({**quick(family), "steps": steps}))
        with subprocess.Popen(
            [sys.executable, "-c", code, family, str(workspace), mode], stderr=subprocess.PIPE
        ) as child:
            if killed < kills:
                # Wait until it is in the middle of things, then a random while longer.
                folder, start = workspace / "models" / "victim", len(_lines(workspace))
                while child.poll() is None and len(_lines(workspace)) <= start:
                    time.sleep(0.01)
                time.sleep(dice.uniform(0, 0.3))
                if child.poll() is None:
                    os.kill(child.pid, signal.SIGKILL)
                    killed += 1
            error = child.communicate()[1]
        begun = begun or folder.exists()
        if child.returncode == 0:
            return killed
        assert child.returncode == -signal.SIGKILL, error.decode()
    raise AssertionError("it never ended")


def _lines(workspace: Path) -> list[bytes]:
    path = workspace / "models" / "victim" / "events.jsonl"
    return path.read_bytes().splitlines() if path.exists() else []


@pytest.mark.parametrize(
    "family", [pytest.param(name, marks=[] if name == "vae" else pytest.mark.long) for name in FAMILIES]
)
def test_killed_and_resumed_it_is_bit_identical(family: str, tmp_path: Path) -> None:
    assert kill_and_resume(family, tmp_path / "killed", steps=60, kills=2, seed=1) >= 1
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    whole = small(family, tmp_path / "whole", name="victim", steps=60)
    torch.set_num_threads(before)
    a, b = files(whole.folder), files(tmp_path / "killed" / "models" / "victim")
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].keys() == b[name].keys()
        different = [k for k in a[name] if not torch.equal(a[name][k], b[name][k])]
        assert not different, f"{name}: {different[:3]}"


@pytest.mark.long
@pytest.mark.parametrize("family", FAMILIES)
def test_killed_many_times(family: str, tmp_path: Path) -> None:
    for trial in range(5):
        place = tmp_path / str(trial)
        kill_and_resume(family, place, steps=100, kills=4, seed=100 + trial)
    first = files(tmp_path / "0" / "models" / "victim")
    for trial in range(1, 5):
        other = files(tmp_path / str(trial) / "models" / "victim")
        assert all(torch.equal(first[n][k], other[n][k]) for n in first for k in first[n])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A run of each family, in a workspace that is this process's own."""
    made = shared(tmp_path_factory, "families", _train_each)
    place = Path(shutil.copytree(made, tmp_path_factory.mktemp("trained") / "own"))
    return {family: _ended(place / "models" / f"toy-{family}") for family in FAMILIES}


def _train_each(place: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "PAUSES", 1.0)  # every evaluation, whatever its share of so short a run
        for family in FAMILIES:
            small(family, place, name=f"toy-{family}", steps=80)


def _ended(folder: Path) -> Run:
    call = call_of(verb_named("train"), folder.name.removeprefix("toy-"), shapes())
    run = Run(tl.open(folder, device="cpu"), folder, {}, call)
    [*_, last] = [event for event in run.events() if any(key.startswith("test_") for key in event)]
    measured = {key.removeprefix("test_"): Figure(last[key]) for key in last if key.startswith("test_")}
    return replace(run, measured=measured)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_learns(family: str, trained: dict[str, Run]) -> None:
    tests = [e for e in trained[family].events() if any(k.startswith("test_") for k in e)]
    score = next(k for k in tests[0] if k.startswith("test_"))
    assert tests[-1][score] < tests[0][score]
    folder = trained[family].folder
    assert (folder / "card.md").read_text().startswith(f"# toy-{family}")
    assert len(list((folder / "samples").glob("*.png"))) == 20
    recorded = set().union(*trained[family].events())
    watched = {key for keys in registry.get("families", family).curves.values() for key in keys}
    assert watched <= recorded, "what is to be watched is written down"
    assert (folder / "curves.png").stat().st_size > 5000


@pytest.mark.parametrize(("seconds", "drawn"), [(1e6, [5]), (0.0, [2, 4, 5, 5])])
def test_its_curves_are_drawn_when_they_are_due_and_at_the_end(
    seconds: float, drawn: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    curves = training.curves

    def noted(title: str, events: list[dict[str, int]], panels: object) -> object:
        steps.append(events[-1]["step"])
        return curves(title, events, panels)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "curves", noted)
    monkeypatch.setattr(training, "CURVES_EVERY", seconds)
    monkeypatch.setattr(training, "EVALUATIONS", 2)
    monkeypatch.setattr(training, "PAUSES", 1.0)
    run = small("vae", tmp_path, name="m", steps=5)
    assert steps == drawn and (run.folder / "curves.png").exists()


@pytest.mark.parametrize("family", FAMILIES)
def test_opened_again_it_is_the_same(family: str, tmp_path: Path) -> None:
    run = small(family, tmp_path, name="m", steps=2)
    again = tl.open(run.folder, device="cpu")
    assert again.identity == run.model.identity
    space, other = run.model.space(), again.space()
    assert space.default_prior == other.default_prior and space.priors.keys() == other.priors.keys()
    z = space.prior().sample(4, 0)
    assert torch.equal(z, other.prior().sample(4, 0))
    with torch.inference_mode():
        assert torch.equal(space.decode(z), other.decode(z))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_name_is_taken_once(family: str, trained: dict[str, Run]) -> None:
    place = Workspace(trained[family].folder.parent.parent)
    with pytest.raises(NameTaken, match="--resume"):
        tl.train(family, shapes(), name=f"toy-{family}", workspace=place)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_resume_with_other_data_is_refused(family: str, trained: dict[str, Run]) -> None:
    place = Workspace(trained[family].folder.parent.parent)
    with pytest.raises(IdentityMismatch, match="other data"):
        tl.train(family, shapes(seed=9), name=f"toy-{family}", resume=True, workspace=place)


@pytest.mark.parametrize("family", FAMILIES)
def test_its_presets_are_configs_and_its_settings_are_documented(family: str) -> None:
    kind = registry.get("families", family)
    assert {"tiny", "small", "base"} <= set(kind.presets)
    for preset in kind.presets:
        config = kind.configure(preset, {}, Pixels(3, 32))
        assert kind.config_type.read(config.dump(), "here") == config
    for name, about in kind.config_type.model_json_schema()["properties"].items():
        assert about.get("description"), f"{family}.{name} says nothing of itself"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"preset": "huge"}, "unknown preset"),
        ({"settings": {"lattent": 3}}, "Did you mean latent|unknown setting"),
        ({"settings": {"batch": "many"}}, "setting batch"),
        ({"settings": {"batch": -1}}, "setting batch"),
        ({"steps": -5}, "steps out of range: got -5; allowed: 1 to"),
        ({"steps": 5, "minutes": 1}, "one length"),
        ({"minutes": float("nan")}, "minutes out of range: got nan"),
        ({"name": "../out"}, "not a usable model name"),
        ({"init": "nothing"}, "unknown model"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    family: str, arguments: dict[str, object], message: str, tmp_path: Path
) -> None:
    given = {"name": "bad", **arguments}
    with pytest.raises((InvalidArgument, UnknownName), match=message) as caught:
        tl.train(family, shapes(), workspace=tmp_path / "ws", **given)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert not Workspace(tmp_path / "ws").names("models")


@pytest.mark.parametrize("family", FAMILIES)
def test_init_begins_where_the_other_ended(family: str, trained: dict[str, Run], tmp_path: Path) -> None:
    run = trained[family]
    more = small(family, tmp_path, name="more", settings={**quick(family), "lr": 1e-5}, steps=1, init=run.folder)
    # Of a VAE not the bound: its noise is that of the latest training batches, and one step has seen few.
    name = "psnr" if family == "vae" else next(iter(run.figures))
    assert more.figures[name] == pytest.approx(run.figures[name], rel=0.2)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_run_that_began_from_a_model_and_died_at_once_still_does_so_when_resumed(
    family: str, trained: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = trained[family].folder
    whole = small(family, tmp_path / "a", name="m", steps=3, init=start)

    def die(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("trasluz.training.loop.Loop.run", die)
        with pytest.raises(RuntimeError):
            small(family, tmp_path / "b", name="m", steps=3, init=start)
    again = tl.train(family, name="m", resume=True, data=shapes(), workspace=tmp_path / "b", device="cpu")
    assert again.model.identity == whole.model.identity


@pytest.mark.parametrize("family", FAMILIES)
def test_resuming_mends_weights_and_priors_that_were_damaged(
    family: str, trained: dict[str, Run], tmp_path: Path
) -> None:
    run = trained[family]
    folder = Path(shutil.copytree(run.folder, tmp_path / "models" / run.folder.name))
    for path in (folder / "model.safetensors", *(folder / "priors").glob("*.safetensors")):
        path.write_bytes(path.read_bytes()[:-7])
    again = tl.train(family, shapes(), name=folder.name, resume=True, workspace=tmp_path, device="cpu")
    assert again.model.identity == run.model.identity
    assert again.model.space().priors.keys() == run.model.space().priors.keys()


@pytest.mark.parametrize("family", FAMILIES)
def test_one_split_alone_is_no_data_to_train_on(family: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="both splits"):
        tl.train(family, shapes().split("train"), name="m", workspace=tmp_path)


@pytest.mark.parametrize("family", [f for f in FAMILIES if registry.get("families", f).second_stage])
def test_interrupted_in_the_second_stage_it_says_how_to_go_on(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trasluz.lab.work.training._second_stage", interrupt)
    with pytest.raises(Stopped, match="--resume"):
        small(family, tmp_path, name="m", steps=2)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("k", [0, 9])
def test_a_nan_stops_every_network_before_it_moves(family: str, k: int) -> None:
    kind, form = registry.get("families", family), Pixels(3, 16)
    config = kind.configure("tiny", quick(family), form)
    trainable = kind.trainable(config, form, 100)
    trainable.init(0, Precision(), 10)
    batch = {"x": shapes(size=16).tensor(slice(0, 16))}
    trainable.step(batch, 0, k)
    before = {name: value.clone() for name, value in trainable.weights().items()}
    with pytest.raises(Diverged, match="diverged at step"):
        trainable.step({"x": torch.full_like(batch["x"], float("nan"))}, 0, k)
    assert all(torch.equal(value, before[name]) for name, value in trainable.weights().items())
    trainable.step(batch, 0, k)
    assert all(torch.isfinite(value).all() for value in trainable.weights().values())
