"""The studio's server under load, slow and hostile clients: bounded, typed, and still there for the others."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import socket
import struct
import threading
import time
import zlib
from dataclasses import replace

import httpx2
import numpy as np
import psutil
import pyarrow as pa
import pytest
import torch
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import painted
from trasluz.atlas.query import matching
from trasluz.lab.encode import encode
from trasluz.server.batches import Batcher
from trasluz.server.limits import Limits
from trasluz.server.refusals import Busy
from trasluz.server.routes import uploads
from trasluz.server.run import Served, listen
from trasluz.server.studio import Studio

LIMITS = Limits(patience=20, gone=0.05, slow=0.6, stale=0.5, upload=200_000, body=50_000)


@pytest.fixture
def serving(workspace):
    """Starts a real server over the painted model."""
    encode(painted.saved(workspace), painted.data(120), name="painted", workspace=workspace)
    running = []

    def start(limits=LIMITS):
        sock = listen("127.0.0.1", 0)
        studio = Studio(workspace=workspace, device="cpu", limits=limits)
        served = Served(studio, "127.0.0.1", sock.getsockname()[1], sock)
        server = served.server()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        running.append((server, thread))
        return served

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def served(serving):
    return serving()


@pytest.fixture
def client(served):
    with httpx2.Client(base_url=served.url, timeout=60) as client:
        yield client


@pytest.fixture
def map(client):
    return client.post("api/maps", json={"model": "painted", "atlas": "painted"}).json()["map"]["id"]


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def live(served, map, **options):
    return connect(f"{served.url.replace('http', 'ws')}api/live?map={map}", compression=None, **options)


def raw(served, text):
    """A connection on which bytes are sent as they are."""
    sock = socket.create_connection(("127.0.0.1", served.port), timeout=20)
    sock.sendall(text.encode())
    return sock


def head(served, path, length):
    return (
        f"POST /{served.token}/api/{path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
        f"Content-Type: application/json\r\n{length}\r\n\r\n"
    )


def status(sock):
    data = b""
    while b"\r\n" not in data:
        part = sock.recv(4096)
        if not part:
            break
        data += part
    return int(data.split()[1]) if data else 0


@pytest.mark.long
def test_a_thousand_decodes_at_once_are_answered_as_one_by_one_or_asked_to_wait(serving, monkeypatch):
    """Number 19: each right or 503 with Retry-After, the memory flat, and the server there afterwards."""
    served = serving(replace(LIMITS, queue=64, slow=60.0))
    places = np.random.default_rng(0).normal(0, 1, (1000, 2)).round(3).tolist()
    before = psutil.Process().memory_info().rss
    # However quick it is: nothing is decoded until somebody was sent away.
    decoded, do, full = Batcher._decoded, Batcher.do, threading.Event()

    def told(self, *given):
        try:
            return do(self, *given)
        except Busy:
            full.set()
            raise

    monkeypatch.setattr(Batcher, "do", told)
    monkeypatch.setattr(Batcher, "_decoded", lambda self, z: decoded(self, z) if full.wait(60) else None)

    async def all_at_once():
        limits = httpx2.Limits(max_connections=1000)
        async with httpx2.AsyncClient(base_url=served.url, timeout=120, limits=limits) as client:
            opened = await client.post("api/maps", json={"model": "painted", "atlas": "painted"})
            map = opened.json()["map"]["id"]
            asked = [{"map": map, "at": [{"xy": xy}], "neighbours": 1} for xy in places]
            return map, await asyncio.gather(*(client.post("api/decode", json=one) for one in asked))

    map, answers = asyncio.run(all_at_once())
    plane = served.studio.map(map).plane
    done = [(xy, a.json()["items"][0]) for xy, a in zip(places, answers, strict=True) if a.status_code == 200]
    refused = [a for a in answers if a.status_code == 503]
    assert len(done) + len(refused) == 1000 and len(done) >= 64 and refused
    assert all(a.headers["retry-after"] == "1" and a.json()["next"] for a in refused)
    for xy, item in done:
        shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(item["picture"]["webp"]))))
        alone = painted.decode(plane.inverse(xy))[0].mul(255).numpy().transpose(1, 2, 0)
        assert np.abs(shown - alone).max() <= 0.5 + 255e-4
    assert psutil.Process().memory_info().rss - before < 400 << 20
    assert httpx2.get(f"{served.url}api/about").status_code == 200


@pytest.mark.parametrize("path", ["decode", "uploads", "maps"])
def test_a_body_that_is_too_large_is_refused_before_it_comes(served, path):
    sock = raw(served, head(served, path, f"Content-Length: {10**12}"))
    assert status(sock) == 413
    sock.close()


def test_a_chunked_body_is_refused_when_it_becomes_too_large(served):
    sock = raw(served, head(served, "decode", "Transfer-Encoding: chunked"))
    chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
    try:
        for _ in range(13):
            sock.sendall(chunk)
    except OSError:  # refused and closed before all of it was sent
        pass
    else:
        assert status(sock) == 413
    sock.close()
    with httpx2.Client(base_url=served.url, timeout=20) as client:
        answer = client.post("api/decode", content=(b" " * 4096 for _ in range(13)))
        assert answer.status_code == 413 and "50,000" in answer.json()["sentence"]


def test_a_body_that_does_not_arrive_is_not_waited_for(served):
    began = time.monotonic()
    sock = raw(served, head(served, "decode", "Content-Length: 100") + "{")
    assert status(sock) == 408 and time.monotonic() - began < 5
    sock.close()


def test_uploads_have_a_limit_of_their_own_and_what_is_held_is_counted(serving):
    served = serving(replace(LIMITS, held=250_000))
    slow = raw(served, head(served, "uploads?map=x", "Content-Length: 190000") + "x" * 180_000)
    time.sleep(0.2)
    with httpx2.Client(base_url=served.url, timeout=20) as client:
        assert client.post("api/uploads?map=x", content=b"x" * 190_000).status_code == 503
        assert status(slow) == 408
        assert client.post("api/uploads?map=x", content=b"x" * 190_000).status_code == 404
        assert client.post("api/uploads?map=x", content=b"x" * 210_000).status_code == 413
    slow.close()


@pytest.mark.parametrize(
    "body",
    [
        "[" * 40_000, "{" * 40_000, json.dumps({f"k{i}": i for i in range(3000)}), "", "null", "\xff", '{"map": 1}',
        json.dumps({"map": "x", "at": [{"xy": [1, 2]}] * 1000}), '{"map": "x", "at": [{"xy": [NaN, 1]}]}',
    ],
)  # fmt: skip
def test_bodies_that_are_nothing_are_refused_in_a_moment(served, body):
    began = time.monotonic()
    answer = httpx2.post(
        f"{served.url}api/decode", content=body.encode("latin-1"), headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 404) and time.monotonic() - began < 5
    assert set(answer.json()) == {"kind", "what", "got", "allowed", "next", "sentence", "stopped"}
    assert len(answer.content) < 3000 and "Traceback" not in answer.text


def test_a_decompression_bomb_is_refused_by_its_header(client, map):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000_000)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    before = psutil.Process().memory_info().rss
    answer = client.post("api/uploads", params={"map": map}, content=bomb)
    assert answer.status_code == 400 and "bomb" in answer.json()["sentence"]
    assert psutil.Process().memory_info().rss - before < 64 << 20


def test_a_decode_is_dropped_when_its_page_has_gone(served, client, map, monkeypatch):
    """Number 20: within a second."""
    found = served.studio.map(map)
    held, begun, asked = threading.Event(), threading.Event(), []
    do = type(found.batcher).do

    def kept(self, *given):
        asked.append(do(self, *given))
        return asked[-1]

    def slow(z):
        begun.set()
        held.wait(20)
        return painted.decode(z)

    monkeypatch.setattr(type(found.batcher), "do", kept)
    monkeypatch.setattr(found.space, "render", slow)
    found.batcher.ask(torch.zeros(1, 5))
    assert begun.wait(10)
    body = json.dumps({"map": map, "at": [{"xy": [0.1, 0.2]}]})
    sock = raw(served, head(served, "decode", f"Content-Length: {len(body)}") + body)
    until(lambda: len(asked) == 2)
    sock.close()
    began = time.monotonic()
    until(asked[1].cancelled)
    assert time.monotonic() - began < 1
    held.set()
    assert asked[0].result(10).shape == (1, 3, 16, 16) and client.get("api/about").status_code == 200


def test_a_sheet_is_given_up_when_its_page_has_gone(served, client, map, monkeypatch):
    """Number 20: of 600 places only those are decoded that were being decoded then."""
    found = served.studio.map(map)
    held, begun, decoded = threading.Event(), threading.Event(), []

    def slow(z):
        decoded.append(len(z))
        begun.set()
        held.wait(20)
        return painted.decode(z)

    monkeypatch.setattr(found.space, "render", slow)
    query = "x0=-2&y0=-2&x1=2&y1=2&across=30&down=20"
    ask = head(served, f"maps/{map}/sheet?{query}", "").replace("POST", "GET", 1)
    sock = raw(served, ask)
    assert begun.wait(10)
    sock.close()
    time.sleep(4 * LIMITS.gone)
    held.set()
    assert client.get("api/about").status_code == 200
    time.sleep(4 * LIMITS.gone)
    assert decoded == [LIMITS.batch // 2] and served.studio.sheets.currsize == 0


def test_a_client_that_never_reads_is_sent_away_and_others_do_not_notice(served, map):
    """Number 21."""
    with live(served, map) as deaf, live(served, map) as other:
        began = time.monotonic()
        last, seq, slowest = 0, 0, 0.0
        with pytest.raises(ConnectionClosed):
            while time.monotonic() - began < 20:
                seq += 1
                deaf.send(json.dumps({"seq": seq, "x": seq % 7, "y": 0}))  # says nothing of what it saw
                asked = time.monotonic()
                other.send(json.dumps({"seq": seq, "x": 0, "y": seq % 7, "seen": last}))
                last = struct.unpack("<I", other.recv(timeout=10)[8:12])[0]
                slowest = max(slowest, time.monotonic() - asked)
        assert LIMITS.stale < time.monotonic() - began < LIMITS.stale + LIMITS.farewell + 2
        assert last >= seq - 1 and slowest < 3
        received = 0
        with pytest.raises(ConnectionClosed) as end:
            while True:
                deaf.recv(timeout=5)
                received += 1
        assert received <= LIMITS.unread and end.value.rcvd is not None and end.value.rcvd.code == 1008


def test_one_that_reads_no_byte_is_closed_as_soon(served, map):
    """It never says goodbye either."""
    key = base64.b64encode(b"k" * 16).decode()
    asked = (
        f"GET /{served.token}/api/live?map={map} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    sock = raw(served, asked)
    until(lambda: served.studio.sockets == 1)
    began = time.monotonic()
    try:
        for seq in range(1, 10_000):
            text = json.dumps({"seq": seq, "x": seq % 7, "y": 0}).encode()
            sock.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
            time.sleep(0.02)
            assert time.monotonic() - began < 10
    except OSError:
        pass
    assert LIMITS.stale < time.monotonic() - began < LIMITS.stale + LIMITS.farewell + 2
    sock.close()


def test_live_connections_are_counted_and_given_back(serving):
    served = serving(replace(LIMITS, sockets=2))
    opened = httpx2.post(f"{served.url}api/maps", json={"model": "painted", "atlas": "painted"}, timeout=60)
    map = opened.json()["map"]["id"]
    with live(served, map), live(served, map):
        until(lambda: served.studio.sockets == 2)
        with pytest.raises(Exception, match="403"):
            live(served, map)
    until(lambda: served.studio.sockets == 0)
    with live(served, map) as again:
        again.send(json.dumps({"seq": 1, "x": 0, "y": 0}))
        assert again.recv(timeout=10)[:4] == b"TLZ1"


def test_coming_and_going_leaves_nothing_behind(served, client, map):
    """Number 22."""
    process = psutil.Process()

    def come_and_go(times):
        for _ in range(times):
            with live(served, map) as socket_:
                socket_.send(json.dumps({"seq": 1, "x": 0, "y": 0}))
                socket_.recv(timeout=10)
            assert client.post("api/decode", json={"map": map, "at": [{"row": 1}]}).status_code == 200
        until(lambda: served.studio.sockets == 0)
        time.sleep(0.3)

    come_and_go(8)
    files, threads = process.num_fds(), threading.active_count()
    come_and_go(50)
    assert process.num_fds() - files <= 2 and threading.active_count() - threads <= 2


def test_an_old_page_is_asked_to_reload(served, client, map):
    """Number 23."""
    for answer in (
        client.get("api/about", headers={"x-trasluz-protocol": "0"}),
        client.get("api/about", params={"protocol": "0"}),
        client.post("api/decode", headers={"x-trasluz-protocol": "99"}, json={}),
    ):
        assert answer.status_code == 409 and answer.json()["next"] == "Reload the page"
        assert answer.headers["x-trasluz-protocol"] == "1"
    assert client.get("api/about", headers={"x-trasluz-protocol": "1"}).status_code == 200
    with pytest.raises(Exception, match="409"):
        live(served, f"{map}&protocol=0")


def test_running_out_of_memory_is_told_and_survived(served, client, map, monkeypatch):
    """Number 25."""
    space = served.studio.map(map).space

    def fails(z):
        raise torch.OutOfMemoryError("a lot")

    monkeypatch.setattr(space, "render", fails)
    answer = client.post("api/decode", json={"map": map, "at": [{"row": 1}]})
    assert answer.status_code == 503 and "fewer" in answer.json()["next"]
    monkeypatch.undo()
    assert client.get("api/about").status_code == 200


def test_conditions_are_bounded_over_http_too(client, map):
    """Number 27."""
    for where in (
        "colour IN (SELECT * FROM read_csv('/etc/passwd'))",
        "1 = 1; ATTACH 'x.db'",
        "getenv('HOME') = ''",
        "colour = 'red'" + " OR colour = 'red'" * 500,
        "",
    ):
        answer = client.post(f"api/maps/{map}/filter", json={"where": where})
        assert answer.status_code == 400, where


def test_answers_do_not_wait_for_acknowledgements(client):
    """Nagle's algorithm and delayed acknowledgements together would cost 40 ms an answer."""
    times = []
    for _ in range(20):
        began = time.monotonic()
        assert client.get("api/jobs").status_code == 200
        times.append(time.monotonic() - began)
    assert min(times) < 0.03


