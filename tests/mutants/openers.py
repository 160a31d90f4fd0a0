"""Openers that break their contract, each in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import torch

from toy_models import Toy, coded
from trasluz.base.errors import CodeNotAllowed, DamagedFile, InvalidArgument
from trasluz.conformance.openers import OpenerCase
from trasluz.spaces.opener import Code, ModelFacts, Opener, SpaceFacts


class Plain(Opener):
    """A toy that keeps to the contract; what breaks it in one place is below."""

    name: ClassVar[str] = "plain"
    title: ClassVar[str] = "A number in a file"
    looks_for: ClassVar[str] = "number.json"

    def recognises(self, folder: Path) -> bool:
        path = folder / self.looks_for
        return path.is_file() and not path.is_symlink()

    def stamp(self, folder: Path) -> tuple[int, ...]:
        path = folder / self.looks_for
        return (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else ()

    def describe(self, folder: Path) -> ModelFacts:
        model = self.open(folder, torch.device("cpu"), lambda file, hash: None)
        return ModelFacts("toy", self.title, identity=model.identity)

    def open(self, folder: Path, device: torch.device, allow: Any) -> Any:
        try:
            number = json.loads((folder / self.looks_for).read_text())["number"]
        except ValueError as error:
            raise DamagedFile(f"{folder}: {error}") from error
        model = coded(seed=number)
        model.name = folder.name
        return model


def number(folder: Path, value: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "number.json").write_text(json.dumps({"number": value}))


def broken(**methods: Any) -> OpenerCase:
    kind = type("Broken", (Plain,), methods)
    return OpenerCase(kind(), number, lambda folder: number(folder, 11))


def opened(change: Any) -> Any:
    def open(self: Plain, folder: Path, device: torch.device, allow: Any) -> Any:
        return change(Plain.open(self, folder, device, allow), folder, allow)

    return open


def renamed(model: Toy, folder: Path, allow: Any) -> Toy:
    model.name = "toy"
    return model


class Unkept(Toy):
    is_kept = False  # type: ignore[assignment]


def unkept(model: Toy, folder: Path, allow: Any) -> Toy:
    model.__class__ = Unkept
    return model


def thawed(model: Toy, folder: Path, allow: Any) -> Toy:
    model.module.requires_grad_(True)
    return model


def littering(model: Toy, folder: Path, allow: Any) -> Toy:
    (folder / "__pycache__").mkdir(exist_ok=True)
    return model


def asking(model: Toy, folder: Path, allow: Any) -> Toy:
    allow(folder / "number.json", "h")
    return model


def stubborn(model: Toy, folder: Path, allow: Any) -> Toy:
    try:
        allow(folder / "number.json", "h")
    except CodeNotAllowed:
        pass
    return model


def half_way(self: Plain, folder: Path, target: Path, half: bool) -> None:
    target.mkdir()
    raise InvalidArgument("no")


def another(self: Plain, folder: Path, target: Path, half: bool) -> None:
    number(target, 3)


FACTS = SpaceFacts((7,), "vector", True, True, ("normal",), "normal")
BROKEN: list[tuple[str, Callable[[], OpenerCase], str]] = [
    ("names", lambda: broken(title=" "), "have to say something"),
    ("recognises", lambda: broken(recognises=lambda self, folder: False), "its own model"),
    ("recognises", lambda: broken(recognises=lambda self, folder: True), "which is no model"),
    ("recognises", lambda: broken(recognises=lambda self, folder: (folder / "number.json").is_file()), "follows links"),
    ("stamp", lambda: broken(stamp=lambda self, folder: ()), "some whole numbers"),
    ("stamp", lambda: broken(stamp=lambda self, folder: (1,) if folder.exists() else ()), "does not change"),
    ("stamp", lambda: broken(stamp=lambda self, folder: Plain.stamp(self, folder) or (0,)), "of nothing"),
    ("describe", lambda: broken(describe=lambda self, folder: {"family": "toy"}), "no ModelFacts"),
    ("describe", lambda: broken(describe=lambda self, folder: ModelFacts("vae", "")), "otherwise.*family"),
    (
        "describe",
        lambda: broken(describe=lambda self, folder: ModelFacts("toy", "", identity="m-x")),
        "otherwise.*identity",
    ),
    (
        "describe",
        lambda: broken(describe=lambda self, folder: ModelFacts("toy", "", spaces={"w": None})),
        "otherwise.*spaces",
    ),
    (
        "describe",
        lambda: broken(describe=lambda self, f: ModelFacts("toy", "", spaces={"z": FACTS})),
        "otherwise.*space z",
    ),
    ("describe", lambda: broken(describe=lambda self, folder: ModelFacts("toy", "", state="odd")), "not ready"),
    ("open", lambda: broken(open=lambda self, folder, device, allow: 3), "no LatentModel"),
    ("open", lambda: broken(open=opened(renamed)), "not as its folder"),
    ("open", lambda: broken(open=opened(unkept)), "in memory alone"),
    ("open", lambda: broken(open=opened(thawed)), "ask for gradients"),
    ("open", lambda: OpenerCase(Plain(), number, lambda folder: number(folder, 0)), "the same identity"),
    ("untouched", lambda: broken(open=opened(littering)), "changes its folder"),
    ("code", lambda: broken(open=opened(asking)), "without asking"),
    ("code", lambda: broken(code=lambda self, f: Code(f / "number.json", "h")), "without asking"),
    ("code", lambda: broken(code=lambda self, f: Code(f / "number.json", "h"), open=opened(stubborn)), "was refused"),
    ("code", lambda: broken(code=lambda self, f: Code(Path(__file__), "h"), open=opened(asking)), "lies elsewhere"),
    ("export", lambda: broken(export=half_way), "leaves something behind"),
    ("export", lambda: broken(export=another), "another model"),
    ("export", lambda: broken(export=lambda self, folder, target, half: target.mkdir()), "does not recognise"),
    ("damage", lambda: broken(describe=lambda self, f: json.loads((f / "number.json").read_text())), "JSONDecodeError"),
]
GOOD = broken
