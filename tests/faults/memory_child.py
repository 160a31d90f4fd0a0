"""Run by test_memory.py: reads each file that is named in a process of its own, and says what it took.

Every line of the answer: name, megabytes beyond what the process had, what came of it, megabytes that were estimated.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PIL import GifImagePlugin, Image, PngImagePlugin, PpmImagePlugin, TiffImagePlugin, WebPImagePlugin  # noqa: F401

from trasluz.base.errors import DataError
from trasluz.io import media
from trasluz.io.decoding import work_of
from trasluz.io.media import content_of, picture_header, read_picture
from trasluz.io.tables import read_table
from trasluz.sources.npz import Npz
from trasluz.spaces.data import Request


def highest() -> int:
    """Kilobytes of the highest resident size since this process began."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def read(path: Path, how: str) -> str:
    if path.suffix == ".npz":
        return f"{sum(len(block.rows) for block in Npz().draw(Request(str(path), size=16)).blocks)} items"
    if path.suffix in (".csv", ".json", ".jsonl", ".parquet", ".txt"):
        return f"{len(read_table(path))} rows"
    if how == "header":
        return str(picture_header(path).form[:2])
    if how == "content":
        return content_of(path).hex()
    return str(read_picture(path, size=64, channels=3, fit=how).shape)


def estimated(path: Path) -> int:
    with Image.open(path) as picture:
        whole = picture.size
        picture.draft(None, (128, 128))
        return work_of(picture, whole) + media.margin(*picture.size, 64)


def main() -> None:
    import pyarrow.parquet  # noqa: F401

    for word in sys.argv[1:]:
        name, _, how = word.partition(":")
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            before = highest()
            try:
                came = read(Path(name), how or "crop")
            except DataError as error:
                came = f"refused: {error}"
            os.write(writer, json.dumps([(highest() - before) / 1024, came]).encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            grown, came = json.loads(answer.read() or '[0, "died"]')
        os.waitpid(child, 0)
        picture = came.startswith("(3, ") or how in ("content", "header")
        print(json.dumps([word, grown, came, estimated(Path(name)) / 2**20 if picture else 0]))


if __name__ == "__main__":
    main()
