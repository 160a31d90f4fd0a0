"""Support says where a point is: within what 95 % of the rows are, too far out, or too near the middle."""

from __future__ import annotations

import math
import time

import pytest
import torch
from torch import Tensor

from trasluz.geometry import support as module
from trasluz.geometry.support import FEWEST, UNSUPPORTED, Support

ROWS = 1000


def rows(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def of(known: Tensor, log_var: Tensor | None = None) -> Support:
    found = Support.fit(known, log_var)
    assert found is not None
    return found


def among(support: Support, points: Tensor) -> float:
    """The share of points that are within what 95 % of held-out rows are."""
    return float((support(points) <= 1).double().mean())


@pytest.fixture(scope="module")
def normal() -> Support:
    return of(rows(ROWS, 64))


def test_new_rows_are_within_support_1_in_95_of_100(normal: Support) -> None:
    assert among(normal, rows(2000, 64, 1)) == pytest.approx(0.95, abs=0.02)
    assert float((normal(rows(2000, 64, 1)) > UNSUPPORTED).double().mean()) < 0.01


def test_the_mean_of_many_dimensions_is_like_none_of_the_rows(normal: Support) -> None:
    new = rows(400, 64, 2)
    means = torch.stack([new[i::20].mean(0) for i in range(20)])
    assert float(normal(torch.zeros(1, 64))) > 3 and float(normal(means).min()) > UNSUPPORTED
    shrunk = [float(normal(new * share).median()) for share in (1, 0.75, 0.5, 0.25)]
    assert shrunk == sorted(shrunk) and shrunk[0] < 1 < shrunk[2]


def test_five_sigma_along_one_dimension_are_seen(normal: Support) -> None:
    moved = rows(500, 64, 3)
    moved[torch.arange(500), torch.arange(500) % 64] += 5
    assert among(normal, moved) < 0.25 and float(normal(moved).median()) > 1.25
    leaning = torch.tensor([[1.0, 1.0], [0.1, -0.1]])
    off = rows(500, 2, 3) @ leaning + 5 * leaning[1]
    assert among(of(rows(ROWS, 2) @ leaning), off) < 0.25


def test_too_far_in_every_direction_is_more_and_more(normal: Support) -> None:
    far = [float(normal(rows(100, 64, 5) * share).median()) for share in (1, 1.5, 2, 4)]
    assert far == sorted(far) and far[0] < 1 < UNSUPPORTED < far[1]


def test_in_two_dimensions_the_middle_is_a_place_like_any_other() -> None:
    plane = of(rows(ROWS, 2))
    assert float(plane(torch.zeros(1, 2))) < 1 and among(plane, rows(500, 2, 1)) > 0.9
    ring = torch.nn.functional.normalize(rows(ROWS, 2)) * (1 + 0.05 * rows(ROWS, 1, 1))
    assert float(of(ring)(torch.zeros(1, 2))) > UNSUPPORTED


@pytest.mark.parametrize("d", [2, 8, 64])
@pytest.mark.parametrize("spread", [0.3, 3.0])
def test_a_group_of_one_in_twenty_is_among_whether_sparse_or_dense(d: int, spread: float) -> None:
    where = torch.zeros(d)
    where[0] = 60
    support = of(torch.cat([rows(950, d), where + spread * rows(50, d, 1)]))
    assert among(support, where + spread * rows(300, d, 2)) > 0.6
    assert among(support, rows(300, d, 3)) > 0.9
    between = (rows(300, d, 3) + where + spread * rows(300, d, 2)) / 2
    assert among(support, between) < 0.3 and float(support(between).median()) > 1


def test_scales_of_dimensions_do_not_matter_but_for_rounding(normal: Support) -> None:
    scale, points = torch.logspace(-2, 2, 64), 1.2 * rows(200, 64, 6)
    assert torch.allclose(of(rows(ROWS, 64) * scale)(points * scale), normal(points), rtol=0.02, atol=0.02)


def test_rows_that_stand_twice_count_once() -> None:
    points = rows(200, 8, 1)
    assert torch.equal(of(rows(300, 8).repeat(3, 1))(points), of(rows(300, 8))(points))
    half = of(torch.cat([rows(300, 8), rows(1, 8, 2).repeat(300, 1)]))
    assert among(half, points) > 0.88


def test_a_row_is_what_it_was_when_it_was_held_out() -> None:
    for n, d in ((40, 64), (100, 512), (300, 700)):
        known = rows(n, d)
        support = of(known)
        assert 0.9 <= among(support, known) <= 1
        assert torch.equal(support(known[:5]), support(known)[:5])


@pytest.mark.parametrize(("n", "d"), [(40, 64), (100, 64), (200, 3000)])
def test_fewer_rows_than_dimensions(n: int, d: int) -> None:
    new = [among(of(rows(n, d, seed)), rows(100, d, 100 + seed)) for seed in range(4)]
    assert sum(new) / 4 > 0.85
    support = of(rows(n, d))
    assert float(support(torch.zeros(1, d))) > UNSUPPORTED and float(support(3 * rows(50, d, 9)).min()) > UNSUPPORTED


def test_too_few_rows_give_no_verdict() -> None:
    assert Support.fit(rows(FEWEST - 1, 4)) is None
    assert Support.fit(rows(FEWEST - 1, 4).repeat(50, 1)) is None
    assert Support.fit(torch.ones(500, 4)) is None
    assert Support.fit(rows(0, 4)) is None
    assert Support.fit(torch.full((50, 4), torch.nan)) is None
    assert Support.fit(rows(FEWEST, 4)) is not None


def test_dimensions_that_a_posterior_leaves_to_the_prior() -> None:
    """Half of the dimensions hold nothing: means are next to 0 there, draws as wide as the prior. Both are items."""
    mu, log_var = rows(ROWS, 32), torch.full((ROWS, 32), -4.0)
    mu[:, 16:] *= 0.02
    log_var[:, 16:] = 0
    support, means = of(mu, log_var), rows(500, 32, 1)
    means[:, 16:] *= 0.02
    draws = means + (0.5 * log_var[:500]).exp() * rows(500, 32, 2)
    assert among(support, means) > 0.92 and among(support, draws) > 0.92 and among(support, rows(500, 32, 3)) > 0.9
    assert among(support, (means + draws) / 2) > 0.92
    assert among(support, 0.3 * means) < 0.1 and float(support(torch.zeros(1, 32))) > UNSUPPORTED
    out = means.clone()
    out[:, 20] += 6
    assert among(support, out) < 0.05


def test_a_dimension_without_any_spread_may_not_be_left() -> None:
    known, new = rows(ROWS, 8), rows(200, 8, 1)
    known[:, 4:], new[:, 4:] = 2.5, 2.5
    support = of(known)
    assert among(support, new) > 0.9
    new[:, 5] += 0.5
    assert float(support(new).min()) > UNSUPPORTED


def test_what_is_no_number_is_infinitely_far_and_nothing_is_nothing(normal: Support) -> None:
    points = rows(3, 64)
    points[1, 7] = torch.nan
    found = normal(points)
    assert found[1] == math.inf and bool(found[[0, 2]].isfinite().all())
    assert normal(points[:0]).shape == (0,) and normal(points.double()).dtype == torch.float32


def test_a_point_is_judged_alone_as_with_others_and_every_time_alike(normal: Support) -> None:
    points = rows(50, 64, 7)
    assert torch.allclose(torch.cat([normal(p[None]) for p in points]), normal(points), atol=1e-4)
    assert torch.equal(of(rows(ROWS, 64))(points), normal(points))


def test_the_share_of_held_out_rows_beyond(normal: Support) -> None:
    new = rows(500, 64, 8)
    assert float(normal.beyond(new).median()) == pytest.approx(0.5, abs=0.08)
    assert float(normal.beyond(torch.zeros(1, 64))) == pytest.approx(1 / (ROWS + 1))
    at_one = new[(normal(new) - 1).abs().argmin()][None]
    assert float(normal.beyond(at_one)) == pytest.approx(0.05, abs=0.015)


def test_more_rows_than_are_compared_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 300)
    assert len(of(rows(ROWS, 4))) == 300
    monkeypatch.setattr(module, "BUDGET", 50 * 40)
    assert len(of(rows(ROWS, 40))) == 50


def test_a_hover_waits_for_nothing(normal: Support) -> None:
    point = rows(1, 64, 9)
    normal(point)
    best = min(_seconds(normal, point) for _ in range(200))
    assert best < 0.005


def _seconds(support: Support, point: Tensor) -> float:
    start = time.perf_counter()
    support(point)
    return time.perf_counter() - start
