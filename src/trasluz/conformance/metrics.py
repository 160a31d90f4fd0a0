"""What a metric keeps to. It is tried on pictures, features and latents with labels, whichever of them it takes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base.errors import TrasluzError
from trasluz.conformance import _case
from trasluz.conformance._case import Case, ConformanceError, left_alone, refused, want
from trasluz.conformance._ground import draws
from trasluz.spaces.methods import Measurement, Metric

N, D = 60, 5
ORDER = 1e-4
"""How much a figure may change with the order of the items, relative."""
Parts = Mapping[str, Any]


@final
@dataclass(frozen=True)
class MetricCase(Case):
    """A metric."""

    row: ClassVar[str] = "metrics"
    metric: Metric

    @property
    def who(self) -> str:
        return str(self.metric.name)

    def figure(self, parts: Parts | None = None, seed: int = 0) -> Measurement:
        """Of all that a metric can take, what this one does."""
        given = evidence() if parts is None else parts
        unknown = [name for name in self.metric.takes if name not in given]
        want(not unknown, f"it takes {', '.join(unknown)}; known are {', '.join(given)}")
        found: object = self.metric.measure(*(given[name] for name in self.metric.takes), seed=seed)
        if not isinstance(found, Measurement):
            raise ConformanceError(f"measure gives {type(found).__name__}, no Measurement")
        return found


def cases(metric: Metric) -> list[MetricCase]:
    return [MetricCase(metric)]


def evidence() -> dict[str, Any]:
    """Pictures and reconstructions, features of real, generated and training items, latents with labels."""
    x = torch.rand((12, 3, 16, 16), generator=_generator())
    near = (x + 0.05 * draws(*x.shape, purpose="noise")).clamp(0, 1)
    real, fake, train = (draws(N, D, seed=seed, purpose="features") + 0.3 * seed for seed in range(3))
    labels = [("cat", "dog")[i % 2] for i in range(N)]
    latents = draws(N, D) + torch.tensor([float(name == "dog") for name in labels])[:, None]
    test = draws(N, D, seed=4, purpose="features")
    return {"x": x, "x_hat": near, "real": real, "fake": fake, "train": train, "test": test,
            "latents": latents, "labels": labels}  # fmt: skip


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def check_names(case: MetricCase) -> None:
    """Name, title, source and docstring say something; which way is better is said, and what it takes."""
    _case.said(case.metric, ("name", "title", "source"))
    want(isinstance(case.metric.unit, str), f"unit is a text, and is {case.metric.unit!r}")
    want(case.metric.better in ("higher", "lower"), f"better is higher or lower, and is {case.metric.better!r}")
    want(bool(case.metric.takes), "it takes nothing")


def check_figure(case: MetricCase) -> None:
    """A finite number with its unit, its name, how many items it is of, and details that JSON can hold."""
    found = case.figure()
    want(isinstance(found.value, float) and math.isfinite(found.value), f"the figure is {found.value!r}")
    want(found.name == case.metric.name, f"the figure calls itself {found.name!r}")
    want(found.unit == case.metric.unit, f"the figure is in {found.unit!r}, and the metric says {case.metric.unit!r}")
    want(type(found.n) is int and found.n > 0, f"it says that it is of {found.n!r} items")
    json.dumps(dict(found.details), allow_nan=False)


def check_same_again(case: MetricCase) -> None:
    """The same evidence and seed give the same figure, from no global random numbers; the evidence stays as it is."""
    given = evidence()
    tensors = {name: value for name, value in given.items() if isinstance(value, Tensor)}
    with left_alone("measuring", **tensors):
        first = case.figure(given, 3)
    again = case.figure(evidence(), 3)
    want((first.value, first.details) == (again.value, again.details), "measured again it is another figure")


def check_order(case: MetricCase) -> None:
    """The order of the items does not matter: all sides turned round together, and of sets each by itself."""
    given = evidence()
    turned = {name: value.flip(0) if isinstance(value, Tensor) else value[::-1] for name, value in given.items()}
    before, after = case.figure(given).value, case.figure(turned).value
    # What holds some items out holds out others: a few items of sixty.
    allowed = ORDER * max(1.0, abs(before)) if "labels" not in case.metric.takes else 0.25
    want(abs(before - after) <= allowed, f"in another order of the items the figure is {after:g}, not {before:g}")


def check_refusals(case: MetricCase) -> None:
    """Too few inputs, none at all, and numbers that are none are one clear line."""
    with refused("measuring nothing", TrasluzError):
        case.metric.measure()
    for name in case.metric.takes:
        given = evidence()
        if not isinstance(given[name], Tensor):
            continue
        bad = given[name].clone()
        bad[0] = torch.nan
        with refused(f"{name} that hold NaN", TrasluzError):
            case.figure({**given, name: bad})
        with refused(f"no {name} at all", TrasluzError):
            case.figure({**given, name: given[name][:0]})


CHECKS = {
    "names": check_names,
    "figure": check_figure,
    "same-again": check_same_again,
    "order": check_order,
    "refusals": check_refusals,
}
"""Every check by name."""
