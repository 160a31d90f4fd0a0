"""Nothing in the house goes round in a circle, and no verb leans on another one."""

from __future__ import annotations

from functools import cache

import grimp
import pytest

ABOVE = {"desk", "portraits"}
"""Files of the lab that stand above its verbs: what the studio asks of several of them."""


@cache
def imports() -> dict[str, set[str]]:
    """Every module with those that it imports, wherever in the file."""
    graph = grimp.build_graph("trasluz", cache_dir=None)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules each of which reaches all others of its group (Tarjan 1972)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = low[module] = len(order)
        stack.append(module)
        for other in sorted(arrows[module]):
            if other not in order:
                visit(other)
            if other in stack:
                low[module] = min(low[module], low[other])
        if low[module] == order[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(arrows):
        if module not in order:
            visit(module)
    return found


def test_there_is_no_circle_of_imports() -> None:
    assert circles(imports()) == []


def test_a_circle_is_seen() -> None:
    chain = {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": set[str]()}
    assert circles(chain) == []
    assert circles({**chain, "c": {"d", "a"}}) == [["a", "b", "c"]]


def verbs() -> list[str]:
    """The files of the lab itself, but for those above."""
    files = [module for module in imports() if module.startswith("trasluz.lab.") and module.count(".") == 2]
    rooms = {module.rpartition(".")[0] for module in imports() if module.count(".") > 2}
    return sorted(file for file in files if file not in rooms and file.rpartition(".")[2] not in ABOVE)


@pytest.mark.parametrize("verb", verbs())
def test_no_verb_imports_a_verb(verb: str) -> None:
    assert imports()[verb] & set(verbs()) == set()


def test_no_room_of_the_lab_imports_a_verb() -> None:
    over = {*verbs(), *(f"trasluz.lab.{name}" for name in ABOVE)}
    rooms = [module for module in imports() if module.startswith("trasluz.lab.") and module.count(".") > 2]
    assert {module: wrong for module in rooms if (wrong := imports()[module] & over)} == {}
