"""Tensors on disk: safetensors, written atomically, with a checksum over content and metadata.

Nothing here reads or writes a pickle. A file is checked before a byte of it is believed: length of the header,
names, dtypes, shapes, that the tensors fill the file without holes or overlaps, then the checksum. We lay out the
file ourselves, in one order, since equal content must give equal bytes; the package of that name shuffles its
metadata from run to run.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import torch
from torch import Tensor

from trasluz.base.bounds import WEIGHTS_AXES, WEIGHTS_HEADER
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.io.atomic import write_chunks
from trasluz.io.plain import reading
from trasluz.io.values import version_error

VERSION = "1"
_DTYPES = {
    "F64": torch.float64,
    "I64": torch.int64,
    "F32": torch.float32,
    "I32": torch.int32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}


class Entry(NamedTuple):
    """One tensor of a file: what it is, and where its bytes lie after the header."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    begin: int
    end: int


class Header(NamedTuple):
    """What stands at the beginning of a safetensors file, checked against the size of the file."""

    entries: list[Entry]
    """In the order of their bytes."""
    metadata: dict[str, str] | None
    data: int
    """Where the first tensor begins, in bytes from the beginning of the file."""


def _bytes(t: Tensor) -> memoryview:
    """The bytes of a contiguous CPU tensor, without a copy."""
    return memoryview(cast(Any, t.reshape(-1).view(torch.uint8).numpy())) if t.numel() else memoryview(b"")


def digest(tensors: Mapping[str, Tensor], text: str = "") -> str:
    """A hash of tensors (names, dtypes, shapes, bytes) and a text, independent of their order."""
    h = hashlib.blake2b(text.encode(), digest_size=16)
    for name in sorted(tensors):
        t = tensors[name].detach().cpu().contiguous()
        h.update(f"\0{name}\0{t.dtype}\0{tuple(t.shape)}\0".encode())
        h.update(_bytes(t))
    return h.hexdigest()


def canonical(metadata: Mapping[str, str]) -> str:
    """Metadata as one text, for hashing."""
    return json.dumps(dict(metadata), sort_keys=True, separators=(",", ":"))


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], kind: str, metadata: Mapping[str, str] | None = None
) -> None:
    """Write a safetensors file of one `kind` ("model", "checkpoint", "latents", ...) with string metadata.

    Equal tensors and metadata give equal bytes.
    """
    data = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    for name, t in data.items():
        if t.dtype not in _CODES:
            raise InvalidArgument(f"tensor {name!r} cannot be written", got=t.dtype, allowed=sorted(_DTYPES))
    meta = {**(metadata or {}), "kind": f"trasluz-{kind}", "version": VERSION}
    meta["checksum"] = digest(data, canonical(meta))
    # The widest first, so that each begins at a multiple of its own width.
    order = sorted(data, key=lambda name: (-data[name].element_size(), name))
    header, place = _header(data, order, meta)

    def chunks() -> Iterator[bytes | memoryview]:
        yield header
        for name in order:
            yield _bytes(data[name])

    write_chunks(path, chunks(), len(header) + place)


