"""Fréchet distance, precision and coverage, novelty: sets of items against sets of items."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument
from trasluz.metrics import frechet
from trasluz.metrics.frechet import frechet_distance, frechet_of_moments
from trasluz.metrics.novelty import nearest_training_item
from trasluz.metrics.prdc import prdc
from trasluz.spaces import registry

seeds = st.integers(0, 999)
PARTS = {"frechet": ("real", "fake"), "prdc": ("real", "fake"), "novelty": ("train", "real", "fake")}


def draw(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_frechet_of_gaussians_known_in_closed_form():
    mu, one = torch.zeros(4), torch.eye(4)
    assert frechet_of_moments(mu, one, mu + 2, one) == pytest.approx(16)  # only the means
    assert frechet_of_moments(mu, one, mu, 9 * one) == pytest.approx(4 * (3 - 1) ** 2)  # only the widths
    a, b = torch.diag(torch.tensor([1.0, 4.0, 0.0, 1.0])), torch.diag(torch.tensor([4.0, 1.0, 9.0, 1.0]))
    assert frechet_of_moments(mu, a, mu, b) == pytest.approx(1 + 1 + 9 + 0)


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(3, 40), st.integers(2, 20))
def test_frechet_is_a_distance_that_no_rotation_changes(seed: int, n: int, d: int):
    a, b = draw(n, d, seed), 2 * draw(n + 3, d, seed + 1) + 1
    there = frechet_distance(a, b)
    assert there == pytest.approx(frechet_distance(b, a), rel=1e-6) and there > 0
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-5)
    turn = torch.linalg.qr(draw(d, d, seed + 2).double()).Q
    assert frechet_distance(a.double() @ turn, b.double() @ turn) == pytest.approx(there, rel=1e-5)


def test_fewer_items_than_dimensions_take_the_short_road_to_the_same_distance(monkeypatch: pytest.MonkeyPatch):
    a, b = draw(20, 60), draw(25, 60, 1) * 1.5 + 0.2
    short = frechet_distance(a, b)
    (mu_a, cov_a), (mu_b, cov_b) = frechet.covariance(a), frechet.covariance(b)
    assert short == pytest.approx(frechet_of_moments(mu_a, cov_a, mu_b, cov_b), rel=1e-6)
    monkeypatch.setattr(frechet, "covariance", None)  # and no d × d matrix on it
    assert frechet_distance(a, b) == short


def test_frechet_names_its_extractor_and_warns_of_few_items():
    metric = registry.get("metrics", "frechet")
    few = metric.of(real=draw(10, 30), fake=draw(12, 30, 1), features="factor classifier")
    assert few.details["extractor"] == "factor classifier" and few.n == 10
    assert "10 items for 30 dimensions" in few.details["warning"]
    assert "warning" not in metric.of(real=draw(100, 3), fake=draw(100, 3, 1)).details


def test_samples_that_are_the_data_are_precise_and_cover_it():
    for n, d, k in ((100, 4, 5), (300, 64, 5), (40, 2, 1), (200, 300, 7)):
        x = draw(n, d, n) + 20
        assert prdc(x, x, k) == {"precision": 1, "recall": 1, "density": 1, "coverage": 1}


def reference(real: np.ndarray, fake: np.ndarray, k: int) -> dict[str, float]:
    """As the authors' `compute_prdc` has it: balls to the k-th other item, open."""

    def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.sqrt(((a[:, None] - b[None]) ** 2).sum(2))

    of_real, of_fake = (np.sort(apart(x, x), 1)[:, k] for x in (real, fake))
    d = apart(real, fake)
    inside = d < of_real[:, None]
    return {
        "precision": float(inside.any(0).mean()),
        "recall": float((d < of_fake[None]).any(1).mean()),
        "density": float(inside.sum(0).mean() / k),
        "coverage": float((d.min(1) < of_real).mean()),
    }


@pytest.mark.parametrize("k", [1, 3, 5])
def test_the_four_are_the_authors(k: int):
    rng = np.random.default_rng(k)
    for real, fake in (
        (rng.normal(size=(80, 6)), rng.normal(size=(70, 6)) * 0.8 + 0.3),
        (
            rng.integers(0, 3, (60, 3)).astype(float),
            rng.integers(0, 3, (50, 3)).astype(float),
        ),  # many exactly at a radius
        (rng.integers(0, 2, (60, 20)).astype(float) + 50, rng.integers(0, 2, (50, 20)).astype(float) + 50),
    ):
        assert prdc(torch.from_numpy(real), torch.from_numpy(fake), k) == pytest.approx(reference(real, fake, k))


def test_samples_elsewhere_are_neither():
    assert set(prdc(draw(50, 4), draw(50, 4, 1) + 100).values()) == {0.0}


def test_samples_of_half_the_data_are_precise_but_cover_half():
    left, right = draw(200, 2), draw(200, 2, 1) + 50
    found = prdc(torch.cat([left, right]), draw(400, 2, 2))
    assert found["precision"] > 0.9 and found["coverage"] == pytest.approx(0.5, abs=0.05)
    assert found["recall"] == pytest.approx(0.5, abs=0.05)
    measured = registry.get("metrics", "prdc").of(real=torch.cat([left, right]), fake=draw(400, 2, 2), features="toy")
    assert measured.value == found["coverage"] and measured.details["extractor"] == "toy"


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(7, 50), st.integers(1, 30), st.floats(0, 3))
def test_all_four_keep_to_their_ranges(seed: int, n: int, d: int, shift: float):
    real, fake = draw(n, d, seed), draw(n + 5, d, seed + 1) + shift
    found = prdc(real, fake)
    assert all(0 <= found[k] <= 1 for k in ("precision", "recall", "coverage")) and 0 <= found["density"] <= n / 5
    assert prdc(3 * real + 1, 3 * fake + 1) == pytest.approx(found, abs=0.03)


