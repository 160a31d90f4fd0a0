"""What a page is told of items: names of regions, what sets a lasso apart, and what a search finds."""

from __future__ import annotations

import base64

import numpy as np
import pytest


@pytest.fixture
def at(client, opened):
    return f"api/maps/{opened['id']}"


def bits(rows, n=120):
    flags = np.zeros(n, np.uint8)
    flags[list(rows)] = 1
    return base64.b64encode(np.packbits(flags, bitorder="little").tobytes()).decode()


def test_a_search_finds_words_in_any_order_and_says_where(client, at, studio, opened):
    answer = client.post(f"{at}/search", json={"text": "PAINTED-11", "limit": 5}).json()
    assert "rows" in answer, answer
    assert [row["row"] for row in answer["rows"]] == [11, 110, 111, 112, 113] and answer["total"] == 11
    colours = studio.map(opened["id"]).atlas.column("colour")
    reds = [row for row in answer["rows"] if colours[row["row"]] == "red"]
    assert reds
    both = client.post(f"{at}/search", json={"text": "ReD painted-11"}).json()
    assert {row["row"] for row in both["rows"]} >= {row["row"] for row in reds}
    assert all(colours[row["row"]] == "red" for row in both["rows"])
    assert both["rows"][0]["matched"][0] == {"column": "colour", "parts": [["red", True]]}
    assert both == client.post(f"{at}/search", json={"text": "painted-11   red"}).json()
    assert client.post(f"{at}/search", json={"text": "painted-11 nothing"}).json()["total"] == 0


def test_a_search_follows_what_is_shown(client, at):
    answer = client.post(f"{at}/search", json={"text": "painted-11", "within": bits([11, 110])}).json()
    assert [row["row"] for row in answer["rows"]] == [11, 110]
    assert (answer["total"], answer["elsewhere"]) == (2, 9)


def test_what_sets_rows_apart_is_their_value(client, at, studio, opened):
    colours = studio.map(opened["id"]).atlas.column("colour")
    reds = np.flatnonzero(colours == "red")
    card = client.post(f"{at}/apart", json={"rows": bits(reds)}).json()
    assert (card["items"], card["others"], card["why"]) == (len(reds), 120 - len(reds), None)
    first = card["traits"][0]
    assert (first["column"], first["value"], first["inside"], first["outside"]) == ("colour", "red", 1.0, 0.0)
    assert first["p"] < 1e-20
    assert client.post(f"{at}/apart", json={"rows": bits(range(3))}).json()["why"] == "few"
    assert client.post(f"{at}/apart", json={"rows": bits(range(120))}).json()["why"] == "all"


def test_regions_are_named_by_what_holds_there(client, at):
    """The painted model's map has its colours apart."""
    for card in client.get(f"{at}/regions", params={"column": "colour"}).json():
        [trait] = card["traits"]
        assert trait["column"] == "colour" and trait["inside"] >= 0.6 and trait["outside"] < trait["inside"]
    assert client.get(f"{at}/regions", params={"column": "wings"}).status_code == 404


def test_bits_of_another_map_are_refused(client, at):
    for rows, word in (("AA==", "another number"), ("@", "base64")):
        answer = client.post(f"{at}/apart", json={"rows": rows})
        assert answer.status_code == 400 and word in answer.json()["sentence"], answer.json()
