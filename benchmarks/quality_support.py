"""Whether support tells what comes back, and what a judge takes for real: its AUC with n and interval, beside that of
the score before it (distance to the nearest item, over the distance within which 95 % of items have a neighbour).

Places of each bundled model and of a model of one's own: held-out items, draws of the prior and of N(0, I), means of
twenty items and of two, items drawn to the middle, items moved five sigma along one dimension, places of the map by
principal components, and its corners. What they decode to is encoded again: it comes back where the error, relative to
the distance from the mean, is at most three times that of the median held-out item. A judge that learned from other
items (reconstructed) and from far, melted and shrunk ones says what it takes for real. The data of one's own are houses
that are drawn here, which nothing was tuned on; all of them are encoded, those that it was trained on too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks._common import Bar, Bench, Report
from trasluz.base.rng import generator
from trasluz.geometry.distances import nearest
from trasluz.geometry.linear_algebra import pca
from trasluz.geometry.local_density import reach
from trasluz.geometry.support import Support
from trasluz.io.atomic import read_json
from trasluz.lab.encode import encode
from trasluz.lab.shelf import bundled
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.lab.shelf.models import open as open_model
from trasluz.lab.train import train
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

MODELS = (("faces-vae", "z"), ("pets-vae", "z"), ("faces-flow", "z"), ("faces-gan", "w"), ("fashion-vae", "z"))
OWN = "support-houses"
HOUSES, SIDE, STEPS = 2400, 32, 1500
EACH, LESSONS = 100, 150
"""Places of a kind that are tested, and that the judge learns from."""
BACK = 3.0
"""Errors of the median held-out item up to which something comes back."""
ROUNDS, RESAMPLES = 20, 300
AUC = 0.9


@dataclass(frozen=True)
class Rows:
    """The reference of a space, and items that have no part in it: for the judge, and for the test."""

    known: Tensor
    log_var: Tensor | None
    lessons: Tensor
    held: Tensor
    prior: Tensor


def run(bench: Bench) -> Report:
    """Every model that is there, and one of one's own."""
    figures: dict[str, Any] = _kept(bench) if bench.model else {}
    for name, space in bench.pick(MODELS, MODELS[:1]):
        if bench.model in (None, name) and name in bundled.names():
            figures[f"{name}, {space}"] = _measured(bench, open_model(name, workspace=bench.workspace), space, None)
    if bench.model in (None, OWN):
        figures["a folder of one's own, z"] = _measured(bench, *_own(bench))
    bars = [
        Bar(f"{name}: {what}", one[what]["auc"], ">=", AUC)
        for name, one in figures.items()
        for what in ("comes back", "taken for real")
        if one[what] is not None
    ]
    return Report({"each": EACH, "models": figures}, _table(figures), bars)


def _kept(bench: Bench) -> dict[str, Any]:
    """What was measured before of the other models."""
    path = bench.out / f"{bench.name}.json"
    return read_json(path, "the result")["figures"]["models"] if path.is_file() else {}


def _own(bench: Bench) -> tuple[LatentModel, str, str]:
    """A small autoencoder of pictures in a folder."""
    folder = bench.workspace.root / "houses"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        rng = np.random.default_rng(7)
        for i in range(bench.pick(HOUSES, 160)):
            _house(rng).save(folder / f"{i:04}.png")
    if OWN in bench.workspace.names("models"):
        return open_model(OWN, workspace=bench.workspace), "z", str(folder)
    made = train(
        "vae", str(folder), name=OWN, preset=bench.pick("small", "tiny"), steps=bench.steps or bench.pick(STEPS, 3),
        settings={"size": SIDE, "latent": 24, "prior_steps": bench.pick(1000, 3)}, workspace=bench.workspace,
        progress=bench.progress, force=bench.quick,
    )  # fmt: skip
    return made.model, "z", str(folder)


def _house(rng: np.random.Generator) -> Image.Image:
    """A house: walls, roof, door, windows, sky and ground, each of its own colour and size."""
    size = 4 * SIDE
    sky, ground, wall, roof, door, pane = (tuple(int(c) for c in rng.integers(40, 255, 3)) for _ in range(6))
    page = Image.new("RGB", (size, size), sky)
    draw, line = ImageDraw.Draw(page), int(size * rng.uniform(0.65, 0.85))
    draw.rectangle((0, line, size, size), fill=ground)
    wide, high = size * rng.uniform(0.35, 0.7), size * rng.uniform(0.25, 0.45)
    left = rng.uniform(0.05, 0.95) * (size - wide)
    top = line - high
    draw.rectangle((left, top, left + wide, line), fill=wall)
    peak = left + wide * rng.uniform(0.2, 0.8)
    draw.polygon([(left - 6, top), (left + wide + 6, top), (peak, top - size * rng.uniform(0.08, 0.25))], fill=roof)
    at = left + wide * rng.uniform(0.1, 0.7)
    draw.rectangle((at, line - high * 0.6, at + wide * 0.2, line), fill=door)
    for k in range(int(rng.integers(1, 4))):
        x = left + wide * (0.08 + 0.3 * k)
        draw.rectangle((x, top + high * 0.12, x + wide * 0.18, top + high * 0.32), fill=pane)
    return page.resize((SIDE, SIDE), Image.Resampling.BOX)


