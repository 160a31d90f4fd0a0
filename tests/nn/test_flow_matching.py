"""Known velocity, known answer."""

from __future__ import annotations

import pytest
import torch

from trasluz.nn.flow_matching import VectorField, integrate, interpolant, matching_loss, skewed_times, time_features


def test_the_path_is_straight_and_its_velocity_is_its_slope() -> None:
    x, eps = torch.tensor([[4.0, 2.0]]), torch.tensor([[0.0, -2.0]])
    half, slope = interpolant(x, eps, torch.tensor([0.5]))
    assert torch.equal(half, torch.tensor([[2.0, 0.0]]))
    assert torch.equal(slope, torch.tensor([[4.0, 4.0]]))


def test_the_true_velocity_has_no_loss() -> None:
    x, eps, t = torch.randn(5, 3), torch.randn(5, 3), torch.rand(5)
    assert float(matching_loss(lambda x_t, t: x - eps, x, eps, t)) == 0


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("heun", 2)])
def test_the_error_shrinks_by_the_order_of_the_solver(solver: str, order: int) -> None:
    def error(steps: int) -> float:
        # dx/dt = x from 1 gives e.
        return float(
            (integrate(lambda x, t: x, torch.ones(1, 1, dtype=torch.float64), 0, 1, steps, solver) - torch.e).abs()
        )

    assert error(40) / error(80) == pytest.approx(2**order, rel=0.1)


def test_backwards_undoes_forwards() -> None:
    start = torch.randn(4, 2)

    def v(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return torch.sin(x) + t[:, None]

    there = integrate(v, start, 0.0, 1.0, 100)
    assert torch.allclose(integrate(v, there, 1.0, 0.0, 100), start, atol=1e-4)


def test_skewed_times_stay_in_place_at_the_ends_and_lean_towards_noise() -> None:
    u = torch.linspace(0, 1, 11)
    assert torch.equal(skewed_times(u, 1.0), u)
    t = skewed_times(u, 3.0)
    assert float(t[0]) == 0 and float(t[-1]) == 1 and bool((t[1:-1] < u[1:-1]).all())


def test_time_features_tell_times_apart() -> None:
    f = time_features(torch.tensor([0.0, 0.5, 1.0]), 64)
    assert f.shape == (3, 64)
    assert float((f[0] - f[1]).norm()) > 1 and float((f[1] - f[2]).norm()) > 1


def test_a_fresh_field_stands_still() -> None:
    field = VectorField(3, 32, 2)
    assert not bool(field(torch.randn(4, 3), torch.rand(4)).any())
