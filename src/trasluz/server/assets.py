"""The built page and its files: read once, so that no path of a request ever touches the disk.

They stay as they were when the studio was started, and fit each other, even where the page is built anew meanwhile.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import final

from fastapi import APIRouter, Request, Response

from trasluz.server import refusals
from trasluz.server.refusals import NotThere

BUILT = Path(__file__).parent / "page"
MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
TEXTS = (".js", ".css", ".svg", ".json", ".map")
SMALL = 1024
"""Bytes that fit into one packet anyway."""
HASHED = re.compile(r"-[\w-]{8}\.\w+(\.map)?$")
"""What Vite calls files: by their contents, so that another file has another name."""
FOREVER = "private, max-age=31536000, immutable"
NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Trasluz studio</title></head>
<body>
<p>The page of the studio is not built: run <code>make web</code>, and start the studio again.</p>
<p>The routes under <code>api/</code> answer; <a href="api/openapi.json">api/openapi.json</a> says what they take.</p>
</body>
</html>
"""


@final
class Asset:
    """A file of the page."""

    def __init__(self, name: str, body: bytes) -> None:
        self.name, self.body = name, body
        self.suffix = Path(name).suffix

    @cached_property
    def packed(self) -> bytes | None:
        """The body by gzip, once it was asked for; None where that makes it hardly smaller."""
        if self.suffix not in TEXTS or len(self.body) < SMALL:
            return None
        packed = gzip.compress(self.body, mtime=0)
        return packed if len(packed) < 0.9 * len(self.body) else None

    def answer(self, accepted: str) -> Response:
        """The file, as a browser with that Accept-Encoding wants it."""
        headers = {"Cache-Control": FOREVER if HASHED.search(self.name) else "no-store"}
        body = self.body
        if self.packed is not None:
            headers["Vary"] = "Accept-Encoding"
            if takes_gzip(accepted):
                headers["Content-Encoding"], body = "gzip", self.packed
        return Response(body, headers=headers, media_type=MEDIA_TYPES.get(self.suffix, "application/octet-stream"))


@final
class Page:
    """The page with its files, by name."""

    def __init__(self, index: str | None, assets: Mapping[str, Asset]) -> None:
        self.index, self.assets = index, assets

    @classmethod
    def read(cls, folder: Path = BUILT) -> Page:
        """What was built into a folder; a page without anything where nothing was."""
        index = folder / "index.html"
        if not index.is_file():
            return cls(None, {})
        files = [path for path in (folder / "assets").glob("*") if path.is_file() and not path.is_symlink()]
        assets = {path.name: Asset(path.name, path.read_bytes()) for path in files}
        return cls(index.read_text(encoding="utf-8"), assets)

    @property
    def is_built(self) -> bool:
        return self.index is not None


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header names gzip, and does not give it the weight 0."""
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"q=0(\.0*)?", weight.replace(" ", ""))
    return False


def router(page: Page) -> APIRouter:
    """The routes of a page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def index() -> Response:
        """The page."""
        status = 200 if page.is_built else 404
        return Response(page.index or NOT_BUILT, status, {"Cache-Control": "no-store"}, "text/html")

    # Whatever stands behind assets/ comes here and is looked up as a name: there is one answer to all that is none.
    @routes.get("/assets/{name:path}")
    def asset(name: str, request: Request) -> Response:
        """A file of the page. Not a coroutine: what is packed by gzip holds up nobody else."""
        found = page.assets.get(name)
        if found is None:
            return refusals.answer(NotThere("the page has no such file", next="Reload the page"))
        return found.answer(request.headers.get("accept-encoding", ""))

    return routes
