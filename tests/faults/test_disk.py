"""A disk that is full, and a place that may not be written: real ones, where the system lets us make them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from trasluz.base.errors import NoPermission, NoSpace
from trasluz.io import atomic
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.io.workspace import Workspace

pytestmark = pytest.mark.skipif(os.name == "nt", reason="mounts, limits and modes of Unix")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_file_and_says_how_much_was_needed(small_disk: Path) -> None:
    path = small_disk / "model.safetensors"
    write_tensors(path, {"w": torch.ones(100)}, "model")
    with pytest.raises(NoSpace, match=r"no space left to write .*model\.safetensors \(8,000,\d{3} bytes needed\)") as e:
        write_tensors(path, {"w": torch.zeros(2_000_000)}, "model")
    assert "Free some space" in str(e.value)
    assert read_tensors(path, "model")[0]["w"].sum() == 100
    assert [p.name for p in small_disk.iterdir()] == ["model.safetensors"], "the half that was written is gone"


def test_on_a_full_disk_a_model_can_still_be_removed(small_disk: Path) -> None:
    workspace = Workspace(small_disk)
    target = workspace.entry("models", "big")
    with workspace.writing("train"), atomic.new_folder(target) as folder:
        atomic.write_bytes(folder / "w", b"x" * 500_000)
    with (small_disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(b"x" * 4096)
    with pytest.raises(NoSpace), workspace.writing("train"):
        atomic.write_bytes(small_disk / "more", b"x" * 100_000)
    with pytest.raises(NoSpace), workspace.writing("train"), atomic.new_folder(workspace.entry("models", "m")) as new:
        atomic.write_bytes(new / "w", b"x" * 100_000)
    with workspace.writing("remove"):
        atomic.remove_folder(target)
    assert workspace.names("models") == []
    with workspace.writing("train"):
        atomic.write_bytes(small_disk / "more", b"x" * 100_000)


LIMITED = """
import resource, signal, sys
from pathlib import Path
from trasluz.base.errors import NoSpace
from trasluz.io import atomic

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
folder = Path(sys.argv[1])
try:
    atomic.write_bytes(folder / "a", b"n" * 50_000)
except NoSpace as error:
    print(error)
try:
    while True:
        atomic.append_line(folder / "events.jsonl", {"text": "x" * 500})
except NoSpace as error:
    print(error)
"""


def test_a_limit_on_sizes_is_a_full_disk_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    done = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first.startswith(f"no space left to write {tmp_path / 'a'} (50,000 bytes needed).")
    assert second.startswith(f"no space left to write {tmp_path / 'events.jsonl'} (")
    assert (tmp_path / "a").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "events.jsonl"]
    lines = atomic.read_lines(tmp_path / "events.jsonl")
    assert len(lines) == 18 and all(line == {"text": "x" * 500} for line in lines)


def test_no_permission_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    for write in (lambda: atomic.make_folder(tmp_path / "w"), lambda: atomic.write_text(tmp_path / "w" / "a", "")):
        with pytest.raises(NoPermission, match=r"not allowed to write .*/w: Permission denied") as caught:
            write()
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_really_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(NoPermission, match="not allowed to write"):
        atomic.write_text(closed / "a", "")
    with pytest.raises(NoPermission), Workspace(closed / "w").writing("x"):
        pass
    with pytest.raises(NoPermission), Workspace(closed).writing("x"):
        pass
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    secret.chmod(0)
    with pytest.raises(NoPermission, match="not allowed to read"):
        atomic.read_json(secret, "it")


NOBODY = """
import os, sys
import filelock  # while its file can be read
from trasluz.base.errors import TrasluzError
from trasluz.io.workspace import Workspace

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    with Workspace(sys.argv[1]).writing("x"):
        print("wrote")
except TrasluzError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can become nobody")
def test_somebody_else_s_workspace() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        done = subprocess.run([sys.executable, "-c", NOBODY, name], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"NoPermission not allowed to write {name}/.lock: Permission denied.")
