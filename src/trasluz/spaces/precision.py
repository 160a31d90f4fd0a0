"""How a run computes: decided by its device, written down, kept on resume."""

from __future__ import annotations

from typing import Literal

import torch

from trasluz.base.config import Config, setting


class Precision(Config):
    """Precision and memory format of a training run. Weights and sums stay float32 throughout."""

    compute: Literal["float32", "bfloat16"] = setting("float32", "Precision of convolutions and products in training.")
    channels_last: bool = setting(
        False, "Whether pictures lie in memory pixel by pixel (NHWC) instead of plane by plane."
    )
    device: str = setting("cpu", "Where it trains.")

    def autocast(self) -> torch.autocast:
        """The context for the forward pass."""
        return torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16, enabled=self.compute == "bfloat16")

    @property
    def memory_format(self) -> torch.memory_format:
        return torch.channels_last if self.channels_last else torch.contiguous_format
