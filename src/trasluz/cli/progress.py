"""Progress on standard error, unless nobody wants any."""

from __future__ import annotations

from trasluz.base.progress import SILENT, Progress
from trasluz.lab.calls.watching import Bar, Lines, watched

__all__ = ["Bar", "Lines", "progress_for"]


def progress_for(*, quiet: bool) -> Progress:
    """Bars on a terminal, plain lines elsewhere, nothing where quiet was asked for."""
    return SILENT if quiet else watched(True)
