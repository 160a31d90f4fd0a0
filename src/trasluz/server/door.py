"""Opening the browser, without telling the whole machine the token."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import final

from trasluz.io.handover import Handover

BY_HAND = "Open the address yourself"


@final
class Door:
    """How the browser of whoever began the studio comes in. What does not work is said, and the address is there."""

    def __init__(self, url: str, patience: float) -> None:
        self._url, self._patience = url, patience
        self._file: Handover | None = None
        self._late: threading.Timer | None = None
        self._entered = threading.Event()

    def open(self, say: Callable[[str], None]) -> None:
        """Show the studio in the browser. Call it once the studio answers."""
        import webbrowser

        self.close()
        try:
            self._file = Handover(self._url)
        except OSError as error:
            say(f"No browser is opened, since the file that would lead it here cannot be written ({error}). {BY_HAND}")
            return
        if not webbrowser.open(self._file.url):
            self.close()
            say(f"There is no browser to open. {BY_HAND}")
            return
        self._late = threading.Timer(self._patience, self._nobody, [say])
        self._late.daemon = True
        self._late.start()

    def entered(self) -> None:
        """Somebody has come in: nobody needs to be led here any more."""
        self._entered.set()
        self.close()

    def close(self) -> None:
        """Remove what leads here."""
        if self._late is not None:
            self._late.cancel()
        if self._file is not None:
            self._file.close()

    def _nobody(self, say: Callable[[str], None]) -> None:
        if not self._entered.is_set():
            say(
                f"No browser has come in yet. If yours shows an error instead (one in a sandbox cannot read the file "
                f"that leads here), {BY_HAND[0].lower()}{BY_HAND[1:]}"
            )
