"""A path from point to point, by a rule of `paths/`, or by several rules to compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from trasluz.base.errors import InvalidArgument
from trasluz.base.limits import whole
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import FRAMES, Drawn, Option
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import POINT_HELP, Atlas, Create, Data, Device, Given, Home, Model, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import Number, Pairs, Several, Switch, Text, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.paths import LatentPath, LatentPaths

MOST = 10_000
"""Frames of one path."""


def _kind(values: Mapping[str, Any]) -> str:
    return f"trasluz.lab.results.paths:{'LatentPaths' if ',' in values['rule'] else 'LatentPath'}"


@verb(
    examples=[
        "trasluz interpolate mine test:3 test:9 --frames 16 --out path.gif",
        "trasluz interpolate mine test:3 test:9 test:12 --rule spline --loop --out path.mp4",
        "trasluz interpolate mine test:3 test:9 --rule linear,geodesic,density --measure --out rules.png",
        "trasluz interpolate pets-flow seed:1 seed:2 --given species=cat --rule slerp --out cats.gif",
    ],
    answer=Drawn(of=_kind, options={"out": Option(FRAMES)}),
    variable="path",
)
def interpolate(
    call: Call,
    model: Model,
    *points: Annotated[
        Point,
        Several(
            help=f"Two or more of: {POINT_HELP}", metavar="POINT POINT...", positional=True, least=1,
            few=("a path needs two or more points", "Add one, such as test:9"),
        ),
    ],
    rule: Annotated[
        str,
        Text(
            help="How the path goes from point to point: linear, spherical (also slerp), cdf, spline, geodesic, "
            "density. Several with commas between are shown side by side.",
            metavar="NAME", offers="row:paths",
        ),
    ] = "linear",
    frames: Annotated[
        int, Whole(help="Pictures along the path.", metavar="N", low=2, high=MOST, called="the number of frames")
    ] = 16,
    loop: Annotated[bool, Switch(help="Go back to the first point at the end.")] = False,
    settings: Annotated[
        Mapping[str, Any] | None,
        Pairs(
            help="One setting of the rule, such as steps=100; of several rules each takes those it has.",
            flag="--set", metavar="KEY=VALUE",
        ),
    ] = None,
    measure: Annotated[
        bool,
        Switch(
            help="Compare the path with real items: is its middle still like the data? Takes up to a minute the first "
            "time."
        ),
    ] = False,
    fps: Annotated[
        float,
        Number(
            help="Frames per second of a GIF or MP4; of sounds an MP4 is heard, each step for as long as its sound.",
            metavar="N", low=0.1, high=50, called="frames per second"
        ),
    ] = 12.0,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    atlas: Atlas = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> LatentPath | LatentPaths:  # fmt: skip
    """Find a path between points of the latent space. A strip (PNG), GIF, MP4 or single frames.

    Legs get frames in proportion to their length. `data` and `atlas` are also what rules find their way among.

    Raises:
        NotDifferentiable: the rule needs gradients that the space has not.
        InvalidArgument: the rule needs encoded data, and there are none.

    >>> tl.interpolate("faces-vae", "test:3", "test:9", frames=24).save("path.gif")    # doctest: +SKIP
    """
    import torch

    from trasluz.lab.judging.path_quality import real_items
    from trasluz.lab.results.paths import LatentPaths
    from trasluz.lab.shelf.at_hand import names_of, several
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver
    from trasluz.lab.work.paths import PathMaker, ways_of

    ways = ways_of(rule, settings or {})
    session = call.session
    opened = model_of(model, session, given)
    shape = opened.space(space).shape
    resolver = Resolver(opened, session, space=space, data=data, atlas=atlas)
    given_as = [point for given_ in points for point in several(given_, shape)]
    stations = resolver.spread(given_as)
    if len(stations) < 2:
        raise InvalidArgument("a path needs two or more points", got=len(stations), next="Add one, such as test:9")
    whole("the number of frames", frames, low=max(2, len(stations)), high=MOST)
    through = torch.cat([resolver(point) for point in stations])
    call = call.saying(points=tuple(given_as))
    real = real_items(opened, data, session.home, session.progress) if measure else None
    maker = PathMaker(opened, resolver, through, names_of(stations), frames, loop, float(fps), real, call)
    paths = [maker.path(way, config, single=len(ways) == 1) for way, config in ways]
    return paths[0] if len(paths) == 1 else LatentPaths(paths, paths[0].origin, call)
