"""The same items in the spaces of several models: what relocations are fitted on, chosen by, and judged on.

Three sets that share no item: to fit on, to choose settings by, to test. The first two come from the items that models
are trained on (the second from the data's own part for validation, where they have one), the third from those held out.

A generator without an encoder has no latents of real items. Its own draws then are the items: their latents are exact,
and the other models encode their pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from trasluz.base.errors import InvalidArgument, NotInvertible
from trasluz.base.rng import numpy_generator
from trasluz.base.text import counted
from trasluz.lab.calls.given import DataLike, DataMeant
from trasluz.lab.calls.session import Session
from trasluz.lab.results.comparison_words import told
from trasluz.lab.results.ways import Said
from trasluz.lab.shelf.batches import decode_all, draw_all, encode_all
from trasluz.lab.shelf.data import load_as
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel
from trasluz.spaces.relocation import Pairs
from trasluz.spaces.representation import Representation
from trasluz.spaces.space import LatentSpace
from trasluz.spaces.space_map import End, SpaceMap

Support = Literal["data", "own"]
FEWEST = 8
"""Items of each set that anything can be said of."""
SPARE = 0.2
"""Share of the items to fit on that are held aside, where the data have no part for validation."""


@final
@dataclass(frozen=True)
class Side:
    """One model's latents of the items, and the test items in its own form."""

    model: LatentModel
    space: LatentSpace
    fit: Tensor
    aside: Tensor
    test: Tensor
    items: Tensor
    """The test items as this model takes them, `(n, *public_shape)`."""

    @property
    def name(self) -> str:
        return self.model.name


@final
@dataclass(frozen=True)
class Gathering:
    """All of it, with what a reader has to know."""

    sides: tuple[Side, ...]
    items: Said
    """What they are."""
    data: str | None
    points: tuple[str, ...]
    """What each test item is called, as a POINT."""
    fit_rows: Dataset | None
    """The items fitted on, with their columns; None for own draws."""
    test_rows: Dataset | None
    notes: tuple[Said, ...] = ()

    @property
    def counts(self) -> tuple[int, int, int]:
        """Items fitted on, chosen by, and tested on."""
        one = self.sides[0]
        return len(one.fit), len(one.aside), len(one.test)


def gathered(
    models: Sequence[LatentModel],
    session: Session,
    *,
    spaces: Sequence[str | None],
    data: DataLike,
    support: Support | None,
    n_fit: int,
    n_test: int,
    seed: int,
) -> Gathering:
    """The items in every model.

    Raises:
        NotInvertible: several models have no encoder, or one whose items were asked for.
        InvalidArgument: models of different kinds of data, or no items that all of them know.
    """
    chosen = [_space_of(model, name) for model, name in zip(models, spaces, strict=True)]
    kinds = {space.representation.kind for space in chosen}
    if len(kinds) > 1:
        told = ", ".join(f"{m.name} of {s.representation.of.many}" for m, s in zip(models, chosen, strict=True))
        raise InvalidArgument("models of different kinds of data cannot be compared", got=told)
    mute = [i for i, space in enumerate(chosen) if not space.encodes]
    if len(mute) > 1:
        names = " and ".join(f"{models[i].name}:{chosen[i].name}" for i in mute)
        raise NotInvertible(
            f"neither {names} has an encoder, so no item is known to both",
            next="Name a space that encodes, such as w of a GAN",
        )
    if support == "data" and mute:
        raise NotInvertible(
            f"the space {chosen[mute[0]].name!r} of {models[mute[0]].name} has no encoder",
            next="Leave --items out: its own draws are taken then",
        )
    notes = _forms(models, chosen)
    if support == "own" or mute:
        which = mute[0] if mute else next((i for i, s in enumerate(chosen) if s.default_prior is not None), None)
        if which is None or chosen[which].default_prior is None:
            raise InvalidArgument("no model has a prior to draw items from", next="Name data: --data DATA")
        if mute and support is None:
            notes.append(Said("note.own", {"model": models[which].name, "space": chosen[which].name}))
        return _own(models, chosen, which, session, n_fit=n_fit, n_test=n_test, seed=seed, notes=notes)
    return _real(models, chosen, session, data=data, n_fit=n_fit, n_test=n_test, seed=seed, notes=notes)


def _space_of(model: LatentModel, name: str | None) -> LatentSpace:
    """The space named, else the default one, else the first that encodes."""
    space = model.space(name)
    if name is not None or space.encodes:
        return space
    return next((other for other in model.spaces.values() if other.encodes), space)


