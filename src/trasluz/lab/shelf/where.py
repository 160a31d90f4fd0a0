"""Where things are kept, and where a model runs."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import torch

from trasluz.base.errors import DamagedFile, InvalidArgument, VersionMismatch
from trasluz.io.workspace import Workspace
from trasluz.lab.calls import taking

Place = str | os.PathLike[str] | Workspace | None
"""A workspace as a caller gives it."""


def workspace_of(workspace: Place) -> Workspace:
    """A workspace from a path, a workspace, or None for the default one. Creates nothing."""
    return workspace if isinstance(workspace, Workspace) else Workspace(workspace)


@contextmanager
def again(path: Path, next: str) -> Generator[None]:
    """What is wrong with a file that a person can do without, told with its name and what to do about it."""
    try:
        yield
    except (DamagedFile, VersionMismatch) as error:
        what = error.what if str(path) in error.what else f"{error.what} ({path})"
        also = f"{error.next}. " if isinstance(error, VersionMismatch) and error.next else ""
        raise type(error)(what, got=error.got, allowed=error.allowed, next=also + next) from error


def device_of(name: str | torch.device | None) -> torch.device:
    """Where to run: `auto` is the first that is there of cuda, mps and cpu."""
    name = taking.device(name)
    there = [
        *(["cuda"] if torch.cuda.is_available() else []),
        *(["mps"] if torch.backends.mps.is_available() else []),
        "cpu",
    ]
    if name == "auto":
        return torch.device(there[0])
    kind, _, index = name.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    if kind not in there or (index and not (index.isdecimal() and int(index) < count)):
        known = kind in ("cuda", "mps", "cpu")
        raise InvalidArgument(
            "this machine does not have the device" if known else "unknown device",
            got=repr(name),
            allowed=["auto", *there],
        )
    return torch.device(name)
