"""PSNR and SSIM: known pictures, known figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument
from trasluz.metrics.psnr import psnr
from trasluz.metrics.ssim import ssim, window_of
from trasluz.spaces import registry

BOTH = ["psnr", "ssim"]


def test_a_tenth_of_the_range_off_is_twenty_decibels():
    x = torch.full((2, 3, 8, 8), 0.5)
    x_hat = x + torch.tensor([0.1, 0.01])[:, None, None, None]
    assert psnr(x, x_hat).tolist() == pytest.approx([20, 40], abs=1e-3)
    found = registry.get("metrics", "psnr").of(x=x, x_hat=x_hat)
    assert found.value == pytest.approx(30, abs=1e-3) and found.unit == "dB" and found.n == 2
    assert found.details["worst"] == pytest.approx(20, abs=1e-3)


def test_identical_pictures_are_a_hundred_decibels_and_all_alike():
    x = torch.rand(3, 1, 16, 16)
    assert psnr(x, x).tolist() == [100, 100, 100]
    assert ssim(x, x).tolist() == pytest.approx([1, 1, 1], abs=1e-6)
    assert registry.get("metrics", "psnr").of(x=x, x_hat=x).details["identical"] == 3


def test_flat_pictures_differ_in_light_alone():
    a, b = torch.full((1, 1, 20, 20), 0.2), torch.full((1, 1, 20, 20), 0.6)
    c1 = 1e-4
    assert float(ssim(a, b)) == pytest.approx((2 * 0.12 + c1) / (0.04 + 0.36 + c1), abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.integers(1, 24), st.integers(1, 24), st.sampled_from([1, 3]))
def test_both_are_symmetric_and_bounded_at_every_size(seed: int, height: int, width: int, channels: int):
    g = torch.Generator().manual_seed(seed)
    x, y = torch.rand(2, 2, channels, height, width, generator=g)
    assert torch.allclose(psnr(x, y), psnr(y, x)) and bool((psnr(x, y) > 0).all())
    assert torch.allclose(ssim(x, y), ssim(y, x), atol=1e-5) and bool((ssim(x, y).abs() <= 1 + 1e-5).all())
    assert torch.allclose(ssim(x.flip(3), y.flip(3)), ssim(x, y), atol=1e-4)
    side = window_of(height, width)
    assert side % 2 == 1 and side <= min(11, height, width)


def test_blocks_do_not_show():
    x, y = torch.rand(2, 600, 1, 12, 12)
    assert torch.allclose(ssim(x, y), torch.cat([ssim(x[:7], y[:7]), ssim(x[7:], y[7:])]), atol=1e-6)
    assert len(psnr(x, y)) == 600


@pytest.mark.parametrize("name", BOTH)
def test_bytes_are_pixels_too(name: str):
    raw = np.random.default_rng(0).integers(0, 256, (2, 4, 3, 12, 12), dtype=np.uint8)
    metric = registry.get("metrics", name)
    floats = torch.from_numpy(raw).float() / 255
    assert metric.of(x=raw[0], x_hat=raw[1]).value == pytest.approx(metric.of(x=floats[0], x_hat=floats[1]).value)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(
    ("x", "y", "word"),
    [
        (torch.rand(2, 3, 8, 8), torch.rand(2, 1, 8, 8), "one shape"),
        (torch.rand(0, 3, 8, 8), torch.rand(0, 3, 8, 8), "one shape"),
        (torch.rand(2, 8, 8), torch.rand(2, 8, 8), "one shape"),
        (255 * torch.ones(1, 1, 8, 8), torch.ones(1, 1, 8, 8), r"outside \[0, 1\]"),
        (torch.full((1, 1, 8, 8), math.nan), torch.ones(1, 1, 8, 8), r"outside \[0, 1\]"),
    ],
)
def test_what_is_no_pair_of_pictures_is_refused(name: str, x: torch.Tensor, y: torch.Tensor, word: str):
    with pytest.raises(InvalidArgument, match=word):
        registry.get("metrics", name).of(x=x, x_hat=y)
