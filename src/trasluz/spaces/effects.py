"""What a direction was measured to do, and the verdict on it: made once, here, and read back from files.

The measuring is `lab/judging/effects.py`; whoever shows it, a table or a page, puts the verdict's code into words.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Literal, cast, final

from pydantic import ConfigDict, TypeAdapter, ValidationError

from trasluz.base.errors import DamagedFile, VersionMismatch
from trasluz.spaces.figures import Figure, interval_of_share
from trasluz.spaces.many import corrected, more_than
from trasluz.spaces.shares import Opinion, Reported, Share

EFFECTS_VERSION = 2
"""Of the JSON that `Effects.dump` writes. Those of version 1, and from before it, still open: they say less."""
SURE = 0.9
"""Share that reaches its target from which on it is not held against a direction that chance does well too."""
ALPHA = 0.05
"""How often at most a direction may be said to change something that it does not."""
CLEAR = 0.15
"""Share of items, beyond what chance gives, from which on a direction is said to change something."""
HELD = 0.8
"""Share of the true bearers of a value that are read as having it once they are reconstructed, below which the model
hardly holds it."""
TOLD_APART = 0.65
"""Share of left-out examples told apart below which these and those are hardly different; half is chance."""


@final
class Verdict(StrEnum):
    """What a direction is worth, in a word."""

    WORKS = "works"
    """It does what it is for, or something that can be seen."""
    HARDLY = "hardly"
    """The latents tell it, and what is decoded hardly follows."""
    NOTHING = "nothing"
    """No more than chance does."""
    UNREAD = "unread"
    """What it is for cannot be read off items, or nothing can."""
    UNSURE = "unsure"
    """It was found from examples that are hardly different from each other."""
    UNMEASURED = "unmeasured"
    """Nobody has measured yet."""


_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@final
@dataclass(frozen=True)
class Effect:
    """What happens in one column, at the usual strength; without a target, from one end to the other."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    column: str
    share: float
    """Share of items whose reading changes; of a value that is the target, the share that gets there."""
    chance: float | None
    """The same along random directions, moved as far; None where that was not measured."""
    is_target: bool
    clear: bool
    """Whether it is more than chance."""
    p: float | None = None
    """How often as many items would change by chance alone, corrected (Holm) for every column that was looked at, and
    without a target for every direction that was found at once; None of the target, and where nobody counted."""
    lost: float | None = None
    """Of another column than the target's: by how much the share of items falls that are read rightly."""
    lost_interval: tuple[float, float] | None = None
    """95 % interval of that."""


