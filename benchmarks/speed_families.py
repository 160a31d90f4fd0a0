"""A training step of the GAN and of the latent diffusion, through the real loop, against bare PyTorch loops; and their
sampling against the bare networks: the same networks, precision and batch.

The bare loops are what one writes by hand for the same losses, with fused Adam, without average, checks, figures or
augmentation; the latent diffusion is timed in its second stage, which is most of a run. Steps after which the loop
writes something (a snapshot at powers of two) are left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks._common import Bar, Bench, Report, interleaved, ratio, seconds, spread
from benchmarks.speed_train import ours, per_step
from trasluz.families._flow_model import FlowFamilyConfig
from trasluz.families._flow_model import Networks as FlowNetworks
from trasluz.families._gan_model import GANConfig
from trasluz.families._gan_model import Networks as GANNetworks
from trasluz.families.flow import FlowTraining
from trasluz.families.gan import OPENING, OPENING_LAZY, GANTraining
from trasluz.lab.sample import sample
from trasluz.lab.shelf.data import load
from trasluz.nn.flow_matching import integrate, matching_loss
from trasluz.nn.update import place
from trasluz.spaces.data import Dataset
from trasluz.spaces.family import FamilyConfig
from trasluz.spaces.precision import Precision
from trasluz.spaces.registry import get

ROUNDS, STEPS = 3, 20
DRAWN = 64
BAR = 0.9


def run(bench: Bench) -> Report:
    """Each family in turn."""
    data = load(bench.pick("faces", "faces:300"), workspace=bench.workspace, progress=bench.progress)
    items, rounds, steps = data.split("train"), bench.pick(ROUNDS, 1), bench.pick(STEPS, 7)
    where = "cuda" if torch.cuda.is_available() else "cpu"
    precision = Precision(compute=bench.pick("bfloat16", "float32"), channels_last=True, device=where)
    figures: dict[str, Any] = {"data": data.spec, "precision": precision.dump()}
    table, bars = [["", "ms a step", "bare", "speed / bare", "samples/s", "bare", "speed / bare"]], list[Bar]()
    for name, settings, bare, draw in (
        ("gan", {"encoder_share": 0.0, "augment": "off"}, _bare_gan, _draw_gan),
        ("flow", {"autoencoder_share": 0.0}, _bare_flow, _draw_flow),
    ):
        family = get("families", name)
        config = family.configure(
            bench.pick("small", "tiny"), {"batch": 8, **settings} if bench.quick else settings, data.representation
        )
        steps_found = interleaved(_ways(config, items, precision, steps, bare), rounds, warm=bench.pick(1, 0))
        drawn = interleaved(_drawings(family, config, data, bench.pick(DRAWN, 8), draw), rounds, warm=bench.pick(1, 0))
        step, rate = ratio(steps_found["bare"], steps_found["ours"]), ratio(drawn["bare"], drawn["ours"])
        figures[name] = {
            "batch": config.batch,
            "seconds_per_step": {way: spread(values) for way, values in steps_found.items()},
            "speed_against_bare": step,
            "samples_per_second": {
                way: spread([bench.pick(DRAWN, 8) / s for s in values]) for way, values in drawn.items()
            },
            "sampling_against_bare": rate,
        }
        timed = [f"{1000 * spread(steps_found[way])['median']:.1f}" for way in ("ours", "bare")]
        rates = [f"{bench.pick(DRAWN, 8) / spread(drawn[way])['median']:.1f}" for way in ("ours", "bare")]
        table.append([name, *timed, f"{step['median']:.3f}", *rates, f"{rate['median']:.3f}"])
        bars.append(Bar(f"{name}: training step, speed / bare loop", step["median"], ">=", BAR))
    return Report(figures, table, bars)


def _ways(
    config: FamilyConfig, items: Dataset, precision: Precision, steps: int, bare: Callable[..., list[float]]
) -> dict[str, Callable[[], float]]:
    def loop() -> float:
        trainable = get("families", "gan" if isinstance(config, GANConfig) else "flow").trainable(
            config, items.representation, len(items)
        )
        return ours(trainable, config.batch, items, precision, steps)

    pixels = items.stored(slice(None))
    return {"ours": loop, "bare": lambda: per_step(bare(config, items, pixels, precision, steps))}


def _batch(pixels: np.ndarray, order: np.ndarray, k: int, size: int, precision: Precision) -> Tensor:
    rows = order[np.arange(k * size, (k + 1) * size) % len(order)]
    x = torch.from_numpy(pixels[rows]).to(precision.device)
    return x.to(torch.float32, memory_format=precision.memory_format).div_(255)


def _bare_gan(config: GANConfig, items: Dataset, pixels: np.ndarray, precision: Precision, steps: int) -> list[float]:
    torch.manual_seed(0)
    networks = place(GANNetworks(config, items.representation), precision.device, precision.memory_format)
    g, d = networks.generator, networks.discriminator
    adams = [
        torch.optim.Adam(m.parameters(), lr=config.lr, betas=(config.beta1, config.beta2), fused=True) for m in (g, d)
    ]
    order, stamps = np.random.default_rng(0).permutation(len(pixels)), list[float]()
    for k in range(steps):
        stamps.append(time.perf_counter())
        x = 2 * _batch(pixels, order, k, config.batch, precision) - 1
        with precision.autocast():
            made = g(torch.randn(len(x), config.latent, device=x.device))
            real, fake = d(x).float(), d(made).float()
        loss = F.softplus(fake - real).mean()
        lazy = OPENING_LAZY if k < OPENING else config.lazy
        if k % lazy == 0:
            for seen in (x, made):
                seen = seen.detach().float().requires_grad_(True)
                (slope,) = torch.autograd.grad(d(seen).sum(), seen, create_graph=True)
                loss = loss + lazy * config.gamma / 2 * slope.square().sum((1, 2, 3)).mean()
        for adam in adams:
            adam.zero_grad(set_to_none=True)
        loss.backward(inputs=list(d.parameters()), retain_graph=True)
        F.softplus(real.detach() - fake).mean().backward(inputs=list(g.parameters()))
        for adam in adams:
            adam.step()
    return stamps


def _bare_flow(
    config: FlowFamilyConfig, items: Dataset, pixels: np.ndarray, precision: Precision, steps: int
) -> list[float]:
    torch.manual_seed(0)
    networks = place(FlowNetworks(config, items.representation), precision.device, precision.memory_format)
    adam = torch.optim.Adam(networks.field.parameters(), lr=config.lr, betas=(config.beta1, config.beta2), fused=True)
    order, stamps = np.random.default_rng(0).permutation(len(pixels)), list[float]()
    for k in range(steps):
        stamps.append(time.perf_counter())
        x = _batch(pixels, order, k, config.batch, precision)
        with torch.no_grad(), precision.autocast():
            mu, log_var = networks.autoencoder.posterior(x)
            z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        with precision.autocast():
            loss = matching_loss(networks.field, z, torch.randn_like(z), torch.rand(len(z), device=z.device))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
    return stamps


def _drawings(
    family: Any, config: FamilyConfig, data: Dataset, n: int, draw: Callable[..., None]
) -> dict[str, Callable[[], float]]:
    trainable: GANTraining | FlowTraining = family.trainable(config, data.representation, len(data))
    trainable.init(0, Precision(), 10)
    model = family.open(config, data.representation, {k: v.clone() for k, v in trainable.weights().items()})
    return {"ours": lambda: seconds(lambda: sample(model, n)), "bare": lambda: seconds(lambda: draw(model, config, n))}


@torch.inference_mode()
def _draw_gan(model: Any, config: GANConfig, n: int) -> None:
    for _ in range(0, n, 64):
        model._inner.generator(torch.randn(min(64, n), config.latent)).clamp(-1, 1)


@torch.inference_mode()
def _draw_flow(model: Any, config: FlowFamilyConfig, n: int) -> None:
    networks = model._inner
    for _ in range(0, n, 64):
        eps = torch.randn(min(64, n), *model.space("z").shape)
        z = integrate(networks.field, eps, 0.0, 1.0, config.solver_steps, config.solver)
        networks.autoencoder.decoder(z * networks.scale + networks.mean).clamp(0, 1)
