"""What a person has in Python goes in as it is, and what was made goes on to others: a list of promises."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.door.situations import Said, rows
from typer.testing import CliRunner

import toy_models as toys
import trasluz as tl
from toys import shapes
from trasluz.base.errors import DamagedFile, InvalidArgument, MissingExtra, NameTaken, TrasluzError
from trasluz.io.values import unsealed
from trasluz.io.workspace import Workspace
from trasluz.lab.results.run import Run
from trasluz.spaces.direction import Direction

MODEL = toys.coded()
DATA = toys.pictures(60)
Z = np.random.default_rng(0).normal(size=6)
PICTURE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8))
QUICK = {"batch": 16, "compute": "float32", "prior_steps": 5, "widths": [4, 8], "latent": 3}


# A POINT ------------------------------------------------------------------------------------------------------------


def tensor(value: Any) -> torch.Tensor:
    return torch.as_tensor(np.asarray(value, dtype=np.float32))


@rows({
    "a NumPy array is a point": (Z, tensor(Z)[None]),
    "an array of half precision is a point": (Z.astype("f2"), tensor(Z.astype("f2"))[None]),
    "an array of the other byte order is a point": (Z.astype(">f8"), tensor(Z)[None]),
    "an array read backwards is a point": (Z[::-1], tensor(Z[::-1].copy())[None]),
    "an array of whole numbers is a point": (np.arange(6), tensor(np.arange(6))[None]),
    "an array of objects that are numbers is a point": (Z.astype(object), tensor(Z)[None]),
    "a list of numbers is a point": (Z.tolist(), tensor(Z)[None]),
    "a tuple of numbers is a point": (tuple(Z), tensor(Z)[None]),
    "a list of tensors of one number is a point": ([torch.tensor(v) for v in Z], tensor(Z)[None]),
    "a tensor with gradients is a point": (torch.tensor(Z, requires_grad=True), tensor(Z)[None]),
    "rows of an array are a point each": (np.stack([Z, -Z]), tensor([Z, -Z])),
    "a list of lists is a point each": ([Z.tolist(), (-Z).tolist()], tensor([Z, -Z])),
    "a list of arrays is a point each": ([Z, -Z], tensor([Z, -Z])),
})  # fmt: skip
def test_numbers_are_latents(case: tuple[Any, torch.Tensor], workspace: Workspace) -> None:
    given, z = case
    assert torch.allclose(tl.decode(MODEL, given).latents, z, atol=1e-3)


def encoded(x: torch.Tensor) -> torch.Tensor:
    return MODEL.space().encode(x)


def turned(path: Path) -> Image.Image:
    """A picture as a camera held upright writes it: on its side, and says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    PICTURE.save(path / "turned.jpg", exif=exif, quality=95)
    return Image.open(path / "turned.jpg")


@rows({
    "a Pillow image is a point": (lambda _: PICTURE, "resized to 16 x 16, from 30 x 40"),
    "a grey Pillow image is a point of a model in colours": (lambda _: Image.new("L", (16, 16), 90), "taken as RGB"),
    "a printer's picture in four inks is a point": (lambda _: Image.new("CMYK", (16, 16), (0, 90, 9, 0)), ""),
    "a picture on its side is set upright, as its file would be": (turned, "resized"),
    "an item of an open data set is a point": (lambda _: DATA[3], ""),
})  # fmt: skip
def test_what_is_seen_is_a_point(case: tuple[Callable[[Path], Any], str], workspace: Workspace, tmp_path: Path) -> None:
    make, remark = case
    given, said = make(tmp_path), Said()
    found = tl.decode(MODEL, given, progress=said)
    if isinstance(given, Image.Image):
        saved = tmp_path / ("turned.jpg" if (tmp_path / "turned.jpg").exists() else "same.tiff")
        if not saved.exists():
            given.save(saved)
        assert torch.equal(found.latents, tl.decode(MODEL, saved).latents), "the picture and its file are one"
    else:
        assert torch.allclose(found.latents, encoded(given.x), atol=1e-5)
    assert remark in " ".join(said.lines)


