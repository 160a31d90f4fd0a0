"""plugins/example, installed as a package from elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import plugins

EXAMPLE = Path(__file__).parents[2] / "plugins" / "example"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has put it."""
    place = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    where = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(place)]
    subprocess.run([*pip, *where, str(EXAMPLE)], check=True, capture_output=True, text=True)
    return place


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """In this process, as if it had been there from the start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.syspath_prepend(site)
    plugins.forget()
    yield
    plugins.forget()
    for path in EXAMPLE.glob("*.py"):
        sys.modules.pop(path.stem, None)
