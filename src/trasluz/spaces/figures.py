"""A figure, and what is needed to believe it: unit, sense, number of items, interval, chance, what real items give,
the judge that it was made in, source."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, cast, final

from trasluz.base.errors import DamagedFile, InvalidArgument, VersionMismatch
from trasluz.base.late import stats

FIGURE_VERSION = 2
"""Of the JSON that `Figure.dump` writes. Version 1 had no `real`, `judge` and `by_judge`, and still opens."""
NORMAL = 1.959964
"""Quantile of the standard normal at 0.975."""
ENDLESS = "of endless items"
"""Name of a figure that the number of items does not move."""
FEWEST_GROUPS = 3
"""Groups of items below which nothing is said of how they differ."""
Better = Literal["higher", "lower"]


@final
@dataclass(frozen=True)
class Judge:
    """What pictures were compared in: features of a network, or pixels. Figures made in different ones are numbers on
    different scales."""

    name: str
    """In words, "reader(faces, 12 columns)"."""
    identity: str = ""
    """Hash of its weights, or of how pixels are averaged; empty where nobody knows."""

    @property
    def short(self) -> str:
        """Name and the beginning of the identity."""
        return f"{self.name}, {self.identity[:8] or 'of unknown identity'}"


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
    """The same figure where there is nothing to find: labels guessed, the reconstruction of another item; None where
    nothing stands for that."""
    source: str = ""
    """Paper and equation."""
    name: str = ""
    """What it is, where a metric alone does not say: "recall", "R²"."""
    further: Mapping[str, Figure] = field(default_factory=dict[str, "Figure"])
    """What was measured along with it, by name."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else there is to know, as JSON values."""
    real: float | None = None
    """What as many real items give in the samples' place: the floor of a distance, and what no precision or coverage
    has to exceed; None where there are none to take."""
    judge: Judge | None = None
    """What it was made in, for figures about sets of pictures; None for those that need none."""
    by_judge: tuple[float, ...] = ()
    """The same figure by judges of one recipe and different seeds, the first of which is `judge`; empty where there was
    one alone."""

    def __post_init__(self) -> None:
        beside = [number for number in (self.chance, self.real) if number is not None]
        numbers = [self.value, *(self.interval or ()), *beside, *self.by_judge]
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
        if self.real is not None:
            parts.append(f"{said(self.real)}{unit} for real items")
        if self.by_judge:
            parts.append(
                f"{said(min(self.by_judge))} to {said(max(self.by_judge))}{unit} by {len(self.by_judge)} judges"
            )
        if self.n:
            parts.append(f"n = {self.n:,}")
        if self.better is not None:
            parts.append(f"{self.better} is better")
        return "; ".join(parts)

    def unlike(self, other: Figure) -> str | None:
        """Why it and another figure are not to be held against each other; None where they may be.

        Two distances in features of different judges are on different scales, whatever they are called, and one of
        few items is larger than one of many.
        """
        if (self.unit, self.better, self.name) != (other.unit, other.better, other.name):
            return "they are of different things"
        if self.judge is None and other.judge is None:
            return None
        if self.judge is None or other.judge is None:
            return "one of them does not say what it was made in"
        if not self.judge.identity or not other.judge.identity:
            return f"what they were made in is not known well enough: {self.judge.short}; {other.judge.short}"
        if self.judge.identity != other.judge.identity:
            return f"they were made by different judges: {self.judge.short}; {other.judge.short}"
        if self.n != other.n and self.name != ENDLESS:
            return f"they are of different numbers of items, which move them: {self.n:,} and {other.n:,}"
        return None

    def over(self, other: Figure) -> float:
        """Its value over that of another figure.

        Raises:
            InvalidArgument: they are not to be compared, or the other one is 0.
        """
        check_one_judge({"the first": self, "the second": other})
        if other.value == 0:
            raise InvalidArgument("a ratio to a figure that is 0", got=other.told())
        return self.value / other.value

    def judged_by(self, judge: Judge, others: Sequence[Figure] = ()) -> Figure:
        """The same figure, and what comes with it, with the judge that it was made in; `others` by judges of other
        seeds."""
        further = {
            name: part.judged_by(judge, [one.further[name] for one in others if name in one.further])
            for name, part in self.further.items()
        }
        values = (self.value, *(one.value for one in others)) if others else ()
        return replace(self, judge=judge, by_judge=values, further=further)

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
            "real": self.real,
            "judge": None if self.judge is None else asdict(self.judge),
            "by_judge": list(self.by_judge),
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
        version: object = given.get("version")
        if type(version) is not int or version not in (1, FIGURE_VERSION):
            raise VersionMismatch(
                f"{where} is a figure of another version",
                got=given.get("version", "none said"),
                allowed=f"1 or {FIGURE_VERSION}",
                next="Measure it again",
            )
        plain = {key: value for key, value in given.items() if key != "version"}
        return cls._read(_newer(plain) if version == 1 else plain, where)

    @classmethod
    def _read(cls, given: Mapping[str, Any], where: str) -> Figure:
        wrong = sorted({one.name for one in fields(cls)} ^ set(given))
        if wrong:
            raise DamagedFile(f"{where} is not a figure, or was changed", got=", ".join(wrong))
        ends = cast(list[Any] | None, given["interval"] if isinstance(given["interval"], list) else None)
        numbers: list[Any] = [given["value"], *(ends or ())]
        numbers += [given[key] for key in ("chance", "real") if given[key] is not None]
        judges: object = given["by_judge"]
        numbers += cast(list[Any], judges) if isinstance(judges, list) else [None]
        texts = all(isinstance(given[key], str) for key in ("unit", "source", "name"))
        groups = all(isinstance(given[key], Mapping) for key in ("further", "details"))
        sound = (
            texts
            and groups
            and given["better"] in ("higher", "lower", None)
            and type(given["n"]) is int
            and (given["interval"] is None or (ends is not None and len(ends) == 2))
            and all(type(number) in (int, float) for number in numbers)
            and (given["judge"] is None or _is_judge(given["judge"]))
        )
        if not sound:
            raise DamagedFile(f"{where} is not a figure, or was changed", got="a value of the wrong kind")
        further = {str(name): cls._read_part(part, f"{where}, {name}") for name, part in given["further"].items()}
        plain = dict(given)
        plain |= {"interval": None if ends is None else (ends[0], ends[1]), "further": further}
        judge = given["judge"]
        plain |= {"judge": None if judge is None else Judge(**judge), "by_judge": tuple(given["by_judge"])}
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


