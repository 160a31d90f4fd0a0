"""Work through a model in batches: decode, draw, encode."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from trasluz.base.progress import SILENT, Progress
from trasluz.spaces.prior import Prior
from trasluz.spaces.space import LatentSpace

BATCH = 64
"""Latents or pictures that go through a model at once."""
OWN_ROWS = 512


def decode_all(space: LatentSpace, z: Tensor, *, progress: Progress = SILENT) -> Tensor:
    """Decode `(n, *shape)` batch by batch to `(n, ...)` on the CPU."""
    return _in_batches(space.decode, space.check(z), space.device, "Decoding", progress)


def draw_all(source: Prior, n: int, seed: int, *, temperature: float = 1.0, progress: Progress = SILENT) -> Tensor:
    """Draws `(n, *shape)` of a prior, float32, on the CPU; a part at a time, since each may be the end of a long way
    through a network."""
    parts: list[Tensor] = []
    with progress.task("Drawing", n) as step:
        for start in range(0, n, BATCH):
            some = min(BATCH, n - start)
            parts.append(source.sample(some, seed, start=start, temperature=temperature).float().cpu())
            step(some)
    return torch.cat(parts)


def own_rows(space: LatentSpace) -> Tensor:
    """Draws `(512, *shape)` by which the dimensions of a space without data are measured."""
    return space.prior().sample(OWN_ROWS, 0).float().cpu()


def encode_all(space: LatentSpace, x: Tensor, *, progress: Progress = SILENT) -> Tensor:
    """Encode public items `(n, ...)` batch by batch to `(n, *shape)` on the CPU."""
    return _in_batches(space.encode, space.representation.check(x), space.device, "Encoding", progress)


def _in_batches(
    call: Callable[[Tensor], Tensor], x: Tensor, device: torch.device, title: str, progress: Progress
) -> Tensor:
    done: list[Tensor] = []
    with torch.inference_mode(), progress.task(title, len(x)) as step:
        for batch in x.split(BATCH):
            done.append(call(batch.to(device)).float().cpu())
            step(len(batch))
    # Out of inference mode, so that callers may do with it what they like.
    return torch.cat(done).clone()
