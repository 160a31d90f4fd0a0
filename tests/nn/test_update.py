"""Weights change in one place; a NaN changes nothing."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from trasluz.base.errors import Diverged
from trasluz.nn.update import Update, UpdateConfig


def test_it_is_adam() -> None:
    torch.manual_seed(0)
    ours, theirs = nn.Linear(2, 1), nn.Linear(2, 1)
    theirs.load_state_dict(ours.state_dict())
    update = Update(ours, UpdateConfig(lr=0.1, warmup=0, schedule="constant", clip=0, ema=0), 10)
    adam = torch.optim.Adam(theirs.parameters(), lr=0.1, betas=(0.9, 0.99))
    for k in range(5):
        x = torch.randn(4, 2)
        update.apply(ours(x).square().mean(), k)
        adam.zero_grad()
        theirs(x).square().mean().backward()
        adam.step()
    assert torch.allclose(ours.weight, theirs.weight, atol=1e-6)


def test_the_rate_warms_up_and_falls_to_its_floor() -> None:
    update = Update(nn.Linear(1, 1), UpdateConfig(lr=1e-2, warmup=10, floor=0.1), 110)
    assert update.rate(0) == pytest.approx(1e-3)
    assert update.rate(9) == update.rate(10) == pytest.approx(1e-2)
    assert update.rate(60) == pytest.approx(1e-2 * (0.1 + 0.9 * 0.5))
    assert update.rate(110) == pytest.approx(1e-3)


def test_a_long_gradient_is_cut_to_the_limit() -> None:
    module = nn.Linear(1, 1, bias=False)
    update = Update(module, UpdateConfig(clip=1.0, warmup=0), 10)
    assert update.apply(1000 * module.weight.sum(), 0) == pytest.approx(1000)
    assert float(module.weight.grad.norm()) == pytest.approx(1.0)  # type: ignore[union-attr]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nothing_is_touched_by_a_nan(bad: float) -> None:
    module = nn.Linear(2, 2)
    update = Update(module, UpdateConfig(), 10)
    before = {k: v.clone() for k, v in update.state("u").items()}
    with pytest.raises(Diverged, match="step 3"):
        update.apply(module(torch.ones(1, 2)).sum() * bad, 3)
    assert all(torch.equal(before[k], v) for k, v in update.state("u").items())


def test_the_average_follows() -> None:
    module = nn.Linear(1, 1, bias=False)
    update = Update(module, UpdateConfig(lr=0.1, warmup=0, ema=0.9), 1000)
    for k in range(300):
        update.apply((module.weight - 1).square().sum(), k)
    assert float(update.average.weight) == pytest.approx(1.0, abs=0.02)
    assert not update.average.weight.requires_grad
