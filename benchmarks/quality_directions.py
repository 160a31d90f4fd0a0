"""What directions change, and what they drag along: held-out faces moved towards a value, judged by a classifier of the
true factors that had no part in finding them.

Directions are found on encoded training items by each method, for every value of some factors; held-out items that
lack the value are moved by a strength fixed beforehand: the whole way for those with an aim, three sigma for plain
vectors. Reached: the share that the judge then reads as the value. Kept: the share of the other factors that is read
rightly, less the share that the model's own reconstruction keeps. For the GAN, own samples stand for data.

Then, without labels: the share of twenty SeFa and twenty PCA directions that move one factor mainly, beside random
ones moved as far.
"""

from __future__ import annotations

from typing import Any

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
from trasluz.lab.judging.evidence import Rows, evidence_for, rows_for
from trasluz.lab.shelf import bundled
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.models import open as open_model
from trasluz.spaces import registry
from trasluz.spaces.direction import Direction
from trasluz.spaces.methods import Evidence
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

IN_Z, OWN_SAMPLES = ("faces-vae", "faces-flow"), "faces-gan"
FACTORS = ("hair_colour", "skin_colour", "clothes_colour", "mouth")
REPORTED = ("beard",)
"""Read, and reported as it is."""
SIGMAS = 3.0
METHODS = {
    "towards": ("towards", True),
    "means": ("means", False),
    "means, others held still": ("means", True),
    "probe": ("probe", False),
    "probe, conditional projection": ("probe", True),
}
"""Rows of the table: the finder, and whether the other factors are named to be left alone (for the conditional
projection those that are edited here, for the others all)."""
FOUND_ON, HELD_OUT, OWN, SHOWN = 6000, 100, 3000, 8
TRUSTED, REACHED, MOUTH, LOST = 0.97, 0.95, 0.90, 0.03
UNLABELLED, ENDS, MAINLY, LEAST = 20, 2.0, 2.0, 0.3
"""Directions without labels; how far they are followed to either side, in sigma; and when one factor is the main one:
it changes on so many of the items at least, and so many times as often as the next."""


def run(bench: Bench) -> Report:
    """The faces models that are there; with `--model` that one, and what was measured of the others is kept."""
    data = load("faces", workspace=bench.workspace, progress=bench.progress)
    judge = factor_classifier(bench, data)
    models: dict[str, Any] = _kept(bench) if bench.model is not None else {}
    pictures = [f"{bench.name}-{name}.png" for name in models if name in IN_Z]
    wanted = [n for n in (*IN_Z, OWN_SAMPLES) if n in bundled.names() and bench.model in (None, n)]
    for name in bench.pick(wanted, wanted[:1]):
        model = open_model(name, workspace=bench.workspace)
        if name == OWN_SAMPLES:
            models[name] = {"identity": model.identity, **_own(bench, judge, model)}
            continue
        space = model.space("z")
        rows, z, truth, x = _items(bench, space, data)
        models[name] = {"identity": model.identity, **_labelled(bench, judge, space, rows, z, truth, name)}
        models[name]["without labels"] = _unlabelled(bench, judge, space, rows, z, name)
        pictures.append(bench.picture(_sheet(name, space, rows, z, x), name))
    bars = [bar for name in IN_Z if name in models for bar in _bars(name, models[name]["towards"], judge)]
    figures = {"judge": {"name": judge.name, "accuracy": judge.accuracy}, "sigmas": SIGMAS, "models": models}
    return Report(figures, _table(models), bars, pictures)


def _kept(bench: Bench) -> dict[str, Any]:
    """What was measured before of models that are still the same."""
    path = bench.out / f"{bench.name}.json"
    found = read_json(path, "the result") if path.is_file() else {}
    return {
        name: figures
        for name, figures in found.get("figures", {}).get("models", {}).items()
        if name in bundled.names() and open_model(name, device="cpu").identity == figures.get("identity")
    }


