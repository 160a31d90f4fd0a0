"""What directions change, and what they drag along: held-out items moved towards every value of every factor, judged by
a classifier of the true factors that had no part in finding them.

Directions are found on encoded training items by each method; how far to go is chosen on some held-out items by the
tool's own reader, as `trasluz directions find` does; others that lack the value are moved by it. Reached: the share
that the judge then reads as the value, beside the share that it reads so unmoved; beside the ceiling, which is that of
true bearers merely reconstructed; and beside what the tool's reader says of the same items. Kept: the share of the
other factors that is read rightly, less the share that the model's own reconstruction keeps, in the mean and for the
factor that loses most. Each value has its n and 95 % interval, and each factor its worst value beside its best. For
the GAN, own samples stand for data.

Then, without labels: the share of twenty SeFa, GANSpace and PCA directions that move one factor mainly, beside random
ones moved as far. `--model NAME` measures any model whose data say their factors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from benchmarks._common import Bar, Bench, Report
from benchmarks.factor_classifier import FactorClassifier, factor_classifier
from trasluz.base import rng
from trasluz.base.errors import TrasluzError
from trasluz.base.progress import SILENT
from trasluz.geometry.moves import moved
from trasluz.io.atomic import read_json
from trasluz.lab.drawing.pictures import Cell, heat, image_of, table
from trasluz.lab.judging.effects import TRIED
from trasluz.lab.judging.evidence import Rows, as_target, evidence_for, rows_for
from trasluz.lab.judging.outcome import chosen_strength
from trasluz.lab.judging.reader import Reader, reader_for
from trasluz.lab.shelf import bundled
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.lab.shelf.data import load_as
from trasluz.lab.shelf.models import open as open_model
from trasluz.lab.work.search import SEEN
from trasluz.spaces import registry
from trasluz.spaces.direction import Direction
from trasluz.spaces.figures import interval_of_share
from trasluz.spaces.methods import Evidence
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

IN_Z, OWN_SAMPLES = ("faces-vae", "faces-flow"), "faces-gan"
BARS = {"hair_colour": 0.95, "skin_colour": 0.95, "clothes_colour": 0.95, "mouth": 0.90, "beard": 0.80}
"""What has to be reached of a factor of the faces, by the best method; and, `LOST`, what the others may lose."""
METHODS = {
    "towards": ("towards", True),
    "shown": ("shown", True),
    "means": ("means", False),
    "means, others held still": ("means", True),
    "probe": ("probe", False),
}
"""Rows of the table: the finder, and whether the other factors are named to be left alone."""
AIMED = ("towards", "shown")
WAYS, SIGMAS = (0.0, 0.5, 1.0, 1.5, 2.0), 3.0
"""Shares of the way that are tried; and the strength of plain vectors, which is not."""
FOUND_ON, MOVED, OWN, SHOWN = 5000, 100, 3000, 8
TRUSTED, LOST = 0.97, 0.03
UNLABELLED, ENDS, MAINLY, LEAST = 20, 2.0, 2.0, 0.3
"""Directions without labels; how far they are followed to either side, in sigma; and when one factor is the main one:
it changes on so many of the items at least, and so many times as often as the next."""
Named = Mapping[str, np.ndarray]
"""The value of each factor, of some items."""


@final
@dataclass(frozen=True)
class Stage:
    """All that a measurement of one model needs."""

    space: LatentSpace
    judge: FactorClassifier
    reader: Reader | None
    rows: Rows
    seen: Named | None
    """What the reader sees of the first items of `rows` once they are decoded."""
    z: Tensor
    """Held-out latents to move."""
    truth: Named
    base: Named
    """What the judge sees of them, reconstructed."""
    tried: Tensor
    """Other held-out latents, that strengths are chosen on."""
    truth_tried: Named

    factors: tuple[str, ...]
    """Those that the judge reads."""


def run(bench: Bench) -> Report:
    """The faces models that are there; with `--model` that one, and what was measured of the others is kept."""
    models: dict[str, Any] = _kept(bench) if bench.model is not None else {}
    pictures = [f"{bench.name}-{name}.png" for name in models if name in IN_Z]
    wanted = [n for n in (*IN_Z, OWN_SAMPLES) if n in bundled.names()] if bench.model is None else [bench.model]
    for name in bench.pick(wanted, wanted[:1]):
        model = open_model(name, workspace=bench.workspace)
        stage = _stage(bench, model)
        models[name] = {
            "identity": model.identity, "data": str(model.trained_on), "found_on": len(stage.rows.latents),
            "judge": {"name": stage.judge.name, "accuracy": stage.judge.accuracy},
            **_labelled(bench, stage, name),
            "without labels": _unlabelled(bench, stage, name),
        }  # fmt: skip
        if name in IN_Z:
            pictures.append(bench.picture(_sheet(name, stage), name))
    order = [name for name in (*IN_Z, OWN_SAMPLES) if name in models]
    models = {name: models[name] for name in [*order, *(name for name in models if name not in order)]}
    bars = [bar for name in IN_Z if name in models for bar in _bars(name, models[name])]
    return Report({"models": models}, _table(models), bars, pictures)


def _kept(bench: Bench) -> dict[str, Any]:
    """What was measured before of bundled models that are still the same."""
    path = bench.out / f"{bench.name}.json"
    found = read_json(path, "the result") if path.is_file() else {}
    return {
        name: figures
        for name, figures in found.get("figures", {}).get("models", {}).items()
        if name != bench.model
        and "found_on" in figures
        and (name not in bundled.names() or open_model(name, device="cpu").identity == figures.get("identity"))
    }


def _stage(bench: Bench, model: LatentModel) -> Stage:
    """Training items to find directions on, and held-out ones to move, with their true factors; for a GAN, whose
    encoder gives other items back, its own samples, with what is read of them."""
    own = model.family == "gan"
    space = model.space("w" if own else None)
    data = load_as(model.representation, str(model.trained_on), owner=model.name, workspace=bench.workspace,
                   progress=bench.progress)  # fmt: skip
    judge = factor_classifier(bench, data)
    reader = reader_for(model, workspace=bench.workspace, progress=bench.progress)
    n, m = bench.pick(MOVED, 12), bench.pick(TRIED, 6)
    if own:
        rows = rows_for(model, space, samples=bench.pick(OWN, 400), seed=0, workspace=bench.workspace,
                        progress=bench.progress)  # fmt: skip
        z = space.prior().sample(n + m, 1).float().cpu()
        truth = _read(judge, space, z)
    else:
        train, test = data.split("train").first(bench.pick(FOUND_ON, 400)), data.split("test").first(n + m)
        codes = encode_all(space, train.tensor(slice(None)), progress=bench.progress)
        rows = Rows("train", "", codes, {name: train.typed(name) for name in train.columns})
        z = encode_all(space, test.tensor(slice(None)))
        truth = {name: np.array([str(v) for v in test.column(name)], dtype=object) for name in test.columns}
    seen = None
    if reader is not None:
        seen = reader.read(decode_all(space, rows.latents[: bench.pick(SEEN, 100)].float(), progress=bench.progress))
    base = _read(judge, space, z[:n])
    first, rest = ({f: v[part] for f, v in truth.items()} for part in (slice(n), slice(n, None)))
    read = tuple(f for f in judge.factors if judge.accuracy[f] >= bench.pick(TRUSTED, 0.0))
    return Stage(space, judge, reader, rows, seen, z[:n], first, base, z[n:], rest, read)


def _labelled(bench: Bench, stage: Stage, name: str) -> dict[str, Any]:
    """Every method, factor and value."""
    factors = stage.factors[: bench.pick(None, 2)]
    found: dict[str, Any] = {"reconstruction reads right": {
        f: float(np.mean(stage.base[f] == stage.truth[f])) for f in stage.judge.factors
    }}  # fmt: skip
    methods = dict(list(METHODS.items())[: bench.pick(None, 2)])
    with bench.progress.task(f"Moving items of {name}", len(methods) * len(factors)) as tick:
        for said, (method, held) in methods.items():
            found[said] = {}
            for factor in factors:
                parts = {v: _one(stage, factor, v, method, held) for v in stage.judge.factors[factor]}
                found[said][factor] = {v: part for v, part in parts.items() if part is not None}
                tick(1)
    return found


def _one(stage: Stage, factor: str, value: str, method: str, held: bool) -> dict[str, Any] | None:
    """One value: how many items reach it, and what they keep beyond what their reconstruction keeps; None where it
    cannot be found, or no item lacks it."""
    direction = _direction(stage, f"{factor}={value}", method, held)
    lacking = np.flatnonzero(stage.truth[factor] != value)
    if direction is None or not len(lacking):
        return None
    strength = _strength(stage, direction, factor, value)
    z = moved(stage.z[lacking], [direction], [strength])
    items = decode_all(stage.space, z)
    after = _judged(stage.judge, items)
    kept = {
        f: float(
            np.mean(after[f] == stage.truth[f][lacking]) - np.mean(stage.base[f][lacking] == stage.truth[f][lacking])
        )
        for f in stage.factors
        if f != factor
    }
    worst = min(kept, key=lambda f: kept[f])
    bearers = np.flatnonzero(stage.truth[factor] == value)
    other = None if stage.reader is None or factor not in stage.reader.columns else stage.reader.read(items)[factor]
    return {
        "reached": _share(after[factor] == value),
        "unmoved": _share(stage.base[factor][lacking] == value),
        "ceiling": _share(stage.base[factor][bearers] == value),
        "the reader says": None if other is None else _share(other == value),
        "strength": strength,
        "kept": float(np.mean(list(kept.values()))),
        "worst": {"factor": worst, "kept": kept[worst]},
    }  # fmt: skip


def _direction(stage: Stage, target: str, method: str, held: bool) -> Direction | None:
    how = registry.get("finders", method)
    try:
        evidence = evidence_for(stage.space, stage.rows, target, None, everything=held)
        if "seen" in how.needs:
            evidence = _with_seen(stage, evidence, target)
        [arrow] = how.find(evidence, 1, how.config_type(), 0, SILENT)
    except TrasluzError:
        return None
    sigma = stage.rows.sigma(arrow.vector)
    return Direction("d", "", "", stage.space.name, arrow.vector, sigma, method, target=target, aim=arrow.aim)


def _with_seen(stage: Stage, evidence: Evidence, target: str) -> Evidence:
    column, value, _ = as_target(stage.rows, target)
    if stage.seen is None or column not in stage.seen:
        return evidence
    order = [value, *(v for v in stage.rows.column(column).values if v != value)]
    seen = torch.full((len(stage.rows.latents),), torch.nan)
    said = stage.seen[column].tolist()
    seen[: len(said)] = torch.tensor([float(order.index(v)) if v in order else -1.0 for v in said])
    return Evidence(evidence.space, evidence.latents, evidence.target, evidence.siblings, evidence.against, seen)


def _strength(stage: Stage, direction: Direction, factor: str, value: str) -> float:
    """Chosen by the tool's reader, on items that nothing is told of."""
    reader, usual = stage.reader, direction.usual
    if reader is None or factor not in reader.columns or not reader.columns[factor].trusted:
        return usual
    places = np.flatnonzero(stage.truth_tried[factor] != value)
    if direction.aim is None:
        return SIGMAS
    strengths = WAYS
    said = [reader.read(decode_all(stage.space, moved(stage.tried[places], [direction], [s]))) for s in strengths]
    right = {f: [float(np.mean(one[f] == stage.truth_tried[f][places])) for one in said]
             for f, c in reader.columns.items() if f != factor and c.trusted and not c.is_scale}  # fmt: skip
    losses = [max([0.0, *(shares[0] - shares[i] for shares in right.values())]) for i in range(len(strengths))]
    reached = [float(np.mean(one[factor] == value)) for one in said]
    return chosen_strength(strengths, reached, losses, None) or usual


