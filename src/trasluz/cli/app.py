"""The command line: `trasluz VERB ...`. The verbs come from the registry; this gathers them.

Nothing heavy is imported before a verb runs: `trasluz --help` loads no torch.
"""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer

import trasluz
from trasluz.base.text import safe
from trasluz.cli import failures, interrupts, streams, verbs
from trasluz.lab.calls.verb import every_verb

FIRST = (
    "train", "encode", "map", "decode", "sample", "interpolate", "traverse", "invert", "edit", "states", "studio",
    "models", "data", "atlases", "points", "directions",
)  # fmt: skip
WITHIN = ("find", "save", "list", "show", "draw", "name", "apply", "add", "allow", "export", "remove")
"""The order of the help, and of groups of verbs; what is not named here comes after, by name."""


def _place(name: str) -> tuple[int, str, int, str]:
    head, _, rest = name.partition(".")
    return (_at(FIRST, head), head, _at(WITHIN, rest), rest)


def _at(order: tuple[str, ...], word: str) -> int:
    return order.index(word) if word in order else len(order)


NAMES, TROUBLES = every_verb()
"""The verbs that work, and a line for each that a plugin brought and that is no use."""


app = typer.Typer(
    name="trasluz",
    cls=verbs.holding(verbs.Commands(sorted(NAMES, key=_place)), failures.Face),
    help="Hold a generative model up to the light and see what is inside its latent space.",
    epilog="[bold]Examples[/bold]\n"
    "  trasluz train vae --data ./photos --name mine\n"
    "  trasluz map mine --out map.png\n"
    "  trasluz VERB --help",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


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
    """Carry out what stands on the command line."""
    streams.guard()
    if not sys.warnoptions and "--debug" not in sys.argv:
        warnings.simplefilter("ignore")
    for trouble in TROUBLES:
        sys.stderr.write(f"{safe(trouble)}\n")
    with interrupts.handled():
        app(prog_name="trasluz")
