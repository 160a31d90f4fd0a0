"""A folder of sounds: read, learned and gone through by every verb, with no word of it in any of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from typer.testing import CliRunner

import trasluz as tl
from tones import folder, tone, write
from toys import shapes
from trasluz import conformance
from trasluz.base.errors import DataError, InvalidArgument
from trasluz.cli.app import app
from trasluz.nn.reader import ReaderConfig
from trasluz.spaces.model import LatentModel

QUICK: dict[str, dict[str, Any]] = {
    "vae": {"widths": [4, 8], "latent": 6, "prior_steps": 5},
    "gan": {"widths": [8, 8, 8]},
    "flow": {"widths": [8, 8, 8], "solver_steps": 3},
}


@pytest.fixture(autouse=True)
def here(workspace: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def trained(family: str = "vae", n: int = 40, **more: Any) -> LatentModel:
    """A model of tones that learned for a moment."""
    settings = {"batch": 16, "compute": "float32", **QUICK[family], **more}
    where = folder(Path("tones"), n)
    run = tl.train(family, where, name="t", preset="tiny", steps=2, settings=settings, force=True, device="cpu")
    return run.model


def test_a_folder_has_labels_notes_and_windows_on_one_side(tmp_path: Path) -> None:
    root = folder(tmp_path / "mine", 12)
    for i in range(6):
        write(root / "long" / f"{i}.wav", np.tile(tone(300 + 40 * i, 1.0, 8000), 4), 8000)
    (root / "words.csv").write_text("file,speaker\nlow/00.wav,Ana\nhigh/01.wav,Luis\nelsewhere.wav,Eva\n")
    data = tl.load(root)
    rows = data.rows.to_pydict()
    assert data.kind.name == "sound" and data.shape == (16_000,) and len(data) == 12 + 6 * 4
    assert set(rows["label"]) == {"low", "high", "long"} and rows["speaker"].count("Ana") == 1
    sides: dict[str, set[str]] = {}
    for name, split in zip(rows["id"], rows["split"], strict=True):
        sides.setdefault(name.split("#")[0], set()).add(split)
    assert len(sides) == 18 and all(len(side) == 1 for side in sides.values())
    told = " ".join(data.notes)
    assert "6 of 18 sounds are brought to 16 kHz" in told and "12 of 18 sounds are shorter than an item" in told
    assert "6 sounds are longer than 1 s, and cut into 24 windows" in told
    assert tl.load(root, seconds=4).shape == (64_000,) and len(tl.load(root, seconds=4)) == 18
    [table] = data.about["tables"]
    assert table["table"] == "words.csv" and table["used"]


@pytest.mark.parametrize("family", sorted(QUICK))
def test_every_family_learns_them(family: str) -> None:
    model = trained(family)
    assert model.representation.kind == "sound" and model.representation.native_shape == (1, 64, 64)
    drawn = tl.sample(model, 3)
    assert drawn.items.shape == (3, 16_000) and float(drawn.items.abs().max()) <= 1
    again = tl.open("t")
    assert torch.equal(tl.sample(again, 3).items, drawn.items)
    conformance.check("models", again, items=tl.load("./tones").tensor(slice(0, 8)), reopen=lambda: tl.open("t"))


def heard_with_a_film(path: tl.LatentPath, folder: Path) -> None:
    """A film is as long as the sound that it shows, has it, and is the same whenever it is written."""
    import av

    film, alone = path.save(folder / "path.mp4"), path.save(folder / "alone.wav")
    assert film.read_bytes() == path.save(folder / "again.mp4").read_bytes()
    wave, rate = soundfile.read(alone)
    with av.open(str(film), "r") as shown:
        seen = sum(1 for _ in shown.decode(video=0)) / float(shown.streams.video[0].average_rate or 1)
    with av.open(str(film), "r") as shown:
        heard = np.concatenate([frame.to_ndarray().reshape(-1) for frame in shown.decode(audio=0)])
    assert seen == pytest.approx(len(wave) / rate, abs=0.1)
    some = wave[:20_000]
    alike = max(np.corrcoef(heard[k : k + len(some)], some)[0, 1] for k in range(0, 2200, 8))
    assert alike > 0.98, "what is heard is what the path sounds like, but for the delay of the encoder"


def test_every_verb_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ReaderConfig.__init__
    monkeypatch.setattr(ReaderConfig, "__init__", lambda self, **v: first(self, **{"steps": 5, "warmup": 1, **v}))
    model = trained(n=90)
    atlas = tl.encode(model)
    assert atlas.thumbnails([0]).shape[1] == 3
    plane = tl.map(model)
    assert plane.image().size[0] > 100
    seconds = {
        "decoded.wav": (tl.decode(model, ["test:0"]), 1.0),
        "samples.flac": (tl.sample(model, 3), 3 * 1.2),
        "path.wav": (tl.interpolate(model, "test:0", "test:1", frames=5), 5.0),
        "rows.ogg": (tl.traverse(model, start="test:0", dims=[0], columns=3), 3 * 1.2),
        "inverted.wav": (tl.invert(model, ["test:3"]), 1.0),
        "edited.wav": (tl.edit(model, ["test:0", "test:1"], dims={0: 2.0}), 2 * 1.2),
    }
    for name, (result, lasts) in seconds.items():
        samples, rate = soundfile.read(result.save(tmp_path / name))
        assert rate == 16_000 and len(samples) / rate == pytest.approx(lasts), name
        result.save((tmp_path / name).with_suffix(".png"))
    heard_with_a_film(tl.interpolate(model, "test:0", "test:1", frames=3), tmp_path)
    tl.interpolate(model, "test:0", "test:1", frames=3).save(f"{tmp_path}/steps/")
    assert sorted(f.name for f in (tmp_path / "steps").iterdir()) == [f"frame-000{i}.wav" for i in range(3)]
    read = tl.decode(model, tmp_path / "decoded.wav")
    assert read.originals[0] is not None
    want = seconds["decoded.wav"][0].items[0]
    assert torch.allclose(read.originals[0], want, atol=1e-4), "what was written is the same item again"
    found = tl.invert(model, [tmp_path / "decoded.wav", "test:3"])
    assert len(found.fit.psnr) == 2 and all(0 < value <= 100 for value in found.fit.psnr)
    assert tl.find(model, target="label=low").one.measured is not None
    measured = tl.sample(model, 8, measure=True)
    assert measured.quality is not None
    assert tl.load("samples:t:6").tensor([0]).shape == (1, 16_000)


def test_seconds_may_be_said_as_a_setting_too() -> None:
    model = trained(seconds=0.5)
    assert model.representation.public_shape == (8000,)
    assert tl.load("./tones", **model.representation.asked()).shape == (8000,)
    with pytest.raises(InvalidArgument, match="number of seconds"):
        trained(seconds="long")


def test_the_command_line_writes_sounds_and_refuses_them_of_pictures(tmp_path: Path) -> None:
    trained()
    run = CliRunner().invoke
    done = run(app, ["decode", "t", "test:0", "test:1", "--out", str(tmp_path / "two.wav")])
    assert done.exit_code == 0, done.stderr
    assert len(soundfile.read(tmp_path / "two.wav")[0]) == 2 * 19_200
    for words in (["decode", "faces-vae", "test:0"], ["sample", "faces-vae", "-n", "2"]):
        done = run(app, [*words, "--out", str(tmp_path / "x.wav")])
        assert done.exit_code == 2 and "no form to save this in" in done.stderr and not (tmp_path / "x.wav").exists()
    done = run(app, ["data", "show", "pets:20", "--seconds", "2"])
    assert done.exit_code == 2 and "pictures have no seconds" in done.stderr
    done = run(app, ["data", "show", "./tones", "--size", "32"])
    assert done.exit_code == 2 and "sounds have no size" in done.stderr


def test_a_model_of_one_kind_takes_nothing_of_another(tmp_path: Path) -> None:
    model = trained()
    png, wav = tmp_path / "a.png", write(tmp_path / "a.wav", tone())
    Image.new("RGB", (8, 8)).save(png)
    with pytest.raises(InvalidArgument, match="t is a model of sounds, and pets:20 holds pictures"):
        tl.encode(model, "pets:20")
    with pytest.raises(InvalidArgument, match="t is a model of sounds"):
        tl.encode(model, shapes(20, 16))
    with pytest.raises(DataError, match="not a file of sounds"):
        tl.decode(model, png)
    with pytest.raises(DataError, match="not a file of pictures"):
        tl.decode("faces-vae", wav)
    with pytest.raises(InvalidArgument, match=r"faces-vae is a model of pictures, and .* holds sounds"):
        tl.encode("faces-vae", Path("tones"))
    with pytest.raises(DataError, match="a model of sounds, and a picture was given"):
        tl.decode(model, Image.new("RGB", (8, 8)))


def test_a_file_of_several_windows_says_which_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained()
    file = write(tmp_path / "long.wav", np.tile(tone(300, 1.0), 3))
    tl.decode("t", file, progress=True)
    assert "the first of its 3 windows is taken" in capsys.readouterr().err
