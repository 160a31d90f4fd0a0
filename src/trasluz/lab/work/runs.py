"""What a training run leaves for a person to look at: the sheet of how it is getting on, and the card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trasluz.base.errors import TrasluzError
from trasluz.base.progress import SILENT, Progress
from trasluz.io.pictures import write_picture
from trasluz.lab.drawing.pictures import image_of, table
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import Figure
from trasluz.spaces.model import LatentModel
from trasluz.spaces.prior import Prior
from trasluz.spaces.space import LatentSpace
from trasluz.spaces.trainable import Trainable
from trasluz.training.checkpoint import Checkpoints
from trasluz.training.loop import CHECKPOINTS

SHOWN = 12
"""Pictures a row of the sheet."""
PREVIEW_ITEMS, PREVIEW_DIMENSIONS = 512, 512
"""Codes, and their dimensions at most, that a Gaussian for the sheet's samples is fitted on."""
BLOCK = 256


def codes_of(space: LatentSpace, data: Dataset, progress: Progress) -> tuple[Tensor, Tensor | None]:
    """Posterior means of all items, and log-variances where the space has a posterior."""
    mus: list[Tensor] = []
    log_vars: list[Tensor] = []
    with torch.inference_mode(), progress.task("Encoding the training items", len(data)) as tick:
        for i in range(0, len(data), BLOCK):
            x = data.tensor(slice(i, min(i + BLOCK, len(data))))
            found = space.posterior(x)
            mus.append(space.encode(x) if found is None else found[0])
            if found is not None:
                log_vars.append(found[1])
            tick(len(x))
    # Copies, since tensors made in inference mode cannot take part in training.
    return torch.cat(mus).clone(), torch.cat(log_vars).clone() if log_vars else None


def preview(path: Path, title: str, model: LatentModel, test: Dataset, seed: int, *, refit: bool) -> None:
    """Draw held-out pictures, their reconstructions, and samples: with `refit`, from a Gaussian of the codes, since the
    prior that is fitted after the run is not there yet."""
    space = model.space()
    rows, names, prior = list[Tensor](), list[str](), space.prior()
    if space.encodes:
        x = test.tensor(slice(0, SHOWN))
        with torch.inference_mode():
            rows, names = [x, space.decode(space.encode(x))], ["held out", "rebuilt"]
    if space.encodes and refit:
        prior = _prior_of_codes(space, test, seed) or prior
    with torch.inference_mode():
        drawn = space.decode(prior.sample(3 * SHOWN, seed))
    draw = model.representation.of.draw
    cells = [[image_of(item) for item in draw(row)] for row in (*rows, *drawn.split(SHOWN))]
    write_picture(path, table(cells, title=title, row_labels=[*names, "samples", "", ""]))


def _prior_of_codes(space: LatentSpace, test: Dataset, seed: int) -> Prior | None:
    """A Gaussian of some codes: N(0, I) may be far from them as yet, and would show nothing of what is learned."""
    mu, log_var = codes_of(space, test.some(PREVIEW_ITEMS), SILENT)
    if len(mu) < 2 or mu[0].numel() > PREVIEW_DIMENSIONS:
        return None
    method = registry.get("priors", "gaussian")
    return method.fit(mu, log_var, method.config_type(), seed, _never)


def _never(trainable: Trainable, steps: int, batches: Any, title: str) -> None:
    raise TrasluzError("a prior in closed form asked for a training loop")


def card(
    name: str,
    kind: str,
    data: Dataset,
    tested: int,
    facts: Mapping[str, Any],
    figures: Mapping[str, Figure],
    settings: Mapping[str, Any],
) -> str:
    """What a reader should know before using a model, as Markdown."""
    lines = [
        f"# {name}",
        "",
        f"- Kind: {kind}",
        f"- Data: `{data.spec}` ({len(data):,} items trained on, {tested:,} held out for testing)",
        f"- Licence of the data: {data.about.get('licence', 'unknown')}",
        *(f"- {key}: {value}" for key, value in facts.items()),
        "",
        "## Figures on held-out items",
        "",
        *(f"- {key}: {_with_interval(figure)}" for key, figure in figures.items()),
        "",
        "## Settings",
        "",
        *(f"- {key}: {value}" for key, value in settings.items()),
        "",
    ]
    return "\n".join(lines)


def _with_interval(figure: Figure) -> str:
    ends = figure.interval
    sure = "" if ends is None else f" ({ends[0]:.4g} to {ends[1]:.4g})"
    return f"{figure.value:.4g}{sure}{f', n = {figure.n:,}' if figure.n else ''}"


def interrupted(folder: Path) -> str:
    """What is kept of a run that had no time to write where it stood."""
    kept = Checkpoints(folder / CHECKPOINTS).steps()
    if not kept:
        return "interrupted before anything was kept of it"
    return f"interrupted; what is kept is the state after step {kept[-1]:,}"
