"""What `train` gives: the model, where it is kept, and its last figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trasluz.io.atomic import read_lines
from trasluz.lab.calls.call import Call
from trasluz.spaces.figures import Figure
from trasluz.spaces.model import LatentModel


@dataclass(frozen=True)
class Run:
    """A finished training run."""

    model: LatentModel
    folder: Path
    measured: dict[str, Figure]
    """The last evaluation on items never trained on, by which nothing was chosen."""
    call: Call
    """The call that gives the same run again, bit for bit on such a machine: in the same numbers, and by its steps
    where a clock decided how many."""

    @property
    def figures(self) -> dict[str, float]:
        """The numbers of `measured`."""
        return {name: figure.value for name, figure in self.measured.items()}

    def command(self) -> str:
        """The command line that gives the same."""
        return self.call.command()

    def code(self) -> str:
        """The Python that gives the same."""
        return self.call.code()

    def events(self) -> list[dict[str, Any]]:
        """All that was written down on the way, in order."""
        return read_lines(self.folder / "events.jsonl")
