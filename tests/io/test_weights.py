"""Tensors on disk: the same content gives the same bytes, and anyone's reader can read them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from trasluz.base.errors import DamagedFile, InvalidArgument, VersionMismatch
from trasluz.io.weights import check_shapes, digest, read_header, read_metadata, read_tensors, write_tensors

DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64,
    torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
]  # fmt: skip


def samples() -> dict[str, Tensor]:
    torch.manual_seed(0)
    some: dict[str, Tensor] = {str(d): (torch.randn(3, 5) * 3).to(d) for d in DTYPES}
    return some | {
        "scalar": torch.tensor(2.5),
        "nothing": torch.zeros(0, 4),
        "columns": torch.randn(4, 6).T,
        "every other": torch.arange(10.0)[::2],
        "ñ/é": torch.ones(1, dtype=torch.uint8),
        "parameter": torch.nn.Parameter(torch.ones(2)),
    }


def test_what_was_written_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_tensors(path, samples(), "model", {"b": "ñ", "a": "1"})
    tensors, meta = read_tensors(path, "model")
    assert meta == {"a": "1", "b": "ñ", "kind": "trasluz-model", "version": "1"}
    assert set(tensors) == set(samples())
    for name, t in samples().items():
        assert tensors[name].dtype == t.dtype and torch.equal(tensors[name], t), name
    assert read_metadata(path, "model")["checksum"]


def test_the_safetensors_package_reads_ours_and_we_its_header(tmp_path: Path) -> None:
    write_tensors(tmp_path / "ours.safetensors", samples(), "model", {"a": "1"})
    theirs = safetensors.torch.load_file(tmp_path / "ours.safetensors")
    for name, t in samples().items():
        assert theirs[name].dtype == t.dtype and torch.equal(theirs[name], t), name
    safetensors.torch.save_file({"w": torch.ones(2, 3)}, tmp_path / "theirs.safetensors")
    entry = read_header(tmp_path / "theirs.safetensors").entries[0]
    assert (entry.name, entry.dtype, entry.shape) == ("w", torch.float32, (2, 3))
    with pytest.raises(DamagedFile, match="not a Trasluz model file"):
        read_tensors(tmp_path / "theirs.safetensors", "model")


def test_each_tensor_begins_at_a_multiple_of_its_width(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a", samples(), "model")
    header = read_header(tmp_path / "a")
    assert header.data % 8 == 0
    assert all(e.begin % e.dtype.itemsize == 0 for e in header.entries)


def test_equal_content_gives_equal_bytes_in_any_process(tmp_path: Path) -> None:
    script = (
        "import sys, torch; from pathlib import Path; from trasluz.io.weights import write_tensors;"
        "d = {f'w{i}': torch.arange(i + 1.) for i in range(5)};"
        "write_tensors(Path(sys.argv[1]), d, 'model', {c: c for c in 'qwertyuiop'})"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "a")], check=True)
    backwards = {f"w{i}": torch.arange(i + 1.0) for i in reversed(range(5))}
    write_tensors(tmp_path / "b", backwards, "model", {c: c for c in reversed("qwertyuiop")})
    a, b = ((tmp_path / n).read_bytes() for n in "ab")
    assert hashlib.sha256(a).digest() == hashlib.sha256(b).digest()


def test_tied_weights_are_written_twice_and_read_apart(tmp_path: Path) -> None:
    w = torch.ones(3)
    write_tensors(tmp_path / "a", {"x": w, "y": w, "part": w[1:]}, "model")
    tensors, _ = read_tensors(tmp_path / "a", "model")
    tensors["x"].zero_()
    assert tensors["y"].sum() == 3 and tensors["part"].sum() == 2


def test_the_digest_is_golden() -> None:
    tensors = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([True, False])}
    assert digest(tensors, "text") == "9802041a59733a0c19bd5a1bfede79be"


@given(st.permutations(["a", "b", "c"]))
def test_the_digest_knows_no_order(order: list[str]) -> None:
    assert digest({name: torch.ones(ord(name) - 96) for name in order}) == digest(
        {name: torch.ones(ord(name) - 96) for name in "abc"}
    )


def test_the_digest_sees_names_shapes_dtypes_and_values() -> None:
    base = torch.zeros(2, 3)
    variants = [
        {"a": base}, {"b": base}, {"a": base.reshape(3, 2)}, {"a": base.to(torch.int32)}, {"a": base + 1},
        {"a": base, "b": torch.zeros(0)}, {},
    ]  # fmt: skip
    assert len({digest(v) for v in variants}) == len(variants)
    assert digest({"a": base}, "x") != digest({"a": base}, "y")


def test_another_kind_and_another_version_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    write_tensors(path, {"w": torch.ones(2)}, "latents")
    with pytest.raises(DamagedFile, match="not a Trasluz model file: got 'trasluz-latents'"):
        read_tensors(path, "model")
    monkeypatch.setattr("trasluz.io.weights.VERSION", "2")
    with pytest.raises(VersionMismatch, match="got 1; allowed: 2"):
        read_tensors(path, "latents")


def test_a_dtype_that_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"'w' cannot be written: got torch\.complex64"):
        write_tensors(tmp_path / "a", {"w": torch.ones(2, dtype=torch.complex64)}, "model")
    assert list(tmp_path.iterdir()) == []


def test_weights_that_do_not_fit_are_named() -> None:
    net = {"a": torch.zeros(2), "b": torch.zeros(3)}
    check_shapes(net, net, "here")
    with pytest.raises(DamagedFile, match="weight 'b' is missing"):
        check_shapes({"a": net["a"]}, net, "here")
    with pytest.raises(DamagedFile, match="weight 'c' is not part"):
        check_shapes({**net, "c": net["a"]}, net, "here")
    with pytest.raises(DamagedFile, match=r"weight 'b' does not fit its config: got \(2,\)"):
        check_shapes({**net, "b": net["a"]}, net, "here")