LONG = pa.table({"text": ["a" * 6000 + str(i) for i in range(100)]})
SLOW = {"where": "regexp_matches(text, '(a{1,30}){1,30}b')"}


def test_four_conditions_without_end_leave_the_studio_to_others(served, client, map, monkeypatch):
    """Each takes all of its seconds, in a process that is ended then; what else is asked is answered as ever."""

    def of_long_texts(rows, condition, **more):
        return matching(LONG, condition, seconds=2, **more)

    monkeypatch.setattr("trasluz.atlas.atlas.matching", of_long_texts)

    def median():
        took = []
        for _ in range(9):
            began = time.monotonic()
            assert client.get(f"api/maps/{map}/rows?rows=3").status_code == 200
            took.append(time.monotonic() - began)
        return sorted(took)[4]

    def ask():
        with httpx2.Client(base_url=served.url, timeout=60) as mine:
            answers.append(mine.post(f"api/maps/{map}/filter", json=SLOW))

    usual, answers = median(), []
    slow = [threading.Thread(target=ask) for _ in range(4)]
    for thread in slow:
        thread.start()
    time.sleep(0.8)
    meanwhile, plain = median(), client.post(f"api/maps/{map}/filter", json={"where": "text like 'a%9'"})
    assert all(thread.is_alive() for thread in slow)
    for thread in slow:
        thread.join(40)
    assert [answer.status_code for answer in answers] == [400] * 4
    assert all("longer than 2 seconds" in answer.text for answer in answers)
    assert plain.status_code == 200 and meanwhile < max(5 * usual, 0.3), (usual, meanwhile)


def test_uploads_are_decoded_one_at_a_time(served, client, map, monkeypatch):
    """Each may take all the memory that one is allowed; the others wait for their turn."""
    now, most, read = [0], [0], uploads._read

    def counted(*given):
        now[0] += 1
        most[0] = max(most[0], now[0])
        time.sleep(0.05)
        try:
            return read(*given)
        finally:
            now[0] -= 1

    monkeypatch.setattr(uploads, "_read", counted)
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(out, "PNG")
    answers = []

    def send():
        with httpx2.Client(base_url=served.url, timeout=60) as mine:
            answers.append(mine.post(f"api/uploads?map={map}", content=out.getvalue()).status_code)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 6 and set(answers) <= {200, 202, 503} and 200 in answers
    assert most[0] == 1
