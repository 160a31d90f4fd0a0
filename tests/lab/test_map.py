"""Maps of encoded data: every place decodes, the colours are the column, and the sheet shows where the data end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import toy_models as toys
from trasluz.base.errors import DataError, IdentityMismatch, InvalidArgument, TrasluzError, UnknownName, WorkspaceLocked
from trasluz.base.progress import SILENT, Progress
from trasluz.io import lock
from trasluz.io.workspace import Workspace
from trasluz.lab.encode import encode
from trasluz.lab.judging.support import support_of
from trasluz.lab.map import map
from trasluz.lab.results.plane import Plane, _visible
from trasluz.lab.shelf.maps import projection_of

DATA = toys.pictures(160).split("test")


class Told(Progress):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def task(self, title: str, total: int | None) -> AbstractContextManager[Callable[..., None]]:
        return SILENT.task(title, total)

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def model() -> toys.Toy:
    return toys.coded(size=16)


@pytest.fixture
def plane(model: toys.Toy, workspace: Workspace) -> Plane:
    return map(model, data=DATA)


def test_the_way_back_is_exact_and_what_it_leads_to_is_judged_in_the_space(plane: Plane, model: toys.Toy) -> None:
    n = len(DATA)
    assert plane.xy.shape == (n, 2) and len(plane) == n and plane.latents.shape == (n, 6)
    back = plane.inverse(plane.xy)
    assert torch.allclose(plane.project(back), plane.xy, atol=1e-4)
    assert plane.inverse([0.1, 0.2]).shape == (1, 6)
    support, of_places = support_of(plane.latents, plane.atlas, model.space()), plane.support(plane.xy)
    assert support is not None and of_places is not None
    assert float((support <= 1).float().mean()) >= 0.9
    assert torch.equal(of_places, support_of(back, plane.atlas, model.space())), (
        "of what a place decodes to, not of the drawing"
    )
    far = plane.support([1e3, 0.0])
    assert far is not None and float(far) > 10


def test_the_label_is_the_colour_and_any_other_column_can_be(model: toys.Toy, workspace: Workspace) -> None:
    assert map(model, data=DATA).color == "label"
    red = map(model, data=DATA, color="red")
    assert red.values is not None and red.values.dtype == np.float64
    assert map(model, data=DATA, color="split").color == "split"
    with pytest.raises(UnknownName, match=r"unknown column.*label"):
        map(model, data=DATA, color="rd")


def test_a_condition_chooses_what_is_drawn_and_leaves_the_map(plane: Plane, model: toys.Toy) -> None:
    cats = map(model, data=DATA, where="label = 'cat'")
    assert 0 < len(cats) < len(plane) and set(cats.values) == {"cat"}  # type: ignore[arg-type]
    assert torch.equal(cats.xy, plane.xy[cats.shown])
    with pytest.raises(DataError, match="no row"):
        map(model, data=DATA, where="label = 'cow'")
    with pytest.raises(InvalidArgument):
        map(model, data=DATA, where="label = (select content from read_text('/etc/passwd'))")


def test_an_atlas_can_be_named_or_given(plane: Plane, model: toys.Toy) -> None:
    atlas = encode(model, DATA)
    for again in (map(atlas), map(model, atlas=atlas), map(model, atlas=atlas.name)):
        assert torch.equal(again.xy, plane.xy)
        assert f"map toy --color label --atlas {atlas.name} --out" in again.command()


def test_labels_are_separated_when_asked_for(model: toys.Toy, workspace: Workspace) -> None:
    apart = map(model, data=DATA, method="discriminant")
    x, label = apart.xy[:, 0].numpy(), apart.values
    assert x[label == "cat"].mean() < x[label == "dog"].mean()


def test_settings_of_the_method_draw_another_map(plane: Plane, model: toys.Toy) -> None:
    later = map(model, data=DATA, settings={"horizontal": 2, "vertical": "3"})
    assert later.projection.axes[0].startswith("PC 2") and not torch.equal(later.xy, plane.xy)
    assert "--set horizontal=2 --set vertical=3" in later.command() and "settings={'horizontal': 2" in later.code()
    assert "settings" not in map(model, data=DATA, settings={}).code()
    with pytest.raises(UnknownName, match=r"unknown setting.*horizontal"):
        map(model, data=DATA, settings={"horizontl": 2})


def test_what_is_lost_there_and_back_is_told_and_stands_under_the_picture(plane: Plane, model: toys.Toy) -> None:
    assert plane.round_trip is not None
    lost = f"{100 * plane.round_trip:.0f} % of the variance lost there and back"
    assert plane.brief().endswith(lost) and plane.told().startswith(plane.brief())
    for figure, words in ((plane.figure(), ""), (plane.figure(sheet=True), "support over 1")):
        texts = [" ".join(text.get_text().split()) for text in figure.figure.axes[0].texts]
        assert any(text.startswith(lost) and words in text for text in texts)


def test_a_map_by_umap_is_announced_kept_and_decodes(model: toys.Toy, workspace: Workspace) -> None:
    told = Told()
    drawn = map(model, data=DATA, method="umap", settings={"epochs": 20, "neighbours": 8}, progress=told)
    assert f"Laying out {len(DATA)} items by UMAP; some seconds" in told.lines
    assert drawn.xy.shape == (len(DATA), 2) and drawn.inverse(drawn.xy[:3]).shape == (3, 6)
    assert drawn.image().width > 500 and drawn.sheet().width > 300
    again = map(model, data=DATA, method="umap", settings={"epochs": 20, "neighbours": 8}, progress=told)
    assert torch.equal(again.xy, drawn.xy) and len([line for line in told.lines if "Laying out" in line]) == 1


def test_a_map_is_kept_beside_the_latents(plane: Plane, workspace: Workspace) -> None:
    kept = list((workspace.root / "atlases").glob("*/projections/pca.safetensors"))
    assert len(kept) == 1
    before = kept[0].stat().st_mtime_ns
    again = projection_of(plane.atlas, "pca", workspace=workspace)
    assert torch.equal(again.xy, plane.projection.xy) and kept[0].stat().st_mtime_ns == before


def test_a_map_is_drawn_while_another_process_writes(
    model: toys.Toy, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    atlas = encode(model, DATA)

    def held(folder: Path, *what: object) -> None:
        raise WorkspaceLocked(f"the workspace {folder} is being written by process 1")

    monkeypatch.setattr(lock, "writer", held)
    assert len(map(atlas)) == len(atlas)
    assert not list((workspace.root / "atlases").glob("*/projections/*"))


def test_map_and_sheet_save_as_picture_and_drawing(plane: Plane, model: toys.Toy, tmp_path: Path) -> None:
    sheet = map(model, data=DATA, sheet=True)
    for result, name in ((plane, "map"), (sheet, "sheet")):
        with Image.open(result.save(tmp_path / f"{name}.png")) as picture:
            assert min(picture.size) > 500
        text = result.save(tmp_path / f"{name}.svg").read_text()
        assert text.startswith("<?xml") and "</svg>" in text
        result.save(tmp_path / f"{name}.svg")
        assert result.save(tmp_path / f"{name}2.svg").read_text() == text
    assert sheet.image().tobytes() == plane.sheet().tobytes()
    assert "--sheet" in sheet.command() and "sheet=True" in sheet.code()
    with np.load(plane.save(tmp_path / "map.npz")) as arrays:
        assert np.array_equal(arrays["xy"], plane.xy.numpy())
    with pytest.raises(InvalidArgument, match=r"\.svg"):
        plane.save(tmp_path / "map.gif")


def test_without_thumbnails_only_points(plane: Plane, model: toys.Toy) -> None:
    bare = map(model, data=DATA, thumbnails=False)
    assert len(bare.figure().figure.axes[0].patches) == 0 < len(plane.figure().figure.axes[0].patches)


def test_tiles_fade_away_from_the_data() -> None:
    visible = _visible(torch.tensor([0.0, 1.0, 2.0, 4.0, 8.0, 99.0]))
    assert visible.tolist() == pytest.approx([1, 1, 1 - 0.8 / 3, 1 - 1.6 / 3, 0.2, 0.2])


def test_a_sheet_needs_the_model_that_the_atlas_is_of(plane: Plane) -> None:
    with pytest.raises(IdentityMismatch):
        Plane(plane.atlas, plane.projection, plane.shown, None, lambda: toys.coded(1), plane.call).sheet()


def test_a_spatial_space_has_a_map(workspace: Workspace) -> None:
    plane = map(toys.spatial(), data=toys.pictures(40, size=32))
    assert plane.inverse([[0.0, 0.0], [1.0, 1.0]]).shape == (2, 4, 8, 8)
    assert plane.sheet().width > 500


def test_what_is_no_map_is_told(plane: Plane, model: toys.Toy) -> None:
    for places in ([1.0], [[1.0, 2.0, 3.0]], [float("nan"), 0.0]):
        with pytest.raises(InvalidArgument, match="not places of a map"):
            plane.inverse(places)
    with pytest.raises(UnknownName, match="map method"):
        map(model, data=DATA, method="pac")
    with pytest.raises(TrasluzError):
        map(model)  # trained on nothing that is known
    with pytest.raises(TrasluzError):
        map(toys.two_spaces(), data=DATA)  # no encoder
