"""Support: how unlike the encoded items of an atlas latents are; one judgement, for whoever asks.

What it is made of is in `geometry/support.py`. It is made once for an atlas, in about a second, and kept with it.

A generator was trained on draws of its prior, and its encoder finds items near to them and not among them. So in such a
space (`LatentSpace.knows_draws`) as many draws stand beside the encoded items: what is like either of them is something
that the decoder knows.
"""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.shapes import Scores
from trasluz.geometry.hanging import first_of
from trasluz.geometry.support import FEWEST, UNSUPPORTED, Support
from trasluz.lab.shelf.batches import draw_all
from trasluz.spaces.space import LatentSpace

_kept: WeakKeyDictionary[Atlas, Support | None] = WeakKeyDictionary()
_one_at_a_time = Lock()
MOST_DRAWS = 2500
"""Of a prior, to stand beside encoded items; and as many of these."""
UNTESTED = f"Support is not tested: fewer than {FEWEST} of the encoded items differ"


def support_in(atlas: Atlas, space: LatentSpace) -> Support | None:
    """What tells the support of latents of a space among the encoded items of its atlas; None where too few of them
    differ."""
    with _one_at_a_time:
        if atlas not in _kept:
            log_var, rows = _apart(atlas)
            if space.knows_draws and space.default_prior is not None and log_var is None and not atlas.is_own:
                draws = draw_all(space.prior(), min(len(rows), MOST_DRAWS), 0).flatten(1).detach().to(rows)
                # One after the other, so that of many evenly spaced ones are taken of both.
                rows = torch.stack([rows[: len(draws)], draws], 1).flatten(0, 1)
            _kept[atlas] = Support.fit(rows, None if log_var is None else log_var.flatten(1))
        return _kept[atlas]


def _apart(atlas: Atlas) -> tuple[Tensor | None, Tensor]:
    """Posteriors and latents of the encoded items: of each file one window, where there are files enough. What is usual
    is learned from items held out, and a window beside others of its file is none."""
    log_var, rows, groups = atlas.log_var, atlas.latents.flatten(1), atlas.groups
    if groups is None or len(groups.unique()) < FEWEST:
        return log_var, rows
    some = first_of(groups)
    return None if log_var is None else log_var[some], rows[some]


def support_of(z: Tensor, atlas: Atlas, space: LatentSpace) -> Scores | None:
    """Support of latents `(n, *shape)`, `(n,)`: up to 1 is within what 95 % of held-out items are; None where it is not
    tested, since fewer than twenty of the encoded items differ."""
    support = support_in(atlas, space)
    return None if support is None else support(z.flatten(1))


def unsupported(z: Tensor, atlas: Atlas, space: LatentSpace) -> int | None:
    """How many of latents `(n, *shape)` are unlike all that was encoded; None where it is not tested."""
    found = support_of(z, atlas, space)
    return None if found is None else int((found > UNSUPPORTED).sum())
