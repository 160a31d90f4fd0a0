"""In what numbers a run computes, and how they lie in memory: decided by the device alone.

Nothing is measured: what a clock says depends on what else the machine does, and two runs of one command would then
compute in different numbers. Pictures lie pixel by pixel (channels-last), which convolutions are quickest on.
"""

from __future__ import annotations

from typing import Literal

import torch

from trasluz.spaces.precision import Precision

NATIVE = ("avx512_bf16", "amx_bf16", "bf16")
"""What processors call products of bfloat16 that they have in hardware; on others float32 is as quick or quicker."""


def decided(compute: Literal["auto", "float32", "bfloat16"], device: str) -> Precision:
    """The precision of a run on a device: the same for the same machine and version, however busy it is."""
    chosen = ("bfloat16" if _has_bfloat16(device) else "float32") if compute == "auto" else compute
    return Precision(compute=chosen, channels_last=True, device=device)


def _has_bfloat16(device: str) -> bool:
    if device.startswith("cuda"):
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device != "cpu":
        return False
    try:
        can = torch.cpu.get_capabilities()
    except AttributeError:  # a torch of before
        return bool(torch.cpu._is_avx512_bf16_supported())
    return any(bool(can.get(name)) for name in NATIVE)
