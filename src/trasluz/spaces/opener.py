"""A kind of model that can be opened from a folder. One file in `openers/`.

An opener is asked of every folder whether it recognises it, so it looks at names of plain files and at no more. What a
model is can be read without opening it (`describe`); what the folder runs when it is opened is said before (`code`),
and nothing of it runs unless whoever opens it allows that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, final

import torch

from trasluz.base.errors import CodeNotAllowed, InvalidArgument
from trasluz.spaces.model import LatentModel

Stamp = tuple[int, ...]
Allow = Callable[[Path, str], None]
"""Called with a file of code and its hash before it is run.

Raises:
    CodeNotAllowed: nobody allowed it.
"""


@final
@dataclass(frozen=True)
class SpaceFacts:
    """What is known of a space."""

    shape: tuple[int, ...]
    kind: str
    encodes: bool
    differentiable: bool
    priors: tuple[str, ...]
    default_prior: str | None


@final
@dataclass(frozen=True)
class Code:
    """A file of somebody's code that is run when a model is opened."""

    file: Path
    hash: str


@final
@dataclass(frozen=True)
class ModelFacts:
    """What a model is known by, read without opening it. None stands for what only an open model can say."""

    family: str
    title: str
    """Of the family, or of the kind of model."""
    data: str | None = None
    """What it was trained on, as a DATA argument."""
    representation: Mapping[str, Any] | None = None
    """What its items are, as `Representation.dump` says it."""
    state: str = "ready"
    """Or why it cannot be opened."""
    finished: bool = True
    """Whether its training has come to its end."""
    spaces: Mapping[str, SpaceFacts | None] = field(default_factory=dict[str, "SpaceFacts | None"])
    """By name, the default one first; empty where only an open model can say."""
    parameters: int | None = None
    bytes: int | None = None
    """Of its weights on disk."""
    identity: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its settings."""


class Opener(ABC):
    """A kind of model that can be opened from a folder. One file in `openers/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    looks_for: ClassVar[str]
    """What it recognises a folder by, as a person would say it: `config.json`."""

    @abstractmethod
    def recognises(self, folder: Path) -> bool:
        """Whether the folder holds a model of this kind, whole or not. It looks at plain files, follows no link out of
        the folder, reads no weights, and raises nothing."""

    @abstractmethod
    def stamp(self, folder: Path) -> Stamp:
        """Numbers that change when the model does; empty where it is gone. Cheap: times and sizes."""

    @abstractmethod
    def describe(self, folder: Path) -> ModelFacts:
        """What can be read of it without opening it; no code of the folder runs.

        Raises:
            DamagedFile: what says of it is missing, or is not what it should be.
            VersionMismatch: it was written by another version of the format.
        """

    @abstractmethod
    def open(self, folder: Path, device: torch.device, allow: Allow) -> LatentModel:
        """The model, frozen, on a device, called by the folder's name.

        Raises:
            CodeNotAllowed: it would run code that `allow` refuses.
        """

    def code(self, folder: Path) -> Code | None:
        """The file of somebody's code that `open` would run; None where it runs none."""
        return None

    def export(self, folder: Path, target: Path, half: bool) -> None:
        """Copy what is needed to use the model into a new folder `target`; with `half`, its weights in half precision.
        No code runs.

        Raises:
            InvalidArgument: models of this kind cannot be exported.
        """
        raise InvalidArgument(f"models of the kind {self.name} cannot be copied or exported", got=str(folder))


def refuse(file: Path, hash: str) -> None:
    """An `Allow` that allows nothing."""
    raise CodeNotAllowed(f"{file} may not be run here", got=hash)
