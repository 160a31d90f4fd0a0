"""What a caller gives a verb from Python, as the verb takes it: the one place where values are checked and converted.

Every kind of parameter asks here. A number may be NumPy's, torch's or a text that is one; a POINT may be an array, a
list of numbers or a picture in memory. What cannot be taken is refused in one line, which says what would be.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from numbers import Real
from typing import Any

from trasluz.base.errors import InvalidArgument
from trasluz.lab.calls.given import Held, Named, Ways, as_path
from trasluz.lab.calls.values import (
    Arrayed,
    array,
    file,
    is_array,
    listed,
    number,
    plain,
    refused,
    setting,
    whole,
    word,
)

_PLAIN_POINT = re.compile(r"@.+|(train|val|test):\d+|seed:\d+(/\d+)?", re.ASCII)
"""POINTs that hold no comma: places on a map and files may."""
POINT = "a POINT as text, a picture (file, Pillow image, item), or latents (NumPy array, tensor, list of numbers)"


def words(name: str, value: Any, of: str) -> Any:
    """Several words: one alone is one, and of a list each is."""
    take = THINGS.get(of, word)
    if isinstance(value, (str, os.PathLike)) or (of == "direction" and isinstance(value, Ways)):
        return [take(name, value)]
    if of and (not isinstance(value, Iterable) or (of == "direction" and is_vector(value))):
        return [take(name, value)]
    return [take(name, part) for part in listed(name, value, "a text, or a list of them")]


def pairs(name: str, value: Any) -> dict[str, Any]:
    """Names and values: a dictionary, or KEY=VALUE as a line has it, one or several."""
    allowed = "a dictionary such as {'steps': 100}, or 'KEY=VALUE'"
    if isinstance(value, Mapping):
        given = dict(value)
    else:
        from trasluz.base.config import parse_settings

        if not isinstance(value, Iterable):
            raise refused(name, "dictionary", value, allowed)
        said = [value] if isinstance(value, str) else listed(name, value, allowed)
        if not all(isinstance(part, str) for part in said):
            raise refused(name, "dictionary", value, allowed)
        given = parse_settings(said)
    odd = next((key for key in given if not isinstance(key, str)), None)
    if odd is not None:
        raise refused(f"a name in {name}", "text", odd, allowed)
    return {str(key): setting(part) for key, part in given.items()}


def strengths(name: str, value: Any, *, whole_names: bool, of: str, usual: float | None) -> Any:
    """How far along each: a dictionary, names alone, or NAME=X as a line has it."""

    def key(given: Any) -> Any:
        return whole(f"a dimension of {name}", given) if whole_names else THINGS.get(of, word)(name, given)

    def far(of_: Any, given: Any) -> float | None:
        return usual if given is None else number(f"the strength of {of_} in {name}", given)

    if isinstance(value, Mapping):
        return {key(one): far(one, strength) for one, strength in value.items()}
    single = isinstance(value, (str, os.PathLike, Ways)) or not isinstance(value, Iterable)
    single = single or (of == "direction" and is_vector(value))
    ones = [value] if single else listed(name, value, "a dictionary, or names")
    if any(isinstance(one, str) and "=" in one for one in ones):
        halves = [one.partition("=") if isinstance(one, str) else (one, "", "") for one in ones]
        return {key(one): far(one, text or None) for one, _, text in halves}
    if whole_names:
        return {key(one): usual for one in ones}
    return key(value) if single else [key(one) for one in ones]


# Things ---------------------------------------------------------------------------------------------------------------


def model(name: str, value: Any) -> Any:
    """A name, a path, an open model, or what training gave, which holds one."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, os.PathLike):
        return value
    from trasluz.spaces.model import LatentModel

    if isinstance(value, LatentModel):
        return value
    of_run = getattr(value, "model", None)
    if isinstance(of_run, LatentModel):
        return of_run
    next = "Wrap a decoder of your own first: tl.wrap(decode=net, shape=(100,))" if callable(value) else None
    raise refused(name, "model", value, "a name, a path, or an open model (tl.open)", next)


