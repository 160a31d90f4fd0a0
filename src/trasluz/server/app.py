"""The application: all routes behind the guard, every error as one typed document."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

import trasluz
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.server import assets, refusals
from trasluz.server.assets import Page
from trasluz.server.guard import Guard
from trasluz.server.refusals import NotAllowed, NotThere, Refused
from trasluz.server.routes import (
    about,
    along,
    decode,
    directions,
    items,
    jobs,
    lens,
    live,
    made,
    maps,
    means,
    models,
    own,
    paths,
    points,
    selections,
    sheets,
    told,
    trainings,
    uploads,
)
from trasluz.server.schemas import Refusal
from trasluz.server.studio import Studio

GROUPS = (
    decode, live, lens, items, about, models, maps, made, means, told, sheets, along, points, selections, uploads,
    paths, directions, own, trainings, jobs,
)  # fmt: skip
"""What is asked for most comes first: routes are tried in this order."""
FAULT = 1011
"""The code of a socket that is closed by our own fault."""


def make_app(
    studio: Studio, *, token: str, host: str, port: int, page: Page | None = None, public: str | None = None,
    path: str = "", entered: Callable[[], None] | None = None,
) -> ASGIApp:  # fmt: skip
    """The whole application of a studio that listens at an address, with the page that was built or another.

    Args:
        public: The origin under which a proxy shows it, `https://lab.example`; `path` the path there, `/trasluz`.
        entered: Is told whenever a browser comes in by the token.
    """
    return Guard(
        inner_app(studio, page), token=token, host=host, port=port, limits=studio.limits, public=public, path=path,
        entered=entered,
    )  # fmt: skip


def inner_app(studio: Studio, page: Page | None = None) -> FastAPI:
    """The routes alone. Nobody but the guard and the tests may call this application."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        studio.close()

    refusal: dict[str, Any] = {"model": Refusal, "description": "Why it was not answered"}
    app = FastAPI(
        title="Trasluz studio",
        version=trasluz.__version__,
        summary="The latent spaces of generative models, live.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
        lifespan=life,
        generate_unique_id_function=_operation,
        responses={"4XX": refusal, "5XX": refusal},
    )
    app.state.studio = studio
    for group in GROUPS:
        app.include_router(group.router)
    app.include_router(assets.router(page if page is not None else Page.read()))
    app.add_exception_handler(TrasluzError, _typed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(Unforeseen)
    return app


def _operation(route: Any) -> str:
    """What a route is called in the schema: its function."""
    return route.name


async def _typed(request: Request, error: Exception) -> Response:
    return refusals.answer(refusals.as_ours(error))


async def _invalid(request: Request, error: Exception) -> Response:
    """A request that is not as its form says: the first field that is wrong."""
    found = error.errors()[0] if isinstance(error, RequestValidationError) and error.errors() else {}
    place = ".".join(str(part) for part in found.get("loc", ()))[:200]
    reason = str(found.get("msg", "of another form"))[:200]
    return refusals.answer(InvalidArgument(f"the request is wrong at {place}: {reason}"))


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return refusals.answer(NotThere("no such route"))
    if status == 405:
        return refusals.answer(NotAllowed("the route has no such method", got=request.method))
    return refusals.answer(InvalidArgument("the request cannot be read") if status < 500 else Refused("refused"))


@final
class Unforeseen:
    """What no handler knows, our own fault: only that it happened is told, and under which number it is written down.

    Starlette's own handler of such errors lets them out afterwards, which ends the connection of whoever asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if isinstance(error, WebSocketDisconnect):
                return
            if started:
                raise  # uvicorn writes it down and ends the connection: half an answer is no answer
            told = refusals.as_ours(error)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": FAULT, "reason": told.what})
            else:
                await refusals.answer(told)(scope, receive, send)
