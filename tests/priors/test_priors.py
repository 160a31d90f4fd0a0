"""Priors are fitted to what they were given; what all of them keep to stands in `trasluz.conformance`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.spaces import registry
from trasluz.spaces.prior import Prior
from trasluz.spaces.trainable import Trainable
from trasluz.training.loop import run_in_memory


def runner(trainable: Trainable, steps: int, batches: Callable[[int], Mapping[str, Tensor]], title: str) -> None:
    run_in_memory(trainable, steps, batches, title, 0, SILENT)


def quick(name: str) -> Config:
    kind = registry.get("priors", name).config_type
    small = {"width": 32, "depth": 2, "steps": 30, "batch": 64, "solver_steps": 5}
    return kind.make({k: v for k, v in small.items() if k in kind.model_fields})


def fitted(name: str, mu: Tensor, log_var: Tensor | None = None, **settings: Any) -> Prior:
    return registry.get("priors", name).fit(mu, log_var, quick(name).with_(**settings), 0, runner)


def test_standard_normal_density() -> None:
    normal = registry.get("priors", "normal").open((2,), {}, {})
    density = normal.log_density(torch.zeros(1, 2))
    assert density is not None and float(density) == pytest.approx(-1.8378771)


def test_the_gaussian_has_the_mean_and_covariance_of_the_aggregate_posterior() -> None:
    torch.manual_seed(0)
    mix = torch.tensor([[2.0, 0.0], [1.5, 0.5]])
    mu = torch.randn(20_000, 2) @ mix.T + torch.tensor([3.0, -1.0])
    log_var = torch.full_like(mu, -1.0)
    prior = fitted("gaussian", mu, log_var)
    z = prior.sample(20_000, 0)
    expected = mix @ mix.T + torch.exp(torch.tensor(-1.0)) * torch.eye(2)
    assert torch.allclose(torch.cov(z.T), expected, atol=0.15)
    assert torch.allclose(z.mean(0), torch.tensor([3.0, -1.0]), atol=0.1)
    reference = torch.distributions.MultivariateNormal(
        prior.mean, covariance_matrix=prior.state()["factor"] @ prior.state()["factor"].T
    )
    density = prior.log_density(z[:50])
    assert density is not None and torch.allclose(density, reference.log_prob(z[:50]), atol=1e-3)


def test_the_flow_finds_two_islands_that_a_gaussian_drowns() -> None:
    torch.manual_seed(0)
    side = torch.randint(0, 2, (2000, 1)) * 2.0 - 1
    mu = torch.cat([6 * side + 0.5 * torch.randn(2000, 1), torch.randn(2000, 1)], 1)
    z = fitted("flow", mu, steps=400, width=64).sample(1000, 0)
    drowned = fitted("gaussian", mu).sample(1000, 0)
    between = lambda x: float((x[:, 0].abs() < 3).float().mean())  # noqa: E731
    assert between(z) < 0.05 < 0.3 < between(drowned)
    assert 0.4 < float((z[:, 0] > 0).float().mean()) < 0.6


@pytest.mark.parametrize("name", ["gaussian", "flow"])
def test_too_few_codes_or_too_many_dimensions(name: str) -> None:
    with pytest.raises(InvalidArgument, match="two codes"):
        fitted(name, torch.zeros(1, 3))
    with pytest.raises(InvalidArgument, match="too many dimensions"):
        fitted(name, torch.zeros(2, 5000))


def test_codes_that_are_all_the_same_are_no_flow() -> None:
    with pytest.raises(InvalidArgument, match="codes that differ: got 30 times the same"):
        fitted("flow", torch.ones(30, 3))
    with pytest.raises(InvalidArgument, match="finite"):
        fitted("flow", torch.full((30, 3), torch.nan))
