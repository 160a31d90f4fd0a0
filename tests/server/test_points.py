"""Points: a latent without a name is kept under one, and can then be named everywhere."""

from __future__ import annotations

import base64
from urllib.parse import quote

import numpy as np
import pytest
import torch

from trasluz.lab.shelf.points import resolve

Z = np.array([1.0, -1.0, 0.5, 2.0, 0.0], "<f4")
LATENT = {"latent": base64.b64encode(Z.tobytes()).decode()}


def keep(client, opened, name="scout", at=LATENT, **other):
    return client.post("api/points", json={"name": name, "map": opened["id"], "at": at, **other})


def test_a_latent_without_a_name_gets_one(client, opened, studio):
    answer = keep(client, opened)
    assert answer.status_code == 201
    card = {"name": "scout", "point": "@scout", "model": "painted", "space": "z"}
    assert answer.json() == {**card, "made_from": "a latent of the map of painted"}
    assert client.get("api/points").json() == [answer.json()]
    found = studio.map(opened["id"])
    z = resolve(found.opened.model, "@scout", workspace=studio.home)
    assert torch.equal(z[0], torch.from_numpy(Z))
    seen = client.post("api/decode", json={"map": opened["id"], "at": [{"point": "@scout"}]}).json()
    assert seen["reproduce"]["command"] == "trasluz decode painted @scout --atlas painted --out decoded.png"


def test_what_it_was_made_from_is_said(client, opened):
    assert keep(client, opened, "a", {"xy": [0.5, -0.25]}).json()["made_from"] == "map:0.5,-0.25"
    assert keep(client, opened, "b", {"point": "seed:3/1"}).json()["made_from"] == "seed:3/1"
    assert [line["name"] for line in client.get("api/points", params={"model": "painted"}).json()] == ["a", "b"]
    assert client.get("api/points", params={"model": "other"}).json() == []


def test_a_name_is_taken_once_unless_it_is_to_be_replaced(client, opened, studio):
    keep(client, opened)
    again = keep(client, opened, at={"row": 5})
    assert again.status_code == 409 and again.json()["kind"] == "name_taken"
    assert keep(client, opened, at={"row": 5}, replace=True).status_code == 201
    found = studio.map(opened["id"])
    assert torch.equal(found.desk.resolver("@scout"), found.atlas.latents[5:6])


def test_a_point_is_forgotten(client, opened):
    keep(client, opened)
    assert client.delete("api/points/scout").status_code == 204
    assert client.get("api/points").json() == []
    for path in ("scout", "..%2f..%2fx", ".hidden"):
        assert client.delete(f"api/points/{path}").status_code == 404
    answer = client.post("api/decode", json={"map": opened["id"], "at": [{"point": "@scout"}]})
    assert answer.status_code == 404 and answer.json()["kind"] == "unknown_name"


@pytest.mark.parametrize("name", ["mi niño", "a/b", ".x", "con", "<b>", "a/sheet"])
def test_a_name_of_any_kind_is_kept_and_removed_by_its_address(client, opened, name):
    assert keep(client, opened, name).json()["point"] == f"@{name}"
    assert [line["name"] for line in client.get("api/points").json()] == [name]
    assert client.delete(f"api/points/{quote(name, safe='')}").status_code == 204
    assert client.get("api/points").json() == []


@pytest.mark.parametrize("name", ["../x", "/x", "a/../b", "C:\\x", "a\nb", "a\u202eb", " ", "x" * 121, ""])
def test_a_name_that_is_none_is_refused(client, opened, studio, name):
    answer = keep(client, opened, name)
    assert answer.status_code == 400 and answer.json()["kind"] == "invalid_argument"
    assert not (studio.home.root / "points").exists()
