"""How well models of spoken words speak: what comes back of a word, what is drawn, what directions of pitch and speed do,
how one word becomes another, and whether words lie apart on the map.

Words and speakers are read by a classifier trained on real items, which says how well it reads held-out ones; pitch is
the fundamental frequency (YIN), speed the time from the first sound to the last, and both are held against the true
factors of real items first. Beside every reconstruction stands the representation's own: the way to mel bands and back,
with no model between, which no model surpasses.

Directions are found on encoded training items, the other factors held still, and held-out items are moved along them:
the median of what is measured has to rise or fall at every step, and the word to stay. A morph is one sound whose
spectrum changes from one word's to another's; its middle is held against real items, the levels of its steps against
each other, and its samples at the borders of steps against all others.

`--model NAME` measures one model of the workspace; the figures of others that are still the same are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch import Tensor

from benchmarks._common import Bar, Bench, Report
from benchmarks._judged import HEAD, Judges, cells
from benchmarks.factor_classifier import FactorClassifier
from trasluz.atlas.atlas import Atlas
from trasluz.base import rng
from trasluz.base.progress import SILENT
from trasluz.geometry.moves import moved
from trasluz.io.atomic import read_json
from trasluz.kinds._log_mel import LOUD, QUIET, LogMel
from trasluz.lab.drawing.pictures import Cell, image_of, table
from trasluz.lab.encode import encode
from trasluz.lab.judging.evidence import Rows, evidence_for
from trasluz.lab.map import map as draw_map
from trasluz.lab.sample import sample
from trasluz.lab.shelf import bundled
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.models import open as open_model
from trasluz.lab.train import train
from trasluz.metrics.knn import KNN
from trasluz.nn.speech import duration, fundamental
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.direction import Direction
from trasluz.spaces.figures import interval_of_share
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

DATA, QUICK_DATA = "voices", "voices:270"
MODELS = ("voices-vae", "voices-flow")
ITEMS, FOUND_ON, MOVED, PAIRS, MORPHS, SHOWN = 1000, 5000, 200, 200, 12, 10
STRENGTHS = (-1.5, -0.75, 0.0, 0.75, 1.5)
"""How far items are moved, in sigma."""
TARGETS = {"pitch": ("median f0, Hz", 1), "speed": ("median duration, s", -1)}
"""A direction's target: what is measured, and whether it rises or falls."""
STEPS = 9
BORDER = 0.005
"""Seconds around the border of two steps of a morph in which a click would lie."""
RECOGNISED, COVERED, KEPT, LEVEL, APART, MEASURED = 0.9, 0.8, 0.85, 1.0, 0.9, 0.9


@final
@dataclass(frozen=True)
class Stage:
    """What models are held against."""

    judges: Judges
    test: Dataset
    train: Dataset
    rate: int

    @property
    def judge(self) -> FactorClassifier:
        return self.judges.first

    def read(self, items: Tensor) -> dict[str, np.ndarray]:
        """Word, speaker and language of public items, as the first judge hears them."""
        found = self.judge.read(self.test.kind.stored(items))
        return {name: np.array(values, dtype=object) for name, values in found.items()}

    def truth(self, factor: str, n: int) -> np.ndarray:
        return self.test.first(n).column(factor)

    def distance(self, a: Tensor, b: Tensor) -> float:
        """The mean difference of mel bands in decibels, after both were analysed."""
        compared = self.test.kind.compared
        return float((compared(a) - compared(b)).abs().mean()) * (LOUD - QUIET)


def run(bench: Bench) -> Report:
    """The models that are there, or the one of `--model`."""
    data = load(bench.pick(DATA, QUICK_DATA), workspace=bench.workspace, progress=bench.progress)
    test = data.split("test").first(bench.pick(ITEMS, 20))
    others = data.split("train").first(len(test)).stored(slice(None))
    stage = Stage(
        Judges(bench, data, test.stored(slice(None)), others), test,
        data.split("train").first(bench.pick(FOUND_ON, 100)), round(data.shape[0] / _mel(data).asked()["seconds"]),
    )  # fmt: skip
    x = test.tensor(slice(None))
    ceiling, back = _ceiling(stage, x)
    figures: dict[str, Any] = {
        "n": len(test), **stage.judges.about(), "measures": _measures(stage, x, back), "ceiling": ceiling,
    }  # fmt: skip
    models = _kept(bench, stage)
    rows: list[tuple[str, Tensor]] = [("real", x[:SHOWN]), ("without a model", back[:SHOWN])]
    pictures: list[str] = []
    for name in _names(bench):
        model = open_model(name, workspace=bench.workspace)
        models[name], rebuilt, drawn = _measured(bench, stage, model, x)
        rows.append((name, rebuilt))
        pictures += drawn
    figures["models"] = models
    pictures.append(bench.picture(_sheet(test, rows), "reconstructions"))
    return Report(figures, _table(figures), _bars(figures), pictures)


