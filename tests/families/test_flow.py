"""Latent diffusion: two stages in one run, a way there and back, classes, an autoencoder taken over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import trasluz as tl
from toys import shapes
from trasluz.base.errors import IdentityMismatch, InvalidArgument, TrasluzError, UnknownName
from trasluz.families._flow_model import _draw_of
from trasluz.families.flow import FlowTraining
from trasluz.lab.results.run import Run
from trasluz.spaces import registry
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels

QUICK = {"batch": 16, "compute": "float32", "widths": [8, 16], "field_width": 16, "solver_steps": 4}


def train(name: str, place: Path, steps: int = 24, autoencoder: Path | None = None, **settings: object) -> Run:
    return tl.train(
        "flow",
        shapes(size=16),
        name=name,
        preset="tiny",
        settings={**QUICK, **settings},
        steps=steps,
        autoencoder=autoencoder,
        force=True,
        workspace=place,
        device="cpu",
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train("plain", tmp_path_factory.mktemp("flow"), autoencoder_share=0.5)


@pytest.fixture(scope="module")
def classed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train("classed", tmp_path_factory.mktemp("flow"), given="colour")


def perturbed(run: Run) -> tl.spaces.model.LatentModel:
    """The model with a velocity that is not zero, as a longer training would give it."""
    model = tl.open(run.folder, device="cpu")
    draws = torch.Generator().manual_seed(0)
    for name, weight in model.state().items():
        if name.startswith(("field.leave", "field.blocks", "field.classes")):
            weight += 0.1 * torch.randn(weight.shape, generator=draws)
    return model


def test_its_latents_are_smaller_than_the_pictures_and_keep_their_places(plain: Run) -> None:
    z = plain.model.space("z")
    assert z.kind == "spatial" and z.shape == (4, 4, 4) and np.prod(z.shape) < 3 * 16 * 16
    x = shapes(size=16).tensor([0])
    moved = torch.zeros_like(x)
    moved[..., :8] = 1.0
    near, far = (z.encode(x) - z.encode(torch.where(moved > 0, moved, x))).abs().amax(1)[0].split([2, 2], dim=1)
    # Not there alone: normalisation looks at the whole picture.
    assert near.mean() > far.mean() > 0, "a change on the left shows on the left"


def test_latents_are_normalised_channel_by_channel(plain: Run) -> None:
    mu, log_var = plain.model.space("z").posterior(shapes(size=16).tensor(slice(None)))  # type: ignore[misc]
    total = mu.var((0, 2, 3)) + log_var.exp().mean((0, 2, 3))
    assert torch.allclose(total, torch.ones(4), atol=0.5)
    assert mu.mean((0, 2, 3)).abs().max() < 0.5


def test_the_way_to_noise_and_back_closes_as_steps_grow(plain: Run) -> None:
    model = perturbed(plain)
    eps = model.space("noise").prior().sample(4, 0)

    def error(steps: int) -> float:
        there = model.integrate(eps, 0.0, 1.0, steps=steps)  # type: ignore[attr-defined]
        assert (there - eps).norm() > 0.1 * eps.norm(), "it goes somewhere"
        back = model.integrate(there, 1.0, 0.0, steps=steps)  # type: ignore[attr-defined]
        return float((back - eps).norm() / eps.norm())

    errors = [error(steps) for steps in (4, 8, 16)]
    assert errors[0] > errors[1] > errors[2] and errors[2] < 1e-2
    assert errors[0] / errors[2] > 6, "Heun is of second order: four times the steps, a sixteenth of the error or so"


def test_noise_decodes_to_what_its_latent_decodes_to(plain: Run) -> None:
    model = perturbed(plain)
    eps = model.space("noise").prior().sample(3, 0)
    z = model.transport(eps, "noise", "z")
    assert torch.equal(model.space("noise").decode(eps), model.space("z").decode(z))
    assert torch.allclose(model.space("z").prior().sample(3, 0), z, atol=1e-5), "seed:0 is one item in both spaces"


def test_states_go_from_noise_to_item(plain: Run) -> None:
    model = perturbed(plain)
    eps = model.space("noise").prior().sample(2, 0)
    found = model.states(eps, "noise", 5)
    assert [state.t for state in found] == [0, 0.25, 0.5, 0.75, 1]
    assert torch.equal(found[0].z, eps) and torch.equal(found[-1].z, found[-1].expected)
    assert torch.allclose(found[-1].z, model.transport(eps, "noise", "z"), atol=1e-5)


def test_a_class_is_a_model_of_its_own(classed: Run) -> None:
    model = perturbed(classed)
    assert model.config.classes == ("blue", "green", "red")  # type: ignore[attr-defined]
    red, blue = model.given(colour="red"), model.given(colour="blue")
    assert len({model.identity, red.identity, blue.identity, model.given(colour="red", guidance=3).identity}) == 4
    eps = red.space("noise").prior().sample(2, 0)
    assert not torch.equal(red.space("noise").decode(eps), blue.space("noise").decode(eps))
    assert torch.equal(red.space("z").decode(eps), blue.space("z").decode(eps)), "the decoder knows no classes"


def test_guidance_one_is_the_condition_itself_and_zero_is_none(classed: Run) -> None:
    model = perturbed(classed)
    eps = model.space("noise").prior().sample(2, 0)

    def decoded(weight: float) -> torch.Tensor:
        return model.given(colour="red", guidance=weight).space("noise").decode(eps)

    assert torch.allclose(decoded(0), model.space("noise").decode(eps), atol=1e-5)
    assert torch.equal(decoded(1), model.given(colour="red").space("noise").decode(eps))
    assert (decoded(4) - decoded(0)).norm() > (decoded(1) - decoded(0)).norm()


def test_steps_are_a_condition_with_or_without_a_class(plain: Run, classed: Run) -> None:
    model = perturbed(plain)
    usual = model.config.solver_steps  # type: ignore[attr-defined]
    eps = model.space("noise").prior().sample(2, 0)
    decoded = {steps: model.given(steps=steps).space("noise").decode(eps) for steps in (1, usual, 200)}
    assert torch.equal(decoded[usual], model.space("noise").decode(eps)) and not torch.equal(decoded[1], decoded[usual])
    exact = model.given(steps=1000).space("noise").decode(eps)
    assert (decoded[200] - exact).norm() < (decoded[1] - exact).norm(), "more steps are nearer to where they lead"
    both = perturbed(classed).given(colour="red", steps=2)
    assert dict(both.condition) == {"colour": "red", "guidance": 1.0, "steps": 2}
    assert [one.name for one in model.conditions] == ["steps"]


@pytest.mark.parametrize(
    ("condition", "kind", "message"),
    [
        ({"steps": 0}, InvalidArgument, "steps out of range.*a whole number from 1 to 1000"),
        ({"steps": 2.5}, InvalidArgument, "steps out of range"),
        ({"colour": "red", "steps": "many"}, InvalidArgument, "steps out of range"),
        ({"steps": 5, "guidance": 2}, InvalidArgument, "needs a class.*colour=VALUE"),
        ({"guidance": 2}, InvalidArgument, "needs a class.*colour=VALUE"),
        ({"colour": "pink"}, UnknownName, "unknown colour.*blue, green, red"),
        ({"shape": "disc"}, UnknownName, "unknown condition"),
        ({"colour": "red", "guidance": "much"}, InvalidArgument, "guidance out of range"),
        ({"colour": "red", "guidance": float("nan")}, InvalidArgument, "guidance out of range"),
        ({"colour": "red", "guidance": 99}, InvalidArgument, "guidance out of range"),
    ],
)
def test_odd_conditions_are_one_line(
    classed: Run, condition: dict[str, object], kind: type[TrasluzError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        classed.model.given(**condition)


def test_guidance_without_classes_is_refused(plain: Run) -> None:
    with pytest.raises(InvalidArgument, match=r"trained without classes.*--set given=COLUMN"):
        tl.sample(plain.model, 2, given={"colour": "red", "guidance": 2})


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"column of shapes.*colour"):
        train("m", tmp_path, given="color")


def test_an_autoencoder_is_taken_over_and_left_as_it_is(plain: Run, tmp_path: Path) -> None:
    more = train("more", tmp_path, steps=6, autoencoder=plain.folder, field_width=24, latent_channels=8)
    ours, theirs = more.model.state(), plain.model.state()
    kept = [name for name in theirs if name.startswith("autoencoder.") or name in ("mean", "scale")]
    assert kept and all(torch.equal(ours[name], theirs[name]) for name in kept)
    assert more.model.config.latent_channels == 4 and more.model.config.field_width == 24  # type: ignore[attr-defined]
    x = shapes(size=16).tensor([0, 1])
    assert torch.equal(more.model.space().encode(x), plain.model.space().encode(x))


def test_an_autoencoder_of_another_kind_or_form_is_refused(plain: Run, tmp_path: Path) -> None:
    vae = tl.train(
        "vae", shapes(size=16), name="v", preset="tiny", steps=1, force=True, workspace=tmp_path, device="cpu",
        settings={"batch": 8, "compute": "float32", "prior_steps": 0},
    )  # fmt: skip
    with pytest.raises(InvalidArgument, match=r"only the autoencoder of a model of the family flow.*vae"):
        train("m", tmp_path, autoencoder=vae.folder)
    with pytest.raises(InvalidArgument, match=r"another form.*16 pixels.*32 pixels"):
        tl.train(
            "flow", shapes(size=32), name="m", preset="tiny", autoencoder=plain.folder, force=True, workspace=tmp_path
        )
    with pytest.raises(InvalidArgument, match="not with both"):
        tl.train(
            "flow", shapes(size=16), name="m", preset="tiny", autoencoder=plain.folder, init=plain.folder, force=True,
            workspace=tmp_path,
        )  # fmt: skip
    with pytest.raises(InvalidArgument, match="vae has no autoencoder"):
        tl.train("vae", shapes(size=16), name="m", autoencoder=plain.folder, force=True, workspace=tmp_path)


def test_the_flow_leaves_the_autoencoder_alone() -> None:
    config = registry.get("families", "flow").configure("tiny", {**QUICK, "autoencoder_share": 0.5}, Pixels(3, 16))
    trainable = FlowTraining(config, Pixels(3, 16))  # type: ignore[arg-type]
    trainable.init(0, Precision(), 8)
    batch = {"x": shapes(size=16).tensor(slice(0, 16))}
    for k in range(4):
        trainable.step(batch, 0, k)
    half = {name: value.clone() for name, value in trainable.weights().items()}
    for k in range(4, 8):
        trainable.step(batch, 0, k)
    moved = {
        name.partition(".")[0] for name, value in trainable.weights().items() if not torch.equal(value, half[name])
    }
    assert moved == {"field"}


def test_latents_drawn_under_a_condition_are_the_models_own(classed: Run, tmp_path: Path) -> None:
    """What a latent decodes to does not depend on the condition; what noise flows to does."""
    model = perturbed(classed)
    drawn = tl.sample(model, 3, given={"colour": "red"})
    path = drawn.save(tmp_path / "red.safetensors")
    assert torch.allclose(tl.decode(model, f"{path}#1").items[0], drawn.items[1], atol=1e-5)
    noise = tl.sample(model, 3, given={"colour": "red"}, space="noise").save(tmp_path / "noise.safetensors")
    with pytest.raises(IdentityMismatch, match="another model"):
        tl.decode(model, f"{noise}#1", space="noise")


def test_real_items_are_noise_such_as_the_flow_was_trained_from(plain: Run) -> None:
    """Backwards from a posterior's mean they would lie in the middle of it."""
    model = perturbed(plain)
    noise, z = model.space("noise"), model.space("z")
    x = shapes(size=16).tensor(slice(0, 40))
    mu, log_var = z.posterior(x)  # type: ignore[misc]
    drawn = model.integrate(noise.encode(x), 0.0, 1.0, steps=4)  # type: ignore[attr-defined]
    eps = (drawn - mu) / (0.5 * log_var).exp()
    assert abs(float(eps.mean())) < 0.1 and float(eps.std()) == pytest.approx(1, abs=0.1), "a draw of the posterior"


