"""Selections: sets of a data set's rows that are kept in the workspace under a name, `@name` from then on.

They lie beside the saved points, in one folder, so that a name stands for one thing. A file holds the POINTs of the
rows, or the condition that they meet; and whose they are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, final

from trasluz.base.bounds import CONDITION_LENGTH, POINT_FILE, SELECTION_FILE, SELECTION_POINTS
from trasluz.base.errors import DamagedFile, IdentityMismatch, InvalidArgument, NameTaken, TrasluzError, UnknownName
from trasluz.io.atomic import disk_errors, read_json, write_sealed
from trasluz.io.names import check_name
from trasluz.io.workspace import Workspace
from trasluz.lab.shelf.forms import DrawPoint, ItemPoint, SavedPoint, parse_point
from trasluz.lab.shelf.where import Place, workspace_of

VERSION = 1
MARK = "selection"
"""The field by which a file tells that it is a selection, and of which form."""
ITEMS, WHERE, REGION = "items", "where", "region"
_TEXTS = ("model", "model_identity", "space", "data", "data_identity", "from")
_FIELDS = {"version", MARK, *_TEXTS, "points", "where", "region"}


@final
@dataclass(frozen=True)
class Selection:
    """Rows by name, or the condition that they meet."""

    model: str
    """The model that it was made with, and whose it is where latents of it are among the POINTs."""
    model_identity: str
    space: str
    data: str
    """What `test:17` counts in, or what the condition asks; empty where no item of data is in it."""
    data_identity: str
    source: str
    """What it was made from, in words."""
    points: tuple[str, ...] = ()
    """POINTs that are items of the data, draws of the model, or saved points."""
    where: str | None = None
    region: str | None = None
    """The part of a map that the rows were taken from, as JSON; told, and not asked again."""

    @property
    def form(self) -> str:
        return WHERE if self.where is not None else REGION if self.region is not None else ITEMS

    @property
    def of_model(self) -> bool:
        """Whether latents of one model are in it."""
        return any(not isinstance(parse_point(point), ItemPoint) for point in self.points)

    def dump(self) -> dict[str, Any]:
        """As JSON values."""
        said = asdict(self)
        return {"version": VERSION, MARK: self.form, "from": said.pop("source"), **said, "points": list(self.points)}

    def count(self) -> str:
        """How many, in words; of a condition, what it asks for."""
        return f"where {self.where}" if self.where is not None else _many(len(self.points))

    def check_model(self, name: str, identity: str, model: str, space: str) -> None:
        """Refuse a model whose latents it does not name.

        Raises:
            IdentityMismatch: the model, or its space, is another.
        """
        if self.of_model and identity != self.model_identity:
            raise IdentityMismatch(
                f"the selection @{name} ({self.count()}) holds latents of another model",
                got=f"{self.model} ({self.model_identity})", allowed=f"{model} ({identity})",
                next="A model trained again has other latents, even under the same name",
            )  # fmt: skip
        if self.of_model and space != self.space:
            raise IdentityMismatch(
                f"the selection @{name} holds latents of another space", got=repr(self.space), allowed=repr(space),
                next=f"Name it: --space {self.space}",
            )  # fmt: skip

    def check_data(self, name: str, data: str, identity: str) -> None:
        """Refuse data that it was not made in.

        Raises:
            IdentityMismatch: the data are others, or have changed.
        """
        if not self.data_identity or identity == self.data_identity:
            return
        what, which = f"the selection @{name} ({self.count()})", f"Name its data: --data {self.data}"
        if data == self.data:
            raise IdentityMismatch(
                f"{what} is of {self.data} as they were: the data have changed since",
                got=identity, allowed=self.data_identity,
                next="Its rows may be others by now; save it again from the data as they are, with --replace",
            )  # fmt: skip
        raise IdentityMismatch(
            f"{what} is of other data", got=f"{data} ({identity})", allowed=f"{self.data} ({self.data_identity})",
            next=f"{which}, or an atlas of them" if self.data else None,
        )  # fmt: skip


def _many(n: int) -> str:
    return f"{n:,} item" if n == 1 else f"{n:,} items"


def bare(name: str) -> str:
    """A name as it is kept; `@name` is it too."""
    return check_name(name.removeprefix("@"), "selection")


def is_selection(value: dict[str, Any]) -> bool:
    """Whether what a file of `points/` holds is a selection, whole or not."""
    return MARK in value


def read_selection(path: Path, what: str) -> Selection:
    """A selection out of a file, wherever it lies.

    Raises:
        DamagedFile: of another version or too large, with a field missing or unknown, or with something in it that is
            no POINT.
    """
    return selection_of(read_json(path, what, limit=SELECTION_FILE, versions=VERSION, next="save it again"), what)


def selection_of(value: dict[str, Any], what: str) -> Selection:
    """A selection out of JSON values."""
    if value.get("version") != VERSION or set(value) != _FIELDS:
        raise DamagedFile(f"{what} is damaged, or of another version", got=sorted(value), allowed=sorted(_FIELDS))
    texts = {name: value[name] for name in _TEXTS}
    points, where, region = value["points"], value["where"], value["region"]
    sound = (
        all(isinstance(text, str) for text in texts.values())
        and isinstance(points, list) and len(points) <= SELECTION_POINTS
        and isinstance(where, (str, type(None))) and isinstance(region, (str, type(None)))
        and bool(points) == (where is None)
        and (where is None or 0 < len(where) <= CONDITION_LENGTH)
    )  # fmt: skip
    if not sound:
        raise DamagedFile(
            f"{what} is damaged: a field is not what it should be", allowed=f"up to {SELECTION_POINTS:,} POINTs"
        )
    source = texts.pop("from")
    names = tuple(_kept(point, what) for point in points)
    found = Selection(**texts, source=source, points=names, where=where, region=region)
    if value[MARK] != found.form:
        raise DamagedFile(f"{what} is damaged: its form is another", got=repr(value[MARK])[:40], allowed=found.form)
    return found


def _kept(point: object, what: str) -> str:
    try:
        return canonical(point if isinstance(point, str) else repr(point)[:40])
    except TrasluzError as error:
        raise DamagedFile(f"{what} is damaged: {error.what}", got=error.got) from None


def canonical(point: str) -> str:
    """A POINT that a selection can hold, written in one way.

    Raises:
        InvalidArgument: it is one that a selection cannot hold, or none.
    """
    match parse_point(point):
        case ItemPoint(split, index):
            return f"{split}:{index}"
        case DrawPoint(seed, index):
            return f"seed:{seed}/{index}"
        case SavedPoint(name):
            return f"@{name}"
        case _:
            raise InvalidArgument(
                "a selection holds what can be named anywhere", got=repr(point),
                allowed="items (test:17), draws (seed:42/3), saved points and other selections (@name)",
                next="Save the latent as a point, and give that: trasluz points save",
            )  # fmt: skip


# The workspace --------------------------------------------------------------------------------------------------------


def keep_selection(name: str, selection: Selection, *, replacing: bool = False, workspace: Place = None) -> Path:
    """Keep a selection in the workspace, so that `@name` stands for it. The same one may be kept again.

    Raises:
        NameTaken: a point has that name; or another selection, and it is not to be replaced.
    """
    home, name = workspace_of(workspace), bare(name)
    target = home.entry("points", name)
    with home.writing(f"saving the selection {name}", "points", name):
        check_free(home, name, is_one=True, replacing=replacing or _holds(target, selection))
        write_sealed(target, selection.dump())
    return target


def _holds(path: Path, selection: Selection) -> bool:
    """Whether a file holds a selection of the very same, wherever it came from."""
    try:
        there = read_selection(path, path.name)
    except TrasluzError:
        return False
    return replace(there, source="", region=None) == replace(selection, source="", region=None)


def check_free(home: Workspace, name: str, *, is_one: bool, replacing: bool) -> None:
    """Refuse a name that stands for something: for one of the same sort unless it may be replaced, for one of the other
    always.

    Args:
        is_one: Whether a selection is to have it, not a point.

    Raises:
        NameTaken: by what.
    """
    target = home.entry("points", name)
    if not target.exists():
        return
    there = sort_of(target)
    if there == ("selection" if is_one else "point") or there is None:
        if not replacing:
            raise NameTaken(
                f"there is a {there or 'damaged file'} @{name} already",
                next="Choose another name, or remove it first",
            )
        return
    raise NameTaken(
        f"@{name} is a {there} already, and a name stands for one thing",
        next=f"Choose another name, or remove it first: trasluz {there}s remove {name}",
    )


def sort_of(path: Path) -> str | None:
    """What a file of `points/` says it is, `point` or `selection`; None where it cannot be read."""
    try:
        return "selection" if is_selection(read_json(path, path.name, limit=POINT_FILE)) else "point"
    except TrasluzError:
        return None


def find_selection(name: str, home: Workspace) -> Path:
    """The file of a selection.

    Raises:
        UnknownName: there is none of that name; with those that there are.
    """
    name = bare(name)
    target = home.entry("points", name)
    if not target.is_file():
        known = [name for name in home.names("points") if sort_of(home.entry("points", name)) == "selection"]
        raise UnknownName("selection", name, known, next=f"Workspace: {home.root}")
    if sort_of(target) == "point":
        raise InvalidArgument(f"@{name} is a point, not a selection", next="trasluz points list shows the points")
    return target


def kept_selection(name: str, *, workspace: Place = None) -> Selection:
    """A kept selection by its name."""
    name = bare(name)
    return read_selection(find_selection(name, workspace_of(workspace)), f"the selection @{name}")


def every_selection(*, workspace: Place = None) -> list[tuple[str, Selection | TrasluzError]]:
    """The kept selections by name; of one that cannot be read the reason."""
    home = workspace_of(workspace)
    out: list[tuple[str, Selection | TrasluzError]] = []
    for name in home.names("points"):
        path, what = home.entry("points", name), f"the selection @{name}"
        try:
            value = read_json(path, what, limit=POINT_FILE)
            if is_selection(value):
                out.append((name, selection_of(value, what)))
        except TrasluzError as error:
            if sort_of(path) == "selection":
                out.append((name, error))
    return out


def list_selections(*, workspace: Place = None) -> list[dict[str, Any]]:
    """The kept selections: name, how many items or which condition, data, model and space, what they were made from."""
    lines: list[dict[str, Any]] = []
    for name, found in every_selection(workspace=workspace):
        if isinstance(found, TrasluzError):
            lines.append({"name": name, "holds": "?", "data": "?", "model": "?", "space": "?", "from": found.what})
        else:
            told = {"data": found.data or "-", "model": found.model, "space": found.space, "from": found.source}
            lines.append({"name": name, "holds": found.count(), **told})
    return lines


def remove_selection(name: str, *, workspace: Place = None) -> None:
    """Forget a kept selection. The data stay."""
    home, name = workspace_of(workspace), bare(name)
    target = find_selection(name, home)
    with home.writing(f"removing the selection {name}", "points", name), disk_errors(target):
        target.unlink()
