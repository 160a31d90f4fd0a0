"""Outside packages for a test: modules on the path with entry points of their own, as pip would install them."""

from __future__ import annotations

from pathlib import Path

import pytest


def install(place: Path, monkeypatch: pytest.MonkeyPatch, name: str, points: dict[str, dict[str, str]], **files: str):
    """Put a package `name` with modules `files` on the path, registered as `points` say: row, name, `module:Class`."""
    root = place / f"site-{name}"
    about = root / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"[trasluz.{row}]\n" + "".join(f"{k} = {v}\n" for k, v in some.items()) for row, some in points.items()]
    (about / "entry_points.txt").write_text("\n".join(lines))
    for module, text in files.items():
        (root / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(root)
    forget()
    return root


def forget() -> None:
    """Let the registry look anew at what is installed."""
    from trasluz.spaces import registry

    registry.forget()