def _table(models: dict[str, Any]) -> list[list[str]]:
    rows = [["model", "method", "factor", "reached", "least", "kept"]]
    for name, found in models.items():
        for said in (m for m in METHODS if m in found):
            for factor, values in found[said].items():
                reached, kept = [v["reached"] for v in values.values()], [v["kept"] for v in values.values()]
                if values:
                    shares = [f"{np.mean(reached):.1%}", f"{min(reached):.0%}", f"{100 * np.mean(kept):+.1f} points"]
                    rows.append([name, said, factor, *shares])
        for method, part in found.get("without labels", {}).items():
            share = f"{part['move one factor mainly']:.0%}"
            rows.append([name, f"{method}, without labels", "one factor mainly", share, "", ""])
    return rows


def _items(bench: Bench, space: LatentSpace, data: Any) -> tuple[Rows, Tensor, dict[str, np.ndarray], Tensor]:
    """Training items to find directions on, and held-out ones to move, with their true factors."""
    train = data.split("train").first(bench.pick(FOUND_ON, 400))
    test = data.split("test").first(bench.pick(HELD_OUT, 12))
    codes = encode_all(space, train.tensor(slice(None)), progress=bench.progress)
    rows = Rows("train", "", codes, {name: train.typed(name) for name in train.columns})
    x = test.tensor(slice(None))
    truth = {name: np.array([str(v) for v in test.column(name)], dtype=object) for name in test.columns}
    return rows, encode_all(space, x), truth, x


def _labelled(
    bench: Bench,
    judge: FactorClassifier,
    space: LatentSpace,
    rows: Rows,
    z: Tensor,
    truth: dict[str, np.ndarray],
    name: str,
) -> dict[str, Any]:
    """Every method, factor and value."""
    base = _read(judge, space, z)
    own = {f: float(np.mean(base[f] == truth[f])) for f in judge.factors}
    found: dict[str, Any] = {"reconstruction reads right": own}
    methods = dict(list(METHODS.items())[: bench.pick(None, 2)])
    total = len(methods) * len((*FACTORS, *REPORTED))
    with bench.progress.task(f"Moving faces of {name}", total) as tick:
        for said, (method, held) in methods.items():
            found[said] = {}
            for factor in (*FACTORS, *REPORTED):
                values = judge.factors[factor][: bench.pick(None, 1)]
                parts = [_one(judge, space, rows, z, truth, base, factor, v, method, held) for v in values]
                found[said][factor] = {v: part for v, part in zip(values, parts, strict=True) if part is not None}
                tick(1)
    return found


def _one(
    judge: FactorClassifier,
    space: LatentSpace,
    rows: Rows,
    z: Tensor,
    truth: dict[str, np.ndarray],
    base: dict[str, np.ndarray],
    factor: str,
    value: str,
    method: str,
    held: bool,
) -> dict[str, float] | None:
    """One value: how many items reach it, and what they keep beyond what their reconstruction keeps."""
    how = registry.get("finders", method)
    try:
        named = [f for f in FACTORS if f != factor] if method == "probe" and held else None
        evidence = evidence_for(space, rows, f"{factor}={value}", named, everything=held)
        [arrow] = how.find(evidence, 1, how.config_type(), 0, SILENT)
    except TrasluzError:
        return None
    direction = Direction("d", "", "", space.name, arrow.vector, rows.sigma(arrow.vector), method, aim=arrow.aim)
    lacking = np.flatnonzero(truth[factor] != value)
    after = _read(judge, space, moved(z[lacking], [direction], [1.0 if arrow.aim is not None else SIGMAS]))
    others = [f for f in judge.factors if f != factor]
    kept = [
        float(np.mean(after[f] == truth[f][lacking]) - np.mean(base[f][lacking] == truth[f][lacking])) for f in others
    ]
    out = {
        "reached": float(np.mean(after[factor] == value)),
        "kept": float(np.mean(kept)),
        "items": float(len(lacking)),
    }
    worst = int(np.argmin(kept))
    return {**out, f"worst: {others[worst]}": kept[worst]}


def _bars(name: str, found: dict[str, dict[str, dict[str, float]]], judge: FactorClassifier) -> list[Bar]:
    bars = [Bar(f"{name}: the judge reads {f}", judge.accuracy[f], ">=", TRUSTED) for f in FACTORS]
    for factor in FACTORS:
        values = found[factor].values()
        limit = MOUTH if factor == "mouth" else REACHED
        bars.append(Bar(f"{name}: {factor} reached", float(np.mean([v["reached"] for v in values])), ">=", limit))
        bars.append(Bar(f"{name}: {factor}, others kept", float(np.mean([v["kept"] for v in values])), ">=", -LOST))
    return bars


