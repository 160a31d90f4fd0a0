"""The studio from Python: over models by name, by path, or open in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import final

import uvicorn

from trasluz.base.errors import TrasluzError
from trasluz.base.progress import SILENT
from trasluz.server.run import Served

PATIENCE = 30.0
"""Seconds that a server may take to begin or to end."""


@final
class Running:
    """A studio that answers, until it is closed."""

    def __init__(self, served: Served) -> None:
        self.url = served.url
        """What to open in a browser; its token lets its holder in."""
        self._door = served.door
        self._server: uvicorn.Server = served.server()
        work = {"sockets": [served.listening]}
        self._thread = threading.Thread(target=self._server.run, kwargs=work, name="studio", daemon=True)
        self._thread.start()
        until = time.monotonic() + PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise TrasluzError("the studio did not begin", next="Try another port")
            time.sleep(0.01)

    def __repr__(self) -> str:
        return f"Studio at {self.url}" if self._thread.is_alive() else "Studio (closed)"

    def open(self, say: Callable[[str], None] = SILENT.say) -> Running:
        """Show it in the browser.

        Args:
            say: Is told where that does not work.
        """
        self._door.open(say)
        return self

    def wait(self) -> None:
        """Go on until interrupted (Ctrl-C), then close: for the end of a script."""
        try:
            while self._thread.is_alive():
                self._thread.join(0.5)
        except KeyboardInterrupt:
            self.close()

    def close(self) -> None:
        """End it, and let its models go."""
        self._door.close()
        self._server.should_exit = True
        self._thread.join(PATIENCE)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
