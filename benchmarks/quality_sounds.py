"""The way back from bands of sound to a wave, beside librosa's (NNLS and Griffin-Lim with momentum): spectral
convergence to the recording, and how far the wave's own bands lie from those that it was made of, at equal iterations;
and the time of each, for the limit of twenty times faster than the sound lasts.

Of spoken words of the source `voices`, and of Debian's recordings for Asterisk where they are installed
(`asterisk-core-sounds-en-wav`, `-es-wav`). librosa is no dependency: without it, it is left out, and said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks._common import Bar, Bench, Report, seconds, spread
from trasluz.kinds import _log_mel
from trasluz.kinds._log_mel import LOUD, QUIET, RATE, LogMel, log_mel
from trasluz.lab.shelf.data import load

RECORDED = Path("/usr/share/asterisk/sounds")
ITEMS, ROUNDS = 40, 35
ITERATIONS = (8, 16, 32, 64)
PEER_ITERATIONS = (16, 32)
LIVE = 20.0
"""Times faster than the sound lasts: the limit."""
HEARD = 0.25
"""Native value from which a band counts as heard: -60 dB of a full sine."""


def run(bench: Bench) -> Report:
    """Lead items there and back in every way."""
    torch.set_num_threads(2)
    representation = log_mel(RATE)
    figures: dict[str, Any] = {"items": {}, "distances": {}}
    table = [["", "convergence", "bands, dB", "heard bands, dB", "ms"]]
    sets = _sets(bench)
    for name, x in sets.items():
        native = representation.to_native(x)
        for called, way in _ways(bench).items():
            began = time.perf_counter()
            wave = way(native)
            took = time.perf_counter() - began
            told = {**_distances(wave, x), "ms_an_item": 1000 * took / len(x)}
            figures["distances"].setdefault(name, {})[called] = told
            table.append([f"{name}: {called}", *(f"{value:.3g}" for value in told.values())])
        figures["items"][name] = len(x)
    one = representation.to_native(next(iter(sets.values()))[:1])
    representation.to_public(one)
    times = [seconds(lambda: representation.to_public(one)) for _ in range(bench.pick(ROUNDS, 3))]
    figures["one_second_ms"] = {k: 1000 * v if k != "rounds" else v for k, v in spread(times).items()}
    faster = 1 / median(times)
    figures["times_faster_than_it_lasts"] = faster
    table.append([f"one second takes {1000 * median(times):.1f} ms, {_log_mel.ITERATIONS} iterations, two threads"])
    if _librosa() is None:
        table.append(["librosa is not installed: pip install librosa"])
    return Report(figures, table, [Bar("times faster than the sound lasts", faster, ">=", LIVE)])


def _sets(bench: Bench) -> dict[str, Tensor]:
    """Items by where they come from, `(n, samples)`."""
    place = {"workspace": bench.workspace, "progress": bench.progress}
    n = bench.pick(ITEMS, 4)
    sets = {"voices": load(f"voices:{bench.pick(600, 60)}", split="test", **place).tensor(slice(0, n))}
    for folder in sorted(RECORDED.glob("e[ns]_*_f_*")):
        sets[f"recorded, {folder.name[:2]}"] = load(folder, split="test", **place).tensor(slice(0, n))
    return sets


def _ways(bench: Bench) -> dict[str, Callable[[Tensor], Tensor]]:
    """Ways back by what they are called."""
    ways: dict[str, Callable[[Tensor], Tensor]] = {}
    for iterations in bench.pick(ITERATIONS, ITERATIONS[:2]):
        ways[f"ours, {iterations} iterations"] = lambda native, k=iterations: _ours(log_mel(RATE), native, k)
    plain = LogMel(RATE, finer=False)
    usual = _log_mel.ITERATIONS
    ways[f"ours without the network, {usual} iterations"] = lambda native: _ours(plain, native, usual)
    if _librosa() is not None:
        for iterations in bench.pick(PEER_ITERATIONS, PEER_ITERATIONS[:1]):
            ways[f"librosa, {iterations} iterations"] = lambda native, k=iterations: _theirs(native, k)
    return ways


def _ours(representation: LogMel, native: Tensor, iterations: int) -> Tensor:
    before, _log_mel.ITERATIONS = _log_mel.ITERATIONS, iterations
    try:
        return representation.to_public(native)
    finally:
        _log_mel.ITERATIONS = before


def _librosa() -> Any:
    try:
        import librosa  # pyright: ignore[reportMissingImports]
    except ImportError:
        return None
    return librosa


def _theirs(native: Tensor, iterations: int) -> Tensor:
    """The same bands by librosa: their NNLS on our weights, their Griffin-Lim on the same windows."""
    peer, r = _librosa(), log_mel(RATE)
    s = r._spectrogram
    bands = r.magnitudes_of_bands(r.seen(native)).numpy()
    waves = []
    for one in bands:
        magnitudes = peer.util.nnls(r._bands.numpy(), one.T) / s.scale
        wave = peer.griffinlim(
            magnitudes, n_iter=iterations, hop_length=s.hop, win_length=s.size, n_fft=s.size, momentum=0.99,
            pad_mode="constant", length=RATE - s.hop, random_state=0,
        )  # fmt: skip
        # Their first window is centred on the first sample, ours half a hop behind it.
        waves.append(np.pad(wave, s.hop // 2))
    return torch.from_numpy(np.stack(waves)).float()


def _distances(wave: Tensor, x: Tensor) -> Mapping[str, float]:
    """Of a wave from the recording `(n, samples)`."""
    r = log_mel(RATE)
    s = r._spectrogram
    there, here = s.spectra(x).abs(), s.spectra(wave).abs()
    native = r.to_native(x)
    apart = (r.to_native(wave) - native) * (LOUD - QUIET)
    return {
        "spectral_convergence": float(((here - there).flatten(1).norm(dim=1) / there.flatten(1).norm(dim=1)).mean()),
        "bands_dB": float(apart.square().mean().sqrt()),
        "heard_bands_dB": float(apart[native > HEARD].square().mean().sqrt()),
    }
