"""The studio's connections against real sockets that say nothing, too little, too much, or do not listen."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from trasluz.io.workspace import Workspace
from trasluz.server import connections
from trasluz.server.assets import Asset, Page
from trasluz.server.connections import Crowd, Http, Taken
from trasluz.server.limits import Limits
from trasluz.server.logs import Sparing
from trasluz.server.run import Served, listen
from trasluz.server.studio import Studio

LIMITS = Limits(connections=24, head=0.6, idle=0.6, stuck=0.6, look=0.05, slow=0.6, log_span=60.0)
BIG = os.urandom(1 << 20) * 24
"""More than the buffers of the system take."""
Start = Callable[..., Served]


@pytest.fixture
def serving(workspace: Workspace) -> Iterator[Start]:
    """Starts a real server without models."""
    running: list[tuple[Any, threading.Thread]] = []

    def start(limits: Limits = LIMITS) -> Served:
        sock = listen("127.0.0.1", 0)
        page = Page("<p>the page</p>", {"big.bin": Asset("big.bin", BIG)})
        studio = Studio(["faces-vae"], workspace=workspace, device="cpu", limits=limits)
        served = Served(studio, "127.0.0.1", sock.getsockname()[1], sock, page)
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
def served(serving: Start) -> Served:
    return serving()


OPENED: list[socket.socket] = []


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    """All sockets of a test, however it ends."""
    yield
    while OPENED:
        OPENED.pop().close()


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def connected(served: Served, data: bytes = b"", *, buffer: int | None = None) -> socket.socket:
    sock = socket.socket()
    OPENED.append(sock)
    sock.settimeout(20)
    if buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.connect(("127.0.0.1", served.port))
    sock.sendall(data)
    return sock


def get(served: Served, path: str, *headers: str) -> bytes:
    lines = [f"GET /{served.token}/{path} HTTP/1.1", f"Host: 127.0.0.1:{served.port}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def ended(sock: socket.socket) -> float:
    """Seconds until the other side has closed it."""
    began = time.monotonic()
    with contextlib.suppress(ConnectionResetError):
        while sock.recv(65536):
            pass
    return time.monotonic() - began


def answers(served: Served) -> bool:
    began = time.monotonic()
    answer = httpx2.get(f"{served.url}api/about", timeout=10)
    return answer.status_code == 200 and time.monotonic() - began < 5


def lines_of(caplog: pytest.LogCaptureFixture, text: str = "") -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name.startswith("trasluz.server") and text in r.getMessage()]


# Those that say nothing or little -----------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_however_many_are_idle_the_others_are_served(
    served: Served, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    many = [connected(served, said) for _ in range(8 * LIMITS.connections)]
    assert all(answers(served) for _ in range(5))
    crowd = served.listening.crowd  # pyright: ignore[reportAttributeAccessIssue]
    assert crowd.open <= LIMITS.connections + connections.AT_ONCE
    for sock in many:
        assert ended(sock) < 5
        sock.close()
    assert len(lines_of(caplog, "places for connections were taken")) == LIMITS.logged, "and not one for each"


def test_without_the_places_they_would_all_be_held(serving: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Crowd, "has_room", lambda crowd: True)
    served = serving(replace(LIMITS, idle=60.0))
    many = [connected(served) for _ in range(4 * LIMITS.connections)]
    crowd = served.listening.crowd  # pyright: ignore[reportAttributeAccessIssue]
    until(lambda: crowd.open >= 4 * LIMITS.connections)
    for sock in many:
        sock.close()
    until(lambda: crowd.open == 0)


def dribbled(sock: socket.socket, data: bytes, seconds: float) -> float:
    """Send a byte now and then; after how many seconds the other side has had enough."""
    began = time.monotonic()
    sock.settimeout(0.05)
    for i in range(10_000):
        if time.monotonic() - began > seconds:
            break
        try:
            sock.sendall(data[i % len(data) : i % len(data) + 1])
            if not sock.recv(65536):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


SOCKET = (
    "GET /{}/api/live?map=x HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
)


@pytest.mark.parametrize("kind", ["a head", "a socket", "a head after an answer", "a second head in the same packet"])
def test_a_head_that_dribbles_is_not_waited_for(served: Served, kind: str) -> None:
    if kind == "a head":
        sock = connected(served, b"GET / HTTP/1.1\r\n")
    elif kind == "a socket":
        sock = connected(served, SOCKET.format(served.token, served.port).encode())
    else:
        more = b"GET / HTTP/1.1\r\n" if kind == "a second head in the same packet" else b""
        sock = connected(served, get(served, "api/about") + more)
        assert sock.recv(65536).startswith(b"HTTP/1.1 200")
    assert LIMITS.head / 2 < dribbled(sock, b"x-a: 1\r\n", 5) < 3 * LIMITS.head + 1
    sock.close()


def test_without_the_looks_it_would_be(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Http, "waits", lambda line, now: None)
    sock = connected(served, b"GET / HTTP/1.1\r\n")
    assert dribbled(sock, b"x-a: 1\r\n", 3 * LIMITS.head) >= 3 * LIMITS.head
    sock.close()


def test_who_is_at_work_is_not_dropped(serving: Start) -> None:
    """A request that is answered later than any wait, between answers that keep a connection."""
    served = serving(replace(LIMITS, connections=4))
    job = served.studio.jobs.start("test", "Waits", lambda job: (time.sleep(1.5), job.cancel())[0] or None)  # type: ignore[arg-type, return-value, func-returns-value]
    with httpx2.Client(base_url=served.url, timeout=20) as client:
        assert client.get("api/about").status_code == 200
        told: list[int] = []
        asks = threading.Thread(
            target=lambda: told.append(client.get(f"api/jobs/{job.id}?after=99&wait=1.2").status_code)
        )
        asks.start()
        time.sleep(0.1)
        many = [connected(served) for _ in range(40)]
        asks.join(10)
        assert told == [200]
        for sock in many:
            sock.close()


# Those that say too much ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\0" * 4096,
     b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 200_000, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 200_000,
     b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000,
     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"],
)  # fmt: skip
def test_what_is_no_request_ends_and_fills_no_log(
    served: Served, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        sock = connected(served)
        with contextlib.suppress(OSError):  # closed before all of it was sent
            sock.sendall(data)
        assert ended(sock) < 5
        sock.close()
    assert answers(served)
    assert len(lines_of(caplog)) <= LIMITS.logged


def test_requests_in_one_packet_are_all_answered_in_order(served: Served) -> None:
    paths = ["api/about", "api/jobs", "api/nothing", "api/jobs"] * 10
    sock = connected(
        served, b"".join(get(served, path) for path in paths) + get(served, "api/jobs", "Connection: close")
    )
    data = b""
    while part := sock.recv(65536):
        data += part
    assert [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+) ", data)] == [200, 200, 404, 200] * 10 + [200]
    sock.close()


def test_a_body_of_two_lengths_is_refused(served: Served) -> None:
    """A proxy might believe the other one, and take the rest for a request of somebody else."""
    asked = get(served, "api/about", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n"
    sock = connected(served, asked.replace(b"GET", b"POST", 1))
    assert b" 403 " in sock.recv(65536)


def test_one_that_closes_its_half_is_let_go(served: Served) -> None:
    crowd = served.listening.crowd  # pyright: ignore[reportAttributeAccessIssue]
    for data in (b"", b"GET / HT", get(served, "api/about"), get(served, "assets/big.bin")):
        sock = connected(served, data)
        sock.shutdown(socket.SHUT_WR)
        assert ended(sock) < 5
        sock.close()
    until(lambda: crowd.open == 0)


# Those that do not listen ---------------------------------------------------------------------------------------------


def test_who_does_not_read_the_answer_is_dropped(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    crowd = served.listening.crowd  # pyright: ignore[reportAttributeAccessIssue]
    deaf = [connected(served, get(served, "assets/big.bin"), buffer=4096) for _ in range(3)]
    until(lambda: crowd.open == 3)
    assert answers(served)
    until(lambda: crowd.open == 0, 6)
    assert lines_of(caplog, "does not read")
    for sock in deaf:
        with pytest.raises(OSError):
            while sock.recv(1 << 20):
                pass
            raise ConnectionResetError
        sock.close()


def test_without_the_looks_nobody_would(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections._Sent, "is_stuck", lambda *_: False)
    crowd = served.listening.crowd  # pyright: ignore[reportAttributeAccessIssue]
    sock = connected(served, get(served, "assets/big.bin"), buffer=4096)
    time.sleep(4 * LIMITS.stuck)
    assert crowd.open == 1
    sock.close()


def test_who_reads_slowly_gets_all_of_it(serving: Start) -> None:
    """A line of a few megabytes a second, for longer than anybody may stand still."""
    served = serving(replace(LIMITS, stuck=0.4))
    sock = connected(served, get(served, "assets/big.bin", "Connection: close"), buffer=65536)
    began, size = time.monotonic(), 0
    while part := sock.recv(1 << 17):
        size += len(part)
        time.sleep(len(part) / (10 << 20))
    assert size > len(BIG) and time.monotonic() - began > 3 * 0.4
    sock.close()


def test_a_stall_is_told_from_a_slow_line() -> None:
    limits, sent = Limits(stuck=10, moved=100), connections._Sent()
    assert not sent.is_stuck(5000, 0, limits) and not sent.is_stuck(4950, 9, limits)
    assert not sent.is_stuck(4900, 10, limits), "that much in that time will do"
    assert not sent.is_stuck(4850, 19, limits) and sent.is_stuck(4801, 20.5, limits)
    assert not sent.is_stuck(0, 30, limits) and not sent.is_stuck(60, 31, limits) and sent.is_stuck(10, 42, limits)


# Files of the system --------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="no such limit")
def test_with_few_files_it_goes_on_answering_and_writes_little(tmp_path: Any) -> None:
    """300 connections, where the whole process may open 128 files."""
    words = [sys.executable, "-m", "trasluz", "studio", "faces-vae", "--no-browser", "--workspace", str(tmp_path / "w")]
    limit = (
        "import resource, os, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128)); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    told = tmp_path / "stderr"
    with told.open("w") as errors, subprocess.Popen(
        [sys.executable, "-c", limit, *words], stdout=subprocess.PIPE, stderr=errors, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            port = int(url.split("/")[2].split(":")[1])
            many = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(300)]
            for _ in range(10):
                assert httpx2.get(f"{url}api/about", timeout=10).status_code == 200
                time.sleep(0.1)
            for sock in many:
                sock.close()
        finally:
            process.terminate()
            process.wait(30)
    assert len(told.read_bytes()) < 3000
    assert "places for connections were taken" in told.read_text() and "more like this" in told.read_text()


@pytest.mark.skipif(os.name == "nt", reason="no such error")
def test_where_no_file_can_be_opened_at_all_one_is_turned_away(
    serving: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever else the process holds: the queue goes on moving, and nobody is asked again and again."""
    import errno

    served = serving(replace(LIMITS, idle=30.0))
    accept, failing, tried = socket.socket._accept, threading.Event(), []  # type: ignore[attr-defined]

    def fails(sock: Any) -> Any:
        if failing.is_set() and len(tried) % 2 == 0:  # the one that was kept makes room for one
            tried.append(1)
            raise OSError(errno.EMFILE, "Too many open files")
        tried.append(2) if failing.is_set() else None
        return accept(sock)

    monkeypatch.setattr(socket.socket, "_accept", fails)
    failing.set()
    for _ in range(3):
        sock = connected(served)
        assert ended(sock) < 5
        sock.close()
    assert tried == [1, 2] * 3
    failing.clear()
    assert answers(served) and len(lines_of(caplog, "No files are left")) == 3


