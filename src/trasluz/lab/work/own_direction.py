"""A vector of one's own as a direction: read, checked, given its unit, kept."""

from __future__ import annotations

import math
import os
from pathlib import Path

import torch
from torch import Tensor

from trasluz.base.errors import DataError, InvalidArgument, NameTaken, UnknownName
from trasluz.io.arrays import array_headers, read_array
from trasluz.io.weights import read_tensors
from trasluz.lab.calls import taking
from trasluz.lab.calls.given import AtlasLike, DataLike
from trasluz.lab.calls.session import Session
from trasluz.lab.shelf.directions import keep, show_direction
from trasluz.lab.work.search import Search
from trasluz.spaces.direction import Direction
from trasluz.spaces.model import LatentModel

METHOD = "own"
"""How it is said to have been found."""
FILES = (".npy", ".npz", ".safetensors")


def made(
    model: LatentModel,
    vector: str | os.PathLike[str] | Tensor,
    name: str,
    session: Session,
    *,
    space: str | None,
    data: DataLike,
    atlas: AtlasLike,
    seed: int,
    measured: bool,
) -> Direction:
    """A direction of a model's space, by its unit over what is encoded there, or over draws where nothing is."""
    chosen = model.space(space)
    said = f"{Path(vector).name}" if isinstance(vector, (str, os.PathLike)) else ""
    given = vector if isinstance(vector, Tensor) else _read(Path(vector).expanduser(), os.fspath(vector))
    unit = _unit(given, tuple(chosen.shape), chosen.name, model.name)
    search = Search(model, session, chosen.name, atlas=atlas, data=data, seed=seed)
    rows = search.rows(required=False, labels=False)
    found = Direction(
        name, model.name, model.owner(chosen.name), chosen.name, unit, search.sigma(unit), METHOD, seed,
        data="" if rows is None else rows.name, items=0 if rows is None else len(rows.latents),
        details={"length": float(given.double().norm())} | ({"file": said} if said else {}),
    )  # fmt: skip
    return search.with_effects([found])[0] if measured else found


def kept_as(found: Direction, session: Session, *, replace: bool) -> Direction:
    """The direction, kept under its name; one that is there already as it is stays.

    Raises:
        NameTaken: another one has that name.
    """
    try:
        there = show_direction(found.name, model=found.model, space=found.space, workspace=session.home)
    except UnknownName:
        there = None
    if there is not None and not replace and not _same(there, found):
        raise NameTaken(
            f"there is a direction {found.name} of {found.model} already",
            next="Choose another name, or replace it: --replace (replace=True in Python)",
        )
    keep(found, workspace=session.home)
    return found


def _same(a: Direction, b: Direction) -> bool:
    parts = ("model_identity", "space", "shape")
    return all(getattr(a, part) == getattr(b, part) for part in parts) and torch.equal(a.vector, b.vector)


def _unit(given: Tensor, shape: tuple[int, ...], space: str, model: str) -> Tensor:
    """The vector at length 1, in the shape of a latent."""
    d = math.prod(shape)
    if given.numel() != d:
        several = given.ndim > 1 and given.shape[-1] == d and given.shape[0] > 1
        raise InvalidArgument(
            "several vectors where a direction is one" if several else "not a vector of this space",
            got=f"{given.numel():,} numbers, in the shape {tuple(given.shape)}",
            allowed=f"{d:,}, as a latent of {space} of {model} has",
            next="Make one of each row: vector[0]" if several else None,
        )
    vector = given.detach().double().cpu().reshape(shape)
    if not bool(torch.isfinite(vector).all()):
        raise InvalidArgument("the vector holds numbers that are not finite", allowed="finite numbers")
    length = float(vector.norm())
    if length == 0:
        raise InvalidArgument("the vector is zero, and leads nowhere", allowed="one number or more that is not 0")
    return (vector / length).float()


def _read(path: Path, said: str) -> Tensor:
    """The vector in a file.

    Raises:
        DataError: no such file, or none of vectors; or it holds several, and none is named.
    """
    stem, mark, row = said.rpartition("#")
    if mark and row.isdecimal() and not path.exists():
        path = Path(stem).expanduser()
    suffix = path.suffix.lower()
    if suffix not in FILES:
        raise DataError(f"{path} is not a file of a vector", allowed=f"a name that ends in {' '.join(FILES)}")
    if not path.is_file():
        raise DataError(f"there is no file {path}")
    if suffix == ".safetensors":
        found = read_tensors(path, "latents")[0]
    else:
        headers = array_headers(path)
        found = {name: taking.vector(f"what {path} holds", read_array(path, h)) for name, h in headers.items()}
    if len(found) != 1 and "latents" not in found:
        raise DataError(f"{path} holds several arrays", got=sorted(found), allowed="one of them")
    values = found["latents"] if "latents" in found else next(iter(found.values()))
    if mark and row.isdecimal():
        if not values.ndim or int(row) >= len(values):
            raise DataError(f"{path} has no row {row}", got=tuple(values.shape))
        return values[int(row)]
    return values
