"""Faces in a style of DiceBear, each a function of its number alone, every option of the style a factor.

Every factor is drawn by itself, so that factors are independent, and each value of one is as likely as the others;
what a style draws only sometimes (a beard, glasses) is absent, `none`, from half of the faces. What cannot be seen is
not said, neither what a face has no place for (the colour of hair under a cap) nor what something else hides (eyes
behind dark glasses, a mouth in a beard): that factor is None there.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, final

from trasluz.base.errors import TrasluzError
from trasluz.base.rng import numpy_generator
from trasluz.sources._layers import Layer, lay, visible

if TYPE_CHECKING:
    import numpy as np

Options = Mapping[str, tuple[str, Mapping[str, str]]]
"""Factor by our name: what the style calls it, and the style's value by our name of the value."""
HIDDEN = 0.05
"""The share of what was painted of a thing below which it counts as hidden: eyes behind dark glasses."""
_DEFINITIONS = ("mask", "defs", "linearGradient", "radialGradient", "clipPath")
"""Elements that paint nothing themselves, and that others of the same part refer to."""
_BLENDED = re.compile(r"mix-blend-mode:\s*([a-z-]+);?\s*")
_PAINTED_APART = ("mask", "filter", "clip-path")
"""Attributes of a group that is painted by itself before it is laid over what is behind it."""


@final
@dataclass(frozen=True, eq=False)
class Style:
    """What of a style is drawn, and under which names."""

    file: str
    """Of the package dicebear-styles."""
    purpose: str
    """Of the random draws."""
    colours: Options
    variants: Options
    sometimes: tuple[str, ...]
    """Factors that are absent, `none`, from half of the faces."""
    background: str
    """A colour that nothing of the style has."""
    view: tuple[int, int, int]
    """Of the style's units: left, top and side of the square that is drawn."""


@dataclass(frozen=True, eq=False)
class _Step:
    """One painting of a part, or the place of another part in it."""

    elements: tuple[Any, ...]
    mode: str
    colours: tuple[str, ...]
    """The style's colours that it has."""
    part: str | None = None
    transform: tuple[str, ...] = ()


def names(said: str) -> dict[str, str]:
    """Names of the style's, by ours: `bobBangs` is `bob_bangs`.

    >>> names("bald bobBangs")
    {'bald': 'bald', 'bob_bangs': 'bobBangs'}
    """
    return {re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower(): name for name in said.split()}


def numbered(prefix: str, n: int) -> dict[str, str]:
    """Names of a style that counts: `variant01` to `variantN`, which are ours too."""
    return {f"{prefix}{i:02d}": f"{prefix}{i:02d}" for i in range(1, n + 1)}


@cache
def definition(style: Style) -> dict[str, Any]:
    """The style as its makers define it, framed to the square that is drawn."""
    made = json.loads(files("dicebear_styles").joinpath(f"{style.file}.json").read_text(encoding="utf-8"))
    left, top, side = style.view
    moved = {"transform": f"translate({-left} {-top})"}
    whole = {"name": "g", "type": "element", "attributes": moved, "children": made["canvas"]["elements"]}
    return {**made, "canvas": {"width": side, "height": side, "elements": [whole]}}


def choose(style: Style, index: int) -> dict[str, str]:
    """What is drawn for face `index`: a value of every factor, also of those that its picture will not show."""
    draw = numpy_generator(0, style.purpose, index)
    chosen = {factor: list(values)[draw.integers(len(values))] for factor, (_, values) in style.colours.items()}
    for factor, (_, values) in style.variants.items():
        value = list(values)[draw.integers(len(values))]
        chosen[factor] = "none" if factor in style.sometimes and not draw.integers(2) else value
    return chosen


def options(style: Style, chosen: Mapping[str, str]) -> dict[str, Any]:
    """What was chosen as the style's own options."""
    given: dict[str, Any] = {f"{name}Color": values[chosen[factor]] for factor, (name, values) in style.colours.items()}
    for factor, (part, values) in style.variants.items():
        absent = chosen[factor] == "none"
        given[f"{part}Probability"] = 0 if absent else 100
        if not absent:
            given[f"{part}Variant"] = values[chosen[factor]]
    return given


def draw(style: Style, index: int, size: int, channels: int) -> tuple[np.ndarray, dict[str, str | None]]:
    """Face `index`: pixels `(C, size, size)` and its factors, None for what cannot be seen."""
    return drawn(style, choose(style, index), size, channels)


def drawn(
    style: Style, chosen: Mapping[str, str], size: int, channels: int
) -> tuple[np.ndarray, dict[str, str | None]]:
    """A face by what was chosen for it."""
    colours = {name: values[chosen[factor]] for factor, (name, values) in style.colours.items()}
    variants = {part: values.get(chosen[factor]) for factor, (part, values) in style.variants.items()}
    (whole,) = definition(style)["canvas"]["elements"]
    places: set[str | None] = set()
    layers: list[Layer] = []
    parts: list[list[tuple[str, str | None]]] = []
    for part, step, around in _walk(style, variants, None, (whole["attributes"]["transform"],)):
        if step is None:
            places.add(part)
            continue
        coloured = tuple((name, colours[name]) for name in step.colours if name in colours)
        layers.append(Layer(_painted(style, step, around, coloured), step.mode))
        parts.append([("part", part), *(("colour", name) for name in step.colours)])
    there = _there(parts, layers) | {("part", part) for part in places if variants.get(part or "", "") is None}
    known = {factor for factor, (name, _) in style.colours.items() if ("colour", name) in there}
    known |= {factor for factor, (part, _) in style.variants.items() if ("part", part) in there}
    factors = {factor: value if factor in known else None for factor, value in chosen.items()}
    return lay(layers, size, channels, style.background), factors


