"""Encoding that was stopped, killed or that grows ends in the same bytes; a crash leaves the old atlas or the new."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from faults.crash import crash_points
from old_atlas import as_version_1
from toy_models import coded, pictures
from trasluz.atlas import manifest, write
from trasluz.atlas.atlas import Atlas
from trasluz.atlas.manifest import building
from trasluz.atlas.write import write_atlas
from trasluz.base.errors import NoSpace, Stopped
from trasluz.base.progress import Progress


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Shards of 128 rows, sheets of 64, so that small data make several; one thread, so that a fork is safe."""
    fields = manifest.Manifest.model_fields
    monkeypatch.setattr(fields["shard_rows"], "default", 128)
    monkeypatch.setattr(fields["sheet_tiles"], "default", 64)
    monkeypatch.setattr(fields["columns"], "default", 8)
    manifest.Manifest.model_rebuild(force=True)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    monkeypatch.undo()
    manifest.Manifest.model_rebuild(force=True)


class Interrupting(Progress):
    """Presses Ctrl-C after some items, and counts those that were encoded."""

    def __init__(self, after: int | None = None) -> None:
        self.after, self.encoded, self.kept = after, 0, 0

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[object]:  # type: ignore[override]
        def step(n: int = 1, note: str = "") -> None:
            self.kept += n if note == "kept" else 0
            self.encoded += n if note != "kept" else 0
            if self.after is not None and self.encoded >= self.after:
                raise KeyboardInterrupt

        yield step

    def say(self, text: str) -> None:
        return None


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, bytes]:
    return files(write_atlas(tmp_path / "whole", coded(), pictures(500)).folder)


def test_the_folder_is_as_the_design_says(whole: dict[str, bytes]) -> None:
    assert list(whole) == [
        *(f"latents-0000{k}-of-00004.safetensors" for k in range(4)),
        "manifest.json",
        "rows.parquet",
        *(f"thumbnails-0000{k}.parquet" for k in range(8)),
    ]


def test_ctrl_c_keeps_finished_shards_and_the_next_call_goes_on(tmp_path: Path, whole: dict[str, bytes]) -> None:
    with pytest.raises(Stopped, match="256 of 500 items are kept"):
        write_atlas(tmp_path / "a", coded(), pictures(500), progress=Interrupting(300))
    assert not (tmp_path / "a").exists()
    watch = Interrupting()
    assert files(write_atlas(tmp_path / "a", coded(), pictures(500), progress=watch).folder) == whole
    assert (watch.kept, watch.encoded) == (256, 244)
    assert not building(tmp_path / "a").exists()


def test_a_stopped_encoding_goes_on_at_another_length(tmp_path: Path, whole: dict[str, bytes]) -> None:
    with pytest.raises(Stopped):
        write_atlas(tmp_path / "a", coded(), pictures(500).first(300), progress=Interrupting(290))
    watch = Interrupting()
    assert files(write_atlas(tmp_path / "a", coded(), pictures(500), progress=watch).folder) == whole
    assert watch.kept == 256


def test_an_atlas_grows_without_encoding_anew(tmp_path: Path, whole: dict[str, bytes]) -> None:
    few = write_atlas(tmp_path / "a", coded(), pictures(500).first(300))
    before = few.latents
    watch = Interrupting()
    more = write_atlas(tmp_path / "a", coded(), pictures(500), progress=watch)
    assert files(more.folder) == whole and watch.kept == 256
    assert torch.equal(more.latents[:300], before)


def test_an_atlas_of_version_1_grows_without_encoding_anew(tmp_path: Path, whole: dict[str, bytes]) -> None:
    as_version_1(write_atlas(tmp_path / "a", coded(), pictures(500).first(300)))
    watch = Interrupting()
    assert files(write_atlas(tmp_path / "a", coded(), pictures(500), progress=watch).folder) == whole
    assert watch.kept == 256


def test_another_model_keeps_nothing(tmp_path: Path, whole: dict[str, bytes]) -> None:
    with pytest.raises(Stopped):
        write_atlas(tmp_path / "a", coded(seed=1), pictures(500), progress=Interrupting(300))
    watch = Interrupting()
    assert files(write_atlas(tmp_path / "a", coded(), pictures(500), progress=watch).folder) == whole
    assert watch.kept == 0
    watch = Interrupting()
    replaced = write_atlas(tmp_path / "a", coded(seed=1), pictures(500), progress=watch)
    assert watch.kept == 0 and replaced.model_identity == coded(seed=1).identity


