"""The studio's server against pages and processes that are not its own: every route, method and socket."""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import unquote

import pytest
from fastapi.routing import APIWebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from trasluz.server.app import inner_app, make_app
from trasluz.server.assets import Page
from trasluz.server.guard import CSP, METHODS
from trasluz.server.limits import PROTOCOL
from trasluz.server.run import listen, serve
from trasluz.server.studio import Studio, check_point

TOKEN, PORT = "the-token-of-this-run", 8765
BASE = f"http://127.0.0.1:{PORT}"
HOSTILE = [
    "evil.example", f"evil.example:{PORT}", f"127.0.0.1.evil.example:{PORT}", f"128.0.0.1:{PORT}", f"127.1:{PORT}",
    f"2130706433:{PORT}", f"0x7f.0.0.1:{PORT}", f"127.0.0.1.:{PORT}", f"localhost.evil.example:{PORT}",
    f"evil.localhost:{PORT}", f"localhost.:{PORT}x", f"user@127.0.0.1:{PORT}", f"[::1]:{PORT}x", "", ":9000",
    "127.0.0.1:", "127.0.0.1:999999", "localhost:-1", f"[::]:{PORT}", f"0.0.0.0:{PORT}", "192.168.1.7",
    f"192.168.1.7:{PORT}", f"[fe80::1]:{PORT}", f"[::ffff:10.0.0.1]:{PORT}", "my-laptop:9000",
]  # fmt: skip


@pytest.fixture
def studio(workspace):
    made = Studio(workspace=workspace, device="cpu")
    yield made
    made.close()


@pytest.fixture
def app(studio):
    return make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT)


@pytest.fixture
def client(app):
    return TestClient(app, base_url=BASE)


def paths(studio):
    """Every route of the application with its methods, as a request could name it."""
    found, todo = [], list(inner_app(studio).routes)
    while todo:
        route = todo.pop()
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        if inner is not None:
            todo += inner
        elif isinstance(route, APIWebSocketRoute):
            found.append(("socket", filled(route.path)))
        elif getattr(route, "methods", None):
            found += [(method, filled(route.path)) for method in sorted(route.methods)]
    return sorted(set(found))


def filled(path):
    return re.sub(r"\{[a-z]+(:path)?\}", "x", path)


def ask(client, method, path, **headers):
    """The status of one request, by whatever kind of route."""
    if method != "socket":
        return client.request(method, path, headers=headers).status_code
    try:
        with client.websocket_connect(f"ws://127.0.0.1:{PORT}{path}", headers=headers) as socket:
            socket.receive()
    except WebSocketDenialResponse as refusal:
        return refusal.status_code
    except WebSocketDisconnect as end:
        return end.code
    return 0


def test_all_routes_are_known_to_these_tests(studio):
    found = paths(studio)
    assert len(found) >= 25 and ("socket", "/api/live") in found and ("GET", "/") in found
    assert ("GET", "/api/openapi.json") in found and ("GET", "/assets/x") in found
    assert all(path in ("/", "/assets/x") or path.startswith("/api/") for _, path in found)


def test_no_route_answers_without_the_token(client, studio):
    for method, path in paths(studio):
        for headers in (
            {},
            {"authorization": "Bearer wrong"},
            {"authorization": f"Bearer {TOKEN}x"},
            {"authorization": f"Basic {TOKEN}"},
            {"authorization": TOKEN},
            {"cookie": f"token={TOKEN}"},
        ):
            assert ask(client, method, path, **headers) == 401, (method, path, headers)
        assert ask(client, method, f"{path}?token={TOKEN}") == 401
        assert ask(client, method, f"/{TOKEN[:-1]}{path}") == 401
        assert ask(client, method, f"/x/{TOKEN}{path}") == 401


def test_every_route_is_reached_with_the_token(client, studio):
    for method, path in paths(studio):
        assert ask(client, method, f"/{TOKEN}{path}") not in (401, 403, 500), (method, path)
        assert ask(client, method, path, authorization=f"Bearer {TOKEN}") not in (401, 403, 500), (method, path)


def test_a_route_that_nobody_thought_of_is_closed_too(studio):
    from trasluz.server.guard import Guard

    app = inner_app(studio)
    app.add_api_route("/later", lambda: {"secret": 1})
    guarded = TestClient(Guard(app, token=TOKEN, host="127.0.0.1", port=PORT, limits=studio.limits), base_url=BASE)
    assert guarded.get("/later").status_code == 401
    assert guarded.get(f"/{TOKEN}/later").json() == {"secret": 1}
    assert guarded.get("/no-such-route").status_code == 401


