"""A kept selection, to be looked at."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any, final

import torch

from trasluz.base.errors import TrasluzError
from trasluz.base.shapes import Images
from trasluz.io.pictures import write_picture
from trasluz.lab.calls.answers import check_form
from trasluz.lab.calls.given import Named, Point
from trasluz.lab.calls.session import Session
from trasluz.lab.drawing import pictures
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.points import Resolver
from trasluz.lab.shelf.selections import Selection
from trasluz.spaces.cards import STRIP, Card

FIRST = 5
"""Names that are told."""
FORMS = (".png", ".jpg", ".jpeg", ".webp")


@final
class Selected(Card):
    """A kept selection: what it holds, and the first of its items as pictures."""

    def __init__(self, name: str, selection: Selection, session: Session) -> None:
        self.name, self.selection = name, selection
        self._session = session.standing()

    def about(self) -> dict[str, Any]:
        """What its file says, and how many items that is; of a condition, as far as they are encoded already."""
        held = self.selection
        told: dict[str, Any] = {"name": self.name, "form": held.form}
        if held.where is not None:
            told["where"] = held.where
        counted = self._counted
        told |= {"items": counted} if isinstance(counted, int) else {"items": None, "why": counted}
        told |= {"first": list(self.first), "data": held.data or None, "data_identity": held.data_identity or None}
        told |= {"model": held.model, "space": held.space, "model_identity": held.model_identity}
        return {**told, "from": held.source, **({"region": held.region} if held.region else {})}

    def __len__(self) -> int:
        """How many items it holds; of a condition, of those that are encoded.

        Raises:
            TrasluzError: of a condition, where nothing is encoded, or its data or model are gone.
        """
        return len(self.selection.points) or len(self.items)

    @property
    def first(self) -> tuple[str, ...]:
        """The names of the first items; of a condition none where they are not known."""
        if self.selection.where is None:
            return self.selection.points[:FIRST]
        found = self.items[:FIRST] if isinstance(self._counted, int) else ()
        return tuple(one.said() for one in found if isinstance(one, Named) and one.name is not None)

    @cached_property
    def items(self) -> tuple[Point, ...]:
        """What it holds, one by one, as POINTs."""
        return self._resolver.spread((f"@{self.name}",))

    @cached_property
    def _counted(self) -> int | str:
        """How many; of a condition that cannot be asked here, why."""
        if self.selection.where is None:
            return len(self.selection.points)
        try:
            return len(self.items)
        except TrasluzError as error:
            return error.sentence()

    @cached_property
    def _resolver(self) -> Resolver:
        held = self.selection
        model = model_of(held.model, self._session)
        return Resolver(model, self._session, space=held.space, data=held.data or None)

    def card(self) -> tuple[str, list[tuple[str, str]]]:
        """What it is, at a glance."""
        told = self.about()
        count = f"{told['items']:,} items" if told["items"] is not None else "items"
        which = f" where {self.selection.where}" if self.selection.where is not None else ""
        lines = [("first", ", ".join(told["first"]) or "-"), ("data", told["data"] or "-")]
        lines += [(name, str(told[name])) for name in ("model", "space", "from")]
        return f"The selection @{self.name}: {count}{which}", lines

    def strip(self) -> Images | None:
        """The first items as pictures: the real ones, or what the model makes of latents."""
        return self._pictures()

    def _pictures(self) -> Images:
        resolver, shown = self._resolver, self.items[:STRIP]
        kind = resolver.space.representation.of
        return torch.cat([kind.draw(self._item(resolver, point)[None]) for point in shown])

    @staticmethod
    def _item(resolver: Resolver, point: Point) -> torch.Tensor:
        real = resolver.original(point)
        return resolver.space.decode(resolver(point).to(resolver.space.device))[0].cpu() if real is None else real

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the strip: `.png .jpg .webp`.

        Raises:
            InvalidArgument: another form.
        """
        target = Path(path).expanduser()
        check_form(target, FORMS)
        with torch.inference_mode():
            shown = self._pictures()
        write_picture(target, pictures.grid(shown.float(), columns=len(shown)))
        return target
