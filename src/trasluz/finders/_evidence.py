"""How finders read what they are given: rows with a known target, checked."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument, NotDifferentiable
from trasluz.base.shapes import Scores, Vectors
from trasluz.spaces.methods import Arrow, Evidence


def rows_of(evidence: Evidence, least: int = 2) -> Vectors:
    """The latents as rows `(n, d)`, float32, on the CPU."""
    z = evidence.latents
    if z is None or len(z) < least:
        raise InvalidArgument(
            "too few encoded items to find directions on",
            got=0 if z is None else len(z),
            allowed=f"{least} or more",
            next="Encode more data, or draw samples of the model's own: --samples N",
        )
    rows = z.detach().float().cpu().flatten(1)
    # A sum shows what is not finite, and needs no mask as large as the rows; where it ran over, they are looked at.
    if not bool(torch.isfinite(rows.sum())) and not bool(torch.isfinite(rows).all()):
        raise InvalidArgument("directions need latents that are finite numbers", next="Look for NaN in the latents")
    if bool((rows == rows[0]).all()):
        raise InvalidArgument(
            "directions need latents that differ",
            got=f"{len(rows)} times the same",
            next="The encoder may have collapsed",
        )
    return rows


def sides(evidence: Evidence, least: int) -> tuple[Vectors, Scores, Tensor]:
    """`(rows, y, known)`: the rows whose target is known, 1 or 0 for each, and which they are, at least `least` on
    either side."""
    rows, y, known = _known(evidence)
    if not bool(((y == 0) | (y == 1)).all()):
        raise InvalidArgument(
            "this method tells two sides apart, and the target is a quantity",
            next="Name a value, COLUMN=VALUE, or use --method regression",
        )
    ones = int((y == 1).sum())
    if min(ones, len(y) - ones) < least:
        raise InvalidArgument(
            "too few items on one side to find a direction",
            got=f"{ones} with the value, {len(y) - ones} without",
            allowed=f"{least} or more of each",
            next="Take more of each",
        )
    return rows, y, known


def quantity(evidence: Evidence, least: int) -> tuple[Vectors, Scores, Tensor]:
    """The same for a quantity, or for 1 and 0."""
    rows, y, known = _known(evidence)
    if len(y) < least:
        raise InvalidArgument("too few items with a value", got=len(y), allowed=f"{least} or more")
    if float(y.std()) == 0:
        raise InvalidArgument("a direction needs values that differ", got=f"{float(y[0]):g} on every item")
    return rows, y, known


def _known(evidence: Evidence) -> tuple[Vectors, Scores, Tensor]:
    rows, target = rows_of(evidence), evidence.target
    if target is None or target.shape != (len(rows),):
        raise InvalidArgument(
            "this method needs a target, one value per item",
            got="none" if target is None else tuple(target.shape),
            next="Name one: --target COLUMN=VALUE",
        )
    known = torch.isfinite(target)
    if not bool(known.any()):
        raise InvalidArgument("the target is not known of any item", got="no value at all")
    return rows[known], target[known].float(), known


def held_still(evidence: Evidence, known: Tensor) -> list[Tensor]:
    """What is to be left alone, at the rows that are known; where one of those is not known, its mean."""
    out: list[Tensor] = []
    for values in evidence.against.values():
        mine = values[known].float()
        there = torch.isfinite(mine)
        if not bool(there.any()):
            continue
        mine = torch.where(there, mine, mine[there].mean())
        if float(mine.std()) > 0:
            out.append(mine)
    return out


def arrow(vector: Tensor, evidence: Evidence, **details: object) -> Arrow:
    """A direction of length 1 in the shape of the space.

    Raises:
        InvalidArgument: the vector is 0, or no number.
    """
    length = float(vector.double().norm())
    if not math.isfinite(length) or length < 1e-12:
        raise InvalidArgument("nothing was found: the direction has no length", next="Look at the data and the target")
    unit = (vector.double() / length).float().cpu().reshape(evidence.space.shape)
    return Arrow(unit, details={key: value for key, value in details.items() if value is not None})


def differentiable(evidence: Evidence, title: str) -> None:
    """Refuse a space without gradients."""
    if not evidence.space.differentiable:
        raise NotDifferentiable(
            f"{title} needs gradients, which the space {evidence.space.name!r} lacks",
            next="Use a method that looks at encoded items alone: pca, means, probe",
        )
