"""Moving along several directions at once."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.geometry.moves import moved
from trasluz.geometry.separation import auc, hyperplane
from trasluz.spaces.direction import Aim, Direction


def along(*numbers: float, sigma: float = 1.0, name: str = "d") -> Direction:
    v = torch.tensor(numbers, dtype=torch.float32)
    return Direction(name, "m", "m-1", "z", v / v.norm(), sigma, "means")


def test_one_direction_moves_by_its_unit() -> None:
    z = moved(torch.zeros(2, 3), [along(0, 1, 0, sigma=0.5)], [3.0])
    assert torch.allclose(z, torch.tensor([[0.0, 1.5, 0], [0, 1.5, 0]]))


def test_two_that_lean_on_each_other_each_get_what_was_asked() -> None:
    a, b = along(1, 0, 0), along(1, 1, 0, sigma=2.0)
    z = moved(torch.zeros(1, 3), [a, b], [1.0, -1.0])
    assert float(z[0] @ a.vector) == pytest.approx(1, abs=1e-5)
    assert float(z[0] @ b.vector) == pytest.approx(-2, abs=1e-5)


def test_each_item_may_go_its_own_way() -> None:
    z = moved(torch.zeros(3, 3), [along(1, 0, 0)], [torch.tensor([0.0, 1, 2])])
    assert z[:, 0].tolist() == [0, 1, 2]


def test_opposites_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="undo each other"):
        moved(torch.zeros(1, 3), [along(1, 0, 0, name="up"), along(-1, 0, 0, name="down")], [1.0, 1.0])
    with pytest.raises(InvalidArgument, match="undo each other"):
        moved(torch.zeros(1, 3), [along(1, 0, 0), along(1, 0.03, 0)], [2.0, -2.0])
    near = moved(torch.zeros(1, 3), [along(1, 0, 0), along(1, 0.03, 0)], [2.0, 2.0])
    assert float(near.norm()) < 4.1, "alike is no trouble where both want the same"
    with pytest.raises(InvalidArgument, match="another shape"):
        moved(torch.zeros(1, 4), [along(1, 0, 0)], [1.0])


def aimed() -> Direction:
    eye = torch.eye(3)[:1]
    aim = Aim(basis=eye, reading=eye, offset=torch.tensor([0.5]), goal=torch.tensor([2.0]))
    return Direction("to", "m", "m-1", "z", torch.eye(3)[0], 1.0, "towards", aim=aim, target="c=x")


def test_an_aim_is_reached_from_anywhere() -> None:
    z = torch.tensor([[0.0, 1, 2], [9, 1, 2]])
    there = moved(z, [aimed()], [1.0])
    assert torch.allclose(there, torch.tensor([[2.5, 1, 2], [2.5, 1, 2]]))
    assert torch.allclose(moved(z, [aimed(), along(0, 1, 0)], [1.0, 1.0]), there + torch.tensor([0.0, 1, 0]))


def test_a_direction_comes_back_from_json_bit_for_bit() -> None:
    import json

    direction = aimed()
    again = Direction.read(json.loads(json.dumps(direction.dump())), "d.json")
    assert torch.equal(again.vector, direction.vector) and again.aim is not None and direction.aim is not None
    assert torch.equal(again.aim.offset, direction.aim.offset) and again.dump() == direction.dump()


@pytest.mark.parametrize(
    "harm",
    [
        {"vector": ["x", 0, 0]}, {"vector": [float("nan"), 0, 0]}, {"vector": [0, 0, 0]}, {"shape": [4]},
        {"version": 2},
        {"sigma": float("inf")}, {"extra": 1}, {"name": 3}, {"aim": {"goal": [1.0]}},
    ],
)  # fmt: skip
def test_a_damaged_file_is_named(harm: dict[str, object]) -> None:
    with pytest.raises(DamagedFile, match=r"d\.json"):
        Direction.read({**along(1, 0, 0).dump(), **harm}, "d.json")


def test_the_area_under_the_curve_counts_pairs() -> None:
    from sklearn.metrics import roc_auc_score

    draw = torch.Generator().manual_seed(0)
    scores = torch.randint(0, 6, (80,), generator=draw).float()
    y: Tensor = (torch.rand(80, generator=draw) > 0.6).float()
    assert auc(scores, y) == pytest.approx(roc_auc_score(y.numpy(), scores.numpy()))
    assert auc(torch.ones(4), torch.tensor([1.0, 0, 1, 0])) == 0.5


def test_sides_that_can_be_parted_are_parted_without_running_away() -> None:
    x = torch.cat([torch.ones(30, 2), -torch.ones(30, 2)]) + 0.01 * torch.arange(60)[:, None] / 60
    w, b = hyperplane(x, torch.cat([torch.ones(30), torch.zeros(30)]))
    assert bool(torch.isfinite(w).all()) and abs(b) < 10
    assert bool(((x.double() @ w + b > 0) == (torch.arange(60) < 30)).all())