def check_one_judge(figures: Mapping[str, Figure]) -> None:
    """Refuse to set figures side by side that are not to be compared.

    Raises:
        InvalidArgument: they were made by different judges, or it is not known by which.
    """
    named = list(figures.items())
    for name, figure in named[1:]:
        why = named[0][1].unlike(figure)
        if why is not None:
            raise InvalidArgument(
                f"{named[0][0]} and {name} are not to be compared: {why}",
                next="Measure both by one judge, on the same data and as many items",
            )


def _newer(given: Mapping[str, Any]) -> dict[str, Any]:
    """A figure of version 1 with the fields that came later."""
    newer: dict[str, Any] = {**given, "real": None, "judge": None, "by_judge": []}
    further: object = given.get("further")
    if isinstance(further, Mapping):
        parts = cast(Mapping[str, Any], further)
        newer["further"] = {
            name: _newer(cast(Mapping[str, Any], part)) if isinstance(part, Mapping) else part
            for name, part in parts.items()
        }
    return newer


def _is_judge(given: object) -> bool:
    if not isinstance(given, Mapping):
        return False
    plain = cast(Mapping[str, Any], given)
    return set(plain) == {"name", "identity"} and all(isinstance(text, str) for text in plain.values())


def interval_of_share(hits: int, n: int, limit_of: int | None = None) -> tuple[float, float] | None:
    """95 % interval of a share of n items, None of fewer than two: Wilson 1927, *Probable inference, the law of
    succession, and statistical inference*, which stays within [0, 1], and has a length where all hit or none.

    Args:
        limit_of: How many other items the limit was found from that the share lies beyond. It is uncertain, too: a
            quantile of m items is exceeded by a share that differs as that of m items does.
    """
    if n < 2 or (limit_of is not None and limit_of < 2):
        return None
    return _wilson(hits / n, n if limit_of is None else 1 / (1 / n + 1 / limit_of))


def _wilson(share: float, n: float) -> tuple[float, float]:
    z = NORMAL
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Where all hit, rounding would leave the share itself outside.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def interval_of_share_in_groups(groups: Sequence[Sequence[bool]]) -> tuple[float, float] | None:
    """95 % interval of a share of items that hang together in groups, frames of one leg of a path; None of fewer than
    three groups. Wilson's, for as many items as would differ so (Korn & Graubard 1998, *Confidence intervals for
    proportions with small expected number of positive counts estimated from survey data*)."""
    shares = [sum(group) / len(group) for group in groups if len(group)]
    k, n = len(shares), sum(len(group) for group in groups)
    if k < FEWEST_GROUPS:
        return None
    share = sum(sum(group) for group in groups) / n
    mean = sum(shares) / k
    error = sum((one - mean) ** 2 for one in shares) / (k - 1) / k
    if error == 0 and share in (0.0, 1.0):
        alike: float = k
    else:
        alike = n if error == 0 else min(n, share * (1 - share) / error)
        alike = min(n, max(1.0, alike * (NORMAL / student(k - 1)) ** 2))
    return _wilson(share, alike)


def interval_of_mean(values: Sequence[float], least: float = -math.inf) -> tuple[float, float] | None:
    """95 % interval of the mean of what groups of items gave, by Student's t; None of fewer than three groups.

    Args:
        least: What none of them can be below.
    """
    n = len(values)
    if n < FEWEST_GROUPS:
        return None
    mean = sum(values) / n
    half = student(n - 1) * math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1) / n)
    return max(least, mean - half), mean + half


def student(freedom: int) -> float:
    """Quantile of Student's t at 0.975."""
    return float(stats().t.ppf(0.975, freedom))


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
