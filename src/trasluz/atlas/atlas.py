"""An atlas, read: nothing is loaded before it is asked for, and nothing is believed before it is checked."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from trasluz.atlas.manifest import PROJECTIONS, ROWS, Manifest, building, locate, read_manifest
from trasluz.atlas.packed import PACKED, Packed
from trasluz.atlas.query import matching
from trasluz.atlas.rows import labels, read_rows, typed, values
from trasluz.atlas.thumbnails import read_sheet, read_tiles
from trasluz.base.errors import DamagedFile, IdentityMismatch, InvalidArgument, MissingExtra
from trasluz.base.shapes import Images, Latents
from trasluz.geometry.distances import ExactIndex
from trasluz.geometry.hanging import Groups, groups_of
from trasluz.io.names import shown
from trasluz.io.weights import read_metadata, read_tensors, write_tensors
from trasluz.spaces import registry
from trasluz.spaces.cards import STRIP, Card, form, listed
from trasluz.spaces.column import Column
from trasluz.spaces.data import group_column, groups_said
from trasluz.spaces.methods import Projection
from trasluz.spaces.model import LatentModel

if TYPE_CHECKING:
    import pandas as pd  # pyright: ignore[reportMissingImports]

NEAR = "neighbours.safetensors"
SHEETS_KEPT = 8
"""Files of thumbnails held in memory, of 12 MB each at most."""
_METHOD = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@final
class Atlas(Card):
    """A data set encoded in one space of a model."""

    def __init__(self, folder: Path, manifest: Manifest, name: str) -> None:
        self.folder, self.manifest, self.name = folder, manifest, name
        self.packed = Packed(folder, manifest) if (folder / PACKED).is_file() else None
        """Of an atlas that ships beside a model; None of any other."""
        self.beside: Path | None = None if self.packed else folder
        """Where maps and the like are kept; None where nothing is."""
        self._sheet = lru_cache(SHEETS_KEPT)(self._read_sheet)
        self._typed: dict[str, Column] = {}
        self.own: Mapping[str, Column] = {}
        """Of a table of a person's own, row by row."""

    @classmethod
    def open(cls, folder: Path, *, model: LatentModel | None = None, data_identity: str | None = None) -> Atlas:
        """Open an atlas, and check that it is of this model and these data where they are given.

        Raises:
            DamagedFile: unfinished, or a part is missing or altered (some parts are looked at when they are used).
            VersionMismatch: written by another version of the format.
            IdentityMismatch: of another model, space or data.
        """
        place, name = locate(folder), shown(folder.name)
        if not place.is_dir():
            unfinished = building(folder).is_dir()
            what = f"the atlas {name} is not finished" if unfinished else f"there is no atlas {name}"
            raise DamagedFile(what, next="Run trasluz encode" + (" again to go on" if unfinished else ""))
        manifest = read_manifest(place)
        if not manifest.finished:
            raise DamagedFile(f"the atlas {name} is not finished", next="Run trasluz encode again to go on")
        atlas = cls(place, manifest, name)
        if model is not None:
            atlas.check_model(model)
        if data_identity is not None and data_identity != manifest.data_identity:
            raise IdentityMismatch(
                f"the atlas {name} was made from other data ({manifest.data})",
                got=data_identity,
                allowed=manifest.data_identity,
                next="The data changed, or others were named; encode them under another name",
            )
        return atlas

    def check_model(self, model: LatentModel) -> None:
        """Refuse a model that this atlas was not made with."""
        if model.identity != self.model_identity:
            raise IdentityMismatch(
                f"the atlas {self.name} was made with another model ({self.manifest.model})",
                got=f"{model.name} {model.identity}",
                allowed=self.model_identity,
                next="Name an atlas of this model, or encode again",
            )
        space = model.spaces.get(self.space)
        if space is None or tuple(space.shape) != self.shape:
            raise IdentityMismatch(f"the atlas {self.name} is of a space that {model.name} lacks", got=self.space)

    def __len__(self) -> int:
        return self.manifest.count

    def card(self) -> tuple[str, list[tuple[str, str]]]:
        """What it is, at a glance."""
        m = self.manifest
        what = "of the model's own draws" if m.is_own else f"items of {m.data}, {m.split}"
        lines = [
            ("latents", f"{len(self):,} x {form(self.shape)}"), ("space", self.space), ("model", m.model),
            ("columns", listed(self.columns)), ("model identity", m.model_identity),
            ("data identity", m.data_identity),
        ]  # fmt: skip
        return f"The atlas {self.name}: {len(self):,} {what}", lines

    def strip(self) -> Images | None:
        """Thumbnails of the first rows, where there are some."""
        if not self.pictured:
            return None
        return torch.from_numpy(self.thumbnails(range(min(STRIP, self.pictured))).copy()).float() / 255

    @property
    def space(self) -> str:
        """The name of the space."""
        return self.manifest.space

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one latent."""
        return self.manifest.shape

    @property
    def model_identity(self) -> str:
        return self.manifest.model_identity

    @property
    def data_identity(self) -> str:
        return self.manifest.data_identity

    @property
    def is_own(self) -> bool:
        """Whether its rows are draws of the model's own, not encoded data."""
        return self.manifest.is_own

    @property
    def latents(self) -> Latents:
        """`(n, *shape)`, float32: posterior means where the space has a posterior."""
        return self._shards[0]

    @property
    def log_var(self) -> Latents | None:
        """`(n, *shape)`: log-variances of the posteriors, or None where the space has none."""
        return self._shards[1]

    @property
    def rows(self) -> pa.Table:
        """`id, index, source, split`, the label and the factors, one row an item."""
        return self._rows[0]

    @property
    def points(self) -> list[str | None]:
        """What each row is as a POINT beside this atlas: `test:17`, or `seed:0/3` of own draws; None where it is of no
        split."""
        return self.rows.column("id").to_pylist() if self.is_own else self._rows[1]

    def row_of(self, point: str) -> int | None:
        """The row that is a POINT; None where there is none."""
        return self._places.get(point)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {point: row for row, point in enumerate(self.points) if point is not None}

    @cached_property
    def _rows(self) -> tuple[pa.Table, list[str | None]]:
        return read_rows(self.folder / ROWS, len(self), self.data_identity)

    def check_whole(self, *, thumbnails: bool = False) -> None:
        """Read rows and latents, so that what is damaged is found now; with `thumbnails` those as well.

        Raises:
            DamagedFile: a part is missing or altered.
        """
        _ = self.rows, self.latents
        if self.packed is not None:
            _ = self.packed.sheet if thumbnails else None
            return
        for k in range(self.manifest.sheets) if thumbnails else ():
            self._read_sheet(k)

    @property
    def columns(self) -> list[str]:
        """Labels and factors."""
        return labels(self.rows.column_names)

    def column(self, name: str) -> np.ndarray:
        """The values of one column, `(n,)`: float64 where all are numbers, objects elsewhere."""
        return values(self.rows, name)

    @cached_property
    def groups(self) -> Groups | None:
        """Which rows hang together, `(n,)`, as windows of one file, copies, and rows of the same `group_id` do; None
        where each stands alone."""
        ids, own = self.rows.column("id").to_pylist(), {name: self.typed(name) for name in self.columns}
        found = groups_of(ids, self.latents, _groups_in(own))
        mine = _groups_in(self.own)
        return found if mine is None else groups_of(ids, self.latents, mine, found)

    def with_columns(self, own: Mapping[str, Column]) -> Atlas:
        """The same atlas where a person's own table is known beside it: who belongs together, and whose items are."""
        if not own:
            return self
        _ = self.rows, self.latents  # read once, for both
        other = copy.copy(self)
        other.own = {**self.own, **own}
        vars(other).pop("groups", None)
        return other

    @property
    def known(self) -> dict[str, Column]:
        """All columns: the atlas's, and those of a table beside it."""
        return {**{name: self.typed(name) for name in self.columns}, **self.own}

    @property
    def groups_said(self) -> list[str]:
        """What a recipe has to say of who hangs together: nothing where the data say all of it."""
        mine = _groups_in(self.own)
        return [] if mine is None else [hashlib.blake2b(json.dumps(mine).encode(), digest_size=16).hexdigest()]

    def typed(self, name: str) -> Column:
        """One column, and what it is: a category, an order, a quantity, a date or text."""
        if name not in self._typed:
            self._typed[name] = typed(self.rows, name)
        return self._typed[name]

    def __array__(self, dtype: np.dtype[Any] | None = None, copy: bool | None = None) -> np.ndarray:
        """The latents `(n, *shape)` to NumPy, float32 where nothing else is asked for: `np.asarray(atlas)`."""
        found = self.latents.numpy()
        if copy is False and dtype is not None and np.dtype(dtype) != found.dtype:
            raise ValueError(f"latents are float32, and cannot be {np.dtype(dtype)} without a copy")
        return np.array(found, dtype=dtype, copy=True) if copy else np.asarray(found, dtype=dtype)

    def to_pandas(self, *, latents: bool = False) -> pd.DataFrame:
        """One row an item, in the order of the latents: `id, index, source, split`, the label and the factors; with
        `latents`, a column for each of their numbers besides, `z0, z1, ...`.

        Raises:
            MissingExtra: pandas is not installed.
        """
        try:
            import pandas as pd  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise MissingExtra(
                "pandas is not installed", next="pip install pandas; or take atlas.rows, an Arrow table"
            ) from None
        frame = self.rows.to_pandas()
        if not latents:
            return frame
        flat = self.latents.flatten(1).numpy()
        taken = [name for name in frame.columns if str(name).startswith(self.space)]
        stem = f"{self.space}." if taken else self.space
        codes = pd.DataFrame(flat, columns=[f"{stem}{i}" for i in range(flat.shape[1])], index=frame.index)
        return pd.concat([frame, codes], axis=1)

    @property
    def pictured(self) -> int:
        """How many rows, from the first on, have a thumbnail: all of them, or those that were packed with a model."""
        if self.packed is not None:
            return self.packed.pictured
        return len(self) if self.manifest.sheets else 0

    def thumbnails(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Small pictures of some items, uint8 `(n, C, t, t)` with t of at most 64 pixels.

        Raises:
            InvalidArgument: there is no such row, or none with a thumbnail (see `pictured`).
        """
        wanted = np.asarray(indices, dtype=np.int64).reshape(-1)
        if len(wanted) and not (wanted.min() >= 0 and wanted.max() < len(self)):
            raise InvalidArgument(
                "no such row", got=f"{wanted.min()} to {wanted.max()}", allowed=f"0 to {len(self) - 1}"
            )
        if self.packed is not None:
            if len(wanted) and wanted.max() >= self.pictured:
                raise InvalidArgument(
                    f"the atlas {self.name} has thumbnails of its first {self.pictured:,} rows", got=int(wanted.max())
                )
            return self.packed.thumbnails(wanted)
        m = self.manifest
        out = np.empty((len(wanted), m.channels, m.tile, m.tile), np.uint8)
        sheets = wanted // m.sheet_tiles
        for k in np.unique(sheets):
            mine = sheets == k
            out[mine] = self._sheet(int(k))[wanted[mine] - k * m.sheet_tiles]
        return out

    def neighbours(self, z: Latents, k: int = 5) -> tuple[Tensor, Tensor]:
        """The k nearest rows of each latent `(m, *shape)`: distances and row positions, both `(m, k)`, exact, nearest
        first, the earlier row first where two are as near."""
        if tuple(z.shape[1:]) != self.shape:
            raise InvalidArgument("latents of another shape", got=tuple(z.shape), allowed=("n", *self.shape))
        if not 1 <= k <= len(self):
            raise InvalidArgument("as many neighbours as there are rows at most", got=k, allowed=f"1 to {len(self)}")
        return self._index(z.detach().float().cpu(), k)

    def where(self, condition: str, *, limit: int | None = None) -> np.ndarray:
        """Positions of the rows that a condition holds for, in order: `hair_colour = 'blond' and glasses > 0`.

        Raises:
            InvalidArgument: not one plain condition on the columns, one that asks for a value which no row has, or one
                that takes too long.
        """
        return matching(self.rows, condition, limit=limit, asking=True)

    def projection(self, method: str, recipe: str = "") -> Projection | None:
        """A projection that was kept, or None where there is none made by that recipe."""
        packed = None if self.packed is None else self.packed.map_state(method, recipe)
        if packed is not None:
            return registry.get("projections", method).open(packed)
        path = self._projection_path(method)
        if path is None or not os.path.lexists(path) or read_metadata(path, "projection").get("recipe") != recipe:
            return None
        state, meta = read_tensors(path, "projection")
        if any(meta.get(key) != value for key, value in {**self._bound(), "method": method}.items()):
            raise IdentityMismatch(f"{path} is a map of another atlas", next="Delete it, and it is made again")
        return registry.get("projections", method).open(state)

    def keep_projection(self, method: str, projection: Projection, recipe: str = "") -> None:
        """Keep a projection beside the latents. `recipe` says with what settings and seed it was made.

        The caller holds the workspace for writing.

        Raises:
            InvalidArgument: it is read where it lies, and nothing is kept beside it.
        """
        meta = {**self._bound(), "method": method, "recipe": recipe}
        path = self._projection_path(method)
        write_tensors(path or self._nowhere(), projection.state(), "projection", meta)

    def near(self, recipe: str) -> dict[str, Tensor] | None:
        """Which rows are nearest to some that were held out, as they were kept; None where none were by that recipe."""
        path = None if self.beside is None else self.beside / NEAR
        if path is None or not os.path.lexists(path):
            return None
        tensors, meta = read_tensors(path, "neighbours")
        return tensors if meta == {**meta, **self._bound(), "recipe": recipe} else None

    def keep_near(self, near: Mapping[str, Tensor], recipe: str) -> None:
        """Keep them beside the latents. The caller holds the workspace for writing."""
        path = (self.beside or self._nowhere()) / NEAR
        write_tensors(path, near, "neighbours", {**self._bound(), "recipe": recipe})

    def _projection_path(self, method: str) -> Path | None:
        if not _METHOD.fullmatch(method):
            raise InvalidArgument("not the name of a map method", got=repr(method))
        return None if self.beside is None else self.beside / PROJECTIONS / f"{method}.safetensors"

    def _nowhere(self) -> Path:
        raise InvalidArgument(f"nothing is kept beside the atlas {self.name}, which came with the model")

    def _bound(self) -> dict[str, str]:
        m = self.manifest
        return {
            "model_identity": m.model_identity,
            "data_identity": m.data_identity,
            "split": m.split,
            "space": m.space,
            "count": str(m.count),
        }

    @cached_property
    def _index(self) -> ExactIndex:
        return ExactIndex(self.latents)

    @cached_property
    def _shards(self) -> tuple[Tensor, Tensor | None]:
        m = self.manifest
        if not m.count:
            empty = torch.empty((0, *m.shape))
            return empty, empty.clone() if m.posterior else None
        if self.packed is not None:
            return self.packed.latents, self.packed.log_var
        ids = self.rows.column("id").to_pylist()
        parts = [self._shard(k, ids) for k in range(m.shards)]
        return torch.cat([p["latents"] for p in parts]), torch.cat(
            [p["log_var"] for p in parts]
        ) if m.posterior else None

    def _shard(self, k: int, ids: list[str]) -> dict[str, Tensor]:
        m = self.manifest
        path, binding = self.folder / m.shard_name(k), m.binding(k, ids)
        tensors, meta = read_tensors(path, "latents")
        for key in binding:
            if meta.get(key) != binding[key]:
                raise IdentityMismatch(
                    f"{path} does not belong to this atlas: its {key} differs",
                    got=meta.get(key, "nothing said"),
                    allowed=binding[key],
                    next="Encode again",
                )
        return check_shard(tensors, path, (int(binding["rows"]), *m.shape), m.posterior)

    def _read_sheet(self, k: int) -> np.ndarray:
        m = self.manifest
        n, path = min(m.sheet_tiles, len(self) - k * m.sheet_tiles), self.folder / m.sheet_name(k)
        if m.version == 1:
            return read_sheet(path, n, m.channels, m.tile, m.columns)
        return read_tiles(path, n, m.channels, m.tile, m.sheet_binding(k))


def check_shard(tensors: dict[str, Tensor], path: Path, shape: tuple[int, ...], posterior: bool) -> dict[str, Tensor]:
    """Refuse latents that are not what the manifest promises."""
    names: list[Literal["latents", "log_var"]] = ["latents", "log_var"] if posterior else ["latents"]
    for name in names:
        found = tensors.get(name)
        if found is None or tuple(found.shape) != shape or found.dtype != torch.float32:
            got = "nothing" if found is None else f"{tuple(found.shape)} {found.dtype}"
            raise DamagedFile(f"{path} does not hold the {name} of this atlas", got=got, allowed=shape)
    return tensors


def _groups_in(columns: Mapping[str, Column]) -> list[str | None] | None:
    """What a column says of who belongs together; None where there is none."""
    name = group_column(columns)
    return None if name is None else groups_said(columns[name])
