"""Reading pictures: known pictures give known pixels."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from trasluz.base.errors import DataError, InvalidArgument
from trasluz.io.media import FORMATS, draw_svg, fit_pixels, picture_form, read_picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def gradient(size: int = 32) -> np.ndarray:
    """RGB `(H, W, 3)`: red grows to the right, green downwards."""
    ramp = np.linspace(0, 255, size).astype(np.uint8)
    return np.stack(
        [np.tile(ramp, (size, 1)), np.tile(ramp[:, None], (1, size)), np.full((size, size), 90, np.uint8)], 2
    )


def test_a_picture_of_the_right_size_is_read_exactly() -> None:
    pixels = gradient()
    assert np.array_equal(
        read_picture(encoded(Image.fromarray(pixels)), size=32, channels=3), pixels.transpose(2, 0, 1)
    )


def test_the_central_square_is_kept() -> None:
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = (255, 128, 0)
    out = read_picture(encoded(Image.fromarray(wide)), size=10, channels=3)
    assert np.array_equal(out, np.tile(np.array([255, 128, 0], np.uint8)[:, None, None], (1, 10, 10)))


def test_shrinking_averages_instead_of_skipping() -> None:
    # Stripes one pixel wide: a nearest-neighbour reduction would give black or white.
    stripes = np.zeros((256, 256), np.uint8)
    stripes[:, ::2] = 255
    out = read_picture(encoded(Image.fromarray(stripes)), size=32, channels=1)[:, 4:-4, 4:-4]
    assert abs(out.astype(int) - 127).max() <= 4


def test_a_large_jpeg_is_read_as_well_as_a_png() -> None:
    picture = Image.fromarray(gradient(1024))
    a = read_picture(encoded(picture, "JPEG", quality=95), size=64, channels=3).astype(int)
    b = read_picture(encoded(picture), size=64, channels=3).astype(int)
    assert abs(a - b).mean() < 2


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_named_is_read(kind: str) -> None:
    data = encoded(Image.fromarray(gradient()), kind)
    assert read_picture(data, size=16, channels=3).shape == (3, 16, 16)


def test_grey_and_colour_pass_into_each_other() -> None:
    grey = Image.fromarray(np.full((8, 8), 77, np.uint8))
    assert picture_form(encoded(grey)) == (*grey.size, True, False)
    assert not picture_form(encoded(Image.fromarray(gradient()))).grey
    assert (read_picture(encoded(grey), size=8, channels=3) == 77).all()
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    assert (read_picture(encoded(red), size=8, channels=1) == 76).all()  # 0.299 of 255


@pytest.mark.parametrize("channels", [1, 3])
def test_arrays_and_files_are_fitted_alike(channels: int) -> None:
    pixels = gradient(48)[:, 4:]
    from_file = read_picture(encoded(Image.fromarray(pixels)), size=20, channels=channels)
    from_array = fit_pixels(pixels.transpose(2, 0, 1)[None], size=20, channels=channels)
    assert abs(from_file.astype(int) - from_array[0].astype(int)).max() <= 1


def test_fitting_what_fits_changes_nothing() -> None:
    pixels = gradient(16).transpose(2, 0, 1)[None]
    assert np.array_equal(fit_pixels(pixels, size=16, channels=3), pixels)
    grey = pixels[:, :1]
    assert np.array_equal(fit_pixels(grey, size=16, channels=3), np.repeat(grey, 3, 1))


def test_a_drawing_is_clear_where_nothing_is_drawn() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><rect width="1" height="2" fill="#102030"/></svg>'
    out = draw_svg(svg, size=32)
    assert out[10, 4].tolist() == [0x10, 0x20, 0x30, 255]
    assert out[10, 28, 3] == 0


def test_impossible_wishes_are_refused() -> None:
    for wish in ({"size": 0, "channels": 3}, {"size": 8, "channels": 2}):
        with pytest.raises(InvalidArgument):
            read_picture(b"", **wish)


SEEDS = {kind: encoded(Image.fromarray(gradient(24)), kind) for kind in FORMATS}
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_or_refuse(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            out = read_picture(data, size=8, channels=3)
        except DataError as error:
            assert error.what
        else:
            assert out.shape == (3, 8, 8)
            assert out.dtype == np.uint8


@FUZZ
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)


@FUZZ
@given(st.sampled_from(FORMATS), st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=12), st.data())
def test_any_damaged_picture_is_read_or_refused(kind: str, edits: list[tuple[int, int]], data: st.DataObject) -> None:
    damaged = bytearray(SEEDS[kind])
    for place, value in edits:
        damaged[place % len(damaged)] = value
    end = data.draw(st.integers(0, len(damaged)))
    read_or_refuse(bytes(damaged[:end]))
    read_or_refuse(bytes(damaged))
