"""Decoding over HTTP, by batches: the same as decoding alone."""

from __future__ import annotations

import base64
import io
import threading

import numpy as np
import pytest
import torch
from PIL import Image

import painted
from toy_models import coded
from trasluz.server.batches import Batcher
from trasluz.server.limits import Limits
from trasluz.server.refusals import Busy


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture["webp"]))))


def expected(z):
    return (painted.decode(z)[0] * 255).round().byte().numpy().transpose(1, 2, 0)


def test_every_way_to_name_a_latent(client, opened, studio):
    found = studio.map(opened["id"])
    z = torch.tensor([[1.0, -1.0, 0.5, 2.0, 0.0]])
    at = [
        {"row": 5},
        {"xy": [0.5, -0.25]},
        {"point": "seed:3/1"},
        {"latent": base64.b64encode(z.numpy().tobytes()).decode()},
    ]
    answer = client.post("api/decode", json={"map": opened["id"], "at": at, "neighbours": 2}).json()
    latents = [found.atlas.latents[5:6], found.plane.inverse([0.5, -0.25])]
    latents += [found.space.prior().sample(1, 3, start=1), z]
    for item, latent in zip(answer["items"], latents, strict=True):
        assert np.abs(pixels(item["picture"]).astype(int) - expected(latent)).max() <= 1
        assert len(item["nearest"]) == 2 and item["nearest"][0]["distance"] <= item["nearest"][1]["distance"]
        assert item["support"] == pytest.approx(float(found.desk.support(latent)[0]), rel=1e-4)
    assert answer["items"][0]["nearest"][0]["row"] == 5 and "map_support" not in answer["items"][0]
    assert answer["items"][1]["xy"] == [0.5, -0.25]


def test_places_say_their_command(client, opened):
    answer = client.post("api/decode", json={"map": opened["id"], "at": [{"xy": [0.5, -0.25]}]}).json()
    assert answer["reproduce"]["command"] == ("trasluz decode painted map:0.5,-0.25 --atlas painted --out decoded.png")
    assert "tl.decode(model, ['map:0.5,-0.25'], atlas='painted')" in answer["reproduce"]["code"]
    unnamed = base64.b64encode(np.zeros(5, "<f4").tobytes()).decode()
    answer = client.post("api/decode", json={"map": opened["id"], "at": [{"latent": unnamed}]}).json()
    assert answer["reproduce"]["command"] is None and "name" in answer["reproduce"]["why_not"]


@pytest.mark.parametrize(
    "at",
    [
        {},
        {"row": 1, "xy": [0, 0]},
        {"row": 120},
        {"xy": [1e300, 0]},
        {"latent": "AAAA"},
        {"latent": "no base64!"},
        {"latent": base64.b64encode(np.full(5, np.nan, "<f4").tobytes()).decode()},
        {"point": "nonsense"},
        {"point": "x" * 300},
    ],
)
def test_what_is_no_latent_is_refused(client, opened, at):
    answer = client.post("api/decode", json={"map": opened["id"], "at": [at]})
    assert answer.status_code == 400 and answer.json()["what"]


def test_requests_are_gathered_and_equal_to_serial_ones():
    space = coded(seed=1).space()
    batcher = Batcher(space, Limits(gather=0.2, batch=32))
    z = torch.randn(96, 6, generator=torch.Generator().manual_seed(0))
    asked = [batcher.ask(z[i : i + 1]) for i in range(96)]
    together = torch.cat([future.result(20) for future in asked])
    with torch.inference_mode():
        alone = torch.cat([space.decode(z[i : i + 1]) for i in range(96)])
    assert float((together - alone).abs().max()) < 1e-4
    assert batcher.batches <= 4 and batcher.largest == 32
    batcher.close()
    batcher.join()
    with pytest.raises(Busy):
        batcher.ask(z[:1])


def test_a_full_queue_refuses_and_what_nobody_waits_for_is_passed_over(monkeypatch):
    space = coded().space()
    held, begun = threading.Event(), threading.Event()
    decode, seen = type(space).render, []

    def slow(self, z):
        begun.set()
        held.wait(20)
        seen.append(len(z))
        return decode(self, z)

    monkeypatch.setattr(type(space), "render", slow)
    batcher = Batcher(space, Limits(queue=4, gather=0.0))
    z = torch.zeros(1, 6)
    first = batcher.ask(z)
    assert begun.wait(10)
    others = [batcher.ask(z) for _ in range(4)]
    with pytest.raises(Busy, match="too many"):
        batcher.ask(z)
    assert others[0].cancel() and others[1].cancel()
    held.set()
    assert all(future.result(10).shape == (1, 3, 16, 16) for future in (first, *others[2:]))
    assert seen == [1, 2]
    batcher.close()


def test_an_error_in_a_batch_reaches_those_who_asked_and_no_others(monkeypatch):
    space = coded().space()
    decode = type(space).render

    def fails(self, z):
        if bool((z > 5).any()):
            raise MemoryError
        return decode(self, z)

    monkeypatch.setattr(type(space), "render", fails)
    batcher = Batcher(space, Limits(gather=0.0))
    with pytest.raises(MemoryError):
        batcher.ask(torch.full((1, 6), 9.0)).result(10)
    assert batcher.ask(torch.zeros(1, 6)).result(10).shape == (1, 3, 16, 16)
    batcher.close()
