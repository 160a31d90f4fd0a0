"""Do latents tell labels? By their neighbours, and by a linear function."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument
from trasluz.metrics.knn import knn_labels
from trasluz.metrics.probe import split
from trasluz.spaces import registry
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Metric

KNN, PROBE = (registry.get("metrics", name) for name in ("knn", "probe"))


def measured(metric: Metric, latents: torch.Tensor, labels: object, seed: int = 0) -> Figure:
    return metric.of(latents=latents, labels=labels, seed=seed)


def animals(n: int, gap: float, seed: int = 0, d: int = 6) -> tuple[torch.Tensor, list[str]]:
    """Three in four are dogs; cats lie `gap` away."""
    z = torch.randn(n, d, generator=torch.Generator().manual_seed(seed))
    labels = ["cat" if i % 4 == 0 else "dog" for i in range(n)]
    z[::4, 0] += gap
    return z, labels


@pytest.mark.parametrize("metric", [KNN, PROBE])
def test_regions_apart_are_told_apart_and_one_cloud_is_not(metric: Metric):
    apart, mixed = measured(metric, *animals(400, 12)), measured(metric, *animals(400, 0))
    assert apart.value == 1
    assert apart.details["majority"] == "dog" and apart.details["baseline"] == pytest.approx(0.75)
    assert mixed.value == pytest.approx(0.75, abs=0.1)


def test_the_item_itself_has_no_vote():
    line, labels = torch.tensor([[0.0], [1.0], [10.0], [11.0]]), ["a", "b", "a", "b"]
    assert knn_labels(line, labels, k=1).tolist() == ["b", "a", "b", "a"]
    assert KNN.of(latents=line, labels=labels, settings={"k": 1}).value == 0


def test_of_equal_votes_the_nearest_decides():
    line, labels = torch.tensor([[1.0], [-2.0]]), ["zebra", "ant"]
    assert knn_labels(line, labels, torch.zeros(1, 1), k=2).tolist() == ["zebra"]


def test_neighbours_in_a_training_set():
    train, test = animals(200, 8), animals(80, 8, 1)
    said = knn_labels(*train, test[0])
    assert len(said) == 80 and (said == np.array(test[1])).mean() > 0.95


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999), st.floats(0.1, 20))
def test_neighbours_do_not_mind_scale_or_rotation(seed: int, scale: float):
    z, labels = animals(60, 2, seed)
    turn = torch.linalg.qr(torch.randn(6, 6, generator=torch.Generator().manual_seed(seed))).Q
    assert (knn_labels(z, labels) == knn_labels(scale * z @ turn + 3, labels)).mean() > 0.95


@pytest.mark.parametrize("metric", [KNN, PROBE])
def test_items_without_a_label_are_left_out_and_counted(metric: Metric):
    z, labels = animals(200, 12)
    found = measured(metric, z, [None if i < 20 else v for i, v in enumerate(labels)])
    assert found.value == 1 and found.details["without"] == 20


@pytest.mark.parametrize("labels", [[i % 3 for i in range(90)], [i % 2 == 0 for i in range(90)]])
def test_whole_numbers_and_truth_values_are_categories(labels: list[int]):
    z = torch.eye(3)[torch.tensor(labels).long()] * 9 + torch.randn(90, 3) * 0.1
    for given_as in (labels, np.array(labels), torch.tensor(labels)):
        assert measured(KNN, z, given_as).value == measured(PROBE, z, given_as).value == 1


def test_the_probe_reads_a_direction_not_a_nearness():
    z = torch.randn(800, 50, generator=torch.Generator().manual_seed(0))
    side = ["left" if v < 0 else "right" for v in (z @ torch.linspace(-1, 1, 50)).tolist()]
    assert measured(PROBE, z, side).value > 0.93 > measured(KNN, z, side).value


def test_a_quantity_is_measured_by_its_variance_told():
    z = torch.randn(400, 5, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(400, generator=torch.Generator().manual_seed(1))
    known = measured(PROBE, z, (3 * z[:, 0] - z[:, 1] + 7).tolist())
    assert known.value > 0.999 and known.details["figure"] == "R2"
    assert measured(PROBE, z, noise.tolist()).value < 0.1
    with pytest.raises(InvalidArgument, match="quantities"):
        measured(KNN, z, noise.tolist())


def test_the_split_follows_the_seed_alone_and_keeps_every_label_in_training():
    codes = np.array([0] * 40 + [1] * 8 + [2])
    train, test = split(codes, 3)
    assert sorted([*train, *test]) == list(range(49)) and set(codes[train]) == {0, 1, 2}
    assert len(test) == 10 + 2 and np.array_equal(test, split(codes, 3)[1])
    assert not np.array_equal(test, split(codes, 4)[1])
    z, labels = animals(200, 1)
    assert measured(PROBE, z, labels, seed=1) == measured(PROBE, z, labels, seed=1)


def test_more_dimensions_than_items_do_not_stop_the_solver():
    z, labels = animals(60, 6, d=500)
    found = measured(PROBE, z * 1000, labels)
    assert found.details["converged"] and found.value >= 0.7


@pytest.mark.parametrize(
    ("metric", "labels", "word"),
    [
        (PROBE, ["cat"] * 20, "two labels"),
        (PROBE, ["cat", "dog"], "one label per latent"),
        (PROBE, [None] * 20, "two labelled latents"),
        (PROBE, [0.5] * 20, "values that differ"),
        (KNN, ["cat", "dog"], "one label per latent"),
        (KNN, ["cat"] * 20, "two labels"),
    ],
)
def test_labels_that_tell_nothing_are_refused(metric: Metric, labels: list[object], word: str):
    with pytest.raises(InvalidArgument, match=word):
        measured(metric, torch.randn(20, 3), labels)
