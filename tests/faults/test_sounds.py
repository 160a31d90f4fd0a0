"""Sounds that people have, and files that are none: converted, cut into windows, or refused with the reason."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

import trasluz as tl
from tones import tone, write
from trasluz.base.bounds import MEMORY_VARIABLE
from trasluz.base.errors import DataError, MissingExtra
from trasluz.io.sounds import sound_bytes
from trasluz.kinds.sound import Sound

KIND, SHAPE = Sound(), (16_000,)


def filed(
    samples: np.ndarray, rate: int = 16_000, format: str = "WAV", subtype: str | None = None
) -> bytes:  # fmt: skip
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=format, subtype=subtype)
    return out.getvalue()


def piped(samples: np.ndarray) -> bytes:
    """A WAV whose writer could not go back to say how long it is."""
    head = bytearray(filed(samples))
    head[4:8] = head[40:44] = b"\xff" * 4
    return bytes(head)


REFERENCE = KIND.read(filed(tone()), SHAPE)[0].astype(float) / 32767
WELL: dict[str, Callable[[], bytes]] = {
    **{f"{rate} Hz": lambda rate=rate: filed(tone(rate=rate), rate) for rate in (8000, 11_025, 22_050, 44_100, 96_000)},
    **{s: lambda s=s: filed(tone(), subtype=s) for s in ("PCM_24", "PCM_32", "FLOAT", "DOUBLE", "PCM_U8", "ULAW")},
    **{s: lambda s=s: filed(tone(), subtype=s) for s in ("ALAW", "IMA_ADPCM")},
    **{f: lambda f=f: filed(tone(rate=44_100), 44_100, f) for f in ("FLAC", "OGG", "MP3", "AIFF")},
    "opus": lambda: filed(tone(rate=48_000), 48_000, "OGG", "OPUS"),
    "stereo": lambda: filed(np.stack([tone(), 0.5 * tone()], 1)),
    "5.1": lambda: filed(np.stack([tone(rate=48_000)] * 6, 1), 48_000),
    "stereo that cancels itself": lambda: filed(np.stack([tone(), -tone()], 1)),
    "quiet": lambda: filed(tone(height=0.005)),
    "beside zero": lambda: filed(0.1 * tone() + 0.5, subtype="FLOAT"),
    "integers as floats": lambda: filed(32_768 * tone(), subtype="FLOAT"),
    "huge floats": lambda: filed(1e30 * tone(), subtype="FLOAT"),
    "in long silence": lambda: filed(np.pad(tone(), (40_000, 60_000))),
    "from a pipe": lambda: piped(tone()),
}


@pytest.mark.parametrize("what", WELL)
def test_a_sound_of_any_form_is_the_same_item(what: str) -> None:
    found = KIND.read(WELL[what](), SHAPE)
    assert found.shape == (1, 16_000)
    x = found[0].astype(float) / 32767
    # Coders and filters move it by some samples: it is the same at the best place.
    alike = np.correlate(np.pad(x, 600), REFERENCE, "valid").max() / np.sqrt((x**2).sum() * (REFERENCE**2).sum())
    assert alike > 0.98, f"{alike:.3f}"
    assert abs(20 * np.log10(np.sqrt((x**2).mean() / (REFERENCE**2).mean()))) < 0.5, "as loud as the others"


LOUD = ("WAV", "FLAC", "OGG", "MP3", "AIFF")


def whole(form: str) -> bytes:
    """A second of noise."""
    return filed(np.random.default_rng(0).uniform(-1, 1, 40_000), 44_100, form)


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "PNG")
    return out.getvalue()


ILL: dict[str, tuple[Callable[[], bytes], str]] = {
    **{f"half of a {f}": (lambda f=f: whole(f)[: len(whole(f)) // 2], r"cut short|truncated") for f in LOUD},
    **{f"head of a {f}": (lambda f=f: whole(f)[:50], r"cut short|truncated") for f in LOUD},
    "silence": (lambda: filed(np.zeros(16_000)), "silent"),
    "next to silence": (lambda: filed(tone(height=1e-5), subtype="FLOAT"), "silent: its loudest sample is .* dB below"),
    "not a number": (lambda: filed(np.where(np.arange(8000) == 100, np.nan, tone()), subtype="FLOAT"), "no numbers"),
    "infinite": (lambda: filed(np.where(np.arange(8000) == 100, np.inf, tone()), subtype="FLOAT"), "no numbers"),
    "one sample": (lambda: filed(np.ones(1)), "too short: 1 samples"),
    "no sample": (lambda: filed(np.zeros(0)), "without a sample"),
    "no byte": (lambda: b"", "empty file"),
    "text": (lambda: b"hello there, this is no sound", "not a sound"),
    "a picture": (_png, "not a sound"),
    "noise after a word of MP3": (lambda: b"\xff\xfb\x90\x00" + np.random.default_rng(0).bytes(4000), "damaged"),
    "one sample a second": (lambda: filed(tone(), 1), "1 samples a second"),
}  # fmt: skip


@pytest.mark.parametrize("what", ILL)
def test_a_bad_file_is_refused_with_the_reason(what: str, capfd: pytest.CaptureFixture[str]) -> None:
    make, why = ILL[what]
    with pytest.raises(DataError, match=why) as told:
        KIND.read(make(), SHAPE)
    assert "\n" not in str(told.value) and "0x" not in str(told.value)
    assert capfd.readouterr() == ("", ""), "a decoder in C says nothing on the terminal"


def test_a_clipped_sound_is_read_and_said() -> None:
    loud = filed(np.clip(20 * tone(), -1, 1))
    assert any("clipped" in line for line in KIND.changes(loud, SHAPE))
    assert not any("clipped" in line for line in KIND.changes(filed(tone()), SHAPE))


def test_a_click_is_not_made_so_loud_that_it_breaks() -> None:
    items, done = KIND.read_noting(filed(np.eye(1, 16_000, 8000)[0]), SHAPE)
    assert np.abs(items).max() <= 32_767 * 0.981 and done["held"] == 1


def test_a_long_recording_is_decoded_in_blocks_and_cut_into_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = 4
    samples = np.tile(np.concatenate([tone(seconds=1.0)] * 3 + [np.zeros(32_000)]), 12 * minutes).astype(np.float32)
    data = filed(samples, format="FLAC")
    items, done = KIND.read_noting(data, SHAPE)
    assert len(items) == done["windows"] == pytest.approx(60 * minutes * 3 / 5, abs=2)
    assert done["windows"] + done["silent windows"] == pytest.approx(60 * minutes, abs=3)
    monkeypatch.setenv(MEMORY_VARIABLE, "2MB")
    with pytest.raises(DataError, match=r"needs .* bytes of memory"):
        KIND.read(data, SHAPE)


def test_what_is_longer_than_two_hours_is_refused_by_its_header() -> None:
    data = bytearray(filed(np.zeros(4000), 8000, "FLAC"))
    data[21:26] = bytes([data[21] | 0x0F, 0xFF, 0xFF, 0xFF, 0xFF])  # 36 bits of samples (RFC 9639, section 8.2)
    with pytest.raises(DataError, match="longer than 120 minutes"):
        KIND.read(bytes(data), SHAPE)


def test_a_folder_lists_what_is_no_sound_and_reads_the_others(tmp_path: Path) -> None:
    for i in range(4):
        write(tmp_path / f"{i}.wav", tone(300 + 100 * i))
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "song.m4a").write_bytes(b"\0" * 40)
    write(tmp_path / "silent.wav", np.zeros(8000))
    data = tl.load(tmp_path)
    left = dict(data.about["skipped"])
    assert len(data) == 4 and left == {
        "text.wav": left["text.wav"], "silent.wav": "silent", "song.m4a": ".m4a sounds are not read",
    }  # fmt: skip
    assert "not a sound" in left["text.wav"]


def test_pictures_among_sounds_are_refused_in_one_line(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", tone())
    (tmp_path / "b.png").write_bytes(_png())
    with pytest.raises(DataError, match="several kinds") as told:
        tl.load(tmp_path)
    assert "1 pictures" in str(told.value.got) and "1 sounds" in str(told.value.got)


@pytest.mark.parametrize(("sounds", "pictures"), [(12, 1), (1, 12)])
def test_few_of_one_kind_among_many_of_another_are_listed(sounds: int, pictures: int, tmp_path: Path) -> None:
    for i in range(sounds):
        write(tmp_path / f"{i}.wav", tone(300 + 20 * i))
    for i in range(pictures):
        Image.new("RGB", (20, 20), (10 * i, 0, 0)).save(tmp_path / f"{i}.png")
    data = tl.load(tmp_path)
    assert len(data) == 12 and data.kind.name == ("sound" if sounds > 1 else "picture")
    assert dict(data.about["skipped"]) == ({"0.png": "a picture"} if sounds > 1 else {"0.wav": "a sound"})


def test_without_the_library_one_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.wav", tone())
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(MissingExtra, match=r"pip install 'trasluz\[voices\]'"):
        tl.load(tmp_path)


@pytest.mark.parametrize("suffix", KIND.writes)
def test_what_this_program_wrote_is_read_again_as_it_is(suffix: str) -> None:
    loud = np.rint(32_000 * np.sin(np.arange(16_000) / 9)).astype("<i2")
    data = sound_bytes(loud, 16_000, suffix)
    found = KIND.read(data, SHAPE)
    assert found.shape == (1, 16_000) and KIND.changes(data, SHAPE) == []
    far = np.abs(found[0].astype(int) - loud).max()
    assert far <= (1 if suffix != ".ogg" else 3000), "neither made quieter nor cut"
