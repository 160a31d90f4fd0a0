"""The GAN: spaces that agree, penalties that are what they say, alarms that ring, an encoder made afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

import trasluz as tl
from toys import shapes
from trasluz.base.errors import InvalidArgument, NotInvertible, TrasluzError
from trasluz.families import gan
from trasluz.lab.results.run import Run
from trasluz.lab.work import training
from trasluz.nn.augment import augment
from trasluz.nn.styles import StyledConv
from trasluz.spaces import registry
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels

QUICK = {"batch": 8, "compute": "float32", "widths": [8, 16], "latent": 6}
FORM = Pixels(3, 16)


def train(name: str, place: Path, steps: int = 10, init: Path | None = None, **settings: object) -> Run:
    return tl.train(
        "gan",
        shapes(size=16),
        name=name,
        preset="tiny",
        settings={**QUICK, **settings},
        steps=steps,
        init=init,
        force=True,
        workspace=place,
        device="cpu",
    )


def contest(total: int = 100, **settings: object) -> gan.GANTraining:
    """A contest that has not begun."""
    config = registry.get("families", "gan").configure("tiny", {**QUICK, "augment": "off", **settings}, FORM)
    trainable = gan.GANTraining(config, FORM)  # type: ignore[arg-type]
    trainable.init(0, Precision(), total)
    return trainable


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "PAUSES", 1.0)  # every evaluation, whatever its share of so short a run
        return train("made", tmp_path_factory.mktemp("gan"))


def test_a_styled_convolution_is_one_with_scaled_and_normalised_weights() -> None:
    """Karras et al. 2020, eq. 1 and 3, item by item and by the letter."""
    layer = StyledConv(5, 7, 4)
    x, w = torch.randn(3, 5, 6, 6), torch.randn(3, 4)
    weights = layer.conv.weight[None] * layer.style(w)[:, None, :, None, None]
    weights = weights * (weights.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    expected = torch.cat([F.conv2d(x[i : i + 1], weights[i], padding=1) for i in range(3)])
    assert torch.allclose(layer(x, w), 2**0.5 * F.leaky_relu(expected, 0.2), atol=1e-5)


def test_its_spaces_agree(made: Run) -> None:
    model = made.model
    assert {name: space.shape for name, space in model.spaces.items()} == {"z": (6,), "w": (6,), "w+": (4, 6)}
    z = model.space("z").prior().sample(3, 5)
    w, wide = model.transport(z, "z", "w"), model.transport(z, "z", "w+")
    decoded = [model.space(name).decode(latent) for name, latent in (("z", z), ("w", w), ("w+", wide))]
    assert all(torch.allclose(decoded[0], other, atol=1e-6) for other in decoded[1:])
    for name, latent in (("w", w), ("w+", wide)):
        assert torch.allclose(model.space(name).prior().sample(3, 5), latent, atol=1e-6), "seed:5 is one item"
    with pytest.raises(TrasluzError, match="no way from its space 'w' to 'z'"):
        model.transport(w, "w", "z")


def test_a_layer_of_w_plus_has_its_own_say(made: Run) -> None:
    space = made.model.space("w+")
    wide = space.prior().sample(1, 0)
    for layer in range(len(wide[0])):
        other = wide.clone()
        other[:, layer] += 1.0
        assert not torch.equal(space.decode(other), space.decode(wide)), f"layer {layer} changes nothing"


def test_truncation_pulls_to_the_mean_of_w(made: Run) -> None:
    mean = made.model.space("w").prior().mean
    many = made.model.space("w").prior().sample(3000, 0)
    assert torch.allclose(many.mean(0), mean, atol=0.1)
    none = tl.sample(made.model, 3, psi=0.0)
    assert torch.allclose(none.latents, mean.expand(3, -1)) and torch.equal(none.items[0], none.items[2])


def test_the_discriminator_can_be_asked(made: Run) -> None:
    logits = made.model.logits(shapes(size=16).tensor(slice(0, 4)))  # type: ignore[attr-defined]
    assert logits.shape == (4,) and torch.isfinite(logits).all()


def test_the_penalty_is_the_squared_gradient() -> None:
    """Of a discriminator that is a linear function of the picture, it is the squared norm of that function."""
    trainable = contest()
    direction = torch.randn(3 * 16 * 16)

    class Linear(torch.nn.Module):
        def verdicts(self, perceived: list[torch.Tensor]) -> torch.Tensor:
            return perceived[0].flatten(1) @ direction[:, None]

    trainable._d.module = Linear()  # type: ignore[assignment]
    found = trainable._squared_gradient([torch.rand(5, 3, 16, 16)])
    assert float(found) == pytest.approx(float(direction.square().sum()), rel=1e-5)


def test_penalties_are_lazy_and_weigh_so_much_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gan, "OPENING", 0)
    trainable = contest(gamma=2.0, gamma_end=1.0, lazy=4)
    monkeypatch.setattr(trainable, "_squared_gradient", lambda perceived: torch.tensor(3.0))
    x = [torch.zeros(1)]
    assert [float(trainable._penalties(x, x, k)) for k in range(6)] == [24, 0, 0, 0, 24, 0]


def test_gamma_rises_when_the_discriminator_runs_away_and_comes_back() -> None:
    trainable = contest(gamma=1.0, gamma_end=1.0)
    for k in range(150):
        trainable._watch(50.0, k)
    raised = trainable._gamma(0)
    assert raised > 3
    for k in range(150, 1500):
        trainable._watch(0.5, k)
    assert trainable._gamma(0) == pytest.approx(1.0)


def test_gamma_falls_over_the_contest() -> None:
    trainable = contest(gamma=4.0, gamma_end=0.25, encoder_share=0.0)
    assert [round(trainable._gamma(k), 3) for k in (0, 50, 100)] == [4.0, 2.0, 1.0]


def test_a_collapse_rings_the_alarm_and_a_varied_generator_does_not() -> None:
    trainable = contest(encoder_share=0.2)
    batch = {"x": shapes(size=16).tensor(slice(0, 32))}
    with torch.no_grad():
        for layer in trainable._g.average.mapping.layers:
            layer.weight.zero_()  # type: ignore[operator, union-attr]
    trainable._watch(0.0, 50)
    seen = trainable.evaluate(batch, 0)
    figures = {"d_loss": 0.5, "test_diversity": seen["apart_made"] / seen["apart_real"]}
    assert figures["test_diversity"] == pytest.approx(0.0, abs=1e-2)
    advice = trainable.advice(figures)
    assert advice is not None and "collapsing" in advice and "--set gamma" in advice and "augment=on" in advice
    assert trainable.advice({**figures, "test_diversity": 0.9}) is None
    trainable._watch(0.0, 1)
    assert trainable.advice(figures) is None, "too early to say"
    # What the run ends with is judged too: by then an encoder is trained, and there is no contest.
    trainable._control[gan.DONE] = 100
    assert "collapsing" in (trainable.advice({"latent_error": 1.0, "test_diversity": 0.0}) or "")
    few, unsure = {"test_diversity": 0.1, "test_items": 7.0}, {"test_diversity": 0.4, "test_diversity_most": 0.6}
    assert trainable.advice(few) is None and trainable.advice(unsure) is None, "real items are so by chance"
    assert "(at most 30%, n = 64)" in (
        trainable.advice({"test_diversity": 0.2, "test_diversity_most": 0.3, "test_items": 64.0}) or ""
    )
    augmented = contest(augment="on")
    augmented._control[gan.DONE] = 100
    assert "augment" not in (augmented.advice({"test_diversity": 0.0}) or "augment")


def test_the_opening_is_no_collapse() -> None:
    """The grace is of the contest: a fifth of it, whatever came before."""
    trainable = contest(1000, judge="features", features_share=0.5, encoder_share=0.2, cover=1.0)
    first, turn = 400, 800
    alarms = []
    for done in (1, 399, 401, 470, 490, 700, 900):
        trainable._control[gan.DONE] = done
        alarms.append(trainable.advice({"test_diversity": 0.3}) is not None)
    assert int(trainable._first) == first and trainable._turn == turn
    assert alarms == [False, False, False, False, True, True, True]


def test_what_a_finished_run_is_given_more_goes_to_the_contest() -> None:
    """However often the plan changes on the way, the encoder has its share of what was added, and no more."""
    trainable = contest(10_000, encoder_share=0.2)
    trainable.set_total(11_000, 10_000)
    assert trainable._turn == 10_800
    for total, k in ((11_050, 10_050), (10_900, 10_300), (11_400, 10_500)):
        trainable.set_total(total, k)
        assert trainable._turn == total - round(0.2 * (total - 10_000))
    trainable.set_total(11_500, 11_200)
    assert trainable._turn == 11_120, "the encoder has begun"


def test_settings_that_do_nothing_are_named_and_an_encoder_of_nothing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = registry.get("families", "gan")
    config = kind.configure("tiny", {**QUICK, "cover": 5.0, "rebuild": 3.0}, FORM)
    [line] = kind.remarks(config, ["cover", "latent", "rebuild"])
    assert line.startswith("cover, rebuild do nothing here") and "judge=features" in line
    assert not kind.remarks(config, ["latent"])
    assert not kind.remarks(kind.configure("small", {"widths": [8, 16], "cover": 5.0}, FORM), ["cover"])
    with pytest.raises(InvalidArgument, match="the generator stays as it was drawn"):
        train("empty", tmp_path, encoder_share=1.0)
    assert not (tmp_path / "models" / "empty").exists()


def test_a_model_that_does_not_fit_leaves_no_folder_and_its_settings_are_named(tmp_path: Path, made: Run) -> None:
    with pytest.raises(InvalidArgument) as told:
        train("more", tmp_path, init=made.folder, latent=8, gamma=2.0)
    assert "other networks: got latent=8; allowed: latent=6" in told.value.sentence()
    assert "--set latent=6" in told.value.sentence() and "gamma" not in told.value.sentence()
    assert not (tmp_path / "models" / "more").exists()
    with pytest.raises(InvalidArgument, match="got judge=features; allowed: judge=pixels"):
        train("more", tmp_path, init=made.folder, judge="features")
    assert train("more", tmp_path, steps=2, init=made.folder).folder.exists()


def test_an_alarm_is_said_and_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gan, "COLLAPSED", 1e9)
    monkeypatch.setattr(gan, "EARLY", 0.0)
    run = train("alarmed", tmp_path, steps=3, encoder_share=0.0)
    assert any("collapsing" in event.get("advice", "") for event in run.events())


def test_the_two_players_are_seen(made: Run) -> None:
    contested = [event for event in made.events() if "d_loss" in event]
    wanted = {"real_logit", "fake_logit", "r1", "r2", "gamma", "test_diversity", "test_distance"}
    assert wanted <= set().union(*contested)


def test_an_encoder_can_be_trained_for_a_finished_generator(tmp_path: Path) -> None:
    bare = train("bare", tmp_path, steps=3, encoder_share=0.0)
    x = shapes(size=16).tensor(slice(0, 4))
    with pytest.raises(NotInvertible, match="no encoder"):
        bare.model.space("w").encode(x)
    more = train("more", tmp_path, steps=25, init=bare.folder, encoder_share=1.0)
    ours, theirs = more.model.state(), bare.model.state()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs), "the players are as they were"
    assert more.model.space("w").encode(x).shape == (4, 6)
    errors = [event["latent_error"] for event in more.events() if "latent_error" in event]
    assert errors[-1] < errors[0]
    assert torch.equal(more.model.space("w+").encode(x)[:, 2], more.model.space("w").encode(x))


def test_augmentation_changes_each_item_in_its_own_way_and_passes_gradients_on() -> None:
    x = torch.rand(6, 3, 16, 16).requires_grad_(True)
    seen = augment(x, torch.Generator().manual_seed(0))
    assert seen.shape == x.shape and torch.equal(seen, augment(x, torch.Generator().manual_seed(0)))
    changes = [(a - b).detach() for a, b in zip(seen, x, strict=True)]
    assert all(not torch.equal(changes[0], other) for other in changes[1:])
    (gradient,) = torch.autograd.grad(seen.sum(), x)
    assert gradient.abs().flatten(1).sum(1).min() > 0


@pytest.mark.parametrize(("items", "expected"), [(120, "on"), (5200, "off")])
def test_few_items_are_augmented(items: int, expected: str) -> None:
    family = registry.get("families", "gan")
    config = family.config_type()
    assert family.from_data(config, shapes(items, 16)) == {"augment": expected}
    assert family.from_data(config.with_(augment="off"), shapes(120, 16)) == {}


@pytest.mark.parametrize("size", [8, 256])
def test_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(InvalidArgument, match="16 to 128 pixels"):
        registry.get("families", "gan").configure("tiny", {}, Pixels(3, size))
