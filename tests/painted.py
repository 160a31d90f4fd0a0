"""A model whose five numbers are known, and its data: three paint the upper half, one lights the lower, one is idle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from trasluz import wrap
from trasluz.openers.wrapped import Wrapped
from trasluz.spaces.data import Dataset, split_of

SIZE, N = 16, 400
COLOURS = {"red": (2.0, -2.0, -2.0), "green": (-2.0, 2.0, -2.0), "blue": (-2.0, -2.0, 2.0)}


def decode(z: Tensor) -> Tensor:
    upper = torch.sigmoid(z[:, :3])[:, :, None, None].expand(-1, 3, SIZE // 2, SIZE)
    lower = torch.sigmoid(z[:, 3])[:, None, None, None].expand(-1, 3, SIZE // 2, SIZE)
    return torch.cat([upper, lower], 2) + 0 * z[:, 4, None, None, None]


def encode(x: Tensor) -> Tensor:
    colour = x[:, :, : SIZE // 2].mean((2, 3)).clamp(0.01, 0.99)
    light = x[:, :, SIZE // 2 :].mean((1, 2, 3)).clamp(0.01, 0.99)
    return torch.cat([torch.logit(colour), torch.logit(light)[:, None], torch.zeros(len(x), 1)], 1)


def build() -> dict[str, Any]:
    """What a saved one is built by."""
    return {"decode": decode, "shape": (5,), "encode": encode}


def saved(workspace: Any) -> Wrapped:
    """The model as one of a workspace, which anybody opens as `painted`."""
    made = wrap(**build(), name="painted", identity="painted")
    made.save("painted", build=__file__, workspace=workspace, allow_code=True)
    return made


def model(name: str = "painted") -> Wrapped:
    return wrap(decode=decode, shape=(5,), encode=encode, name=name, identity="painted", trained_on=None)


def data(n: int = N, seed: int = 0) -> Dataset:
    """`colour` of three, `light` yes or no, `level` a quantity, `noise` without meaning, `one` the same for all."""
    draw = np.random.default_rng(seed)
    names = draw.choice(list(COLOURS), n)
    level = draw.normal(0, 1.5, n)
    z = np.concatenate([[COLOURS[c] for c in names], level[:, None], np.zeros((n, 1))], 1)
    z[:, :3] += draw.normal(0, 0.3, (n, 3))
    pixels = decode(torch.from_numpy(z).float()).mul(255).round().byte().numpy()
    ids = [f"painted-{i}" for i in range(n)]
    rows = pa.table(
        {
            "id": ids,
            "index": list(range(n)),
            "source": ["painted"] * n,
            "split": [split_of(i) for i in ids],
            "colour": names.tolist(),
            "light": ["yes" if v > 0 else "no" for v in level],
            "level": level.tolist(),
            "noise": draw.choice(["a", "b"], n).tolist(),
            "one": ["same"] * n,
        }
    )
    return Dataset("painted", f"d-painted-{n}-{seed}", pixels, rows, {"licence": "made here"})
