"""New items: draws from a prior, from the surroundings of an item, from the rows that meet a condition, or from a part
of the map; if wanted pulled toward the mean (the truncation of Karras et al. 2019, section B)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Drawn
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Atlas, Create, Data, Device, Given, Home, Model, Seed, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import Number, Switch, Text, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.samples import Samples
    from trasluz.lab.shelf.regions import RegionLike
else:
    from trasluz.lab.calls.given import RegionLike

MOST = 100_000
"""Samples that one call gives; more come as data, `samples:MODEL:N`."""


@verb(
    examples=[
        "trasluz sample mine -n 64 --seed 3 --out grid.png",
        "trasluz sample mine -n 16 --prior normal --psi 0.7",
        "trasluz sample pets-vae -n 16 --near test:3",
        "trasluz sample pets-vae --where \"species = 'cat'\" --measure",
        "trasluz sample pets-flow -n 16 --given species=cat --given guidance=2",
    ],
    answer=Drawn(of="trasluz.lab.results.samples:Samples"),
    variable="samples",
)
def sample(
    call: Call,
    model: Model,
    n: Annotated[
        int,
        Whole(
            help="How many items.", flag="-n", short="--number", metavar="N", low=1, high=MOST,
            called="the number of samples",
        ),
    ] = 64,
    *,
    seed: Seed = 0,
    prior: Annotated[
        str | None,
        Text(
            help="Which distribution to draw from. Default: the best that the model has.",
            metavar="NAME", offers="row:priors",
        ),
    ] = None,
    near: Annotated[
        Point | None,
        Text(
            help="Draw items like this one: test:17, me.jpg, or any other POINT; or like those of a selection, @name.",
            metavar="POINT",
        ),
    ] = None,
    where: Annotated[
        str | None,
        Text(
            help="Draw items like those that meet a condition, such as \"species = 'cat'\".", metavar="CONDITION"
        ),
    ] = None,
    region: Annotated[
        RegionLike | None,
        Text(
            help="Draw items like those in a part of the map: a JSON file of its corners, or the JSON itself.",
            metavar="FILE",
        ),
    ] = None,
    psi: Annotated[
        float,
        Number(
            help="Truncation, mean + psi (z - mean): 1 leaves draws as they are, 0 pulls them to the mean, between is "
            "less varied but safer.",
            metavar="X", low=0, high=4,
        ),
    ] = 1.0,
    temperature: Annotated[
        float,
        Number(
            help="Scale of the noise that draws start from; 1 is the prior.", metavar="X", low=0, high=4
        ),
    ] = 1.0,
    measure: Annotated[
        bool, Switch(help="Measure how varied, how good and how new the items are, beside real ones.")
    ] = False,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    atlas: Atlas = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Samples:  # fmt: skip
    """Draw new items from a model: freely, or like an item, like some of the data, or from a part of the map.

    Item i depends on (seed, i) alone: more of them begin with the same ones.

    >>> tl.sample("faces-vae", 16, seed=0).save("new.png")    # doctest: +SKIP
    >>> tl.sample("pets-vae", where="species = 'cat'", measure=True).quality    # doctest: +SKIP
    """
    from trasluz.lab.judging.support import UNTESTED, support_of
    from trasluz.lab.results.base import Origin
    from trasluz.lab.results.samples import Samples
    from trasluz.lab.shelf.batches import decode_all, draw_all
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver
    from trasluz.lab.shelf.regions import read_region
    from trasluz.lab.work.draws import Source, about, quality_of, rows_of, said

    sources = {"prior": prior, "near": near, "where": where, "region": region}
    chosen_ones = [name for name, value in sources.items() if value is not None]
    if len(chosen_ones) > 1:
        raise InvalidArgument(
            "samples come from one source", got=" and ".join(chosen_ones), allowed=f"one of {', '.join(sources)}"
        )
    part = None if region is None else read_region(region)
    session = call.session
    bare = model_of(model, session)
    opened = bare.given(**given) if given else bare
    chosen = opened.space(space)
    # A condition that changes no latent leaves the encoded items as they are.
    shared = opened is bare or opened.owner(chosen.name) == bare.owner(chosen.name)
    resolver = Resolver(bare if shared else opened, session, space=space, data=data, atlas=atlas)
    rows = rows_of(resolver, shared, atlas is not None, part is not None)
    if near is not None or where is not None or part is not None:
        source = about(resolver, rows, near, where, part, opened)
    else:
        wanted = measure or data is not None or atlas is not None
        source = Source(chosen.prior(prior), "", rows() if wanted and rows is not None else None)
    z = draw_all(source.density, n, seed, temperature=temperature, progress=session.progress)
    mean = source.density.mean.to(z)
    z = (z if psi == 1 else mean + psi * (z - mean)).cpu()
    items = decode_all(chosen, z, progress=session.progress)
    support = None if source.atlas is None else support_of(z, source.atlas, chosen)
    if source.atlas is not None and support is None:
        session.progress.say(UNTESTED)
    return Samples(
        z, items, Origin.of(opened, chosen), call.saying(region=None if part is None else said(region, part)),
        source=source.words, support=support,
        quality=quality_of(resolver, items, source, data, where) if measure else None,
    )  # fmt: skip
