"""The rules, found by name, each against a known answer; what all rules keep to stands in `trasluz.conformance`."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from scipy.stats import norm

import toy_models as toys
from trasluz.base.errors import InvalidArgument, NotDifferentiable, UnknownName
from trasluz.base.progress import Progress
from trasluz.geometry.interpolation import cdf_between
from trasluz.spaces import registry
from trasluz.spaces.representation import Pixels
from trasluz.spaces.space import LatentSpace


class Toy(LatentSpace):
    """Renders by a function; by default what it is given."""

    name, kind, representation = "z", "vector", Pixels(1, 4)

    def __init__(self, *shape: int, render: Any = None) -> None:
        super().__init__()
        self.shape, self._render = shape, render

    def render(self, z: Any) -> Any:
        return z if self._render is None else self._render(z)


RULES = registry.names("paths")


def draws(n: int, *shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(seed))


def path(rule: str, points: torch.Tensor, frames: int, space: LatentSpace, **more: Any) -> torch.Tensor:
    way = registry.get("paths", rule)
    settings = more.pop("settings", {})
    return way.through(points, frames, space, config=way.config_type.make(settings), **more)


def paces(z: torch.Tensor) -> torch.Tensor:
    return (z[1:] - z[:-1]).flatten(1).norm(dim=1)


# What all of ours keep to, beside the contract ------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", [(3,), (64,), (4, 8, 8)])
@pytest.mark.parametrize("loop", [False, True])
def test_frames_are_even_along_the_way(rule: str, shape: tuple[int, ...], loop: bool):
    z = path(rule, draws(3, *shape), 12, Toy(*shape), loop=loop, data=draws(40, *shape, seed=2))
    # Where a way among data bends sharply, the chord across the bend is shorter.
    assert paces(z).max() < (4 if registry.get("paths", rule).uses_data else 3) * paces(z).min()


@pytest.mark.parametrize("rule", RULES)
def test_errors_are_one_clear_line(rule: str):
    with pytest.raises(InvalidArgument, match="two points or more: got 1"):
        path(rule, draws(1, 3), 4, Toy(3), data=draws(9, 3))
    with pytest.raises(InvalidArgument, match="got 2; allowed: 3 or more"):
        path(rule, draws(3, 3), 2, Toy(3), data=draws(9, 3))
    with pytest.raises(InvalidArgument, match="another shape"):
        path(rule, draws(3, 4), 5, Toy(3), data=draws(9, 3))


@pytest.mark.parametrize(("rule", "setting"), [("geodesic", "step"), ("density", "neighbors"), ("linear", "steps")])
def test_an_unknown_setting_is_refused_by_name(rule: str, setting: str):
    with pytest.raises(UnknownName, match="unknown setting"):
        path(rule, draws(2, 3), 4, Toy(3), settings={setting: 3})


def test_only_the_arc_keeps_away_from_the_origin():
    ends, space = torch.eye(2), Toy(2)
    middles = {r: float(path(r, ends, 3, space)[1].norm()) for r in ("linear", "spherical")}
    assert middles == pytest.approx({"linear": 0.5**0.5, "spherical": 1.0})


# By distribution functions -------------------------------------------------------------------------------------


def fitted(codes: torch.Tensor) -> LatentSpace:
    """A space whose codes were these: it has their Gaussian."""
    space = Toy(codes.shape[1])
    state = {"mean": codes.mean(0), "factor": torch.diag(codes.std(0))}
    space.priors["gaussian"] = registry.get("priors", "gaussian").open(codes.shape[1:], {}, state)
    space.default_prior = "gaussian"
    return space


def test_the_middle_is_where_scipy_says():
    a, b = draws(2, 5).double().numpy()
    middle = norm.ppf((norm.cdf(a) + norm.cdf(b)) / 2)
    assert path("cdf", draws(2, 5), 3, Toy(5))[1].numpy() == pytest.approx(middle, abs=1e-5)


def test_it_stays_finite_in_the_tails():
    ends = torch.tensor([[9.0, -60.0, 40.0, -9.0], [-9.0, 60.0, 41.0, -8.5]])
    z = path("cdf", ends, 33, Toy(4))
    assert bool(torch.isfinite(z).all())
    low, high = ends.min(0).values, ends.max(0).values
    assert bool(((z >= low) & (z <= high)).all()) and bool(((z[1:] - z[:-1]) * (ends[1] - ends[0]) >= 0).all())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_beyond_eight_sigma_the_ends_are_the_ends_and_both_tails_are_alike(dtype: torch.dtype):
    way, t = cdf_between(torch.zeros(7), torch.ones(7)), torch.linspace(0, 1, 21, dtype=torch.float64)
    a = torch.tensor([9.0, 40.0, 8.3, -39.0, 1e4, 60.0, 30.0], dtype=dtype)
    b = torch.tensor([8.5, 41.0, 0.0, 38.5, -1e4, 60.0, -1.0], dtype=dtype)
    z = way(a, b, t)
    assert torch.equal(z[0], a) and torch.equal(z[-1], b) and bool(torch.isfinite(z).all())
    assert bool(((z[1:] - z[:-1]) * (b - a) >= 0).all())
    strict = (z[1:] - z[:-1])[:, [0, 1, 2, 3, 6]].abs() > 0
    assert bool(strict.all()) or dtype is torch.float32, "it moves with every frame"
    assert torch.equal(way(-a, -b, t), -z), "mirrored ends, a mirrored way"
    # Independently: half of each tail, by mpmath's 60 digits.
    import mpmath

    mpmath.mp.dps = 60
    for i in (0, 1, 2):
        half = (mpmath.ncdf(-float(a[i])) + mpmath.ncdf(-float(b[i]))) / 2
        want = -mpmath.findroot(
            lambda x, half=half: mpmath.log(mpmath.ncdf(x)) - mpmath.log(half), -float(min(a[i], b[i])) - 0.1
        )
        assert float(z[10, i]) == pytest.approx(float(want), rel=1e-6)


def test_it_takes_the_measure_of_the_prior_and_looks_at_no_data():
    codes, ends = 3 + 4 * draws(4000, 2), torch.tensor([[0.0, 0.0], [9.0, 9.0]])
    middle = path("cdf", ends, 3, fitted(codes))[1]
    mean, sigma = codes.mean(0).double().numpy(), codes.std(0).double().numpy()
    wanted = norm.ppf((norm.cdf(0, mean, sigma) + norm.cdf(9, mean, sigma)) / 2, mean, sigma)
    assert middle.numpy() == pytest.approx(wanted, abs=0.3)
    plain = path("cdf", ends, 3, Toy(2))
    assert not torch.allclose(middle, plain[1], atol=0.3)
    assert torch.equal(path("cdf", ends, 3, Toy(2), data=codes), plain)


# The spline ----------------------------------------------------------------------------------------------------


def test_two_points_are_joined_by_a_line():
    ends = draws(2, 6)
    assert torch.allclose(path("spline", ends, 9, Toy(6)), path("linear", ends, 9, Toy(6)), atol=1e-6)


def test_a_straight_row_of_points_stays_straight():
    row = torch.tensor([[0.0, 0.0], [1.0, 2.0], [4.0, 8.0]])
    z = path("spline", row, 21, Toy(2))
    assert torch.allclose(z[:, 1], 2 * z[:, 0], atol=1e-5)


def test_a_loop_has_no_seam():
    square = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    z = path("spline", square, 400, Toy(2), loop=True)
    steps = torch.cat([z, z[:2]]).double()
    steps = steps[1:] - steps[:-1]
    turn = torch.nn.functional.cosine_similarity(steps[1:], steps[:-1]).clamp(-1, 1).acos()
    assert turn.max() < 0.06, "no kink anywhere, the place where it comes round among them"
    corner = path("linear", square, 400, Toy(2), loop=True)
    assert torch.nn.functional.cosine_similarity(corner[1] - corner[0], corner[0] - corner[-1], dim=0) < 0.1
    # As symmetric as what it goes through: a quarter turn gives the same curve.
    assert torch.allclose(z[100:200], torch.stack([-z[:100, 1], z[:100, 0]], 1), atol=1e-5)


# The geodesic --------------------------------------------------------------------------------------------------


def sphere(z: torch.Tensor) -> torch.Tensor:
    """Longitude and latitude to a place on the unit sphere."""
    lon, lat = z.unbind(1)
    return torch.stack([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()], 1)


def test_on_a_sphere_it_is_the_great_circle():
    ends = torch.tensor([[0.0, 0.9], [2.0, 0.9]])  # along a parallel the way is longer than over the north
    z = path("geodesic", ends, 25, Toy(2, render=sphere), settings={"steps": 300, "knots": 24, "latent": 0})
    x, (a, b) = sphere(z), sphere(ends)
    normal = torch.linalg.cross(a, b)
    assert float((x @ (normal / normal.norm())).abs().max()) < 0.01, "in the plane of the great circle"
    angle = float((a @ b).acos())
    assert float(paces(x).sum()) == pytest.approx(angle, rel=2e-3)
    assert float(paces(sphere(path("linear", ends, 25, Toy(2)))).sum()) > 1.1 * angle
    assert paces(x).max() < 1.05 * paces(x).min(), "at an even pace, as it is seen"


def test_where_the_decoder_is_flat_it_is_the_straight_line():
    ends, matrix = draws(2, 5), draws(5, 8, seed=3)
    z = path("geodesic", ends, 9, Toy(5, render=lambda z: z @ matrix))
    assert torch.allclose(z, path("linear", ends, 9, Toy(5)), atol=1e-4)


def energy(x: torch.Tensor) -> float:
    """Of a curve `(m, D)` gone along in equal times."""
    return float((len(x) - 1) * (x[1:] - x[:-1]).double().square().sum())


@pytest.mark.parametrize("lr", [0.3, 10.0])
def test_it_is_never_of_more_energy_than_the_straight_line(lr: float):
    space, ends = toys.coded().space(), 2 * draws(2, 6)
    z = path("geodesic", ends, 13, space, settings={"lr": lr})
    assert energy(space.render(z)) <= energy(space.render(path("linear", ends, 13, space))) * (1 + 1e-3)


@pytest.mark.parametrize(("waves", "height", "d"), [(1, 1.0, 8), (3, 1.0, 2), (6, 0.5, 8), (12, 0.3, 2), (25, 0.3, 8)])
def test_nor_between_its_knots_where_the_decoder_is_wavy(waves: float, height: float, d: int):
    matrix = waves * draws(d, 6, seed=7)
    space = Toy(d, render=lambda z: torch.cat([z, height * torch.sin(z @ matrix)], 1))
    for seed in range(12):
        ends = 1.5 * draws(2, d, seed=seed)
        for frames in (101, 600):
            bent, line = (space.render(path(rule, ends, frames, space)) for rule in ("geodesic", "linear"))
            assert energy(bent) <= energy(line) * (1 + 1e-3), f"ends {seed}, {frames} frames"
            assert float(paces(bent).sum()) <= float(paces(line).sum()) * (1 + 1e-3), f"ends {seed}, {frames} frames"


def test_where_it_is_the_straight_line_it_says_so():
    told, ends = Told(), torch.tensor([[-1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    path("geodesic", ends, 9, Toy(2), progress=told)
    assert told.said == [
        "The geodesic is the straight line on 2 of 2 legs: no curve was found that is shorter in what is decoded"
    ]
    told = Told()
    path("geodesic", torch.tensor([[0.0, 0.9], [2.0, 0.9]]), 25, Toy(2, render=sphere), progress=told)
    assert told.said == []


def test_with_data_it_stays_with_them_and_without_it_does_not():
    angle = torch.linspace(0, math.pi, 60)
    data = torch.stack([angle.cos(), angle.sin()], 1)
    ends = data[[5, 40]]
    free = {"data": data, "settings": {"stay": 0}}
    kinds: dict[str, dict[str, Any]] = {"without": {}, "among": {"data": data}, "free": free}
    middle = {k: path("geodesic", ends, 3, Toy(2), **more)[1] for k, more in kinds.items()}
    assert float(middle["among"].norm()) > 0.9
    for kind in ("without", "free"):
        assert torch.allclose(middle[kind], ends.mean(0), atol=1e-3)


class Told(Progress):
    """Counts."""

    def __init__(self) -> None:
        self.done, self.total, self.notes, self.said = 0, 0, list[str](), list[str]()

    def task(self, title: str, total: int | None) -> Any:
        from contextlib import contextmanager

        @contextmanager
        def counting() -> Any:
            self.total += total or 0

            def step(n: int = 1, note: str = "") -> None:
                self.done += n
                self.notes.append(note)

            yield step

        return counting()

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.mark.parametrize("rule", ["geodesic", "density"])
def test_slow_rules_tell_how_far_they_are(rule: str):
    told = Told()
    path(rule, draws(3, 4), 9, Toy(4), data=draws(30, 4, seed=2), progress=told)
    assert told.done == told.total > 2


def test_it_needs_gradients_and_says_so():
    space = Toy(3)
    space.differentiable = False
    with pytest.raises(NotDifferentiable, match=r"no gradients.*another rule"):
        path("geodesic", draws(2, 3), 5, space)


# Around holes --------------------------------------------------------------------------------------------------


def ring(n: int = 200) -> torch.Tensor:
    angle = torch.linspace(0, 2 * math.pi, n + 1)[:-1]
    return torch.stack([angle.cos(), angle.sin()], 1) * (1 + 0.03 * draws(n, 1, seed=5))


def test_it_goes_around_the_hole_of_a_ring():
    data = ring()
    z = path("density", torch.tensor([[1.0, 0.0], [-0.97, 0.2]]), 25, Toy(2), data=data)
    assert float(z.norm(dim=1).min()) > 0.85
    assert float(paces(z).sum()) == pytest.approx(math.pi - 0.2, rel=0.15)
    assert float(path("linear", z[[0, -1]], 25, Toy(2)).norm(dim=1).min()) < 0.15, "straight through it"


def test_a_bridge_is_found_where_clouds_do_not_touch():
    clouds = torch.cat([0.1 * draws(50, 3), 5 + 0.1 * draws(50, 3, seed=2)])
    z = path("density", torch.tensor([[0.0, 0.0, 0.0], [5.0, 5.0, 5.0]]), 9, Toy(3), data=clouds)
    assert bool(torch.isfinite(z).all()) and torch.equal(z[-1], torch.full((3,), 5.0))


def test_points_that_are_items_of_the_data_are_their_own_place():
    data = ring()
    z = path("density", data[[0, 90]], 12, Toy(2), data=data)
    assert torch.equal(z[[0, -1]], data[[0, 90]]) and float(z.norm(dim=1).min()) > 0.85


def test_large_latents_need_no_square_matrix():
    z = path("density", draws(2, 4, 64, 64), 5, Toy(4, 64, 64), data=draws(50, 4, 64, 64, seed=2))
    assert z.shape == (5, 4, 64, 64)


def test_it_needs_data_and_says_so():
    with pytest.raises(InvalidArgument, match=r"needs encoded data.*--data"):
        path("density", draws(2, 3), 5, Toy(3))
    with pytest.raises(InvalidArgument, match="too few encoded items"):
        path("density", draws(2, 3), 5, Toy(3), data=draws(2, 3))
    with pytest.raises(InvalidArgument, match="another shape"):
        path("density", draws(2, 3), 5, Toy(3), data=draws(9, 4))
