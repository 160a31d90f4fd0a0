"""Our own faults are written down in the terminal, under the number that the page is told; what a latent may be."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from starlette.testclient import TestClient

from server.conftest import BASE, TOKEN, client_of
from trasluz.base.errors import DataError
from trasluz.server import logs
from trasluz.server.jobs import Jobs
from trasluz.server.limits import Limits
from trasluz.server.logs import Plain, bounded
from trasluz.server.refusals import as_ours, document
from trasluz.server.studio import Studio


@pytest.fixture
def terminal() -> Iterator[io.StringIO]:
    """What a terminal shows of the log, without bounds that other tests have set."""
    shown = io.StringIO()
    handler = logging.StreamHandler(shown)
    handler.setFormatter(Plain("%(message)s"))
    filters, logs.log.filters = logs.log.filters, []
    logs.log.addHandler(handler)
    yield shown
    logs.log.removeHandler(handler)
    logs.log.filters = filters


def fails(*_: Any, **__: Any) -> Any:
    raise RuntimeError("the secret of somebody\x1b[2J")


def check(told: dict[str, Any], shown: io.StringIO) -> None:
    """The number that is told is in the terminal, with what happened; and that is not told."""
    assert told["kind"] == "internal" and told["what"] == "internal error (RuntimeError)"
    assert re.fullmatch("[0-9a-f]{8}", told["number"]) and told["number"] in told["next"]
    assert "secret" not in json.dumps(told)
    text = shown.getvalue()
    assert f"Internal error {told['number']}" in text and "the secret of somebody" in text and "in fails" in text
    assert "\x1b" not in text, "and nothing of it acts on the terminal"


def test_of_a_job(terminal: io.StringIO) -> None:
    jobs = Jobs(Limits())
    job = jobs.start("test", "A test", fails)
    jobs.wait(job, 10)
    error = job.document()["error"]
    jobs.close()
    assert job.state == "failed"
    check(error, terminal)


def test_of_a_job_over_http(
    client: TestClient, studio: Studio, opened: dict[str, Any], finished: Callable[..., dict[str, Any]],
    terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(studio, "draw", fails)
    job = finished(client.post("api/maps", json={"model": "painted", "atlas": "painted", "seed": 3}).json()["job"])
    check(job["error"], terminal)


def test_of_a_route(studio: Studio, terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio, "list_models", fails)
    answer = client_of(studio).get("api/models")
    assert answer.status_code == 500
    check(answer.json(), terminal)


def test_of_a_frame(
    client: TestClient, studio: Studio, opened: dict[str, Any], line: Callable[[str], Any], terminal: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(type(studio.map(opened["id"])), "look", fails)
    with line(opened["id"]) as socket:
        socket.send_text('{"seq": 1, "x": 0.1, "y": 0.2, "seen": 0}')
        check(json.loads(socket.receive_text())["error"], terminal)


def test_of_a_socket(
    client: TestClient, opened: dict[str, Any], line: Callable[[str], Any], terminal: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from trasluz.server.routes import live

    monkeypatch.setattr(live._Line, "_take", fails)
    with line(opened["id"]) as socket:
        socket.send_text("{}")
        end = socket.receive()
    assert (end["type"], end["code"]) == ("websocket.close", 1011) and "internal error" in end["reason"]
    assert "Internal error" in terminal.getvalue() and "in fails" in terminal.getvalue()


def test_what_we_foresee_is_no_fault(terminal: io.StringIO) -> None:
    for error in (DataError("no such data"), MemoryError(), OSError(28, "full")):
        assert "number" not in document(as_ours(error))
    assert terminal.getvalue() == ""


def test_one_fault_has_one_number_and_a_few_lines(terminal: io.StringIO) -> None:
    """So that however often it happens, the number that is told is written down."""
    bounded(Limits(logged=2))

    def at_one_place(error: Exception) -> str:
        try:
            raise error
        except Exception as raised:  # noqa: BLE001 - any
            return document(as_ours(raised))["number"]

    numbers = {at_one_place(RuntimeError(str(i))) for i in range(50)}
    assert len(numbers) == 1 and terminal.getvalue().count("Internal error") == 2
    other = at_one_place(ZeroDivisionError())
    assert other not in numbers and other in terminal.getvalue()


def test_it_is_written_down_where_nobody_has_arranged_for_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    root, handlers = logging.getLogger(), logging.getLogger().handlers
    root.handlers = []
    before, logs.log.handlers = logs.log.handlers, []
    try:
        bounded(Limits())
        bounded(Limits())
        number = document(as_ours(RuntimeError("it broke")))["number"]
        assert capsys.readouterr().err.count(f"Internal error {number}") == 1
    finally:
        root.handlers, logs.log.handlers = handlers, before


# Latents --------------------------------------------------------------------------------------------------------------


def text_of(*values: float) -> str:
    return base64.b64encode(np.array(values, "<f4").tobytes()).decode()


TOO_FAR = {
    "far": (0, 0, 3e38, 0, 0), "the other way": (-3e38, 0, 0, 0, 0), "a little": (0, 0, 0, 0, 1.1e9),
    "nan": (float("nan"), 0, 0, 0, 0), "infinite": (0, float("inf"), 0, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("case", TOO_FAR)
def test_a_latent_is_bounded_and_its_errors_speak_of_latents(
    client: TestClient, opened: dict[str, Any], case: str
) -> None:
    at = {"latent": text_of(*TOO_FAR[case])}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("api/decode", {"map": opened["id"], "at": [{"row": 1}, at]}),
        ("api/lens", {"map": opened["id"], "at": at}),
        ("api/lens", {"map": opened["id"], "at": at, "dims": {"0": 1.0}}),
        ("api/paths", {"map": opened["id"], "through": [{"row": 1}, at]}),
        ("api/points", {"map": opened["id"], "at": at, "name": "far"}),
    ]
    for path, body in asked:
        answer = client.post(path, json=body)
        error = answer.json()
        if answer.status_code in (200, 202) and "job" in error:
            error = (error["job"] or {}).get("error") or {}
        elif answer.status_code in (200, 202):
            error = error.get("error") or {}
        assert answer.status_code < 500 and "latent holds numbers that are" in str(error), (path, answer.text[:300])
        assert "place" not in str(error) and "coordinate" not in str(error)


def test_the_farthest_latent_that_is_taken_is_shown(client: TestClient, opened: dict[str, Any]) -> None:
    for z in ((1e9, 1e9, 1e9, 1e9, 1e9), (-1e9, 0, 0, 0, 0)):
        at = {"latent": text_of(*z)}
        assert client.post("api/decode", json={"map": opened["id"], "at": [at]}).status_code == 200
        assert client.post("api/lens", json={"map": opened["id"], "at": at}).status_code == 200


def test_a_saved_point_that_no_map_has_a_place_for_is_said_to_be(
    client: TestClient, studio: Studio, opened: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a file of the workspace holds is bounded by float32 alone: a sum of such numbers is infinite."""
    monkeypatch.setattr(studio, "latent_of", lambda *_: torch.full((1, 5), 3e38))
    monkeypatch.setattr(type(studio.map(opened["id"]).plane), "project", lambda _, z: (z * 5)[:, :2])
    answer = client.post("api/decode", json={"map": opened["id"], "at": [{"point": "@far"}]})
    assert answer.status_code == 400 and answer.json()["what"] == "the latent lies too far out to be shown on a map"


def test_the_token_is_nowhere_in_an_answer(client: TestClient, opened: dict[str, Any]) -> None:
    assert BASE
    for path in ("api/about", "api/models", "api/jobs", f"api/maps/{opened['id']}", "api/openapi.json", "api/nothing"):
        assert TOKEN not in client.get(path).text
