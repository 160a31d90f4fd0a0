"""Cards: what a model, a space, a data set or an atlas is, at a glance; with some of its pictures in a notebook."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Sequence
from html import escape
from typing import final

import torch

from trasluz.base.shapes import Images
from trasluz.io.pictures import strip_png

STRIP = 8
"""Pictures of a strip."""
_STYLE = "font-family: ui-monospace, monospace; text-align: left"


class Card(ABC):
    """What shows itself as a few lines of names and values, and in a notebook with a strip of pictures."""

    @abstractmethod
    def card(self) -> tuple[str, Sequence[tuple[str, str]]]:
        """A heading, and names with values."""

    def strip(self) -> Images | None:
        """Some pictures `(n, C, S, S)` in [0, 1], n up to `STRIP`; None where there are none."""
        return None

    def __repr__(self) -> str:
        try:
            heading, lines = self.card()
        except Exception:  # noqa: BLE001 - who looks for a fault prints what is half made
            return f"<{type(self).__name__}, not whole>"
        width = max((len(name) for name, _ in lines), default=0)
        return "\n".join([heading, *(f"  {name:<{width}}  {value}" for name, value in lines)])

    @final
    def _repr_png_(self) -> bytes | None:
        """The strip as a notebook shows it. What cannot be drawn is left out: a card is never an error."""
        try:
            with torch.inference_mode():
                pictures = self.strip()
            return None if pictures is None or not len(pictures) else strip_png(pictures.detach().float().cpu().numpy())
        except Exception:  # noqa: BLE001 - a model of another make may do anything when it is asked for a picture
            return None

    @final
    def _repr_html_(self) -> str:
        """The card and the strip. Names come from anywhere, so everything is text and nothing is markup."""
        heading, lines = self.card()
        rows = "".join(
            f"<tr><th style='{_STYLE}'>{escape(name)}</th><td style='text-align: left'>{escape(value)}</td></tr>"
            for name, value in lines
        )
        png = self._repr_png_()
        picture = "" if png is None else f"<img alt='' src='data:image/png;base64,{base64.b64encode(png).decode()}'>"
        return f"<div><strong>{escape(heading)}</strong><table>{rows}</table>{picture}</div>"


def form(shape: Sequence[int]) -> str:
    """A shape in words: `4 x 8 x 8`."""
    return " x ".join(str(side) for side in shape) or "one number"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names with commas between, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "none"
