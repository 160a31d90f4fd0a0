"""An atlas packed small, to ship beside a model: rows of it, some of its thumbnails, and a fitted map.

It is read where it lies and never written to. Beside `manifest.json` and `rows.parquet`, which are those of any atlas,
one file holds the rest under one checksum:

packed.safetensors    `latents.` and where there is a posterior `log_var.`: `mean (d)`, `basis (k, d)`, `low (k)`,
                      `step (k)`, `codes (n, k)`; `pictures`, a contact sheet as WebP, with loss; `METHOD.NAME`, what a
                      map keeps beside mean, basis and rows, which are those of the latents

Latents are kept by their k leading principal components, each in 256 steps from its lowest to its highest value:

    z_i = mean + Σ_j (low_j + step_j codes_ij) basis_j

So what the other components hold is lost, and rounding adds step_j² / 12 to it of each one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from trasluz.atlas.manifest import MANIFEST, ROWS, Manifest
from trasluz.atlas.rows import write_rows
from trasluz.atlas.thumbnails import sheet_of
from trasluz.base.errors import DamagedFile, IdentityMismatch
from trasluz.base.shapes import Latents, Vectors
from trasluz.geometry.linear_algebra import pca
from trasluz.io.atomic import make_folder, write_sealed
from trasluz.io.weights import read_metadata, read_tensors, write_tensors

PACKED = "packed.safetensors"
KIND = "packed atlas"
STEPS = 255
"""Of a component, from its lowest to its highest value."""
SCALES = 8
"""Components that log-variances are kept by: they differ little from item to item."""
_PARTS = {"mean": torch.float32, "basis": torch.float16, "low": torch.float32, "step": torch.float32,
          "codes": torch.uint8}  # fmt: skip


@final
class Packed:
    """What is packed in a folder; nothing is loaded before it is asked for."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.path, self.manifest = folder / PACKED, manifest

    @cached_property
    def about(self) -> Mapping[str, str]:
        """What the file says of itself, without a look at its content."""
        return read_metadata(self.path, KIND)

    @property
    def pictured(self) -> int:
        """How many rows, from the first on, have a thumbnail."""
        text = self.about.get("pictured", "")
        return int(text) if text.isdecimal() else 0

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """What was known of the data when they were encoded: `fingerprint`, `parts`, `notes`, `licence`."""
        try:
            found = json.loads(self.about.get("data", "{}"))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise DamagedFile(f"{self.path} does not say what its data are")
        return found

    @cached_property
    def _tensors(self) -> dict[str, Tensor]:
        tensors, meta = read_tensors(self.path, KIND)
        bound = _bound(self.manifest)
        if any(meta.get(key) != value for key, value in bound.items()):
            raise IdentityMismatch(f"{self.path} does not belong to this atlas", got=meta, allowed=bound)
        return tensors

    def _components(self, name: str) -> tuple[Tensor, Tensor, Vectors]:
        """`mean (d)`, `basis (k, d)` and `rows (n, k)`, float32, of latents or log-variances."""
        found = {part: self._tensors.get(f"{name}.{part}") for part in _PARTS}
        basis, n, d = found["basis"], self.manifest.count, self.manifest.width
        k = 0 if basis is None else len(basis)
        shapes = {"mean": (d,), "basis": (k, d), "low": (k,), "step": (k,), "codes": (n, k)}
        out: dict[str, Tensor] = {}
        for part, t in found.items():
            if t is None or t.dtype != _PARTS[part] or tuple(t.shape) != shapes[part]:
                raise DamagedFile(f"{self.path} does not hold the {name} of this atlas", got=part)
            out[part] = t.float()
        return out["mean"], out["basis"], out["low"] + out["step"] * out["codes"]

    @cached_property
    def components(self) -> tuple[Tensor, Tensor, Vectors]:
        """`mean (d)`, `basis (k, d)` and `rows (n, k)` of the latents, float32."""
        return self._components("latents")

    @cached_property
    def latents(self) -> Latents:
        """`(n, *shape)`, float32, as they were kept."""
        mean, basis, rows = self.components
        return (mean + rows @ basis).reshape(-1, *self.manifest.shape)

    @cached_property
    def log_var(self) -> Latents | None:
        """`(n, *shape)`, float32, as they were kept; None where the space has no posterior."""
        if not self.manifest.posterior:
            return None
        mean, basis, rows = self._components("log_var")
        return (mean + rows @ basis).reshape(-1, *self.manifest.shape)

    @cached_property
    def sheet(self) -> np.ndarray:
        """The thumbnails that there are, as they lie in their sheet: uint8 `(rows, columns, C, t, t)`."""
        m, sheet = self.manifest, self._tensors.get("pictures")
        data = b"" if sheet is None else sheet.numpy().tobytes()
        return sheet_of(data, self.pictured, m.channels, m.tile, m.columns, str(self.path))

    def thumbnails(self, rows: np.ndarray) -> np.ndarray:
        """Those of some rows that have one, `(n, C, t, t)`."""
        across = self.manifest.columns
        return np.ascontiguousarray(self.sheet[rows // across, rows % across])

    def map_state(self, method: str, recipe: str) -> dict[str, Tensor] | None:
        """What a map by a method was kept as; None where there is none of that recipe."""
        if self.about.get("method") != method or self.about.get("recipe") != recipe:
            return None
        mean, basis, rows = self.components
        shape, start = self.manifest.shape, f"{method}."
        state = {name.removeprefix(start): _wide(t) for name, t in self._tensors.items() if name.startswith(start)}
        return {**state, "mean": mean.reshape(shape), "basis": basis.reshape(-1, *shape), "rows": rows}


def pack_latents(latents: Latents, most: int, lost: float = 0.0) -> dict[str, Tensor]:
    """Latents `(n, *shape)` as `mean`, `basis`, `low`, `step` and `codes`.

    Args:
        most: Components at most.
        lost: The share of the variance that may be lost with those that are left out.
    """
    flat = latents.float().flatten(1)
    found = pca(flat, min(most, flat.shape[1], len(flat) - 1), 0)
    mean, whole = found.mean.float(), found.vectors
    square = ((flat - mean) @ whole.float().T).square().sum(0)
    kept = square.cumsum(0) / (flat - mean).square().sum().clamp_min(1e-30)
    k = min(len(whole), 1 + int((kept < 1 - lost).sum()))
    basis = whole[:k].half()
    rows = (flat - mean) @ basis.float().T
    low, high = rows.min(0).values, rows.max(0).values
    step = ((high - low) / STEPS).clamp_min(1e-12)
    codes = ((rows - low) / step).round().clamp(0, STEPS).to(torch.uint8)
    return {"mean": mean, "basis": basis, "low": low, "step": step, "codes": codes}


def write_packed(
    folder: Path,
    manifest: Manifest,
    table: pa.Table,
    points: Sequence[str | None],
    latents: Mapping[str, Tensor],
    log_var: Mapping[str, Tensor] | None,
    sheet: bytes,
    pictured: int,
    *,
    data: Mapping[str, Any],
    drawn: tuple[str, str, Mapping[str, Tensor]] | None = None,
) -> None:
    """Write a packed atlas into a folder, in the place of what is there.

    Args:
        latents: What `pack_latents` gave, of all rows; `log_var` likewise.
        sheet: Thumbnails of the first `pictured` rows, as `sheet_bytes` gave them.
        data: What is known of the data, as JSON values.
        drawn: A map: its method, its recipe, and its state. What of it is the latents' is left out, and its weights are
            kept in half precision.
    """
    method, recipe, state = drawn or ("", "", {})
    tensors = {f"latents.{name}": t for name, t in latents.items()}
    tensors |= {f"log_var.{name}": t for name, t in (log_var or {}).items()}
    tensors |= {f"{method}.{name}": _narrow(name, t) for name, t in state.items() if name not in _OF_LATENTS}
    tensors["pictures"] = torch.from_numpy(np.frombuffer(sheet, np.uint8).copy())
    about = {**_bound(manifest), "pictured": str(pictured), "method": method, "recipe": recipe}
    make_folder(folder)
    write_tensors(folder / PACKED, tensors, KIND, {**about, "data": json.dumps(data, sort_keys=True)})
    write_rows(folder / ROWS, table, points, manifest.data_identity)
    finished = {"finished": True, "posterior": log_var is not None}
    write_sealed(folder / MANIFEST, manifest.model_copy(update=finished).dump())


_OF_LATENTS = {"mean", "basis", "rows"}


def _narrow(name: str, t: Tensor) -> Tensor:
    if t.dtype == torch.int64:
        return t.int()
    return t.half() if name == "weights" else t


def _wide(t: Tensor) -> Tensor:
    return t.long() if t.dtype == torch.int32 else t.float()


def _bound(m: Manifest) -> dict[str, str]:
    """What binds the file to its manifest."""
    return {
        "model_identity": m.model_identity, "data_identity": m.data_identity, "split": m.split, "space": m.space,
        "count": str(m.count),
    }  # fmt: skip
