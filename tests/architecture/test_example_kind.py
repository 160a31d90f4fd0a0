"""plugins/example brings a kind of data, curves: everything works on them as it does on pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient
from typer.testing import CliRunner

import plugins
import trasluz as tl
from toys import shapes
from trasluz import conformance
from trasluz.base.errors import DataError, InvalidArgument, TrasluzError, UnknownName
from trasluz.base.progress import SILENT, Progress
from trasluz.cli.app import app
from trasluz.io.workspace import Workspace
from trasluz.nn.reader import ReaderConfig
from trasluz.server.app import make_app
from trasluz.server.limits import Limits
from trasluz.server.studio import Studio
from trasluz.spaces import kinds, registry
from trasluz.spaces.model import LatentModel

pytestmark = pytest.mark.usefixtures("installed")
QUICK: dict[str, dict[str, Any]] = {
    "vae": {"widths": [4, 8], "latent": 6, "prior_steps": 5},
    "gan": {"widths": [8, 8, 8]},
    "flow": {"widths": [8, 8, 8], "solver_steps": 3},
}


def trained(family: str = "vae", data: Any = "waves:300", name: str = "w") -> LatentModel:
    """A model of curves that learned for a moment."""
    settings = {"batch": 16, "compute": "float32", **QUICK[family]}
    run = tl.train(family, data, name=name, preset="tiny", steps=2, settings=settings, force=True, device="cpu")
    return run.model


def curve_file(path: Path, *windows: float) -> Path:
    """One window of 64 equal values for each number given."""
    values = np.repeat(np.array(windows), 64)
    path.write_text(" ".join(f"{v:.4f}" for v in values))
    return path


# What a folder gives ----------------------------------------------------------------------------------------------


def test_a_file_of_256_numbers_is_four_items_on_one_side_of_the_split(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for label, sign in (("up", 1), ("down", -1)):
        (folder / label).mkdir(parents=True)
        for i in range(12):
            curve_file(folder / label / f"{i}.curve", *(sign * (k + 1) / 20 + i / 100 for k in range(4)))
    (folder / "up" / "bad.curve").write_text("1 2 three")
    (folder / "up" / "short.curve").write_text("0.5 " * 100)
    (folder / "up" / "loud.curve").write_text("5 " * 64)
    said: list[str] = []
    data = tl.load(folder, progress=Told(said))
    assert len(data) == 24 * 4 and data.kind.name == "curve" and data.shape == (64,)
    rows = data.rows.to_pydict()
    assert rows["id"][:4] == [f"down/0.curve#{k}" for k in range(4)] and rows["label"][0] == "down"
    sides: dict[str, set[str]] = {}
    for name, split in zip(rows["id"], rows["split"], strict=True):
        sides.setdefault(name.split("#")[0], set()).add(split)
    assert all(len(side) == 1 for side in sides.values())
    assert any(
        "3 files were left out beside 96 curves" in line and "something else than numbers" in line for line in said
    )
    assert torch.allclose(data[0].x, torch.full((1, 64), -0.05))


class Told(Progress):
    """Keeps what is said."""

    def __init__(self, said: list[str]) -> None:
        self.said = said

    def say(self, text: str) -> None:
        self.said.append(text)

    def task(self, title: str, total: int) -> Any:
        return SILENT.task(title, total)


def test_two_kinds_in_one_folder_are_refused(tmp_path: Path) -> None:
    curve_file(tmp_path / "a.curve", 0.5)
    Image.new("RGB", (8, 8)).save(tmp_path / "b.png")
    with pytest.raises(DataError, match="several kinds") as told:
        tl.load(tmp_path)
    assert told.value.got == "1 pictures and 1 curves"


def test_curves_have_no_size(tmp_path: Path) -> None:
    curve_file(tmp_path / "a.curve", 0.5)
    for data in (tmp_path, "waves:20"):
        with pytest.raises(InvalidArgument, match="curves have no size"):
            tl.load(data, size=64)


def test_what_networks_see_has_lost_something_and_that_is_said() -> None:
    about = tl.describe_data("waves:200")
    x = tl.load("waves:200").tensor(slice(None))
    halved = x.unflatten(1, (32, 2)).mean(2)
    back = torch.nn.functional.interpolate(halved[:, None], 64, mode="linear", align_corners=False)[:, 0]
    error = ((x - back) / 2).square().mean(1)
    assert about["ceiling, dB"] == pytest.approx(float((-10 * error.log10()).mean()), abs=0.01)
    assert "ceiling, dB" not in tl.describe_data("checkerboards:20")
    trained()
    held_out = tl.load("waves:300", split="test")
    best = held_out.kind.ceiling(held_out.tensor(slice(None)), held_out.representation)
    card = Path("workspace/models/w/card.md").read_text()
    assert f"- What networks see of them is: {best:.1f} dB (PSNR) from what they are" in card


# What models of them do -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", sorted(QUICK))
def test_every_family_learns_them(family: str) -> None:
    model = trained(family)
    assert model.representation.kind == "curve" and model.representation.public_shape == (64,)
    drawn = tl.sample(model, 3)
    assert drawn.items.shape == (3, 64) and float(drawn.items.abs().max()) <= 1
    assert drawn.image().size[0] > 3 * 64
    again = tl.open("w")
    assert torch.equal(tl.sample(again, 3).items, drawn.items)
    conformance.check("models", again, items=tl.load("waves:300").tensor(slice(0, 8)), reopen=lambda: tl.open("w"))


def test_every_verb_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ReaderConfig.__init__
    monkeypatch.setattr(ReaderConfig, "__init__", lambda self, **v: first(self, **{"steps": 5, "warmup": 1, **v}))
    model = trained()
    atlas = tl.encode(model)
    assert atlas.thumbnails([0]).shape == (1, 1, 64, 64)
    plane = tl.map(model, sheet=True)
    assert plane.image().size[0] > 100
    measured = tl.sample(model, 8, measure=True)
    assert measured.quality is not None and "curves as networks see them" not in measured.quality.features
    path = tl.interpolate(model, "test:0", "test:1", frames=5, measure=True)
    assert path.items.shape == (5, 64)
    path.save(tmp_path / "p.gif")
    assert tl.traverse(model, start="test:0", dims=[0, 1]).image().size[0] > 300
    direction = tl.find(model, target="label=saw").one
    found_ = direction.measured
    assert found_ is not None and "frequency" in {*(found_.not_read or ()), *(found_.changes or {})}
    edited = tl.edit(model, ["test:0", "test:1"], dims={0: 2.0})
    edited.save(f"{tmp_path}/edited/")
    files = sorted((tmp_path / "edited").iterdir())
    assert [f.suffix for f in files] == [".curve", ".curve"]
    read = tl.decode(model, files[0])
    assert torch.allclose(read.originals[0], edited.items[0], atol=1e-5)  # type: ignore[arg-type]
    found = tl.invert(model, [files[0], "test:3"])
    assert len(found.fit.psnr) == 2 and all(0 < value <= 100 for value in found.fit.psnr)
    assert tl.load("samples:w:6").tensor([0]).shape == (1, 64)


def test_a_file_of_several_windows_says_which_is_taken(tmp_path: Path) -> None:
    model, said = trained(), list[str]()
    file = curve_file(tmp_path / "four.curve", 0.1, 0.2, 0.3, 0.4)
    x = tl.decode(model, file, progress=Told(said)).originals[0]
    assert x is not None and torch.allclose(x, torch.full((64,), 0.1))
    assert said == ["four.curve: the first of its 4 windows is taken"]


def test_the_studio_shows_them_as_lines(tmp_path: Path) -> None:
    trained()
    tl.encode("w")
    studio = Studio(workspace=Workspace(), device="cpu", limits=Limits(patience=20))
    page = TestClient(make_app(studio, token="t", host="127.0.0.1", port=8765), base_url="http://127.0.0.1:8765/t/")
    try:
        answer = page.post("api/maps", json={"model": "w"})
        assert answer.status_code == 200, answer.text
        id_ = answer.json()["map"]["id"]
        seen = page.post("api/decode", json={"map": id_, "at": [{"row": 0}, {"xy": [0.0, 0.0]}]}).json()
        assert [(i["picture"]["width"], i["picture"]["height"]) for i in seen["items"]] == [(64, 64)] * 2
        x = tl.load("waves:300", split="test").tensor([0])[0]
        lens = page.post("api/lens", json={"map": id_, "at": {"row": 0}}).json()
        assert np.allclose(lens["original"]["line"], (x + 1) / 2, atol=1e-4), "heights, for the page to draw"
        assert lens["original"]["width"] == 64
        sheet = page.get(f"api/maps/{id_}/sheet?x0=-1&y0=-1&x1=1&y1=1&across=4&down=4")
        assert sheet.status_code == 200 and sheet.headers["X-Trasluz-Tile"] == "64"
        own = curve_file(tmp_path / "own.curve", 0.3)
        up = page.post(f"api/uploads?map={id_}&name=own.curve", content=own.read_bytes()).json()
        assert up["inverted"]["original"]["width"] == 64 and "own.curve" in up["inverted"]["reproduce"]["command"]
    finally:
        studio.close()


# What is not of their kind ----------------------------------------------------------------------------------------


def test_items_of_another_kind_are_refused_in_one_line(tmp_path: Path) -> None:
    model = trained()
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(InvalidArgument, match=r"w is a model of curves, and checkerboards:20 holds pictures"):
        tl.encode(model, "checkerboards:20")
    with pytest.raises(InvalidArgument, match="w is a model of curves"):
        tl.encode(model, shapes(20, 16))
    with pytest.raises(DataError, match="not a file of curves"):
        tl.decode(model, tmp_path / "a.png")
    pictures = tl.train("vae", shapes(60, 16), name="p", preset="tiny", steps=1, force=True, device="cpu",
                        settings={"widths": [4, 8], "prior_steps": 0}).model  # fmt: skip
    with pytest.raises(InvalidArgument, match="p is a model of pictures, and waves:20 holds curves"):
        tl.encode(pictures, "waves:20")
    with pytest.raises(DataError, match="not a file of pictures"):
        tl.decode(pictures, curve_file(tmp_path / "c.curve", 0.1))


def test_a_kind_that_claims_another_s_files_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "from trasluz.kinds.picture import Picture\nfrom trasluz.spaces.kind import Kind\n"
        "Greedy = type('Greedy', (Kind,), {**vars(Picture), 'name': 'greedy', 'suffixes': ('.dat', '.png')})"
    )
    with monkeypatch.context() as patch:
        plugins.install(tmp_path, patch, "outside", {"kinds": {"greedy": "outside_kind:Greedy"}}, outside_kind=text)
        Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
        assert kinds.troubles() == ["The plugin greedy is left out: files ending in .png are of picture"]
        assert "greedy" not in {kind.name for kind in kinds.all_kinds()}
        done = CliRunner().invoke(app, ["data", "list"])
        assert done.exit_code == 0 and "files ending in .png are of picture" in done.stderr
    plugins.forget()


def test_without_the_package_a_model_of_them_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, site: Path) -> None:
    trained()
    import sys

    monkeypatch.setattr(sys, "path", [p for p in sys.path if p != str(site)])
    plugins.forget()
    with pytest.raises(UnknownName, match="kind of data") as told:
        tl.open("w")
    assert told.value.got == "'curve'" and "install" in str(told.value.next)


BROKEN = {
    "nothing": np.empty((0, 64), "<f4"),
    "of another type": np.zeros((1, 64), "f8"),
    "of another shape": np.zeros((1, 65), "<f4"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_kind_that_breaks_its_word_is_one_line(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = registry.get("kinds", "curve")
    monkeypatch.setattr(type(kind), "read", lambda self, data, shape, reading: BROKEN[how])
    curve_file(tmp_path / "a.curve", 0.5)
    with pytest.raises(TrasluzError, match="of another form than it says"):
        tl.load(tmp_path)
