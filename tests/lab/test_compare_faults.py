"""Comparing as a stranger would: models of own pictures in other sizes and colours, too little data, copies, encoders
that break, files that are damaged or cannot be written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from typer.testing import CliRunner

import trasluz as tl
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.base.progress import Progress
from trasluz.cli import app as face
from trasluz.spaces.model import LatentModel

QUICK: dict[str, Any] = {"method": ["identity", "procrustes", "ridge"], "measure": ["cka"]}


def linear(name: str, channels: int, size: int, d: int, seed: int = 0, **more: Any) -> LatentModel:
    """Projects pictures onto some axes, and back."""
    axes = torch.linalg.qr(torch.randn(channels * size * size, d, generator=torch.Generator().manual_seed(seed))).Q

    def decode(z: Tensor) -> Tensor:
        return (z @ axes.T).reshape(len(z), channels, size, size) + 0.5

    def encode(x: Tensor) -> Tensor:
        return (x.flatten(1) - 0.5) @ axes

    given: dict[str, Any] = {"encode": encode, "identity": f"{channels}-{size}-{d}-{seed}", **more}
    return tl.wrap(decode, (d,), name=name, weights={"axes": axes}, **given)


def folder(place: Path, n: int, copies: bool = False) -> str:
    """Coloured noise, of which no two are alike; or copies of one."""
    place.mkdir()
    draw = np.random.default_rng(0)
    one = draw.integers(0, 255, (9, 9, 3), dtype=np.uint8)
    for i in range(n):
        pixels = one if copies else draw.integers(0, 255, (9, 9, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / f"{i:03}.png")
    return str(place)


def test_other_sizes_and_colours_are_fitted_and_said(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", 60)
    both = tl.compare(
        linear("grey", 1, 8, 6), linear("coloured", 3, 16, 5), data=data, n=30, test=12, workspace=tmp_path, **QUICK
    )
    assert {one.counts for one in both.ways} == {(24, 6, 12)}
    assert any("items of different forms" in note and "grey" in note for note in both.notes)
    assert np.isfinite(both["grey", "coloured"].rung.m.value) and both.page("es")


def test_fewer_items_than_asked_for_are_said(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", 60)
    both = tl.compare(linear("a", 3, 8, 6), linear("b", 3, 8, 40, 1), data=data, workspace=tmp_path, **QUICK)
    fit, aside, test = both.ways[0].counts
    [fewer] = [note for note in both.notes if "fewer items than asked for" in note]
    assert f"{fit + aside} of 1,200" in fewer and f"{test} of 300" in fewer
    [scarce] = [note for note in both.notes if "fewer than the dimensions" in note] if fit < 40 else [None]
    assert scarce is None or "(b: 40)" in scarce
    assert json.loads(json.dumps(both.facts()))["pairs"][0]["n_test"] == test


@pytest.mark.parametrize(
    ("n", "copies", "said"),
    [
        (1, False, "too few items"),
        (9, False, "too few items"),
        (80, True, "too few items|all items to the same latent"),
    ],
    ids=["one item", "nine items", "copies of one"],
)
def test_data_that_say_nothing_are_refused_in_a_line(n: int, copies: bool, said: str, tmp_path: Path) -> None:
    data = folder(tmp_path / "own", n, copies)
    with pytest.raises(TrasluzError, match=said) as refused:
        tl.compare(linear("a", 3, 8, 6), linear("b", 3, 8, 5, 1), data=data, workspace=tmp_path, **QUICK)
    assert "\n" not in refused.value.sentence() and len(refused.value.sentence()) < 300


def test_an_encoder_that_breaks_is_named(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", 60)
    broken = linear("broken", 3, 8, 5, encode=lambda x: x.flatten(1)[:, :5] / 0 * 0)
    with pytest.raises(InvalidArgument, match="broken encodes to numbers that are not finite"):
        tl.compare(linear("a", 3, 8, 6), broken, data=data, n=30, test=12, workspace=tmp_path, **QUICK)
    flat = linear("flat", 3, 8, 5, encode=lambda x: torch.ones(len(x), 5))
    with pytest.raises(InvalidArgument, match="flat encodes all items to the same latent"):
        tl.compare(linear("a", 3, 8, 6), flat, data=data, n=30, test=12, workspace=tmp_path, **QUICK)


def test_dimensions_that_never_move_do_no_harm(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", 60)
    whole = linear("whole", 3, 8, 5)
    still = linear("still", 3, 8, 5, 1, encode=lambda x: (x.flatten(1)[:, :5] - 0.5) * torch.tensor([1.0, 0, 1, 0, 1]))
    both = tl.compare(whole, still, data=data, n=30, test=12, workspace=tmp_path, method=QUICK["method"])
    assert all(np.isfinite(one.rung.m.value) and np.isfinite(one.rung.l.value) for one in both.ways)
    assert all(np.isfinite([one.value, one.null, one.calibrated, one.p]).all() for _, _, one in both.found.similarity)


def test_a_decoder_that_breaks_away_from_its_data_leaves_that_map_out(tmp_path: Path) -> None:
    """As they are, the first model's latents lie where the second one's decoder gives no numbers."""
    data = folder(tmp_path / "own", 60)
    plain, inner = linear("plain", 3, 8, 5), linear("inner", 3, 8, 5)

    def decode(z: Tensor) -> Tensor:
        return torch.where((z.mean(1) < 50)[:, None, None, None], torch.nan, inner.space().decode(z - 100))

    narrow = tl.wrap(
        decode, (5,), encode=lambda x: inner.space().encode(x) + 100, name="narrow", identity="narrow",
        weights={"none": torch.zeros(1)}, representation=inner.representation,
    )  # fmt: skip
    way = tl.compare(plain, narrow, data=data, n=30, test=12, workspace=tmp_path, **QUICK)["plain", "narrow"]
    assert way.chosen == "procrustes" and "not finite" in way.left_out["identity"]


def test_one_model_under_two_names_is_said_to_be_one(tmp_path: Path) -> None:
    zoo = Path(str(tl.open("faces-vae").folder))
    shutil.copytree(zoo, tmp_path / "another")
    both = tl.compare(
        "faces-vae", str(tmp_path / "another"), items="own", n=20, test=10, workspace=tmp_path / "home", **QUICK
    )
    assert {way.chosen for way in both.ways} == {"identity"}
    [note] = [note for note in both.notes if "are one model" in note]
    assert note.startswith("faces-vae and another")


def test_what_cannot_be_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(tmp_path / "home"))
    (tmp_path / "file").write_text("")
    for line, said in {
        "faces-vae": "missing argument",
        " ".join(["faces-vae"] * 7): "2 to 6",
        "faces-vae faces-gan --out c.pdf": "no form to save this in",
        f"faces-vae faces-gan --out {tmp_path}/file/c.html": "is a file, and no folder",
        "faces-vae nobody": "nobody",
        "faces-vae faces-gan --method nothing": "nothing",
        "faces-vae faces-gan --measure nothing": "nothing",
        "faces-vae faces-gan --data nowhere": "nowhere",
        "faces-vae faces-gan --space faces-gan=q": "q",
        "faces-vae faces-gan --space pets-gan=w": "pets-gan",
        "faces-gan pets-gan --space faces-gan=z --space pets-gan=z": "neither faces-gan:z nor pets-gan:z",
    }.items():
        done = CliRunner().invoke(face.app, ["compare", *line.split()])
        told = " ".join(done.output.split())
        assert done.exit_code == 2 and said in told and "Traceback" not in told, (line, done.exit_code, told)


class Heard(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines = list[str]()

    @contextmanager
    def task(self, title: str, total: int | None) -> Generator[Any, None, None]:
        yield lambda n=1, note="": None

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_a_map_that_is_damaged_is_fitted_anew_and_said(tmp_path: Path) -> None:
    given: dict[str, Any] = {"n": 12, "data": folder(tmp_path / "own", 60), "workspace": tmp_path / "home"}
    pair = tl.open("faces-vae"), tl.open("faces-gan")
    first = tl.relocate(*pair, "seed:1", **given)
    [kept] = (tmp_path / "home" / "relocations").glob("*.safetensors")
    kept.write_bytes(kept.read_bytes()[:300])
    heard = Heard()
    again = tl.relocate(*pair, "seed:1", progress=heard, **given)
    assert torch.equal(again.latents, first.latents)
    assert any("cannot be used, and is fitted anew" in line for line in heard.lines)
    heard = Heard()
    tl.relocate(*pair, "seed:1", progress=heard, **given)
    assert heard.lines == ["By the map that was kept: ridge"]


def test_a_comparison_that_is_stopped_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Stopped while the last of its maps is fitted."""

    class Stopped(Heard):
        @contextmanager
        def task(self, title: str, total: int | None) -> Generator[Any, None, None]:
            if title == "From b to a":
                raise KeyboardInterrupt
            yield lambda n=1, note="": None

    given: dict[str, Any] = {"data": folder(tmp_path / "own", 60), "n": 30, "test": 12, "workspace": tmp_path / "home"}
    pair = linear("a", 3, 8, 6), linear("b", 3, 8, 5, 1)
    with pytest.raises(KeyboardInterrupt):
        tl.compare(*pair, progress=Stopped(), **given, **QUICK)
    assert not list((tmp_path / "home").glob("relocations/*")) and not list((tmp_path / "home").rglob("*.tmp*"))
    assert len(tl.compare(*pair, **given, **QUICK).ways) == 2