@rows({
    "numbers of another length are refused with both shapes": (np.zeros(5), r"\(5,\); allowed: \(6,\)"),
    "one number is refused": (3.0, r"got \(\); allowed: \(6,\)"),
    "nothing is refused by name": (None, "points is needed"),
    "bytes are refused": (b"me.png", "points is not a POINT"),
    "a dictionary is refused": ({"z": 1}, "class dict"),
    "a set, which has no order, is refused": ({"seed:1", "seed:2"}, "class set"),
    "rows of different lengths are refused": ([[1, 2], [3]], "rows of the same length"),
    "complex numbers are refused": (Z + 1j, "not an array of numbers"),
    "NaN is refused": (np.full(6, np.nan), "not finite"),
    "masked values are refused": (np.ma.array(Z, mask=[1, 0, 0, 0, 0, 0]), "masked"),
    "pixels given as latents are shown the way": (np.asarray(PICTURE), "Image.fromarray"),
    "a whole data set is no point": (DATA, "whole data set"),
})  # fmt: skip
def test_what_is_no_point_is_told_in_one_line(case: tuple[Any, str], workspace: Workspace) -> None:
    given, told = case
    with pytest.raises(InvalidArgument, match=told) as caught:
        tl.decode(MODEL, given)
    assert "\n" not in str(caught.value)


POINT_TAKERS: dict[str, Callable[[], Any]] = {
    "decode": lambda: tl.decode(MODEL, ["seed:1", Z, PICTURE, DATA[0]]),
    "interpolate": lambda: tl.interpolate(MODEL, Z, PICTURE, frames=3),
    "interpolate, a list of words": lambda: tl.interpolate(MODEL, ["seed:1", "seed:2"], frames=3),
    "traverse": lambda: tl.traverse(MODEL, start=Z.tolist(), dims=[0], columns=3),
    "sample near": lambda: tl.sample(MODEL, 2, near=PICTURE),
    "edit": lambda: tl.edit(MODEL, [Z, PICTURE], dims={0: 1}, report=False, data=DATA),
    "edit by analogy": lambda: tl.edit(MODEL, Z, analogy=np.stack([Z, -Z]), report=False),
    "find by example": lambda: tl.find(MODEL, these=np.eye(6), those=-np.eye(6), measured=False, data=DATA),
    "invert": lambda: tl.invert(MODEL, PICTURE),
    "save_point": lambda: tl.save_point("here", MODEL, Z),
}


@rows(POINT_TAKERS)
def test_every_verb_takes_them(case: Callable[[], Any], workspace: Workspace) -> None:
    assert case() is not None


@rows({
    "pixels as bytes are taken as bytes": (np.full((3, 16, 16), 255, np.uint8), 1.0),
    "pixels as rows, columns and colours are taken as such": (np.full((16, 16, 3), 255, np.uint8), 1.0),
    "numbers from 0 to 1 are taken as they are": (np.full((3, 16, 16), 0.5), 0.5),
})  # fmt: skip
def test_an_array_of_pixels_can_be_inverted(case: tuple[np.ndarray, float], workspace: Workspace) -> None:
    given, level = case
    found = tl.invert(MODEL, given)
    assert torch.allclose(found.latents, encoded(torch.full((1, 3, 16, 16), level)), atol=1e-5)


def test_numbers_up_to_255_are_not_taken_for_white(workspace: Workspace) -> None:
    with pytest.raises(InvalidArgument, match=r"out of the range of pictures: got 0 to 200; allowed: 0 to 1.*255"):
        tl.invert(MODEL, np.linspace(0, 200, 768).reshape(3, 16, 16))


# Every other parameter ----------------------------------------------------------------------------------------------


