"""`trasluz sample`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli import complete, output
from trasluz.cli.call import Call, check_form, one_of, verb
from trasluz.cli.options import (
    AtlasOption,
    DataOption,
    GivenOption,
    ModelArgument,
    NoCreateOption,
    OutOption,
    SpaceOption,
)

app = typer.Typer()

NearOption = Annotated[
    str | None,
    typer.Option(metavar="POINT", help="Draw items like this one: test:17, me.jpg, @name, or any other POINT."),
]
WhereOption = Annotated[
    str | None,
    typer.Option(metavar="CONDITION", help="Draw items like those that meet a condition, such as \"species = 'cat'\"."),
]
RegionOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Draw items like those in a part of the map: a JSON file of its corners, or the JSON itself.",
    ),
]
MeasureOption = Annotated[
    bool,
    typer.Option(
        "--measure", metavar="", help="Measure how varied, how good and how new the items are, beside real ones."
    ),
]


@verb(
    app,
    "sample",
    seed=True,
    device=True,
    examples=[
        "trasluz sample mine -n 64 --seed 3 --out grid.png",
        "trasluz sample mine -n 16 --prior normal --psi 0.7",
        "trasluz sample pets-vae -n 16 --near test:3",
        "trasluz sample pets-vae --where \"species = 'cat'\" --measure",
        "trasluz sample pets-flow -n 16 --given species=cat --given guidance=2",
    ],
)
def sample(
    call: Call,
    model: ModelArgument,
    n: Annotated[int, typer.Option("-n", "--number", metavar="N", min=1, max=100_000, help="How many items.")] = 64,
    prior: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Which distribution to draw from. Default: the best that the model has.",
            autocompletion=complete.registered("priors"),
        ),
    ] = None,
    psi: Annotated[
        float,
        typer.Option(
            metavar="X",
            min=0,
            max=4,
            help="Truncation: 1 leaves draws as they are, 0 pulls them to the mean, between is less varied but safer.",
        ),
    ] = 1.0,
    temperature: Annotated[
        float,
        typer.Option(
            metavar="X",
            min=0,
            max=4,
            help="Scale of the noise that draws start from; 1 is the prior.",
        ),
    ] = 1.0,
    near: NearOption = None,
    where: WhereOption = None,
    region: RegionOption = None,
    measure: MeasureOption = False,
    space: SpaceOption = None,
    given: GivenOption = None,
    out: OutOption = None,
    data: DataOption = None,
    atlas: AtlasOption = None,
    no_create: NoCreateOption = False,
) -> None:
    """Draw new items from a model: freely, or like an item, like some of the data, or from a part of the map."""
    one_of(("--data", data), ("--atlas", atlas))
    from trasluz.base.config import parse_settings
    from trasluz.lab.results.samples import Samples
    from trasluz.lab.sample import sample as run

    check_form(out, Samples.suffixes)
    samples = run(
        model,
        n,
        seed=call.seed,
        prior=prior,
        near=near,
        where=where,
        region=region,
        psi=psi,
        temperature=temperature,
        measure=measure,
        space=space,
        given=parse_settings(given or []),
        data=data,
        atlas=atlas,
        create=not no_create,
        **call.lab,
    )
    quality = samples.quality
    figures = None if quality is None else quality.figures()
    call.picture(samples, "sample", model, out, without_support=samples.without_support, quality=figures)
    if quality is not None and not call.json:
        output.table([f"in features of {quality.features}", "samples", "as many real items"], quality.table())
