"""What runs through every verb: where things are kept, where models run, who is told, whether atlases may be made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, final

from trasluz.base.progress import SILENT, Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.answers import Terminal


@final
@dataclass(frozen=True)
class Session:
    """Handed from a verb to all that it calls."""

    home: Workspace
    device: str = "auto"
    progress: Progress = SILENT
    create: bool = True
    """Whether data may be encoded where no atlas of them is there yet."""
    terminal: Terminal | None = None
    """The command line, where it asks."""

    @classmethod
    def of(
        cls, workspace: Any = None, device: str = "auto", progress: Progress = SILENT, create: bool = True
    ) -> Session:
        """From what a caller gives: a path, a workspace, or None for the default one. Creates nothing."""
        home = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
        return cls(home, device, progress, create)

    def standing(self) -> Session:
        """The same, but nothing is made that is not there."""
        return replace(self, create=False)

    @property
    def elsewhere(self) -> str | None:
        """The workspace, where it is not the default one."""
        return None if self.home.root == Workspace().root else str(self.home.root)
