"""How the golden record holds what a verb gave, in few bytes, and how two such records are compared.

An array and a picture become an exact hash and a few numbers: where the machine is the same the hash decides, elsewhere
the numbers, which are close where the bits are not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

LONG = 12
"""Lists of more numbers than this are held as arrays are."""
CLOSE = 1e-3
"""What counts as the same elsewhere, relative to the greater of 1 and the numbers."""
MASKED = {"seconds", "machine"}
"""Fields that no two runs have in common."""
PICTURES = (".png", ".jpg", ".webp", ".gif")
_DURATION = re.compile(r"\bin [\d.]+(e-?\d+)? s\b")
_IDENTITY = re.compile(r"\b[a-z]-[0-9a-f]{32}\b")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")

Difference = tuple[str, Any, Any]
"""Where in the document, what was recorded, what was found."""


def digest_array(values: np.ndarray) -> dict[str, Any]:
    """Shape, type, exact hash, and some numbers rounded."""
    values = np.ascontiguousarray(values)
    out: dict[str, Any] = {"shape": list(values.shape), "dtype": str(values.dtype), "hash": _hash(values.tobytes())}
    if values.dtype.kind in "fiub" and values.size:
        flat = values.astype(np.float64).ravel()
        picked = flat[np.linspace(0, flat.size - 1, min(8, flat.size)).astype(int)]
        out |= {"mean": _round(flat.mean()), "std": _round(flat.std()), "values": [_round(x) for x in picked]}
    elif values.dtype.kind not in "fiub":
        out["hash"] = _hash(json.dumps(values.tolist(), default=str).encode())
    return out


def digest_pixels(frames: Sequence[np.ndarray]) -> dict[str, Any]:
    """Pictures of one file: size, number, hash of all pixels, mean and spread in units of white."""
    flat = np.concatenate([np.asarray(frame, dtype=np.uint8).ravel() for frame in frames])
    joined = _hash(b"".join(np.ascontiguousarray(frame).tobytes() for frame in frames))
    light = flat / 255
    size = list(frames[0].shape)
    return {
        "frames": len(frames),
        "size": size,
        "hash": joined,
        "mean": _round(light.mean()),
        "std": _round(light.std()),
    }


def digest_file(path: Path) -> Any:
    """What a file holds, whatever the form: pixels, arrays, a document or text. Bytes that vary are left out."""
    suffix = path.suffix.lower()
    if suffix in PICTURES:
        from PIL import Image, ImageSequence

        with Image.open(path) as picture:
            return digest_pixels([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)])
    if suffix == ".mp4":
        import av

        with av.open(str(path)) as film:
            return digest_pixels([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)])
    if suffix == ".npz":
        with np.load(path) as arrays:
            return {name: digest_array(arrays[name]) for name in sorted(arrays)}
    if suffix == ".safetensors":
        return _tensors(path)
    if suffix == ".json":
        return json.loads(path.read_text("utf-8"))
    if suffix == ".parquet":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        return {name: digest_array(np.asarray(table[name].to_pylist())) for name in table.column_names}
    if suffix == ".svg":
        # Names of its parts are drawn by chance, and it holds the date.
        return {"marks": len(re.findall(r"<use |<path |<text|<image ", path.read_text("utf-8")))}
    text = path.read_text("utf-8")
    numbers = np.array([float(x) for x in _NUMBER.findall(text)])
    return {"words": _hash("0".join(_NUMBER.split(text)).encode()), "numbers": digest_array(numbers)}


def clean(value: Any, places: Mapping[str, str]) -> Any:
    """A document without what varies: folders by a placeholder, durations out, long lists as arrays."""
    if isinstance(value, dict):
        return {k: f"${k.upper()}" if k in MASKED else clean(v, places) for k, v in value.items()}
    if isinstance(value, list):
        if len(value) > LONG and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in value):
            return digest_array(np.array(value, dtype=np.float64))
        return [clean(x, places) for x in value]
    if isinstance(value, str):
        for folder, name in places.items():
            value = value.replace(folder, name)
        return _DURATION.sub("in $SECONDS s", value)
    return value


def differences(recorded: Any, found: Any, exact: bool, where: str = "") -> Iterator[Difference]:
    """Each field that is not the same; where the machine is another, not near enough."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        # What a hash says of bytes, no other machine need repeat; without numbers beside it there is nothing else.
        loose = not exact and "hash" in recorded and "mean" in recorded
        for key in dict.fromkeys([*recorded, *found]):
            if not (loose and key == "hash"):
                at = f"{where}.{key}" if where else str(key)
                yield from differences(recorded.get(key, "(nothing)"), found.get(key, "(nothing)"), exact, at)
    elif isinstance(recorded, list) and isinstance(found, list) and len(recorded) == len(found):
        for i, (one, other) in enumerate(zip(recorded, found, strict=True)):
            yield from differences(one, other, exact, f"{where}[{i}]")
    elif not _same(recorded, found, exact):
        yield where, recorded, found


def compare(recorded: Mapping[str, Any], found: Mapping[str, Any], exact: bool) -> dict[str, list[Difference]]:
    """By entry, what differs; an entry that only one of them has differs as a whole."""
    out: dict[str, list[Difference]] = {}
    for name in dict.fromkeys([*recorded, *found]):
        if name not in found:
            out[name] = [("entry", "recorded", "(nothing)")]
        elif name not in recorded:
            out[name] = [("entry", "(nothing)", "found")]
        elif rows := list(differences(recorded[name], found[name], exact)):
            out[name] = rows
    return out


def _same(one: Any, other: Any, exact: bool) -> bool:
    if exact or type(one) is bool or type(other) is bool:
        return type(one) is type(other) and one == other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= CLOSE * max(1.0, abs(one), abs(other))
    if isinstance(one, str) and isinstance(other, str):
        return _near(_IDENTITY.sub("$IDENTITY", one), _IDENTITY.sub("$IDENTITY", other))
    return one == other


def _near(one: str, other: str) -> bool:
    """Whether texts say the same, their numbers up to one in the last digit written."""
    if _NUMBER.split(one) != _NUMBER.split(other):
        return False
    for a, b in zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True):
        digits = max(len(x.partition("e")[0].partition(".")[2]) for x in (a, b))
        unit = 10.0**-digits if digits else 0.0
        if abs(float(a) - float(b)) > 1.01 * unit + CLOSE * max(abs(float(a)), abs(float(b))):
            return False
    return True


def _tensors(path: Path) -> dict[str, Any]:
    """The latents of a small file one by one; of a model, all weights together."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in sorted(file.keys())}
        metadata = file.metadata()
    if len(arrays) <= 3:
        return {"metadata": metadata, **{name: digest_array(array) for name, array in arrays.items()}}
    flat = np.concatenate([array.astype(np.float32).ravel() for array in arrays.values()])
    return {"tensors": len(arrays), "names": _hash("\n".join(arrays).encode()), "weights": digest_array(flat)}


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=10).hexdigest()


def _round(x: float) -> float | None:
    return float(f"{x:.5g}") if np.isfinite(x) else None
