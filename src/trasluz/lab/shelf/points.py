"""POINTs: the ways to name one latent, and what each stands for in a model's space."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any, final

import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.bounds import POINT_FILE
from trasluz.base.errors import (
    DamagedFile,
    DataError,
    IdentityMismatch,
    InvalidArgument,
    TrasluzError,
)
from trasluz.base.progress import SILENT, Progress
from trasluz.io.atomic import disk_errors, read_json, write_sealed
from trasluz.io.names import check_name
from trasluz.io.weights import read_tensors
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import AtlasLike, DataLike, Held, ModelLike, Named, Point
from trasluz.lab.calls.session import Session
from trasluz.lab.shelf.at_hand import item_at_hand, made_from, misfit, several, taken
from trasluz.lab.shelf.atlases import GONE, atlas_for, draws_own
from trasluz.lab.shelf.batches import encode_all
from trasluz.lab.shelf.counted import Counted, kept_item
from trasluz.lab.shelf.forms import (
    FORMS,
    DrawPoint,
    FilePoint,
    ItemPoint,
    MapPoint,
    RowPoint,
    SavedPoint,
    parse_point,
)
from trasluz.lab.shelf.methods import default_of, inverter_for
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.selections import check_free, sort_of
from trasluz.lab.shelf.spreading import Spread
from trasluz.lab.shelf.where import Place, again, workspace_of
from trasluz.spaces.kinds import item_of, kind_of_file
from trasluz.spaces.methods import Projection
from trasluz.spaces.model import LatentModel

VERSION = 1
"""Of the form of a saved point."""


def resolve(
    model: ModelLike,
    point: Point,
    *,
    space: str | None = None,
    data: DataLike = None,
    atlas: AtlasLike = None,
    create: bool = True,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Tensor:
    """The latent `(1, *shape)` that a POINT names in a space of a model."""
    session = Session.of(workspace, device, progress, create)
    return Resolver(model_of(model, session), session, space=space, data=data, atlas=atlas)(point)


@final
class Resolver:
    """Turns POINTs into latents, opening data and map once for all of them."""

    def __init__(
        self,
        model: LatentModel,
        session: Session,
        *,
        space: str | None = None,
        data: DataLike = None,
        atlas: AtlasLike = None,
    ) -> None:
        self.model, self.space, self.session = model, model.space(space), session
        self.workspace, self.progress = session.home, session.progress
        self._data, self._atlas = data, atlas
        self.counted = Counted(model, self.space, session, data, self._deciding, self._say_once)
        self.spread = Spread(model, self.space, session, self.counted, self._asked, self._inverted, self._say_once)
        """POINTs with each selection among them as its items."""
        self._maps: dict[str, Projection] = {}
        self._said: set[str] = set()
        self._made: dict[int, tuple[Held, Tensor]] = {}

    def __call__(self, point: Point) -> Tensor:
        """The latent `(1, *shape)`, float32, on the CPU."""
        point = taken(point)
        if isinstance(point, (Tensor, Named)):
            return self._given(point.z if isinstance(point, Named) else point)
        if isinstance(point, Held):
            return self._inverted(self.at_hand(point))
        match parse_point(os.fspath(point)):
            case ItemPoint(split, index):
                return self._item(split, index)
            case FilePoint(path):
                return self._inverted(self.file(path))
            case DrawPoint(seed, index):
                return self.space.prior().sample(1, seed, start=index).float().cpu()
            case MapPoint(x, y, method):
                return self._place(x, y, method)
            case RowPoint(path, row):
                return self._row(path, row)
            case SavedPoint(name):
                return self._saved(name)

    def several(self, points: Point | Sequence[Point]) -> tuple[Point, ...]:
        """One POINT or more, one by one: a tensor `(n, *shape)` is n of them, and a selection its items."""
        return self.spread(several(points, self.space.shape))

    def _only(self, name: str) -> Point | None:
        """The one item of a selection; None where the name is of a point.

        Raises:
            InvalidArgument: the selection holds several.
        """
        if self.spread.selection(f"@{name}") is None:
            return None
        held = list(self.spread((f"@{name}",)))
        if len(held) > 1:
            first = held[0].name if isinstance(held[0], Named) else held[0]
            raise InvalidArgument(
                f"@{name} is a selection of {len(held):,} items, and one POINT is wanted here",
                next=f"Name one of them, such as {first}; all: trasluz selections show {name}",
            )
        return held[0]

    def _item(self, split: str, index: int) -> Tensor:
        """An item's latent; where its data cannot be had, the one that an atlas keeps."""
        if (came := self.counted.came(split, index)) is not None:
            return self._checked(came, f"{split}:{index}")
        try:
            x = self.item(split, index)
        except GONE as error:
            kept = self.counted.kept(split, index)
            if kept is None:
                raise
            atlas, row = kept
            point = f"{split}:{index}"
            reason = f"its data are not available ({error.what})"
            self._say_once(f"{point} is the latent that the atlas {atlas.name} keeps: {reason}")
            return self._checked(atlas.latents[row][None].float(), point)
        return self._inverted(x)

    def _deciding(self) -> Atlas | None:
        """The atlas that was named, where it is of data: `test:3` is counted in them."""
        if self._atlas is None:
            return None
        found = self.atlas()
        return None if found.is_own else found

    def _asked(self) -> Atlas:
        """The atlas that conditions are asked of."""
        return self.items() or self.atlas()

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self.progress.say(text)

    def _inverted(self, x: Tensor) -> Tensor:
        """Encoded, or found by optimisation where the space has no encoder."""
        method = inverter_for(self.space)
        if not self.space.encodes:
            self.progress.say(f"The space {self.space.name!r} has no encoder: inverting by optimisation")
            return method.invert(self.space, x, method.config_type(), 0, self.progress)
        return encode_all(self.space, x)

    def original(self, point: Point) -> Tensor | None:
        """The real item `(C, H, W)` behind a point, or None where there is none."""
        point = taken(point)
        if isinstance(point, Tensor) or (isinstance(point, Named) and point.name is None):
            return None
        if isinstance(point, Held):
            return self.at_hand(point)[0]
        match parse_point(point.said() if isinstance(point, Named) else os.fspath(point)):
            case ItemPoint(split, index):
                try:
                    return self.item(split, index)[0]
                except GONE:
                    kept = self.counted.kept(split, index)
                    return None if kept is None else kept_item(*kept, self.space.representation)
            case FilePoint(path):
                return self.file(path)[0]
            case SavedPoint(name):
                only = self._only(name)
                return None if only is None else self.original(only)
            case _:
                return None

    @property
    def has_atlas(self) -> bool:
        """Whether an atlas can be had: named, or encoded from data that are known, or of the model's own draws."""
        return self.has_items or draws_own(self.space)

    @property
    def has_items(self) -> bool:
        """Whether encoded data can be had: named, or encoded from data that are known."""
        known = self._data is not None or self.model.trained_on is not None
        return self._atlas is not None or (self.space.encodes and known)

    def items(self) -> Atlas | None:
        """The atlas in question where it says something of data, and not only of what the model draws."""
        found = self.atlas() if self.has_items else None
        return None if found is not None and found.is_own else found

    def atlas(self) -> Atlas:
        """The atlas in question: named, of the data named, or the default one. In a space that encodes nothing data
        say only what `test:3` is; its atlas is that of own draws."""
        if not isinstance(self._atlas, Atlas):
            self._atlas = atlas_for(
                self.model,
                data=None if self._atlas is None and draws_own(self.space) else self._data,
                atlas=self._atlas,
                space=self.space.name,
                create=self.session.create,
                workspace=self.workspace,
                progress=self.progress,
            )
        return self._atlas

    def standing(self) -> Atlas:
        """The atlas in question where it is there already; none is made.

        Raises:
            InvalidArgument: it is not there.
        """
        if isinstance(self._atlas, Atlas):
            return self._atlas
        there = Resolver(self.model, self.session.standing(), space=self.space.name, data=self._data, atlas=self._atlas)
        self._atlas = there.atlas()
        return self._atlas

    def item(self, split: str, index: int) -> Tensor:
        """An item of the data, `(1, *public_shape)`: of those of the atlas, where one was named, else of those named,
        else of those that the model was trained on."""
        return self.counted.item(split, index)

    def file(self, path: Path) -> Tensor:
        """The item of a file as the model takes items, `(1, *public_shape)`; of several windows the first, and said."""
        kind = self.space.representation.of
        if not path.expanduser().is_file():
            raise DataError(f"there is no {kind.one} {path}", next=f"A POINT is one of: {FORMS}")
        found = kind_of_file(path.expanduser())
        if found is None or found.name != kind.name:
            raise DataError(
                f"{path} is not a file of {kind.many}, which is what {self.model.name} is a model of",
                allowed=f"names that end in {' '.join(kind.suffixes)}, or another that holds one",
            )
        try:
            items, changes = item_of(self.space.representation, path.expanduser())
        except DataError as error:
            raise DataError(f"{path}: {error.what}", got=error.got, allowed=error.allowed, next=error.next) from error
        if changes:
            self._say_once(f"{path.name}: {'; '.join(changes)}")
        return items

    def at_hand(self, held: Held) -> Tensor:
        """An item in memory as the model takes items, `(1, *public_shape)`; what was done to it is said once."""
        if id(held) not in self._made:
            items, changes = item_at_hand(held, self.space.representation, self.model.name)
            if changes:
                self.progress.say(f"{held.called or 'the picture given'}: {'; '.join(changes)}")
            self._made[id(held)] = (held, items)  # kept with it: the number of an object is used again
        return self._made[id(held)][1]

    def _given(self, z: Tensor) -> Tensor:
        latent = z.detach().float().cpu()
        latent = latent[None] if tuple(latent.shape) == self.space.shape else latent
        if not latent.ndim or tuple(latent.shape[1:]) != self.space.shape:
            raise misfit(z, self.space.shape)
        if len(latent) != 1:
            raise InvalidArgument(
                "a POINT is one latent", got=tuple(z.shape), allowed=(1, *self.space.shape), next="Pass them one by one"
            )
        return self._checked(latent, "the latent given")

    def _place(self, x: float, y: float, method: str | None) -> Tensor:
        from trasluz.lab.shelf.maps import projection_of

        method = method or default_of("projections").name
        if method not in self._maps:
            self._maps[method] = projection_of(self.atlas(), method, workspace=self.workspace, progress=self.progress)
        return self._maps[method].inverse(torch.tensor([[x, y]], dtype=torch.float32)).cpu()

    def _row(self, path: Path, row: int | None) -> Tensor:
        tensors, metadata = read_tensors(path.expanduser(), "latents")
        if "latents" not in tensors or not tensors["latents"].ndim:
            raise DamagedFile(f"{path} has no latents in it", got=sorted(tensors))
        latents = tensors["latents"].float()
        owner = metadata.get("model_identity", self.model.owner(self.space.name))
        self._mine(owner, metadata.get("model", "?"), metadata.get("space", self.space.name), str(path))
        if row is None and len(latents) != 1:
            raise InvalidArgument(f"{path} holds {len(latents)} latents", next=f"Name one of them: {path}#0")
        if (row or 0) >= len(latents):
            raise InvalidArgument(
                f"{path} holds {len(latents)} latents", got=f"#{row}", allowed=f"#0 to #{len(latents) - 1}"
            )
        return self._checked(latents[row or 0][None], str(path))

    def _saved(self, name: str) -> Tensor:
        only = self._only(name)
        if only is not None:
            return self(only)
        found = _read_saved(self.workspace, name)
        self._mine(str(found["model_identity"]), str(found["model"]), str(found["space"]), f"the point @{name}")
        return self._checked(_latent_of(found, f"the point @{name}"), f"the point @{name}")

    def _mine(self, identity: str, name: str, space: str, what: str) -> None:
        if identity != self.model.owner(self.space.name):
            raise IdentityMismatch(
                f"{what} belongs to another model", got=f"{name} ({identity})", allowed=f"{self.model.name}",
                next="A model trained again has other latents, even under the same name",
            )  # fmt: skip
        if space != self.space.name:
            raise IdentityMismatch(
                f"{what} lies in another space", got=repr(space), allowed=repr(self.space.name), next="Name it: --space"
            )

    def _checked(self, latent: Tensor, what: str) -> Tensor:
        if tuple(latent.shape[1:]) != self.space.shape:
            raise InvalidArgument(
                f"{what} does not fit the space {self.space.name!r}",
                got=tuple(latent.shape[1:]),
                allowed=self.space.shape,
            )
        if not bool(torch.isfinite(latent).all()):
            raise InvalidArgument(f"{what} holds numbers that are not finite")
        return latent


