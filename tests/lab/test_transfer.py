"""Directions carried from one model to another: where the answer is known, and where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import trasluz as tl
from toys import shapes
from trasluz.base.errors import IdentityMismatch, UnknownName
from trasluz.geometry.moves import moved
from trasluz.lab.calls.session import Session
from trasluz.lab.judging.reaching import Reaching
from trasluz.lab.results.transferred import FAILINGS, Transferred
from trasluz.lab.work.pairing import gathered
from trasluz.lab.work.search import Search
from trasluz.lab.work.transferring import SHUFFLED, carried_aim, judged
from trasluz.spaces import registry
from trasluz.spaces.direction import Aim, Direction
from trasluz.spaces.effects import Effects, Verdict
from trasluz.spaces.many import more_than
from trasluz.spaces.model import LatentModel
from trasluz.spaces.relocation import Pairs
from trasluz.spaces.shares import Reported, Share
from trasluz.spaces.space_map import End, SpaceMap

D, SIZE = 12, 16
DRAW = torch.Generator().manual_seed(0)
TURN = torch.linalg.qr(torch.randn(D, D, generator=DRAW)).Q


def test_an_aim_is_carried_whole() -> None:
    """To move and then to relocate is to relocate and then to move, whatever the strength."""
    draw = torch.Generator().manual_seed(1)
    basis = torch.linalg.qr(torch.randn(5, 2, generator=draw)).Q.T.contiguous()
    aim = Aim(basis, basis.clone(), torch.randn(2, generator=draw), torch.randn(2, generator=draw))
    a = torch.randn(80, 5, generator=draw)
    b = a @ torch.randn(5, 7, generator=draw) + 0.3
    exact, ridge = {"penalty": 1e-9}, registry.get("relocations", "ridge")
    made = ridge.of(Pairs(a[:60], b[:60], a[60:], b[60:]), settings=exact)
    back = ridge.of(Pairs(b[:60], a[:60], b[60:], a[60:]), settings=exact)
    ends = [End("a", "ia", "z", (5,)), End("b", "ib", "z", (7,))]
    there = carried_aim(aim, SpaceMap(ends[0], ends[1], made), SpaceMap(ends[1], ends[0], back))
    assert there is not None
    one = Direction("d", "a", "ia", "z", basis[0], 1.0, "towards", aim=aim)
    other = Direction("d", "b", "ib", "z", torch.eye(7)[0], 1.0, "transfer", aim=there)
    assert torch.allclose(there.basis @ there.basis.T, torch.eye(2), atol=1e-5)
    assert torch.allclose(there.reading @ there.basis.T, torch.eye(2), atol=1e-4)
    for strength in (0.5, 1.0, 2.0):
        before = made(moved(a[:9], [one], [strength]))
        assert torch.allclose(moved(made(a[:9]), [other], [strength]), before, atol=1e-3)


def test_an_aim_is_read_where_a_map_from_few_items_takes_it() -> None:
    """Most dimensions hardly vary, and few items say little of them: an inverse of the map would make much of that
    little, and read places at random. A map back that was fitted reads them as they are."""
    draw = torch.Generator().manual_seed(4)
    spread = torch.cat([torch.ones(4), torch.full((36,), 0.02)])
    a = spread * torch.randn(600, 40, generator=draw)
    b = a @ torch.randn(40, 60, generator=draw) / 6 + 0.1 * torch.randn(600, 60, generator=draw)
    few, ridge = slice(0, 30), registry.get("relocations", "ridge")
    there = ridge.of(Pairs(a[few], b[few], a[30:60], b[30:60]))
    back = ridge.of(Pairs(b[few], a[few], b[30:60], a[30:60]))
    ends = [End("a", "ia", "z", (40,)), End("b", "ib", "z", (60,))]
    vector = torch.zeros(1, 40)
    vector[0, 0] = 1.0
    reading = vector + 0.5 * torch.randn(1, 40, generator=draw) * (torch.arange(40) >= 4)
    aim = Aim(vector, reading, torch.zeros(1), torch.ones(1))
    carried = carried_aim(aim, SpaceMap(ends[0], ends[1], there), SpaceMap(ends[1], ends[0], back))
    assert carried is not None
    places = (a[60:] @ reading.T)[:, 0]
    read = (b[60:] @ carried.reading.T)[:, 0] - carried.offset
    assert abs(float(torch.corrcoef(torch.stack([places, read]))[0, 1])) > 0.95
    inverse = reading @ torch.linalg.pinv(SpaceMap(ends[0], ends[1], there).matrix()[0]).T.float()
    at_random = (b[60:] @ inverse.T)[:, 0]
    assert abs(float(torch.corrcoef(torch.stack([places, at_random]))[0, 1])) < 0.5


def test_an_aim_of_which_nothing_is_left_is_lost() -> None:
    """Pairs that do not belong together: the penalty takes both maps to nothing."""
    draw = torch.Generator().manual_seed(5)
    a, b = torch.randn(80, 6, generator=draw), torch.randn(80, 6, generator=draw)
    heavy, ridge = {"penalty": 1e6}, registry.get("relocations", "ridge")
    there, back = (ridge.of(Pairs(x[:60], y[:60], x[60:], y[60:]), settings=heavy) for x, y in ((a, b), (b, a)))
    ends = [End("a", "ia", "z", (6,)), End("b", "ib", "z", (6,))]
    basis = torch.eye(6)[:2]
    aim = Aim(basis, basis, torch.zeros(2), torch.ones(2))
    assert carried_aim(aim, SpaceMap(ends[0], ends[1], there), SpaceMap(ends[1], ends[0], back)) is None


@pytest.fixture(scope="module")
def data() -> Any:
    return shapes(700, SIZE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workspace for all: what reads the pictures is trained once."""
    return tmp_path_factory.mktemp("carried")


