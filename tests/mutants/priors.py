"""Priors that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.config import Config
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.conformance.priors import PriorCase
from trasluz.spaces.prior import Prior, PriorMethod


class Nothing(Config):
    """Nothing to set."""


class Shy(Config):
    """Says nothing of its setting."""

    width: int = 4


class Cube(Prior):
    """Even about the mean of the codes, as wide as they are."""

    method: ClassVar[str] = "cube"

    def __init__(self, shape: tuple[int, ...], centre: Tensor, width: Tensor) -> None:
        self.shape, self.centre, self.width = shape, centre, width

    @property
    def mean(self) -> Tensor:
        return self.centre

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Tensor:
        noise = rng.normal(n, self.shape, seed, "cube", start=start) * temperature
        return self.centre + self.width * noise

    def log_density(self, z: Tensor) -> Tensor | None:
        return -((z - self.centre) / self.width).flatten(1).square().sum(1)

    def state(self) -> dict[str, Tensor]:
        return {"centre": self.centre, "width": self.width}


class Cubes(PriorMethod):
    """A toy that keeps to the contract; what breaks it in one place is below."""

    name: ClassVar[str] = "cube"
    title: ClassVar[str] = "A cube"
    config_type = Nothing
    prior: type[Cube] = Cube

    def fit(self, mu: Tensor, log_var: Tensor | None, config: Any, seed: int, run: Any) -> Prior:
        if len(mu) < 2:
            raise InvalidArgument("too few codes")
        return self.prior(tuple(mu.shape[1:]), mu.mean(0), mu.std(0).clamp_min(1e-3))

    def open(self, shape: tuple[int, ...], config: Any, state: Any) -> Prior:
        if set(state) != {"centre", "width"} or tuple(state["centre"].shape) != shape:
            raise DamagedFile("no cube")
        return self.prior(shape, state["centre"], state["width"])


def broken(prior: dict[str, Any] | None = None, **changes: Any) -> PriorCase:
    """The toy with something of its class, or of its priors, exchanged."""
    changes["prior"] = type("Changed", (Cube,), prior or {})
    return PriorCase(method=type("Broken", (Cubes,), {"__doc__": "Broken.", **changes})())


def sampling(draw: Callable[..., Tensor]) -> PriorCase:
    """The toy drawn otherwise: `draw(prior, n, seed, start, temperature)`."""

    def sample(self, n, seed, *, start=0, temperature=1.0):
        return draw(self, n, seed, start, temperature)

    return broken({"sample": sample})


def one_stream(prior: Cube, n: int, seed: int, start: int, temperature: float) -> Tensor:
    """One generator for the whole batch."""
    g = torch.Generator().manual_seed(seed + start)
    return prior.centre + temperature * torch.randn(n, *prior.shape, generator=g)


def lucky(self: Cubes, mu: Tensor, log_var: Any, config: Any, seed: int, run: Any) -> Prior:
    return Cubes.fit(self, mu + torch.randn(1), log_var, config, seed, run)


def trampling(self: Cubes, mu: Tensor, log_var: Any, config: Any, seed: int, run: Any) -> Prior:
    made = Cubes.fit(self, mu, log_var, config, seed, run)
    mu.sub_(1)
    return made


def divided(self: Cubes, mu: Tensor, log_var: Any, config: Any, seed: int, run: Any) -> Prior:
    """Divides by the spread, which may be none."""
    made = Cubes.fit(self, mu, log_var, config, seed, run)
    return self.prior(made.shape, made.mean, 1 / (1 / mu.std(0)) * (mu.std(0) / mu.std(0)))


def crash(self: Cubes, shape: tuple[int, ...], config: Any, state: Any) -> Prior:
    return self.prior(shape, state["centre"], state["width"])


def shifted(self: Cubes, shape: tuple[int, ...], config: Any, state: Any) -> Prior:
    return Cubes.open(self, shape, config, {**state, "width": state["width"] * 1.0001})


BROKEN: list[tuple[str, Callable[[], PriorCase], str]] = [
    ("names", lambda: broken({"method": "ball"}), "call themselves 'ball'"),
    ("names", lambda: broken(title=""), "title has to say something"),
    ("settings", lambda: broken(config_type=Shy), "width does not say what it means"),
    ("draws", lambda: sampling(lambda p, n, s, i, t: Cube.sample(p, n, s).flatten(1)), "the shape"),
    ("draws", lambda: sampling(lambda p, n, s, i, t: Cube.sample(p, n, s).double()), "float64"),
    ("draws", lambda: sampling(lambda p, n, s, i, t: Cube.sample(p, max(n, 1), s)), "0 draws"),
    ("item-by-item", lambda: sampling(one_stream), "in other batches"),
    ("item-by-item", lambda: sampling(lambda p, n, s, i, t: Cube.sample(p, n, 7, start=i)), "for another seed"),
    ("temperature", lambda: sampling(lambda p, n, s, i, t: Cube.sample(p, n, s, start=i)), "still vary"),
    ("density", lambda: broken({"log_density": lambda s, z: -Cube.log_density(s, z)}), "not lower than at it"),  # type: ignore[operator]
    ("density", lambda: broken({"log_density": lambda s, z: z.flatten(1)}), "the shape"),
    ("same-again", lambda: broken(fit=lucky), "global random numbers"),
    ("same-again", lambda: broken(fit=trampling), "changes its codes"),
    ("learned", lambda: broken({"identity": "p-cube"}), "the same identity"),
    ("kept", lambda: broken(open=shifted), "opened again"),
    ("kept", lambda: broken({"dump": lambda s: {"centre": s.centre}}), "TypeError"),
    ("damaged", lambda: broken(open=crash), "another space"),
    ("few-codes", lambda: broken(fit=divided), "not finite"),
]
GOOD = broken
