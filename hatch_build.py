"""Builds the studio's page for a wheel, an editable install or a source archive, where it is not built already.

A source archive holds the page and what it was built from, so that a wheel of it needs no Node and no network.
TRASLUZ_NO_PAGE=1 leaves the page out: the studio then answers its interface alone, and everything else is there.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface[Any]):
    """What hatchling calls before it collects files."""

    def dependencies(self) -> list[str]:
        """Node, where there is something to build: asked before the build's environment is made."""
        web = self._web()
        return [web.REQUIREMENT] if self._is_wanted(web) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page."""
        web = self._web()
        if not self._is_wanted(web):
            return
        self.app.display_waiting("Building the studio's page")
        try:
            web.build()
        except web.Failed as error:
            for line in error.output.splitlines():
                self.app.display_error(line)
            self.app.abort(f"The studio's page cannot be built: {error}. TRASLUZ_NO_PAGE=1 installs without it.")

    def _is_wanted(self, web: ModuleType) -> bool:
        return os.environ.get("TRASLUZ_NO_PAGE", "") in ("", "0") and not web.is_built()

    def _web(self) -> ModuleType:
        """tools/web.py, which no package of the build's environment brings."""
        spec = importlib.util.spec_from_file_location("trasluz_web", Path(self.root) / "tools" / "web.py")
        if spec is None or spec.loader is None:
            raise ImportError("tools/web.py is not there")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
