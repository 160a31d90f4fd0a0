"""Files that lie: a typed error, in bounded time and memory, whatever the bytes."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trasluz.base.bounds import WEIGHTS_HEADER
from trasluz.base.errors import DamagedFile, TrasluzError
from trasluz.io.atomic import read_json, read_lines
from trasluz.io.weights import canonical, digest, read_header, read_tensors, write_tensors

F32: dict[str, Any] = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
META: dict[str, Any] = {"kind": "trasluz-model", "version": "1", "checksum": "0" * 32}


def put(path: Path, header: object, data: bytes = b"\0" * 8, length: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.safetensors"
    write_tensors(path, {"a": torch.arange(6.0), "b": torch.ones(3, dtype=torch.uint8)}, "model", {"note": "x"})
    return path


LIES: dict[str, tuple[object, str]] = {
    "an array": ([], "not a JSON object"),
    "a number": (7, "not a JSON object"),
    "no JSON": (b"{", "not JSON"),
    "no UTF-8": (b'{"\xff": 1}', "not JSON"),
    "nested without end": (b"[" * 100_000, "not JSON"),
    "an endless number": (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
    "a name twice": (b'{"a": 1, "a": 2}', "not JSON"),
    "no metadata": ({"a": F32}, "not a Trasluz model file"),
    "metadata that are a list": ({"__metadata__": [1], "a": F32}, "metadata"),
    "metadata that are a text": ({"__metadata__": "x", "a": F32}, "metadata"),
    "metadata with numbers": ({"__metadata__": {**META, "x": 1}, "a": F32}, "metadata"),
    "no checksum": ({"__metadata__": {"kind": "trasluz-model", "version": "1"}, "a": F32}, "not a Trasluz model file"),
    "a wrong checksum": ({"__metadata__": META, "a": F32}, "checksum does not match"),
    "an overlap": ({"__metadata__": META, "a": F32, "b": F32}, "overlaps"),
    "a hole": ({"__metadata__": META, "a": {"dtype": "U8", "shape": [4], "data_offsets": [4, 8]}}, "hole"),
    "too few bytes described": (
        {"__metadata__": META, "a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}, "describes 4 bytes",
    ),
    "more than the file": (
        {"__metadata__": META, "a": {"dtype": "F32", "shape": [2**50], "data_offsets": [0, 2**52]}}, "describes",
    ),
    "a shape that overflows": (
        {"__metadata__": META, "a": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 8]}}, "does not fill",
    ),
    "an impossible shape of no elements": (
        {"__metadata__": META, "a": F32, "e": {"dtype": "F32", "shape": [0, 2**62, 2**62], "data_offsets": [8, 8]}},
        "impossible shape",
    ),
    "a shape that does not fit": ({"__metadata__": META, "a": {**F32, "shape": [3]}}, "does not fill"),
    "a negative axis": ({"__metadata__": META, "a": {**F32, "shape": [-2]}}, "no proper shape"),
    "an axis that is no integer": ({"__metadata__": META, "a": {**F32, "shape": [2.0]}}, "no proper shape"),
    "an axis that is true": ({"__metadata__": META, "a": {**F32, "shape": [True, 2]}}, "no proper shape"),
    "hundred axes": ({"__metadata__": META, "a": {**F32, "shape": [1] * 99 + [2]}}, "no proper shape"),
    "negative offsets": ({"__metadata__": META, "a": {**F32, "data_offsets": [-8, 0]}}, "no proper shape"),
    "offsets backwards": ({"__metadata__": META, "a": {**F32, "data_offsets": [8, 0]}}, "does not fill"),
    "one offset": ({"__metadata__": META, "a": {**F32, "data_offsets": [8]}}, "no proper shape"),
    "an unknown dtype": ({"__metadata__": META, "a": {**F32, "dtype": "F8_E5M2"}}, "no dtype that we read"),
    "a dtype that is a list": ({"__metadata__": META, "a": {**F32, "dtype": ["F32"]}}, "no dtype that we read"),
    "a tensor that is a number": ({"__metadata__": META, "a": 7}, "no dtype that we read"),
    "a name that is no text": (b'{"\\ud800": {"dtype": "U8", "shape": [8], "data_offsets": [0, 8]}}', "not text"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_header_that_lies(tmp_path: Path, lie: str) -> None:
    header, says = LIES[lie]
    path = put(tmp_path / "a.safetensors", header)
    with pytest.raises(DamagedFile, match=says) as caught:
        read_tensors(path, "model")
    assert str(caught.value).isprintable() and len(str(caught.value)) < 1000


@pytest.mark.parametrize("length", [9, WEIGHTS_HEADER, WEIGHTS_HEADER + 1, 2**31, 2**63, 2**64 - 1])
def test_a_header_longer_than_the_file(tmp_path: Path, length: int) -> None:
    with pytest.raises(DamagedFile, match="its header claims"):
        read_header(put(tmp_path / "a", b"{}", b"", length))


@pytest.mark.parametrize("size", range(10))
def test_files_of_a_few_bytes(tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_bytes(b"\0" * size)
    with pytest.raises(DamagedFile):
        read_tensors(tmp_path / "a", "model")


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    for path in (tmp_path, tmp_path / "none", tmp_path / "f" / "a", tmp_path / ("a" * 300)):
        with pytest.raises(DamagedFile):
            read_tensors(path, "model")
    if os.name != "nt":
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "pipe", Path("/dev/zero")):
            with pytest.raises(DamagedFile, match="is not a file"):
                read_tensors(path, "model")


def test_every_bit_flipped_is_noticed(good: Path) -> None:
    whole = good.read_bytes()
    read_tensors(good, "model")
    for place in range(len(whole)):
        for bit in (0, 6):
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            good.write_bytes(changed)
            try:
                tensors, meta = read_tensors(good, "model")
            except TrasluzError:
                continue
            # Only the padding of the header may differ without a difference in what is read.
            assert meta["note"] == "x" and torch.equal(tensors["a"], torch.arange(6.0)), (place, bit)
            assert tensors["b"].tolist() == [1, 1, 1], (place, bit)


def test_truncated_anywhere_or_with_something_added(good: Path) -> None:
    whole = good.read_bytes()
    for size in range(len(whole)):
        good.write_bytes(whole[:size])
        with pytest.raises(DamagedFile):
            read_tensors(good, "model")
    good.write_bytes(whole + b"\0")
    with pytest.raises(DamagedFile):
        read_tensors(good, "model")


def test_a_hostile_file_with_a_right_checksum_is_still_checked(tmp_path: Path) -> None:
    tensors = {"a": torch.zeros(2)}
    meta = {"kind": "trasluz-model", "version": "1"}
    signed = {**meta, "checksum": digest(tensors, canonical(meta))}
    assert read_tensors(put(tmp_path / "a", {"__metadata__": signed, "a": F32}), "model")[1] == meta
    with pytest.raises(DamagedFile):
        read_tensors(put(tmp_path / "a", {"__metadata__": signed, "a": F32, "b": F32}), "model")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_as_weights(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    for content in (data, struct.pack("<Q", len(data)) + data, struct.pack("<Q", len(data) // 2) + data):
        path.write_bytes(content)
        with pytest.raises(TrasluzError):
            read_tensors(path, "model")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TENSOR = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "U8", "BOOL", "BF16", "X"]) | VALUES,
        "shape": st.lists(st.integers(-2, 2**64), max_size=4) | VALUES,
        "data_offsets": st.lists(st.integers(-2, 2**64), max_size=3) | st.just([0, 8]) | VALUES,
        "more": VALUES,
    },
)
HEADERS = st.dictionaries(st.text(max_size=4), TENSOR | VALUES, max_size=3).flatmap(
    lambda d: st.sampled_from([d, {"__metadata__": META, **d}, {"__metadata__": d, "a": F32}])
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HEADERS)
def test_any_header_as_weights(tmp_path: Path, header: dict[str, Any]) -> None:
    with pytest.raises(TrasluzError):
        read_tensors(put(tmp_path / "a", header), "model")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | VALUES.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_as_json(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    assert all(isinstance(line, dict) for line in read_lines(path))
    try:
        assert isinstance(read_json(path, "it"), dict)
    except TrasluzError as error:
        assert str(error).isprintable()


BOUNDED = """
import resource, sys
from pathlib import Path
from trasluz.base.errors import DamagedFile
from trasluz.io.atomic import read_json
from trasluz.io.weights import read_header, read_tensors
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sorted(Path(sys.argv[1]).iterdir()):
    for read in (lambda: read_tensors(path, "model"), lambda: read_json(path, "it")):
        try:
            read()
        except DamagedFile:
            continue
        sys.exit(f"{path} was believed")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(os.name == "nt", reason="no such measure on this system")
def test_memory_stays_flat_whatever_a_file_claims(tmp_path: Path) -> None:
    put(
        tmp_path / "claims", {"__metadata__": META, "a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}
    )
    put(tmp_path / "long header", b"{}", b"\0" * 64, 2**40)
    crowd = b"{" + b",".join(b'"%x":{}' % i for i in range(WEIGHTS_HEADER // 12)) + b"}"
    assert len(crowd) < WEIGHTS_HEADER
    put(tmp_path / "a crowd", crowd)
    with (tmp_path / "sparse").open("wb") as handle:  # eight gigabytes that are not there
        handle.write(struct.pack("<Q", 2**33))
        handle.truncate(2**33)
    done = subprocess.run([sys.executable, "-c", BOUNDED, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 300, f"{done.stdout} MB more than before"
