"""`trasluz encode`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli import complete
from trasluz.cli.call import Call, verb
from trasluz.cli.options import DataOption, ModelArgument, SpaceOption

app = typer.Typer()


@verb(
    app,
    "encode",
    device=True,
    examples=[
        "trasluz encode mine",
        "trasluz encode mine --data ./photos --split all --name photos",
        "trasluz encode faces-gan --space z --own 5000",
    ],
)
def encode(
    call: Call,
    model: ModelArgument,
    data: DataOption = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="Which items: train, test or all. Default: test.",
            metavar="NAME",
            autocompletion=complete.words("train", "test", "all"),
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(help="Encode the first N items at most. Default: all of the split.", metavar="N", min=1),
    ] = None,
    space: SpaceOption = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the atlas. Default: MODEL--DATA--SPLIT--SPACE.", metavar="NAME")
    ] = None,
    own: Annotated[
        int | None,
        typer.Option(
            help="Instead of data: N draws of the model's own. Default where the space has no encoder: 5000.",
            metavar="N",
            min=2,
        ),
    ] = None,
) -> None:
    """Place every item of a data set in a model's latent space: an atlas on disk, made once and reused."""
    from trasluz.lab.encode import encode as run

    atlas = run(model, data, split=split, limit=limit, space=space, name=name, own=own, **call.lab)
    call.written(
        atlas.folder,
        f"The atlas {atlas.name}: {len(atlas):,} items in the space {atlas.space}",
        atlas=atlas.name,
        items=len(atlas),
        space=atlas.space,
        model_identity=atlas.model_identity,
        data_identity=atlas.data_identity,
    )
    call.progress.say(f"Next: trasluz map {model} --atlas {atlas.name}")