def model_or_atlas(name: str, value: Any) -> Any:
    """A model, or an open atlas."""
    from trasluz.atlas.atlas import Atlas

    return value if isinstance(value, Atlas) else model(name, value)


def model_name(name: str, value: Any) -> str:
    """A model where its name or path will do; an open one is called as it was opened."""
    if isinstance(value, (str, os.PathLike)):
        return word(name, value)
    found = model(name, value)
    if found.folder is None or not found.is_kept:
        raise refused(
            name, "model that is kept", value, "a name or a path", "Save it first: model.save(NAME, build=FILE)"
        )
    return as_path(found.folder)


def data(name: str, value: Any) -> Any:
    """A DATA argument, or an open data set."""
    if isinstance(value, (str, os.PathLike)):
        return str(value) if isinstance(value, str) else value
    from trasluz.spaces.data import Dataset

    if isinstance(value, Dataset):
        return value
    next = "Save arrays as pictures in a folder, or as .npz, and name that" if is_array(value) else None
    raise refused(name, "data", value, "a name such as faces, a path, or an open data set (tl.load)", next)


def atlas(name: str, value: Any) -> Any:
    """An atlas by name, or open."""
    from trasluz.atlas.atlas import Atlas

    if isinstance(value, Atlas):
        return value
    if isinstance(value, str):
        return str(value)
    raise refused(name, "atlas", value, "the name of one, or an open one (tl.encode)")


def direction(name: str, value: Any) -> Any:
    """A direction by name, or found."""
    if isinstance(value, str):
        return str(value)
    from trasluz.spaces.direction import Direction

    if isinstance(value, (Direction, Ways)):
        return value
    next = "A vector of your own becomes one: tl.direction(model, vector)" if is_vector(value) else None
    raise refused(name, "direction", value, "the name of a kept one, or one that was found (tl.find)", next)


def vector(name: str, value: Any) -> Any:
    """Numbers as a tensor, or the path of a file of them."""
    if isinstance(value, (str, os.PathLike)):
        return file(name, value)
    allowed = "an array, a tensor or a list with as many numbers as a latent has, or the file of one"
    in_a_list = isinstance(value, (list, tuple)) and _are_numbers(value)
    if not (in_a_list or is_array(value) or isinstance(value, Arrayed)) or type(value).__module__.startswith(
        "trasluz."
    ):
        raise refused(name, "vector", value, allowed)
    return _tensor(name, value)


def colours(name: str, value: Any) -> Any:
    """A column by name; or a value for each row, which the map looks at itself."""
    return str(value) if isinstance(value, str) else value


