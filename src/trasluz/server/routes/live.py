"""Live decode: a socket over which a page says where the cursor is, and is shown what lies there.

The page sends text, `{"seq": 7, "x": 0.31, "y": -1.2, "seen": 5}`: positions numbered upwards, and the number of the
newest frame it has drawn. Only the newest position is answered. A frame is a header of 32 bytes, little-endian, and
a WebP. With `"file": true` in the message, as of a page that plays what lies there, it is another one (6): behind the
header come the length of the WebP, the WebP, and the item as the first of the files that its kind writes.

| bytes | what |
|---|---|
| 0-3 | `TLZ1` |
| 4-7 | uint32: 5, a live frame; 6, one with a file |
| 8-11 | uint32: the `seq` that it answers |
| 12-15 | uint32: the nearest row |
| 16-19 | float32: the distance to it, in the space |
| 20-23 | float32: support of the latent there; NaN where that is not tested |
| 24-31 | float32, float32: x, y |
| 32-35 | of one with a file, uint32: bytes of the WebP |

An error is text, `{"error": {...}}`, in place of a frame. Who asks on and sees nothing gets no more frames, and is
closed after a while.
"""

from __future__ import annotations

import asyncio
import json
import math
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, final

import anyio
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.server import images, refusals
from trasluz.server.looks import Look
from trasluz.server.schemas import FARTHEST, Here
from trasluz.server.studio import Studio

router = APIRouter(prefix="/api", tags=["live"])
FRAME, WITH_FILE = 5, 6
LENGTH = 400
"""Characters of a message."""
NEXT = 'Send {"seq": 1, "x": 0.31, "y": -1.2, "seen": 0}'
POLICY, LATER = 1008, 1013


@router.websocket("/live")
async def live(socket: WebSocket, studio: Here, map: str = "") -> None:
    """Answer the newest position, over and over."""
    if studio.sockets >= studio.limits.sockets:
        await socket.close(LATER, "too many live connections")
        return
    try:
        studio.map(map)
    except TrasluzError:
        await socket.close(POLICY, "no such map")
        return
    studio.sockets += 1
    try:
        await _Line(socket, studio, map).serve()
    finally:
        studio.sockets -= 1


@final
@dataclass(frozen=True)
class Position:
    """Where a page is."""

    seq: int
    x: float
    y: float
    seen: int
    """The newest frame that it has drawn."""
    file: bool
    """Whether it wants the item's file too."""


@final
class _Line:
    """One connection."""

    def __init__(self, socket: WebSocket, studio: Studio, id: str) -> None:
        self.socket, self.studio, self.id = socket, studio, id
        self.limits = studio.limits
        self.newest: Position | None = None
        self.unseen: deque[int] = deque()
        """Frames that were sent and not drawn yet."""
        self.moved = time.monotonic()
        """When the page last said that it drew something."""
        self.change = asyncio.Event()
        self.wrong = 0

    async def serve(self) -> None:
        await self.socket.accept()
        reason = ""
        async with anyio.create_task_group() as both:

            async def until_it_ends(work: Callable[[], Awaitable[str]]) -> None:
                nonlocal reason
                reason = await work() or reason
                both.cancel_scope.cancel()

            both.start_soon(until_it_ends, self._read)
            both.start_soon(until_it_ends, self._write)
        if self.socket.application_state is WebSocketState.CONNECTED and reason:
            try:
                async with asyncio.timeout(self.limits.stale):
                    await self.socket.close(POLICY, reason)
            except (TimeoutError, RuntimeError):
                return

    async def _read(self) -> str:
        """Take positions until the page goes; or why it is sent away."""
        while True:
            try:
                text = await self.socket.receive_text()
            except (WebSocketDisconnect, KeyError):
                return ""
            try:
                self._take(text)
            except TrasluzError as error:
                self.wrong += 1
                if self.wrong > self.limits.wrong:
                    return "messages that cannot be read"
                await self._tell(error)
            full = len(self.unseen) >= self.limits.unread
            if full and time.monotonic() - self.moved > self.limits.stale:
                return "frames are not read"

    def _take(self, text: str) -> None:
        self.newest = parse_position(text)
        while self.unseen and self.unseen[0] <= self.newest.seen:
            self.unseen.popleft()
            self.moved = time.monotonic()
        self.change.set()

    async def _write(self) -> str:
        """Answer the newest position whenever there is one and the page keeps up."""
        while True:
            await self.change.wait()
            self.change.clear()
            if self.newest is None or len(self.unseen) >= self.limits.unread:
                continue
            asked, self.newest = self.newest, None
            try:
                frame = await self._frame(asked)
            except Exception as error:  # noqa: BLE001 - told in its place, and the line goes on
                self._sent(asked.seq)
                await self._tell(refusals.as_ours(error))
                continue
            self._sent(asked.seq)
            try:
                async with asyncio.timeout(self.limits.stale):
                    await self.socket.send_bytes(frame)
            except TimeoutError:
                return "frames are not read"
            except (WebSocketDisconnect, RuntimeError):
                return ""

    def _sent(self, seq: int) -> None:
        if not self.unseen:
            self.moved = time.monotonic()
        self.unseen.append(seq)

    async def _frame(self, asked: Position) -> bytes:
        found = self.studio.map(self.id)  # asked for anew: its model or its atlas may be gone
        future = asyncio.wrap_future(found.look(Look([(asked.x, asked.y)], 1)))
        try:
            [looked] = await future
        finally:
            future.cancel()
        [(row, distance)] = looked.near
        support = math.nan if looked.support is None else looked.support
        form = WITH_FILE if asked.file else FRAME
        head = struct.pack("<4sIIIffff", images.MAGIC, form, asked.seq, row, distance, support, asked.x, asked.y)
        if not asked.file:
            return head + looked.webp
        kind = found.kind
        file = await self.studio.run(kind.file, looked.item, kind.writes[0])
        return head + struct.pack("<I", len(looked.webp)) + looked.webp + file

    async def _tell(self, error: TrasluzError) -> None:
        try:
            async with asyncio.timeout(self.limits.stale):
                await self.socket.send_text(json.dumps({"error": refusals.document(error)}))
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return


def parse_position(text: str) -> Position:
    """The position of a message.

    Raises:
        InvalidArgument: not one.
    """
    if len(text) > LENGTH:
        raise InvalidArgument("the message is too long", got=f"{len(text):,} characters", next=NEXT)
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidArgument("the message is not JSON", next=NEXT) from None
    if not isinstance(value, dict) or set(value) - {"seq", "x", "y", "seen", "file"}:
        raise InvalidArgument("the message is not a position", next=NEXT)
    seq, seen = _count(value.get("seq")), _count(value.get("seen", 0))
    x, y = _number(value.get("x")), _number(value.get("y"))
    file = value.get("file", False)
    if not isinstance(file, bool):
        raise InvalidArgument("the message is not a position", next=NEXT)
    return Position(seq, x, y, seen, file)


def _count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32:
        return value
    raise InvalidArgument("the message is not a position", next=NEXT)


def _number(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= FARTHEST:  # false for NaN too
        return float(value)
    raise InvalidArgument("the message is not a position", next=NEXT)
