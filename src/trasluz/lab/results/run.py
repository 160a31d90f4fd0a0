"""What `train` gives: the model, where it is kept, and its last figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trasluz.io.atomic import read_lines
from trasluz.spaces.model import LatentModel


@dataclass(frozen=True)
class Run:
    """A finished training run."""

    model: LatentModel
    folder: Path
    figures: dict[str, float]
    """The last evaluation on items never trained on."""

    def events(self) -> list[dict[str, Any]]:
        """All that was written down on the way, in order."""
        return read_lines(self.folder / "events.jsonl")
