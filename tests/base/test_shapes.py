"""Shapes are checked while testing, or these annotations would be ornaments."""

from __future__ import annotations

import pytest
import torch
from jaxtyping import TypeCheckError

from trasluz.spaces.representation import Pixels


def test_a_tensor_of_the_right_kind_passes() -> None:
    assert Pixels(3, 8).to_public(torch.full((2, 3, 8, 8), 1.5)).max() == 1


def test_a_tensor_of_the_wrong_dtype_is_caught() -> None:
    with pytest.raises(TypeCheckError):
        Pixels(3, 8).to_public(torch.zeros(2, 3, 8, 8, dtype=torch.int64))


def test_a_wrong_number_of_axes_is_caught() -> None:
    from trasluz.kinds.picture import Picture

    with pytest.raises(TypeCheckError):
        Picture().draw(torch.zeros(3, 8, 8))


def test_something_that_is_no_tensor_is_caught() -> None:
    with pytest.raises(TypeCheckError):
        Pixels(3, 8).to_native([[0.0]])  # pyright: ignore[reportArgumentType]
