"""How widely a prior spreads: known priors -> known numbers, found once, and never mistaken for another's."""

from __future__ import annotations

from typing import Any, final

import pytest
import torch
from torch import Tensor

from trasluz import wrap
from trasluz.base import rng
from trasluz.lab.judging.measures import from_prior
from trasluz.spaces import registry, spread
from trasluz.spaces.prior import Prior
from trasluz.spaces.space import LatentSpace
from trasluz.spaces.spread import spread_of


class Silent(Prior):
    """N(centre, scale²) on three numbers, which counts its draws and says nothing of its numbers."""

    method = "counted"
    shape = (3,)

    def __init__(self, centre: float, scale: float) -> None:
        self.centre, self.scale, self.drawn = centre, scale, 0

    @property
    def mean(self) -> Tensor:
        return torch.full((3,), self.centre)

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Tensor:
        self.drawn += n
        return self.centre + self.scale * rng.normal(n, (3,), seed, "counted", start=start)


@final
class Counted(Silent):
    """The same, which says them, so that its identity tells it from others."""

    def dump(self) -> dict[str, Any]:
        return {"centre": self.centre, "scale": self.scale}


def space_with(prior: Prior) -> LatentSpace:
    return wrap(lambda z: z[:, :, None, None].expand(-1, 3, 4, 4).sigmoid(), (3,), prior=prior).space()


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "_kept", type(spread._kept)())


def test_it_is_what_the_draws_say() -> None:
    found = spread_of(space_with(Counted(5.0, 2.0)))
    assert torch.allclose(found.mean, torch.full((3,), 5.0), atol=0.3)
    assert torch.allclose(found.sigma, torch.full((3,), 2.0), atol=0.2)
    still = spread_of(space_with(Counted(5.0, 0.0)))
    assert (still.sigma > 0).all(), "it is divided by"


def test_a_space_without_a_prior_is_measured_by_the_standard_normal() -> None:
    space = space_with(Counted(5.0, 2.0))
    space.default_prior = None
    found = spread_of(space)
    assert torch.equal(found.mean, torch.zeros(3)) and torch.equal(found.sigma, torch.ones(3))
    assert from_prior(space, torch.tensor([[3.0, 4.0, 0.0]])).tolist() == pytest.approx([(25 / 3) ** 0.5])


def test_draws_are_made_once_for_the_same_prior_opened_twice() -> None:
    first, again, other = Counted(0.0, 1.0), Counted(0.0, 1.0), Counted(0.0, 3.0)
    for prior in (first, again, again):
        spread_of(space_with(prior))
    assert (first.drawn, again.drawn) == (spread.DRAWS, 0)
    assert spread_of(space_with(other)).sigma.min() > 2.5 and other.drawn == spread.DRAWS


def test_priors_that_say_nothing_of_themselves_are_not_taken_for_each_other() -> None:
    narrow, wide = Silent(0.0, 1.0), Silent(0.0, 3.0)
    assert narrow.identity == wide.identity
    assert spread_of(space_with(narrow)).sigma.max() < 1.5 < 2.5 < spread_of(space_with(wide)).sigma.min()


def test_weights_that_change_are_another_prior() -> None:
    gaussian = registry.get("priors", "gaussian")
    codes = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    prior = gaussian.fit(codes, None, gaussian.config_type(), 0, lambda *_: None)
    space = space_with(prior)
    before = spread_of(space).sigma
    for tensor in prior.state().values():
        tensor.mul_(10)
    assert torch.allclose(spread_of(space).sigma, 10 * before, rtol=1e-4)


def test_what_was_found_in_inference_mode_takes_part_in_gradients() -> None:
    space = space_with(Counted(0.0, 1.0))
    with torch.inference_mode():
        spread_of(space)
    z = torch.ones(2, 3, requires_grad=True)
    from_prior(space, z).sum().backward()
    assert z.grad is not None and (z.grad > 0).all()


def test_few_are_kept() -> None:
    for i in range(spread.KEPT + 5):
        spread_of(space_with(Counted(float(i), 1.0)))
    assert len(spread._kept) == spread.KEPT
    oldest, newest = Counted(0.0, 1.0), Counted(float(spread.KEPT + 4), 1.0)
    for prior in (oldest, newest):
        spread_of(space_with(prior))
    assert (oldest.drawn, newest.drawn) == (spread.DRAWS, 0)
