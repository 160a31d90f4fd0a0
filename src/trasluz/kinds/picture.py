"""Pictures: grey or RGB, square, one byte per value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from trasluz.base.errors import DamagedFile, DataError
from trasluz.base.shapes import Images, Public
from trasluz.base.text import counted
from trasluz.io.media import (
    FOREIGN_SUFFIXES,
    SUFFIXES,
    PictureForm,
    PictureHeader,
    content_of,
    deep_range,
    has_several,
    is_picture,
    largest_value,
    picture_form,
    picture_header,
    read_picture,
)
from trasluz.io.pictures import picture_bytes
from trasluz.spaces.kind import USUAL, WAYS, Asked, Kind, Reading, Settled
from trasluz.spaces.representation import Pixels

LEAST, MOST = 8, 64
"""Height and width where nobody says: the pictures' own, within these."""
DARK = 1 / 8
"""Share of the range of a type which, where no picture goes beyond it, is worth a word."""
_FITTED = {"crop": "its central square is ", "pad": "put whole into a square, and ", "stretch": "stretched and "}


@final
class Picture(Kind):
    """Native values are public ones: nothing is lost."""

    name: ClassVar[str] = "picture"
    title: ClassVar[str] = "Pictures, grey or RGB"
    one: ClassVar[str] = "picture"
    many: ClassVar[str] = "pictures"
    suffixes: ClassVar[tuple[str, ...]] = SUFFIXES
    foreign: ClassVar[tuple[str, ...]] = FOREIGN_SUFFIXES
    dtype: ClassVar[np.dtype[Any]] = np.dtype(np.uint8)
    seen_whole: ClassVar[bool] = True
    writes: ClassVar[tuple[str, ...]] = (".png", ".jpg", ".jpeg", ".webp")

    options: ClassVar[frozenset[str]] = frozenset({"size", "channels", "fit", "range"})

    def is_mine(self, head: bytes) -> bool:
        return is_picture(head)

    def settle(self, files: Sequence[Path | bytes], asked: Asked) -> Settled:
        self.check(asked)
        headers: list[PictureHeader] = []
        deep: list[Path | bytes] = []
        wide: list[Path | bytes] = []
        for file in files:
            try:
                header = picture_header(file)
            except DataError:
                continue
            headers.append(header)
            deep += [file] if header.form.deep else []
            wide += [file] if header.wide else []
        forms = [header.form for header in headers]
        grey = bool(forms) and all(form.grey for form in forms)
        channels = (1 if grey else 3) if asked.channels is None else asked.channels
        size = _own_size(forms) if asked.size is None else asked.size
        notes = [] if not forms else _resizing(forms, size, asked)
        if forms and not grey and channels == 1:
            n = sum(not form.grey for form in forms)
            notes.append(f"{counted(n, 'picture in colour is', 'pictures in colour are')} made grey.")
        if forms and asked.channels is None and not grey and (n := sum(form.grey for form in forms)):
            notes.append(f"{counted(n, 'grey picture is', 'grey pictures are')} taken as RGB, as the others are.")
        if n := sum(header.clear for header in headers):
            notes.append(f"{counted(n, 'picture that may be', 'pictures that may be')} transparent: laid over white.")
        if n := sum(header.several for header in headers):
            holds = counted(n, "file holds several pictures", "files hold several pictures")
            notes.append(f"{holds} (an animation, or pages): the first of each is taken.")
        reading = asked.reading
        plain = len(headers) - len(deep) - len(wide)
        if asked.span is None:
            notes += _check_deep(deep, len(headers)) if deep else []
            notes += _check_dark(wide, 65_535, "of 16 bits ") if wide else []
            notes += _check_dark(files, 255) if plain and not deep and not wide else []
        elif plain == len(headers):
            reading = replace(reading, of_bytes=True)
        elif plain:
            have = counted(plain, "picture has", "pictures have")
            notes.append(f"{have} 8 bits a value: the range given is not for them.")
        return Settled((channels, size, size), reading, tuple(notes))

    def read(self, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL) -> np.ndarray:
        return read_picture(
            data, size=shape[1], channels=shape[0], fit=reading.fit, span=reading.span, of_bytes=reading.of_bytes
        )[None]

    def content_of(self, data: bytes, items: np.ndarray) -> bytes:
        return content_of(data)

    def changes(self, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL) -> list[str]:
        channels, size, _ = shape
        width, height, grey, _ = picture_form(data)
        out: list[str] = []
        if (width, height) != (size, size):
            way = "" if width == height else _FITTED[reading.fit]
            out.append(f"{way}resized to {size} x {size}, from {width} x {height}")
        if grey != (channels == 1):
            out.append("made grey, as the model's are" if channels == 1 else "taken as RGB, as the model's are")
        return out

    def several(self, data: bytes) -> bool:
        return has_several(data)

    def representation(self, shape: tuple[int, ...], reading: Reading = USUAL) -> Pixels:
        return Pixels(shape[0], shape[1], reading)

    def recall(self, values: Mapping[str, Any], where: str) -> Pixels:
        if not {"kind", "channels", "size"} <= set(values) <= {"kind", "channels", "size", *WAYS}:
            raise DamagedFile(f"{where}: unknown representation", got=values, allowed="pixels with channels and size")
        channels, size = values["channels"], values["size"]
        if not isinstance(channels, int) or not isinstance(size, int) or not 1 <= size <= 4096:
            raise DamagedFile(f"{where}: a representation of impossible size", got=values)
        way = {name: value for name, value in values.items() if name in WAYS}
        return Pixels(channels, size, Reading.recall(way, where))

    def public(self, stored: np.ndarray) -> Public:
        return torch.from_numpy(np.ascontiguousarray(stored)).float().div_(255)

    def place(self, stored: np.ndarray, device: torch.device | str, memory_format: torch.memory_format) -> Public:
        x = torch.from_numpy(stored).to(device)
        return x.to(dtype=torch.float32, memory_format=memory_format).div_(255)

    def stored(self, public: Public) -> np.ndarray:
        return public.detach().mul(255).round_().clamp_(0, 255).to(torch.uint8).cpu().numpy()

    def draw(self, items: Public) -> Images:
        return items

    def thumbnails(self, stored: np.ndarray) -> np.ndarray:
        return stored

    def told(self, shape: tuple[int, ...]) -> str:
        return f"{shape[1]}x{shape[2]} pixels"

    def file(self, item: Tensor, suffix: str) -> bytes:
        pixels = self.stored(item)
        return picture_bytes(Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)), suffix)


