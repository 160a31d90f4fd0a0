"""A figure, and what is needed to believe it: unit, sense, number of items, interval, chance, source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, cast, final

from trasluz.base.errors import DamagedFile, InvalidArgument, VersionMismatch

FIGURE_VERSION = 1
"""Of the JSON that `Figure.dump` writes."""
NORMAL = 1.959964
"""Quantile of the standard normal at 0.975."""
Better = Literal["higher", "lower"]


@final
@dataclass(frozen=True)
class Figure:
    """One measured number.

    Raises:
        InvalidArgument: a number that is not finite, an interval whose ends are the wrong way round, a negative n.
    """

    value: float
    unit: str = ""
    """Empty for a share or a ratio."""
    better: Better | None = None
    """Which way is good; None where neither is."""
    n: int = 0
    """Items that it was measured on."""
    interval: tuple[float, float] | None = None
    """95 % interval, low and high; None where none was worked out."""
    chance: float | None = None
    """The same figure where there is nothing to find: labels guessed, real items in the samples' place; None where
    nothing stands for that."""
    source: str = ""
    """Paper and equation."""
    name: str = ""
    """What it is, where a metric alone does not say: "recall", "R²"."""
    further: Mapping[str, Figure] = field(default_factory=dict[str, "Figure"])
    """What was measured along with it, by name."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else there is to know, as JSON values."""

    def __post_init__(self) -> None:
        numbers = [self.value, *(self.interval or ()), *([] if self.chance is None else [self.chance])]
        if not all(math.isfinite(number) for number in numbers):
            raise InvalidArgument("a figure is made of finite numbers", got=", ".join(f"{x:g}" for x in numbers))
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise InvalidArgument("an interval goes from low to high", got=self.interval)
        if self.n < 0:
            raise InvalidArgument("a figure is measured on some items", got=self.n, allowed="0 or more")

    def told(self) -> str:
        """In words: `0.91 (0.88 to 0.93); 0.34 by chance; n = 412; higher is better`."""
        unit = f" {self.unit}" if self.unit else ""
        parts = [f"{said(self.value)}{unit}"]
        if self.interval is not None:
            parts[0] += f" ({said(self.interval[0])} to {said(self.interval[1])})"
        if self.chance is not None:
            parts.append(f"{said(self.chance)}{unit} by chance")
        if self.n:
            parts.append(f"n = {self.n:,}")
        if self.better is not None:
            parts.append(f"{self.better} is better")
        return "; ".join(parts)

    def dump(self) -> dict[str, Any]:
        """As JSON values, with the version."""
        return {"version": FIGURE_VERSION, **self._values()}

    def _values(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "unit": self.unit,
            "better": self.better,
            "n": self.n,
            "interval": None if self.interval is None else list(self.interval),
            "chance": self.chance,
            "source": self.source,
            "name": self.name,
            "further": {name: figure._values() for name, figure in self.further.items()},
            "details": _plain(self.details),
        }

    @classmethod
    def read(cls, values: object, where: str) -> Figure:
        """From what `dump` gave.

        Raises:
            VersionMismatch: of another version.
            DamagedFile: no figure: a field missing or unknown, or of the wrong kind.
        """
        if not isinstance(values, Mapping):
            raise DamagedFile(f"{where} is not a figure", got=type(values).__name__)
        given = cast(Mapping[str, Any], values)
        if given.get("version") != FIGURE_VERSION:
            raise VersionMismatch(
                f"{where} is a figure of another version",
                got=given.get("version", "none said"),
                allowed=FIGURE_VERSION,
                next="Measure it again",
            )
        return cls._read({key: value for key, value in given.items() if key != "version"}, where)

    @classmethod
    def _read(cls, given: Mapping[str, Any], where: str) -> Figure:
        wrong = sorted({one.name for one in fields(cls)} ^ set(given))
        if wrong:
            raise DamagedFile(f"{where} is not a figure, or was changed", got=", ".join(wrong))
        ends = cast(list[Any] | None, given["interval"] if isinstance(given["interval"], list) else None)
        numbers: list[Any] = [given["value"], *(ends or ())]
        numbers += [] if given["chance"] is None else [given["chance"]]
        texts = all(isinstance(given[key], str) for key in ("unit", "source", "name"))
        groups = all(isinstance(given[key], Mapping) for key in ("further", "details"))
        sound = (
            texts
            and groups
            and given["better"] in ("higher", "lower", None)
            and type(given["n"]) is int
            and (given["interval"] is None or (ends is not None and len(ends) == 2))
            and all(type(number) in (int, float) for number in numbers)
        )
        if not sound:
            raise DamagedFile(f"{where} is not a figure, or was changed", got="a value of the wrong kind")
        further = {str(name): cls._read_part(part, f"{where}, {name}") for name, part in given["further"].items()}
        plain = dict(given)
        plain |= {"interval": None if ends is None else (ends[0], ends[1]), "further": further}
        try:
            return cls(**plain)
        except InvalidArgument as error:
            raise DamagedFile(f"{where}: {error.what}", got=error.got) from None
        except OverflowError:
            raise DamagedFile(f"{where} holds a number that is too large") from None

    @classmethod
    def _read_part(cls, values: object, where: str) -> Figure:
        if not isinstance(values, Mapping):
            raise DamagedFile(f"{where} is not a figure", got=type(values).__name__)
        return cls._read(cast(Mapping[str, Any], values), where)


def interval_of_share(hits: int, n: int) -> tuple[float, float] | None:
    """95 % interval of a share of n items, None of fewer than two: Wilson 1927, *Probable inference, the law of
    succession, and statistical inference*, which stays within [0, 1], and has a length where all hit or none."""
    if n < 2:
        return None
    share, z = hits / n, NORMAL
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Where all hit, rounding would leave the share itself outside.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def interval_of_rank_correlation(r: float, n: int) -> tuple[float, float] | None:
    """95 % interval of Spearman's rank correlation of n pairs, None of fewer than four: Bonett & Wright 2000, *Sample
    size requirements for estimating Pearson, Kendall and Spearman correlations*: Fisher's z with a standard error of
    √((1 + r²/2) / (n - 3))."""
    if n < 4:
        return None
    middle, half = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, r))), NORMAL * math.sqrt((1 + r * r / 2) / (n - 3))
    return max(-1.0, min(r, math.tanh(middle - half))), min(1.0, max(r, math.tanh(middle + half)))


def said(number: float) -> str:
    """A number as it is read: three figures, and whole numbers whole."""
    text = f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}"
    return text.replace("-", "\N{MINUS SIGN}") if text.startswith("-") else text


def _plain(value: Any) -> Any:
    """As JSON has it: numbers that are not finite are null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in cast(list[Any], value)]
    return None if isinstance(value, float) and not math.isfinite(value) else value
