"""Paths by rules: which rules are meant, and the path that each finds through the points."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import UnknownName
from trasluz.lab.calls.call import Call
from trasluz.lab.judging.path_quality import Real, quality_of
from trasluz.lab.results.base import Origin
from trasluz.lab.results.paths import LatentPath
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.points import Resolver
from trasluz.spaces import registry
from trasluz.spaces.methods import PathRule
from trasluz.spaces.model import LatentModel


def ways_of(rule: str, settings: Mapping[str, Any]) -> list[tuple[PathRule, Config]]:
    """The rules that are meant, each with its settings; refuses a setting that none of them has."""
    rules = list({one.name: one for one in (_rule(name.strip()) for name in rule.split(","))}.values())
    known = {key for one in rules for key in one.config_type.model_fields}
    for key in settings:
        if key not in known:
            raise UnknownName("setting", key, known)
    mine = [{k: v for k, v in settings.items() if k in one.config_type.model_fields} for one in rules]
    return [(one, one.config_type.make(values)) for one, values in zip(rules, mine, strict=True)]


def _rule(name: str) -> PathRule:
    """A rule by its name, or by another that it says it has."""
    if name not in registry.names("paths"):
        for known in registry.names("paths"):
            if name in registry.get("paths", known).also:
                return registry.get("paths", known)
    return registry.get("paths", name)


@final
@dataclass(frozen=True)
class PathMaker:
    """What a path goes through; a rule says how."""

    model: LatentModel
    resolver: Resolver
    points: Tensor
    names: list[str]
    frames: int
    loop: bool
    fps: float
    real: Real | None
    call: Call

    def path(self, rule: PathRule, config: Config, *, single: bool = True) -> LatentPath:
        """The path by one rule; of several rules each says how it is found alone."""
        call = self.call if single else self.call.saying(rule=rule.name, settings=self._own(rule))
        space = self.resolver.space
        data = self.resolver.atlas().latents if rule.looks_at_data(config) and self.resolver.has_atlas else None
        begun = time.perf_counter()
        z = rule.through(
            self.points.to(space.device),
            self.frames,
            space,
            loop=self.loop,
            config=config,
            data=None if data is None else torch.as_tensor(data),
            progress=self.call.session.progress,
        )
        seconds = time.perf_counter() - begun
        z = z.detach().float().cpu()
        items = decode_all(space, z, progress=self.call.session.progress)
        stations = _stations(z, self.points, self.names, self.loop)
        quality = None
        if self.real is not None:
            quality = quality_of(space, z, items, list(stations), self.loop, self.real)
        origin = Origin.of(self.model, space)
        return LatentPath(
            z, items, stations, self.loop, origin, call, rule=rule.name, seconds=seconds, quality=quality,
            fps=self.fps,
        )  # fmt: skip

    def _own(self, rule: PathRule) -> dict[str, Any] | None:
        """Those of the settings that a rule has."""
        asked = self.call.values.get("settings") or {}
        return {key: value for key, value in asked.items() if key in rule.config_type.model_fields} or None


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
