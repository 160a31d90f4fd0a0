"""Results save themselves in every form they have, and say how they were made."""

from __future__ import annotations

import io
import shlex
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

import toy_models as toys
from trasluz import wrap
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.io.pictures import PICTURES
from trasluz.io.weights import read_tensors
from trasluz.io.workspace import Workspace
from trasluz.lab.decode import decode
from trasluz.lab.interpolate import interpolate
from trasluz.lab.results.base import Decodings
from trasluz.lab.results.paths import LatentPath
from trasluz.lab.sample import sample
from trasluz.lab.shelf.where import device_of
from trasluz.lab.traverse import traverse

DATA = toys.pictures(40)
MODEL = toys.coded()


def path(**arguments: object) -> LatentPath:
    return interpolate(MODEL, "seed:1", "seed:2", frames=6, **arguments)  # type: ignore[arg-type]


def all_of_them() -> list[Decodings]:
    return [
        sample(MODEL, 4),
        decode(MODEL, ["test:0", "seed:1"], data=DATA),
        path(),
        traverse(toys.two_spaces(), dims=[1, 2], columns=3),
    ]


@pytest.mark.parametrize("result", all_of_them(), ids=lambda r: type(r).__name__)
def test_every_form_can_be_read_back(result: Decodings, tmp_path: Path) -> None:
    for suffix in (*PICTURES, ".PNG"):
        path = result.save(tmp_path / f"made/for/it/a{suffix}")
        with Image.open(io.BytesIO(path.read_bytes())) as picture:
            assert picture.size == result.image().size
    tensors, metadata = read_tensors(result.save(tmp_path / "a.safetensors"), "latents")
    assert torch.equal(tensors["latents"], result.latents) and metadata["space"] == "z"
    with np.load(result.save(tmp_path / "a.npz")) as arrays:
        assert np.array_equal(arrays["items"], result.items.numpy())
        assert np.array_equal(arrays["latents"], result.latents.numpy())
    assert Image.open(io.BytesIO(result._repr_png_())).size == result.image().size
    assert len(repr(result)) < 200 and result.origin.model in repr(result)


@pytest.mark.parametrize("result", all_of_them(), ids=lambda r: type(r).__name__)
def test_the_same_call_gives_the_same_bytes(result: Decodings) -> None:
    again = next(other for other in all_of_them() if type(other) is type(result))
    assert again._repr_png_() == result._repr_png_()


def test_a_path_is_a_film(tmp_path: Path) -> None:
    with Image.open(io.BytesIO(path().save(tmp_path / "a.gif").read_bytes())) as film:
        assert film.n_frames == 6 and film.size == (256, 256)
    with av.open(io.BytesIO(path(loop=True).save(tmp_path / "a.mp4").read_bytes())) as film:
        assert sum(1 for _ in film.decode(video=0)) == 6, "round and round: no rest"
    with av.open(io.BytesIO(path().save(tmp_path / "b.mp4").read_bytes())) as film:
        assert sum(1 for _ in film.decode(video=0)) == 6 + 2 * 7, "a rest at both ends"


def test_another_suffix_is_one_clear_line(tmp_path: Path) -> None:
    for name in ("a", "a.bmp", "a.svg", "a.gif", "a.exe"):
        with pytest.raises(InvalidArgument, match=r"ends in \.png \.jpg .* \.npz"):
            sample(MODEL, 1).save(tmp_path / name)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InvalidArgument, match="is a folder"):
        sample(MODEL, 1).save(tmp_path / "folder.png")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(TrasluzError):
        sample(MODEL, 1).save(tmp_path / "file/a.png")
    assert not [p for p in tmp_path.iterdir() if p.name not in ("folder.png", "file")]


def test_the_command_line_is_exact_and_quoted(workspace: Workspace, tmp_path: Path) -> None:
    assert sample(MODEL).command() == "trasluz sample toy --out samples.png"
    told = sample(MODEL, 9, seed=3, psi=0.7, temperature=2.0, prior="normal", space="z").command()
    assert told == (
        "trasluz sample toy -n 9 --seed 3 --prior normal --psi 0.7 --temperature 2 --space z --out samples.png"
    )
    made = path(loop=True, rule="spherical")
    made.save(tmp_path / "my path.gif")
    assert made.command() == (
        "trasluz interpolate toy seed:1 seed:2 --rule spherical --frames 6 --loop "
        f"--out {shlex.quote(str(tmp_path / 'my path.gif'))}"
    )
    rows = traverse(toys.two_spaces(), dims=[0, 3], start="seed:2", range=2, columns=3)
    assert rows.command() == (
        "trasluz traverse mapped --dims 0,3 --from seed:2 --range 2 --columns 3 --out traversal.png"
    )
    shown = decode(MODEL, ["test:0"], data=DATA, workspace=tmp_path / "else where", device="cpu")
    assert shlex.split(shown.command()) == [
        *("trasluz", "decode", "toy", "test:0", "--data", "toys"),
        *("--workspace", str(tmp_path / "else where"), "--device", "cpu", "--out", "decoded.png"),
    ]


def test_the_python_says_the_same(workspace: Workspace, tmp_path: Path) -> None:
    made = decode(MODEL, ["test:0", "seed:1"], data=DATA)
    made.save(tmp_path / "a.png")
    assert made.code().splitlines() == [
        "import trasluz as tl",
        "",
        "model = tl.open('toy')",
        "decoded = tl.decode(model, ['test:0', 'seed:1'], data='toys')",
        f"decoded.save({str(tmp_path / 'a.png')!r})",
    ]
    assert "tl.interpolate(model, 'seed:1', 'seed:2', frames=6, loop=True)" in path(loop=True).code()
    assert "tl.traverse(model, dims=[0, 3])" in traverse(toys.two_spaces(), dims=(0, 3)).code()
    elsewhere = sample(MODEL, 2, workspace=tmp_path).code()
    assert f"tl.open('toy', workspace={str(tmp_path)!r})" in elsewhere
    for code in (made.code(), elsewhere):
        compile(code, "code", "exec")


def test_what_has_no_name_cannot_be_told() -> None:
    from_a_tensor = decode(MODEL, torch.zeros(2, 6))
    for tell in (from_a_tensor.command, from_a_tensor.code):
        with pytest.raises(TrasluzError, match=r"tensor cannot be named.*@name"):
            tell()
    nameless = sample(wrap(decode=lambda z: z.reshape(-1, 1, 4, 4).sigmoid(), shape=(16,)), 2)
    with pytest.raises(TrasluzError, match=r"only in memory.*model\.save"):
        nameless.command()


def test_a_device_that_is_not_there_is_told() -> None:
    assert device_of("cpu") == torch.device("cpu") and device_of("auto").type in ("cpu", "cuda", "mps")
    for name in ("tpu", "", "cpu:x"):
        with pytest.raises(InvalidArgument, match="device"):
            device_of(name)
    if not torch.cuda.is_available():
        with pytest.raises(InvalidArgument, match="does not have the device: got 'cuda:0'; allowed: auto"):
            device_of("cuda:0")
