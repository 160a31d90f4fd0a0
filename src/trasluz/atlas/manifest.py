"""What an atlas says of itself, and what binds its parts together.

manifest.json                         model, data, space, counts
rows.parquet                          id, index, source, split, label, factors, ...
latents-00000-of-00004.safetensors    `latents` (rows, *shape) and, where there is a posterior, `log_var`
thumbnails-00000.parquet              small pictures of the items; in version 1 contact sheets, thumbnails-00000.webp
projections/<method>.safetensors
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trasluz.base.config import Config, Same, setting
from trasluz.base.errors import DamagedFile
from trasluz.io.atomic import read_json
from trasluz.io.names import BUILDING

FORMAT, VERSION = "trasluz-atlas", 2
READ = (1, 2)
"""Versions that are read; the first kept its thumbnails as WebP."""
MANIFEST, ROWS, PROJECTIONS = "manifest.json", "rows.parquet", "projections"
OWN = "own"
"""The split of an atlas of a model's own draws, and the source of its rows."""
SHARD = 2048
"""Rows of a shard."""
BLOCK = 64
"""Rows that go through the network at once, counted from row 0, so that a row's latent is the same bits in every
atlas of the same model and data on one machine."""


class Manifest(Config):
    """What `manifest.json` holds."""

    format: str = setting(FORMAT, "What kind of folder this is.")
    version: int = setting(VERSION, "Version of the format.")
    model: str = setting("", "What the model was called.")
    model_identity: str = setting("", "Hash of its weights and settings.")
    data: str = setting("", "The data, as a DATA argument.")
    data_identity: str = setting("", "Hash of the data.")
    split: str = setting("all", "Which part of the data.")
    space: str = setting("z", "The space of the latents.")
    kind: str = setting("vector", "The kind of that space.")
    shape: tuple[int, ...] = setting((1,), "Shape of one latent.")
    count: int = setting(0, "Rows.", ge=0, le=1 << 40)
    posterior: bool = setting(False, "Whether log-variances are kept beside the latents.")
    shard_rows: int = setting(SHARD, "Rows of a shard.", ge=1)
    channels: int = setting(3, "Channels of the thumbnails.", ge=1, le=4)
    tile: int = setting(64, "Height and width of a thumbnail.", unit="pixels", ge=1, le=64)
    columns: int = setting(32, "Thumbnails in a row of a sheet of version 1.", ge=1, le=64)
    sheet_tiles: int = setting(1024, "Thumbnails of a file.", ge=1, le=4096)
    pictured: bool = setting(True, "Whether thumbnails are kept; else they are made when they are looked at.")
    finished: bool = setting(False, "Whether every part is there.")

    @classmethod
    def read(cls: type[Same], values: Mapping[str, Any], where: str) -> Same:
        """As ever; where nothing is said of thumbnails, they are kept."""
        return super().read({"pictured": True, **values}, where)

    def dump(self) -> dict[str, Any]:
        """As ever where thumbnails are kept: earlier versions know of no other atlas."""
        return {key: value for key, value in super().dump().items() if key != "pictured" or not value}

    @property
    def is_own(self) -> bool:
        """Whether its rows are draws of the model's own, not encoded data."""
        return self.split == OWN

    @property
    def width(self) -> int:
        """Numbers of one latent."""
        return math.prod(self.shape)

    @property
    def shards(self) -> int:
        """How many files of latents."""
        return -(-self.count // self.shard_rows)

    @property
    def sheets(self) -> int:
        """How many files of thumbnails."""
        return -(-self.count // self.sheet_tiles) if self.pictured else 0

    def shard_name(self, k: int) -> str:
        """The file of shard k."""
        return f"latents-{k:05d}-of-{self.shards:05d}.safetensors"

    def sheet_name(self, k: int) -> str:
        """The file of thumbnails k."""
        return f"thumbnails-{k:05d}.{'webp' if self.version == 1 else 'parquet'}"

    def binding(self, k: int, ids: Sequence[str]) -> dict[str, str]:
        """The metadata of shard k: whose latents of which items it holds. Without its neighbours or the total, so
        that a shard stays what it is when an atlas grows."""
        start = k * self.shard_rows
        some = ids[start : start + self.shard_rows]
        return {
            "model_identity": self.model_identity,
            "data_identity": self.data_identity,
            "split": self.split,
            "space": self.space,
            "start": str(start),
            "rows": str(len(some)),
            "items": hashlib.blake2b("\0".join(some).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(),
        }

    def sheet_binding(self, k: int) -> str:
        """Whose thumbnails the file k holds."""
        return f"{self.data_identity}/{self.split}/{k}"

    def grows_from(self, other: Manifest) -> bool:
        """Whether the other's rows begin as these do: the same model and data, perhaps of another length."""
        return self._bound() == other._bound()

    def _bound(self) -> dict[str, Any]:
        free = ("version", "model", "data", "count", "posterior", "finished")
        return {k: v for k, v in self.dump().items() if k not in free}


def read_manifest(folder: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        DamagedFile: missing, or not one of ours.
        VersionMismatch: written by another version of the format.
    """
    path = folder / MANIFEST
    values = read_json(path, "the atlas's manifest", versions=READ, next="encode again")
    if values.get("format") != FORMAT:
        raise DamagedFile(f"{path} is not a manifest of a Trasluz atlas")
    # They may hold the bytes of a path that is no text, which a check of text would refuse.
    texts = {key: values[key] for key in ("model", "data") if isinstance(values.get(key), str)}
    return Manifest.read({**values, **dict.fromkeys(texts, "")}, str(path)).model_copy(update=texts)


def building(folder: Path) -> Path:
    """Where an atlas is made before it takes its place."""
    return folder.parent / f"{BUILDING}{folder.name}"


def locate(folder: Path) -> Path:
    """The folder to read: where a crash fell between taking the old atlas away and putting the new one in its
    place, the new one."""
    staging = building(folder)
    if folder.is_dir() or not (staging / MANIFEST).is_file():
        return folder
    return staging if read_manifest(staging).finished else folder
