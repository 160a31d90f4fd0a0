"""Parameters that several verbs share, each with its help, unit and range.

A signature names them as types: `space: Space = None`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from trasluz.base.progress import Progress
from trasluz.lab.calls.given import AtlasLike, DataLike, ModelLike, Place, Point
from trasluz.lab.calls.given import ModelName as NamedModel
from trasluz.lab.calls.parameters import NO_PAGE, Ends, Number, Pairs, Several, Switch, Text, Threaded, Whole

DATA_PANEL = "Encoded data"
POINT_HELP = (
    "test:17 or train:17 (an item of the data, or of the atlas named), seed:42/3 (fourth draw of seed 42), "
    "map:0.31,-1.2 (a place on the map), a picture file, file.safetensors#3, or @name (a saved point, or a selection)."
)
LARGEST_SEED = 2**63 - 1

MODEL = Text(
    help="A model of the workspace, a bundled one, or a path (with a / or starting with a dot).",
    metavar="MODEL",
    offers="kept:models",
    positional=True,
)
Model = Annotated[ModelLike, MODEL]
ModelName = Annotated[NamedModel, MODEL]
"""A model where only its name will do."""
Points = Annotated[Point, Several(help=POINT_HELP, metavar="POINT...", positional=True)]
Size = Annotated[
    int | None,
    Whole(
        help="Height and width in pixels. Default: the data's own, at most 64.", metavar="PIXELS", low=1, high=1024,
    ),
]  # fmt: skip
Channels = Annotated[
    int | None, Whole(help="1 for grey, 3 for colour. Default: the data's own.", metavar="N", low=1, high=3)
]
FitTo = Annotated[
    str | None,
    Text(
        help="What to do with pictures that are not square: crop (their central square), pad (all of them, with a "
        "margin) or stretch. Default: crop.",
        metavar="NAME", offers=("crop", "pad", "stretch"),
    ),
]  # fmt: skip
Range = Annotated[
    Sequence[float] | None,
    Ends(
        help="The values of black and of white in floating-point or 32-bit pictures, the same for all of them. "
        "Default: 0,1.",
        metavar="LOW,HIGH",
    ),
]  # fmt: skip
Seconds = Annotated[
    float | None,
    Number(help="Of sounds, how long an item is. Default: 1.", metavar="SECONDS", low=0.1, high=8),
]
Space = Annotated[
    str | None,
    Text(help="Which latent space of the model, such as z. Default: the model's main one.", metavar="NAME"),
]
FirstSpace = Annotated[str | None, Text(help="Which space of the first model. Default: its main one.", metavar="NAME")]
SecondSpace = Annotated[
    str | None, Text(help="Which space of the second model. Default: its main one.", metavar="NAME")
]
Data = Annotated[
    DataLike,
    Text(
        help="A built-in name (faces, faces:12000), a path, or samples:MODEL:N. Default: the model's training data.",
        metavar="DATA",
        is_place=True,
        offers="row:sources",
        panel=DATA_PANEL,
        faces=NO_PAGE,
    ),
]
Atlas = Annotated[
    AtlasLike,
    Text(
        help="An atlas of the workspace, instead of --data.",
        excludes="data",
        metavar="NAME",
        offers="kept:atlases",
        panel=DATA_PANEL,
        faces=NO_PAGE,
    ),
]
Create = Annotated[
    bool,
    Switch(
        help="Whether to encode the data where no atlas of them is there yet.",
        off="--no-create",
        without="If there is no atlas of the data yet, stop instead of encoding them.",
        panel=DATA_PANEL,
        faces=NO_PAGE,
    ),
]
Given = Annotated[
    Mapping[str, Any] | None,
    Pairs(
        help="A condition, for models that take one: species=cat. Add guidance=2 to follow it more closely, or "
        "steps=50 for more steps from noise to latent.",
        metavar="KEY=VALUE",
    ),
]
Seed = Annotated[
    int,
    Whole(
        help="Seed of every random draw; the same seed gives the same result.",
        metavar="N",
        called="the seed",
        high=LARGEST_SEED,
    ),
]
Home = Annotated[Place, Threaded(help="The workspace; by default $TRASLUZ_WORKSPACE, else ./trasluz-workspace.")]
Device = Annotated[str, Threaded(help="Where the model runs: auto, cpu, cuda or mps.")]
Watcher = Annotated[
    Progress | bool, Threaded(help="Who is told how it goes: True for standard error; nobody by default.")
]
