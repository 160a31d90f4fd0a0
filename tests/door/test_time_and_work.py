"""Time and work: minutes are minutes, one command gives one model, nothing is lost, nobody waits in silence.

Each row is a situation and what must happen; its name is the promise.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from toys import Regression, batches, equal, shapes
from trasluz.base.errors import InvalidArgument, Stopped, TrasluzError, WorkspaceLocked
from trasluz.base.progress import SILENT
from trasluz.io.workspace import Workspace
from trasluz.lab.calls import watching
from trasluz.lab.work.record import Paces, Record
from trasluz.lab.work.second_stage import kept_back
from trasluz.spaces import registry
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Batch
from trasluz.training.batches import Batches
from trasluz.training.clock import Clock, OutOfTime
from trasluz.training.loop import Loop, Plan, Watch, run_in_memory
from trasluz.training.pace import Pace
from trasluz.training.precision import decided

SHORT = {"batch": 16, "widths": [4, 8], "latent": 3, "prior_steps": 4}
SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGXCPU", "SIGUSR1", "SIGUSR2"]
unix = pytest.mark.skipif(os.name == "nt", reason="signals and streams of Unix")

LONG = pytest.mark.long


def rows(**table: Any) -> Any:
    """Cases whose names are promises; underscores stand for spaces."""
    return pytest.mark.parametrize("case", [pytest.param(v, id=k.replace("_", " ")) for k, v in table.items()])


# ---------------------------------------------------------------------------------------------- minutes are minutes


class Time:
    """A clock that goes as far as it is told."""

    def __init__(self) -> None:
        self.t = 0.0

    def __call__(self) -> float:
        return self.t


class Slow(Regression):
    """Steps that take their time: seconds, by how far the run and the clock are."""

    def __init__(self, clock: Time, cost: Callable[[float, float], float]) -> None:
        super().__init__()
        self.clock, self.cost, self.total = clock, cost, 1

    def init(self, seed: int, precision: Precision, total: int) -> None:
        super().init(seed, precision, total)
        self.total = total

    def set_total(self, total: int, k: int) -> None:
        self.total = total
        self.update.set_total(total)

    def step(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
        self.clock.t += self.cost(k / self.total, self.clock.t)
        return super().step(batch, seed, k)


def by_clock(
    folder: Path, seconds: float, cost: Callable[[float, float], float], pause: float = 0.0, after: float = 0.0
) -> tuple[Time, Slow, Pace]:
    """A run by the clock in a world where only that clock counts; when it was over, and what it did."""
    now = Time()
    toy, clock = Slow(now, cost), Clock(seconds, now)
    clock.measure(toy, batches, Precision(), 0, 0.03 * seconds)
    clock.after = pause + after

    def looked(trainable: Any) -> Mapping[str, float]:
        now.t += pause
        return {}

    pace = Pace.of(clock.begin())
    watch = Watch(looked, share=0.1, pause=pause, now=now)
    loop = Loop(folder, {}, Plan(steps=1, every=1, threads=1), watch, pace=pace, clock=clock)
    loop.run(toy, batches)
    now.t += after
    return now, toy, loop.pace


WORLDS = {
    "a quiet machine": {"cost": lambda place, t: 0.5},
    "a load that rises threefold": {"cost": lambda place, t: 0.5 if t < 60 else 1.5},
    "a load that falls": {"cost": lambda place, t: 2.0 if t < 40 else 0.4},
    "a load that comes and goes": {"cost": lambda place, t: 0.4 if int(t / 20) % 2 else 1.2},
    "steps of four seconds": {"cost": lambda place, t: 3.9},
    "a last stage that costs five times as much": {"cost": lambda place, t: 0.3 if place < 0.8 else 1.5},
    "a first stage that costs the most": {"cost": lambda place, t: 1.5 if place < 0.2 else 0.3},
    "evaluations of five seconds": {"cost": lambda place, t: 0.5, "pause": 5.0},
    "a prior of forty seconds at the end": {"cost": lambda place, t: 0.5, "after": 40.0},
}


QUICK = ("a load that rises threefold", "a last stage that costs five times as much", "evaluations of five seconds")
"""Worlds of every run of the tests; the others are for the long one."""


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(world, id=f"four minutes are four minutes with {name}", marks=[] if name in QUICK else LONG)
        for name, world in WORLDS.items()
    ],
)
def test_minutes_by_the_clock(tmp_path: Path, world: dict[str, Any]) -> None:
    now, toy, pace = by_clock(tmp_path, 240, **world)
    step = world["cost"](1.0, now.t)
    assert 240 * 0.95 - step <= now.t <= 240 * 1.02 + step
    # The schedule ends where the run ends, however many steps that came to be.
    assert toy.update.rate(pace.last - 1) < 0.1 * toy.update.config.lr


@rows(
    a_run_of_fifty_quick_steps_evaluates_only_at_its_end=(50, 0.05, 3.0),
    evaluation_takes_a_tenth_of_a_long_run_at_most=(400, 0.5, 3.0),
    evaluation_that_costs_nothing_comes_as_planned=(100, 0.5, 0.01),
)
def test_a_tenth_of_the_time(tmp_path: Path, case: tuple[int, float, float]) -> None:
    steps, cost, pause = case
    now, made = Time(), list[int]()

    def looked(trainable: Any) -> Mapping[str, float]:
        now.t += pause
        return {}

    watch = Watch(looked, after=lambda step, trainable: made.append(step), share=0.1, pause=1.0, now=now)
    Loop(tmp_path, {}, Plan(steps=steps, every=max(1, steps // 20), threads=1), watch).run(
        Slow(now, lambda *_: cost), batches
    )
    assert made[-1] == steps
    assert pause * len(made) <= max(pause, 0.1 * now.t) + 1e-6
    assert len(made) == 1 if steps == 50 else len(made) > 1


@rows(
    a_prior_that_fits_has_its_time=(10.0, 200.0, 10.0),
    a_prior_that_takes_long_has_a_quarter=(100.0, 200.0, 50.0),
    nothing_is_kept_back_for_a_prior_that_will_be_left_out=(1000.0, 200.0, 0.0),
    nothing_is_kept_back_where_no_time_is_left=(10.0, -5.0, 0.0),
)
def test_what_is_kept_back_for_the_end(case: tuple[float, float, float]) -> None:
    seconds, left, wanted = case
    assert kept_back(seconds, left) == wanted


def test_a_fit_without_time_is_refused_instead_of_made_badly() -> None:
    now = Time()
    with pytest.raises(OutOfTime):
        run_in_memory(Slow(now, lambda *_: 5.0), 1000, batches, "t", 0, SILENT, clock=Clock(20, now), least=50)


# ------------------------------------------------------------------------------- a resumed run repeats its own steps


class Killed(Exception):
    pass


def killed(k: int, at: int) -> dict[str, Tensor]:
    if k == at:
        raise Killed
    return batches(k)


@pytest.mark.parametrize("at", [3, 17, 41], ids=lambda at: f"a run by the clock killed at step {at} repeats its steps")
def test_a_killed_run_by_the_clock(tmp_path: Path, at: int) -> None:
    now, kept = Time(), list[Pace]()
    toy, clock = Slow(now, lambda place, t: 0.5 if t < 8 else 1.4), Clock(60, now)
    pace = Pace.of(clock.begin())
    plan = Plan(steps=1, every=5, threads=1)
    loop = Loop(tmp_path / "run", {}, plan, Watch(now=now), pace=pace, keep=kept.append, clock=clock)
    with pytest.raises(Killed):
        loop.run(toy, lambda k: killed(k, at))
    pace = (kept or [pace])[-1]
    shutil.copytree(tmp_path / "run", tmp_path / "twin")
    ends = []
    for name in ("run", "twin", "from the first step"):
        again = Slow(Time(), lambda place, t: 99.0)  # no clock has a say any more
        Loop(tmp_path / name, {}, plan, Watch(), pace=pace).run(again, batches)
        ends.append(again.state())
    assert equal(ends[0], ends[1]) and equal(ends[0], ends[2])
    assert Loop(tmp_path / "run", {}, plan, Watch()).checkpoints.steps()[-1] == pace.last


def test_a_finished_run_goes_on_for_longer_with_its_optimiser(tmp_path: Path) -> None:
    plan = Plan(steps=20, every=5, threads=1)
    Loop(tmp_path / "a", {}, plan, Watch()).run(Slow(Time(), lambda *_: 1), batches)
    longer = Slow(Time(), lambda *_: 1)
    loop = Loop(tmp_path / "a", {}, plan, Watch(), steps=50)
    loop.run(longer, batches)
    assert str(loop.pace) == "0:20,20:50"
    at_once = Slow(Time(), lambda *_: 1)
    Loop(tmp_path / "b", {}, plan, Watch(), pace=loop.pace).run(at_once, batches)
    assert equal(longer.state(), at_once.state())
    with pytest.raises(InvalidArgument, match="has taken more steps"):
        Loop(tmp_path / "a", {}, plan, Watch(), steps=30).run(Slow(Time(), lambda *_: 1), batches)


@pytest.mark.parametrize(
    ("family", "text"),
    [
        pytest.param(family, text, id=f"{how}-{family}", marks=[] if family == "vae" or how == "it grows" else LONG)
        for family in ("vae", "gan", "flow")
        for how, text in (("it grows", "0:8,3:12"), ("it shrinks", "0:12,4:7"), ("it ended, and goes on", "0:6,6:12"))
    ],
)
def test_stages_follow_the_length_of_a_run_bit_for_bit(tmp_path: Path, family: str, text: str) -> None:
    data, kind = shapes(n=40, size=16), registry.get("families", family)
    small = {"batch": 8, "widths": [4, 8]}
    if family == "gan":
        small |= {"judge": "features", "latent": 4, "features_share": 0.3, "encoder_share": 0.3}
    if family == "flow":
        small |= {"field_width": 8, "field_depth": 1, "latent_channels": 2}
    config = kind.configure("tiny", small, data.representation)
    config = kind.configure("tiny", {**small, **kind.from_data(config, data)}, data.representation)
    pace, plan = Pace.read(text), Plan(steps=1, every=1, threads=1)
    order = Batches(data, 8, 0, Precision())

    def run(folder: Path, until: int) -> Mapping[str, Tensor]:
        made = kind.trainable(config, data.representation, len(data))

        def batch(k: int) -> Batch:
            if k == until:
                raise Killed
            return order(k)

        Loop(folder, {}, plan, Watch(), pace=pace).run(made, batch)
        return made.state()

    whole = run(tmp_path / "whole", -1)
    for at in (2, 5, pace.last - 1):
        with pytest.raises(Killed):
            run(tmp_path / str(at), at)
        assert equal(run(tmp_path / str(at), -1), whole), f"killed at {at}"


@pytest.mark.parametrize(
    "text", ["", "5", "0:", "1:5", "0:5,3:2", "0:5,3:9,2:9", "0:5,7:9", "0:0", "0:x", "0:9999999999"]
)
def test_what_is_no_pace_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="not the pace of a run"):
        Paces.read(text)


# -------------------------------------------------------------------------------------------- one command, one model


@rows(
    a_busy_machine_decides_as_a_quiet_one=("auto", None),
    float32_is_pinned=("float32", "float32"),
    bfloat16_is_pinned=("bfloat16", "bfloat16"),
)
def test_numbers_are_decided_without_a_clock(monkeypatch: pytest.MonkeyPatch, case: tuple[Any, str | None]) -> None:
    asked, wanted = case
    quiet = decided(asked, "cpu")

    def never() -> float:
        raise AssertionError("a clock was asked")

    for name in ("perf_counter", "process_time", "monotonic", "time"):
        monkeypatch.setattr(time, name, never)
    assert decided(asked, "cpu") == quiet and quiet.channels_last
    assert wanted is None or quiet.compute == wanted


class Listening(watching.Progress):
    def __init__(self) -> None:
        self.said: list[str] = []

    def task(self, title: str, total: int | None) -> Any:
        return SILENT.task(title, total)

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(scope="module")
def clocked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[str], Workspace]:
    """A small real run of nine seconds, and what was said."""
    import trasluz as tl

    home, listening = Workspace(tmp_path_factory.mktemp("clocked") / "w"), Listening()
    began = time.monotonic()
    run = tl.train(
        "vae", shapes(n=60, size=16), name="mine", preset="tiny", settings=SHORT, minutes=0.15, force=True,
        workspace=home, progress=listening,
    )  # fmt: skip
    listening.said.append(str(time.monotonic() - began))
    return run, listening.said, home


def test_the_first_line_says_in_what_numbers_a_model_is_trained(clocked: Any) -> None:
    _, said, _ = clocked
    plan = decided("auto", "cpu")
    assert any(f"{plan.compute}, channels-last, on cpu with" in line for line in said)


def test_the_card_says_the_numbers_and_the_steps_that_were_taken(clocked: Any) -> None:
    run, _, _ = clocked
    record, text = Record.read(run.folder), (run.folder / "card.md").read_text()
    assert f"{record.paces.run.last:,} of 16 items" in text and "channels-last" in text
    assert f"- steps: {record.paces.run.last}" in text


def test_the_command_of_a_run_by_the_clock_names_its_numbers_and_its_steps(clocked: Any) -> None:
    run, _, _ = clocked
    call = run.call.values
    assert call["settings"]["compute"] == decided("auto", "cpu").compute
    assert call["pace"] == str(Record.read(run.folder).paces) and call["minutes"] is None


def test_that_command_gives_the_same_bits_again(clocked: Any) -> None:
    import trasluz as tl

    run, _, home = clocked
    given = {k: v for k, v in run.call.values.items() if k not in ("family", "data", "name", "progress", "workspace")}
    again = tl.train("vae", shapes(n=60, size=16), name="again", workspace=home, **given)
    assert equal(again.model.state(), run.model.state()) and again.model.identity == run.model.identity
    assert again.model.space().prior().identity == run.model.space().prior().identity


# -------------------------------------------------------------------------------- a lock by what is written


def held(home: Workspace, kind: str, name: str) -> str | None:
    """What somebody else is told who wants to write something; None where they may."""
    told: list[str] = []

    def want() -> None:
        try:
            with home.writing("want", kind, name):  # type: ignore[arg-type]
                pass
        except WorkspaceLocked as error:
            told.append(str(error))

    thread = threading.Thread(target=want)
    thread.start()
    thread.join()
    return told[0] if told else None


@rows(
    a_point_is_saved_while_a_model_trains=("points", "here", True),
    an_atlas_is_made_while_a_model_trains=("atlases", "mine--data--test--z", True),
    a_direction_is_kept_while_a_model_trains=("directions", "mine--z--smile", True),
    another_model_is_trained_beside_it=("models", "other", True),
    a_name_that_only_begins_alike_is_another=("models", "mine-too", True),
    the_model_that_trains_is_not_removed=("models", "mine", False),
)
def test_what_does_not_touch_the_model_goes_on(workspace: Workspace, case: tuple[str, str, bool]) -> None:
    kind, name, free = case
    with workspace.writing("train mine", "models", "mine"):
        told = held(workspace, kind, name)
    assert (told is None) == free
    if told is not None:
        assert "model mine in the workspace" in told and "(train mine)" in told
    assert held(workspace, kind, name) is None


def test_what_is_written_beside_a_training_is_there(clocked: Any) -> None:
    import trasluz as tl

    run, _, home = clocked
    done: list[Any] = []

    def beside() -> None:
        done.append(tl.save_point("here", run.model, "seed:1", workspace=home))

    with home.writing("train other", "models", "other"):
        thread = threading.Thread(target=beside)
        thread.start()
        thread.join()
    assert done and "here" in home.names("points")


# --------------------------------------------------------------------------------------- nothing that was done is lost


@unix
@pytest.mark.parametrize("name", SIGNALS, ids=[f"{name} loses no step" for name in SIGNALS])
def test_a_polite_signal_loses_no_step(tmp_path: Path, name: str) -> None:
    def told(k: int) -> dict[str, Tensor]:
        if k == 12:
            os.kill(os.getpid(), getattr(signal, name))
        return batches(k)

    plan = Plan(steps=40, every=40, threads=1)
    with pytest.raises(Stopped, match="step 13 of 40"):
        Loop(tmp_path / "a", {}, plan, Watch()).run(Regression(), told)
    again, whole = Regression(), Regression()
    Loop(tmp_path / "a", {}, plan, Watch()).run(again, lambda k: killed(k, 12))  # nothing before is taken again
    Loop(tmp_path / "b", {}, plan, Watch()).run(whole, batches)
    assert equal(again.state(), whole.state())


@unix
def test_under_nohup_a_lost_connection_stops_nothing(tmp_path: Path) -> None:
    def told(k: int) -> dict[str, Tensor]:
        os.kill(os.getpid(), signal.SIGHUP)
        return batches(k)

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        Loop(tmp_path, {}, Plan(steps=5, threads=1), Watch()).run(Regression(), told)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


COMMAND = f"{sys.executable} -m trasluz"


@unix
@rows(
    output_that_is_closed_is_no_crash=("--version >&-", {0}),
    remarks_that_are_closed_are_no_crash=("--version 2>&- >/dev/null", {0}),
    both_closed_are_no_crash=("sample nosuch >&- 2>&-", {2}),
    input_that_is_closed_is_no_crash=("--version <&- >/dev/null", {0}),
    a_full_disk_is_one_line=("train vae --settings --json >/dev/full", {2}),
    a_full_disk_is_one_line_for_people_too=("--version >/dev/full", {2}),
    an_error_onto_a_full_disk_is_no_crash=("train vaee --json >/dev/full", {2}),
    help_onto_a_full_disk_is_one_line=("--help >/dev/full", {2}),
    remarks_onto_a_full_disk_stop_nothing=("sample nosuch --json 2>/dev/full", {2}),
)
def test_streams_that_cannot_be_written(case: tuple[str, set[int]]) -> None:
    line, codes = case
    done = subprocess.run(["bash", "-c", f"{COMMAND} {line}"], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert done.returncode in codes, done.stderr
    assert len(done.stderr.splitlines()) <= 1


@unix
def test_a_reader_that_leaves_ends_it_as_the_signal_would() -> None:
    line = f"{COMMAND} --help | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    # What fits into the pipe before its reader is gone is no error either.
    assert done.returncode in (0, 141) and done.stderr == ""


@unix
def test_ctrl_c_while_it_loads_is_one_word() -> None:
    for wait in (0.1, 0.25, 0.5):
        process = subprocess.Popen(
            [sys.executable, "-c", "from trasluz.__main__ import main\nprint(flush=True)\nmain()", "models", "list"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (130, -signal.SIGINT, 0), err
        assert "Traceback" not in err and "Exception ignored" not in err


# ----------------------------------------------------------------------------------------------------- names first

NAMES = {
    "a model": ("sample nosuch", "unknown model: got 'nosuch'"),
    "a model of a map": ("map nosuch --out a.png", "unknown model: got 'nosuch'"),
    "a family": ("train vaee --data faces", "unknown family: got 'vaee'"),
    "data": ("train vae --data facez", "unknown data source: got 'facez'"),
    "data with a number": ("map faces-vae --data facez:30", "unknown data source: got 'facez'"),
    "a method of maps": ("map faces-vae --method umapp", "unknown map method: got 'umapp'"),
    "a method of directions": ("directions find faces-vae --method prob --target a=b", "got 'prob'"),
    "a way of inversion": ("invert faces-vae a.png --method encodr", "got 'encodr'"),
    "a saved point": ("decode faces-vae @nosuch", "unknown point: got 'nosuch'"),
    "a figure": ("measure faces-vae prdcc", "unknown metric: got 'prdcc'"),
    "a prior": ("sample faces-vae --prior gausian", "unknown prior: got 'gausian'"),
    "an atlas": ("map faces-vae --atlas nosuch", "unknown atlas: got 'nosuch'"),
    "a kept direction": ("directions show nosuch", "unknown direction: got 'nosuch'"),
    "a direction to edit by": ("edit faces-vae test:1 --direction nosuch=2", "unknown direction: got 'nosuch'"),
}
WITHOUT_TORCH = """
import shlex, sys
sys.modules["torch"] = None
from typer.testing import CliRunner
from trasluz.cli.app import app
for line in sys.argv[1:]:
    print(CliRunner().invoke(app, shlex.split(line)).stderr.strip().replace("\\n", " "))
