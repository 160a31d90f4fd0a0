"""Every check of every suite can fail: a deliberately broken member for each, and the sentence that says what is wrong
with it. A good toy beside them passes them all, so that it is what was broken that fails."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

from trasluz import conformance
from trasluz.conformance import SUITES, ConformanceError

TABLES = {row: import_module(f"mutants.{row}") for row in SUITES}
BROKEN = [(row, *line) for row, table in TABLES.items() for line in table.BROKEN]


@pytest.mark.parametrize(("row", "name", "make", "says"), BROKEN, ids=[f"{r}-{n}-{s}" for r, n, _, s in BROKEN])
def test_a_broken_member_fails_its_check(
    row: str, name: str, make: Callable[[], Any], says: str, tmp_path: Path
) -> None:
    [check] = [one for one in conformance.checks(row, make()) if one.name == name]
    mode = torch.is_grad_enabled()
    try:
        with pytest.raises(ConformanceError, match=f"(?s){says}") as caught:
            check(tmp_path)
    finally:
        torch.set_grad_enabled(mode)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("row", SUITES)
def test_no_check_goes_without_a_broken_member(row: str) -> None:
    assert {name for name, _, _ in TABLES[row].BROKEN} == set(conformance.names(row))


@pytest.mark.parametrize("row", SUITES)
def test_the_toys_that_were_broken_are_whole_otherwise(row: str) -> None:
    good = TABLES[row].GOOD()
    tested: set[str] = set()
    for case in good if isinstance(good, list) else [good]:
        conformance.check(row, case)
        tested |= {one.name for one in conformance.checks(row, case)}
    assert tested == set(conformance.names(row)), "no check but one that a toy passes"
