"""Figures of a model: how well it rebuilds, how good, varied and new its samples are, what its latents tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Answer, Terminal
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Data, Device, Given, Home, Model, Seed, Space, Watcher
from trasluz.lab.calls.parameters import Pairs, Several, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.measurements import Measurements

MOST = 20_000
"""Items of each sort."""
MOST_JUDGES = 9


@final
@dataclass(frozen=True)
class Figures(Answer):
    """A table, and what has to be known of it."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        from trasluz.lab.results.measurements import HEADINGS

        def human() -> None:
            terminal.line(result.told())
            rows = result.rows()
            shown = [i for i in range(len(HEADINGS)) if any(row[i] != "-" for row in rows)]
            terminal.table([HEADINGS[i] for i in shown], [[row[i] for i in shown] for row in rows])
            for note in result.notes:
                terminal.line(note)
            for name, why in result.left_out.items():
                terminal.line(f"Not measured: {name}: {why}")

        document = {**result.facts(), "command": result.command(), "code": result.code()}
        terminal.answer(document, human)


@verb(
    examples=[
        "trasluz measure faces-vae",
        "trasluz measure faces-gan prdc frechet -n 1000",
        "trasluz measure pets-vae knn --column species --set k=5 --json",
    ],
    answer=Figures(),
    variable="figures",
)
def measure(
    call: Call,
    model: Model,
    *metrics: Annotated[
        str,
        Several(
            help="Which figures: psnr, ssim, frechet, prdc, vendi, novelty, knn, probe. Default: all that are "
            "available.",
            metavar="[METRIC]...", positional=True, offers="row:metrics",
        ),
    ],
    n: Annotated[
        int,
        Whole(
            help="At most this many items of each sort: samples, and held-out items.",
            short="-n", metavar="N", low=2, high=MOST, called="the number of items",
        ),
    ] = 2000,
    judges: Annotated[
        int,
        Whole(
            help="Judges, trained from as many seeds, that figures in features are made by; each is kept once trained.",
            metavar="N", low=1, high=MOST_JUDGES, called="the number of judges",
        ),
    ] = 1,
    columns: Annotated[
        str | Sequence[str] | None,
        Several(
            help="A label for knn and probe to predict. Default: every label of the data.",
            flag="--column", metavar="COLUMN",
        ),
    ] = None,
    settings: Annotated[
        Mapping[str, Any] | None,
        Pairs(help="One setting of the metric, where one is named, such as k=5.", flag="--set", metavar="KEY=VALUE"),
    ] = None,
    seed: Seed = 0,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Measurements:  # fmt: skip
    """Measure a model: each figure with its interval, what chance or real items give, and its n.

    Items are held-out ones of the data. psnr and ssim look at their reconstructions; knn and probe at their latents
    and labels; frechet, prdc, novelty and vendi hold samples against them, in features of a reader of the data's
    labels, or in pixels averaged where there are none. Such a reader is a judge that is trained, and another seed of
    it gives other figures: with several judges, their range stands beside the figure of the first. What is gathered is
    gathered once. Intervals say what other items would have given, of this model as it is and by this judge.

    Raises:
        UnknownName: no such metric, column or setting.
        NotInvertible: a figure that was named needs an encoder, and there is none.

    >>> tl.measure("faces-vae", "prdc")["prdc"].further["recall"].told()    # doctest: +SKIP
    """
    from trasluz.lab.results.measurements import Measurements
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.work.gathering import Gathered
    from trasluz.lab.work.measuring import measured
    from trasluz.spaces import registry

    for name in metrics:
        registry.get("metrics", name)
    labels = [columns] if isinstance(columns, str) else columns
    opened = model_of(model, call.session, given)
    condition = {**opened.condition, **(given or {})}
    gathered = Gathered(
        opened, call.session, data=data, n=n, seed=seed, space=space, condition=condition,
        judges=judges,
    )  # fmt: skip
    found, left_out = measured(gathered, metrics, labels, settings or {}, seed)
    warnings = [f"{one.name}: {one.figure.details['warning']}" for one in found if "warning" in one.figure.details]
    return Measurements(
        opened.name, opened.identity, gathered.named_data(), gathered.named_space(), gathered.judge(), seed,
        tuple(found), left_out, (*gathered.notes, *warnings), call.saying(columns=labels),
    )  # fmt: skip