@pytest.mark.parametrize("host", HOSTILE)
def test_a_foreign_host_reaches_no_handler(client, studio, host):
    for method, path in paths(studio):
        status = ask(client, method, f"/{TOKEN}{path}", host=host)
        assert status == 403, (method, path)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_the_names_of_this_machine_are_accepted(client, name):
    assert client.get(f"/{TOKEN}/api/about", headers={"host": f"{name}:{PORT}"}).status_code == 200


@pytest.mark.parametrize("port", [PORT, PORT + 1, 80, 9000, 443])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "127.0.0.2", "127.255.255.254"])
def test_behind_a_tunnel_its_own_page_is_let_in_and_others_are_not(client, name, port):
    """`ssh -L 9000:...`, an editor on another machine, `docker -p 9000:...`: the browser asks another port."""
    host = name if port == 80 else f"{name}:{port}"
    own = {"host": host, "origin": f"http://{host}", "sec-fetch-site": "same-origin"}
    assert client.get(f"/{TOKEN}/api/about", headers=own).status_code == 200
    assert client.get("/api/about", headers=own).status_code == 401
    for origin in (f"http://{name}:{port + 1}", "http://evil.example", f"https://{host}", "null"):
        assert client.get(f"/{TOKEN}/api/about", headers={"host": host, "origin": origin}).status_code == 403, origin
    assert ask(client, "socket", f"/{TOKEN}/api/live?map=x", **own) not in (401, 403)
    assert ask(client, "socket", f"/{TOKEN}/api/live?map=x", host=host, origin="http://evil.example") == 403


@pytest.fixture
def shown(studio):
    """The application behind a proxy."""
    public = "https://lab.example"
    return TestClient(make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT, public=public), base_url=BASE)


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("lab.example", "https://lab.example", 200),
        ("lab.example:443", "https://lab.example", 200),
        ("LAB.example", None, 200),
        (f"127.0.0.1:{PORT}", "https://lab.example", 200),
        (f"127.0.0.1:{PORT}", BASE, 200),
        ("lab.example", "http://lab.example", 403),
        ("lab.example:80", "https://lab.example", 403),
        ("lab.example:8443", "https://lab.example", 403),
        ("lab.example", "https://lab.example:8443", 403),
        ("lab.example", "https://evil.example", 403),
        ("lab.example", BASE, 403),
        ("evil.example", "https://evil.example", 403),
        ("lab.example.evil.example", "https://lab.example", 403),
        ("other.lab.example", "https://other.lab.example", 403),
        (f"127.0.0.1:{PORT}", "https://evil.example", 403),
    ],
)
def test_behind_a_proxy_it_is_known_by_its_public_name_alone(shown, client, host, origin, status):
    headers = {"host": host, **({} if origin is None else {"origin": origin})}
    assert shown.get(f"/{TOKEN}/api/about", headers=headers).status_code == status
    assert shown.get("/api/about", headers=headers).status_code in (401, 403)
    if "lab" in f"{host}{origin}":  # without the option nobody knows that name
        assert client.get(f"/{TOKEN}/api/about", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "url",
    ["lab.example", "ftp://lab.example", "https://", "https://user:pass@lab.example", "https://lab.example?x=1",
     "https://lab.example/#x", "https://*.example", "https://lab example", "https://lab.example:x", "https://a/../b c",
     "javascript:alert(1)", ""],
)  # fmt: skip
def test_a_public_address_that_no_browser_could_open_is_refused(workspace, url):
    from trasluz.base.errors import InvalidArgument

    with pytest.raises(InvalidArgument, match="--public-url"):
        serve(workspace=str(workspace.root), public_url=url)


def test_the_address_that_is_printed_is_the_public_one(workspace):
    served = serve(workspace=str(workspace.root), public_url="https://Lab.example:443/trasluz/")
    try:
        assert served.url == f"https://lab.example/trasluz/{served.token}/" and served.is_open
        assert served.listening.getsockname()[0] == "127.0.0.1"
    finally:
        served.listening.close()
        served.studio.close()


def test_a_refusal_names_what_to_do(client):
    told = client.get(f"/{TOKEN}/api/about", headers={"host": "lab.example"}).json()
    assert told["what"] == "not a name of this server" and "--public-url" in told["next"]


