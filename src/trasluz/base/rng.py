"""Randomness is an argument: every draw is a function of (seed, purpose, index) and of nothing else.

A generator made here never depends on how many draws came before it, so that batch sizes, loader
workers and resumes cannot change what is drawn.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch


def derive(seed: int, purpose: str, index: int = 0) -> int:
    """A 63-bit seed for one purpose and index. Distinct purposes are independent streams.

    >>> derive(0, "prior", 3) == derive(0, "prior", 3) != derive(0, "prior", 4)
    True
    """
    text = f"{seed}/{purpose}/{index}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


def generator(seed: int, purpose: str, index: int = 0) -> torch.Generator:
    """A CPU torch generator for (seed, purpose, index)."""
    import torch

    return torch.Generator().manual_seed(derive(seed, purpose, index))


def numpy_generator(seed: int, purpose: str, index: int = 0) -> np.random.Generator:
    """A numpy generator for (seed, purpose, index)."""
    import numpy as np

    return np.random.default_rng(derive(seed, purpose, index))


def normal(n: int, shape: tuple[int, ...], seed: int, purpose: str, *, start: int = 0) -> torch.Tensor:
    """Standard normal draws `(n, *shape)`, float32; row i depends on (seed, purpose, start + i) alone."""
    import torch

    out = torch.empty((n, *shape), dtype=torch.float32)
    for i in range(n):
        out[i] = torch.randn(shape, generator=generator(seed, purpose, start + i))
    return out
