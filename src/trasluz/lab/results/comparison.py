"""What `compare` gives: figures, pictures, maps, and a page of all of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

from PIL import Image

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.io.atomic import write_text
from trasluz.io.pictures import png_bytes, write_picture
from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.drawing.page import embedded, filled
from trasluz.lab.results import comparison_drawn as drawn
from trasluz.lab.results.comparison_sentences import sentences
from trasluz.lab.results.comparison_words import (
    LANGUAGES,
    Words,
    by,
    count,
    map_name,
    measure_name,
    number,
    spread,
    told,
)
from trasluz.lab.results.ways import Back, Compared, Looked, Mean, Said, Way, alike_facts
from trasluz.spaces.space_map import SpaceMap

VERSION = 1
SHOWN = 10
"""Pairs of spaces of each measure in the table of a search."""
FORMS = (".html", ".json", ".png")


@final
@dataclass(frozen=True)
class Comparison:
    """Two to six latent spaces, each held against each other one."""

    found: Compared
    items: Said
    data: str | None
    """What they were compared on, where it has a name."""
    said: tuple[Said, ...]
    language: str
    call: Call = field(repr=False)

    @property
    def what(self) -> str:
        """What they were compared on, in words."""
        return told(self.items, self.language)

    @property
    def notes(self) -> list[str]:
        """What else a reader of the figures has to know."""
        return self._notes(self.language)

    def _notes(self, language: str) -> list[str]:
        notes = [told(note, language) for note in self.said]
        looked = self.found.looked
        if looked is None or not looked.left_out:
            return notes
        left = "; ".join(f"{name} ({why})" for name, why in _left(looked, language).items())
        return [*notes, LANGUAGES[language]["note.left"].format(left=left)]

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every ordered pair."""
        return self.found.ways

    @property
    def maps(self) -> Mapping[tuple[str, str], SpaceMap]:
        """The map from each model to each other one, by their names."""
        return self.found.maps

    @property
    def table(self) -> list[dict[str, Any]]:
        """One record for every ordered pair."""
        return [
            {**one.facts(), "there_and_back": self.found.backs[one.source, one.target].facts()} for one in self.ways
        ]

    def __getitem__(self, pair: tuple[str, str]) -> Way:
        """The way from one model to another, by their names.

        Raises:
            InvalidArgument: there is none.
        """
        for one in self.ways:
            if (one.source, one.target) == pair:
                return one
        raise InvalidArgument(
            "no such pair of models", got=pair, allowed=[f"{one.source}, {one.target}" for one in self.ways]
        )

    def sentences(self, language: str | None = None) -> list[str]:
        """What came out, in three sentences."""
        return sentences(self.found, self._spoken(language))

    def tables(self, language: str | None = None) -> Iterable[tuple[Sequence[str], Sequence[Sequence[object]]]]:
        """Headings and rows: the ways, there and back again, and the measures of similarity."""
        for _, columns, rows in self._tables(self._spoken(language)):
            yield columns, rows

    def _tables(self, language: str) -> Iterable[tuple[str, list[str], list[list[str]]]]:
        """Each with its key."""
        words = LANGUAGES[language]
        keys = ("from", "to", "map", "R", "M", "own", "shuffled", "gained", "explained", "top1", "knee", "n")
        yield "ways", [words[f"table.{key}"] for key in keys], [self._row(one, language) for one in self.ways]
        backs = [self._back_row(*key, back, language) for key, back in self.found.backs.items()]
        yield "returned", words["returned.columns"].split("|"), backs
        if self.found.similarity:
            yield "similarity", words["similarity.columns"].split("|"), self._alike_rows(language)
        if self.found.looked is not None:
            yield "search", words["search.columns"].split("|"), _looked_rows(self.found.looked, language)

    def facts(self) -> dict[str, Any]:
        """All of it as JSON values."""
        alike = [alike_facts(*each) for each in self.found.similarity]
        looked = (
            {}
            if self.found.looked is None
            else {"search": {**self.found.looked.facts(), "left_out": _left(self.found.looked, "en")}}
        )
        walks = [
            {"source": a, "target": b, "ends": list(walk.ends), "apart": walk.apart}
            for (a, b), walk in self.found.walks.items()
        ]
        return {
            "version": VERSION, "items": told(self.items, "en"), "data": self.data, "pairs": self.table,
            "similarity": alike, **looked, "paths": walks, "notes": self._notes("en"),
        }  # fmt: skip

    # Pictures -------------------------------------------------------------------------------------------------

    def pictures(
        self, source: str | None = None, target: str | None = None, *, language: str | None = None
    ) -> Image.Image:
        """The same items in both models of a pair, the first one where none is named: original, as the first rebuilds
        it, relocated, as the second rebuilds it, and where the last two differ."""
        key = self._key(source, target)
        return drawn.sheet(self.found.shown[key], key, LANGUAGES[self._spoken(language)])

    def lost(
        self, source: str | None = None, target: str | None = None, *, language: str | None = None
    ) -> Image.Image | None:
        """Of every factor that is lost or missing, the item whose reading changed with the greatest certainty, as
        `pictures` has it, with what it is and what it is read as; None where there is none."""
        key = self._key(source, target)
        if key not in self.found.worst:
            return None
        lost = [one for one in self[key].kept if one.worst is not None]
        return drawn.worst(self.found.worst[key], lost, key, LANGUAGES[self._spoken(language)])

    def paths(
        self, source: str | None = None, target: str | None = None, *, language: str | None = None
    ) -> Image.Image:
        """A straight line in the first space, the same relocated, and the second space's own."""
        key = self._key(source, target)
        return drawn.strips(self.found.walks[key], key, LANGUAGES[self._spoken(language)])

    def ladder(self, language: str | None = None) -> Image.Image:
        """Error M of each kind of map, for every pair."""
        return drawn.ladder(self.ways, self._spoken(language))

    def few(self, language: str | None = None) -> Image.Image:
        """Error by the number of items that a map was fitted on, for every pair."""
        return drawn.few(self.ways, self._spoken(language))

    def matrix(self, language: str | None = None) -> Image.Image:
        """Error M from every model to every other one."""
        return drawn.matrix(self.ways, self._spoken(language))

    def image(self) -> Image.Image:
        """The pictures of every pair, with those of what is lost, below each other."""
        each = [image for key in self.found.shown for image in (self.pictures(*key), self.lost(*key))]
        sheets = [image for image in each if image is not None]
        page = Image.new("RGB", (max(s.width for s in sheets), sum(s.height for s in sheets)), pictures.PAPER)
        top = 0
        for sheet in sheets:
            page.paste(sheet, (0, top))
            top += sheet.height
        return page

    # Files ----------------------------------------------------------------------------------------------------

    def page(self, language: str | None = None) -> str:
        """A page of its own: nothing is loaded from anywhere."""
        spoken = self._spoken(language)
        words = LANGUAGES[spoken]
        names = list(dict.fromkeys(name for one in self.ways for name in (one.source, one.target)))
        figures = [self._pair(one, spoken) for one in self.ways]
        lead = words["lead"].format(
            models=_listed(names, words), tested=count(self.ways[0].counts[2], spoken), what=told(self.items, spoken)
        )
        plots = [("ladder", self.ladder(spoken)), ("few.title", self.few(spoken))]
        plots = [("matrix", self.matrix(spoken)), *plots] if len(names) > 2 else plots
        tables = [
            {"title": words[key], "about": self._about(key, spoken), "columns": columns, "rows": rows}
            for key, columns, rows in self._tables(spoken)
        ]
        tables[1:1] = [table for one in self.ways for table in self._kept(one, spoken)]
        return filled(
            "comparison.html.jinja",
            {
                "language": spoken, "words": words, "sentences": self.sentences(spoken), "pairs": figures,
                "lead": lead,
                "plots": [
                    {"title": words[key], "about": words[key.removesuffix(".title") + ".about"], **_embedded(image)}
                    for key, image in plots
                ],
                "tables": tables,
                "notes": self._notes(spoken), "commands": _said(self.call),
            },
        )  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it: `.html` a page, `.json` the figures, `.png` the pictures.

        Raises:
            InvalidArgument: another ending.
        """
        target = Path(path).expanduser()
        suffix = target.suffix.lower()
        if suffix not in FORMS:
            raise InvalidArgument(
                "no form to save this in", got=repr(str(path)), allowed=f"a name that ends in {' '.join(FORMS)}"
            )
        if target.is_dir():
            raise InvalidArgument(f"{target} is a folder", next="Name a file in it")
        object.__setattr__(self, "call", replace(self.call, out=Path(path)))
        if suffix == ".html":
            write_text(target, self.page())
        elif suffix == ".json":
            write_text(target, json.dumps(self.facts(), indent=2, ensure_ascii=False) + "\n")
        else:
            write_picture(target, self.image())
        return target

    def command(self) -> str:
        """The command line that gives the same."""
        return self.call.command()

    def code(self) -> str:
        """The Python that gives the same."""
        return self.call.code()

    def _repr_png_(self) -> bytes:
        return png_bytes(self.image())

    def __repr__(self) -> str:
        return "\n".join(self.sentences())

    # Parts ----------------------------------------------------------------------------------------------------

    def _spoken(self, language: str | None) -> str:
        chosen = self.language if language is None else language
        if chosen not in LANGUAGES:
            raise InvalidArgument("a comparison speaks two languages", got=repr(language), allowed=tuple(LANGUAGES))
        return chosen

    def _key(self, source: str | None, target: str | None) -> tuple[str, str]:
        if source is None or target is None:
            return next(iter(self.found.shown))
        self[source, target]  # refuses what is none
        return source, target

    def _about(self, key: str, language: str) -> str:
        """What a table holds."""
        looked, told = self.found.looked, LANGUAGES[language][f"{key}.about"]
        if key != "search" or looked is None:
            return told
        spaces = "; ".join(f"{name}: {', '.join(spaces)}" for name, spaces in looked.spaces.items())
        return told.format(pairs=count(looked.pairs, language), spaces=spaces, shown=SHOWN)

    def _row(self, one: Way, language: str) -> list[str]:
        knee = "–" if one.knee is None or one.knee >= one.counts[0] else count(one.knee, language)
        fit, aside, test = (count(n, language) for n in one.counts)
        means = (one.r, one.rung.m, one.own, one.shuffled[1])
        gained = None if one.gained is None else one.gained.value
        return [
            one.source, one.target, map_name(one.rung, language), *(_mean(mean, language) for mean in means),
            *(_percent(share) for share in (gained, one.explained, one.found.top1)), knee, f"{fit} + {aside}, {test}",
        ]  # fmt: skip

    def _back_row(self, source: str, target: str, back: Back, language: str) -> list[str]:
        through = None if back.through is None else back.through[1]
        means = (back.shown, through, back.r, back.shuffled[1])
        return [
            f"{source} → {target} → {source}", *(_mean(mean, language) for mean in means), _percent(back.explained),
            number(back.latent.value, language), number(back.shuffled[0].value, language),
        ]  # fmt: skip

    def _alike_rows(self, language: str) -> list[list[str]]:
        out = list[list[str]]()
        for a, b, one in self.found.similarity:
            ends = "–" if one.interval is None else " – ".join(number(end, language) for end in one.interval)
            mark = "" if one.warning is None else " !"
            out.append([
                f"{measure_name(one, language)}{mark}", f"{a}, {b}", number(one.value, language), ends,
                *(number(value, language) for value in (one.null, one.calibrated, one.p)), count(one.n, language),
            ])  # fmt: skip
        return out

    def _kept(self, one: Way, language: str) -> list[dict[str, Any]]:
        """The table of what survives on one way, where anything is known of the items."""
        words = LANGUAGES[language]
        rows = [
            [
                each.column,
                *(_percent(share) for share in (each.before, each.native, each.after, each.chance, each.agree)),
                words["is.lost" if each.is_lost else "is.missing" if each.is_missing else "is.kept"],
            ]
            for each in one.kept
        ]
        title = words["kept.way"].format(source=one.source, target=one.target)
        columns = words["kept.columns"].split("|")
        return [{"title": title, "about": words["kept.about"], "columns": columns, "rows": rows}] if rows else []

    def _pair(self, one: Way, language: str) -> dict[str, Any]:
        words, key = LANGUAGES[language], (one.source, one.target)
        walk, lost = self.found.walks[key], self.lost(*key, language=language)
        told = by(one, language)
        return {
            "title": f"{one.source} → {one.target}",
            "text": f"{told[0].upper()}{told[1:]}.",
            "pictures": _embedded(self.pictures(*key, language=language)),
            "lost": None if lost is None else _embedded(lost),
            "lost_title": words["lost.title" if any(each.is_lost for each in one.kept) else "missing.title"],
            "walk": _embedded(drawn.strips(walk, key, words)),
            "walk_about": words["walk.about"].format(
                a=walk.ends[0], b=walk.ends[1], source=one.source, target=one.target, apart=number(walk.apart, language)
            ),
        }


def _left(looked: Looked, language: str) -> dict[str, str]:
    """The spaces that were not looked at, and why."""
    return {name: told(why, language) for name, why in looked.left_out.items()}


def _looked_rows(looked: Looked, language: str) -> list[list[str]]:
    """Of each measure the pairs that are most alike."""
    names = dict.fromkeys(one.measure for _, _, one in looked.found)
    return [
        [
            measure_name(one, language), f"{a}: {one.first}", f"{b}: {one.second}",
            *(number(value, language) for value in (one.value, one.null, one.threshold, one.calibrated, one.p)),
            count(one.n, language),
        ]
        for name in names
        for a, b, one in looked.best(name)[:SHOWN]
    ]  # fmt: skip


def _mean(mean: Mean | None, language: str) -> str:
    if mean is None:
        return "–"
    if mean.interval is None:
        return number(mean.value, language)
    half = (mean.interval[1] - mean.interval[0]) / 2
    return spread(mean.value, half, language)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _said(call: Call) -> list[str]:
    """How to have it again, or why nobody can name it."""
    try:
        return [call.command(), call.code()]
    except TrasluzError as error:
        return [error.sentence()]


def _listed(names: Sequence[str], words: Words) -> str:
    joint = " y " if words is LANGUAGES["es"] else " and "
    return f"{', '.join(names[:-1])}{joint}{names[-1]}"


def _embedded(image: Image.Image) -> dict[str, Any]:
    picture, width, height = embedded(image)
    return {"picture": picture, "width": width, "height": height}