def save_point(
    name: str,
    model: ModelLike,
    point: Point,
    *,
    space: str | None = None,
    data: DataLike = None,
    atlas: AtlasLike = None,
    replace: bool = False,
    source: str | None = None,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Path:
    """Keep a point in the workspace under a name, so that `@name` stands for it.

    `source` says in words what a latent was made from; None for the POINT's own text.

    Raises:
        NameTaken: there is one of that name, and `replace` is not set.
    """
    home = workspace_of(workspace)
    name = check_name(name, "point")
    target = home.entry("points", name)
    session = Session.of(home, device, progress)
    opened = model_of(model, session)
    chosen = opened.space(space)
    latent = Resolver(opened, session, space=space, data=data, atlas=atlas)(point)
    with home.writing(f"saving the point {name}", "points", name):
        check_free(home, name, is_one=False, replacing=replace)
        write_sealed(
            target,
            {
                "version": VERSION,
                "model": opened.name,
                "model_identity": opened.owner(chosen.name),
                "space": chosen.name,
                "from": source or made_from(taken(point)),
                "shape": list(chosen.shape),
                # A float32 as a Python float has a text that reads back to the same bits.
                "latent": latent.flatten().tolist(),
            },
        )
    return target


def list_points(*, workspace: Place = None) -> list[dict[str, Any]]:
    """The saved points: name, model, space, and what they were made from."""
    lines: list[dict[str, Any]] = []
    for name, point in every_point(workspace=workspace):
        if isinstance(point, TrasluzError):
            lines.append({"name": name, "model": "?", "space": "?", "from": point.what})
        else:
            lines.append({"name": name, **{key: point[key] for key in ("model", "space", "from")}})
    return lines


def remove_point(name: str, *, workspace: Place = None) -> None:
    """Forget a saved point."""
    home = workspace_of(workspace)
    target = home.existing("points", name)
    if sort_of(target) == "selection":
        raise InvalidArgument(f"@{name} is a selection, not a point", next=f"trasluz selections remove {name}")
    with home.writing(f"removing the point {name}", "points", name), disk_errors(target):
        target.unlink()


def every_point(*, workspace: Place = None) -> list[tuple[str, dict[str, Any] | TrasluzError]]:
    """The saved points by name; of one that cannot be read the reason."""
    home = workspace_of(workspace)
    out: list[tuple[str, dict[str, Any] | TrasluzError]] = []
    for name in home.names("points"):
        if sort_of(home.entry("points", name)) == "selection":
            continue
        try:
            out.append((name, _read_saved(home, name)))
        except TrasluzError as error:
            out.append((name, error))
    return out


def _read_saved(home: Workspace, name: str) -> dict[str, Any]:
    path = home.existing("points", name)
    with again(path, f"Remove it, trasluz points remove {quote(name)}, and save it again: trasluz points save"):
        return read_point(path, f"the point @{name}")


def read_point(path: Path, what: str) -> dict[str, Any]:
    """What is kept of a point in a file, wherever it lies.

    Raises:
        DamagedFile: of another version, with a field missing or unknown, or with a latent that is none.
    """
    value = read_json(path, what, limit=POINT_FILE, versions=VERSION, next="save it again")
    wanted = {"version", "model", "model_identity", "space", "from", "shape", "latent"}
    if set(value) != wanted:
        raise DamagedFile(f"{what} is damaged, or of another version", got=sorted(value))
    _latent_of(value, what)
    return value


def _latent_of(value: dict[str, Any], what: str) -> Tensor:
    """`(1, *shape)`."""
    try:
        return torch.tensor(value["latent"], dtype=torch.float32).reshape(1, *value["shape"])
    except (ValueError, TypeError, RuntimeError) as error:
        raise DamagedFile(f"{what} is damaged: its latent is not a list of numbers") from error
