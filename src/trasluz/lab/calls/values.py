"""Single values that a caller gives from Python: numbers, truths, words, lists and arrays, checked and converted."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence, Set
from numbers import Number as NumberOfAnyKind
from typing import Any, Protocol, runtime_checkable

from trasluz.base.errors import InvalidArgument
from trasluz.lab.calls.given import as_path

TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@runtime_checkable
class Arrayed(Protocol):
    """Anything that NumPy makes an array of."""

    def __array__(self, dtype: Any = None) -> Any: ...


def refused(name: str, what: str, value: object, allowed: object, next: str | None = None) -> InvalidArgument:
    """The one line."""
    article = "" if what in ("text", "data", "yes or no") else "an " if what[0] in "aeio" else "a "
    wrong = f"not {article}{what}" if name == what else f"{name} is not {article}{what}"
    return InvalidArgument(wrong, got=shown(value), allowed=allowed, next=next)


def shown(value: object) -> str:
    """A value as an error says it: short, and of an object what it is."""
    if value is None or isinstance(value, (str, bytes, NumberOfAnyKind, os.PathLike)):
        text = repr(value.item() if is_array(value) else value)  # type: ignore[attr-defined]
    elif is_array(value):
        form = tuple(value.shape)  # type: ignore[attr-defined]
        text = f"{type(value).__name__} of shape {form}"
    elif isinstance(value, (list, tuple)):
        text = f"[{', '.join(shown(part) for part in value[:9])}{', ...' if len(value) > 9 else ''}]"
    else:
        text = f"an object of the class {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def is_array(value: object) -> bool:
    """Whether it is a NumPy array or number, or a tensor; loads neither library."""
    return type(value).__module__.partition(".")[0] in ("numpy", "torch") and getattr(value, "shape", None) is not None


def plain(value: Any) -> Any:
    """Numbers of NumPy and torch as Python's own, in lists and by name too; all else as it is."""
    if is_array(value) and not value.shape:
        return value.item()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(plain(part) for part in value)
    if isinstance(value, dict):
        return {plain(key): plain(part) for key, part in value.items()}
    return value


def _single(value: Any) -> Any:
    """A number out of an array of one."""
    if is_array(value) and math.prod(value.shape) == 1:
        return value.item()
    return value


def number(name: str, value: Any, allowed: str = "a number") -> float:
    """A number: Python's, NumPy's, a decimal, or a text that is one."""
    found = _single(value)
    if isinstance(found, str):
        try:
            found = float(found)
        except ValueError:
            raise refused(name, "number", value, allowed) from None
    if isinstance(found, bool) or not isinstance(found, NumberOfAnyKind) or isinstance(found, complex):
        raise refused(name, "number", value, allowed)
    try:
        return float(found)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise refused(name, "number", value, allowed) from None


def whole(name: str, value: Any, allowed: str = "a whole number") -> int:
    """A whole number; also one that is written with a point, as 4.0 is."""
    found = _single(value)
    if isinstance(found, str):
        try:
            return int(found)
        except ValueError:
            pass
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    try:
        as_float = number(name, found, allowed)
    except InvalidArgument:
        raise refused(name, "whole number", value, allowed) from None
    if not as_float.is_integer():
        raise refused(name, "whole number", value, allowed)
    return int(as_float)


def truth(name: str, value: Any) -> bool:
    """Yes or no. The text "False" is no: Python would take it for yes."""
    found = _single(value)
    if isinstance(found, bool):
        return found
    text = str(int(found)) if isinstance(found, (int, float)) and found in (0, 1) else found
    if isinstance(text, str) and text.strip().casefold() in TRUTHS:
        return TRUTHS[text.strip().casefold()]
    raise refused(name, "yes or no", value, "True or False")


def word(name: str, value: Any) -> str:
    """A text; a path is one."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, os.PathLike):
        return as_path(value)
    raise refused(name, "text", value, "a text")


def file(name: str, value: Any) -> str | os.PathLike[str]:
    """A path."""
    if isinstance(value, str) and value:
        return str(value)
    if isinstance(value, os.PathLike) and isinstance(os.fspath(value), str):
        return value
    raise refused(name, "path", value, "a path as text or pathlib.Path")


def setting(value: Any) -> Any:
    """One value of KEY=VALUE: a text that is a number, written as a number is, becomes it. 007 and 1.50 are names."""
    if isinstance(value, str):
        return _as_number(str(value))
    if is_array(value):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return plain(value)


def _as_number(text: str) -> Any:
    for kind in (int, float):
        try:
            found = kind(text)
        except ValueError:
            continue
        if repr(found) == text and math.isfinite(found):
            return found
    return text


def listed(name: str, value: Any, allowed: str) -> list[Any]:
    """Several values, one by one: of a list, a tuple, an array, a series, a generator; not of a set, which has no
    order."""
    if isinstance(value, (str, bytes, Mapping, Set)) or value is None:
        raise refused(name, "list", value, allowed)
    if is_array(value):
        return list(value.tolist()) if value.shape else [value.item()]
    if isinstance(value, Arrayed) and not isinstance(value, Sequence):
        return list(array(name, value, allowed).tolist())
    if isinstance(value, Iterable):
        return list(value)
    raise refused(name, "list", value, allowed)


def array(name: str, value: Any, allowed: str) -> Any:
    """A NumPy array of its own memory, in a form that torch knows."""
    import numpy as np

    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise refused(name, "full array", value, "an array without masked values")
    try:
        found = np.array(value)
    except (ValueError, TypeError):
        raise refused(name, "array of numbers", value, allowed) from None
    if found.dtype.kind not in "fiu":
        raise refused(name, "array of numbers", value, allowed)
    kept = found.dtype if found.dtype.itemsize <= 8 else np.dtype(np.float64)
    kept = np.dtype(np.int64) if kept.kind == "u" and kept.itemsize > 1 else kept
    return np.ascontiguousarray(found.astype(kept.newbyteorder("="))).reshape(found.shape)
