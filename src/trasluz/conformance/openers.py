"""What an opener keeps to, so that lists, verbs and the studio can rely on it.

It needs models to open: `make` writes one into a folder that does not exist yet, `change` makes another one of it,
under the same files.

>>> test_mine = suite("openers", "mine", make=write_one, change=train_it_further)    # doctest: +SKIP
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, cast, final

import torch

from trasluz.base.errors import CodeNotAllowed, InvalidArgument, TrasluzError
from trasluz.conformance._case import Case, ConformanceError, want
from trasluz.io.atomic import write_bytes
from trasluz.io.names import check_file_name
from trasluz.io.plain import link
from trasluz.spaces.model import LatentModel
from trasluz.spaces.opener import ModelFacts, Opener, refuse

CPU = torch.device("cpu")


@final
@dataclass(frozen=True)
class OpenerCase(Case):
    """An opener, and how to come by models for it."""

    row: ClassVar[str] = "openers"
    opener: Opener
    make: Callable[[Path], object]
    change: Callable[[Path], object]

    @property
    def who(self) -> str:
        return str(getattr(self.opener, "name", type(self.opener).__name__))


def cases(
    opener: Opener, *, make: Callable[[Path], object] | None = None, change: Callable[[Path], object] | None = None
) -> list[OpenerCase]:
    if make is None or change is None:
        raise InvalidArgument(
            f"the suite cannot come by a model for the opener {opener.name}",
            next="Give it make=, which writes one into a folder, and change=, which makes another one of it",
        )
    return [OpenerCase(opener, make, change)]


def _made(case: OpenerCase, name: str = "model") -> Path:
    case.make(case.place / name)
    return case.place / name


def _allow(file: Path, hash: str) -> None:
    """Allows anything."""


def _opened(case: OpenerCase, folder: Path) -> LatentModel:
    made = cast(object, case.opener.open(folder, CPU, _allow))
    if not isinstance(made, LatentModel):
        raise ConformanceError(f"open gives {type(made).__name__}, no LatentModel")
    return made


def _look(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p.relative_to(folder)): (p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.rglob("*"))}


def check_names(case: OpenerCase) -> None:
    """Name, title and what it looks for say something."""
    opener = case.opener
    for text in (opener.name, opener.title, opener.looks_for):
        want(bool(text.strip()), "name, title and looks_for have to say something")
    check_file_name(opener.name, "opener")


def check_recognises(case: OpenerCase) -> None:
    """It knows its own models, claims nothing else, and follows no link out of the folder."""
    folder, recognises = _made(case), case.opener.recognises
    want(recognises(folder) is True, "it does not recognise its own model")
    empty, file = case.place / "empty", case.place / "file"
    empty.mkdir()
    file.touch()
    for other in (empty, file, case.place / "nowhere"):
        want(recognises(other) is False, f"it claims {other.name}, which is no model")
    linked = case.place / "linked"
    linked.mkdir()
    for path in folder.iterdir():
        link(linked / path.name, path)
    want(recognises(linked) is False, "it follows links out of the folder")


def check_stamp(case: OpenerCase) -> None:
    """A stamp is steady while a model is, changes with it, and is empty where there is none."""
    folder, stamp = _made(case), case.opener.stamp
    before = stamp(folder)
    want(bool(before) and all(type(n) is int for n in before), "a stamp is some whole numbers")
    want(stamp(folder) == before, "the stamp changes by itself")
    case.change(folder)
    want(stamp(folder) != before, "the stamp does not change when the model does")
    want(stamp(case.place / "nowhere") == (), "the stamp of nothing is not empty")


def check_describe(case: OpenerCase) -> None:
    """What it says without opening a model is what the open model says."""
    folder = _made(case)
    facts = cast(object, case.opener.describe(folder))
    if not isinstance(facts, ModelFacts):
        raise ConformanceError(f"describe gives {type(facts).__name__}, no ModelFacts")
    want(facts.state == "ready", f"a whole model is not ready: {facts.state}")
    json.dumps([dict(facts.config), facts.representation, list(facts.spaces)])
    model = _opened(case, folder)
    said = {"family": facts.family == model.family, "data": facts.data == model.trained_on}
    said["representation"] = facts.representation in (None, model.representation.dump())
    said["identity"] = facts.identity in (None, model.identity)
    said["parameters"] = facts.parameters in (None, sum(v.numel() for v in model.state().values()))
    said["spaces"] = not facts.spaces or set(facts.spaces) == set(model.spaces)
    for name, space in facts.spaces.items():
        mine = model.spaces.get(name)
        if space is not None and mine is not None:
            same = (space.shape, space.kind, space.encodes) == (tuple(mine.shape), mine.kind, mine.encodes)
            said[f"the space {name}"] = same and set(space.priors) == set(mine.priors)
    wrong = [name for name, is_so in said.items() if not is_so]
    want(not wrong, f"describe says otherwise than the open model: {', '.join(wrong)}")


def check_open(case: OpenerCase) -> None:
    """A model is called by its folder, asks for no gradients, and has an identity that changes with it."""
    folder = _made(case, "some-name")
    model, again = _opened(case, folder), _opened(case, folder)
    want(model.name == "some-name", f"the model is called {model.name!r}, not as its folder")
    want(model.is_kept, "the model says that it is in memory alone")
    want(model.identity == again.identity, "the same folder gives another identity")
    want(not model.space().decode(torch.zeros(1, *model.space().shape)).requires_grad, "its weights ask for gradients")
    case.change(folder)
    want(_opened(case, folder).identity != model.identity, "a changed model has the same identity")


def check_untouched(case: OpenerCase) -> None:
    """Looking at a folder changes nothing in it."""
    folder = _made(case)
    before = _look(folder)
    case.opener.recognises(folder)
    case.opener.stamp(folder)
    case.opener.describe(folder)
    _opened(case, folder)
    want(_look(folder) == before, "looking at a model changes its folder")


def check_code(case: OpenerCase) -> None:
    """Code of the folder runs where that is allowed, and nowhere else."""
    folder = _made(case)
    asked: list[Path] = []

    def note(file: Path, hash: str) -> None:
        asked.append(file)

    code = case.opener.code(folder)
    case.opener.open(folder, CPU, note)
    want(bool(asked) == (code is not None), "it runs code without asking, or asks and says of none")
    if code is None:
        return
    want(code.file.is_file() and code.file.resolve().is_relative_to(folder.resolve()), "the code lies elsewhere")
    try:
        case.opener.open(folder, CPU, refuse)
    except CodeNotAllowed:
        return
    raise ConformanceError("it opens although its code was refused")


def check_export(case: OpenerCase) -> None:
    """An export is the same model, or refused without leaving anything behind."""
    folder = _made(case)
    before, model = _look(folder), _opened(case, folder)
    for half in (False, True):
        target = case.place / f"out-{half}"
        try:
            case.opener.export(folder, target, half)
        except InvalidArgument:
            want(not target.exists(), "a refused export leaves something behind")
            continue
        want(case.opener.recognises(target), "what it exports it does not recognise")
        out = _opened(case, target)
        want(half or out.identity == model.identity, "what is exported is another model")
    want(_look(folder) == before, "exporting changes the model's folder")


def check_damage(case: OpenerCase) -> None:
    """A file cut short is one error of ours, whichever it is."""
    folder = _made(case)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole = path.read_bytes()
        write_bytes(path, whole[: len(whole) // 2])
        for work in (case.opener.describe, partial(_opened, case)):
            try:
                work(folder)
            except TrasluzError:
                continue
            except Exception as error:
                raise ConformanceError(f"with {path.name} cut short it raises {type(error).__name__}") from error
        write_bytes(path, whole)


CHECKS: dict[str, Callable[[OpenerCase], None]] = {
    "names": check_names,
    "recognises": check_recognises,
    "stamp": check_stamp,
    "describe": check_describe,
    "open": check_open,
    "untouched": check_untouched,
    "code": check_code,
    "export": check_export,
    "damage": check_damage,
}
"""Every check by name."""
