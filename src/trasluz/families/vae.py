"""The variational autoencoder (Kingma & Welling 2014), with a calibrated likelihood.

Loss per item, in nats, summed over dimensions: −E_q[log p(x|z)] + β·KL(q(z|x) ‖ N(0, I)). Where β is not 1, dimensions
have free bits, or the weight still rises, that is a weighted objective and no bound; `elbo_loss` beside it is the
evidence lower bound, negated: the same without weights. Its σ is that of the latest training batches, on unseen items
too, since a σ that is fitted to the items it is judged on is no bound on them.

- RGB: Gaussian likelihood whose one σ is the best for the batch, log σ = ½ log mean (x − x̂)², soft-clipped at
  −6 (σ-VAE: Rybkin, Daniilidis & Levine 2021, eq. 6–8), so that nothing trades off the two terms by hand.
- Grey: Bernoulli likelihood.
- `objective="beta-tc"`: β weighs the total correlation alone (β-TCVAE: Chen et al. 2018, eq. 4), estimated by
  minibatch stratified sampling (their appendix C.2).
- Free bits (Kingma et al. 2016, eq. 15): a dimension's KL counts only above the given nats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, final

import torch
from torch import Tensor, nn

from trasluz.base import rng
from trasluz.base.config import setting
from trasluz.base.errors import TrasluzError
from trasluz.base.shapes import Latents, Native, Public
from trasluz.io.weights import check_shapes
from trasluz.nn.blocks import Decoder, Encoder
from trasluz.nn.likelihood import LOG_VAR_RANGE, bernoulli_nll, best_log_sigma, gaussian_nll, kl_per_dimension
from trasluz.nn.update import Update, UpdateConfig, place
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model import LatentModel, freeze
from trasluz.spaces.precision import Precision
from trasluz.spaces.registry import get
from trasluz.spaces.representation import Representation
from trasluz.spaces.space import LatentSpace
from trasluz.spaces.trainable import Batch, Trainable

ERROR = "vae.squared_error"
"""In the state: what σ is taken from."""
KEPT = 0.99
"""Of the running mean of squared errors, from one step to the next."""


class VAEConfig(FamilyConfig, UpdateConfig):
    """Settings of a VAE: what it looks like, what it optimises, and how."""

    latent: int = setting(64, "Dimensions of the latent space z.", ge=1, le=4096)
    widths: tuple[int, ...] = setting((32, 64, 96, 128), "Channels after each halving of the resolution.")
    blocks: int = setting(0, "Residual blocks at each resolution.", ge=0, le=8)
    likelihood: Literal["auto", "gaussian", "bernoulli"] = setting(
        "auto",
        "Gaussian with the best σ, or Bernoulli; auto is Bernoulli for grey pictures and Gaussian for all else.",
        source="Rybkin et al. 2021",
    )
    objective: Literal["vae", "beta-tc"] = setting(
        "vae", "What β weighs: the whole KL, or the total correlation alone.", source="Chen et al. 2018"
    )
    beta: float = setting(1.0, "Weight of that term; above 1 the space fits its prior better, and pictures blur.", ge=0)
    kl_warmup: float = setting(0.1, "Share of the run over which the KL's weight rises from zero.", ge=0, le=1)
    free_bits: float = setting(
        0.0, "KL of a dimension that costs nothing.", unit="nats", ge=0, source="Kingma et al. 2016"
    )
    prior_steps: int = setting(
        3000, "Steps of the learned prior on the codes, after the run; 0 leaves it out.", unit="steps", ge=0
    )


def total_correlation(z: Tensor, mu: Tensor, log_var: Tensor, items: int) -> Tensor:
    """KL(q(z) ‖ Π q(z_j)) of the aggregate posterior of a data set of `items`, from a batch of it; a scalar, in nats.

    q(z_i) is estimated by minibatch stratified sampling (Chen et al. 2018, appendix C.2): the item that z_i was drawn
    for weighs 1/N, as it does among all, and the others of the batch share the rest, so that the estimate of q(z_i) has
    no bias and is exact where the batch is the data set. Their weighted sampling (C.1) divides by N·M instead, which is
    N times too little in each density, and (d − 1)·log N too much in their log ratio. A batch of one says nothing: 0.

    Args:
        z: Draws of the posteriors, `(n, d)`.
        mu, log_var: Their means and log-variances, `(n, d)` each.
    """
    n, total = len(z), max(items, len(z))
    z_, mu_, log_var_ = z[:, None], mu[None], log_var[None]
    log_q = -0.5 * ((z_ - mu_).square() / log_var_.exp() + log_var_ + math.log(2 * math.pi))
    if n > 1:
        log_w = torch.full((n, n), math.log((total - 1) / (total * (n - 1))), device=z.device)
        log_w.fill_diagonal_(-math.log(total))
        joint, marginals = (log_q.sum(2) + log_w).logsumexp(1), (log_q + log_w[..., None]).logsumexp(1)
        return (joint - marginals.sum(1)).mean()
    return z.new_zeros(())


@final
class Networks(nn.Module):
    """Encoder and decoder."""

    def __init__(self, config: VAEConfig, representation: Representation) -> None:
        super().__init__()
        channels, size, _ = representation.native_shape
        self.encoder = Encoder(channels, size, config.widths, config.blocks, 2 * config.latent)
        self.decoder = Decoder(config.latent, channels, size, config.widths, config.blocks)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, log_var = self.encoder(x).float().chunk(2, dim=1)
        return mu, LOG_VAR_RANGE * torch.tanh(log_var / LOG_VAR_RANGE)


@final
class ZSpace(LatentSpace):
    """The latent space of a VAE: vectors, encoded by the posterior mean."""

    name, kind = "z", "vector"

    def __init__(self, networks: Networks, config: VAEConfig, representation: Representation) -> None:
        super().__init__()
        self._networks, self._bernoulli = networks, config.likelihood == "bernoulli"
        self.representation, self.shape = representation, (config.latent,)
        self.priors["normal"] = get("priors", "normal").open(self.shape, {}, {})
        self.default_prior = "normal"

    def render(self, z: Latents) -> Native:
        out = self._networks.decoder(z)
        return torch.sigmoid(out) if self._bernoulli else out

    def encode(self, x: Public) -> Latents:
        return self.posterior(x)[0]

    def posterior(self, x: Public) -> tuple[Latents, Latents]:
        native = self.representation.to_native(self.representation.check(x))
        return self._networks.posterior(native.contiguous(memory_format=torch.channels_last))

    def first_affine(self) -> Tensor:
        return self._networks.decoder.stem.weight


@final
class VAEModel(LatentModel):
    """An open VAE."""

    family, default_space = "vae", "z"

    def __init__(self, networks: Networks, config: VAEConfig, representation: Representation) -> None:
        self._networks = freeze(place(networks, "cpu", torch.channels_last))
        self.config, self.representation = config, representation
        self.spaces = {"z": ZSpace(networks, config, representation)}

    def state(self) -> dict[str, Tensor]:
        return self._networks.state_dict()

    def dump(self) -> dict[str, Any]:
        return self.config.dump()

    def to(self, device: torch.device | str) -> VAEModel:
        self._networks.to(device)
        self.spaces["z"].device = torch.device(device)
        return self


@final
class VAETraining(Trainable):
    """Networks, objective and update of a VAE."""

    def __init__(self, config: VAEConfig, representation: Representation, items: int) -> None:
        self.config, self.representation, self.items = config, representation, items

    def init(self, seed: int, precision: Precision, total: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.derive(seed, "init"))
            networks = Networks(self.config, self.representation)
        networks = place(networks, precision.device, precision.memory_format)
        self._precision, self._total = precision, total
        self._update = Update(networks, self.config, total)
        # Running mean of the squared error of training batches, and the weight that it has gathered.
        self._error = torch.zeros(2, device=precision.device)

    def set_total(self, total: int, k: int) -> None:
        self._total = total
        self._update.set_total(total)

    def step(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
        x, networks = batch["x"], self._update.module
        with self._precision.autocast():
            mu, log_var = networks.posterior(x)
            eps = torch.randn(mu.shape, generator=rng.generator(seed, "posterior", k)).to(mu.device)
            z = mu + (0.5 * log_var).exp() * eps
            x_hat = networks.decoder(z)
        nll = self._nll(x, x_hat.float()).mean()
        kl = kl_per_dimension(mu, log_var)
        tc = total_correlation(z, mu, log_var, self.items) if self.config.objective == "beta-tc" else None
        loss = nll + self._weight(k) * self._penalty(kl, tc)
        norm = self._update.apply(loss, k)
        return {
            "loss": float(loss.detach()),
            "elbo_loss": self._bound(x, x_hat.detach().float(), kl.detach()),
            "nll": float(nll.detach()),
            "kl": float(kl.detach().sum(1).mean()),
            **({} if tc is None else {"total_correlation": float(tc.detach())}),
            "grad_norm": norm,
        }

    def _nll(self, x: Tensor, x_hat: Tensor, log_sigma: Tensor | None = None) -> Tensor:
        return bernoulli_nll(x, x_hat) if self.config.likelihood == "bernoulli" else gaussian_nll(x, x_hat, log_sigma)

    @torch.no_grad()
    def _bound(self, x: Tensor, x_hat: Tensor, kl: Tensor) -> float:
        """The evidence lower bound of a training batch, negated; its errors join those that σ is taken from."""
        if self.config.likelihood == "gaussian":
            self._error.lerp_(torch.stack([(x - x_hat).square().mean(), torch.ones((), device=x.device)]), 1 - KEPT)
        return float((self._nll(x, x_hat, self._log_sigma()) + kl.sum(1)).mean())

    def _log_sigma(self) -> Tensor | None:
        """Of the latest training batches; None where there was none yet, or where the likelihood has none."""
        return best_log_sigma(self._error[0] / self._error[1]) if float(self._error[1]) > 0 else None

    def _weight(self, k: int) -> float:
        ramp = self.config.kl_warmup * self._total
        return min(1.0, (k + 1) / ramp) if ramp > 0 else 1.0

    def _penalty(self, kl: Tensor, tc: Tensor | None) -> Tensor:
        free = kl.mean(0).clamp_min(self.config.free_bits).sum() if self.config.free_bits > 0 else kl.sum(1).mean()
        if tc is not None:
            return free + (self.config.beta - 1) * tc
        return self.config.beta * free

    @torch.no_grad()
    def evaluate(self, batch: Batch, seed: int) -> Mapping[str, float]:
        x, networks = batch["x"], self._update.average
        mu, log_var = networks.posterior(x)
        eps = torch.randn(mu.shape, generator=rng.generator(seed, "evaluation")).to(mu.device)
        drawn, out = networks.decoder(mu + (0.5 * log_var).exp() * eps), networks.decoder(mu)
        nll, kl = self._nll(x, drawn, self._log_sigma()), kl_per_dimension(mu, log_var)
        x_hat = torch.sigmoid(out) if self.config.likelihood == "bernoulli" else out
        mse = (x - x_hat.clamp(0, 1)).square().flatten(1).mean(1)
        return {
            "elbo_loss": float((nll + kl.sum(1)).mean()),
            "psnr": float((-10 * mse.clamp_min(1e-10).log10()).mean()),
            "kl": float(kl.sum(1).mean()),
        }

    def state(self) -> dict[str, Tensor]:
        return {**self._update.state("vae"), ERROR: self._error}

    def load(self, state: Mapping[str, Tensor]) -> None:
        self._update.load(state, "vae")
        if ERROR in state:  # runs of earlier versions have none, and gather it anew
            self._error.copy_(state[ERROR])

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        self._update.start_from(weights, "the model to begin from")

    def weights(self) -> dict[str, Tensor]:
        return self._update.average.state_dict()


@final
class VAE(Family):
    """Variational autoencoder."""

    name = "vae"
    title = "Variational autoencoder"
    config_type = VAEConfig
    space_names = ("z",)
    presets = {
        "tiny": {"latent": 16, "widths": (16, 32, 48, 64), "batch": 64, "steps": 1000, "lr": 2e-3, "prior_steps": 1500},
        "small": {"batch": 64},
        "base": {
            "latent": 128,
            "widths": (64, 128, 192, 256),
            "blocks": 1,
            "steps": 20000,
            "lr": 5e-4,
            "prior_steps": 8000,
        },
    }
    second_stage = {"z": ("gaussian", "flow")}
    curves = {
        "Evidence lower bound, negated, nats": ("elbo_loss", "test_elbo_loss"),
        "Weighted objective that is minimised, nats": ("loss",),
        "KL, nats": ("kl", "test_kl"),
        "Reconstruction: PSNR on unseen items, dB": ("test_psnr",),
    }

    def configure(self, preset: str, settings: Mapping[str, Any], representation: Representation) -> FamilyConfig:
        config = _own(super().configure(preset, settings, representation))
        if config.likelihood == "auto":
            config = config.with_(likelihood="bernoulli" if representation.is_ink else "gaussian")
        return config

    def prior_settings(self, config: FamilyConfig, prior: str) -> Mapping[str, Any] | None:
        steps = _own(config).prior_steps
        return ({"steps": steps} if steps else None) if prior == "flow" else {}

    def trainable(self, config: FamilyConfig, representation: Representation, items: int) -> Trainable:
        return VAETraining(_own(config), representation, items)

    def open(self, config: FamilyConfig, representation: Representation, state: Mapping[str, Tensor]) -> LatentModel:
        with torch.random.fork_rng(devices=[]):
            networks = Networks(_own(config), representation)
        check_shapes(state, networks.state_dict(), "model.safetensors")
        networks.load_state_dict(dict(state))
        return VAEModel(networks, _own(config), representation)


def _own(config: FamilyConfig) -> VAEConfig:
    if not isinstance(config, VAEConfig):
        raise TrasluzError("a VAE was given another family's config", got=type(config).__name__)
    return config
