"""What the verbs give: results that show themselves, save themselves, and say how they were made."""

from __future__ import annotations

import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.io.atomic import write_bytes
from trasluz.io.pictures import PICTURES, png_bytes, write_npz, write_picture
from trasluz.io.weights import write_tensors
from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import fonts
from trasluz.spaces import registry
from trasluz.spaces.kind import Kind
from trasluz.spaces.model import LatentModel
from trasluz.spaces.representation import Pixels
from trasluz.spaces.space import LatentSpace

FPS = 12
"""Frames per second of a path as a film."""
HOLD = 0.6
"""Seconds that a film which does not loop rests on its first and its last frame."""


@final
@dataclass(frozen=True)
class Origin:
    """The space that latents belong to."""

    model: str
    model_identity: str
    space: str
    shape: tuple[int, ...]
    kind: str = Pixels.kind
    """Of the items, by its name in the registry."""

    @classmethod
    def of(cls, model: LatentModel, space: LatentSpace) -> Origin:
        return cls(model.name, model.owner(space.name), space.name, space.shape, space.representation.kind)


class Result(ABC):
    """Latents, a picture of them, and the call that gave them."""

    suffixes: ClassVar[tuple[str, ...]] = (*PICTURES, ".safetensors", ".npz")
    """What `save` can write, by suffix."""
    folders: ClassVar[bool] = False
    """Whether a name that ends in / is a folder of single pictures."""
    named: ClassVar[bool] = False
    """Whether those single pictures are called after their items."""
    stem: str = "result"
    """What a file of it is called where nobody names one."""

    def __init__(self, latents: Tensor, origin: Origin, call: Call) -> None:
        self.latents = latents
        """`(n, *shape)`, float32, on the CPU."""
        self.origin, self.call = origin, call

    @property
    def forms(self) -> tuple[str, ...]:
        """What `save` can write of this one, by suffix: `suffixes`, and what is its kind's own."""
        return self.suffixes

    @abstractmethod
    def image(self) -> Image.Image:
        """The picture to look at."""

    def arrays(self) -> Mapping[str, np.ndarray]:
        """What `.npz` holds, by name."""
        return {"latents": self.latents.numpy()}

    def write_form(self, file: Path) -> None:
        """Write what is neither a picture nor arrays, such as a film or a drawing, for the results that have one."""
        raise TrasluzError(f"this result has no {file.suffix} form")

    @classmethod
    def forms_of(cls, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The same, of a result that does not exist yet, by what its verb was asked."""
        return cls.suffixes

    def own_form(self, suffix: str) -> bytes:
        """A file of a form that is its kind's own, for the results that have one."""
        raise TrasluzError(f"this result has no {suffix} form")

    @final
    def film(self, path: Path) -> None:
        """What `write_form` was called."""
        warnings.warn("Result.film is called .write_form now", DeprecationWarning, stacklevel=2)
        self.write_form(path)

    def files(self, folder: Path) -> None:
        """Write single pictures into a folder, for the results that have `folders`."""
        raise TrasluzError("this result has no single pictures")

    def names_in(self, folder: Path) -> list[Path]:
        """What `files` writes, where the names say which item is which."""
        return []

    def facts(self) -> dict[str, Any]:
        """What a document says of it besides where it is and how it was made, as JSON values."""
        return {}

    def tables(self) -> Iterable[tuple[Sequence[str], Sequence[Sequence[object]]]]:
        """What a person at a terminal is shown besides: headings and rows."""
        return ()

    @final
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the result in the form that the suffix names; missing folders are made.

        Pictures `.png .jpg .webp`; the latents as `.safetensors` (every row is a POINT, `file.safetensors#3`);
        items and latents as `.npz`; some results have more (see `forms`): of sounds `.wav .flac .ogg`, the items one
        after another, or of a path one that changes. Some are written as single items into a folder whose name ends in
        / (see `folders`).
        """
        target = Path(path).expanduser()
        suffix = target.suffix.lower()
        if self.folders and os.fspath(path).endswith(("/", os.sep)):
            self.files(target)
            self.call = replace(self.call, out=os.fspath(path))
            return target
        if suffix not in self.forms:
            allowed = f"a name that ends in {' '.join(self.forms)}{' or / (a folder)' if self.folders else ''}"
            raise InvalidArgument("no form to save this in", got=repr(str(path)), allowed=allowed)
        if target.is_dir():
            raise InvalidArgument(f"{target} is a folder", next="Name a file in it")
        if suffix in PICTURES:
            with self._telling():
                write_picture(target, self.image())
        elif suffix == ".safetensors":
            mine = self.origin
            metadata = {"model": mine.model, "model_identity": mine.model_identity, "space": mine.space}
            write_tensors(target, {"latents": self.latents}, "latents", metadata)
        elif suffix == ".npz":
            write_npz(target, self.arrays())
        elif suffix in self.suffixes:
            with self._telling():
                self.write_form(target)
        else:
            write_bytes(target, self.own_form(suffix))
        self.call = replace(self.call, out=Path(path))
        return target

    @contextmanager
    def _telling(self) -> Generator[None]:
        """Say which letters of a picture no font has."""
        with fonts.watching() as lacking:
            yield
        if lacking:
            self.call.session.progress.say(fonts.told(lacking))

    def _repr_png_(self) -> bytes:
        with self._telling():
            return png_bytes(self.image())

    def command(self) -> str:
        """The command line that gives the same."""
        return self.call.command()

    def code(self) -> str:
        """The Python that gives the same."""
        return self.call.code()

    def __len__(self) -> int:
        return len(self.latents)

    def __repr__(self) -> str:
        shape = " x ".join(str(side) for side in self.origin.shape)
        return f"{type(self).__name__}({self.brief()}, space {self.origin.space!r} ({shape}) of {self.origin.model!r})"

    @abstractmethod
    def told(self) -> str:
        """A few words on what is in it."""

    def brief(self) -> str:
        """The same, as far as nothing has to be measured for it."""
        return self.told()


class Decodings(Result):
    """A result that has decoded items."""

    def __init__(self, latents: Tensor, items: Tensor, origin: Origin, call: Call) -> None:
        super().__init__(latents, origin, call)
        self.items = items
        """`(n, *public_shape)`, float32, on the CPU; pictures are `(n, C, H, W)` in [0, 1]."""

    @cached_property
    def kind(self) -> Kind:
        """What the items are."""
        return registry.get("kinds", self.origin.kind)

    @cached_property
    def drawn(self) -> Tensor:
        """The items as pictures, `(n, C, h, w)` in [0, 1]."""
        return self.kind.draw(self.items)

    @property
    def forms(self) -> tuple[str, ...]:
        return _with_own(self.suffixes, self.kind)

    @classmethod
    def forms_of(cls, values: Mapping[str, Any]) -> tuple[str, ...]:
        from trasluz.lab.shelf.models import kind_of

        return _with_own(cls.suffixes, kind_of(values.get("to") or values["model"], values.get("workspace")))

    def own_form(self, suffix: str) -> bytes:
        return self.kind.joined(self.items, suffix)

    def draw(self, items: Sequence[Tensor | None]) -> list[Tensor | None]:
        """Some items, each as a picture `(C, h, w)`; None stays."""
        there = [item for item in items if item is not None]
        drawn = iter(self.kind.draw(torch.stack(there)) if there else ())
        return [None if item is None else next(drawn) for item in items]

    def arrays(self) -> Mapping[str, np.ndarray]:
        return {"latents": self.latents.numpy(), "items": self.items.numpy()}


def _with_own(suffixes: tuple[str, ...], kind: Kind | None) -> tuple[str, ...]:
    """Forms, and those of a kind whose items can be written one after another."""
    return (*suffixes, *(suffix for suffix in (kind.joins if kind else ()) if suffix not in suffixes))