def device(value: Any) -> str:
    """Where to run, as text: cuda:1 of a torch.device or of the number 1."""
    if value is None:
        return "auto"
    if isinstance(value, str):
        return str(value)
    if type(value).__module__.partition(".")[0] == "torch" and not is_array(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return f"cuda:{value}"
    raise refused("device", "device", value, "auto, cpu, cuda, cuda:1, mps, or a torch.device")


def workspace(value: Any) -> Any:
    """A folder, or an open workspace."""
    from trasluz.io.workspace import Workspace

    return value if value is None or isinstance(value, Workspace) else file("workspace", value)


def watcher(value: Any) -> Any:
    """Who is told how it goes."""
    from trasluz.base.progress import SILENT, Progress

    if value is None:
        return SILENT
    if isinstance(value, Progress):
        return value
    raise refused("progress", "Progress", value, "a trasluz.base.progress.Progress, or None for nobody")


# POINTs ---------------------------------------------------------------------------------------------------------------


def point(name: str, value: Any) -> Any:
    """One POINT: as text or path, or at hand as a latent or an item."""
    found = points(name, value)
    if isinstance(found, list):
        if len(found) != 1:
            raise refused(name, "single POINT", value, POINT)
        return found[0]
    return found


def points(name: str, value: Any) -> Any:
    """One POINT or several: a text, a path, an item, a tensor of one latent or of n, or a list of any of them."""
    if isinstance(value, (os.PathLike, Named, Held)):
        return value
    if isinstance(value, str):
        apart = by_commas(value)
        return str(value) if len(apart) == 1 else apart
    item = _item(value)
    if item is not None:
        return item
    if value is None or isinstance(value, (bytes, bytearray, Mapping, Set, bool)):
        raise refused(name, "POINT", value, POINT)
    if is_array(value) and type(value).__module__.startswith("numpy") and value.dtype.kind in "OU" and value.shape:
        return points(name, value.tolist())
    if isinstance(value, Real) or is_array(value) or (isinstance(value, Arrayed) and not isinstance(value, Sequence)):
        return _tensor(name, value)
    if isinstance(value, Iterable):
        parts = [each for part in value for each in (by_commas(part) if isinstance(part, str) else [part])]
        return _tensor(name, parts) if _are_numbers(parts) else [_one(name, part) for part in parts]
    raise refused(name, "POINT", value, POINT)


def by_commas(text: str) -> list[str]:
    """POINTs with commas between, `@scouts,test:3`; the text as it is where a part may have a comma in itself."""
    parts = [part.strip() for part in text.split(",")]
    return parts if len(parts) > 1 and all(_PLAIN_POINT.fullmatch(part) for part in parts) else [text]


def _one(name: str, part: Any) -> Any:
    found = points(name, part)
    return point(name, found) if isinstance(found, list) else found


def _item(value: Any) -> Held | None:
    """A picture in memory, or an item of an open data set."""
    if type(value).__module__.partition(".")[0] == "PIL":
        from PIL.Image import Image

        if isinstance(value, Image):
            file = getattr(value, "filename", "") or ""
            return Held(value, os.path.basename(os.fspath(file)) or None)
    if type(value).__module__.startswith("trasluz."):
        from trasluz.atlas.atlas import Atlas
        from trasluz.spaces.data import Dataset, Item

        if isinstance(value, Item):
            return Held(value.x, value.id)
        if isinstance(value, (Atlas, Dataset)):
            what = "atlas" if isinstance(value, Atlas) else "data set"
            next = "Take some of it: atlas.latents[:8]" if isinstance(value, Atlas) else "Take some of it: data[3]"
            raise InvalidArgument(f"a whole {what} is not a POINT", got=repr(value).partition("\n")[0], next=next)
    return None


def is_vector(value: Any) -> bool:
    """Whether it is an array of numbers, or a list of nothing else."""
    if is_array(value):
        return "str" not in str(value.dtype) and "U" not in str(value.dtype) and "object" not in str(value.dtype)
    return isinstance(value, (list, tuple)) and _are_numbers(value)


def _are_numbers(parts: Sequence[Any]) -> bool:
    """Whether a list holds nothing but numbers, however deep."""

    def one(part: Any) -> bool:
        if isinstance(part, (list, tuple, range)):
            return _are_numbers(part)
        return (isinstance(part, Real) and not isinstance(part, bool)) or (is_array(part) and not part.shape)

    return bool(len(parts)) and all(one(part) for part in parts)


def _tensor(name: str, value: Any) -> Any:
    """Latents or items as a tensor. Whole numbers stay what they are: bytes are pixels to whoever wants pictures."""
    import torch

    if isinstance(value, torch.Tensor):
        found = value.detach()
    else:
        rows = "numbers in rows of the same length"
        found = torch.from_numpy(array(name, plain(list(value)) if isinstance(value, (list, tuple)) else value, rows))
    if found.is_complex() or found.dtype == torch.bool:
        raise refused(name, "latent", value, "real numbers")
    return found


THINGS: dict[str, Callable[[str, Any], Any]] = {
    "model": model, "model name": model_name, "model or atlas": model_or_atlas, "data": data, "atlas": atlas,
    "direction": direction, "point": point, "colours": colours, "vector": vector,
    "region": lambda name, value: value,
}  # fmt: skip
"""By what a type of a signature stands for (`given.Of`)."""
