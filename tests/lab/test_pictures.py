"""Pictures are laid out evenly, say what they must, and are the same for the same input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument
from trasluz.lab.drawing import pictures


def items(n: int, size: int = 64, channels: int = 3) -> torch.Tensor:
    return torch.rand(n, channels, size, size, generator=torch.Generator().manual_seed(n))


def test_a_pixel_is_what_was_decoded() -> None:
    x = torch.tensor([[[0.0, 1.0], [0.5, 0.2]]])
    assert np.asarray(pictures.image_of(x)).tolist() == [[0, 255], [128, 51]]
    assert pictures.image_of(x.expand(3, 2, 2)).mode == "RGB"


@given(n=st.integers(1, 300))
def test_a_grid_has_room_for_all_and_leaves_little_empty(n: int) -> None:
    columns = pictures.columns_for(n)
    assert columns**2 >= n and (-n % columns) < columns
    assert columns <= 2 * n**0.5 + 2


def test_squares_are_square() -> None:
    assert [pictures.columns_for(n) for n in (1, 16, 24, 64, 50)] == [1, 4, 6, 8, 10]


@pytest.mark.parametrize(("size", "factor"), [(16, 8), (28, 5), (64, 2), (128, 1), (256, 1)])
def test_small_pictures_are_enlarged_by_whole_factors(size: int, factor: int) -> None:
    assert pictures.factor_for(items(1, size)[0], 4, 4) == factor


def test_a_grid_shows_every_pixel_of_every_item() -> None:
    x = items(6, 64)
    page = np.asarray(pictures.grid(x))
    gap, side = 5, 128
    for i in range(6):
        r, c = divmod(i, 3)
        top, left = 2 * gap + r * (side + gap), 2 * gap + c * (side + gap)
        cell = page[top : top + side : 2, left : left + side : 2]
        assert np.array_equal(cell, np.asarray(pictures.image_of(x[i])))
    assert page[0].min() == 255, "the margin is paper"


def test_titles_labels_and_a_frame_take_room_and_ink() -> None:
    rows = [items(5), items(5)]
    plain = pictures.table([[pictures.image_of(x) for x in row] for row in rows])
    sheet = pictures.sheet(
        rows, row_labels=["z0", "z1"], column_labels=["a", "b", "c", "d", "e"], framed=2, title="what changes"
    )
    assert sheet.width > plain.width and sheet.height > plain.height
    assert (np.asarray(sheet) == pictures.FRAME).all(axis=2).any()


def test_pairs_put_the_original_above_what_was_decoded() -> None:
    x = items(3)
    page = pictures.pairs([x[0], None, None], x, ["test:0", "seed:1", "a/very/long/name/of/a/file/of/mine.png"])
    assert page.height > 2 * 128
    assert (np.asarray(page) == pictures.BLANK).all(axis=2).sum() == 2 * 128 * 128, "no original, an empty cell"
    assert pictures.pairs([None] * 3, x, ["a", "b", "c"]).height < 2 * 128


def test_a_strip_breaks_into_rows_of_one_length() -> None:
    one, two = pictures.strip(items(16), captions={}), pictures.strip(items(20), captions={0: "a", 19: "b"})
    assert one.width > 16 * 128 and one.height < 2 * 128
    assert 10 * 128 < two.width < 11 * 128 + 100


def test_a_long_name_keeps_both_ends() -> None:
    short = pictures.fitted("photographs-of-the-summer-17.png", pictures.font(14), 120)
    assert short.startswith("photo") and short.endswith("png") and "…" in short
    assert pictures.font(14).getlength(short) <= 120
    assert pictures.fitted("test:3", pictures.font(14), 120) == "test:3"


def test_the_same_items_give_the_same_picture() -> None:
    assert pictures.grid(items(9)).tobytes() == pictures.grid(items(9)).tobytes()


def test_many_items_are_shown_smaller_and_far_too_many_refused() -> None:
    assert pictures.grid(items(5000, 8, 1)).width <= pictures.WIDEST * 2
    with pytest.raises(InvalidArgument, match="too much for one picture"):
        pictures.grid(torch.zeros(1, 1, 1, 1).expand(400, 1, 100, 1), columns=1)
    with pytest.raises(InvalidArgument, match="only pictures"):
        pictures.image_of(torch.zeros(2, 8, 8))