@rows({
    "a whole number may be written with a point": {"n": 4.0},
    "a whole number may be NumPy's": {"n": np.float32(4)},
    "a whole number may be torch's": {"n": torch.tensor(4)},
    "a whole number may be a text": {"n": "4"},
    "a number may be a text": {"psi": "0.5"},
    "a number may be a fraction or a decimal": {"psi": Fraction(1, 2), "temperature": Decimal("0.5")},
    "a seed may be NumPy's": {"seed": np.int64(3)},
    "a device may be torch's": {"device": torch.device("cpu")},
    "nobody need be told how it goes": {"progress": None},
    "a condition on a line's form is one": {"where": np.str_("red > 0.2")},
})  # fmt: skip
def test_values_are_converted(case: dict[str, Any], workspace: Workspace) -> None:
    assert len(tl.sample(MODEL, **{"n": 4, "data": DATA, **case})) == 4


@rows({
    "a half is no number of samples": ({"n": 4.5}, "the number of samples is not a whole number: got 4.5"),
    "yes is no number of samples": ({"n": True}, "not a whole number: got True; allowed: a whole number, 1 to 100,000"),
    "nothing is no number of samples": ({"n": None}, "is needed: got None. Leave it out for 64"),
    "a word is no truncation": ({"psi": "half"}, "psi is not a number: got 'half'; allowed: a number from 0 to 4"),
    "a list is no truncation": ({"psi": [1]}, r"psi is not a number: got \[1\]"),
    "a number is no device": ({"device": 0.5}, "not a device: got 0.5"),
    "a number is no folder": ({"workspace": 3}, "workspace is not a path: got 3"),
    "a word is nobody to tell": ({"progress": "yes"}, "not a Progress"),
    "a number is no condition": ({"given": 3}, "given is not a dictionary: got 3"),
    "a list is no name": ({"prior": ["normal"]}, "prior is not text"),
    "pixels are no data": ({"data": np.zeros((4, 3, 16, 16))}, "not data: got ndarray of shape.*folder"),
    "a number is no atlas": ({"atlas": 3}, "not an atlas: got 3"),
    "perhaps is neither yes nor no": ({"measure": "perhaps"}, "measure is not yes or no"),
})  # fmt: skip
def test_what_cannot_be_taken_is_told_in_one_line(case: tuple[dict[str, Any], str], workspace: Workspace) -> None:
    given, told = case
    with pytest.raises(TrasluzError, match=told) as caught:
        tl.sample(MODEL, **{"n": 4, **given})
    assert "\n" not in str(caught.value)


@rows({
    "dimensions may be an array": {"dims": np.array([0, 3])},
    "dimensions may be a tensor": {"dims": torch.tensor([0, 3])},
    "dimensions may be as a line has them": {"dims": "0,3"},
    "dimensions may be a range": {"dims": range(0, 4, 3)},
})  # fmt: skip
def test_dimensions(case: dict[str, Any], workspace: Workspace) -> None:
    assert tl.traverse(MODEL, columns=3, start="seed:1", data=DATA, **case).dims == [0, 3]


def test_the_text_False_is_no(workspace: Workspace) -> None:
    edited = tl.edit(MODEL, Z, dims={"0": "1.5"}, report="False", data=DATA)  # type: ignore[arg-type,dict-item]
    assert edited.call.values["report"] is False and edited.call.values["dims"] == {0: 1.5}


def test_an_open_model_is_taken_alone_and_among_names() -> None:
    from trasluz.lab.calls.verb import verb_named

    models = verb_named("studio").parameters["models"]
    assert models.take((MODEL,)) == (MODEL,) and models.take((MODEL, "faces-vae")) == (MODEL, "faces-vae")
    with pytest.raises(InvalidArgument, match="models is not a model: got 3"):
        models.take((3,))


def test_a_run_is_taken_for_its_model(workspace: Workspace) -> None:
    run = Run(toys.coded(), workspace.root, {}, tl.sample(toys.coded(), 1).call)
    assert torch.equal(tl.sample(run, 2, seed=3).latents, tl.sample(run.model, 2, seed=3).latents)


