"""Batches of items that are something else to a network than to a person are made once, and not once a step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import sung
from toys import shapes
from trasluz.lab.shelf.data import load
from trasluz.spaces.data import Dataset
from trasluz.spaces.precision import Precision
from trasluz.training import batches
from trasluz.training.batches import Batches, native

SIZE = 12


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    home = tmp_path_factory.mktemp("sounds")
    return load(str(sung.folder(home / "sung", 40)), workspace=home / "workspace")


EVERY = Precision(), Precision(channels_last=True)


@pytest.mark.parametrize("precision", EVERY)
def test_sounds_are_analysed_once_and_are_what_they_were(monkeypatch, precision, forty):
    data = forty
    expected = native(data, slice(None), precision)
    analysed: list[int] = []
    monkeypatch.setattr(batches, "BLOCK", 16)
    monkeypatch.setattr(batches, "native", lambda d, i, p: analysed.append(len(d.stored(i))) or native(d, i, p))
    given = Batches(data, SIZE, 0, precision)
    for k in (3, 0, 1, 2, 9):
        rows = given.indices(k)
        x = given(k)["x"]
        assert torch.allclose(x, expected[torch.from_numpy(rows)], atol=1e-6)
        assert x.is_contiguous(memory_format=precision.memory_format)
    assert analysed == [16, 16, 8]
    # A run that begins elsewhere sees the same to the bit.
    assert torch.equal(Batches(data, SIZE, 0, precision)(9)["x"], given(9)["x"])


def test_too_many_sounds_are_analysed_as_they_come(monkeypatch, forty):
    data = forty
    monkeypatch.setattr(batches, "KEPT", 4 * 39 * int(np.prod(data.representation.native_shape)))
    given = Batches(data, SIZE, 0, Precision())
    assert given._kept is None
    assert torch.equal(given(1)["x"], native(data, given.indices(1), Precision()))


def test_pictures_are_taken_as_they_lie_there():
    data = shapes(20, 16)
    given = Batches(data, SIZE, 0, Precision())
    assert given._kept is None and torch.equal(given(0)["x"], native(data, given.indices(0), Precision()))
