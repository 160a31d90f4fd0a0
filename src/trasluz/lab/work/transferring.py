"""A direction of one model carried to another by a linear map between their spaces, and whether it does there what it
did here.

A linear map takes a step d to A d, whatever the place. An aim (`towards`: where a value lies in a few dimensions, and
how to read off where an item lies there) is carried as a whole: its dimensions by A, its reading by a map back,
fitted on the same items. The inverse of A would do where A is known well; from few items it makes much of what A hardly
holds.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from trasluz.base import rng
from trasluz.base.errors import InvalidArgument
from trasluz.lab.calls.given import DataLike
from trasluz.lab.calls.session import Session
from trasluz.lab.judging.reaching import Reaching
from trasluz.lab.results.comparison_words import told
from trasluz.lab.results.transferred import Transferred, worth_of
from trasluz.lab.work.pairing import Gathering, gathered
from trasluz.lab.work.search import Search
from trasluz.spaces import registry
from trasluz.spaces.direction import Aim, Direction
from trasluz.spaces.model import LatentModel
from trasluz.spaces.relocation import Pairs
from trasluz.spaces.shares import Reported
from trasluz.spaces.space_map import End, SpaceMap

SHUFFLED = 19
"""Maps of shuffled pairs that the direction is carried by, to see what chance does: the true one has to do better than
all of them, which by chance alone it does one time in twenty."""

LEFT = 1e-3
"""Of a step of an aim, what has to be left on the way there and back to make anything of it."""

LOST = "aim_lost"
"""Among the details of a direction: it had an aim, of which the map left nothing, and was carried as a plain one."""


def transferred(
    direction: Direction, first: LatentModel, second: LatentModel, session: Session, *, to_space: str | None,
    data: DataLike, n: int, name: str | None, seed: int,
) -> Transferred:  # fmt: skip
    """The direction in the second model's space, measured there, beside the native one and ones carried by chance.

    Raises:
        InvalidArgument: the map takes it to nothing.
        NotInvertible: no item is known to both models.
    """
    here, there = first.space(direction.space), second.space(to_space)
    gathering = gathered(
        (first, second),
        session,
        spaces=(here.name, there.name),
        data=data,
        support=None,
        n_fit=n,
        n_test=100,
        seed=seed,
    )
    for note in gathering.notes:
        session.progress.say(told(note, "en"))
    search = Search(second, session, there.name, data=data, seed=seed)
    called = name or f"{direction.name}-from-{first.name}"
    return judged(direction, gathering, search, name=called, seed=seed)


def judged(direction: Direction, gathering: Gathering, search: Search, *, name: str, seed: int) -> Transferred:
    """The same from items that are gathered already, and the search that measures in the second model.

    Raises:
        InvalidArgument: the map takes it to nothing.
    """
    first, second = (side.model for side in gathering.sides)
    there = gathering.sides[1].space.name
    native = None
    if direction.target is not None and search.rows(required=False) is not None:
        try:
            [native] = search.find(None, direction.target, None, None, None, None, count=1, measured=True)
        except InvalidArgument as error:
            search.progress.say(f"No direction of {second.name}'s own beside it: {error.sentence()}")
    carried = _carried(direction, _maps(gathering, None, seed), second, there, name, search)
    if LOST in carried.details:
        search.progress.say(
            f"Nothing is left of where {direction.name} aims at on the way to {second.name} and back: it goes as a "
            "plain direction. Either that model does not hold it, or more items are needed (-n)"
        )
    [carried] = search.with_effects([carried])
    by_chance = list[Reported]()
    mine = None if carried.measured is None else carried.measured.reported
    if mine is not None and mine.reached is not None:
        by_chance = _by_chance(direction, gathering, search, worth_of(mine), seed)
    fit, aside, _ = gathering.counts
    facts = {"items": told(gathering.items, "en"), "n_fit": fit, "n_choose": aside, "map": "ridge"}
    return Transferred(direction, carried, native, tuple(by_chance), first.name, second.name, facts)


def _by_chance(direction: Direction, gathering: Gathering, search: Search, worth: float, seed: int) -> list[Reported]:
    """What maps of shuffled pairs do, until one does as well as the true one: then nothing more is to be learned (Besag
    & Clifford 1991)."""
    second, out = gathering.sides[1], list[Reported]()
    reader = search.reader()
    if reader is None or direction.target is None:
        return out
    reaching = Reaching(direction.target, second.space, search.held(), reader, search.seed)
    with search.progress.task("Carrying it by maps of shuffled pairs", SHUFFLED) as step:
        for k in range(SHUFFLED):
            maps = _maps(gathering, k, seed)
            try:
                one = _carried(direction, maps, second.model, second.space.name, direction.name, search)
            except InvalidArgument:  # it is taken to nothing, and nothing moves
                out.append(reaching.still())
            else:
                out.append(reaching(one))
            step(1)
            if worth_of(out[-1]) >= worth:
                break
    return out


def _maps(gathering: Gathering, shuffled: int | None, seed: int) -> tuple[SpaceMap, SpaceMap]:
    """Linear maps there and back, of true pairs or of the k-th shuffling of them."""
    a, b = gathering.sides
    target, aside = b.fit, b.aside
    if shuffled is not None:
        draw = rng.generator(seed, f"shuffled pairs {shuffled}")
        target = target[torch.randperm(len(target), generator=draw)]
        aside = aside[torch.randperm(len(aside), generator=draw)]
    how, ends = registry.get("relocations", "ridge"), [End.of(side.model, side.space.name) for side in (a, b)]
    there = how.of(Pairs(a.fit, target, a.aside, aside), seed=seed)
    back = how.of(Pairs(target, a.fit, aside, a.aside), seed=seed)
    return SpaceMap(ends[0], ends[1], there), SpaceMap(ends[1], ends[0], back)


def _carried(
    direction: Direction, maps: tuple[SpaceMap, SpaceMap], second: LatentModel, space: str, name: str, search: Search
) -> Direction:
    vector = maps[0].relocation.carry(direction.vector)
    length = float(vector.norm())
    if length < 1e-12:
        raise InvalidArgument(
            "the map takes this direction to nothing", got=direction.name, next="The second model does not hold it"
        )
    vector = vector / length
    aim = None if direction.aim is None else carried_aim(direction.aim, *maps)
    return replace(
        direction, name=name, model=second.name, model_identity=second.owner(space), space=space, vector=vector,
        sigma=search.sigma(vector), method="transfer", aim=aim, measured=None, against=(), settings={},
        details={"from": direction.model, "from_identity": direction.model_identity, "from_space": direction.space,
                 "from_method": direction.method, "learned": None, "tested": "carried over from another model",
                 **({LOST: True} if aim is None and direction.aim is not None else {})},
    )  # fmt: skip


def carried_aim(aim: Aim, there: SpaceMap, back: SpaceMap) -> Aim | None:
    """An aim in the second space.

    With rows, z₂ = z₁ M + b there and z₁ = z₂ N + c back. A step of c in the first aim's dimensions B is one of
    c B M = c L Q, Q with orthonormal rows; the reading R z₁ - o is R Nᵀ z₂ + R c - o. Of a step there it makes
    G = R Nᵀ (B M)ᵀ, which is less than 1 where either map is held down by its penalty: all is divided by G, so that the
    whole way is the whole way, and counted along Q.

    None where nothing is left of one of the aim's dimensions on the way there and back.
    """
    m, n, c = there.matrix()[0].double(), *(part.double() for part in back.matrix())
    basis, reading = aim.basis.double().flatten(1), aim.reading.double().flatten(1)
    steps, read = basis @ m, reading @ n.T
    q, r = torch.linalg.qr(steps.T)
    gain = read @ steps.T
    if not float(torch.linalg.svdvals(gain)[-1]) > LEFT:
        return None
    along = r @ torch.linalg.inv(gain)
    shape = (len(aim.goal), *there.target.shape)
    parts = (q.T.reshape(shape), (along @ read).reshape(shape), along @ (aim.offset.double() - reading @ c),
             along @ aim.goal.double())  # fmt: skip
    return Aim(*(part.float().contiguous() for part in parts))
