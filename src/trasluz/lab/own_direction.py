"""A vector of one's own as a direction: what a classifier has learned, a difference of means, a single axis."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, cast, final

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Answer, Option, Terminal
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Atlas, Create, Data, Device, Given, Home, Model, Seed, Space, Watcher
from trasluz.lab.calls.given import VectorLike
from trasluz.lab.calls.parameters import Switch, Text
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from torch import Tensor

    from trasluz.spaces.direction import Direction


@final
class Kept(Answer):
    """What the direction is called, and what a step along it is."""

    options: Mapping[str, Option] = MappingProxyType({})

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        said = result.about()
        terminal.answer({"direction": said}, lambda: terminal.records([self._line(said)]))
        terminal.progress.say(f"Next: trasluz traverse {values['model']} --direction {result.name}")

    @staticmethod
    def _line(said: Mapping[str, Any]) -> dict[str, object]:
        does = (said["measured"] or {}).get("sentence", "not measured")
        return {"name": said["name"], "space": said["space"], "sigma": said["sigma"], "what it does": does}


@verb(
    examples=[
        "trasluz directions add mine ./age.npy --name age",
        "trasluz directions add faces-gan ./smile.safetensors#2 --space w --name smile --measure",
    ],
    answer=Kept(),
    variable="arrow",
    line="directions add",
)
def direction(
    call: Call,
    model: Model,
    vector: Annotated[
        VectorLike,
        Text(
            help="The vector: a file .npy, .npz or .safetensors#ROW of as many numbers as a latent has.",
            metavar="FILE", positional=True,
        ),
    ],
    *,
    name: Annotated[
        str | None,
        Text(help="What to keep it as. Default: on the command line own; in Python it is not kept.", metavar="NAME"),
    ] = None,
    replace: Annotated[bool, Switch(help="Take the place of a direction of that name.")] = False,
    measure: Annotated[
        bool, Switch(help="Measure at once what it changes, as trasluz directions find does.")
    ] = False,
    seed: Seed = 0,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    atlas: Atlas = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Direction:  # fmt: skip
    """Make a direction of a vector of your own, to traverse, edit and see in the studio.

    `vector` may be an array, a tensor or a list with as many numbers as a latent has, in its shape or flat: `coef_` of
    a linear model of scikit-learn that was fitted on `atlas.latents`. It is taken at length 1, and its unit is the
    standard deviation of the encoded items along it. With a `name` it is kept in the workspace; the same one may be
    kept again.

    Raises:
        InvalidArgument: numbers that are no vector of the space, or all zero, or not finite.
        NameTaken: another direction has that name, and `replace` is not set.

    >>> arrow = tl.direction("mine", classifier.coef_, name="age")    # doctest: +SKIP
    >>> tl.traverse("mine", directions=arrow)    # doctest: +SKIP
    """
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.work.own_direction import kept_as, made

    opened = model_of(model, call.session, given)
    from_line = call.session.terminal is not None
    found = made(
        opened, cast("Tensor | str", vector), "own" if name is None else name, call.session,
        space=space, data=data, atlas=atlas, seed=seed, measured=measure,
    )  # fmt: skip
    return kept_as(found, call.session, replace=replace) if from_line or name is not None else found