def _own_size(forms: Sequence[PictureForm]) -> int:
    """The middle one of the shorter sides, within what is usual."""
    if not forms:
        return MOST
    return int(np.clip(np.median([min(form.width, form.height) for form in forms]), LEAST, MOST))


def _resizing(forms: Sequence[PictureForm], size: int, asked: Asked) -> list[str]:
    """What is done to pictures of other sizes, with counts, and what else could be asked for."""
    widths, heights = [form.width for form in forms], [form.height for form in forms]
    others = sum((form.width, form.height) != (size, size) for form in forms)
    if not others:
        return []
    few, many = (min(widths), min(heights)), (max(widths), max(heights))
    from_ = f"{few[0]} x {few[1]}" + ("" if few == many else f" to {many[0]} x {many[1]}")
    notes = [f"{others:,} of {len(forms):,} pictures, of {from_} pixels, are resized to {size} x {size}."]
    oblong = [form for form in forms if form.width != form.height]
    if oblong:
        said = {
            "crop": f"only their central squares are kept, on average {_kept(oblong):.0%} of each",
            "pad": "all of them is kept, with a margin of the colour of their border",
            "stretch": "all of them is kept, stretched to a square",
        }
        wanted = asked.reading.fit
        other = "" if asked.fit is not None else "; --fit pad keeps all of them with a margin, --fit stretch distorts"
        notes.append(f"{counted(len(oblong), 'is', 'are')} not square: {said[wanted]}{other}.")
    shorter = float(np.median([min(form.width, form.height) for form in forms]))
    if asked.size is None and shorter > size:
        more = min(2 * size, 1 << int(np.log2(shorter)))
        if more > size:
            notes.append(f"--size {more} keeps more of them, and takes about {(more / size) ** 2:.0f} times the work.")
    if larger := sum(min(form.width, form.height) < size for form in forms):
        cost = "" if asked.size is None or shorter >= size else f"; --size {_own_size(forms)} is their own"
        notes.append(f"{counted(larger, 'is', 'are')} smaller than that, and enlarged{cost}.")
    return notes


def _kept(oblong: Sequence[PictureForm]) -> float:
    sides = np.array([(form.width, form.height) for form in oblong])
    return float((sides.min(1) / sides.max(1)).mean())


def _check_deep(files: Sequence[Path | bytes], total: int) -> list[str]:
    """Values without a range by their type are black at 0 and white at 1, or nobody knows: then most pictures of such
    values are an error, and a few among others are left out, which whoever reads them says of each.

    Raises:
        DataError: they lie outside, with the range over all files.
    """
    found: list[tuple[float, float, bool]] = []
    for file in files:
        try:
            seen = deep_range(file)
        except DataError:
            continue
        found += [] if seen is None else [seen]
    if not found:
        return []
    low, high = min(one[0] for one in found), max(one[1] for one in found)
    if low < 0 or high > 1:
        declared = f"--range={min(low, 0):g},{high:g}"
        outside = [one for one in found if one[0] < 0 or one[1] > 1]
        if 2 * len(files) <= total:
            holds = counted(len(outside), "picture holds", "pictures hold")
            return [
                f"{holds} values of floating point or 32 bits, of {low:g} to {high:g}, of which nothing says which is "
                f"black and which is white: left out ({declared} reads them)."
            ]
        have = counted(len(found), "picture has", "pictures have")
        raise DataError(
            f"{have} values of floating point or 32 bits, of which nothing says which is black and which is white",
            got=f"{low:g} to {high:g}", allowed="0 to 1, or a declared range",
            next=f"Declare it for all of them: {declared}, or move them away if they are no data",
        )  # fmt: skip
    gone = sum(one[2] for one in found)
    are = counted(len(found), "picture of floating point or 32 bits is", "pictures of floating point or 32 bits are")
    notes = [f"{are} black at 0 and white at 1 (--range)."]
    return [*notes, f"{gone:,} of them hold values that are not numbers, which become black."] if gone else notes


def _check_dark(files: Sequence[Path | bytes], largest: int, of: str = "") -> list[str]:
    """A word where all values are small for their type: 12 bits in a file of 16, or the classes 0 and 1 of a mask, are
    nearly black."""
    most = 0.0
    for file in files:
        with suppress(DataError):
            most = max(most, largest_value(file))
        if most > DARK * largest:
            return []
    are = counted(len(files), f"picture {of}reaches", f"pictures {of}reach")
    return [f"{are} to {most:,.0f} of {largest:,}, which is dark; --range=0,{max(most, 1):.0f} makes that white."]
