"""How long work tells whoever watches: a terminal, a web page, or nobody."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager


class Progress(ABC):
    """What a verb reports to. The faces (command line, studio) each bring their own."""

    @abstractmethod
    def task(self, title: str, total: int | None) -> AbstractContextManager[Callable[..., None]]:
        """Begin something of `total` parts; call what it yields with the number of parts just done.

        The call takes `note=`, a few words on how it is going: `step(1, note="loss 0.2")`.
        """

    @abstractmethod
    def say(self, text: str) -> None:
        """A line that stays."""

    @contextmanager
    def asked_to_stop(self) -> Generator[Callable[[], bool]]:
        """For work that stops by itself where nothing is lost: what it yields tells whether it should. Until the block
        ends, whoever watches stops it in no other way."""
        yield _never


def _never() -> bool:
    return False


def _nothing(n: int = 1, note: str = "") -> None:
    return None


class Silent(Progress):
    """Tells nobody."""

    @contextmanager
    def task(self, title: str, total: int | None) -> Generator[Callable[..., None], None, None]:
        yield _nothing

    def say(self, text: str) -> None:
        return None

    def __repr__(self) -> str:
        return "SILENT"


SILENT = Silent()
