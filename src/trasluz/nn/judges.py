"""Who tells real pictures from made ones: a network on pixels, or heads on fixed features at several scales.

The second is that of Sauer et al. 2021 (*Projected GANs converge faster*, section 3). The features are those of an
encoder that is no part of the contest (section 3.2: P is fixed). Random convolutions that are never trained mix them
across channels (CCM, 1 x 1) and, from the coarse to the fine, across scales (CSM, 3 x 3), so that no head can rest on a
few prominent ones. Each scale has a small head of its own, with a logit of its own.

Penalties are of the slope along the mixed features, from which the heads alone remain to be differentiated twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import pairwise
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trasluz.nn.blocks import Encoder, resolutions
from trasluz.nn.styles import Halving, activate, affine, conv, ladder

PERCEIVED = 2
"""How many of the coarsest scales `features` are of."""


class Judge(nn.Module, ABC):
    """Pictures in [-1, 1], `(n, C, size, size)`, to logits `(n,)`. No normalisation: items are judged one by one."""

    @abstractmethod
    def perceive(self, x: Tensor) -> tuple[list[Tensor], Tensor | None]:
        """What the verdicts are passed on, `(n, channels, side, side)` each, and codes `(n, d)` where it has them."""

    @abstractmethod
    def verdicts(self, perceived: list[Tensor]) -> Tensor:
        """A logit from each head, `(n, heads)`."""

    @abstractmethod
    def features(self, x: Tensor) -> Tensor:
        """`(n, d)`, for a distance that is felt rather than counted in pixels."""

    def forward(self, x: Tensor) -> Tensor:
        return self.verdicts(self.perceive(x)[0]).mean(1)


@final
class Discriminator(Judge):
    """One network on the pixels, with one logit."""

    def __init__(self, channels: int, size: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        steps = ladder(size, widths)
        side, width = steps[-1]
        self.enter = conv(channels, steps[0][1])
        self.body = nn.Sequential(*(Halving(a, b) for (_, a), (_, b) in pairwise(steps)))
        self.read = affine(width * side * side, width)
        self.leave = affine(width, 1)

    def perceive(self, x: Tensor) -> tuple[list[Tensor], Tensor | None]:
        return [x], None

    def verdicts(self, perceived: list[Tensor]) -> Tensor:
        return self.leave(self.features(perceived[0]))

    def features(self, x: Tensor) -> Tensor:
        """What the logit is read from."""
        return activate(self.read(activate(self.body(self.enter(x))).flatten(1)))


@final
class Mixing(nn.Module):
    """Features at several scales, mixed by random convolutions that stay as they were drawn."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.across_channels = nn.ModuleList(conv(w, w, 1) for w in widths)
        self.across_scales = nn.ModuleList(conv(coarse, fine) for fine, coarse in pairwise(widths))
        self.requires_grad_(False)

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        """From the finest to the coarsest, as they came."""
        out = [self.across_channels[-1](levels[-1])]
        for i in range(len(levels) - 2, -1, -1):
            above = F.interpolate(self.across_scales[i](out[0]), size=levels[i].shape[2:], mode="nearest")
            out.insert(0, (self.across_channels[i](levels[i]) + above) * 0.5**0.5)
        return out


@final
class Head(nn.Module):
    """Mixed features `(n, width, side, side)` to logits `(n,)`."""

    def __init__(self, steps: list[tuple[int, int]]) -> None:
        super().__init__()
        side, width = steps[-1]
        self.body = nn.Sequential(*(Halving(a, b) for (_, a), (_, b) in pairwise(steps)))
        self.last = conv(width, width // 2)
        self.read = affine(width // 2 * side * side, width // 2)
        self.leave = affine(width // 2, 1)

    def forward(self, u: Tensor) -> Tensor:
        h = activate(self.last(activate(self.body(u))))
        return self.leave(activate(self.read(h.flatten(1)))).squeeze(1)


@final
class FeatureJudge(Judge):
    """Heads on the mixed features of an encoder, the `trunk`, which the contest leaves as it is."""

    def __init__(self, channels: int, size: int, widths: tuple[int, ...], code: int) -> None:
        super().__init__()
        steps = list(zip(resolutions(size, len(widths))[1:], widths, strict=False))
        self.trunk = Encoder(channels, size, widths, 0, 2 * code).requires_grad_(False)
        self.mixing = Mixing(tuple(width for _, width in steps))
        self.heads = nn.ModuleList(Head(steps[i:]) for i in range(len(steps)))
        self.code = code

    def perceive(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Mixed features from the finest scale to the coarsest, and the mean of the encoder's posterior."""
        levels: list[Tensor] = []
        for stage in self.trunk.body:
            x = stage(x)
            levels.append(x)
        return self.mixing(levels), self.trunk.head(x.flatten(1))[:, : self.code]

    def verdicts(self, perceived: list[Tensor]) -> Tensor:
        return torch.stack([head(u) for head, u in zip(self.heads, perceived, strict=True)], 1)

    def features(self, x: Tensor) -> Tensor:
        """The coarsest mixed features."""
        return torch.cat([u.flatten(1) for u in self.perceive(x)[0][-PERCEIVED:]], 1)
