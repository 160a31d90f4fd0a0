"""What a prior keeps to: how it is fitted, drawn from, kept. A method that trains is lent a loop of a few steps, so
that nothing here takes minutes; give `settings` by name for what else is large."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base.errors import TrasluzError
from trasluz.base.progress import SILENT
from trasluz.conformance import _case
from trasluz.conformance._case import Case, ConformanceError, done_or_refused, left_alone, refused, want
from trasluz.conformance._ground import cloud
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.spaces.prior import Prior, PriorMethod
from trasluz.spaces.trainable import Trainable
from trasluz.training.loop import run_in_memory

CODES = 80
SHAPES = ((2,), (3, 5), (2, 3, 3))
STEPS = 8
"""Of the loop that is lent."""
BATCHES = 1e-4
"""Draws of a network across batches, of latents about 1; those of other priors are the same to the bit."""
COLD = 1e-5
FAR = 100.0


@final
@dataclass(frozen=True)
class PriorCase(Case):
    """A kind of prior and its settings."""

    row: ClassVar[str] = "priors"
    method: PriorMethod
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def who(self) -> str:
        return str(self.method.name)

    def without(self) -> frozenset[str]:
        """Of one without anything learned there is nothing to damage, and all fits are the same."""
        return frozenset() if self.fit(cloud(8, (2,))).state() else frozenset({"damaged", "learned"})

    def fit(self, mu: Tensor, log_var: Tensor | None = None, seed: int = 0) -> Prior:
        made: object = self.method.fit(mu, log_var, self.method.config_type.make(self.settings), seed, _short)
        if not isinstance(made, Prior):
            raise ConformanceError(f"fit gives {type(made).__name__}, no Prior")
        return made


def _short(trainable: Trainable, steps: int, batches: Callable[[int], Mapping[str, Tensor]], title: str) -> None:
    want(bool(title.strip()), "it trains without a title")
    run_in_memory(trainable, min(steps, STEPS), batches, title, 0, SILENT)


def cases(method: PriorMethod, *, settings: Mapping[str, Any] | None = None) -> list[PriorCase]:
    return [PriorCase(method, settings or {})]


def check_names(case: PriorCase) -> None:
    """Name, title and docstring say something, and its priors are called by the same name."""
    _case.said(case.method)
    method = case.fit(cloud(CODES, (2,))).method
    want(method == case.method.name, f"its priors call themselves {method!r}, and it is {case.method.name!r}")


def check_settings(case: PriorCase) -> None:
    """Settings are documented and keep within their limits."""
    _case.settings(case.method.config_type)


def check_draws(case: PriorCase) -> None:
    """Latents of the shape of the codes, in spaces of any shape, with the posterior's spread or without; none where
    none are asked for."""
    for shape in SHAPES:
        codes = cloud(CODES, shape)
        for log_var in (None, torch.full_like(codes, -2.0)):
            prior = case.fit(codes, log_var)
            want(tuple(prior.shape) == shape, f"the prior of codes of shape {shape} says {tuple(prior.shape)}")
            _case.tensor(prior.mean, shape, "the mean")
            for n in (5, 1, 0):
                _case.tensor(prior.sample(n, 0), (n, *shape), f"{n} draws")


def check_item_by_item(case: PriorCase) -> None:
    """Item i is seed and i alone, at any batch size and wherever one begins; another seed, or another i, is another
    item."""
    prior = case.fit(cloud(CODES, (3, 5)))
    z = prior.sample(70, 1)
    parts = torch.cat([prior.sample(3, 1), prior.sample(66, 1, start=3), prior.sample(1, 1, start=69)])
    off = float((z - parts).abs().max())
    want(off <= (0 if prior.exact else BATCHES), f"it draws other items in other batches (by {off:.2g})")
    want(not torch.equal(z, prior.sample(70, 2)), "it draws the same for another seed")
    want(not torch.equal(z[0], z[1]), "it draws the same item again and again")


def check_temperature(case: PriorCase) -> None:
    """At temperature 0 all draws are one; at 1 they vary."""
    prior = case.fit(cloud(CODES, (2,)))
    cold, warm = prior.sample(6, 1, temperature=0.0), prior.sample(6, 1, temperature=1.0)
    want(float((cold - cold[0]).abs().max()) < COLD, "draws at temperature 0 still vary")
    want(torch.equal(warm, prior.sample(6, 1)), "temperature 1 is not the prior itself")
    want(float(warm.std(0).min()) > COLD, "draws at temperature 1 do not vary")


def check_density(case: PriorCase) -> None:
    """Where there is a density, it is one number a latent, and higher at the mean than far away."""
    for shape in SHAPES:
        prior = case.fit(cloud(CODES, shape))
        density = prior.log_density(prior.sample(5, 0))
        if density is None:
            continue
        _case.tensor(density, (5,), "log_density")
        ends = prior.log_density(torch.stack([prior.mean, prior.mean + FAR]))
        want(ends is not None and bool(ends[0] > ends[1]), "the density far from the mean is not lower than at it")


def check_same_again(case: PriorCase) -> None:
    """The same codes and seed give the same prior, bit for bit, from no global random numbers; codes stay as they
    are."""
    codes, log_var = cloud(CODES, (2,)), torch.full((CODES, 2), -2.0)
    with left_alone("fitting a prior", codes=codes, log_var=log_var):
        first = case.fit(codes, log_var, 3)
    again = case.fit(codes, log_var, 3)
    want(first.identity == again.identity, "fitted again it has another identity")
    want(torch.equal(first.sample(4, 0), again.sample(4, 0)), "fitted again it draws other items")
    with left_alone("drawing", codes=codes):
        first.sample(4, 0)


def check_learned(case: PriorCase) -> None:
    """Its identity is that of what it learned: other codes give another one."""
    one, other = case.fit(cloud(CODES, (2,))), case.fit(cloud(CODES, (2,), seed=1) * 3)
    want(one.identity != other.identity, "fitted on other codes it has the same identity")


def check_kept(case: PriorCase) -> None:
    """Written and opened again it is the same prior: identity, draws, mean and density, to the bit."""
    for shape in ((2,), (2, 3, 3)):
        prior = case.fit(cloud(CODES, shape))
        file = case.place / f"prior-{len(shape)}.safetensors"
        settings = json.loads(json.dumps(prior.dump(), allow_nan=False))
        state = prior.state()
        if state:
            write_tensors(file, state, "prior")
            state = read_tensors(file, "prior")[0]
        again = case.method.open(shape, settings, state)
        want(again.identity == prior.identity, "opened again it has another identity")
        z = prior.sample(4, 1)
        want(torch.equal(again.sample(4, 1), z), "opened again it draws other items")
        want(torch.equal(again.mean, prior.mean), "opened again it has another mean")
        mine, theirs = prior.log_density(z), again.log_density(z)
        same = (mine is None) is (theirs is None) and (mine is None or theirs is None or torch.equal(mine, theirs))
        want(same, "opened again it has another density")


def check_damaged(case: PriorCase) -> None:
    """What is no prior of its kind, or one of another space, is refused in one line."""
    prior = case.fit(cloud(CODES, (2,)))
    settings, state = prior.dump(), prior.state()
    with refused("a prior of another space", TrasluzError):
        case.method.open((7,), settings, state)
    with refused("opening nothing", TrasluzError):
        case.method.open((2,), settings, {})
    for key in state:
        rest = {k: v for k, v in state.items() if k != key}
        with refused(f"opening a prior without {key}", TrasluzError):
            case.method.open((2,), settings, rest)


def check_few_codes(case: PriorCase) -> None:
    """Two codes, one, codes that are all the same, one flat dimension: a prior, or one clear line."""
    flat = cloud(CODES, (2,))
    flat[:, 1] = 4.0
    for what, codes in (
        ("two codes", cloud(2, (2,))),
        ("one code", cloud(1, (2,))),
        ("codes that are all the same", torch.ones(CODES, 2)),
        ("codes with a dimension that says nothing", flat),
    ):
        prior = done_or_refused(f"a prior of {what}", lambda c=codes: case.fit(c))
        if prior is not None:
            _case.tensor(prior.sample(3, 0), (3, 2), f"draws from a prior of {what}")


CHECKS = {
    "names": check_names,
    "settings": check_settings,
    "draws": check_draws,
    "item-by-item": check_item_by_item,
    "temperature": check_temperature,
    "density": check_density,
    "same-again": check_same_again,
    "learned": check_learned,
    "kept": check_kept,
    "damaged": check_damaged,
    "few-codes": check_few_codes,
}
"""Every check by name."""
