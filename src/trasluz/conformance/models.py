"""What an open model keeps to, one function a clause of the contract: a model of a family, or of any other make.

Where a figure is not compared bit for bit, the tolerance stands here: network outputs across batch sizes agree to 1e-4;
forward and reverse derivatives to a thousandth, and to a central difference within 5 %; and each further trip encode →
decode → encode moves the codes by no more than their scale, the larger of the spread of the codes and that of the
prior. The last one says that a round trip does not grow, which holds for an untrained model too; how well a trained
one closes it is a figure for a metric, not for a contract.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import NotInvertible, TrasluzError
from trasluz.base.forward import jvp
from trasluz.base.shapes import Public
from trasluz.conformance._case import Case, refused, tensor, want
from trasluz.spaces.model import LatentModel
from trasluz.spaces.representation import Representation
from trasluz.spaces.space import LatentSpace

BATCHES = 1e-4
"""Network outputs across batch sizes, absolute."""
SOUGHT = 25.0
"""Decibels (PSNR) between decoded items across batch sizes, where the way back from what networks see is lossy: what it
has to seek, such as the phases of a sound, may turn on the last digit."""
DERIVATIVE = 1e-3
"""Forward against reverse derivative, relative."""
DIFFERENCE = 0.05
"""Derivatives against a central difference, relative."""
ROUND_TRIP = 1.0
"""How far one more trip encode → decode → encode may move the codes, in units of their scale."""
DRAWN_ANEW = 2.0
"""The same where an item begins at a draw: two draws of that scale lie the root of two apart."""
_KINDS = {"vector": 1, "layers": 2, "spatial": 3}


@final
@dataclass(frozen=True)
class ModelCase(Case):
    """A model to check, and what helps to check more of it."""

    row: ClassVar[str] = "models"

    name: str
    model: LatentModel
    items: Public | None = None
    """Some real items, three or more, `(n, *public_shape)`; drawn at random where there are none."""
    reopen: Callable[[], LatentModel] | None = None
    """Opens the same model again: from what was saved, or from the same weights."""
    perturb: Callable[[LatentModel], object] | None = None
    """Changes the model's weights a little, in place; by default the first number of `state()` is changed."""
    condition: Mapping[str, Any] | None = None
    """A condition that `given` accepts."""

    @property
    def who(self) -> str:
        return self.name

    def without(self) -> frozenset[str]:
        spaces = self.model.spaces.values()
        absent = {
            "reopen": self.reopen is None,
            "weights": not self.model.state(),
            "encode": not any(s.encodes for s in spaces),
            "round-trip": not any(s.encodes for s in spaces),
            "no-encoder": all(s.encodes for s in spaces),
            "gradients": not any(s.differentiable for s in spaces),
        }
        return frozenset(name for name, skip in absent.items() if skip)


def cases(model: LatentModel, *, name: str = "", **given: Any) -> list[ModelCase]:
    """Of an open model; `given` are the fields of `ModelCase`."""
    return [ModelCase(name or model.name, model, **given)]


def _spaces(case: ModelCase) -> Iterator[tuple[str, LatentSpace]]:
    for name, space in case.model.spaces.items():
        yield f"the space {name!r}", space


def _latents(space: LatentSpace, n: int, seed: int = 0) -> Tensor:
    if space.default_prior is None:
        return rng.normal(n, space.shape, seed, "conformance").to(space.device)
    return space.prior().sample(n, seed).to(space.device)


def _range(representation: Representation) -> tuple[float, float]:
    kind = representation.of
    return kind.low, kind.high


def _items(case: ModelCase) -> Tensor:
    low, high = _range(case.model.representation)
    if case.items is not None:
        return case.items.to(case.model.space().device)
    x = torch.rand((4, *case.model.representation.public_shape), generator=rng.generator(0, "conformance"))
    return (x * (high - low) + low).to(case.model.space().device)


def _norm(t: Tensor) -> float:
    return _dot(t, t) ** 0.5


def _dot(a: Tensor, b: Tensor) -> float:
    return float(torch.dot(a.double().flatten(), b.double().flatten()))


def _vjp(space: LatentSpace, z: Tensor, v: Tensor) -> Tensor | None:
    """The gradient of `render · v`; None where none comes through."""
    leaf = z.clone().requires_grad_(True)
    with torch.enable_grad():
        native = space.render(leaf)
        found: Any = (
            torch.autograd.grad((native * v).sum(), leaf, allow_unused=True) if native.requires_grad else [None]
        )
    return found[0]


def _rms(t: Tensor) -> float:
    return float(t.double().square().mean().sqrt())


