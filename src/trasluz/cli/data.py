"""`trasluz data`: list, show, draw."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from trasluz.cli import complete, output
from trasluz.cli.call import Call, group, verb

app = group("List, inspect and draw data sets.")

DataArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A built-in name (faces, faces:12000), a path, or samples:MODEL:N.",
        autocompletion=complete.registered("sources"),
        show_default=False,
    ),
]
SizeOption = Annotated[
    int | None,
    typer.Option(metavar="PIXELS", min=1, max=1024, help="Height and width in pixels. Default: the data's own."),
]
ChannelsOption = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=3, help="1 for grey, 3 for colour. Default: the data's own."),
]


@verb(app, "list", examples=["trasluz data list"])
def list_(call: Call) -> None:
    """List the data sets that are always at hand, and what else can be read."""
    from trasluz.lab.shelf.data import known_data

    found = known_data()
    call.answer({"data": found}, lambda: output.records(found))


@verb(app, "show", seed=True, examples=["trasluz data show faces", "trasluz data show ./photos --json"])
def show(call: Call, data: DataArgument, size: SizeOption = None, channels: ChannelsOption = None) -> None:
    """Show what a data set holds: counts, labels and factors with their values, licence, and what was skipped."""
    from trasluz.lab.shelf.data import describe_data

    about = describe_data(data, size=size, channels=channels, seed=call.seed, **call.desk)

    def human() -> None:
        output.outline({name: value for name, value in about.items() if name not in ("columns", "skipped")})
        output.line(f"skipped: {len(about['skipped']):,}")
        for name, reason in about["skipped"][:10]:
            output.line(f"  {name}: {reason}")
        if about["columns"]:
            output.line("")
            rows = [[name, column["distinct"], _values(column)] for name, column in about["columns"].items()]
            output.table(["label or factor", "distinct", "values"], rows)

    call.answer(about, human)


def _values(column: dict[str, Any]) -> str:
    if column["kind"] == "number":
        return f"{output.cell(column['min'])} to {output.cell(column['max'])}"
    return output.cell(column["counts"])


@verb(app, "draw", seed=True, examples=["trasluz data draw faces:12000", "trasluz data draw ./photos --size 64"])
def draw(call: Call, data: DataArgument, size: SizeOption = None, channels: ChannelsOption = None) -> None:
    """Draw or decode a data set into the cache of the workspace, so that later verbs start at once."""
    from trasluz.lab.shelf.data import draw_data

    made = draw_data(data, size=size, channels=channels, seed=call.seed, **call.desk)
    figures = {"data": made.spec, "items": len(made), "shape": made.shape, "identity": made.identity}
    call.answer(
        figures, lambda: output.line(f"{made.spec}: {len(made):,} items of {made.shape[1]}x{made.shape[2]} pixels")
    )
