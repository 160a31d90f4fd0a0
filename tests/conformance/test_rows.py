"""Every member of every row that is registered keeps to its contract: what is added is tested without a list.

What stands here besides is what some members need to be tried at all: files to read, a model to draw from, a folder to
open. A member that needs such a thing and has none fails, and says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import trasluz as tl
from toy_models import coded
from trasluz.conformance import SUITES, suite
from trasluz.io.weights import read_tensors
from trasluz.spaces import registry
from trasluz.spaces.model_folder import read_config, write_config, write_weights
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels

test_kinds = suite("kinds")
test_families = suite("families", given={"flow": {"settings": {"solver_steps": 3}}})
test_priors = suite("priors", given={"flow": {"settings": {"solver_steps": 5}}})
test_inverters = suite("inverters", given={"optimise": {"settings": {"steps": 60}}})
test_projections = suite("projections")
test_paths = suite("paths")
test_finders = suite("finders")
test_metrics = suite("metrics")
test_relocations = suite(
    "relocations",
    given={"network": {"settings": {"steps": 60, "width": 16}}, "gradient": {"settings": {"steps": 800, "rate": 0.01}}},
)
test_similarities = suite("similarities")
test_verbs = suite(
    "verbs",
    given={
        "models.list": {"runs": "trasluz models list"},
        "data.list": {"runs": "trasluz data list"},
        "data.show": {"runs": "trasluz data show pets:30"},
        "points.list": {"runs": "trasluz points list"},
        "atlases.list": {"runs": "trasluz atlases list"},
        "directions.list": {"runs": "trasluz directions list"},
        "sample": {"runs": "trasluz sample fashion-vae -n 2 --out two.png"},
    },
)


# Data to be read --------------------------------------------------------------------------------------------------


def pixels(n: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, *shape), dtype=np.uint8)


def photos(place: Path) -> str:
    """A folder of labelled pictures, one of them none."""
    for i, picture in enumerate(pixels(9, 40, 30, 3)):
        path = place / "photos" / ("cat", "dog")[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    (place / "photos" / "cat" / "no-picture.jpg").write_bytes(b"text")
    return str(place / "photos")


def arrays(place: Path) -> str:
    np.savez(place / "digits.npz", images=pixels(9, 28, 28), label=np.arange(9) % 3, weight=np.linspace(0, 1, 9))
    return str(place / "digits.npz")


def clothes(place: Path) -> str:
    """The four files of Fashion-MNIST, with few pictures in them."""
    for stem, n in (("train", 20), ("t10k", 12)):
        header = np.array([0x803, n, 28, 28], ">i4").tobytes()
        (place / f"{stem}-images-idx3-ubyte").write_bytes(header + pixels(n, 28, 28).tobytes())
        labels = np.array([0x801, n], ">i4").tobytes() + (np.arange(n, dtype=np.uint8) % 10).tobytes()
        (place / f"{stem}-labels-idx1-ubyte").write_bytes(labels)
    return str(place)


TOY = coded()


def toy(name: str) -> Any:
    if name != "toy":
        raise tl.base.errors.UnknownName("model", name, ["toy"])  # type: ignore[attr-defined]
    return TOY


test_sources = suite(
    "sources",
    given={
        "folder": {"argument": photos},
        "npz": {"argument": arrays},
        "fashion-mnist": {"argument": clothes},
        "samples": {"argument": "toy:24", "open_model": toy},
    },
)


# Folders to be opened ---------------------------------------------------------------------------------------------

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


test_openers = suite(
    "openers",
    given={
        "native": {"make": write_native, "change": train_native},
        "wrapped": {"make": write_wrapped, "change": lambda folder: write_wrapped(folder, seed=1)},
    },
)


def test_every_row_has_a_suite_and_every_suite_is_run_here() -> None:
    assert set(SUITES) == {*registry.ROWS, "models"}
    assert {f"test_{row}" for row in SUITES} - {"test_models"} <= set(globals())


@pytest.mark.parametrize("row", sorted(set(registry.ROWS) & set(SUITES)))
def test_every_member_is_tested(row: str) -> None:
    [mark] = globals()[f"test_{row}"].pytestmark
    assert set(registry.names(row)) <= {part.values[0].case.who for part in mark.args[1] if "cannot" not in part.id}
