"""Likelihoods of pictures, and the divergence of a diagonal Gaussian from N(0, I); in nats."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LOG_SIGMA_FLOOR = -6.0
LOG_VAR_RANGE = 12.0
"""A posterior's log-variance stays within plus and minus this."""


def kl_per_dimension(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, e^log_var) ‖ N(0, 1)) of each dimension, `(n, d)`, in nats."""
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var)


def best_log_sigma(square: Tensor) -> Tensor:
    """log σ that a mean squared error `()` is most likely under, soft-clipped from below."""
    log_sigma = 0.5 * square.clamp_min(1e-12).log()
    return LOG_SIGMA_FLOOR + F.softplus(log_sigma - LOG_SIGMA_FLOOR)


def gaussian_nll(x: Tensor, x_hat: Tensor, log_sigma: Tensor | None = None) -> Tensor:
    """−log p of items, `(n,)`, in nats, summed over dimensions; under the σ given, else the best one for this batch."""
    square = (x - x_hat).square().flatten(1)
    log_sigma = best_log_sigma(square.mean()) if log_sigma is None else log_sigma
    constant = square.shape[1] * (log_sigma + 0.5 * math.log(2 * math.pi))
    return 0.5 * square.sum(1) * torch.exp(-2 * log_sigma) + constant


def bernoulli_nll(x: Tensor, logits: Tensor) -> Tensor:
    """−log p of items in [0, 1], `(n,)`, in nats, summed over dimensions."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)
