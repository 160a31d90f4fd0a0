"""Whether real items lie where a flow's noise lies: norm, way there and back, and how steady both are.

Held-out items are encoded into the `noise` of each bundled flow model, by a draw of the autoencoder's posterior, as the
space does it, and by its mean: the flow was trained on draws. Norm: of draws of N(0, I) it is 1. Shared: the norm of
the mean over items, which is one over the root of their number where they have nothing in common. There and back: what
is left of the picture, and how far another trip through pixels, or a change of the pixels by 0.01, moves the noise, as
a share of its length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from benchmarks._common import Bar, Bench, Report
from trasluz.base import rng
from trasluz.io.atomic import read_json
from trasluz.lab.shelf import bundled
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.models import open as open_model
from trasluz.metrics.psnr import PSNR
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel

ITEMS, TRIPS = 200, 64
"""Held-out items; and those that go through pixels once more."""
TOUCHED = 0.01
"""Standard deviation of what pixels are changed by."""
BATCH = 32
LEAST = 0.85
"""The norm that real items have at least."""


def run(bench: Bench) -> Report:
    """Every bundled flow model of pictures; with `--model` that one, and what was measured of the others is kept."""
    every = [
        name
        for name in bundled.names()
        if name.endswith("-flow") and open_model(name).representation.of.name == "picture"
    ]
    names = [name for name in every if bench.model in (None, name)]
    models: dict[str, Any] = {} if bench.model is None else _kept(bench)
    with bench.progress.task("Encoding into noise", 2 * len(bench.pick(names, names[:1]))) as tick:
        for name in bench.pick(names, names[:1]):
            model = open_model(name, workspace=bench.workspace)
            spec = str(model.trained_on)
            spec = bench.pick(spec, {"faces": "faces:400", "pets": "pets:400"}.get(spec, spec))
            test = load(spec, workspace=bench.workspace, progress=bench.progress).split("test")
            models[name] = _measured(model, test.first(bench.pick(ITEMS, 4)), bench.pick(TRIPS, 2), tick)
    models = {name: models[name] for name in every if name in models}
    rows = [["model", "from", "norm", "shared", "PSNR", "through pixels", "pixels touched"]]
    for name, found in models.items():
        for way in ("draw", "mean"):
            one = found[way]
            numbers = (one["norm"], one["shared"], one["psnr"], one["noise_to_pixels_and_back"], one["touched"])
            rows.append([name, way, *(f"{value:.2f}" for value in numbers)])
    bars = [
        Bar(f"{name}: norm of real items in noise", one["draw"]["norm"], ">=", LEAST) for name, one in models.items()
    ]
    return Report({"models": models}, rows, bars)


def _kept(bench: Bench) -> dict[str, Any]:
    """What was measured before of models that are still the same."""
    path = bench.out / f"{bench.name}.json"
    found = read_json(path, "the result") if path.is_file() else {}
    models: Mapping[str, Any] = found.get("figures", {}).get("models", {})
    return {name: one for name, one in models.items() if open_model(name).identity == one["identity"]}


@torch.inference_mode()
def _measured(model: LatentModel, test: Dataset, trips: int, tick: Callable[..., None]) -> dict[str, Any]:
    noise, z, x = model.space("noise"), model.space("z"), test.tensor(slice(None))
    eps = noise.prior().sample(len(x), 0)
    usual = float(eps.flatten(1).norm(dim=1).mean())
    some = x[:trips]
    touched = (some + TOUCHED * rng.normal(len(some), tuple(some.shape[1:]), 0, "pixels touched")).clamp(0, 1)
    touched = touched.mul(255).round() / 255
    found: dict[str, Any] = {
        "identity": model.identity, "items": len(x), "trips": len(some),
        "psnr_of_the_autoencoder": PSNR().of(x=some, x_hat=decode_all(z, _parts(z.encode, some))).value,
    }  # fmt: skip
    ways: dict[str, Callable[[Tensor], Tensor]] = {
        "draw": noise.encode,
        "mean": lambda part: model.transport(z.encode(part), "z", "noise"),
    }
    for way, encode in ways.items():
        there = _parts(encode, x)
        back = _parts(noise.decode, there[:trips])
        found[way] = {
            "norm": float(there.flatten(1).norm(dim=1).mean()) / usual,
            "shared": float(there.flatten(1).mean(0).norm()) / usual,
            "psnr": PSNR().of(x=some, x_hat=back).value,
            "noise_to_pixels_and_back": _moved(_parts(encode, back), there[:trips]),
            "touched": _moved(_parts(encode, touched), there[:trips]),
        }
        tick(1)
    return found


def _parts(way: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return torch.cat([way(part) for part in x.split(BATCH)])


def _moved(after: Tensor, before: Tensor) -> float:
    return float((after - before).norm() / before.norm())