def test_who_listens_everywhere_is_reached_by_addresses_and_by_no_names(studio):
    client = TestClient(make_app(studio, token=TOKEN, host="0.0.0.0", port=PORT), base_url=BASE)
    for host, status in (
        ("192.168.1.7", 200),
        ("[fe80::1]", 200),
        ("evil.example", 403),
        ("192.168.1.7.evil.example", 403),
    ):
        assert client.get(f"/{TOKEN}/api/about", headers={"host": f"{host}:{PORT}"}).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": f"https://127.0.0.1:{PORT}"},
        {"origin": f"http://127.0.0.1:{PORT + 1}"},
        {"origin": f"http://localhost:{PORT}"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"origin": "http://evil.example", "host": "evil.example"},
        {"origin": f"http://evil.example:{PORT}", "host": f"evil.example:{PORT}"},
    ],
)
def test_a_foreign_page_reaches_no_handler(client, studio, headers):
    for method, path in paths(studio):
        assert ask(client, method, f"/{TOKEN}{path}", **headers) == 403, (method, path)


def test_its_own_page_is_accepted(client):
    for headers in ({"origin": BASE, "sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {}):
        assert client.get(f"/{TOKEN}/api/about", headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "TRACE", "CONNECT", "PROPFIND", "GETX"])
def test_unknown_methods_are_refused(client, method):
    for path in ("/", "/api/about", "/api/decode"):
        answer = client.request(method, f"/{TOKEN}{path}")
        assert answer.status_code == 405 and method not in METHODS


def test_a_preflight_is_granted_nothing(client):
    headers = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answer = client.options(f"/{TOKEN}/api/decode", headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_has_the_headers_that_protect_it(client, studio):
    asked = [
        ("GET", f"/{TOKEN}/"), ("GET", f"/{TOKEN}/api/about"), ("GET", f"/{TOKEN}/nothing"), ("GET", "/api/about"),
        ("POST", f"/{TOKEN}/api/decode"), ("GET", f"/{TOKEN}/api/models/pets-vae/picture"), ("PUT", f"/{TOKEN}/"),
    ]  # fmt: skip
    for method, path in asked:
        headers = client.request(method, path).headers
        assert headers["content-security-policy"] == CSP and "frame-ancestors 'none'" in CSP
        assert "unsafe" not in CSP and "default-src 'none'" in CSP
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY" and headers["cache-control"] == "no-store"
        assert headers["x-trasluz-protocol"] == PROTOCOL
        assert not [name for name in headers if name.startswith("access-control") or name in ("server", "set-cookie")]


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "%2e%2e",
        "..%2f..%2fetc",
        "%2fetc%2fpasswd",
        "..%5c..",
        "C%3a%5cx",
        "a%00b",
        "models%23x",
        ".hidden",
        "con",
    ],
)
def test_no_name_leads_out_of_the_workspace(client, workspace, name):
    outside = workspace.root.parent / "etc"
    outside.mkdir(parents=True)
    (outside / "config.json").write_text("{}")
    for path in (f"models/{name}", f"models/{name}/picture", f"jobs/{name}", f"maps/{name}",
                 f"directions/{name}?model=pets-vae"):  # fmt: skip
        answer = client.get(f"/{TOKEN}/api/{path}")
        if answer.url.path.startswith(f"/{TOKEN}/api/"):  # the client itself resolves dots
            assert answer.status_code == 404, path
            assert "etc" not in json.dumps(answer.json().get("allowed"))
        else:
            assert answer.status_code in (401, 404)


@pytest.mark.parametrize("model", ["../etc", "/etc", "./x", "hub:org/name", "~/x", "models/../../etc"])
def test_no_model_is_opened_by_path_from_a_page(client, model):
    for asked in ("maps", "lens/reader"):
        assert client.post(f"/{TOKEN}/api/{asked}", json={"model": model}).status_code == 404


@pytest.mark.parametrize(
    "data", ["./photos", "/etc", "../x", "hub:org/name", "samples:pets-vae:10", "folder:x", "npz:x"]
)
def test_no_data_are_opened_by_path_from_a_page(client, data):
    answer = client.post(f"/{TOKEN}/api/maps", json={"model": "pets-vae", "data": data}).json()
    assert answer["job"]["state"] == "failed" and answer["job"]["error"]["what"] == "no such data"


