"""Starting the studio: a socket, a token, a server."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, final

import uvicorn

from trasluz.base.errors import InvalidArgument, NoPermission, TrasluzError
from trasluz.lab.shelf.where import Place
from trasluz.server.app import make_app
from trasluz.server.assets import Page
from trasluz.server.connections import QUEUE, Crowd, Http, Listening, Live
from trasluz.server.door import Door
from trasluz.server.guard import is_loopback, public_origin
from trasluz.server.limits import Limits
from trasluz.server.logs import Sparing, bounded, odd
from trasluz.server.studio import Offered, Studio
from trasluz.spaces import registry

MESSAGE = 4096
"""Bytes of a message on a live connection."""
GRACE = 3
"""Seconds that open connections get when the studio is stopped."""

WARM: tuple[Literal["kinds", "families", "priors", "projections"], ...] = (
    "kinds", "families", "priors", "projections",
)  # fmt: skip
"""Rows whose members the first map takes."""


@final
@dataclass
class Served:
    """A studio with its address."""

    studio: Studio
    host: str
    port: int
    listening: socket.socket
    page: Page = field(default_factory=Page.read, repr=False)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    public: tuple[str, str] | None = None
    """The origin under which a proxy shows it, and the whole address."""
    door: Door = field(init=False, repr=False)
    """Opens the browser."""

    def __post_init__(self) -> None:
        self.door = Door(self.url, self.studio.limits.knock)

    @property
    def url(self) -> str:
        """What to open in a browser."""
        if self.public is not None:
            return f"{self.public[1]}/{self.token}/"
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        shown = f"[{shown}]" if ":" in shown and not shown.startswith("[") else shown
        return f"http://{shown}:{self.port}/{self.token}/"

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach it, given the token."""
        return not (is_loopback(self.host) or self.host == "::1") or self.public is not None

    def server(self) -> uvicorn.Server:
        """The server, not started yet."""
        limits, (public, whole) = self.studio.limits, self.public or (None, "")
        app = make_app(
            self.studio, token=self.token, host=self.host, port=self.port, page=self.page, public=public,
            path=whole.removeprefix(public or ""), entered=self.door.entered,
        )  # fmt: skip
        crowd = Crowd(limits)
        if isinstance(self.listening, Listening):
            self.listening.crowd = crowd
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, date_header=False, proxy_headers=False,
            ws_max_size=MESSAGE, ws_max_queue=8, ws_per_message_deflate=False, timeout_graceful_shutdown=GRACE,
            lifespan="on", loop="asyncio", backlog=crowd.at_once, timeout_keep_alive=limits.idle,  # pyright: ignore[reportArgumentType]
            h11_max_incomplete_event_size=limits.head_bytes, http=_of(Http, crowd), ws=_of(Live, crowd),
        )  # fmt: skip
        return Server(config, crowd, bounded(limits), self.door)

    def run(self, *, ready: Callable[[str], None]) -> None:
        """Serve until interrupted; `ready` is told the address when connections are taken."""
        server = self.server()
        ready(self.url)
        try:
            server.run(sockets=[self.listening])
        finally:
            self.door.close()


class Server(uvicorn.Server):
    """uvicorn's server, with its connections looked after and all that it writes down bounded."""

    def __init__(self, config: uvicorn.Config, crowd: Crowd, spares: Sparing, door: Door) -> None:
        super().__init__(config)
        self._crowd, self._spares, self._door = crowd, spares, door
        self._warming: threading.Thread | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(odd)
        await super().startup(sockets)
        self._crowd.begin()

    async def on_tick(self, counter: int) -> bool:
        self._spares.tell()
        # Not before somebody was answered: until then it would only be in the way.
        if self._warming is None and self.server_state.total_requests > 0:
            self._warming = threading.Thread(target=warm, name="studio warming", daemon=True)
            self._warming.start()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._door.close()  # a signal may end the process before anything else does
        try:
            await super().shutdown(sockets)
        finally:
            self._crowd.end()
            self._spares.tell(all=True)


def warm() -> None:
    """Load what the first map takes while the page is loading: half of its time is Python reading its own code."""
    for row in WARM:
        for name in registry.names(row):
            with contextlib.suppress(TrasluzError):
                registry.get(row, name)  # pyright: ignore[reportCallIssue, reportArgumentType]


def _of(kind: type[Http | Live], crowd: Crowd) -> Any:
    """The class of connections that uvicorn makes, with the crowd they belong to."""
    return partial(kind, crowd)


def serve(
    offered: Sequence[Offered] = (),
    *,
    data: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str | None = None,
    workspace: Place = None,
    device: str = "auto",
    limits: Limits | None = None,
) -> Served:
    """A studio that listens, with a token of its own.

    Args:
        offered: Models by name or path, or open; none for all that are there.
        data: What maps are made of; None for what each model was trained on.
        host: The address to listen at; by default this machine alone.
        port: 0 for any that is free.
        public_url: The address under which a proxy shows it, without the token; None for none.

    Raises:
        UnknownName: no such model.
        InvalidArgument: the port is taken, the address is not of this machine, or the public one is none.
    """
    public = None if public_url is None else public_origin(public_url)
    studio = Studio(offered, data=data, workspace=workspace, device=device, limits=limits)
    for name in studio.named:
        studio.place(name)
    listening = listen(host, port)
    return Served(studio, host, listening.getsockname()[1], listening, public=public)


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio would not turn off Nagle's algorithm, and every answer of two parts take 40 ms more.
    sock = Listening(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host.strip("[]"), port))
        sock.listen(QUEUE)
    except PermissionError:
        sock.close()
        raise NoPermission(f"not allowed to listen on port {port}", next="Leave --port out") from None
    except (OSError, OverflowError) as error:
        sock.close()
        raise InvalidArgument(
            f"cannot listen on {host}:{port}: {error}", next="Leave --host and --port out, or choose others"
        ) from None
    sock.setblocking(False)
    return sock