def _header(data: Mapping[str, Tensor], order: list[str], meta: Mapping[str, str]) -> tuple[bytes, int]:
    described: dict[str, object] = {"__metadata__": dict(sorted(meta.items()))}
    place = 0
    for name in order:
        t = data[name]
        end = place + t.numel() * t.element_size()
        described[name] = {"dtype": _CODES[t.dtype], "shape": list(t.shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(described, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > WEIGHTS_HEADER:
        raise InvalidArgument(f"{len(order):,} tensors are too many for one file")
    return struct.pack("<Q", len(text)) + text, place


def read_tensors(path: Path, kind: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read what `write_tensors` wrote: `(tensors, metadata)`.

    Raises:
        DamagedFile: not a safetensors file, truncated, altered, or of another kind.
        VersionMismatch: written by another version of the format.
    """
    tensors: dict[str, Tensor] = {}
    try:
        with reading(path) as handle:
            header = _header_of(path, handle)
            meta = _check_kind(path, header, kind)
            handle.seek(header.data)
            for entry in header.entries:
                t = torch.empty(entry.shape, dtype=entry.dtype)
                if t.numel() and _fill(handle, _bytes(t)) != entry.end - entry.begin:
                    raise DamagedFile(f"{path} is damaged: it ends inside tensor {entry.name!r}")
                tensors[entry.name] = t
    except RuntimeError:  # torch has no tensor of that shape, such as (0, 2**62, 2**62)
        raise DamagedFile(f"{path} is damaged: it holds a tensor of an impossible shape") from None
    checksum = meta.pop("checksum")
    if digest(tensors, canonical(meta)) != checksum:
        raise DamagedFile(f"{path} is damaged: its checksum does not match its content")
    return tensors, meta


def _fill(handle: BinaryIO, into: memoryview) -> int:
    return cast(Any, handle).readinto(into)


def read_metadata(path: Path, kind: str) -> dict[str, str]:
    """The metadata of a file of ours, from its header alone, its checksum included."""
    return _check_kind(path, read_header(path), kind)


def _check_kind(path: Path, header: Header, kind: str) -> dict[str, str]:
    meta = header.metadata or {}
    if "checksum" not in meta or meta.get("kind") != f"trasluz-{kind}":
        raise DamagedFile(f"{path} is not a Trasluz {kind} file", got=repr(meta.get("kind", "no metadata")))
    if meta.get("version") != VERSION:
        said = meta.get("version") or ""
        is_later = said.isdecimal() and int(said[:9]) > int(VERSION)
        raise version_error(f"{path}", is_later, said or "nothing", VERSION, "make the file again")
    return dict(meta)


def read_header(path: Path) -> Header:
    """The header of any safetensors file, checked against the size of the file; its memory is bounded."""
    with reading(path) as handle:
        return _header_of(path, handle)


def _header_of(path: Path, handle: BinaryIO) -> Header:
    status = os.fstat(handle.fileno())
    start = handle.read(8)
    if len(start) < 8:
        raise DamagedFile(f"{path} is damaged: {status.st_size} bytes are not a safetensors file")
    length: int = struct.unpack("<Q", start)[0]
    if length > min(WEIGHTS_HEADER, status.st_size - 8):
        raise DamagedFile(f"{path} is damaged: its header claims {length:,} bytes of a file of {status.st_size:,}")
    try:
        values = json.loads(handle.read(length), object_pairs_hook=_no_twins)
    except (ValueError, RecursionError):
        raise DamagedFile(f"{path} is damaged: its header is not JSON") from None
    if not isinstance(values, dict):
        raise DamagedFile(f"{path} is damaged: its header is not a JSON object")
    described = cast(dict[str, object], values)
    metadata = _metadata(path, described.pop("__metadata__", None))
    entries = sorted((_entry(path, *item) for item in described.items()), key=lambda e: (e.begin, e.end))
    place = 0
    for entry in entries:
        if entry.begin != place:
            word = "overlaps another" if entry.begin < place else "leaves a hole before it"
            raise DamagedFile(f"{path} is damaged: tensor {entry.name!r} {word}")
        place = entry.end
    if place != status.st_size - 8 - length:
        raise DamagedFile(
            f"{path} is damaged: its header describes {place:,} bytes of tensors, "
            f"the file holds {status.st_size - 8 - length:,}"
        )
    return Header(entries, metadata, 8 + length)


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key occurs twice")
    return values


def _metadata(path: Path, value: object) -> dict[str, str] | None:
    if value is None:
        return None
    items = cast(dict[str, object], value).items() if isinstance(value, dict) else [("", None)]
    out = {key: text for key, text in items if isinstance(text, str)}
    if len(out) != len(items):
        raise DamagedFile(f"{path} is damaged: its metadata are not named texts")
    return out


def _entry(path: Path, name: str, value: object) -> Entry:
    fields = cast(dict[str, object], value) if isinstance(value, dict) else {}
    code, shape, offsets = fields.get("dtype"), _naturals(fields.get("shape")), _naturals(fields.get("data_offsets"))
    if not name.isascii() and not _encodable(name):
        raise DamagedFile(f"{path} is damaged: the name of a tensor is not text")
    if not isinstance(code, str) or code not in _DTYPES:
        raise DamagedFile(f"{path}: tensor {name!r} has no dtype that we read", got=code, allowed=sorted(_DTYPES))
    if shape is None or len(shape) > WEIGHTS_AXES or offsets is None or len(offsets) != 2:
        raise DamagedFile(f"{path} is damaged: tensor {name!r} has no proper shape and place")
    begin, end = offsets
    if end - begin != math.prod(shape) * _DTYPES[code].itemsize:
        raise DamagedFile(
            f"{path} is damaged: tensor {name!r} of shape {shape} does not fill its {end - begin:,} bytes"
        )
    return Entry(name, _DTYPES[code], shape, begin, end)


def _encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _naturals(value: object) -> tuple[int, ...] | None:
    """A list of whole numbers that fit 63 bits, or None for anything else."""
    if not isinstance(value, list):
        return None
    numbers = tuple(n for n in cast(list[object], value) if type(n) is int and 0 <= n < 1 << 63)
    return numbers if len(numbers) == len(cast(list[object], value)) else None


def check_shapes(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], where: str) -> None:
    """Refuse weights that do not fit a network, naming the first that differs."""
    missing, extra = sorted(set(expected) - set(tensors)), sorted(set(tensors) - set(expected))
    if missing or extra:
        name = (missing or extra)[0]
        raise DamagedFile(f"{where}: weight {name!r} is {'missing' if missing else 'not part of this model'}")
    for name, tensor in expected.items():
        if tensors[name].shape != tensor.shape or tensors[name].dtype != tensor.dtype:
            raise DamagedFile(
                f"{where}: weight {name!r} does not fit its config",
                got=f"{tuple(tensors[name].shape)} {tensors[name].dtype}",
                allowed=f"{tuple(tensor.shape)} {tensor.dtype}",
            )


def half(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights in half precision, half as large; what does not fit its range or is no float stays as it is."""
    out: dict[str, Tensor] = {}
    for name, value in state.items():
        small = value.to(torch.float16) if value.dtype == torch.float32 else value
        out[name] = small if bool(torch.isfinite(small).all()) else value
    return out


def single(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights kept in half precision as float32, in which everything computes; others as they are."""
    return {k: v.float() if v.dtype == torch.float16 else v for k, v in state.items()}
