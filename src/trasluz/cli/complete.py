"""What the shell offers after a Tab. Loads nothing heavy: names of methods come from the installed entry points,
names of models and atlases from the folders of the workspace."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def registered(row: str) -> Callable[[str], list[str]]:
    """Names in a row of the registry (`families`, `priors`, ...)."""

    def offer(incomplete: str) -> list[str]:
        from importlib.metadata import entry_points

        found = {point.name for point in entry_points(group=f"trasluz.{row}")}
        return sorted(name for name in found if name.startswith(incomplete))

    return offer


def kept(kind: str) -> Callable[[str], list[str]]:
    """Names that the default workspace holds (`models`, `atlases`, `points`, `selections`)."""

    def offer(incomplete: str) -> list[str]:
        from trasluz.io.names import shown

        root = Path(os.environ.get("TRASLUZ_WORKSPACE") or "trasluz-workspace").expanduser()
        folder = root / ("points" if kind == "selections" else kind)
        found = _bundled() if kind == "models" else set[str]()
        if folder.is_dir():
            there = [entry for entry in folder.iterdir() if entry.name[:1] != "."]
            if folder.name == "points":
                there = [entry for entry in there if _is_selection(entry) == (kind == "selections")]
            found |= {shown(entry.name.removesuffix(".json")) for entry in there}
        return sorted(name for name in found if name.startswith(incomplete))

    return offer


def saved(incomplete: str) -> list[str]:
    """`@name` of what is saved beside a model, points and selections; nothing until the `@` stands there. Of names with
    commas between, the last one is completed."""
    before, comma, last = incomplete.rpartition(",")
    if not last.startswith("@"):
        return []
    names = {*kept("points")(last[1:]), *kept("selections")(last[1:])}
    return [f"{before}{comma}@{name}" for name in sorted(names)]


def _is_selection(entry: Path) -> bool:
    """Whether a file of `points/` begins as a selection does."""
    try:
        with open(entry, "rb") as handle:
            return b'"selection"' in handle.read(64)
    except OSError:
        return False


def _bundled() -> set[str]:
    return {path.parent.name for path in (Path(__file__).parents[1] / "zoo").glob("*/recipe.json")}


def words(*known: str) -> Callable[[str], list[str]]:
    """A fixed list."""

    def offer(incomplete: str) -> list[str]:
        return [word for word in known if word.startswith(incomplete)]

    return offer
