"""Along a direction: where items of a map go, and what they look like there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from server.test_lens import pixels
from trasluz.geometry.moves import moved
from trasluz.lab.desk import Desk
from trasluz.lab.shelf.directions import keep
from trasluz.spaces.direction import Direction


@pytest.fixture
def lighter(studio, opened):
    """A kept direction along the fourth number, of which 0.5 is one step."""
    axis = torch.zeros(5)
    axis[3] = 1
    model = studio.map(opened["id"]).opened.model
    way = Direction("lighter", model.name, model.owner("z"), "z", axis, 0.5, "given")
    keep(way, workspace=studio.home)
    return way


def along(client, opened, **asked):
    return client.post(f"api/maps/{opened['id']}/along", json=asked)


def test_items_come_to_lie_where_the_map_places_them_once_they_are_moved(client, opened, studio, lighter):
    found = studio.map(opened["id"])
    rows, strengths = [3, 8, 40], [0.0, 2.0]
    asked = {"at": [{"row": row} for row in rows], "strengths": strengths, "direction": "lighter"}
    steps = along(client, opened, **asked).json()["steps"]
    for row, mine in zip(rows, steps, strict=True):
        for strength, step in zip(strengths, mine, strict=True):
            z = moved(found.atlas.latents[row : row + 1].float(), [lighter], [strength])
            assert step["xy"] == pytest.approx(found.plane.project(z)[0].tolist(), abs=1e-4)
            assert step["support"] == pytest.approx(float(found.desk.support(z)[0]), rel=1e-3)
            assert step["picture"] is None
    assert steps[0][0]["xy"] != steps[0][1]["xy"]


def test_they_are_drawn_as_the_lens_draws_them(client, opened, lighter):
    asked = {"at": [{"row": 7}, {"xy": [0.5, 0.5]}], "strengths": [-1.5, 1.5], "direction": "lighter", "pictures": True}
    steps = along(client, opened, **asked).json()["steps"]
    for at, mine in zip(asked["at"], steps, strict=True):
        for strength, step in zip(asked["strengths"], mine, strict=True):
            one = {"map": opened["id"], "at": at, "directions": {"lighter": strength}}
            seen = client.post("api/lens", json=one).json()["seen"]
            assert np.abs(pixels(step["picture"]).astype(int) - pixels(seen["picture"])).max() <= 1
            assert step["xy"] == pytest.approx(seen["xy"], abs=1e-4)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"direction": "nobody"}, 404),
        ({}, 422),
        ({"direction": "lighter", "job": "1"}, 422),
        ({"job": "nobody"}, 404),
        ({"direction": "lighter", "strengths": [1e9]}, 422),
        ({"direction": "lighter", "at": [{"row": 100_000}]}, 400),
        ({"direction": "lighter", "at": [{"row": 1}] * 40, "strengths": [0, 1], "pictures": True}, 400),
    ],
)
def test_what_cannot_be_is_refused(client, opened, lighter, asked, status):
    answer = along(client, opened, **{"at": [{"row": 1}], "strengths": [1.0], **asked})
    assert answer.status_code in (status, 400 if status == 422 else status), answer.text


def test_what_varies_as_one_is_offered_once(studio, opened):
    """As the layers of a broadcast w+ do."""
    desk: Desk = studio.map(opened["id"]).desk
    assert [one["at"] for one in desk.sliders([])["dims"]] == [[dim] for dim in desk._most_active]
    rows = torch.randn(60, 6, generator=torch.Generator().manual_seed(0)) * torch.arange(6, 0, -1)
    layers = rows[:, None].repeat(1, 4, 1).flatten(1)
    desk.__dict__.update(_flat=layers, _spread=layers.std(0, correction=0))
    desk.__dict__.pop("_most_active")
    assert sorted(desk._most_active) == [0, 1, 2, 3, 4, 5]
