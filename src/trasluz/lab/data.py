"""List, inspect and draw data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Answer, Terminal
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Channels, FitTo, Home, Range, Seconds, Seed, Size, Watcher
from trasluz.lab.calls.given import DataMeant
from trasluz.lab.calls.parameters import Text
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.spaces.data import Dataset

Spec = Annotated[
    DataMeant,
    Text(
        help="A built-in name (faces, faces:12000), a path, or samples:MODEL:N.",
        metavar="DATA", offers="row:sources", positional=True,
    ),
]  # fmt: skip


@final
class Sources(Answer):
    """What there is, and what of the plugins is no use."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        from trasluz.spaces import registry
        from trasluz.spaces.kinds import troubles

        for trouble in (*registry.troubles("sources"), *troubles()):
            terminal.progress.say(trouble)
        terminal.answer({"data": result}, lambda: terminal.records(result))


@verb(examples=["trasluz data list"], answer=Sources(), line="data list")
def known_data(call: Call) -> list[dict[str, str]]:
    """List the data sets that are always at hand, and what else can be read."""
    from trasluz.lab.shelf.data import known_data

    return known_data()


@final
class Described(Answer):
    """What a data set holds."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        def human() -> None:
            apart = ("columns", "skipped", "notes", "tables")
            terminal.outline({name: value for name, value in result.items() if name not in apart})
            if result["notes"]:
                terminal.line("")
            for note in result["notes"]:
                terminal.line(note)
            terminal.line("")
            terminal.line(f"left out: {len(result['skipped']):,}")
            for name, reason in result["skipped"][:10]:
                terminal.line(f"  {name}: {reason}")
            if result["columns"]:
                terminal.line("")
                rows = [
                    [name, c["kind"], c["distinct"], c["missing"], self._values(terminal, c)]
                    for name, c in result["columns"].items()
                ]
                terminal.table(["label or factor", "kind", "distinct", "missing", "values"], rows)

        terminal.answer(result, human)

    @staticmethod
    def _values(terminal: Terminal, column: Mapping[str, Any]) -> str:
        if "counts" not in column:
            return f"{terminal.cell(column['min'])} to {terminal.cell(column['max'])}"
        return terminal.cell(column["counts"])


@verb(examples=["trasluz data show faces", "trasluz data show ./photos --json"], answer=Described(), line="data show")
def describe_data(
    call: Call,
    data: Spec,
    *,
    size: Size = None,
    channels: Channels = None,
    fit: FitTo = None,
    range: Range = None,
    seconds: Seconds = None,
    seed: Seed = 0,
    workspace: Home = None,
    progress: Watcher = SILENT,
) -> dict[str, Any]:
    """Show what a data set holds: counts, labels and factors with their values, which rows of a table found their item,
    what was made of the files, what was left out and why, and the licence."""
    from trasluz.lab.shelf.data import describe_data

    session = call.session
    return describe_data(
        data, size=size, channels=channels, fit=fit, range=range, seconds=seconds, seed=seed,
        workspace=session.home, progress=session.progress,
    )  # fmt: skip


@final
class DataDrawn(Answer):
    """What was drawn."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        figures = {"data": result.spec, "items": len(result), "shape": result.shape, "identity": result.identity}
        size = result.kind.told(result.shape)
        terminal.answer(figures, lambda: terminal.line(f"{result.spec}: {len(result):,} items of {size}"))


@verb(
    examples=["trasluz data draw faces:12000", "trasluz data draw ./photos --size 64"],
    answer=DataDrawn(),
    line="data draw",
)
def draw_data(
    call: Call,
    data: Spec,
    *,
    size: Size = None,
    channels: Channels = None,
    fit: FitTo = None,
    range: Range = None,
    seconds: Seconds = None,
    seed: Seed = 0,
    workspace: Home = None,
    progress: Watcher = SILENT,
) -> Dataset:
    """Draw or decode a data set into the cache of the workspace, so that later verbs start at once."""
    from trasluz.lab.shelf.data import draw_data

    session = call.session
    return draw_data(
        data, size=size, channels=channels, fit=fit, range=range, seconds=seconds, seed=seed,
        workspace=session.home, progress=session.progress,
    )  # fmt: skip