"""


@pytest.fixture(scope="module")
def told_without_torch(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    lines = [line for line, _ in NAMES.values()]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *lines], capture_output=True, text=True, check=True,
        env={**os.environ, "TRASLUZ_WORKSPACE": str(tmp_path_factory.mktemp("names"))},
    )  # fmt: skip
    return dict(zip(lines, done.stdout.splitlines(), strict=True))


@pytest.mark.parametrize(
    "name", NAMES, ids=[f"a wrong name of {name} is told before anything is loaded" for name in NAMES]
)
def test_names_are_looked_up_first(told_without_torch: dict[str, str], name: str) -> None:
    line, wanted = NAMES[name]
    assert wanted in told_without_torch[line]


def test_the_list_of_models_loads_nothing_and_is_the_same(clocked: Any, tmp_path: Path) -> None:
    from trasluz.lab.shelf.listing import listed
    from trasluz.lab.shelf.models import list_models

    _, _, home = clocked
    looked = list_models(workspace=home)
    assert listed(home) == looked  # looked at, and remembered
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from trasluz.lab.shelf.listing import listed\nfrom trasluz.io.workspace import Workspace\n"
        "print([m['name'] for m in listed(Workspace(sys.argv[1]))])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(home.root)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([m["name"] for m in looked])
    shutil.copytree(home.root, tmp_path / "copy")
    copy = Workspace(tmp_path / "copy")
    assert listed(copy) == list_models(workspace=copy)
    (copy.root / "models" / "mine" / "config.json").write_text("{")
    # What has changed is looked at anew.
    assert {m["name"]: m["state"] for m in listed(copy)}["mine"] != "ready"


# ------------------------------------------------------------------------------------------ nobody waits in silence


def test_work_that_cannot_count_says_that_it_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "FIRST_LINE", 0.0)
    monkeypatch.setattr(watching, "LOOK", 0.01)
    with watching.Lines().task("Laying out 30,000 items by UMAP", None):
        time.sleep(0.2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Laying out 30,000 items by UMAP; 0 s so far" and lines[-1].endswith("; took 0 s")


@rows(
    true_is_whoever_looks_on=(True, watching.Lines),
    false_is_nobody=(False, type(SILENT)),
    none_is_nobody=(None, type(SILENT)),
)
def test_progress_in_python(capsys: pytest.CaptureFixture[str], case: tuple[Any, type]) -> None:
    given, kind = case
    assert isinstance(watching.watched(given), kind)


def test_progress_true_is_taken_by_a_verb(capsys: pytest.CaptureFixture[str], workspace: Workspace) -> None:
    import trasluz as tl

    with pytest.raises(TrasluzError, match="unknown model"):
        tl.sample("nosuch", 1, workspace=workspace, progress=True)
    tl.train("vae", shapes(n=60, size=16), name="m", preset="tiny", settings=SHORT, steps=2, force=True, progress=True)
    assert "m is trained in" in capsys.readouterr().err


def test_a_fit_ends_where_nothing_is_left_to_learn() -> None:
    steps: list[int] = []

    class Learned(Regression):
        def step(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
            steps.append(k)
            super().step(batch, seed, k)
            return {"loss": 1.0 if k < 30 else 1e-6}

    run_in_memory(Learned(), 400, batches, "t", 0, SILENT, enough=1e-3)
    assert len(steps) == 50
    with torch.no_grad():
        run = run_in_memory(Regression(), 0, batches, "t", 0, SILENT, enough=1e-3)
    assert run.last == 0


def test_the_edited_item_is_there_before_anything_is_read_off_it(clocked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import trasluz as tl

    run, _, home = clocked
    asked: list[str] = []
    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", lambda *a, **k: asked.append("reader"))
    edited = tl.edit(run.model, "seed:1", dims={0: 2.0}, data=shapes(n=60, size=16), workspace=home)
    assert len(edited) == 1 and "1 edited" in repr(edited) and not asked
    assert edited.differs == [{}] and asked == ["reader"]


@pytest.mark.parametrize(("at", "kept"), [(1, "before anything was kept"), (5, r"the state after step 3\.")])
def test_interrupted_at_once_it_says_what_is_kept(
    at: int, kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Ctrl-C leaves no time to write where the run stands: what it says is what a resume begins with."""
    import trasluz as tl
    from trasluz.lab.work import training

    step = Loop._tell  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(training, "PAUSES", 1.0)  # every evaluation, whatever its share of so short a run
    monkeypatch.setattr(training, "EVALUATIONS", 3)

    def interrupted(self: Loop, tick: Any, k: int, rate: float, loss: float) -> None:
        if k == at:
            raise KeyboardInterrupt
        step(self, tick, k, rate, loss)

    monkeypatch.setattr(Loop, "_tell", interrupted)
    with pytest.raises(Stopped, match=kept):
        tl.train("vae", shapes(n=60, size=16), preset="tiny", settings=SHORT, steps=9, force=True,
            name="m", workspace=Workspace(tmp_path))  # fmt: skip


def test_a_machine_that_was_asleep_does_not_say_what_steps_cost() -> None:
    """One step of five seconds among those of a hundredth: the stages of a run are not cut short by it."""
    now = Time()
    clock = Clock(60, now)
    clock.expect([(0.0, 0.01)])
    steps, k, plans = clock.begin(), 0, list[int]()
    while k < steps:
        now.t += 5.0 if k == 500 else 0.01
        k += 1
        found = clock.stepped(k, steps)
        if found is not None:
            steps = found
            plans.append(found)
    assert k == pytest.approx(5500, rel=0.03) and 55 < now.t < 61
    assert min(plans) > 4000, "the time that was lost is lost, and no more"


def test_a_machine_that_has_become_slower_is_noticed_within_a_few_steps() -> None:
    now = Time()
    clock = Clock(60, now)
    clock.expect([(0.0, 0.01)])
    steps, k = clock.begin(), 0
    while k < steps:
        now.t += 0.01 if k < 500 else 1.0
        k += 1
        steps = clock.stepped(k, steps) or steps
    assert now.t == pytest.approx(60, abs=1.5)
