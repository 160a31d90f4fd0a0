"""A style-based generator and the blocks of its judges (Karras et al. 2019, 2020), small enough for a processor.

The mapping network turns z into w; every convolution of the synthesis has its own style, an affine map of w that
scales the channels it reads. Nothing is drawn inside: an item is a function of its latent.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trasluz.nn.blocks import resolutions

SLOPE = 0.2
GAIN = math.sqrt(2.0)


def activate(x: Tensor) -> Tensor:
    """Leaky ReLU that keeps the variance of its input."""
    return GAIN * F.leaky_relu(x, SLOPE)


def ladder(size: int, widths: tuple[int, ...]) -> list[tuple[int, int]]:
    """`(pixels, channels)` from the picture down; the full resolution costs most and gets the fewest channels."""
    sizes = resolutions(size, len(widths))
    return list(zip(sizes, (max(8, widths[0] // 2), *widths), strict=False))


def affine(inputs: int, outputs: int, bias: float = 0.0) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    nn.init.normal_(layer.weight, std=inputs**-0.5)
    nn.init.constant_(layer.bias, bias)
    return layer


def conv(inputs: int, outputs: int, side: int = 3) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, side, padding=side // 2)
    nn.init.normal_(layer.weight, std=(inputs * side * side) ** -0.5)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer


@final
class Mapping(nn.Module):
    """z `(n, latent)` to w `(n, width)`."""

    def __init__(self, latent: int, width: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(affine(latent if i == 0 else width, width) for i in range(depth))

    def forward(self, z: Tensor) -> Tensor:
        for layer in self.layers:
            z = activate(layer(z))
        return z


@final
class StyledConv(nn.Module):
    """A modulated and demodulated convolution (Karras et al. 2020, eq. 1–3).

    The style scales the channels of the input, and the demodulation those of the output, which gives what scaling the
    weights gives, with one convolution for the whole batch.
    """

    def __init__(self, inputs: int, outputs: int, style: int) -> None:
        super().__init__()
        self.style = affine(style, inputs, bias=1.0)
        self.conv = conv(inputs, outputs)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        s = self.style(w).float()
        power = self.conv.weight.float().square().sum((2, 3))
        demodulate = torch.rsqrt(s.square() @ power.T + 1e-8)
        h = F.conv2d(x * s[:, :, None, None].to(x.dtype), self.conv.weight, padding=1)
        h = h * demodulate[:, :, None, None].to(h.dtype)
        return activate(h + self.conv.bias[:, None, None].to(h.dtype))  # type: ignore[index]


@final
class Synthesis(nn.Module):
    """Styles `(n, layers, width)` to pictures `(n, C, size, size)`, about [-1, 1].

    One convolution at the base and one at the full resolution, two at each between; every resolution adds to the
    picture (Karras et al. 2020, section 4.1, "skip").
    """

    def __init__(self, channels: int, size: int, widths: tuple[int, ...], style: int) -> None:
        super().__init__()
        steps = ladder(size, widths)[::-1]
        side, width = steps[0]
        self.sizes = [side for side, _ in steps]
        self.start = nn.Parameter(nn.init.normal_(torch.empty(1, width, side, side)))
        self.first = StyledConv(width, width, style)
        pairs = list(pairwise(width for _, width in steps))
        self.ups = nn.ModuleList(StyledConv(a, b, style) for a, b in pairs)
        self.mores = nn.ModuleList(StyledConv(b, b, style) for _, b in pairs[:-1])
        self.colours = nn.ModuleList(conv(w, channels, 1) for _, w in steps)

    @property
    def layers(self) -> int:
        """How many styles it takes."""
        return 1 + len(self.ups) + len(self.mores)

    def styles(self) -> list[nn.Module]:
        """The convolutions in the order of their styles; each has its `style`."""
        found: list[nn.Module] = [self.first]
        for i, up in enumerate(self.ups):
            found += [up, *([self.mores[i]] if i < len(self.mores) else [])]
        return found

    def forward(self, w: Tensor) -> Tensor:
        styles = list(w.unbind(1))
        h = self.start.expand(len(w), -1, -1, -1)
        h = self.first(h, styles.pop(0))
        out = self.colours[0](h)
        for i, (up, size) in enumerate(zip(self.ups, self.sizes[1:], strict=True)):
            h = up(_resized(h, size), styles.pop(0))
            if i < len(self.mores):
                h = self.mores[i](h, styles.pop(0))
            out = _resized(out, size) + self.colours[i + 1](h)
        return out


def _resized(x: Tensor, size: int) -> Tensor:
    return F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False)


def _halved(x: Tensor) -> Tensor:
    """Half the resolution, rounded up."""
    return F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)


@final
class Halving(nn.Module):
    """A residual block that halves the resolution; what it adds is zero at first."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1, self.conv2, self.skip = conv(inputs, inputs), conv(inputs, outputs), conv(inputs, outputs, 1)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv2(_halved(activate(self.conv1(activate(x)))))
        return self.skip(_halved(x)) + h
