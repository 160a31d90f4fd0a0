"""How a browser comes in: the token of the printed address, once, for a cookie that no script reads.

The first page load trades `/TOKEN/` for the cookie and is led on to `/PLACE/`, where the page lies from then on: in
the address bar, the history and the links that people send, there is no token. Cookies of this machine are sent to
whatever listens at any of its ports; this one is bound to PLACE, a name that is drawn for each run and means nothing
by itself, and so goes to the studio alone. What it holds is not the token either.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import final

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from trasluz.server.refusals import Refused

AGAIN = "/again.js"
"""A script that asks for the page anew. Only who holds the cookie is given it."""
SCRIPT = "location.replace(`./${location.search ? `${location.search}&` : '?'}${location.hash}`)\n"
"""Who follows a link from another site comes without the cookie at first (SameSite); from here it is sent."""
LEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=%s">
<link rel="icon" href="data:,">
<title>Trasluz studio</title>
</head>
<body></body>
</html>
"""
OUTSIDE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Trasluz studio</title>
</head>
<body>
<h1>Trasluz studio</h1>
<p>This browser has not been let in yet. Copy the whole address from the terminal where
<code>trasluz studio</code> runs, with the long word at its end, and open it here. After that, links to the studio work
too, until it is stopped. Your browser has to accept cookies from this address.</p>
<p lang="es">Este navegador todavía no tiene acceso. Copia la dirección completa que aparece en la terminal donde se
ejecuta <code>trasluz studio</code>, con la palabra larga del final, y ábrela aquí. Después funcionarán también los
enlaces al estudio, hasta que se cierre. El navegador debe aceptar las cookies de esta dirección.</p>
<script src="./again.js"></script>
</body>
</html>
"""
"""What whoever holds neither token nor cookie is shown, whatever they asked for."""
HTML = "text/html; charset=utf-8"


class Outside(Refused):
    """A page that another site opens, for which the browser keeps the cookie back."""


@final
class Entry:
    """The token of a run, and the cookie that a browser gets for it."""

    def __init__(
        self, token: str, port: int, *, public: str | None = None, path: str = "",
        entered: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        """Args:
        public: The origin under which a proxy shows the studio, and `path` the path there.
        entered: Is told whenever a browser has come in.
        """
        self._token, self._secret = token.encode(), secrets.token_urlsafe(24)
        self.cookie = f"trasluz-{port}"
        """Named by the port, so that two studios do not throw each other out."""
        self.place = f"/{secrets.token_urlsafe(6)}"
        """The first part of the path of all that the page asks for."""
        self._path, self._secure = path, public is not None and public.startswith("https:")
        self._entered = entered

    def within(self, path: str) -> tuple[str, bool] | None:
        """The rest of a path that begins with the token or with the place, and whether it was the token."""
        first, slash, rest = path[1:].partition("/")
        rest = f"/{rest}" if slash else ""
        if path.startswith("/") and self._is_token(first):
            return rest, True
        return (rest, False) if path.startswith("/") and f"/{first}" == self.place else None

    def holds_cookie(self, headers: Headers) -> bool:
        """Whether one of the cookies is ours. Pages of other ports can add some of the same name."""
        pairs = [part.strip().partition("=") for part in headers.get("cookie", "").split(";")]
        mine = [value for name, _, value in pairs if name == self.cookie]
        return any(hmac.compare_digest(value.encode("utf-8", "replace"), self._secret.encode()) for value in mine)

    def holds_token(self, headers: Headers) -> bool:
        """Whether it is in the header that programs send."""
        kind, _, given = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and self._is_token(given.strip())

    def let_in(self, scope: Scope, headers: Headers) -> Response:
        """The cookie for the token, and the way to the page.

        Of a navigation that another page began, such as the file that our own browser is given, all redirections
        count as its own, and go without a cookie that is for this site alone. A page that leads on ends that.
        """
        up = "../" if scope["path"].endswith("/") else "./"
        query = scope["query_string"].decode("latin-1")
        place = f"{up}{self.place[1:]}/" + (f"?{query}" if query else "")
        if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
            response: Response = RedirectResponse(place, 303)
        else:
            response = Response(LEAD % f"{up}{self.place[1:]}/", media_type=HTML)
        for path in dict.fromkeys((self.place, f"{self._path}{self.place}")):
            response.set_cookie(
                self.cookie, self._secret, path=path, httponly=True, samesite="strict", secure=self._secure
            )
        if self._entered is not None:
            self._entered()
        return response

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._token)


def navigates(scope: Scope, headers: Headers) -> bool:
    """Whether it is a person's browser that opens an address, and shows what it is answered."""
    mode = headers.get("sec-fetch-mode")
    asked = "text/html" in headers.get("accept", "") if mode is None else mode == "navigate"
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and asked
