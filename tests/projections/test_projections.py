"""Maps: there and back again, and how far from the data."""

from __future__ import annotations

import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.projections._plane import Flat
from trasluz.spaces import registry
from trasluz.spaces.methods import Projection

FLAT = [
    name
    for name in registry.names("projections")
    if any(
        isinstance(one, type) and issubclass(one, Flat)
        for one in vars(sys.modules[type(registry.get("projections", name)).__module__]).values()
    )
]
"""Those whose map is the shadow on a plane; what all of them keep to stands in `trasluz.conformance`."""


def cloud(n: int, *shape: int, seed: int = 0) -> torch.Tensor:
    d = torch.Size(shape).numel()
    z = torch.randn(n, d, generator=torch.Generator().manual_seed(seed)) * torch.linspace(3, 0.1, d) + 2
    return z.reshape(n, *shape)


def species(n: int) -> list[str]:
    return [("cat", "dog")[i % 2] for i in range(n)]


def fit(name: str, z: torch.Tensor, labels: object = None, seed: int = 0, **values: object) -> Projection:
    method = registry.get("projections", name)
    return method.fit(z, method.config_type.make(values), seed, labels)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500), st.sampled_from(FLAT), st.sampled_from([(2,), (3,), (64,), (4, 6, 6)]))
def test_the_way_back_is_exact_in_the_plane(seed: int, name: str, shape: tuple[int, ...]):
    z = cloud(40, *shape, seed=seed)
    plane = fit(name, z, species(40))
    assert plane.xy.shape == (40, 2) and torch.allclose(plane.project(z), plane.xy)
    xy = 20 * torch.randn(30, 2, generator=torch.Generator().manual_seed(seed))
    back = plane.inverse(xy)
    assert back.shape == (30, *shape) and back.dtype == torch.float32
    assert torch.allclose(plane.project(back), xy, atol=1e-4)


@pytest.mark.parametrize("name", FLAT)
def test_distances_on_the_map_are_distances_between_latents(name: str):
    plane = fit(name, cloud(100, 16), species(100))
    a, b = plane.inverse(torch.tensor([[0.0, 0.0], [3.0, 4.0]]))
    assert float((a - b).norm()) == pytest.approx(5, abs=1e-4)


@pytest.mark.parametrize("name", FLAT)
def test_what_lies_outside_the_plane_is_lost_there_and_back(name: str):
    z = cloud(100, 4, 4)
    plane = fit(name, z, species(100))
    lost = (plane.inverse(plane.project(z)) - z).square().sum() / (z - z.mean(0)).square().sum()
    assert plane.round_trip == pytest.approx(float(lost), abs=1e-4) and 0.2 < float(lost) < 1


def test_a_map_kept_before_its_round_trip_was_measured_still_opens():
    state = fit("pca", cloud(30, 4)).state()
    older = {k: v for k, v in state.items() if k != "round_trip"}
    plane = registry.get("projections", "pca").open(older)
    assert plane.round_trip is None and set(plane.state()) == set(older)


def test_a_flat_cloud_is_drawn_as_it_is():
    z = torch.zeros(200, 5)
    z[:, 3], z[:, 1] = torch.linspace(-3, 3, 200), torch.tensor([1.0, -1.0, -1.0, 1.0]).repeat(50)
    plane = fit("pca", z)
    assert torch.allclose(plane.xy, z[:, [3, 1]], atol=1e-5)
    assert plane.axes == ("PC 1 (75 % of the variance)", "PC 2 (25 % of the variance)")
    assert torch.allclose(plane.inverse(plane.xy), z, atol=1e-5)


def test_other_components_can_be_drawn():
    z = cloud(300, 8)
    first, later = fit("pca", z), fit("pca", z, horizontal=2, vertical=3)
    assert torch.allclose(first.xy[:, 1], later.xy[:, 0], atol=1e-5)
    assert later.axes[1].startswith("PC 3")


