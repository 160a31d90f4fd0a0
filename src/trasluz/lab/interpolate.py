"""A walk from point to point, by a rule of `paths/`, or by several rules to compare."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.base.limits import between, whole
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.calls.call import Call, record
from trasluz.lab.calls.given import AtlasLike, DataLike, ModelLike, Point
from trasluz.lab.judging.path_quality import Real, quality_of, real_items
from trasluz.lab.results.base import FPS, Origin
from trasluz.lab.results.paths import FASTEST, SLOWEST, Walk, Walks
from trasluz.lab.shelf.atlases import name_of
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.forms import FORMS
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.points import Resolver, names_of
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.spaces import registry
from trasluz.spaces.methods import PathRule
from trasluz.spaces.model import LatentModel

MOST = 10_000
"""Frames of one walk."""
OTHER_NAMES = {"slerp": "spherical", "lerp": "linear"}
"""What the field also calls these rules."""


def interpolate(
    model: ModelLike,
    *points: Point,
    rule: str = "linear",
    frames: int = 16,
    loop: bool = False,
    settings: Mapping[str, Any] | None = None,
    measure: bool = False,
    fps: float = FPS,
    space: str | None = None,
    data: DataLike = None,
    atlas: AtlasLike = None,
    create: bool = True,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Walk | Walks:
    """Walk through two or more points, in order.

    Args:
        points: POINTs as text, picture files, or latents.
        rule: `linear`, `spherical` (also `slerp`), `cdf`, `spline`, `geodesic`, `density`; several with commas
            between give as many walks, to compare.
        frames: How many steps the walk has; legs get steps in proportion to their length.
        loop: Whether to come back to the first point, so that a film plays round and round.
        settings: Single settings of the rule, such as `{"steps": 100}`; of several rules each takes those it has.
        measure: Whether to hold the walk against real items as well: midpoint precision, perceptual path length.
        fps: Frames per second of a film, 0.1 to 50.
        space: By name; None for the model's default one.
        data: What `test:` and `train:` count in, and what rules find their way among; None for what the model was
            trained on.
        atlas: Whose map `map:` means, and whose items rules find their way among; None for the default one.
        create: Whether to encode an atlas where one is needed and there is none.

    Raises:
        NotDifferentiable: the rule needs gradients that the space has not.
        InvalidArgument: the rule needs encoded data, and there are none.

    >>> tl.interpolate("faces-vae", "test:3", "test:9", frames=24).save("walk.gif")    # doctest: +SKIP
    """
    if len(points) < 2:
        raise InvalidArgument("a walk goes through two points or more", got=len(points), allowed=FORMS)
    whole("the number of frames", frames, low=max(2, len(points)), high=MOST)
    fps = between("frames per second", fps, low=SLOWEST, high=FASTEST)
    ways = _ways(rule, settings or {})
    home = workspace_of(workspace)
    opened = model_of(model, home, device)
    resolver = Resolver(opened, space=space, data=data, atlas=atlas, create=create, workspace=home, progress=progress)
    through = torch.cat([resolver(point) for point in points])
    asked = {
        "rule": rule, "frames": frames, "loop": loop, "settings": settings or None, "measure": measure,
        "fps": fps, "space": space, "data": data, "create": create,
    }  # fmt: skip
    call = record(interpolate, model, points, home, device, atlas=name_of(atlas), **asked)
    real = real_items(opened, data, home, progress) if measure else None
    route = _Route(opened, resolver, through, names_of(points), frames, loop, fps, real, call, progress)
    walks = [route.by(way, config) for way, config in ways]
    return walks[0] if len(walks) == 1 else Walks(walks, walks[0].origin, call)


def _ways(rule: str, settings: Mapping[str, Any]) -> list[tuple[PathRule, Config]]:
    """The rules that are meant, each with its settings; refuses a setting that none of them has."""
    names = dict.fromkeys(OTHER_NAMES.get(name.strip(), name.strip()) for name in rule.split(","))
    ways = [registry.get("paths", name) for name in names]
    known = {key for way in ways for key in way.config_type.model_fields}
    for key in settings:
        if key not in known:
            raise UnknownName("setting", key, known)
    mine = [{k: v for k, v in settings.items() if k in way.config_type.model_fields} for way in ways]
    return [(way, way.config_type.make(values)) for way, values in zip(ways, mine, strict=True)]


@final
@dataclass(frozen=True)
class _Route:
    """Where to go; a rule says how."""

    model: LatentModel
    resolver: Resolver
    points: Tensor
    names: list[str]
    frames: int
    loop: bool
    fps: float
    real: Real | None
    call: Call
    progress: Progress

    def by(self, way: PathRule, config: Config) -> Walk:
        """The walk by one rule."""
        space = self.resolver.space
        data = self.resolver.atlas().latents if way.looks_at_data(config) and self.resolver.has_atlas else None
        begun = time.perf_counter()
        z = way.through(
            self.points.to(space.device),
            self.frames,
            space,
            loop=self.loop,
            config=config,
            data=None if data is None else torch.as_tensor(data),
            progress=self.progress,
        )
        seconds = time.perf_counter() - begun
        z = z.detach().float().cpu()
        items = decode_all(space, z, progress=self.progress)
        stations = _stations(z, self.points, self.names, self.loop)
        quality = None
        if self.real is not None:
            quality = quality_of(space, z, items, list(stations), self.loop, self.real)
        origin = Origin.of(self.model, space)
        return Walk(
            z, items, stations, self.loop, origin, self.call, rule=way.name, seconds=seconds, quality=quality,
            fps=self.fps,
        )  # fmt: skip


def _stations(z: Tensor, points: Tensor, names: list[str], loop: bool) -> dict[int, str]:
    """The frame nearest to each point, in order; both ends are exactly the first and (without `loop`) last point."""
    found: dict[int, str] = {}
    frame = -1
    for i, name in enumerate(names):
        left = len(names) - 1 - i
        ahead = z[frame + 1 : len(z) - left] if left or loop else z[-1:]
        nearest = int((ahead - points[i]).flatten(1).norm(dim=1).argmin()) if i else 0
        frame = frame + 1 + nearest if left or loop else len(z) - 1
        found[frame] = name
    return found
