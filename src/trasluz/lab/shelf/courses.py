"""Runs of the workspace as somebody looks at them: how far each is, its figures, its sheets of samples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from trasluz.base.bounds import PORTRAIT_FILE
from trasluz.base.errors import TrasluzError, UnknownName
from trasluz.io.atomic import read_lines
from trasluz.io.plain import has_plain, read_plain
from trasluz.io.workspace import Workspace
from trasluz.spaces import registry
from trasluz.spaces.model_folder import CARD, TRAINING, read_training

SHEET = re.compile(r"step-(\d{9})\.png")
MARKS = 400
"""Figures of a run that are told, the newest."""


@final
@dataclass(frozen=True)
class Mark:
    """Figures of one step."""

    step: int
    values: Mapping[str, float]


@final
@dataclass(frozen=True)
class Course:
    """How a run has gone so far."""

    name: str
    family: str
    title: str
    """Of the family."""
    data: str
    preset: str
    steps: int
    """Taken, as far as was written down."""
    total: int
    """Planned by now."""
    done: bool
    """Whether it came to its end."""
    opens: bool
    """Whether there are weights to look at."""
    watched: Sequence[str] = ()
    """Figures that a person should watch; on items never trained on they are called `test_...`."""
    marks: Sequence[Mark] = ()
    sheets: Sequence[int] = field(default_factory=list[int])
    """Steps after which a sheet of samples was drawn."""


def courses(home: Workspace) -> list[Course]:
    """All runs of a workspace that can be read, by name. Models that came from elsewhere are none."""
    found = [_read(home, name) for name in home.names("models") if has_plain(home.entry("models", name), TRAINING)]
    return [one for one in found if one is not None]


def course_of(home: Workspace, name: str) -> Course:
    """One run.

    Raises:
        UnknownName: there is no run of that name.
    """
    found = _read(home, home.existing("models", name).name, name)
    if found is None:
        raise UnknownName("run", name, [one.name for one in courses(home)])
    return found


def sheet_of(home: Workspace, name: str, step: int) -> bytes:
    """The sheet of samples after a step, as PNG.

    Raises:
        UnknownName: there is none of that step.
    """
    folder = home.existing("models", name) / "samples"
    sheet = f"step-{step:09d}.png"
    if not has_plain(folder, sheet):
        raise UnknownName("sheet of samples", f"step {step}", [])
    return read_plain(folder, sheet, "the sheet", limit=PORTRAIT_FILE)


def _read(home: Workspace, name: str, called: str | None = None) -> Course | None:
    folder = home.entry("models", called or name)
    try:
        record = read_training(folder)
        if record is None:
            return None
        about = _config(folder)
        family = registry.get("families", str(about["family"]))
        events = read_lines(folder / "events.jsonl")
        total = int(record["plan"]["steps"])
    except (TrasluzError, KeyError, TypeError, ValueError):
        return None
    steps = max((int(event.get("step", 0)) for event in events), default=0)
    watched = [name for names in list(family.curves.values())[:1] for name in names]
    has_card = has_plain(folder, CARD)
    return Course(
        called or name, family.name, family.title, str(record.get("data")), str(record.get("preset")), steps, total,
        done=has_card and steps >= total, opens=has_plain(folder, "model.safetensors"), watched=watched,
        marks=_marks(events, watched), sheets=_sheets(folder / "samples"),
    )  # fmt: skip


def _config(folder: Path) -> Mapping[str, Any]:
    from trasluz.base.bounds import MODEL_LIST
    from trasluz.io.atomic import read_json

    return read_json(folder / "config.json", "the settings of the model", limit=MODEL_LIST)


def _marks(events: Sequence[Mapping[str, Any]], watched: Sequence[str]) -> list[Mark]:
    wanted = [*watched, *(f"test_{name}" for name in watched)]
    found: list[Mark] = []
    for event in events:
        values = {name: float(event[name]) for name in wanted if isinstance(event.get(name), (int, float))}
        if values:
            found.append(Mark(int(event.get("step", 0)), values))
    return found[-MARKS:]


def _sheets(folder: Path) -> list[int]:
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    return sorted(int(found[1]) for name in names if (found := SHEET.fullmatch(name)))
