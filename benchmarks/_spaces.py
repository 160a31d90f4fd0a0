"""Between the spaces of bundled models: directions carried over, and spatial latents place by place beside a way
through pictures.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

import trasluz as tl
from benchmarks._common import Bench, seconds, spread
from trasluz.geometry.moves import moved
from trasluz.lab.calls.session import Session
from trasluz.lab.drawing.pictures import Cell, image_of, table
from trasluz.lab.results.transferred import Transferred
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.lab.shelf.models import open as open_model
from trasluz.lab.work.pairing import Gathering, gathered
from trasluz.lab.work.search import Search
from trasluz.lab.work.transferring import judged
from trasluz.spaces import registry
from trasluz.spaces.direction import Direction
from trasluz.spaces.relocation import Pairs

FROM, TO, COLUMN = "faces-vae", ("faces-gan", "faces-flow"), "hair_colour"
WANTED = "blond"
OTHERS = 2
"""Hair colours beside it, the first in alphabetical order: chosen by no result."""
SHOWN = 6
PLACES = (("pets-flow", "faces-flow", "faces"), ("faces-flow", "pets-flow", "pets"))
"""From, to, and the pictures, which are those of the second model."""
SIZES = (4, 16, 64, 256, 960)
ROUNDS = 3


def carried_over(bench: Bench) -> tuple[dict[str, Any], list[str]]:
    """Directions to hair colours of one model in two of other families, beside their own; and a picture."""
    session = Session.of(workspace=bench.workspace, progress=bench.progress)
    first = open_model(FROM, workspace=bench.workspace)
    data = tl.load("faces:600", workspace=bench.workspace) if bench.quick else None
    found, gatherings = dict[str, Any](), dict[str, Gathering]()
    shown = list[Transferred]()
    targets = _targets(bench, first, session, data)
    arrows = [
        tl.find(first, target=target, data=data, workspace=bench.workspace, progress=bench.progress)[0]
        for target in targets
    ]  # fmt: skip
    for name in bench.pick(TO, TO[1:]):
        second = open_model(name, workspace=bench.workspace)
        spaces = (first.space().name, second.space().name)
        gathering = gathered((first, second), session, spaces=spaces, data=data, support=None,
                             n_fit=bench.pick(1200, 60), n_test=bench.pick(100, 10), seed=0)  # fmt: skip
        gatherings[name] = gathering
        search = Search(second, session, gathering.sides[1].space.name, data=data)
        each = [judged(arrow, gathering, search, name=f"{arrow.name}-carried", seed=0) for arrow in arrows]
        shown.append(each[0])
        found[name] = {
            "by_target": {str(one.original.target): one.facts_of() for one in each}, "of_native": _of_native(each),
            "certificates": sum(bool(one.carries_over) for one in each), "n": len(each),
        }  # fmt: skip
    return found, [bench.picture(_drawn(arrows[0], shown, list(gatherings.values())), "carried")]


def _targets(bench: Bench, first: Any, session: Session, data: Any) -> list[str]:
    known = Search(first, session, first.space().name, data=data).rows()
    values = sorted(known.column(COLUMN).values) if known is not None else [WANTED]
    others = [value for value in values if value != WANTED]
    return [f"{COLUMN}={value}" for value in (WANTED, *others[: bench.pick(OTHERS, 0)])]


def _of_native(each: list[Transferred]) -> float | None:
    """What carried directions reach together, of what the second model's own do; None where nothing was read."""
    pairs = [(one.reached, one.reached_natively) for one in each]
    known = [(ours.value, native.value) for ours, native in pairs if ours is not None and native is not None]
    total = sum(native for _, native in known)
    return sum(ours for ours, _ in known) / total if total else None


