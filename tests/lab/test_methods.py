"""What methods say of themselves is all that anybody knows of them: which are quick, and which are meant by default."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import toy_models as toys
from trasluz.base.errors import InvalidArgument
from trasluz.lab.calls.verb import verb_of
from trasluz.lab.interpolate import interpolate
from trasluz.lab.map import map as draw
from trasluz.lab.shelf.methods import Row, default_of, inverter_for, methods
from trasluz.lab.work.paths import ways_of
from trasluz.spaces import registry

MEANT: dict[Row, dict[str, str]] = {
    "projections": {"anything": "pca"},
    "paths": {"anything": "linear"},
    "finders": {"nothing": "pca", "value": "towards", "quantity": "regression", "examples": "examples"},
    "inverters": {"encoder": "encoder", "gradients": "optimise"},
}


@pytest.mark.parametrize("row", MEANT)
def test_one_method_is_meant_where_nobody_names_one(row: Row) -> None:
    claims = [(of, name) for name in registry.names(row) for of in registry.get(row, name).default_for]
    assert sorted(claims) == sorted(MEANT[row].items())
    assert {of: default_of(row, of).name for of in MEANT[row]} == MEANT[row]  # type: ignore[call-overload]
    told = {one["name"]: one["default_for"] for one in methods(row)}
    assert all(of in told[name] for of, name in MEANT[row].items())


def test_what_a_verb_says_its_default_is_is_what_the_method_says() -> None:
    assert verb_of(draw).signature.parameters["method"].default == default_of("projections").name
    assert verb_of(interpolate).signature.parameters["rule"].default == default_of("paths").name


def test_quick_ones_say_so() -> None:
    quick = {row: {one["name"] for one in methods(row) if one["quick"]} for row in MEANT}
    assert quick == {
        "projections": {"pca", "discriminant"}, "paths": {"linear", "spherical", "cdf", "spline"},
        "finders": set(), "inverters": {"encoder"},
    }  # fmt: skip


def test_a_rule_is_found_by_its_other_names() -> None:
    assert [rule.name for rule, _ in ways_of("slerp, lerp,spherical", {})] == ["spherical", "linear"]


def test_how_a_space_is_inverted_into_depends_on_what_it_has() -> None:
    assert inverter_for(toys.coded(size=16).space()).name == "encoder"
    assert inverter_for(toys.two_spaces().space()).name == "optimise"
    with pytest.raises(InvalidArgument, match="no method of the row finders"):
        default_of("finders", "everything")


GREEDY = '''
from trasluz.paths.linear import Linear
from trasluz.spaces.methods import PathRule


class Greedy(PathRule):
    """Says that it is meant where nobody names a rule."""

    name = "a-greedy-one"
    title = "Greedy"
    default_for = frozenset({"anything"})
    also = ("grab",)

    def through(self, points, frames, space, **how):
        return Linear().through(points, frames, space)


class Modest(Greedy):
    """Says nothing of itself, as plugins of before."""

    name = "a-modest-one"
    default_for = frozenset()
    also = ()
'''


def test_a_plugin_takes_no_default_and_needs_to_say_nothing(plugin: Callable[..., object]) -> None:
    points = {"paths": {"a-greedy-one": "greedy:Greedy", "a-modest-one": "greedy:Modest"}}
    plugin("greedy", points, greedy=GREEDY)
    assert default_of("paths").name == "linear"
    assert ways_of("grab", {})[0][0].name == "a-greedy-one"
    [modest] = [one for one in methods("paths") if one["name"] == "a-modest-one"]
    assert not modest["quick"] and modest["default_for"] == []
