"""What is written opens again in other programs, and the same input gives the same bytes."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.io import pictures


def gradient(width: int = 40, height: int = 30, shift: int = 0) -> Image.Image:
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([(x * 6 + shift) % 256, (y * 8) % 256, (x + y) % 256], axis=2).astype(np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_pictures_without_loss_come_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"new/folder/a{suffix}"
    pictures.write_picture(path, gradient())
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGB")), np.asarray(gradient()))


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA"])
def test_jpeg_takes_every_mode(tmp_path: Path, mode: str) -> None:
    pictures.write_picture(tmp_path / "a.JPG", gradient().convert(mode))
    back = Image.open(io.BytesIO((tmp_path / "a.JPG").read_bytes()))
    assert back.format == "JPEG" and back.size == (40, 30)


def test_transparent_parts_become_white_in_a_jpeg() -> None:
    clear = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    back = Image.open(io.BytesIO(pictures.picture_bytes(clear, ".jpg")))
    assert np.asarray(back).min() > 250


def test_gif_keeps_frames_time_and_loop(tmp_path: Path) -> None:
    frames = [gradient(shift=8 * i) for i in range(6)]
    pictures.write_gif(tmp_path / "a.gif", frames, 10, hold=0.5)
    film = Image.open(io.BytesIO((tmp_path / "a.gif").read_bytes()))
    assert film.n_frames == 6 and film.info["loop"] == 0
    durations = []
    for i in range(6):
        film.seek(i)
        durations.append(film.info["duration"])
    assert durations == [600, 100, 100, 100, 100, 600]


def test_gif_colours_stay_close() -> None:
    film = Image.open(io.BytesIO(pictures.gif_bytes([gradient(shift=i) for i in range(4)], 12)))
    error = np.abs(np.asarray(film.convert("RGB"), float) - np.asarray(gradient(), float)).mean()
    assert error < 12


def test_grey_gif_is_exact() -> None:
    grey = gradient().convert("L")
    film = Image.open(io.BytesIO(pictures.gif_bytes([grey, grey.rotate(180)], 12)))
    assert np.array_equal(np.asarray(film.convert("L")), np.asarray(grey))


@settings(max_examples=5, deadline=None)
@given(width=st.integers(1, 70), height=st.integers(1, 70), count=st.integers(1, 4))
def test_mp4_of_any_size_has_even_sides_and_every_frame(width: int, height: int, count: int) -> None:
    data = pictures.mp4_bytes([gradient(width, height, shift=9 * i) for i in range(count)], 12)
    with av.open(io.BytesIO(data)) as film:
        stream = film.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
        assert stream.codec_context.pix_fmt == "yuv420p"
    assert len(frames) == count
    h, w = frames[0].shape[:2]
    assert h % 2 == 0 and w % 2 == 0 and min(h, w) >= pictures.FILM_SIDE


def test_mp4_shows_the_picture() -> None:
    data = pictures.mp4_bytes([gradient(64, 64)] * 3, 12)
    with av.open(io.BytesIO(data)) as film:
        frame = next(film.decode(video=0)).to_ndarray(format="rgb24")
    wanted = np.asarray(gradient(64, 64).resize((256, 256), Image.Resampling.NEAREST), float)
    assert np.abs(frame - wanted).mean() < 6


def test_the_same_input_gives_the_same_bytes() -> None:
    frames = [gradient(shift=8 * i) for i in range(5)]
    for suffix in pictures.PICTURES:
        assert pictures.picture_bytes(frames[0], suffix) == pictures.picture_bytes(frames[0], suffix)
    assert pictures.gif_bytes(frames, 12) == pictures.gif_bytes(frames, 12)
    assert pictures.mp4_bytes(frames, 12) == pictures.mp4_bytes(frames, 12)


def test_arrays_open_in_numpy_without_pickles(tmp_path: Path) -> None:
    pictures.write_npz(tmp_path / "a.npz", {"latents": np.arange(6.0).reshape(2, 3)})
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        assert arrays["latents"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_what_cannot_be_written_says_why() -> None:
    with pytest.raises(InvalidArgument, match=r"allowed: \.png"):
        pictures.picture_bytes(gradient(), ".bmp")
    with pytest.raises(InvalidArgument, match=r"too large for \.webp"):
        pictures.picture_bytes(Image.new("L", (20_000, 1)), ".webp")
    with pytest.raises(InvalidArgument, match="a film needs frames"):
        pictures.gif_bytes([], 12)
    with pytest.raises(InvalidArgument, match="frames per second"):
        pictures.mp4_bytes([gradient()], 0)
    with pytest.raises(InvalidArgument, match="differ in size"):
        pictures.gif_bytes([gradient(), gradient(8, 8)], 12)


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    pictures.write_picture(path, gradient())
    before = path.read_bytes()
    with pytest.raises(TrasluzError):
        pictures.write_gif(tmp_path / "a.png", [], 12)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.png"]
