"""An open generative model: its representation, its named latent spaces, its identity."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument, TrasluzError, UnknownName
from trasluz.base.shapes import Images, Latents
from trasluz.io.weights import canonical, digest
from trasluz.spaces.cards import Card
from trasluz.spaces.representation import Representation
from trasluz.spaces.space import LatentSpace


@dataclass(frozen=True)
class State:
    """A moment on the way from noise to item."""

    t: float
    """From 0, noise, to 1, the item."""
    space: str
    """The space that both latents can be decoded in."""
    z: Latents
    """`(n, *shape)`: the state itself, decoded as if it were finished."""
    expected: Latents
    """`(n, *shape)`: the item that the model expects at this moment."""


@dataclass(frozen=True)
class Condition:
    """A word that `given` takes."""

    name: str
    values: tuple[str, ...] = ()
    """What it may be; nothing where it is a number."""
    low: float = 0.0
    high: float = 0.0
    usual: float = 0.0
    """Of a number: its bounds, and what it is where nobody says it."""
    whole: bool = False
    needs: str | None = None
    """The one without which this one says nothing."""


class LatentModel(Card, ABC):
    """A generative model that is open to look into. Its parameters are frozen."""

    name: str = "unnamed"
    """What it is called where it was opened; no part of its identity."""
    family: str
    representation: Representation
    spaces: Mapping[str, LatentSpace]
    default_space: str
    begins_in: str | None = None
    """The space that its items come from step by step, of a model that `states` can follow."""
    trained_on: str | None = None
    """The data it was trained on, as a DATA argument."""
    folder: Path | None = None
    """Where it was opened from; None where it is in memory alone."""
    condition: Mapping[str, Any] = {}
    """What `given` was called with, where this is a conditioned view."""
    _identity: tuple[Any, str] | None = None

    def card(self) -> tuple[str, list[tuple[str, str]]]:
        """What it is, at a glance."""
        kind = self.representation.of
        lines = [("items", f"{kind.many}, {kind.told(self.representation.public_shape)}")]
        lines += [("trained on", self.trained_on)] if self.trained_on else []
        for name, space in self.spaces.items():
            lines.append((f"space {name}", space.told() + (" (default)" if name == self.default_space else "")))
        if self.condition:
            lines.append(("given", ", ".join(f"{key}={value}" for key, value in self.condition.items())))
        lines.append(("weights", f"{sum(part.numel() for part in self.state().values()):,}"))
        return f"{self.name}, a model of the family {self.family}", [*lines, ("identity", self.identity)]

    def strip(self) -> Images | None:
        """Some of its own draws."""
        return self.space().strip()

    @property
    def is_kept(self) -> bool:
        """Whether a command line can open it by its name; not so where it is in memory alone."""
        return True

    def opened_from(self, folder: Path) -> None:
        """Remember where it was opened from, so that it can be opened from there again."""
        self.folder = folder.absolute()

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """All weights by name."""

    @abstractmethod
    def to(self, device: torch.device | str) -> LatentModel:
        """The same model on another device."""

    def dump(self) -> dict[str, Any]:
        """Settings that, with `state`, open the same model again."""
        return {}

    def space(self, name: str | None = None) -> LatentSpace:
        """A space by name, or the default one."""
        chosen = self.default_space if name is None else name
        if chosen not in self.spaces:
            raise UnknownName(f"space of the model {self.name}", chosen, self.spaces)
        return self.spaces[chosen]

    def transport(self, z: Latents, src: str, dst: str) -> Latents:
        """Take latents from one space of this model to another (z → w, noise → z, ...)."""
        self.space(src).check(z)
        self.space(dst)
        if src == dst:
            return z
        raise TrasluzError(f"the model {self.name} has no way from its space {src!r} to {dst!r}")

    def states(self, z: Latents, src: str, frames: int) -> list[State]:
        """The states that latents `(n, *shape)` of the space `src` pass through from noise to item, in order.

        Raises:
            TrasluzError: this model makes its items in one step.
        """
        raise TrasluzError(
            f"the model {self.name} makes its items in one step: there are no states between noise and item",
            next="A latent diffusion model has them, such as one of the family flow",
        )

    def given(self, **condition: Any) -> LatentModel:
        """A view of this model under a condition, with an identity of its own; `decode` stays unary."""
        raise InvalidArgument(
            f"the model {self.name} takes no conditions", got=", ".join(condition), next="Leave out --given"
        )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What `given` takes, what others need before them; nothing where it takes none."""
        return ()

    def owner(self, space: str) -> str:
        """The identity that latents of a space belong to. A conditioned view shares with its model the spaces whose
        latents decode alike under every condition."""
        self.space(space)
        return self.identity

    @property
    def identity(self) -> str:
        """A hash of the weights and settings; computed anew when a weight was changed."""
        tensors = self.state()
        stamp = tuple((k, v._version, v.data_ptr(), tuple(v.shape)) for k, v in sorted(tensors.items()))
        if self._identity is None or self._identity[0] != stamp:
            self._identity = (stamp, identify(self.family, self.representation, self.dump(), tensors))
        return self._identity[1]


def identify(
    family: str, representation: Representation, config: Mapping[str, Any] | Config, state: Mapping[str, Tensor]
) -> str:
    """The identity of weights and settings: what binds an atlas to its model."""
    values = config.dump() if isinstance(config, Config) else dict(config)
    text = canonical(
        {"family": family, "representation": canonical_json(representation.dump()), "config": canonical_json(values)}
    )
    return "m-" + digest(state, text)


def canonical_json(values: Mapping[str, Any]) -> str:
    import json

    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def freeze(module: torch.nn.Module) -> torch.nn.Module:
    """Evaluation mode, no gradients to the parameters."""
    return module.eval().requires_grad_(False)
