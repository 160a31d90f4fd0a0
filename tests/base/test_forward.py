"""Derivatives in forward mode: what they are, and that threads do not disturb each other's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from trasluz.base.forward import jvp

MATRIX = torch.linspace(-1, 1, 2500).reshape(50, 50)


def bent(z: torch.Tensor) -> torch.Tensor:
    return torch.tanh(z @ MATRIX).sin()


def test_a_product_with_the_jacobian_is_what_calculus_says():
    value, pushed = jvp(lambda z: z**3, torch.tensor([2.0, -1.0]), torch.tensor([1.0, 0.5]))
    assert value.tolist() == [8, -1] and pushed.tolist() == [12, 1.5]
    assert not value.requires_grad and not pushed.requires_grad


def test_many_threads_take_derivatives_at_once_and_all_are_right():
    """Without a lock most of these fail: torch counts levels of forward mode for the whole process."""

    def right(seed: int) -> bool:
        z, u = torch.randn(2, 3, 50, generator=torch.Generator().manual_seed(seed))
        pushed = jvp(bent, z, u)[1]
        inner = torch.tanh(z @ MATRIX)
        return torch.allclose(pushed, (u @ MATRIX) * (1 - inner**2) * inner.cos(), atol=1e-4)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, range(400)))


def test_after_an_error_the_next_one_is_right():
    def broken(z: torch.Tensor) -> torch.Tensor:
        raise ValueError("no decoder")

    with pytest.raises(ValueError, match="no decoder"):
        jvp(broken, torch.ones(1), torch.ones(1))
    assert jvp(torch.square, torch.ones(1), torch.ones(1))[1].tolist() == [2]