def test_every_item_has_a_draw_of_its_own_and_nearly_the_same_when_it_comes_back() -> None:
    """Normal in every dimension and none of them with another, as if they were drawn one by one."""
    mu = torch.randn(600, 4, 4, 4, generator=torch.Generator().manual_seed(0))
    eps = _draw_of(mu).flatten(1)
    assert torch.allclose(_draw_of(mu[3:4]).flatten(1), eps[3:4], atol=1e-4), "whatever stands beside it"
    assert abs(float(eps.mean())) < 0.02 and float(eps.square().mean()) == pytest.approx(1, abs=0.02)
    kurtosis = float(eps.pow(4).mean() / eps.square().mean() ** 2)
    assert kurtosis == pytest.approx(3, abs=0.2), "a normal distribution has 3, one wave alone 1.5"
    spread = torch.linalg.eigvalsh(torch.cov(eps.T))
    plain = torch.linalg.eigvalsh(torch.cov(torch.randn(600, 64, generator=torch.Generator().manual_seed(1)).T))
    assert spread[0] > 0.8 * plain[0] and spread[-1] < 1.2 * plain[-1], "spread alike in every direction"
    again = _draw_of(mu + 0.05 * torch.randn(mu.shape, generator=torch.Generator().manual_seed(2))).flatten(1)
    assert float(torch.nn.functional.cosine_similarity(eps, again).min()) > 0.9
    others = torch.nn.functional.cosine_similarity(eps[:300], eps[300:])
    assert abs(float(others.mean())) < 0.02 and float(others.std()) < 1.2 / 8, "one over the root of 64 by chance"
