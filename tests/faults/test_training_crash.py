"""A crash at every write, fsync and rename of a run, of a model, of a prior: what was whole stays whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch

from faults.crash import crash_points
from toys import Regression, batches, equal, shapes
from trasluz.io.atomic import make_folder
from trasluz.lab.shelf import models
from trasluz.spaces import registry
from trasluz.spaces.model_folder import write_config, write_prior, write_weights
from trasluz.spaces.precision import Precision
from trasluz.training.loop import Loop, Plan, Watch

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the deaths are made by fork")


def loop(folder: Path) -> Loop:
    return Loop(folder, {"data": "d"}, Plan(steps=4, every=2, threads=1), Watch(lambda t: t.evaluate(batches(99), 0)))


@pytest.mark.long
def test_a_run_that_crashed_anywhere_resumes_to_the_same_end(tmp_path: Path) -> None:
    whole, folder = Regression(), tmp_path / "run"
    loop(tmp_path / "whole").run(whole, batches)
    crashes = 0
    for crash in crash_points(
        lambda: loop(folder).run(Regression(), batches), prepare=lambda: shutil.rmtree(folder, ignore_errors=True)
    ):
        again = Regression()
        loop(folder).run(again, batches)
        assert equal(again.state(), whole.state()), crash
        crashes += 1
    assert crashes > 40


def test_a_model_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    data, family = shapes(size=16), registry.get("families", "vae")
    config = family.configure("tiny", {"widths": [4, 8], "latent": 2}, data.representation)
    states = []
    for seed in (0, 1):
        trainable = family.trainable(config, data.representation, len(data))
        trainable.init(seed, Precision(), 1)
        states.append(trainable.weights())
    old, new = (family.open(config, data.representation, s).identity for s in states)
    folder = make_folder(tmp_path / "m")
    write_config(folder, "vae", config, data.representation, "shapes", data.identity)
    gaussian = registry.get("priors", "gaussian")

    def prepare() -> None:
        write_weights(folder, "vae", config, data.representation, states[0])
        model = models.open(folder, device="cpu")
        mu = torch.randn(10, 2, generator=torch.Generator().manual_seed(0))
        prior = gaussian.fit(mu, None, gaussian.config_type(), 0, lambda *_: None)
        write_prior(folder, model, "z", prior)

    def change() -> None:
        write_weights(folder, "vae", config, data.representation, states[1])

    seen: set[str] = set()
    for crash in crash_points(change, prepare=prepare):
        model = models.open(folder, device="cpu")
        assert model.identity in (old, new), crash
        assert "gaussian" not in model.space().priors or model.identity == old, crash
        seen.add(model.identity)
    assert seen == {old, new}
