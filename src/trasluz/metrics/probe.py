"""Linear probe: Alain & Bengio 2016, *Understanding intermediate layers using linear classifier probes*: how well a
linear function of a latent tells a label, on items that the function was not fitted on.

Categories: logistic regression on standardised latents, and its accuracy. Quantities: ridge regression, and its R². By
chance: the share of the most frequent label, or 0.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.base.rng import numpy_generator
from trasluz.metrics._inputs import are_quantities, labelled_latents, majority
from trasluz.metrics._intervals import of_variance_told
from trasluz.spaces.figures import Figure, interval_of_share
from trasluz.spaces.methods import Metric, MetricEvidence

HELD_OUT = 0.25
"""Share of the items that the probe is measured on."""
ROUNDS = 1000
"""Iterations of the solver, at most."""


LEAST = 5
"""Items of a quantity that are tried, at least: the variance of fewer says nothing."""


class ProbeConfig(Config):
    """How the probe is fitted."""

    c: float = setting(1.0, "Inverse strength of the L2 penalty; of a quantity 1 / alpha.", source="scikit-learn", gt=0)
    held_out: float = setting(HELD_OUT, "Share of the items that the probe is measured on.", gt=0, lt=1)


@final
class Probe(Metric):
    """How well a linear function of the latents tells a label, on items held out."""

    name = "probe"
    title = "Linear probe"
    config_type = ProbeConfig
    needs = frozenset({"latents", "labels"})
    better = "higher"
    source = "Alain & Bengio 2016"

    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        settings = ProbeConfig.make(config.dump())
        rows, labels, left_out, groups = labelled_latents(evidence)
        if len(rows) < 8:
            raise InvalidArgument("a probe needs eight labelled latents or more", got=len(rows))
        x, is_quantity = rows.double().numpy(), are_quantities(labels)
        codes = np.zeros(len(x), dtype=np.int64) if is_quantity else np.unique(labels, return_inverse=True)[1]
        train, test = split(codes, seed, settings.held_out)
        if groups is not None:  # nothing is tried on what hangs together with what it was fitted on
            train, test = split_groups(groups, codes, seed, settings.held_out)
        if is_quantity and len(test) < LEAST:
            raise InvalidArgument(
                "too few items of a quantity to try a probe on", got=len(test), allowed=f"{LEAST} or more"
            )
        measured = quantity_probe if is_quantity else category_probe
        told = measured(x[train], labels[train], x[test], labels[test], settings.c, seed)
        details = {**told.details, "train": len(train), "test": len(test), "without": left_out}
        return self.figure(
            told.value, len(test), name="R²" if is_quantity else "accuracy", interval=told.interval,
            chance=told.details["baseline"], details=details,
        )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What a probe tells of the test items."""

    value: float
    interval: tuple[float, float] | None
    details: dict[str, Any]


def split(codes: np.ndarray, seed: int, share: float = HELD_OUT) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the items to fit on and of those held out: a quarter of each category, where it has two or more."""
    rng, held = numpy_generator(seed, "probe"), np.zeros(len(codes), dtype=bool)
    for code in np.unique(codes):
        own = rng.permutation(np.flatnonzero(codes == code))
        held[own[: min(max(1, round(share * len(own))), len(own) - 1)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def split_groups(
    groups: np.ndarray, codes: np.ndarray, seed: int, share: float = HELD_OUT
) -> tuple[np.ndarray, np.ndarray]:
    """The same of whole groups `(n,)`: a quarter of those whose first item is of each category."""
    numbers, first = np.unique(groups, return_index=True)
    held = numbers[split(codes[first], seed, share)[1]]
    return np.flatnonzero(~np.isin(groups, held)), np.flatnonzero(np.isin(groups, held))


def category_probe(
    x: np.ndarray, labels: np.ndarray, x_test: np.ndarray, truth: np.ndarray, c: float, seed: int
) -> Told:
    """Accuracy on the test items of a logistic regression, and what the most frequent label alone would give."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(labels)) < 2 or not len(truth):
        raise InvalidArgument(
            "a probe needs two labels or more, on several items each", got=sorted(set(labels.tolist()))
        )
    x, x_test = _standardised(x, x_test)
    model = LogisticRegression(C=c, max_iter=ROUNDS)
    with warnings.catch_warnings():
        # Said in the details instead.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, labels)
    most, _ = majority(labels)
    baseline = float(np.mean(truth.astype(str) == most))
    converged = bool(np.max(model.n_iter_) < ROUNDS)
    details = {"figure": "accuracy", "majority": most, "baseline": baseline, "converged": converged}
    right = np.asarray(model.predict(x_test) == truth)
    return Told(float(np.mean(right)), interval_of_share(int(right.sum()), len(right)), details)


def quantity_probe(
    x: np.ndarray, values: np.ndarray, x_test: np.ndarray, truth: np.ndarray, c: float, seed: int
) -> Told:
    """R² on the test items of a ridge regression: 1 is all of the variance told, 0 what the mean alone gives."""
    from sklearn.linear_model import Ridge

    spread = float(np.var(truth))
    if spread == 0 or float(np.var(values)) == 0:
        raise InvalidArgument("a probe needs values that differ", got=f"only {values[0]}")
    x, x_test = _standardised(x, x_test)
    errors = (Ridge(alpha=1 / c).fit(x, values).predict(x_test) - truth) ** 2
    value, interval = 1 - float(np.mean(errors)) / spread, of_variance_told(errors, truth, seed)
    return Told(value, interval, {"figure": "R2", "baseline": 0.0})


def _standardised(x: np.ndarray, x_test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """In units of the standard deviation of the fitted items; constant columns stay at 0."""
    mean, sigma = x.mean(0), x.std(0)
    sigma = np.where(sigma > 1e-12, sigma, 1.0)
    return (x - mean) / sigma, (x_test - mean) / sigma
