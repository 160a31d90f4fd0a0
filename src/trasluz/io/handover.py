"""A private file that leads a browser to an address which holds a secret.

What a program is started with, everybody on the machine can read in the list of processes; the file, its owner alone.
"""

from __future__ import annotations

import atexit
import html
import os
import shutil
import tempfile
from pathlib import Path
from typing import final

PRIVATE = 0o600
SNAPS = Path("/snap/bin")
"""Where Ubuntu keeps the browsers that can read neither temporary files nor hidden ones."""
BROWSERS = ("firefox", "chromium", "brave", "opera")
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={url}">
<title>Trasluz studio</title>
</head>
<body><p><a href="{url}">Trasluz studio</a></p></body>
</html>
"""


@final
class Handover:
    """The file, in a folder of its own, until it is closed or the process ends."""

    def __init__(self, url: str, parent: Path | None = None) -> None:
        """Write it.

        Args:
            parent: The folder for its folder; None for one that the browsers of this machine can read.

        Raises:
            OSError: it cannot be written.
        """
        # A new folder, which nobody else can look into, and a new file in it: nothing that was there is followed.
        self._folder = tempfile.mkdtemp(prefix="trasluz-studio-", dir=_readable() if parent is None else parent)
        self.path = Path(self._folder, "open.html")
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(PAGE.format(url=html.escape(url, quote=True)))
        except BaseException:
            self.close()
            raise
        atexit.register(self.close)

    @property
    def url(self) -> str:
        """What the browser is given."""
        return self.path.resolve().as_uri()

    def close(self) -> None:
        """Remove it. May be called more than once."""
        atexit.unregister(self.close)
        shutil.rmtree(self._folder, ignore_errors=True)


def _readable() -> Path | None:
    """The home folder where a browser comes as a snap; None for the usual place of temporary files."""
    home = Path.home()
    return home if any((SNAPS / name).exists() for name in BROWSERS) and os.access(home, os.W_OK) else None
