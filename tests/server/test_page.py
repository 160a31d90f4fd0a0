"""The page that was built, and what it is served with."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from trasluz.cli.app import app
from trasluz.server import run
from trasluz.server.app import make_app
from trasluz.server.assets import BUILT, Page, takes_gzip
from trasluz.server.studio import Studio

TOKEN, PORT = "a-token-of-this-run", 8765
BASE = f"http://127.0.0.1:{PORT}"
INDEX = '<!doctype html><script type="module" src="./assets/index-B0YVuEgB.js"></script>'
SCRIPT = "console.log('a script of the page, with an ñ');\n" * 100
FILES = {
    "index-B0YVuEgB.js": SCRIPT.encode(),
    "index-B-URXBzH.css": b"p{color:green}",
    "icon-Bg5WhnIS.svg": b"<svg>" + b" " * 2000 + b"</svg>",
    "letters-a1b2c3d4.woff2": b"wOF2" * 1000,
    "picture-a1b2c3d4.png": b"\x89PNG" * 1000,
    "picture-a1b2c3d4.webp": b"RIFF" * 1000,
    "words.json": b"{}",
    "index-B0YVuEgB.js.map": b'{"version": 3}',
    "other.bin": b"\0",
}
KINDS = {
    "index-B0YVuEgB.js": "text/javascript; charset=utf-8",
    "index-B-URXBzH.css": "text/css; charset=utf-8",
    "icon-Bg5WhnIS.svg": "image/svg+xml",
    "letters-a1b2c3d4.woff2": "font/woff2",
    "picture-a1b2c3d4.png": "image/png",
    "picture-a1b2c3d4.webp": "image/webp",
    "words.json": "application/json",
    "index-B0YVuEgB.js.map": "application/json",
    "other.bin": "application/octet-stream",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page as the build leaves it."""
    made = tmp_path / "page"
    (made / "assets" / "deeper").mkdir(parents=True)
    (made / "index.html").write_text(INDEX, encoding="utf-8")
    (made / ".built-from").write_text("0" * 64)
    (made / "assets" / "deeper" / "secret.js").write_text("1")
    for name, body in FILES.items():
        (made / "assets" / name).write_bytes(body)
    return made


@pytest.fixture
def ask(workspace, folder: Path):
    """What a browser gets of it, without following where it is led, and without gzip unless it is asked for."""
    studio = Studio(workspace=workspace, device="cpu")
    guarded = make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT, page=Page.read(folder))
    client = TestClient(guarded, base_url=BASE, follow_redirects=False)
    client.headers["accept-encoding"] = "identity"
    yield client.get
    studio.close()


def test_the_page_is_never_kept_by_the_browser(ask):
    led = ask(f"/{TOKEN}/")
    page = ask(str(led.url.join(led.headers["location"])))
    assert led.status_code == 303 and led.headers["cache-control"] == "no-store" and TOKEN not in str(page.url)
    assert page.status_code == 200 and page.text == INDEX
    assert page.headers["content-type"] == "text/html; charset=utf-8" and page.headers["cache-control"] == "no-store"


def test_without_the_slash_it_is_led_to_the_same_place(ask):
    led, with_slash = ask(f"/{TOKEN}"), ask(f"/{TOKEN}/")
    page = led.url.join(led.headers["location"])
    assert led.status_code == 303 and page == with_slash.url.join(with_slash.headers["location"])
    assert led.headers["cache-control"] == "no-store" and led.headers["referrer-policy"] == "no-referrer"
    again = ask(str(page).rstrip("/"))
    assert again.url.join(again.headers["location"]) == page, "from where relative addresses are right"
    assert ask(f"/{TOKEN}x").status_code == ask("/").status_code == 401, "nobody else is led anywhere"


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_its_type_and_its_content(ask, name):
    answer = ask(f"/{TOKEN}/assets/{name}")
    assert answer.status_code == 200 and answer.content == FILES[name]
    assert answer.headers["content-type"] == KINDS[name] and answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_is_called_by_its_content_is_kept(ask):
    for name in FILES:
        kept = ask(f"/{TOKEN}/assets/{name}").headers["cache-control"]
        assert kept == ("no-store" if name in ("words.json", "other.bin") else "private, max-age=31536000, immutable")