def _measured(bench: Bench, model: LatentModel, name: str, data: str | None) -> dict[str, Any]:
    bench.progress.say(f"Measuring {model.name}, {name}")
    space = model.space(name)
    limit = bench.pick(None, 150)
    atlas = encode(model, data, space=name, name=f"quality-support-{model.name}-{name}", limit=limit,
                   split="test" if data is None else "all",
                   workspace=bench.workspace, progress=bench.progress)  # fmt: skip
    rows = _rows(atlas.latents.float(), atlas.log_var, space, bench.pick(EACH, 12))
    support = Support.fit(rows.known.flatten(1), rows.log_var)
    if support is None:
        raise RuntimeError(f"too few items of {model.name} differ")
    places = _places(rows, bench.pick(EACH, 12))
    z = torch.cat(list(places.values()))
    kinds = [kind for kind, some in places.items() for _ in some]
    items = decode_all(space, z, progress=bench.progress)
    new, old = support(z.flatten(1)), _before(rows)(z.flatten(1))
    found: dict[str, Any] = {"comes back": None, "rows": len(support)}
    if space.encodes:
        error = _error(rows, z, encode_all(space, items, progress=bench.progress))
        ends = BACK * float(error[[kind == "held-out items" for kind in kinds]].median())
        found["comes back"] = {"limit": ends, **_told(error <= ends, new, old, kinds)}
    judged, sure = _judge(bench, space, rows, items)
    found["taken for real"] = {"judge": sure, **_told(judged, new, old, kinds)}
    found["within"] = {kind: _share(new <= 1, kinds, kind) for kind in places}
    found["within before"] = {kind: _share(old <= 1, kinds, kind) for kind in places}
    return found


def _rows(z: Tensor, log_var: Tensor | None, space: LatentSpace, n: int) -> Rows:
    order = torch.randperm(len(z), generator=generator(0, "rows of support"))
    first, second = int(0.7 * len(z)), int(0.85 * len(z))
    known, lessons, held = order[:first], order[first:second], order[second:]
    spread = None if log_var is None else log_var.float().flatten(1)[known]
    return Rows(z[known], spread, z[lessons], z[held], space.prior().sample(n, 5).float().cpu())


def _before(rows: Rows) -> Any:
    known = rows.known.flatten(1)
    if rows.log_var is not None:
        noise = torch.randn(known.shape, generator=generator(0, "draws of before"))
        known = known + (0.5 * rows.log_var).exp() * noise
    within = reach(known)
    return lambda z: nearest(z, known)[0][:, 0] / within


def _places(rows: Rows, n: int) -> Mapping[str, Tensor]:
    random = generator(0, "places of support")
    shape, flat = rows.held.shape[1:], rows.known.flatten(1)
    mean, sigma = flat.mean(0), flat.std(0)

    def some(m: int) -> Tensor:
        return rows.held[torch.randint(len(rows.held), (m,), generator=random)].flatten(1)

    moved, dims = some(n), torch.randint(flat.shape[1], (n,), generator=random)
    sign = torch.randint(2, (n,), generator=random).float() * 2 - 1
    moved[torch.arange(n), dims] += 5 * sigma[dims] * sign
    plane = pca(flat, 2, 0)
    low, high = ((flat - mean) @ plane.vectors.float().T).aminmax(dim=0)
    corners = torch.randint(2, (n, 2), generator=random) + 0.1 * torch.randn(n, 2, generator=random)
    every = {
        "held-out items": some(2 * n),
        "the prior": rows.prior.flatten(1),
        "N(0, I)": torch.randn(n, flat.shape[1], generator=random),
        "means of 20": torch.stack([some(20).mean(0) for _ in range(n)]),
        "means of 2": (some(n) + some(n)) / 2,
        "drawn to the middle": mean + torch.rand(n, 1, generator=random) / 2 * (some(n) - mean),
        "5 sigma along one": moved,
        "the map": mean + (low + (high - low) * torch.rand(n, 2, generator=random)) @ plane.vectors.float(),
        "corners of the map": mean + (low + (high - low) * corners) @ plane.vectors.float(),
    }
    return {kind: z.reshape(-1, *shape) for kind, z in every.items()}


