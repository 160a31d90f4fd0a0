"""Moments and components: the same by every road, and none of them wide."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument
from trasluz.geometry import linear_algebra as la


def cloud(n: int, d: int, seed: int = 0, decay: float = 0.7) -> torch.Tensor:
    """Rows whose variances fall off, in no particular directions, about a mean of 3."""
    g = torch.Generator().manual_seed(seed)
    turn = torch.linalg.qr(torch.randn(d, min(d, 40), generator=g)).Q
    return (torch.randn(n, turn.shape[1], generator=g) * decay ** torch.arange(turn.shape[1])) @ turn.T + 3


def reference(x: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    _, s, v = torch.linalg.svd(x.double() - x.double().mean(0), full_matrices=False)
    return la.oriented(v[:k]), s[:k] ** 2 / (len(x) - 1)


@pytest.mark.parametrize(("n", "d"), [(300, 12), (20, 50), (40, 40)])
def test_components_are_those_of_the_singular_value_decomposition(n: int, d: int):
    x = cloud(n, d)
    found = la.pca(x, 3)
    vectors, variances = reference(x, 3)
    assert torch.allclose(found.vectors, vectors, atol=1e-6)
    assert torch.allclose(found.variances, variances, rtol=1e-6)
    assert found.total == pytest.approx(float(x.double().var(0).sum()), rel=1e-9)


def test_the_road_of_many_rows_leads_to_the_same_place(monkeypatch: pytest.MonkeyPatch):
    x = cloud(500, 30)
    exact = la.pca(x, 4)
    monkeypatch.setattr(la, "LONG", 1)
    found = la.pca(x, 4)
    assert not torch.equal(found.vectors, exact.vectors)
    assert torch.allclose(found.vectors, exact.vectors, atol=1e-4)
    assert torch.allclose(found.variances, exact.variances, rtol=1e-5)
    assert found.total == pytest.approx(exact.total, rel=1e-5)


def test_the_randomised_road_leads_to_the_same_place(monkeypatch: pytest.MonkeyPatch):
    x = cloud(200, 300)
    exact = la.pca(x, 2)
    monkeypatch.setattr(la, "EXACT", 32)
    found = la.pca(x, 2, seed=1)
    assert not torch.equal(found.vectors, exact.vectors)
    assert torch.allclose(found.vectors, exact.vectors, atol=1e-4)
    assert torch.allclose(found.variances, exact.variances, rtol=1e-5)
    assert torch.equal(found.vectors, la.pca(x, 2, seed=1).vectors)


def test_many_components_of_a_wide_space_make_no_square_matrix_either(monkeypatch: pytest.MonkeyPatch):
    x = cloud(300, 80, decay=0.9)
    exact = la.pca(x, 30)
    monkeypatch.setattr(la, "EXACT", 32)
    monkeypatch.setattr(la, "WIDEST", 64)
    found = la.pca(x, 30)
    assert torch.allclose(found.variances, exact.variances, rtol=1e-3)


def test_a_wide_space_makes_no_square_matrix():
    x = torch.zeros(30, 500_000)  # d × d would take two terabytes
    x[:, 7] = torch.arange(30.0)
    x[:, 400_000] = torch.tensor([1.0, -1.0]).repeat(15)
    found = la.pca(x, 2)
    assert found.vectors[0].argmax() == 7 and found.vectors[1].argmax() == 400_000
    with pytest.raises(InvalidArgument, match="too many dimensions"):
        la.covariance(x)


def test_rows_on_a_line_still_give_a_basis():
    x = torch.arange(6.0)[:, None] * torch.tensor([0.0, 1.0, 0.0])
    found = la.pca(x, 3)
    assert torch.allclose(found.vectors @ found.vectors.T, torch.eye(3).double(), atol=1e-12)
    assert found.variances.tolist() == pytest.approx([3.5, 0, 0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 30), st.integers(2, 30))
def test_vectors_are_orthonormal_and_their_largest_entry_positive(seed: int, n: int, d: int):
    x = torch.randn(n, d, generator=torch.Generator().manual_seed(seed))
    v = la.pca(x, min(d, 5)).vectors
    assert torch.allclose(v @ v.T, torch.eye(len(v)).double(), atol=1e-9)
    assert bool((v.gather(1, v.abs().argmax(1, keepdim=True)) > 0).all())
    assert torch.allclose(v, la.pca(-x, min(d, 5)).vectors, atol=1e-6) or n <= 6


def test_covariance_is_the_textbook_one():
    x = cloud(5000, 6)
    mean, found = la.covariance(x)
    assert torch.allclose(mean, x.double().mean(0))
    assert torch.allclose(found, torch.cov(x.double().T))


def test_nonsense_is_refused():
    with pytest.raises(InvalidArgument, match="two rows"):
        la.pca(torch.ones(1, 3), 1)
    with pytest.raises(InvalidArgument, match="1 to 3"):
        la.pca(torch.randn(5, 3), 4)
