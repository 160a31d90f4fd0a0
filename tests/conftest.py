"""What every test stands on: its own workspace and home, fixed seeds, no network."""

from __future__ import annotations

import gc
import os
import random
import shutil
import socket
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Nothing of trasluz is imported here at the top: the runtime checks of types come in when it is first imported.

settings.register_profile("house", deadline=None, derandomize=True, database=None, max_examples=100)
settings.load_profile("house")

_HOME = pytest.StashKey[Path]()
_REPOSITORY = Path(__file__).parent.parent
_BROWSER = Path(__file__).parent / "studio"


def pytest_configure(config: pytest.Config) -> None:
    home = Path(tempfile.mkdtemp(prefix="trasluz-tests-"))
    config.stash[_HOME] = home
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(home)
    # Its list of fonts takes seconds to make, so it is kept from run to run.
    os.environ["MPLCONFIGDIR"] = str(_REPOSITORY / ".pytest_cache" / "matplotlib")
    os.environ["MPLBACKEND"] = "agg"
    os.environ["TRASLUZ_WORKSPACE"] = str(home / "workspace")
    os.environ.pop("FORCE_COLOR", None)
    if "PYTEST_XDIST_WORKER" in os.environ:  # the workers share the cores; one thread each
        os.environ["OMP_NUM_THREADS"] = "1"
        import torch

        torch.set_num_threads(1)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_HOME], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser come first. They wait a good part of their time: so one worker has them all, and the others
    what needs the processor. Were they last, workers would end by waiting side by side."""
    items.sort(key=lambda item: not item.path.is_relative_to(_BROWSER))


def pytest_collection_finish() -> None:
    """What is there by now stays until the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A workspace of the test's own, which is also the default one."""
    from trasluz.io.workspace import Workspace

    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(tmp_path / "workspace"))
    return Workspace()


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installs outside packages for one test: `plugin("name", {"openers": {"mine": "module:Class"}}, module=TEXT)`."""
    import plugins

    yield partial(plugins.install, tmp_path, monkeypatch)
    monkeypatch.undo()
    plugins.forget()


@pytest.fixture(autouse=True)
def _same_seeds() -> None:
    """Nothing of ours draws from the global generators; where a library does, it draws the same every time."""
    import numpy as np
    import torch

    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Only this machine can be reached."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if str(host) not in ("localhost", "127.0.0.1", "::1", "", "0.0.0.0", "None"):
            raise RuntimeError(f"a test tried to reach {host!r}")

    def guarded(original: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            check(address)
            return original(self, address)

        return call

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        check((host,))
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield
