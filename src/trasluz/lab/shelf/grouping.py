"""Items that belong together by a column of the data (`spaces.data.GROUP`), for the parts that they are of."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from trasluz.base.text import counted
from trasluz.geometry.hanging import joined, numbered
from trasluz.spaces.column import Column
from trasluz.spaces.data import group_column, groups_said

OF_GROUP = "group/"
"""What stands before the name of a group, in the place of a hash of content."""


def grouped(rows: Any, content: Sequence[str]) -> tuple[list[str], list[str]]:
    """What decides the part of each item where a column says which belong together: what the column says, and where
    copies are of several groups, the first of these; else their content."""
    column = group_column(rows.column_names)
    if column is None:
        return list(content), []
    told = Column.of(column, rows.column(column).to_pylist())
    said = groups_said(told)
    alone, many = sum(one is None for one in said), len({one for one in said if one is not None})
    if told.distinct == 1 and not told.missing.any():
        return list(content), [
            f"By the column {column}, all items are of one group: it says nothing, and is not heeded."
        ]
    if many == len(said) - alone:
        return list(content), []
    number = joined(numbered(content), numbered(said)).tolist()
    if len(set(number)) == 1:
        return list(content), [f"By the column {column} and by copies, all items are of one group: it is not heeded."]
    of: dict[int, str] = {}
    for k, one in zip(number, said, strict=True):
        if one is not None:
            of[k] = min(one, of.get(k, one))
    held = counted(many, "group", "groups")
    beside = f", and {counted(alone, 'stands', 'stand')} alone" if alone else ""
    note = (
        f"By the column {column}, {counted(len(said) - alone, 'item is', 'items are')} of {held}{beside}: what is of "
        "one group is on one side, and counts once where it matters how many there are."
    )
    return [f"{OF_GROUP}{of[k]}" if k in of else one for k, one in zip(number, content, strict=True)], [note]


def groups_held_out(parts: Sequence[str], content: Sequence[str]) -> list[str]:
    """How many groups are held out."""
    every = {same for same in content if same.startswith(OF_GROUP)}
    held = {same for part, same in zip(parts, content, strict=True) if part == "test"} & every
    return [f"{counted(len(held), 'group is', 'groups are')} held out of {len(every):,}."] if every else []


def balanced(content: Sequence[str], splits: list[str], test_share: float, seed: int) -> list[str]:
    """The same where groups are large: of the items between half and twice the share is held out, as far as groups
    allow; others go where they would go without."""
    sizes, n = Counter(content), len(content)
    test = {same for same, split in zip(content, splits, strict=True) if split == "test"}
    held, most = sum(sizes[same] for same in test), 2 * test_share * n
    for same in sorted(test, key=lambda c: (-sizes[c], rank_of(c, seed))):
        if held > most:
            test.remove(same)
            held -= sizes[same]
    for same in sorted(set(content) - test, key=lambda c: rank_of(c, seed)):
        if held < test_share * n / 2 and held + sizes[same] <= most:
            test.add(same)
            held += sizes[same]
    test = test or {min(sizes, key=lambda c: (sizes[c], rank_of(c, seed)))}
    return ["test" if same in test else "train" for same in content]


def rank_of(content: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}/split/{content}".encode(), digest_size=8).digest()
