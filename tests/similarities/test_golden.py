"""Measures of similarity: the same numbers as published code, on arrays that no random generator made."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from trasluz.lab.judging.alike import calibration, compared
from trasluz.spaces import registry

N, D, E = 60, 6, 9
ROW = np.arange(N)[:, None]
A = np.sin((ROW + 1) * np.sqrt(np.arange(2, 2 + D))[None] * 1.7) + 0.3 * np.cos(ROW * 0.37 * np.arange(1, D + 1)[None])
B = A @ np.cos(np.outer(np.arange(1, D + 1), np.arange(1, E + 1)) * 0.9)
B = B + 1.5 * np.sin((ROW + 3) * np.sqrt(np.arange(11, 11 + E))[None] * 2.3)
FIRST, SECOND = torch.from_numpy(A), torch.from_numpy(B)

PUBLISHED = {
    "procrustes": 0.6321144047705083,  # ReSi, orthogonal_procrustes_centered_and_normalized, as 1 - d² / 2
    "rsa": 0.3742297804955557,  # ReSi, correlation distances and Spearman
    "svcca": 0.6326499175909888,  # ReSi, on arrays of norm 1: its count of components takes shares for variances
    "cka": 0.5297460273231248,  # platonic-rep, hsic_unbiased
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_same_as_published(name: str) -> None:
    assert registry.get("similarities", name).of(FIRST, SECOND) == pytest.approx(PUBLISHED[name], abs=1e-8)


def test_mutual_neighbours_of_rows_of_one_length() -> None:
    """platonic-rep, mutual_knn with topk=10, which takes inner products of such rows."""
    first, second = (torch.nn.functional.normalize(z, dim=1) for z in (FIRST, SECOND))
    assert registry.get("similarities", "mutual-knn").of(first, second) == pytest.approx(0.41)


def test_canonical_correlations_by_their_definition() -> None:
    """PWCCA by Morcos et al. 2018, eq. 1 to 3, from eigenvalues of covariances: the published code leaves out the
    whitening of its variates."""
    x, y = A - A.mean(0), B - B.mean(0)
    root = np.linalg.inv(np.linalg.cholesky(x.T @ x)), np.linalg.inv(np.linalg.cholesky(y.T @ y))
    u, s, _ = np.linalg.svd(root[0] @ x.T @ y @ root[1].T, full_matrices=False)
    variates = x @ root[0].T @ u
    weight = np.abs(variates.T @ x @ np.linalg.svd(x, full_matrices=False)[2].T).sum(1)
    expected = float((weight * s).sum() / weight.sum())
    assert registry.get("similarities", "pwcca").of(FIRST, SECOND) == pytest.approx(expected, abs=1e-8)


STEPS = (7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 49, 53, 59, 1, 49, 17, 31)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cka", (0.32446759939193726, 0.05, 0.3038765490055084)),
        ("svcca", (0.2026323676109314, 0.05, 0.5392964482307434)),
    ],
)
def test_calibrated_as_by_the_authors(name: str, expected: tuple[float, float, float]) -> None:
    """The package calibrated-similarity 0.1.1, with these nineteen permutations."""
    measure = registry.get("similarities", name)
    a, b = measure.prepare(FIRST), measure.prepare(SECOND)
    null = [measure.compare(a, b, torch.from_numpy((np.arange(N) * k + k * k) % N)) for k in STEPS]
    threshold, calibrated, p = calibration(measure.compare(a, b), null)
    assert (calibrated, p, threshold) == pytest.approx(expected, abs=1e-6)


def independent(seed: int, n: int = 64, width: int = 96) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(n, 12, generator=draw), torch.randn(n, width, generator=draw)


def test_spaces_that_share_nothing_are_not_called_alike() -> None:
    """The plain values are far from 0 there; one in twenty is allowed below p = 0.05."""
    found = dict.fromkeys(registry.names("similarities"), 0)
    values = dict[str, float]()
    for seed in range(20):
        a, b = independent(seed)
        for one in compared({"z": a}, {"z": b}, permutations=39, seed=seed):
            found[one.measure] += one.p < 0.05
            values[one.measure] = one.value
            assert one.calibrated == 0 or one.p <= 0.05
    assert all(count <= 4 for count in found.values()), found
    assert values["svcca"] > 0.3 and values["procrustes"] > 0.3 and abs(values["cka"]) < 0.2


def test_a_search_over_spaces_has_one_null() -> None:
    """Whoever takes the best of many pairs of spaces would find something nearly always."""
    alarms, naive = 0, 0
    for seed in range(20):
        draw = torch.Generator().manual_seed(1000 + seed)
        first = {f"layer {i}": torch.randn(40, 4, generator=draw) for i in range(4)}
        second = {f"layer {i}": torch.randn(40, 4, generator=draw) for i in range(4)}
        found = compared(first, second, ["cka"], permutations=39, seed=seed)
        alarms += min(one.p for one in found) < 0.05
        naive += any(
            compared({"z": first[one.first]}, {"z": second[one.second]}, ["cka"], permutations=39, seed=seed)[0].p
            < 0.05
            for one in found
        )
    assert alarms <= 4 < naive


def test_the_same_space_turned_is_the_same() -> None:
    draw = torch.Generator().manual_seed(0)
    a = torch.randn(200, 8, generator=draw)
    b = 3 * a @ torch.linalg.qr(torch.randn(8, 8, generator=draw)).Q + 1
    for one in compared({"z": a}, {"z": b}, permutations=39):
        assert one.p < 0.05 and one.calibrated > 0.9, one.measure
        assert one.interval is not None and one.interval[0] <= one.value <= one.interval[1]


def test_too_few_items_are_said() -> None:
    a, b = independent(0, n=40, width=30)
    told = {one.measure: one.warning for one in compared({"z": a}, {"z": b}, permutations=19)}
    assert "40 items for 30 dimensions" in str(told["svcca"]) and told["cka"] is None
