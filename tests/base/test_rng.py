"""Every draw is a function of (seed, purpose, index), the same today and in ten years."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trasluz.base.rng import derive, generator, normal, numpy_generator


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ((0, "prior", 0), 2195047885324201680),
        ((0, "prior", 1), 3674353591459415598),
        ((42, "split", 3), 293575559665760570),
        ((-1, "ñ", 10**12), 9211888607235467650),
    ],
)
def test_golden(arguments: tuple[int, str, int], value: int) -> None:
    """A change here changes every data set, every sample and every resumed run."""
    assert derive(*arguments) == value


def test_golden_draws() -> None:
    drawn = numpy_generator(0, "prior", 3).standard_normal(3)
    assert drawn == pytest.approx([-1.640055603, 0.617231709, -0.753669518], rel=1e-6)
    assert normal(1, (3,), 0, "prior", start=3)[0].tolist() == pytest.approx(
        [0.8380952, 0.2448099, 0.5757352], rel=1e-5
    )


@given(st.integers(), st.text(), st.integers(min_value=0))
def test_seeds_fit_63_bits(seed: int, purpose: str, index: int) -> None:
    try:
        purpose.encode()
    except UnicodeEncodeError:
        return
    assert 0 <= derive(seed, purpose, index) < 2**63
    generator(seed, purpose, index)


def test_seeds_purposes_and_indices_are_told_apart() -> None:
    purposes = ("a", "a/1", "1", "", "b")
    made = {derive(s, p, i) for s in range(12) for p in purposes for i in range(12)}
    assert len(made) == 12 * len(purposes) * 12
    assert derive(1, "2", 3) != derive(1, "", 23) != derive(12, "", 3)


def test_a_draw_depends_on_no_draw_before_it() -> None:
    forwards = [torch.randn(4, generator=generator(7, "x", i)) for i in range(5)]
    torch.randn(1000)
    backwards = [torch.randn(4, generator=generator(7, "x", i)) for i in reversed(range(5))]
    assert all(torch.equal(a, b) for a, b in zip(forwards, reversed(backwards), strict=True))
    assert np.array_equal(numpy_generator(7, "x", 2).random(3), numpy_generator(7, "x", 2).random(3))


@given(st.integers(0, 20), st.integers(0, 20), st.sampled_from([(3,), (1,), (20,), (2, 4, 4), ()]))
def test_a_draw_of_many_is_the_draws_of_each(n: int, start: int, shape: tuple[int, ...]) -> None:
    """The first n of m, the last of m, and one by one: the same rows, bit for bit."""
    whole = normal(start + n, shape, 3, "x")
    assert whole.shape == (start + n, *shape) and whole.dtype == torch.float32
    assert torch.equal(normal(start, shape, 3, "x"), whole[:start])
    assert torch.equal(normal(n, shape, 3, "x", start=start), whole[start:])


def test_rows_are_normal_and_independent() -> None:
    z = normal(2000, (16,), 0, "prior")
    assert abs(z.mean()) < 0.02 and abs(z.std() - 1) < 0.02
    correlation = torch.corrcoef(z.T) - torch.eye(16)
    assert correlation.abs().max() < 0.1
    assert (torch.corrcoef(z[:200]) - torch.eye(200)).abs().mean() < 0.25


def test_the_global_generators_are_left_alone() -> None:
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[union-attr]
    normal(3, (2,), 0, "x")
    numpy_generator(0, "x").random()
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])
