"""How items become tensors and come back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, final

from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.base.shapes import Native, Public


class Representation(ABC):
    """A pair of maps between what a person sees or hears (public) and what a model computes with (native)."""

    kind: Literal["image", "audio"]
    public_shape: tuple[int, ...]
    """Of one item: `(C, H, W)` in [0, 1] for images, `(samples,)` in [-1, 1] for audio."""
    native_shape: tuple[int, ...]

    @abstractmethod
    def to_public(self, native: Native) -> Public:
        """`(n, *native_shape)` to `(n, *public_shape)`, clamped to the public range."""

    @abstractmethod
    def to_native(self, public: Public) -> Native:
        """`(n, *public_shape)` to `(n, *native_shape)`."""

    @abstractmethod
    def dump(self) -> dict[str, Any]:
        """As JSON values, for `config.json`."""

    def check(self, public: Public) -> Public:
        """Refuse items of another shape."""
        if tuple(public.shape[1:]) != self.public_shape:
            raise InvalidArgument(
                f"items of another shape than this model's {self.kind}s",
                got=tuple(public.shape[1:]),
                allowed=self.public_shape,
            )
        return public


@final
class Pixels(Representation):
    """Pictures as they are: native values are public ones before clamping to [0, 1]."""

    kind = "image"

    def __init__(self, channels: int, size: int) -> None:
        if channels not in (1, 3):
            raise InvalidArgument("pictures are grey or RGB", got=f"{channels} channels", allowed="1 or 3")
        self.channels, self.size = channels, size
        self.public_shape = self.native_shape = (channels, size, size)

    def to_public(self, native: Native) -> Public:
        return native.clamp(0, 1)

    def to_native(self, public: Public) -> Native:
        return public

    def dump(self) -> dict[str, Any]:
        return {"kind": "pixels", "channels": self.channels, "size": self.size}


def read_representation(values: dict[str, Any], where: str) -> Representation:
    """Read back what `dump` wrote."""
    if values.get("kind") != "pixels" or set(values) != {"kind", "channels", "size"}:
        raise DamagedFile(f"{where}: unknown representation", got=values, allowed="pixels with channels and size")
    channels, size = values["channels"], values["size"]
    if not isinstance(channels, int) or not isinstance(size, int) or not 1 <= size <= 4096:
        raise DamagedFile(f"{where}: a representation of impossible size", got=values)
    return Pixels(channels, size)
