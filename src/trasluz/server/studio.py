"""What one studio has open: models, their batches, maps, jobs. Everything in it is bounded."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, final

from cachetools import Cache, LRUCache
from torch import Tensor

from trasluz.base.bounds import CONDITION_WAITING
from trasluz.base.errors import InvalidArgument, TrasluzError, UnknownName
from trasluz.base.progress import Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.session import Session
from trasluz.lab.desk import Desk
from trasluz.lab.map import map as draw_map
from trasluz.lab.results.plane import Plane
from trasluz.lab.shelf import models
from trasluz.lab.shelf.atlases import draws_own, encoded, first_draws
from trasluz.lab.shelf.forms import FORMS, FilePoint, RowPoint, parse_point
from trasluz.lab.shelf.methods import default_of
from trasluz.lab.shelf.openers import opener_of, stamp_of
from trasluz.lab.shelf.shipped import kept_layout, shows_draws, start_of
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.server.handed import Handed
from trasluz.server.jobs import Job, Jobs
from trasluz.server.limits import Limits
from trasluz.server.opened import Opened, OpenMap
from trasluz.server.refusals import Busy, Gone, MapChanged, MapClosed, NotThere
from trasluz.spaces.model import LatentModel
from trasluz.spaces.opener import Opener, Stamp
from trasluz.spaces.space import LatentSpace

T = TypeVar("T")
FIRST = 500
"""Own draws that a space without items begins with."""
Offered = str | os.PathLike[str] | LatentModel
"""A model by name or path, or open."""


@final
class Studio:
    """Everything behind the routes."""

    def __init__(
        self,
        offered: Sequence[Offered] = (),
        *,
        data: str | None = None,
        workspace: Place = None,
        device: str = "auto",
        limits: Limits | None = None,
    ) -> None:
        self.home: Workspace = workspace_of(workspace)
        self.device, self.data = device, data
        self.limits = limits if limits is not None else Limits()
        self.jobs = Jobs(self.limits)
        self.handed = Handed(self.home, self.limits)
        self.sheets: LRUCache[Any, tuple[bytes, ...]] = LRUCache(self.limits.sheets, lambda parts: sum(map(len, parts)))
        """What parts of maps decode to, by map and part, up to so many bytes; for the event loop alone."""
        self.sockets = 0
        """Live connections."""
        self._named = _named(offered)
        self._opening: dict[tuple[str, Stamp], Future[Opened]] = {}
        self._is_closed = False
        self._opened: LRUCache[str, Opened] = LRUCache(self.limits.models)
        self._maps: LRUCache[str, OpenMap] = LRUCache(self.limits.maps)
        self._guard = threading.RLock()
        self._pool = ThreadPoolExecutor(self.limits.workers, thread_name_prefix="studio")
        self._asked = 0
        self._one, self._alone = asyncio.Semaphore(1), 0
        self._decoding = asyncio.Semaphore(1)
        self._watch = ThreadPoolExecutor(self.limits.watchers, thread_name_prefix="studio news")
        self._watching = 0
        self._conditions = ThreadPoolExecutor(CONDITION_WAITING, thread_name_prefix="studio conditions")
        self._conditioned = 0

    # Work -----------------------------------------------------------------------------------------------------------

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Something that takes a moment, off the event loop.

        Raises:
            Busy: too many requests wait already.
        """
        if self._asked >= self.limits.waiting + self.limits.workers:
            raise Busy("too many requests wait already", next="Ask again in a moment")
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)
        finally:
            self._asked -= 1

    async def alone(self, work: Callable[..., T], *args: Any) -> T:
        """Something heavy that nobody has to have at once, such as a picture of a model: one at a time.

        Raises:
            Busy: too many requests wait already.
        """
        return await self._in_turn(self._one, work, *args)

    async def decode(self, work: Callable[..., T], *args: Any) -> T:
        """The decoding of somebody's file: one at a time, since each may take all the memory that one is allowed.

        Raises:
            Busy: too many requests wait already.
        """
        return await self._in_turn(self._decoding, work, *args)

    async def _in_turn(self, turn: asyncio.Semaphore, work: Callable[..., T], *args: Any) -> T:
        if self._alone >= self.limits.waiting:
            raise Busy("too many requests wait already", next="Ask again in a moment")
        self._alone += 1
        try:
            async with turn:
                return await self.run(work, *args)
        finally:
            self._alone -= 1

    async def attend(self, job: Job, seconds: float, *, after: int | None = None) -> None:
        """Wait for a job to end, or with `after` for news of it.

        Raises:
            Busy: too many requests wait for news already.
        """
        if self._watching >= self.limits.watchers:
            raise Busy("too many pages wait for news of jobs", next="Ask again in a moment")
        self._watching += 1
        try:
            wait = partial(self.jobs.wait, job, seconds, after=after)
            await asyncio.get_running_loop().run_in_executor(self._watch, wait)
        finally:
            self._watching -= 1

    async def meet(self, work: Callable[[], T]) -> T:
        """A condition on rows, which may take all of its seconds: beside everything else, so that nothing waits for it.

        Raises:
            Busy: too many conditions wait already.
        """
        if self._conditioned >= CONDITION_WAITING:
            raise Busy("too many conditions wait already", next="Ask again in a moment")
        self._conditioned += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._conditions, work)
        finally:
            self._conditioned -= 1

    # Models ---------------------------------------------------------------------------------------------------------

    @property
    def named(self) -> list[str]:
        """The models that were named at the start."""
        return list(self._named)

    def list_models(self) -> list[dict[str, Any]]:
        """The models on offer: those that were named at the start, else all that are there."""
        known: dict[str, dict[str, Any]] = {}
        for line in models.list_models(workspace=self.home):
            known.setdefault(str(line["name"]), line)  # of two of one name the bundled one, which opens by it
        if not self._named:
            return list(known.values())
        return [self._line(name, given, known) for name, given in self._named.items()]

    def _line(self, name: str, given: str | LatentModel, known: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        if isinstance(given, LatentModel):
            items = given.representation.dump()
            about = {"family": given.family, "data": given.trained_on, "items": items, "state": "ready"}
            return {"name": name, "where": "memory", **about}
        if name in known:
            return known[name]
        try:
            return models.line_of(name, "path", models.find(given, self.home))
        except TrasluzError as error:
            return {"name": name, "where": "path", "family": None, "data": None, "items": None, "state": error.what}

    def offer(self, name: str) -> None:
        """One more model of the workspace, where only some are on offer: it was trained here."""
        if self._named:
            self._named.setdefault(name, name)

    def place(self, name: str) -> Path | LatentModel:
        """The folder of a model on offer, or an open one that was offered.

        Raises:
            UnknownName: it is not on offer. A path is never looked at.
        """
        if self._named:
            if name not in self._named:
                raise UnknownName("model", name[:80], self._named)
            given = self._named[name]
            return given if isinstance(given, LatentModel) else models.find(given, self.home)
        if models.is_path(name) or name.startswith("hub:"):
            raise NotThere("no such model", next="Name one that the studio lists")
        return models.find(name, self.home)

    def opened(self, name: str) -> Opened:
        """A model on offer, open; anew where its files have changed.

        It is opened outside the lock, so that everything else goes on, and once for all who ask for it meanwhile.
        """
        place = self.place(name)
        stamp = _stamp(place)
        key = (name, stamp)
        with self._guard:
            found = self._opened.get(name)
            if found is not None and found.stamp == stamp:
                return found
            mine: Future[Opened] = Future()
            first = self._opening.setdefault(key, mine)
        if first is not mine:
            return first.result()
        try:
            given = self._named.get(name, name)
            model = models.model_of(given, Session.of(self.home, self.device))
            fresh = Opened(name, given, model, stamp, self.limits)
            fresh.opener = None if isinstance(place, LatentModel) else opener_of(place)
        except BaseException as error:
            with self._guard:
                del self._opening[key]
            mine.set_exception(error)
            raise
        self._take_in(name, key, fresh)
        mine.set_result(fresh)
        return fresh

    def _take_in(self, name: str, key: tuple[str, Stamp], fresh: Opened) -> None:
        """Keep what was opened, and let go of those looked at longest ago."""
        with self._guard:
            del self._opening[key]
            if self._is_closed:
                old = [fresh]
            else:
                before = _held(self._opened)
                self._opened[name] = fresh
                now = {id(opened) for opened in _held(self._opened).values()}
                old = [opened for opened in before.values() if id(opened) not in now]
            gone = {id(opened) for opened in old}
            for id_, found in _held(self._maps).items():
                if id(found.opened) in gone:
                    del self._maps[id_]
        for opened in old:
            opened.close()

    def space(self, model: str, space: str | None) -> tuple[Opened, LatentSpace]:
        """A space of a model on offer."""
        opened = self.opened(model)
        return opened, opened.model.space(space)

    def check_data(self, data: str | None) -> str | None:
        """Data that may be opened from a page: what the studio was begun with, or a built-in source by name."""
        if data is None or data == self.data:
            return data if data is not None else self.data
        if models.is_path(data) or data.partition(":")[0] in ("hub", "samples", "folder", "npz"):
            raise NotThere("no such data", next="Begin the studio with them: trasluz studio --data DATA")
        return data

    # Maps -----------------------------------------------------------------------------------------------------------

    def draw(
        self,
        model: str,
        *,
        space: str | None,
        data: str | None,
        split: str | None = None,
        atlas: str | None,
        own: int | None = None,
        method: str | None,
        settings: Mapping[str, Any] | None,
        color: str | None,
        seed: int,
        progress: Progress,
    ) -> OpenMap:
        """Open a map; encode and lay out what is not there yet.

        A part of the data that is asked for by its name is encoded whole, and is an atlas of the workspace from then
        on; without one it is what every verb takes by itself, the first items held out for testing; or where nothing is
        named and nothing encoded yet, what came with the model. `own` is a number of the model's own draws, of which
        nothing is decoded; where items have no place, or none soon, the first of them are what is shown. `method` is
        None for the map that is there at once.
        """
        opened = self.opened(model)
        if atlas is None and draws_own(opened.model.space(space)):
            # No data can be placed there, whatever the address of the page still says of another space.
            data = split = None
        bare = atlas is None and data is None and split is None
        if bare and own is None and shows_draws(opened.model.space(space)):
            own = FIRST if self.data is None or not opened.model.space(space).encodes else None
        if own is not None:
            if not bare:
                raise InvalidArgument(
                    "own draws take the place of items", got=f"own={own}", next="Leave the others out"
                )
            atlas = first_draws(opened.model, own, space, self.home, progress).name
        if split is not None:
            if atlas is not None:
                raise InvalidArgument("an atlas has its own items", got=f"split={split}", next="Leave split out")
            session = Session.of(self.home, self.device, progress)
            atlas = encoded(opened.model, self.check_data(data), session, split=split, space=space).name
        if method is None and atlas is None and data is None and self.data is None and not settings:
            start = start_of(opened.model, space, self.home, progress)
            atlas, method = start.atlas, start.method
        # The studio's own data are for the spaces that they can be placed in; others are shown by their own draws.
        asked = atlas is None and (data is not None or opened.model.space(space).encodes)
        given = self.check_data(data) if asked else None

        def by(method: str) -> Plane:
            return draw_map(
                opened.model, method=method, settings=settings, color=color, thumbnails=True, space=space, seed=seed,
                data=given, atlas=atlas, workspace=self.home, progress=progress,
            )  # fmt: skip

        plane = by(method or default_of("projections").name)
        if method is None and not settings and seed == 0 and (kept := kept_layout(plane.atlas)) is not None:
            # What was laid out before is there as soon.
            plane = by(kept)
        method = plane.projection.method
        text = json.dumps(
            [opened.model.identity, plane.atlas.name, plane.atlas.data_identity, len(plane.atlas), method,
             dict(settings or {}), color, seed], sort_keys=True, default=str,
        )  # fmt: skip
        id = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        with self._guard:
            there = self._maps.get(id)
            if there is not None and there.opened is opened and there.is_same(plane.atlas):
                return there
            made = self._maps[id] = OpenMap(id, opened, Desk(opened.model, plane))
        return made

    def map(self, id: str) -> OpenMap:
        """An open map.

        Raises:
            MapClosed: there is none; a page asks for it anew.
            Gone: its model or its atlas was removed.
            MapChanged: one of them was made anew.
        """
        with self._guard:
            if id not in self._maps:
                raise MapClosed("the map is not open", got=id[:40], next="Open it again")
            found = self._maps[id]
        self._check_there(found)
        return found

    def _check_there(self, found: OpenMap) -> None:
        """Refuse a map of what is another one by now: what is shown has to be what the commands give."""
        name = found.opened.name
        try:
            now = _stamp(self.place(name), found.opened.opener)
        except TrasluzError:
            now = ()
        if not now:
            raise Gone(f"the model {name} is no longer there", next="Choose another one")
        if now != found.opened.stamp:
            raise MapChanged(f"the model {name} has changed since this map was opened", next="Open the map again")
        found.check_atlas()

    def maps(self) -> list[OpenMap]:
        """All that are open, and of what is still there."""
        with self._guard:
            found = list(_held(self._maps).values())
        return [one for one in found if self._is_there(one)]

    def _is_there(self, found: OpenMap) -> bool:
        try:
            self._check_there(found)
        except TrasluzError:
            return False
        return True

    # Points ---------------------------------------------------------------------------------------------------------

    def latent_of(self, found: OpenMap, point: str) -> Tensor:
        """The latent `(1, *shape)` of a POINT that a page may name: no files."""
        check_point(point)
        return found.desk.resolver(point)

    def close(self) -> None:
        """Let everything go."""
        self.jobs.close()
        self.handed.close()
        with self._guard:
            self._is_closed = True
            opened = list(_held(self._opened).values())
            self._opened.clear()
            self._maps.clear()
        self.sheets.clear()
        for one in opened:
            one.close()
        for one in opened:
            one.join()
        for pool in (self._pool, self._watch, self._conditions):
            pool.shutdown(wait=True, cancel_futures=True)


def _held(cache: LRUCache[str, T]) -> dict[str, T]:
    """All that a cache holds; to read it by name would count as a use."""
    return {name: Cache.__getitem__(cache, name) for name in cache}


def check_point(point: str) -> str:
    """Refuse a POINT that is a file: a page names none, and is not told which are there.

    Raises:
        NotThere: it is a file.
        InvalidArgument: it is not a POINT.
    """
    if len(point) > 200:
        raise InvalidArgument("not a POINT", got=f"{len(point):,} characters", allowed=FORMS)
    if isinstance(parse_point(point), (FilePoint, RowPoint)):
        raise NotThere("no such point", next="Upload the picture, or save a point and name it @NAME")
    return point


def _named(offered: Sequence[Offered]) -> dict[str, str | LatentModel]:
    """What is offered, by the name that a page calls it by; of two open models of one name the second has a number."""
    out: dict[str, str | LatentModel] = {}
    for given in offered:
        if not isinstance(given, LatentModel):
            text = os.fspath(given) if isinstance(given, str) else str(Path(given).absolute())
            out[Path(text.rstrip("/")).name if models.is_path(text) else text] = text
            continue
        name, others = given.name, [one for one in out.values() if one is not given]
        count = 2
        while out.get(name) in others:
            name, count = f"{given.name}-{count}", count + 1
        out[name] = given
    return out


def _stamp(place: Path | LatentModel, opener: Opener | None = None) -> Stamp:
    """What changes when a model does. One in memory is itself, and stays."""
    return (id(place),) if isinstance(place, LatentModel) else stamp_of(place, opener)
