"""How near real pictures come in every bundled model of faces: by the encoder alone and after optimisation.

For each space of each model: PSNR, SSIM, distance from the prior and the time of an item, on held-out faces. Spaces
without an encoder are optimised from the prior's mean; the `noise` of a flow is reached by its encoder alone, since
optimising through the whole integration costs fifty times as much and it is exact but for the autoencoder.
"""

from __future__ import annotations

from typing import Any

from PIL import Image

from benchmarks._common import Bench, Report
from trasluz.lab.drawing.pictures import Cell, image_of, table
from trasluz.lab.invert import invert
from trasluz.lab.results.inversions import Inversions
from trasluz.lab.shelf import bundled
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.models import open as open_model

ITEMS, STEPS, SHOWN = 16, 100, 10


def run(bench: Bench) -> Report:
    """Every model of faces that is there."""
    names = [name for name in bundled.names() if name.startswith("faces")]
    names = bench.pick(names, names[:1])
    test = load("faces", split="test", workspace=bench.workspace, progress=bench.progress)
    x = test.tensor(slice(0, bench.pick(ITEMS, 2)))
    figures: dict[str, Any] = {"items": len(x), "steps": bench.pick(STEPS, 3)}
    rows: list[list[Cell]] = [[image_of(item) for item in x[:SHOWN]]]
    labels, table_ = ["held out"], [["", "method", "PSNR, dB", "SSIM", "from the prior", "seconds an item"]]
    for name in names:
        model = open_model(name, workspace=bench.workspace)
        for space in model.spaces.values():
            method = "encoder" if space.name == "noise" else "optimise"
            settings = {"steps": bench.pick(STEPS, 3)} if method == "optimise" else {}
            found = invert(model, x, method=method, settings=settings, space=space.name, progress=bench.progress)
            figures[f"{name}, {space.name}"] = _figures(found)
            for how, fit in found.fits.items():
                row = figures[f"{name}, {space.name}"][how]
                table_.append([f"{name}, {space.name}", how, *(f"{row[key]:.3g}" for key in row)])
                rows.append([image_of(item) for item in fit.items[:SHOWN]])
                labels.append(f"{name} {space.name}, {how}")
    return Report(figures, table_, [], [bench.picture(_picture(rows, labels))])


def _figures(found: Inversions) -> dict[str, dict[str, float]]:
    return {
        how: {
            "psnr": sum(fit.psnr) / len(fit.psnr),
            "ssim": sum(fit.ssim) / len(fit.ssim),
            "from_prior": sum(fit.from_prior) / len(fit.from_prior),
            "seconds_an_item": fit.seconds / len(fit.psnr),
        }
        for how, fit in found.fits.items()
    }


def _picture(rows: list[list[Cell]], labels: list[str]) -> Image.Image:
    return table(rows, title="Held-out faces, inverted", row_labels=labels)
