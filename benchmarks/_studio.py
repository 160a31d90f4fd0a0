"""A studio as a process of its own, and who asks it, for the benchmarks of its server and of its page."""

from __future__ import annotations

import base64
import http.client
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil

MODEL = "faces-vae"
JSON = {"Content-Type": "application/json"}


@final
@dataclass(frozen=True)
class Served:
    """A studio that answers."""

    url: str
    ready: float
    """Seconds until it did."""
    process: psutil.Process

    def map(self, data: str) -> dict[str, Any]:
        """Open a map of the model."""
        client = Client(self.url)
        while (opened := client.post("maps", {"model": MODEL, "data": data}))["map"] is None:
            time.sleep(0.2)
        return opened["map"]


@contextmanager
def studio(workspace: str, model: str = MODEL, **environment: str) -> Iterator[Served]:
    """A studio over one model, until one is done with it."""
    start = time.perf_counter()
    line = [sys.executable, "-m", "trasluz", "studio", model, "--no-browser", "--workspace", workspace]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(line, env={**os.environ, **environment}, **pipes) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            urlopen(f"{url}api/about").close()
            yield Served(url, time.perf_counter() - start, psutil.Process(process.pid))
        finally:
            process.terminate()


@final
class Client:
    """One connection that stays open."""

    def __init__(self, url: str, map: str = "") -> None:
        self.base, self.map = urlsplit(url), map
        self.line = http.client.HTTPConnection(str(self.base.hostname), int(self.base.port or 80))
        self.served = 0.0
        """Seconds that the server says the last answer took it."""

    def post(self, path: str, body: dict[str, Any] | bytes) -> dict[str, Any]:
        """What is answered to a request, or to a picture."""
        return json.loads(self._answer("POST", path, body))

    def get(self, path: str) -> bytes:
        """What is answered to a question."""
        return self._answer("GET", path)

    def file(self, path: str, body: dict[str, Any]) -> bytes:
        """What is answered to a request for bytes."""
        return self._answer("POST", path, body)

    def status(self, path: str, body: dict[str, Any] | bytes) -> int:
        """How a request is answered, well or not."""
        return self._ask("POST", path, body)[0].status

    def _answer(self, method: str, path: str, body: dict[str, Any] | bytes | None = None) -> bytes:
        answer, data = self._ask(method, path, body)
        assert answer.status < 300, data[:300]
        self.served = float(answer.headers["Server-Timing"].partition("dur=")[2]) / 1000
        return data

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | bytes | None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        self.line.request(method, f"{self.base.path}api/{path}", sent, JSON if isinstance(body, dict) else {})
        answer = self.line.getresponse()
        return answer, answer.read()

    def click(self, place: tuple[float, float]) -> float:
        """Seconds until the picture of a place is there."""
        start = time.perf_counter()
        base64.b64decode(self.post("decode", asked(self.map, place))["items"][0]["picture"]["webp"])
        return time.perf_counter() - start


def asked(map: str, place: tuple[float, float]) -> dict[str, Any]:
    """What a click asks."""
    return {"map": map, "at": [{"xy": place}], "neighbours": 0}


def written(url: str, body: dict[str, Any]) -> bytes:
    """A request to decode, as it goes over a line."""
    base, data = urlsplit(url), json.dumps(body).encode()
    head = f"POST {base.path}api/decode HTTP/1.1\r\nHost: {base.netloc}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


def connected(url: str) -> socket.socket:
    """A line to a studio on which bytes are sent as they are."""
    base = urlsplit(url)
    return socket.create_connection((str(base.hostname), int(base.port or 80)))


@final
class Crowd:
    """Many clients that ask at once, each again as soon as it is answered. They take little of the machine: one
    thread, requests that were written before, answers of which nothing but the length is read."""

    def __init__(self, url: str, map: str, clients: int, place: tuple[float, float]) -> None:
        self._request = written(url, asked(map, place))
        self._selector = selectors.DefaultSelector()
        for _ in range(clients):
            line = connected(url)
            self._selector.register(line, selectors.EVENT_READ, bytearray())

    def ask(self, total: int) -> float:
        """Answers a second, over so many."""
        start, done, sent = time.perf_counter(), 0, 0
        for key in self._selector.get_map().values():
            key.fileobj.sendall(self._request)  # type: ignore[union-attr]
            sent += 1
        while done < total:
            for key, _ in self._selector.select():
                key.data.extend(key.fileobj.recv(1 << 16))  # type: ignore[union-attr]
                if not _is_whole(key.data):
                    continue
                key.data.clear()
                done += 1
                if sent < total:
                    key.fileobj.sendall(self._request)  # type: ignore[union-attr]
                    sent += 1
        return total / (time.perf_counter() - start)

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()


def _is_whole(answer: bytearray) -> bool:
    head, found, body = bytes(answer).partition(b"\r\n\r\n")
    if not found:
        return False
    assert head.startswith(b"HTTP/1.1 200"), head
    [length] = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return len(body) >= length
