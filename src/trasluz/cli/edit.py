"""`trasluz edit`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.base.errors import InvalidArgument
from trasluz.cli import complete, output
from trasluz.cli.call import Call, check_form, one_of, verb
from trasluz.cli.options import AtlasOption, DataOption, ModelArgument, NoCreateOption, OutOption, SpaceOption

app = typer.Typer()


@verb(
    app,
    "edit",
    seed=True,
    device=True,
    examples=[
        "trasluz edit faces-vae me.png --set hair_colour=blond --set mouth=smile --out edit.png",
        "trasluz edit faces-gan test:3 --space w --direction pca-1=3",
        "trasluz edit faces-vae test:3 --analogy test:1 test:9",
        "trasluz edit faces-vae ./photos --set mouth=smile --out ./smiling/",
    ],
)
def edit(
    call: Call,
    model: ModelArgument,
    items: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|POINT|FOLDER...",
            help="Pictures, POINTs such as test:17, or folders of pictures.",
            show_default=False,
        ),
    ],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="COLUMN=VALUE",
            help="What to become. A kept direction serves; where there is none, one is found and kept.",
            show_default=False,
        ),
    ] = None,
    direction: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=X]",
            help="A kept direction to move along, and how far.",
            show_default=False,
            autocompletion=complete.kept("directions"),
        ),
    ] = None,
    dim: Annotated[
        list[str] | None,
        typer.Option(metavar="I=X", help="A dimension to move, and by how many sigma.", show_default=False),
    ] = None,
    analogy: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Two POINTs: become what B is to A.", show_default=False),
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="How far: in sigma, or, for directions with an aim, 1 is the way to the target. "
            "Default: 2 sigma, or the whole way.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="By which method directions for --set are found. Default: towards.",
            autocompletion=complete.registered("finders"),
        ),
    ] = None,
    inverter: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How pictures are put into the space: encoder or optimise. Default: the encoder where there is one.",
            autocompletion=complete.registered("inverters"),
        ),
    ] = None,
    no_report: Annotated[
        bool, typer.Option("--no-report", metavar="", help="Do not look over what else has changed.")
    ] = False,
    out: OutOption = None,
    data: DataOption = None,
    atlas: AtlasOption = None,
    space: SpaceOption = None,
    no_create: NoCreateOption = False,
) -> None:
    """Change items along directions, and report what else has changed. A sheet, or with a folder as --out one picture
    an item."""  # fmt: skip
    one_of(("--data", data), ("--atlas", atlas))
    from trasluz.base.config import parse_settings
    from trasluz.lab.edit import edit as run
    from trasluz.lab.results.edits import Edits

    folder = out is not None and (out.is_dir() or not out.suffix)
    if not folder:
        check_form(out, Edits.suffixes)
    edited = run(
        model,
        items,
        set=parse_settings(_once(set_ or [], "--set")) or None,
        directions=_strengths(direction) if direction else None,
        dims=_dims(dim) if dim else None,
        analogy=list(analogy) if analogy else None,
        strength=strength,
        method=method,
        invert=inverter,
        report=not no_report,
        seed=call.seed,
        space=space,
        data=data,
        atlas=atlas,
        create=not no_create,
        **call.lab,
    )
    if folder and out is not None:
        edited.save(f"{out}/")
        document = {**edited.document(), "files": [str(path) for path in edited.paths(out)]}
        call.written(out, edited.told(), holds=edited.told(), **document, command=edited.command(), code=edited.code())
        return
    call.picture(edited, "edit", model, out, **edited.document())
    if not call.json and not no_report:
        rows = [[n, "; ".join(f"{c}: {a} to {b}" for c, (a, b) in d.items()) or "nothing that can be read"]
                for n, d in zip(edited.names, edited.differs, strict=True)]  # fmt: skip
        output.table(["Item", "Read otherwise than before"], rows[:40])


def _strengths(words: list[str]) -> dict[str, float | None]:
    out: dict[str, float | None] = {}
    for word in _once(words, "--direction"):
        name, equals, number = word.partition("=")
        out[name] = _number(number, f"--direction {word}") if equals else None
    return out


def _dims(words: list[str]) -> dict[int, float]:
    out: dict[int, float] = {}
    for word in _once(words, "--dim"):
        index, _, number = word.partition("=")
        if not index.isdecimal():
            raise InvalidArgument("wrong value for --dim", got=repr(word), allowed="I=X, such as 3=2.5")
        out[int(index)] = _number(number or "2", f"--dim {word}")
    return out


def _once(words: list[str], flag: str) -> list[str]:
    """Refuse two wishes for one thing."""
    names = [word.partition("=")[0].strip() for word in words]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidArgument(f"{twice} is asked for twice", got=f"{flag} {twice}=...", next="Leave one of them out")
    return words


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidArgument(f"wrong number in {where}", got=repr(text), allowed="a number, such as 2.5") from None
