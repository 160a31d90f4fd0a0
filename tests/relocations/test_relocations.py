"""Maps between spaces: the same numbers as other people's code, and the right rung where the answer is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.linalg import orthogonal_procrustes
from sklearn.linear_model import Ridge as SklearnRidge
from torch import Tensor

from trasluz.spaces import registry
from trasluz.spaces.relocation import Pairs


def latents(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed)) * torch.linspace(1.5, 0.4, d)


def turn(d: int) -> Tensor:
    return torch.linalg.qr(torch.randn(d, d, generator=torch.Generator().manual_seed(9))).Q


def paired(a: Tensor, b: Tensor, fit: int = 300, aside: int = 100) -> Pairs:
    return Pairs(a[:fit], b[:fit], a[fit : fit + aside], b[fit : fit + aside])


def error(method: str, pairs: Pairs, a: Tensor, b: Tensor, **settings: object) -> float:
    """On the last 100 items, over their variance."""
    moved = registry.get("relocations", method).of(pairs, settings=settings)(a[-100:])
    return float((moved - b[-100:]).square().mean() / b.var())


@pytest.mark.parametrize(("n", "d"), [(300, 8), (40, 90)], ids=["more items than dimensions", "fewer"])
@pytest.mark.parametrize("bias", [True, False])
def test_ridge_is_that_of_scikit_learn(n: int, d: int, bias: bool) -> None:
    a, b = latents(n + 20, d), latents(n + 20, 5, seed=1) + 0.3
    pairs = paired(a, b, n, 20)
    made = registry.get("relocations", "ridge").of(pairs, settings={"penalty": 0.7, "bias": bias})
    theirs = SklearnRidge(alpha=0.7, fit_intercept=bias).fit(a[:n].double().numpy(), b[:n].double().numpy())
    zero, axes = made(torch.zeros(1, d)), made(torch.eye(d))
    assert np.allclose((axes - zero).numpy().T, theirs.coef_, rtol=2e-5, atol=1e-6)  # as float32 rounds
    assert np.allclose(zero.numpy(), theirs.intercept_ if bias else 0, atol=1e-6)


def test_procrustes_is_that_of_scipy() -> None:
    a, b = latents(200, 6), latents(200, 6, seed=1)
    pairs = paired(a, b, 150, 50)
    made = registry.get("relocations", "procrustes").of(pairs)
    x, y = (z[:150].double() - z[:150].double().mean(0) for z in (a, b))
    turned, nuclear = orthogonal_procrustes(x.numpy(), y.numpy())
    axes = made(torch.eye(6)) - made(torch.zeros(1, 6))
    assert np.allclose(axes.numpy(), turned * nuclear / float(x.square().sum()), atol=1e-6)


BENT: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "the same": (lambda a: a.clone(), "identity"),
    "turned, scaled and moved": (lambda a: 2.5 * a @ turn(6) + 1, "procrustes"),
    "with its dimensions in another order": (lambda a: a[:, [3, 0, 5, 1, 4, 2]], "procrustes"),
    "stretched along its axes": (lambda a: a * torch.tensor([4, 1, 0.5, 2, 0.2, 1]), "ridge"),
    "bent": (lambda a: (torch.cat([a, a[:, :1] * a[:, 1:2], a[:, :1].square()], 1) @ torch.randn(
        8, 6, generator=torch.Generator().manual_seed(4))), "network"),
}  # fmt: skip


@pytest.mark.parametrize(("how", "rung"), BENT.values(), ids=list(BENT))
def test_the_simplest_map_that_does(how: Callable[[Tensor], Tensor], rung: str) -> None:
    """Judged by the latents here; decoded, by the tests of `compare`."""
    a = latents(600, 6)
    b, ladder = how(a), ("identity", "procrustes", "ridge", "network")
    pairs = paired(a, b, 380, 120)
    errors = {name: error(name, pairs, a, b) for name in ladder}
    least = min(errors.values())
    assert next(name for name in ladder if errors[name] < 1.5 * least + 1e-6) == rung, errors


def test_a_map_through_few_dimensions_finds_how_many() -> None:
    a, draw = latents(600, 12), torch.Generator().manual_seed(3)
    b = a @ torch.randn(12, 3, generator=draw) @ torch.randn(3, 10, generator=draw)
    b = b + 0.3 * torch.randn(b.shape, generator=draw)
    made = registry.get("relocations", "reduced-rank").of(paired(a, b, 400, 100))
    assert made.chosen["rank"] == 3


def test_of_full_rank_it_is_the_ridge_regression() -> None:
    a, b = latents(300, 6), latents(300, 4, seed=2)
    pairs = paired(a, b, 200, 50)
    full = registry.get("relocations", "reduced-rank").of(pairs, settings={"rank": 4})
    assert torch.allclose(full(a), registry.get("relocations", "ridge").of(pairs)(a), atol=1e-5)


def test_place_by_place_a_few_pictures_do() -> None:
    draw = torch.Generator().manual_seed(0)
    a, kernel = torch.randn(120, 3, 6, 6, generator=draw), torch.randn(2, 3, 3, 3, generator=draw)
    b = torch.nn.functional.conv2d(a, kernel, padding=1) + 0.4
    pairs = paired(a, b, 12, 8)
    middle = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    moved = registry.get("relocations", "patch-3").of(pairs)(a[-50:])
    assert torch.allclose(moved[middle], b[-50:][middle], atol=0.3)
    assert error("patch-3", pairs, a, b) < 0.01 < error("patch-1", pairs, a, b) < 1
    assert error("ridge", pairs, a, b) > 0.5, "a dense map has a number for each pair of dimensions"


def test_wide_spaces_have_no_matrix_of_all_pairs() -> None:
    a, b = latents(30, 5000), latents(30, 4200, seed=1)
    state = registry.get("relocations", "ridge").of(paired(a, b, 20, 10)).state()
    assert max(part.numel() for part in state.values()) < 5000 * 30
    assert "too large" in str(registry.get("relocations", "procrustes").why_not((5000,), (4200,), 20))


def test_the_closed_form_is_never_worse_than_the_paper_s_recipe() -> None:
    a = latents(500, 8)
    b = a @ turn(8) * 1.5 + 0.2 * latents(500, 8, seed=3)
    pairs = paired(a, b)
    by_steps = error("gradient", pairs, a, b)
    assert error("ridge", pairs, a, b, bias=False) <= by_steps * 1.001
    assert math.isfinite(by_steps) and by_steps < 1
