"""Which kind of model a folder holds, and what its opener is asked for.

An opener may be a plugin: whatever goes wrong inside is told in one line that names it, and others go on.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch

from trasluz.base.errors import DamagedFile, InvalidArgument, TrasluzError
from trasluz.io.plain import guard
from trasluz.spaces import registry
from trasluz.spaces.model import LatentModel
from trasluz.spaces.opener import Allow, Code, ModelFacts, Opener, Stamp

T = TypeVar("T")


def all_openers() -> list[Opener]:
    """Those that work; `registry.troubles` tells of the others."""
    found: list[Opener] = []
    for name in registry.names("openers"):
        try:
            found.append(registry.get("openers", name))
        except TrasluzError:
            continue
    return found


def opener_of(folder: Path) -> Opener:
    """The one opener that recognises a folder; from now on no link in it is followed.

    Raises:
        DamagedFile: none does.
        InvalidArgument: several do.
    """
    guard(folder)
    known = all_openers()
    mine = [opener for opener in known if _recognises(opener, folder)]
    if len(mine) > 1:
        raise InvalidArgument(
            f"{folder} is claimed by several kinds of models",
            got=", ".join(f"{opener.name} (by {opener.looks_for})" for opener in mine),
            next="Leave one of the files there, or uninstall the plugin that claims too much",
        )
    if not mine:
        troubles = registry.troubles("openers")
        raise DamagedFile(
            f"{folder} is not a model that can be opened",
            allowed=[f"a folder with {opener.looks_for} ({opener.title})" for opener in known],
            next=" ".join(troubles) or None,
        )
    return mine[0]


def stamp_of(folder: Path, opener: Opener | None = None) -> Stamp:
    """What changes when a model does; empty where there is none.

    Args:
        opener: Whose folder it is known to be, for those who ask at every frame.
    """
    try:
        opener = opener or opener_of(folder)
        with _in(opener, "saying whether a model has changed"):
            return tuple(opener.stamp(folder))
    except TrasluzError:
        return ()


def described(folder: Path) -> ModelFacts:
    """What can be read of a model without opening it."""
    opener = opener_of(folder)
    with _in(opener, "describing a model"):
        return _kept(opener, opener.describe(folder), ModelFacts)


def code_of(folder: Path) -> Code | None:
    """The file of code that opening a model would run; None where it runs none."""
    opener = opener_of(folder)
    with _in(opener, "naming the code of a model"):
        return opener.code(folder)


def opened(folder: Path, device: torch.device, allow: Allow) -> LatentModel:
    """The model in a folder, open."""
    opener = opener_of(folder)
    with _in(opener, "opening a model"):
        return _kept(opener, opener.open(folder, device, allow), LatentModel)


def exported(folder: Path, target: Path, *, half: bool) -> None:
    """Copy what is needed to use a model into a new folder."""
    opener = opener_of(folder)
    with _in(opener, "exporting a model"):
        opener.export(folder, target, half)


def _recognises(opener: Opener, folder: Path) -> bool:
    try:
        with _in(opener, "looking at a folder"):
            return opener.recognises(folder) is True
    except TrasluzError:
        return False


def _kept(opener: Opener, made: object, kind: type[T]) -> T:
    """What an opener gave, where it is what was promised."""
    if not isinstance(made, kind):
        raise TrasluzError(
            f"the opener {opener.name} breaks its contract", got=type(made).__name__, allowed=kind.__name__,
            next="Fix the plugin, or uninstall it",
        )  # fmt: skip
    return made


@contextmanager
def _in(opener: Opener, doing: str) -> Generator[None, None, None]:
    """Turn what goes wrong inside a plugin into one line that names it. What is ours is told as it is."""
    try:
        yield
    except (TrasluzError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        if type(opener).__module__.startswith("trasluz."):
            raise
        reason = f"{type(error).__name__}: {error}"
        raise TrasluzError(
            f"the opener {opener.name} failed in {doing}: {reason}", next="Fix the plugin, or uninstall it"
        ) from error
