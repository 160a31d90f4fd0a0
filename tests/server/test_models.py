"""Models on offer: what is known of them without opening one, and what they look like."""

from __future__ import annotations

import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

import toy_models
import trasluz as tl
from trasluz.io.weights import read_tensors
from trasluz.lab import portraits
from trasluz.lab.shelf import models
from trasluz.lab.shelf.bundled import names
from trasluz.server.app import make_app
from trasluz.server.studio import Studio
from trasluz.spaces.model_folder import WEIGHTS, read_config, write_weights


@pytest.fixture
def studio(workspace):
    made = Studio(workspace=workspace, device="cpu")
    yield made
    made.close()


def lines(client):
    return {line["name"]: line for line in client.get("api/models").json()}


def test_the_list_knows_what_opening_would_show(client, toy, workspace):
    found = lines(client)
    assert list(found) == [*names(), "toy"]
    for name in ("pets-vae", "pets-flow", "pets-gan", "toy"):
        line, card = found[name], models.show_model(name)
        assert line["spaces"] == list(card["spaces"]) and line["parameters"] == card["parameters"]
        assert line["title"] == card["title"] and line["bundled"] == (name != "toy") and line["state"] == "ready"
        assert line["bytes"] == (models.find(name, workspace) / WEIGHTS).stat().st_size


def test_the_list_opens_no_model(client, toy):
    weights = bytearray((toy / "model.safetensors").read_bytes())
    weights[-5] ^= 16
    (toy / "model.safetensors").write_bytes(weights)
    assert client.get("api/models/toy").json()["kind"] == "damaged_file"
    assert lines(client)["toy"]["parameters"] > 0


@pytest.mark.parametrize(
    ("damage", "known"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), {"title": "Variational autoencoder", "bytes": None}),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"x" * 50), {"spaces": ["z"], "parameters": None}),
        (lambda folder: (folder / "config.json").write_text("{"), {"title": None, "spaces": [], "bytes": None}),
    ],
)
def test_a_model_that_cannot_be_read_spoils_no_list(client, toy, damage, known):
    damage(toy)
    line = lines(client)["toy"]
    assert {name: line[name] for name in known} == known and not line["has_picture"]
    assert "pets-vae" in lines(client)


def test_of_two_of_one_name_the_bundled_one_is_shown(client, toy):
    shutil.copytree(toy, toy.parent / "pets-vae")
    assert lines(client)["pets-vae"]["where"] == "bundled"


def test_a_model_without_a_picture_is_drawn_once(client, toy, workspace, monkeypatch):
    assert not lines(client)["toy"]["has_picture"]
    answer = client.get("api/models/toy/picture")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
    wanted = tl.sample(tl.open("toy", device="cpu"), 16, seed=0).grid()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(answer.content))), np.asarray(wanted))
    assert lines(client)["toy"]["has_picture"]
    monkeypatch.setattr(portraits, "sample", None)
    assert client.get("api/models/toy/picture").content == answer.content
    [kept] = (workspace.cache / "pictures").iterdir()
    assert kept.read_bytes() == answer.content


def test_a_picture_goes_with_the_weights(client, toy):
    before = client.get("api/models/toy/picture").content
    edited = read_tensors(toy / "model.safetensors", "model")[0]
    family, config, representation, _ = read_config(toy)
    state = {name: -value if "weight" in name else value for name, value in edited.items()}
    write_weights(toy, family.name, config, representation, state)
    assert not lines(client)["toy"]["has_picture"]
    assert client.get("api/models/toy/picture").content != before


def test_a_model_that_cannot_draw_has_no_picture(workspace):
    model = toy_models.coded()
    model.space().priors.clear()
    model.space().default_prior = None
    studio = Studio([model], workspace=workspace, device="cpu")
    page = TestClient(make_app(studio, token="t", host="127.0.0.1", port=8765), base_url="http://127.0.0.1:8765/t/")
    answer = page.get("api/models/toy/picture")
    studio.close()
    assert answer.status_code == 404 and answer.json()["kind"] == "not_there" and "prior" in answer.json()["next"]


def test_a_model_without_weights_has_no_picture_and_that_is_said(client, toy):
    (toy / "model.safetensors").unlink()
    answer = client.get("api/models/toy/picture")
    assert answer.status_code == 400 and answer.json()["kind"] == "damaged_file"
    assert json.dumps(answer.json()).count("no weights yet")
