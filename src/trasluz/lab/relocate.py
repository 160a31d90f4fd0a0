"""Relocate: the same item in another model's latent space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from trasluz.base.errors import DamagedFile, InvalidArgument, UnknownName, VersionMismatch
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Drawn
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import POINT_HELP, Data, Device, FirstSpace, Home, Model, SecondSpace, Seed, Watcher
from trasluz.lab.calls.given import ModelLike, Point
from trasluz.lab.calls.parameters import Several, Text, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.relocated import Relocated

USUAL = "ridge"
"""The kind of map where none was kept and nobody names one."""


@verb(
    examples=[
        "trasluz relocate faces-vae faces-flow test:3 --out there.png",
        "trasluz relocate faces-vae faces-gan test:3 me.png --method network --out there.safetensors",
    ],
    answer=Drawn(of="trasluz.lab.results.relocated:Relocated"),
    variable="relocated",
)
def relocate(
    call: Call,
    model: Model,
    to: Annotated[
        ModelLike, Text(help="The model to go to.", metavar="MODEL", positional=True, offers="kept:models")
    ],
    points: Annotated[Point | Sequence[Point], Several(help=POINT_HELP, metavar="POINT...", positional=True, least=1)],
    *,
    method: Annotated[
        str | None,
        Text(
            help="The kind of map. Default: the one that a comparison of the two kept, or ridge, fitted now.",
            metavar="NAME", offers="row:relocations",
        ),
    ] = None,
    n: Annotated[
        int,
        Whole(
            help="Items to fit the map on, where it is fitted now.", short="-n", metavar="N", low=10, high=20_000,
            called="the number of items",
        ),
    ] = 1200,
    space: FirstSpace = None,
    to_space: SecondSpace = None,
    seed: Seed = 0,
    data: Data = None,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Relocated:  # fmt: skip
    """Move points from one model's latent space to another's by a map between them, and decode them there.

    The map is the one that `compare` kept. Where there is none, or another kind is asked for, it is fitted now, on
    items that both models encode, and kept. Saved as .safetensors, the latents are POINTs of the second model.

    Raises:
        IdentityMismatch: the map is of other models, or of earlier trainings of these.
        NotInvertible: neither model encodes, so that no item is known to both.

    >>> tl.relocate("faces-vae", "faces-flow", "test:3").save("there.png")    # doctest: +SKIP
    """
    import torch

    from trasluz.lab.results.base import Origin
    from trasluz.lab.results.relocated import Relocated
    from trasluz.lab.shelf import relocations
    from trasluz.lab.shelf.at_hand import names_of, several
    from trasluz.lab.shelf.batches import decode_all
    from trasluz.lab.shelf.forms import FORMS
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver
    from trasluz.lab.work.pairing import fitted
    from trasluz.spaces import registry

    session = call.session
    if method is not None:
        registry.check("relocations", method)
    first, second = model_of(model, session), model_of(to, session)
    here, there = first.space(space), second.space(to_space)
    if here.representation.kind != there.representation.kind:
        raise InvalidArgument(
            "models of different kinds of data", got=f"{here.representation.of.many}, {there.representation.of.many}"
        )
    resolver = Resolver(first, session, space=space, data=data)
    given_as = several(points, resolver.space.shape)
    listed = resolver.spread(given_as)
    if not listed:
        raise InvalidArgument("nothing to relocate", got="no POINT", allowed=FORMS)
    try:
        found = relocations.kept(session.home, first, here.name, second, there.name)
    except (DamagedFile, VersionMismatch, UnknownName) as error:
        session.progress.say(f"The map that was kept cannot be used, and is fitted anew: {error.sentence()}")
        found = None
    if found is not None and method in (None, found.relocation.method):
        session.progress.say(f"By the map that was kept: {found.relocation.method}")
    else:
        found = fitted(first, here.name, second, there.name, method or USUAL, session, data=data, n=n, seed=seed)
        if first.is_kept and second.is_kept:
            relocations.keep(found, session.home, first, second)
    z = torch.cat([resolver(point) for point in listed])
    moved = found(z)
    return Relocated(
        moved,
        decode_all(there, moved, progress=session.progress),
        before=decode_all(here, z, progress=session.progress),
        originals=[resolver.original(point) for point in listed],
        names=names_of(listed),
        first=(first.name, here.representation.kind),
        facts={"method": found.relocation.method, **{str(k): v for k, v in found.facts.items()}},
        origin=Origin.of(second, there),
        call=call.saying(points=given_as),
    )