def _mel(data: Dataset) -> LogMel:
    found = data.representation
    assert isinstance(found, LogMel)  # noqa: S101
    return found


def _names(bench: Bench) -> list[str]:
    """Those to be measured; in a quick run one that is hardly trained."""
    if bench.model is not None:
        return [bench.model]
    if not bench.quick:
        return [name for name in MODELS if name in bundled.names()]
    name = "quality-voices"
    if name not in bench.workspace.names("models"):
        settings = {"latent": 16, "batch": 16, "prior_steps": 20, "compute": "float32", "likelihood": "gaussian"}
        train("vae", QUICK_DATA, name=name, preset="tiny", settings=settings, steps=3, workspace=bench.workspace)
    return [name]


def _kept(bench: Bench, stage: Stage) -> dict[str, Any]:
    """What was measured before, by the same judges, of bundled models that are still the same."""
    path = bench.out / f"{bench.name}.json"
    found = read_json(path, "the result").get("figures", {}) if bench.model is not None and path.is_file() else {}
    if found.get("judges") != stage.judges.about()["judges"]:
        return {}
    return {
        name: figures
        for name, figures in found.get("models", {}).items()
        if name in bundled.names() and open_model(name, device="cpu").identity == figures["identity"]
    }


# Without a model ------------------------------------------------------------------------------------------------------


def _ceiling(stage: Stage, x: Tensor) -> tuple[dict[str, Any], Tensor]:
    """The way to mel bands and back alone."""
    mel = _mel(stage.test)
    back = torch.cat([mel.to_public(mel.to_native(part)) for part in x.split(64)])
    return _rebuilt(stage, x, back), back


def _rebuilt(stage: Stage, x: Tensor, x_hat: Tensor) -> dict[str, Any]:
    """What comes back of real items."""
    heard = stage.read(x_hat)
    shares = {f: _share(heard[f] == stage.truth(f, len(x))) for f in stage.judge.factors}
    by_judge = [
        float(np.mean(np.array(one.read(stage.test.kind.stored(x_hat))["word"]) == stage.truth("word", len(x))))
        for one in stage.judges.all
    ]
    return {"distance_db": stage.distance(x, x_hat), "read_rightly": shares, "word_by_judge": by_judge}


def _measures(stage: Stage, x: Tensor, back: Tensor) -> dict[str, Any]:
    """How what is measured goes with the true factors: of real items, and of what comes back without a model. Pitch is
    relative to a speaker's own, and how long a word lasts hangs on the word: those are taken out first."""
    out: dict[str, Any] = {}
    for said, items in (("real", x), ("without a model", back)):
        hertz, seconds = fundamental(items, stage.rate), duration(items, stage.rate)
        out[said] = {
            "pitch": _correlation(hertz.log2(), stage.test.column("pitch"), stage.test.column("speaker")),
            "speed": _correlation(seconds.log(), np.log(stage.test.column("speed")), stage.test.column("word")),
        }
    return out


def _correlation(measured: Tensor, truth: np.ndarray, group: np.ndarray) -> dict[str, Any]:
    """Pearson's, after the median of each group is taken from both; of how many items, and of how many there is none."""
    values = measured.double().numpy()
    there = np.isfinite(values)
    values, truth, group = values[there], truth[there].astype(float), group[there]
    for name in set(group.tolist()):
        own = group == name
        values[own] -= np.median(values[own])
        truth[own] -= np.median(truth[own])
    r = float(np.corrcoef(values, truth)[0, 1]) if len(values) > 2 else 0.0
    return {"r": r, "n": len(values), "not_measured": int((~there).sum())}


# Of a model -----------------------------------------------------------------------------------------------------------


def _measured(
    bench: Bench, stage: Stage, model: LatentModel, x: Tensor
) -> tuple[dict[str, Any], Tensor, list[str]]:  # fmt: skip
    """Its figures, some reconstructions, and the names of its pictures."""
    bench.progress.say(f"Measuring {model.name}")
    space = model.space("z" if "z" in model.spaces else None)
    z = encode_all(space, x, progress=bench.progress)
    x_hat = decode_all(space, z, progress=bench.progress)
    drawn = sample(model, len(x), seed=0, progress=bench.progress).items
    moves = {target: _moves(bench, stage, space, target, z) for target in TARGETS}
    morphs, sheet = _morphs(bench, stage, space, z)
    atlas = encode(model, stage.test, space=space.name, workspace=bench.workspace, progress=bench.progress)
    found = {
        "family": model.family, "identity": model.identity, "space": space.name,
        "reconstruction": _rebuilt(stage, x, x_hat),
        "samples": stage.judges.sampled(stage.test.kind.stored(drawn)),
        "directions": moves, "morphs": morphs, "map": _apart(atlas),
    }  # fmt: skip
    plane = draw_map(model, method="discriminant", color="word", atlas=atlas, workspace=bench.workspace)
    pictures = [bench.picture(plane.image(), f"{model.name}-map"), bench.picture(sheet, f"{model.name}-morphs")]
    return found, x_hat[:SHOWN], pictures


