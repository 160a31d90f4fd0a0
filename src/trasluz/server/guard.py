"""What every request and socket passes before anything else: host, origin, token, version, method, body.

It is the outermost layer of the application, so that a route which nobody thought of is as closed as all others.

Programs say the token as the first part of the path (`/TOKEN/api/about`), or as `Authorization: Bearer TOKEN`.
Browsers trade it for a cookie ([`entry.py`](entry.py)), and a cookie is sent whoever had the browser ask: what comes
with it alone has to come from the studio's own page.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import time
from collections.abc import Callable
from typing import final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.server.entry import AGAIN, HTML, OUTSIDE, SCRIPT, Entry, Outside, navigates
from trasluz.server.limits import PROTOCOL, Limits
from trasluz.server.refusals import (
    Busy,
    NotAllowed,
    NoToken,
    OldPage,
    Refused,
    TooLarge,
    TooSlow,
    answer,
)

ONCE = (
    "host", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "authorization", "cookie", "content-length",
    "content-type", "transfer-encoding", "x-trasluz-protocol",
)  # fmt: skip
"""Headers that decide something: of two, one would be believed, and a proxy might believe the other."""
METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
PORTS = {"http": 80, "https": 443}
"""Those that an address need not say."""
EVERYWHERE = ("0.0.0.0", "::", "[::]")
UPLOADS = "/api/uploads"
"""The path whose bodies may be large."""
KNOWN = "trasluz.known"
"""The extension of a connection that is told when what asked over it may ask."""
VERSION_HEADER = "x-trasluz-protocol"
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
    "X-Trasluz-Protocol": PROTOCOL,
}


@final
class Guard:
    """The outermost layer."""

    def __init__(
        self, app: ASGIApp, *, token: str, host: str, port: int, limits: Limits, public: str | None = None,
        path: str = "", entered: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        """`public` is the origin under which a proxy shows it to browsers, and `path` the path there
        (`public_origin`); `entered` is told when a browser comes in."""
        self.app, self.limits = app, limits
        self.entry = Entry(token, port, public=public, path=path, entered=entered)
        self._host, self._port = host, port
        self._public = public
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        protected = _protected(send)
        try:
            inner = self._checked(scope)
            scope.get("extensions", {}).get(KNOWN, _nothing)()
            if isinstance(inner, Response):
                await inner(scope, receive, protected)
                return
            if scope["type"] == "websocket":
                await self.app(inner, receive, send)
                return
            body = await self._body(inner, receive)
        except Refused as refusal:
            await _refuse(refusal, scope, receive, send if scope["type"] == "websocket" else protected)
            return
        try:
            await self.app(inner, _replayed(body, receive), protected)
        finally:
            self._held -= len(body)

    def _checked(self, scope: Scope) -> Scope | Response:
        """The scope without the first part of its path, or what is answered without a route; or a refusal."""
        headers = Headers(scope=scope)
        doubled = next((name for name in ONCE if len(headers.getlist(name)) > 1), None)
        if doubled is not None:
            raise Refused("a header came twice that may come once", got=doubled)
        if "content-length" in headers and "transfer-encoding" in headers:
            raise Refused("two headers say how long the body is", got="content-length, transfer-encoding")
        self._check_host(headers)
        within = self.entry.within(scope["path"])
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        enters = reads and within in (("", True), ("/", True))
        self._check_origin(scope, headers, enters=enters)
        if enters:
            return self.entry.let_in(scope, headers)
        self._check_token(scope, headers, by_path=within is not None and within[1])
        if scope["type"] == "http" and scope["method"] not in METHODS:
            raise NotAllowed("no route has this method", got=scope["method"], allowed=METHODS)
        # `root_path` stays as it is: addresses are relative, and none is built with the token in it.
        rest = scope["path"] if within is None else within[0]
        if reads and rest == "":
            # From there the relative addresses of the page would leave its place out.
            return RedirectResponse(f".{self.entry.place}/")
        if reads and rest == AGAIN:
            return Response(SCRIPT, media_type="text/javascript")
        path = rest or "/"
        inner = scope if within is None else {**scope, "path": path, "raw_path": path.encode("utf-8", "surrogatepass")}
        self._check_version(inner, headers)
        return inner

    def _check_host(self, headers: Headers) -> None:
        """A page of another name that was led to this address has that name in Host (DNS rebinding)."""
        given = headers.getlist("host")
        if len(given) != 1 or not self._is_mine(given[0]):
            raise Refused(
                "not a name of this server",
                next="Open the address that trasluz studio printed; behind a proxy begin it with --public-url ADDRESS",
            )

    def _is_mine(self, given: str) -> bool:
        name, port = _split(given)
        if port < 0:
            return False
        # To these no page is led by a name of its own. The port may be another one, as behind `ssh -L 9000:...`, an
        # editor on another machine, or a container; it is the token that keeps others of this machine out.
        if is_loopback(name) or self._is_public(given):
            return True
        if port != self._port:
            return False
        # Who listens everywhere is reached by addresses, which nobody can lead elsewhere.
        return name == self._host.lower() or (self._host in EVERYWHERE and _is_address(name))

    def _is_public(self, host: str) -> bool:
        """Whether a Host is that of the public address."""
        if self._public is None:
            return False
        usual = PORTS[self._public.partition("://")[0]]
        return _split(host, usual) == _split(self._public.partition("://")[2], usual)

    def _check_origin(self, scope: Scope, headers: Headers, *, enters: bool) -> None:
        """What asks is a page of the very origin that is asked: of the name and port in Host, or of the public one,
        whichever Host the proxy passes on. Whoever has the token may come in from anywhere, by a whole page."""
        mine = set[str]() if self._is_public(headers["host"]) else {f"http://{headers['host']}".lower()}
        if self._public is not None:
            mine.add(self._public)
        if headers.get("origin", next(iter(mine))).lower() not in mine:
            raise Refused("asked by another page", next="Only the studio's own page may ask")
        opened = navigates(scope, headers) and headers.get("sec-fetch-dest", "document") == "document"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not (
            enters and opened and "sec-fetch-dest" in headers
        ):
            kind = Outside if opened else Refused
            raise kind("asked by another site", next="Open the address that trasluz studio printed")

    def _check_token(self, scope: Scope, headers: Headers, *, by_path: bool) -> None:
        if by_path or self.entry.holds_token(headers):
            return
        if not self.entry.holds_cookie(headers):
            raise NoToken("no token of this run, or a wrong one", next="Open the address that trasluz studio printed")
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            return
        # Browsers say of all else who asks, and neither header can be left out by a page.
        if "origin" not in headers and headers.get("sec-fetch-site") != "same-origin":
            raise Refused(
                "asked with the cookie by what says not which page it is",
                next="Programs send the token, as Authorization: Bearer TOKEN",
            )

    def _check_version(self, scope: Scope, headers: Headers) -> None:
        from urllib.parse import parse_qs

        asked = headers.get(VERSION_HEADER)
        if asked is None:
            asked = next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("protocol", [])), PROTOCOL)
        if asked != PROTOCOL:
            raise OldPage(
                "this page is of another version than the studio that runs", got=asked[:40], allowed=PROTOCOL,
                next="Reload the page",
            )  # fmt: skip

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body, which is small and arrives soon, or is refused."""
        most = self.limits.upload if scope["path"] == UPLOADS else self.limits.body
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            raise TooLarge("the body is too large", got=f"{length[:20]} bytes", allowed=f"{most:,} bytes")
        parts: list[bytes] = []
        mine = 0
        try:
            async with asyncio.timeout(self.limits.slow):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise TooSlow("the body did not arrive")
                    part: bytes = message.get("body", b"")
                    more = message.get("more_body", False)
                    mine += len(part)
                    self._held += len(part)
                    if mine > most:
                        raise TooLarge("the body is too large", allowed=f"{most:,} bytes")
                    if self._held > self.limits.held:
                        raise Busy("too much is being uploaded at once", next="Ask again in a moment")
                    parts.append(part)
        except TimeoutError:
            self._held -= mine
            slow = f"within {self.limits.slow:g} seconds"
            raise TooSlow("the body did not arrive in time", allowed=slow) from None
        except BaseException:
            self._held -= mine
            raise
        return b"".join(parts)


