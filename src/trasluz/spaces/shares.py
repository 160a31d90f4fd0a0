"""Shares of items with their intervals, and what one reader or another sees of items that were moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

from pydantic import ConfigDict

from trasluz.spaces.figures import interval_of_share

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@final
@dataclass(frozen=True)
class Share:
    """A share of items."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    value: float
    n: int
    interval: tuple[float, float] | None = None
    """95 % interval (Wilson 1927); None of fewer than two."""

    @classmethod
    def of(cls, hits: int, n: int) -> Share:
        """So many of n."""
        ends = interval_of_share(hits, n)
        rounded = None if ends is None else (round(ends[0], 4), round(ends[1], 4))
        return cls(round(hits / n, 4) if n else 0.0, n, rounded)


@final
@dataclass(frozen=True)
class Reported:
    """What becomes of items at the usual strength: of others than those that it was chosen on, where it was."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    changes: Mapping[str, float]
    """By column, the share of items whose reading changes."""
    lost: Mapping[str, tuple[float, float, float]]
    """By column, how much the share of items falls that are read rightly, and the ends of its 95 % interval (of
    Agresti & Min 2005, for pairs). Right is what is known of an item, or, where nothing is, what is read before."""
    reached: Share | None = None
    """Those that have the value wanted."""
    unmoved: Share | None = None
    """Those that are read as having it where they are."""
    kept: float | None = None
    """Share of all other columns that stays as it was."""


@final
@dataclass(frozen=True)
class Opinion:
    """What a second reader says, of other layers, that has learned from other items."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    accuracy: float
    """On held-out real items, of the target's column."""
    reached: Share
    ceiling: Share | None
    differs: bool
    """Whether its share lies outside the interval of the first one's."""
