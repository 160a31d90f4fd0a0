"""Support in the space of a generator: it knows what it draws itself, and what its encoder finds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

import trasluz as tl
from toys import shapes
from trasluz.lab.judging.support import support_of, unsupported

D = 6


@pytest.mark.parametrize("knows", [True, False], ids=["a generator", "an autoencoder"])
def test_a_generator_knows_its_own_draws_though_its_encoder_finds_others(knows: bool, tmp_path: Path) -> None:
    """The encoder shrinks what it finds to half: draws of the prior lie beyond all of it."""
    columns = torch.linalg.qr(torch.randn(3 * 16 * 16, D, generator=torch.Generator().manual_seed(0))).Q

    def encode(x: Tensor) -> Tensor:
        found = x.flatten(1) @ columns
        return 0.5 * (found - found.mean(0)) / found.std(0)

    model = tl.wrap(lambda z: (z @ columns.T).reshape(-1, 3, 16, 16), (D,), encode=encode, weights={"c": columns})
    space = model.space()
    space.knows_draws = knows
    atlas = tl.encode(model, shapes(400, 16), split="all", workspace=tmp_path)
    own, found = space.prior().sample(200, 7), atlas.latents[:200]
    alike, far = support_of(found, atlas, space), 6 * torch.eye(D)
    assert alike is not None and float((alike <= 1).float().mean()) >= 0.9
    lost = unsupported(own, atlas, space)
    assert lost is not None and (lost <= 10 if knows else lost >= 60)
    assert unsupported(far, atlas, space) == D, "places that neither knows are unlike both"
