"""What this studio is."""

from __future__ import annotations

from fastapi import APIRouter

import trasluz
from trasluz.server.limits import PROTOCOL
from trasluz.server.schemas import Here, Told
from trasluz.spaces import registry

router = APIRouter(prefix="/api", tags=["about"])


class About(Told):
    """Versions, what can be chosen, and what is taken at most."""

    version: str
    protocol: str
    data: str | None
    projections: list[str]
    rules: list[str]
    finders: list[str]
    inverters: list[str]
    limits: dict[str, int]


@router.get("/about")
async def about(studio: Here) -> About:
    """Versions, methods and limits."""
    limits = studio.limits
    return About(
        version=trasluz.__version__,
        protocol=PROTOCOL,
        data=studio.data,
        projections=sorted(registry.names("projections")),
        rules=sorted(registry.names("paths")),
        finders=sorted(registry.names("finders")),
        inverters=sorted(registry.names("inverters")),
        limits={
            "points": limits.points, "frames": limits.frames, "upload": limits.upload, "unread": limits.unread,
        },
    )  # fmt: skip
