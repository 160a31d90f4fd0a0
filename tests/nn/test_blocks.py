"""Pictures of any size go in and come out at their size."""

from __future__ import annotations

import pytest
import torch

from trasluz.nn.blocks import Decoder, Encoder, groups, resolutions


@pytest.mark.parametrize(
    ("size", "levels", "sizes"),
    [(28, 4, [28, 14, 7, 4]), (64, 4, [64, 32, 16, 8, 4]), (100, 4, [100, 50, 25, 13, 7]), (8, 4, [8, 4])],
)
def test_resolutions(size: int, levels: int, sizes: list[int]) -> None:
    assert resolutions(size, levels) == sizes


@pytest.mark.parametrize("size", [8, 28, 33, 64, 100])
@pytest.mark.parametrize("blocks", [0, 1])
def test_there_and_back_keeps_the_size(size: int, blocks: int) -> None:
    widths = (8, 16, 24)
    x = torch.rand(2, 3, size, size)
    z = Encoder(3, size, widths, blocks, 5)(x)
    assert z.shape == (2, 5)
    assert Decoder(5, 3, size, widths, blocks)(z).shape == x.shape


@pytest.mark.parametrize(("channels", "expected"), [(128, 8), (24, 4), (12, 2), (7, 1), (4, 1)])
def test_groups_divide_and_have_at_least_four_channels(channels: int, expected: int) -> None:
    assert groups(channels) == expected
