"""A relocation bound to the two spaces that it was fitted between, so that it is used for no others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast, final

import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile, IdentityMismatch, InvalidArgument, TrasluzError, VersionMismatch
from trasluz.base.shapes import Latents
from trasluz.spaces import rows
from trasluz.spaces.model import LatentModel
from trasluz.spaces.relocation import WIDEST, Relocation, Shape

VERSION = 1


@final
@dataclass(frozen=True)
class End:
    """A space of a model, as it was when the map was fitted."""

    model: str
    model_identity: str
    space: str
    shape: Shape

    @classmethod
    def of(cls, model: LatentModel, space: str) -> End:
        return cls(model.name, model.owner(space), space, tuple(model.space(space).shape))

    def check(self, model: LatentModel, space: str, what: str) -> None:
        """Refuse another model, an earlier training of it, or another space.

        Raises:
            IdentityMismatch: it is one.
        """
        if (self.model_identity, self.space) != (model.owner(space), space):
            raise IdentityMismatch(
                f"the map {what} another space",
                got=f"{self.model}:{self.space} ({self.model_identity})",
                allowed=f"{model.name}:{space} ({model.owner(space)})",
                next="A model trained again has other latents, even under the same name: fit the map again",
            )


@final
@dataclass(frozen=True)
class SpaceMap:
    """Latents of one model's space to those of another's: callable, saved, composed, and where it is linear
    inverted."""

    source: End
    target: End
    relocation: Relocation
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How it was fitted, and how well it does, as JSON values."""

    def __call__(self, z: Latents) -> Latents:
        """`(n, *source shape)` to `(n, *target shape)`."""
        return self.relocation(z)

    @property
    def is_linear(self) -> bool:
        """Whether it is a matrix and an offset."""
        return self._affine() is not None

    def matrix(self) -> tuple[Tensor, Tensor]:
        """A `(d₁, d₂)` and an offset `(d₂,)`: latents as rows are moved by z A + b.

        Raises:
            InvalidArgument: it is not linear, or has more than 4,096 dimensions.
        """
        found = self._affine()
        if found is None:
            raise InvalidArgument(f"a map by {self.relocation.method} is no matrix")
        return found

    def _affine(self) -> tuple[Tensor, Tensor] | None:
        """By what it does to the axes: any map that is affine has it, place by place or not."""
        d = torch.Size(self.source.shape).numel()
        if d > WIDEST or not _is_affine(self.relocation):
            return None
        zero = torch.zeros(1, *self.source.shape)
        offset = self.relocation(zero).flatten()
        axes = torch.eye(d).reshape(d, *self.source.shape)
        return self.relocation(axes).flatten(1) - offset, offset

    def then(self, other: SpaceMap) -> SpaceMap:
        """This map and another one after it.

        Raises:
            IdentityMismatch: the other one begins in another space than this one ends in.
            InvalidArgument: one of them is not linear.
        """
        if (self.target.model_identity, self.target.space) != (other.source.model_identity, other.source.space):
            raise IdentityMismatch(
                "two maps that do not meet",
                got=f"the second begins in {other.source.model}:{other.source.space}",
                allowed=f"{self.target.model}:{self.target.space}, where the first ends",
            )
        (a, b), (c, d) = self.matrix(), other.matrix()
        made = _linear(
            self.source.shape, other.target.shape, a.double() @ c.double(), b.double() @ c.double() + d.double()
        )
        return SpaceMap(self.source, other.target, made, {"composed": [dict(self.facts), dict(other.facts)]})

    def inverse(self) -> SpaceMap:
        """The way back in the sense of least squares (Moore & Penrose): z ↦ (z - b) A⁺.

        Raises:
            InvalidArgument: it is not linear.
        """
        a, b = self.matrix()
        inverted: Any = torch.linalg.pinv(a.double())  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        back = cast(Tensor, inverted)
        return SpaceMap(
            self.target, self.source, _linear(self.target.shape, self.source.shape, back, -(b.double() @ back)),
            {"inverse of": dict(self.facts)},
        )  # fmt: skip

    def check(self, source: LatentModel, source_space: str, target: LatentModel, target_space: str) -> None:
        """Refuse other models or spaces.

        Raises:
            IdentityMismatch: they are others.
        """
        self.source.check(source, source_space, "begins in")
        self.target.check(target, target_space, "ends in")

    def tensors(self) -> dict[str, Tensor]:
        return {**self.relocation.state()}

    def metadata(self) -> dict[str, str]:
        """What its file says besides the numbers."""
        said = {"source": asdict(self.source), "target": asdict(self.target), "facts": dict(self.facts)}
        return {
            "map_version": str(VERSION),
            "method": self.relocation.method,
            **{key: json.dumps(value, sort_keys=True) for key, value in said.items()},
        }

    @classmethod
    def read(cls, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], where: str) -> SpaceMap:
        """From what `tensors` and `metadata` gave.

        Raises:
            VersionMismatch: of another version.
            UnknownName: by a method that is not installed.
            DamagedFile: it is no map.
        """
        version = metadata.get("map_version")
        if version != str(VERSION):
            raise VersionMismatch(
                f"{where} is of another version", got=version or "none said", allowed=VERSION, next="Fit it again"
            )
        try:
            source, target = (_end(json.loads(metadata[key])) for key in ("source", "target"))
            facts = json.loads(metadata["facts"])
        except (KeyError, ValueError, TypeError) as error:
            raise DamagedFile(f"{where} does not say what it is a map of") from error
        method = rows.get("relocations", metadata.get("method", ""))
        return cls(source, target, method.open(tensors, source.shape, target.shape), facts)


def _end(values: Any) -> End:
    if not isinstance(values, dict):
        raise TypeError("no end of a map")
    given = cast(dict[str, Any], values)
    texts: list[Any] = [given[key] for key in ("model", "model_identity", "space")]
    shape = given["shape"]
    sizes = isinstance(shape, list) and all(type(side) is int and side > 0 for side in cast(list[Any], shape))
    if (
        set(given) != {"model", "model_identity", "space", "shape"}
        or not sizes
        or not all(isinstance(t, str) for t in texts)
    ):
        raise TypeError("no end of a map")
    return End(texts[0], texts[1], texts[2], tuple(cast(list[int], shape)))


def _is_affine(relocation: Relocation) -> bool:
    """Whether it keeps middles of two latents where they are, at some places that are always the same."""
    draw = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 4, *relocation.source, generator=draw).unbind(0)
    try:
        ends, middle = relocation(torch.cat([a, b])), relocation((a + b) / 2)
    except TrasluzError:
        return False
    scale = float(ends.abs().max()) + 1e-12
    return float(((ends[:4] + ends[4:]) / 2 - middle).abs().max()) < 1e-4 * scale


def _linear(source: Shape, target: Shape, inner: Tensor, offset: Tensor) -> Relocation:
    """A matrix and an offset as a relocation by `ridge`, whose file is just that."""
    state = {
        "inner": inner.float(), "outer": torch.zeros(0, len(offset)), "offset": offset.float(),
        "chosen": torch.zeros(1, dtype=torch.float64),
    }  # fmt: skip
    return rows.get("relocations", "ridge").open(state, source, target)
