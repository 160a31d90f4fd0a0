"""What a person is told of what was done to recordings."""

from __future__ import annotations

from collections.abc import Mapping

from trasluz.base.text import counted
from trasluz.kinds._log_mel import RATE
from trasluz.kinds._recording import Recording

KILOHERTZ = f"{RATE // 1000} kHz"


def told_of(done: Mapping[str, int], files: int, seconds: float) -> list[str]:
    """Sentences on many files, with counts.

    Args:
        done: How often each thing was done, by the names of `Recording.done`.
        files: How many were read.
        seconds: Of an item.
    """
    out: list[str] = []
    for name, (one, many) in _SAID.items():
        if n := done.get(name, 0):
            out.append(f"{n:,} of {counted(files, 'sound', 'sounds')} {one if n == 1 else many}.")
    if n := done.get("windowed", 0):
        windows, silent = done.get("windows", 0), done.get("silent windows", 0)
        gone = f"; {counted(silent, 'silent window is', 'silent windows are')} left out" if silent else ""
        longer = counted(n, "sound is", "sounds are")
        out.append(
            f"{longer} longer than {seconds:g} s, and cut into {counted(windows, 'window', 'windows')}{gone}; "
            "--seconds says how long an item is."
        )
    return out


_SAID = {
    "resampled": (f"is brought to {KILOHERTZ}", f"are brought to {KILOHERTZ}"),
    "mixed": ("has several channels, mixed to one", "have several channels, mixed to one"),
    "first channel": (
        "has channels that cancel each other: its first one is taken",
        "have channels that cancel each other: their first ones are taken",
    ),
    "louder": ("is made louder, to -20 dB RMS", "are made louder, to -20 dB RMS"),
    "quieter": ("is made quieter, to -20 dB RMS", "are made quieter, to -20 dB RMS"),
    "held": (
        "is quieter than -20 dB RMS, since its peaks reach full scale",
        "are quieter than -20 dB RMS, since their peaks reach full scale",
    ),
    "trimmed": ("has silence cut off its ends", "have silence cut off their ends"),
    "padded": (
        "is shorter than an item, and put in the middle of silence",
        "are shorter than an item, and put in the middle of silence",
    ),
    "shortened": (
        "is a little longer than an item, and cut at both ends",
        "are a little longer than an item, and cut at both ends",
    ),
    "clipped": ("is clipped: it was recorded too loud", "are clipped: they were recorded too loud"),
}
"""Each thing that is done, of one file and of several."""


def told_of_one(recording: Recording, samples: int) -> list[str]:
    """What is done to one file: "brought to 16 kHz, from 44.1 kHz"."""
    header, out = recording.header, list[str]()
    recording.items(samples)
    done = recording.done
    if done["resampled"]:
        out.append(f"brought to {KILOHERTZ}, from {header.rate / 1000:g} kHz")
    if done["mixed"]:
        out.append(f"{header.channels} channels mixed to one")
    if done["first channel"]:
        out.append("its channels cancel each other, and the first is taken")
    decibels = recording.decibels
    if done["louder"] or done["quieter"]:
        out.append(f"made {abs(decibels):.0f} dB {'louder' if decibels > 0 else 'quieter'}")
    seconds = [f"{n / RATE:.2f} s" for n in (recording.end - recording.start, recording.length, samples)]
    if done["trimmed"]:
        out.append(f"silence cut off its ends: {seconds[0]} of {seconds[1]} are left")
    if done["padded"]:
        out.append(f"put in the middle of {seconds[2]}")
    if done["shortened"]:
        out.append(f"cut at both ends to {seconds[2]}")
    if done["clipped"]:
        out.append("clipped where it was recorded")
    return out
