"""Whether anything was learned: false alarms, power, and the third answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

import toy_models as toys
from trasluz.lab.judging.separation import ALPHA, Separation, separation
from trasluz.spaces import registry
from trasluz.spaces.methods import Evidence
from trasluz.spaces.space import LatentSpace

SPACE: LatentSpace = toys.coded().space()
WIDE = 6


def tried(method: str, n: int, apart: float, seed: int, *, having: float = 0.5, quantity: bool = False) -> Separation:
    """A method tried on n normal latents whose two sides lie so many sigma apart along the first dimension."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.randn(n, generator=generator) if quantity else (torch.arange(n) < round(having * n)).float()
    z = torch.randn(n, WIDE, generator=generator)
    z[:, 0] += apart * y
    how = registry.get("finders", method)
    found = separation(how, Evidence(SPACE, z, y), how.config_type(), seed)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("method", "n", "quantity", "trials", "most"),
    [("means", 60, False, 20, 4), ("towards", 60, False, 12, 3), ("examples", 16, False, 12, 3),
     ("regression", 50, True, 20, 4), ("means", 1000, False, 40, 6), ("regression", 1000, True, 40, 6)],
)  # fmt: skip
def test_of_labels_without_meaning_nothing_is_said_to_be_learned(
    method: str, n: int, quantity: bool, trials: int, most: int
) -> None:
    """One in twenty is allowed; more than `most` have a chance of 0.3 %. The benchmark counts hundreds."""
    found = [tried(method, n, 0, seed, quantity=quantity) for seed in range(trials)]
    assert sum(one.learned is True for one in found) <= most
    assert all(one.learned is not None and one.p is not None and 0 < one.p <= 1 for one in found)


@pytest.mark.parametrize(
    ("method", "n", "quantity"),
    [("means", 100, False), ("towards", 100, False), ("probe", 100, False), ("examples", 40, False),
     ("regression", 100, True), ("means", 1000, False)],
)  # fmt: skip
def test_what_lies_two_sigma_apart_is_seen(method: str, n: int, quantity: bool) -> None:
    found = [tried(method, n, 2, seed, quantity=quantity) for seed in range(3)]
    assert all(one.learned is True and one.p is not None and one.p <= ALPHA for one in found)


def test_rare_ones_among_many_are_each_held_out_once() -> None:
    found = tried("means", 2000, 2, 0, having=0.02)
    assert found.learned is True and "every item held out once" in found.how
    assert found.n == 40 + 4 * 40


def test_rare_ones_are_not_lost_among_more_than_are_looked_at() -> None:
    found = tried("means", 30_000, 2, 0, having=0.002)
    assert found.learned is True and found.n == 60 + 4 * 60


@pytest.mark.parametrize(
    "few",
    [lambda: tried("means", 20, 2, 0), lambda: tried("examples", 10, 2, 0), lambda: tried("regression", 21, 2, 0,
     quantity=True)],
)  # fmt: skip
def test_too_few_are_not_tested_and_that_is_no_verdict(few: Callable[[], Separation]) -> None:
    found = few()
    assert found.learned is None and found.p is None and found.held_out is None
    assert found.how.startswith("not tested: too few items (")


def test_what_is_told_the_wrong_way_round_is_not_learned() -> None:
    """A direction that new items contradict has not been learned, however sure it is of that."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(800, WIDE, generator=generator)
    y = (torch.arange(800) % 2).float()
    how = registry.get("finders", "means")
    order = torch.randperm(800, generator=torch.Generator().manual_seed(1))

    class Backwards(type(how)):  # type: ignore[misc]
        def find(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            [arrow] = super().find(*args, **kwargs)
            return [type(arrow)(-arrow.vector)]

    z[:, 0] += 2 * y
    found = separation(Backwards(), Evidence(SPACE, z[order], y[order]), how.config_type(), 0)
    assert found is not None and found.learned is False and found.held_out is not None and found.held_out < 0.2


def test_without_a_target_there_is_nothing_to_learn() -> None:
    how = registry.get("finders", "pca")
    assert separation(how, Evidence(SPACE, torch.randn(50, WIDE)), how.config_type(), 0) is None
