"""What lies in a folder is read, or listed with the reason; and what is done to it is said."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.door.folders import Given, column, picture, table

import trasluz as tl
from trasluz.base.errors import DataError, InvalidArgument, UnknownName
from trasluz.spaces.representation import read_representation

SIX = [f"{i}.png" for i in range(6)]
Make = Callable[[Path], None]


def _sized(*sizes: tuple[int, int]) -> Make:
    def make(root: Path) -> None:
        for i, size in enumerate(sizes):
            picture(root / f"{i}.png", i, size)

    return make


def _copied(name: str) -> Make:
    def make(root: Path) -> None:
        shutil.copy(picture(root / "a.png"), root / name)

    return make


def _linked(root: Path) -> None:
    elsewhere = [picture(root.parent / "elsewhere" / f"{i}.png", i) for i in range(3)]
    root.mkdir()
    for path in elsewhere:
        (root / path.name).symlink_to(path)


def _linked_folder(root: Path) -> None:
    picture(root.parent / "elsewhere" / "a.png")
    root.mkdir()
    (root / "cats").symlink_to(root.parent / "elsewhere", target_is_directory=True)


def _in_a_circle(root: Path) -> None:
    picture(root / "in" / "a.png")
    (root / "in" / "again").symlink_to(root, target_is_directory=True)


def _animated(root: Path) -> None:
    root.mkdir()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(root / "a.gif", save_all=True, append_images=frames[1:])


READ: list[tuple[str, Make, list[str]]] = [
    ("a picture called .jfif", _copied("b.jfif"), ["a.png", "b.jfif"]),
    ("a picture without an ending", _copied("b"), ["a.png", "b"]),
    ("a picture with an ending of another's", _copied("b.dat"), ["a.png", "b.dat"]),
    ("a picture with an ending in capitals", _copied("b.PNG"), ["a.png", "b.PNG"]),
    ("links to pictures elsewhere", _linked, ["0.png", "1.png", "2.png"]),
    ("a link to a folder elsewhere", _linked_folder, ["cats/a.png"]),
    ("a folder that links to itself, once", _in_a_circle, ["in/a.png"]),
    ("the first picture of an animation", _animated, ["a.gif"]),
]


@pytest.mark.parametrize(("make", "ids"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_it_is_read(make: Make, ids: list[str], tmp_path: Path) -> None:
    make(tmp_path / "photos")
    data = tl.load(tmp_path / "photos", workspace=tmp_path / "w")
    assert data.rows.column("id").to_pylist() == ids


def test_names_that_are_not_utf8_are_read(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    picture(root / "plain.png")
    shutil.copy(root / "plain.png", os.fsdecode(os.fsencode(root) + b"/caf\xe9.png"))
    data = tl.load(root, workspace=tmp_path / "w")
    assert data.rows.column("id").to_pylist() == ["café.png", "plain.png"]
    assert "1 file has a name that is not in UTF-8, read as Latin-1: 'café.png'." in data.notes


LEFT: list[tuple[str, dict[str, str | bytes], str, str]] = [
    ("text", {"notes.md": "hello"}, "notes.md", "no picture"),
    ("a text that is not a list of pictures", {"a.txt": "hello\nyou\n"}, "a.txt", "no picture, and not a list"),
    ("a picture of a format that is not read", {"b.heic": b"x"}, "b.heic", ".heic pictures are not read"),
    ("a page with the ending of a picture", {"b.jpg": "<html>not found</html>"}, "b.jpg", "not a picture of a kind"),
    ("an empty file", {"b.png": b""}, "b.png", "an empty file of zero bytes"),
    ("a hidden picture", {".b.png": b"x"}, ".b.png", "hidden: its name begins with a dot"),
    ("a hidden folder, as one", {".git/a/b.png": b"x", ".git/c.png": b"x"}, ".git", "hidden"),
    ("a pickle", {"labels.pkl": b"x"}, "labels.pkl", "could run code when read"),
    ("a drawing", {"b.svg": "<svg/>"}, "b.svg", ".svg pictures are not read"),
    ("a clip", {"b.mp4": b"\0\0\0\x18ftypmp42"}, "b.mp4", "no picture"),
    ("a whole archive", {"more.zip": b"PK\3\4"}, "more.zip", "no picture"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "name", "reason"), [row[1:] for row in LEFT], ids=[row[0] for row in LEFT])
def test_what_is_left_out_is_listed(files: dict[str, str | bytes], name: str, reason: str, tmp_path: Path) -> None:
    root = Given(SIX, files).write(tmp_path)
    found = tl.describe_data(root, workspace=tmp_path / "w")
    assert found["items"] == 6
    skipped = dict(found["skipped"])
    assert list(skipped) == [name]
    assert reason in skipped[name]


def test_a_link_to_nothing_is_listed(tmp_path: Path) -> None:
    root = Given(SIX).write(tmp_path)
    (root / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert dict(tl.describe_data(root, workspace=tmp_path / "w")["skipped"]) == {
        "gone.png": "a link that leads nowhere"
    }


ELSEWHERE = table("file,label", *(f"{name},secret" for name in SIX))


def _out_of(root: Path, name: str, text: str = ELSEWHERE) -> Path:
    """A link in the folder to a file beside it."""
    target = root.parent / "elsewhere" / name
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)
    (root / name).symlink_to(target)
    return root


@pytest.mark.parametrize("name", ["labels.csv", "metadata.jsonl", "../labels.csv"])
def test_a_table_of_a_usual_name_that_is_a_link_out_of_the_folder_stops_the_reading(name: str, tmp_path: Path) -> None:
    """Else whoever made the folder could have any file of the reader's be its labels."""
    root = Given(SIX).write(tmp_path / "in")
    text = ELSEWHERE if name.endswith("csv") else '{"file": "0.png", "label": "secret"}'
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "x").write_text(text)
    (root / name).symlink_to(tmp_path / "secrets" / "x")
    if name.startswith(".."):
        data = tl.load(root, workspace=tmp_path / "w")
        assert not column(data, "label") and "leads out of the folder" in " ".join(data.notes)
        return
    with pytest.raises(DataError, match=r"is a link that leads out of the folder\. Put a copy in its place"):
        tl.load(root, workspace=tmp_path / "w")


