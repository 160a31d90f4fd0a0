"""The GAN that is judged on features: its first stage, what the contest leaves alone, its last stage, its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

import trasluz as tl
from toys import shapes
from trasluz.base.errors import DamagedFile
from trasluz.families._gan_model import OF_FEATURES, GANConfig
from trasluz.families._gan_opening import apart, energy_distance
from trasluz.families.gan import GANTraining
from trasluz.lab.shelf import bundled
from trasluz.lab.work import training
from trasluz.spaces import registry
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels

FORM = Pixels(3, 16)
FEATURES = {"judge": "features", "cover": 1.0, "rebuild": 1.0}
QUICK = {"batch": 8, "compute": "float32", "widths": [8, 16], "latent": 6, "lazy": 2, "augment": "off"}
TOTAL, FIRST, TURN = 20, 8, 16
"""Steps of a run; the first of the contest; the first of the encoder."""
STAGES = {"features_share": 0.5, "encoder_share": 0.2}


def fresh(total: int = TOTAL, **settings: object) -> GANTraining:
    """A run that has not begun."""
    values = {**QUICK, **FEATURES, **STAGES, **settings}
    config = registry.get("families", "gan").configure("tiny", values, FORM)
    trainable = GANTraining(config, FORM)  # type: ignore[arg-type]
    trainable.init(0, Precision(), total)
    return trainable


def advance(trainable: GANTraining, first: int, last: int) -> list[Mapping[str, float]]:
    """Steps `first` to `last`, without the last."""
    data = shapes(size=16)
    return [trainable.step({"x": data.tensor(slice(8 * (k % 10), 8 * (k % 10) + 8))}, 0, k) for k in range(first, last)]


def copied(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in weights.items()}


def test_the_energy_distance_of_two_points_is_twice_their_distance() -> None:
    a, b = torch.zeros(4, 3), torch.tensor([[3.0, 4.0, 0.0]]).expand(5, 3)
    assert float(energy_distance(a, b)) == pytest.approx(10.0)


def test_the_energy_distance_of_equals_is_nothing_on_average() -> None:
    draws = [torch.randn(2, 16, 4, generator=torch.Generator().manual_seed(i)) for i in range(200)]
    found = torch.stack([energy_distance(a, b) for a, b in draws])
    assert float(found.mean()) == pytest.approx(0.0, abs=4 * float(found.std()) / 200**0.5)
    assert float(energy_distance(draws[0][0], draws[0][1] + 1)) > float(found.max())


def test_its_gradient_drives_a_collapsed_sample_apart() -> None:
    data = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
    made = (0.01 * torch.randn(64, 4, generator=torch.Generator().manual_seed(1))).requires_grad_(True)
    for _ in range(20):
        (slope,) = torch.autograd.grad(64 * energy_distance(made, data), made)
        made = (made - 0.1 * slope).detach().requires_grad_(True)
    assert float(apart(made.detach())) > 0.5 * float(apart(data))


def test_the_opening_learns_to_rebuild_and_to_make_codes() -> None:
    trainable = fresh(total=130, features_share=0.9, encoder_share=0.0)
    drawn = trainable._g.module.mapping
    figures = advance(trainable, 0, 110)
    assert figures[-1]["nll"] < figures[0]["nll"] - 100
    opened = trainable._opening
    assert opened is not None
    codes = opened.average.trunk(shapes(size=16).tensor(slice(0, 64)).mul(2).sub(1))[:, :6]
    z = torch.randn(256, 6, generator=torch.Generator().manual_seed(0))
    learned, before = (float(energy_distance(m(z), codes).detach()) for m in (opened.average.generator.mapping, drawn))
    assert learned < 0.75 * before


def test_the_contest_begins_with_what_the_opening_found_and_leaves_its_features_alone() -> None:
    trainable = fresh()
    advance(trainable, 0, FIRST)
    opened = trainable._opening
    assert opened is not None
    found = copied(opened.average.state_dict())
    w = torch.randn(2, 4, 6)
    decoded = opened.average.generator.synthesis(w)
    made = trainable.weights()
    assert torch.equal(made["generator.synthesis.start"], found["generator.synthesis.start"]), "were it to end here"
    advance(trainable, FIRST, FIRST + 1)
    after = copied(trainable.weights())
    assert all(torch.equal(after[f"discriminator.{n}"], v) for n, v in found.items() if n.startswith("trunk."))
    moved = trainable._g.average.synthesis(w) - decoded
    anew = fresh(begin=False)
    drawn = anew._g.average.synthesis(w) - decoded
    assert float(moved.square().mean()) < 0.1 * float(drawn.square().mean())
    advance(trainable, FIRST + 1, TURN)
    again = trainable.weights()
    kept = [n for n in after if n.startswith(("discriminator.trunk.", "discriminator.mixing."))]
    assert kept and all(torch.equal(after[n], again[n]) for n in kept)
    assert any(not torch.equal(after[n], again[n]) for n in after if n.startswith("discriminator.heads."))


def test_a_generator_can_be_drawn_anew_after_the_opening() -> None:
    trainable = fresh(begin=False, rebuild=0.0)
    drawn = copied(trainable._g.module.state_dict())
    advance(trainable, 0, FIRST)
    assert all(torch.equal(v, trainable._g.module.state_dict()[n]) for n, v in drawn.items())


def test_the_encoder_begins_with_the_codes_of_the_judge() -> None:
    trainable = fresh()
    advance(trainable, 0, TURN)
    assert trainable._e is not None
    x = shapes(size=16).tensor(slice(0, 4)).mul(2).sub(1)
    trainable._e.begin(trainable._d.module, trainable._g.average)
    mean, spread = trainable._e.centre(trainable._g.average)
    codes = trainable._d.module.perceive(x)[1]
    assert codes is not None
    assert torch.allclose(mean + spread * trainable._e.update.average(x), codes, atol=1e-4)


def test_a_model_that_was_stopped_early_encodes_by_the_opening() -> None:
    """Before the last stage has begun, what is written inverts as well as the codes do."""
    trainable, x = fresh(), shapes(size=16).tensor(slice(0, 4))
    for first, last in ((0, FIRST - 1), (FIRST - 1, TURN)):
        advance(trainable, first, last)
        config, weights = trainable.config, trainable.weights()
        model = registry.get("families", "gan").open(config, FORM, copied(weights))
        assert torch.allclose(model.space("w").encode(x), trainable._code(x.mul(2).sub(1)), atol=1e-4)
    advance(trainable, TURN, TOTAL)
    assert trainable._e is not None
    trained = trainable._e.update.average.state_dict()
    assert all(torch.equal(trainable.weights()[f"encoder.{n}"], v) for n, v in trained.items())


def test_an_encoder_that_is_given_is_trained_further() -> None:
    whole, more = fresh(), fresh(encoder_share=1.0)
    advance(whole, 0, TOTAL)
    given = copied(whole.weights())
    more.start_from(given)
    assert all(torch.equal(more.weights()[n], v) for n, v in given.items() if n.startswith("encoder."))
    advance(more, 0, 1)
    moved = more.weights()["encoder.head.weight"] - given["encoder.head.weight"]
    assert 0 < float(moved.abs().max()) < 0.1


@pytest.mark.parametrize("stop", [3, FIRST, FIRST + 3, TURN, TURN + 1])
def test_stopped_in_any_stage_it_goes_on_bit_for_bit(stop: int) -> None:
    whole = fresh()
    advance(whole, 0, TOTAL)
    first, second = fresh(), fresh()
    advance(first, 0, stop)
    second.load(copied(first.state()))
    advance(second, stop, TOTAL)
    expected, found = whole.state(), second.state()
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_run_that_begins_with_a_model_has_no_opening() -> None:
    whole, more = fresh(), fresh()
    advance(whole, 0, TOTAL)
    more.start_from(copied(whole.weights()))
    begun = advance(more, 0, 2)
    assert "g_loss" in begun[0] and "cover" in begun[0]
    trunks = [t.weights()["discriminator.trunk.head.weight"] for t in (whole, more)]
    assert torch.equal(*trunks)


def test_without_an_opening_the_rates_fall_over_the_whole_contest(tmp_path: Path) -> None:
    whole, more = fresh(1000), fresh(1000)
    assert (whole._planned, whole._g.total, whole._turn) == (400, 400, 800)
    more.start_from(copied(whole.weights()))
    assert (more._g.total, more._d.total) == (800, 800)
    again = fresh(1000)
    again.load(copied(more.state()))
    assert again._g.total == 800, "and so they do in a run that is taken up again"
    again.set_total(2000, 100)
    assert again._g.total == 1600


def test_penalties_are_of_the_slope_along_the_features() -> None:
    """One head, and a logit that is a linear function of what it is passed on."""
    trainable = fresh()
    direction = torch.randn(8 * 8 * 8)

    class Linear(torch.nn.Module):
        def verdicts(self, perceived: list[torch.Tensor]) -> torch.Tensor:
            return torch.stack([u.flatten(1) @ direction for u in perceived], 1)

    trainable._d.module = Linear()  # type: ignore[assignment]
    found = trainable._squared_gradient([torch.rand(5, 8, 8, 8), torch.rand(5, 8, 8, 8)])
    assert float(found) == pytest.approx(float(direction.square().sum()), rel=1e-5), "a mean over heads"


def test_it_is_trained_kept_and_opened_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "PAUSES", 1.0)  # every evaluation, whatever its share of so short a run
    settings = {**QUICK, **FEATURES, **STAGES, "augment": "on"}
    run = tl.train(
        "gan", shapes(size=16), name="m", preset="tiny", settings=settings, steps=TOTAL, force=True,
        workspace=tmp_path, device="cpu",
    )  # fmt: skip
    written = json.loads((run.folder / "config.json").read_text())["config"]
    assert written["judge"] == "features" and set(OF_FEATURES) <= set(written)
    again = tl.open("m", workspace=tmp_path, device="cpu")
    assert again.identity == run.model.identity
    x = shapes(size=16).tensor(slice(0, 3))
    assert again.logits(x).shape == (3,)  # type: ignore[attr-defined]
    assert again.space("w").encode(x).shape == (3, 6)
    assert {"prior_distance", "cover", "rebuild"} <= set().union(*run.events())


def test_models_of_before_open_as_they_were() -> None:
    """Their files say nothing of a judge of features, and nothing is added to what their identity is of."""
    about = json.loads((bundled.ZOO / "faces-gan" / "config.json").read_text())["config"]
    before = {k: v for k, v in about.items() if k not in OF_FEATURES}
    config = GANConfig.read(before, "here")
    assert config.judge == "pixels" and config.dump() == before
    with pytest.raises(DamagedFile, match="missing field cover"):
        GANConfig.read({**before, **{k: v for k, v in GANConfig(judge="features").dump().items() if k != "cover"}}, "x")
    with pytest.raises(DamagedFile, match="missing field gamma"):
        GANConfig.read({k: v for k, v in before.items() if k != "gamma"}, "here")