def _split(host: str, usual: int = 80) -> tuple[str, int]:
    """Name and port of a Host header; the usual port where none is said, and -1 where none can be read."""
    name, colon, port = host.strip().lower().rpartition(":")
    if not colon or host.rstrip().endswith("]"):
        return host.strip().lower(), usual
    return name, int(port) if port.isdecimal() and len(port) < 6 else -1


def is_loopback(name: str) -> bool:
    """Whether a name means the machine that says it, and no other whatever a name server answers."""
    if name in LOOPBACK:
        return True
    try:
        return ipaddress.IPv4Address(name).is_loopback
    except ValueError:
        return False


def public_origin(url: str) -> tuple[str, str]:
    """The origin of a public address as browsers write it, and the whole without a slash at the end.

    >>> public_origin("https://Lab.example:443/trasluz/")
    ('https://lab.example', 'https://lab.example/trasluz')

    Raises:
        InvalidArgument: it is no address that a browser could open.
    """
    try:
        parts = urlsplit(url.strip())
        name, port = parts.hostname or "", parts.port
    except ValueError:
        parts, name, port = urlsplit(""), "", None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in PORTS or not _NAME.fullmatch(name) or not plain or not _PATH.fullmatch(parts.path):
        raise InvalidArgument(
            "not an address that a browser could open", got=repr(url[:100]), allowed="https://NAME, https://NAME/PATH",
            next="Write what is seen in the browser, without the token: --public-url https://lab.example",
        )  # fmt: skip
    host = f"[{name}]" if ":" in name else name
    origin = f"{parts.scheme}://{host}" + ("" if port in (None, PORTS[parts.scheme]) else f":{port}")
    return origin, origin + parts.path.rstrip("/")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _protected(send: Send) -> Send:
    """Adds the headers that every answer has, and how long it took (Server-Timing, milliseconds)."""
    start = time.perf_counter()

    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
            headers["Server-Timing"] = f"total;dur={1000 * (time.perf_counter() - start):.2f}"
        await send(message)

    return protected


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read already; after it, whatever comes."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed


def _nothing() -> None:
    return


async def _refuse(refusal: TrasluzError, scope: Scope, receive: Receive, send: Send) -> None:
    response: Response = answer(refusal)
    if isinstance(refusal, (NoToken, Outside)) and navigates(scope, Headers(scope=scope)):
        response = Response(OUTSIDE, refusal.status, media_type=HTML)
    if scope["type"] == "http":
        # What was sent and not read is not waited for.
        response.headers["Connection"] = "close"
        await response(scope, receive, send)
    elif "websocket.http.response" in scope.get("extensions", {}):
        await response(scope, receive, _as_handshake(_protected_handshake(send)))
    else:
        await send({"type": "websocket.close", "code": 1008})


def _as_handshake(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        kind = message["type"]
        await send({**message, "type": kind if kind.startswith("websocket.") else f"websocket.{kind}"})

    return wrapped


def _protected_handshake(send: Send) -> Send:
    async def protected(message: Message) -> None:
        if message["type"] == "websocket.http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in HEADERS.items():
                headers[name] = value
            message = {**message, "headers": headers.raw}
        await send(message)

    return protected
