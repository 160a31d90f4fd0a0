"""Directions carried from one model to another: where the answer is known, and where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import trasluz as tl
from toys import shapes
from trasluz.base.errors import IdentityMismatch, UnknownName
from trasluz.geometry.moves import moved
from trasluz.lab.work.transferring import carried_aim
from trasluz.spaces import registry
from trasluz.spaces.direction import Aim, Direction
from trasluz.spaces.model import LatentModel
from trasluz.spaces.relocation import Pairs
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
    made = registry.get("relocations", "ridge").of(Pairs(a[:60], b[:60], a[60:], b[60:]), settings={"penalty": 1e-9})
    ends = [End("a", "ia", "z", (5,)), End("b", "ib", "z", (7,))]
    there = carried_aim(aim, SpaceMap(ends[0], ends[1], made))
    one = Direction("d", "a", "ia", "z", basis[0], 1.0, "towards", aim=aim)
    other = Direction("d", "b", "ib", "z", torch.eye(7)[0], 1.0, "transfer", aim=there)
    assert torch.allclose(there.basis @ there.basis.T, torch.eye(2), atol=1e-5)
    assert torch.allclose(there.reading @ there.basis.T, torch.eye(2), atol=1e-4)
    for strength in (0.5, 1.0, 2.0):
        before = made(moved(a[:9], [one], [strength]))
        assert torch.allclose(moved(made(a[:9]), [other], [strength]), before, atol=1e-3)


@pytest.fixture(scope="module")
def data() -> Any:
    return shapes(700, SIZE)


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
    models: dict[str, LatentModel], data: Any, tmp_path: Path
) -> None:
    told: dict[str, Any] = {"data": data, "workspace": tmp_path}
    arrow = tl.find(models["plain"], target=target_of(data), method="towards", **told)[0]
    found = tl.transfer_direction(arrow, source=models["plain"], to=models["turned"], n=300, **told)
    assert found.direction.aim is not None and found.direction.model == "turned"
    assert found.reached is not None and found.reached_natively is not None, "the target can be read"
    assert abs(found.reached.value - found.reached_natively.value) <= 0.15
    assert len(found.by_chance) == 4 and "carr" in found.sentence()
    facts = found.facts_of()
    assert {"carries_over", "p", "reached", "native", "shuffled", "kept"} <= set(facts)
    [path] = found.keep(workspace=tmp_path)
    assert tl.show_direction(found.direction.name, workspace=tmp_path).details["from"] == "plain"
    assert path.exists()


def test_a_direction_of_another_model_is_refused(models: dict[str, LatentModel], data: Any, tmp_path: Path) -> None:
    told: dict[str, Any] = {"data": data, "workspace": tmp_path}
    arrow = tl.find(models["plain"], target=target_of(data), method="means", measured=False, **told)[0]
    with pytest.raises(IdentityMismatch, match="belongs to another model"):
        tl.transfer_direction(arrow, source=models["turned"], to=models["plain"], **told)
    with pytest.raises(UnknownName):
        tl.transfer_direction("nothing", source=models["plain"], to=models["turned"], **told)