def _drawn(arrow: Direction, each: list[Transferred], gatherings: list[Gathering]) -> Image.Image:
    """The same items in every model, moved by its own direction and by the one carried there."""
    rows, names = list[list[Cell]](), list[str]()
    wanted = str(arrow.target).partition("=")[2]
    for k, (one, gathering) in enumerate(zip(each, gatherings, strict=True)):
        known = gathering.test_rows
        texts = known.typed(COLUMN).texts if known is not None else [None] * gathering.counts[2]
        places = [i for i, text in enumerate(texts) if text != wanted][:SHOWN]
        here, there = gathering.sides

        def seen(space: Any, z: Tensor, way: Direction | None) -> list[Cell]:
            return [image_of(x) for x in decode_all(space, z if way is None else moved(z, [way], [way.usual]))]

        if not k:
            rows += [[image_of(x) for x in here.items[places]], seen(here.space, here.test[places], arrow)]
            names += ["items", f"{one.source}: {arrow.name}"]
        rows += [seen(there.space, there.test[places], way) for way in (None, one.direction)]
        names += [f"{one.target}", f"{one.target}: carried there"]
        if one.native is not None:
            rows.append(seen(there.space, there.test[places], one.native))
            names.append(f"{one.target}: its own")
    return table(rows, title=f"{arrow.name} of {each[0].source} in other models", row_labels=names)


def place_by_place(bench: Bench) -> dict[str, Any]:
    """Spatial latents of one autoencoder to those of another: a linear map of each place, alone or with its
    neighbours, beside decoding and encoding again, and what the maps reach within the time that this takes."""
    found = dict[str, Any]()
    for source, target, name in bench.pick(PLACES, PLACES[:1]):
        session = Session.of(workspace=bench.workspace, progress=bench.progress)
        models = [open_model(one, workspace=bench.workspace) for one in (source, target)]
        spaces = [model.space().name for model in models]
        gathering = gathered(models, session, spaces=spaces, data=name, support="data", n_fit=bench.pick(960, 16),
                             n_test=bench.pick(300, 8), seed=0)  # fmt: skip
        found[f"{source}, {target}"] = {"data": name, "n_test": gathering.counts[2], **_beside(bench, gathering)}
    return found


def _beside(bench: Bench, gathering: Gathering) -> dict[str, Any]:
    a, b = gathering.sides
    variance = float(b.test.double().flatten(1).var(0, correction=0).mean())
    ways = dict[str, dict[str, Any]]()

    def told(z: Tensor, took: list[float], fit: int | None) -> dict[str, Any]:
        latent = float((z.double() - b.test.double()).square().mean())
        shown = float(b.apart(decode_all(b.space, z), b.items).mean())
        return {"L": latent, "M": shown, "explained": 1 - latent / variance, "seconds": spread(took), "n_fit": fit}

    def through() -> Tensor:
        return encode_all(b.space, decode_all(a.space, a.test))

    around = [seconds(through) for _ in range(ROUNDS)]
    ways["decode, encode"] = told(through(), around, None)
    limit = float(np.median(around))
    for method in ("patch-1", "patch-3"):
        best: dict[str, Any] | None = None
        for n in bench.pick(SIZES, (4, 16)):
            pairs = Pairs(a.fit[:n], b.fit[:n], a.aside, b.aside)

            def fit(pairs: Pairs = pairs, method: str = method) -> Tensor:
                return registry.get("relocations", method).of(pairs)(a.test)

            took = [seconds(fit) for _ in range(ROUNDS)]
            one = told(fit(), took, len(pairs.source))
            one["within"] = one["seconds"]["median"] <= limit
            ways[f"{method}, all"] = one
            best = one if one["within"] else best
        moves = registry.get("relocations", method).of(Pairs(a.fit, b.fit, a.aside, b.aside))
        ways[f"{method}, all"]["seconds_to_move"] = spread([seconds(lambda m=moves: m(a.test)) for _ in range(ROUNDS)])
        if best is not None:
            ways[f"{method}, equal time"] = best
    own = float(b.apart(decode_all(b.space, b.test), b.items).mean())
    return {"ways": ways, "own": own, "variance": variance}
