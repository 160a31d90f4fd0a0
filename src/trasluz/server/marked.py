"""Rows that were marked on a map, as a command line says them: by the name of a selection that holds them; a few, one
by one; more, by a file that is saved as a selection first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from trasluz.base.errors import TrasluzError
from trasluz.lab.calls.call import Call, call_of
from trasluz.lab.calls.given import Named, Point
from trasluz.lab.calls.verb import verb_of
from trasluz.lab.selections import save_selection
from trasluz.lab.shelf.selections import Selection, bare, check_free, every_selection, keep_selection
from trasluz.lab.work.selecting import from_rows
from trasluz.server.opened import OpenMap
from trasluz.server.schemas import Needed, Reproduced, reproduced

FEW = 20
"""Rows that are said one by one."""
SIDES = ("these", "those")


def files_of(found: OpenMap, call: Call) -> dict[str, bytes]:
    """The rows of a search, by the name of the file that holds them; of few rows, or of some without a name, none."""
    out: dict[str, bytes] = {}
    for side, names in _many(call).items():
        held = _selection(found, names, side)
        out[f"{side}-{_digest(names)}.json"] = json.dumps(held.dump(), ensure_ascii=False).encode()
    return out


def save_marked(found: OpenMap, call: Call, name: str) -> None:
    """Keep the many rows of a search that no selection holds yet: these under a name, and those under one beside it.

    Raises:
        NameTaken: something has one of the names; then nothing is kept.
    """
    kept, home = _kept(found), found.desk.home
    unknown = {side: names for side, names in _many(call).items() if frozenset(names) not in kept}
    called = {side: bare(name) if side == "these" or len(unknown) == 1 else f"{bare(name)}-others" for side in unknown}
    for each in called.values():
        check_free(home, each, is_one=True, replacing=False)
    for side, names in unknown.items():
        keep_selection(called[side], _selection(found, names, side), workspace=home)


def _many(call: Call) -> dict[str, list[str]]:
    """The sides of a search whose rows are too many to be said one by one, and all have names."""
    named = {side: _names(call.values[side]) for side in SIDES}
    return {side: names for side, names in named.items() if names is not None and len(names) > FEW}


def _selection(found: OpenMap, names: Sequence[str], side: str) -> Selection:
    rows = [row for point in names if (row := found.atlas.row_of(point)) is not None]
    return from_rows(found.desk.resolver, found.atlas, rows, f"{side} of a search on {found.atlas.name}")


def search_said(found: OpenMap, call: Call, job: str) -> Reproduced:
    """How to search the same again."""
    kept = _kept(found)
    first: list[Reproduced] = []
    needs: list[Needed] = []
    said: dict[str, Any] = {}
    for side in SIDES:
        named = _names(call.values[side])
        if named is None:
            continue
        same = kept.get(frozenset(named))
        if same is not None:
            said[side] = [f"@{same}"]
        elif len(named) > FEW:
            name = f"{side}-{_digest(named)}"
            said[side] = [f"@{name}"]
            first.append(_saving(found, name, call))
            needs.append(Needed(name=f"{name}.json", job=job, items=len(named)))
    how = reproduced(found.said(call.saying(**said)))
    return _after(first, how).model_copy(update={"needs": needs}) if first and how.command else how


def _saving(found: OpenMap, name: str, call: Call) -> Reproduced:
    where = found.desk.where
    told = {"workspace": call.session.home, "device": call.session.device}
    saving = call_of(verb_of(save_selection), name, found.opened.model, file=f"{name}.json", **where, **told)
    return reproduced(found.said(saving))


def _after(first: Sequence[Reproduced], last: Reproduced) -> Reproduced:
    """Several ways, one after the other; what opens a model stands once."""
    commands = [how.command or "" for how in (*first, last)]
    lines: list[str] = []
    for how in (*first, last):
        lines += [line for line in (how.code or "").split("\n") if line not in lines or not line]
    code = "\n".join(line for i, line in enumerate(lines) if line or (i and lines[i - 1]))
    return last.model_copy(update={"command": "\n".join(commands), "code": code})


def _kept(found: OpenMap) -> Mapping[frozenset[str], str]:
    """The kept selections of the items of a map, by what they hold."""
    desk = found.desk
    out: dict[frozenset[str], str] = {}
    for name, held in every_selection(workspace=desk.home):
        if isinstance(held, TrasluzError) or held.where is not None:
            continue
        try:
            desk.selected(name)
        except TrasluzError:
            continue
        out.setdefault(frozenset(held.points), name)
    return out


def _names(points: Any) -> list[str] | None:
    """What rows are called; None where there are none, or where one has no name or is a selection."""
    given: Sequence[Point] = points or ()
    names = [point.name for point in given if isinstance(point, Named) and point.name is not None]
    return names if names and len(names) == len(given) else None


def _digest(names: Sequence[str]) -> str:
    return hashlib.blake2b("\0".join(names).encode(), digest_size=3).hexdigest()
