"""Open models of every make keep to the contracts: toys of every shape, and families under a condition."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import torch
from torch import nn

from mutants import models as mutants
from toy_models import coded, conditioned, pictures, spatial, two_spaces
from trasluz import conformance, wrap
from trasluz.conformance import ConformanceError
from trasluz.conformance.models import ModelCase
from trasluz.spaces import registry
from trasluz.spaces.model import LatentModel
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels


def plain() -> LatentModel:
    torch.manual_seed(0)
    decoder = nn.Sequential(
        nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, 3 * 64), nn.Sigmoid(), nn.Unflatten(1, (3, 8, 8))
    )
    return wrap(decode=decoder, shape=(100,))


def grey_bytes() -> LatentModel:
    """A decoder that gives whole steps of grey, and so has no gradients."""
    return wrap(lambda z: (z[:, :1, None, None].expand(-1, 1, 4, 4) * 8).round() / 8, (3,), differentiable=False)


test_toys = conformance.suite(
    "models",
    ModelCase("plain", plain(), reopen=plain),
    ModelCase("no-gradients", grey_bytes(), reopen=grey_bytes),
    ModelCase("vector", coded(), items=pictures(8).tensor(slice(None)), reopen=coded),
    ModelCase("spatial", spatial(), items=torch.rand(4, 3, 32, 32), reopen=spatial),
    ModelCase("two-spaces", two_spaces(), reopen=two_spaces),
    ModelCase("conditioned", conditioned(), reopen=conditioned, condition={"label": 2}),
    ModelCase("conditioned-view", conditioned().given(label=1), reopen=lambda: conditioned().given(label=1)),
)

CLASSED = [
    name for name in registry.names("families") if "classes" in registry.get("families", name).config_type.model_fields
]


@pytest.mark.parametrize("family", CLASSED)
def test_every_family_with_classes_conforms_under_a_condition(family: str) -> None:
    made, representation = registry.get("families", family), Pixels(3, 28)
    settings = {"given": "label", "classes": ("cat", "dog"), "solver_steps": 3}
    config = made.configure("tiny", settings, representation)
    trainable = made.trainable(config, representation, 100)
    trainable.init(0, Precision(), 10)
    weights = {k: v.clone() for k, v in trainable.weights().items()}

    def reopen() -> LatentModel:
        return made.open(config, representation, {k: v.clone() for k, v in weights.items()})

    def view() -> LatentModel:
        return reopen().given(label="dog", guidance=2.0)

    data = pictures(6, size=28, channels=3).tensor(slice(None))
    conformance.check("models", reopen(), name=family, items=data, reopen=reopen, condition={"label": "cat"})
    conformance.check("models", view(), name=f"{family}-view", items=data, reopen=view)


def test_all_failures_come_in_one_error() -> None:
    case = ModelCase("both", mutants.with_prior(mutants.one_stream), reopen=lambda: coded(seed=1))
    with pytest.raises(ConformanceError, match=r"'priors'.*'reopen'"):
        conformance.check("models", case)


def test_a_weight_is_put_back() -> None:
    model = coded()
    before = {k: v.clone() for k, v in model.state().items()}
    [check] = [one for one in conformance.checks("models", model) if one.name == "weights"]
    check()
    assert all(torch.equal(v, before[k]) for k, v in model.state().items())


def old(module: str, name: str) -> Any:
    """What somebody gets who still asks for it where it was."""
    with pytest.warns(DeprecationWarning, match="has moved to trasluz.conformance"):
        return getattr(importlib.import_module(f"trasluz.spaces.{module}"), name)


def test_the_old_places_still_work_and_say_where_it_is_now(tmp_path: Any) -> None:
    from mutants import openers

    case, conform = old("conformance", "Case"), old("conformance", "conform")
    conform(case("mine", coded(), reopen=coded))
    with pytest.raises(old("conformance", "ConformanceError"), match="another identity"):
        conform(case("mine", coded(), reopen=lambda: coded(seed=1)))
    made = old("conformance", "parameters")(case("mine", coded()))
    assert made["argnames"] == "check" and "mine-decode" in made["ids"]
    checks = dict(old("conformance", "checks")(case("mine", coded())))
    assert set(checks) < set(old("conformance", "CHECKS"))
    checks["decode"]()
    opener = old("opener_conformance", "OpenerCase")(openers.Plain(), openers.number, openers.number)
    checks = dict(old("opener_conformance", "opener_checks")(opener))
    assert set(checks) == set(old("opener_conformance", "OPENER_CHECKS"))
    checks["names"](tmp_path)
    assert "plain-open" in old("opener_conformance", "opener_parameters")(opener)["ids"]