def check_spaces(case: ModelCase) -> None:
    """Names, shapes and kinds say the same wherever they are said."""
    model = case.model
    want(model.default_space in model.spaces, f"the default space {model.default_space!r} is not among the spaces")
    for name, space in model.spaces.items():
        want(space.name == name, f"the space {name!r} calls itself {space.name!r}")
        want(len(space.shape) == _KINDS[space.kind], f"the space {name!r}, {space.kind}, has shape {space.shape}")
        want(space.representation.dump() == model.representation.dump(), f"{name!r} has another representation")
        known = space.default_prior is None or space.default_prior in space.priors
        want(known, f"the default prior {space.default_prior!r} of {name!r} is not among its priors")
        affine, width = space.first_affine(), torch.Size(space.shape).numel()
        fits = affine is None or (affine.ndim == 2 and affine.shape[1] in (width, space.shape[-1]))
        want(fits, f"first_affine of {name!r} is no (out, in) weight of that space")


def check_decode(case: ModelCase) -> None:
    """Shapes, dtypes, ranges; the same twice; one item or several, near the prior's middle or far out."""
    representation = case.model.representation
    low, high = _range(representation)
    for name, space in _spaces(case):
        for n, scale in ((1, 1.0), (3, 1.0), (2, 4.0)):
            z = _latents(space, n) * scale
            native, public = space.render(z), space.decode(z)
            tensor(native, (n, *representation.native_shape), f"render of {name}")
            tensor(public, (n, *representation.public_shape), f"decode of {name}")
            inside = float(public.min()) >= low and float(public.max()) <= high
            want(inside, f"decode of {name} leaves the public range [{low:g}, {high:g}]")
            want(torch.equal(public, space.decode(z)), f"decode of {name} gives something else the second time")


def check_batches(case: ModelCase) -> None:
    """An item comes out the same alone and among others."""
    x = _items(case)
    for name, space in _spaces(case):
        z = _latents(space, 5)
        drawn = torch.cat([space.render(z[:1]), space.render(z[1:])])
        off = float((space.render(z) - drawn).abs().max())
        want(off <= BATCHES, f"render of {name} depends on the batch size (by {off:.2g}, more than {BATCHES:g})")
        parts = torch.cat([space.decode(z[:1]), space.decode(z[1:])])
        if space.representation.is_lossy:
            near = float(space.representation.of.psnr(space.decode(z), parts).min())
            want(near >= SOUGHT, f"decode of {name} depends on the batch size ({near:.1f} dB, less than {SOUGHT:g})")
        else:
            off = float((space.decode(z) - parts).abs().max())
            want(off <= BATCHES, f"decode of {name} depends on the batch size (by {off:.2g}, more than {BATCHES:g})")
        if space.encodes:
            off = float((space.encode(x) - torch.cat([space.encode(x[:1]), space.encode(x[1:])])).abs().max())
            want(off <= BATCHES, f"encode of {name} depends on the batch size (by {off:.2g})")


def check_priors(case: ModelCase) -> None:
    """A draw is a function of (seed, index): bit for bit at any batch size, whatever was drawn before."""
    for name, space in _spaces(case):
        for key, prior in space.priors.items():
            who = f"the prior {key!r} of {name}"
            before = torch.get_rng_state()
            z = prior.sample(8, 1)
            want(torch.equal(before, torch.get_rng_state()), f"{who} draws from the global random numbers")
            tensor(z, (8, *space.shape), who)
            parts = torch.cat([prior.sample(3, 1), prior.sample(5, 1, start=3)])
            same = torch.equal(z, parts) if prior.exact else bool(torch.allclose(z, parts, rtol=BATCHES, atol=BATCHES))
            want(same, f"{who} draws other items in other batches (item i is seed and i alone)")
            want(not torch.equal(z, prior.sample(8, 2)), f"{who} draws the same for another seed")
            want(not torch.equal(z[0], z[1]), f"{who} draws the same item again and again")
            want(tuple(prior.mean.shape) == space.shape, f"the mean of {who} is no latent")
            still = prior.sample(2, 1, temperature=0.0)
            want(torch.equal(still[0], still[1]), f"{who} still varies at temperature 0")
            density = prior.log_density(z)
            if density is not None:
                tensor(density, (8,), f"log_density of {who}")
            want(prior.identity == prior.identity and bool(prior.identity), f"{who} has no steady identity")