def _share(hits: np.ndarray) -> dict[str, Any] | None:
    if not len(hits):
        return None
    ends = interval_of_share(int(hits.sum()), len(hits))
    return {"value": float(np.mean(hits)), "n": len(hits), "interval": None if ends is None else [*ends]}


def _table(models: Mapping[str, Any]) -> list[list[str]]:
    """Every factor, its worst value beside its best."""
    rows = [["model", "method", "factor", "reached", "n", "worst value", "best value", "its ceiling", "the reader says",
             "kept", "worst of the others"]]  # fmt: skip
    for name, found in models.items():
        for said in (m for m in METHODS if m in found):
            rows += [[name, said, factor, *_line(values)] for factor, values in found[said].items() if values]
        for method, part in found.get("without labels", {}).items():
            share = f"{part['move one factor mainly']:.0%}"
            rows.append(
                [name, f"{method}, without labels", "one factor mainly", share, f"{part['directions']}", *[""] * 6]
            )
    return rows


def _line(values: Mapping[str, Any]) -> list[str]:
    order = sorted(values, key=lambda v: values[v]["reached"]["value"])
    worst, best = values[order[0]], values[order[-1]]
    low, high = worst["reached"]["interval"] or (0.0, 1.0)
    loser = min((v["worst"] for v in values.values()), key=lambda one: one["kept"])
    other = [v["the reader says"]["value"] for v in values.values() if v["the reader says"] is not None]
    ceiling, kept = worst["ceiling"], 100 * float(np.mean([v["kept"] for v in values.values()]))
    return [
        f"{mean_of(values, 'reached'):.1%}", f"{sum(v['reached']['n'] for v in values.values())}",
        f"{order[0]} {worst['reached']['value']:.0%} ({100 * low:.0f} to {high:.0%})",
        f"{order[-1]} {best['reached']['value']:.0%}",
        "" if ceiling is None else f"{ceiling['value']:.0%} of {ceiling['n']}",
        f"{np.mean(other):.1%}" if other else "", f"{kept:+.1f} points",
        f"{loser['factor']} {100 * loser['kept']:+.0f} points",
    ]  # fmt: skip


