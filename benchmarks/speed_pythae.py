"""Training a VAE by our loop against pythae's own trainer: the same encoder and decoder, batch, items and passes.

pythae (Chadebec et al. 2022) is the field's collection of autoencoders. Both train on the same pictures in memory; ours
in the precision that a run on this machine chooses, pythae's in its own, float32 (its mixed precision is for CUDA).
Whole epochs are timed, from the call to its return, checkpoints included.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from benchmarks._common import Bar, Bench, Report, interleaved, ratio, seconds, spread
from benchmarks.speed_train import chosen_precision
from trasluz.families.vae import VAEConfig, VAETraining
from trasluz.lab.shelf.data import load
from trasluz.nn.blocks import Decoder, Encoder
from trasluz.spaces.data import Dataset
from trasluz.spaces.precision import Precision
from trasluz.spaces.registry import get
from trasluz.training.batches import Batches
from trasluz.training.loop import Loop, Plan, Watch

ROUNDS, ITEMS = 3, 3200
FAST, SLOW = 3.0, 1.0


def run(bench: Bench) -> Report:
    """Epochs of both, in turn."""
    data = load(bench.pick("faces", "faces:300"), workspace=bench.workspace, progress=bench.progress)
    items = data.split("train").first(bench.pick(ITEMS, 64))
    config = get("families", "vae").configure(
        bench.pick("small", "tiny"), {"batch": 32} if bench.quick else {}, data.representation
    )
    if not isinstance(config, VAEConfig):
        raise TypeError(type(config).__name__)
    precision = chosen_precision(bench, config, items)
    x = items.tensor(slice(None))
    ways = {
        "ours": lambda: seconds(lambda: _ours(config, items, precision)),
        "pythae": lambda: seconds(lambda: _theirs(config, x)),
    }
    found = interleaved(ways, bench.pick(ROUNDS, 1), warm=bench.pick(1, 0))
    speed = ratio(found["pythae"], found["ours"])
    quick_machine = precision.compute == "bfloat16"
    figures = {
        "items": len(items),
        "batch": config.batch,
        "precision": precision.dump(),
        "seconds_per_epoch": {name: spread(values) for name, values in found.items()},
        "speed_against_pythae": speed,
    }
    rows = [["", "images/s", "speed / pythae"]]
    for name, values in found.items():
        rows.append(
            [name, f"{len(items) / spread(values)['median']:.0f}", f"{speed['median'] if name == 'ours' else 1:.2f}"]
        )
    limit = FAST if quick_machine else SLOW
    return Report(figures, rows, [Bar("VAE training, speed / pythae's trainer", speed["median"], ">=", limit)])


def _ours(config: VAEConfig, items: Dataset, precision: Precision) -> None:
    steps = len(items) // config.batch
    plan = Plan(steps=steps, every=steps, threads=torch.get_num_threads(), precision=precision)
    with tempfile.TemporaryDirectory() as folder:
        trainable = VAETraining(config, items.representation, len(items))
        Loop(Path(folder), {}, plan, Watch()).run(trainable, Batches(items, config.batch, 0, precision))


def _theirs(config: VAEConfig, x: Tensor) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pythae_vae(config, x, 1, folder)


def pythae_vae(config: VAEConfig, x: Tensor, epochs: int, folder: str, loss: Literal["bce", "mse"] = "mse") -> Any:
    """A VAE of pythae with our encoder and decoder, trained by pythae's trainer; the trained model."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE
    from pythae.models import VAEConfig as TheirConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    channels, size = x.shape[1], x.shape[2]

    class TheirEncoder(BaseEncoder):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.network = Encoder(channels, size, config.widths, config.blocks, 2 * config.latent)

        def forward(self, x: Tensor) -> ModelOutput:
            mu, log_var = self.network(x).chunk(2, dim=1)
            return ModelOutput(embedding=mu, log_covariance=log_var)

    class TheirDecoder(BaseDecoder):
        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.network = Decoder(config.latent, channels, size, config.widths, config.blocks)

        def forward(self, z: Tensor) -> ModelOutput:
            out = self.network(z)
            return ModelOutput(reconstruction=torch.sigmoid(out) if loss == "bce" else out)

    logging.getLogger("pythae").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        torch.manual_seed(0)
        shape = (channels, size, size)
        theirs = TheirConfig(input_dim=shape, latent_dim=config.latent, reconstruction_loss=loss)
        model = VAE(theirs, encoder=TheirEncoder(), decoder=TheirDecoder())
        how = BaseTrainerConfig(
            output_dir=folder,
            learning_rate=config.lr,
            per_device_train_batch_size=config.batch,
            num_epochs=epochs,
            no_cuda=True,
        )
        BaseTrainer(model, BaseDataset(x, torch.zeros(len(x))), training_config=how).train()
    return model.eval()
