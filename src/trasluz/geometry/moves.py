"""Moving latents along directions, several at once, so that none undoes or doubles what another does."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.shapes import Latents
from trasluz.spaces.direction import Direction

LONGEST = 8.0
"""How many times as long as all single moves together a common move may be, before its directions count as undoing each
other."""


def moved(z: Latents, directions: Sequence[Direction], strengths: Sequence[float | Tensor]) -> Latents:
    """Latents moved along several directions at once, so that none undoes or doubles what another does.

    Each direction i reads where an item lies along it and wants it moved by Δᵢ; the move is the one in the span of
    all of them that gives every reading its Δᵢ: `Bᵀ c` with `(W Bᵀ) c = Δ`. For plain vectors W = B, and this is
    the Gram system of InterFaceGAN's conditional manipulation (Shen et al. 2020, section 3.3) solved the other way.

    Raises:
        InvalidArgument: directions of another shape, or so alike or opposed that no move does what all of them want.
    """
    if not directions:
        return z
    flat = z.detach().flatten(1).double().cpu()
    basis, reading, wanted = [], [], []
    for direction, strength in zip(directions, strengths, strict=True):
        if direction.shape != tuple(z.shape[1:]):
            raise InvalidArgument(
                f"the direction {direction.name} is of another shape than the latents",
                got=direction.shape,
                allowed=tuple(z.shape[1:]),
            )
        s = torch.as_tensor(strength, dtype=torch.float64).reshape(-1, 1).cpu()
        b, w, delta = _wish(direction, flat, s)
        basis.append(b)
        reading.append(w)
        wanted.append(delta.expand(len(flat), -1))
    b, w, delta = torch.cat(basis), torch.cat(reading), torch.cat(wanted, 1)
    system = w @ b.T
    alone = sum(((_alone(*part) for part in zip(basis, reading, wanted, strict=True))), torch.zeros(()))
    try:
        step = torch.linalg.solve(system, delta.T).T @ b
    except torch.linalg.LinAlgError:
        step = torch.full_like(flat, torch.inf)
    # Not for what is nothing at all, such as the way to where an item is already.
    if len(directions) > 1 and bool((step.norm(dim=1) > LONGEST * alone + 1e-9).any()):
        raise InvalidArgument(
            "these directions undo each other, or are one and the same",
            got=", ".join(direction.name for direction in directions),
            next="Leave one of them out",
        )
    return (flat + step).reshape(z.shape).to(z)


def _alone(b: Tensor, w: Tensor, delta: Tensor) -> Tensor:
    """How far one direction alone would move each item."""
    return (torch.linalg.solve(w @ b.T, delta.T).T @ b).norm(dim=1)


def _wish(
    direction: Direction, flat: Float[Tensor, "n d"], strength: Float[Tensor, "m 1"]
) -> tuple[Tensor, Tensor, Tensor]:
    """Basis `(k, d)`, functionals `(k, d)`, and the wanted change of what they read, `(n or 1, k)`."""
    if direction.aim is None:
        v = direction.vector.flatten().double()[None]
        return v, v, strength * direction.sigma
    aim = direction.aim
    b, w = aim.basis.flatten(1).double(), aim.reading.flatten(1).double()
    return b, w, strength * (aim.goal.double() - (flat @ w.T - aim.offset.double()))
