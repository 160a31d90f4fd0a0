"""Place by place, each with its neighbours."""

from __future__ import annotations

from typing import final

from trasluz.relocations._patches import Patches


@final
class Patch3(Patches):
    """Channels of a place and of the eight about it to channels of the place."""

    name = "patch-3"
    title = "Linear about each place (3 x 3)"
    rung = 3
    side = 3
