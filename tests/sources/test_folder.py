"""A folder of pictures: labels, tables, and everything else that lies in people's folders."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from trasluz.base.errors import DataError, InvalidArgument
from trasluz.sources.folder import Folder
from trasluz.spaces.data import Block, Request


def picture(path: Path, colour: tuple[int, int, int] | int = (200, 30, 40), size: tuple[int, int] = (20, 20)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L" if isinstance(colour, int) else "RGB", size, colour).save(path)
    return path


def draw(root: Path, size: int | None = 8, channels: int | None = None) -> Block:
    """Everything, as one block."""
    drawing = Folder().draw(Request(str(root), size, channels))
    blocks = list(drawing.blocks)
    rows = [row for block in blocks for row in block.rows]
    skipped = [entry for block in blocks for entry in block.skipped]
    assert drawing.total == len(rows) + len(skipped)
    return Block(np.concatenate([block.items for block in blocks]), rows, skipped)


def test_sub_folders_are_labels_and_order_is_by_name(tmp_path: Path) -> None:
    for name in ("dog/2.png", "cat/b/1.png", "cat/a.JPG", "dog/1.png"):
        picture(tmp_path / name)
    found = draw(tmp_path)
    assert [row["id"] for row in found.rows] == ["cat/a.JPG", "cat/b/1.png", "dog/1.png", "dog/2.png"]
    assert [row["label"] for row in found.rows] == ["cat", "cat", "dog", "dog"]


def test_a_flat_folder_has_no_labels(tmp_path: Path) -> None:
    picture(tmp_path / "1.png")
    assert "label" not in draw(tmp_path).rows[0]


def test_mixed_sizes_become_one(tmp_path: Path) -> None:
    picture(tmp_path / "1.png", size=(1, 1))
    picture(tmp_path / "2.png", size=(300, 20))
    picture(tmp_path / "3.png", size=(20, 301))
    assert draw(tmp_path, size=None).items.shape == (3, 3, 20, 20)


def test_a_csv_inside_gives_columns(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        picture(tmp_path / name)
    (tmp_path / "labels.csv").write_text("file,label,age,id\na.png,cat,3,x\nb,dog,,y\nelsewhere.png,cow,9,z\n")
    rows = draw(tmp_path).rows
    assert [row["label"] for row in rows] == ["cat", "dog", None]
    assert [row["age"] for row in rows] == [3, None, None]
    assert [row["id"] for row in rows] == ["a.png", "b.png", "c.png"]
    assert [row["id_"] for row in rows] == ["x", "y", None]


def test_a_parquet_beside_gives_columns_and_a_split(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    for name in ("one/a.png", "two/b.png"):
        picture(root / name)
    table = pa.table({"path": ["one/a.png", "two/b.png"], "split": ["test", "train"], "height": [1.5, 2.0]})
    pq.write_table(table, tmp_path / "photos.parquet")
    rows = draw(root).rows
    assert [row["split"] for row in rows] == ["test", "train"]
    assert [row["height"] for row in rows] == [1.5, 2.0]
    assert [row["label"] for row in rows] == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("colour,size\nred,3\n", "no column that names the picture"),
        ("file,label\na.png\n", "row 2 has 1 cells"),
        ("file,file\na,b\n", "two columns of one name"),
        ("", "is empty"),
        ('file,label\n"a.png,cat\n', "is not a CSV"),
    ],
)
def test_a_table_that_cannot_be_used_is_named(tmp_path: Path, text: str, reason: str) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(DataError, match=reason):
        draw(tmp_path)


def test_a_semicolon_csv_and_names_with_zeros(tmp_path: Path) -> None:
    picture(tmp_path / "007.png")
    (tmp_path / "metadata.csv").write_text("\ufeffid;weight\n007;1,5\n", encoding="utf-8")
    assert draw(tmp_path).rows[0]["weight"] == 1.5


def test_links_are_followed_and_what_is_hidden_or_broken_is_listed(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    inside = picture(root / "a.png")
    outside = picture(tmp_path / "elsewhere" / "b.png")
    picture(root / ".hidden.png")
    picture(root / ".cache" / "b.png")
    (root / "away.png").symlink_to(outside)
    (root / "within.png").symlink_to(inside)
    (root / "broken.png").symlink_to(root / "nothing.png")
    (root / "folder").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (root / "itself").symlink_to(root, target_is_directory=True)
    found = draw(root)
    assert [row["id"] for row in found.rows] == ["a.png", "away.png", "folder/b.png", "within.png"]
    left = dict(found.skipped)
    assert set(left) == {".hidden.png", ".cache", "broken.png", "itself"}
    assert "leads nowhere" in left["broken.png"]
    assert "read already" in left["itself"]


def test_what_cannot_be_read_is_listed_with_its_reason(tmp_path: Path) -> None:
    good = picture(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(good.read_bytes()[:50])
    (tmp_path / "c.jpg").write_bytes(b"")
    (tmp_path / "d.gif").write_text("hello")
    (tmp_path / "e.heic").write_bytes(b"x")
    found = draw(tmp_path)
    assert [row["id"] for row in found.rows] == ["a.png"]
    reasons = dict(found.skipped)
    assert list(reasons) == ["b.png", "c.jpg", "d.gif", "e.heic"]
    assert "zero bytes" in reasons["c.jpg"]
    assert "not a picture" in reasons["d.gif"]
    assert ".heic pictures are not read" in reasons["e.heic"]


def test_a_file_that_the_system_refuses_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    real = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name == "b.png":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    assert draw(tmp_path, channels=3).skipped == [("b.png", "not allowed to read it")]


def test_an_empty_folder_and_a_folder_of_other_things_say_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is empty: no pictures or sounds"):
        Folder().fingerprint(Request(str(tmp_path)))
    for i in range(3):
        (tmp_path / f"{i}.txt").write_text("x")
    (tmp_path / "song.mid").write_text("x")
    (tmp_path / "README").write_text("x")
    with pytest.raises(
        DataError, match=r"no pictures or sounds that can be read, but 5 other files \(3 .txt, 1 no suffix, 1 .mid\)"
    ):
        Folder().draw(Request(str(tmp_path)))
    with pytest.raises(DataError, match="is a file"):
        Folder().draw(Request(str(tmp_path / "README")))
    with pytest.raises(DataError, match="there is no folder"):
        Folder().draw(Request(str(tmp_path / "nowhere")))
    with pytest.raises(InvalidArgument, match="has to be named"):
        Folder().draw(Request(None))


def test_grey_stays_grey_unless_one_has_colour(tmp_path: Path) -> None:
    for i in range(3):
        picture(tmp_path / f"{i}.png", colour=40 * i)
    assert draw(tmp_path).items.shape[1] == 1
    assert draw(tmp_path, channels=3).items.shape[1] == 3
    picture(tmp_path / "4.png")
    assert draw(tmp_path).items.shape[1] == 3


def test_the_fingerprint_follows_files_and_table(tmp_path: Path) -> None:
    def now() -> str:
        return Folder().fingerprint(Request(str(tmp_path)))

    picture(tmp_path / "a.png")
    first = now()
    assert now() == first
    picture(tmp_path / "b.png")
    second = now()
    (tmp_path / "labels.csv").write_text("file,label\na.png,cat\n")
    third = now()
    os.utime(tmp_path / "a.png", ns=(1, 1))
    assert len({first, second, third, now()}) == 4
    (tmp_path / "notes.txt").write_text("passed over")
    assert now() == now()


def test_copies_share_their_content(tmp_path: Path) -> None:
    original = picture(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(original.read_bytes())
    picture(tmp_path / "c.png", colour=(1, 2, 3))
    a, b, c = (row["content"] for row in draw(tmp_path).rows)
    assert a == b != c
