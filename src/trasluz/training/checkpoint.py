"""Where a run stands, on disk: whole, checksummed, the last three, and the best where something was chosen by."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile, Diverged
from trasluz.io.atomic import move_file, remove_file
from trasluz.io.weights import read_metadata, read_tensors, write_tensors

KEEP = 3
_FILE = re.compile(r"step-(\d{9})\.safetensors")


@dataclass(frozen=True)
class Restored:
    """A checkpoint that was read whole."""

    step: int
    state: dict[str, Tensor]
    binding: dict[str, str]


@final
class Checkpoints:
    """The checkpoints of one run, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def steps(self) -> list[int]:
        """Steps that have a file, ascending."""
        if not self.folder.is_dir():
            return []
        return sorted(int(m[1]) for p in self.folder.iterdir() if (m := _FILE.fullmatch(p.name)))

    def path(self, step: int) -> Path:
        return self.folder / f"step-{step:09d}.safetensors"

    def save(self, step: int, state: Mapping[str, Tensor], score: float | None, binding: Mapping[str, str]) -> None:
        """Write the state after `step` steps, then let go of what is neither recent nor best.

        Raises:
            Diverged: a value is not finite; nothing is written, nothing let go.
        """
        for name, value in state.items():
            if value.is_floating_point() and not bool(torch.isfinite(value).all()):
                raise Diverged(
                    f"training diverged: {name} is not finite after step {step}; no checkpoint was written of it"
                )
        meta = {"step": str(step), "score": json.dumps(score), "binding": json.dumps(dict(binding), sort_keys=True)}
        write_tensors(self.path(step), state, "checkpoint", meta)
        self._rotate()

    def _rotate(self) -> None:
        steps = self.steps()
        scores = {s: self._score(s) for s in steps}
        scored = [s for s in steps if scores[s] < math.inf]
        best = min(scored, key=lambda s: scores[s], default=None)
        for step in steps[:-KEEP]:
            if step != best:
                remove_file(self.path(step))

    def _score(self, step: int) -> float:
        try:
            score = json.loads(read_metadata(self.path(step), "checkpoint")["score"])
        except (DamagedFile, KeyError, ValueError):
            return math.inf
        return math.inf if score is None else float(score)

    def newest(self, say: Callable[[str], None]) -> Restored | None:
        """The newest checkpoint that is whole; damaged ones are named and kept."""
        for step in reversed(self.steps()):
            try:
                state, meta = read_tensors(self.path(step), "checkpoint")
                return Restored(int(meta["step"]), state, json.loads(meta["binding"]))
            except (DamagedFile, KeyError, ValueError) as error:
                aside = self.path(step).with_suffix(".damaged")
                move_file(self.path(step), aside)
                say(f"Skipping a damaged checkpoint, which is kept as {aside.name}: {error}")
        return None
