"""Which rule keeps the middle of a path like the data: every rule of `paths/` between pairs of held-out faces.

For each rule: midpoint precision (is the middle frame within reach of a real item, to its third neighbour, in features
of a classifier of the true factors; Kynkäänniemi et al. 2019), how sure that classifier is of what it sees there, the
length of the path over the straight way, how even and smooth it is, and the seconds that it took. Real items are the
test items, less the two of the pair; rules that look at data look at training items, so that none is led through an
item that it is then held against. Beside the rules: training items, and the pair's own two, as the model rebuilds them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks._common import Bar, Bench, Report
from benchmarks.factor_classifier import FactorClassifier, factor_classifier
from trasluz.base import rng
from trasluz.geometry.distances import distance_blocks, nearest
from trasluz.lab.calls.call import call_of
from trasluz.lab.calls.verb import verb_of
from trasluz.lab.drawing.pictures import Cell, image_of, table
from trasluz.lab.interpolate import interpolate
from trasluz.lab.results.base import Origin
from trasluz.lab.results.paths import LatentPath
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.models import open as open_model
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.space import LatentSpace

PLACES = (("faces-vae", "z", 200), ("faces-gan", "w", 40))
"""Model, space, and pairs."""
ITEMS, FRAMES, NEIGHBOUR, SHOWN = 5000, 9, 3, 3
DATA_AWARE = ("geodesic", "density")


@dataclass(frozen=True)
class Judge:
    """Real test items in features, and how far each reaches."""

    classifier: FactorClassifier
    features: Tensor
    reach: Tensor

    def judge(self, x: Tensor, pairs: Tensor) -> dict[str, Tensor]:
        """Of pictures `(n, C, H, W)`, each between two test items: within reach or not, and how surely it is read."""
        pixels = x.mul(255).round().clamp(0, 255).byte().numpy()
        inside: list[Tensor] = []
        for which, distance in distance_blocks(self.classifier.features(pixels), self.features):
            within = (distance <= self.reach).scatter(1, pairs[which], False)
            inside.append(within.any(1).double())
        with torch.inference_mode():
            heads = self.classifier.network(torch.from_numpy(pixels).float() / 255)
            sure = torch.stack([head.softmax(1).amax(1) for head in heads]).mean(0)
        return {"precision": torch.cat(inside), "sure": sure.double()}


def run(bench: Bench) -> Report:
    """Every rule in every place."""
    places = bench.pick(PLACES, tuple((name, space, 2) for name, space, _ in PLACES[:1]))
    test = load("faces", split="test", workspace=bench.workspace, progress=bench.progress)
    train = load("faces", split="train", workspace=bench.workspace, progress=bench.progress)
    judge = _judge(bench, test)
    figures: dict[str, Any] = {"frames": FRAMES, "real": len(judge.features), "neighbour": NEIGHBOUR}
    rows, bars, pictures = [HEAD], list[Bar](), list[str]()
    for name, space, pairs in places:
        measured, picture = _place(bench, name, space, pairs, test, train, judge)
        where = f"{name}, {space}"
        figures[where] = measured
        rows += [_row(where, rule, found) for rule, found in measured.items() if isinstance(found, dict)]
        pictures.append(bench.picture(picture, f"{name}-{space}"))
        if name == PLACES[0][0]:
            straight = measured["linear"]["precision"]
            ratios = {rule: straight / max(measured[rule]["precision"], 1e-9) for rule in DATA_AWARE}
            bars = [
                Bar(f"{where}: midpoint precision of linear over that of {rule}", ratio, "<", 1.0)
                for rule, ratio in ratios.items()
            ]
    return Report(figures, rows, bars, pictures)


HEAD = [
    "",
    "rule",
    "precision",
    "sure",
    "length",
    "pace",
    "turning, deg",
    "seconds a path",
    "precision over linear",
    "sure over linear",
]


def _row(where: str, rule: str, found: dict[str, Any]) -> list[str]:
    keys = ("precision", "sure", "length", "pace", "turning", "seconds")
    over = found.get("over_linear", {}).values()
    more = [f"{part['mean']:+.3f} ± {part['error']:.3f}" for part in over]
    return [where, rule, *(f"{found[key]:.3g}" if key in found else "" for key in keys), *more]


def _judge(bench: Bench, test: Dataset) -> Judge:
    classifier = factor_classifier(bench, load("faces", workspace=bench.workspace, progress=bench.progress))
    features = classifier.features(test.stored(slice(0, bench.pick(ITEMS, 100))))
    return Judge(classifier, features, nearest(features, features, NEIGHBOUR, itself=True)[0][:, -1])


def _codes(space: LatentSpace, data: Dataset, items: Tensor) -> Tensor:
    rows = np.asarray(items)
    return torch.cat([encode_all(space, data.tensor(rows[i : i + 500])) for i in range(0, len(rows), 500)])


def _place(
    bench: Bench, name: str, space_name: str, count: int, test: Dataset, train: Dataset, judge: Judge
) -> tuple[dict[str, Any], Image.Image]:
    model = open_model(name, workspace=bench.workspace)
    space = model.space(space_name)
    origin = Origin.of(model, space)
    draw = rng.generator(0, "quality-paths")
    pairs = torch.stack([torch.randperm(len(judge.features), generator=draw)[:2] for _ in range(count)])
    ends = _codes(space, test, pairs.flatten()).reshape(count, 2, *space.shape)
    data = _codes(space, train, torch.arange(min(len(train), bench.pick(ITEMS, 60))))
    found: dict[str, Any] = {"pairs": count, "items_to_look_at": len(data)}
    strips: list[tuple[str, list[LatentPath]]] = []
    judged: dict[str, dict[str, Tensor]] = {}
    for rule in registry.names("paths"):
        paths: list[LatentPath] = []
        with bench.progress.task(f"{name}, {space_name}: {rule}", count) as step:
            for pair in ends:
                paths.append(_path(rule, pair, space, data, origin))
                step(1)
        judged[rule] = judge.judge(torch.stack([path.items[FRAMES // 2] for path in paths]), pairs)
        found[rule] = {
            **{key: float(value.mean()) for key, value in judged[rule].items()},
            "length": _mean(paths, "decoded_detour"),
            "latent_length": _mean(paths, "detour"),
            "pace": _mean(paths, "pace"),
            "turning": _mean(paths, "turning"),
            "seconds": float(np.median([path.seconds for path in paths])),
        }
        strips.append((rule, paths[:SHOWN]))
    for rule, values in judged.items():
        found[rule]["over_linear"] = {key: _paired(value - judged["linear"][key]) for key, value in values.items()}
    nobody = torch.tensor([[len(judge.features) - 2, len(judge.features) - 1]]).expand(len(data[:count]), 2)
    for what, z, of in (("training items", data[:count], nobody), ("the ends", ends[:, 0], nobody[: len(ends)])):
        found[what] = {key: float(value.mean()) for key, value in judge.judge(decode_all(space, z), of).items()}
    return found, _picture(strips, f"{name}, {space_name}")


def _path(rule: str, pair: Tensor, space: LatentSpace, data: Tensor, origin: Origin) -> LatentPath:
    way = registry.get("paths", rule)
    begun = time.perf_counter()
    z = way.through(pair, FRAMES, space, config=way.config_type(), data=data if way.uses_data else None)
    took = time.perf_counter() - begun
    z = z.detach().cpu()
    stations = {0: "a", FRAMES - 1: "b"}
    call = call_of(verb_of(interpolate), origin.model, *pair, rule=rule, frames=FRAMES)
    return LatentPath(z, decode_all(space, z), stations, False, origin, call, rule=rule, seconds=took)


def _paired(differences: Tensor) -> dict[str, float]:
    """The mean of what a rule has over the straight one, pair by pair, and its standard error."""
    return {"mean": float(differences.mean()), "error": float(differences.std() / len(differences) ** 0.5)}


def _mean(paths: list[LatentPath], figure: str) -> float:
    values = [getattr(path.figures, figure) for path in paths]
    return float(np.mean([value for value in values if value is not None]))


def _picture(strips: list[tuple[str, list[LatentPath]]], title: str) -> Image.Image:
    rows: list[list[Cell]] = []
    labels: list[str] = []
    for i in range(len(strips[0][1])):
        for rule, paths in strips:
            rows.append([image_of(item) for item in paths[i].items])
            labels.append(rule)
    return table(rows, title=title, row_labels=labels)