def check_gradients(case: ModelCase) -> None:
    """Forward and reverse derivatives of `render` agree with each other and with a central difference."""
    for name, space in _spaces(case):
        if not space.differentiable:
            continue
        z = _latents(space, 2).clone()
        u = rng.normal(2, space.shape, 0, "tangent").to(z)
        u = u * (2**0.5 / _norm(u))
        native, forward = jvp(space.render, z, u)
        v = rng.normal(2, tuple(native.shape[1:]), 0, "cotangent").to(z)
        reverse = _vjp(space, z, v)
        want(reverse is not None, f"no gradient passes through render of {name}, which says so")
        a, b = _dot(forward, v), _dot(reverse if reverse is not None else z, u)
        allowed = DERIVATIVE * max(_norm(forward), abs(a)) + 1e-12
        want(abs(a - b) <= allowed, f"the derivatives of {name}, forward {a:.4g} and reverse {b:.4g}, differ")
        step = 1e-2
        difference = (space.render(z + step * u) - space.render(z - step * u)) / (2 * step)
        off = _norm(difference - forward)
        allowed = DIFFERENCE * _norm(difference) + 1e-4 * _norm(native)
        want(off <= allowed, f"the derivative of {name} is not that of render (off by {off:.2g} of {allowed:.2g})")


def check_frozen(case: ModelCase) -> None:
    """No weight asks for a gradient, and nothing is recorded for one."""
    loose = [key for key, value in case.model.state().items() if value.requires_grad]
    want(not loose, f"the weight {loose[0] if loose else ''!r} asks for a gradient")
    with torch.enable_grad():
        for name, space in _spaces(case):
            recorded = space.render(_latents(space, 1)).requires_grad
            want(not recorded, f"render of {name} records gradients that nobody asked for")


def check_modes(case: ModelCase) -> None:
    """Gradient mode, default dtype and global random numbers are the caller's own."""

    def seen() -> tuple[Any, ...]:
        flags = torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_default_dtype()
        return *flags, torch.get_num_threads(), torch.get_rng_state().sum().item()

    for name, space in _spaces(case):
        for mode in (torch.enable_grad, torch.no_grad, torch.inference_mode):
            with mode():
                z, before = _latents(space, 1), seen()
                space.decode(z)
                want(before == seen(), f"decode of {name} changes a global setting of torch")
                if space.encodes:
                    space.encode(_items(case))
                    want(before == seen(), f"encode of {name} changes a global setting of torch")


def check_encode(case: ModelCase) -> None:
    """Shapes and dtypes of codes and posteriors; items of another shape are refused."""
    x = _items(case)
    for name, space in _spaces(case):
        if not space.encodes:
            continue
        z = space.encode(x)
        tensor(z, (len(x), *space.shape), f"encode of {name}")
        want(torch.equal(z, space.encode(x)), f"encode of {name} gives something else the second time")
        pair = space.posterior(x)
        if pair is not None:
            tensor(pair[0], tuple(z.shape), f"the posterior mean of {name}")
            tensor(pair[1], tuple(z.shape), f"the posterior log-variance of {name}")
            want(float((pair[0] - z).abs().max()) <= BATCHES, f"encode of {name} is not its posterior's mean")
        with refused(f"encode of {name} on items of another shape"):
            space.encode(torch.nn.functional.pad(x, (0, 1)))


def check_round_trip(case: ModelCase) -> None:
    """Encode → decode → encode, three times over, does not run away."""
    begins = case.model.spaces.get(case.model.begins_in or "")
    for name, space in _spaces(case):
        if not space.encodes:
            continue
        z = space.encode(_items(case))
        prior = _latents(space, 64)
        scale = max(_rms(z - z.mean(0)), _rms(prior - prior.mean(0)))
        for trip in range(3):
            back = space.encode(space.decode(z))
            moved = _rms(back - z)
            allowed = (DRAWN_ANEW if space is begins else ROUND_TRIP) * scale
            want(moved <= allowed, f"round trip {trip + 1} in {name} moves the codes by {moved:.3g} of {allowed:.3g}")
            z = back


def check_no_encoder(case: ModelCase) -> None:
    """A space without an encoder says so."""
    for name, space in _spaces(case):
        if not space.encodes:
            with refused(f"encode of {name}, which has no encoder,", NotInvertible):
                space.encode(_items(case))
            want(space.posterior(_items(case)) is None, f"{name} has a posterior but no encoder")


def check_refusals(case: ModelCase) -> None:
    """Latents of another shape, unknown spaces and unknown priors get one clear line."""
    with refused("an unknown space"):
        case.model.space("no such space")
    for name, space in _spaces(case):
        with refused(f"an unknown prior of {name}"):
            space.prior("no such prior")
        for shape in ((2, *space.shape[:-1], space.shape[-1] + 1), (2, 1, *space.shape)):
            with refused(f"decode of {name} on latents of shape {shape}"):
                space.decode(torch.zeros(shape, device=space.device))


