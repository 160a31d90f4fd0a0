"""Any callable from latents to pictures as a latent model with one space, and such models on disk.

>>> model = tl.wrap(decode=generator, shape=(100,))                # doctest: +SKIP
>>> model.space("z").decode(model.space("z").prior().sample(16, seed=0))    # doctest: +SKIP

Only a decoder is needed. With `encode=` (or `posterior=`) the space encodes too; without, its atlas is made of its own
draws. `model.save(NAME, build=FILE)` makes it a model of the workspace: its weights as safetensors, and the file of
yours that builds it, which is run when the model is opened, where you have allowed that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import IdentityMismatch, InvalidArgument, TrasluzError
from trasluz.base.reserved import reserve
from trasluz.base.shapes import Latents, Native, Public
from trasluz.io import trust
from trasluz.io.atomic import disk_errors, new_folder
from trasluz.io.names import check_name, shown
from trasluz.io.plain import has_plain, stamp
from trasluz.io.weights import read_header, read_tensors
from trasluz.io.workspace import Workspace
from trasluz.openers import _saved
from trasluz.openers._captured import Captured, capture
from trasluz.openers._files import copy
from trasluz.spaces import registry
from trasluz.spaces.model import LatentModel
from trasluz.spaces.model_folder import PRIORS, attach_priors
from trasluz.spaces.opener import Allow, Code, ModelFacts, Opener, SpaceFacts, Stamp
from trasluz.spaces.prior import Prior
from trasluz.spaces.representation import Pixels, Representation
from trasluz.spaces.space import LatentSpace

Map = Callable[..., Any]
_KINDS: dict[int, Literal["vector", "layers", "spatial"]] = {1: "vector", 2: "layers", 3: "spatial"}

ALIKE = 4
"""Draws by which a saved model is held against the one in memory."""


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
    first_affine: Tensor | Callable[[], Tensor] | None = None,
) -> Wrapped:
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
        value_range: What the decoder means by black and white: `(0, 1)`, as after a sigmoid; `(-1, 1)`, as after a
            tanh; `(0, 255)` for bytes. What it gives is brought to 0 to 1, and the encoder is fed its own range.
        name: What to call the model.
        differentiable: Whether gradients pass through `decode`.
        batch: At most so many items a call of the decoder or encoder.
        weights: All that the callables compute with, where they do not say so themselves.
        identity: Stands for the code of the callables.
        trained_on: The data it was trained on, as a DATA argument.
        first_affine: The weight `(out, in)` of the first affine layer that a latent meets, or what gives it, for
            directions in closed form (`--method sefa`); `in` is the size of a latent, or of one layer of it.
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
    space.affine = first_affine
    space.first_affine()
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
        self.affine: Tensor | Callable[[], Tensor] | None = None

    def call(self, which: str, x: Tensor) -> Tensor:
        """One of the callables on at most `batch` items a time, float32."""
        parts = x.split(self._batch) if self._batch else (x,)
        outs = [self._callables[which](part) for part in parts]
        if not all(isinstance(out, Tensor) for out in outs):
            raise InvalidArgument(f"{which} must give a tensor", got=type(outs[0]).__name__)
        return (outs[0] if len(outs) == 1 else torch.cat(outs)).float()

    def first_affine(self) -> Tensor | None:
        given = self.affine
        weight = given() if callable(given) and not isinstance(given, Tensor) else given
        if weight is None:
            return None
        if not isinstance(weight, Tensor) or weight.ndim != 2 or weight.shape[1] != self.shape[-1]:
            raise InvalidArgument(
                "first_affine is not a weight of a layer that takes latents",
                got=tuple(weight.shape) if isinstance(weight, Tensor) else type(weight).__name__,
                allowed=("out", self.shape[-1]),
            )
        return weight.detach().float()

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
        self._kept: str | None = None

    @property
    def is_kept(self) -> bool:
        """Whether it was saved, and is what was saved still."""
        return self._kept is not None and self._kept == self.identity

    def opened_from(self, folder: Path) -> None:
        super().opened_from(folder)
        self._kept = self.identity

    def state(self) -> dict[str, Tensor]:
        return self._held.state()

    def dump(self) -> dict[str, Any]:
        return self._said

    def to(self, device: torch.device | str) -> Wrapped:
        """Moves the modules in place, as torch does, and returns the same model."""
        self._held.to(torch.device(device))
        self._space.device = torch.device(device)
        return self

    def load(self, state: Mapping[str, Tensor], where: str) -> None:
        """Put weights in the place of those that are there, by name."""
        self._held.load(state, where)

    def facts(self) -> SpaceFacts:
        """What is written down of its space, for those who may not open it."""
        s = self._space
        priors = tuple(sorted(s.priors))
        return SpaceFacts(s.shape, s.kind, s.encodes, s.differentiable, priors, s.default_prior)

    def save(
        self,
        name: str,
        *,
        build: str | Path,
        workspace: str | Path | Workspace | None = None,
        allow_code: bool = False,
    ) -> Path:
        """Make it a model of the workspace, which the command line and the studio open by its name.

        Weights are written as safetensors. `build` is a Python file of yours with a function `build()` (or, as
        `FILE.py:FUNCTION`, another one) that takes nothing and returns a dictionary of what `wrap` takes: at least
        `decode` and `shape`. It is copied into the model's folder. Opening the model runs that copy, so it is run only
        where it is allowed: by `allow_code=True` here or in `tl.open`, or by `trasluz models allow NAME`.

        Args:
            name: What to call it.
            build: The file, by path.
            workspace: By default `$TRASLUZ_WORKSPACE` or `./trasluz-workspace`.
            allow_code: Whether to run the file now, to see that what was saved opens as this model, and to write down
                that it may be run in this workspace.

        Raises:
            NameTaken: there is a model of that name.
            DamagedFile: with `allow_code`, that what `build` gives does not take these weights.
        """
        home = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
        name = check_name(name, "model")
        reserve(name)
        target = home.entry("models", name)
        recipe = _saved.Recipe.of(build)
        with home.writing(f"saving the model {name}", "models", name):
            with new_folder(target) as temporary, disk_errors(target):
                _saved.write(temporary, self, recipe, self.facts())
                if allow_code:
                    self._check_alike(opened(temporary, _saved.read(temporary), torch.device("cpu")))
            if allow_code:
                trust.allow(home, target, recipe.file, recipe.hash)
        self.name = name
        self.opened_from(target)
        return target

    def _check_alike(self, other: Wrapped) -> None:
        """Refuse what builds something else: the same weights in other code give other pictures.

        Raises:
            IdentityMismatch: draws decode otherwise.
        """
        space, theirs = self.space(), other.space()
        z = (space.prior().mean + torch.randn(ALIKE, *space.shape, generator=rng.generator(0, "alike"))).float()
        with torch.no_grad():
            mine, made = (one.decode(z.to(one.device)).cpu() for one in (space, theirs))
        if mine.shape != made.shape or not torch.allclose(mine, made, atol=1e-4):
            far = "of another shape" if mine.shape != made.shape else f"{float((mine - made).abs().max()):.3g} apart"
            raise IdentityMismatch(
                "the file builds something else than this model: what latents decode to differs", got=far,
                next="Let it build the very decoder that was wrapped, without its weights",
            )  # fmt: skip


def opened(folder: Path, about: _saved.About, device: torch.device) -> Wrapped:
    """The model in a folder; runs its file of code."""
    name = shown(folder.name)
    model = wrap(**_saved.built(folder, about), name=name, identity=about.code, trained_on=about.trained_on)
    state, meta = read_tensors(folder / _saved.WEIGHTS, "model")
    model.load(state, f"what {about.function}() in {about.file} gives does not take the weights of {name}")
    if model.identity != meta.get("identity"):
        raise IdentityMismatch(
            f"what {about.function}() in {folder / about.file} gives is not the model that was saved",
            got=model.identity, allowed=meta.get("identity"), next="Save the model again, with the file that builds it",
        )  # fmt: skip
    attach_priors(model, model.space(), folder / PRIORS, (about.space.default_prior or "",))
    model.opened_from(folder)
    return model.to(device)


@final
class WrappedOpener(Opener):
    """A decoder of another make that was wrapped and saved."""

    name = "wrapped"
    title = "A decoder of another make"
    looks_for = _saved.ABOUT

    def recognises(self, folder: Path) -> bool:
        return has_plain(folder, _saved.ABOUT)

    def stamp(self, folder: Path) -> Stamp:
        return stamp(folder / _saved.ABOUT, folder / _saved.WEIGHTS, *sorted(folder.glob("*.py")))

    def describe(self, folder: Path) -> ModelFacts:
        about = _saved.read(folder)
        facts = {
            "family": Wrapped.family,
            "title": self.title,
            "data": about.trained_on,
            "representation": about.representation.dump(),
            "spaces": {"z": about.space},
            "config": {"file": about.file, "function": about.function, "hash": about.hash, **about.said},
        }
        try:
            _saved.source(folder, about)
            header = read_header(folder / _saved.WEIGHTS)
        except TrasluzError as error:
            return ModelFacts(**facts, state=str(error))
        return ModelFacts(
            **facts,
            parameters=sum(math.prod(entry.shape) for entry in header.entries),
            bytes=header.data + max((entry.end for entry in header.entries), default=0),
            identity=(header.metadata or {}).get("identity"),
        )

    def code(self, folder: Path) -> Code | None:
        about = _saved.read(folder)
        _saved.source(folder, about)
        return Code(folder / about.file, about.hash)

    def open(self, folder: Path, device: torch.device, allow: Allow) -> LatentModel:
        about = _saved.read(folder)
        _saved.source(folder, about)
        allow(folder / about.file, about.hash)
        return opened(folder, about, device)

    def export(self, folder: Path, target: Path, half: bool) -> None:
        about = _saved.read(folder)
        _saved.source(folder, about)
        read_tensors(folder / _saved.WEIGHTS, "model")
        with new_folder(target) as temporary, disk_errors(target):
            copy(folder, temporary, (_saved.ABOUT, _saved.WEIGHTS, about.file))
            if half:
                _saved.halve(temporary, about, Wrapped.family)
