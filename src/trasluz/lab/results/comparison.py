"""What `compare` gives: figures, pictures, maps, and a page of all of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

import numpy as np
from PIL import Image
from torch import Tensor

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.io.atomic import write_text
from trasluz.io.pictures import png_bytes, write_picture
from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.drawing.figures import INK, LINE, PALETTE, SOFT, Drawn
from trasluz.lab.drawing.page import embedded, filled
from trasluz.lab.results.comparison_words import LANGUAGES, Words, by, number, sentences, told
from trasluz.lab.results.ways import Compared, Said, Shown, Walk, Way
from trasluz.spaces.space_map import SpaceMap

VERSION = 1
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
        return [told(note, self.language) for note in self.said]

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
        return [one.facts() for one in self.ways]

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
        """Headings and rows: the ways, and the measures of similarity."""
        spoken = self._spoken(language)
        words = LANGUAGES[spoken]
        keys = ("from", "to", "map", "R", "M", "own", "shuffled", "explained", "top1", "knee", "n")
        yield [words[f"table.{key}"] for key in keys], [self._row(one, spoken) for one in self.ways]
        if self.found.similarity:
            yield words["similarity.columns"].split("|"), self._alike_rows(spoken)

    def facts(self) -> dict[str, Any]:
        """All of it as JSON values."""
        alike = [
            {
                "measure": one.measure, "source": a, "target": b, "spaces": [one.first, one.second], "value": one.value,
                "null": one.null, "threshold": one.threshold, "calibrated": one.calibrated, "p": one.p, "n": one.n,
                "interval": None if one.interval is None else list(one.interval), "warning": one.warning,
            }
            for a, b, one in self.found.similarity
        ]  # fmt: skip
        walks = [
            {"source": a, "target": b, "ends": list(walk.ends), "apart": walk.apart}
            for (a, b), walk in self.found.walks.items()
        ]
        return {
            "version": VERSION, "items": told(self.items, "en"), "data": self.data, "pairs": self.table,
            "similarity": alike, "paths": walks, "notes": [told(note, "en") for note in self.said],
        }  # fmt: skip

    # Pictures -------------------------------------------------------------------------------------------------

    def pictures(
        self, source: str | None = None, target: str | None = None, *, language: str | None = None
    ) -> Image.Image:
        """The same items in both models of a pair, the first one where none is named: original, as the first rebuilds
        it, relocated, as the second rebuilds it, and where the last two differ."""
        key = self._key(source, target)
        return _sheet(self.found.shown[key], key, LANGUAGES[self._spoken(language)])

    def paths(
        self, source: str | None = None, target: str | None = None, *, language: str | None = None
    ) -> Image.Image:
        """A straight line in the first space, the same relocated, and the second space's own."""
        key = self._key(source, target)
        return _strips(self.found.walks[key], key, LANGUAGES[self._spoken(language)])

    def ladder(self, language: str | None = None) -> Image.Image:
        """Error M of each kind of map, for every pair."""
        return _ladder(self.ways, LANGUAGES[self._spoken(language)])

    def few(self, language: str | None = None) -> Image.Image:
        """Error by the number of items that a map was fitted on, for every pair."""
        return _few(self.ways, LANGUAGES[self._spoken(language)])

    def matrix(self, language: str | None = None) -> Image.Image:
        """Error M from every model to every other one."""
        return _matrix(self.ways, self._spoken(language))

    def image(self) -> Image.Image:
        """The pictures of every pair, below each other."""
        sheets = [self.pictures(*key) for key in self.found.shown]
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
            models=_listed(names, words), tested=f"{self.ways[0].counts[2]:,}", what=told(self.items, spoken)
        )
        plots = [("ladder", self.ladder(spoken)), ("few.title", self.few(spoken))]
        plots = [("matrix", self.matrix(spoken)), *plots] if len(names) > 2 else plots
        tables = list(self.tables(spoken))
        return filled(
            "comparison.html.jinja",
            {
                "language": spoken, "words": words, "sentences": self.sentences(spoken), "pairs": figures,
                "lead": lead,
                "plots": [
                    {"title": words[key], "about": words[key.removesuffix(".title") + ".about"], **_embedded(image)}
                    for key, image in plots
                ],
                "tables": [{"columns": columns, "rows": rows} for columns, rows in tables],
                "notes": [told(note, spoken) for note in self.said], "commands": _said(self.call),
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

    def _row(self, one: Way, language: str) -> list[str]:
        def value(mean: Any) -> str:
            if mean.interval is None:
                return number(mean.value, language)
            half = (mean.interval[1] - mean.interval[0]) / 2
            return f"{number(mean.value, language)} ± {number(half, language)}"

        knee = "–" if one.knee is None or one.knee >= one.counts[0] else f"{one.knee}"
        return [
            one.source, one.target, one.chosen, value(one.r), value(one.rung.m), value(one.own), value(one.shuffled[1]),
            f"{100 * one.explained:.0f} %", f"{100 * one.found.top1:.0f} %", knee,
            f"{one.counts[0]:,} + {one.counts[1]:,}, {one.counts[2]:,}",
        ]  # fmt: skip

    def _alike_rows(self, language: str) -> list[list[str]]:
        out = list[list[str]]()
        for a, b, one in self.found.similarity:
            ends = "–" if one.interval is None else " – ".join(number(end, language) for end in one.interval)
            mark = "" if one.warning is None else " !"
            out.append([
                f"{one.title}{mark}", f"{a}, {b}", number(one.value, language), ends, number(one.null, language),
                number(one.calibrated, language), number(one.p, language), f"{one.n:,}",
            ])  # fmt: skip
        return out

    def _pair(self, one: Way, language: str) -> dict[str, Any]:
        words, key = LANGUAGES[language], (one.source, one.target)
        walk = self.found.walks[key]
        kept = [
            [
                each.column, *(f"{100 * share:.0f} %" for share in (each.before, each.native, each.after, each.chance)),
                f"{100 * each.agree:.0f} %", words["yes" if each.is_lost else "no"],
            ]
            for each in one.kept
        ]  # fmt: skip
        return {
            "title": f"{one.source} → {one.target}",
            "text": f"{by(one, language)[0].upper()}{by(one, language)[1:]}.",
            "pictures": _embedded(_sheet(self.found.shown[key], key, words)),
            "walk": _embedded(_strips(walk, key, words)),
            "walk_about": words["walk.about"].format(
                a=walk.ends[0], b=walk.ends[1], source=one.source, target=one.target, apart=number(walk.apart, language)
            ),
            "kept_columns": words["kept.columns"].split("|"),
            "kept": kept,
        }


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


def _sheet(shown: Shown, key: tuple[str, str], words: Words) -> Image.Image:
    """A row an item."""
    columns = words["pictures.columns"].format(source=key[0], target=key[1]).split("|")
    factor = pictures.factor_for(shown.target[0], len(columns), len(shown.names))
    size = (int(shown.target.shape[-1]) * factor, int(shown.target.shape[-2]) * factor)
    top = max(0.25, float(shown.difference.max()))

    def cell(image: Image.Image) -> Image.Image:
        return image.convert("RGB").resize(size, Image.Resampling.NEAREST)

    rows: list[list[pictures.Cell]] = []
    for i in range(len(shown.names)):
        parts = (shown.original[i], shown.source[i], shown.moved[i], shown.target[i])
        rows.append([*(cell(pictures.image_of(part)) for part in parts), cell(pictures.heat(shown.difference[i], top))])
    face = pictures.font(max(12, min(20, round(size[0] / 8))))
    labels = [pictures.fitted(name, face, size[0]) for name in columns]
    return pictures.table(rows, row_labels=list(shown.names), column_labels=labels)


def _strips(walk: Walk, key: tuple[str, str], words: Words) -> Image.Image:
    labels = words["walk.rows"].format(source=key[0], target=key[1]).split("|")
    factor = pictures.factor_for(walk.target[0], len(walk.target), 3)
    size = (int(walk.target.shape[-1]) * factor, int(walk.target.shape[-2]) * factor)

    def cells(frames: Tensor) -> list[pictures.Cell]:
        return [pictures.image_of(one).convert("RGB").resize(size, Image.Resampling.NEAREST) for one in frames]

    return pictures.table([cells(part) for part in (walk.source, walk.moved, walk.target)], row_labels=labels)


def _axes(ways: Sequence[Way], height: float = 3.2) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure

    across = min(2, len(ways))
    down = -(-len(ways) // across)
    figure = Figure(figsize=(across * 4.8, down * height), layout="constrained")
    axes = list(figure.subplots(down, across, squeeze=False).ravel())
    for ax in axes[len(ways) :]:
        ax.set_axis_off()
    for ax, one in zip(axes, ways, strict=False):
        ax.set_title(f"{one.source} → {one.target}", loc="left", fontsize=10, color=INK)
        ax.tick_params(labelsize=8, colors=SOFT)
        ax.grid(color=LINE, linewidth=0.5, alpha=0.6)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    return figure, axes


def _ladder(ways: Sequence[Way], words: Words) -> Image.Image:
    figure, axes = _axes(ways)
    for ax, one in zip(axes, ways, strict=False):
        names = [rung.name for rung in one.rungs]
        values = np.array([rung.m.value for rung in one.rungs])
        ends = np.array([rung.m.interval or (rung.m.value, rung.m.value) for rung in one.rungs])
        paint = [PALETTE[0] if rung.name == one.chosen else LINE for rung in one.rungs]
        ax.barh(names, values, color=paint, height=0.62)
        ax.errorbar(values, names, xerr=np.abs(ends.T - values), fmt="none", ecolor=INK, elinewidth=1, capsize=2)
        ax.axvline(one.own.value, color=PALETTE[1], linewidth=1.2)
        if values.min() > 0 and values.max() / values.min() > 10:
            ax.set_xscale("log")
        ax.set_xlabel(words["axis.m"], fontsize=8, color=SOFT)
        ax.invert_yaxis()
    return Drawn(figure).image()


def _few(ways: Sequence[Way], words: Words) -> Image.Image:
    figure, axes = _axes(ways)
    for ax, one in zip(axes, ways, strict=False):
        for how, colour in zip(("random", "farthest", "k-means"), PALETTE, strict=False):
            some = [few for few in one.few if few.how == how]
            if not some:
                continue
            at, values = [few.items for few in some], [few.error for few in some]
            ax.plot(at, values, color=colour, marker="o", markersize=3, linewidth=1.3, label=words[how])
            if how == "random":
                low = [few.interval[0] if few.interval else few.error for few in some]
                high = [few.interval[1] if few.interval else few.error for few in some]
                ax.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        ax.set_ylim(0, max(1.05, min(2.0, max((few.error for few in one.few), default=1))))
        ax.axhline(1, color=LINE, linewidth=1)
        ax.set_xlabel(words["axis.items"], fontsize=8, color=SOFT)
        ax.set_ylabel(words["axis.error"], fontsize=8, color=SOFT)
        ax.legend(fontsize=8, frameon=False)
    return Drawn(figure).image()


def _matrix(ways: Sequence[Way], language: str) -> Image.Image:
    """Share of the second space's variance that the map gives, as colour, with M and own as text."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(name for one in ways for name in (one.source, one.target)))
    shares = np.full((len(names), len(names)), np.nan)
    figure = Figure(figsize=(1.9 + 1.5 * len(names), 1.1 + 1.0 * len(names)), layout="constrained")
    ax = figure.subplots()
    for one in ways:
        i, j = names.index(one.source), names.index(one.target)
        shares[i, j] = one.explained
        ink = "white" if one.explained < 0.5 else INK
        text = f"{number(one.rung.m.value, language)}\n({number(one.own.value, language)})"
        ax.text(j, i, text, ha="center", va="center", fontsize=9, color=ink)
    ax.imshow(shares, cmap="viridis", vmin=0, vmax=1)
    ax.set_xticks(range(len(names)), names, rotation=20, ha="right", fontsize=9)
    ax.set_yticks(range(len(names)), names, fontsize=9)
    ax.tick_params(length=0, colors=INK)
    for side in ax.spines.values():
        side.set_visible(False)
    return Drawn(figure).image()