def check_identity(case: ModelCase) -> None:
    """A steady text over settings that JSON can hold; the name is no part of it."""
    model, name = case.model, case.model.name
    json.dumps([model.dump(), model.representation.dump()], allow_nan=False)
    before = model.identity
    want(bool(before) and before == model.identity, "the identity is not steady")
    try:
        model.name = f"{name}-renamed"
        want(model.identity == before, "the identity changes with the name")
    finally:
        model.name = name


def check_weights(case: ModelCase) -> None:
    """The identity changes when a weight does, and comes back with it."""
    before, state = case.model.identity, case.model.state()
    saved = {key: value.clone() for key, value in state.items()}
    try:
        with torch.no_grad():
            if case.perturb is not None:
                case.perturb(case.model)
            else:
                weight = next(value for value in state.values() if value.numel())
                first = (0,) * weight.ndim
                weight[first] = ~weight[first] if weight.dtype == torch.bool else weight[first] * 2 + 1
        want(case.model.identity != before, "the identity does not change when a weight does")
    finally:
        with torch.no_grad():
            for key, value in case.model.state().items():
                value.copy_(saved[key])
    want(case.model.identity == before, "the identity does not come back with the weight")


def check_reopen(case: ModelCase) -> None:
    """Opened again, it is the same model and gives the same bits."""
    other = case.reopen() if case.reopen is not None else case.model
    want(other.identity == case.model.identity, "opened again it has another identity")
    want(list(other.spaces) == list(case.model.spaces), "opened again it has other spaces")
    for name, space in _spaces(case):
        twin, z = other.space(space.name), _latents(space, 3)
        want(torch.equal(space.decode(z), twin.decode(z)), f"opened again, {name} decodes to something else")
        want(list(space.priors) == list(twin.priors), f"opened again, {name} has other priors")
        want(torch.equal(z, _latents(twin, 3)), f"opened again, {name} draws something else")
        if space.encodes:
            same = torch.equal(space.encode(_items(case)), twin.encode(_items(case)))
            want(same, f"opened again, {name} encodes to something else")


def check_device(case: ModelCase) -> None:
    """Moved to where it is, nothing changes; outputs stay with the model."""
    space = case.model.space()
    before, x = case.model.identity, space.decode(_latents(space, 2))
    moved = case.model.to(space.device)
    want(moved.identity == before, "to() changes the identity")
    want(torch.equal(moved.space().decode(_latents(space, 2)), x), "to() changes what is decoded")
    want(x.device == space.device, f"decode leaves the model's device {space.device} for {x.device}")


def check_transport(case: ModelCase) -> None:
    """From a space to itself nothing changes; to another there is a way of the right shape, or a clear error."""
    model = case.model
    for (src, a), (dst, b) in product(model.spaces.items(), repeat=2):
        z = _latents(a, 3)
        try:
            moved = model.transport(z, src, dst)
        except TrasluzError:
            want(src != dst, f"there is no way from {src!r} to itself")
            continue
        tensor(moved, (3, *b.shape), f"transport from {src!r} to {dst!r}")
        want(src != dst or torch.equal(moved, z), f"transport from {src!r} to itself changes latents")
    z = _latents(model.space(), 2)
    with refused("transport to an unknown space"):
        model.transport(z, model.default_space, "no such space")
    with refused("transport of latents of another shape"):
        model.transport(torch.cat([z, z], -1), model.default_space, model.default_space)


def check_given(case: ModelCase) -> None:
    """Unknown conditions are refused; a conditioned view is a model with an identity of its own."""
    model, before = case.model, case.model.identity
    with refused("an unknown condition"):
        model.given(no_such_condition=1)
    if case.condition is None:
        return
    view = model.given(**case.condition)
    want(view.identity == model.given(**case.condition).identity, "a condition gives another identity each time")
    want(view.identity != before, "a conditioned view has the identity of its model")
    for name, space in view.spaces.items():
        x = space.decode(_latents(space, 2))
        tensor(x, (2, *model.representation.public_shape), f"decode of the conditioned space {name!r}")
    want(model.identity == before, "given() changes the model itself")


CHECKS: dict[str, Callable[[ModelCase], None]] = {
    "spaces": check_spaces,
    "decode": check_decode,
    "batches": check_batches,
    "priors": check_priors,
    "gradients": check_gradients,
    "frozen": check_frozen,
    "modes": check_modes,
    "encode": check_encode,
    "round-trip": check_round_trip,
    "no-encoder": check_no_encoder,
    "refusals": check_refusals,
    "identity": check_identity,
    "weights": check_weights,
    "reopen": check_reopen,
    "device": check_device,
    "transport": check_transport,
    "given": check_given,
}
"""Every check by name."""
