"""Place by place, each by itself."""

from __future__ import annotations

from typing import final

from trasluz.relocations._patches import Patches


@final
class Patch1(Patches):
    """Channels of a place to channels of the same place."""

    name = "patch-1"
    title = "Linear at each place (1 x 1)"
    rung = 2
    side = 1
