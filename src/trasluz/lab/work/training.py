"""A training run in its parts: data, plan, loop, card."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trasluz.base.errors import (
    DataError,
    Diverged,
    IdentityMismatch,
    InvalidArgument,
    NameTaken,
    Stopped,
    UnknownName,
)
from trasluz.base.progress import Progress
from trasluz.base.text import duration
from trasluz.io.atomic import new_folder, read_lines, write_sealed, write_text
from trasluz.io.names import check_name, shown
from trasluz.io.pictures import write_picture
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.io.workspace import Workspace, slug
from trasluz.lab.calls.session import Session
from trasluz.lab.drawing.curves import curves
from trasluz.lab.results.run import Run
from trasluz.lab.shelf.bundled import is_bundled, reserve
from trasluz.lab.shelf.models import is_path
from trasluz.lab.shelf.models import open as open_model
from trasluz.lab.shelf.where import device_of
from trasluz.lab.work.beginning import first_weights
from trasluz.lab.work.evaluating import TEST_ITEMS, Looking, told
from trasluz.lab.work.record import FILE, Paces, Record, paces_asked, record_of
from trasluz.lab.work.runs import card, interrupted, preview
from trasluz.lab.work.second_stage import fit_priors, kept_back, seconds_for_priors
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.figures import Figure
from trasluz.spaces.model_folder import read_config, write_config, write_weights
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Representation
from trasluz.spaces.trainable import Trainable
from trasluz.training.batches import Batches
from trasluz.training.clock import Clock
from trasluz.training.loop import Loop, Plan, Watch
from trasluz.training.pace import Pace
from trasluz.training.precision import decided
from trasluz.training.reproducible import reproducible

START = "start.safetensors"
"""The weights that a run began with, where it did not draw them."""
EVALUATIONS = 20
"""Evaluations and checkpoints of a run, unless that would be more than `MAX_EVERY` steps apart."""
MAX_EVERY = 500
CURVES_EVERY = 20.0
"""Seconds from one drawing of a run's curves to the next, at least: one takes as long as many a step."""
PAUSES = 0.1
"""Of the time, at most, that those take; the last one is always made."""
PAUSE = 1.0
"""Seconds that one is thought to take before there has been one."""
MEASURING, SHARE_OF_MEASURING = 4.0, 0.03
"""Seconds of measuring steps for a run by the clock, and what they are of its time at most."""
LEAST_ITEMS = 2
"""Items to train on without which nothing can be trained, whoever insists."""


@dataclass(frozen=True)
class Asked:
    """What a new run was asked to be; a resumed one keeps its own."""

    preset: str = "small"
    settings: Mapping[str, Any] | None = None
    steps: int | None = None
    minutes: float | None = None
    init: str | os.PathLike[str] | None = None
    autoencoder: str | os.PathLike[str] | None = None
    seed: int = 0
    force: bool = False
    pace: str | None = None
    form: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of the items: size, channels, fit, range, as far as one is asked for."""

    def named(self) -> list[str]:
        """What differs from a run nobody said anything of, but for its length."""
        fresh, free = Asked(), ("steps", "minutes")
        return [k for k, v in vars(self).items() if k not in free and (v or None) != (getattr(fresh, k) or None)]


@dataclass(frozen=True)
class _Job:
    """A run that is set up, new or taken up again."""

    folder: Path
    family: Family
    config: FamilyConfig
    representation: Representation
    plan: Plan
    train: Dataset
    test: Dataset
    val: Dataset
    """Items of the data's own to choose by; none where they bring none, and then nothing is chosen."""
    start: dict[str, Tensor] | None
    paces: Paces | None = None
    """Numbers of steps that somebody says."""
    clock: Clock | None = None
    """When to be done, where that is asked for now."""
    steps: int | None = None
    """How many steps instead of the planned ones, where that is asked for now."""

    def trainable(self) -> Trainable:
        return self.family.trainable(self.config, self.representation, len(self.train))

    def batches(self, precision: Precision) -> Batches:
        labels = self.family.labels(self.config, self.train)
        return Batches(self.train, self.config.batch, self.plan.seed, precision, labels)


