"""Values as a command line says them, and as Python does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from trasluz.base.errors import TrasluzError
from trasluz.lab.calls.given import Held, Named, Nameless

NO_NAME = "a latent given as a tensor cannot be named on a command line"
NAME_IT = "Save it (trasluz points save, or .save('latents.safetensors')) and pass @name or file#row"


def text(value: Any) -> str:
    """A value as one word of a command line.

    Raises:
        TrasluzError: it has no name; with how to give it one.
    """
    import numpy as np
    from torch import Tensor

    from trasluz.atlas.atlas import Atlas
    from trasluz.spaces.data import Dataset
    from trasluz.spaces.direction import Direction

    if isinstance(value, (Held, Named, Nameless)):
        return value.said()
    if isinstance(value, (Tensor, np.ndarray)):
        raise TrasluzError(NO_NAME, next=NAME_IT)
    if isinstance(value, Dataset):
        if not value.is_as_named:
            raise TrasluzError(f"a DATA argument cannot say with which seed {value.spec} was split")
        return value.spec
    if isinstance(value, (Atlas, Direction)):
        return value.name
    if isinstance(value, (list, tuple, range)):
        return ",".join(text(part) for part in value)
    if isinstance(value, Real) and not isinstance(value, (bool, Integral)):
        return repr(float(value)).removesuffix(".0")
    return str(value)


def python(value: Any) -> str:
    """A value as Python source."""
    if value is None or isinstance(value, (bool, str)):
        return repr(value)
    if isinstance(value, Real):  # NumPy's among them
        return repr(int(value) if isinstance(value, Integral) else float(value))
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{python(key)}: {python(part)}' for key, part in value.items())}}}"
    if isinstance(value, (list, tuple, range)):
        return f"[{', '.join(python(part) for part in value)}]"
    return repr(os.fspath(value) if isinstance(value, os.PathLike) else text(value))
