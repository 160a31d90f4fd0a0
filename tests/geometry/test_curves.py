"""Splines against scipy's, even paces, and ways in graphs against those counted by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.interpolate import CubicHermiteSpline

from trasluz.geometry.curves import Leg, at, catmull_rom, even, leg, ruler
from trasluz.geometry.graph import NeighbourGraph, nearness


def draws(n: int, *shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(seed))


def test_a_leg_is_the_hermite_cubic_with_the_tangents_of_its_neighbours():
    points = draws(4, 3).double()
    p, t = points.numpy(), np.cumsum([0, *(points[1:] - points[:-1]).norm(dim=1).sqrt().tolist()])

    def tangent(i: int) -> np.ndarray:
        before, after = (p[i] - p[i - 1]) / (t[i] - t[i - 1]), (p[i + 1] - p[i]) / (t[i + 1] - t[i])
        return before - (p[i + 1] - p[i - 1]) / (t[i + 1] - t[i - 1]) + after

    reference = CubicHermiteSpline(t[1:3], p[1:3], np.stack([tangent(1), tangent(2)]))
    found = catmull_rom(points, samples=8)[1]
    assert found.numpy() == pytest.approx(reference(np.linspace(t[1], t[2], 9)), abs=1e-9)


def test_legs_meet_in_their_points_and_in_their_direction():
    points = draws(5, 6).double()
    for loop in (False, True):
        curves = catmull_rom(points, loop=loop, samples=5000)
        assert len(curves) == 5 if loop else 4
        ways = [*pairwise(curves), *([(curves[-1], curves[0])] if loop else [])]
        for before, after in ways:
            assert torch.equal(before[-1], after[0])
            came, goes = before[-1] - before[-2], after[1] - after[0]
            assert torch.nn.functional.cosine_similarity(came, goes, dim=0) > 0.999


@pytest.mark.parametrize("loop", [False, True])
def test_points_that_repeat_do_no_harm(loop: bool):
    a, b = draws(2, 3)
    for points in (torch.stack([a, a, b]), torch.stack([a, b, b, a]), torch.stack([a, a])):
        assert all(bool(torch.isfinite(curve).all()) for curve in catmull_rom(points, loop=loop))


def test_frames_are_even_by_whatever_ruler():
    z = torch.tensor([[0.0], [1.0], [4.0]])
    assert even([leg(z)], 5, False)[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert even([Leg(z, torch.tensor([0.0, 1.0, 2.0]).double())], 5, False)[:, 0].tolist() == [0, 0.5, 1, 2.5, 4]
    assert at(leg(z), torch.tensor([0.0, 1.0]))[:, 0].tolist() == [0, 4]
    assert ruler(z).tolist() == [0, 1, 4]


def test_links_to_a_power_make_many_short_hops():
    line = torch.tensor([[0.0, 0.0], [1.0, 0.4], [2.0, 0.0], [9.0, 9.0]])
    assert NeighbourGraph(line, 2, 1.0).path(0, 2) == [0, 2], "the straight way is the shortest"
    assert NeighbourGraph(line, 2, 2.0).path(0, 2) == [0, 1, 2], "4 against 2 x 1.16"
    assert NeighbourGraph(line, 2, 2.0).path(2, 2) == [2]


def test_islands_are_joined_and_copies_are_no_trouble():
    islands = torch.cat([torch.zeros(3, 2), torch.ones(3, 2)])
    way = NeighbourGraph(islands, 2, 3.0).path(0, 5)
    assert way[0] == 0 and way[-1] == 5


def test_nearness_is_the_squared_distance_to_the_nearest_and_can_be_followed():
    rows, z = draws(30, 4), draws(3, 4, seed=2).requires_grad_()
    exact = torch.cdist(z, rows).min(1).values.square()
    assert torch.allclose(nearness(z, rows, 0.2), exact, atol=0.05)
    (gradient,) = torch.autograd.grad(nearness(z, rows, 0.2).sum(), z)
    assert bool(torch.isfinite(gradient).all()) and bool(gradient.any())