def trained(
    family: str,
    data: str | os.PathLike[str] | Dataset | None,
    name: str | None,
    asked: Asked,
    resume: bool,
    session: Session,
    began: float | None = None,
) -> Run:
    """A model of a family, trained on data into the workspace, or trained on from where its run was stopped.

    Minutes count from `began`, a time of `time.monotonic`; by default from now.
    """
    began = time.monotonic() if began is None else began
    _check_length(asked, resume)
    ws, progress, device = session.home, session.progress, session.device
    kind = registry.get("families", family)
    folder = _resumed(name, data, kind, asked, ws) if resume else _fresh(name, data, kind, asked, ws)
    with ws.writing(f"train {shown(folder.name)}", "models", folder.name):
        if resume:
            job = _resume(folder, kind, data, asked, ws, began, progress)
        else:
            job = _begin(folder, kind, data, asked, ws, device, began, progress)
        progress.say(f"{folder.name} is trained in {_numbers(job.plan)}")
        try:
            figures = _run(job, progress)
        except (Stopped, KeyboardInterrupt) as stop:
            what = stop.what if isinstance(stop, Stopped) else interrupted(folder)
            elsewhere = f" --workspace {shlex.quote(str(ws.root))}" if ws.root != Workspace().root else ""
            hint = f"Go on with: trasluz train {kind.name} --name {shlex.quote(shown(folder.name))} --resume{elsewhere}"
            raise Stopped(what, next=hint) from None
    return Run(open_model(folder, device=device), folder, figures, Record.read(folder).call(kind, job.config, ws))


def _check_length(asked: Asked, resume: bool) -> None:
    """Refuse a length that is none, or two of them."""
    ways = [way for way in ("steps", "minutes", "pace") if getattr(asked, way) is not None]
    if len(ways) > 1:
        raise InvalidArgument("a run has one length", got=" and ".join(ways), allowed="steps or minutes")
    if asked.steps is not None and asked.steps < 1:
        raise InvalidArgument("steps are a positive number", got=asked.steps)
    if asked.minutes is not None and not 0 < asked.minutes < 1e6:
        raise InvalidArgument("minutes are a positive number", got=asked.minutes)
    if not resume:
        paces_asked(asked.pace)


def _numbers(plan: Plan) -> str:
    """How a run computes, in words."""
    layout = "channels-last" if plan.precision.channels_last else "plane by plane"
    threads = f"{plan.threads} thread{'s' if plan.threads != 1 else ''}"
    return f"{plan.precision.compute}, {layout}, on {plan.precision.device} with {threads}"


def _fresh(
    name: str | None, data: str | os.PathLike[str] | Dataset | None, kind: Family, asked: Asked, ws: Workspace
) -> Path:
    """The folder of a new run, which nothing else has."""
    chosen = check_name(_default_name(data, kind) if name is None else name, "model")
    reserve(chosen)
    folder = ws.entry("models", chosen)
    if folder.exists():
        remove = f"trasluz models remove {shlex.quote(chosen)}"
        hint = f"Go on with it by --resume, choose another --name, or remove it: {remove}"
        raise NameTaken(f"a model named {chosen} already exists", next=hint)
    return folder


def _resumed(
    name: str | None, data: str | os.PathLike[str] | Dataset | None, kind: Family, asked: Asked, ws: Workspace
) -> Path:
    """The folder of a run that is there."""
    if asked.named():
        raise InvalidArgument(
            f"a resumed run keeps its own {', '.join(asked.named())}", next="Leave them out, or train a new one"
        )
    if name is None and data is None:
        raise InvalidArgument("no run to resume", next="Give its --name")
    return ws.existing("models", _default_name(data, kind) if name is None else name)


def _default_name(data: str | os.PathLike[str] | Dataset | None, family: Family) -> str:
    if data is None:
        raise InvalidArgument("no data to train on", next="Give --data, a built-in name or a folder of your own items")
    name = f"{slug(data.spec if isinstance(data, Dataset) else str(data))}-{family.name}"
    return f"my-{name}" if is_bundled(name) else name


def _load(
    data: str | os.PathLike[str] | Dataset, form: Mapping[str, Any], ws: Workspace, progress: Progress
) -> Dataset:
    from trasluz.lab.shelf.data import load, load_and_say

    if not isinstance(data, Dataset) and (isinstance(data, os.PathLike) or is_path(str(data))):
        # Written down with the model: it must mean the same from any folder.
        data = str(Path(data).expanduser().absolute())
    asked = {name: form.get(name) for name in ("size", "channels", "fit", "range", "seconds")}
    if isinstance(data, Dataset):
        found = load(
            data, size=asked["size"], channels=asked["channels"], fit=asked["fit"], range=asked["range"],
            seconds=asked["seconds"], workspace=ws, progress=progress,
        )  # fmt: skip
    else:
        found = load_and_say(str(data), asked, workspace=ws, progress=progress)
    counts = [len(found.split(name)) for name in ("train", "test")]
    if counts[0] < LEAST_ITEMS or counts[1] < 1:
        raise DataError(
            f"{found.spec} is too small to train on",
            got=f"{counts[0]} items to train on and {counts[1]} to test on",
            allowed=f"{LEAST_ITEMS} and 1 or more",
            next="Give more data, and both splits of them",
        )
    return found


