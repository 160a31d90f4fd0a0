"""The gallery: what two small models have learned, on one page.

The regions of a latent space and how well they are apart, new items, a path, and what single dimensions change.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import trasluz
from trasluz.atlas.atlas import Atlas
from trasluz.base.progress import SILENT, Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.drawing.page import Figure, embedded, embedded_file, write_page
from trasluz.lab.drawing.pictures import image_of, table
from trasluz.lab.interpolate import interpolate
from trasluz.lab.map import map as draw_map
from trasluz.lab.results.base import Result
from trasluz.lab.results.plane import Plane
from trasluz.lab.sample import sample
from trasluz.lab.shelf.atlases import atlas_for
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.models import open as open_model
from trasluz.lab.traverse import traverse
from trasluz.spaces import registry
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

ITEMS = 48
APART = 0.9
"""Share told right by their neighbours from which on labels may be said to have regions."""
NEWEST = 12
PATH_FPS = 12


def write_gallery(
    path: Path,
    regions: str,
    samples: str,
    *,
    color: str,
    ends: Sequence[str],
    workspace: Workspace,
    progress: Progress = SILENT,
) -> Path:
    """Write the page.

    Args:
        path: Where to.
        regions: The model whose map is shown, coloured by `color`.
        samples: The model whose samples, path and dimensions are shown.
        color: The label that should lie in regions of its own.
        ends: Two POINTs that the path joins.
        workspace: Where the models are.
    """
    with progress.task("Making the gallery", 6) as step:
        parts = [_regions(regions, color, workspace)]
        step(2)
        parts.append(_new(samples, workspace))
        step(1)
        parts.append(_path(samples, ends, workspace))
        step(1)
        parts.append(_dimensions(samples, ends[0], workspace))
        step(1)
        values = {
            "version": trasluz.__version__,
            "sections": parts,
            "models": [_about(name, workspace) for name in (regions, samples)],
        }
        write_page(path, "gallery.html.jinja", values)
        step(1)
    return path


Section = dict[str, object]


def _figure(
    result: Result, title: str, caption: str, facts: Sequence[tuple[str, str]] = (), image: Image.Image | None = None
) -> Figure:
    picture, width, height = embedded(image or result.image())
    return Figure(title, picture, caption, result.command(), result.code(), width, height, facts)


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _regions(name: str, color: str, workspace: Workspace) -> Section:
    """The map, and how far the labels can be told apart: in the space, on the page, and in the pixels."""
    model = open_model(name, workspace=workspace)
    atlas = atlas_for(model, workspace=workspace)
    column = atlas.typed(color)
    plane = draw_map(model, method="pca", color=color, workspace=workspace)
    sheet = draw_map(model, method="pca", color=color, sheet=True, workspace=workspace)
    kinds = column.values
    told, facts = _separation(atlas, column.texts, plane, workspace, model)
    names = " and ".join(f"{k}s" for k in kinds) if len(kinds) == 2 else ", ".join(kinds)
    where = ", each in a region of their own" if told > APART else " in the latent space"
    return {
        "id": "regions",
        "title": f"{names[0].upper()}{names[1:]}{where}",
        "text": (
            "Every point is a picture that the model never trained on, placed by its encoder in "
            f"{atlas.latents.flatten(1).shape[1]} dimensions and drawn on two of them. "
            "Nobody told the model what is what."
        ),
        "figures": [
            _figure(
                plane,
                "The map",
                "The plane of greatest variance, found without labels. The colours were added afterwards.",
                facts,
            ),
            _figure(
                sheet,
                "What every place decodes to",
                "The same plane, decoded: also where no picture lies. Faded tiles are far from the data.",
            ),
        ],
    }


def _separation(
    atlas: Atlas, labels: Sequence[object], plane: Plane, workspace: Workspace, model: LatentModel
) -> tuple[float, list[tuple[str, str]]]:
    knn = registry.get("metrics", "knn")
    pixels = _pixels(atlas, workspace, model)

    def accuracy(features: torch.Tensor) -> float:
        return knn.of(latents=features, labels=labels).value

    majority = max(labels.count(v) for v in set(labels)) / len(labels)  # type: ignore[attr-defined]
    told = accuracy(atlas.latents.flatten(1))
    return told, [
        ("told right by their nearest neighbours, in the latent space", _percent(told)),
        ("on the map, in two dimensions", _percent(accuracy(plane.xy))),
        ("on raw pixels", _percent(accuracy(pixels))),
        ("by always saying the commonest", _percent(majority)),
        ("pictures", f"{len(labels):,}"),
    ]


def _pixels(atlas: Atlas, workspace: Workspace, model: LatentModel) -> torch.Tensor:
    channels, size, _ = model.representation.public_shape
    data = load(str(model.trained_on), split="test", size=size, channels=channels, workspace=workspace)
    return data.tensor(np.arange(len(atlas))).flatten(1)


def _new(name: str, workspace: Workspace) -> Section:
    """Samples from the learned prior beside N(0, I), and their nearest training items."""
    model = open_model(name, workspace=workspace)
    learned = sample(name, ITEMS, seed=0, workspace=workspace)
    plain = sample(name, ITEMS // 2, seed=0, prior="normal", workspace=workspace)
    channels, size, _ = model.representation.public_shape
    whole = load(str(model.trained_on), size=size, channels=channels, workspace=workspace)
    data, test = whole.split("train"), whole.split("test")
    novelty = registry.get("metrics", "novelty").of(
        train=data.stored(slice(None)),
        real=test.stored(slice(0, 500)),
        fake=sample(name, 500, seed=1, workspace=workspace).items,
        features="pixels",
    )
    return {
        "id": "new",
        "title": "New ones, that nobody drew",
        "text": "Points drawn at random from the latent space, and decoded.",
        "figures": [
            _figure(
                learned,
                f"From the learned prior ({learned_prior(model.space())})",
                "A small second model has learned where the codes lie, and draws there.",
                [
                    ("nearer to a training picture than 95 % of unseen real ones are", _percent(novelty.value)),
                    ("what real, unseen pictures give", _percent(0.05)),
                ],
            ),
            _figure(
                plain, "From N(0, I)", "What the textbook says to draw from. The codes do not fill it, and it shows."
            ),
            _nearest(learned.items[:NEWEST], data.stored(slice(None)), model),
        ],
    }


def learned_prior(space: LatentSpace) -> str:
    """The default prior's title, in small letters."""
    title = registry.get("priors", space.prior().method).title
    return title[0].lower() + title[1:]


