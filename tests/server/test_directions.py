"""Directions over HTTP: found without being kept, kept one by one, told apart by space, listed where damaged."""

from __future__ import annotations

import base64
import json

import pytest

from trasluz.io.atomic import read_json
from trasluz.lab.shelf import directions as kept

OF = {"model": "painted"}


@pytest.fixture
def found(client, opened, finished):
    """A search by principal components that keeps nothing."""

    def find(**asked):
        whole = {"map": opened["id"], "method": "pca", "count": 3, "measured": False, "keep": False, **asked}
        return finished(client.post("api/directions/find", json=whole).json())

    return find


def test_those_worth_it_are_kept_one_by_one(client, found, studio):
    job = found()
    assert client.get("api/directions", params=OF).json() == []
    asked = {"job": job["id"], "which": 1, "name": "lighter"}
    answer = client.post("api/directions/keep", json=asked)
    assert answer.status_code == 201 and answer.json() == {**job["result"]["directions"][1], "name": "lighter"}
    [line] = client.get("api/directions", params=OF).json()
    assert line == {"name": "lighter", "card": answer.json(), "trouble": None}
    mine = kept.show_direction("lighter", model="painted", workspace=studio.home)
    assert mine.vector.equal(studio.jobs.get(job["id"]).outcome.result[1].vector)
    taken = client.post("api/directions/keep", json={**asked, "which": 0})
    assert taken.status_code == 409 and taken.json()["kind"] == "name_taken"
    assert client.post("api/directions/keep", json={**asked, "which": 0, "replace": True}).json()["name"] == "lighter"
    assert client.post("api/directions/keep", json={"job": job["id"], "which": 2}).json()["name"] == "pca-3"
    assert len(client.get("api/directions", params=OF).json()) == 2


def test_what_was_not_found_cannot_be_kept(client, found, opened):
    job = found(count=1)
    for wrong in ({"which": 1}, {"job": "none"}, {"name": "../x"}):
        assert client.post("api/directions/keep", json={"job": job["id"], **wrong}).status_code == 404
    other = client.post("api/maps", json={"model": "painted"}).json()["job"]["id"]
    assert client.post("api/directions/keep", json={"job": other}).status_code == 404
    assert client.get("api/directions").json() == []


def test_two_of_one_name_are_told_apart_by_their_space(client, found, studio):
    job = found(count=1)
    client.post("api/directions/keep", json={"job": job["id"]})
    folder = studio.home.root / "directions"
    twin = read_json(folder / "painted--z--pca-1.json", "it") | {"space": "w"}
    (folder / "painted--w--pca-1.json").write_text(json.dumps(twin))
    assert client.get("api/directions/pca-1", params=OF).status_code == 400
    for space in ("z", "w"):
        assert client.get("api/directions/pca-1", params={**OF, "space": space}).json()["space"] == space
    sheet = client.get("api/directions/pca-1/sheet", params={**OF, "space": "z"})
    assert sheet.content[:4] == b"RIFF"
    renamed = client.patch("api/directions/pca-1", params={**OF, "space": "w"}, json={"name": "other"})
    assert renamed.json()["space"] == "w" and renamed.json()["name"] == "other"
    assert client.delete("api/directions/pca-1", params={**OF, "space": "z"}).status_code == 204
    assert [line["name"] for line in client.get("api/directions", params=OF).json()] == ["other"]


def test_one_that_cannot_be_read_is_listed_with_the_reason_and_can_be_removed(client, studio):
    path = studio.home.entry("directions", "elsewhere--z--broken")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"version": 9}')
    [line] = client.get("api/directions", params=OF).json()
    assert line["name"] == "elsewhere--z--broken" and line["card"] is None and "later version" in line["trouble"]
    assert client.delete("api/directions/elsewhere--z--broken", params=OF).status_code == 204
    assert client.get("api/directions").json() == []


def test_the_card_says_the_verdict_and_the_effects_by_their_types(client, found, studio):
    client.post("api/directions/keep", json={"job": found(count=1)["id"]})
    [path] = (studio.home.root / "directions").glob("*.json")
    plain = client.get("api/directions/pca-1", params=OF).json()
    assert plain["verdict"] == "unmeasured" and plain["measured"] is None
    stored = read_json(path, "it")
    old = {"items": 4, "strengths": [0.0, 2.0], "usual": 2.0, "unit": "σ", "where": None, "sentence": "It moves.",
           "changes": {"light": [0.0, 0.5]}, "changes_by_chance": {"light": 0.1}, "moves": [["light", 0.5]],
           "suggested": "light-yes"}  # fmt: skip
    path.write_text(json.dumps({**stored, "measured": old}))
    card = client.get("api/directions/pca-1", params=OF).json()
    assert card["verdict"] == card["measured"]["verdict"] == "works" and card["measured"]["kept"] is None
    light = {"column": "light", "share": 0.5, "chance": 0.1, "is_target": False, "clear": True, "p": None}
    assert card["measured"]["effects"] == [{**light, "lost": None, "lost_interval": None}]
    path.write_text(json.dumps({**stored, "measured": {**old, "version": 7}}))
    [line] = client.get("api/directions", params=OF).json()
    assert line["card"] is None and "another version" in line["trouble"]
    schemas = client.get("api/openapi.json").json()["components"]["schemas"]
    assert set(schemas["Verdict"]["enum"]) == {"works", "hardly", "nothing", "unread", "unsure", "unmeasured"}


def test_local_directions_are_taken_where_the_page_looks(client, found, studio):
    vectors, job = {}, {}
    for name, start in {"first": {"point": "seed:0"}, "same": {"point": "seed:0"}, "other": {"xy": [1.0, 1.0]}}.items():
        job = found(method="jacobian", count=1, start=start)
        assert job["state"] == "done", job
        vectors[name] = studio.jobs.get(job["id"]).outcome.result[0].vector
    assert vectors["first"].equal(vectors["same"]) and not vectors["first"].equal(vectors["other"])
    assert "--from map:1.0,1.0" in job["result"]["reproduce"]["command"]
    latent = studio.maps()[0].atlas.latents[3].numpy().astype("<f4").tobytes()
    unnamed = found(method="jacobian", count=1, start={"latent": base64.b64encode(latent).decode()})
    assert unnamed["state"] == "done" and unnamed["result"]["reproduce"]["why_not"]
    assert found(method="jacobian", start={"point": "/etc/me.png"})["error"]["kind"] == "not_there"


def test_its_sheet_is_drawn_on_the_items_of_the_map_that_is_shown(client, found, opened, studio):
    """And nothing else is encoded for it."""
    client.post("api/directions/keep", json={"job": found(count=1)["id"]})
    atlases = sorted(path.name for path in (studio.home.root / "atlases").iterdir())
    sheet = client.get("api/directions/pca-1/sheet", params={**OF, "map": opened["id"]})
    assert sheet.content[:4] == b"RIFF"
    assert sorted(path.name for path in (studio.home.root / "atlases").iterdir()) == atlases
    assert client.get("api/directions/pca-1/sheet", params={**OF, "map": "none"}).status_code == 404
