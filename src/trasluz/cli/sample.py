"""`trasluz sample`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli import complete
from trasluz.cli.call import Call, check_form, verb
from trasluz.cli.options import GivenOption, ModelArgument, OutOption, SpaceOption

app = typer.Typer()


@verb(
    app,
    "sample",
    seed=True,
    device=True,
    examples=[
        "trasluz sample mine -n 64 --seed 3 --out grid.png",
        "trasluz sample mine -n 16 --prior normal --psi 0.7",
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
    space: SpaceOption = None,
    given: GivenOption = None,
    out: OutOption = None,
) -> None:
    """Draw new items from a model."""
    from trasluz.base.config import parse_settings
    from trasluz.lab.results import Samples
    from trasluz.lab.sample import sample as run

    check_form(out, Samples.suffixes)
    samples = run(
        model,
        n,
        seed=call.seed,
        prior=prior,
        psi=psi,
        temperature=temperature,
        space=space,
        given=parse_settings(given or []),
        **call.lab,
    )
    call.picture(samples, "sample", model, out)