def test_a_map_of_earlier_versions_still_opens_with_the_reach_that_it_kept():
    plane = fit("pca", cloud(50, 6))
    again = registry.get("projections", "pca").open({**plane.state(), "reach": torch.ones(1)})
    assert torch.equal(again.xy, plane.xy) and "reach" not in again.state()


@pytest.mark.parametrize("labels", [2, 3])
def test_labels_hidden_in_a_small_direction_are_pulled_apart(labels: int):
    z = cloud(600, 20)
    codes = torch.arange(600) % labels
    z[:, 18:] = (z[:, 18:] - 2) * 1.5
    z[:, 18] += 2.0 * (codes == 1)
    z[:, 19] += 2.0 * (codes == 2)
    names = [("cat", "dog", "fox")[c] for c in codes.tolist()]
    hidden, shown = fit("pca", z), fit("discriminant", z, names)

    def apart(plane: Projection) -> float:
        means = torch.stack([plane.xy[codes == c].mean(0) for c in range(labels)])
        return float((means[codes] - plane.xy.mean(0)).square().sum() / (plane.xy - plane.xy.mean(0)).square().sum())

    assert apart(hidden) < 0.05
    x = shown.xy[:, 0]
    assert x[codes == 0].mean() < x[codes == labels - 1].mean()  # the alphabet runs to the right
    if labels == 2:
        assert shown.axes[0].startswith("discriminant 1 (8") and "PC across" in shown.axes[1]
        assert shown.axes[0].endswith("% between labels, cross-validated; 1 % by chance, n = 600)")
        assert shown.separation is not None and shown.separation.value == pytest.approx(0.88, abs=0.03)
    else:
        assert apart(shown) > 0.9 and shown.axes[1].startswith("discriminant 2")


@pytest.mark.parametrize("labels", [2, 4])
def test_labels_that_mean_nothing_lie_apart_on_fitted_rows_and_at_chance_in_the_figure(labels: int):
    found = []
    for seed in range(6):
        z = torch.randn(100, 80, generator=torch.Generator().manual_seed(seed))
        codes = torch.randint(0, labels, (100,), generator=torch.Generator().manual_seed(seed + 50))
        plane = fit("discriminant", z, [f"label {c}" for c in codes.tolist()], shrinkage=0.01)
        x = plane.xy[:, 0]
        means = torch.stack([x[codes == c].mean() for c in range(labels)])
        fitted = float((means[codes] - x.mean()).square().sum() / (x - x.mean()).square().sum())
        assert fitted > 0.6, "on the rows it was fitted on they look apart"
        figure = plane.separation
        assert figure is not None and figure.n == 100 and figure.chance == pytest.approx((labels - 1) / 19, abs=0.01)
        assert f"n = {figure.n}" in plane.axes[0] and f"{100 * figure.value:.0f} % between labels" in plane.axes[0]
        found.append(figure.value - (figure.chance or 0))
    assert sum(found) / 6 == pytest.approx(0, abs=0.06), "on others they are at chance"


def test_the_figure_is_what_new_rows_show():
    """Known in closed form: means d apart in one of 20 dimensions of unit width share d²/4 over 1 + d²/4."""
    z = torch.randn(4000, 20, generator=torch.Generator().manual_seed(3))
    z[::2, 7] += 1.0
    plane = fit("discriminant", z, ["a", "b"] * 2000)
    figure = plane.separation
    assert figure is not None and figure.value == pytest.approx(0.2, abs=0.02) and figure.interval is not None
    low, high = figure.interval
    assert 0.1 < low < figure.value < high < 0.3


