"""`trasluz invert`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli import complete, output
from trasluz.cli.call import Call, check_form, verb
from trasluz.cli.options import DataOption, ModelArgument, OutOption, SpaceOption

app = typer.Typer()


@verb(
    app,
    "invert",
    seed=True,
    device=True,
    examples=[
        "trasluz invert faces-gan me.jpg test:3 --method optimise --out sheet.png",
        "trasluz invert faces-flow me.jpg --space noise --out latents.safetensors",
    ],
)
def invert(
    call: Call,
    model: ModelArgument,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Pictures, or items of the data (test:17). Another size or other colours are fitted to the model's.",
            show_default=False,
        ),
    ],
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="encoder, or optimise, which starts from it. Default: the encoder where the space has one.",
            autocompletion=complete.registered("inverters"),
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="One setting of the method, such as steps=500.", show_default=False
        ),
    ] = None,
    space: SpaceOption = None,
    out: OutOption = None,
    data: DataOption = None,
) -> None:
    """Find the latents of your own pictures, and say how near they come."""
    from trasluz.base.config import parse_settings
    from trasluz.lab.invert import invert as run
    from trasluz.lab.results.inversions import Inversions

    check_form(out, Inversions.suffixes)
    found = run(
        model,
        files,
        method=method,
        settings=parse_settings(set_ or []),
        seed=call.seed,
        space=space,
        data=data,
        **call.lab,
    )
    figures = {
        name: {"psnr": fit.psnr, "ssim": fit.ssim, "from_prior": fit.from_prior, "seconds": fit.seconds}
        for name, fit in found.fits.items()
    }
    call.picture(found, "invert", model, out, names=found.names, figures=figures)
    if not call.json:
        fit = found.fit
        rows = [
            [n, *map(output.cell, row)] for n, *row in zip(found.names, fit.psnr, fit.ssim, fit.from_prior, strict=True)
        ]
        output.table(["Item", "PSNR, dB", "SSIM", "From the prior (1 is typical)"], rows)