def _form(kind: Family, preset: str, settings: Mapping[str, Any]) -> FamilyConfig:
    """The settings as far as preset and caller say them, checked before any data are decoded."""
    if preset not in kind.presets:
        raise UnknownName(f"preset of {kind.name}", preset, kind.presets)
    return kind.config_type.make({**kind.presets[preset], **settings})


def _check_count(kind: Family, data: Dataset, items: int, force: bool) -> None:
    """Refuse what would be learned by heart, unless the caller insists."""
    if items >= kind.least_items or force:
        return
    raise DataError(
        f"{data.spec} is too small for a {kind.name}",
        got=f"{items:,} items to train on",
        allowed=f"{kind.least_items:,} or more",
        next="Give more data, or train on these all the same: --force (force=True in Python)",
    )


def _begin(
    folder: Path,
    kind: Family,
    data: str | os.PathLike[str] | Dataset | None,
    asked: Asked,
    ws: Workspace,
    device: str,
    began: float,
    progress: Progress,
) -> _Job:
    settings, seed = dict(asked.settings or {}), asked.seed
    settings |= {name: value for name, value in asked.form.items() if name in ("size", "channels")}
    wanted = _form(kind, asked.preset, settings)
    if data is None:
        raise InvalidArgument("no data to train on", next="Give --data, a built-in name or a folder of your own items")
    found = _load(data, {**wanted.dump(), **asked.form}, ws, progress)
    representation, train_, test = found.representation, found.split("train"), found.split("test")
    settings |= kind.from_data(wanted, train_)
    config = kind.configure(asked.preset, settings, representation)
    config, start = first_weights(kind, config, representation, ws, init=asked.init, autoencoder=asked.autoencoder)
    for line in kind.remarks(config, list(asked.settings or {})):
        progress.say(line)
    _check_count(kind, found, len(train_), asked.force)
    if asked.steps is not None:
        config = config.with_(steps=asked.steps)
    precision = decided(config.compute, str(device_of(device)))
    config = config.with_(compute=precision.compute)
    plan = Plan(seed=seed, threads=torch.get_num_threads(), precision=precision)
    job = _Job(
        folder, kind, config, representation, plan, train_, test, found.split("val"), start, paces_asked(asked.pace)
    )
    if asked.minutes is not None:
        job = replace(job, clock=_clock(job, asked.minutes, began, progress))
    paces = job.paces or Paces(Pace.of(job.clock.begin() if job.clock is not None else config.steps))
    every = max(1, min(paces.run.first // EVALUATIONS, MAX_EVERY))
    plan = plan.with_(steps=paces.run.last, every=every)
    with new_folder(folder) as temporary:
        write_config(temporary, kind.name, config, representation, found.spec, found.identity)
        write_sealed(temporary / FILE, record_of(plan, (found.spec, found.identity), vars(asked), paces))
        if start is not None:
            write_tensors(temporary / START, start, "start")
    return replace(job, plan=plan)


def _clock(job: _Job, minutes: float, began: float, progress: Progress) -> Clock:
    """The clock of a run, once it knows for a start what steps cost, and what is to be kept back for the end."""
    clock = Clock(60 * minutes, began=began)
    spent, trainable, batches = 60 * minutes - clock.left, job.trainable(), job.batches(job.plan.precision)
    if spent > 0.5 * clock.seconds:
        progress.say(f"Reading the data took {duration(spent)} of {duration(clock.seconds)}; the rest is for training")
    with progress.task("Measuring steps", None) as tick:
        seconds = min(MEASURING, SHARE_OF_MEASURING * clock.seconds)
        clock.measure(trainable, batches, job.plan.precision, job.plan.seed, seconds)
        tick(1)
        priors = seconds_for_priors(
            job.family, job.config, job.representation, trainable.weights(), job.train, job.plan.seed
        )
        tick(1)
    clock.after = PAUSE + kept_back(priors, clock.left)
    return clock


def _resume(
    folder: Path,
    kind: Family,
    data: str | os.PathLike[str] | Dataset | None,
    asked: Asked,
    ws: Workspace,
    began: float,
    progress: Progress,
) -> _Job:
    family, config, representation, about = read_config(folder)
    if family.name != kind.name:
        raise InvalidArgument(f"the run {shown(folder.name)} is of another family", got=kind.name, allowed=family.name)
    record = Record.read(folder)
    if record.values.get("data_identity") != about["data_identity"]:
        raise IdentityMismatch(
            f"{folder / FILE} is the record of another run than the model's", next="Take both files from one copy"
        )
    plan = record.plan
    form = representation.asked()
    found = _load(data if data is not None else about["trained_on"], form, ws, progress)
    if found.identity != about["data_identity"]:
        raise IdentityMismatch(
            f"the run {shown(folder.name)} was of other data than {found.spec} holds now",
            next="Restore the data as they were, or train under another name",
        )
    if plan.threads != torch.get_num_threads():
        progress.say(f"This run began with {plan.threads} threads and goes on with as many.")
    device_of(plan.precision.device)
    start = read_tensors(folder / START, "start")[0] if os.path.lexists(folder / START) else None
    train_, test, val = (found.split(part) for part in ("train", "test", "val"))
    job = _Job(folder, family, config, representation, plan, train_, test, val, start)
    if asked.minutes is not None:
        return replace(job, clock=_clock(job, asked.minutes, began, progress))
    return replace(job, steps=asked.steps)


def _run(job: _Job, progress: Progress) -> dict[str, Figure]:
    """The loop, then the second stage, then the card."""
    binding = {"data": job.train.identity, "config": str(sorted(job.config.dump().items()))}
    due = time.monotonic() + CURVES_EVERY

    def draw() -> None:
        nonlocal due
        due = time.monotonic() + CURVES_EVERY
        course = curves(f"{shown(job.folder.name)}: the run", read_lines(loop.events), job.family.curves)
        if course is not None:
            write_picture(job.folder / "curves.png", course)

    def keep(step: int, trainable: Trainable) -> None:
        weights = {k: v.cpu() for k, v in trainable.weights().items()}
        write_weights(job.folder, job.family.name, job.config, job.representation, weights)
        model = open_model(job.folder, device="cpu")
        sheet = job.folder / "samples" / f"step-{step:09d}.png"
        refit = model.default_space in job.family.second_stage
        preview(sheet, f"{shown(job.folder.name)}, step {step:,}", model, job.test, job.plan.seed, refit=refit)
        if time.monotonic() >= due:
            draw()

    record = Record.read(job.folder)
    called = f"Training {shown(job.folder.name)}"
    looking = Looking(
        job.test, job.val, job.config.batch, job.plan.precision, job.plan.seed,
        lambda data: job.family.labels(job.config, data),
    )  # fmt: skip
    for line in looking.said():
        progress.say(line)
    watch = Watch(
        looking.evaluate, looking.choose, looking.beside,
        after=keep, progress=progress, title=called, share=PAUSES, pause=PAUSE,
    )  # fmt: skip
    loop = Loop(
        job.folder, binding, job.plan, watch,
        pace=record.paces.run, keep=record.keep_run, clock=job.clock, steps=job.steps,
    )  # fmt: skip
    try:
        loop.run(job.trainable(), job.batches(job.plan.precision), job.start)
    except (Stopped, Diverged):
        draw()
        raise
    draw()
    with reproducible(job.plan.threads):
        _second_stage(job, record, progress)
    events = [e for e in read_lines(loop.events) if any(k.startswith("test_") for k in e)]
    last = told(events[-1]) if events else {}
    write_text(job.folder / "card.md", _card(job, loop.pace, last))
    return last


def _second_stage(job: _Job, record: Record, progress: Progress) -> None:
    """Fit priors on the codes of the training items."""
    model = open_model(job.folder, device="cpu")
    fit_priors(
        job.folder, job.family, job.config, model, job.train, job.plan.seed, record, job.clock, progress, job.paces
    )


def _card(job: _Job, pace: Pace, figures: Mapping[str, Figure]) -> str:
    """What a reader should know of the model."""
    facts: dict[str, Any] = {
        "Items": job.representation.dump(),
        "Steps": f"{pace.last:,} of {job.config.batch} items, seed {job.plan.seed}, {_numbers(job.plan)}",
    }
    ceiling = job.test.kind.ceiling(job.test.tensor(slice(0, TEST_ITEMS)), job.representation)
    if ceiling is not None:
        facts["What networks see of them is"] = f"{ceiling:.1f} dB (PSNR) from what they are: no model comes nearer"
    settings = {**job.config.dump(), "steps": pace.last, "compute": job.plan.precision.compute}
    return card(shown(job.folder.name), job.family.title, job.train, len(job.test), facts, figures, settings)
