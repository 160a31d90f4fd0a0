"""A training run in its parts: data, plan, loop, second stage, card."""

from __future__ import annotations

import os
import platform
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
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
from trasluz.io.atomic import new_folder, read_json, read_lines, write_json, write_text
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
from trasluz.lab.work.runs import card, codes_of, preview
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model import LatentModel
from trasluz.spaces.model_folder import read_config, write_config, write_prior, write_weights
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Representation
from trasluz.spaces.trainable import Trainable
from trasluz.training.batches import Batches, batch_of
from trasluz.training.loop import Loop, Plan, Watch, calibrate, run_in_memory
from trasluz.training.precision import measure
from trasluz.training.reproducible import reproducible

VERSION = 1
START = "start.safetensors"
"""The weights that a run began with, where it did not draw them."""
TEST_ITEMS = 1024
"""Held-out items that an evaluation in training looks at."""
SECOND_STAGE_ITEMS = 50_000
"""Codes that a second-stage prior is fitted on, at most."""
EVALUATIONS = 20
"""Evaluations and checkpoints of a run, unless that would be more than `MAX_EVERY` steps apart."""
MAX_EVERY = 500
CURVES_EVERY = 20.0
"""Seconds from one drawing of a run's curves to the next, at least: one takes as long as many a step."""
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
    form: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of the items: size, channels, fit, range, as far as one is asked for."""

    def named(self) -> list[str]:
        """What differs from a run nobody said anything of."""
        fresh = Asked()
        return [k for k, v in vars(self).items() if (v or None) != (getattr(fresh, k) or None)]


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
    start: dict[str, Tensor] | None

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
) -> Run:
    """A model of a family, trained on data into the workspace, or trained on from where its run was stopped."""
    ws, progress, device = session.home, session.progress, session.device
    kind = registry.get("families", family)
    folder = _resumed(name, data, kind, asked, ws) if resume else _fresh(name, data, kind, asked, ws)
    with ws.writing(f"train {shown(folder.name)}"):
        if resume:
            job = _resume(folder, kind, data, ws, progress)
        else:
            job = _begin(folder, kind, data, asked, ws, device, progress)
        try:
            figures = _run(job, progress)
        except (Stopped, KeyboardInterrupt) as stop:
            what = stop.what if isinstance(stop, Stopped) else "stopped; all that was trained is kept"
            elsewhere = f" --workspace {shlex.quote(str(ws.root))}" if ws.root != Workspace().root else ""
            hint = f"Go on with: trasluz train {kind.name} --name {shlex.quote(shown(folder.name))} --resume{elsewhere}"
            raise Stopped(what, next=hint) from None
    return Run(open_model(folder, device=device), folder, figures)


def _fresh(
    name: str | None, data: str | os.PathLike[str] | Dataset | None, kind: Family, asked: Asked, ws: Workspace
) -> Path:
    """The folder of a new run, which nothing else has."""
    if asked.steps is not None and asked.minutes is not None:
        raise InvalidArgument("a run has a length in steps or in minutes, not in both")
    if asked.steps is not None and asked.steps < 1:
        raise InvalidArgument("steps are a positive number", got=asked.steps)
    if asked.minutes is not None and not 0 < asked.minutes < 1e6:
        raise InvalidArgument("minutes are a positive number", got=asked.minutes)
    chosen = check_name(_default_name(data, kind) if name is None else name, "model")
    reserve(chosen)
    folder = ws.entry("models", chosen)
    if folder.exists():
        remove = f"trasluz models remove {shlex.quote(chosen)}"
        hint = f"Go on with it by --resume, choose another --name, or remove it: {remove}"
        raise NameTaken(f"a model named {chosen} exists already", next=hint)
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
        raise InvalidArgument("no data to train on", next="Give --data, a built-in name or a folder of pictures")
    name = f"{slug(data.spec if isinstance(data, Dataset) else str(data))}-{family.name}"
    return f"my-{name}" if is_bundled(name) else name


def _load(
    data: str | os.PathLike[str] | Dataset, form: Mapping[str, Any], ws: Workspace, progress: Progress
) -> Dataset:
    from trasluz.lab.shelf.data import load, load_and_say

    if not isinstance(data, Dataset) and is_path(str(data)):
        # Written down with the model: it must mean the same from any folder.
        data = str(Path(data).expanduser().absolute())
    asked = {name: form.get(name) for name in ("size", "channels", "fit", "range")}
    if isinstance(data, Dataset):
        found = load(
            data, size=asked["size"], channels=asked["channels"], fit=asked["fit"], range=asked["range"],
            workspace=ws, progress=progress,
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
    progress: Progress,
) -> _Job:
    settings, seed = dict(asked.settings or {}), asked.seed
    settings |= {name: value for name, value in asked.form.items() if name in ("size", "channels")}
    wanted = _form(kind, asked.preset, settings)
    if data is None:
        raise InvalidArgument("no data to train on", next="Give --data, a built-in name or a folder of pictures")
    found = _load(data, {**wanted.dump(), **asked.form}, ws, progress)
    representation, train_, test = found.representation, found.split("train"), found.split("test")
    settings |= kind.from_data(wanted, train_)
    config = kind.configure(asked.preset, settings, representation)
    config, start = _initial(asked, kind, config, representation, ws)
    _check_count(kind, found, len(train_), asked.force)
    if asked.steps is not None:
        config = config.with_(steps=asked.steps)
    job = _Job(folder, kind, config, representation, Plan(seed=seed), train_, test, start)
    precision = _precision(job, device, progress)
    if asked.minutes is not None:
        progress.say(f"Measuring the speed, to see how many steps make {asked.minutes:g} minutes")
        total = calibrate(job.trainable(), job.batches(precision), precision, seed, asked.minutes)
        config = config.with_(steps=total)
    every = max(1, min(config.steps // EVALUATIONS, MAX_EVERY))
    plan = Plan(steps=config.steps, seed=seed, every=every, threads=torch.get_num_threads(), precision=precision)
    with new_folder(folder) as temporary:
        write_config(temporary, kind.name, config, representation, found.spec, found.identity)
        write_json(temporary / "training.json", _record(plan, found, asked))
        if start is not None:
            write_tensors(temporary / START, start, "start")
    return _Job(folder, kind, config, representation, plan, train_, test, start)


def _precision(job: _Job, device: str, progress: Progress) -> Precision:
    where = str(device_of(device))
    if job.config.compute != "auto":
        return Precision(compute=job.config.compute, channels_last=True, device=where)
    return measure(job.trainable, lambda p: job.batches(p)(0), where, progress)


def _initial(
    asked: Asked, kind: Family, config: FamilyConfig, representation: Representation, ws: Workspace
) -> tuple[FamilyConfig, dict[str, Tensor] | None]:
    """Settings and first weights of a run that does not draw them all."""
    if asked.init is not None and asked.autoencoder is not None:
        raise InvalidArgument("a run begins with a whole model or with an autoencoder, not with both")
    if asked.autoencoder is not None:
        config, weights = kind.adopt(config, open_model(asked.autoencoder, workspace=ws, device="cpu"))
        return config, dict(weights)
    if asked.init is None:
        return config, None
    other = open_model(asked.init, workspace=ws, device="cpu")
    if other.family != kind.name or other.representation.dump() != representation.dump():
        raise InvalidArgument(
            "the model to begin from is of another family or form",
            got=f"{other.family}, {other.representation.dump()}",
            allowed=f"{kind.name}, {representation.dump()}",
        )
    return config, other.state()


def _record(plan: Plan, data: Dataset, asked: Asked) -> dict[str, Any]:
    return {
        "format": "trasluz-training",
        "version": VERSION,
        "plan": plan.dump(),
        "data": data.spec,
        "data_identity": data.identity,
        "preset": asked.preset,
        "settings": {k: str(v) for k, v in (asked.settings or {}).items()},
        "minutes": asked.minutes,
        "machine": {"torch": torch.__version__, "python": platform.python_version(), "system": platform.platform()},
    }


def _resume(
    folder: Path, kind: Family, data: str | os.PathLike[str] | Dataset | None, ws: Workspace, progress: Progress
) -> _Job:
    family, config, representation, about = read_config(folder)
    if family.name != kind.name:
        raise InvalidArgument(f"the run {shown(folder.name)} is of another family", got=kind.name, allowed=family.name)
    record = read_json(folder / "training.json", "the training record")
    plan = Plan.read(record.get("plan", {}), str(folder / "training.json"))
    found = _load(
        data if data is not None else about["trained_on"], {**config.dump(), **representation.asked()}, ws, progress
    )
    if found.identity != about["data_identity"]:
        raise IdentityMismatch(
            f"the run {shown(folder.name)} was of other data than {found.spec} holds now",
            next="Bring the data back as they were, or train under another name",
        )
    if plan.threads != torch.get_num_threads():
        progress.say(f"This run began with {plan.threads} threads and goes on with as many.")
    device_of(plan.precision.device)
    start = read_tensors(folder / START, "start")[0] if (folder / START).exists() else None
    return _Job(folder, family, config, representation, plan, found.split("train"), found.split("test"), start)


def _run(job: _Job, progress: Progress) -> dict[str, float]:
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

    watch = Watch(lambda trainable: _evaluate(job, trainable), keep, progress, f"Training {shown(job.folder.name)}")
    loop = Loop(job.folder, binding, job.plan, watch)
    try:
        loop.run(job.trainable(), job.batches(job.plan.precision), job.start)
    except (Stopped, Diverged):
        draw()
        raise
    draw()
    model = open_model(job.folder, device="cpu")
    with reproducible(job.plan.threads):
        for space_name, methods in job.family.second_stage.items():
            _second_stage(job, model, space_name, methods, progress)
    events = [e for e in read_lines(loop.events) if any(k.startswith("test_") for k in e)]
    last = {k.removeprefix("test_"): float(v) for k, v in events[-1].items() if k.startswith("test_")} if events else {}
    facts: dict[str, Any] = {
        "Items": job.representation.dump(),
        "Steps": f"{job.plan.steps:,} of {job.config.batch} items, seed {job.plan.seed}, {job.plan.precision.compute}",
    }
    ceiling = job.test.kind.ceiling(job.test.tensor(slice(0, TEST_ITEMS)), job.representation)
    if ceiling is not None:
        facts["What networks see of them is"] = f"{ceiling:.1f} dB (PSNR) from what they are: no model comes nearer"
    text = card(shown(job.folder.name), job.family.title, job.train, len(job.test), facts, last, job.config.dump())
    write_text(job.folder / "card.md", text)
    return last


def _evaluate(job: _Job, trainable: Trainable) -> dict[str, float]:
    """Means of the trainable's figures over the first held-out items."""
    sums: dict[str, float] = {}
    n = min(len(job.test), TEST_ITEMS)
    test = job.test.first(n)
    labels = job.family.labels(job.config, test)
    for i in range(0, n, job.config.batch):
        end = min(i + job.config.batch, n)
        batch = batch_of(test, slice(i, end), job.plan.precision, labels)
        for key, value in trainable.evaluate(batch, job.plan.seed).items():
            sums[key] = sums.get(key, 0.0) + value * (end - i) / n
    return sums


def _second_stage(job: _Job, model: LatentModel, space_name: str, methods: tuple[str, ...], progress: Progress) -> None:
    """Fit priors on the codes of the training items, and keep them beside the model."""
    space = model.space(space_name)
    mu, log_var = codes_of(space, job.train.first(SECOND_STAGE_ITEMS), progress)

    def run(trainable: Trainable, steps: int, batches: Any, title: str) -> None:
        run_in_memory(trainable, steps, batches, title, job.plan.seed, progress)

    for name in methods:
        method = registry.get("priors", name)
        settings = job.family.prior_settings(job.config, name)
        if settings is None:
            continue
        prior = method.fit(mu, log_var, method.config_type.make(settings), job.plan.seed, run)
        write_prior(job.folder, model, space_name, prior)
