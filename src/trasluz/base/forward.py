"""Derivatives in forward mode, one after the other: torch counts their levels for the whole process, so that two
threads which take one at once disturb each other ("a forward AD level with an invalid index")."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_ALONE = threading.RLock()


def jvp(function: Callable[[Tensor], Tensor], at: Tensor, along: Tensor) -> tuple[Tensor, Tensor]:
    """What a function of one tensor gives, and its derivative along a direction of the same shape: `J · along`."""
    with _ALONE:
        pair: Any = torch.func.jvp(function, (at,), (along,))
    return pair[0].detach(), pair[1].detach()
