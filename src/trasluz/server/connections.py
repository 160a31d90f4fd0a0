"""How many connections there are, and how long one may take for what: what uvicorn leaves open.

It bounds requests, and not what is no request yet. Here, whoever connects and says nothing, dribbles the head of a
request or does not read the answer is dropped after a while, and sooner where all places are taken: then the one goes
that has shown no token and was there longest, so that whoever comes next is served. More connections than the process
may open files would otherwise stop all of them, and fill the log.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast, final

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from trasluz.server.guard import KNOWN
from trasluz.server.limits import Limits
from trasluz.server.logs import connections as log

QUEUE = 1024
"""Connections that the system holds until they are taken."""
AT_ONCE = 64
"""Of those, taken in one go: so many may be over the limit for a moment."""
FEWEST = 16
"""Connections, however few files the system allows."""
FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Line(ABC):
    """A connection, as the crowd sees it."""

    transport: asyncio.Transport
    known: bool = False
    """Whether what came over it had the token."""

    @abstractmethod
    def waits(self, now: float) -> tuple[float, float] | None:
        """Seconds that it has been without a whole request, and how many it may be; None while it is being answered."""

    def know(self) -> None:
        """It had the token."""
        self.known = True


@final
class Crowd:
    """All connections of a server. All but the counting of sockets happens in its event loop."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.most = min(limits.connections, _share_of_files())
        self.at_once = min(AT_ONCE, self.most // 2)
        """Connections taken in one go. The others can make room for these, which are not known yet."""
        self.open = 0
        """Sockets that were taken and not closed yet."""
        self._leaving = set[Line]()
        """Those that are told to close, and did not yet."""
        self._lines: dict[Line, _Sent] = {}
        """The one that came first is first."""
        self._spare: int | None = None
        self._looks: asyncio.TimerHandle | None = None

    # Taking them --------------------------------------------------------------------------------------------------

    def has_room(self) -> bool:
        """Whether one more may be taken; where all places are taken, after making room."""
        if self.open - len(self._leaving) >= self.most:
            self._make_room()
        return self.open - len(self._leaving) < self.most and self.open < self.most + self.at_once

    def _make_room(self) -> None:
        """Drop a connection without a request: a stranger's first, of them the oldest."""
        now = asyncio.get_running_loop().time()
        idle = [line for line in self._lines if not line.transport.is_closing() and line.waits(now) is not None]
        if idle:
            log.warning("All %d places for connections were taken: dropped the one idle for longest", self.most)
            self._drop(min(idle, key=lambda line: line.known))

    def _drop(self, line: Line) -> None:
        self._leaving.add(line)
        line.transport.abort()

    def without_files(self, listening: socket.socket) -> bool:
        """The system opens no more files: turn away the one that waits longest, with one that was kept for this."""
        if self._spare is None:
            return False
        os.close(self._spare)
        with suppress(OSError):
            socket.socket.accept(listening)[0].close()
        self._spare = _spare()
        log.warning("No files are left for connections: turned one away")
        return self._spare is not None

    # Looking after them -------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Look after them from now on."""
        self._spare = _spare()
        self._look(asyncio.get_running_loop())

    def end(self) -> None:
        """No longer."""
        if self._looks is not None:
            self._looks.cancel()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None

    def add(self, line: Line) -> None:
        self._lines[line] = _Sent()

    def remove(self, line: Line) -> None:
        self._leaving.discard(line)
        self._lines.pop(line, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looks = loop.call_later(self.limits.look, self._look, loop)
        now = loop.time()
        for line, sent in list(self._lines.items()):
            left = cast(int, line.transport.get_write_buffer_size())
            if sent.is_stuck(left, now, self.limits):
                log.warning("Dropped a connection that does not read what it asked for")
                self._drop(line)
            elif left == 0 and (waits := line.waits(now)) is not None and waits[0] > waits[1]:
                self._drop(line)

    def closed(self) -> None:
        """A socket is closed."""
        self.open -= 1


@final
class _Sent:
    """How what was sent is taken."""

    def __init__(self) -> None:
        self.left, self.since = 0, 0.0

    def is_stuck(self, left: int, now: float, limits: Limits) -> bool:
        """Whether too little was taken for too long, where so many bytes are left."""
        if self.left == 0 or left == 0 or left > self.left or self.left - left >= limits.moved:
            self.left, self.since = left, now
        return left > 0 and now - self.since > limits.stuck


@final
class Taken(socket.socket):
    """A connection that says when it is closed."""

    crowd: Crowd | None = None

    def close(self) -> None:
        crowd, self.crowd = self.crowd, None
        super().close()
        if crowd is not None:
            crowd.closed()


@final
class Listening(socket.socket):
    """A socket that takes no more connections than there are places."""

    crowd: Crowd | None = None

    def listen(self, backlog: int = QUEUE) -> None:
        """asyncio takes its `backlog` for two things: what waits in the system, and what is taken in one go."""
        super().listen(QUEUE)

    def accept(self) -> tuple[socket.socket, Any]:
        crowd = self.crowd
        if crowd is None:
            return super().accept()
        try:
            taken, address = super().accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE) and crowd.without_files(self):
                raise BlockingIOError from None  # the others are taken in the next round
            raise
        if not crowd.has_room():
            log.warning("All %d places for connections are taken: turned one away", crowd.most)
            with suppress(OSError), taken:
                taken.setblocking(False)
                taken.send(FULL)
            raise ConnectionAbortedError  # which asyncio passes over
        made = Taken(taken.family, taken.type, taken.proto, fileno=taken.detach())
        made.crowd = crowd
        crowd.open += 1
        return made, address


@final
class Http(H11Protocol, Line):
    """A connection, until it is more than requests and answers."""

    def __init__(self, crowd: Crowd, **given: Any) -> None:
        super().__init__(**given)
        self.logger = log
        self._crowd = crowd
        self._since: float | None = None
        """When it was opened, or its last answer was complete."""
        self._heard: float | None = None
        """When the head of a request began."""
        self.app = cast(Any, _noticed(self.app, self.know))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._crowd.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.remove(self)
        self._unset_keepalive_if_required()  # which uvicorn forgets where the connection broke
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time() if self._heard is None else self._heard
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        self._heard = self._since if self.conn.trailing_data[0] else None
        super().on_response_complete()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._crowd.remove(self)
        super().handle_websocket_upgrade(event)

    def waits(self, now: float) -> tuple[float, float] | None:
        if self.cycle is not None and not self.cycle.response_complete:
            return None
        if self._heard is not None:
            return now - self._heard, self._crowd.limits.head
        return now - (now if self._since is None else self._since), self._crowd.limits.idle


@final
class Live(WebSocketsSansIOProtocol, Line):
    """A live connection."""

    def __init__(self, crowd: Crowd, **given: Any) -> None:
        super().__init__(**given)
        self.logger = log
        self.conn.logger, self.conn.debug = log, False
        self.close_timeout = crowd.limits.farewell
        self._crowd = crowd
        self._since = self.loop.time()
        self.app = cast(Any, _noticed(self.app, self.know))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._crowd.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.remove(self)
        super().connection_lost(exc)

    def waits(self, now: float) -> tuple[float, float] | None:
        return None if self.handshake_complete else (now - self._since, self._crowd.limits.head)


def _noticed(app: Any, know: Callable[[], None]) -> ASGIApp:
    """An application over one connection, which learns when it is asked by whoever may ask."""

    async def noticed(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {**scope.get("extensions", {}), KNOWN: know}}, receive, send)

    return noticed


def _share_of_files() -> int:
    """Half of the files that this process may open."""
    try:
        import resource
    except ImportError:  # Windows bounds them by memory alone
        return 1 << 30
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 30 if soft in (-1, resource.RLIM_INFINITY) else max(FEWEST, soft // 2)


def _spare() -> int | None:
    try:
        return os.open(os.devnull, os.O_RDONLY)
    except OSError:
        return None
