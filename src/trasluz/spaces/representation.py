"""How items become tensors and come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

from trasluz.base.errors import DamagedFile, InvalidArgument, UnknownName
from trasluz.base.shapes import Native, Public
from trasluz.spaces import rows
from trasluz.spaces.kind import Reading, Representation

__all__ = ["Pixels", "Representation", "read_representation"]

PIXELS = "pixels"
"""What the representation of pictures calls itself in files."""


@final
class Pixels(Representation):
    """Pictures as they are: native values are public ones before clamping to [0, 1]."""

    kind: ClassVar[str] = "picture"

    def __init__(self, channels: int, size: int, reading: Reading | None = None) -> None:
        if channels not in (1, 3):
            raise InvalidArgument("pictures are grey or RGB", got=f"{channels} channels", allowed="1 or 3")
        self.channels, self.size = channels, size
        self._reading = reading or Reading()
        self.public_shape = self.native_shape = (channels, size, size)

    @property
    def is_ink(self) -> bool:
        return self.channels == 1

    def to_public(self, native: Native) -> Public:
        return native.clamp(0, 1)

    def to_native(self, public: Public) -> Native:
        return public

    @property
    def reading(self) -> Reading:
        return self._reading

    def dump(self) -> dict[str, Any]:
        return {"kind": PIXELS, "channels": self.channels, "size": self.size, **self._reading.dump()}

    def asked(self) -> dict[str, Any]:
        way = {"fit": None if self._reading.fit == "crop" else self._reading.fit, "range": self._reading.span}
        return {"channels": self.channels, "size": self.size, **{k: v for k, v in way.items() if v is not None}}


def read_representation(values: Mapping[str, Any], where: str) -> Representation:
    """Read back what `dump` wrote.

    Raises:
        DamagedFile: it is no representation.
        UnknownName: of a kind of data that is not installed.
    """
    kind = values.get("kind")
    if not isinstance(kind, str):
        raise DamagedFile(f"{where}: unknown representation", got=values, allowed="one with a kind")
    name = Pixels.kind if kind == PIXELS else kind
    if name not in rows.names("kinds"):
        raise UnknownName("kind of data", kind, rows.names("kinds"), next=f"{where} needs it: install its package")
    return rows.get("kinds", name).recall(values, where)
