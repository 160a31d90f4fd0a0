"""Support: how unlike the encoded items of an atlas latents are; one judgement, for whoever asks.

What it is made of is in `geometry/support.py`. It is made once for an atlas, in about a second, and kept with it.
"""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.shapes import Scores
from trasluz.geometry.support import FEWEST, UNSUPPORTED, Support

_kept: WeakKeyDictionary[Atlas, Support | None] = WeakKeyDictionary()
_one_at_a_time = Lock()
UNTESTED = f"Support is not tested: fewer than {FEWEST} of the encoded items differ"


def support_in(atlas: Atlas) -> Support | None:
    """What tells the support of latents among the encoded items of an atlas; None where too few of them differ."""
    with _one_at_a_time:
        if atlas not in _kept:
            log_var = atlas.log_var
            _kept[atlas] = Support.fit(atlas.latents.flatten(1), None if log_var is None else log_var.flatten(1))
        return _kept[atlas]


def support_of(z: Tensor, atlas: Atlas) -> Scores | None:
    """Support of latents `(n, *shape)`, `(n,)`: up to 1 is within what 95 % of held-out items are; None where it is not
    tested, since fewer than twenty of the encoded items differ."""
    support = support_in(atlas)
    return None if support is None else support(z.flatten(1))


def unsupported(z: Tensor, atlas: Atlas) -> int | None:
    """How many of latents `(n, *shape)` are unlike all that was encoded; None where it is not tested."""
    found = support_of(z, atlas)
    return None if found is None else int((found > UNSUPPORTED).sum())
