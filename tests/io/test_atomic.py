"""Whole files or none, and errors that name the file."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path

import pytest

from trasluz.base.errors import DamagedFile, InvalidArgument, NameTaken, NoPermission, NoSpace, TrasluzError
from trasluz.io import atomic


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "a.json"
    atomic.write_json(path, {"grün": [1, 2.5, None, "ñ"]})
    assert atomic.read_json(path, "it") == {"grün": [1, 2.5, None, "ñ"]}
    assert "grün" in path.read_text(), "people read these files"
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_names_that_are_not_utf8_survive_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"photo-\xff.png")
    atomic.write_json(tmp_path / "a.json", {"id": name})
    assert atomic.read_json(tmp_path / "a.json", "it") == {"id": name}


def test_a_library_writes_to_the_temporary_path_with_the_right_suffix(tmp_path: Path) -> None:
    with atomic.atomic_path(tmp_path / "a.png") as temporary:
        assert temporary.suffix == ".png" and temporary.name.startswith(atomic.TEMPORARY)
        temporary.write_bytes(b"x")
        assert not (tmp_path / "a.png").exists()
    assert (tmp_path / "a.png").read_bytes() == b"x"


def test_an_error_inside_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(ZeroDivisionError), atomic.atomic_path(tmp_path / "a") as temporary:
        temporary.write_text("half")
        _ = 1 / 0
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and (tmp_path / "a").read_text() == "old"


def test_errors_about_other_files_are_not_blamed_on_this_one(tmp_path: Path) -> None:
    elsewhere = tmp_path / "photos" / "none.png"
    with pytest.raises(FileNotFoundError), atomic.atomic_path(tmp_path / "out" / "a"):
        elsewhere.read_bytes()
    with pytest.raises(ConnectionResetError), atomic.new_folder(tmp_path / "out" / "m"):
        raise ConnectionResetError(errno.ECONNRESET, "reset")


@pytest.mark.skipif(os.name == "nt", reason="devices and pipes of Unix")
@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_only_files_are_replaced(tmp_path: Path, kind: str) -> None:
    path = Path("/dev/null") if kind == "device" else tmp_path / "a"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    before = path.stat().st_mode
    with pytest.raises(InvalidArgument, match="not a file"):
        atomic.write_bytes(path, b"x")
    assert path.stat().st_mode == before


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    for write in (lambda: atomic.write_bytes(tmp_path / "f" / "a", b""), lambda: atomic.make_folder(tmp_path / "f")):
        with pytest.raises(TrasluzError, match="not a folder"):
            write()


def test_a_name_too_long_for_the_file_system(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="too long"):
        atomic.write_bytes(tmp_path / ("a" * 300), b"")


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (errno.EACCES, NoPermission, "not allowed to write"),
        (errno.EROFS, NoPermission, "not allowed to write"),
        (errno.ENOSPC, NoSpace, r"3 bytes needed"),
        (errno.EDQUOT, NoSpace, r"3 bytes needed"),
    ],
)
def test_refusals_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[TrasluzError], says: str
) -> None:
    def refuse(handle: object, data: object) -> None:
        raise OSError(code, os.strerror(code))

    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(atomic, "_write", refuse)
    with pytest.raises(kind, match=says) as caught:
        atomic.write_bytes(tmp_path / "a", b"new")
    assert str(tmp_path / "a") in str(caught.value) and "\n" not in str(caught.value)
    assert (tmp_path / "a").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_reading_json_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content, says in [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 100_000, "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"a": "' + b"x" * 200 + b'"}', "larger than 100 bytes"),
    ]:
        path.write_bytes(content)
        limit = 100 if b"xx" in content else 4 << 20
        with pytest.raises(DamagedFile, match=says):
            atomic.read_json(path, "the config", limit=limit)
    for path in (tmp_path / "none.json", tmp_path, tmp_path / "a.json" / "b"):
        with pytest.raises(DamagedFile, match="the config"):
            atomic.read_json(path, "the config")


@pytest.mark.skipif(os.name == "nt", reason="pipes of Unix")
def test_a_pipe_does_not_hang_a_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p")
    with pytest.raises(DamagedFile):
        atomic.read_json(tmp_path / "p", "it")
    with pytest.raises(DamagedFile):
        atomic.read_lines(tmp_path / "p")


def test_lines_are_added_and_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert atomic.read_lines(path) == []
    for step in range(3):
        atomic.append_line(path, {"step": step})
    assert atomic.read_lines(path) == [{"step": 0}, {"step": 1}, {"step": 2}]
    with path.open("ab") as handle:
        handle.write(b'[1]\n"x"\n\xff\n' + b"[" * 50_000 + b'\n{"step": 3}\n{"st')
    assert [line["step"] for line in atomic.read_lines(path)] == [0, 1, 2, 3]


def test_of_a_huge_file_of_lines_the_last_are_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps({"step": i}) + "\n" for i in range(10_000)))
    steps = [line["step"] for line in atomic.read_lines(path, limit=1000)]
    assert steps[-1] == 9_999 and steps == list(range(steps[0], 10_000)) and 50 < len(steps) < 100


def test_a_line_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TrasluzError, match="could not be written"):
        atomic.append_line(tmp_path / "none" / "events.jsonl", {})


def test_a_new_folder_takes_no_place_that_is_taken(tmp_path: Path) -> None:
    for name, make in [
        ("folder", lambda p: p.mkdir()),
        ("file", lambda p: p.write_text("")),
        ("link", lambda p: p.symlink_to("nowhere")),
    ]:
        make(tmp_path / name)
        with pytest.raises(NameTaken, match=f"{name} already exists"), atomic.new_folder(tmp_path / name):
            pytest.fail("nothing may be made for a name that is taken")
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_made_meanwhile_wins(tmp_path: Path) -> None:
    with pytest.raises(NameTaken), atomic.new_folder(tmp_path / "m") as folder:
        (folder / "a").write_text("mine")
        with atomic.new_folder(tmp_path / "m") as other:
            (other / "a").write_text("the other's")
    assert (tmp_path / "m" / "a").read_text() == "the other's" and len(list(tmp_path.iterdir())) == 1


def test_two_empty_folders_do_not_both_win(tmp_path: Path) -> None:
    with pytest.raises(NameTaken), atomic.new_folder(tmp_path / "m"), atomic.new_folder(tmp_path / "m"):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_of_many_threads_one_wins(tmp_path: Path) -> None:
    results: list[str] = []
    barrier = threading.Barrier(16)

    def create(i: int) -> None:
        barrier.wait()
        try:
            with atomic.new_folder(tmp_path / "m") as folder:
                (folder / "who").write_text(str(i))
            results.append(str(i))
        except NameTaken:
            pass

    threads = [threading.Thread(target=create, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(tmp_path / "m" / "who").read_text()]
    assert len(list(tmp_path.iterdir())) == 1


def test_removing(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (target / "a").write_text("")
    (tmp_path / "link").symlink_to(target)
    atomic.remove_folder(tmp_path / "link")
    assert (target / "a").exists(), "a link is removed, not what it leads to"
    atomic.remove_folder(target)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TrasluzError):
        atomic.remove_folder(target)
