"""Edited items as a result: before and after, and what else has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from PIL import Image
from torch import Tensor

from trasluz.io.atomic import write_bytes
from trasluz.io.pictures import PICTURES
from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.results.base import Decodings, Origin
from trasluz.spaces.direction import Direction


@dataclass(frozen=True)
class Change:
    """One direction to move along, and how far; None is its usual strength."""

    direction: Direction
    asked: float | None

    @property
    def strength(self) -> float:
        return self.direction.usual if self.asked is None else self.asked

    def told(self) -> str:
        d = self.direction
        unit = "" if d.aim is not None else "σ" if d.method != "given" or d.name.startswith("dimension") else " times"
        far = f"{self.strength:.0%} of the way" if d.aim is not None else f"{self.strength:+g}{unit}"
        return f"{d.target or d.name} ({far})"


@dataclass(frozen=True)
class Report:
    """What a reader makes of edited items."""

    differs: list[dict[str, tuple[str, str]]]
    reached: dict[str, int]


SHOWN = 40
"""Items whose changes a person at a terminal is told."""


@final
class Edits(Decodings):
    """Items before and after."""

    stem = "edit"
    named = True

    suffixes: ClassVar[tuple[str, ...]] = (*PICTURES, ".safetensors", ".npz")
    folders: ClassVar[bool] = True

    def __init__(
        self,
        latents: Tensor,
        items: Tensor,
        before: Tensor,
        base: Tensor,
        originals: Sequence[Tensor | None],
        names: Sequence[str],
        changes: Sequence[Change],
        report: Callable[[], Report],
        beyond: int | None,
        origin: Origin,
        call: Call,
    ) -> None:
        super().__init__(latents, items, origin, call)
        self.beyond = beyond
        """How many of the edited latents are unlike every encoded item; None where too few are encoded to say."""
        self._look_over: Callable[[], Report] = report
        self.before = before
        """`(n, *shape)`: the latents before."""
        self.base = base
        """`(n, C, H, W)`: what they decode to."""
        self.originals = list(originals)
        """For each item the real picture `(C, H, W)` it came from, or None."""
        self.names = list(names)
        self.changes = list(changes)

    @cached_property
    def report(self) -> Report:
        """What a reader makes of them. It is looked over when it is first asked for: that may take minutes, where a
        reader has to be trained for it."""
        return self._look_over()

    @property
    def differs(self) -> list[dict[str, tuple[str, str]]]:
        """For each item, the columns that are read otherwise after than before: what was, and what is."""
        return self.report.differs

    @property
    def reached(self) -> dict[str, int]:
        """For each value asked for that a reader can tell, how many items are read as having it."""
        return self.report.reached

    def image(self) -> Image.Image:
        """Original, before, after, and where it changed; one column an item."""
        n, real = len(self), any(x is not None for x in self.originals)
        across = min(n, 8)
        base, originals = self.kind.draw(self.base), self.draw(self.originals)
        factor = pictures.factor_for(self.drawn[0], across, (3 + real) * -(-n // across))
        heat = (self.drawn - base).abs().mean(1)
        rows: list[list[pictures.Cell]] = []
        labels: list[str] = []
        captions: dict[tuple[int, int], str] = {}

        def cell(item: Tensor | None) -> pictures.Cell:
            return None if item is None else pictures.enlarged(pictures.image_of(item), factor)

        for i in range(0, n, across):
            mine = range(i, min(i + across, n))
            if real:
                rows.append([cell(originals[k]) for k in mine])
                labels.append("original")
            rows.append([cell(base[k]) for k in mine])
            rows.append([cell(self.drawn[k]) for k in mine])
            rows.append([pictures.enlarged(pictures.heat(heat[k]), factor) for k in mine])
            labels += ["decoded", "edited", "where"]
            captions |= {(len(rows) - 1, k - i): self.names[k] for k in mine}
        title = f"{self.origin.model}: " + ", ".join(change.told() for change in self.changes)
        return pictures.table(rows, title=title, row_labels=labels, captions=captions)

    def paths(self, folder: Path) -> list[Path]:
        """Where in a folder single pictures are written: each is named after its item."""
        stems = ["".join(c if c.isalnum() or c in "._-" else "-" for c in Path(name).stem)[:80] for name in self.names]
        return [folder / f"{k:04d}-{stem or 'item'}{self.kind.writes[0]}" for k, stem in enumerate(stems)]

    def files(self, folder: Path) -> None:
        for path, item in zip(self.paths(folder), self.items, strict=True):
            write_bytes(path, self.kind.file(item, path.suffix))

    def arrays(self) -> Mapping[str, np.ndarray]:
        return {**super().arrays(), "before": self.before.numpy(), "base": self.base.numpy()}

    def document(self) -> dict[str, Any]:
        """What was done and what came of it, as JSON values."""
        return {
            "left_the_data": self.beyond,
            "reached": self.reached,
            "changes": [
                {"direction": c.direction.name, "target": c.direction.target, "strength": c.strength,
                 "unit": c.direction.unit} for c in self.changes
            ],
            "items": [
                {"name": name, "changed": {column: list(pair) for column, pair in differs.items()}}
                for name, differs in zip(self.names, self.differs, strict=True)
            ],
        }  # fmt: skip

    def names_in(self, folder: Path) -> list[Path]:
        return self.paths(folder)

    def facts(self) -> dict[str, Any]:
        return self.document()

    def tables(self) -> Iterable[tuple[Sequence[str], Sequence[Sequence[object]]]]:
        if self.call.values.get("report", True):
            rows = [
                [name, "; ".join(f"{c}: {a} to {b}" for c, (a, b) in differs.items()) or "nothing that can be read"]
                for name, differs in zip(self.names, self.differs, strict=True)
            ]
            yield ["Item", "Read otherwise than before"], rows[:SHOWN]

    def told(self) -> str:
        wanted = {str(c.direction.target).partition("=")[0] for c in self.changes if c.direction.target}
        other = [column for differs in self.differs for column in differs if column not in wanted]
        counted = {column: other.count(column) for column in dict.fromkeys(other)}
        most = sorted(counted.items(), key=lambda pair: -pair[1])[:3]
        also = "; also changed: " + ", ".join(f"{c} on {k} of {len(self)}" for c, k in most) if most else ""
        also = "".join(f"; {target} on {k} of {len(self)}" for target, k in self.reached.items()) + also
        return self._said(also)

    def _said(self, read: str) -> str:
        done = ", ".join(change.told() for change in self.changes)
        beyond = f"; {self.beyond} of {len(self)} left the data" if self.beyond else ""
        return f"{len(self)} edited: {done}{read}{beyond}"

    def brief(self) -> str:
        # Whoever only looks at it does not wait for a reader.
        return self.told() if "report" in vars(self) else self._said("")
