"""What a run writes down of itself, `training.json`: what was asked, what was decided, and how many steps it has."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import torch

from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.io.atomic import write_sealed
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.call import Call, call_of
from trasluz.lab.calls.verb import verb_named
from trasluz.lab.shelf.where import device_of
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model_folder import TRAINING, TRAINING_FORMAT, TRAINING_VERSION, read_training
from trasluz.training.loop import Plan
from trasluz.training.pace import Pace

FILE = TRAINING
LEFT_OUT = "-"
"""In the place of the pace of what there was no time for."""


@final
@dataclass(frozen=True)
class Paces:
    """How many steps a run has, and how many each of what is fitted after it, in order."""

    run: Pace
    after: tuple[Pace | None, ...] = ()
    """None for what there was no time for."""

    @classmethod
    def read(cls, text: str) -> Paces:
        """From what `str` gave."""
        run, *after = text.split("/")
        return cls(Pace.read(run), tuple(None if part == LEFT_OUT else Pace.read(part) for part in after))

    def __str__(self) -> str:
        return "/".join([str(self.run), *(LEFT_OUT if pace is None else str(pace) for pace in self.after)])


@final
class Record:
    """`training.json` of one run."""

    def __init__(self, folder: Path, values: Mapping[str, Any]) -> None:
        self.folder, self.values = folder, dict(values)

    @classmethod
    def read(cls, folder: Path) -> Record:
        record = read_training(folder)
        if record is None:
            raise DamagedFile(f"the training record is missing: {folder / FILE}", next="Train the model again")
        return cls(folder, record)

    @property
    def plan(self) -> Plan:
        return Plan.read(self.values.get("plan", {}), str(self.folder / FILE))

    @property
    def paces(self) -> Paces:
        """Steps, as they were decided so far; a run of an earlier version never changed its own."""
        text = self.values.get("pace")
        return Paces(Pace.of(self.plan.steps)) if text is None else Paces.read(str(text))

    def keep(self, paces: Paces) -> None:
        """Write other numbers of steps down."""
        self.values |= {"pace": str(paces), "plan": {**self.values["plan"], "steps": paces.run.last}}
        write_sealed(self.folder / FILE, self.values)

    def keep_run(self, pace: Pace) -> None:
        """Write another number of steps of the run itself down."""
        self.keep(Paces(pace, self.paces.after))

    def keep_after(self, i: int, pace: Pace | None) -> None:
        """Write down how many steps the i-th of what is fitted after it had."""
        before = list(self.paces.after)[:i]
        self.keep(Paces(self.paces.run, (*before, pace)))

    def call(self, family: Family, config: FamilyConfig, ws: Workspace) -> Call:
        """The call that gives the same run again: in the same numbers, and by its steps instead of the clock."""
        asked, plan, paces = self.values, self.plan, self.paces
        settings = {**asked.get("settings", {}), "compute": plan.precision.compute}
        settings.pop("steps", None)
        length: dict[str, Any] = {"steps": config.steps}
        if str(paces) != str(Pace.of(config.steps)):
            length = {"pace": str(paces)}
            if config.steps != family.config_type.make(family.presets[asked["preset"]]).steps:
                settings["steps"] = str(config.steps)
        more = {key: asked[key] for key in ("init", "autoencoder", "force") if asked.get(key)}
        device = "auto" if str(device_of("auto")) == plan.precision.device else plan.precision.device
        return call_of(
            verb_named("train"), family.name, asked["data"], name=self.folder.name, preset=asked["preset"],
            settings=settings, seed=plan.seed, workspace=ws, device=device, **length, **more,
        )  # fmt: skip


def record_of(plan: Plan, data: tuple[str, str], asked: Mapping[str, Any], paces: Paces) -> dict[str, Any]:
    """What is written when a run begins; `data` is its name and its identity."""
    return {
        "format": TRAINING_FORMAT,
        "version": TRAINING_VERSION,
        "plan": plan.dump(),
        "pace": str(paces),
        "data": data[0],
        "data_identity": data[1],
        "preset": asked["preset"],
        "settings": {k: v if isinstance(v, str) else json.dumps(v) for k, v in (asked["settings"] or {}).items()},
        "minutes": asked["minutes"],
        "init": None if asked["init"] is None else str(asked["init"]),
        "autoencoder": None if asked["autoencoder"] is None else str(asked["autoencoder"]),
        "force": asked["force"],
        "machine": {"torch": torch.__version__, "python": platform.python_version(), "system": platform.platform()},
    }


def paces_asked(text: str | None) -> Paces | None:
    """The `--pace` of a command line.

    Raises:
        InvalidArgument: it is none.
    """
    try:
        return None if text is None else Paces.read(text)
    except InvalidArgument as error:
        raise InvalidArgument("not the pace of a run", got=repr(text), allowed=error.allowed) from None
