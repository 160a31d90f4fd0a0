"""Finders on latents whose structure is known: each finds the axis it is for, and says no where there is none."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import toy_models as toys
from trasluz import wrap
from trasluz.base.errors import InvalidArgument, NotDifferentiable
from trasluz.base.progress import SILENT, Silent
from trasluz.finders import jacobian
from trasluz.geometry.moves import moved
from trasluz.spaces import registry
from trasluz.spaces.direction import Direction
from trasluz.spaces.methods import Arrow, Evidence
from trasluz.spaces.space import LatentSpace

N, D = 600, 12
SPACE = wrap(nn.Sequential(nn.Linear(D, 192), nn.Sigmoid(), nn.Unflatten(1, (3, 8, 8))), shape=(D,)).space()


def draws(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def find(name: str, evidence: Evidence, count: int = 3, seed: int = 0, **values: Any) -> list[Arrow]:
    method = registry.get("finders", name)
    return method.find(evidence, count, method.config_type.make(values), seed, SILENT)


def shifted() -> tuple[Evidence, Tensor]:
    """A value that moves latents by 2 along axis 3, and one, more often there than not with it, by 3 along axis 5."""
    z = draws(N, D)
    y = (draws(N, seed=1) > 0).float()
    other = ((draws(N, seed=2) + 1.5 * y) > 0.75).float()
    z[:, 3] += 2 * y
    z[:, 5] += 3 * other
    return Evidence(SPACE, z, y, against={"other=1": other, "other=0": 1 - other}), other


@pytest.mark.parametrize("name", ["means", "probe", "towards"])
def test_what_comes_along_is_taken_out_where_it_is_named(name: str) -> None:
    evidence, _ = shifted()
    plain = Evidence(SPACE, evidence.latents, evidence.target)
    [with_], [without] = find(name, evidence), find(name, plain)
    # Normals of planes through 600 items are known less exactly than means are.
    assert abs(float(with_.vector[5])) < (0.25 if name == "probe" else 0.1) and float(with_.vector[3]) > 0.93
    if name != "probe":  # a plane through both classes leans on axis 5 hardly at all
        assert float(without.vector[5]) > 0.3
    assert float(with_.vector.norm()) == pytest.approx(1, abs=1e-5)


def test_the_probe_is_the_normal_that_scikit_learn_finds() -> None:
    from sklearn.linear_model import LogisticRegression

    evidence, _ = shifted()
    assert evidence.latents is not None and evidence.target is not None
    x, y = evidence.latents.double().numpy(), evidence.target.numpy()
    sigma = x.std(0)
    normal = torch.from_numpy(LogisticRegression(class_weight="balanced").fit(x / sigma, y).coef_[0] / sigma)
    [found] = find("probe", Evidence(SPACE, evidence.latents, evidence.target))
    assert float(found.vector.double() @ normal / normal.norm()) > 0.9999


def test_conditional_projection_is_at_right_angles_to_the_others() -> None:
    evidence, other = shifted()
    [found] = find("probe", evidence)
    [its] = find("probe", Evidence(SPACE, evidence.latents, other))
    assert abs(float(found.vector @ its.vector)) < 1e-4
    assert 0 < found.details["kept"] < 1


def test_regression_follows_a_quantity() -> None:
    z, y = draws(N, D), draws(N, seed=4)
    z[:, 7] += 0.5 * y
    [found] = find("regression", Evidence(SPACE, z, y))
    assert float(found.vector[7]) > 0.95 and found.details["per_unit"] == pytest.approx(0.5, abs=0.1)


def test_pca_gives_axes_by_variance() -> None:
    z = draws(N, D) * torch.linspace(3, 0.2, D)
    found = find("pca", Evidence(SPACE, z), count=2)
    assert [int(a.vector.abs().argmax()) for a in found] == [0, 1]
    assert found[0].details["share"] > found[1].details["share"] > 0


def test_sefa_is_the_eigenvectors_of_the_first_layer() -> None:
    space = toys.coded().space()
    a = space.first_affine()
    assert a is not None
    found = find("sefa", Evidence(space), count=6)
    gains = torch.stack([(a.double() @ f.vector.double()).norm() for f in found])
    assert torch.allclose(gains, torch.linalg.svdvals(a.double()), atol=1e-5)
    with pytest.raises(InvalidArgument, match="first affine layer"):
        find("sefa", Evidence(SPACE))


def test_the_jacobian_is_followed_without_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    space = toys.coded().space()
    z = draws(1, 6)
    whole = torch.func.jacrev(lambda v: space.render(v[None])[0].flatten())(z[0]).double()
    _, s, v = torch.linalg.svd(whole, full_matrices=False)
    found = find("jacobian", Evidence(space, start=z), count=3, rounds=30)
    for k, arrow in enumerate(found):
        assert abs(float(arrow.vector.double() @ v[k])) > 0.999
        assert arrow.details["singular"] == pytest.approx(float(s[k]), rel=1e-3)
    monkeypatch.setattr(jacobian, "BATCH", 2)
    for whole_, part in zip(found, find("jacobian", Evidence(space, start=z), count=3, rounds=30), strict=True):
        assert torch.allclose(whole_.vector, part.vector, atol=1e-4)


def test_five_examples_of_each_are_enough_for_a_clear_difference() -> None:
    z = 0.2 * draws(10, D)
    z[:5, 2] += 2
    y = torch.cat([torch.ones(5), torch.zeros(5)])
    [found] = find("examples", Evidence(SPACE, z, y))
    assert float(found.vector[2]) > 0.97 and found.details["left_out_accuracy"] == 1
    with pytest.raises(InvalidArgument, match="5 or more of each"):
        find("examples", Evidence(SPACE, z[1:], y[1:]))


def three_colours() -> tuple[Evidence, Tensor, Tensor]:
    """Three values at 0, 2 and 4 along axis 0: the middle one lies between the others."""
    codes = torch.arange(N) % 3
    z = draws(N, D)
    z[:, 0] = 2 * codes.float() + 0.3 * z[:, 0]
    z[:, 1] += 0.8 * z[:, 0]  # what comes along within a class as well
    middle = (codes == 1).float()
    siblings = {"c=low": (codes == 0).float(), "c=high": (codes == 2).float()}
    return Evidence(SPACE, z, middle, siblings=siblings), z, codes


def test_towards_reaches_a_value_between_others_from_either_side() -> None:
    evidence, z, codes = three_colours()
    [found] = find("towards", evidence)
    direction = Direction("d", "m", "i", "z", found.vector, 1.0, "towards", aim=found.aim)
    there = moved(z, [direction], [1.0])
    for code in range(3):
        assert there[codes == code][:, 0].mean() == pytest.approx(2, abs=0.15)
    assert float((there - z)[:, 2:].abs().mean()) < 0.15, "what the column says nothing of stays"
    half = moved(z, [direction], [0.5])
    assert torch.allclose(half, (z + there) / 2, atol=1e-4)
    assert torch.allclose(moved(there, [direction], [1.0]), there, atol=1e-3), "who is there stays there"


@pytest.mark.parametrize("name", [n for n in registry.names("finders") if "target" in registry.get("finders", n).needs])
def test_what_teaches_nothing_is_refused_in_one_line(name: str) -> None:
    z = draws(60, D)
    for target, match in (
        (torch.ones(60), "too few items on one side|values that differ|does not hold it"),
        (torch.full((60,), torch.nan), "not known of any item"),
        (None, "needs a target"),
    ):
        with pytest.raises(InvalidArgument, match=match):
            find(name, Evidence(SPACE, z, target, seen=torch.zeros(60)))
    z[3, 3] = torch.nan
    with pytest.raises(InvalidArgument, match="finite"):
        find(name, Evidence(SPACE, z, (draws(60) > 0).float(), seen=(draws(60) > 0).float() - 1))


def test_five_items_where_fifty_are_needed() -> None:
    z, y = draws(10, D), torch.tensor([1.0, 0] * 5)
    with pytest.raises(InvalidArgument, match="25 or more of each"):
        find("probe", Evidence(SPACE, z, y))


def test_labels_that_are_not_known_are_left_out() -> None:
    evidence, _ = shifted()
    assert evidence.latents is not None and evidence.target is not None
    y = evidence.target.clone()
    y[::3] = torch.nan
    [found] = find("means", Evidence(SPACE, evidence.latents, y))
    [same] = find("means", Evidence(SPACE, evidence.latents[torch.isfinite(y)], y[torch.isfinite(y)]))
    assert torch.allclose(found.vector, same.vector, atol=1e-6)


def test_no_gradients_no_jacobian() -> None:
    stepped: LatentSpace = wrap(
        lambda z: (z[:, :1, None, None].expand(-1, 3, 8, 8) * 8).round() / 8, (3,), differentiable=False
    ).space()
    with pytest.raises(NotDifferentiable, match="gradients"):
        find("jacobian", Evidence(stepped, start=torch.zeros(1, 3)))
    with pytest.raises(InvalidArgument, match="at a point"):
        find("jacobian", Evidence(SPACE))


def test_components_of_what_a_layer_makes_of_noise_are_no_chance() -> None:
    """Latents are N(0, I): their own components are chance, those of the activations are the layer's strong axes."""
    axes = torch.linalg.qr(draws(D, D, seed=3)).Q
    weight = torch.diag(torch.linspace(3, 0.2, D)) @ axes.T
    space = wrap(
        nn.Sequential(nn.Linear(D, 192), nn.Sigmoid(), nn.Unflatten(1, (3, 8, 8))), shape=(D,), first_affine=weight
    ).space()
    found = find("ganspace", Evidence(space), 3)
    for k, one in enumerate(found):
        assert abs(float(one.vector @ axes[:, k])) > 0.99, "the layer's own axes, strongest first"
    assert [one.details["share"] for one in found] == sorted((o.details["share"] for o in found), reverse=True)
    with pytest.raises(InvalidArgument, match="what a layer makes"):
        find("ganspace", Evidence(SPACE))


