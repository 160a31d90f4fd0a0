"""Options and arguments that several verbs share, each with its help, unit and range.

Names that come from the registry are plain text here: the verb refuses an unknown one, so that help loads nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trasluz.base.errors import InvalidArgument
from trasluz.cli import complete

COMMON = "Common to every verb"
DATA = "Encoded data"


def whole_numbers(text: str | None, option: str) -> list[int] | None:
    """`"0,3"` to `[0, 3]`."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise InvalidArgument(
            f"wrong value for {option}", got=repr(text), allowed="whole numbers from 0, with commas between: 0,3"
        )
    return [int(part) for part in parts]


# Common to every verb -------------------------------------------------------------------------------------------

WorkspaceOption = Annotated[
    str | None,
    typer.Option(
        "--workspace",
        metavar="DIR",
        help="Folder of models, atlases and points. Default: $TRASLUZ_WORKSPACE, else ./trasluz-workspace.",
        rich_help_panel=COMMON,
    ),
]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        min=0,
        help="Seed of every random draw; the same seed gives the same result.",
        rich_help_panel=COMMON,
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="NAME",
        help="Where the model runs: auto, cpu, cuda or mps.",
        autocompletion=complete.words("auto", "cpu", "cuda", "mps"),
        rich_help_panel=COMMON,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        metavar="",
        help="Answer with one JSON document on standard output; everything else goes to standard error.",
        rich_help_panel=COMMON,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet", metavar="", help="No progress and no remarks: results and errors only.", rich_help_panel=COMMON
    ),
]
DebugOption = Annotated[
    bool, typer.Option("--debug", metavar="", help="Show where in the program an error arose.", rich_help_panel=COMMON)
]

# Models, points, files ------------------------------------------------------------------------------------------

ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A model of the workspace, a bundled one, or a path (with a / or starting with a dot).",
        autocompletion=complete.kept("models"),
        show_default=False,
    ),
]
POINT_HELP = (
    "test:17 or train:17 (an item of the data), seed:42/3 (fourth draw of seed 42), map:0.31,-1.2 (a place on the "
    "map), a picture file, file.safetensors#3, or @name (a saved point)."
)
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="File to write; its suffix says the format. Default: a new file in the current folder.",
        show_default=False,
    ),
]

GivenOption = Annotated[
    list[str] | None,
    typer.Option(
        "--given",
        metavar="KEY=VALUE",
        help="A condition, for models that take one: species=cat. Add guidance=2 to insist on it more.",
        show_default=False,
    ),
]

# Encoded data ---------------------------------------------------------------------------------------------------

DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="DATA",
        help="A built-in name (faces, faces:12000), a path, or samples:MODEL:N. Default: the model's training data.",
        autocompletion=complete.registered("sources"),
        rich_help_panel=DATA,
    ),
]
AtlasOption = Annotated[
    str | None,
    typer.Option(
        "--atlas",
        metavar="NAME",
        help="An atlas of the workspace, instead of --data.",
        autocompletion=complete.kept("atlases"),
        rich_help_panel=DATA,
    ),
]
SpaceOption = Annotated[
    str | None,
    typer.Option(
        "--space",
        metavar="NAME",
        help="Which latent space of the model, such as z. Default: the model's main one.",
    ),
]
NoCreateOption = Annotated[
    bool,
    typer.Option(
        "--no-create",
        metavar="",
        help="Refuse, rather than encode the data, where no atlas of them is there yet.",
        rich_help_panel=DATA,
    ),
]
