"""Sounds as networks take them, and back: what is kept, what a morph is, how long items may be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tones import tone, write
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.kinds._log_mel import LogMel
from trasluz.kinds.sound import Sound
from trasluz.nn.spectrogram import Spectrogram, mel_bands, to_hertz, to_mel
from trasluz.spaces.kind import Asked

KIND = Sound()


def items(*hertz: float, seconds: float = 1.0) -> torch.Tensor:
    """Tones in the middle of silence, `(n, samples)`."""
    n = round(seconds * 16_000)
    tones = [tone(h, 0.6 * seconds) for h in hertz]
    return torch.from_numpy(np.stack([np.pad(t, (n - len(t)) // 2)[:n] for t in tones])).float()


def decibels(a: torch.Tensor, b: torch.Tensor) -> float:
    """Root mean squared difference of two native tensors."""
    return float((a - b).square().mean().sqrt()) * 60


def test_the_mel_scale_is_slaneys() -> None:
    """200/3 Hz a mel up to 1 kHz, which is mel 15; then a factor of 6.4 in 27 mels."""
    hertz = torch.tensor([0.0, 500.0, 1000.0, 6400.0], dtype=torch.float64)
    assert torch.allclose(to_mel(hertz), torch.tensor([0.0, 7.5, 15.0, 42.0], dtype=torch.float64))
    assert torch.allclose(to_hertz(to_mel(hertz)), hertz)


def test_bands_are_means_and_none_is_empty() -> None:
    weights = mel_bands(256, 501, 16_000)
    assert torch.allclose(weights.sum(1), torch.ones(256)) and bool((weights >= 0).all())
    middle = (mel_bands(64, 501, 16_000) @ torch.arange(501.0)) * 16
    assert bool((middle[1:] > middle[:-1]).all()), "from low to high"


def test_spectra_lead_back_to_the_wave() -> None:
    x = torch.rand((2, 2000), generator=torch.Generator().manual_seed(0)) * 2 - 1
    s = Spectrogram(125, 4, 16)
    assert torch.allclose(s.wave(s.spectra(x)), x, atol=1e-5)
    loud = 0.7 * torch.sin(2 * torch.pi * 40 / 500 * torch.arange(2000.0))[None]
    assert float((s.spectra(loud).abs() * s.scale).max()) == pytest.approx(0.7, rel=0.01), "a sine is its amplitude"


def test_a_tone_stands_in_its_band_the_lowest_below() -> None:
    native = KIND.representation((16_000,)).to_native(items(250, 2000))
    rows = native[:, 0].sum(2).argmax(1)
    assert rows[0] > rows[1], "low tones are at the bottom"
    assert float(native.min()) >= 0 and float(native.max()) <= 1.05


@pytest.mark.parametrize("seconds", [0.1, 0.5, 1.0, 1.3, 2.0, 4.0, 8.0])
def test_any_length_is_a_square_that_leads_back(seconds: float) -> None:
    x = items(300, 1100, seconds=seconds)
    representation = KIND.representation((x.shape[1],))
    _, side, also = representation.native_shape
    assert side == also and side % 16 == 0 and 64 <= side <= 256
    native = representation.to_native(x)
    back = representation.to_public(native)
    assert back.shape == x.shape and decibels(representation.to_native(back), native) < 4
    assert representation.asked() == {"seconds": seconds}


def test_the_way_back_is_the_same_alone_and_among_others_and_always() -> None:
    representation = KIND.representation((16_000,))
    native = representation.to_native(items(300, 700, 1500))
    assert torch.equal(representation.to_public(native), representation.to_public(native))
    alone, among = representation.to_public(native[1:2]), representation.to_public(native)[1:2]
    assert float(KIND.psnr(alone, among)) > 45, "a last digit may turn a phase; it sounds the same"


def test_gradients_go_through_the_way_there_and_back_whoever_came_first() -> None:
    representation = LogMel(8000)
    with torch.inference_mode():
        representation.to_public(representation.to_native(items(300, seconds=0.5)))
    native = representation.to_native(items(300, seconds=0.5)).requires_grad_()
    representation.to_public(native).square().sum().backward()
    assert native.grad is not None and bool(native.grad.isfinite().all()) and float(native.grad.abs().max()) > 0


def test_silence_is_silence() -> None:
    representation = KIND.representation((16_000,))
    native = representation.to_native(torch.zeros(1, 16_000))
    assert float(native.abs().max()) < 1e-5 and float(representation.to_public(native).abs().max()) == 0


def test_likeness_is_of_spectra_not_of_waves() -> None:
    x = items(440)
    turned = -x
    assert float(KIND.psnr(x, turned)) == 100, "turned over it sounds the same"
    assert float(KIND.psnr(x, items(460))) < 40


# A morph ----------------------------------------------------------------------------------------------------------


def test_a_morph_of_one_sound_is_that_sound_again_and_again() -> None:
    representation, x = LogMel(16_000), items(440)
    wave = representation.morph(x.expand(3, -1))
    again = representation.to_native(wave.reshape(3, -1))
    assert decibels(again, representation.to_native(x).expand(3, -1, -1, -1)) < 2


def test_a_morph_goes_from_the_first_to_the_last_without_a_jump_or_a_click() -> None:
    representation, ends = LogMel(16_000), items(400, 900)
    steps = torch.lerp(ends[0], ends[1], torch.linspace(0, 1, 9)[:, None])
    wave = representation.morph(steps)
    assert wave.shape == (9 * 16_000,)
    native = representation.to_native(wave.reshape(9, -1))
    to_first, to_last = ([decibels(one, representation.to_native(end[None])[0]) for one in native] for end in ends)
    assert to_first[0] < 5 and to_last[-1] < 5 and to_first[-1] > 8
    assert float(wave.diff().abs().max()) <= 1.5 * float(ends.diff(dim=1).abs().max()), "no click"
    level = wave.reshape(-1, 16_000).square().mean(1).log10() * 10
    assert float(level.diff().abs().max()) < 3
    looped = representation.to_native(representation.morph(steps, loop=True).reshape(9, -1))
    assert decibels(looped[-1], looped[0]) < decibels(native[-1], native[0]), "and back again where it is a loop"


# Lengths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.01, 9.0, 1e9])
def test_a_length_beyond_what_is_modelled_is_refused(seconds: float) -> None:
    with pytest.raises(InvalidArgument, match="seconds"):
        KIND.settle([], Asked(seconds=seconds))


@pytest.mark.parametrize(
    "change", [{"samples": 7}, {"rate": 44_100}, {"samples": "16000"}, {"hop": 100}, {"bands": 65}, {"bands": True}]
)
def test_a_representation_with_other_numbers_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(DamagedFile):
        KIND.recall({**LogMel(16_000).dump(), **change}, "config.json")


CUT: dict[str, tuple[float, Callable[[int], bool], str]] = {
    "shorter": (0.6, lambda k: k == 1, "padded"),
    "a little longer": (1.05, lambda k: k == 1, "shortened"),
    "twice as long": (2.0, lambda k: k == 2, "windowed"),
    "half more": (1.5, lambda k: k == 2, "windowed"),
}


@pytest.mark.parametrize("what", CUT)
def test_a_recording_becomes_one_item_or_windows(what: str, tmp_path: Path) -> None:
    seconds, right, done = CUT[what]
    steady = 0.2 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * 16_000)) / 16_000)
    items, did = KIND.read_noting(write(tmp_path / "a.wav", steady).read_bytes(), (16_000,))
    assert right(len(items)) and did[done] == 1
