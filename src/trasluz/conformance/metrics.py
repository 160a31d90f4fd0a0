"""What a metric keeps to. It is tried on pictures, features and latents with labels, whichever of them it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast, final, get_args

import torch
from torch import Tensor

from trasluz.base.errors import TrasluzError
from trasluz.base.progress import SILENT, Progress
from trasluz.conformance import _case
from trasluz.conformance._case import Case, Told, left_alone, refused, want
from trasluz.conformance._ground import draws
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Metric, MetricEvidence, MetricNeed

N, D = 60, 5
ORDER = 1e-4
"""How much a figure may change with the order of the items, relative."""
NEEDS = frozenset(get_args(MetricNeed))


@final
@dataclass(frozen=True)
class MetricCase(Case):
    """A metric and its settings."""

    row: ClassVar[str] = "metrics"
    metric: Metric
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def who(self) -> str:
        return str(self.metric.name)

    def figure(self, parts: Mapping[str, Any] | None = None, seed: int = 0, progress: Progress = SILENT) -> Figure:
        """Of all that a metric can need, or of these parts."""
        given = MetricEvidence(**(evidence() if parts is None else parts))
        return self.metric.of(given, settings=self.settings, seed=seed, progress=progress)


def cases(metric: Metric, *, settings: Mapping[str, Any] | None = None) -> list[MetricCase]:
    return [MetricCase(metric, settings or {})]


def evidence() -> dict[str, Any]:
    """Pictures and reconstructions, features of real, generated and training items, latents with labels."""
    x = torch.rand((12, 3, 16, 16), generator=_generator())
    near = (x + 0.05 * draws(*x.shape, purpose="noise")).clamp(0, 1)
    real, fake, train = (draws(N, D, seed=seed, purpose="features") + 0.3 * seed for seed in range(3))
    labels = [("cat", "dog")[i % 2] for i in range(N)]
    latents = draws(N, D) + torch.tensor([float(name == "dog") for name in labels])[:, None]
    return {"x": x, "x_hat": near, "real": real, "fake": fake, "train": train,
            "latents": latents, "labels": labels}  # fmt: skip


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def check_names(case: MetricCase) -> None:
    """Name, title, source and docstring say something; which way is better, if any, and what it needs."""
    _case.said(case.metric, ("name", "title", "source"))
    want(isinstance(case.metric.unit, str), f"unit is a text, and is {case.metric.unit!r}")
    want(case.metric.better in ("higher", "lower", None), f"better is higher, lower or None: {case.metric.better!r}")
    needs: object = case.metric.needs
    known = isinstance(needs, frozenset) and bool(needs) and cast(frozenset[str], needs) <= NEEDS
    want(known, f"needs is a frozenset of some of {', '.join(sorted(NEEDS))}, and is {needs!r}")


def check_settings(case: MetricCase) -> None:
    """Settings are documented and keep within their limits."""
    _case.settings(case.metric.config_type)


def check_figure(case: MetricCase) -> None:
    """A figure with its unit, its sense, how many items it is of, details that JSON can hold; within its interval."""
    found = case.figure()
    want(isinstance(found.value, float), f"the figure is {found.value!r}")
    want(found.unit == case.metric.unit, f"the figure is in {found.unit!r}, and the metric says {case.metric.unit!r}")
    want(found.better == case.metric.better, f"the figure says that {found.better} is better")
    want(type(found.n) is int and found.n > 0, f"it says that it is of {found.n!r} items")
    low, high = found.interval or (found.value, found.value)
    want(low <= found.value <= high, f"the figure {found.value:g} lies outside its interval, {low:g} to {high:g}")
    dumped = json.loads(json.dumps(found.dump(), allow_nan=False))
    want(
        Figure.read(dumped, "the suite's copy").dump() == found.dump(), "it is not the same when written and read back"
    )


def check_needs(case: MetricCase) -> None:
    """What it needs is enough for it, and each of it that is missing is one clear line."""
    whole = evidence()
    case.figure({name: value for name, value in whole.items() if name in case.metric.needs})
    for need in sorted(case.metric.needs):
        with refused(f"evidence without {need}", TrasluzError):
            case.figure({name: value for name, value in whole.items() if name != need})


def check_same_again(case: MetricCase) -> None:
    """The same evidence and seed give the same figure, from no global random numbers; the evidence stays as it is."""
    given = evidence()
    tensors = {name: value for name, value in given.items() if isinstance(value, Tensor)}
    with left_alone("measuring", **tensors):
        first = case.figure(given, 3)
    want(first.dump() == case.figure(evidence(), 3).dump(), "measured again it is another figure")


def check_order(case: MetricCase) -> None:
    """The order of the items does not matter: all sides turned round together."""
    given = evidence()
    turned = {name: value.flip(0) if isinstance(value, Tensor) else value[::-1] for name, value in given.items()}
    before, after = case.figure(given).value, case.figure(turned).value
    # What holds some items out holds out others: a few items of sixty.
    allowed = ORDER * max(1.0, abs(before)) if "labels" not in case.metric.needs else 0.25
    want(abs(before - after) <= allowed, f"in another order of the items the figure is {after:g}, not {before:g}")


def check_refusals(case: MetricCase) -> None:
    """No items at all, and numbers that are none, are one clear line."""
    for name in sorted(case.metric.needs):
        given = evidence()
        if not isinstance(given[name], Tensor):
            continue
        bad = given[name].clone()
        bad[0] = torch.nan
        with refused(f"{name} that hold NaN", TrasluzError):
            case.figure({**given, name: bad})
        with refused(f"no {name} at all", TrasluzError):
            case.figure({**given, name: given[name][:0]})


def check_progress(case: MetricCase) -> None:
    """What it reports of its progress adds up."""
    told = Told()
    case.figure(progress=told)
    told.check("measuring")


CHECKS = {
    "names": check_names,
    "settings": check_settings,
    "figure": check_figure,
    "needs": check_needs,
    "same-again": check_same_again,
    "order": check_order,
    "refusals": check_refusals,
    "progress": check_progress,
}
"""Every check by name."""
