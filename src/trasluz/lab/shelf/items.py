"""The items that a verb looks at: of the data that a person names, or that the model was trained on, and which part."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.base.text import counted
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.names import parse_data
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel

FEWEST, FEW = 2, 20
"""Held-out items below which there is no map, and below which there is hardly one, and no support."""


def load_for(
    model: LatentModel,
    data: str | os.PathLike[str] | Dataset | None,
    split: str | None,
    home: Workspace,
    progress: Progress,
    space: str | None,
) -> Dataset:
    """The data at the size and channels of the model.

    Where nobody names a part, those held out for testing: what a model was trained on says little of it. Of data that
    the model was not trained on, where these are too few for a map, all of them; where they are few, with a word.
    """
    chosen = data if data is not None else trained_on(model)
    if isinstance(chosen, Dataset):
        return chosen if split in (None, chosen.part) else chosen.split(split or "all")
    from trasluz.lab.shelf.data import load_as

    def part(name: str) -> Dataset:
        form = model.space(space).representation
        return load_as(form, chosen, owner=model.name, split=name, workspace=home, progress=progress)

    found = part(split or "test")
    if split is not None or len(found) >= FEW or _knows(model, chosen):
        return found
    whole = part("all")
    if len(whole) > len(found):
        of = f"of the {len(whole):,} items of {found.spec}"
        held = counted(len(found), f"{of} is held out", f"{of} are held out")
        then = "all are taken" if len(found) < FEWEST else "trasluz encode --split all would take all of them"
        progress.say(f"{held} for testing; {model.name} was trained on other data: {then}")
    return whole if len(found) < FEWEST else found


def trained_on(model: LatentModel) -> str:
    """The data of a model, as a DATA argument.

    Raises:
        InvalidArgument: it does not say.
    """
    if model.trained_on is None:
        raise InvalidArgument(
            f"the model {model.name} does not say what it was trained on",
            next="Name the data, --data DATA on the command line, data= in Python; or look at its own draws: "
            f"trasluz encode {quote(model.name)} --own 5000, and name that atlas",
        )
    return model.trained_on


def _knows(model: LatentModel, data: str | os.PathLike[str]) -> bool:
    """Whether a model was trained on items of these data: of the same source, or of the same path."""
    if model.trained_on is None:
        return False
    # A path of Python need not look like one: Path("photos").
    spec = data if isinstance(data, str) else str(Path.cwd() / data)
    mine, given = (parse_data(one) for one in (model.trained_on, spec))
    if mine[0] != given[0]:
        return False
    paths = [Path(argument) for _, argument in (mine, given) if argument is not None]
    paths = [path.resolve() for path in paths if path.exists()]
    return len(paths) < 2 or paths[0] == paths[1]
