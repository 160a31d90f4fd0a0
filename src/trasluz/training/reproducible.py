"""The state of torch in which two runs of one plan are the same bits."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch.utils import deterministic


@contextmanager
def reproducible(threads: int) -> Generator[None]:
    """Deterministic algorithms, and so many threads: another number sums in another order."""
    # A module with settable attributes that its type stubs do not know.
    memory = cast(Any, deterministic)
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), memory.fill_uninitialized_memory
    warns = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Filling every fresh tensor finds reads of uninitialised memory, and a run would pay for it in each step.
    memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1], warn_only=warns)
        memory.fill_uninitialized_memory = before[2]
