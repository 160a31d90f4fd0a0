"""The ground that the tests stand on."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import torch

from trasluz.io.workspace import Workspace


def test_a_test_has_a_workspace_of_its_own(workspace: Workspace, tmp_path: Path) -> None:
    assert workspace.root.is_relative_to(tmp_path)
    assert Workspace().root == workspace.root
    assert not workspace.root.exists()


def test_the_default_workspace_is_never_the_person_s() -> None:
    assert Workspace().root.is_relative_to(Path(os.environ["HOME"]))


def test_global_seeds_are_fixed() -> None:
    assert torch.initial_seed() == 0


def test_the_network_is_closed_and_this_machine_open() -> None:
    with pytest.raises(RuntimeError, match="tried to reach"):
        socket.create_connection(("example.com", 80), timeout=1)
    with pytest.raises(RuntimeError, match="tried to reach"), socket.socket() as s:
        s.connect(("192.0.2.1", 80))
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="only where several workers share the cores")
def test_workers_use_one_thread_each() -> None:
    assert torch.get_num_threads() == 1


def test_only_the_tests_of_the_studio_open_a_browser(request: pytest.FixtureRequest) -> None:
    """The plugin's fixtures are there for every test; one that calls its own `page` becomes a test of a browser."""
    odd = {i.nodeid for i in request.session.items if "browser_name" in getattr(i, "fixturenames", ())}
    assert {name for name in odd if not name.startswith("tests/studio/")} == set()
