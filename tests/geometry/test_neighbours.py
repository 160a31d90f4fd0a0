"""Neighbours: what they vote, which of them a map tears away, and what chance does."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trasluz.base.errors import InvalidArgument
from trasluz.geometry.distances import nearest
from trasluz.geometry.neighbours import all_but, kept_by_chance, kept_together, parts_held_out, torn, voted


def points(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_most_neighbours_decide_and_of_equals_the_nearest():
    assert voted(torch.tensor([[2, 1, 1], [4, 0, 9], [-1, 7, 7]])).tolist() == [1, 4, 7]
    assert voted(torch.tensor([[3, 5, 5, 3]])).tolist() == [3]


def test_a_tenth_is_held_out_and_no_row_twice():
    parts = parts_held_out(45, 0, 10)
    rows = torch.cat(parts)
    assert [len(part) for part in parts] == [4] * 10 and len(rows.unique()) == 40 and int(rows.max()) < 45
    assert torch.equal(parts_held_out(45, 0)[0], parts[0]) and not torch.equal(parts_held_out(45, 1)[0], parts[0])
    assert torch.equal(torch.cat([parts[0], all_but(45, parts[0])]).sort().values, torch.arange(45))
    assert [len(part) for part in parts_held_out(30_000, 0, 2)] == [1000, 1000]
    assert [len(part) for part in parts_held_out(2, 0, 10)] == [1, 1] and parts_held_out(0, 0) == []


def test_a_map_that_is_the_space_tears_nothing_away_and_one_by_chance_nearly_all():
    n, k = 600, 15
    rows = points(n, 2)
    near = nearest(rows, rows, k, itself=True)[1]
    assert torn(near, near).max() == 0
    shuffled = rows[torch.randperm(n, generator=torch.Generator().manual_seed(1))]
    found = torn(near, nearest(shuffled, shuffled, k, itself=True)[1])
    expected, spread = 1 - k / (n - 1), float(found.std()) / n**0.5
    assert float(found.mean()) == pytest.approx(expected, abs=4 * spread)


def test_trustworthiness_and_continuity_are_those_of_the_reference():
    from sklearn.manifold import trustworthiness

    rows, k = points(300, 6), 12
    xy = rows[:, :2] + 0.2 * points(300, 2, 5)
    trust, continuity = kept_together(rows, xy, k)
    assert float(trust.mean()) == pytest.approx(trustworthiness(rows.numpy(), xy.numpy(), n_neighbors=k), abs=1e-5)
    assert float(continuity.mean()) == pytest.approx(trustworthiness(xy.numpy(), rows.numpy(), n_neighbors=k), abs=1e-5)


def test_a_map_of_its_own_plane_is_whole_and_a_shuffled_one_is_as_by_chance():
    rows, n, k = points(500, 2), 500, 10
    assert all(float(one.min()) == 1 for one in kept_together(rows, rows, k))
    found = [
        float(one.mean())
        for seed in range(4)
        for one in kept_together(rows, rows[torch.randperm(n, generator=torch.Generator().manual_seed(seed))], k)
    ]
    assert np.mean(found) == pytest.approx(kept_by_chance(n, k), abs=0.01)
    with pytest.raises(InvalidArgument, match="half of the rows"):
        kept_together(rows[:10], rows[:10], 5)


def test_what_a_map_folds_together_is_not_trusted_and_what_it_cuts_is_not_continuous():
    t = torch.linspace(0, 1, 200)
    ring = torch.stack([(2 * torch.pi * t[:-1]).cos(), (2 * torch.pi * t[:-1]).sin()], 1)
    trust, continuity = kept_together(ring, torch.stack([ring[:, 0], torch.zeros(199)], 1), 6)
    assert float(trust.mean()) < 0.8 < float(continuity.mean())
    cut = torch.stack([t[:-1], torch.zeros(199)], 1)
    trust, continuity = kept_together(ring, cut, 6)
    assert float(trust.min()) > 0.9 and float(continuity[:3].max()) < 0.9 and float(continuity[90:110].min()) == 1
