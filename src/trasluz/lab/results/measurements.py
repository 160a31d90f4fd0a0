"""What `measure` gives: figures of one model, what they were measured on, and what could not be measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, final

from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.lab.calls.call import Call
from trasluz.spaces.figures import Figure, Judge, check_one_judge, said

HEADINGS = ("figure", "value", "95 % interval", "by chance", "real items", "by judges", "n", "better")


@final
@dataclass(frozen=True)
class Measured:
    """One figure, and what it is of."""

    metric: str
    figure: Figure
    column: str | None = None
    """The label that it is about, for the metrics that look at labels."""

    @property
    def name(self) -> str:
        """`prdc`, or with its column `knn:hair_colour`."""
        return self.metric if self.column is None else f"{self.metric}:{self.column}"

    def rows(self) -> Iterator[tuple[str, ...]]:
        """One line each for it and for what was measured along with it."""
        yield _row(self.name, self.figure)
        for figure in self.figure.further.values():
            yield _row(self.name, figure)


def _row(name: str, figure: Figure) -> tuple[str, ...]:
    ends, unit = figure.interval, f" {figure.unit}" if figure.unit else ""
    return (
        f"{name} {figure.name}".strip(),
        f"{said(figure.value)}{unit}",
        "-" if ends is None else f"{said(ends[0])} to {said(ends[1])}",
        "-" if figure.chance is None else said(figure.chance),
        "-" if figure.real is None else said(figure.real),
        f"{said(min(judged))} to {said(max(judged))}" if (judged := figure.by_judge) else "-",
        f"{figure.n:,}",
        figure.better or "-",
    )


@final
@dataclass(frozen=True)
class Measurements:
    """Figures of one model."""

    model: str
    model_identity: str
    data: str | None
    """What it was held against."""
    space: str | None
    """The space that items were encoded in; None where none were."""
    judge: Judge | None
    """What pictures were compared in; None where none were."""
    seed: int
    found: tuple[Measured, ...]
    left_out: Mapping[str, str]
    """By name, what could not be measured, and why."""
    notes: tuple[str, ...]
    """What else a reader of the figures has to know."""
    call: Call = field(repr=False)

    @property
    def features(self) -> str | None:
        """The same in words."""
        return None if self.judge is None else self.judge.name

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Measured]:
        return iter(self.found)

    def __getitem__(self, name: str) -> Figure:
        """A figure by its metric, `"prdc"`, or where there are several of it with the column, `"knn:hair_colour"`.

        Raises:
            UnknownName: it was not measured.
            InvalidArgument: there are several.
        """
        fits = [one for one in self.found if name in (one.name, one.metric)]
        exact = [one for one in fits if one.name == name] or fits
        if not exact:
            why = self.left_out.get(name)
            raise UnknownName("figure", name, [one.name for one in self.found], next=why and f"Not measured: {why}")
        if len(exact) > 1:
            raise InvalidArgument(f"there are several of {name}", allowed=[one.name for one in exact])
        return exact[0].figure

    def facts(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "model": self.model,
            "model_identity": self.model_identity,
            "data": self.data,
            "space": self.space,
            "features": self.features,
            "judge": None if self.judge is None else asdict(self.judge),
            "seed": self.seed,
            "figures": [{"metric": one.metric, "column": one.column, **one.figure.dump()} for one in self.found],
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
        }

    def beside(self, other: Measurements) -> list[tuple[str, str, str]]:
        """Figures that both have, `(name, ours, theirs)`, in words.

        Raises:
            InvalidArgument: some were made by different judges: such numbers are never side by side.
        """
        theirs = {one.name: one.figure for one in other.found}
        both = [one for one in self.found if one.name in theirs]
        for one in both:
            check_one_judge({f"{one.name} of {self.model}": one.figure, f"of {other.model}": theirs[one.name]})
        return [(one.name, one.figure.told(), theirs[one.name].told()) for one in both]

    def rows(self) -> list[tuple[str, ...]]:
        """Lines of a table with the `HEADINGS`."""
        return [row for one in self.found for row in one.rows()]

    def told(self) -> str:
        """In words: what the figures are of."""
        parts = [f"{self.model}, {len(self.found)} figure{'s' if len(self.found) != 1 else ''}"]
        parts += [] if self.data is None else [f"held against {self.data}"]
        parts += [] if self.space is None else [f"latents in the space {self.space}"]
        parts += [] if self.judge is None else [f"pictures in features of {self.judge.short}"]
        return "; ".join(parts)

    def command(self) -> str:
        """The command line that gives the same."""
        return self.call.command()

    def code(self) -> str:
        """The Python that gives the same."""
        return self.call.code()

    def __repr__(self) -> str:
        lines = [self.told(), *(f"  {one.name}: {one.figure.told()}" for one in self.found)]
        return "\n".join([*lines, *(f"  {name}: not measured, {why}" for name, why in self.left_out.items())])