def test_a_damaged_shard_of_a_stopped_encoding_is_made_again(tmp_path: Path, whole: dict[str, bytes]) -> None:
    with pytest.raises(Stopped):
        write_atlas(tmp_path / "a", coded(), pictures(500), progress=Interrupting(300))
    shard = building(tmp_path / "a") / "latents-00001-of-00004.safetensors"
    shard.write_bytes(shard.read_bytes()[:-7])
    watch = Interrupting()
    assert files(write_atlas(tmp_path / "a", coded(), pictures(500), progress=watch).folder) == whole
    assert watch.kept == 128


def test_a_disk_that_is_full_says_so_and_what_was_written_is_kept(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, calls = write.write_tiles, list[Path]()

    def full(path: Path, tiles: np.ndarray, bound: str) -> None:
        calls.append(path)
        if len(calls) == 4:
            raise NoSpace("no space left")
        plain(path, tiles, bound)

    with monkeypatch.context() as patch:
        patch.setattr(write, "write_tiles", full)
        with pytest.raises(NoSpace, match="no space left"):
            write_atlas(tmp_path / "a", coded(), pictures(500))
    assert len(calls) == 4 and not (tmp_path / "a").exists()
    watch = Interrupting()
    assert files(write_atlas(tmp_path / "a", coded(), pictures(500), progress=watch).folder) == whole
    assert watch.kept == 256


def seen(folder: Path) -> str:
    """What a reader finds."""
    try:
        atlas = Atlas.open(folder)
    except Exception:  # noqa: BLE001
        return "nothing"
    assert len(atlas.rows) == len(atlas.latents) == len(atlas.thumbnails(range(len(atlas))))
    return {coded().identity: "new", coded(seed=1).identity: "old"}[atlas.model_identity]


def test_a_crash_between_any_two_writes_leaves_the_old_atlas_or_the_new(tmp_path: Path) -> None:
    data, folder = pictures(150), tmp_path / "atlases" / "a"
    write_atlas(tmp_path / "old", coded(seed=1), data)
    new = files(write_atlas(tmp_path / "new", coded(), data).folder)
    looks: set[str] = set()

    def prepare() -> None:
        shutil.rmtree(folder.parent, ignore_errors=True)
        shutil.copytree(tmp_path / "old", folder)

    for crash in crash_points(lambda: write_atlas(folder, coded(), data), prepare=prepare, how=("death",)):
        look = seen(folder)
        assert look in ("old", "new"), crash
        looks.add(look)
        if crash.index % 9 == 0:
            assert files(write_atlas(folder, coded(), data).folder) == new, crash
    assert looks == {"old", "new"}


def test_a_crash_in_the_first_encoding_leaves_nothing_or_the_atlas(tmp_path: Path) -> None:
    data, folder = pictures(150), tmp_path / "atlases" / "a"
    for crash in crash_points(
        lambda: write_atlas(folder, coded(), data),
        prepare=lambda: shutil.rmtree(folder.parent, ignore_errors=True),
        how=("error",),
    ):
        assert seen(folder) in ("nothing", "new"), crash


SCRIPT = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import torch
torch.set_num_threads(1)
from toy_models import coded, pictures
from trasluz.atlas import manifest, write
for name, value in (("shard_rows", 128), ("sheet_tiles", 64), ("columns", 8)):
    manifest.Manifest.model_fields[name].default = value
manifest.Manifest.model_rebuild(force=True)
plain = write._encode
def slow(*args):
    out = plain(*args)
    time.sleep(0.15)
    return out
write._encode = slow
print("go", flush=True)
write.write_atlas(Path({folder!r}), coded(), pictures(500))
"""


def test_killed_in_the_middle_it_ends_in_the_same_bytes(tmp_path: Path, whole: dict[str, bytes]) -> None:
    folder = tmp_path / "a"
    script = SCRIPT.format(tests=str(Path(__file__).parent.parent), folder=str(folder))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline()
        deadline = time.monotonic() + 60
        while not list(building(folder).glob("latents-00001-*")) and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    assert not folder.exists()
    watch = Interrupting()
    assert files(write_atlas(folder, coded(), pictures(500), progress=watch).folder) == whole
    assert watch.kept >= 256