@final
@dataclass(frozen=True)
class ReadBy:
    """What said what is to be seen."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    name: str
    accuracy: Mapping[str, float]
    """By column, on held-out real items."""


@final
@dataclass(frozen=True)
class Effects:
    """What a direction does to items that are moved along it. Lists have one entry a strength, in order."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    items: int
    """That the figures at the usual strength are told of."""
    strengths: tuple[float, ...]
    unit: str = "σ"
    usual: float = 2.0
    picture_change: tuple[float, ...] | None = None
    """Mean absolute change of a pixel."""
    pixels_changed: tuple[float, ...] | None = None
    """Share of the picture that changes visibly."""
    measured_on: str = ""
    """The items that were moved; empty for draws of the prior."""
    apart: bool | None = None
    """Whether the direction was found on other items; None where that was not written down."""
    chosen: bool = False
    """Whether the usual strength was chosen, by what is reached and what is lost: on the items of these lists. What is
    told of it, `reported`, is told of others."""
    tried: int | None = None
    """Items of these lists; None where they are `items`."""
    reported: Reported | None = None
    ceiling: Share | None = None
    """Of items that have the value, those that are read as having it once they are encoded and decoded: more cannot be
    reached but by going beyond what the model makes of data. None where no item is known to have it."""
    second: Opinion | None = None
    no_second: Literal["few", "unread"] | None = None
    """Why there is no second opinion: too few items to learn from, or it reads the target too badly."""
    where: tuple[tuple[float, ...], ...] | None = None
    """Where it changes at the usual strength, on 8 x 8 places; None where items are no pictures."""
    support: tuple[float, ...] | None = None
    """How unlike the encoded items, the median: up to 1 is among them; None where too few are encoded to say."""
    leaves_data_at: float | None = None
    """The strength from which on moved items are where no data are; None where they stay."""
    reader: ReadBy | None = None
    not_read: tuple[str, ...] | None = None
    """Columns that are read too badly to judge by."""
    twins: tuple[str, ...] | None = None
    """Columns that say what the target's column says, value by value: that they change with it is no loss, and they are
    left out of all figures."""
    changes: Mapping[str, tuple[float, ...]] | None = None
    """By column, the share of items whose reading changes."""
    changes_by_chance: Mapping[str, float] | None = None
    chance_items: int | None = None
    """Items that chance was counted on, those of every random direction; None in files from before that was written."""
    searched: int | None = None
    """Directions that were found at once, each of which may seem to change something; None with a target."""
    reached_by_chance: float | None = None
    target_not_read: str | None = None
    """The target's column, where it cannot be read off items."""
    score: tuple[float, ...] | None = None
    monotone: float | None = None
    """Share of items whose target rises at every step."""
    kept: tuple[float, ...] | None = None
    """Share of all other columns that stays as it was."""
    reached: tuple[float, ...] | None = None
    """Share of items that have the value wanted."""
    reached_shuffled: float | None = None
    """The same along directions found on shuffled labels."""
    moves: tuple[tuple[str, float], ...] | None = None
    """Without a target: columns by how many items change from end to end, the most beyond chance first."""
    purity: float | None = None
    suggested: str | None = None
    """Without a target: a name for what it changes; None where that is nothing."""
    sentence: str = ""
    """All of it in words."""
    verdict: Verdict = Verdict.UNREAD
    effects: tuple[Effect, ...] = ()
    """Every column that is read, the target first, then those that change most."""
    success: Figure | None = None
    """Share of items that do what is wanted at the usual strength, with what chance gives; None without a target that
    can be read."""

    @classmethod
    def made(cls, values: Mapping[str, Any], target: str | None, details: Mapping[str, Any], where: str) -> Effects:
        """From what was measured, as JSON values by field: the rest is judged by it.

        Raises:
            DamagedFile: no such values.
        """
        bare = cls._checked({**values, "verdict": Verdict.UNREAD, "effects": []}, where)
        judged = replace(bare, effects=_effects(bare, target), success=_success(bare, target))
        return replace(judged, verdict=verdict_of(judged, target, details))

    @classmethod
    def read(cls, values: object, target: str | None, details: Mapping[str, Any], where: str) -> Effects:
        """From what `dump` gave; of a file from before there were versions, judged now.

        Raises:
            VersionMismatch: of another version.
            DamagedFile: a field unknown, missing or of the wrong kind.
        """
        if not isinstance(values, Mapping):
            raise DamagedFile(f"{where} are not effects of a direction", got=type(values).__name__)
        given = dict(cast(Mapping[str, Any], values))
        if "version" not in given:
            return cls.made(given, target, details, where)
        version: object = given.pop("version")
        if version not in (1, EFFECTS_VERSION):
            raise VersionMismatch(
                f"{where} are of another version", got=version, allowed=EFFECTS_VERSION,
                next="Find the direction again, and it is measured again",
            )  # fmt: skip
        success = given.pop("success", None)
        found = cls._checked(given, where)
        return replace(found, success=None if success is None else Figure.read(success, f"{where}, success"))

    @classmethod
    def _checked(cls, values: Mapping[str, Any], where: str) -> Effects:
        try:
            # As JSON, so that a list may be a tuple but "3" may not be a 3.
            found: Effects = _adapter().validate_json(json.dumps(dict(values)), strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "value"
            raise DamagedFile(f"{where} are damaged: {place}: {first['msg']}") from None
        except (TypeError, ValueError) as error:
            raise DamagedFile(f"{where} are damaged: {error}") from None
        n = len(found.strengths)
        series = [found.picture_change, found.pixels_changed, found.support, found.score, found.kept, found.reached]
        series += list((found.changes or {}).values())
        if found.usual not in found.strengths or any(one is not None and len(one) != n for one in series):
            raise DamagedFile(f"{where} are damaged: not one number per strength")
        return found

    def dump(self) -> dict[str, Any]:
        """As JSON values, with the version. What was not measured is not there."""
        said: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        absent = {name for name, value in said.items() if value is None} - {"where"}
        absent -= {"leaves_data_at"} if self.support is not None else set()
        absent -= {"suggested"} if self.moves is not None else set()
        plain = cast(dict[str, Any], json.loads(_adapter().dump_json(replace(self, success=None))))
        plain = {name: value for name, value in plain.items() if name not in absent}
        figure = {} if self.success is None else {"success": self.success.dump()}
        return {**plain, **figure, "version": EFFECTS_VERSION}

    @property
    def at(self) -> int:
        """The place of the usual strength."""
        return self.strengths.index(self.usual)

    @property
    def rest(self) -> float | None:
        """Share of all other columns that stays as it was, at the usual strength."""
        if self.reported is not None:
            return self.reported.kept
        return None if self.kept is None else self.kept[self.at]

    @property
    def worst(self) -> Effect | None:
        """The other column that loses most; None where none loses, or where nothing was measured."""
        lost = [one for one in self.effects if not one.is_target and one.lost is not None and one.lost > 0]
        return max(lost, key=lambda one: one.lost or 0.0, default=None)

    @property
    def unheld(self) -> bool:
        """Whether the model hardly holds the value: its true bearers, reconstructed, are not read as having it."""
        return self.ceiling is not None and self.ceiling.value < HELD

    def __getitem__(self, name: str) -> Any:
        warnings.warn(f"measured[{name!r}] is measured.{name} now", DeprecationWarning, stacklevel=2)
        return self.dump()[name]

    def get(self, name: str, default: Any = None) -> Any:
        """What `measured.NAME` was read by."""
        warnings.warn(f"measured.get({name!r}) is measured.{name} now", DeprecationWarning, stacklevel=2)
        return self.dump().get(name, default)


@cache
def _adapter() -> Any:
    return TypeAdapter(Effects)


def verdict_of(m: Effects | None, target: str | None, details: Mapping[str, Any]) -> Verdict:
    """What a direction is worth.

    Args:
        m: What was measured; None where nothing was.
        details: What its method has to say of it.
    """
    if details.get("learned") is False:
        return Verdict.NOTHING
    apart = details.get("left_out_accuracy")
    if details.get("learned") is None and isinstance(apart, (int, float)) and apart < TOLD_APART:
        return Verdict.UNSURE
    return Verdict.UNMEASURED if m is None else seen(m, target, details)


def told_of(target: str | None, details: Mapping[str, Any]) -> str:
    """Whether anything was learned, in words."""
    learned, tested = details.get("learned"), details.get("tested")
    if learned is None:
        return f"whether anything was learned was {tested}" if isinstance(tested, str) else ""
    value, n, p = details.get("held_out"), details.get("held_out_n"), details.get("p")
    if not isinstance(value, (int, float)):
        return ""
    figures = f"{details.get('figure', 'AUC')} {value:.2f}"
    figures += f", p = {p:.2g}" if isinstance(p, (int, float)) else ""
    corrected, tests = details.get("p_corrected"), details.get("tests")
    if isinstance(corrected, (int, float)):
        figures += f", corrected for {tests} searches {corrected:.2g}"
    what = str(details.get("held_out_of", "items"))
    on = f"on {n:,} {what} held out" if isinstance(n, int) else f"on {what} held out"
    what = "these from those" if target is None else target
    return f"{on} it tells {what}{'' if learned else ' no better than chance'} ({figures})"


def doubt_of(details: Mapping[str, Any]) -> str:
    """That what was learned may be who the items are of, in words; nothing where there is no such doubt."""
    found = details.get("doubt")
    if not isinstance(found, Mapping) or details.get("learned") is False:
        return ""
    said = cast("Mapping[str, Any]", found)
    p = said.get("p")
    column, values = said.get("column"), said.get("values")
    if not isinstance(p, (int, float)):
        return f"it may be the {column} that is told: {values} of them are too few to test that"
    return f"with all items of a {column} held out ({values} of them) nothing is learned (p = {p:.2g})"


def seen(m: Effects, target: str | None, details: Mapping[str, Any]) -> Verdict:
    """What pictures say, whatever the direction was found from."""
    learned = details.get("learned")
    if not m.changes or m.target_not_read is not None:
        return Verdict.NOTHING if learned is False else Verdict.UNREAD
    if target is None:
        return Verdict.WORKS if m.suggested else Verdict.NOTHING
    reached, floor = reach(m, target)
    short = reached < min(floor + CLEAR, SURE)
    if learned is True:
        return Verdict.HARDLY if short else Verdict.WORKS
    return Verdict.NOTHING if learned is False or short else Verdict.WORKS


def reach(m: Effects, target: str) -> tuple[float, float]:
    """The share of items that do what is wanted at the usual strength, and the share that does by chance: unmoved,
    along random directions, or along one found on shuffled labels."""
    column, equals, _ = target.partition("=")
    by_column = (m.changes or {}).get(column)
    series = m.reached if equals else by_column
    chance = m.reached_by_chance if equals else (m.changes_by_chance or {}).get(column)
    share, still, told = 0.0 if series is None else series[m.at], 0.0, m.reported
    if told is not None and not equals:
        share = told.changes.get(column, share)
    elif told is not None and told.reached is not None:
        share, still = told.reached.value, 0.0 if told.unmoved is None else told.unmoved.value
    return share, max(chance or 0.0, m.reached_shuffled or 0.0, still)


def _success(m: Effects, target: str | None) -> Figure | None:
    if target is None or m.target_not_read is not None or not m.changes:
        return None
    reached, floor = reach(m, target)
    interval = interval_of_share(round(reached * m.items), m.items)
    return Figure(reached, better="higher", n=m.items, interval=interval, chance=floor, name=target)


def _effects(m: Effects, target: str | None) -> tuple[Effect, ...]:
    found = _corrected(m, _ends(m) if target is None else _at_usual(m, target))
    return tuple(sorted(found, key=lambda one: (not one.is_target, -one.share)))


def _corrected(m: Effects, found: list[Effect]) -> list[Effect]:
    """The same with what they are by chance: of many columns one always changes more than another."""
    tested = [one for one in found if not one.is_target and one.chance is not None]
    if m.chance_items is None or not tested:
        return found
    raw = [more_than(one.share, m.items, one.chance or 0.0, m.chance_items) for one in tested]
    looked_at = (m.searched or 1) * sum(not one.is_target for one in found)
    by_column = dict(zip([one.column for one in tested], corrected(raw, "Holm", looked_at), strict=True))
    return [
        one if one.column not in by_column or one.is_target
        else replace(one, p=float(f"{(p := by_column[one.column]):.3g}"), clear=one.clear and p <= ALPHA)
        for one in found
    ]  # fmt: skip


def _at_usual(m: Effects, target: str) -> list[Effect]:
    column, chance = target.partition("=")[0], m.changes_by_chance or {}
    reached, floor = reach(m, target)
    out: list[Effect] = []
    for name, values in (m.changes or {}).items():
        if name == column and m.target_not_read is None:
            out.append(Effect(name, reached, floor, True, reached - floor > CLEAR))
        else:
            share, usual = values[m.at], chance.get(name)
            lost: tuple[float, float, float] | None = None
            if m.reported is not None:
                share, lost = m.reported.changes.get(name, share), m.reported.lost.get(name)
            ends = None if lost is None else (lost[1], lost[2])
            clear = share - (usual or 0.0) > CLEAR
            least = None if lost is None else lost[0]
            out.append(Effect(name, share, usual, False, clear, lost=least, lost_interval=ends))
    return out


def _ends(m: Effects) -> list[Effect]:
    """Without a target: from one end to the other, as chance is counted; of columns that hardly move, from the start to
    either end, for which nothing was measured by chance."""
    chance, moves = m.changes_by_chance or {}, dict(m.moves or ())
    out = [
        Effect(name, share, chance.get(name), False, share >= CLEAR and share - chance.get(name, 0.0) >= CLEAR)
        for name, share in moves.items()
    ]
    rest = {name: values for name, values in (m.changes or {}).items() if name not in moves}
    return [*out, *(Effect(name, max(values[0], values[-1]), None, False, False) for name, values in rest.items())]
