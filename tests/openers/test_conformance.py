"""Every opener that is registered keeps to the contract; and each check of the suite can fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import nn

import trasluz as tl
from toy_models import Toy, coded
from trasluz.io.weights import read_tensors
from trasluz.spaces import registry
from trasluz.spaces.checks import ConformanceError
from trasluz.spaces.model_folder import read_config, write_config, write_weights
from trasluz.spaces.opener import Code, ModelFacts, Opener, SpaceFacts
from trasluz.spaces.opener_conformance import OPENER_CHECKS, OpenerCase, opener_parameters
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels

BUILD = """
from torch import nn

def build():
    return {"decode": nn.Sequential(nn.Linear(5, 48), nn.Sigmoid(), nn.Unflatten(1, (3, 4, 4))), "shape": (5,)}
"""


def write_native(folder: Path) -> None:
    family, representation = registry.get("families", "vae"), Pixels(1, 16)
    config = family.configure("tiny", {"widths": [4, 8], "latent": 3}, representation)
    trainable = family.trainable(config, representation, 100)
    trainable.init(0, Precision(), 10)
    folder.mkdir(parents=True)
    write_config(folder, "vae", config, representation, "faces", "d-none")
    write_weights(folder, "vae", config, representation, trainable.weights())


def train_native(folder: Path) -> None:
    family, config, representation, _ = read_config(folder)
    state, _ = read_tensors(folder / "model.safetensors", "model")
    write_weights(folder, family.name, config, representation, {k: v * 0.5 for k, v in state.items()})


def write_wrapped(folder: Path, seed: int = 0) -> None:
    torch.manual_seed(seed)
    file = folder.parent / "my_build.py"
    file.write_text(BUILD)
    decoder = nn.Sequential(nn.Linear(5, 48), nn.Sigmoid(), nn.Unflatten(1, (3, 4, 4)))
    place = tl.wrap(decoder, (5,)).save(folder.name, build=file, workspace=folder.parent / "ws")
    folder.mkdir(exist_ok=True)
    for path in place.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
        path.unlink()
    place.rmdir()


CASES = {
    "native": OpenerCase(registry.get("openers", "native"), write_native, train_native),
    "wrapped": OpenerCase(
        registry.get("openers", "wrapped"), write_wrapped, lambda folder: write_wrapped(folder, seed=1)
    ),
}


def test_every_opener_of_ours_has_a_case() -> None:
    assert set(CASES) == set(registry.names("openers"))


@pytest.mark.parametrize(**opener_parameters(*CASES.values()))
def test_openers_conform(check: Any, tmp_path: Path) -> None:
    check(tmp_path)


# Each check can fail --------------------------------------------------------------------------------------------------


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
            raise tl.base.errors.DamagedFile(f"{folder}: {error}") from error  # type: ignore[attr-defined]
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
    except tl.base.errors.CodeNotAllowed:  # type: ignore[attr-defined]
        pass
    return model


def half_way(self: Plain, folder: Path, target: Path, half: bool) -> None:
    target.mkdir()
    raise tl.base.errors.InvalidArgument("no")  # type: ignore[attr-defined]


def another(self: Plain, folder: Path, target: Path, half: bool) -> None:
    number(target, 3)


FACTS = SpaceFacts((7,), "vector", True, True, ("normal",), "normal")
BROKEN = [
    ("names", broken(title=" "), "have to say something"),
    ("recognises", broken(recognises=lambda self, folder: False), "its own model"),
    ("recognises", broken(recognises=lambda self, folder: True), "which is no model"),
    ("recognises", broken(recognises=lambda self, folder: (folder / "number.json").is_file()), "follows links"),
    ("stamp", broken(stamp=lambda self, folder: ()), "some whole numbers"),
    ("stamp", broken(stamp=lambda self, folder: (1,) if folder.exists() else ()), "does not change"),
    ("stamp", broken(stamp=lambda self, folder: Plain.stamp(self, folder) or (0,)), "of nothing"),
    ("describe", broken(describe=lambda self, folder: {"family": "toy"}), "no ModelFacts"),
    ("describe", broken(describe=lambda self, folder: ModelFacts("vae", "")), "otherwise.*family"),
    ("describe", broken(describe=lambda self, folder: ModelFacts("toy", "", identity="m-x")), "otherwise.*identity"),
    ("describe", broken(describe=lambda self, folder: ModelFacts("toy", "", spaces={"w": None})), "otherwise.*spaces"),
    ("describe", broken(describe=lambda self, f: ModelFacts("toy", "", spaces={"z": FACTS})), "otherwise.*space z"),
    ("describe", broken(describe=lambda self, folder: ModelFacts("toy", "", state="odd")), "not ready"),
    ("open", broken(open=lambda self, folder, device, allow: 3), "no LatentModel"),
    ("open", broken(open=opened(renamed)), "not as its folder"),
    ("open", broken(open=opened(unkept)), "in memory alone"),
    ("open", broken(open=opened(thawed)), "ask for gradients"),
    ("open", OpenerCase(Plain(), number, lambda folder: number(folder, 0)), "the same identity"),
    ("untouched", broken(open=opened(littering)), "changes its folder"),
    ("code", broken(open=opened(asking)), "without asking"),
    ("code", broken(code=lambda self, f: Code(f / "number.json", "h")), "without asking"),
    ("code", broken(code=lambda self, f: Code(f / "number.json", "h"), open=opened(stubborn)), "was refused"),
    ("code", broken(code=lambda self, f: Code(Path(__file__), "h"), open=opened(asking)), "lies elsewhere"),
    ("export", broken(export=half_way), "leaves something behind"),
    ("export", broken(export=another), "another model"),
    ("export", broken(export=lambda self, folder, target, half: target.mkdir()), "does not recognise"),
    ("damage", broken(describe=lambda self, f: json.loads((f / "number.json").read_text())), "JSONDecodeError"),
]


@pytest.mark.parametrize(("name", "case", "says"), BROKEN, ids=[f"{name}-{says}" for name, _, says in BROKEN])
def test_a_broken_opener_fails_its_check(name: str, case: OpenerCase, says: str, tmp_path: Path) -> None:
    checks = dict(zip(OPENER_CHECKS, opener_parameters(case)["argvalues"], strict=True))
    with pytest.raises(ConformanceError, match=f"(?s){says}"):
        checks[name](tmp_path)


def test_a_whole_toy_passes_all(tmp_path: Path) -> None:
    for i, check in enumerate(opener_parameters(broken())["argvalues"]):
        (tmp_path / str(i)).mkdir()
        check(tmp_path / str(i))


def test_each_check_is_proved_able_to_fail() -> None:
    assert {name for name, _, _ in BROKEN} == set(OPENER_CHECKS)
