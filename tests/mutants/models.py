"""Models that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from toy_models import CodedSpace, Conditioned, Mapped, Toy, coded, conditioned, pictures, two_spaces
from trasluz.conformance.models import ModelCase
from trasluz.spaces.prior import Prior


class Changed(CodedSpace):
    """A good space with one of its methods exchanged."""

    def __init__(self, good: CodedSpace, **methods: Callable[..., Any]) -> None:
        super().__init__("z", good.decoder, good.encoder, *good.shape)
        self.methods = methods

    def render(self, z: Tensor) -> Tensor:
        return self.methods.get("render", lambda x, _: x)(super().render(z), z)

    def encode(self, x: Tensor) -> Tensor:
        if "instead" in self.methods:
            return self.methods["instead"](x)
        return self.methods.get("encode", lambda z: z)(super().encode(x))


class Restless(Prior):
    """Draws from wherever it pleases."""

    method = "restless"

    def __init__(self, draw: Callable[[int, int, int], Tensor]) -> None:
        self.shape, self.draw = (6,), draw

    @property
    def mean(self) -> Tensor:
        return torch.zeros(6)

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Tensor:
        return self.draw(n, seed, start)


def changed(**methods: Callable[..., Any]) -> Toy:
    good = coded()
    return Toy(good.module, Changed(good.spaces["z"], **methods))  # type: ignore[arg-type]


def with_prior(draw: Callable[[int, int, int], Tensor]) -> Toy:
    model = coded()
    model.space().priors["restless"] = Restless(draw)
    return model


def one_stream(n: int, seed: int, start: int) -> Tensor:
    """The mistake everyone makes: one generator for the whole batch."""
    return torch.randn(n, 6, generator=torch.Generator().manual_seed(seed + start))


def dreaming(x: Tensor, _: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    return x


class Amnesiac(Toy):
    def state(self) -> dict[str, Tensor]:
        return {key: torch.zeros_like(value) for key, value in super().state().items()}


class Wandering(Mapped):
    def transport(self, z: Tensor, src: str, dst: str) -> Tensor:
        return z


class Careless(Conditioned):
    def given(self, **condition: Any) -> Any:
        return self


def misnamed() -> Toy:
    model = coded()
    model.space().name = "w"
    return model


def unfrozen() -> Toy:
    model = coded()
    model.module.requires_grad_(True)
    return model


def restamped() -> Toy:
    class Named(Toy):
        @property
        def identity(self) -> str:
            return f"m-{self.name}"

    return Named(coded().module, coded().space())


def silent_encoder() -> Toy:
    class Silent(type(two_spaces().space("z"))):  # type: ignore[misc]
        def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return x, x

    good = two_spaces()
    return Toy(good.module, Silent("z", good.space("z").decoder, 6))  # type: ignore[attr-defined]


def forgetful() -> Toy:
    class Forgetful(CodedSpace):
        def prior(self, name: str | None = None) -> Prior:
            return self.priors["normal"]

    good = coded().space()
    return Toy(coded().module, Forgetful("z", good.decoder, good.encoder, 6))  # type: ignore[attr-defined]


def runaway() -> Toy:
    """Its decoder leaves the range of the data, and its encoder is carried away by what is new to it."""
    return changed(render=lambda x, z: x * 1e4, instead=lambda x: (x.flatten(1)[:, :6] > 0.999) * 1e3)


def lost() -> Toy:
    class Lost(Toy):
        def to(self, device: object) -> Toy:
            return coded(seed=1)

    return Lost(coded().module, coded().space())


BROKEN: list[tuple[str, Callable[[], ModelCase], str]] = [
    ("spaces", lambda: ModelCase("b", misnamed()), "calls itself 'w'"),
    ("decode", lambda: ModelCase("b", changed(render=lambda x, z: x.double())), "float64"),
    ("decode", lambda: ModelCase("b", changed(render=lambda x, z: x / 0)), "not finite"),
    ("decode", lambda: ModelCase("b", changed(render=lambda x, z: x[:, :1])), "shape"),
    ("decode", lambda: ModelCase("b", changed(render=lambda x, z: x + torch.rand(1))), "second time"),
    ("batches", lambda: ModelCase("b", changed(render=lambda x, z: x - x.mean(0))), "depends on the batch size"),
    ("batches", lambda: ModelCase("b", changed(encode=lambda z: z - z.mean(0))), "depends on the batch size"),
    ("priors", lambda: ModelCase("b", with_prior(one_stream)), "other items in other batches"),
    ("priors", lambda: ModelCase("b", with_prior(lambda n, s, i: torch.randn(n, 6))), "global random numbers"),
    ("priors", lambda: ModelCase("b", with_prior(lambda n, s, i: torch.ones(n, 6))), "the same for another seed"),
    ("gradients", lambda: ModelCase("b", changed(render=lambda x, z: x.detach())), "fails the check 'gradients'"),
    ("gradients", lambda: ModelCase("b", changed(render=lambda x, z: 2 * x - x.detach())), "not that of render"),
    ("frozen", lambda: ModelCase("b", unfrozen()), "asks for a gradient|records gradients"),
    ("modes", lambda: ModelCase("b", changed(render=dreaming)), "changes a global setting"),
    ("encode", lambda: ModelCase("b", changed(encode=lambda z: z[:, :3])), "shape"),
    ("encode", lambda: ModelCase("b", changed(instead=lambda x: x.flatten(1)[:, :6])), "must raise InvalidArgument"),
    ("round-trip", lambda: ModelCase("b", runaway(), items=torch.full((4, 3, 16, 16), 0.5)), "moves the codes"),
    ("no-encoder", lambda: ModelCase("b", silent_encoder()), "no encoder"),
    ("refusals", lambda: ModelCase("b", forgetful()), "unknown prior"),
    ("identity", lambda: ModelCase("b", restamped()), "changes with the name"),
    (
        "weights",
        lambda: ModelCase("b", Amnesiac(coded().module, coded().space())),
        "does not change when a weight does",
    ),
    ("weights", lambda: ModelCase("b", coded(), perturb=lambda model: None), "does not change when a weight does"),
    ("reopen", lambda: ModelCase("b", coded(), reopen=lambda: coded(seed=1)), "another identity"),
    ("device", lambda: ModelCase("b", lost()), "changes the identity"),
    ("transport", lambda: ModelCase("b", Wandering(two_spaces().module, *two_spaces().spaces.values())), "shape"),
    (
        "given",
        lambda: ModelCase("b", Careless(conditioned().module, conditioned().space())),
        "must raise InvalidArgument",
    ),
    ("given", lambda: ModelCase("b", conditioned(), condition={"label": 7}), "label=0, 1 or 2"),
]


def GOOD() -> list[ModelCase]:
    items = pictures(8).tensor(slice(None))
    return [
        ModelCase("coded", coded(), items=items, reopen=coded),
        ModelCase("two", two_spaces(), reopen=two_spaces),
        ModelCase("conditioned", conditioned(), reopen=conditioned, condition={"label": 2}),
    ]
