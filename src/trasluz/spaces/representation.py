"""How items become tensors and come back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, final

from trasluz.base.errors import DamagedFile, InvalidArgument, UnknownName
from trasluz.base.shapes import Native, Public

if TYPE_CHECKING:
    from trasluz.spaces.kind import Kind

PIXELS = "pixels"
"""What the representation of pictures calls itself in files."""


class Representation(ABC):
    """A pair of maps between what a person sees or hears (public) and what a model computes with (native)."""

    kind: ClassVar[str]
    """The kind of data, by its name in the registry."""
    public_shape: tuple[int, ...]
    """Of one item: `(C, H, W)` of a picture."""
    native_shape: tuple[int, ...]
    """`(C, S, S)`: what networks compute with."""
    is_lossy: ClassVar[bool] = False
    """Whether the way to native and back loses something; then no model can come nearer to an item than that."""

    @abstractmethod
    def to_public(self, native: Native) -> Public:
        """`(n, *native_shape)` to `(n, *public_shape)`, clamped to the public range."""

    @abstractmethod
    def to_native(self, public: Public) -> Native:
        """`(n, *public_shape)` to `(n, *native_shape)`."""

    @abstractmethod
    def dump(self) -> dict[str, Any]:
        """As JSON values, for `config.json`; `kind` is the kind's name."""

    def asked(self) -> dict[str, int]:
        """What a source is asked for, so that its items come in this form: size and channels, of pictures."""
        return {}

    @property
    @final
    def of(self) -> Kind:
        """The kind of data."""
        from trasluz.spaces import registry

        return registry.get("kinds", self.kind)

    def check(self, public: Public) -> Public:
        """Refuse items of another shape."""
        if tuple(public.shape[1:]) != self.public_shape:
            raise InvalidArgument(
                f"items of another shape than this model's {self.of.many}",
                got=tuple(public.shape[1:]),
                allowed=self.public_shape,
            )
        return public


@final
class Pixels(Representation):
    """Pictures as they are: native values are public ones before clamping to [0, 1]."""

    kind: ClassVar[str] = "picture"

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
        return {"kind": PIXELS, **self.asked()}

    def asked(self) -> dict[str, int]:
        return {"channels": self.channels, "size": self.size}


def read_representation(values: Mapping[str, Any], where: str) -> Representation:
    """Read back what `dump` wrote.

    Raises:
        DamagedFile: it is no representation.
        UnknownName: of a kind of data that is not installed.
    """
    from trasluz.spaces import registry

    kind = values.get("kind")
    if not isinstance(kind, str):
        raise DamagedFile(f"{where}: unknown representation", got=values, allowed="one with a kind")
    name = Pixels.kind if kind == PIXELS else kind
    if name not in registry.names("kinds"):
        raise UnknownName("kind of data", kind, registry.names("kinds"), next=f"{where} needs it: install its package")
    return registry.get("kinds", name).recall(values, where)
