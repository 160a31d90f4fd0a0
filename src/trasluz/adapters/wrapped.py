"""Any callable from latents to pictures as a latent model with one space.

>>> model = wrap(decode=generator, shape=(100,))                # doctest: +SKIP
>>> model.space("z").decode(model.space("z").prior().sample(16, seed=0))    # doctest: +SKIP

Only a decoder is needed. With `encode=` (or `posterior=`) the space encodes too, and can have an atlas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, final

import torch
from torch import Tensor

from trasluz.adapters.captured import Captured, capture
from trasluz.base.errors import InvalidArgument
from trasluz.base.shapes import Latents, Native, Public
from trasluz.spaces import registry
from trasluz.spaces.methods import Adapter
from trasluz.spaces.model import LatentModel
from trasluz.spaces.prior import Prior
from trasluz.spaces.representation import Pixels, Representation
from trasluz.spaces.space import LatentSpace

Map = Callable[..., Any]
_KINDS: dict[int, Literal["vector", "layers", "spatial"]] = {1: "vector", 2: "layers", 3: "spatial"}


def wrap(
    decode: Map,
    shape: tuple[int, ...],
    *,
    encode: Map | None = None,
    posterior: Map | None = None,
    prior: Prior | None = None,
    representation: Representation | None = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    name: str = "wrapped",
    differentiable: bool = True,
    batch: int | None = None,
    weights: Mapping[str, Tensor] | torch.nn.Module | None = None,
    identity: str | None = None,
    trained_on: str | None = None,
) -> LatentModel:
    """Make a latent model with one space, `z`, from a decoder.

    Modules are put in evaluation mode and their parameters frozen, in place.

    The identity of the model comes from its weights: those of a module, those that a function closes over or
    names (`lambda z: net(z).sigmoid()` is known by the weights of `net`), or `weights=`. A function adds its
    qualified name and its compiled code, so that another Python version may give another identity: pass
    `identity=` to have a name of your own stand for the code.

    Args:
        decode: Latents `(n, *shape)` to pictures `(n, C, H, W)`: a module or a function, deterministic.
        shape: Of one latent: `(d,)`, `(layers, d)` or `(channels, height, width)`.
        encode: Pictures `(n, C, H, W)` to latents, where there is a way.
        posterior: Pictures to `(mu, log_var)`; gives `encode` too.
        prior: What the latents are drawn from; the standard normal by default.
        representation: What the decoder gives; found out by decoding the prior's mean by default.
        value_range: What the decoder means by black and white, `(-1, 1)` after a tanh; the encoder is fed the same.
        name: What to call the model.
        differentiable: Whether gradients pass through `decode`.
        batch: At most so many items a call of the decoder or encoder.
        weights: All that the callables compute with, where they do not say so themselves.
        identity: Stands for the code of the callables.
        trained_on: The data it was trained on, as a DATA argument.
    """
    if len(shape) not in _KINDS or min(shape) < 1:
        raise InvalidArgument("not the shape of a latent", got=shape, allowed="(d,), (layers, d) or (c, h, w)")
    low, high = value_range
    if not low < high:
        raise InvalidArgument("value_range is (black, white)", got=value_range, allowed="for example (-1, 1)")
    if batch is not None and batch < 1:
        raise InvalidArgument("batch is a number of items", got=batch, allowed="1 or more")
    callables: dict[str, Map] = {"decode": decode}
    callables |= {} if encode is None else {"encode": encode}
    callables |= {} if posterior is None else {"posterior": posterior}
    held = capture(callables, weights, code=identity is None)
    chosen = registry.get("priors", "normal").open(shape, {}, {}) if prior is None else prior
    if tuple(chosen.shape) != tuple(shape):
        raise InvalidArgument("a prior of another shape than the latents", got=tuple(chosen.shape), allowed=shape)
    kind = Decoding if encode is None and posterior is None else Encoding
    space = kind(callables, shape, (low, high), batch, held.device)
    space.differentiable = differentiable
    space.priors, space.default_prior = {chosen.method: chosen}, chosen.method
    space.representation = representation or _representation(space, chosen)
    said = {"shape": list(shape), "range": [low, high], "maps": sorted(callables), "code": identity or held.code}
    return Wrapped(space, held, said, name, trained_on)


def _representation(space: Decoding, prior: Prior) -> Representation:
    """What a decoder gives, from one picture of it."""
    with torch.no_grad():
        picture = space.call("decode", prior.mean[None].to(space.device))
    if picture.ndim != 4 or picture.shape[0] != 1 or picture.shape[2] != picture.shape[3]:
        raise InvalidArgument(
            "the decoder gives no square pictures",
            got=tuple(picture.shape),
            allowed="(n, 1 or 3, size, size)",
            next="Put a function around it that crops, pads or reshapes",
        )
    return Pixels(picture.shape[1], picture.shape[2])


class Decoding(LatentSpace):
    """The space of a wrapped decoder."""

    name = "z"

    def __init__(
        self,
        callables: Mapping[str, Map],
        shape: tuple[int, ...],
        value_range: tuple[float, float],
        batch: int | None,
        device: torch.device,
    ) -> None:
        super().__init__()
        self.shape, self.kind, self.device = tuple(shape), _KINDS[len(shape)], device
        self._callables, self._range, self._batch = callables, value_range, batch

    def call(self, which: str, x: Tensor) -> Tensor:
        """One of the callables on at most `batch` items a time, float32."""
        parts = x.split(self._batch) if self._batch else (x,)
        outs = [self._callables[which](part) for part in parts]
        if not all(isinstance(out, Tensor) for out in outs):
            raise InvalidArgument(f"{which} must give a tensor", got=type(outs[0]).__name__)
        return (outs[0] if len(outs) == 1 else torch.cat(outs)).float()

    def render(self, z: Latents) -> Native:
        low, high = self._range
        native = self.call("decode", self.check(z))
        if low != 0.0 or high != 1.0:
            native = (native - low) / (high - low)
        wanted = (len(z), *self.representation.native_shape)
        if tuple(native.shape) != wanted:
            raise InvalidArgument("decode gives items of another shape", got=tuple(native.shape), allowed=wanted)
        return native


@final
class Encoding(Decoding):
    """The space of a wrapped decoder with a way back."""

    def encode(self, x: Public) -> Latents:
        if "encode" not in self._callables:
            return self._posterior(x)[0]
        return self._latents("encode", self.call("encode", self._native(x)), len(x))

    def posterior(self, x: Public) -> tuple[Latents, Latents] | None:
        return self._posterior(x) if "posterior" in self._callables else None

    def _posterior(self, x: Public) -> tuple[Tensor, Tensor]:
        native = self._native(x)
        parts = native.split(self._batch) if self._batch else (native,)
        pairs = [self._callables["posterior"](part) for part in parts]
        mu, log_var = (torch.cat([pair[i] for pair in pairs]).float() for i in (0, 1))
        return self._latents("posterior", mu, len(x)), self._latents("posterior", log_var, len(x))

    def _native(self, x: Public) -> Tensor:
        low, high = self._range
        native = self.representation.to_native(self.representation.check(x))
        return native * (high - low) + low

    def _latents(self, which: str, z: Tensor, n: int) -> Tensor:
        if tuple(z.shape) != (n, *self.shape):
            raise InvalidArgument(
                f"{which} gives latents of another shape", got=tuple(z.shape), allowed=(n, *self.shape)
            )
        return z


@final
class Wrapped(LatentModel):
    """A latent model around callables of another make."""

    family = "wrap"
    default_space = "z"

    def __init__(
        self, space: Decoding, held: Captured, said: Mapping[str, Any], name: str, trained_on: str | None
    ) -> None:
        self.spaces, self.representation = {"z": space}, space.representation
        self.name, self.trained_on = name, trained_on
        self._space, self._held, self._said = space, held, dict(said)

    def state(self) -> dict[str, Tensor]:
        return self._held.state()

    def dump(self) -> dict[str, Any]:
        return self._said

    def to(self, device: torch.device | str) -> LatentModel:
        """Moves the modules in place, as torch does, and returns the same model."""
        self._held.to(torch.device(device))
        self._space.device = torch.device(device)
        return self


@final
class Wrap(Adapter):
    """Opens any callable from latents to pictures; `open` takes what `wrap` takes."""

    name = "wrap"
    title = "A function or module of your own"

    def open(self, **arguments: Any) -> LatentModel:
        return wrap(**arguments)
