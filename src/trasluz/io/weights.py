"""Tensors on disk: safetensors, written atomically, with a checksum over content and metadata.

Nothing here reads or writes a pickle. A file is checked before a byte of it is believed: header length,
sizes, dtypes, then the checksum.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from trasluz.base.errors import DamagedFile, NoPermission, VersionMismatch
from trasluz.io.atomic import write_bytes

VERSION = "1"
HEADER_LIMIT = 16 << 20
"""Bytes of header that we are ready to parse: names and shapes of some hundred thousand tensors."""
_DTYPES = {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"}


def digest(tensors: Mapping[str, Tensor], text: str = "") -> str:
    """A hash of tensors (names, dtypes, shapes, bytes) and a text, independent of their order."""
    h = hashlib.blake2b(text.encode(), digest_size=16)
    for name in sorted(tensors):
        t = tensors[name].detach().cpu().contiguous()
        h.update(f"\0{name}\0{t.dtype}\0{tuple(t.shape)}\0".encode())
        h.update(cast(Any, t.reshape(-1).view(torch.uint8).numpy()) if t.numel() else b"")
    return h.hexdigest()


def canonical(metadata: Mapping[str, str]) -> str:
    """Metadata as one text, for hashing."""
    return json.dumps(dict(metadata), sort_keys=True, separators=(",", ":"))


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], kind: str, metadata: Mapping[str, str] | None = None
) -> None:
    """Write a safetensors file of one `kind` ("model", "checkpoint", "latents", ...) with string metadata."""
    meta = {**(metadata or {}), "kind": f"trasluz-{kind}", "version": VERSION}
    data = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    meta["checksum"] = digest(data, canonical(meta))
    write_bytes(path, save(data, meta))


def read_tensors(path: Path, kind: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read what `write_tensors` wrote: `(tensors, metadata)`.

    Raises:
        DamagedFile: not a safetensors file, truncated, altered, or of another kind.
        VersionMismatch: written by another version of the format.
    """
    meta = read_metadata(path, kind)
    try:
        with cast(Any, safe_open(path, framework="pt")) as handle:
            tensors: dict[str, Tensor] = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise DamagedFile(f"{path} is damaged: {error}") from None
    wanted = {k: v for k, v in meta.items() if k != "checksum"}
    if digest(tensors, canonical(wanted)) != meta["checksum"]:
        raise DamagedFile(f"{path} is damaged: its checksum does not match its content")
    return tensors, wanted


def read_metadata(path: Path, kind: str) -> dict[str, str]:
    """The metadata of a file of ours, from its header alone."""
    header = read_header(path)
    meta = header.get("__metadata__")
    if not isinstance(meta, dict) or "checksum" not in meta or meta.get("kind") != f"trasluz-{kind}":
        raise DamagedFile(f"{path} is no Trasluz {kind} file", got=repr((meta or {}).get("kind", "no metadata")))
    if meta.get("version") != VERSION:
        raise VersionMismatch(
            f"{path} is of another version of the format",
            got=meta.get("version"),
            allowed=VERSION,
            next="Update Trasluz, or make the file again",
        )
    return {str(k): str(v) for k, v in meta.items()}


def read_header(path: Path) -> dict[str, dict[str, Any]]:
    """The JSON header of any safetensors file, with its sizes checked and its memory bounded."""
    try:
        size = path.stat().st_size
        with open(path, "rb") as handle:
            start = handle.read(8)
            if len(start) < 8:
                raise DamagedFile(f"{path} is damaged: {size} bytes are no safetensors file")
            length = struct.unpack("<Q", start)[0]
            if length > min(HEADER_LIMIT, size - 8):
                raise DamagedFile(f"{path} is damaged: its header claims {length:,} bytes of a file of {size:,}")
            header = json.loads(handle.read(length))
    except FileNotFoundError:
        raise DamagedFile(f"{path} is missing") from None
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except IsADirectoryError:
        raise DamagedFile(f"{path} is a folder, not a safetensors file") from None
    except (ValueError, RecursionError):
        raise DamagedFile(f"{path} is damaged: its header is no JSON") from None
    if not isinstance(header, dict):
        raise DamagedFile(f"{path} is damaged: its header is no JSON object")
    for name, entry in cast(dict[str, Any], header).items():
        if name != "__metadata__" and (
            not isinstance(entry, dict) or cast(dict[str, Any], entry).get("dtype") not in _DTYPES
        ):
            raise DamagedFile(f"{path}: tensor {name!r} has no dtype that we read", allowed=sorted(_DTYPES))
    return cast(dict[str, dict[str, Any]], header)


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
