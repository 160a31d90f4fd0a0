"""Figures against the libraries that others use for them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch

from trasluz.metrics.frechet import frechet_distance
from trasluz.metrics.knn import knn_labels
from trasluz.metrics.prdc import prdc
from trasluz.metrics.psnr import psnr
from trasluz.metrics.ssim import ssim


def features(n: int, d: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=g) @ torch.randn(d, d, generator=g) / d**0.5 + shift


def pictures(n: int, channels: int, side: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Smooth pictures, and noisy copies."""
    g = torch.Generator().manual_seed(seed)
    x = torch.nn.functional.interpolate(torch.rand(n, channels, 5, 5, generator=g), side, mode="bicubic").clamp(0, 1)
    return x, (x + 0.1 * torch.randn(x.shape, generator=g)).clamp(0, 1)


@pytest.mark.parametrize(("channels", "side"), [(3, 64), (1, 28)])
def test_ssim_is_that_of_torchmetrics(channels: int, side: int):
    from torchmetrics.image import StructuralSimilarityIndexMeasure

    x, x_hat = pictures(6, channels, side)
    theirs = StructuralSimilarityIndexMeasure(data_range=1.0, sigma=1.5, k1=0.01, k2=0.03, reduction="none")
    assert ssim(x, x_hat).tolist() == pytest.approx(theirs(x_hat, x).tolist(), abs=1e-4)


def test_psnr_is_that_of_torchmetrics():
    from torchmetrics.image import PeakSignalNoiseRatio

    x, x_hat = pictures(6, 3, 32)
    theirs = PeakSignalNoiseRatio(data_range=1.0, reduction="none", dim=(1, 2, 3))
    assert psnr(x, x_hat).tolist() == pytest.approx(theirs(x_hat, x).tolist(), abs=1e-4)


@pytest.mark.parametrize(("n", "m", "d"), [(400, 300, 16), (60, 70, 40)])
def test_frechet_is_that_of_the_matrix_root(n: int, m: int, d: int):
    a, b = features(n, d, 0), features(m, d, 1, 0.3)
    cov_a, cov_b = (np.cov(x.double().numpy().T) for x in (a, b))
    root = scipy.linalg.sqrtm(cov_a @ cov_b)
    gap = (a.double().mean(0) - b.double().mean(0)).square().sum()
    expected = float(gap) + np.trace(cov_a) + np.trace(cov_b) - 2 * np.trace(root).real
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shift", [0.0, 0.4, 5.0])
def test_prdc_is_that_of_its_authors(shift: float):
    from prdc import compute_prdc

    real, fake = features(150, 8, 0), features(120, 8, 1, shift)
    expected = compute_prdc(real.double().numpy(), fake.double().numpy(), nearest_k=5)
    assert prdc(real, fake) == pytest.approx({k: float(v) for k, v in expected.items()}, abs=1e-9)


def test_neighbours_labels_are_those_of_scikit_learn():
    from sklearn.neighbors import KNeighborsClassifier

    train, test = features(300, 6, 0), features(100, 6, 1)
    labels = np.where(train[:, 0] + 0.3 * train[:, 1] > 0, "dog", "cat")
    theirs = KNeighborsClassifier(9).fit(train.numpy(), labels).predict(test.numpy())
    assert (knn_labels(train, labels, test, k=9) == theirs).all()