@pytest.mark.parametrize("point", ["/etc/x.png", "me.jpg", "../a.safetensors#3", "x.safetensors", "\\\\host\\x.png"])
def test_no_point_is_a_file_and_nothing_says_whether_it_exists(tmp_path, point):
    from trasluz.server.refusals import NotThere

    (tmp_path / "there.png").write_bytes(b"x")
    with pytest.raises(NotThere) as found:
        check_point(point)
    with pytest.raises(NotThere) as other:
        check_point(str(tmp_path / "there.png"))
    assert found.value.sentence() == other.value.sentence()


def test_our_own_faults_tell_nothing(studio, monkeypatch):
    def fails():
        raise RuntimeError("the secret /home/somebody")

    monkeypatch.setattr(studio, "list_models", fails)
    app = make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT)
    answer = TestClient(app, base_url=BASE).get(f"/{TOKEN}/api/models")
    assert answer.status_code == 500 and answer.json()["what"] == "internal error (RuntimeError)"
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_it_listens_on_this_machine_alone_with_a_token_of_the_run(workspace):
    one, two = serve(workspace=str(workspace.root)), serve(workspace=str(workspace.root))
    try:
        assert one.listening.getsockname()[0] == "127.0.0.1" and not one.is_open
        assert one.token != two.token and len(one.token) >= 32 and one.token not in repr(one)
        assert one.url == f"http://127.0.0.1:{one.port}/{one.token}/"
    finally:
        for served in (one, two):
            served.listening.close()
            served.studio.close()


def test_a_port_that_is_taken_is_said_to_be(workspace):
    from trasluz.base.errors import InvalidArgument

    taken = listen("127.0.0.1", 0)
    try:
        with pytest.raises(InvalidArgument, match="cannot listen"):
            listen("127.0.0.1", taken.getsockname()[1])
    finally:
        taken.close()


def test_labels_with_markup_travel_as_data(client):
    answer = client.get(f"/{TOKEN}/api/directions/%3Cscript%3E?model=x")
    assert answer.headers["content-type"] == "application/json" and answer.status_code == 404


@pytest.fixture
def with_page(studio, tmp_path):
    """A studio with a page of one script, and files beside it that are none of the page's."""
    (tmp_path / "page" / "assets" / "deeper").mkdir(parents=True)
    for name in ("index.html", ".built-from", "assets/index.js", "assets/deeper/index.js", "../secret.js"):
        (tmp_path / "page" / name).write_text("here")
    page = Page.read(tmp_path / "page")
    return make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT, page=page)


def raw(app, path, *, token=True):
    """Status and body of a GET whose path is sent as it stands; a client would tidy it first."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    whole = f"/{TOKEN}{path}" if token else path
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": unquote(whole), "raw_path": whole.encode(), "root_path": "", "query_string": b"",
        "headers": [(b"host", f"127.0.0.1:{PORT}".encode())], "server": ("127.0.0.1", PORT), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_no_file_of_the_page_is_given_without_the_token(with_page):
    assert raw(with_page, "/assets/index.js") == (200, b"here")
    for path in ("/assets/index.js", "/assets/none.js", f"/assets/{TOKEN}/index.js", f"/x/../{TOKEN}/assets/index.js"):
        assert raw(with_page, path, token=False)[0] == 401, path


@pytest.mark.parametrize(
    "name",
    [
        "../index.html", "..%2findex.html", "%2e%2e%2findex.html", "%2e%2e/index.html", "....//index.html",
        "..\\index.html", "..%5cindex.html", "../.built-from", "../../secret.js", "..%2f..%2fsecret.js",
        "%252e%252e%252fsecret.js", "deeper/index.js", "deeper%2findex.js", "deeper/../index.js", "./index.js",
        "/index.js", "index.js/", "index.js/.", "index.js%00", "index.js%00.png", "index.js%20", "index.js.",
        "INDEX.JS", "index.js::$DATA", "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "file:///etc/passwd",
        "C:%5cWindows%5cwin.ini",
        "..", ".", "", "deeper", "*", "%ff%fe", "index%E2%80%A4js",
    ],
)  # fmt: skip
def test_no_name_of_a_file_leads_out_of_the_page_or_says_what_is_there(with_page, name):
    assert raw(with_page, f"/assets/{name}") == raw(with_page, "/assets/no-such-file.js")
    assert raw(with_page, f"/assets/{name}")[0] == 404
