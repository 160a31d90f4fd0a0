"""Compare: is one model's latent space another's, up to a map? How simple a one, what is lost on the way, how few items
it takes. A page to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.io.atomic import check_place
from trasluz.lab.calls.answers import Answer, Option, Terminal, check_form
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Data, Device, Home, Model, Seed, Watcher
from trasluz.lab.calls.given import ModelLike
from trasluz.lab.calls.parameters import Pairs, Several, Switch, Text, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.comparison import Comparison

FORMS = (".html", ".json", ".png")
LANGUAGES = ("en", "es")
OUT = Text(
    help="File to write: .html (a page to send), .png (its pictures) or .json (its figures). Default: none, figures "
    "are printed.",
    short="-o",
    metavar="FILE",
)


@final
class Held(Answer):
    """Sentences and a table; a file where `--out` names one."""

    options: Mapping[str, Option] = MappingProxyType({"out": Option(OUT)})

    def is_usual(self, values: Mapping[str, Any]) -> bool:
        return values["out"] is None or Path(values["out"]).suffix.lower() in FORMS

    def before(self, values: Mapping[str, Any]) -> None:
        if values["out"] is not None:
            check_form(Path(values["out"]), FORMS)
            check_place(Path(values["out"]).expanduser())

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        path = None if values["out"] is None else result.save(values["out"])

        def human() -> None:
            if path is not None:
                terminal.line(path)
            for sentence in result.sentences():
                terminal.line(sentence)
            for columns, rows in result.tables():
                terminal.table(columns, rows)
            for note in result.notes:
                terminal.line(note)

        written = {} if path is None else {"written": str(path)}
        terminal.answer({**written, **result.facts(), "command": result.command(), "code": result.code()}, human)


@verb(
    examples=[
        "trasluz compare faces-vae faces-gan --out compare.html",
        "trasluz compare faces-vae faces-gan faces-flow --language es --out comparar.html",
        "trasluz compare faces-vae faces-gan --method ridge --items own -n 400 --json",
        "trasluz compare faces-gan faces-flow --search --out spaces.html",
    ],
    answer=Held(),
    variable="comparison",
)
def compare(
    call: Call,
    model: Model,
    *others: Annotated[
        ModelLike,
        Several(
            help="One to five other models, to hold it against.", metavar="MODEL...", positional=True, least=1,
            offers="kept:models",
        ),
    ],
    items: Annotated[
        str | None,
        Text(
            help="What the models are compared on: data, or own (draws of a generator's own, whose latents are exact). "
            "Default: data; a generator without an encoder has own draws alone.",
            metavar="NAME", offers=("data", "own"),
        ),
    ] = None,
    n: Annotated[
        int,
        Whole(
            help="Items to fit maps on, a fifth of which choose their settings.", short="-n", metavar="N", low=10,
            high=20_000, called="the number of items",
        ),
    ] = 1200,
    test: Annotated[
        int, Whole(help="Other items, that maps are judged on.", metavar="N", low=8, high=5000, called="test items")
    ] = 300,
    method: Annotated[
        str | Sequence[str] | None,
        Several(
            help="A kind of map, again for each; default: the ladder from the simplest to the richest. Others than "
            "those on it: gradient, as in the paper.",
            metavar="NAME", offers="row:relocations",
        ),
    ] = None,
    measure: Annotated[
        str | Sequence[str] | None,
        Several(
            help="A measure of similarity, again for each; default: all.", metavar="NAME", offers="row:similarities"
        ),
    ] = None,
    spaces: Annotated[
        Mapping[str, Any] | None,
        Pairs(
            help="Which space of a model, such as faces-gan=w+. Default: its main one.", flag="--space",
            metavar="MODEL=SPACE",
        ),
    ] = None,
    search: Annotated[
        bool,
        Switch(
            help="Look at every space of the models, and every layer of one that has layers, for the pair that is most "
            "alike, corrected for looking at all of them. By mutual-knn, cka and rsa, or by each --measure."
        ),
    ] = False,
    language: Annotated[
        str, Text(help="Of the page: en or es.", metavar="NAME", offers=("en", "es"))
    ] = "en",
    seed: Seed = 0,
    data: Data = None,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Comparison:  # fmt: skip
    """Compare the latent spaces of two to six models, after Asperti & Tonelli 2023.

    For every ordered pair a ladder of maps, from none at all to a small network, is fitted on items that both encode.
    Each is judged on other items: their latents moved, decoded by the second model, and held against the items. The
    simplest map that no richer one beats is kept in the workspace, for `relocate`. Beside it: what the second model
    loses by itself, what a map of shuffled pairs does, what survives, how few items suffice, and measures of
    similarity with what chance gives.

    Raises:
        NotInvertible: no item is known to two of the models, since neither encodes.
        InvalidArgument: fewer than two models or more than six, of different kinds of data, or too few items.

    >>> tl.compare("faces-vae", "faces-gan").save("compare.html")    # doctest: +SKIP
    """
    from trasluz.lab.results.comparison import Comparison
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.relocations import keep
    from trasluz.lab.work.comparing import check_models, compare_all
    from trasluz.lab.work.pairing import gathered
    from trasluz.spaces import registry

    if language not in LANGUAGES:
        raise InvalidArgument("the page is in one of two languages", got=repr(language), allowed=LANGUAGES)
    if items not in (None, "data", "own"):
        raise InvalidArgument("what models are compared on", got=repr(items), allowed=("data", "own"))
    methods, measures = _listed(method), _listed(measure)
    for row, names in (("relocations", methods), ("similarities", measures)):
        for name in names or ():
            registry.check(row, name)
    session = call.session
    check_models([str(one) for one in (model, *others)])
    models = [model_of(one, session) for one in (model, *others)]
    wanted = dict(spaces or {})
    strange = sorted(set(wanted) - {one.name for one in models})
    if strange:
        raise InvalidArgument(
            "a space is named for a model that is compared", got=strange[0], allowed=[one.name for one in models]
        )
    gathering = gathered(
        models, session, spaces=[str(wanted[one.name]) if one.name in wanted else None for one in models],
        data=data, support=items, n_fit=n, n_test=test, seed=seed,
    )  # fmt: skip
    found = compare_all(
        gathering, methods=methods, measures=measures, seed=seed, search=search, progress=session.progress
    )
    by_name = {(end.source.model, end.target.model): end for end in found.maps.values()}
    for (source, target), one in by_name.items():
        ends = [next(each for each in models if each.name == name) for name in (source, target)]
        if all(end.is_kept for end in ends):
            keep(one, session.home, *ends)
    said = call.saying(others=tuple(_called(one, session.home) for one in others), method=methods, measure=measures)
    return Comparison(found, gathering.items, gathering.data, gathering.notes, language, said)


def _called(model: Any, home: Any) -> Any:
    """How a model is named elsewhere, or why it is not."""
    from trasluz.lab.calls.given import ModelRef, Nameless

    one = ModelRef.of(model, home)
    return one.name or Nameless("a model that is only in memory cannot be named: save it, and open it by that name")


def _listed(value: str | Sequence[str] | None) -> list[str] | None:
    """One or several names, or None for the default."""
    return None if not value else [value] if isinstance(value, str) else list(value)