@pytest.fixture(scope="module")
def models(data: Any) -> dict[str, LatentModel]:
    """Principal components of the pictures; the same turned and scaled; and one that knows other pictures alone."""
    flat = data.tensor(slice(None)).flatten(1)
    mean = flat.mean(0)
    columns = torch.linalg.svd(flat - mean, full_matrices=False)[2][:D].T.contiguous()
    noise = torch.linalg.qr(torch.randn(columns.shape, generator=torch.Generator().manual_seed(3))).Q

    def model(name: str, there: Tensor, held: Tensor) -> LatentModel:
        back = torch.linalg.inv(there)

        def decode(z: Tensor) -> Tensor:
            return (z @ back @ held.T + mean).reshape(len(z), 3, SIZE, SIZE)

        def encode(x: Tensor) -> Tensor:
            return (x.flatten(1) - mean) @ held @ there

        weights = {"there": there, "held": held, "mean": mean}
        return tl.wrap(decode, (D,), encode=encode, name=name, identity=name, weights=weights)

    return {
        "plain": model("plain", torch.eye(D), columns),
        "turned": model("turned", 2 * TURN, columns),
        "other": model("other", torch.eye(D), noise),
    }


def target_of(data: Any) -> str:
    column = next(name for name in data.columns if 2 <= data.typed(name).distinct <= 4)
    return f"{column}={data.typed(column).values[0]}"


def test_a_direction_carries_over_to_the_same_space_turned(
    models: dict[str, LatentModel], data: Any, place: Path
) -> None:
    told: dict[str, Any] = {"data": data, "workspace": place}
    arrow = tl.find(models["plain"], target=target_of(data), method="towards", **told)[0]
    found = tl.transfer_direction(arrow, source=models["plain"], to=models["turned"], n=300, **told)
    assert found.direction.aim is not None and found.direction.model == "turned"
    assert found.reached is not None and found.reached_natively is not None, "the target can be read"
    assert abs(found.reached.value - found.reached_natively.value) <= 0.15
    assert 1 <= len(found.by_chance) <= SHUFFLED and "carr" in found.sentence()
    facts = found.facts_of()
    assert {"carries_over", "failing", "p", "reached", "native", "shuffled", "random", "kept"} <= set(facts)
    [path] = found.keep(workspace=place)
    assert tl.show_direction(found.direction.name, workspace=place).details["from"] == "plain"
    assert path.exists()


def test_nothing_carries_over_by_pairs_that_do_not_belong_together(
    models: dict[str, LatentModel], data: Any, place: Path
) -> None:
    """Both models hold what is carried; the map alone is wrong."""
    arrow = tl.find(models["plain"], target=target_of(data), method="towards", data=data, workspace=place)[0]
    session = Session.of(workspace=place)
    pair = (models["plain"], models["turned"])
    told: dict[str, Any] = {"spaces": ("z", "z"), "data": data, "support": None, "n_fit": 300, "n_test": 50, "seed": 0}
    here, there = gathered(pair, session, **told).sides
    draw = torch.Generator().manual_seed(8)
    mixed = replace(there, fit=there.fit[torch.randperm(len(there.fit), generator=draw)])
    found = judged(
        arrow, replace(gathered(pair, session, **told), sides=(here, mixed)),
        Search(models["turned"], session, "z", data=data), name="d", seed=0,
    )  # fmt: skip
    assert found.carries_over is False and found.failing
    assert found.native is not None and found.native.measured is not None, "its own is measured beside it all the same"