def _there(parts: Sequence[Sequence[tuple[str, str | None]]], layers: Sequence[Layer]) -> set[tuple[str, str | None]]:
    """The parts and colours of which enough is to be seen; `parts` are those of each layer."""
    painted: defaultdict[tuple[str, str | None], float] = defaultdict(float)
    left: defaultdict[tuple[str, str | None], float] = defaultdict(float)
    for keys, (paint, seen) in zip(parts, visible(layers), strict=True):
        for key in keys:
            painted[key] += paint
            left[key] += seen
    return {key for key, paint in painted.items() if left[key] >= HIDDEN * paint}


def _walk(
    style: Style, variants: Mapping[str, str | None], part: str | None, around: tuple[str, ...]
) -> Iterator[tuple[str | None, _Step | None, tuple[str, ...]]]:
    """Everything that is painted for a choice of variants, from the back to the front, and where it lies; before what
    a part paints, None for its place."""
    yield part, None, around
    variant = None if part is None else variants[part] if part in variants else _only(style, part)
    if part is not None and variant is None:
        return
    for step in _steps(style, part, variant):
        if step.part is None:
            yield part, step, around
        else:
            yield from _walk(style, variants, step.part, (*around, *step.transform))


def _only(style: Style, part: str) -> str:
    variants = list(definition(style)["components"][part]["variants"])
    if len(variants) != 1:
        raise TrasluzError(f"the style {style.file} has {part} in {len(variants)} variants, and no factor chooses one")
    return variants[0]


@cache
def _steps(style: Style, part: str | None, variant: str | None) -> tuple[_Step, ...]:
    """A part in paintings that can be laid over each other: what is blended with what is behind it stands alone."""
    whole = definition(style)
    (frame,) = whole["canvas"]["elements"]
    elements = frame["children"] if part is None else whole["components"][part]["variants"][variant]["elements"]
    shared = [element for element in elements if element["name"] in _DEFINITIONS]
    steps: list[_Step] = []
    plain: list[Any] = []

    def close() -> None:
        if plain:
            steps.append(_Step((*shared, *plain), "normal", _colours(plain)))
            plain.clear()

    for element in elements:
        mode = _mode(element)
        if element["type"] == "component":
            close()
            moved = element.get("attributes", {}).get("transform")
            steps.append(_Step((), "normal", (), element["name"], () if moved is None else (moved,)))
        elif mode is not None:
            close()
            style_said = _BLENDED.sub("", element["attributes"]["style"])
            attributes = {k: v for k, v in element["attributes"].items() if k != "style"}
            alone = {**element, "attributes": {**attributes, **({"style": style_said} if style_said else {})}}
            steps.append(_Step((*shared, alone), mode, _colours([alone])))
        elif element not in shared:
            if _blends_behind(element):
                raise TrasluzError(f"the style {style.file} blends what lies deep inside {part} {variant}")
            plain.append(element)
    close()
    return tuple(steps)


def _mode(element: Mapping[str, Any]) -> str | None:
    found = _BLENDED.search(element.get("attributes", {}).get("style", ""))
    return found[1] if found else None


def _blends_behind(element: Mapping[str, Any]) -> bool:
    """Whether something in a group is blended with what is behind the group."""
    attributes = element.get("attributes", {})
    if any(name in attributes for name in _PAINTED_APART):
        return False
    return any(_mode(child) is not None or _blends_behind(child) for child in element.get("children", []))


def _colours(elements: Sequence[Any]) -> tuple[str, ...]:
    return tuple(sorted(set(re.findall(r'\{"type": "color", "name": "(\w+)"', json.dumps(elements)))))


@cache
def _painted(style: Style, step: _Step, around: tuple[str, ...], colours: tuple[tuple[str, str], ...]) -> str:
    """One painting alone, as SVG."""
    from dicebear import Avatar

    made = Avatar(_alone(style, step, around), {f"{name}Color": colour for name, colour in colours}).to_json()
    for name, colour in colours:
        if made["options"][f"{name}Color"] != [colour]:
            raise TrasluzError(f"the style {style.file} did not paint {name} {colour} as asked")
    return made["svg"]


@cache
def _alone(style: Style, step: _Step, around: tuple[str, ...]) -> Any:
    """A style of theirs that has one painting; it is checked by their schema, which takes longest of all."""
    from dicebear import Style as Theirs

    elements: list[Any] = list(step.elements)
    for transform in reversed(around):
        elements = [{"name": "g", "type": "element", "attributes": {"transform": transform}, "children": elements}]
    whole = definition(style)
    return Theirs({**whole, "components": {}, "canvas": {**whole["canvas"], "elements": elements}})
