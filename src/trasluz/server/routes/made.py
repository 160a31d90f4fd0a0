"""Latents that are made: drawn from the prior, or mixed of two by their layers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import torch
from fastapi import APIRouter
from pydantic import Field

from trasluz.base.errors import InvalidArgument
from trasluz.base.shapes import Latents
from trasluz.lab.sample import sample
from trasluz.server import images
from trasluz.server.opened import OpenMap
from trasluz.server.places import known, placed
from trasluz.server.schemas import Asked, At, Here, Reproduced, Told, reproduced
from trasluz.spaces.model import LatentModel

router = APIRouter(prefix="/api/made", tags=["made"])
MapId = Annotated[str, Field(max_length=40, examples=["0f3c9a1be2d47788"])]
MOST_LAYERS = 64
LAYERED = "layers"
"""The kind of a space that has a latent for each layer."""
MIXED_BY_PYTHON = "No command mixes layers; Python does"
UNMIXED = "One of the two has no name, so that nothing can say of what this is mixed: save it as a point to name it"


class ConditionCard(Told):
    """A word that a draw may be asked for by."""

    name: str
    values: Annotated[list[str], Field(description="What it may be; empty of a number")]
    low: float
    high: float
    usual: float
    whole: Annotated[bool, Field(description="Whether it is a whole number")]
    needs: Annotated[str | None, Field(description="The condition without which this one says nothing")]


class Making(Told):
    """What can be made in the space of a map."""

    draws: Annotated[bool, Field(description="Whether there is a prior to draw from")]
    conditions: Annotated[list[ConditionCard], Field(description="By which draws of this space differ")]
    layers: Annotated[int, Field(description="Of which latents are mixed; 0 where they are not of layers")]


class DrawRequest(Asked):
    """A draw from the prior of a map's space."""

    map: MapId
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)]
    psi: Annotated[float, Field(ge=0, le=4, description="Truncation: 1 leaves it as it is, 0 is the mean")] = 1.0
    given: Annotated[dict[str, str | float], Field(max_length=8, examples=[{"species": "cat", "guidance": 2}])] = {}


class MixRequest(Asked):
    """Two latents of layers, and which of them the second one gives."""

    map: MapId
    a: At
    b: At
    layers: Annotated[list[Annotated[int, Field(ge=0, lt=MOST_LAYERS)]], Field(max_length=MOST_LAYERS)]


class Made(Told):
    """A latent that was made."""

    latent: Annotated[str, Field(description="float32 numbers as base64, to ask on with")]
    xy: tuple[float, float]
    point: Annotated[str | None, Field(description="What it is called; None where it has no name")]
    reproduce: Reproduced


def _conditions(model: LatentModel, space: str) -> list[ConditionCard]:
    """The words by which draws of a space differ, and what they decode to does not."""
    first = next(iter(model.conditions), None)
    if first is None:
        return []
    usual = first.values[0] if first.values else first.usual
    if model.given(**{first.name: usual}).owner(space) != model.owner(space):
        return []
    return [ConditionCard(**asdict(condition)) for condition in model.conditions]


@router.get("")
async def show_making(studio: Here, map: MapId) -> Making:
    """What can be made on a map that is open."""
    found = studio.map(map)
    space = found.space
    return Making(
        draws=space.default_prior is not None,
        conditions=await studio.run(_conditions, found.opened.model, space.name),
        layers=space.shape[0] if space.kind == LAYERED else 0,
    )


@router.post("/draw")
async def draw(studio: Here, asked: DrawRequest) -> Made:
    """Draw one latent, as `tl.sample` does."""
    found = studio.map(asked.map)
    if found.space.default_prior is None:
        raise InvalidArgument(f"the space {found.space.name!r} has no prior to draw from")

    def make() -> Made:
        where = found.desk.where
        result = sample(
            found.opened.model, 1, seed=asked.seed, psi=asked.psi, given=asked.given or None, space=where["space"],
            workspace=studio.home, device=studio.device,
        )  # fmt: skip
        plain = asked.psi == 1 and not asked.given
        point = f"seed:{asked.seed}/0" if plain else None
        how = found.desk.decode_call([point]) if point else result.call
        return _made(found, result.latents, point, reproduced(found.said(how)))

    return await studio.run(make)


@router.post("/mix")
async def mix(studio: Here, asked: MixRequest) -> Made:
    """The layers of one latent, some of them from another one (Karras et al. 2019, section 3.1)."""
    found = studio.map(asked.map)
    space = found.space
    if space.kind != LAYERED:
        raise InvalidArgument(f"the space {space.name!r} has no layers to mix", got=space.kind)
    if wrong := [layer for layer in asked.layers if layer >= space.shape[0]]:
        raise InvalidArgument("no such layer", got=wrong[0], allowed=f"0 to {space.shape[0] - 1}")

    def make() -> Made:
        a, b = (placed(studio, found, at) for at in (asked.a, asked.b))
        chosen = sorted(set(asked.layers))
        z = mixed(a.z, b.z, chosen)
        names = [a.name, b.name]
        called = [name for name in names if name is not None]
        how = _mix_said(found, called, chosen) if len(called) == len(names) else reproduced(None, UNMIXED)
        return _made(found, z, None, how)

    return await studio.run(make)


def mixed(a: Latents, b: Latents, layers: list[int]) -> Latents:
    """`(n, layers, d)`: those of a, but for the layers of b that are named."""
    out = a.clone()
    out[:, layers] = b[:, layers]
    return out


def _made(found: OpenMap, z: torch.Tensor, point: str | None, how: Reproduced) -> Made:
    z = z.float().cpu()
    xy = known(found, z).xy[0].tolist()
    return Made(latent=images.latent_text(z), xy=(xy[0], xy[1]), point=point, reproduce=how)


def _mix_said(found: OpenMap, names: list[str], layers: list[int]) -> Reproduced:
    """How Python gives the same: the code that decodes the two, and what is made of their latents."""
    told = reproduced(found.said(found.desk.decode_call(names)))
    if told.code is None:
        return told
    *before, last = told.code.rstrip().splitlines()
    again = last.replace("decoded = ", "mixed = ", 1).replace(repr(names), "[a]", 1)
    lines = [*before, last, "a, b = decoded.latents.clone()", f"a[{layers!r}] = b[{layers!r}]", again]
    return Reproduced(code="\n".join(lines), why_not=MIXED_BY_PYTHON)
