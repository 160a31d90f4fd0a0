"""Train a model of one's own data, by the steps or by the clock."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from shlex import quote
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Answer, Option, Terminal
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Channels, Device, FitTo, Home, Range, Seconds, Seed, Size, Watcher
from trasluz.lab.calls.given import DataLike
from trasluz.lab.calls.parameters import Number, Pairs, Switch, Text, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.run import Run


@final
class Trained(Answer):
    """Where the model is and how good it is; or with `--settings` what its family can be set to."""

    options: Mapping[str, Option] = MappingProxyType(
        {
            "list_settings": Option(
                Switch(help="List the settings of the family, and train nothing.", flag="--settings"), default=False
            )
        }
    )

    def instead(self, terminal: Terminal, values: Mapping[str, Any]) -> bool:
        if values["list_settings"]:
            from trasluz.lab.shelf.families import described

            family = described(values["family"])

            def human() -> None:
                terminal.line(f"Settings of {family['family']} ({family['title']}); give them as --set NAME=VALUE.")
                columns = ("name", "default", "unit", "range", "meaning", "source")
                rows = [[row[key] for key in columns] for row in family["settings"]]
                terminal.table([key.capitalize() for key in columns], rows)
                for name, preset in family["presets"].items():
                    terminal.line(f"Preset {name}: {terminal.cell(preset)}")

            terminal.answer({key: value for key, value in family.items() if key != "title"}, human)
        return bool(values["list_settings"])

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        name = result.model.name
        figures = ", ".join(
            f"{name} {terminal.cell(figure.value)}"
            + ("" if figure.interval is None else " ({} to {})".format(*map(terminal.cell, figure.interval)))
            for name, figure in result.measured.items()
        )
        n = max((figure.n for figure in result.measured.values()), default=0)
        measured = {name: figure.dump() for name, figure in result.measured.items()}
        said = {"command": result.command(), "code": result.code()}
        terminal.written(
            result.folder, f"On {n:,} items never trained on: {figures}", model=name, figures=result.figures,
            measured=measured, **said,
        )  # fmt: skip
        terminal.progress.say(f"Next: trasluz sample {quote(name)}; trasluz map {quote(name)}")


@verb(
    examples=[
        "trasluz train vae --data ./photos --name mine",
        "trasluz train vae --data faces --name faces --preset base --set beta=4 --minutes 15",
        "trasluz train vae --name mine --resume",
        "trasluz train vae --settings",
    ],
    answer=Trained(),
)
def train(
    call: Call,
    family: Annotated[
        str,
        Text(help="What kind of model: vae, gan or flow.", metavar="FAMILY", offers="row:families", positional=True),
    ],
    data: Annotated[
        DataLike,
        Text(
            help="A built-in name (faces, faces:12000), a path, or samples:MODEL:N. Not needed with --resume.",
            metavar="DATA", offers="row:sources",
        ),
    ] = None,
    *,
    name: Annotated[
        str | None, Text(help="Name of the model. Default: from the data and the family.", metavar="NAME")
    ] = None,
    preset: Annotated[
        str,
        Text(
            help="Size of the model: tiny, small or base; of a gan also pixels, which is judged on these.",
            metavar="NAME", offers=("tiny", "small", "base", "pixels")
        ),
    ] = "small",
    settings: Annotated[
        Mapping[str, Any] | None,
        Pairs(
            help="One setting of the family, and again for more. trasluz train FAMILY --settings lists them.",
            flag="--set", metavar="KEY=VALUE",
        ),
    ] = None,
    steps: Annotated[
        int | None, Whole(help="Training steps. Default: what the preset says.", metavar="N", low=1)
    ] = None,
    minutes: Annotated[
        float | None,
        Number(
            help="Train for this many minutes, everything included, instead of --steps.",
            metavar="M", low=0.01, high=100_000,
            excludes="steps",
        ),
    ] = None,
    pace: Annotated[
        str | None,
        Text(
            help="How the length of an earlier run changed on the way, as FROM:STEPS,..., to train the same again.",
            metavar="TEXT", excludes="steps",
        ),
    ] = None,
    size: Size = None,
    channels: Channels = None,
    fit: FitTo = None,
    range: Range = None,
    seconds: Seconds = None,
    init: Annotated[
        str | os.PathLike[str] | None, Text(help="Begin with the weights of this model.", metavar="MODEL")
    ] = None,
    autoencoder: Annotated[
        str | os.PathLike[str] | None,
        Text(help="Take over the autoencoder of this model, for a family that has one.", metavar="MODEL"),
    ] = None,
    force: Annotated[bool, Switch(help="Train on fewer items than the family should have.")] = False,
    resume: Annotated[
        bool, Switch(
            help="Continue a stopped run from its last checkpoint; add --steps or --minutes to train for longer."
        ),
    ] = False,
    seed: Seed = 0,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Run:  # fmt: skip
    """Train a model on your own data. It can be stopped with Ctrl-C and taken up again with --resume.

    Raises:
        NameTaken: the name is used and `resume` is not asked for.
        Stopped: interrupted; a checkpoint was kept.
        Diverged: a NaN, before it touched the weights.
        IdentityMismatch: a resume with other data than the run's.
        DataError: fewer items than the family needs, and `force` is not set.
    """
    began = time.monotonic()
    from trasluz.lab.work.training import Asked, trained

    form = {"size": size, "channels": channels, "fit": fit, "range": range, "seconds": seconds}
    given = {name: value for name, value in form.items() if value is not None}
    settings, given = _of_items(settings, given)
    asked = Asked(preset, settings, steps, minutes, init, autoencoder, seed, force, pace, given)
    return trained(family, data, name, asked, resume, call.session, began)


def _of_items(
    settings: Mapping[str, Any] | None, form: Mapping[str, Any]
) -> tuple[Mapping[str, Any] | None, dict[str, Any]]:
    """What is set of the family, and what is asked of the items: `--set seconds=2` is the same as `--seconds 2`."""
    if not settings or "seconds" not in settings:
        return settings, dict(form)
    seconds = settings["seconds"]
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise InvalidArgument("items last", got=seconds, allowed="a number of seconds")
    rest = {name: value for name, value in settings.items() if name != "seconds"}
    return rest, {"seconds": float(seconds), **form}
