"""A person's own parts are obeyed, and no copy of a picture is on both sides."""

from __future__ import annotations

import io
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.door.folders import Given, column, picture, table

import trasluz as tl
from trasluz.base.errors import DataError

TEN = [f"{i}.png" for i in range(10)]


def split_table(*parts: str, name: str = "split") -> str:
    return table(f"file,{name}", *(f"{i}.png,{part}" for i, part in enumerate(parts)))


OBEYED: list[tuple[str, Given, dict[str, int]]] = [
    (
        "train, val and test of a column, in any case and under their usual names",
        Given(TEN, {"labels.csv": split_table(*["Train", "TRAINING"] * 3, "Valid", "validation", "test", "Testing")}),
        {"train": 6, "val": 2, "test": 2},
    ),
    (
        "top folders called train and test are parts, and what is below them labels",
        Given([f"{part}/{kind}/{i}.png" for part in ("train", "test") for kind in ("cats", "dogs") for i in range(2)]),
        {"train": 4, "test": 4},
    ),
    (
        "top folders called Train, Validation and Test too",
        Given([f"{part}/{i}.png" for part in ("Train", "Validation", "Test") for i in range(2)]),
        {"train": 2, "val": 2, "test": 2},
    ),
    (
        "of train and val alone, val is what is tested on",
        Given([f"{part}/{i}.png" for part in ("train", "val") for i in range(3)]),
        {"train": 3, "test": 3},
    ),
    (
        "a column called partition is one where all of it are parts",
        Given(TEN[:4], {"labels.csv": split_table("train", "train", "test", "test", name="partition")}),
        {"train": 2, "test": 2},
    ),
    (
        "the parts of CelebA's list",
        Given(["a.png", "b.png", "c.png"], {"list_eval_partition.txt": table("a.jpg 0", "b.jpg 1", "c.jpg 2")}),
        {"train": 1, "val": 1, "test": 1},
    ),
    (
        "pictures that belong to no part are trained on, and no part is drawn anew",
        Given(TEN, {"labels.csv": split_table("test", "test", "train")}),
        {"train": 8, "test": 2},
    ),
    (
        "train2017 and val2017 of COCO, and train and test1 of Kaggle",
        Given([f"{part}/{i}.png" for part in ("train2017", "val2017", "test1") for i in range(2)]),
        {"train": 2, "val": 2, "test": 2},
    ),
    (
        "training_set and test_set, each unpacked into a folder of its own name",
        Given([f"{part}/{part}/{i}.png" for part in ("training_set", "test_set") for i in range(2)]),
        {"train": 2, "test": 2},
    ),
    (
        "parts in Spanish",
        Given([f"{part}/{i}.png" for part in ("Entrenamiento", "Validacio\u0301n", "prueba") for i in range(2)]),
        {"train": 2, "val": 2, "test": 2},
    ),
    (
        "parts below a folder that holds them all",
        Given([f"data/{part}/{kind}/0.png" for part in ("train", "test") for kind in ("cats", "dogs")]),
        {"train": 2, "test": 2},
    ),
    (
        "images/train and images/val of YOLO",
        Given([f"images/{part}/{i}.png" for part in ("train", "val") for i in range(2)]),
        {"train": 2, "test": 2},
    ),
    (
        "NaN in a column of parts is no part",
        Given(TEN[:6], {"labels.csv": split_table("train", "test", "NaN", "nan", "None", "")}),
        {"train": 5, "test": 1},
    ),
    (
        "the parts of CelebA's list as CSV",
        Given(["a.png", "b.png"], {"list_eval_partition.csv": table("image_id,partition", "a.png,0", "b.png,2")}),
        {"train": 1, "test": 1},
    ),
    (
        "a folder train beside bus and car is a label",
        Given([f"{kind}/{i}.png" for kind in ("train", "bus", "car") for i in range(10)]),
        {},
    ),
    (
        "a column partition of other words is a column like others",
        Given(TEN, {"labels.csv": split_table(*"abcabcabca", name="partition")}),
        {},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "counts"), [row[1:] for row in OBEYED], ids=[row[0] for row in OBEYED])
def test_parts_are_obeyed(given: Given, counts: dict[str, int], tmp_path: Path) -> None:
    data = given.load(tmp_path)
    found = Counter(column(data, "split").values())
    if counts:
        assert found == counts
    else:  # drawn from the contents
        assert set(found) == {"train", "test"}
    assert {part: len(data.split(part)) for part in found} == found


BELOW = ["{part}/{kind}/0.png", "data/{part}/{kind}/0.png", "{part}/{part}/{kind}/0.png", "{part}/images/{kind}/0.png"]


