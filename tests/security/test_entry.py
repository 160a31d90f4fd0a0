"""The token and the cookie: where they are, where they are not, and that pages of other ports get nothing by either."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator
from http.cookiejar import CookieJar
from typing import Any

import pytest
from starlette.testclient import TestClient

from security.test_server import ask, paths
from trasluz.io.workspace import Workspace
from trasluz.server import guard as guards
from trasluz.server.app import make_app
from trasluz.server.entry import OUTSIDE
from trasluz.server.guard import ONCE, Guard
from trasluz.server.run import serve
from trasluz.server.studio import Studio

TOKEN, PORT = "the-token-of-this-run", 8765
BASE = f"http://127.0.0.1:{PORT}"
OWN = {"origin": BASE, "sec-fetch-site": "same-origin"}
OTHER_PORT = f"http://127.0.0.1:{PORT + 1}"
NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "accept": "text/html"}
FORGED: list[dict[str, str]] = [
    {"origin": OTHER_PORT, "sec-fetch-site": "same-site"},
    {"origin": OTHER_PORT},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    {"sec-fetch-site": "cross-site", **NAVIGATION},
    {"sec-fetch-site": "same-site", **NAVIGATION},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": f"http://localhost:{PORT}", "sec-fetch-site": "cross-site"},
    {"origin": BASE, "sec-fetch-site": "same-site"},
    {"origin": OTHER_PORT, "sec-fetch-site": "same-origin"},
]
"""What browsers send for a page of another port or site, and what a page might wish they sent."""


@pytest.fixture
def studio(workspace: Workspace) -> Iterator[Studio]:
    made = Studio(workspace=workspace, device="cpu")
    yield made
    made.close()


@pytest.fixture
def app(studio: Studio) -> Any:
    return make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT)


def page_of(app: Any, base: str = BASE) -> tuple[TestClient, str]:
    """A browser that has come in by the printed address, and where it was led."""
    client = TestClient(app, base_url=base, follow_redirects=False)
    led = client.get(f"/{TOKEN}/")
    return client, str(led.url.join(led.headers["location"]))


# Coming in ------------------------------------------------------------------------------------------------------------


def test_the_first_load_trades_the_token_for_a_cookie(app: Any) -> None:
    client = TestClient(app, base_url=BASE, follow_redirects=False)
    led = client.get(f"/{TOKEN}/?one=1")
    place = str(led.url.join(led.headers["location"]))
    assert led.status_code == 303 and TOKEN not in place and place.endswith("/?one=1")
    assert led.headers["cache-control"] == "no-store" and led.headers["referrer-policy"] == "no-referrer"
    said = led.headers["set-cookie"].lower()
    path = re.escape("/" + place.split("/")[3].lower())
    assert re.fullmatch(rf"trasluz-{PORT}=[\w-]{{32}}; httponly; path={path}; samesite=strict", said)
    assert TOKEN not in said, "nor is it in the cookie"
    base = place.partition("?")[0]
    assert client.get(f"{base}api/about").status_code == 200
    assert client.post(f"{base}api/maps", headers=OWN, json={"model": "no-such"}).status_code == 404
    assert client.get("/api/about").status_code == 401, "the cookie is not sent there, nor to what listens elsewhere"
    assert "set-cookie" not in client.get(f"{base}api/about").headers


def test_every_route_is_reached_with_the_cookie_by_the_page_itself(app: Any, studio: Studio) -> None:
    client, place = page_of(app)
    [cookie] = [f"{name}={value}" for name, value in client.cookies.items()]
    under = place.removeprefix(BASE).rstrip("/")
    client.cookies.clear()
    for method, path in paths(studio):
        assert ask(client, method, f"{under}{path}", cookie=cookie, **OWN) not in (401, 403, 500), (method, path)
        assert ask(client, method, f"{under}{path}", **OWN) == 401, "the place alone is no key"
        assert ask(client, method, f"{under}{path}", cookie=f"{cookie}x", **OWN) == 401
        assert ask(client, method, f"{under}{path}", cookie=f"trasluz-{PORT}={TOKEN}", **OWN) == 401


def test_two_studios_do_not_throw_each_other_out(studio: Studio) -> None:
    """Cookies do not know ports: one jar for both. The third has the port of the first, behind a tunnel."""
    jar, clients = CookieJar(), list[tuple[TestClient, str]]()
    for port in (PORT, PORT + 1, PORT):
        app = make_app(studio, token=TOKEN, host="127.0.0.1", port=port)
        client = TestClient(app, base_url=f"http://127.0.0.1:{port}", follow_redirects=False)
        client.cookies.jar = jar
        led = client.get(f"/{TOKEN}/")
        clients.append((client, str(led.url.join(led.headers["location"]))))
    assert len({cookie.name for cookie in jar}) == 2 and len(list(jar)) == 3
    for client, place in clients:
        assert client.get(f"{place}api/about").status_code == 200


def test_a_cookie_of_that_name_that_another_port_sets_shuts_nobody_out(app: Any) -> None:
    client, place = page_of(app)
    [cookie] = [f"{name}={value}" for name, value in client.cookies.items()]
    for tossed in (f"trasluz-{PORT}=x; {cookie}", f"{cookie}; trasluz-{PORT}=x", f"a=b; {cookie};", f"=; ;;{cookie}"):
        assert client.get(f"{place}api/about", headers={"cookie": tossed}).status_code == 200
    assert client.get(f"{place}api/about", headers={"cookie": f"trasluz-{PORT}=x; trasluz-{PORT}="}).status_code == 401


@pytest.mark.parametrize(
    ("public", "path", "host", "paths", "secure"),
    [
        (None, "", f"127.0.0.1:{PORT}", ["{}"], False),
        (None, "", "localhost:9000", ["{}"], False),
        ("https://lab.example", "/trasluz", "lab.example", ["{}", "/trasluz{}"], True),
        ("https://lab.example", "", "lab.example", ["{}"], True),
        ("http://lab.example:8000", "/a/b", "lab.example:8000", ["{}", "/a/b{}"], False),
    ],
)
def test_the_cookie_is_for_the_path_that_the_browser_sees(
    studio: Studio, public: str | None, path: str, host: str, paths: list[str], secure: bool
) -> None:
    app = make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT, public=public, path=path)
    client = TestClient(app, base_url=BASE, follow_redirects=False)
    led = client.get(f"/{TOKEN}/", headers={"host": host})
    place = led.headers["location"].removeprefix("..").rstrip("/")
    said = led.headers.get_list("set-cookie")
    assert [re.findall("[Pp]ath=([^;]+)", one) for one in said] == [[one.format(place)] for one in paths]
    assert all(("Secure" in one) is secure for one in said)


def test_serve_tells_the_guard_the_public_path(workspace: Workspace) -> None:
    served = serve(workspace=str(workspace.root), public_url="https://lab.example/trasluz")
    try:
        client = TestClient(served.server().config.app, base_url="https://lab.example", follow_redirects=False)  # pyright: ignore[reportArgumentType]
        said = client.get(f"/{served.token}/").headers.get_list("set-cookie")
        assert len(said) == 2 and "Path=/trasluz/" in said[1] and "Secure" in said[0]
    finally:
        served.listening.close()
        served.studio.close()


# What another page began ----------------------------------------------------------------------------------------------


def test_the_file_that_the_browser_is_given_leads_in(app: Any) -> None:
    """Redirections from a page of no origin would go without the cookie: a page of ours leads on."""
    client = TestClient(app, base_url=BASE, follow_redirects=False)
    led = client.get(f"/{TOKEN}/", headers={"sec-fetch-site": "cross-site", **NAVIGATION})
    assert led.status_code == 200 and TOKEN not in led.text and "httponly" in led.headers["set-cookie"].lower()
    found = re.search(r'content="0; url=(\.\./[\w-]+/)"', led.text)
    assert found and client.get(str(led.url.join(found[1])), headers=OWN).status_code in (200, 404)


@pytest.mark.parametrize("headers", [one for one in FORGED if one.get("sec-fetch-dest") != "document"])
def test_nothing_but_a_whole_page_comes_in_from_elsewhere(app: Any, headers: dict[str, str]) -> None:
    client = TestClient(app, base_url=BASE, follow_redirects=False)
    answer = client.get(f"/{TOKEN}/", headers=headers)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_a_link_from_elsewhere_asks_again_for_who_holds_the_cookie(app: Any) -> None:
    client, place = page_of(app)
    first = client.get(place, headers={"sec-fetch-site": "cross-site", **NAVIGATION})
    assert first.status_code == 403 and first.text == OUTSIDE and "./again.js" in first.text
    script = client.get(f"{place}again.js", headers={"sec-fetch-site": "same-origin"})
    assert script.status_code == 200 and "location.hash" in script.text
    assert script.headers["content-type"].startswith("text/javascript")
    client.cookies.clear()
    assert client.get(f"{place}again.js", headers={"sec-fetch-site": "same-origin"}).status_code == 401


@pytest.mark.parametrize("path", ["/", "/<script>alert(1)</script>", "/x/y?z=<b>", f"/{TOKEN}x/", "/api/about"])
def test_who_holds_neither_is_told_what_to_do_and_nothing_else(app: Any, path: str) -> None:
    answer = TestClient(app, base_url=BASE).get(path, headers={"accept": "text/html,*/*", "cookie": "a=<i>"})
    assert (answer.status_code, answer.text) == (401, OUTSIDE)
    assert 'lang="es"' in OUTSIDE and answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert TestClient(app, base_url=BASE).get("/api/about").json()["kind"] == "no_token", "programs are told as before"


# Forgeries ------------------------------------------------------------------------------------------------------------


def attacks(app: Any, studio: Studio, headers: dict[str, str]) -> set[int]:
    """What a page of another port gets that has the browser ask, which sends the cookie along: all statuses."""
    client, place = page_of(app)
    under = place.removeprefix(BASE).rstrip("/")
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    client.cookies.clear()
    return {ask(client, method, f"{under}{path}", cookie=cookie, **headers) for method, path in paths(studio)}


@pytest.mark.parametrize("headers", FORGED)
def test_a_page_of_another_port_gets_nothing_by_the_cookie(app: Any, studio: Studio, headers: dict[str, str]) -> None:
    assert attacks(app, studio, headers) == {403}


@pytest.mark.parametrize("headers", [FORGED[0], FORGED[2]])
def test_without_the_look_at_who_asks_it_would(
    app: Any, studio: Studio, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Guard, "_check_origin", lambda *_, **__: None)
    assert 200 in attacks(app, studio, headers)


def test_what_says_not_who_asks_may_read_and_no_more(app: Any, studio: Studio) -> None:
    """Browsers say it of all that writes, and of sockets; of what reads, old ones do not, nor where there is no TLS."""
    client, place = page_of(app)
    under = place.removeprefix(BASE).rstrip("/")
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    client.cookies.clear()
    for method, path in paths(studio):
        refused = ask(client, method, f"{under}{path}", cookie=cookie) in (401, 403)
        assert refused is (method not in ("GET", "HEAD")), (method, path)
        # A program that has the token is no page.
        assert ask(client, method, path, authorization=f"Bearer {TOKEN}") not in (401, 403)


# Headers that come twice ----------------------------------------------------------------------------------------------


def twice(app: Any, name: str, values: tuple[str, str], path: str = f"/{TOKEN}/api/about") -> int:
    """The status of a request with two headers of one name."""
    headers = {"host": f"127.0.0.1:{PORT}"}
    headers.pop(name, None)
    raw = [(key.encode(), value.encode()) for key, value in [*headers.items(), *((name, one) for one in values)]]
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": raw,
        "server": ("127.0.0.1", PORT), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"]


TWICE = {
    "sec-fetch-site": ("same-origin", "cross-site"), "origin": (BASE, "http://evil.example"),
    "host": (f"127.0.0.1:{PORT}", "evil.example"), "content-length": ("0", "5"), "authorization": ("Bearer x", "y"),
    "cookie": ("a=b", "c=d"), "sec-fetch-mode": ("navigate", "cors"), "x-trasluz-protocol": ("1", "2"),
}  # fmt: skip


@pytest.mark.parametrize("name", ONCE)
def test_a_header_that_decides_something_comes_once(app: Any, name: str) -> None:
    values = TWICE.get(name, ("x", "y"))
    assert twice(app, name, values) == 403 and twice(app, name, (values[1], values[0])) == 403
    assert twice(app, name, (values[0], values[0])) == 403, "nor twice the same"


def test_without_that_the_first_is_believed(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "ONCE", ())
    assert twice(app, "sec-fetch-site", TWICE["sec-fetch-site"]) == 200


# Nothing of it is written down ----------------------------------------------------------------------------------------


def test_no_log_has_the_token_or_the_cookie(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where somebody, as in a notebook, has all that is ever said written down."""
    import logging

    import httpx2
    from websockets.sync.client import connect

    import trasluz as tl

    with caplog.at_level(logging.DEBUG), tl.studio(workspace=workspace, browser=False) as running:
        token = running.url.split("/")[-2]
        with httpx2.Client(follow_redirects=True, timeout=20) as client:
            page = client.get(running.url)
            cookie = page.request.headers["cookie"]
            assert client.get(f"{page.url}api/about").status_code == 200
        headers = {"cookie": cookie}
        origin: Any = str(page.url).rsplit("/", 2)[0]
        for socket in (f"{page.url}api/live?map=x", f"{running.url}api/live?map=x"):
            with contextlib.suppress(Exception):
                connect(socket.replace("http", "ws", 1), additional_headers=headers, origin=origin, logger=QUIET)
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    told = "\n".join(logging.Formatter().format(record) for record in ours)
    assert ours and token not in told and cookie.partition("=")[2] not in told


class _Quiet:
    """The log of the socket that asks, which is no part of the studio."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: False


QUIET: Any = _Quiet()
