"""Neighbours are exact, whatever the blocks, the kind of numbers and the place in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument
from trasluz.geometry import distances
from trasluz.geometry.distances import (
    ExactIndex,
    cdist,
    median_nearest_distance,
    nearest,
    nearest_distances,
    pair_distances,
)


def test_neighbours_on_a_line():
    line = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    assert nearest_distances(line).tolist() == [1, 1, 2, 4]
    assert median_nearest_distance(line) == 1
    d, i = nearest(torch.tensor([[2.9]]), line, 2)
    assert i.tolist() == [[2, 1]] and d[0].tolist() == pytest.approx([0.1, 1.9])


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 1000), st.integers(2, 30), st.integers(1, 30), st.booleans(), st.sampled_from([200, 500, 1 << 24])
)
def test_nearest_agrees_with_all_distances(seed: int, n: int, d: int, itself: bool, budget: int):
    g = torch.Generator().manual_seed(seed)
    rows = torch.randn(n, d, generator=g) + 50
    queries = rows if itself else torch.randn(9, d, generator=g) + 50
    full = torch.cdist(queries.double(), rows.double())
    exact = full.clone()
    if itself:
        full.fill_diagonal_(torch.inf)
    k = min(3, n - itself)
    before, distances.BUDGET = distances.BUDGET, budget
    try:
        found, index = nearest(queries, rows, k, itself=itself)
        everything = cdist(queries, rows).double()
    finally:
        distances.BUDGET = before
    assert torch.allclose(everything, exact, atol=1e-2)
    assert torch.allclose(found.double(), full.sort(1).values[:, :k], rtol=1e-4)
    assert torch.allclose(full.gather(1, index), found.double(), rtol=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 30), st.integers(1, 40), st.sampled_from([50, 500, 1 << 24]))
def test_an_index_finds_what_a_search_finds(seed: int, n: int, d: int, budget: int):
    g = torch.Generator().manual_seed(seed)
    rows = torch.randint(-3, 4, (n, d), generator=g).float() + 50  # many are equally far
    before, distances.BUDGET = distances.BUDGET, budget
    try:
        index = ExactIndex(rows)
        for queries in (rows, torch.randn(9, d, generator=g) + 50, rows.double()):
            found, where = index(queries, min(3, n))
            wanted, there = nearest(queries, rows, min(3, n))
            assert torch.allclose(found, wanted, atol=1e-5) and torch.equal(where, there)
            assert torch.allclose(index.distances(queries), wanted[:, 0], atol=1e-5)
    finally:
        distances.BUDGET = before


def test_an_index_keeps_what_inference_mode_did_not_make():
    rows = torch.randn(40, 5)
    index = ExactIndex(rows)
    with torch.inference_mode():
        index(rows[:1])
    z = rows[:1].clone().requires_grad_()
    assert float(index(z)[0]) == 0
    with pytest.raises(InvalidArgument, match="1 to 40"):
        index(rows, 41)


def test_a_copy_among_large_numbers_is_at_no_distance():
    rows = torch.randn(200, 300) * 10 + 1000
    d, i = nearest(rows[[17, 150]], rows)
    assert d[:, 0].tolist() == [0, 0] and i[:, 0].tolist() == [17, 150]
    assert ExactIndex(rows).distances(rows[[17, 150]]).tolist() == [0, 0]


def test_equals_come_in_the_order_of_their_index():
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert nearest(torch.zeros(1, 2), rows, 3)[1].tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("d", [1, 2, 20])
@pytest.mark.parametrize("budget", [60, 700, 1 << 24])
def test_however_many_are_equal_the_lowest_indices_come_first(d: int, budget: int):
    g = torch.Generator().manual_seed(d)
    kinds = {
        "copies": torch.randn(3, d, generator=g)[torch.randint(0, 3, (90,), generator=g)],
        "all the same": torch.randn(1, d, generator=g).repeat(90, 1),
        "a grid": torch.randint(0, 2, (90, d), generator=g).float() + 100,
        "thirds": torch.randint(-1, 2, (90, d), generator=g).float() / 3,
    }
    before, distances.BUDGET = distances.BUDGET, budget
    try:
        for name, rows in kinds.items():
            for itself in (True, False):
                # Differences, one row at a time: what is equal is equal to the last bit.
                whole = torch.stack([(rows - q).norm(dim=1) for q in rows])
                if itself:
                    whole.fill_diagonal_(torch.inf)
                wanted = whole.argsort(stable=True, dim=1)[:, :7]
                found, index = nearest(rows, rows, 7, itself=itself)
                assert torch.equal(index, wanted), f"{name}, itself {itself}"
                assert torch.equal(found, whole.gather(1, wanted)), f"{name}, itself {itself}"
            assert torch.equal(ExactIndex(rows)(rows, 7)[1], nearest(rows, rows, 7)[1]), name
    finally:
        distances.BUDGET = before


def test_pair_by_pair_they_are_what_a_search_gives():
    rows, queries = torch.randn(60, 40) + 30, torch.randn(8, 40) + 30
    found, index = nearest(queries, rows, 5)
    i = torch.arange(8).repeat_interleave(5)
    assert torch.equal(pair_distances(queries, rows, i, index.flatten()), found.flatten())
    assert pair_distances(queries, rows, i[:0], i[:0]).shape == (0,)


def test_bytes_on_disk_are_read_as_pixels(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (50, 3, 8, 8), dtype=np.uint8)
    np.save(tmp_path / "pixels.npy", pixels)
    mapped = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    d, i = nearest(torch.from_numpy(pixels[5:7]).float() / 255, mapped, 2)
    expected = np.sort(np.linalg.norm((pixels[5:7, None] / 255.0 - pixels[None] / 255.0).reshape(2, 50, -1), axis=2))
    assert i[:, 0].tolist() == [5, 6]
    assert d.numpy() == pytest.approx(expected[:, :2], abs=1e-5)


def test_nonsense_is_refused():
    with pytest.raises(InvalidArgument, match="1 to 3"):
        nearest(torch.randn(4, 2), torch.randn(4, 2), 4, itself=True)
    with pytest.raises(InvalidArgument, match="one shape"):
        nearest(torch.randn(4, 2), torch.randn(4, 3))