def test_a_network_that_is_no_model_is_shown_the_way(workspace: Workspace) -> None:
    with pytest.raises(InvalidArgument, match=r"not a model: got an object of the class Linear.*tl\.wrap"):
        tl.decode(torch.nn.Linear(6, 6), Z)  # type: ignore[arg-type]


@rows({
    "a number of --given is a number in code": ({"label": "1"}, "given={'label': 1}"),
    "a name of --given stays a name": ({"label": "cat"}, "given={'label': 'cat'}"),
    "007 is a name, not seven": ({"label": "007"}, "given={'label': '007'}"),
    "1.50 is a name, not one and a half": ({"label": "1.50"}, "given={'label': '1.50'}"),
})  # fmt: skip
def test_code_says_numbers_as_numbers(case: tuple[dict[str, str], str]) -> None:
    from trasluz.lab.calls.verb import verb_named

    given, code = case
    declared = verb_named("sample").parameters["given"]
    assert f"given={declared.kind.code(declared.take(given))}" == code
    assert declared.take([f"{key}={value}" for key, value in given.items()]) == declared.take(given)


# Atlases, cards -----------------------------------------------------------------------------------------------------


@pytest.fixture
def atlas(workspace: Workspace) -> Any:
    return tl.encode(MODEL, DATA, split="all")


def test_an_atlas_is_an_array(atlas: Any) -> None:
    assert np.asarray(atlas).shape == (60, 6) and np.asarray(atlas).dtype == np.float32
    assert np.array_equal(np.asarray(atlas, dtype="f8"), atlas.latents.numpy().astype("f8"))


def test_an_atlas_is_a_table_of_pandas_where_pandas_is_there(atlas: Any) -> None:
    pandas = pytest.importorskip("pandas")
    frame = atlas.to_pandas(latents=True)
    assert isinstance(frame, pandas.DataFrame) and len(frame) == 60
    assert {"id", "label", "red", "z0", "z5"} <= set(frame.columns)
    assert frame["id"].tolist() == atlas.rows.column("id").to_pylist()


def test_without_pandas_it_is_said_what_to_do(atlas: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r"pip install pandas.*atlas\.rows"):
        atlas.to_pandas()


@rows({
    "a model shows itself as a card": (lambda: MODEL, ["toy", "space z", "37,974"]),
    "a space shows itself as a card": (MODEL.space, ["The space z", "vector of 6", "normal (default)"]),
    "a data set shows itself as a card": (lambda: DATA, ["60 pictures", "16x16 pixels", "label, red, note"]),
    "an atlas shows itself as a card": (lambda: tl.encode(MODEL, DATA, split="all"), ["60 items", "60 x 6"]),
})  # fmt: skip
def test_cards(case: tuple[Callable[[], Any], list[str]], workspace: Workspace) -> None:
    thing = case[0]()
    assert all(word in repr(thing) for word in case[1]), repr(thing)
    assert thing._repr_png_().startswith(b"\x89PNG") and "<img" in thing._repr_html_()


def test_a_card_without_pictures_is_a_card_all_the_same() -> None:
    silent = toys.two_spaces().space("w")
    assert silent._repr_png_() is None and "<table>" in silent._repr_html_() and "<img" not in silent._repr_html_()


def test_names_on_a_card_are_text_and_no_markup() -> None:
    hostile = toys.coded(name="<script>alert(1)</script>")
    assert "<script>" not in hostile._repr_html_() and "&lt;script&gt;" in hostile._repr_html_()


# Directions of one's own --------------------------------------------------------------------------------------------


