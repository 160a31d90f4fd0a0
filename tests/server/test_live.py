"""The live socket: the newest position is answered, and a page that does not look is not fed."""

from __future__ import annotations

import io
import json
import struct
import time

import numpy as np
import pytest
from PIL import Image
from starlette.websockets import WebSocketDisconnect

from trasluz.base.errors import InvalidArgument
from trasluz.server.limits import Limits
from trasluz.server.routes.live import parse_position


def frame(data):
    magic, kind, seq, row, distance, support, x, y = struct.unpack("<4sIIIffff", data[:32])
    assert (magic, kind) == (b"TLZ1", 5) and data[32:36] == b"RIFF"
    return seq, row, distance, support, x, y


def test_a_position_is_answered_by_what_lies_there(line, opened, studio):
    plane = studio.map(opened["id"]).plane
    with line(opened["id"]) as socket:
        socket.send_json({"seq": 1, "x": 0.5, "y": -0.25})
        data = socket.receive_bytes()
    seq, row, distance, support, x, y = frame(data)
    assert (seq, x, y) == (1, 0.5, -0.25) and support == pytest.approx(float(plane.support([0.5, -0.25])[0]))
    distances, rows = plane.atlas.neighbours(plane.inverse([0.5, -0.25]), 1)
    assert row == int(rows[0, 0]) and distance == pytest.approx(float(distances[0, 0]), rel=1e-4)
    assert np.asarray(Image.open(io.BytesIO(data[32:]))).shape == (16, 16, 3)


def test_only_the_newest_of_many_positions_is_answered(line, opened, studio, monkeypatch):
    batcher = studio.map(opened["id"]).batcher
    do = type(batcher).do

    def slow(self, *given):
        time.sleep(0.05)
        return do(self, *given)

    monkeypatch.setattr(type(batcher), "do", slow)
    with line(opened["id"]) as socket:
        for seq in range(1, 201):
            socket.send_json({"seq": seq, "x": seq / 100, "y": 0.0, "seen": 0})
        answered = []
        while not answered or answered[-1] < 200:
            answered.append(frame(socket.receive_bytes())[0])
            socket.send_json({"seq": 200, "x": 2.0, "y": 0.0, "seen": answered[-1]})
    assert answered == sorted(answered) and answered[-1] == 200 and len(answered) < 50


def test_what_cannot_be_read_is_told_and_too_much_of_it_ends_the_line(line, opened):
    with line(opened["id"]) as socket:
        socket.send_text("nonsense")
        assert "not JSON" in json.loads(socket.receive_text())["error"]["sentence"]
        for _ in range(Limits().wrong):
            socket.send_text("{}")
        with pytest.raises(WebSocketDisconnect) as end:
            for _ in range(100):
                socket.receive_text()
    assert end.value.code == 1008


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "1", "null", "[" * 300, '{"seq": 1}', '{"seq": -1, "x": 0, "y": 0}', '{"seq": true, "x": 0, "y": 0}',
        '{"seq": 1, "x": NaN, "y": 0}', '{"seq": 1, "x": Infinity, "y": 0}', '{"seq": 1, "x": 1e99, "y": 0}',
        '{"seq": 1, "x": "0", "y": 0}', '{"seq": 4294967296, "x": 0, "y": 0}', '{"seq": 1, "x": 0, "y": 0, "z": 0}',
        f'{{"seq": 1, "x": 1{"0" * 330}, "y": 0}}', "x" * 500,
    ],
)  # fmt: skip
def test_messages_that_are_no_positions(text):
    with pytest.raises(InvalidArgument):
        parse_position(text)


def test_no_map_no_line(line, opened):
    with pytest.raises(WebSocketDisconnect), line("none") as socket:
        socket.receive_bytes()


def test_an_error_is_told_and_the_line_goes_on(line, opened, studio, monkeypatch):
    def fails(z):
        raise MemoryError

    with line(opened["id"]) as socket:
        with monkeypatch.context() as patch:
            patch.setattr(studio.map(opened["id"]).space, "render", fails)
            socket.send_json({"seq": 1, "x": 0, "y": 0})
            assert "memory" in json.loads(socket.receive_text())["error"]["sentence"]
        socket.send_json({"seq": 2, "x": 0, "y": 0})
        assert frame(socket.receive_bytes())[0] == 2
