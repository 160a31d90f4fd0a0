"""How metrics read what they are given: pictures, features, labels. Bytes are read as pixels, divided by 255."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import InvalidArgument
from trasluz.geometry.hanging import first_of
from trasluz.spaces.column import Column
from trasluz.spaces.methods import Array, MetricEvidence

PICTURES = 256
"""Pictures looked at at a time."""


def pictures(evidence: MetricEvidence) -> tuple[Array, Array]:
    """Pictures and their reconstructions."""
    return there(evidence.x, "x"), there(evidence.x_hat, "x_hat")


def sets(evidence: MetricEvidence) -> tuple[Array, Array]:
    """Features of real items and of samples."""
    return there(evidence.real, "real"), there(evidence.fake, "fake")


def there(part: Array | None, name: str) -> Array:
    """A part of the evidence, or an error that names it."""
    if part is None:
        raise InvalidArgument(f"something to measure on is missing: {name}")
    return part


def shuffled(x_hat: Array, seed: int) -> Array:
    """The same reconstructions, each in another item's place."""
    order = rng.numpy_generator(seed, "items for others").permutation(len(x_hat))
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.roll(order, 1)
    return x_hat[torch.from_numpy(places)] if isinstance(x_hat, Tensor) else x_hat[places]


def features(x: Array, what: str, dtype: torch.dtype = torch.float64) -> Float[Tensor, "n d"]:
    """Rows `(n, d)`, in double precision where not said otherwise, on the CPU."""
    if len(x.shape) < 2 or 0 in x.shape:
        raise InvalidArgument(f"{what}: rows of numbers are needed", got=tuple(x.shape), allowed="(n, d)")
    rows = _numbers(x, dtype).flatten(1)
    if not bool(torch.isfinite(rows).all()):
        raise InvalidArgument(f"{what}: not all are finite numbers", next="Look for NaN in what they were made from")
    return rows


def same_width(a: Float[Tensor, "n d"], b: Float[Tensor, "m e"]) -> None:
    """Refuse features of different lengths."""
    if a.shape[1] != b.shape[1]:
        raise InvalidArgument(
            "features of one length on both sides are needed",
            got=f"{a.shape[1]} and {b.shape[1]}",
            next="Use one extractor",
        )


def picture_pairs(x: Array, x_hat: Array) -> Iterator[tuple[Float[Tensor, "b C H W"], Float[Tensor, "b C H W"]]]:
    """Blocks of pictures and of their reconstructions, float32 in [0, 1], on the CPU."""
    if tuple(x.shape) != tuple(x_hat.shape) or len(x.shape) != 4 or 0 in x.shape:
        raise InvalidArgument(
            "pictures and reconstructions of one shape are needed",
            got=f"{tuple(x.shape)} and {tuple(x_hat.shape)}",
            allowed="(n, C, H, W), twice",
        )
    for i in range(0, len(x), PICTURES):
        yield _pixels(x[i : i + PICTURES]), _pixels(x_hat[i : i + PICTURES])


def _numbers(x: Array, dtype: torch.dtype) -> Tensor:
    # An array is copied: torch wants memory that may be written, which a read-only map is not.
    raw = x.detach().cpu() if isinstance(x, Tensor) else torch.from_numpy(np.array(x))
    return raw.to(dtype) / 255 if raw.dtype == torch.uint8 else raw.to(dtype)


def _pixels(x: Array) -> Tensor:
    out = _numbers(x, torch.float32)
    low, high = out.aminmax()
    if not (low >= -1e-3 and high <= 1 + 1e-3):
        raise InvalidArgument(
            "pixels outside [0, 1]", got=f"{float(low):g} to {float(high):g}", next="Clamp, or divide by 255, first"
        )
    return out


def labelled_latents(evidence: MetricEvidence) -> tuple[Float[Tensor, "n d"], np.ndarray, int, np.ndarray | None]:
    """`labelled`, of evidence, with the number of each one's group where some hang together. Of a group those that have
    the same label count once, and of a quantity, of which each may have a little else, one."""
    if evidence.labels is None:
        raise InvalidArgument("something to measure on is missing: labels")
    latents, labels, groups = there(evidence.latents, "latents"), evidence.labels, evidence.groups
    if groups is None or not len(groups) == len(latents) == len(labels):
        return *labelled(latents, labels), None
    column = Column.of("labels", np.asarray(labels, dtype=object))
    known = torch.from_numpy(np.flatnonzero(~column.missing))
    codes = None if column.is_scale else torch.from_numpy(column.codes)[known]
    some = known[first_of(groups[known], codes)]
    rows, told, _ = labelled(latents[some], np.asarray(labels, dtype=object)[some.numpy()])
    return rows, told, int(column.missing.sum()), groups[some].numpy()


def labelled(
    latents: Array, labels: Sequence[object] | np.ndarray | Tensor
) -> tuple[Float[Tensor, "n d"], np.ndarray, int]:
    """Latents as float32 rows, their labels, and how many rows were left out for want of a label."""
    rows, values = features(latents, "latents", torch.float32), np.asarray(labels, dtype=object)
    if values.shape != (len(rows),):
        raise InvalidArgument("one label per latent is needed", got=f"{values.shape} labels for {len(rows)} latents")
    known = ~Column.of("labels", values).missing
    if known.sum() < 2:
        raise InvalidArgument("two labelled latents at least are needed", got=int(known.sum()))
    told = rows[torch.from_numpy(known)]
    if bool((told == told[0]).all()):
        raise InvalidArgument(
            "latents that differ are needed", got=f"{len(told)} times the same", next="The encoder may have collapsed"
        )
    kept = values[known].tolist()
    out = np.array(kept) if are_numbers(kept) else np.array([str(v) for v in kept])
    return told, out, int((~known).sum())


def are_numbers(values: Sequence[object]) -> bool:
    """Whether all are numbers; truth values are categories."""
    return all(isinstance(v, (int, float, np.number)) and not isinstance(v, (bool, np.bool_)) for v in values)


def are_quantities(values: np.ndarray) -> bool:
    """Whether labels are a quantity to predict, and not categories to tell apart."""
    return Column.of("labels", values).kind == "quantity"


def majority(values: np.ndarray) -> tuple[str, float]:
    """The most frequent label (the first in order, of equals) and its share."""
    names, counts = np.unique(values, return_counts=True)
    return str(names[counts.argmax()]), float(counts.max() / len(values))
