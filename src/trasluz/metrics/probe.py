"""Linear probe: Alain & Bengio 2016, *Understanding intermediate layers using linear classifier probes*: how well a
linear function of a latent tells a label, on items that the function was not fitted on.

Categories: logistic regression on standardised latents, and its accuracy. Quantities: ridge regression, and its R².
"""

from __future__ import annotations

import warnings
from typing import Any, final

import numpy as np

from trasluz.base.errors import InvalidArgument
from trasluz.base.rng import numpy_generator
from trasluz.metrics._inputs import are_quantities, expect, labelled, majority
from trasluz.spaces.methods import Measurement, Metric

HELD_OUT = 0.25
"""Share of the items that the probe is measured on."""
ROUNDS = 1000
"""Iterations of the solver, at most."""


@final
class Probe(Metric):
    """How well a linear function of the latents tells a label, on items held out."""

    name = "probe"
    title = "Linear probe"
    takes = ("latents", "labels")
    better = "higher"
    source = "Alain & Bengio 2016; L2, C = 1 (ridge, alpha = 1, for quantities), a quarter held out"

    def measure(self, *inputs: Any, seed: int = 0) -> Measurement:
        rows, labels, left_out = labelled(*expect(inputs, self.takes, self.name))
        if len(rows) < 8:
            raise InvalidArgument("a probe needs eight labelled latents or more", got=len(rows))
        x = rows.double().numpy()
        if are_quantities(labels):
            train, test = split(np.zeros(len(x), dtype=np.int64), seed)
            value, found = quantity_probe(x[train], labels[train], x[test], labels[test])
        else:
            train, test = split(np.unique(labels, return_inverse=True)[1], seed)
            value, found = category_probe(x[train], labels[train], x[test], labels[test])
        details = {**found, "train": len(train), "test": len(test), "without": left_out}
        return Measurement(self.name, value, self.unit, len(test), details)


def split(codes: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the items to fit on and of those held out: a quarter of each category, where it has two or more."""
    rng, held = numpy_generator(seed, "probe"), np.zeros(len(codes), dtype=bool)
    for code in np.unique(codes):
        own = rng.permutation(np.flatnonzero(codes == code))
        held[own[: min(max(1, round(HELD_OUT * len(own))), len(own) - 1)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def category_probe(
    x: np.ndarray, labels: np.ndarray, x_test: np.ndarray, truth: np.ndarray
) -> tuple[float, dict[str, Any]]:
    """Accuracy on the test items of a logistic regression, and what the most frequent label alone would give."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(labels)) < 2 or not len(truth):
        raise InvalidArgument(
            "a probe needs two labels or more, on several items each", got=sorted(set(labels.tolist()))
        )
    x, x_test = _standardised(x, x_test)
    model = LogisticRegression(max_iter=ROUNDS)
    with warnings.catch_warnings():
        # Said in the details instead.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, labels)
    most, _ = majority(labels)
    baseline = float(np.mean(truth.astype(str) == most))
    converged = bool(np.max(model.n_iter_) < ROUNDS)
    details = {"figure": "accuracy", "majority": most, "baseline": baseline, "converged": converged}
    return float(np.mean(model.predict(x_test) == truth)), details


def quantity_probe(
    x: np.ndarray, values: np.ndarray, x_test: np.ndarray, truth: np.ndarray
) -> tuple[float, dict[str, Any]]:
    """R² on the test items of a ridge regression: 1 is all of the variance told, 0 what the mean alone gives."""
    from sklearn.linear_model import Ridge

    spread = float(np.var(truth))
    if spread == 0 or float(np.var(values)) == 0:
        raise InvalidArgument("a probe needs values that differ", got=f"only {values[0]}")
    x, x_test = _standardised(x, x_test)
    said = Ridge(alpha=1.0).fit(x, values).predict(x_test)
    return 1 - float(np.mean((said - truth) ** 2)) / spread, {"figure": "R2", "baseline": 0.0}


def _standardised(x: np.ndarray, x_test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """In units of the standard deviation of the fitted items; constant columns stay at 0."""
    mean, sigma = x.mean(0), x.std(0)
    sigma = np.where(sigma > 1e-12, sigma, 1.0)
    return (x - mean) / sigma, (x_test - mean) / sigma
