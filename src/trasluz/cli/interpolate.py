"""`trasluz interpolate`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from trasluz.base.errors import InvalidArgument
from trasluz.cli import complete, output
from trasluz.cli.call import Call, check_form, one_of, verb
from trasluz.cli.options import (
    POINT_HELP,
    AtlasOption,
    DataOption,
    ModelArgument,
    NoCreateOption,
    SpaceOption,
)

app = typer.Typer()

HEADINGS = ["Rule", "Change, cross-fade = 1", "Pace, even = 1", "Turning, °", "Seconds", "Like the data", "PPL"]


@verb(
    app,
    "interpolate",
    device=True,
    examples=[
        "trasluz interpolate mine test:3 test:9 --frames 16 --out walk.gif",
        "trasluz interpolate mine test:3 test:9 test:12 --rule spline --loop --out walk.mp4",
        "trasluz interpolate mine test:3 test:9 --rule linear,geodesic,density --measure --out rules.png",
    ],
)
def interpolate(
    call: Call,
    model: ModelArgument,
    points: Annotated[
        list[str], typer.Argument(metavar="POINT POINT...", help=f"Two or more of: {POINT_HELP}", show_default=False)
    ],
    rule: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="How to go from point to point: linear, spherical, cdf, spline, geodesic, density. "
            "Several with commas between are shown side by side.",
            autocompletion=complete.registered("paths"),
        ),
    ] = "linear",
    frames: Annotated[int, typer.Option(metavar="N", min=2, max=10_000, help="Pictures along the walk.")] = 16,
    loop: Annotated[bool, typer.Option("--loop", metavar="", help="Go back to the first point at the end.")] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="One setting of the rule, such as steps=100.", show_default=False
        ),
    ] = None,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            metavar="",
            help="Hold the walk against real items: is its middle still like the data? Takes up to a minute at first.",
        ),
    ] = False,
    fps: Annotated[float, typer.Option(metavar="N", min=0.1, max=50, help="Frames per second of a GIF or MP4.")] = 12.0,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="File to write; its suffix says the format. A name that ends in / is a folder for single frames. "
            "Default: a new file in the current folder.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    atlas: AtlasOption = None,
    space: SpaceOption = None,
    no_create: NoCreateOption = False,
) -> None:
    """Walk smoothly between points of the latent space. A strip (PNG), GIF, MP4 or single frames."""
    one_of(("--data", data), ("--atlas", atlas))
    if len(points) < 2:
        raise InvalidArgument("a walk needs two or more points", got=len(points), next="Add one, such as test:9")
    from trasluz.base.config import parse_settings
    from trasluz.lab.interpolate import interpolate as run
    from trasluz.lab.results.paths import Walk, Walks

    several = "," in rule
    if out is not None and (several or not out.endswith("/")):
        check_form(Path(out), Walks.suffixes if several else (*Walk.suffixes, "or / (a folder)"))
    walk = run(
        model,
        *points,
        rule=rule,
        frames=frames,
        loop=loop,
        settings=parse_settings(set_ or []),
        measure=measure,
        fps=fps,
        space=space,
        data=data,
        atlas=atlas,
        create=not no_create,
        **call.lab,
    )
    call.picture(walk, "walk", model, out, quality=walk.document())
    if not call.json and isinstance(walk, Walks):
        output.table(HEADINGS, [_row(part.document(), part.seconds) for part in walk.walks.values()])


def _row(part: Mapping[str, Any], seconds: float) -> list[str]:
    """The figures of one walk."""
    measured = part["quality"] or {}
    cells = [part["decoded_detour"], part["pace"], part["turning"], seconds, measured.get("precision")]
    return [part["rule"], *(output.cell(value) for value in [*cells, measured.get("ppl")])]
