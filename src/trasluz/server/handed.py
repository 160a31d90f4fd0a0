"""Data sets on their way from a page into the workspace: a few at once; those nobody goes on with are let go."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import final

from trasluz.io.receiving import Receiving
from trasluz.io.workspace import Workspace
from trasluz.lab.shelf import own_data
from trasluz.server.limits import Limits
from trasluz.server.refusals import Busy, NotThere


@final
@dataclass(frozen=True)
class Coming:
    """One of them."""

    id: str
    name: str
    """What it is to be called, where that is free."""
    files: Receiving


@final
class Handed:
    """All of one studio."""

    def __init__(self, home: Workspace, limits: Limits) -> None:
        self._home, self._limits = home, limits
        self._coming: dict[str, Coming] = {}
        self._guard = threading.Lock()

    def begin(self, name: str) -> Coming:
        """Make room for one.

        Raises:
            Busy: too many are on their way.
        """
        self._forget()
        with self._guard:
            if len(self._coming) >= self._limits.handed:
                raise Busy("too many data sets are being handed over", next="Wait for one of them, or reload its page")
            made = Coming(secrets.token_hex(8), name, own_data.receiving(self._home))
            self._coming[made.id] = made
        return made

    def get(self, id: str) -> Coming:
        """One that is on its way.

        Raises:
            NotThere: there is none of that id, or nobody went on with it for too long.
        """
        with self._guard:
            found = self._coming.get(id)
        if found is None:
            raise NotThere("no such data set is on its way", next="Drop the folder again")
        return found

    def finish(self, id: str) -> str:
        """Put one to its place: its name. What went wrong with it has it deleted."""
        found = self.get(id)
        with self._guard:
            self._coming.pop(id, None)
        try:
            return own_data.take_in(found.files, self._home, found.name)
        finally:
            found.files.give_up()

    def drop(self, id: str) -> None:
        """Let one go, with what has come of it."""
        with self._guard:
            found = self._coming.pop(id, None)
        if found is not None:
            found.files.give_up()

    def _forget(self) -> None:
        now = time.monotonic()
        with self._guard:
            late = [id for id, one in self._coming.items() if now - one.files.touched > self._limits.forsaken]
        for id in late:
            self.drop(id)

    def close(self) -> None:
        """Let all of them go."""
        for id in list(self._coming):
            self.drop(id)
