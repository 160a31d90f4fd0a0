"""Convolutional blocks for pictures of any size between 8 and 256 pixels.

Resolutions halve (rounding up) from the picture down to a base of at most `BASE` pixels, and the decoder walks
the same list back, so that 28, 64 or 100 pixels need no padding tricks.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BASE = 4


def resolutions(size: int, levels: int) -> list[int]:
    """Sizes from the picture down, halved `levels` times or until `BASE`: 28 → [28, 14, 7, 4]."""
    out = [size]
    while len(out) <= levels and out[-1] > BASE:
        out.append((out[-1] + 1) // 2)
    return out


def groups(channels: int) -> int:
    """Groups for a normalisation: at most 8, of at least 4 channels."""
    return next(g for g in (8, 4, 2, 1) if (channels % g == 0 and channels // g >= 4) or g == 1)


@final
class Norm(nn.GroupNorm):
    """Group normalisation (Wu & He 2018) in the memory format that torch's own is good at.

    Its forward derivative takes a view that channels-last memory does not have. Neither training nor inference mode
    takes forward derivatives, so both keep the format that is fastest: as it comes, but for bfloat16 in channels-last,
    whose gradient takes several times as long there as plane by plane, both ways of copying included.
    """

    def forward(self, input: Tensor) -> Tensor:
        if self.training and input.dtype == torch.bfloat16 and input.device.type == "cpu":
            out = super().forward(input.contiguous())
            return out.contiguous(memory_format=torch.channels_last) if _by_pixel(input) else out
        plain = not self.training and not torch.is_inference_mode_enabled()
        return super().forward(input.contiguous() if plain else input)


def _by_pixel(x: Tensor) -> bool:
    return x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()


@final
class Residual(nn.Module):
    """x + conv(act(norm(conv(act(norm(x)))))), the last convolution zero at first (He et al. 2016, v2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = Norm(groups(channels), channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = Norm(groups(channels), channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        return x + self.conv2(F.silu(self.norm2(h)))


@final
class Conv(nn.Module):
    """act(norm(conv(x))), with a stride."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)
        self.norm = Norm(groups(outputs), outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(self.norm(self.conv(x)))


@final
class Encoder(nn.Module):
    """Pictures `(n, C, size, size)` to vectors `(n, outputs)`."""

    def __init__(self, channels: int, size: int, widths: tuple[int, ...], blocks: int, outputs: int) -> None:
        super().__init__()
        sizes = resolutions(size, len(widths))
        widths = widths[: len(sizes) - 1]
        layers: list[nn.Module] = []
        for inputs, width in zip((channels, *widths), widths, strict=False):
            layers += [Conv(inputs, width, stride=2), *(Residual(width) for _ in range(blocks))]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(widths[-1] * sizes[-1] ** 2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x).flatten(1))


@final
class Decoder(nn.Module):
    """Vectors `(n, inputs)` to pictures `(n, C, size, size)`; the first layer is `stem`, an affine map."""

    def __init__(self, inputs: int, channels: int, size: int, widths: tuple[int, ...], blocks: int) -> None:
        super().__init__()
        self.sizes = resolutions(size, len(widths))
        widths = widths[: len(self.sizes) - 1]
        self.stem = nn.Linear(inputs, widths[-1] * self.sizes[-1] ** 2)
        stages: list[nn.Module] = []
        last = max(8, widths[0] // 2)  # the full resolution costs most: fewer channels there
        for width, out in zip(widths[::-1], (*widths[-2::-1], last), strict=True):
            stages.append(nn.Sequential(*(Residual(width) for _ in range(blocks))))
            stages.append(Conv(width, out))
        self.stages = nn.ModuleList(stages)
        self.width = widths[-1]
        self.out = nn.Conv2d(last, channels, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = self.stem(z).unflatten(1, (self.width, self.sizes[-1], self.sizes[-1]))
        for i, size in enumerate(self.sizes[-2::-1]):
            h = self.stages[2 * i](h)
            h = self.stages[2 * i + 1](F.interpolate(h, size=(size, size), mode="nearest"))
        return self.out(h)