def test_a_socket_is_counted_until_it_is_closed() -> None:
    crowd = Crowd(Limits(connections=3))
    one, other = socket.socketpair()
    taken = Taken(one.family, one.type, one.proto, fileno=one.detach())
    taken.crowd, crowd.open = crowd, 1
    taken.close()
    taken.close()
    assert crowd.open == 0
    other.close()


# What is written down -------------------------------------------------------------------------------------------------


def test_of_many_lines_of_one_sort_a_few_are_written_and_how_many_more_there_were(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    now, logger = [0.0], logging.getLogger("test.sparing")
    spares = Sparing(2, 60, lambda: now[0])
    logger.addFilter(spares)
    logger.addHandler(Keeps())
    logger.propagate = False
    try:
        for i in range(5000):
            logger.warning("bad request %d", i)
        logger.warning("another thing")
        assert told == ["bad request 0", "bad request 1", "another thing"]
        now[0] = 61
        spares.tell()
        assert told[3:] == ["4,998 more like this within 61 s: bad request 0"]
        logger.warning("bad request %d", 7)
        assert told[4:] == ["bad request 7"]
        for i in range(1000):
            logger.warning(f"a sort of its own {i}")
        assert len(told) < 5 + 64 + 3, "what varies is bounded too"
        spares.tell(all=True)
        assert "of many sorts" in caplog.text
    finally:
        logger.handlers.clear()
        logger.filters.clear()


def test_a_request_that_was_under_way_when_it_was_stopped_is_no_fault() -> None:
    spares = Sparing(2, 60)
    told = (asyncio.CancelledError, asyncio.CancelledError(), None)
    broken = (ValueError, ValueError("it broke"), None)
    said = [logging.LogRecord("a", logging.ERROR, "", 0, "Exception", (), one) for one in (told, broken)]
    assert [bool(spares.filter(one)) for one in said] == [False, True]
