"""The conformance suite of openers: what each must keep to, so that lists, verbs and the studio can rely on it.

It is public. Run it on an opener of your own, check by check under pytest (which this module does not need):

>>> case = OpenerCase(MyOpener(), make=write_one, change=train_it_further)    # doctest: +SKIP
>>> @pytest.mark.parametrize(**opener_parameters(case))                       # doctest: +SKIP
... def test_conformance(check, tmp_path):
...     check(tmp_path)

`make` writes a model into a folder that does not exist yet; `change` makes another one of it, under the same files.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast, final

import torch

from trasluz.base.errors import CodeNotAllowed, InvalidArgument, TrasluzError
from trasluz.io.atomic import write_bytes
from trasluz.io.plain import link
from trasluz.io.workspace import check_name
from trasluz.spaces.checks import ConformanceError
from trasluz.spaces.model import LatentModel
from trasluz.spaces.opener import ModelFacts, Opener, refuse

CPU = torch.device("cpu")


@final
@dataclass(frozen=True)
class OpenerCase:
    """An opener, and how to come by models for it."""

    opener: Opener
    make: Callable[[Path], object]
    change: Callable[[Path], object]


def opener_checks(case: OpenerCase) -> list[tuple[str, Callable[[Path], None]]]:
    """`(id, check)` of all the checks; a check takes an empty folder to work in."""
    return [(name, partial(_run, name, case)) for name in OPENER_CHECKS]


def opener_parameters(*cases: OpenerCase) -> dict[str, Any]:
    """Arguments for `pytest.mark.parametrize`, one test a check and case; the test takes `check`."""
    found = [(f"{case.opener.name}-{name}", check) for case in cases for name, check in opener_checks(case)]
    return {"argnames": "check", "argvalues": [c for _, c in found], "ids": [i for i, _ in found]}


def _run(name: str, case: OpenerCase, place: Path) -> None:
    called = getattr(case.opener, "name", type(case.opener).__name__)
    try:
        OPENER_CHECKS[name](case, place)
    except ConformanceError as error:
        raise ConformanceError(f"{called} fails the check {name!r}: {error.what}") from error
    except Exception as error:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ConformanceError(f"{called} fails the check {name!r}: it raised {text}") from error


def _want(is_so: bool, what: str) -> None:
    if not is_so:
        raise ConformanceError(what)


def _made(case: OpenerCase, place: Path, name: str = "model") -> Path:
    case.make(place / name)
    return place / name


def _allow(file: Path, hash: str) -> None:
    """Allows anything."""


def _opened(case: OpenerCase, folder: Path) -> LatentModel:
    made = cast(object, case.opener.open(folder, CPU, _allow))
    if not isinstance(made, LatentModel):
        raise ConformanceError(f"open gives {type(made).__name__}, no LatentModel")
    return made


def _look(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p.relative_to(folder)): (p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.rglob("*"))}


def _names(case: OpenerCase, place: Path) -> None:
    opener = case.opener
    for text in (opener.name, opener.title, opener.looks_for):
        _want(bool(text.strip()), "name, title and looks_for have to say something")
    check_name(opener.name, "opener")


def _recognises(case: OpenerCase, place: Path) -> None:
    folder, recognises = _made(case, place), case.opener.recognises
    _want(recognises(folder) is True, "it does not recognise its own model")
    empty, file = place / "empty", place / "file"
    empty.mkdir()
    file.touch()
    for other in (empty, file, place / "nowhere"):
        _want(recognises(other) is False, f"it claims {other.name}, which is no model")
    linked = place / "linked"
    linked.mkdir()
    for path in folder.iterdir():
        link(linked / path.name, path)
    _want(recognises(linked) is False, "it follows links out of the folder")


def _stamp(case: OpenerCase, place: Path) -> None:
    folder, stamp = _made(case, place), case.opener.stamp
    before = stamp(folder)
    _want(bool(before) and all(type(n) is int for n in before), "a stamp is some whole numbers")
    _want(stamp(folder) == before, "the stamp changes by itself")
    case.change(folder)
    _want(stamp(folder) != before, "the stamp does not change when the model does")
    _want(stamp(place / "nowhere") == (), "the stamp of nothing is not empty")


def _describe(case: OpenerCase, place: Path) -> None:
    folder = _made(case, place)
    facts = cast(object, case.opener.describe(folder))
    if not isinstance(facts, ModelFacts):
        raise ConformanceError(f"describe gives {type(facts).__name__}, no ModelFacts")
    _want(facts.state == "ready", f"a whole model is not ready: {facts.state}")
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
    _want(not wrong, f"describe says otherwise than the open model: {', '.join(wrong)}")


def _open(case: OpenerCase, place: Path) -> None:
    folder = _made(case, place, "some-name")
    model, again = _opened(case, folder), _opened(case, folder)
    _want(model.name == "some-name", f"the model is called {model.name!r}, not as its folder")
    _want(model.is_kept, "the model says that it is in memory alone")
    _want(model.identity == again.identity, "the same folder gives another identity")
    _want(not model.space().decode(torch.zeros(1, *model.space().shape)).requires_grad, "its weights ask for gradients")
    case.change(folder)
    _want(_opened(case, folder).identity != model.identity, "a changed model has the same identity")


def _untouched(case: OpenerCase, place: Path) -> None:
    folder = _made(case, place)
    before = _look(folder)
    case.opener.recognises(folder)
    case.opener.stamp(folder)
    case.opener.describe(folder)
    _opened(case, folder)
    _want(_look(folder) == before, "looking at a model changes its folder")


def _code(case: OpenerCase, place: Path) -> None:
    folder = _made(case, place)
    asked: list[Path] = []

    def note(file: Path, hash: str) -> None:
        asked.append(file)

    code = case.opener.code(folder)
    case.opener.open(folder, CPU, note)
    _want(bool(asked) == (code is not None), "it runs code without asking, or asks and says of none")
    if code is None:
        return
    _want(code.file.is_file() and code.file.resolve().is_relative_to(folder.resolve()), "the code lies elsewhere")
    try:
        case.opener.open(folder, CPU, refuse)
    except CodeNotAllowed:
        return
    raise ConformanceError("it opens although its code was refused")


def _export(case: OpenerCase, place: Path) -> None:
    folder = _made(case, place)
    before, model = _look(folder), _opened(case, folder)
    for half in (False, True):
        target = place / f"out-{half}"
        try:
            case.opener.export(folder, target, half)
        except InvalidArgument:
            _want(not target.exists(), "a refused export leaves something behind")
            continue
        _want(case.opener.recognises(target), "what it exports it does not recognise")
        out = _opened(case, target)
        _want(half or out.identity == model.identity, "what is exported is another model")
    _want(_look(folder) == before, "exporting changes the model's folder")


def _damage(case: OpenerCase, place: Path) -> None:
    folder = _made(case, place)
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


OPENER_CHECKS: dict[str, Callable[[OpenerCase, Path], None]] = {
    "names": _names,
    "recognises": _recognises,
    "stamp": _stamp,
    "describe": _describe,
    "open": _open,
    "untouched": _untouched,
    "code": _code,
    "export": _export,
    "damage": _damage,
}
