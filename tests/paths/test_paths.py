"""The two rules, found by name, on spaces of every shape."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from trasluz.base.errors import InvalidArgument
from trasluz.spaces import registry
from trasluz.spaces.representation import Pixels
from trasluz.spaces.space import LatentSpace


class Toy(LatentSpace):
    name, kind, representation = "z", "vector", Pixels(1, 4)

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def render(self, z: Any) -> Any:
        return z


RULES = ["linear", "spherical"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", [(3,), (64,), (4, 8, 8)])
@pytest.mark.parametrize("loop", [False, True])
def test_a_walk_through_three_points(rule: str, shape: tuple[int, ...], loop: bool):
    points = torch.randn(3, *shape, generator=torch.Generator().manual_seed(1))
    z = registry.get("paths", rule).through(points, 12, Toy(*shape), loop=loop)
    assert z.shape == (12, *shape) and z.dtype == torch.float32
    assert torch.equal(z[0], points[0])
    assert torch.equal(z[-1], points[-1]) is not loop
    pace = (z[1:] - z[:-1]).flatten(1).norm(dim=1)
    assert pace.max() < 3 * pace.min()


def test_only_the_arc_keeps_away_from_the_origin():
    ends, space = torch.eye(2), Toy(2)
    middles = {r: float(registry.get("paths", r).through(ends, 3, space)[1].norm()) for r in RULES}
    assert middles == pytest.approx({"linear": 0.5**0.5, "spherical": 1.0})


@pytest.mark.parametrize("rule", RULES)
def test_errors_are_one_clear_line(rule: str):
    through = registry.get("paths", rule).through
    with pytest.raises(InvalidArgument, match="two points or more: got 1"):
        through(torch.randn(1, 3), 4, Toy(3))
    with pytest.raises(InvalidArgument, match="got 2; allowed: 3 or more"):
        through(torch.randn(3, 3), 2, Toy(3))
    with pytest.raises(InvalidArgument, match="another shape"):
        through(torch.randn(3, 4), 5, Toy(3))
