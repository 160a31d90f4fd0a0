"""Ways to open foreign models. One file = one kind of model.

>>> import trasluz as tl
>>> model = tl.adapters.wrap(decode=generator, shape=(100,))    # doctest: +SKIP
"""

from trasluz.adapters.wrapped import wrap

__all__ = ["wrap"]
