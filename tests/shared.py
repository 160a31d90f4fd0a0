"""What is made once in a run of the tests, for all its processes: small trained models, encoded atlases."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder with what `make(folder)` left there. It is for reading: copy what a test may change.

    One process makes it while the others wait. The lock dies with its holder, and what a dead one left is made anew.
    """
    base = factory.getbasetemp()
    root = base.parent if base.name.startswith("popen-") else base  # where workers have folders of their own
    folder, whole = root / "shared" / name, root / "shared" / f"{name}.whole"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            whole.touch()
    return folder