def _unlabelled(
    bench: Bench, judge: FactorClassifier, space: LatentSpace, rows: Rows, z: Tensor, name: str
) -> dict[str, Any]:
    """Of directions that no label pointed to, how many move one factor mainly."""
    n = bench.pick(UNLABELLED, 2)
    d = int(torch.Size(space.shape).numel())
    draws = torch.randn(n, d, generator=rng.generator(0, "random directions"))
    sets: dict[str, list[Tensor]] = {"random": [v.reshape(space.shape) / v.norm() for v in draws]}
    for method in ("sefa", "pca"):
        how = registry.get("finders", method)
        try:
            arrows = how.find(Evidence(space, rows.latents), n, how.config_type(), 0, SILENT)
            sets[method] = [a.vector for a in arrows]
        except TrasluzError as error:
            bench.progress.say(f"{name}, {method}: {error.what}")
    # Random directions go as far as the others do on average, not their own small sigma.
    far = float(np.mean([rows.sigma(v) for v in sets.get("pca", sets["random"])]))
    out: dict[str, Any] = {}
    some = z[: bench.pick(48, 6)]
    for method, vectors in sets.items():
        mains: list[str] = []
        for v in vectors:
            length = ENDS * (far if method == "random" else rows.sigma(v))
            low, high = (_read(judge, space, some + sign * length * v[None]) for sign in (-1, 1))
            changes = {f: float(np.mean(low[f] != high[f])) for f in judge.factors}
            order = sorted(changes, key=lambda f: -changes[f])
            pure = changes[order[0]] >= LEAST and changes[order[0]] >= MAINLY * changes[order[1]]
            mains.append(order[0] if pure else "")
        share = sum(bool(m) for m in mains) / len(mains)
        out[method] = {"directions": len(mains), "move one factor mainly": share, "factors": [m for m in mains if m]}
    return out


def _own(bench: Bench, judge: FactorClassifier, model: LatentModel) -> dict[str, Any]:
    """The GAN's `w` on its own samples: labels from the tool's reader, judged by the other classifier."""
    space = model.space("w")
    rows = rows_for(model, space, samples=OWN, seed=0, workspace=bench.workspace, progress=bench.progress)
    z = space.prior().sample(HELD_OUT, 1).float().cpu()
    truth = _read(judge, space, z)
    out: dict[str, Any] = {}
    for said, (method, held) in METHODS.items():
        out[said] = {}
        for factor in (*FACTORS, *REPORTED):
            if factor not in rows.columns:
                continue
            parts = {
                v: _one(judge, space, rows, z, truth, truth, factor, v, method, held) for v in judge.factors[factor]
            }
            out[said][factor] = {v: part for v, part in parts.items() if part is not None}
    return out


def _read(judge: FactorClassifier, space: LatentSpace, z: Tensor) -> dict[str, np.ndarray]:
    pixels = decode_all(space, z).mul(255).round().byte().numpy()
    return {name: np.array(values, dtype=object) for name, values in judge.read(pixels).items()}


def _sheet(name: str, space: LatentSpace, rows: Rows, z: Tensor, x: Tensor) -> Any:
    """Some held-out faces, moved to one value of each factor."""
    how = registry.get("finders", "towards")
    shown = z[:SHOWN]
    base = decode_all(space, shown)
    cells: list[list[Cell]] = [[image_of(i) for i in x[:SHOWN]], [image_of(i) for i in base]]
    labels = ["held out", "decoded"]
    for target in ("hair_colour=blond", "skin_colour=olive", "clothes_colour=red", "mouth=laugh"):
        [arrow] = how.find(evidence_for(space, rows, target, everything=True), 1, how.config_type(), 0, SILENT)
        direction = Direction("d", "", "", space.name, arrow.vector, 1.0, "towards", aim=arrow.aim)
        items = decode_all(space, moved(shown, [direction], [1.0]))
        cells.append([image_of(i) for i in items])
        cells.append([heat(h) for h in (items - base).abs().mean(1)])
        labels += [target, "where"]
    return table(cells, title=f"{name}: held-out faces moved towards a value", row_labels=labels)