def test_it_is_packed_where_the_browser_takes_that_and_it_is_worth_it(ask):
    plain, packed = (
        ask(f"/{TOKEN}/assets/index-B0YVuEgB.js", headers={"accept-encoding": by}) for by in ("br", "br, gzip")
    )
    assert packed.text == plain.text == SCRIPT, "the client unpacks it"
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 10
    for name in ("index-B-URXBzH.css", "picture-a1b2c3d4.png", "letters-a1b2c3d4.woff2"):
        answer = ask(f"/{TOKEN}/assets/{name}", headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in answer.headers and answer.content == FILES[name], "small, or packed already"


def test_it_is_packed_once_and_always_to_the_same_bytes(folder):
    one, two = (Page.read(folder).assets["index-B0YVuEgB.js"] for _ in range(2))
    assert one.packed is one.packed and one.packed == two.packed
    assert gzip.decompress(one.packed or b"").decode() == SCRIPT


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("gzip;q=0", False),
        ("gzip; q=0.00", False),
        ("gzip;q=0.001", True),
        ("", False),
        ("identity", False),
        ("xgzip", False),
        ("*", False),
    ],
)
def test_what_a_browser_takes(header, takes):
    assert takes_gzip(header) is takes


def test_it_stays_as_it_was_when_the_studio_was_started(ask, folder):
    """So that a page that is built anew meanwhile does not end half of the one and half of the other."""
    (folder / "assets" / "index-B0YVuEgB.js").unlink()
    (folder / "assets" / "later.js").write_text("1")
    (folder / "index.html").write_text("another")
    assert ask(f"/{TOKEN}/assets/index-B0YVuEgB.js").text == SCRIPT
    led = ask(f"/{TOKEN}/")
    assert ask(str(led.url.join(led.headers["location"]))).text == INDEX
    assert ask(f"/{TOKEN}/assets/later.js").status_code == 404


def test_no_link_and_no_deeper_folder_is_part_of_it(folder):
    (folder / "assets" / "passwd.json").symlink_to("/etc/passwd")
    assert set(Page.read(folder).assets) == set(FILES)


def test_a_page_that_was_not_built_says_so(workspace, tmp_path):
    studio = Studio(workspace=workspace, device="cpu")
    page = Page.read(tmp_path / "nothing")
    client = TestClient(make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT, page=page), base_url=BASE)
    answer = client.get(f"/{TOKEN}/")
    assert not page.is_built and "not built: run <code>make web</code>" in answer.text and "<script" not in answer.text
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
    assert client.get(f"/{TOKEN}/api/about").status_code == 200 and client.get(f"/{TOKEN}/assets/x.js").json()["next"]
    studio.close()


@pytest.mark.parametrize("built", [True, False])
def test_the_command_line_says_that_it_has_no_page(workspace, monkeypatch, built):
    begin, begun = run.serve, []

    def serve(*args, **options):
        begun.append(begin(*args, **options))
        begun[0].page = Page("the page" if built else None, {})
        return begun[0]

    monkeypatch.setattr(run, "serve", serve)
    monkeypatch.setattr(run.Served, "run", lambda served, ready: ready(served.url))
    told = CliRunner().invoke(app, ["studio", "--no-browser"])
    assert told.exit_code == 0 and told.stdout.strip() == begun[0].url
    assert ("run make web" in told.stderr) is not built
    begun[0].listening.close()
    begun[0].studio.close()


def test_the_page_that_ships_asks_for_nothing_elsewhere():
    page = Page.read(BUILT)
    if page.index is None:
        pytest.skip("the page is not built: run make web")
    asked = [part.partition('"')[0] for word in ("src", "href") for part in page.index.split(f'{word}="')[1:]]
    assert asked and all(name.startswith("./assets/") for name in asked)
    assert {name.removeprefix("./assets/") for name in asked} <= set(page.assets)
    assert "<style" not in page.index and "style=" not in page.index and "<script>" not in page.index
