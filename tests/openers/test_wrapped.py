"""Any callable from latents to pictures is a model: with its weights found, its identity true, its mistakes named."""

from __future__ import annotations

import functools

import pytest
import torch
from torch import Tensor, nn

import trasluz as tl
from trasluz import wrap
from trasluz.base.errors import InvalidArgument, NotInvertible
from trasluz.spaces import registry
from trasluz.spaces.representation import Pixels


def net(seed: int = 0, size: int = 8, d: int = 5) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(d, 3 * size * size), nn.Sigmoid(), nn.Unflatten(1, (3, size, size)))


def stripes(z: Tensor) -> Tensor:
    return (z[:, :1, None, None] * torch.ones(1, 3, 6, 6)).sigmoid()


def test_a_module_needs_no_more_than_a_shape() -> None:
    module = net()
    model = tl.wrap(decode=module, shape=(5,))
    space = model.space("z")
    z = space.prior().sample(4, seed=0)
    assert isinstance(model.representation, Pixels) and model.representation.public_shape == (3, 8, 8)
    assert torch.equal(space.decode(z), module(z))
    assert not any(p.requires_grad for p in module.parameters()) and not module.training
    with pytest.raises(NotInvertible, match="no encoder"):
        space.encode(torch.zeros(1, 3, 8, 8))


def test_the_earlier_spelling_works_and_says_so() -> None:
    from trasluz import adapters

    module = net()
    with pytest.warns(DeprecationWarning, match=r"called tl\.wrap now"):
        model = adapters.wrap(decode=module, shape=(5,))
    assert model.identity == tl.wrap(module, (5,)).identity and tl.adapters is adapters


def test_identity_follows_weights_wherever_they_are_held() -> None:
    class Player:
        def __init__(self, module: nn.Module) -> None:
            self.module, self.calls = module, 0

        def play(self, z: Tensor) -> Tensor:
            self.calls += 1
            return self.module(z)

    module = net()
    player = Player(module)
    ways = {
        "module": module,
        "closure": lambda z: module(z) * 1,
        "method": player.play,
        "object": lambda z: player.play(z) * 1,
        "partial": functools.partial(lambda m, z: m(z), module),
        "bound": module.forward,
    }
    for name, way in ways.items():
        model = wrap(way, (5,))
        before = model.identity
        model.space().decode(torch.zeros(1, 5))
        assert model.identity == before == wrap(way, (5,)).identity, name
        with torch.no_grad():
            module[0].bias[0] += 1  # type: ignore[index]
        assert model.identity != before, name
        with torch.no_grad():
            module[0].bias[0] -= 1  # type: ignore[index]


def test_identity_of_a_function_without_weights_is_its_code() -> None:
    other = lambda z: stripes(z) ** 2  # noqa: E731
    assert wrap(stripes, (5,)).identity == wrap(stripes, (5,), name="another name").identity
    assert wrap(stripes, (5,)).identity != wrap(other, (5,)).identity
    assert wrap(stripes, (5,)).identity != wrap(stripes, (4,)).identity
    assert wrap(stripes, (5,), identity="mine").identity == wrap(other, (5,), identity="mine").identity


def test_a_tensor_in_a_closure_and_given_weights_count() -> None:
    gain = torch.ones(1)
    model = wrap(lambda z: stripes(z) * gain, (5,))
    before = model.identity
    gain.mul_(0.5)
    assert model.identity != before
    given = {"a": torch.zeros(3)}
    told = wrap(stripes, (5,), weights=given)
    before = told.identity
    given["a"][0] = 1
    assert told.identity != before and list(told.state()) == ["a"]


def test_value_range_and_batches() -> None:
    seen: list[int] = []

    def tanh(z: Tensor) -> Tensor:
        seen.append(len(z))
        return z[:, :1, None, None].expand(-1, 1, 4, 4).tanh()

    model = wrap(tanh, (2,), value_range=(-1, 1), batch=2, encode=lambda x: x[:, 0, 0, :2].atanh())
    z = torch.tensor([[-9.0, -9.0], [0.0, 0.0], [9.0, 9.0]])
    x = model.space().decode(z)
    assert torch.allclose(x[:, 0, 0, 0], torch.tensor([0.0, 0.5, 1.0]), atol=1e-6)
    assert seen[1:] == [2, 1]
    half = torch.full((1, 1, 4, 4), 0.75)
    assert torch.allclose(model.space().encode(half), torch.full((1, 2), 0.5).atanh())


def test_a_posterior_gives_an_encoder() -> None:
    model = wrap(stripes, (5,), posterior=lambda x: (x.flatten(1)[:, :5], x.flatten(1)[:, :5] * 0 - 3))
    x = torch.rand(2, 3, 6, 6)
    pair = model.space().posterior(x)
    assert pair is not None and torch.equal(pair[0], model.space().encode(x)) and float(pair[1].max()) == -3


@pytest.mark.parametrize(
    ("decode", "shape", "more", "says"),
    [
        (stripes, (), {}, "not the shape of a latent"),
        (stripes, (5,), {"value_range": (1.0, 0.0)}, "black"),
        (stripes, (5,), {"batch": 0}, "number of items"),
        (lambda z: z, (5,), {}, "no square pictures"),
        (lambda z: z.tolist(), (5,), {}, "must give a tensor"),
        (lambda z: torch.zeros(len(z), 2, 6, 6), (5,), {}, "grey or RGB"),
    ],
)
def test_mistakes_are_named(decode: object, shape: tuple[int, ...], more: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        wrap(decode, shape, **more)  # type: ignore[arg-type]


def test_a_prior_of_another_shape_and_items_of_another_size_are_refused() -> None:
    prior = registry.get("priors", "normal").open((4,), {}, {})
    with pytest.raises(InvalidArgument, match="prior of another shape"):
        wrap(stripes, (5,), prior=prior)
    model = wrap(stripes, (5,), encode=lambda x: x.flatten(1)[:, :4])
    with pytest.raises(InvalidArgument, match="items of another shape"):
        model.space().encode(torch.zeros(1, 3, 5, 5))
    with pytest.raises(InvalidArgument, match="latents of another shape"):
        model.space().encode(torch.zeros(1, 3, 6, 6))


def test_moving_refuses_what_cannot_be_moved() -> None:
    gain = torch.ones(1)
    assert wrap(net(), (5,)).to("cpu").space().device == torch.device("cpu")
    with pytest.raises(InvalidArgument, match="as a buffer"):
        wrap(lambda z: stripes(z) * gain, (5,)).to("meta")
