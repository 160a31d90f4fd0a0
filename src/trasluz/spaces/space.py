"""The first-class object: a latent space of an open model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal, final

import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument, NotInvertible, UnknownName
from trasluz.base.shapes import Images, Latents, Native, Public
from trasluz.spaces.cards import STRIP, Card, form
from trasluz.spaces.prior import Prior
from trasluz.spaces.representation import Representation


class LatentSpace(Card, ABC):
    """A named space whose points decode to items.

    Methods are deterministic and never turn gradients off inside; callers choose `torch.inference_mode`.
    """

    name: str
    shape: tuple[int, ...]
    """Of one latent, without the batch dimension."""
    kind: Literal["vector", "spatial", "layers"]
    differentiable: bool = True
    knows_draws: bool = False
    """Whether the decoder was trained on draws of the default prior: a generator's, not an autoencoder's, which knows
    what it encoded."""
    encodes_soon: bool = True
    """Whether an item is encoded by a pass through a network or so; False where it takes many, as along a flow."""
    representation: Representation
    device: torch.device = torch.device("cpu")

    def __init__(self) -> None:
        self.priors: dict[str, Prior] = {}
        self.default_prior: str | None = None

    def told(self) -> str:
        """What it is, in a line."""
        ways = "encodes and decodes" if self.encodes else "decodes"
        priors = f"priors {', '.join(sorted(self.priors))}" if self.priors else "no prior"
        return f"{self.kind} of {form(self.shape)}, {ways}, {priors}"

    def card(self) -> tuple[str, list[tuple[str, str]]]:
        """What it is, at a glance."""
        kind = self.representation.of
        decodes = f"{kind.many}, {kind.told(self.representation.public_shape)}"
        found = [f"{name} (default)" if name == self.default_prior else name for name in sorted(self.priors)]
        lines = [
            ("latent", f"{self.kind} of {form(self.shape)}"), ("decodes to", decodes),
            ("encodes", "yes" if self.encodes else "no"), ("gradients", "yes" if self.differentiable else "no"),
            ("priors", ", ".join(found) or "none"),
        ]  # fmt: skip
        return f"The space {self.name}", lines

    def strip(self) -> Images | None:
        """Some draws of its default prior, decoded."""
        if self.default_prior is None:
            return None
        z = self.prior().sample(STRIP, 0).float().to(self.device)
        return self.representation.of.draw(self.decode(z).cpu())

    @abstractmethod
    def render(self, z: Latents) -> Native:
        """`(n, *shape)` to the native representation: float32, not clamped, deterministic,
        forward- and reverse-differentiable where `differentiable`."""

    @final
    def decode(self, z: Latents) -> Public:
        """`(n, *shape)` to what a person sees or hears, clamped to the public range."""
        return self.representation.to_public(self.render(self.check(z)))

    def encode(self, x: Public) -> Latents:
        """Public items `(n, ...)` to their latents `(n, *shape)`: the posterior mean where there is a posterior. What
        is reached from draws of another space's posterior begins at a draw, always the same for the same item.

        Raises:
            NotInvertible: the space has no encoder.
        """
        raise NotInvertible(
            f"the space {self.name!r} has no encoder", next="Invert by optimisation where the space is differentiable"
        )

    @property
    def encodes(self) -> bool:
        """Whether `encode` is there."""
        return type(self).encode is not LatentSpace.encode

    def posterior(self, x: Public) -> tuple[Latents, Latents] | None:
        """`(mu, log_var)` of the approximate posterior, or None where there is none."""
        return None

    def first_affine(self) -> Tensor | None:
        """The weight `(out, in)` of the first affine layer that a latent meets, for closed-form factorisation."""
        return None

    def activations(self, z: Latents) -> Tensor | None:
        """What a layer makes of latents, `(n, ...)`, for principal components of it (GANSpace); None where that is not
        known. Where a space does not say otherwise, what its first affine layer does, of each position of a latent
        that is wider, in the mean."""
        a = self.first_affine()
        if a is None or a.ndim != 2:
            return None
        flat = z.flatten(1)
        if flat.shape[1] % a.shape[1]:
            return None
        return flat.reshape(len(flat), -1, a.shape[1]).mean(1) @ a.T.to(flat)

    def prior(self, name: str | None = None) -> Prior:
        """A prior by name, or the default one."""
        chosen = self.default_prior if name is None else name
        if chosen is None:
            raise InvalidArgument(
                f"the space {self.name!r} has no prior to sample from", next="Fit one, or wrap with prior="
            )
        if chosen not in self.priors:
            raise UnknownName("prior", chosen, self.priors)
        return self.priors[chosen]

    @final
    def check(self, z: Latents) -> Latents:
        """Refuse latents of another shape, or that are not numbers."""
        if tuple(z.shape[1:]) != self.shape:
            raise InvalidArgument(
                f"latents of another shape than the space {self.name!r}", got=tuple(z.shape), allowed=("n", *self.shape)
            )
        return z