def test_a_direction_of_another_model_is_refused(models: dict[str, LatentModel], data: Any, place: Path) -> None:
    told: dict[str, Any] = {"data": data, "workspace": place}
    arrow = tl.find(models["plain"], target=target_of(data), method="means", measured=False, **told)[0]
    with pytest.raises(IdentityMismatch, match="belongs to another model"):
        tl.transfer_direction(arrow, source=models["turned"], to=models["plain"], **told)
    with pytest.raises(UnknownName):
        tl.transfer_direction("nothing", source=models["plain"], to=models["turned"], **told)


def test_chance_is_measured_as_the_direction_itself_is(models: dict[str, LatentModel], data: Any, place: Path) -> None:
    """What is told of a direction carried by a shuffled map is what `measure` would tell of it."""
    target = target_of(data)
    arrow = tl.find(models["plain"], target=target, method="means", data=data, workspace=place)[0]
    search = Search(models["plain"], Session.of(workspace=place), "z", data=data)
    reader = search.reader()
    assert reader is not None and arrow.measured is not None
    reaching = Reaching(target, models["plain"].space(), search.held(), reader, seed=0)
    assert reaching(replace(arrow, measured=None)) == search.with_effects([arrow])[0].measured.reported  # type: ignore[union-attr]
    still = reaching.still()
    assert still.reached == still.unmoved and not any(loss[0] for loss in still.lost.values())


def reported(reached: int, *, loss: float = 0.02, kept: float = 0.95) -> Reported:
    changes = {"colour": reached / 100, "size": 1 - kept}
    share, unmoved = Share.of(reached, 100), Share.of(5, 100)
    return Reported(changes, {"size": (loss, 0.0, 1.0)}, reached=share, unmoved=unmoved, kept=kept)


def arrow_that(found: Reported, *, random: float = 0.1, verdict: Verdict = Verdict.WORKS) -> Direction:
    """A direction to a colour of which this is told."""
    share = 0.0 if found.reached is None else found.reached.value
    measured = Effects(
        100, (0.0, 1.0), usual=1.0, changes={"colour": (0.0, share)}, reached=(0.05, share),
        reached_by_chance=random, reported=found, verdict=verdict,
    )  # fmt: skip
    return Direction("red", "a", "i", "z", torch.eye(3)[0], 1.0, "means", target="colour=red", measured=measured)


def carried(
    ours: Reported, by_chance: list[int], *, native: Reported | None = None, random: float = 0.1,
    here: Verdict = Verdict.WORKS,
) -> Transferred:  # fmt: skip
    return Transferred(
        arrow_that(reported(95), verdict=here), arrow_that(ours, random=random),
        None if native is None else arrow_that(native), tuple(map(reported, by_chance)), "first", "second",
    )  # fmt: skip


def test_what_carries_over_beats_every_shuffled_map() -> None:
    found = carried(reported(90), [10] * SHUFFLED, native=reported(95))
    assert found.carries_over and found.failing == () and found.p == pytest.approx(0.05)
    assert "carries over:" in found.sentence() and "19 maps" in found.sentence()


def test_one_shuffled_map_that_does_as_well_is_enough_to_doubt() -> None:
    """Items that one map moves go along with each other. Counted one by one, as if they were a sample of what maps do,
    they would have said p < 1e-6 here."""
    found = carried(reported(90), [95, 5, 5, 5], native=reported(95))
    assert more_than(0.9, 100, 0.275, 400) < 1e-6
    assert found.carries_over is False and found.failing == ("chance",) and found.p == pytest.approx(0.25)
    assert FAILINGS["chance"] in found.sentence()


def test_each_part_of_the_certificate_is_asked_for() -> None:
    few = [1] * SHUFFLED
    assert carried(reported(60), few, native=reported(95)).failing == ("native",)
    assert carried(reported(60), few).failing == (), "without one of its own there is nothing to compare with"
    assert carried(reported(90, loss=0.6, kept=0.3), few, native=reported(95)).failing == ("rest",)
    assert carried(reported(90, loss=0.6, kept=0.3), few, native=reported(95, loss=0.6, kept=0.3)).failing == ()
    assert carried(reported(18), few, native=reported(20)).failing == ("little",)
    assert carried(reported(90), few, here=Verdict.HARDLY).failing == ("here",)


def test_to_turn_everything_into_one_thing_is_worth_little() -> None:
    """A shuffled map that reaches more at the price of all else has not done as well."""
    broad = Reported({}, {"size": (0.9, 0.8, 1.0)}, reached=Share.of(100, 100), unmoved=Share.of(5, 100), kept=0.1)
    found = replace(carried(reported(90), [5] * SHUFFLED), by_chance=(broad,) * SHUFFLED)
    assert found.carries_over


def test_a_quantity_is_not_certified_and_that_is_said() -> None:
    one = carried(reported(90), [])
    found = replace(one, original=replace(one.original, target="size"), direction=replace(one.direction, measured=None))
    assert found.carries_over is None and "size is a quantity" in found.sentence()