def _forms(models: Sequence[LatentModel], spaces: Sequence[LatentSpace]) -> list[Said]:
    """What is to be said where models take items of different forms."""
    kind = spaces[0].representation.of
    forms = {kind.told(space.representation.public_shape) for space in spaces}
    if len(forms) == 1:
        return []
    told = "; ".join(
        f"{model.name} {kind.told(space.representation.public_shape)}"
        for model, space in zip(models, spaces, strict=True)
    )
    return [Said("note.forms", {"told": told})]


def _real(
    models: Sequence[LatentModel], spaces: Sequence[LatentSpace], session: Session, *, data: DataLike, n_fit: int,
    n_test: int, seed: int, notes: list[Said],
) -> Gathering:  # fmt: skip
    wanted, more = _data_of(models, data)
    notes = [*notes, *more]
    wholes = [
        load_as(space.representation, wanted, owner=model.name, workspace=session.home, progress=session.progress)
        for model, space in zip(models, spaces, strict=True)
    ]
    ids = [whole.rows.column("id").to_pylist() for whole in wholes]
    shared = set(ids[0]).intersection(*ids[1:])
    if len(shared) < len(ids[0]):
        notes.append(Said("note.shared", {"all": f"{len(ids[0]):,}", "some": f"{len(shared):,}"}))
    if not shared:
        raise InvalidArgument("no item of the data is known to all models", got=wholes[0].spec)
    parts = wholes[0].rows.column("split").to_pylist()
    train, val, test = (
        [name for name, part in zip(ids[0], parts, strict=True) if part == wanted_part and name in shared]
        for wanted_part in ("train", "val", "test")
    )
    draw = numpy_generator(seed, "items to compare on")
    # Folders come label by label: the first items of them would be of one.
    train, val, test = ([part[i] for i in draw.permutation(len(part))] for part in (train, val, test))
    if not test:
        held = max(1, len(train) // 4)
        test, train = train[:held], train[held:]
        notes.append(Said("note.test", {}))
    if val:
        fit, aside = train[:n_fit], val[: max(FEWEST, round(SPARE * n_fit))]
    else:
        spare = max(1, round(SPARE * min(n_fit, len(train))))
        aside, fit = train[:spare], train[spare:n_fit]
    test = test[:n_test]
    _enough(fit, aside, test, wholes[0].spec)
    sides = list[Side]()
    views = list[tuple[Dataset, Dataset]]()
    for model, space, whole, names in zip(models, spaces, wholes, ids, strict=True):
        place = {name: i for i, name in enumerate(names)}
        view = [whole.at(np.array([place[name] for name in part])) for part in (fit, aside, test)]
        fit_z, aside_z, test_z = (
            encode_all(space, part.tensor(slice(None)), progress=session.progress) for part in view
        )
        sides.append(Side(model, space, fit_z, aside_z, test_z, view[2].tensor(slice(None))))
        views.append((view[0], view[2]))
    points = tuple(point or "" for point in views[0][1].points)
    kind = wholes[0].kind
    items = Said(
        "items.picture" if kind.name == "picture" else "items.other", {"many": kind.many, "data": wholes[0].spec}
    )
    return Gathering(tuple(sides), items, wholes[0].spec, points, views[0][0], views[0][1], tuple(notes))


def _data_of(models: Sequence[LatentModel], data: DataLike) -> tuple[DataMeant, list[Said]]:
    """What is compared on, and what has to be said of it."""
    if data is not None:
        return data, []
    known = [model.trained_on for model in models if model.trained_on is not None]
    if not known:
        raise InvalidArgument(
            "none of the models says what it was trained on",
            next="Name data to compare them on: --data DATA on the command line, data= in Python",
        )
    if len(set(known)) == 1 and len(known) == len(models):
        return known[0], []
    others = ", ".join(f"{model.name}: {model.trained_on or '?'}" for model in models)
    return known[0], [Said("note.data", {"others": others, "data": known[0]})]


def _own(
    models: Sequence[LatentModel], spaces: Sequence[LatentSpace], which: int, session: Session, *, n_fit: int,
    n_test: int, seed: int, notes: list[Said],
) -> Gathering:  # fmt: skip
    spare = max(FEWEST, round(SPARE * n_fit))
    source, progress = spaces[which], session.progress
    z = draw_all(source.prior(), n_fit + n_test, seed, progress=progress)
    items = decode_all(source, z, progress=progress)
    sides = list[Side]()
    for i, (model, space) in enumerate(zip(models, spaces, strict=True)):
        form = items if i == which else as_form(items, source.representation, space.representation)
        latents = z if i == which else encode_all(space, form, progress=progress)
        fit, aside, test = latents[: n_fit - spare], latents[n_fit - spare : n_fit], latents[n_fit:]
        sides.append(Side(model, space, fit, aside, test, form[n_fit:]))
    _enough(sides[0].fit, sides[0].aside, sides[0].test, f"own draws of {models[which].name}")
    points = tuple(f"seed:{seed}/{n_fit + i}" for i in range(n_test))
    items_said = Said("items.own", {"model": models[which].name})
    return Gathering(tuple(sides), items_said, None, points, None, None, tuple(notes))


def as_form(items: Tensor, have: Representation, want: Representation) -> Tensor:
    """Decoded items `(n, *public_shape)` of one model as another takes them: pictures of another size or in other
    colours are fitted.

    Raises:
        InvalidArgument: of another kind, or of one that has no such change.
    """
    if have.public_shape == want.public_shape:
        return items
    if have.kind != want.kind or have.kind != "picture":
        raise InvalidArgument(
            f"{have.of.many} of one form cannot be made those of another",
            got=have.of.told(have.public_shape),
            allowed=want.of.told(want.public_shape),
        )
    channels, size, _ = want.public_shape
    if channels == 1 and items.shape[1] == 3:
        items = (items * items.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)
    elif channels == 3 and items.shape[1] == 1:
        items = items.expand(-1, 3, -1, -1)
    if items.shape[-1] == size:
        return items.contiguous()
    smaller = size < items.shape[-1]
    return F.interpolate(items, size=(size, size), mode="bilinear", antialias=smaller, align_corners=False).clamp(0, 1)


def _enough(
    fit: Sequence[object] | Tensor, aside: Sequence[object] | Tensor, test: Sequence[object] | Tensor, what: str
) -> None:
    if len(fit) < 2 or not len(aside) or len(test) < FEWEST:
        raise InvalidArgument(
            f"too few {what} to compare spaces on",
            got=f"{counted(len(fit), 'item', 'items')} to fit on, {len(aside)} to choose by, {len(test)} to test on",
            allowed=f"2, 1 and {FEWEST} or more",
        )


def scaled(items: Tensor, representation: Representation) -> Tensor:
    """What is compared of public items `(n, ...)`, as float64 rows of values in [0, 1]."""
    return representation.of.compared(items.double()).double().flatten(1)


def errors(a: Tensor, b: Tensor) -> Tensor:
    """The mean squared difference of each item, `(n,)`."""
    return torch.stack([(x - y).square().mean() for x, y in zip(a, b, strict=True)]) if len(a) else torch.zeros(0)


def fitted(
    first: LatentModel, first_space: str, second: LatentModel, second_space: str, method: str, session: Session, *,
    data: DataLike = None, n: int, seed: int,
) -> SpaceMap:  # fmt: skip
    """A map of one kind between two spaces, with what it is like on items that it was not fitted on.

    Raises:
        NotInvertible: no item is known to both.
    """
    gathering = gathered(
        (first, second), session, spaces=(first_space, second_space), data=data, support=None, n_fit=n, n_test=100,
        seed=seed,
    )  # fmt: skip
    for note in gathering.notes:
        session.progress.say(told(note, "en"))
    a, b = gathering.sides
    found = registry.get("relocations", method).of(
        Pairs(a.fit, b.fit, a.aside, b.aside), seed=seed, progress=session.progress
    )
    moved = decode_all(b.space, found(a.test), progress=session.progress)
    form = b.space.representation
    wanted = scaled(b.items, form)
    error, own = errors(wanted, scaled(moved, form)), errors(wanted, scaled(decode_all(b.space, b.test), form))
    fit, aside, test = gathering.counts
    facts = {
        "items": told(gathering.items, "en"), "n_fit": fit, "n_choose": aside, "n_test": test, "M": float(error.mean()),
        "own": float(own.mean()),
    }  # fmt: skip
    session.progress.say(
        f"A map by {method}, fitted on {fit:,} {facts['items']}, {aside:,} more to choose by: of {test} others the "
        f"error is {facts['M']:.4f}, where {second.name} by itself has {facts['own']:.4f}"
    )
    return SpaceMap(End.of(first, first_space), End.of(second, second_space), found, facts)
