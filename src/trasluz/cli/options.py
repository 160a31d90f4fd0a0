"""Options that every verb takes, each with its help, unit and range."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli import complete

PANEL = "Common to every verb"

WorkspaceOption = Annotated[
    str | None,
    typer.Option(
        "--workspace",
        metavar="DIR",
        help="Folder of models, atlases and points. Default: $TRASLUZ_WORKSPACE, else ./trasluz-workspace.",
        rich_help_panel=PANEL,
    ),
]
PrivateOption = Annotated[
    bool,
    typer.Option(
        "--private",
        metavar="",
        help="Keep the workspace from other users of this machine, with all that is in it, from now on.",
        rich_help_panel=PANEL,
    ),
]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        min=0,
        help="Seed of every random draw; the same seed gives the same result.",
        rich_help_panel=PANEL,
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="NAME",
        help="Where the model runs: auto, cpu, cuda or mps.",
        autocompletion=complete.words("auto", "cpu", "cuda", "mps"),
        rich_help_panel=PANEL,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        metavar="",
        help="Answer with one JSON document on standard output; everything else goes to standard error.",
        rich_help_panel=PANEL,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet", metavar="", help="No progress and no remarks: results and errors only.", rich_help_panel=PANEL
    ),
]
DebugOption = Annotated[
    bool, typer.Option("--debug", metavar="", help="Show where in the program an error arose.", rich_help_panel=PANEL)
]
