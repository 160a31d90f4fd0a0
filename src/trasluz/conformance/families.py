"""What a family keeps to: its settings and presets, its training step by step, and its models, which are those of the
suite `models` in several forms. `settings` by name make it small where its preset is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.conformance import _case
from trasluz.conformance._case import Case, refused, want
from trasluz.conformance.models import ModelCase
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model import LatentModel
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels
from trasluz.spaces.trainable import Trainable

FORMS = ((1, 28), (3, 32), (3, 64))
"""Channels and pixels of the pictures that models are made for."""
STEPS = 4
BATCH = 8


@final
@dataclass(frozen=True)
class FamilyCase(Case):
    """A family, and with which settings its models are small."""

    row: ClassVar[str] = "families"
    family: Family
    preset: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def who(self) -> str:
        return str(self.family.name)

    def configure(self, form: Pixels) -> FamilyConfig:
        return self.family.configure(self.preset, self.settings, form)

    def begun(self, form: Pixels, seed: int = 0) -> Trainable:
        """Networks with their first weights."""
        trainable = self.family.trainable(self.configure(form), form, 100)
        trainable.init(seed, Precision(), STEPS)
        return trainable

    def model(self, form: Pixels, weights: Mapping[str, Tensor]) -> LatentModel:
        return self.family.open(self.configure(form), form, {k: v.clone() for k, v in weights.items()})


def cases(
    family: Family,
    *,
    preset: str | None = None,
    settings: Mapping[str, Any] | None = None,
    forms: Sequence[tuple[int, int]] = FORMS,
) -> list[Case]:
    """The family itself, and a model of it in each form `(channels, pixels)`; `preset` is the first one where nobody
    says."""
    if not family.presets:
        raise InvalidArgument(f"the family {family.name} has no preset")
    case = FamilyCase(family, preset or next(iter(family.presets)), settings or {})
    low, high = family.sizes
    fitting = [Pixels(channels, size) for channels, size in forms if low <= size <= high]
    return [case, *(_model_case(case, form) for form in fitting)]


def _model_case(case: FamilyCase, form: Pixels) -> ModelCase:
    weights = {k: v.detach().clone() for k, v in case.begun(form).weights().items()}
    reopen = partial(case.model, form, weights)
    return ModelCase(f"{case.who}-{form.channels}x{form.size}", reopen(), items=pictures(4, form), reopen=reopen)


def pictures(n: int, form: Pixels) -> Tensor:
    """Smooth ramps of random colours, `(n, C, H, W)` in [0, 1]."""
    colours = torch.rand((n, form.channels, 1, 1), generator=rng.generator(0, "conformance, pictures"))
    ramp = torch.linspace(0.3, 1, form.size)
    return colours * ramp[:, None] * ramp.flip(0)


def _form(case: FamilyCase) -> Pixels:
    low, high = case.family.sizes
    return Pixels(3, max(low, min(28, high)))


def check_names(case: FamilyCase) -> None:
    """Name, title and docstring say something."""
    _case.said(case.family)


def check_settings(case: FamilyCase) -> None:
    """Settings are documented, keep within their limits, and are written and read back as they were."""
    _case.settings(case.family.config_type)
    config = case.configure(_form(case))
    want(type(config).read(config.dump(), "the suite's copy") == config, "a config read back is another one")


def check_presets(case: FamilyCase) -> None:
    """Every preset is a config; an unknown one, an unknown setting, and pictures of no size are one clear line."""
    form, (low, high) = _form(case), case.family.sizes
    for preset in case.family.presets:
        made = case.family.configure(preset, {}, form)
        want(isinstance(made, case.family.config_type), f"the preset {preset} gives {type(made).__name__}")
        want((made.size, made.channels) == (form.size, form.channels), f"the preset {preset} forgets the data's form")
    with refused("an unknown preset"):
        case.family.configure("no such preset", {}, form)
    with refused("an unknown setting"):
        case.family.configure(case.preset, {"no_such_setting": 1}, form)
    for size in (low - 1, high + 1):
        with refused(f"pictures of {size} pixels, where it models {low} to {high}"):
            case.family.configure(case.preset, case.settings, Pixels(3, size))


def check_weights(case: FamilyCase) -> None:
    """First weights are a function of the seed; weights that do not fit are refused."""
    form = _form(case)
    with _case.left_alone("init"):
        one = case.begun(form, 3).weights()
    again, other = case.begun(form, 3).weights(), case.begun(form, 4).weights()
    want(bool(one), "it has no weights")
    want(_same(one, again), "the same seed gives other first weights")
    want(not _same(one, other), "another seed gives the same first weights")
    config = case.configure(form)
    with refused("opening it without weights", TrasluzError):
        case.family.open(config, form, {})
    first = next(iter(one))
    with refused(f"opening it without {first}", TrasluzError):
        case.family.open(config, form, {k: v for k, v in one.items() if k != first})


def check_steps(case: FamilyCase) -> None:
    """A step is a function of state, batch, seed and k: again the same bits, from no global random numbers; what
    `state` gave brings it back to where it was; figures are finite."""
    form = _form(case)
    batch = {"x": pictures(BATCH, form)}
    one, two = case.begun(form), case.begun(form)
    for k in range(STEPS - 1):
        with _case.left_alone("a step", batch=batch["x"]):
            figures = one.step(batch, 5, k)
        want(bool(figures) and all(torch.isfinite(torch.tensor(v)) for v in figures.values()), "its loss is not finite")
        two.step(batch, 5, k)
    want(_same(one.state(), two.state()), "the same steps lead to other weights")
    kept = {k: v.clone() for k, v in one.state().items()}
    resumed = case.begun(form, 9)
    resumed.load(kept)
    for trainable in (one, resumed):
        trainable.step(batch, 5, STEPS - 1)
    want(_same(one.state(), resumed.state()), "taken up again it goes on otherwise")
    want(not _same(one.state(), kept), "a step changes nothing")


def _same(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


CHECKS = {
    "names": check_names,
    "settings": check_settings,
    "presets": check_presets,
    "weights": check_weights,
    "steps": check_steps,
}
"""Every check of a family itself, by name."""