def _moves(bench: Bench, stage: Stage, space: LatentSpace, target: str, z: Tensor) -> dict[str, Any]:
    """Held-out items, moved along a direction by so many sigma."""
    direction, n = _direction(bench, stage, space, target), bench.pick(MOVED, 6)
    words, speakers = stage.truth("word", n), stage.truth("speaker", n)
    curve: list[np.ndarray] = []
    kept: dict[str, list[np.ndarray]] = {"word": [], "speaker": []}
    for strength in STRENGTHS:
        items = decode_all(space, moved(z[:n], [direction], [strength]), progress=bench.progress)
        measured = fundamental(items, stage.rate) if target == "pitch" else duration(items, stage.rate)
        heard = stage.read(items)
        curve.append(measured.double().numpy())
        kept["word"].append(heard["word"] == words)
        kept["speaker"].append(heard["speaker"] == speakers)
    values, sign = np.stack(curve), TARGETS[target][1]
    whole = values[:, np.isfinite(values).all(0)]
    medians = np.nanmedian(values, 1)
    ends = [k for k, strength in enumerate(STRENGTHS) if strength]
    return {
        "n": n, "measured_at_every_step": int(whole.shape[1]), "strengths": list(STRENGTHS), "sigma": direction.sigma,
        "medians": medians.tolist(), "rank": sign * float(spearmanr(STRENGTHS, medians).statistic),
        "every_step": _share((sign * np.diff(whole, axis=0) > 0).all(0)),
        "word_kept": _share(np.stack(kept["word"])[ends].mean(0)), "word_unmoved": float(kept["word"][2].mean()),
        "speaker_kept": _share(np.stack(kept["speaker"])[ends].mean(0)),
        "speaker_unmoved": float(kept["speaker"][2].mean()),
    }  # fmt: skip


def _direction(bench: Bench, stage: Stage, space: LatentSpace, target: str) -> Direction:
    """Towards more of a factor, the others held still, found on encoded training items."""
    codes = encode_all(space, stage.train.tensor(slice(None)), progress=bench.progress)
    rows = Rows("train", "", codes, {name: stage.train.typed(name) for name in stage.train.columns})
    how = registry.get("finders", "regression")
    [arrow] = how.find(evidence_for(space, rows, target, None, everything=True), 1, how.config_type(), 0, SILENT)
    sigma = rows.sigma(arrow.vector)
    return Direction("d", "", "", space.name, arrow.vector, sigma, "regression", target=target, aim=arrow.aim)


def _morphs(bench: Bench, stage: Stage, space: LatentSpace, z: Tensor) -> tuple[dict[str, Any], Image.Image]:
    """Straight paths between two different words."""
    words, draw = stage.truth("word", len(z)), rng.generator(0, "quality-voices")
    pairs: list[list[int]] = []
    while len(pairs) < bench.pick(PAIRS, 12):
        pair = torch.randperm(len(z), generator=draw)[:2].tolist()
        pairs += [pair] if words[pair[0]] != words[pair[1]] else []
    ends = z[torch.tensor(pairs)]
    middles = decode_all(space, ends.mean(1), progress=bench.progress)
    judged = stage.judges.sampled(stage.test.kind.stored(middles))
    share = torch.linspace(0, 1, STEPS).reshape(-1, *[1] * (z.ndim - 1))
    jumps, clicks, rows = list[float](), list[float](), list[tuple[str, Tensor]]()
    for (a, b), (first, last) in zip(pairs, ends[: bench.pick(MORPHS, 2)], strict=False):
        steps = decode_all(space, torch.lerp(first[None], last[None], share))
        jumps.append(float(np.abs(np.diff(levels(steps))).max()))
        clicks.append(click(_mel(stage.test).morph(steps), STEPS, stage.rate))
        rows.append((f"{words[a]} to {words[b]}", steps))
    found = {
        "pairs": len(pairs), "midpoint_precision": judged["precision"], "middles": judged, "steps": STEPS,
        "heard_as_sounds": len(jumps), "level_jump_db": max(jumps), "click": max(clicks),
    }  # fmt: skip
    return found, _sheet(stage.test, rows)


def levels(items: Tensor) -> np.ndarray:
    """How loud each item is, in decibels of full scale: the root mean square of all its samples."""
    return (10 * items.double().square().mean(1).clamp_min(1e-12).log10()).numpy()