def test_other_tables_and_files_of_an_items_own_that_are_such_links_are_named(tmp_path: Path) -> None:
    root = _out_of(_out_of(Given(SIX).write(tmp_path), "mine.csv"), "3.txt", "a secret")
    data = tl.load(root, workspace=tmp_path / "w")
    assert not column(data, "label") and not column(data, "caption")
    assert "The table mine.csv is not used: it is a link that leads out of the folder." in data.notes
    skipped = dict(tl.describe_data(root, workspace=tmp_path / "w")["skipped"])
    assert skipped["3.txt"] == "it is a link that leads out of the folder"


def test_a_table_that_is_a_link_inside_is_read_and_one_behind_a_linked_folder_is_named(tmp_path: Path) -> None:
    root = Given(SIX, {"tables/all.csv": ELSEWHERE}).write(tmp_path)
    (root / "labels.csv").symlink_to(root / "tables" / "all.csv")
    assert set(column(tl.load(root, workspace=tmp_path / "w"), "label").values()) == {"secret"}
    picture(tmp_path / "elsewhere" / "a.png")
    (tmp_path / "elsewhere" / "labels.csv").write_text(table("file,kind", "a.png,cat"))
    (root / "more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    data = tl.load(root, workspace=tmp_path / "w")
    assert column(data, "kind") == {"more/a.png": "cat"}
    assert "The table more/labels.csv lies behind a link, outside the folder." in data.notes


def test_a_table_beside_an_array_that_is_such_a_link_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    np.savez(tmp_path / "in" / "a.npz", images=np.zeros((2, 8, 8), np.uint8))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").write_text(table("index,label", "0,secret", "1,secret"))
    (tmp_path / "in" / "a.csv").symlink_to(tmp_path / "elsewhere" / "x")
    data = tl.load(tmp_path / "in" / "a.npz", workspace=tmp_path / "w")
    assert not column(data, "label") and "it is a link that leads out of the folder" in " ".join(data.notes)


FORMS: list[tuple[str, Make, dict[str, object], tuple[int, ...], list[str]]] = [
    ("28 pixels stay 28", _sized(*[(28, 28)] * 4), {}, (3, 28, 28), []),
    (
        "larger ones become 64, and what more would cost is said",
        _sized(*[(200, 200)] * 4), {}, (3, 64, 64),
        [r"4 of 4 pictures, of 200 x 200 pixels, are resized to 64 x 64", r"--size 128 .* about 4 times the work"],
    ),
    (
        "of those that are not square it is said how much is cut, and what else there is",
        _sized(*[(96, 320)] * 4), {}, (3, 64, 64), [r"4 are not square: .* on average 30% of each; --fit pad"],
    ),
    (
        "mixed sizes take the middle one",
        _sized((20, 20), (30, 40), (50, 50)), {}, (3, 30, 30), [r"of 20 x 20 to 50 x 50", r"1 is smaller than that"],
    ),
    (
        "a size that enlarges is said with the data's own",
        _sized(*[(28, 28)] * 4), {"size": 64}, (3, 64, 64), [r"4 are smaller than that, and enlarged; --size 28 is"],
    ),
    (
        "a margin keeps all",
        _sized(*[(40, 20)] * 4), {"fit": "pad"}, (3, 20, 20), [r"all of them is kept, with a margin"],
    ),
    (
        "what is stretched is said",
        _sized(*[(40, 20)] * 4), {"fit": "stretch"}, (3, 20, 20), [r"stretched to a square"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("make", "asked", "shape", "says"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
def test_the_size_is_the_datas_own(
    make: Make, asked: dict[str, object], shape: tuple[int, ...], says: list[str], tmp_path: Path
) -> None:
    make(tmp_path / "photos")
    data = tl.load(tmp_path / "photos", workspace=tmp_path / "w", **asked)
    assert data.shape == shape
    for line in says:
        assert any(re.search(line, note) for note in data.notes), data.notes
    assert bool(says) == bool(data.notes)


def test_a_margin_has_the_colour_of_the_border_and_keeps_the_picture(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    root.mkdir()
    pixels = np.full((10, 30, 3), (250, 240, 10), np.uint8)
    pixels[2:8, 5:25] = (0, 0, 200)
    Image.fromarray(pixels).save(root / "a.png")
    stored = tl.load(root, size=30, fit="pad", workspace=tmp_path / "w").stored([0])[0].transpose(1, 2, 0)
    assert np.array_equal(stored[10:20], pixels)
    assert (stored[:10] == (250, 240, 10)).all() and (stored[20:] == (250, 240, 10)).all()


def _of_sixteen_bits(root: Path) -> None:
    root.mkdir()
    Image.fromarray(np.full((8, 8), 4095, np.uint16)).save(root / "a.png")


def _clear(root: Path) -> None:
    root.mkdir()
    Image.new("RGBA", (8, 8), (255, 0, 0, 9)).save(root / "a.png")


def _of_two_depths(root: Path) -> None:
    _of_sixteen_bits(root)
    for name in ("b.png", "c.png"):
        Image.new("L", (8, 8), 99).save(root / name)


def _mask(root: Path) -> None:
    root.mkdir()
    Image.fromarray(np.eye(8, dtype=np.uint8)).save(root / "a.png")


def _stray(root: Path) -> None:
    root.mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8), (200, 10, 10)).save(root / name)
    Image.fromarray(np.full((8, 8), 3000, np.float32)).save(root / "depth.tif")


TOLD: list[tuple[str, Make, dict[str, object], str]] = [
    ("an animation of which the first picture is taken", _animated, {}, r"1 file holds several pictures"),
    ("a transparent picture", _clear, {}, r"1 picture that may be transparent: laid over white"),
    ("12 bits in a file of 16", _of_sixteen_bits, {}, r"reaches to 4,095 of 65,535, .*--range=0,4095 makes"),
    ("a range for some of the pictures", _of_two_depths, {"range": (0, 4095)}, r"2 pictures have 8 bits a value"),
    ("a mask of the classes 0 and 1", _mask, {}, r"1 picture reaches to 1 of 255, which is dark; --range=0,1 makes"),
    ("a stray picture without a range", _stray, {}, r"1 picture holds values of floating point.*left out"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "asked", "says"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_what_is_done_to_a_picture_is_said(make: Make, asked: dict[str, object], says: str, tmp_path: Path) -> None:
    make(tmp_path / "photos")
    notes = tl.load(tmp_path / "photos", workspace=tmp_path / "w", **asked).notes
    assert any(re.search(says, note) for note in notes), notes


def test_another_bound_of_memory_is_heeded_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _stray(tmp_path / "photos")
    (tmp_path / "photos" / "depth.tif").unlink()
    Image.new("RGB", (3000, 3000)).save(tmp_path / "photos" / "large.png")
    monkeypatch.setenv("TRASLUZ_MEMORY", "40MB")
    few = tl.load(tmp_path / "photos", workspace=tmp_path / "w")
    assert len(few) == 2 and "bytes of memory" in few.about["skipped"][0][1]
    monkeypatch.delenv("TRASLUZ_MEMORY")
    assert len(tl.load(tmp_path / "photos", workspace=tmp_path / "w")) == 3
    monkeypatch.setenv("TRASLUZ_MEMORY", "lots")
    with pytest.raises(InvalidArgument, match="TRASLUZ_MEMORY"):
        tl.load(tmp_path / "photos", workspace=tmp_path / "w")


def test_a_declared_range_is_for_masks_of_bytes_too(tmp_path: Path) -> None:
    _mask(tmp_path / "masks")
    data = tl.load(tmp_path / "masks", workspace=tmp_path / "w", range=(0, 1))
    assert set(np.unique(data.stored([0]))) == {0, 255}
    again = read_representation(data.representation.dump(), "here")  # and one's own file is read the same way later
    item = data.kind.read((tmp_path / "masks" / "a.png").read_bytes(), data.shape, again.reading)
    assert np.array_equal(item, data.stored([0]))


def test_what_a_stray_picture_is_left_out_for_is_said_of_it(tmp_path: Path) -> None:
    _stray(tmp_path / "photos")
    data = tl.load(tmp_path / "photos", workspace=tmp_path / "w")
    assert len(data) == 2
    assert data.about["skipped"] == [["depth.tif", "a picture whose values have no range by their type"]]
    _stray(tmp_path / "most")
    for name in ("a.png", "b.png"):
        Image.fromarray(np.full((8, 8), 3000, np.float32)).save((tmp_path / "most" / name).with_suffix(".tif"))
    with pytest.raises(DataError, match=r"3 pictures have values of floating point.*--range=0,3000"):
        tl.load(tmp_path / "most", workspace=tmp_path / "w")


@pytest.mark.parametrize("where", ["trasluz-workspace", "results", "."])
def test_a_workspace_inside_the_folder_is_no_data(where: str, tmp_path: Path) -> None:
    """Whoever trains on `.` keeps the workspace in it: what it holds changes nothing."""
    root = Given(SIX).write(tmp_path)
    home = root / where
    before = tl.load(root, workspace=home)
    picture(home / "models" / "m" / "samples" / "step-1.png", "sample", (99, 55))
    (home / "cache" / "labels.csv").write_text("file,label\n0.png,x\n")
    after = tl.load(root, workspace=home)
    assert after.rows.column("id").to_pylist() == SIX
    assert after.identity == before.identity
    assert len(list((home / "cache" / "data").iterdir())) == 1, "decoded once"


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="whoever may read everything")
def test_a_folder_that_may_not_be_read_is_listed(tmp_path: Path) -> None:
    root = Given([*SIX, "lost+found/a.png"]).write(tmp_path)
    (root / "lost+found").chmod(0)
    try:
        found = tl.describe_data(root, workspace=tmp_path / "w")
    finally:
        (root / "lost+found").chmod(0o755)
    assert found["items"] == 6
    assert dict(found["skipped"]) == {"lost+found": "not allowed to read it"}


def test_one_folder_is_decoded_once(tmp_path: Path) -> None:
    root = Given(SIX).write(tmp_path)
    data = tl.load(root, workspace=tmp_path / "w")
    for size, channels in ((data.shape[1], 3), (data.shape[1], None), (None, 3), (None, None)):
        again = tl.load(root, size=size, channels=channels, workspace=tmp_path / "w")
        assert again.identity == data.identity
    assert len(list((tmp_path / "w" / "cache" / "data").iterdir())) == 1


def _deep(root: Path, mode: str, *values: np.ndarray) -> Path:
    root.mkdir(parents=True)
    for i, one in enumerate(values):
        Image.fromarray(one.astype({"F": np.float32, "I": np.int32}[mode])).save(root / f"{i}.tiff")
    return root


RAMP = np.tile(np.arange(16, dtype=np.float64) / 15, (16, 1))
RANGES: list[tuple[str, str, tuple[np.ndarray, ...], tuple[float, float] | None, str | None]] = [
    ("of floating point, 0 to 1, needs no word", "F", (RAMP, RAMP / 2), None, None),
    ("of floating point beyond 1, is not stretched without a word", "F", (RAMP * 1.01, RAMP), None, "0 to 1.01"),
    ("of floating point to 4095, is not cut without a word", "F", (RAMP * 4095, RAMP), None, "--range=0,4095"),
    ("of floating point below 0, is not cut without a word", "F", (RAMP - 0.5,), None, "--range=-0.5,0.5"),
    ("of 32 bits, is not guessed", "I", (RAMP * 70_000,), None, "--range=0,70000"),
    ("with a declared range, is read in it", "F", (RAMP * 4095, RAMP * 2000), (0, 4095), None),
    ("of 32 bits with a declared range, is read in it", "I", (RAMP * 70_000,), (0, 70_000), None),
]


@pytest.mark.parametrize(
    ("mode", "values", "declared", "says"), [row[1:] for row in RANGES], ids=[row[0] for row in RANGES]
)
def test_a_picture_of_other_numbers(
    mode: str, values: tuple[np.ndarray, ...], declared: tuple[float, float] | None, says: str | None, tmp_path: Path
) -> None:
    root = _deep(tmp_path / "photos", mode, *values)
    if says is not None:
        with pytest.raises(DataError, match=re.escape(says)):
            tl.load(root, range=declared, workspace=tmp_path / "w")
        return
    data = tl.load(root, range=declared, workspace=tmp_path / "w")
    low, high = declared or (0, 1)
    for i, one in enumerate(values):
        wanted = np.clip((one - low) / (high - low), 0, 1) * 255
        assert np.abs(data.stored([i])[0, 0] - wanted).max() <= 1, "one range for all pictures"


def test_the_range_and_the_fit_are_kept_with_the_model(tmp_path: Path) -> None:
    """One's own picture is read later as those were that the model was trained on."""
    root = _deep(tmp_path / "photos", "F", *[np.vstack([RAMP, RAMP])[:, :16] * 4095 * (i + 1) / 12 for i in range(12)])
    run = tl.train(
        "vae", root, name="m", preset="tiny", steps=1, force=True, fit="pad", range=(0, 4095), workspace=tmp_path / "w",
        device="cpu", settings={"compute": "float32", "batch": 2, "prior_steps": 2},
    )  # fmt: skip
    model = tl.open("m", workspace=tmp_path / "w", device="cpu")
    assert model.representation.asked() == {"channels": 1, "size": 16, "fit": "pad", "range": (0.0, 4095.0)}
    from trasluz.spaces.kinds import item_of

    item, changes = item_of(model.representation, root / "3.tiff")
    data = tl.load(root, range=(0, 4095), fit="pad", workspace=tmp_path / "w")
    assert np.array_equal(item.numpy(), data.tensor([data.rows.column("id").to_pylist().index("3.tiff")]).numpy())
    assert any("put whole into a square" in change for change in changes)
    assert run.folder.name == "m"


RGBA = np.full((3, 8, 8, 4), (100, 100, 100, 255), np.uint8)
ARRAYS: list[tuple[str, dict[str, np.ndarray], str | None, tuple[int, ...]]] = [
    ("uint8 is bytes", {"images": np.full((3, 8, 8), 100, np.uint8)}, None, (1, 8, 8)),
    ("uint16 reaches to 65535", {"images": np.full((3, 8, 8), 25_700, np.uint16)}, None, (1, 8, 8)),
    ("floating point in [0, 1]", {"images": np.full((3, 8, 8), 100 / 255)}, None, (1, 8, 8)),
    ("four channels are colour and opacity", {"images": RGBA}, None, (3, 8, 8)),
    ("an array of one picture is one picture", {"images": np.full((24, 20, 3), 100, np.uint8)}, None, (3, 20, 20)),
    ("whole numbers to 255 want a word", {"images": np.full((3, 8, 8), 100, np.int64)}, "--range=0,255", ()),
    ("floating point in [-1, 1] wants a word", {"images": np.full((3, 8, 8), -0.5)}, "--range=-1,1", ()),
    ("floating point to 255 wants a word", {"images": np.full((3, 8, 8), 100.0)}, "--range=0,255", ()),
    ("no numbers at all are refused", {"images": np.full((3, 8, 8), np.nan)}, "hold no numbers", ()),
    ("flat pictures want their form", {"images": np.zeros((3, 64), np.uint8)}, "reshape(-1, 8, 8)", ()),
    ("two arrays of pictures want a name", {"a": RGBA, "b": RGBA}, "which array", ()),
]  # fmt: skip


@pytest.mark.parametrize(("arrays", "says", "shape"), [row[1:] for row in ARRAYS], ids=[row[0] for row in ARRAYS])
def test_arrays(arrays: dict[str, np.ndarray], says: str | None, shape: tuple[int, ...], tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    if says is not None:
        with pytest.raises(DataError, match=re.escape(says)):
            tl.load(tmp_path / "a.npz", workspace=tmp_path / "w")
        return
    data = tl.load(tmp_path / "a.npz", workspace=tmp_path / "w")
    assert data.shape == shape
    assert (data.stored(slice(None)) == 100).all()


LABELS: list[tuple[str, np.ndarray, list[object], str]] = [
    ("one-hot labels are one label", np.eye(3)[[0, 2, 1, 0]], ["0", "2", "1", "0"], "one-hot"),
    ("labels (n, 1) are labels", np.array([[3], [1], [2], [0]]), ["3", "1", "2", "0"], ""),
    ("labels of bytes are text", np.array([b"a", b"b", b"a", b"b"]), ["a", "b", "a", "b"], ""),
    ("labels of floating point are whole where they are", np.array([1.0, 2.0, 1.0, 0.0]), ["1", "2", "1", "0"], ""),
    ("labels of another length are not used, with the reason", np.arange(5), [], "it has 5 values, and there are 4"),
    ("labels of another form are not used, with the reason", np.zeros((4, 2, 2)), [], r"its form is \(4, 2, 2\)"),
]


@pytest.mark.parametrize(("labels", "values", "says"), [row[1:] for row in LABELS], ids=[row[0] for row in LABELS])
def test_labels_of_arrays(labels: np.ndarray, values: list[object], says: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.random.default_rng(0).integers(0, 256, (4, 8, 8), np.uint8), labels=labels)
    data = tl.load(tmp_path / "a.npz", workspace=tmp_path / "w")
    assert list(column(data, "label").values()) == values
    assert not says or any(re.search(says, note) for note in data.notes), data.notes


def test_yes_and_no_of_several_are_columns(tmp_path: Path) -> None:
    tags = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0], [1, 0, 1]])
    np.savez(tmp_path / "a.npz", images=np.random.default_rng(0).integers(0, 256, (4, 8, 8), np.uint8), tags=tags)
    data = tl.load(tmp_path / "a.npz", workspace=tmp_path / "w")
    assert list(column(data, "tags_0").values()) == [True, False, False, True]
    assert any("became 3 columns of yes and no" in note for note in data.notes)


def test_a_table_beside_an_array_is_joined_too(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).integers(0, 256, (3, 8, 8), np.uint8))
    (tmp_path / "a.csv").write_text("index,mood\n2,glad\n0,sad\n7,odd\n")
    data = tl.load(tmp_path / "a.npy", workspace=tmp_path / "w")
    assert column(data, "mood") == {"000000": "sad", "000002": "glad"}
    assert any("2 of 3 pictures have a row" in note and "1 row names none of them: '7'" in note for note in data.notes)


STRAY: list[tuple[str, np.ndarray, str]] = [
    ("of Python objects", np.array(["a", None, "b"], dtype=object), "it holds Python objects"),
    ("of records", np.zeros(3, [("a", "i4")]), "it holds neither numbers nor text"),
    ("that lies column by column", np.asfortranarray(np.eye(3)), "it lies in memory column by column"),
]


@pytest.mark.parametrize(("stray", "says"), [row[1:] for row in STRAY], ids=[row[0] for row in STRAY])
def test_an_array_that_is_not_read_stops_no_other(stray: np.ndarray, says: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.full((3, 8, 8), 100, np.uint8), stray=stray)
    notes = tl.load(tmp_path / "a.npz", workspace=tmp_path / "w").notes
    assert any(f"The array 'stray' is not used: {says}" in note for note in notes), notes
    np.savez(tmp_path / "b.npz", images=stray, label=np.arange(3))
    with pytest.raises(DataError):
        tl.load(tmp_path / "b.npz", workspace=tmp_path / "w")


@pytest.mark.parametrize(("dtype", "most"), [(np.uint8, 1), (np.uint16, 4095)])
def test_arrays_that_are_nearly_black_are_told(dtype: type, most: int, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.full((3, 8, 8), most, dtype))
    (note,) = tl.load(tmp_path / "a.npy", workspace=tmp_path / "w").notes
    assert f"--range=0,{most} makes that white" in note
    data = tl.load(tmp_path / "a.npy", range=(0, most), workspace=tmp_path / "w")
    assert (data.stored(slice(None)) == 255).all()


def test_a_table_that_counts_from_one_is_not_joined_to_pictures_that_count_from_none(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).integers(0, 256, (3, 8, 8), np.uint8))
    (tmp_path / "a.csv").write_text("id,mood\n1,glad\n2,sad\n3,odd\n")
    data = tl.load(tmp_path / "a.npy", workspace=tmp_path / "w")
    assert not column(data, "mood")
    assert any("its column id counts from 1" in note for note in data.notes), data.notes


BAD: list[tuple[str, dict[str, object], type[Exception], str]] = [
    ("an unknown way to make it square", {"fit": "padd"}, UnknownName, "pad"),
    ("a range of one number", {"range": [1.0]}, InvalidArgument, "a lowest and a highest"),
    ("a range the wrong way round", {"range": [1.0, 0.0]}, InvalidArgument, "a lowest and a highest"),
    ("a range without an end", {"range": [0.0, float("inf")]}, InvalidArgument, "a lowest and a highest"),
    ("a size of nothing", {"size": 0}, InvalidArgument, "1 to 1024"),
]


@pytest.mark.parametrize(("asked", "kind", "says"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_wishes(asked: dict[str, object], kind: type[Exception], says: str, tmp_path: Path) -> None:
    root = Given(SIX).write(tmp_path)
    with pytest.raises(kind, match=says):
        tl.load(root, workspace=tmp_path / "w", **asked)


def test_bytes_of_an_animation_are_one_picture(tmp_path: Path) -> None:
    sink = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(sink, "GIF", save_all=True, append_images=[Image.new("RGB", (8, 8), "blue")])
    root = Given(SIX, {"a.gif": sink.getvalue()}).write(tmp_path)
    assert len(tl.load(root, workspace=tmp_path / "w")) == 7
