"""Two writers, fifty creators, and holders that die: with real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trasluz.base.errors import WorkspaceLocked
from trasluz.io import lock
from trasluz.io.workspace import Workspace

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and forks of Unix")

HOLD = """
import sys, time
from trasluz.io.workspace import Workspace
with Workspace(sys.argv[1]).writing("train mine"):
    print("held", flush=True)
    time.sleep(60)
"""

WANT = """
import sys
from trasluz.base.errors import TrasluzError
from trasluz.io.workspace import Workspace
try:
    with Workspace(sys.argv[1]).writing("encode"):
        print("wrote")
except TrasluzError as error:
    print(type(error).__name__, error)
"""


@contextmanager
def holder(root: Path, script: str = HOLD) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "held"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]


def test_the_second_writer_is_told_who_holds_it_and_a_killed_holder_frees_itself(workspace: Workspace) -> None:
    with holder(workspace.root) as process:
        with pytest.raises(WorkspaceLocked) as caught, workspace.writing("encode"):
            pass
        said = str(caught.value)
        assert f"process {process.pid} on " in said and "(train mine)" in said and str(workspace.root) in said
        assert "\n" not in said
        assert workspace.names("models") == [], "readers are never kept out"

        process.send_signal(signal.SIGKILL)
        process.wait()
        assert json.loads((workspace.root / ".holder").read_text())["pid"] == process.pid
        with workspace.writing("encode"):
            assert json.loads((workspace.root / ".holder").read_text())["pid"] == os.getpid()


def test_we_hold_and_another_process_is_refused(workspace: Workspace) -> None:
    command = [sys.executable, "-c", WANT, str(workspace.root)]
    with workspace.writing("train"):
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert out.startswith("WorkspaceLocked") and f"process {os.getpid()} on " in out
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "wrote\n"


FORKS = """
import os, sys, time
from trasluz.base.errors import WorkspaceLocked
from trasluz.io import lock
from pathlib import Path
root = Path(sys.argv[1])
with lock.writer(root, "train"):
    child = os.fork()
    if child == 0:
        try:
            with lock.writer(root, "in the child"):
                os._exit(3)
        except WorkspaceLocked:
            (root / "refused").write_text("")
            time.sleep(60)
        os._exit(4)
    while not (root / "refused").exists():
        time.sleep(0.01)
    (root / "child").write_text(str(child))
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_forked_worker_neither_has_the_lock_nor_keeps_it(tmp_path: Path) -> None:
    with holder(tmp_path, FORKS) as process:
        child = int((tmp_path / "child").read_text())
        try:
            with pytest.raises(WorkspaceLocked, match=f"process {process.pid} on "), lock.writer(tmp_path, "x"):
                pass
            process.kill()
            process.wait()
            os.kill(child, 0)  # the orphan lives on
            with lock.writer(tmp_path, "x"):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


MANY = """
import os, sys, time
from pathlib import Path
from trasluz.base.errors import NameTaken
from trasluz.io.atomic import new_folder, write_text
root, start = Path(sys.argv[1]), time.time() + 0.3
children = []
for i in range(50):
    pid = os.fork()
    if pid == 0:
        time.sleep(max(0, start - time.time()))
        try:
            with new_folder(root / "models" / "mine") as folder:
                for part in "abc":
                    write_text(folder / part, str(i))
            os._exit(10)
        except NameTaken:
            os._exit(20)
        finally:
            os._exit(30)
    children.append(pid)
codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
print(codes.count(10), codes.count(20), len(codes))
"""


def test_of_fifty_creations_of_one_name_exactly_one_wins(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", MANY, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "49", "50"], done.stderr
    made = tmp_path / "models" / "mine"
    assert len({(made / part).read_text() for part in "abc"}) == 1, "all of it from the one that won"
    assert [p.name for p in made.parent.iterdir()] == ["mine"]


RELAY = """
import sys, time
from pathlib import Path
from trasluz.base.errors import WorkspaceLocked
from trasluz.io import lock
root, count, refusals = Path(sys.argv[1]), 0, 0
until = time.time() + 20
while count < 25 and time.time() < until:
    try:
        with lock.writer(root, "count"):
            n = int((root / "n").read_text())
            time.sleep(0.001)
            (root / "n").write_text(str(n + 1))
        count += 1
    except WorkspaceLocked:
        refusals += 1
        time.sleep(0.002)
print(count)
"""


def test_two_writers_in_turn_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / "n").write_text("0")
    both = [
        subprocess.Popen([sys.executable, "-c", RELAY, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [p.communicate(timeout=40)[0].strip() for p in both] == ["25", "25"]
    assert (tmp_path / "n").read_text() == "50"


def test_refusing_is_quick(workspace: Workspace) -> None:
    with holder(workspace.root):
        start = time.monotonic()
        with pytest.raises(WorkspaceLocked), workspace.writing("x"):
            pass
        assert time.monotonic() - start < lock.PATIENCE