@rows({
    "an array is a direction": Z,
    "the coef_ of a classifier is a direction": Z[None],
    "a list is a direction": Z.tolist(),
    "a tensor is a direction": torch.tensor(Z),
})  # fmt: skip
def test_a_vector_becomes_a_direction(case: Any, workspace: Workspace) -> None:
    arrow = tl.direction(MODEL, case, name="mine", data=DATA)
    assert isinstance(arrow, Direction) and torch.allclose(arrow.vector, tensor(Z / np.linalg.norm(Z)), atol=1e-5)
    known = tl.encode(MODEL, DATA).latents @ arrow.vector
    assert arrow.sigma == pytest.approx(float(known.std(correction=0)), rel=1e-3)
    assert [one["name"] for one in tl.list_directions()] == ["mine"]
    along = tl.traverse(MODEL, directions=arrow, start=np.zeros(6), columns=3, range=1, data=DATA)
    assert torch.allclose(along.latents[2], arrow.sigma * arrow.vector, atol=1e-5)
    moved = tl.edit(MODEL, np.zeros(6), directions="mine=2", report=False, data=DATA)
    assert torch.allclose(moved.latents[0], 2 * arrow.sigma * arrow.vector, atol=1e-5)


@rows({
    "a vector of another length is no direction": ([1, 2], r"got 2 numbers.*allowed: 6"),
    "several vectors are several directions": (np.eye(6), r"several vectors.*vector\[0\]"),
    "a zero leads nowhere": (np.zeros(6), "zero"),
    "NaN leads nowhere": ([np.nan] * 6, "not finite"),
    "a word is no vector": ("age.txt", "not a file of a vector"),
    "anything else is no vector": (object(), "not a vector: got an object"),
})  # fmt: skip
def test_what_is_no_direction(case: tuple[Any, str], workspace: Workspace) -> None:
    with pytest.raises(TrasluzError, match=case[1]):
        tl.direction(MODEL, case[0], data=DATA)
    assert not tl.list_directions()


def test_a_direction_is_kept_once_and_another_does_not_take_its_place(workspace: Workspace) -> None:
    for _ in range(2):  # a cell of a notebook that is run again
        tl.direction(MODEL, Z, name="mine", data=DATA)
    with pytest.raises(NameTaken, match="replace=True"):
        tl.direction(MODEL, -Z, name="mine", data=DATA)
    assert torch.equal(
        tl.direction(MODEL, -Z, name="mine", data=DATA, replace=True).vector, tl.direction(MODEL, -Z, data=DATA).vector
    )


def test_without_a_name_nothing_is_kept(workspace: Workspace) -> None:
    tl.direction(MODEL, Z, data=DATA)
    assert not tl.list_directions()


def test_a_vector_in_a_file_is_a_direction_too(workspace: Workspace, tmp_path: Path) -> None:
    np.save(tmp_path / "age.npy", Z[None])
    arrow = tl.direction(MODEL, tmp_path / "age.npy", data=DATA)
    assert torch.equal(arrow.vector, tl.direction(MODEL, Z, data=DATA).vector)


# Handing a model over -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a model, a point and a direction of it."""
    home, data = tmp_path_factory.mktemp("mine"), shapes(40, 16)
    told = {"name": "mine", "preset": "tiny", "settings": QUICK, "steps": 2, "force": True, "device": "cpu"}
    tl.train("vae", data, workspace=home, **told)
    tl.save_point("here", "mine", np.arange(3), workspace=home)
    tl.direction("mine", [1, 2, 3], name="up", data=data, workspace=home)
    return home


@pytest.fixture
def packed(trained: Path, tmp_path: Path) -> Path:
    return tl.export_model("mine", out=tmp_path / "mine.zip", workspace=trained)


def test_the_same_model_opens_elsewhere_with_its_points_and_directions(
    packed: Path, trained: Path, tmp_path: Path
) -> None:
    there, said = tmp_path / "elsewhere", Said()
    assert tl.add_model(packed, workspace=there, progress=said) == "mine"
    ours, theirs = (tl.open("mine", workspace=home, device="cpu") for home in (trained, there))
    assert ours.identity == theirs.identity and set(ours.space().priors) == set(theirs.space().priors)
    assert tl.decode(theirs, "@here", workspace=there).latents.tolist() == [[0, 1, 2]]
    assert tl.traverse(theirs, directions="up", start="seed:1", columns=3, workspace=there) is not None
    assert {"Also added: 1 direction", "Also added: 1 point"} <= set(said.lines)


