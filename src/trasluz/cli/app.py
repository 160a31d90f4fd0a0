"""The command line: `trasluz VERB ...`. One file a verb; this one gathers them.

Nothing heavy is imported before a verb runs: `trasluz --help` loads no torch.
"""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer

import trasluz
from trasluz.cli import (
    atlases,
    data,
    decode,
    directions,
    edit,
    encode,
    failures,
    interpolate,
    invert,
    map,
    models,
    points,
    sample,
    states,
    studio,
    train,
    traverse,
)

app = typer.Typer(
    name="trasluz",
    cls=failures.Face,
    help="Hold a generative model up to the light and see what is inside its latent space.",
    epilog="[bold]Examples[/bold]\n"
    "  trasluz train vae --data ./photos --name mine\n"
    "  trasluz map mine --out map.png\n"
    "  trasluz VERB --help",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

for module in (train, encode, map, decode, sample, interpolate, traverse, invert, edit, states, studio):
    app.add_typer(module.app)
for name, module in {
    "models": models,
    "data": data,
    "atlases": atlases,
    "points": points,
    "directions": directions,
}.items():
    app.add_typer(module.app, name=name)


def _version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"trasluz {trasluz.__version__}")
        raise typer.Exit()
    return wanted


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", metavar="", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options before any verb."""


def main() -> None:
    """The console entry point."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal of another encoding gets an escape instead of a crash.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if not sys.warnoptions and "--debug" not in sys.argv:
        warnings.simplefilter("ignore")
    app(prog_name="trasluz")