def test_a_model_that_learned_is_at_chance_and_one_that_copies_is_found_out():
    novelty = registry.get("metrics", "novelty")
    train, test = draw(1000, 8), draw(600, 8, 1)
    learned = novelty.of(train=train, real=test, fake=draw(600, 8, 2))
    assert learned.value == pytest.approx(0.05, abs=0.03)
    assert learned.details["ratio_of_medians"] == pytest.approx(1, abs=0.05)
    copies = novelty.of(train=train, real=test, fake=train[100:300] + 1e-3 * draw(200, 8, 3))
    assert copies.value == 1 and copies.details["ratio_of_medians"] < 0.01
    first = copies.details["closest"][0]
    assert first["train"] == first["sample"] + 100 and copies.details["identical"] == 0
    half = novelty.of(train=train, real=test, fake=torch.cat([train[:300], draw(300, 8, 4) + 30]))
    assert half.value == 0.5 and half.details["identical"] == 300


def test_what_is_like_no_item_is_not_new_but_off_the_data():
    novelty = registry.get("metrics", "novelty")
    train, test = draw(1000, 8), draw(600, 8, 1)
    learned = novelty.of(train=train, real=test, fake=draw(600, 8, 2)).further["off_data"]
    assert learned.value == pytest.approx(0.05, abs=0.03) and learned.real == 30 / 601 and learned.n == 600
    assert learned.interval is not None and learned.interval[0] < learned.value < learned.interval[1]
    far = novelty.of(train=train, real=test, fake=torch.cat([draw(300, 8, 3) + 30, train[:100]]))
    assert far.further["off_data"].value == 0.75 and far.value == 0.25
    assert novelty.of(train=train, real=test, fake=train[:200]).further["off_data"].value == 0


def test_novelty_reads_bytes_where_they_lie(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (300, 3, 16, 16), dtype=np.uint8)
    np.save(tmp_path / "train.npy", pixels)
    train = np.load(tmp_path / "train.npy", mmap_mode="r")
    fake = torch.from_numpy(pixels[40:50]).float() / 255  # samples in [0, 1], of pictures seen in training
    distances, which = nearest_training_item(fake, train)
    assert which.tolist() == list(range(40, 50)) and float(distances.max()) < 1e-5
    other = np.random.default_rng(1).integers(0, 256, (100, 3, 16, 16), dtype=np.uint8)
    found = registry.get("metrics", "novelty").of(train=train, real=other, fake=fake, features="pixels")
    assert found.value == 1 and found.details["features"] == "pixels"


def test_copies_in_the_data_itself_leave_no_yardstick():
    x = draw(50, 3)
    found = registry.get("metrics", "novelty").of(train=x, real=x, fake=draw(20, 3, 1))
    assert found.value == 0 and found.details["ratio_of_medians"] == math.inf


@pytest.mark.parametrize(
    ("name", "inputs", "word"),
    [
        ("frechet", (draw(9, 3), draw(9, 4)), "one length"),
        ("frechet", (draw(1, 3), draw(9, 3)), "two items"),
        ("frechet", (torch.full((5, 3), math.nan), draw(9, 3)), "finite"),
        ("prdc", (draw(5, 3), draw(9, 3)), "need more items"),
        ("prdc", (draw(9, 3), torch.zeros(0, 3)), "rows of numbers"),
        ("novelty", (draw(9, 3), draw(9, 4), draw(9, 3)), "one shape"),
        ("novelty", (draw(9, 3), torch.zeros(0, 3), draw(9, 3)), "some items"),
    ],
)
def test_what_cannot_be_compared_is_one_clear_line(name: str, inputs: tuple[torch.Tensor, ...], word: str):
    with pytest.raises(InvalidArgument, match=word):
        registry.get("metrics", name).of(**dict(zip(PARTS[name], inputs, strict=True)))


@pytest.mark.parametrize("n", [3, 5, 10, 19, 25, 100])
def test_of_few_unseen_items_the_limits_are_worth_what_they_are_worth(n: int) -> None:
    """Below the nearest of five come one in six of further ones, and not one in twenty: a perfect model has no more."""
    metric, shares, far, alarms = registry.get("metrics", "novelty"), list[float](), list[float](), 0
    draw = torch.Generator().manual_seed(12345)
    for _ in range(100):
        train, real, fake = (torch.randn(m, 8, generator=draw) for m in (120, n, 100))
        found = metric.of(train=train, real=real, fake=fake)
        shares.append(found.value)
        far.append(found.further["off_data"].value)
        alarms += found.interval is not None and found.interval[0] > (found.real or 0)
    assert found.real == (math.ceil(0.05 * n) / (n + 1)) == found.further["off_data"].real
    for mean in (np.mean(shares), np.mean(far)):
        assert mean == pytest.approx(found.real, abs=4 * (found.real * (1 - found.real) / (n + 2)) ** 0.5 / 10)
    assert alarms <= 12, "one in twenty, and what chance adds of a hundred"
