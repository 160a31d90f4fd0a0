"""Metrics, one after the other, on what was gathered for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.lab.judging.kin import HALF
from trasluz.lab.results.measurements import Measured
from trasluz.lab.work.gathering import Gathered
from trasluz.spaces import registry
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Metric, MetricEvidence


def measured(
    gathered: Gathered, metrics: Sequence[str], columns: Sequence[str] | None, settings: Mapping[str, Any], seed: int
) -> tuple[list[Measured], dict[str, str]]:
    """The figures that can be had, and of all others, by name, why not.

    Args:
        metrics: Which; none for all.
        columns: Which labels, for the metrics that look at labels; None for all.
        settings: Of the one metric that is named.

    Raises:
        UnknownName: a metric, a column or a setting of that name is not there.
        TrasluzError: the one metric that was named gives no figure, and why; nothing could be measured.
    """
    if settings and len(metrics) != 1:
        raise InvalidArgument(
            "settings are of one metric", got=f"{len(metrics)} metrics", next="Name the one that they are for"
        )
    for column in columns or ():
        gathered.whole().column(column)  # refuses one that is not there
    found, left_out = list[Measured](), dict[str, str]()
    chosen = list(dict.fromkeys(metrics)) or registry.names("metrics")
    with gathered.session.progress.task("Measuring", len(chosen)) as step:
        for name in chosen:
            mine, refused = list[Measured](), dict[str, TrasluzError]()
            try:
                metric = registry.get("metrics", name)
                for column in _about(gathered, metric, columns):
                    called = name if column is None else f"{name}:{column}"
                    try:
                        mine.append(Measured(name, _figure(gathered, metric, column, settings, seed), column))
                    except TrasluzError as error:
                        refused[called] = error
            except TrasluzError as error:
                refused[name] = error
            if len(chosen) == 1 and not mine:
                raise next(iter(refused.values()))
            found += mine
            left_out |= {called: error.sentence() for called, error in refused.items()}
            step(1, note=name)
    if not found:
        raise InvalidArgument("nothing could be measured", got="; ".join(f"{k}: {v}" for k, v in left_out.items()))
    return found, left_out


def _about(gathered: Gathered, metric: Metric, columns: Sequence[str] | None) -> Iterator[str | None]:
    """The labels that a metric is asked about, one by one; None for one that looks at none."""
    if "labels" not in metric.needs:
        yield None
        return
    yield from (gathered.columns() or [None]) if columns is None else columns


def _figure(gathered: Gathered, metric: Metric, column: str | None, settings: Mapping[str, Any], seed: int) -> Figure:
    """One figure, by every judge where it is made in features of one that is trained."""
    evidence = gathered.evidence(metric, column)
    found = _measured_by(gathered, metric, evidence, settings, seed)
    _doubted(gathered, metric, column, evidence, found, settings, seed)
    judge = evidence.judge
    if judge is None:
        return found
    others = [
        _measured_by(gathered, metric, gathered.evidence(metric, column, k), settings, seed)
        for k in range(1, gathered.judges)
    ]
    return found.judged_by(judge, others)


def _doubted(
    gathered: Gathered, metric: Metric, column: str | None, evidence: MetricEvidence, found: Figure,
    settings: Mapping[str, Any], seed: int,
) -> None:  # fmt: skip
    """Note what is left of a figure about labels where items of the same value of another column, each of which has one
    label, may be what is told: where that is half of what is beyond chance or less."""
    more = found.value - (found.chance or 0.0)
    if column is None or evidence.latents is None or found.chance is None or more <= 0:
        return
    for kin in gathered.kin(column):
        strangers = replace(evidence, groups=kin.beside(evidence.groups))
        try:
            others = _measured_by(gathered, metric, strangers, settings, seed)
        except TrasluzError:
            continue
        if others.value - (others.chance or 0.0) <= HALF * more:
            gathered.notes.append(
                f"Each {kin.column} has one value of {column}: with none of the same {kin.column}, "
                f"{metric.name}:{column} is {others.value:.2f} (n = {others.n}; by chance {others.chance or 0.0:.2f})"
            )
            return


def _measured_by(
    gathered: Gathered, metric: Metric, evidence: MetricEvidence, settings: Mapping[str, Any], seed: int
) -> Figure:
    """By one of them; whatever a plugin does wrong is one line that names it."""
    if registry.is_ours("metrics", metric.name):
        return metric.of(evidence, settings=settings, seed=seed, progress=gathered.session.progress)
    try:
        return metric.of(evidence, settings=settings, seed=seed, progress=gathered.session.progress)
    except TrasluzError:
        raise
    except Exception as error:
        raise TrasluzError(
            f"the metric {metric.name} failed: {type(error).__name__}: {error}", next="Fix the plugin, or leave it out"
        ) from error
