"""Selections over HTTP: rows of a map that are kept under a name, and a search that is said by it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import trasluz as tl
from trasluz.base.errors import TrasluzError
from trasluz.cli.app import app
from trasluz.lab.shelf.directions import show_direction
from trasluz.lab.shelf.selections import kept_selection

THESE, THOSE = list(range(30)), list(range(40, 90))


def keep(client, opened, name="bright", rows=(3, 5, 8), **other):
    rows = {} if "where" in other else {"rows": list(rows)}
    return client.post("api/selections", json={"name": name, "map": opened["id"], **rows, **other})


def listed(client, opened):
    return client.get("api/selections", params={"map": opened["id"]}).json()


def rows_of(client, opened, name):
    answer = client.get(f"api/selections/{quote(name, safe='')}/rows", params={"map": opened["id"]})
    assert answer.status_code == 200, answer.text
    flags = np.unpackbits(np.frombuffer(answer.content[16:], np.uint8), bitorder="little")
    assert int(np.frombuffer(answer.content[12:16], "<u4")[0]) == flags.sum()
    return np.flatnonzero(flags).tolist()


@pytest.fixture
def found(client, opened, finished):
    """A search by examples that keeps nothing."""

    def find(**asked: Any) -> Any:
        whole = {"map": opened["id"], "measured": False, "keep": False, "count": 1, **asked}
        job = finished(client.post("api/directions/find", json=whole).json())
        assert job["state"] == "done", job
        return job

    return find


def vector(studio, job):
    return studio.jobs.get(job["id"]).outcome.result[0].vector


def test_rows_get_a_name_and_are_found_by_it(client, opened, studio):
    answer = keep(client, opened)
    assert answer.status_code == 201
    found = studio.map(opened["id"])
    held = kept_selection("bright", workspace=studio.home)
    assert held.points == tuple(found.atlas.points[row] for row in (3, 5, 8))
    assert listed(client, opened) == [answer.json()]
    assert answer.json()["point"] == "@bright" and answer.json()["items"] == 3 and answer.json()["here"]
    assert rows_of(client, opened, "bright") == [3, 5, 8]
    assert client.delete("api/selections/bright").status_code == 204 and listed(client, opened) == []


def test_a_condition_is_kept_as_it_is(client, opened, studio):
    column = next(column for column in opened["columns"] if column["kind"] not in ("text",))
    where = f'"{column["name"]}" is not null'
    assert keep(client, opened, "all", where=where).json()["where"] == where
    assert len(rows_of(client, opened, "all")) == opened["items"]
    assert keep(client, opened, "none", where="nothing = 1").status_code == 400
    assert keep(client, opened, "none", where="id = 'x'").status_code == 400


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        ({"rows": [5000]}, 400, "invalid_argument"),
        ({"rows": []}, 400, "invalid_argument"),
        ({"rows": [-1]}, 400, "invalid_argument"),
        ({}, 400, "invalid_argument"),
        ({"rows": [1], "where": "x > 0"}, 400, "invalid_argument"),
        ({"rows": [1], "name": "../x"}, 400, "invalid_argument"),
        ({"rows": [1], "name": "@"}, 400, "invalid_argument"),
        ({"rows": [1], "name": "scout"}, 409, "name_taken"),
        ({"rows": [1], "name": "scout", "replace": True}, 409, "name_taken"),
        ({"rows": [1], "map": "none"}, 404, None),
    ],
)
def test_what_cannot_be_kept_is_refused(client, opened, asked, status, kind):
    client.post("api/points", json={"name": "scout", "map": opened["id"], "at": {"row": 1}})
    answer = client.post("api/selections", json={"name": "x", "map": opened["id"], **asked})
    assert answer.status_code == status and kind in (None, answer.json()["kind"]), answer.text
    assert listed(client, opened) == []


def test_a_name_is_taken_once_unless_it_is_to_be_replaced(client, opened):
    keep(client, opened)
    assert keep(client, opened).status_code == 201, "the same once more is the same"
    assert keep(client, opened, rows=[1]).json()["kind"] == "name_taken"
    assert keep(client, opened, rows=[1], replace=True).status_code == 201
    assert rows_of(client, opened, "bright") == [1]
    point = client.post("api/points", json={"name": "bright", "map": opened["id"], "at": {"row": 1}, "replace": True})
    assert point.status_code == 409


@pytest.mark.parametrize("name", ["mi niño", "a/b", "con", "a/rows", "x,y"])
def test_a_name_of_any_kind_by_its_address(client, opened, name):
    assert keep(client, opened, name).json()["point"] == f"@{name}"
    assert rows_of(client, opened, name) == [3, 5, 8]
    assert client.delete(f"api/selections/{quote(name, safe='')}").status_code == 204


def test_those_of_other_items_and_damaged_ones_are_listed_with_the_reason(client, opened, studio):
    keep(client, opened)
    tl.save_selection("cats", "pets-vae", ["test:1", "test:2"], data="pets:60", workspace=studio.home)
    (studio.home.root / "points" / "broken.json").write_text('{"version": 9, "selection": "items"}')
    lines = {line["name"]: line for line in listed(client, opened)}
    assert lines["bright"]["here"] and lines["bright"]["trouble"] is None
    assert not lines["cats"]["here"] and "other data" in lines["cats"]["trouble"] and lines["cats"]["items"] == 2
    assert not lines["broken"]["here"] and "damaged" in lines["broken"]["trouble"]
    answer = client.get("api/selections/cats/rows", params={"map": opened["id"]})
    assert answer.status_code >= 400 and "other data" in answer.json()["what"]
    assert client.get("api/selections/nobody/rows", params={"map": opened["id"]}).status_code == 404


def test_a_few_rows_are_said_one_by_one(found, studio, opened):
    how = found(these=THESE[:6], those=THOSE[:6])["result"]["reproduce"]
    names = [studio.map(opened["id"]).atlas.points[row] for row in THESE[:6]]
    assert how["command"].count("--these ") == 6 and all(name in how["command"] for name in names)
    assert not how["needs"]


def test_a_search_by_selections_is_said_by_their_names(client, opened, found, studio):
    keep(client, opened, "one", THESE)
    keep(client, opened, "two", THOSE)
    by_name = found(these_selection="one", those_selection="two")
    how = by_name["result"]["reproduce"]
    asked = "trasluz directions find painted --atlas painted --these @one --those @two --count 1 --no-measure"
    assert how["command"] == asked
    assert torch.equal(vector(studio, by_name), vector(studio, found(these=THESE, those=THOSE)))
    failed = client.post("api/directions/find", json={"map": opened["id"], "these_selection": "no", "those": THOSE})
    job = failed.json()
    assert job["state"] == "failed" and job["error"]["kind"] == "unknown_name"


def test_rows_that_were_kept_before_or_after_the_search_are_said_by_that_name(client, opened, found):
    keep(client, opened, "one", THESE)
    job = found(these=THESE, those=THOSE)
    how = job["result"]["reproduce"]
    assert "--these @one" in how["command"] and [need["items"] for need in how["needs"]] == [50]
    keep(client, opened, "two", THOSE)
    said = client.post("api/directions/reproduce", json={"job": job["id"], "map": opened["id"]}).json()
    assert "--these @one --those @two" in said["command"] and not said["needs"] and "\n" not in said["command"]
    assert "these=['@one'], those=['@two']" in said["code"]
    assert client.post("api/directions/reproduce", json={"job": "no", "map": opened["id"]}).status_code == 404


def test_the_many_rows_of_a_search_are_kept_at_once_and_said_by_their_names(client, opened, found, studio):
    job = found(these=THESE, those=THOSE)
    asked = {"job": job["id"], "map": opened["id"], "save_as": "mi niña"}
    client.post("api/points", json={"name": "mi niña-others", "map": opened["id"], "at": {"row": 1}})
    assert client.post("api/directions/reproduce", json=asked).json()["kind"] == "name_taken"
    assert listed(client, opened) == [], "of two names one was taken, so nothing is kept"
    client.delete(f"api/points/{quote('mi niña-others')}")
    said = client.post("api/directions/reproduce", json=asked).json()
    assert "--these '@mi niña' --those '@mi niña-others'" in said["command"] and not said["needs"]
    assert rows_of(client, opened, "mi niña") == THESE and rows_of(client, opened, "mi niña-others") == THOSE
    assert client.post("api/directions/reproduce", json={**asked, "save_as": "../x"}).status_code == 400


@pytest.mark.parametrize("face", ["command", "code"])
def test_many_rows_without_a_name_are_found_again_by_the_files_that_come_with_them(
    face, client, opened, found, studio, tmp_path, monkeypatch
):
    """The texts are run as they stand, beside the files as they are downloaded, and give the very direction."""
    job = found(these=THESE, those=THOSE)
    how = job["result"]["reproduce"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(studio.home.root))
    assert [need["items"] for need in how["needs"]] == [30, 50] and len(how["command"]) < 700
    for need in how["needs"]:
        answer = client.get(f"api/jobs/{need['job']}/files/{need['name']}")
        assert answer.status_code == 200
        Path(need["name"]).write_bytes(answer.content)
    for _ in range(2):  # and once more
        if face == "command":
            lines = how["command"].split("\n")
            assert len(lines) == 3
            for line in lines:
                done = CliRunner().invoke(app, [*shlex.split(line)[1:], "--device", "cpu"])
                assert done.exit_code == 0, done.output
            again = show_direction("these", model="painted", workspace=studio.home)
        else:
            names: dict[str, Any] = {}
            exec(how["code"], names)
            [again] = names["found"]
        assert torch.equal(again.vector, vector(studio, job))


def test_other_items_than_those_of_the_file_are_refused(client, opened, found, studio, tmp_path):
    how = found(these=THESE, those=THOSE)["result"]["reproduce"]
    need = how["needs"][0]
    path = tmp_path / need["name"]
    path.write_bytes(client.get(f"api/jobs/{need['job']}/files/{need['name']}").content)
    assert json.loads(path.read_text())["data_identity"] == studio.map(opened["id"]).atlas.data_identity
    with pytest.raises(TrasluzError, match="of other data"):
        tl.save_selection("x", "pets-vae", file=path, data="pets:60", workspace=studio.home)
