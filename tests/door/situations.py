"""A table of situations: how one is tried, and who is told meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from trasluz.base.progress import SILENT, Progress


class Said(Progress):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def task(self, title: str, total: int | None) -> Any:
        return SILENT.task(title, total)


def rows(table: dict[str, Any]) -> Any:
    """The promise, and what it is about, by one parameter `case`."""
    return pytest.mark.parametrize("case", table.values(), ids=table.keys())
