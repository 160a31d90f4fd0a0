"""Encode: every item of a data set placed in a model's latent space, as an atlas."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Answer, Terminal
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Data, Device, Given, Home, Model, Space, Watcher
from trasluz.lab.calls.parameters import Text, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.atlas.atlas import Atlas


@final
class Encoded(Answer):
    """Where the atlas is, and what to do next."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        terminal.written(
            result.folder,
            f"The atlas {result.name}: {len(result):,} items in the space {result.space}",
            atlas=result.name,
            items=len(result),
            space=result.space,
            model_identity=result.model_identity,
            data_identity=result.data_identity,
        )
        terminal.progress.say(f"Next: trasluz map {quote(str(values['model']))} --atlas {quote(result.name)}")


@verb(
    examples=[
        "trasluz encode mine",
        "trasluz encode mine --data ./photos --split all --name photos",
        "trasluz encode faces-gan --space z --own 5000",
    ],
    answer=Encoded(),
)
def encode(
    call: Call,
    model: Model,
    data: Data = None,
    *,
    split: Annotated[
        str | None,
        Text(
            help="Which items: train, test, all, or val where the data bring it. Default: test; all of an open data "
            "set, and of other data than the model's where fewer than two are held out.",
            metavar="NAME", offers=("train", "val", "test", "all"),
        ),
    ] = None,
    limit: Annotated[
        int | None, Whole(help="Encode at most the first N items. Default: the whole split.", metavar="N", low=1)
    ] = None,
    space: Space = None,
    given: Given = None,
    name: Annotated[
        str | None,
        Text(help="Name of the atlas. Default: MODEL--DATA--SPLIT--SPACE, or MODEL--own--SPACE.", metavar="NAME"),
    ] = None,
    own: Annotated[
        int | None,
        Whole(
            help="Instead of data: N of the model's own draws, with the latents they came from. Default where the "
            "space has no encoder and no data are named: 5000.",
            metavar="N", low=2, high=1_000_000, called="the number of own draws",
        ),
    ] = None,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Atlas:  # fmt: skip
    """Place every item of a data set in a model's latent space: an atlas on disk, made once and reused.

    An atlas that is there already, of the same model and data and at least as long, is given back as it is; a
    shorter one grows; one of another model or other data is made again. What was stopped goes on.

    Raises:
        NotInvertible: data are named, and the space has no encoder.
        Stopped: interrupted; the same call goes on.
    """
    from trasluz.lab.shelf.atlases import encoded
    from trasluz.lab.shelf.models import model_of

    opened = model_of(model, call.session, given)
    return encoded(opened, data, call.session, split=split, limit=limit, space=space, name=name, own=own)
