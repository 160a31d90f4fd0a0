"""What the rows of an atlas are of: the data, their parts, what was made of their files; and which other atlases are
there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.packed import Packed
from trasluz.base.errors import TrasluzError
from trasluz.base.progress import Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.shelf.atlas_names import atlas_name
from trasluz.lab.shelf.items import load_for
from trasluz.spaces.data import SPLITS, Dataset
from trasluz.spaces.model import LatentModel

EXAMPLES = 3
"""Files that are named of each reason."""


@final
@dataclass(frozen=True)
class LeftOut:
    """Files that were left out of the data, for one reason."""

    reason: str
    count: int
    examples: tuple[str, ...]


@final
@dataclass(frozen=True)
class Kept:
    """An atlas of the workspace."""

    name: str
    data: str
    split: str
    items: int


@final
@dataclass(frozen=True)
class AboutData:
    """What the rows of an atlas are of."""

    parts: Mapping[str, int] = field(default_factory=dict[str, int])
    """Items of every part that has some, and of `all` of them; empty where there are no data to be had."""
    notes: Sequence[str] = ()
    """Sentences: which table was joined and how, what was guessed or resized."""
    left_out: Sequence[LeftOut] = ()
    """The most frequent reason first."""
    licence: str | None = None
    trouble: TrasluzError | None = None
    """Why the data cannot be had."""
    atlases: Sequence[Kept] = ()
    """Those of the same space that no choice of a part gives: named by hand, or of other data."""


def about_data(model: LatentModel, atlas: Atlas, data: Any, home: Workspace, progress: Progress) -> AboutData:
    """What the rows of an atlas are of.

    Args:
        data: The data as the map was asked for, which may say more of where they are than the atlas; None for what
            the atlas says.
    """
    m = atlas.manifest
    if m.is_own:
        return AboutData(atlases=_others(model, atlas.space, None, home))
    if data is None and atlas.packed is not None:
        return _came(model, atlas, atlas.packed, home)
    try:
        whole = load_for(model, data if data is not None else m.data, "all", home, progress, atlas.space)
    except TrasluzError as error:
        return AboutData(trouble=error, atlases=_others(model, atlas.space, None, home))
    parts = {part: n for part in SPLITS if (n := len(whole.split(part)))}
    return AboutData(
        {**parts, "all": len(whole)},
        whole.notes,
        _left_out(whole),
        whole.about.get("licence"),
        None,
        _others(model, atlas.space, whole, home),
    )


def _came(model: LatentModel, atlas: Atlas, packed: Packed, home: Workspace) -> AboutData:
    """What came with a model: told without drawing the data."""
    said = packed.data
    parts = {str(part): int(n) for part, n in said.get("parts", {}).items()}
    return AboutData(
        parts, said.get("notes", ()), (), said.get("licence"), None, _others(model, atlas.space, None, home)
    )


def _left_out(data: Dataset) -> list[LeftOut]:
    skipped = [(str(name), str(reason)) for name, reason in data.about.get("skipped", ())]
    counts = Counter(reason for _, reason in skipped)
    named = {reason: tuple(name for name, why in skipped if why == reason)[:EXAMPLES] for reason in counts}
    return [LeftOut(reason, n, named[reason]) for reason, n in counts.most_common()]


def _others(model: LatentModel, space: str, data: Dataset | None, home: Workspace) -> list[Kept]:
    """Atlases of a space, without those that are made of a part of some data."""
    given: set[str] = set()
    if data is not None:
        for part in (*SPLITS, "all"):
            given.add(atlas_name(model, data.spec, part, space, home=home, data=data.split(part)))
    found: list[Kept] = []
    for name in home.names("atlases"):
        if name in given:
            continue
        try:
            atlas = Atlas.open(home.entry("atlases", name), model=model)
        except TrasluzError:
            continue
        if atlas.space == space:
            m = atlas.manifest
            found.append(Kept(name, m.data, m.split, len(atlas)))
    return found
