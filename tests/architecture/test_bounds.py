"""Limits against what comes from outside stand in one file, each with its unit and its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from trasluz.base import bounds
from trasluz.base.errors import DataError, InvalidArgument

SOURCE = Path(__file__).parents[2] / "src" / "trasluz"
ROOMS = ("io", "sources", "kinds", "openers", "atlas", "lab/shelf")
"""Rooms that read what other people wrote."""
GUARD = re.compile(r"(^|_)(LIMIT|MAX|MOST|LARGEST|LONGEST|SECONDS|BYTES|MEMORY)(_|$)")
NO_GUARDS = {
    "io/media.py:LOOK_LIMIT": "how copies are told: part of what data are, not of what is taken",
    "io/items.py:BYTES": "how much is written at once, by us",
    "io/names.py:LONGEST": "how names are written, by us",
    "io/names.py:BYTES": "how names are written, by us",
    "kinds/_log_mel.py:LONGEST": "how long an item may be: what can be asked for, not what is taken",
    "io/overheard.py:_LONGEST": "of a message, for a sentence",
    "io/tables.py:MOST_CATEGORIES": "what becomes a column",
    "io/tables.py:MOSTLY": "a share, for a note",
    "sources/npz.py:MOST_TRUTHS": "what becomes columns",
    "sources/npz.py:SIZE_LIMIT": "a bound of --size",
    "sources/samples.py:LIMIT": "a bound of samples:MODEL:N",
    "sources/_layers.py:LIMIT": "a bound of faces:N",
    "kinds/picture.py:MOST": "a default of --size",
    "lab/shelf/atlases.py:MOST_OWN": "a bound of -n",
    "lab/shelf/shipped.py:AT_MOST": "what is laid out anew while somebody looks: more is not refused",
    "lab/shelf/directions.py:LONGEST": "how names are written, by us",
    "lab/shelf/directions.py:BYTES": "how names are written, by us",
}


def assigned() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for path in sorted((SOURCE / room).rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                targets = node.targets if isinstance(node, ast.Assign) else []
                targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
                for name in (name for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)):
                    yield str(path.relative_to(SOURCE)), name.id


def test_no_room_has_a_guard_of_its_own() -> None:
    found = {f"{path}:{name}" for path, name in assigned() if GUARD.search(name) and name.isupper()}
    assert found - set(NO_GUARDS) == set(), "a guard belongs into base/bounds.py; what is none is listed here with why"
    assert set(NO_GUARDS) - found - {"io/tables.py:MOSTLY"} == set(), "an exception that is needed no more"


def test_no_limit_is_given_as_a_number() -> None:
    """`read_json(path, what, limit=64 << 20)` would be one that no document lists."""
    found: list[str] = []
    for room in ROOMS:
        for path in (SOURCE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    values = [k.value for k in node.keywords if k.arg == "limit"]
                elif isinstance(node, ast.arguments):
                    named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
                    values = [default for one, default in named if one.arg == "limit" and default is not None]
                else:
                    continue
                numbers = [v for v in values if isinstance(v, ast.BinOp) or isinstance(getattr(v, "value", None), int)]
                found += [f"{path.relative_to(SOURCE)}:{v.lineno}" for v in numbers]
    assert found == []


def test_every_bound_says_all_of_itself_and_guards_something() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py") if path.name != "bounds.py")
    for one in bounds.BOUNDS:
        assert getattr(bounds, one.name) == one.value > 0
        assert one.unit and one.guards and one.why
        assert one.name == "MEMORY" or re.search(rf"\b{one.name}\b", text), f"{one.name} guards nothing"
    names = [one.name for one in bounds.BOUNDS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("", bounds.MEMORY),
        ("768MB", 768 << 20),
        ("2GB", 2 << 30),
        ("1.5 g", 3 << 29),
        ("4GiB", 4 << 30),
        ("9999999", 9999999),
    ],
)
def test_the_memory_is_what_the_environment_says(said: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bounds.MEMORY_VARIABLE, said)
    assert bounds.memory() == size
    bounds.check_memory(size, "it")
    with pytest.raises(DataError, match=rf"it needs {size + 1:,} bytes.*allowed: {size:,} bytes.*TRASLUZ_MEMORY="):
        bounds.check_memory(size + 1, "it")


@pytest.mark.parametrize("said", ["much", "-1GB", "0", "1e9", "12", "5PB"])
def test_what_is_no_size_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bounds.MEMORY_VARIABLE, said)
    with pytest.raises(InvalidArgument, match="TRASLUZ_MEMORY is no size"):
        bounds.memory()
