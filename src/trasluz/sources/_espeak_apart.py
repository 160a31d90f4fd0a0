"""Speaks in a process of its own, as a script: `python -P _espeak_apart.py LIBRARY DATA`.

A message is a list of `[text, voice, pitch, melody, rate]` as JSON. An answer that begins with R holds a sound for each, the
count of its samples and those as int16, one that begins with E says what went wrong. Nothing of ours is imported.

espeak-ng keeps where its tremor and its noise stand from one word to the next, in variables that no call sets anew. So
the library is loaded for every word, and let go after it: then the same words are the same samples.
"""

from __future__ import annotations

import _ctypes
import ctypes
import json
import os
import select
import signal
import struct
import sys
from typing import Any

IDLE = 60.0
"""Seconds without a message after which it ends."""
RATE = 22050
SYNCHRONOUS, NO_EXIT, UTF8, SEED = 2, 0x8000, 1, 1
SPEED, PITCH, MELODY = 1, 3, 4
"""Parameters, by their numbers in speak_lib.h."""
PROBE: tuple[Any, ...] = (["one", "en-us+f1", 60, 50, 150], ["two", "en-us+m1", 40, 50, 170], ["one", "en-us+f1", 60, 50, 150])
"""Words of which the first and the last are one."""
_SPOKEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def main(library: str, data: str) -> None:
    """Answer until nobody asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who began it ends it
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    _send(out, b"R")
    is_tried = False
    while message := _received():
        try:
            if not is_tried:
                first, _, again = (spoken(library, data, *asked) for asked in PROBE)
                if first != again:
                    raise OSError("this system does not let the library go, and no word would come twice the same")
                is_tried = True
            sounds = [spoken(library, data, *asked) for asked in json.loads(message)]
            _send(out, b"R", *(part for sound in sounds for part in (struct.pack("<I", len(sound) // 2), sound)))
        except Exception as error:  # noqa: BLE001
            _send(out, b"E", str(error).encode())


def spoken(library: str, data: str, text: str, voice: str, pitch: int, melody: int, rate: int) -> bytes:
    """One utterance, int16 at 22,050 Hz."""
    espeak = ctypes.CDLL(library)
    parts: list[bytes] = []

    def heard(samples: int | None, count: int, events: int | None) -> int:
        if samples and count > 0:
            parts.append(ctypes.string_at(samples, 2 * count))
        return 0

    call = _SPOKEN(heard)
    try:
        found = espeak.espeak_Initialize(SYNCHRONOUS, 0, os.fsencode(data), NO_EXIT)
        if found != RATE:
            raise OSError(f"espeak-ng could not begin with its data in {data} ({found})")
        espeak.espeak_SetSynthCallback(call)
        if espeak.espeak_SetVoiceByName(voice.encode()):
            raise OSError(f"espeak-ng has no voice {voice}")
        espeak.espeak_SetParameter(PITCH, pitch, 0)
        espeak.espeak_SetParameter(MELODY, melody, 0)
        espeak.espeak_SetParameter(SPEED, rate, 0)
        espeak.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
        said = text.encode() + b"\0"
        if espeak.espeak_Synth(said, ctypes.c_size_t(len(said)), 0, 0, 0, UTF8, None, None):
            raise OSError(f"espeak-ng could not say {text}")
    finally:
        espeak.espeak_Terminate()
        _let_go(espeak._handle)
    return b"".join(parts)


def _let_go(handle: int) -> None:
    if os.name == "posix":
        _ctypes.dlclose(handle)
    else:
        _ctypes.FreeLibrary(handle)  # type: ignore[attr-defined]


def _received() -> bytes:
    """The next message; nothing where none comes."""
    if os.name == "posix" and not select.select([0], [], [], IDLE)[0]:
        return b""
    head = _read(8)
    return b"" if len(head) < 8 else _read(struct.unpack("<Q", head)[0])


def _read(count: int) -> bytes:
    """So many bytes, or fewer where no more come."""
    parts = bytearray()
    while len(parts) < count:
        part = os.read(0, min(count - len(parts), 1 << 20))
        if not part:
            break
        parts += part
    return bytes(parts)


def _send(out: int, *parts: bytes) -> None:
    whole = b"".join(parts)
    data = memoryview(struct.pack("<Q", len(whole)) + whole)
    while data:
        data = data[os.write(out, data) :]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
