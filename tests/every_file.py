"""A private workspace with every kind of file in it, and the data that it was made of."""

from __future__ import annotations

import importlib.util
import json
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trasluz as tl
from toys import shapes
from trasluz.io import atomic
from trasluz.io.workspace import Workspace
from trasluz.lab import portraits
from trasluz.lab.shelf import data as data_shelf
from trasluz.lab.shelf import listing, models, points

BUILD = """
from torch import nn

def build():
    return {"decode": nn.Sequential(nn.Linear(5, 48), nn.Unflatten(1, (3, 4, 4))), "shape": (5,)}
"""


def make(folder: Path) -> None:
    """Under an umask that takes nothing away, so that every mode is one that was chosen. `modes.json` says which the
    unfinished files and folders had when they took their places."""
    drawn = shapes(60, 16)
    names = {column: np.array(drawn.rows.column(column).to_pylist()) for column in ("label", "x")}
    np.savez(folder / "shapes.npz", images=drawn.stored(slice(None)), **names)
    (folder / "made.py").write_text(BUILD)
    modes: list[str] = []
    plain = atomic._rename

    def rename(src: Path, dst: Path) -> None:
        if src.is_relative_to(folder / "workspace"):
            modes.append(f"{stat.S_IMODE(src.lstat().st_mode):o} {src.is_dir()}")
        plain(src, dst)

    umask = os.umask(0)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(atomic, "_rename", rename)
            fill(Workspace(folder / "workspace", private=True), str(folder / "shapes.npz"), folder / "made.py")
    finally:
        os.umask(umask)
    (folder / "modes.json").write_text(json.dumps(modes))


def fill(home: Workspace, data: str, code: Path) -> None:
    """A trained model, a wrapped one, an atlas, a map, a direction, a point, and all that is kept on the way."""
    how: dict[str, Any] = {"batch": 16, "compute": "float32", "prior_steps": 2, "widths": [4, 8], "latent": 3}
    tl.train("vae", data, name="mine", preset="tiny", settings=how, steps=6, force=True, workspace=home, device="cpu")
    spec = importlib.util.spec_from_file_location("made", code)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tl.wrap(module.build()["decode"], (5,), name="made").save("made", build=code, workspace=home)
    models.allow_model("made", workspace=home)
    atlas = tl.encode("mine", split="all", workspace=home)
    tl.map("mine", atlas=atlas.name, workspace=home)
    tl.direction("mine", np.arange(3.0), name="up", atlas=atlas.name, measure=False, workspace=home)
    points.save_point("here", "mine", "seed:1", workspace=home)
    data_shelf.load(data, workspace=home)
    listing.listed(home)
    portraits.drawn_picture(home.entry("models", "mine"), workspace=home)
