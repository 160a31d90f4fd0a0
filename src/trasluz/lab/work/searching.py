"""Which of the spaces of several models are most alike: every space that is known of the test items, and every layer of
one that has layers, under one null for all that is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.judging.alike import MOST, searched
from trasluz.lab.results.ways import Looked, Said
from trasluz.lab.shelf.batches import BATCH, encode_all
from trasluz.lab.work.pairing import Gathering, Side
from trasluz.spaces.space import LatentSpace

MEASURES = ("mutual-knn", "cka", "rsa")
"""Where nobody names others: those whose value chance hardly moves, and that are quick."""


def search_all(
    gathering: Gathering, names: Sequence[str], *, measures: Sequence[str] | None, seed: int,
    progress: Progress = SILENT,
) -> Looked:  # fmt: skip
    """Every pair of spaces of two different models.

    Args:
        names: What each model is called.
    """
    spaces, left_out = dict[str, Mapping[str, Tensor]](), dict[str, Said]()
    for name, side in zip(names, gathering.sides, strict=True):
        found = dict[str, Tensor]()
        for space in side.model.spaces.values():
            try:
                z = latents(side, space, gathering.drawn is side.model, progress)
            except TrasluzError:
                left_out[f"{name}:{space.name}"] = Said("left.unknown", {})
                continue
            for part, rows in _parts(space, z).items():
                why = _why_not(rows, found)
                if why is None:
                    found[part] = rows
                else:
                    left_out[f"{name}:{part}"] = why
        spaces[name] = found
    alike = searched(spaces, measures or MEASURES, seed=seed, progress=progress)
    return Looked({name: tuple(found) for name, found in spaces.items()}, left_out, tuple(alike))


def latents(side: Side, space: LatentSpace, is_drawn: bool, progress: Progress = SILENT) -> Tensor:
    """The test items in one space of a model, `(n, *shape)`, of the first ones as many as are looked at: as they were
    gathered, brought there from the space that the items were drawn in, or encoded.

    Raises:
        TrasluzError: there is no way.
    """
    z = side.test[:MOST]
    if space.name == side.space.name:
        return z
    if is_drawn:
        try:
            return _transported(side, z, space.name, progress)
        except TrasluzError:
            pass  # there may be an encoder all the same
    if not space.encodes:
        raise InvalidArgument("it has no encoder")
    return encode_all(space, side.items[:MOST], progress=progress)


def _transported(side: Side, z: Tensor, to: str, progress: Progress) -> Tensor:
    done = list[Tensor]()
    with torch.inference_mode(), progress.task(f"Finding own draws in {to}", len(z)) as step:
        for batch in z.split(BATCH):
            moved = side.model.transport(batch.to(side.space.device), side.space.name, to)
            done.append(moved.float().cpu())
            step(len(batch))
    return torch.cat(done).clone()


def _parts(space: LatentSpace, z: Tensor) -> dict[str, Tensor]:
    """A space as a whole, and where it has layers each of them; as one of these where all are the same."""
    if space.kind != "layers":
        return {space.name: z}
    if bool((z == z[:, :1]).all()):
        return {space.name: z[:, 0]}
    return {space.name: z} | {f"{space.name}[{i}]": z[:, i] for i in range(z.shape[1])}


def _why_not(rows: Tensor, found: Mapping[str, Tensor]) -> Said | None:
    """Why nothing new can be told of a space; None where it can."""
    if not bool(torch.isfinite(rows).all()):
        return Said("left.broken", {})
    if bool((rows == rows[:1]).all()):
        return Said("left.same", {})
    same = next((name for name, other in found.items() if torch.equal(other.flatten(1), rows.flatten(1))), None)
    return None if same is None else Said("left.as", {"other": same})
