"""Ways between latents: ends are ends, arcs keep norms, points are frames."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument
from trasluz.geometry.interpolation import lerp, resample, slerp

seeds = st.integers(0, 10_000)
T = torch.linspace(0, 1, 5)


def two(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(2, *shape, generator=torch.Generator().manual_seed(seed))


def test_lerp_is_the_mean_at_the_middle():
    a, b = torch.tensor([0.0, 2.0]), torch.tensor([4.0, 0.0])
    assert torch.equal(lerp(a, b, torch.tensor([0.0, 0.5, 1.0])), torch.tensor([[0.0, 2.0], [2.0, 1.0], [4.0, 0.0]]))


def test_slerp_of_a_right_angle_passes_the_diagonal():
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 3.0])
    middle = slerp(a, b, torch.tensor([0.5]))[0]
    assert torch.allclose(middle, torch.tensor([2.0, 2.0]) / 2**0.5)  # halfway in angle, norm halfway from 1 to 3


@settings(max_examples=40, deadline=None)
@given(seeds, st.sampled_from([(2,), (64,), (4, 3, 3)]))
def test_slerp_ends_where_it_should_and_its_norm_runs_straight(seed: int, shape: tuple[int, ...]):
    a, b = two(seed, *shape)
    z = slerp(a, b, T)
    assert z.shape == (5, *shape) and z.dtype == torch.float32
    assert torch.allclose(z[0], a, atol=1e-5) and torch.allclose(z[-1], b, atol=1e-5)
    assert torch.allclose(z.flatten(1).norm(dim=1), lerp(a.norm(), b.norm(), T), rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_slerp_turns_evenly(seed: int):
    z = slerp(*two(seed, 16), T).double()
    z = z / z.norm(dim=1, keepdim=True)
    angles = (z[1:] * z[:-1]).sum(1).clamp(-1, 1).acos()
    assert torch.allclose(angles, angles[0].expand(4), atol=1e-4)


@pytest.mark.parametrize("scale", [1.0, 1 + 1e-9, 2.5])
def test_parallel_latents_are_joined_by_a_line(scale: float):
    a = two(0, 8)[0]
    assert torch.allclose(slerp(a, scale * a, T), lerp(a, scale * a, T), atol=1e-6)


def test_opposite_latents_always_take_the_same_half_circle():
    a = torch.tensor([2.0, 0.0, 1.0])
    z = slerp(a, -a, T)
    assert torch.equal(z, slerp(a, -a, T))
    assert torch.allclose(z.norm(dim=1), a.norm().expand(5), atol=1e-5)
    assert torch.allclose(z[-1], -a, atol=1e-5)
    assert torch.allclose(z[2], torch.tensor([0.0, 5**0.5, 0.0]), atol=1e-5)  # by way of the idle coordinate


def test_the_origin_and_one_dimension_have_no_arc():
    a, zero = torch.tensor([1.0, 2.0]), torch.zeros(2)
    assert torch.equal(slerp(zero, a, T), lerp(zero, a, T))
    assert torch.allclose(slerp(torch.tensor([1.0]), torch.tensor([-3.0]), T)[:, 0], torch.linspace(1, -3, 5))


def test_gradients_reach_both_ends_of_an_arc():
    a, b = (p.clone().requires_grad_() for p in two(3, 6))
    slerp(a, b, T).square().sum().backward()
    assert a.grad is not None and b.grad is not None and a.grad.abs().sum() > 0 < b.grad.abs().sum()


def test_legs_get_frames_in_proportion_to_their_length():
    points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [4.0, 0.0]])
    z = resample(points, 9, False, lerp)
    assert torch.allclose(z[:, 0], torch.linspace(0, 4, 9))


def test_a_loop_stops_just_before_it_comes_round():
    square = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    z = resample(square, 8, True, lerp)
    assert torch.equal(z[::2], square)
    assert torch.equal(z[-1], torch.tensor([0.0, 0.5]))


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(2, 6), st.integers(0, 20), st.booleans(), st.sampled_from([lerp, slerp]))
def test_every_point_is_a_frame_bit_for_bit_and_in_order(seed: int, k: int, more: int, loop: bool, rule: object):
    points = torch.randn(k, 5, generator=torch.Generator().manual_seed(seed))
    z = resample(points, k + more, loop, rule)
    assert z.shape == (k + more, 5)
    where = [int((z == p).all(1).nonzero()[0]) for p in points]
    assert where == sorted(where) and where[0] == 0
    assert loop or where[-1] == len(z) - 1


@pytest.mark.parametrize("rule", [lerp, slerp])
def test_identical_points_are_allowed(rule: object):
    p = torch.ones(3, 4)
    assert torch.allclose(resample(p, 7, False, rule), torch.ones(7, 4))
    assert torch.allclose(resample(p, 7, True, rule), torch.ones(7, 4))


@pytest.mark.parametrize(
    ("k", "frames", "word"), [(1, 5, "two points"), (3, 2, "a frame for each"), (2, 1, "2 or more")]
)
def test_too_few_is_one_clear_line(k: int, frames: int, word: str):
    with pytest.raises(InvalidArgument, match=word):
        resample(torch.randn(k, 3), frames, False, lerp)
