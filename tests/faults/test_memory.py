"""FAULTS 28: small files that unfold into memory are refused before they do; what people have is read within a budget.

Everything is measured in processes of their own, as the highest resident size beyond what the process had before.
"""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from trasluz.base.bounds import MEMORY, MEMORY_VARIABLE, PICTURE_PIECES
from trasluz.base.errors import DamagedFile, DataError
from trasluz.io import media
from trasluz.io.archive import unpack
from trasluz.io.arrays import array_headers
from trasluz.io.cells import lines_of
from trasluz.io.media import read_picture
from trasluz.io.tables import read_table

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux tells it")
CHILD = Path(__file__).parent / "memory_child.py"
Measured = tuple[float, str, float]


def measured(*words: object, memory: str = "") -> dict[str, Measured]:
    """By file, or file and way of reading: megabytes that it took, what came of it, megabytes that were estimated."""
    environment = {**os.environ, MEMORY_VARIABLE: memory, "OMP_NUM_THREADS": "1"}
    words = (sys.executable, str(CHILD), *map(str, words))
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(name).name: (grown, came, estimated) for name, grown, came, estimated in lines}


def noise(width: int, height: int) -> Image.Image:
    tile = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return Image.fromarray(np.tile(tile, (height // 64 + 1, width // 64 + 1, 1))[:height, :width])


def sixteen(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)


def floating(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture.convert("L")).astype(np.float32) / 255)


KINDS: dict[str, tuple[Callable[[Image.Image], Image.Image], dict[str, object]]] = {
    "rgb.png": (lambda p: p, {"compress_level": 1}),
    "alpha.png": (lambda p: p.convert("RGBA"), {"compress_level": 1}),
    "palette.png": (lambda p: p.convert("P"), {"compress_level": 1}),
    "sixteen.png": (sixteen, {"compress_level": 1}),
    "baseline.jpg": (lambda p: p, {}),
    "progressive.jpg": (lambda p: p, {"progressive": True, "subsampling": 0}),
    "cmyk.jpg": (lambda p: p.convert("CMYK"), {"progressive": True}),
    "raw.tif": (lambda p: p, {}),
    "lzw.tif": (lambda p: p, {"compression": "tiff_lzw"}),
    "jpeg.tif": (lambda p: p, {"compression": "jpeg"}),
    "float.tif": (floating, {}),
    "animated.gif": (lambda p: p.convert("P"), {"save_all": True, "append_images": [Image.new("P", (8, 8))]}),
    "lossless.webp": (lambda p: p, {"lossless": True, "quality": 0, "method": 0}),
    "lossy.webp": (lambda p: p, {"quality": 30, "method": 0}),
    "plain.bmp": (lambda p: p, {}),
    "binary.ppm": (lambda p: p, {}),
    "deep.pgm": (sixteen, {}),
}


def written(folder: Path, width: int, height: int, names: list[str]) -> list[Path]:
    picture = noise(width, height)
    for name in names:
        change, options = KINDS[name]
        change(picture).save(folder / name, **options)
    return [folder / name for name in names]


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Measured]:
    """Pictures of six megapixels, each read, hashed, and put into a square with a margin."""
    files = written(tmp_path_factory.mktemp("pictures"), 3000, 2000, list(KINDS))
    return measured(*(f"{file}:{how}" for file in files for how in ("crop", "pad", "content")))


@pytest.mark.parametrize("how", ["crop", "pad", "content"])
@pytest.mark.parametrize("name", KINDS)
def test_a_picture_takes_no_more_than_was_told_from_its_header(name: str, how: str, twelve) -> None:
    grown, came, estimated = twelve[f"{name}:{how}"]
    assert "refused" not in came and came != "died"
    assert grown < estimated + 8, "more memory than was estimated"


@pytest.mark.long
def test_a_photograph_of_fifty_megapixels_is_read_in_every_format(tmp_path: Path) -> None:
    for name, (grown, came, estimated) in measured(*written(tmp_path, 8660, 5773, list(KINDS))).items():
        assert came == "(3, 64, 64)", f"{name}: {came}"
        assert grown < min(estimated, MEMORY / 2**20) + 8, name


def tiled(side: int) -> bytes:
    """A TIFF of 64 by 64 pixels, in one tile of `side` by `side`."""
    tags = [(256, 3, 64), (257, 3, 64), (258, 3, 8), (259, 3, 8), (262, 3, 1), (277, 3, 1), (322, 4, side),
            (323, 4, side), (324, 4, 150), (325, 4, 9)]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(16) + b"\x78\x9c" + bytes(64)


def hostile_pictures() -> Iterator[tuple[str, bytes, str]]:
    out = io.BytesIO()
    Image.new("RGB", (16_383, 3_900)).save(out, "WEBP", lossless=True, quality=0, method=0)
    yield (
        "canvas.webp",
        out.getvalue(),
        r"16,383 by 3,900 pixels needs 1,0\d\d,\d+,\d+ bytes.*: 939,524,096 bytes",
    )
    yield "tile.tif", tiled(40_000), "needs 1,6.* bytes of memory"
    many = struct.pack("<2sHIHHHII", b"II", 42, 8, 1, 273, 4, PICTURE_PIECES + 1, 26) + bytes(100)
    yield "strips.tif", many, "lists 1,000,001 numbers"
    out = io.BytesIO()
    noise(16, 16).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    last = data.rindex(b"\xff\xda")
    yield "scans.jpg", data[:-2] + data[last:-2] * 200 + data[-2:], r"2\d\d scans"


def test_pictures_that_would_fill_the_memory_are_refused_before_they_do(tmp_path: Path) -> None:
    wanted: dict[str, str] = {}
    for name, data, said in hostile_pictures():
        (tmp_path / name).write_bytes(data)
        assert len(data) < 100_000
        wanted[name] = said
    took = measured(*(tmp_path / name for name in wanted))
    for name, said in wanted.items():
        grown, came, _ = took[name]
        assert grown < 20, name
        with pytest.raises(DataError, match=said):
            read_picture(tmp_path / name, size=16, channels=3)
        assert "refused" in came


@pytest.mark.long
def test_without_the_budget_they_would(tmp_path: Path) -> None:
    """The same picture, with a budget below and above what it takes."""
    Image.new("RGB", (5000, 4000)).save(tmp_path / "a.webp", lossless=True, quality=0, method=0)
    assert measured(tmp_path / "a.webp", memory="200MB")["a.webp"][0] < 20
    grown, came, _ = measured(tmp_path / "a.webp", memory="1GB")["a.webp"]
    assert grown > 250 and came == "(3, 64, 64)"


def test_a_long_picture_in_a_square_takes_no_square(tmp_path: Path) -> None:
    Image.new("RGB", (30_000, 500), (9, 9, 9)).save(tmp_path / "long.png", compress_level=1)
    assert measured(f"{tmp_path / 'long.png'}:pad")["long.png:pad"][0] < 200  # a square of it would be 3.6 GB


@pytest.mark.parametrize("shape", [(5_001, 30), (30, 4_500)])
def test_a_square_in_bands_is_the_whole_square(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    noise(*shape).save(out, "PNG")
    for size in (16, 200):
        banded = read_picture(out.getvalue(), size=size, channels=3, fit="pad")
        monkeypatch.setattr("trasluz.io.converting.WHOLE", 10**12)
        assert np.array_equal(banded, read_picture(out.getvalue(), size=size, channels=3, fit="pad"))
        monkeypatch.undo()


def test_libtiff_says_nothing_on_the_terminal_and_its_words_are_kept(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    noise(64, 64).save(out, "TIFF", compression="tiff_lzw")
    broken = bytearray(out.getvalue())
    broken[200:400] = bytes(range(200))
    with pytest.raises(DataError, match="Using code not yet in table"):
        read_picture(bytes(broken), size=16, channels=3)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(media, "is_by_libtiff", lambda picture: False)
    with pytest.raises(DataError):
        read_picture(bytes(broken), size=16, channels=3)
    assert "Using code not yet in table" in capfd.readouterr().err


# Arrays and tables ----------------------------------------------------------------------------------------------------


def many_rows(path: Path, rows: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("images.npy", "w") as member:
        header = {"descr": "|u1", "fortran_order": False, "shape": (rows, 1, 1)}
        np.lib.format.write_array_header_1_0(member, header)
        for _ in range(rows // 1_000_000):
            member.write(bytes(1_000_000))


@pytest.fixture(scope="module")
def unfolded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Measured]:
    folder = tmp_path_factory.mktemp("tables")
    pictures = np.zeros((60, 8, 8), np.uint8)
    np.savez_compressed(folder / "wide.npz", images=pictures, label=np.array(["a"] * 60, "<U1000000"))
    np.savez_compressed(folder / "long.npz", images=pictures, label=np.array(["a" * 20_000] * 60))
    np.savez_compressed(folder / "large.npz", images=np.zeros((200, 1000, 1000, 3), np.uint8))
    many_rows(folder / "rows.npz", 30_000_000)
    (folder / "brackets.json").write_text("[" + "[]," * 9_000_000 + "[]]")
    (folder / "names.jsonl").write_text("\n".join(f'{{"k{i}": 1}}' for i in range(20_000)))
    (folder / "columns.csv").write_text(",".join(f"c{i}" for i in range(20_000)) + "\n" + "1," * 19_999 + "1\n")
    (folder / "texts.csv").write_text("file,label\n" + "".join(f"{i}.png,{'x' * 100_000}\n" for i in range(100)))
    pq.write_table(pa.table({"file": pa.array(["a"] * 30_000_000)}), folder / "rows.parquet")
    texts = {"file": list(map(str, range(50_000))), "label": ["x" * 9_000] * 50_000}
    pq.write_table(pa.table(texts), folder / "t.parquet")
    rows = "".join(f"{i:06d}.jpg," + ",".join("01"[(i >> k) & 1] for k in range(40)) + "\n" for i in range(20_000))
    (folder / "attributes.csv").write_text("image_id," + ",".join(f"a{k}" for k in range(40)) + "\n" + rows)
    return measured(*sorted(folder.iterdir()))


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "came", "most"),
    [
        ("wide.npz", "60 items", 80),
        ("long.npz", "60 items", 80),
        ("large.npz", "200 items", 150),
        ("rows.npz", "refused: rows.npz, of 30,000,000 pictures, needs 6,000,000,000 bytes", 20),
        ("brackets.json", "refused: the table brackets.json needs 1,", 90),
        ("names.jsonl", "refused:", 30),
        ("columns.csv", "refused: columns.csv has 20,000 columns", 30),
        ("texts.csv", "100 rows", 60),
        ("rows.parquet", "refused: the table rows.parquet needs 1,440,000,000 bytes", 20),
        ("t.parquet", "50000 rows", 120),
        ("attributes.csv", "20000 rows", 80),
    ],
)
def test_arrays_and_tables_take_what_stands_in_them(name: str, came: str, most: float, unfolded) -> None:
    grown, said, _ = unfolded[name]
    assert said.startswith(came) and grown < most, (said, grown)


@pytest.mark.long
def test_a_table_is_counted_while_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text("file,label\n" + "".join(f"{i}.png,{i}\n" for i in range(50_000)))
    assert len(read_table(tmp_path / "t.csv")) == 50_000
    monkeypatch.setenv(MEMORY_VARIABLE, "3MB")
    with pytest.raises(DataError, match=r"t\.csv needs more than 3,\d{3},\d{3} bytes.*TRASLUZ_MEMORY="):
        read_table(tmp_path / "t.csv")


@given(st.text(alphabet="ab,\r\n\"'\u2028\x0b", max_size=40))
def test_lines_are_those_that_python_reads(text: str) -> None:
    assert list(lines_of(text)) == list(io.StringIO(text, newline=""))


@pytest.mark.parametrize("large", [False, True])
def test_a_zip_that_lists_more_than_any_memory_is_refused(large: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF if large else 1 << 30, 0, 0)
    if large:
        end_64 = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
        end = end_64 + struct.pack("<4sLQL", b"PK\6\7", 0, 100, 1) + end
    path.write_bytes(bytes(100) + end)
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFile, match="lists its files in"):
            unpack(path, tmp_path)
        path.rename(tmp_path / "a.npz")
        with pytest.raises(DataError, match="lists its files in"):
            array_headers(tmp_path / "a.npz")
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