def _nearest(items: torch.Tensor, train: np.ndarray, model: LatentModel) -> Figure:
    """New items above, the training items most like them below."""
    from trasluz.geometry.distances import nearest

    _, rows = nearest(items.flatten(1), train.reshape(len(train), -1), 1)
    closest = torch.from_numpy(train[rows[:, 0].numpy()].copy()).float() / 255
    cells = [[image_of(x) for x in items], [image_of(x) for x in closest]]
    cells = [[c.resize((c.width * 2, c.height * 2), Image.Resampling.NEAREST) for c in row] for row in cells]
    picture, width, height = embedded(table(cells, row_labels=["new", "nearest known"]))
    return Figure(
        "Are they new?",
        picture,
        "Each above the training picture nearest to it, pixel by pixel.",
        "",
        "",
        width,
        height,
    )


def _path(name: str, ends: Sequence[str], workspace: Workspace) -> Section:
    """A path as a strip and as a film."""
    strip = interpolate(name, *ends, frames=12, workspace=workspace)
    film = interpolate(name, *ends, ends[0], frames=48, workspace=workspace)
    with tempfile.TemporaryDirectory() as folder:
        moving = embedded_file(film.save(Path(folder) / "path.gif"), "image/gif")
    side = max(256, int(film.items.shape[-1]))
    return {
        "id": "path",
        "title": "From one face to another",
        "text": "A straight line between two codes, decoded on the way.",
        "figures": [
            _figure(
                strip, "Step by step", "The two ends are real pictures, rebuilt; what lies between was never drawn."
            ),
            Figure("There and back", moving, "The same path as a film.", film.command(), film.code(), side, side),
        ],
    }


def _dimensions(name: str, start: str, workspace: Workspace) -> Section:
    found = traverse(name, start=start, workspace=workspace)
    return {
        "id": "dimensions",
        "title": "What single dimensions change",
        "text": (
            "One real face; in each row one of the most active dimensions moves, all others stay. A dimension seldom "
            "means one thing alone: that is what directions are for."
        ),
        "figures": [
            _figure(
                found,
                "The most active dimensions",
                "Left and right of the framed column: that many standard deviations away.",
            )
        ],
    }


def _about(name: str, workspace: Workspace) -> dict[str, object]:
    """Name, data, and what it took, for the foot of the page."""
    from trasluz.lab.shelf.models import show_model

    shown = show_model(name, workspace=workspace)
    return {
        "name": name,
        "title": shown["title"],
        "data": shown["trained_on"],
        "parameters": f"{shown['parameters']:,}",
        "steps": f"{shown['config']['steps']:,}",
        "batch": shown["config"]["batch"],
        "latent": shown["config"].get("latent"),
        "card": shown["card"],
    }