def click(wave: Tensor, steps: int, rate: int) -> float:
    """The largest difference of two samples near the border of two steps, over the largest anywhere else."""
    difference = wave.diff().abs()
    near = torch.zeros(len(difference), dtype=torch.bool)
    reach = round(BORDER * rate)
    for k in range(1, steps):
        border = round(k * len(wave) / steps)
        near[border - reach : border + reach] = True
    return float(difference[near].max() / difference[~near].max().clamp_min(1e-12))


def _apart(atlas: Atlas) -> dict[str, Any]:
    told = {name: KNN().of(latents=atlas.latents, labels=atlas.column(name)) for name in ("word", "speaker", "language")}
    return {name: {"accuracy": one.value, "n": one.n, "chance": one.chance} for name, one in told.items()}


# What is told ---------------------------------------------------------------------------------------------------------


def _share(hits: Sequence[bool] | np.ndarray) -> dict[str, Any]:
    """A share with its n and 95 % interval."""
    n, value = len(hits), float(np.mean(hits)) if len(hits) else 0.0
    return {"value": value, "n": n, "interval": interval_of_share(round(value * n), n) if n else None}


def _sheet(data: Dataset, rows: Sequence[tuple[str, Tensor]]) -> Image.Image:
    """Spectrograms, a row for each name."""
    drawn: list[list[Cell]] = [[image_of(one) for one in data.kind.draw(items)] for _, items in rows]
    return table(drawn, title="Spectrograms, low tones at the bottom", row_labels=[name for name, _ in rows])


def _bars(figures: dict[str, Any]) -> list[Bar]:
    real = figures["measures"]["real"]
    bars = [Bar(f"{f}: correlation of its measure with it, real items", real[f]["r"] * sign, ">=", MEASURED)
            for f, (_, sign) in TARGETS.items()]  # fmt: skip
    for name, found in figures["models"].items():
        word = found["reconstruction"]["read_rightly"]["word"]["value"]
        bars.append(Bar(f"{name}: words recognised in reconstructions", word, ">=", RECOGNISED))
        if found["family"] == "flow":
            bars.append(Bar(f"{name}: coverage", found["samples"]["coverage"], ">=", COVERED))
        for target, move in found["directions"].items():
            bars.append(Bar(f"{name}: {target}, rank of the median with the step", move["rank"], ">=", 1.0))
            bars.append(Bar(f"{name}: {target}, word kept", move["word_kept"]["value"], ">=", KEPT))
        bars.append(Bar(f"{name}: level from step to step of a morph, dB", found["morphs"]["level_jump_db"], "<=", LEVEL))
        bars.append(Bar(f"{name}: samples at borders of steps over others", found["morphs"]["click"], "<=", 1.0))
        bars.append(Bar(f"{name}: word by neighbours", found["map"]["word"]["accuracy"], ">=", APART))
    return bars


def _table(figures: dict[str, Any]) -> list[list[str]]:
    accuracy = figures["accuracy"][0]
    rows = [["read rightly", *accuracy, "log-mel distance, dB"], ["real items", *(f"{v:.3f}" for v in accuracy.values())]]
    rebuilt = {"without a model": figures["ceiling"]}
    rebuilt |= {name: found["reconstruction"] for name, found in figures["models"].items()}
    for name, one in rebuilt.items():
        shares = (f"{one['read_rightly'][f]['value']:.3f}" for f in accuracy)
        rows.append([name, *shares, f"{one['distance_db']:.2f}"])
    rows += [[], ["samples of", *HEAD]]
    rows += [[name, *cells(found["samples"])] for name, found in figures["models"].items()]
    rows += [[], ["measure against factor", "r", "n", "not measured"]]
    for said, both in figures["measures"].items():
        rows += [[f"{f}, {said}", f"{one['r']:.3f}", str(one["n"]), str(one["not_measured"])] for f, one in both.items()]
    rows += [[], ["direction", *(f"{s:+g} sigma" for s in STRENGTHS), "every step", "word kept", "speaker kept"]]
    for name, found in figures["models"].items():
        for target, move in found["directions"].items():
            told = (f"{move[k]['value']:.3f}" for k in ("every_step", "word_kept", "speaker_kept"))
            rows.append([f"{name}, {TARGETS[target][0]}", *(f"{m:.4g}" for m in move["medians"]), *told])
    rows += [[], ["", "midpoint precision", "of real items", "level jump, dB", "click", "word by neighbours"]]
    for name, found in figures["models"].items():
        morph, apart = found["morphs"], found["map"]["word"]["accuracy"]
        floor = morph["middles"]["measured"]["precision"].get("real")
        told = [f"{morph['midpoint_precision']:.3f}", "" if floor is None else f"{floor:.3f}"]
        rows.append([name, *told, f"{morph['level_jump_db']:.2f}", f"{morph['click']:.2f}", f"{apart:.3f}"])
    return rows