@pytest.mark.parametrize("form", BELOW)
def test_labels_stand_below_the_parts(form: str, tmp_path: Path) -> None:
    given = Given([form.format(part=part, kind=kind) for part in ("train", "test") for kind in ("cats", "dogs")])
    assert set(column(given.load(tmp_path), "label").values()) == {"cats", "dogs"}


def test_images_below_the_parts_are_no_label(tmp_path: Path) -> None:
    given = Given([f"{part}/images/{i}.png" for part in ("train", "valid", "test") for i in range(2)])
    assert not column(given.load(tmp_path), "label")


def test_beside_bus_and_car_a_train_is_a_train(tmp_path: Path) -> None:
    given = Given([f"{kind}/{i}.png" for kind in ("train", "bus", "car") for i in range(3)])
    data = given.load(tmp_path)
    assert set(column(data, "label").values()) == {"train", "bus", "car"}
    assert "The folder train is taken for a label, since others stand beside it." in data.notes


REFUSED: list[tuple[str, Given, str]] = [
    (
        "an unknown part in a column is named with its count",
        Given(TEN[:3], {"labels.csv": split_table("train", "holdout", "holdout")}),
        r"got 'holdout' of 2 items; allowed: train, val \(valid, validation\) and test",
    ),
    (
        "a part that is a number is unknown",
        Given(TEN[:3], {"labels.csv": split_table("0", "1", "2")}),
        r"one is unknown: got '0'",
    ),
    (
        "folders train and test beside another are not guessed",
        Given(["train/a.png", "test/b.png", "extra/c.png"]),
        r"top folders are parts of the data \(test, train\), and others are not: got extra",
    ),
    (
        "pictures outside train and test are not guessed",
        Given(["train/a.png", "test/b.png", "c.png"]),
        r"got files outside them",
    ),
    (
        "a column and the folders that contradict each other are shown",
        Given(["train/a.png", "test/b.png"], {"labels.csv": table("file,split", "train/a.png,test")}),
        r"say different things of train/a.png: got split 'test' and 'train'",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_an_unknown_part_is_an_error(given: Given, says: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=says):
        given.load(tmp_path)


SAID: list[tuple[str, Given, str]] = [
    (
        "that there is no part for testing, and what serves as it",
        Given([f"{part}/{i}.png" for part in ("train", "val") for i in range(3)]),
        "no part for testing: their 3 items for validation serve as it",
    ),
    (
        "that some of the training part is held out, where there is no other",
        Given([f"train/{i}.png" for i in range(12)]),
        r"no part for testing: of their 12 items \d+ (is|are) held out",
    ),
    (
        "how many belong to no part",
        Given(TEN, {"labels.csv": split_table("test", "test", "train")}),
        "7 items belong to no part, and are taken for training",
    ),
    (
        "that top folders are parts, with counts",
        Given(["train/a.png", "train/b.png", "test/c.png"]),
        r"The top folders are parts of the data \(test 1, train 2\)",
    ),
]


@pytest.mark.parametrize(("given", "says"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_what_was_made_of_parts_is_said(given: Given, says: str, tmp_path: Path) -> None:
    notes = given.load(tmp_path).notes
    assert any(re.search(says, note) for note in notes), notes


COPIES: list[tuple[str, str]] = [
    ("as BMP", "copy.bmp"),
    ("as TIFF", "copy.tiff"),
    ("as WebP without loss", "copy.webp"),
    ("as GIF of a picture with few colours", "copy.gif"),
    ("as PNG of other bytes", "copy.png"),
]


def _copy(source: Path, to: Path) -> None:
    with Image.open(source) as opened:
        if to.suffix == ".webp":
            opened.save(to, lossless=True)
        elif to.suffix == ".png":
            opened.save(to, compress_level=0)
        else:
            opened.save(to)


@pytest.mark.parametrize("name", [row[1] for row in COPIES], ids=[row[0] for row in COPIES])
def test_a_copy_is_on_the_side_of_its_original(name: str, tmp_path: Path) -> None:
    root = tmp_path / "photos"
    originals = [picture(root / f"{i:02d}.png", i) for i in range(30)]
    for path in originals:
        if name.endswith(".gif"):
            with Image.open(path) as opened:
                opened.quantize(64).convert("RGB").save(path)
        _copy(path, root / f"{path.stem}-{name}")
    data = tl.load(root, workspace=tmp_path / "w")
    side = column(data, "split")
    assert [side[path.name] for path in originals] == [side[f"{path.stem}-{name}"] for path in originals]
    assert set(side.values()) == {"train", "test"}
    assert "30 items are copies of another in another file; all are on one side." in data.notes


def test_a_jpeg_and_the_bitmap_made_of_it_are_one(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    for i in range(20):
        jpeg = picture(root / f"{i:02d}.jpg", i, size=(400, 300))
        with Image.open(jpeg) as opened:
            opened.save(root / f"{i:02d}.bmp")
    side = column(tl.load(root, workspace=tmp_path / "w"), "split")
    assert all(side[f"{i:02d}.jpg"] == side[f"{i:02d}.bmp"] for i in range(20))


def test_turned_by_exif_or_turned_in_truth_is_one(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    for i in range(12):
        upright = picture(root / f"{i:02d}.png", i, size=(9, 6))
        with Image.open(upright) as opened:
            exif = Image.Exif()
            exif[0x0112] = 6
            opened.transpose(Image.Transpose.ROTATE_90).save(root / f"{i:02d}-turned.png", exif=exif)
    side = column(tl.load(root, workspace=tmp_path / "w"), "split")
    assert all(side[f"{i:02d}.png"] == side[f"{i:02d}-turned.png"] for i in range(12))


def test_folders_without_such_copies_are_split_as_before(tmp_path: Path) -> None:
    """The split is decided by the bytes of a file, as ever: what was held out from a model stays held out."""
    import hashlib

    from trasluz.spaces.data import split_of

    root = Given(TEN).write(tmp_path)
    side = column(tl.load(root, workspace=tmp_path / "w"), "split")
    for name in TEN:
        content = hashlib.blake2b((root / name).read_bytes(), digest_size=16).hexdigest()
        assert side[name] == split_of(content)


def test_the_parts_of_a_person_that_share_pictures_are_told(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    for i in range(4):
        original = picture(root / "train" / f"{i}.png", i)
        (root / "test").mkdir(exist_ok=True)
        shutil.copy(original, root / "test" / f"{i}.png")
    notes = tl.load(root, workspace=tmp_path / "w").notes
    assert "4 items held out are copies of ones to train on: the data's own parts share them." in notes


def test_validation_is_kept_apart_from_both(tmp_path: Path) -> None:
    data = Given([f"{part}/{i}.png" for part in ("train", "val", "test") for i in range(3)]).load(tmp_path)
    ids = {part: set(data.split(part).rows.column("id").to_pylist()) for part in ("train", "val", "test")}
    assert not ids["val"] & (ids["train"] | ids["test"])
    assert {part: tl.describe_data(data.spec, workspace=tmp_path / "w")[part] for part in ("val", "train", "test")} == {
        "val": 3,
        "train": 3,
        "test": 3,
    }


def npz(**arrays: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.savez(sink, **arrays)
    return sink.getvalue()


PIXELS = np.random.default_rng(0).integers(0, 256, (9, 8, 8), dtype=np.uint8)
ARRAYS: list[tuple[str, dict[str, np.ndarray], dict[str, int]]] = [
    (
        "x_train and x_test of Keras",
        {"x_train": PIXELS[:6], "y_train": np.arange(6), "x_test": PIXELS[6:], "y_test": np.arange(3)},
        {"train": 6, "test": 3},
    ),
    (
        "train_images, val_images and test_images of MedMNIST",
        {
            "train_images": PIXELS[:5], "train_labels": np.arange(5)[:, None],
            "val_images": PIXELS[5:7], "val_labels": np.arange(2)[:, None],
            "test_images": PIXELS[7:], "test_labels": np.arange(2)[:, None],
        },
        {"train": 5, "val": 2, "test": 2},
    ),
    (
        "an array split of one word each",
        {"images": PIXELS, "split": np.array(["train"] * 6 + ["Valid"] + ["test"] * 2)},
        {"train": 6, "val": 1, "test": 2},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("arrays", "counts"), [row[1:] for row in ARRAYS], ids=[row[0] for row in ARRAYS])
def test_arrays_in_parts_are_obeyed(arrays: dict[str, np.ndarray], counts: dict[str, int], tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(npz(**arrays))
    data = tl.load(tmp_path / "a.npz", workspace=tmp_path / "w")
    assert Counter(column(data, "split").values()) == counts
    assert np.array_equal(data.stored(slice(None))[:, 0], PIXELS)
    if "split" not in arrays:
        first, last = (list(column(data.split(part), "label").values()) for part in ("train", "test"))
        assert first == [str(i) for i in range(len(first))] and last == [str(i) for i in range(len(last))]


def test_moving_a_picture_to_another_part_makes_other_data(tmp_path: Path) -> None:
    """The same pictures in other parts are other data: a model's test is of what it was not trained on."""
    one, other = (
        Given(TEN[:4], {"labels.csv": split_table(*parts)}).load(tmp_path / str(i)).identity
        for i, parts in enumerate((("train", "train", "train", "test"), ("train", "train", "test", "train")))
    )
    assert one != other
