"""Trains the network that makes magnitudes of sounds finer, src/trasluz/kinds/magnitudes.safetensors, and says how much
nearer they come than without it. Minutes; the weights are float16.

It learns from spoken words of the source `voices`, slower and faster, and from sounds that are drawn here: stacks of
harmonics that glide, and noise of any colour, alone or beneath the others. No recording is among them.
"""

from __future__ import annotations

import math
import sys

import torch
from torch import Tensor
from torch.nn import functional

from trasluz.base.rng import generator
from trasluz.io.weights import write_tensors
from trasluz.kinds._log_mel import FINER, RATE, LogMel
from trasluz.lab.shelf.data import load
from trasluz.nn.magnitudes import Finer

STEPS, BATCH, RATE_OF_LEARNING = 900, 12, 2e-3
WORDS = 1500
FLOOR = 1e-4
"""Magnitude below which nothing is heard: -80 dB of a full sine."""


def spoken(words: Tensor, n: int, g: torch.Generator) -> Tensor:
    """Words, each slower or faster and of another loudness."""
    out = []
    for one in words[torch.randint(len(words), (n,), generator=g)]:
        length = int(RATE * float(torch.empty(1).uniform_(0.8, 1.25, generator=g)))
        turned = functional.interpolate(one[None, None], length, mode="linear", align_corners=False)[0, 0]
        out.append(functional.pad(turned, (0, max(0, RATE - length)))[:RATE])
    return torch.stack(out) * loudness(n, g)


def loudness(n: int, g: torch.Generator) -> Tensor:
    return 10 ** (torch.empty(n, 1).uniform_(-12, 3, generator=g) / 20)


def swell(n: int, g: torch.Generator) -> Tensor:
    """A beginning and an end, `(n, samples)`."""
    t = torch.linspace(0, 1, RATE)
    middle, wide = torch.empty(2, n, 1).uniform_(0.3, 0.7, generator=g)
    return torch.sigmoid((wide / 2 - (t - middle).abs()) * 40)


def harmonics(n: int, g: torch.Generator) -> Tensor:
    """Tones with overtones that glide a little."""
    t = torch.arange(RATE) / RATE
    first = 2 ** torch.empty(n, 1).uniform_(math.log2(70), math.log2(1500), generator=g)
    glide = torch.empty(n, 1).uniform_(-0.4, 0.4, generator=g)
    turn = 2 * math.pi * first * (t + glide * t**2 / 2)
    fall = torch.empty(n, 1).uniform_(0.3, 2.0, generator=g)
    out = torch.zeros(n, RATE)
    for k in range(1, 20):
        there = (first * k * (1 + glide.abs()) < 7800).float()
        out += there * k**-fall * torch.sin(k * turn + 6.28 * torch.rand(n, 1, generator=g))
    return out * 0.15 * swell(n, g) * loudness(n, g)


def noise(n: int, g: torch.Generator) -> Tensor:
    """Noise of any colour."""
    bins = torch.fft.rfft(torch.randn(n, RATE, generator=g))
    points = torch.empty(n, 1, 12).uniform_(-2.5, 0, generator=g)
    colour = 10 ** functional.interpolate(points, bins.shape[1], mode="linear", align_corners=True)[:, 0]
    out = torch.fft.irfft(bins * colour, RATE)
    return 0.1 * out / out.std(1, keepdim=True) * swell(n, g) * loudness(n, g)


def drawn(words: Tensor, g: torch.Generator) -> Tensor:
    """A batch: half of it spoken, some with noise beneath."""
    third = BATCH // 4
    x = torch.cat([spoken(words, BATCH - 2 * third, g), harmonics(third, g), noise(third, g)])
    beneath = noise(BATCH, g) * torch.rand(BATCH, 1, generator=g) ** 4 * (torch.rand(BATCH, 1, generator=g) < 0.4)
    return (x + beneath).clamp(-1, 1)


def main() -> int:
    data = load(f"voices:{WORDS}")
    words, held = data.split("train").tensor(slice(None)), data.split("test").tensor(slice(0, 60))
    plain, g = LogMel(RATE, finer=False), generator(0, "magnitudes of sounds")
    torch.manual_seed(0)
    net = Finer(plain.side, plain.bins)
    steps = torch.optim.Adam(net.parameters(), RATE_OF_LEARNING)
    rates = torch.optim.lr_scheduler.OneCycleLR(steps, RATE_OF_LEARNING, total_steps=STEPS, pct_start=0.05)
    for k in range(STEPS):
        with torch.no_grad():
            x = drawn(words, g)
            bands, true = plain.seen(plain.to_native(x)), plain.magnitudes(x)
            rough = plain.rough(bands)
        found = net(bands, rough)
        logs = (torch.log10(found + FLOOR) - torch.log10(true + FLOOR)).abs().mean()
        loss = logs + 2 * ((found - true).flatten(1).norm(dim=1) / true.flatten(1).norm(dim=1)).mean()
        steps.zero_grad()
        loss.backward()
        steps.step()
        rates.step()
        if k % 100 == 99:
            sys.stderr.write(f"{k + 1} of {STEPS}: {float(loss.detach()):.3f}\n")
    write_tensors(FINER, {name: value.half() for name, value in net.state_dict().items()}, "magnitudes", {})
    for name, x in {"words held out": held, "harmonics": harmonics(20, g), "noise": noise(20, g)}.items():
        for how, one in {"without": plain, "with": LogMel(RATE)}.items():
            there, here = plain.magnitudes(x), plain.magnitudes(one.to_public(one.to_native(x)))
            away = ((here - there).flatten(1).norm(dim=1) / there.flatten(1).norm(dim=1)).mean()
            bands = (plain.to_native(one.to_public(one.to_native(x))) - plain.to_native(x)).square().mean().sqrt() * 60
            sys.stdout.write(f"{name}, {how}: convergence {float(away):.3f}, bands {float(bands):.2f} dB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
