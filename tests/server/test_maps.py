"""Maps over HTTP: what a page needs to draw, colour, search and filter points."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image

from trasluz.lab.map import map as draw
from trasluz.lab.shelf.maps import default_column
from trasluz.server.images import MISSING, STEPS
from trasluz.spaces.column import Column


def array(data: bytes, kind: int):
    magic, found, n, second = struct.unpack("<4sIII", data[:16])
    assert (magic, found) == (b"TLZ1", kind)
    return data[16:], n, second


def test_a_map_says_what_it_is(opened, studio):
    plane = studio.map(opened["id"]).plane
    assert opened["items"] == 120 and opened["atlas"] == "painted" and opened["method"] == "pca"
    assert opened["round_trip"] == plane.round_trip and tuple(opened["axes"]) == plane.projection.axes
    low, high = np.array(opened["bounds"][:2]), np.array(opened["bounds"][2:])
    assert np.allclose(low, plane.xy.min(0).values) and np.allclose(high, plane.xy.max(0).values)
    assert opened["reproduce"]["command"].startswith("trasluz map painted --color colour --atlas painted")


def test_a_map_is_first_shown_in_the_colours_that_lie_together(client, opened):
    assert opened["color"] == "colour"  # not the noise, nor the column of one value


def column(name, codes):
    return Column.of(name, [None if code < 0 else "abcdefghijklm"[code] for code in codes])


def test_the_best_column_is_the_one_whose_values_lie_together():
    xy = np.random.default_rng(0).normal(size=(400, 2))
    side = (xy[:, 0] > 0).astype(int)
    noisy = np.where(np.arange(400) % 4 == 0, 1 - side, side)
    rare = (np.arange(400) == 7).astype(int)  # agrees nearly always, and by chance as often
    columns = [column("rare", rare), column("noisy", noisy), column("side", side), column("label", side)]
    assert default_column(columns, xy) == "side"
    assert default_column(columns[:2], xy) == "noisy"
    patchy = np.where(np.arange(400) % 3 == 0, side, -1)
    assert default_column([column("patchy", patchy), column("noisy", noisy)], xy) == "noisy"
    many, one = column("many", np.arange(400) % 13), column("one", np.zeros(400, int))
    assert default_column([one, many, column("label", np.arange(400) % 13)], xy) == "label"
    size, name = Column.of("size", xy[:, 1]), Column.of("name", [f"item {i}" for i in range(400)])
    assert default_column([one, name, size], xy) == "size"
    assert default_column([one, name], xy) is None and default_column([], xy) is None
    # Before it is known where rows lie, for a map that looks at labels.
    assert default_column(columns) == "label" and default_column([one, size, many]) == "many"
    assert default_column([one, name, size]) is None


def test_a_map_says_whether_its_places_have_names(client, opened):
    def asked(**how):
        map = client.post("api/maps", json={"model": "painted", "atlas": "painted", **how}).json()["map"]
        at = {"map": map["id"], "at": [{"xy": [0.0, 0.0]}]}
        named = client.post("api/decode", json=at).json()["reproduce"]["command"] is not None
        assert map["is_default"] == named
        return named

    assert opened["is_default"] and asked() and asked(method="discriminant") and asked(color="level")
    assert not asked(settings={"horizontal": 2, "vertical": 1})
    assert not asked(method="discriminant", color="light")


def test_points_are_those_of_the_lab(client, opened, studio):
    data = client.get(f"api/maps/{opened['id']}/points", params={"column": "colour"}).content
    body, n, codes = array(data, 1)
    assert (n, codes) == (120, 1) and len(data) == 16 + 10 * n
    xy = np.frombuffer(body[: 8 * n], "<f4").reshape(n, 2)
    atlas = studio.map(opened["id"]).atlas
    assert np.array_equal(xy, draw(atlas).xy.numpy())
    column = next(c for c in opened["columns"] if c["name"] == "colour")
    names = [column["values"][code] for code in np.frombuffer(body[8 * n :], "<u2")]
    assert names == atlas.column("colour").tolist() and column["kind"] == "category"
    assert sum(column["counts"]) == n
    assert len(client.get(f"api/maps/{opened['id']}/points").content) == 16 + 8 * n


def test_codes_of_a_quantity_span_its_range(client, opened, studio):
    body, n, _ = array(client.get(f"api/maps/{opened['id']}/columns/level").content, 2)
    column = next(c for c in opened["columns"] if c["name"] == "level")
    codes = np.frombuffer(body, "<u2")
    assert len(codes) == n and (codes.min(), codes.max()) == (0, STEPS) and column["kind"] == "quantity"
    back = column["low"] + codes / STEPS * (column["high"] - column["low"])
    assert np.allclose(back, studio.map(opened["id"]).atlas.column("level"), atol=1e-3)
    assert MISSING > STEPS


def test_a_condition_gives_one_bit_a_row(client, opened, studio):
    where = "colour = 'red' and level > 0"
    answer = client.post(f"api/maps/{opened['id']}/filter", json={"where": where})
    body, n, count = array(answer.content, 3)
    flags = np.unpackbits(np.frombuffer(body, np.uint8), bitorder="little")[:n]
    rows = studio.map(opened["id"]).atlas.where(where)
    assert np.array_equal(np.flatnonzero(flags), rows) and count == len(rows)


def test_thumbnails_are_those_of_the_atlas(client, opened, studio):
    answer = client.get(f"api/maps/{opened['id']}/thumbnails", params={"rows": "3,1,40"})
    across, tile = int(answer.headers["X-Trasluz-Across"]), int(answer.headers["X-Trasluz-Tile"])
    sheet = np.asarray(Image.open(io.BytesIO(answer.content)))
    expected = studio.map(opened["id"]).atlas.thumbnails([3, 1, 40])
    for i, pixels in enumerate(expected):
        top, left = tile * (i // across), tile * (i % across)
        assert np.array_equal(sheet[top : top + tile, left : left + tile], pixels.transpose(1, 2, 0))


def test_rows_and_sliders(client, opened):
    rows = client.get(f"api/maps/{opened['id']}/rows", params={"rows": "7,2"}).json()
    assert [row["row"] for row in rows] == [7, 2]
    sliders = client.get(f"api/maps/{opened['id']}/sliders").json()
    assert sliders["directions"] == [] and {d["dim"] for d in sliders["dims"]} == {0, 1, 2, 3, 4}
    assert sliders["dims"][-1]["dim"] == 4  # the idle one


def test_wrong_requests_are_told_what_is_wrong(client, opened):
    map = f"api/maps/{opened['id']}"
    for answer, status, word in (
        (client.get("api/maps/nothing/points"), 404, "not open"),
        (client.get(f"{map}/columns/size"), 404, "unknown column"),
        (client.get(f"{map}/rows", params={"rows": "1;2"}), 400, "list of rows"),
        (client.get(f"{map}/rows", params={"rows": "120"}), 400, "no such row"),
        (client.post(f"{map}/filter", json={"where": "size > 1"}), 400, "unknown column"),
        (client.post(f"{map}/filter", json={"where": "colour = 'red'; DROP TABLE rows"}), 400, "condition"),
        (client.post("api/maps", json={"model": "painted", "extra": 1}), 400, "extra"),
    ):
        said = answer.json()
        assert answer.status_code == status and word in said["sentence"], said
        assert set(said) == {"kind", "what", "got", "allowed", "next", "sentence", "stopped"}


def test_a_map_that_cannot_be_made_says_why_in_its_job(client):
    answer = client.post("api/maps", json={"model": "painted", "atlas": "none"}).json()
    assert answer["map"] is None and answer["job"]["state"] == "failed"
    assert "unknown atlas" in answer["job"]["error"]["sentence"]


def test_measures_are_columns_that_are_made_when_asked_for(client, opened, studio):
    assert opened["measures"][0] == "measure:alone"
    path = f"api/maps/{opened['id']}/columns/measure%3Aalone"
    said = client.get(f"{path}/card").json()
    codes = np.frombuffer(array(client.get(path).content, 2)[0], "<u2")
    rows = studio.map(opened["id"]).atlas.latents.float().flatten(1)
    apart = (rows[:, None] - rows[None]).norm(dim=2).fill_diagonal_(float("inf")).min(1).values.numpy()
    assert said["kind"] == "quantity" and int(codes.argmax()) == int(apart.argmax())
    values = said["low"] + codes / STEPS * (said["high"] - said["low"])
    assert np.corrcoef(values, apart)[0, 1] > 0.9999
    assert client.get(f"api/maps/{opened['id']}/columns/measure%3Anone").status_code == 404


def test_a_map_tells_how_well_new_items_separate_by_a_column(client, opened, studio):
    def told(column):
        return client.get(f"api/maps/{opened['id']}/columns/{column}/told").json()

    card = told("colour")["new_items"]
    here = studio.map(opened["id"]).plane.new_items("colour")
    figure = here.figure
    assert card["why"] is None and card["figure"] == "accuracy" and card["n"] == figure.n and card["k"] == 15
    assert card["found"] == figure.value and [card["low"], card["high"]] == list(figure.interval)
    assert {view: card[view] for view in figure.further} == {view: one.value for view, one in figure.further.items()}
    assert card["sentence"] == here.sentence() and card["space"] > 0.9
    assert told("level")["new_items"]["figure"] == "rank correlation"
    one = told("one")["new_items"]
    assert one["why"] == "one_value" and one["found"] is None
    assert told("measure:torn")["new_items"] is None
    assert told("nothing")["kind"] == "unknown_name"


def test_a_measure_is_reproduced_on_the_command_line(client, opened):
    said = client.get(f"api/maps/{opened['id']}/columns/measure%3Atorn/card").json()
    assert "--color measure:torn" in said["reproduce"]["command"]
