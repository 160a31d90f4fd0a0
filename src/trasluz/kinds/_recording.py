"""What is made of a recording before it is an item: its ends without silence, one loudness, one length or windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import final

import numpy as np

from trasluz.base.bounds import check_memory
from trasluz.base.errors import DataError
from trasluz.io.sounds import Seen, blocks_of, sound_header

TARGET = 10 ** (-20 / 20)
"""RMS of what is heard of a recording: -20 dB of full scale."""
AUDIBLE = 0.5
"""Decibels of a change of loudness that is worth a word."""
PEAK = 0.98
"""No sample is louder: where it would be, the whole recording is quieter instead."""
SILENT = 10 ** (-60 / 20)
"""A recording whose loudest sample is below this is silent."""
STEP = 0.01
"""Seconds of a step that loudness is measured over."""
HEARD = 10 ** (-25 / 20)
"""Steps within 25 dB of the loudest one are those whose loudness counts."""
ENDS = 10 ** (-40 / 20)
"""What is before the first and behind the last step within 40 dB of the loudest one is silence, and cut off..."""
MARGIN = 0.03
"""...but for these seconds."""
FADE = 0.004
"""Seconds over which a cut fades in and out, so that it does not click."""
SPARE = 0.1
"""Share of an item's length by which a recording may be longer and still be one item, cut at both ends."""


@final
class Recording:
    """A file, decoded twice where it is long: to measure it, and to keep what is wanted of it.

    Raises:
        DataError: with the reason why it cannot be read, or that it is silent.
    """

    def __init__(self, data: bytes, rate: int) -> None:
        self.header = sound_header(data)
        self._data, self._rate = data, rate
        self.done: Counter[str] = Counter()
        """What is done to it, by name; `Sound.tell` says it."""
        self._first = False
        self._measure()

    def _blocks(self) -> Iterator[np.ndarray]:
        if self._kept:
            return iter(self._kept)
        return blocks_of(self._data, self._rate, first=self._first)

    def _measure(self) -> None:
        step = int(STEP * self._rate)
        sums: list[np.ndarray] = []
        squares: list[np.ndarray] = []
        rest = np.zeros(0, np.float32)
        low, high, self.length = np.inf, -np.inf, 0
        self._kept: list[np.ndarray] | None = []
        seen = Seen()
        for block in blocks_of(self._data, self._rate, first=self._first, seen=seen):
            self.length += len(block)
            if self._kept is not None:
                self._kept.append(block)
                if self.length > 60 * self._rate:
                    self._kept = None
            if not len(block):
                continue
            low, high = min(low, float(block.min())), max(high, float(block.max()))
            rest = np.concatenate([rest, block])
            whole = len(rest) // step * step
            some = rest[:whole].reshape(-1, step).astype(np.float64)
            sums.append(some.sum(1))
            squares.append(np.square(some).sum(1))
            rest = rest[whole:]
        if len(rest):
            sums.append(rest.sum(dtype=np.float64, keepdims=True))
            squares.append(np.square(rest, dtype=np.float64).sum(keepdims=True))
        if seen.cancels and not self._first:
            self._first = True
            self._measure()
            return
        self.done["clipped"] += seen.is_clipped
        if self.length < step:
            raise DataError(f"too short: {self.header.frames or self.length:,} samples", allowed=f"{STEP:g} s or more")
        counts = np.full(sum(map(len, sums)), step, np.float64)
        counts[-1] = self.length - step * (len(counts) - 1)
        added, squared = np.concatenate(sums), np.concatenate(squares)
        self.offset = float(added.sum() / self.length)
        peak = max(high - self.offset, self.offset - low)
        if peak < SILENT:
            least = "" if peak <= 0 else f": its loudest sample is {-20 * np.log10(peak):.0f} dB below full scale"
            raise DataError(f"silent{least}")
        power = np.maximum((squared - 2 * self.offset * added) / counts + self.offset**2, 0)
        level = np.sqrt(power)
        top = float(level.max())
        self.loudness = float(np.sqrt(power[level >= HEARD * top].mean()))
        self.gain = min(TARGET / self.loudness, PEAK / peak)
        self._level, self._step = level, step
        heard = np.flatnonzero(level >= ENDS * top)
        margin = int(MARGIN * self._rate)
        self.start = max(0, int(heard[0]) * step - margin)
        self.end = min(self.length, (int(heard[-1]) + 1) * step + margin)

    @property
    def decibels(self) -> float:
        """By which it is made louder."""
        return float(20 * np.log10(self.gain))

    def items(self, samples: int) -> np.ndarray:
        """`(k, samples)` int16: the recording in the middle of one item, or cut into windows one after another."""
        long = self.end - self.start
        check_memory(len(self._data) + 4 * long, f"a sound of {long / self._rate:,.0f} seconds")
        whole = np.zeros(long, np.int16)
        place = -self.start
        for block in self._blocks():
            into, begin = max(0, place), max(0, -place)
            some = block[begin : begin + max(0, long - into)]
            if begin < len(block) and len(some):
                scaled = (some - self.offset) * (self.gain * 32767)
                whole[into : into + len(some)] = np.rint(np.clip(scaled, -32767, 32767))
            place += len(block)
        self._count(samples, long)
        if long <= samples:
            before = (samples - long) // 2
            faded = self._faded(whole[None], self.start > 0, self.end < self.length)
            return np.pad(faded, ((0, 0), (before, samples - long - before)))
        count = max(1, int(np.ceil(long / samples - SPARE)))
        if count == 1:
            start = (long - samples) // 2
            self.done["shortened"] += 1
            return self._faded(whole[None, start : start + samples], True, True)
        starts = np.linspace(0, long - samples, count).astype(int)
        top = np.array([np.abs(whole[start : start + samples]).max() for start in starts])
        kept = starts[top >= max(ENDS * float(top.max()), 1)]
        self.done["windowed"] += 1
        self.done["windows"] += len(kept)
        self.done["silent windows"] += len(starts) - len(kept)
        return self._faded(np.stack([whole[start : start + samples] for start in kept]), True, True)

    def _faded(self, items: np.ndarray, before: bool, behind: bool) -> np.ndarray:
        n = min(int(FADE * self._rate), items.shape[1] // 4)
        if not n:
            return items
        slope = np.sin(np.linspace(0, np.pi / 2, n, endpoint=False)) ** 2
        if before:
            items[:, :n] = np.rint(items[:, :n] * slope)
        if behind:
            items[:, -n:] = np.rint(items[:, -n:] * slope[::-1])
        return items

    def _count(self, samples: int, long: int) -> None:
        header, done = self.header, self.done
        done["resampled"] += header.rate != self._rate
        done["mixed"] += header.channels > 1 and not self._first
        done["first channel"] += self._first
        done["trimmed"] += long < self.length
        done["padded"] += long < samples
        done["louder"] += self.decibels > AUDIBLE
        done["quieter"] += self.decibels < -AUDIBLE
        done["held"] += bool(20 * np.log10(self.loudness * self.gain / TARGET) < -AUDIBLE)
