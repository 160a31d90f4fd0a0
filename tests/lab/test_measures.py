"""Measures of encoded items: how alone one is, how far from the prior, how far the map is from the space there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import painted
from trasluz import wrap
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.geometry.local_density import reach
from trasluz.lab.encode import encode
from trasluz.lab.judging import measures, places
from trasluz.lab.map import map as draw
from trasluz.lab.shelf.maps import projection_of
from trasluz.spaces import registry


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
    projection = projection_of(atlas, "pca", workspace=workspace)
    there = measures.measures_of(model.space())
    assert there[0] == "alone" and ("from_prior" in there) == bool(model.space().default_prior)
    for name in there:
        found = measures.measure(name, model, atlas, projection)
        assert found.shape == (40,) and (found >= 0).all()
    with pytest.raises(UnknownName) as told:
        measures.measure("beauty", model, atlas, projection)
    assert "alone" in told.value.sentence()


def test_a_map_is_coloured_by_a_measure_as_by_a_column(workspace):
    model = painted.saved(workspace)
    atlas = encode(model, painted.data(60), name="painted", workspace=workspace)
    plane = draw(model, atlas=atlas, color="measure:torn", workspace=workspace)
    assert plane.color == "measure:torn" and plane.column is not None and plane.column.kind == "quantity"
    projection = plane.projection
    assert np.allclose(plane.values, measures.measure("torn", model, atlas, projection).numpy())
    assert "--color measure:torn" in plane.command() and "coloured by measure:torn" in plane.told()
    some = draw(model, atlas=atlas, color="measure:stretch", where="light = 'yes'", workspace=workspace)
    assert 0 < len(some) < 60 and len(some.values) == len(some)
    with pytest.raises(UnknownName, match="measure"):
        draw(model, atlas=atlas, color="measure:beauty", workspace=workspace)
    with pytest.raises(InvalidArgument, match="made from labels"):
        draw(model, atlas=atlas, method="discriminant", color="measure:torn", workspace=workspace)


# Stretch -------------------------------------------------------------------------------------------------------------


class Straight(torch.nn.Module):
    """Pictures that are linear in three numbers: one grey level for each of them, by a factor of its own."""

    factors = torch.tensor([0.02, 0.005, 0.01])

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """(n, 3) to (n, 1, 3, 3), a number to each column of pixels."""
        return (0.5 + z * self.factors)[:, None, None, :].expand(-1, 1, 3, 3).contiguous()


def straight(**more):
    return wrap(decode=Straight(), shape=(3,), name="straight", identity="straight", **more)


def wide(n: int = 400) -> torch.Tensor:
    """Principal components in the order of the dimensions."""
    return torch.randn(n, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([4.0, 2.0, 0.1])


def by(method: str, z: torch.Tensor, **settings):
    how = registry.get("projections", method)
    return how.fit(z, how.config_type.make(settings), 0)


def test_the_stretch_of_a_straight_decoder_is_known_everywhere():
    """Along either axis one of three columns changes; root mean square over pixels, and over the axes."""
    space, projection = straight().space(), by("pca", wide())
    found = places.stretch_at(space, projection, torch.tensor([[0.0, 0.0], [5.0, -3.0], [-8.0, 1.0]]))
    axes = projection.inverse(torch.eye(2)) - projection.inverse(torch.zeros(2, 2))
    exact = 255 * float(((axes * Straight.factors).square().sum(1) / 3).mean().sqrt())
    assert exact == pytest.approx(255 * ((0.02**2 + 0.005**2) / 6) ** 0.5, rel=0.01)
    assert found.tolist() == pytest.approx([exact] * 3, rel=1e-3)
    assert places.stretch(space, projection).tolist() == pytest.approx([1.0] * 400, rel=1e-3)


def test_without_a_derivative_differences_say_the_same():
    projection, space = by("pca", wide()), straight().space()
    at = projection.xy[:5]
    exact = places.stretch_at(space, projection, at)
    space.differentiable = False
    assert places.stretch_at(space, projection, at).tolist() == pytest.approx(exact.tolist(), rel=1e-3)


def test_a_decoder_without_a_derivative_in_forward_mode_is_compared_beside_its_place():
    """A function of one's own may have no such rule although gradients pass through it."""

    class Halved(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            return z * 0.5

        @staticmethod
        def backward(ctx, *grads):
            return grads[0] * 0.5

    def decode(z: torch.Tensor) -> torch.Tensor:
        return Straight()(2 * Halved.apply(z))

    projection, at = by("pca", wide()), wide()[:5, :2]
    space = wrap(decode=decode, shape=(3,), name="halved", identity="halved").space()
    exact = places.stretch_at(straight().space(), projection, at)
    assert places.stretch_at(space, projection, at).tolist() == pytest.approx(exact.tolist(), rel=1e-3)


def test_a_decoder_that_changes_faster_on_one_side_is_seen_there():
    """Grey is 0.2 + 0.01 x to the left of 0 and 0.2 + 0.03 x to the right of it."""

    def bent(z: torch.Tensor) -> torch.Tensor:
        grey = 0.2 + torch.where(z[:, 0] > 0, 0.03, 0.01) * z[:, 0]
        return grey[:, None, None, None].expand(-1, 1, 4, 4).contiguous()

    space, projection = wrap(decode=bent, shape=(3,), name="bent", identity="bent").space(), by("pca", wide())
    found, x = places.stretch(space, projection), wide()[:, 0]
    slow, fast = found[x < -1].median(), found[x > 1].median()
    assert float(fast / slow) == pytest.approx(3, rel=0.02) and float(found.median()) == pytest.approx(1)


def test_a_bent_map_has_a_stretch_at_every_place():
    projection = by("umap", wide(80), epochs=20)
    found = places.stretch(straight().space(), projection)
    assert not projection.linear and found.shape == (80,) and bool(torch.isfinite(found).all())
    assert float(found.median()) == pytest.approx(1)


def test_far_outliers_do_not_make_the_grid_coarse_or_endless():
    z = torch.cat([wide(1000), torch.tensor([[5e3, 0.0, 0.0], [0.0, 4e3, 0.0]])])
    xy = z[:, :2].contiguous()
    step, cell = places._grid(xy)
    assert step < 2 and float(((xy - xy.min(0).values) / step - cell).abs().max()) <= 1 + 1e-3
    same = torch.zeros(5, 2)
    assert places._grid(same)[1].tolist() == [[0, 0]] * 5


# Torn neighbours -----------------------------------------------------------------------------------------------------


def test_a_map_that_keeps_all_tears_nothing_and_a_shuffled_one_nearly_all(monkeypatch):
    z = wide()[:, :2].contiguous()
    assert float(places.torn_of(z, z).max()) == 0
    mixed = z[torch.randperm(400, generator=torch.Generator().manual_seed(1))]
    found = places.torn_of(z, mixed)
    assert float(found.mean()) == pytest.approx(1 - 15 / 399, abs=0.01)
    # Of very many rows some stand for all.
    monkeypatch.setattr(places, "MOST", 150)
    some = places.torn_of(z, mixed)
    assert some.shape == (400,) and float(some.mean()) == pytest.approx(1 - 15 / 149, abs=0.02)
    assert float(places.torn_of(z, z).max()) == 0
    assert places.torn_of(z[:1], z[:1]).tolist() == [0.0]


def test_of_one_place_the_same_is_said_as_of_its_item(workspace):
    """A row is no neighbour of itself; any other latent has all rows for neighbours."""
    z = wide()
    xy = by("umap", z, epochs=20).xy
    every = places.torn_of(z, xy)
    for row in (0, 17, 399):
        assert places.torn_at(z, xy, z[row : row + 1], xy[row : row + 1], row).tolist() == [float(every[row])]
    flat = z[:, :2].contiguous()
    assert places.torn_at(flat, flat, flat[:5] + 0.01, flat[:5] + 0.01).tolist() == [0.0] * 5
    # Shown at the other end of the map, none of its neighbours is there.
    assert float(places.torn_at(flat, flat, flat[:1], flat[:1] + 100)) == 1
    assert places.torn_at(z[:1], xy[:1], z[:1], xy[:1], 0).tolist() == [0.0]


def test_a_map_says_it_of_places_in_python(workspace):
    model = painted.saved(workspace)
    atlas = encode(model, painted.data(60), name="painted", workspace=workspace)
    plane = draw(model, atlas=atlas, workspace=workspace)
    at = plane.xy[:8]
    share = plane.stretch(at) / plane.usual_stretch
    assert plane.usual_stretch > 0 and 0.3 < float(share.median()) < 3
    torn = plane.torn(at)
    assert torn.shape == (8,) and float(torn.min()) >= 0 and float(torn.max()) <= 1
    assert np.allclose(torn * 15, (torn * 15).round(), atol=1e-4)
