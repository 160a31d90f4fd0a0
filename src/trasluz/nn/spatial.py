"""Networks on feature maps: an autoencoder whose latents keep their places, and a velocity field on such latents."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trasluz.nn.blocks import Conv, Norm, Residual, groups, resolutions
from trasluz.nn.flow_matching import TIMES, time_features


@final
class SpatialEncoder(nn.Module):
    """Pictures `(n, C, size, size)` to maps `(n, outputs, side, side)`, halved once for each width."""

    def __init__(self, channels: int, size: int, widths: tuple[int, ...], blocks: int, outputs: int) -> None:
        super().__init__()
        self.sizes = resolutions(size, len(widths))
        widths = widths[: len(self.sizes) - 1]
        layers: list[nn.Module] = []
        for inputs, width in zip((channels, *widths), widths, strict=False):
            layers += [Conv(inputs, width, stride=2), *(Residual(width) for _ in range(blocks))]
        self.body = nn.Sequential(*layers)
        self.head = nn.Conv2d(widths[-1], outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


@final
class SpatialDecoder(nn.Module):
    """Maps `(n, inputs, side, side)` back to pictures `(n, C, size, size)`."""

    def __init__(self, inputs: int, channels: int, size: int, widths: tuple[int, ...], blocks: int) -> None:
        super().__init__()
        self.sizes = resolutions(size, len(widths))
        widths = widths[: len(self.sizes) - 1]
        self.stem = nn.Conv2d(inputs, widths[-1], 3, padding=1)
        last = max(8, widths[0] // 2)  # the full resolution costs most: fewer channels there
        self.blocks = nn.ModuleList(nn.Sequential(*(Residual(w) for _ in range(blocks))) for w in widths[::-1])
        self.ups = nn.ModuleList(Conv(a, b) for a, b in zip(widths[::-1], (*widths[-2::-1], last), strict=True))
        self.out = nn.Conv2d(last, channels, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = self.stem(z)
        for block, up, size in zip(self.blocks, self.ups, self.sizes[-2::-1], strict=True):
            h = up(F.interpolate(block(h), size=(size, size), mode="nearest"))
        return self.out(h)


@final
class Attention(nn.Module):
    """x + attention of all places to all places (Vaswani et al. 2017, eq. 1), written out so that every derivative
    is there, forward ones and second ones."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = Norm(groups(channels), channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        n, c, height, width = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(n, 3, self.heads, c // self.heads, height * width).unbind(1)
        weights = torch.softmax(q.transpose(2, 3) @ k * (c // self.heads) ** -0.5, dim=-1)
        return x + self.out((v @ weights.transpose(2, 3)).reshape(n, c, height, width))


@final
class TimedResidual(nn.Module):
    """A residual block that the time scales, shifts and gates (adaLN-zero: Peebles & Xie 2023, section 3.2)."""

    def __init__(self, channels: int, conditions: int) -> None:
        super().__init__()
        self.norm1 = Norm(groups(channels), channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = Norm(groups(channels), channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.timed = nn.Linear(conditions, 3 * channels)
        nn.init.zeros_(self.timed.weight)
        nn.init.zeros_(self.timed.bias)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        scale, shift, gate = self.timed(c)[:, :, None, None].chunk(3, dim=1)
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return x + gate * h


@final
class SpatialField(nn.Module):
    """Velocity of maps `(n, channels, side, side)` at times `(n,)`, and under classes `(n,)` where there are any.

    Residual blocks at one resolution, attention after every second one. Class `classes` stands for none.
    """

    def __init__(self, channels: int, side: int, width: int, depth: int, classes: int = 0) -> None:
        super().__init__()
        conditions = max(TIMES, width)
        self.time = nn.Sequential(nn.Linear(TIMES, conditions), nn.SiLU(), nn.Linear(conditions, conditions))
        self.classes = nn.Embedding(classes + 1, conditions) if classes else None
        self.enter = nn.Conv2d(channels, width, 3, padding=1)
        self.places = nn.Parameter(nn.init.normal_(torch.empty(1, width, side, side), std=0.02))
        self.blocks = nn.ModuleList(TimedResidual(width, conditions) for _ in range(depth))
        heads = next(h for h in (4, 2, 1) if width % h == 0)
        self.attentions = nn.ModuleList(Attention(width, heads) for _ in range(depth // 2))
        self.norm = Norm(groups(width), width)
        self.leave = nn.Conv2d(width, channels, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        c = self.time(time_features(t, TIMES))
        if self.classes is not None:
            none = torch.full((len(x),), self.classes.num_embeddings - 1, device=x.device)
            c = c + self.classes(none if y is None else y)
        c, h = F.silu(c), self.enter(x) + self.places
        for i, block in enumerate(self.blocks):
            h = block(h, c)
            if i % 2:
                h = self.attentions[i // 2](h)
        return self.leave(F.silu(self.norm(h)))
