"""Regions of a plane by its density: lumps that were put there are found, each as one, and nothing else."""

from __future__ import annotations

import numpy as np

from trasluz.geometry.regions import Grid, regions_of, width_of

PLACES = np.array([[0.0, 0.0], [10.0, 0.0], [4.0, 9.0]])


def lumps(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    which = np.arange(n) % len(PLACES)
    return PLACES[which] + rng.normal(size=(n, 2)), which


def test_lumps_are_regions_the_densest_first():
    xy, which = lumps(900)
    keep = (which != 2) | (np.arange(900) % 2 == 0)
    xy, which = xy[keep], which[keep]
    found = regions_of(xy, Grid.over(xy), width_of(xy, 0.9))
    for lump in range(3):
        inside = found[(which == lump) & (found >= 0)]
        assert (inside == np.bincount(inside).argmax()).mean() > 0.97
    assert len({int(np.bincount(found[(which == one) & (found >= 0)]).argmax()) for one in range(3)}) == 3
    assert np.bincount(found[found >= 0])[:3].sum() > 0.95 * len(xy)
    assert int(np.bincount(found[(which == 2) & (found >= 0)]).argmax()) == 2  # the half-empty one comes last


def test_the_density_is_the_points_and_its_peak_where_most_are():
    xy, _ = lumps(600)
    grid = Grid.over(xy)
    density = grid.density(xy, width_of(xy, 0.5))
    assert abs(density.sum() - 600) < 1
    x, y = grid.middle(int(density.argmax()))
    assert np.hypot(*(PLACES - (x, y)).T).min() < 1


def test_a_finer_look_finds_more_and_moving_the_plane_changes_nothing():
    xy, _ = lumps(900)
    grid = Grid.over(xy)
    coarse, fine = (regions_of(xy, grid, width_of(xy, share)) for share in (0.9, 0.15))
    assert fine.max() > coarse.max() >= 2
    moved = 3 * xy + (1000, -50)
    assert np.array_equal(regions_of(moved, Grid.over(moved), width_of(moved, 0.9)), coarse)


def test_points_that_lie_on_each_other_are_one_region():
    xy = np.zeros((40, 2))
    xy[:20, 0] = 5
    found = regions_of(xy, Grid.over(xy), 0.2)
    assert len(set(found[:20])) == 1 and len(set(found[20:])) == 1 and found[0] != found[20]
