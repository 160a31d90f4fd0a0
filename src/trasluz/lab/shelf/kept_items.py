"""The decoded items of a data set: as they lie in the workspace's cache, or decoded into it now, or again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trasluz.base.errors import (
    DamagedFile,
    DataError,
    InvalidArgument,
    NoPermission,
    NoSpace,
    TrasluzError,
    VersionMismatch,
)
from trasluz.base.progress import Progress
from trasluz.io.atomic import read_json, write_sealed
from trasluz.io.items import Cached, build_cache, cache_key, drop_cache, open_cache
from trasluz.io.workspace import Workspace
from trasluz.spaces import registry
from trasluz.spaces.data import Request, Source


def items_of(source: Source, spec: str, request: Request, home: Workspace, progress: Progress) -> tuple[Cached, bool]:
    """The items of a request: as they lie in the cache, or decoded into it now.

    What is asked for by its size and what is asked for without one may be the same: then it is decoded and kept once,
    and a note beside it says so.
    """
    asked = _key(source, request)
    found = _open_found(home, asked, progress)
    if found is not None:
        return found, False
    drawing = source.draw(request)
    kind = registry.get("kinds", drawing.kind)
    kind.check(request.asked)
    settled = {**asked, "size": drawing.size or None, "channels": drawing.channels or None}
    form = kind.representation(drawing.shape, drawing.reading).asked()
    settled |= {name: form[name] for name in form.keys() & source.heeds & {"seconds"}}
    folder = home.cache / "data" / cache_key(settled)
    if settled != asked:
        try:
            write_sealed(_note(home, asked), {"folder": folder.name, "key": cache_key(asked)})
        except (NoPermission, NoSpace, InvalidArgument) as error:  # it only takes longer the next time
            progress.say(f"What was asked for is not noted: {error}")
        found = _open_found(home, settled, progress)
        if found is not None:
            return found, False
    told = {"kind": drawing.kind, "licence": drawing.licence, "about": drawing.about, **drawing.report}
    about = {"spec": spec, **asked, "title": source.title, "reading": drawing.reading.dump(), **told}
    with progress.task(f"Drawing {spec}", drawing.total) as step:
        build_cache(
            folder,
            ((b.items, [{"source": source.name, **row} for row in b.rows], b.skipped) for b in drawing.blocks),
            drawing.shape,
            kind.dtype,
            drawing.total,
            about,
            step,
            kind.many,
            source.has_own_parts,
        )
    return open_cache(folder), True


def _key(source: Source, request: Request) -> dict[str, Any]:
    """What makes one data set another: nothing that the source pays no heed to."""
    asked = {
        "source": source.name,
        "argument": request.argument,
        "size": request.size,
        "channels": request.channels,
        "fingerprint": source.fingerprint(request),
    }
    if "fit" in source.heeds and request.asked.reading.fit != "crop":
        asked["fit"] = request.fit
    if "range" in source.heeds and request.span is not None:
        asked["range"] = list(request.span)
    if "seconds" in source.heeds and request.seconds is not None:
        asked["seconds"] = request.seconds
    return asked


def _note(home: Workspace, asked: Mapping[str, Any]) -> Path:
    return home.cache / "asked" / f"{cache_key(asked)}.json"


def _open_found(home: Workspace, asked: Mapping[str, Any], progress: Progress) -> Cached | None:
    """What was decoded before for the same request, under its own name or another's."""
    folder = home.cache / "data" / cache_key(asked)
    note = _note(home, asked)
    if not os.path.lexists(folder) and os.path.lexists(note):
        with contextlib.suppress(TrasluzError):
            said = read_json(note, "a note of the cache of items")
            elsewhere = said.get("folder")
            is_its_own = said.get("key", note.stem) == note.stem
            if is_its_own and isinstance(elsewhere, str) and Path(elsewhere).name == elsewhere:
                folder = folder.parent / elsewhere
    if not os.path.lexists(folder):
        return None
    try:
        return open_cache(folder)
    except (DamagedFile, VersionMismatch) as error:
        progress.say(f"{error.what}; decoding again")
        drop_cache(folder)
        return None


def made_again(
    old: Cached, source: Source, spec: str, request: Request, home: Workspace, progress: Progress, what: str
) -> Cached:
    """The same items, decoded anew in the place of damaged ones.

    Raises:
        DamagedFile: they cannot be had any more.
    """
    damage = f"the kept items of {spec} are damaged ({old.folder}: {what})"
    try:
        now = _key(source, request)
        if now.get("fingerprint") != old.about.get("fingerprint"):
            raise DataError("the data are no longer what they were")
        progress.say(f"{damage[0].upper()}{damage[1:]}; decoding again")
        drop_cache(old.folder)
        fresh, _ = items_of(source, spec, request, home, progress)
        if fresh.about["identity"] != old.about["identity"]:
            raise DataError("the data are no longer what they were")
    except TrasluzError as error:
        raise DamagedFile(
            f"{damage}, and cannot be decoded again: {error.what}",
            next="Bring the data back as they were; or remove that folder, which is safe to delete",
        ) from error
    return fresh
