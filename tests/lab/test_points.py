"""Every form of POINT, what it stands for, and the one line that is said where it cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import toy_models as toys
from trasluz import wrap
from trasluz.base.errors import (
    DamagedFile,
    DataError,
    IdentityMismatch,
    InvalidArgument,
    NameTaken,
    NotInvertible,
    TrasluzError,
    UnknownName,
)
from trasluz.io.atomic import read_json
from trasluz.io.workspace import Workspace
from trasluz.lab.sample import sample
from trasluz.lab.shelf import points
from trasluz.lab.shelf.forms import (
    DrawPoint,
    FilePoint,
    ItemPoint,
    MapPoint,
    Parsed,
    RowPoint,
    SavedPoint,
    parse_point,
)
from trasluz.lab.shelf.points import resolve

DATA = toys.pictures(60)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("test:17", ItemPoint("test", 17)),
        ("train:0", ItemPoint("train", 0)),
        ("seed:42/3", DrawPoint(42, 3)),
        ("seed:42", DrawPoint(42, 0)),
        ("map:0.31,-1.2", MapPoint(0.31, -1.2)),
        ("map: 1e-2 , 3", MapPoint(0.01, 3.0)),
        ("map:umap:0.31,-1.2", MapPoint(0.31, -1.2, "umap")),
        ("me.jpg", FilePoint(Path("me.jpg"))),
        ("a#b/Me.PNG", FilePoint(Path("a#b/Me.PNG"))),
        ("x.safetensors#3", RowPoint(Path("x.safetensors"), 3)),
        ("x.safetensors", RowPoint(Path("x.safetensors"), None)),
        ("@smile", SavedPoint("smile")),
    ],
)
def test_every_form_is_read(text: str, point: Parsed) -> None:
    assert parse_point(text) == point


@pytest.mark.parametrize(
    "text",
    ["", "17", "test:", "test:-1", "test:1.5", "test:٣", "seed:a", "seed:1/", "map:1", "map:1,nan", "map:1,2,3",
     "map:1e999,0", "map::1,2", "map:umap:", "map:UMAP:1,2", "map:a:b:1,2",
     "@", "@../x", "valid:3", "x.safetensors#", "x.safetensors#-1", "photo.svg", "no such thing"],
)  # fmt: skip
def test_anything_else_is_one_clear_line(text: str) -> None:
    with pytest.raises(TrasluzError) as caught:
        parse_point(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


@given(text=st.text(max_size=30) | st.from_regex(r"(test|seed|map|train):[0-9.,/e+-]{0,12}", fullmatch=True))
def test_no_text_makes_the_parser_fall_over(text: str) -> None:
    try:
        parse_point(text)
    except TrasluzError as error:
        assert str(error)


def test_an_item_is_its_code() -> None:
    model = toys.coded()
    item = DATA.split("test").tensor([4])
    z = resolve(model, "test:4", data=DATA)
    assert torch.equal(z, model.space().encode(item)) and z.shape == (1, 6) and not z.requires_grad
    assert not torch.equal(resolve(model, "train:4", data=DATA), z)


def test_an_item_that_is_not_there_is_told_with_the_count() -> None:
    n = len(DATA.split("test"))
    with pytest.raises(InvalidArgument, match=rf"has {n} items.*test:0 to test:{n - 1}"):
        resolve(toys.coded(), f"test:{n}", data=DATA)


def test_without_data_an_item_cannot_be_had() -> None:
    with pytest.raises(InvalidArgument, match="does not say what it was trained on"):
        resolve(toys.coded(), "test:0")


def test_without_an_encoder_an_item_is_inverted() -> None:
    space = toys.two_spaces().space()
    x = DATA.split("test").tensor([0])
    z = resolve(toys.two_spaces(), "test:0", data=DATA)
    middle = space.prior().mean[None]
    assert (space.decode(z) - x).norm() < (space.decode(middle) - x).norm()


def test_a_draw_is_the_one_that_sample_gives() -> None:
    model = toys.coded()
    drawn = sample(model, 5, seed=42)
    assert torch.equal(resolve(model, "seed:42/3")[0], drawn.latents[3])
    assert torch.equal(resolve(model, "seed:42")[0], drawn.latents[0])
    with pytest.raises(InvalidArgument, match="no prior"):
        resolve(toys.two_spaces(), "seed:1", space="w")


def test_a_picture_file_is_fitted_to_the_model_and_encoded(tmp_path: Path) -> None:
    model = toys.coded()
    pixels = DATA.stored([3])[0].transpose(1, 2, 0)
    Image.fromarray(pixels).save(tmp_path / "small.png")
    Image.fromarray(pixels).resize((64, 48)).save(tmp_path / "large.webp")
    z = resolve(model, str(tmp_path / "small.png"))
    assert torch.allclose(z, model.space().encode(DATA.tensor([3])), atol=1e-5)
    assert torch.equal(resolve(model, tmp_path / "small.png"), z), "a path object is a path"
    assert resolve(model, str(tmp_path / "large.webp")).shape == (1, 6)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for name, error in (("broken.png", DataError), ("missing.png", DataError)):
        with pytest.raises(error, match=name):
            resolve(model, str(tmp_path / name))
    stepped = wrap(lambda z: (z[:, :1, None, None].expand(-1, 3, 8, 8) * 8).round() / 8, (3,), differentiable=False)
    with pytest.raises(NotInvertible, match="no encoder and no gradients"):
        resolve(stepped, str(tmp_path / "small.png"))


def test_saved_latents_are_points(tmp_path: Path) -> None:
    model = toys.coded()
    drawn = sample(model, 4, seed=1)
    path = drawn.save(tmp_path / "some.safetensors")
    assert torch.equal(resolve(model, f"{path}#2")[0], drawn.latents[2])
    with pytest.raises(InvalidArgument, match=r"holds 4 latents.*#0 to #3"):
        resolve(model, f"{path}#4")
    with pytest.raises(InvalidArgument, match="Name one of them"):
        resolve(model, str(path))
    with pytest.raises(IdentityMismatch, match="another model"):
        resolve(toys.coded(1), f"{path}#0")
    with pytest.raises(DamagedFile, match="missing"):
        resolve(model, str(tmp_path / "none.safetensors"))
    one = sample(model, 1, seed=1).save(tmp_path / "one.safetensors")
    assert torch.equal(resolve(model, str(one)), drawn.latents[:1])


def test_a_latent_is_a_point_in_python() -> None:
    model = toys.spatial()
    z = torch.randn(4, 8, 8, dtype=torch.float64)
    assert resolve(model, z).shape == resolve(model, z[None]).shape == (1, 4, 8, 8)
    with pytest.raises(InvalidArgument, match="not fit the space"):
        resolve(model, torch.zeros(1, 6))
    with pytest.raises(InvalidArgument, match="one latent"):
        resolve(model, torch.zeros(3, 4, 8, 8))
    with pytest.raises(InvalidArgument, match="not finite"):
        resolve(model, z * float("nan"))


def test_a_saved_point_is_the_same_bits(workspace: Workspace) -> None:
    model = toys.coded()
    path = points.save_point("smile", model, "seed:7/2")
    assert path == workspace.root / "points" / "smile.json"
    assert torch.equal(resolve(model, "@smile"), resolve(model, "seed:7/2"))
    assert points.list_points() == [{"name": "smile", "model": "toy", "space": "z", "from": "seed:7/2"}]
    with pytest.raises(NameTaken, match="@smile already"):
        points.save_point("smile", model, "seed:8")
    points.save_point("smile", model, "seed:8", replace=True)
    assert torch.equal(resolve(model, "@smile"), resolve(model, "seed:8"))
    points.remove_point("smile")
    assert points.list_points() == []
    with pytest.raises(UnknownName, match="unknown point"):
        resolve(model, "@smile")


def test_a_saved_point_belongs_to_its_model_and_space(workspace: Workspace) -> None:
    mapped = toys.two_spaces()
    points.save_point("here", mapped, "seed:7")
    with pytest.raises(IdentityMismatch, match="another model"):
        resolve(toys.two_spaces(1), "@here")
    with pytest.raises(IdentityMismatch, match="another space"):
        resolve(mapped, "@here", space="w")


@pytest.mark.parametrize(
    "damage",
    [{"latent": "x"}, {"latent": [1, 2]}, {"latent": None}, {"shape": [9]}, {"shape": "z"}, {"version": 2}, {"more": 1},
     {"latent": [1, 2, 3, 4, 5, "6"]}, {"latent": [float("nan")] * 6}],
)  # fmt: skip
def test_a_damaged_point_is_told(workspace: Workspace, damage: dict[str, Any]) -> None:
    model = toys.coded()
    path = points.save_point("p", model, "seed:1")
    path.write_text(json.dumps({**read_json(path, "it"), **damage}))
    with pytest.raises(TrasluzError, match="@p"):
        resolve(model, "@p")


def test_names_stay_in_the_workspace(workspace: Workspace) -> None:
    for name in ("../x", "/x", "a/../../x", "C:\\x", ""):
        with pytest.raises(TrasluzError):
            points.save_point(name, toys.coded(), "seed:1")
    assert not workspace.root.exists(), "what was refused leaves nothing behind"
    for name in ("a/b", ".hidden", "-x"):
        assert points.save_point(name, toys.coded(), "seed:1").parent == workspace.root / "points"
    assert [line["name"] for line in points.list_points()] == ["-x", ".hidden", "a/b"]


def test_a_place_on_the_map_is_its_way_back() -> None:
    from trasluz.lab.map import map as draw

    model = toys.coded()
    plane = draw(model, data=DATA)
    z = resolve(model, "map:0.05,-0.02", data=DATA)
    assert torch.equal(z, plane.inverse([0.05, -0.02]))
    assert np.allclose(plane.project(z).numpy(), [[0.05, -0.02]], atol=1e-5)


def test_a_place_on_another_map_is_named_by_its_method() -> None:
    from trasluz.lab.map import map as draw

    model = toys.coded()
    apart = draw(model, data=DATA, method="discriminant")
    z = resolve(model, "map:discriminant:0.05,-0.02", data=DATA)
    assert torch.equal(z, apart.inverse([0.05, -0.02]))
    assert not torch.equal(z, resolve(model, "map:0.05,-0.02", data=DATA))
    with pytest.raises(UnknownName, match="map method"):
        resolve(model, "map:discriminent:0,0", data=DATA)
