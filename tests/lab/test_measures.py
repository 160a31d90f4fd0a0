"""Measures of encoded items: how alone one is, how far from the prior."""

from __future__ import annotations

import pytest
import torch

import painted
from trasluz.base.errors import UnknownName
from trasluz.geometry.local_density import reach
from trasluz.lab.encode import encode
from trasluz.lab.judging import measures


def test_alone_is_the_distance_to_the_nearest_other_in_units_of_reach():
    rows = torch.cat([torch.zeros(1, 3), torch.eye(3), torch.full((1, 3), 5.0)])
    found = measures._alone(rows)
    apart = torch.tensor([1.0, 1, 1, 1, (2 * 25 + 16) ** 0.5])
    assert torch.allclose(found, apart / reach(rows))


def test_of_very_many_rows_some_stand_for_all(monkeypatch):
    rows = torch.randn(400, 4, generator=torch.Generator().manual_seed(0))
    whole = measures._alone(rows)
    monkeypatch.setattr(measures, "MOST", 200)
    some = measures._alone(rows)
    assert (some >= whole - 1e-5).all() and torch.corrcoef(torch.stack([some, whole]))[0, 1] > 0.6


def test_one_row_is_not_alone_of_anything():
    assert measures._alone(torch.zeros(1, 2)).tolist() == [0.0]
    assert measures._alone(torch.zeros(0, 2)).tolist() == []


def test_a_space_with_a_prior_says_how_far_from_it_items_are(workspace):
    model = painted.model()
    atlas = encode(model, painted.data(40), name="painted", workspace=workspace)
    there = measures.measures_of(model, atlas)
    assert there[0] == measures.ALONE and (measures.PRIOR in there) == bool(model.space().default_prior)
    for name in there:
        found = measures.measure(name, model, atlas)
        assert found.shape == (40,) and (found >= 0).all()
    with pytest.raises(UnknownName) as told:
        measures.measure("beauty", model, atlas)
    assert measures.ALONE in told.value.sentence()
