"""What each dimension changes, on a decoder where that is known."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

import toy_models as toys
from trasluz import wrap
from trasluz.base.errors import InvalidArgument, NotInvertible
from trasluz.lab.traverse import traverse
from trasluz.spaces.model import LatentModel

DATA = toys.pictures(60).split("test")
STRENGTH = torch.tensor([0.02, 0.5, 0.0, 0.1])


def bars() -> LatentModel:
    """Four dimensions, each the brightness of a bar of its own, by the strengths above; no encoder."""

    def decode(z: torch.Tensor) -> torch.Tensor:
        return (0.5 + 0.15 * z * STRENGTH)[:, None, :, None].expand(-1, 1, -1, 4)

    return wrap(decode=decode, shape=(4,), name="bars")


def test_without_an_encoder_dimensions_are_sorted_by_what_they_change() -> None:
    rows = traverse(bars(), columns=5)
    assert rows.dims == [1, 3, 0, 2] and rows.start == "seed:0"
    assert rows.activity.tolist() == sorted(rows.activity.tolist(), reverse=True)
    assert rows.latents.shape == (20, 4) and rows.items.shape == (20, 1, 4, 4)
    assert torch.allclose(rows.sigma, torch.ones(4), atol=0.15), "of a standard normal"


def test_a_row_moves_one_dimension_and_its_middle_is_the_start() -> None:
    rows = traverse(bars(), dims=[3, 1], start=torch.full((4,), 0.5), range=2, columns=5)
    assert rows.dims == [3, 1], "in the order asked for"
    z = rows.latents.reshape(2, 5, 4)
    assert torch.equal(z[:, 2], torch.full((2, 4), 0.5))
    moved = (z - 0.5) / rows.sigma[:, None, None]
    assert torch.allclose(moved[0, :, 3], torch.tensor([-2.0, -1, 0, 1, 2]), atol=1e-5)
    assert (z[0, :, :3] == 0.5).all() and (z[1, :, [0, 2, 3]] == 0.5).all()
    assert rows.start == "the latent given"


def test_a_space_that_encodes_is_measured_on_its_data() -> None:
    model = toys.coded()
    codes = model.space().encode(DATA.tensor(slice(None)))
    rows = traverse(model, data=DATA)
    variance = codes.var(0, correction=0)
    assert rows.start == "test:0" and torch.allclose(rows.latents[4], codes[0], atol=1e-5)
    active = [d for d in variance.argsort(descending=True).tolist() if variance[d] > 0.01]
    assert rows.dims == (active or [int(variance.argmax())])
    assert torch.allclose(rows.sigma, variance[rows.dims].sqrt(), atol=1e-5)


def test_a_spatial_space_is_traversed_by_its_flattened_dimensions() -> None:
    rows = traverse(toys.spatial(), dims=[0, 255], columns=3)
    assert rows.latents.shape == (6, 4, 8, 8) and rows.items.shape == (6, 3, 32, 32)
    assert rows.image().width > rows.image().height


def test_a_film_goes_there_and_back(tmp_path: Path) -> None:
    rows = traverse(bars(), dims=[1, 3], columns=5)
    path = rows.save(tmp_path / "rows.gif")
    with Image.open(path) as film:
        assert film.n_frames == 8, "five strengths, and three on the way back"
    assert rows.save(tmp_path / "rows.mp4").stat().st_size > 500
    assert len({frame.size for frame in rows.frames()}) == 1


def test_what_cannot_be_traversed_says_why() -> None:
    model = bars()
    for arguments, match in (
        ({"dims": [4]}, "no such dimension: got 4; allowed: 0 to 3"),
        ({"dims": []}, "no dimension to move"),
        ({"range": 0.0}, "range"),
        ({"range": float("inf")}, "range"),
        ({"columns": 4}, "odd number"),
        ({"columns": 1}, "number of columns"),
    ):
        with pytest.raises(InvalidArgument, match=match):
            traverse(model, **arguments)  # type: ignore[arg-type]
    stepped = wrap(lambda z: (z[:, :1, None, None].expand(-1, 3, 8, 8) * 8).round() / 8, (3,), differentiable=False)
    with pytest.raises(NotInvertible):
        traverse(stepped, start="test:0", data=toys.pictures(20, size=8))