def test_components_of_a_prior_are_told_to_be_chance_and_others_are_not() -> None:
    chance, told = list[bool](), Said()
    for seed in range(40):
        method = registry.get("finders", "pca")
        evidence = Evidence(SPACE, draws(N, D, seed=seed))
        [first, *_] = method.find(evidence, 3, method.config_type(), 0, told if seed == 0 else SILENT)
        chance.append(first.details.get("by_chance", False))
    assert sum(chance) >= 38 and "chance" in told.lines[0] and "ganspace" in told.lines[0]
    spread = draws(N, D) * torch.linspace(2, 1, D)
    assert not any("by_chance" in one.details for one in find("pca", Evidence(SPACE, spread), 2))
    assert (
        "by_chance"
        not in find("pca", Evidence(wrap(lambda z: z.reshape(-1, 1, 1, 1), shape=(1,)).space(), draws(N, 1)))[0].details
    )


class Said(Silent):
    """What was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_items_that_do_not_show_their_value_draw_no_mean_to_themselves() -> None:
    """Half of the bearers come out as something else, and lie there: the goal is where the other half is."""
    z, y = draws(N, D), (torch.arange(N) % 2).float()
    shows = torch.arange(N) % 4 == 1
    z[:, 3] += 3 * shows
    evidence = Evidence(SPACE, z, y, seen=torch.where(shows, 0.0, -1.0))
    moves = {}
    for name in ("towards", "shown"):
        [found] = find(name, evidence)
        direction = Direction("d", "m", "i", "z", found.vector, 1.0, name, aim=found.aim)
        moves[name] = float(moved(z[y == 0], [direction], [1.0])[:, 3].mean())
    assert moves["towards"] == pytest.approx(1.5, abs=0.3) and moves["shown"] == pytest.approx(3, abs=0.3)
    assert found.details["shown"] == N // 2 + N // 4 and found.details["looked_at"] == N
    with pytest.raises(InvalidArgument, match="the model does not hold it"):
        find("shown", Evidence(SPACE, z, y, seen=torch.full((N,), -1.0)))
    with pytest.raises(InvalidArgument, match="not known of any item"):
        find("shown", Evidence(SPACE, z, y, seen=torch.full((N,), torch.nan)))


def test_an_item_that_shows_another_of_the_values_is_left_out() -> None:
    evidence, z, codes = three_colours()
    own = [evidence.target, *evidence.siblings.values()]
    seen = sum(k * values for k, values in enumerate(own))
    assert isinstance(seen, Tensor)
    [all_] = find("shown", Evidence(SPACE, z, evidence.target, evidence.siblings, seen=seen))
    assert all_.details["shown"] == len(z)
    mixed = torch.randperm(N, generator=torch.Generator().manual_seed(0))
    [less] = find("shown", Evidence(SPACE, z, evidence.target, evidence.siblings, seen=seen[mixed]))
    assert less.details["shown"] == int((codes == codes[mixed]).sum())


@pytest.mark.parametrize("method", ["means", "towards", "regression", "probe", "examples", "pca"])
def test_latents_that_are_all_the_same_are_refused_and_two_places_are_told_apart(method: str) -> None:
    """An encoder may have collapsed: that is a sentence, and no error of a solver."""
    y = (torch.arange(60) % 2).float()
    with pytest.raises(InvalidArgument, match="may have collapsed"):
        find(method, Evidence(SPACE, torch.zeros(60, D), y), 1)
    [found] = find(method, Evidence(SPACE, y[:, None].expand(60, D).contiguous(), y), 1)
    assert bool(torch.isfinite(found.vector).all()) and float(found.vector.norm()) > 0