def mean_of(values: Mapping[str, Any], what: str) -> float:
    """Over the values of a factor."""
    return float(np.mean([v[what]["value"] for v in values.values()]))


def _bars(name: str, found: Mapping[str, Any]) -> list[Bar]:
    """Of the method that reaches most of a factor while the others keep what they may lose; where none does, of the one
    that is the default."""
    bars: list[Bar] = []
    for factor, limit in BARS.items():
        if factor not in found["towards"]:
            continue
        lost = {m: -float(np.mean([v["kept"] for v in found[m][factor].values()])) for m in AIMED if found[m][factor]}
        fit = [m for m in lost if lost[m] <= LOST] or ["towards"]
        best = max(fit, key=lambda m: mean_of(found[m][factor], "reached"))
        bars.append(Bar(f"{name}: {factor} reached ({best})", mean_of(found[best][factor], "reached"), ">=", limit))
        bars.append(Bar(f"{name}: {factor}, others lose", lost[best], "<=", LOST))
    return bars


def _unlabelled(bench: Bench, stage: Stage, name: str) -> dict[str, Any]:
    """Of directions that no label pointed to, how many move one factor mainly."""
    space, rows = stage.space, stage.rows
    n = bench.pick(UNLABELLED, 2)
    d = int(torch.Size(space.shape).numel())
    draws = torch.randn(n, d, generator=rng.generator(0, "random directions"))
    sets: dict[str, list[Tensor]] = {"random": [v.reshape(space.shape) / v.norm() for v in draws]}
    for method in ("sefa", "ganspace", "pca"):
        how = registry.get("finders", method)
        try:
            arrows = how.find(Evidence(space, rows.latents), n, how.config_type(), 0, SILENT)
            sets[method] = [a.vector for a in arrows]
        except TrasluzError as error:
            bench.progress.say(f"{name}, {method}: {error.what}")
    # Random directions go as far as the others do on average, not their own small sigma.
    far = float(np.mean([rows.sigma(v) for v in sets.get("pca", sets["random"])]))
    out: dict[str, Any] = {}
    some = stage.z[: bench.pick(48, 6)]
    for method, vectors in sets.items():
        mains: list[str] = []
        for v in vectors:
            length = ENDS * (far if method == "random" else rows.sigma(v))
            low, high = (_read(stage.judge, space, some + sign * length * v[None]) for sign in (-1, 1))
            changes = {f: float(np.mean(low[f] != high[f])) for f in stage.factors}
            order = sorted(changes, key=lambda f: -changes[f])
            pure = changes[order[0]] >= LEAST and changes[order[0]] >= MAINLY * changes[order[1]]
            mains.append(order[0] if pure else "")
        share = sum(bool(m) for m in mains) / len(mains)
        out[method] = {"directions": len(mains), "move one factor mainly": share, "factors": [m for m in mains if m]}
    return out


def _read(judge: FactorClassifier, space: LatentSpace, z: Tensor) -> dict[str, np.ndarray]:
    return _judged(judge, decode_all(space, z))


def _judged(judge: FactorClassifier, items: Tensor) -> dict[str, np.ndarray]:
    pixels = items.mul(255).round().byte().numpy()
    return {name: np.array(values, dtype=object) for name, values in judge.read(pixels).items()}


def _sheet(name: str, stage: Stage) -> Any:
    """Some held-out faces, moved to one value of each of some factors."""
    shown = stage.z[:SHOWN]
    base = decode_all(stage.space, shown)
    cells: list[list[Cell]] = [[image_of(i) for i in base]]
    labels: list[str] = ["decoded"]
    targets = ("hair_colour=blond", "skin_colour=olive", "clothes_colour=red", "mouth=laugh", "beard=long")
    for target in targets:
        direction = _direction(stage, target, "towards", True)
        if direction is None:
            continue
        items = decode_all(stage.space, moved(shown, [direction], [1.0]))
        cells.append([image_of(i) for i in items])
        cells.append([heat(h) for h in (items - base).abs().mean(1)])
        labels += [target, "where"]
    return table(cells, title=f"{name}: held-out faces moved towards a value", row_labels=labels)
