"""From noise to item: the states between, and real items all the way back."""

from __future__ import annotations

import pytest
import torch

import trasluz as tl
from toy_models import coded
from toys import shapes
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.spaces import registry
from trasluz.spaces.model import LatentModel
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels


@pytest.fixture(scope="module")
def model() -> LatentModel:
    """A flow whose velocity is no longer zero."""
    family, form = registry.get("families", "flow"), Pixels(3, 16)
    config = family.configure("tiny", {"widths": [8, 16], "field_width": 16, "solver_steps": 8}, form)
    trainable = family.trainable(config, form, 100)
    trainable.init(0, Precision(), 10)
    weights = {k: v.clone() for k, v in trainable.weights().items()}
    draws = torch.Generator().manual_seed(0)
    for name in weights:
        if name.startswith("field.leave"):
            weights[name] = 0.02 * torch.randn(weights[name].shape, generator=draws)
    opened = family.open(config, form, weights)
    opened.name = "toy-flow"
    return opened


def test_points_are_followed_moment_by_moment(model: LatentModel) -> None:
    found = tl.states(model, ["seed:1", "seed:2/4"], frames=5)
    assert found.items.shape[0] == found.expected.shape[0] == 10 and found.times == [0, 0.25, 0.5, 0.75, 1]
    last = tl.decode(model, ["seed:1", "seed:2/4"])
    assert torch.allclose(found.items[4::5], last.items, atol=1e-3), "the last state is the item"
    assert torch.equal(found.items[4::5], found.expected[4::5])
    assert found.back() == [None, None]


def test_a_real_item_goes_to_noise_and_comes_back(model: LatentModel) -> None:
    data = shapes(size=16)
    found = tl.states(model, "test:0", frames=6, data=data)
    direct = tl.decode(model, "test:0", data=data, space="noise")
    assert torch.allclose(found.items[-1], direct.items[0], atol=0.02)
    [error] = found.back()
    mse = float((found.items[-1] - data.split("test").tensor([0])[0]).square().mean())
    assert error == pytest.approx(-10 * torch.tensor(mse).log10().item(), rel=1e-4)
    assert "to noise and back" in found.told()
    wider = found.image().width / tl.states(model, "seed:1", frames=6).image().width
    assert wider > 1.05, "the original stands beside it"


def test_real_items_and_draws_are_followed_side_by_side(model: LatentModel) -> None:
    """Each as if it were alone: a real item from a draw of its posterior, whatever stands beside it."""
    data = shapes(size=16)
    both = tl.states(model, ["test:0", "seed:1", "test:1"], frames=3, data=data)
    for i, point in enumerate(["test:0", "seed:1", "test:1"]):
        alone = tl.states(model, point, frames=3, data=data)
        assert torch.allclose(both.items[3 * i : 3 * i + 3], alone.items, atol=1e-3), point
    noise = model.space("noise").encode(data.split("test").tensor([0]))
    assert torch.allclose(both.latents[0], noise[0], atol=1e-3)


def test_it_says_how_it_was_made(model: LatentModel) -> None:
    found = tl.states(model, "seed:1", frames=3)
    assert "trasluz states toy-flow seed:1 --frames 3" in found.command()
    assert "tl.states(model, ['seed:1'], frames=3)" in found.code()


def test_a_model_of_one_step_says_so() -> None:
    with pytest.raises(TrasluzError, match=r"makes its items in one step.*family flow"):
        tl.states(coded(), "seed:1")


def test_bad_input_is_one_line(model: LatentModel) -> None:
    with pytest.raises(InvalidArgument, match="number of frames"):
        tl.states(model, "seed:1", frames=1)
    with pytest.raises(InvalidArgument, match="nothing to follow"):
        tl.states(model, [])
    with pytest.raises(InvalidArgument, match="trained without classes"):
        tl.states(model, "seed:1", given={"label": "x"})