def test_under_another_name_its_directions_are_found_by_that(packed: Path, tmp_path: Path) -> None:
    tl.add_model(packed, name="yours", workspace=tmp_path / "ws")
    assert [(one["name"], one["model"]) for one in tl.list_directions(workspace=tmp_path / "ws")] == [("up", "yours")]


def test_the_zip_is_the_same_to_the_byte(packed: Path, trained: Path, tmp_path: Path) -> None:
    again = tl.export_model(tl.open("mine", workspace=trained), out=tmp_path / "again.zip", workspace=trained)
    assert packed.read_bytes() == again.read_bytes()


def test_rounded_weights_leave_points_and_directions_behind_and_say_so(trained: Path, tmp_path: Path) -> None:
    said = Said()
    half = tl.export_model("mine", out=tmp_path / "half.zip", half=True, workspace=trained, progress=said)
    assert said.lines == ["1 direction and 1 point are left out: they belong to the weights before rounding"]
    assert not [name for name in zipfile.ZipFile(half).namelist() if "points" in name or "directions" in name]
    tl.add_model(half, workspace=tmp_path / "ws")
    assert tl.open("half", workspace=tmp_path / "ws").identity != tl.open("mine", workspace=trained).identity


def test_a_model_half_trained_is_not_exported_unless_told(trained: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(trained, tmp_path / "stopped"))
    (home / "models" / "mine" / "card.md").unlink()  # what is written last
    with pytest.raises(InvalidArgument, match=r"half trained.*--resume.*--unfinished"):
        tl.export_model("mine", out=tmp_path / "out.zip", workspace=home)
    assert not (tmp_path / "out.zip").exists()
    tl.export_model("mine", out=tmp_path / "out.zip", unfinished=True, workspace=home)
    with pytest.raises(InvalidArgument, match="half trained"):
        tl.add_model(tmp_path / "out.zip", workspace=tmp_path / "ws")
    tl.add_model(tmp_path / "out.zip", unfinished=True, workspace=tmp_path / "ws")
    [found] = [one for one in tl.list_models(workspace=tmp_path / "ws") if one["where"] == "workspace"]
    assert "half trained" in found["state"], "on the other side it is still said"


def test_nothing_is_written_over(packed: Path, trained: Path, tmp_path: Path) -> None:
    before = packed.read_bytes()
    with pytest.raises(NameTaken):
        tl.export_model("mine", out=packed, workspace=trained)
    assert packed.read_bytes() == before
    tl.add_model(packed, workspace=tmp_path / "ws")
    with pytest.raises(NameTaken):
        tl.add_model(packed, workspace=tmp_path / "ws")


def test_a_point_of_that_name_stays_and_it_is_said(packed: Path, tmp_path: Path) -> None:
    said = Said()
    tl.save_point("here", MODEL, Z, workspace=tmp_path / "ws")
    tl.add_model(packed, workspace=tmp_path / "ws", progress=said)
    assert tl.list_points(workspace=tmp_path / "ws")[0]["model"] == "toy"
    assert "Left out, points/here.json: there is a point @here already" in said.lines


def entry(name: str, data: bytes = b"x", mode: int = stat.S_IFREG | 0o644) -> Callable[[zipfile.ZipFile], None]:
    def write(archive: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, data)

    return write