def test_few_rows_say_that_the_figure_is_of_the_rows_fitted_and_older_maps_open():
    z = cloud(5, 3)
    plane = fit("discriminant", z, ["a", "a", "a", "a", "b"])
    assert plane.separation is None and "on the rows it was fitted on" in plane.axes[0]
    state = fit("discriminant", cloud(60, 5), species(60)).state()
    whole = registry.get("projections", "discriminant").open(state).separation
    assert whole is not None and whole.interval is not None
    older = registry.get("projections", "discriminant").open({**state, "numbers": state["numbers"][:7]})
    assert older.separation is not None and older.separation.value == whole.value and older.separation.interval is None
    state["numbers"] = state["numbers"][:3]
    older = registry.get("projections", "discriminant").open(state)
    assert older.separation is None and "on the rows it was fitted on" in older.axes[0]


def test_the_first_axis_is_fisher_s():
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    z = cloud(400, 6)
    z[::2] += torch.tensor([0.5, 0, 1, 0, 0.3, 0])
    plane = fit("discriminant", z, species(400), shrinkage=0.0)
    w = torch.from_numpy(LinearDiscriminantAnalysis(solver="eigen").fit(z, species(400)).scalings_[:, 0]).float()
    axis = plane.state()["basis"][0]
    assert abs(float(axis @ w / w.norm())) == pytest.approx(1, abs=1e-4)


def test_rows_without_a_label_are_drawn_too():
    z, labels = cloud(60, 5), species(60)
    labels[:10] = [None] * 10
    assert fit("discriminant", z, labels).xy.shape == (60, 2)


@pytest.mark.parametrize("name", FLAT)
def test_a_damaged_map_is_named(name: str):
    method = registry.get("projections", name)
    state = fit(name, cloud(30, 4), species(30)).state()
    with pytest.raises(DamagedFile, match="not a map"):
        method.open({k: v for k, v in state.items() if k != "basis"})
    with pytest.raises(DamagedFile, match="impossible sizes"):
        method.open({**state, "basis": torch.zeros(3, 4)})


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("n", [300, 3000])
def test_the_same_seed_draws_the_same_map(name: str, n: int):
    z = cloud(n, 4, 4)
    assert torch.equal(fit(name, z, species(n), seed=5).xy, fit(name, z, species(n), seed=5).xy)


@pytest.mark.parametrize(
    ("z", "word"),
    [
        (torch.randn(1, 4), "two latents or more"),
        (torch.randn(9, 1), "two dimensions or more"),
        (torch.ones(9, 4), "that differ"),
        (torch.full((9, 4), torch.nan), "finite"),
    ],
)
@pytest.mark.parametrize("name", FLAT)
def test_what_cannot_be_drawn_is_one_clear_line(name: str, z: torch.Tensor, word: str):
    with pytest.raises(InvalidArgument, match=word):
        fit(name, z, species(len(z)))


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        (None, "none were given"),
        (["cat"] * 30, "two different labels"),
        ([None] * 30, "two different labels"),
        ([i / 7 for i in range(30)], "too many different labels"),
        (["cat", "dog"], "one label per row"),
    ],
)
def test_labels_that_separate_nothing_are_refused(labels: object, word: str):
    with pytest.raises(InvalidArgument, match=word):
        fit("discriminant", cloud(30, 4), labels)


def test_axes_must_exist_and_differ():
    with pytest.raises(InvalidArgument, match="component 2 twice"):
        fit("pca", cloud(30, 4), horizontal=2)
    with pytest.raises(InvalidArgument, match="1 to 4"):
        fit("pca", cloud(30, 4), vertical=5)


def test_a_dimension_that_is_the_same_everywhere_leaves_the_first_axis_its_figure() -> None:
    """Across two labels' axis there may be nothing at all: what new rows say of the axis itself still stands."""
    z = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    labels = ["a", "b"] * 30
    z[::2, 0] += 4
    z[:, 1:] = 0
    z[:, 3] = torch.arange(60) % 7 * 0.1
    how = registry.get("projections", "discriminant")
    found = how.fit(z, how.config_type.make({}), 0, labels).separation
    assert found is not None and found.value > 0.7 and found.n == 60
