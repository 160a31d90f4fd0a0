"""How weights change: one backward pass, a clipped and checked gradient, Adam, a running average.

Every family and fitted prior updates through here, so that what a resume needs, and what happens to a NaN, is
settled once.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Generic, Literal, TypeVar, final

import torch
from torch import Tensor, nn

from trasluz.base.config import Config, setting
from trasluz.base.errors import Diverged, TrasluzError
from trasluz.io.weights import check_shapes


class UpdateConfig(Config):
    """Optimiser, schedule and averaging."""

    lr: float = setting(1e-3, "Peak learning rate of Adam.", gt=0, le=1)
    beta1: float = setting(0.9, "Adam's decay of the first moment.", ge=0, lt=1)
    beta2: float = setting(0.99, "Adam's decay of the second moment.", ge=0, lt=1)
    weight_decay: float = setting(0.0, "Decoupled weight decay (AdamW, Loshchilov & Hutter 2019).", ge=0)
    warmup: int = setting(100, "Steps in which the learning rate rises from zero.", unit="steps", ge=0)
    schedule: Literal["constant", "cosine"] = setting("cosine", "What the learning rate does after the warm-up.")
    floor: float = setting(0.02, "Share of the peak that a cosine ends at.", ge=0, le=1)
    clip: float = setting(1.0, "Largest norm of the whole gradient; 0 leaves it as it is.", ge=0)
    ema: float = setting(0.999, "Decay per step of the running average of weights; 0 keeps none.", ge=0, lt=1)


N = TypeVar("N", bound=nn.Module)


def place(module: N, device: torch.device | str, memory_format: torch.memory_format) -> N:
    """A module on a device and in a memory format."""
    return module.to(device).to(memory_format=memory_format)  # type: ignore[call-overload]


def below(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The weights whose names begin with a prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


@final
class Update(Generic[N]):
    """One network, its Adam and its average. `average` is the network to use afterwards."""

    def __init__(self, module: N, config: UpdateConfig, total: int) -> None:
        if next(module.named_buffers(), None) is not None:
            raise TrasluzError(
                f"{type(module).__name__} keeps buffers, which a resume would lose", next="Use parameters"
            )
        self.module, self.config, self.total = module, config, max(total, 1)
        self.average = copy.deepcopy(module).requires_grad_(False).eval() if config.ema > 0 else module
        self._params = [p for p in module.parameters() if p.requires_grad]
        self._adam = torch.optim.AdamW(
            self._params,
            lr=config.lr,
            betas=(config.beta1, config.beta2),
            weight_decay=config.weight_decay,
            fused=all(p.device.type in ("cpu", "cuda", "mps") for p in self._params),
        )
        for p in self._params:
            # Adam makes these at its first step; made now, so that `state` and `load` know one form only.
            self._adam.state[p] = {
                "step": torch.zeros((), dtype=torch.float32, device=p.device),
                "exp_avg": torch.zeros_like(p, memory_format=torch.preserve_format),
                "exp_avg_sq": torch.zeros_like(p, memory_format=torch.preserve_format),
            }
        ours, theirs = dict(module.named_parameters()), dict(self.average.named_parameters())
        self._pairs = [(theirs[k], ours[k]) for k in ours] if config.ema > 0 else []

    def set_total(self, total: int) -> None:
        """The schedule is of so many steps."""
        self.total = max(total, 1)

    def rate(self, k: int) -> float:
        """Learning rate of step k."""
        c = self.config
        if k < c.warmup:
            return c.lr * (k + 1) / c.warmup
        if c.schedule == "constant":
            return c.lr
        done = min(1.0, (k - c.warmup) / max(1, self.total - c.warmup))
        return c.lr * (c.floor + (1 - c.floor) * 0.5 * (1 + math.cos(math.pi * done)))

    def apply(self, loss: Tensor, k: int) -> float:
        """One update from a scalar loss; returns the norm of the gradient before clipping.

        Raises:
            Diverged: loss or gradient is NaN or infinite; no weight has been touched.
        """
        norm = self.gradient(loss, k)
        self.advance(k)
        return norm

    def gradient(self, loss: Tensor, k: int, *, keep: bool = False) -> float:
        """The first half of `apply`: the gradient, clipped; its norm before that. With `keep`, the graph stays.

        Where several networks learn from each other, all gradients are had before any of them moves.

        Raises:
            Diverged: loss or gradient is NaN or infinite.
        """
        self._adam.zero_grad(set_to_none=True)
        # Of these parameters alone: a loss may pass through another player's network.
        loss.backward(inputs=self._params, retain_graph=keep)
        limit = self.config.clip or math.inf
        norm = float(nn.utils.clip_grad_norm_(self._params, limit, foreach=True))
        if not (math.isfinite(norm) and math.isfinite(float(loss.detach()))):
            self._adam.zero_grad(set_to_none=True)
            raise Diverged(
                f"training diverged at step {k}: loss {float(loss.detach()):.4g}, gradient norm {norm:.4g}",
                next="The weights were not touched. Start again with a lower learning rate (--set lr=...)",
            )
        return norm

    def advance(self, k: int) -> None:
        """The second half: Adam's step along the gradient, and the average."""
        for group in self._adam.param_groups:
            group["lr"] = self.rate(k)
        self._adam.step()
        if self._pairs:
            decay = min(self.config.ema, (1 + k) / (10 + k))
            torch._foreach_lerp_([a for a, _ in self._pairs], [p.detach() for _, p in self._pairs], 1 - decay)

    @torch.no_grad()
    def start_from(self, weights: Mapping[str, Tensor], where: str) -> None:
        """Take weights, and begin the average with them."""
        check_shapes(weights, self.module.state_dict(), where)
        self.module.load_state_dict(dict(weights))
        self.average.load_state_dict(dict(weights))

    def state(self, prefix: str) -> dict[str, Tensor]:
        """Weights, moments and average, by name below a prefix."""
        out: dict[str, Tensor] = {}
        for name, p in self.module.named_parameters():
            out[f"{prefix}.weights.{name}"] = p.detach()
            for key, value in self._adam.state[p].items():
                out[f"{prefix}.adam.{name}.{key}"] = value
        for name, p in self.average.named_parameters() if self._pairs else ():
            out[f"{prefix}.average.{name}"] = p.detach()
        return out

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor], prefix: str) -> None:
        """Take back what `state` gave, bit for bit."""
        for name, value in self.state(prefix).items():
            value.copy_(state[name])
