"""What was made with effort and is looked at often, in memory, up to so many bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import final


@final
class ByteCache:
    """Bytes by key; where there are too many, those asked for longest ago are let go."""

    def __init__(self, most: int) -> None:
        self.most = most
        """Bytes of all together."""
        self.held = 0
        """Bytes at the moment."""
        self._all: OrderedDict[Hashable, tuple[bytes, ...]] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: Hashable) -> tuple[bytes, ...] | None:
        """What is held, or None."""
        with self._guard:
            if key in self._all:
                self._all.move_to_end(key)
            return self._all.get(key)

    def put(self, key: Hashable, parts: tuple[bytes, ...]) -> None:
        """Hold something; what is larger than all that may be held is not."""
        size = _size(parts)
        if size > self.most:
            return
        with self._guard:
            self.held += size - _size(self._all.pop(key, ()))
            self._all[key] = parts
            while self.held > self.most:
                self.held -= _size(self._all.popitem(last=False)[1])

    def clear(self) -> None:
        """Let everything go."""
        with self._guard:
            self._all.clear()
            self.held = 0


def _size(parts: tuple[bytes, ...]) -> int:
    return sum(len(part) for part in parts)
