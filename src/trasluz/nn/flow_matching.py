"""Flow matching on straight paths (Lipman et al. 2023; Liu et al. 2023, rectified flow).

x_t = (1 − t)·eps + t·x for t in [0, 1]; the network v(x_t, t) regresses x − eps. Integrating dx/dt = v from
t = 0 to 1 turns noise into data, and backwards data into noise. Nothing here knows what x is.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

TIMES = 64
"""Features of the time."""
Velocity = Callable[[Tensor, Tensor], Tensor]
"""`v(x_t, t)`: `(n, ...)` and `(n,)` to `(n, ...)`."""


def interpolant(x: Tensor, eps: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """`x_t` and the target velocity x − eps."""
    t_ = t.reshape(-1, *(1,) * (x.dim() - 1))
    return (1 - t_) * eps + t_ * x, x - eps


def matching_loss(v: Velocity, x: Tensor, eps: Tensor, t: Tensor) -> Tensor:
    """Mean squared error of the velocity; a scalar."""
    x_t, target = interpolant(x, eps, t)
    return (v(x_t, t).float() - target).square().mean()


def skewed_times(u: Tensor, shift: float) -> Tensor:
    """Uniform draws to times that visit one end more often: t = u / (u + shift·(1 − u)); 1 leaves them uniform.

    With shift above 1 more of the draws are noisy (small t) (Esser et al. 2024, section 5.3.2, with t reversed).
    """
    return u / (u + shift * (1 - u))


def integrate(v: Velocity, x: Tensor, start: float, end: float, steps: int, solver: str = "heun") -> Tensor:
    """Solve dx/dt = v(x, t) from `start` to `end` in equal steps, by Heun (second order) or Euler.

    Heun calls the network twice a step.
    """
    h = (end - start) / steps
    ones = torch.ones(len(x), device=x.device)
    for i in range(steps):
        t = start + i * h
        d = v(x, t * ones)
        if solver == "heun":
            d = 0.5 * (d + v(x + h * d, (t + h) * ones))
        x = x + h * d
    return x


def path_states(v: Velocity, noise: Tensor, steps: int, solver: str, frames: int) -> list[tuple[float, Tensor, Tensor]]:
    """`frames` moments of the way from noise, evenly in time, both ends among them: t, x_t, and the end that is
    expected from there, x_t + (1 − t)·v(x_t, t)."""
    out: list[tuple[float, Tensor, Tensor]] = []
    x, ones = noise, torch.ones(len(noise), device=noise.device)
    each = max(1, round(steps / max(1, frames - 1)))
    for i in range(frames):
        t = i / max(1, frames - 1)
        out.append((t, x, x + (1 - t) * v(x, t * ones) if t < 1 else x))
        if i < frames - 1:
            x = integrate(v, x, t, (i + 1) / (frames - 1), each, solver)
    return out


def time_features(t: Tensor, dimensions: int) -> Tensor:
    """Sines and cosines of t at octave frequencies, `(n,)` to `(n, dimensions)`."""
    frequencies = torch.exp(torch.linspace(0.0, math.log(200.0), dimensions // 2, device=t.device))
    angles = 2 * t[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class VectorField(nn.Module):
    """Velocity of vectors: residual perceptron blocks, scaled and shifted by the time (adaLN, Peebles & Xie 2023)."""

    def __init__(self, dimensions: int, width: int, depth: int) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(TIMES, TIMES), nn.SiLU())
        self.enter = nn.Linear(dimensions, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width, elementwise_affine=False) for _ in range(depth))
        self.scales = nn.ModuleList(nn.Linear(TIMES, 3 * width) for _ in range(depth))
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width)) for _ in range(depth)
        )
        self.leave = nn.Linear(width, dimensions)
        for layer in (*self.scales, self.leave):
            nn.init.zeros_(layer.weight)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        h, c = self.enter(x), self.time(time_features(t, TIMES))
        for norm, scale, mlp in zip(self.norms, self.scales, self.mlps, strict=True):
            a, b, gate = scale(c).chunk(3, dim=1)
            h = h + gate * mlp(norm(h) * (1 + a) + b)
        return self.leave(F.silu(h))
