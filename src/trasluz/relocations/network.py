"""A small network beside a linear map: what is left where two spaces are bent against each other.

z ↦ ridge(z) + MLP(z), the second from zero on (a residual as in He et al. 2016), stopped where items held aside get
worse (Prechelt 1998, *Early stopping, but when?*).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor, nn

from trasluz.base import rng
from trasluz.base.config import Config, setting
from trasluz.base.errors import DamagedFile
from trasluz.base.progress import Progress
from trasluz.base.shapes import Latents
from trasluz.relocations._affine import Affine, Centred, Ridge
from trasluz.spaces.relocation import WIDEST, Pairs, Relocation, RelocationMethod, Shape

LOOK = 25
"""Steps between two looks at the items aside."""
PATIENCE = 8
"""Looks without anything better, by one in a hundred, before it ends."""
BETTER = 0.99
BATCH = 256


class NetworkConfig(Config):
    """Size and training of the network."""

    width: int = setting(256, "Units of each of the two hidden layers.", unit="units", ge=4, le=4096)
    steps: int = setting(1500, "Steps of training, at most.", unit="steps", ge=1, le=100_000)
    rate: float = setting(1e-3, "Learning rate (Adam).", gt=0, le=1)


@final
class Bent(Relocation):
    """A linear map and a small network on top of it, in coordinates of unit spread."""

    method = "network"

    def __init__(self, linear: Affine, scales: Tensor, layers: list[Tensor], steps: int) -> None:
        self.source, self.target, self.chosen = linear.source, linear.target, {"steps": float(steps)}
        self._linear, self._scales, self._layers = linear, scales.float(), [part.float() for part in layers]

    def move(self, z: Latents) -> Latents:
        more = _network(z.flatten(1), self._scales, self._layers)
        return self._linear.move(z) + more.reshape(len(z), *self.target)

    def state(self) -> dict[str, Tensor]:
        own = {f"layer.{i}": part for i, part in enumerate(self._layers)}
        steps = torch.tensor([self.chosen["steps"]], dtype=torch.float64)
        return {
            **{f"linear.{k}": v for k, v in self._linear.state().items()},
            **own,
            "scales": self._scales,
            "steps": steps,
        }


def _network(rows: Tensor, scales: Tensor, layers: list[Tensor]) -> Tensor:
    """Two hidden layers; `scales` are the mean and the spread of the source, and the spread of what is left."""
    d = rows.shape[1]
    h = (rows - scales[:d]) / scales[d : 2 * d]
    h = nn.functional.gelu(h @ layers[0] + layers[1])
    h = nn.functional.gelu(h @ layers[2] + layers[3])
    return (h @ layers[4] + layers[5]) * scales[2 * d]


@final
class Network(RelocationMethod):
    """A linear map with a small network on top."""

    name = "network"
    title = "A small network on top of a linear map"
    config_type = NetworkConfig
    rung = 6

    def why_not(self, source: Shape, target: Shape, items: int) -> str | None:
        widest = max(torch.Size(source).numel(), torch.Size(target).numel())
        return None if widest <= WIDEST else f"a network of {widest:,} dimensions is too large"

    def fit(self, pairs: Pairs, config: Config, seed: int, progress: Progress) -> Relocation:
        settings = NetworkConfig.make(config.dump())
        rows = Centred.of(pairs)
        every = Ridge(rows.x, rows.y)
        penalty = every.best(rows.x_aside, rows.y_aside)
        linear = rows.affine("ridge", pairs, every.weight(penalty), chosen={"penalty": penalty})
        x, x_aside = (part.detach().cpu().float().flatten(1) for part in (pairs.source, pairs.source_aside))
        left, left_aside = (
            (to.detach().cpu().float() - linear(of)).flatten(1)
            for of, to in ((pairs.source, pairs.target), (pairs.source_aside, pairs.target_aside))
        )
        spread = x.std(0, correction=0).clamp_min(1e-6)
        scales = torch.cat([x.mean(0), spread, left.std(correction=0).clamp_min(1e-12)[None]])
        layers, steps = _trained(x, left, x_aside, left_aside, scales, settings, seed, progress)
        return Bent(linear, scales, layers, steps)

    def open(self, state: Mapping[str, Tensor], source: Shape, target: Shape) -> Relocation:
        d, e = torch.Size(source).numel(), torch.Size(target).numel()
        linear = {k.removeprefix("linear."): v for k, v in state.items() if k.startswith("linear.")}
        layers = [state[f"layer.{i}"] for i in range(6) if f"layer.{i}" in state]
        known = {f"linear.{k}" for k in linear} | {f"layer.{i}" for i in range(6)} | {"scales", "steps"}
        width = layers[0].shape[-1] if layers else 0
        sizes = [(d, width), (width,), (width, width), (width,), (width, e), (e,)]
        fits = set(state) == known and [tuple(part.shape) for part in layers] == sizes
        if not fits or state["scales"].shape != (2 * d + 1,) or state["steps"].shape != (1,):
            raise DamagedFile("not a map by network", got=sorted(state), next="Fit the map again")
        return Bent(
            Affine.read("ridge", ["penalty"], linear, source, target), state["scales"], layers, int(state["steps"])
        )


def _trained(
    x: Tensor, y: Tensor, x_aside: Tensor, y_aside: Tensor, scales: Tensor, settings: NetworkConfig, seed: int,
    progress: Progress,
) -> tuple[list[Tensor], int]:  # fmt: skip
    """Layers at their best on the items aside, and after how many steps that was; 0 where the linear map alone is."""
    draw = rng.generator(seed, "network between two spaces")
    d, e, width = x.shape[1], y.shape[1], settings.width
    layers = [
        torch.randn(d, width, generator=draw) * (2 / d) ** 0.5,
        torch.zeros(width),
        torch.randn(width, width, generator=draw) * (2 / width) ** 0.5,
        torch.zeros(width),
        torch.zeros(width, e),
        torch.zeros(e),
    ]

    def aside() -> float:
        with torch.no_grad():
            return float((_network(x_aside, scales, layers) - y_aside).square().mean())

    best, kept, at, waited = aside(), [part.clone() for part in layers], 0, 0
    with torch.inference_mode(False), torch.enable_grad(), progress.task("Fitting a network", settings.steps) as step:
        x, y, scales = x.clone(), y.clone(), scales.clone()
        for part in layers:
            part.requires_grad_(True)
        optimiser = torch.optim.Adam(layers, settings.rate)
        done = 0
        for k in range(1, settings.steps + 1):
            which = torch.randint(len(x), (min(BATCH, len(x)),), generator=draw)
            loss = ((_network(x[which], scales, layers) - y[which]) / scales[2 * d]).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step(1)
            done = k
            if k % LOOK and k < settings.steps:
                continue
            error = aside()
            waited = 0 if error < BETTER * best else waited + 1
            if error < best:
                best, kept, at = error, [part.detach().clone() for part in layers], k
            if waited >= PATIENCE:
                break
        step(settings.steps - done)
    return [part.detach() for part in kept], at
