"""The network that makes magnitudes of sounds finer: what it brings, and that it is the one that ships."""

from __future__ import annotations

import numpy as np
import torch

from tones import tone
from trasluz.kinds._log_mel import FINER, LogMel
from trasluz.nn.magnitudes import Finer


def test_untrained_it_changes_nothing() -> None:
    bands, magnitudes = torch.rand(2, 10, 64), torch.rand(2, 10, 501)
    assert torch.equal(Finer(64, 501)(bands, magnitudes), magnitudes)


def test_what_ships_is_small() -> None:
    assert FINER.stat().st_size < 4 << 20


def test_tones_come_back_nearer_than_without_it() -> None:
    x = torch.from_numpy(np.stack([np.pad(tone(h, 0.6), 3200) for h in (180, 260, 400)])).float()
    plain, finer = LogMel(16_000, finer=False), LogMel(16_000)
    true = plain.magnitudes(x)
    back = [plain.magnitudes(one.to_public(one.to_native(x))) for one in (plain, finer)]
    away = [float((one - true).norm() / true.norm()) for one in back]
    assert away[1] < 0.9 * away[0]


def test_lengths_that_it_does_not_know_go_without_it() -> None:
    assert LogMel(8000)._finer is None and LogMel(32_000)._finer is None and LogMel(16_000)._finer is not None
