"""What a comparison says of what came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trasluz.lab.judging.alike import LEVEL
from trasluz.lab.results.comparison_words import LANGUAGES, by, count, number
from trasluz.lab.results.ways import Compared, Mean, Way

NAMED = 6
"""Factors that a sentence names; of more it says how many."""
UNEVEN = 0.05
"""Of what a map can gain: a smaller difference between a way and the way back is not worth a word."""


def sentences(found: Compared, language: str) -> list[str]:
    """Three of them: how one gets there, what survives, and how few items and how alike; of many pairs the best and the
    worst."""
    words = LANGUAGES[language]
    some = _some(found.ways)
    first, *rest = (_way(one, language) for one in some)
    rest = [f"{text[0].lower()}{text[1:]}" for text in rest]
    ways = words["and"].join([first, *rest, *_uneven(found.ways, language)])
    known = [_lost(one, language) for one in some] if any(one.kept for one in some) else [words["unknown"]]
    losses = words["and"].join([*known, _back(found, some[0], language)])
    last = words["and"].join([
        _few(some[0], language), *_alike(found, some[0], language), *_looked(found, language)
    ])  # fmt: skip
    return [f"{text[0].upper()}{text[1:]}." for text in (ways, losses, last)]


def _some(ways: Sequence[Way]) -> list[Way]:
    """Both ways of two models; of more, the way that loses least and the one that loses most."""
    if len(ways) <= 2:
        return list(ways)
    order = sorted(ways, key=lambda one: one.explained)
    return [order[-1], order[0]]


def _way(one: Way, language: str) -> str:
    told: dict[str, Any] = {
        "source": one.source, "target": one.target, "m": number(one.rung.m.value, language),
        "own": number(one.own.value, language), "shuffled": number(one.shuffled[1].value, language),
        "by": by(one, language),
    }  # fmt: skip
    return LANGUAGES[language]["way" if one.is_better_than_chance else "way.chance"].format(**told)


def _uneven(ways: Sequence[Way], language: str) -> list[str]:
    """That one way of two models is easier than the other, where what they gain differs by more than the intervals and
    by five parts in a hundred; of more models the two that differ most."""
    by_ends = {(one.source, one.target): one for one in ways}
    apart = list[tuple[float, Way, Mean, Mean]]()
    for one in ways:
        more, less = one.gained, by_ends[one.target, one.source].gained
        if more is None or less is None or more.interval is None or less.interval is None:
            continue
        if more.interval[0] > less.interval[1] and more.value - less.value > UNEVEN:
            apart.append((more.value - less.value, one, more, less))
    if not apart:
        return []
    _, one, more, less = max(apart, key=lambda each: each[0])
    told = {
        "easy": one.source, "hard": one.target, "most": f"{100 * more.value:.0f}", "least": f"{100 * less.value:.0f}"
    }  # fmt: skip
    return [LANGUAGES[language]["uneven"].format(**told)]


def _back(found: Compared, one: Way, language: str) -> str:
    back = found.backs[one.source, one.target]
    told = {
        "source": one.source, "target": one.target, "m": number(back.shown.value, language),
        "through": "" if back.through is None else number(back.through[1].value, language),
        "r": number(back.r.value, language), "shuffled": number(back.shuffled[1].value, language),
    }  # fmt: skip
    return LANGUAGES[language]["back" if back.through is None else "back.through"].format(**told)


def _lost(one: Way, language: str) -> str:
    words = LANGUAGES[language]
    told = list[str]()
    for key, columns in (
        ("lost", [kept.column for kept in one.kept if kept.is_lost]),
        ("missing", [kept.column for kept in one.kept if kept.is_missing]),
    ):
        named = ", ".join(columns[:NAMED])
        if len(columns) > NAMED:
            named = words["lost.more"].format(columns=named, more=len(columns) - NAMED)
        if columns:
            told.append(words[key].format(source=one.source, target=one.target, columns=named))
    return words["and"].join(told) or words["kept"].format(source=one.source, target=one.target)


def _few(one: Way, language: str) -> str:
    words, most = LANGUAGES[language], one.counts[0]
    told = {"source": one.source, "target": one.target, "knee": one.knee, "all": count(most, language)}
    return words["few" if one.knee is not None and one.knee < most else "few.all"].format(**told)


def _alike(found: Compared, one: Way, language: str) -> list[str]:
    words, pair = LANGUAGES[language], {one.source, one.target}
    measured = [each for a, b, each in found.similarity if {a, b} == pair and each.measure == "mutual-knn"]
    if not measured:
        return []
    only, ends = measured[0], {"source": one.source, "target": one.target}
    if only.p > LEVEL:
        return [words["alike.none"].format(**ends)]
    share, chance = (number(100 * value, language) for value in (only.value, only.null))
    return [words["alike"].format(share=share, chance=chance, **ends)]


def _looked(found: Compared, language: str) -> list[str]:
    """The pair of spaces that a search found."""
    words, looked = LANGUAGES[language], found.looked
    best = [] if looked is None else looked.best()
    if looked is None or not best:
        return []
    a, b, one = best[0]
    pairs = count(looked.pairs, language)
    if one.p > LEVEL:
        return [words["looked.none"].format(pairs=pairs)]
    told = {"first": f"{a}:{one.first}", "second": f"{b}:{one.second}", "score": number(one.calibrated, language)}
    return [words["looked"].format(pairs=pairs, p=number(one.p, language), **told)]
