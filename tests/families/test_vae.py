"""Figures of a VAE's training that have a definition: the evidence lower bound, and the total correlation."""

from __future__ import annotations

import math

import pytest
import torch

from trasluz.base import rng
from trasluz.families.vae import VAEConfig, VAETraining, total_correlation
from trasluz.kinds._log_mel import LogMel
from trasluz.spaces.precision import Precision
from trasluz.spaces.registry import get
from trasluz.spaces.representation import Pixels, Representation


def gaussian_batch(rho: float, sigma: float, n: int, d: int, seed: int = 0) -> tuple[torch.Tensor, ...]:
    """z, mu and log_var of a batch whose means are normal, every two dimensions of them correlated by rho."""
    draws = torch.Generator().manual_seed(seed)
    factor = torch.linalg.cholesky(rho + torch.eye(d) * (1 - rho))
    mu = torch.randn(n, d, generator=draws) @ factor.T
    return mu + sigma * torch.randn(n, d, generator=draws), mu, torch.full((n, d), 2 * math.log(sigma))


@pytest.mark.parametrize("items", [2000, 50_000, 10_000_000])
@pytest.mark.parametrize(("d", "rho"), [(2, 0.8), (4, 0.6), (3, 0.0)])
def test_the_total_correlation_of_a_gaussian_is_what_its_correlations_say(d: int, rho: float, items: int) -> None:
    """KL(N(0, C) || the product of its marginals) = -1/2 log det of the correlations; whatever N is."""
    sigma = 0.5
    correlation = (rho + torch.eye(d) * (1 - rho) + sigma**2 * torch.eye(d)) / (1 + sigma**2)
    wanted = -0.5 * float(torch.logdet(correlation))
    found = [float(total_correlation(*gaussian_batch(rho, sigma, 2000, d, seed), items)) for seed in range(3)]
    assert sum(found) / 3 == pytest.approx(wanted, abs=0.05)


def test_of_a_batch_that_is_the_data_set_it_is_the_mixture_own() -> None:
    z, mu, log_var = (x.double() for x in gaussian_batch(0.5, 0.3, 40, 3))
    normal = torch.distributions.Normal(mu[None], (0.5 * log_var).exp()[None])
    each = normal.log_prob(z[:, None]).exp()
    wanted = (each.prod(2).mean(1).log() - each.mean(1).log().sum(1)).mean()
    assert float(total_correlation(z, mu, log_var, 40)) == pytest.approx(float(wanted), abs=1e-5)


def test_of_one_dimension_or_one_item_there_is_none() -> None:
    assert float(total_correlation(*gaussian_batch(0.0, 0.5, 200, 1), 5000)) == pytest.approx(0, abs=1e-5)
    assert float(total_correlation(*gaussian_batch(0.5, 0.5, 1, 4), 5000)) == 0


def training(**settings: object) -> VAETraining:
    made = VAETraining(
        VAEConfig.make({"latent": 3, "widths": (8,), "likelihood": "gaussian", "batch": 16, **settings}),
        Pixels(3, 8),
        64,
    )
    made.init(0, Precision(), 40)
    return made


def pictures(n: int, spread: float = 0.2, seed: int = 0) -> torch.Tensor:
    return 0.5 + spread * torch.randn(n, 3, 8, 8, generator=torch.Generator().manual_seed(seed)).clamp(-2, 2)


@pytest.mark.parametrize("settings", [{"beta": 4.0}, {"free_bits": 0.5}, {"objective": "beta-tc", "beta": 6.0}])
def test_the_bound_is_the_bound_whatever_is_minimised(settings: dict[str, object]) -> None:
    made = training(kl_warmup=0, **settings)
    for k in range(30):
        seen = made.step({"x": pictures(16, seed=k)}, 0, k)
        assert next(iter(seen)) == "loss"
    assert abs(seen["loss"] - seen["nll"] - seen["kl"]) > 1e-3, "what is minimised is another number"
    assert seen["elbo_loss"] == pytest.approx(seen["nll"] + seen["kl"], rel=0.05), "the same without weights"
    plain = training(kl_warmup=0)
    first = plain.step({"x": pictures(16)}, 0, 0)
    assert first["elbo_loss"] == pytest.approx(first["loss"], rel=1e-5), "at β = 1 what is minimised is the bound"


def test_on_unseen_items_sigma_is_that_of_training() -> None:
    made = training()
    for k in range(40):
        made.step({"x": pictures(16, seed=k)}, 0, k)
    log_sigma = made._log_sigma()
    assert log_sigma is not None

    def wanted(x: torch.Tensor) -> tuple[float, float]:
        """By torch.distributions, under the σ of training and under the best for these items."""
        networks = made._update.average
        with torch.no_grad():
            mu, log_var = networks.posterior(x)
            eps = torch.randn(mu.shape, generator=rng.generator(0, "evaluation"))
            x_hat = networks.decoder(mu + (0.5 * log_var).exp() * eps)
        q = torch.distributions.Normal(mu, (0.5 * log_var).exp())
        kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1).mean()
        of = [log_sigma.exp(), (x - x_hat).square().mean().sqrt()]
        nll = [-torch.distributions.Normal(x_hat, s).log_prob(x).flatten(1).sum(1).mean() for s in of]
        return float(nll[0] + kl), float(nll[1] + kl)

    for x in (pictures(16, seed=99), pictures(16, spread=0.6, seed=98), pictures(1, spread=0.05, seed=97)):
        bound, fitted = wanted(x)
        assert made.evaluate({"x": x}, 0)["elbo_loss"] == pytest.approx(bound, rel=1e-4)
    assert bound > fitted + 1, "a σ that is fitted to a single item flatters it"


def test_sigma_comes_back_with_a_resume_and_an_older_run_gathers_it_anew() -> None:
    made, other = training(), training()
    for k in range(5):
        made.step({"x": pictures(16, seed=k)}, 0, k)
    state = {name: value.clone() for name, value in made.state().items()}
    other.load(state)
    x = {"x": pictures(16, seed=9)}
    assert other.evaluate(x, 0) == made.evaluate(x, 0)
    del state["vae.squared_error"]
    older = training()
    older.load(state)
    assert older._log_sigma() is None and math.isfinite(older.evaluate(x, 0)["elbo_loss"])
    older.step(x, 0, 5)
    assert older._log_sigma() is not None


@pytest.mark.parametrize(
    ("representation", "expected"),
    [(Pixels(1, 32), "bernoulli"), (Pixels(3, 32), "gaussian"), (LogMel(16_000), "gaussian")],
    ids=["grey", "RGB", "sounds"],
)
def test_of_itself_it_takes_for_ink_what_can_be_ink(representation: Representation, expected: str) -> None:
    config = get("families", "vae").configure("tiny", {}, representation)
    assert isinstance(config, VAEConfig) and config.likelihood == expected
