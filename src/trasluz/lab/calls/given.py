"""What verbs are given: models, data, atlases and points, by name or open; and how each is called.

The types are those of the signatures; they are spelled out for whoever reads or checks the code, and stand for anything
while it runs, so that a verb can be declared without loading what it works with.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.errors import TrasluzError
from trasluz.base.reserved import ZOO
from trasluz.io.workspace import Workspace


class Of(str):
    """A type as a reader of a signature is told it, and what it stands for to whoever takes a value of it."""

    what: str

    def __new__(cls, told: str, what: str) -> Of:
        made = super().__new__(cls, told)
        made.what = what
        return made

    def __eq__(self, other: object) -> bool:
        """Two that are told alike are not one: Python keeps one annotation for what is equal."""
        return isinstance(other, Of) and (str(self), self.what) == (str(other), other.what)

    def __hash__(self) -> int:
        return hash((str(self), self.what))


class Ways(ABC):
    """What holds directions, and may be given where one is wanted."""

    @property
    @abstractmethod
    def one(self) -> Direction:
        """The only one."""


if TYPE_CHECKING:
    from numpy import ndarray
    from PIL.Image import Image
    from torch import Tensor

    from trasluz.atlas.atlas import Atlas
    from trasluz.spaces.data import Dataset
    from trasluz.spaces.direction import Direction
    from trasluz.spaces.model import LatentModel

    Place = str | os.PathLike[str] | Workspace | None
    """A workspace as a caller gives it."""
    ModelLike = str | os.PathLike[str] | LatentModel
    """A model by name or path, or open."""
    ModelName = str | os.PathLike[str] | LatentModel
    """A model whose name or path will do: an open one was opened by it."""
    ModelOrAtlas = str | os.PathLike[str] | LatentModel | Atlas
    """A model, or an open atlas of one."""
    DataLike = str | os.PathLike[str] | Dataset | None
    """Data as a DATA argument, or open; None for what the model was trained on."""
    DataMeant = str | os.PathLike[str] | Dataset
    """Data that have to be named."""
    AtlasLike = str | Atlas | None
    """An atlas by name, or open; None for the default one."""
    DirectionLike = str | Direction | Ways
    """A direction by name, or found."""
else:
    # What a reader of a signature is told, where nothing checks it, and what `calls/taking.py` goes by.
    Place = Annotated[Any, "str | Path | Workspace | None"]
    ModelLike = Annotated[Any, Of("str | Path | LatentModel", "model")]
    ModelName = Annotated[Any, Of("str | Path | LatentModel", "model name")]
    ModelOrAtlas = Annotated[Any, Of("str | Path | LatentModel | Atlas", "model or atlas")]
    DataLike = Annotated[Any, Of("str | Path | Dataset | None", "data")]
    DataMeant = Annotated[Any, Of("str | Path | Dataset", "data")]
    AtlasLike = Annotated[Any, Of("str | Atlas | None", "atlas")]
    DirectionLike = Annotated[Any, Of("str | Direction", "direction")]
    RegionLike = Annotated[Any, Of("str | Path | Mapping | Sequence", "region")]


@final
@dataclass(frozen=True)
class Named:
    """A latent that is at hand, and what it is called: a POINT, or why it has no name.

    Whoever has a latent hands it down with its name, so that nothing is looked up or encoded again.
    """

    z: Tensor
    """`shape` or `(1, *shape)`."""
    name: str | None = None
    """A POINT that gives this very latent."""
    why_not: str = "a latent without a name"

    def said(self) -> str:
        """Its name.

        Raises:
            TrasluzError: it has none, and why.
        """
        if self.name is None:
            raise TrasluzError(self.why_not)
        return self.name


@final
@dataclass(frozen=True)
class Held:
    """A real item that is at hand: a picture in memory, or an item of an open data set."""

    item: Image | Tensor
    """A Pillow image, or `(1, *public_shape)`."""
    called: str | None = None
    """What to call it in a picture, such as the name of the file that it was read from."""

    def said(self) -> str:
        """Nothing.

        Raises:
            TrasluzError: why it has no name.
        """
        raise TrasluzError(
            "a picture in memory cannot be named on a command line", next="Save it, and pass the file's name"
        )


if TYPE_CHECKING:
    Point = str | os.PathLike[str] | Tensor | ndarray | Sequence[float] | Image | Named | Held
    """A POINT as text, a picture, a latent (a tensor, an array, a list of numbers), or a latent with its name."""
    VectorLike = str | os.PathLike[str] | Tensor | ndarray | Sequence[float]
    """A vector, or the file of one."""
    Colouring = str | Sequence[Any] | Mapping[str, Any] | ndarray
    """A column by name, or a value for each row."""
else:
    Point = Annotated[Any, Of("str | Path | Tensor | ndarray | Sequence[float] | Image", "point")]
    VectorLike = Annotated[Any, Of("str | Path | Tensor | ndarray | Sequence[float]", "vector")]
    Colouring = Annotated[Any, Of("str | Sequence[Any] | Mapping[str, Any] | ndarray", "colours")]


def as_path(path: os.PathLike[str]) -> str:
    """A path as a text that is read as one: with a separator, or a dot before it."""
    text = os.fspath(path)
    return text if os.sep in text or "/" in text or text.startswith((".", "~")) else f"./{text}"


_NAMELESS = ("", "unnamed", "wrapped")
"""What models are called that nobody gave a name."""


@final
@dataclass(frozen=True)
class Nameless:
    """Something that nobody can name elsewhere, and why."""

    why_not: str

    def said(self) -> str:
        """Nothing.

        Raises:
            TrasluzError: why there is none.
        """
        raise TrasluzError(self.why_not)


@final
@dataclass(frozen=True)
class ModelRef:
    """How a model is called: by which name it opens, and under which condition it is looked at."""

    name: str
    condition: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, model: Any, home: Workspace) -> ModelRef:
        """Of a name, a path, or an open model, for whoever works in a workspace."""
        if isinstance(model, (str, os.PathLike)):
            return cls(model if isinstance(model, str) else as_path(model))
        from trasluz.spaces.model import LatentModel

        if not isinstance(model, LatentModel) or not model.is_kept:
            return cls("")
        folder = model.folder
        near = folder is None or folder.parent in (ZOO, (home.root / "models").absolute())
        return cls(model.name if near else str(folder), dict(model.condition))

    def said(self) -> str:
        """The name.

        Raises:
            TrasluzError: nobody gave it one.
        """
        if self.name in _NAMELESS:
            raise TrasluzError(
                "a model that is only in memory cannot be named on a command line",
                next="Save it, model.save(NAME, build=FILE) for a wrapped one, and open it by that name",
            )
        return self.name
