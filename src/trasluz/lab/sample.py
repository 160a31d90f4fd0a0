"""New items: draws from a prior, if wanted pulled toward its mean (the truncation of Karras et al. 2019, section B)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from trasluz.base.progress import SILENT, Progress
from trasluz.lab._common import BATCH, ModelLike, Place, between, decode_all, model_of, record, whole, workspace_of
from trasluz.lab.results import Origin, Samples
from trasluz.spaces.prior import Prior

MOST = 100_000
"""Samples that one call gives; more come as data, `samples:MODEL:N`."""


def sample(
    model: ModelLike,
    n: int = 64,
    *,
    seed: int = 0,
    prior: str | None = None,
    psi: float = 1.0,
    temperature: float = 1.0,
    space: str | None = None,
    given: Mapping[str, Any] | None = None,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Samples:
    """Draw new items. Item i depends on (seed, i) alone: more of them begin with the same ones.

    Args:
        n: How many.
        seed: Of the draws.
        prior: By name; None for the space's default one.
        psi: Truncation, `mean + psi (z - mean)`: 1 draws freely, 0 gives the mean every time.
        temperature: Scales the noise that the prior draws from.
        space: By name; None for the model's default one.
        given: A condition, for models that take one: `{"label": "cat"}`, and `guidance`, by how much to insist on it.

    >>> tl.sample("faces-vae", 16, seed=0).save("new.png")    # doctest: +SKIP
    """
    whole("the number of samples", n, low=1, high=MOST)
    whole("the seed", seed, low=0, high=2**63 - 1)
    between("psi", psi, low=0, high=4)
    between("temperature", temperature, low=0, high=4)
    home = workspace_of(workspace)
    opened = model_of(model, home, device)
    opened = opened.given(**given) if given else opened
    chosen = opened.space(space)
    source = chosen.prior(prior)
    z = _drawn(source, n, seed, temperature, progress)
    mean = source.mean.to(z)
    z = (z if psi == 1 else mean + psi * (z - mean)).cpu()
    asked = {"n": n, "seed": seed, "prior": prior, "psi": psi, "temperature": temperature, "space": space}
    asked["given"] = dict(given) if given else None
    call = record(sample, model, (), home, device, **asked)
    return Samples(z, decode_all(chosen, z, progress=progress), Origin.of(opened, chosen), call)


def _drawn(source: Prior, n: int, seed: int, temperature: float, progress: Progress) -> Tensor:
    """Draws `(n, *shape)`, float32; a part at a time, since each may be the end of a long way through a network."""
    parts: list[Tensor] = []
    with progress.task("drawing", n) as step:
        for start in range(0, n, BATCH):
            some = min(BATCH, n - start)
            parts.append(source.sample(some, seed, start=start, temperature=temperature).float().cpu())
            step(some)
    return torch.cat(parts)