@rows({
    "a zip that climbs out of its folder is refused": (entry("../evil.txt"), "outside its folder"),
    "a zip that climbs out further in is refused": (entry("mine/../../evil.txt"), "outside its folder"),
    "a zip with a path from the root is refused": (entry("/tmp/evil.txt"), "outside its folder"),
    "a zip with a path of Windows is refused": (entry("mine\\..\\evil.txt"), "outside its folder"),
    "a zip with a drive is refused": (entry("C:evil.txt"), "outside its folder"),
    "a zip with a link is refused": (entry("mine/l", b"/etc/passwd", stat.S_IFLNK | 0o777), "link or a device"),
    "a zip with one file twice is refused": (entry("MINE/config.json"), "twice"),
})  # fmt: skip
def test_a_hostile_zip_leaves_nothing_behind(
    case: tuple[Callable[[zipfile.ZipFile], None], str], packed: Path, tmp_path: Path
) -> None:
    write, told = case
    with zipfile.ZipFile(packed, "a") as archive:
        write(archive)
    home = tmp_path / "deep" / "ws"
    with pytest.raises(DamagedFile, match=told) as caught:
        tl.add_model(packed, workspace=home)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("evil.txt")) and not list(home.rglob("*.safetensors"))


def test_a_zip_bomb_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("mine/config.json", b"\0" * (65 << 20))
    with pytest.raises(DamagedFile, match=r"68,157,440 bytes from .*zip bomb"):
        tl.add_model(tmp_path / "bomb.zip", workspace=tmp_path / "ws")
    assert not list((tmp_path / "ws").rglob("config.json"))


@rows({
    "a file that is no zip is refused": (b"hello", "not a zip"),
    "an empty file is refused": (b"", "not a zip"),
    "a zip that ends too early is refused": (None, "not a zip"),
})  # fmt: skip
def test_what_is_no_zip(case: tuple[bytes | None, str], packed: Path, tmp_path: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:-200] if case[0] is None else case[0])
    with pytest.raises(DamagedFile, match=case[1]):
        tl.add_model(packed, workspace=tmp_path / "ws")


def test_a_damaged_byte_inside_is_found(packed: Path, tmp_path: Path) -> None:
    data = bytearray(packed.read_bytes())
    data[data.index(b"safetensors") + 4000] ^= 16
    packed.write_bytes(bytes(data))
    with pytest.raises(DamagedFile):
        tl.add_model(packed, workspace=tmp_path / "ws")
    assert not (tmp_path / "ws" / "models" / "mine").exists()


def test_pickles_and_strange_files_stay_in_the_zip_and_are_counted(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("mine/optimizer.pkl", b"\x80\x04.")
        archive.writestr("mine/notes.txt", b"hello")
        archive.writestr("__MACOSX/mine/._config.json", b"litter")
    said = Said()
    tl.add_model(packed, workspace=tmp_path / "ws", progress=said)
    assert any("2 files of mine.zip are not part of the model" in line for line in said.lines), said.lines
    assert not list((tmp_path / "ws").rglob("*.pkl"))


def test_a_direction_slipped_in_from_another_model_is_left_out(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        forged = unsealed(json.loads(archive.read("mine/directions/mine--z--up.json")), "it")
        archive.writestr(
            "mine/directions/mine--z--x.json", json.dumps({**forged, "name": "x", "model_identity": "m-0"})
        )
    said = Said()
    tl.add_model(packed, workspace=tmp_path / "ws", progress=said)
    assert any("x.json: it belongs to another model" in line for line in said.lines)
    assert [one["name"] for one in tl.list_directions(workspace=tmp_path / "ws")] == ["up"]


def test_a_zip_packed_anew_by_hand_is_taken(packed: Path, tmp_path: Path) -> None:
    """Compressed, and without the folder around it, as other programs do."""
    flat = tmp_path / "flat.zip"
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(flat, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name.partition("/")[2], source.read(name))
    assert tl.add_model(flat, workspace=tmp_path / "ws") == "flat"


def test_the_command_line_does_the_same(trained: Path, tmp_path: Path) -> None:
    from trasluz.cli.app import app

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == 0, done.output
        return done.output

    run("models", "export", "mine", "--out", str(tmp_path / "m.zip"), "--workspace", str(trained))
    assert "Added m" in run("models", "add", str(tmp_path / "m.zip"), "--workspace", str(tmp_path / "ws"))
    assert [path.name for path in (tmp_path / "ws" / "models").iterdir()] == ["m"]
