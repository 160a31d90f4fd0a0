"""One self-contained HTML page from a template: pictures inside it, no script, nothing loaded from anywhere.

Whatever comes from data (labels, file names, cards) is escaped by the template engine.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from PIL import Image

from trasluz.base.text import safe
from trasluz.io.atomic import write_text

WIDEST = 1800
"""Pixels across, at most, of a picture in a page."""


@dataclass(frozen=True)
class Figure:
    """A picture of a page: what it shows, what to see in it, and how it was made."""

    title: str
    picture: str
    """As a data URI."""
    caption: str
    command: str = ""
    code: str = ""
    width: int = 0
    height: int = 0
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)
    """Figures beside it: name and value."""


def embedded(image: Image.Image, *, widest: int = WIDEST) -> tuple[str, int, int]:
    """A picture as a data URI (WebP), with the width and height of what it holds."""
    if image.width > widest:
        image = image.resize((widest, round(image.height * widest / image.width)), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "WEBP", quality=88, method=4)
    return _uri("image/webp", buffer.getvalue()), image.width, image.height


def embedded_file(path: Path, kind: str) -> str:
    """A file as a data URI."""
    return _uri(kind, path.read_bytes())


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _shown(value: object) -> object:
    """Text without characters that act; the data URIs of pictures pass as they are."""
    return safe(value) if isinstance(value, str) and not value.startswith("data:") else value


def write_page(path: Path, template: str, values: dict[str, Any], package: str = "trasluz.reporting") -> Path:
    """Fill a template of a package and write it whole."""
    write_text(path, filled(template, values, package))
    return path


def filled(template: str, values: dict[str, Any], package: str = "trasluz.lab.drawing") -> str:
    """A template of a package with its values."""
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)
