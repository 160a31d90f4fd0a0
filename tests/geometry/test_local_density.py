"""Draws near points are spread as the data are, and the reach says how far apart rows lie."""

from __future__ import annotations

import pytest
import torch

from trasluz.base.errors import InvalidArgument
from trasluz.geometry.local_density import SPREAD, draw_near, draws_near, reach


def rows(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_draws_have_the_covariance_of_the_neighbours_but_for_what_is_shrunk():
    spread = torch.tensor([3.0, 1.0, 0.1])
    turn = torch.linalg.qr(rows(3, 3, 1)).Q
    near = rows(200, 3) * spread @ turn
    made = torch.stack([draw_near(torch.ones(3), near, 0, i) for i in range(4000)])
    assert torch.allclose(made.mean(0), torch.ones(3), atol=0.15)
    wanted = torch.cov(near.T)
    wanted = SPREAD**2 * (0.9 * wanted + 0.1 * wanted.diagonal().diag())
    assert float((torch.cov(made.T) - wanted).norm() / wanted.norm()) < 0.1


def test_draw_i_is_a_function_of_seed_and_i():
    x = rows(60, 8)
    whole = draws_near(x[:10], x, 3)
    assert torch.equal(draws_near(x[4:7], x, 3, start=4), whole[4:7])
    assert not torch.equal(draws_near(x[:10], x, 4), whole)
    assert torch.equal(draws_near(x[:10], x, 3, scale=0), x[:10])


def test_more_dimensions_than_fit_a_matrix():
    x = rows(30, 20_000)
    made = draws_near(x[:2], x, 0)
    assert made.shape == (2, 20_000) and bool(made.isfinite().all())


def test_one_row_says_nothing_of_a_spread():
    with pytest.raises(InvalidArgument, match="two rows"):
        draw_near(torch.zeros(3), torch.zeros(1, 3), 0, 0)


def test_reach_where_rows_lie_on_each_other():
    assert reach(torch.zeros(10, 3)) == 1 and reach(torch.zeros(1, 3)) == 1
    twins = torch.cat([torch.zeros(99, 2), torch.tensor([[3.0, 4.0]])])
    assert reach(twins) == pytest.approx(5)