def _error(rows: Rows, z: Tensor, back: Tensor) -> Tensor:
    """Of what came back, over the distance from the mean; a dimension counts for the share of it that tells items."""
    flat = rows.known.flatten(1)
    noise = torch.zeros(flat.shape[1]) if rows.log_var is None else rows.log_var.exp().mean(0)
    weight = (flat.var(0) / (flat.var(0) + noise).clamp_min(1e-12)).sqrt()
    return ((back - z).flatten(1) * weight).norm(dim=1) / ((z.flatten(1) - flat.mean(0)) * weight).norm(dim=1)


def _judge(bench: Bench, space: LatentSpace, rows: Rows, items: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Which items a classifier takes for real, and how often it is right on what it did not learn from."""
    n, random = bench.pick(LESSONS, 12), generator(0, "lessons of a judge")
    mean = rows.known.flatten(1).mean(0)

    def some(m: int) -> Tensor:
        return rows.lessons[torch.randint(len(rows.lessons), (m,), generator=random)].flatten(1)

    made = [
        mean + (2 + torch.rand(n, 1, generator=random)) * (some(n) - mean),
        torch.stack([some(2 + 18 * (i % 2)).mean(0) for i in range(n)]),
        mean + 0.6 * torch.rand(n, 1, generator=random) * (some(n) - mean),
    ]
    real = rows.lessons[torch.randperm(len(rows.lessons), generator=random)[: 3 * n]].flatten(1)
    z = torch.cat([real, *made]).reshape(-1, *rows.held.shape[1:])
    x, y = decode_all(space, z, progress=bench.progress), (torch.arange(len(z)) < len(real)).float()
    apart, even = torch.randperm(len(z), generator=random), (1 - y).sum() / y.sum()
    held, learned = apart[: len(z) // 5], apart[len(z) // 5 :]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = _net(x.shape[1])
        net(_small(x[:2]))
        step = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-2)
        for _ in range(bench.pick(ROUNDS, 2)):
            net.train()
            for part in learned[torch.randperm(len(learned), generator=random)].split(64):
                loss = F.binary_cross_entropy_with_logits(net(_small(x[part]))[:, 0], y[part], pos_weight=even)
                step.zero_grad()
                loss.backward()
                step.step()
    net.eval()
    with torch.inference_mode():
        says = torch.cat([net(_small(part))[:, 0] for part in x[held].split(256)]) > 0
        verdict = torch.cat([net(_small(part))[:, 0] for part in items.split(256)]) > 0
    return verdict.clone(), {"accuracy": float((says == y[held].bool()).float().mean()), "n": len(held)}


def _small(x: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(x, 32) - 0.5


def _net(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, 24, 3, 2, 1), nn.ReLU(), nn.Conv2d(24, 48, 3, 2, 1), nn.ReLU(),
        nn.Conv2d(48, 64, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.LazyLinear(64), nn.ReLU(), nn.Dropout(0.3),
        nn.Linear(64, 1),
    )  # fmt: skip


def _told(good: Tensor, new: Tensor, old: Tensor, kinds: list[str]) -> dict[str, Any]:
    """AUC of both scores with intervals, and the share of each kind that is good."""
    auc, interval = _auc(new, good)
    before, its = _auc(old, good)
    shares = {kind: _share(good, kinds, kind) for kind in dict.fromkeys(kinds)}
    return {
        "auc": auc, "interval": interval, "before": before, "interval before": its, "n": len(good),
        "good": int(good.sum()), "share good": shares,
    }  # fmt: skip


def _share(which: Tensor, kinds: list[str], kind: str) -> float:
    return float(which[[one == kind for one in kinds]].float().mean())


def _auc(score: Tensor, good: Tensor) -> tuple[float, list[float]]:
    """How often a good place has the smaller score, and what resampling the places gives in 95 of 100."""
    if bool(good.all()) or not bool(good.any()):
        return math.nan, [math.nan, math.nan]
    low, high = score[good].double().numpy(), score[~good].double().numpy()
    rng = np.random.default_rng(0)
    wins = (low[:, None] < high).astype(np.float64) + 0.5 * (low[:, None] == high)
    drawn = [
        wins[rng.integers(0, len(low), len(low))][:, rng.integers(0, len(high), len(high))].mean()
        for _ in range(RESAMPLES)
    ]
    return float(wins.mean()), [float(v) for v in np.quantile(drawn, [0.025, 0.975])]


def _table(figures: Mapping[str, Any]) -> list[list[str]]:
    out = [["space", "what", "n", "good", "AUC", "95 %", "before", "items within", "means of 20 within"]]
    for name, one in figures.items():
        within = [f"{one['within'][kind]:.2f}" for kind in ("held-out items", "means of 20")]
        for what in ("comes back", "taken for real"):
            told = one[what]
            if told is None:
                continue
            low, high = told["interval"]
            out.append([
                name, what, str(told["n"]), str(told["good"]), f"{told['auc']:.2f}", f"{low:.2f} to {high:.2f}",
                f"{told['before']:.2f}", *within,
            ])  # fmt: skip
    return out
