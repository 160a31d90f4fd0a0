"""Pictures of any size go in and come out at their size."""

from __future__ import annotations

import pytest
import torch

from trasluz.nn.blocks import Decoder, Encoder, Norm, groups, resolutions


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


LAST = torch.channels_last


@pytest.mark.parametrize(("channels", "size"), [(16, 32), (24, 7), (8, 1)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, LAST])
def test_a_norm_in_bfloat16_is_that_of_float64_in_value_and_gradient(
    channels: int, size: int, layout: torch.memory_format
) -> None:
    torch.manual_seed(0)
    norm, exact = Norm(groups(channels), channels), torch.nn.GroupNorm(groups(channels), channels).double()
    norm.weight.data.uniform_(0.5, 2), norm.bias.data.normal_()
    exact.load_state_dict(norm.state_dict())
    x = (2 * torch.randn(6, channels, size, size) + 1).bfloat16().contiguous(memory_format=layout).requires_grad_()
    wide, upstream = x.detach().double().requires_grad_(), torch.randn(6, channels, size, size)
    with torch.autocast("cpu", torch.bfloat16):
        y = norm(x)
    assert y.dtype == torch.bfloat16 and y.is_contiguous(memory_format=layout)
    y.backward(upstream.bfloat16().contiguous(memory_format=layout))
    expected = exact(wide)
    expected.backward(upstream.double())
    assert x.grad is not None and wide.grad is not None
    close = {"rtol": 0.02, "atol": 0.02}
    torch.testing.assert_close(y.double(), expected, **close)
    torch.testing.assert_close(x.grad.double(), wide.grad, **close)
    torch.testing.assert_close(norm.weight.grad.double(), exact.weight.grad, rtol=0.02, atol=0.2)
    torch.testing.assert_close(norm.bias.grad.double(), exact.bias.grad, rtol=0.02, atol=0.2)


def test_a_norm_in_bfloat16_has_a_second_derivative() -> None:
    norm = Norm(4, 16)
    x = torch.randn(2, 16, 8, 8).bfloat16().contiguous(memory_format=LAST).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        slope = torch.autograd.grad(norm(x).float().square().sum(), x, create_graph=True)[0]
        slope.float().square().sum().backward()
    assert x.grad is not None and bool(x.grad.isfinite().all()) and float(x.grad.float().norm()) > 0


def test_a_norm_in_float32_is_torchs_own_bit_for_bit() -> None:
    norm, own = Norm(4, 16), torch.nn.GroupNorm(4, 16)
    x = torch.randn(4, 16, 8, 8).contiguous(memory_format=LAST)
    assert torch.equal(norm(x), own(x)) and norm(x).is_contiguous(memory_format=LAST)
