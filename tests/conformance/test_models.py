"""Models of every shape keep to the contracts: four toys, and every family that is registered."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from toy_models import coded, conditioned, pictures, spatial, two_spaces
from trasluz import wrap
from trasluz.spaces import conformance, registry
from trasluz.spaces.conformance import Case, conform
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


TOYS = [
    Case("plain", plain(), reopen=plain),
    Case("no-gradients", grey_bytes(), reopen=grey_bytes),
    Case("vector", coded(), items=pictures(8).tensor(slice(None)), reopen=coded),
    Case("spatial", spatial(), items=torch.rand(4, 3, 32, 32), reopen=spatial),
    Case("two-spaces", two_spaces(), reopen=two_spaces),
    Case("conditioned", conditioned(), reopen=conditioned, condition={"label": 2}),
    Case("conditioned-view", conditioned().given(label=1), reopen=lambda: conditioned().given(label=1)),
]


@pytest.mark.parametrize(**conformance.parameters(*TOYS))
def test_toys_conform(check: Any) -> None:
    check()


@pytest.mark.parametrize("size", [28, 32, 64])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("family", registry.names("families"))
def test_every_family_conforms(family: str, channels: int, size: int) -> None:
    made, representation = registry.get("families", family), Pixels(channels, size)
    config = made.configure("tiny", {}, representation)
    trainable = made.trainable(config, representation, 100)
    trainable.init(0, Precision(), 10)
    weights = {k: v.clone() for k, v in trainable.weights().items()}

    def reopen() -> LatentModel:
        return made.open(config, representation, {k: v.clone() for k, v in weights.items()})

    data = pictures(6, size=size, channels=channels)
    conform(Case(f"{family}-{channels}x{size}", reopen(), items=data.tensor(slice(None)), reopen=reopen))


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
    conform(Case(family, reopen(), items=data, reopen=reopen, condition={"label": "cat"}))
    conform(Case(f"{family}-view", view(), items=data, reopen=view))
