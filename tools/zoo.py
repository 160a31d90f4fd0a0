"""Makes the bundled models: `python tools/zoo.py build faces-vae` trains one by its recipe and packs it up.

Each folder of src/trasluz/zoo has a recipe.json: family, data, settings, steps, seed, and what a reader should know. A
build that was stopped goes on where it stood. `pack NAME FOLDER` takes a run that is there; `cards` writes the cards
anew from the figures in benchmarks/results: quality_bundled, and quality_voices of sounds. Weights are kept in half
precision. `layouts` makes what the studio shows at once of them: the first items held out for testing, packed small,
and their map by UMAP.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from quoted_rows import Results
from quoted_rows import card as figures_of
from torch import Tensor

import trasluz as tl
from trasluz.atlas.atlas import Atlas
from trasluz.atlas.packed import SCALES, Packed, pack_latents, write_packed
from trasluz.atlas.thumbnails import sheet_bytes, shrink
from trasluz.base.errors import TrasluzError
from trasluz.base.reserved import bundled_atlas
from trasluz.cli.progress import progress_for
from trasluz.io.atomic import write_bytes, write_text
from trasluz.io.pictures import write_picture
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.session import Session
from trasluz.lab.drawing.pictures import grid
from trasluz.lab.portraits import PACKED
from trasluz.lab.shelf import bundled, handover, models
from trasluz.lab.shelf.about_data import about_data
from trasluz.lab.shelf.atlases import encoded
from trasluz.lab.shelf.data import fingerprint
from trasluz.lab.shelf.maps import usual_recipe
from trasluz.projections._back import WayBack
from trasluz.projections.umap import UMAPConfig
from trasluz.spaces import registry

REPOSITORY = Path(__file__).parents[1]
WORKSPACES = REPOSITORY / "runs" / "zoo"
LARGEST, ALL = 8_000_000, 48_000_000
"""Bytes of one model, and of all of them together."""
PICTURED, LAYOUT = 1000, 700_000
"""Items of a packed atlas with a thumbnail, and bytes of all of it."""
PACKS = ((2000, 0.0025), (2000, 0.009), (1000, 0.009), (700, 0.009))
"""Its items, and the share of the variance of their latents that may be lost, beyond which what they decode to would be
seen to differ: the first that fit."""
SIDES, QUALITIES = (64, 48, 32), (85, 75, 70, 65, 60, 55, 50, 45, 40)
"""Pixels of a thumbnail and qualities of their WebP: the first that fit."""
BY_TIME = {"fashion-mnist"}
"""Sources that tell their files by size and time, which another machine's have not."""
HEARD, SAMPLE = 8, "sample.flac"
"""Draws of a model whose items can be played, one after another, and the file that they are in."""


def recipe_of(name: str) -> dict[str, Any]:
    """What a bundled model is made of."""
    path = bundled.ZOO / name / bundled.RECIPE
    if not path.is_file():
        known = sorted(p.parent.name for p in bundled.ZOO.glob(f"*/{bundled.RECIPE}"))
        raise TrasluzError(f"there is no recipe {path}", allowed=known)
    return json.loads(path.read_text(encoding="utf-8"))


def command_of(recipe: dict[str, Any], name: str = "NAME") -> str:
    """The command line that trains it."""
    words = [f"trasluz train {recipe['family']} --data {recipe['data']} --name {name}"]
    length = f"--pace {recipe['pace']}" if "pace" in recipe else f"--steps {recipe['steps']}"
    words += [f"--preset {recipe['preset']}", length, f"--seed {recipe['seed']}"]
    words += [f"--set {key}={_shown(value)}" for key, value in recipe["settings"].items()]
    return " ".join(words)


def _shown(value: object) -> str:
    """A setting as a word of a command line."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else str(value)


def build(name: str, steps: int | None, device: str) -> None:
    """Train by the recipe, or go on with a run that was stopped, and pack."""
    recipe, workspace = recipe_of(name), Workspace(WORKSPACES / name)
    run, progress = f"zoo-{name}", progress_for(quiet=False)
    if run in workspace.names("models"):
        tl.train(recipe["family"], name=run, resume=True, workspace=workspace, progress=progress)
    else:
        tl.train(
            recipe["family"],
            recipe["data"],
            name=run,
            preset=recipe["preset"],
            settings=recipe["settings"],
            steps=steps or (None if "pace" in recipe else recipe["steps"]),
            pace=None if steps else recipe.get("pace"),
            seed=recipe["seed"],
            workspace=workspace,
            device=device,
            progress=progress,
        )
    pack(name, workspace.entry("models", run))


def pack(name: str, run: Path) -> None:
    """Put a trained model into the package, in half precision, with its picture and card."""
    recipe_of(name)
    target = bundled.ZOO / name
    with tempfile.TemporaryDirectory() as place:
        packed = handover.export_model(run, Path(place) / name, half=True)
        for old in (*target.glob("*.safetensors"), *target.glob("priors/*")):
            old.unlink()
        shutil.copytree(packed, target, dirs_exist_ok=True)
    model = tl.open(name, device="cpu")
    drawn = tl.sample(model, PACKED.n, seed=PACKED.seed)
    write_picture(target / bundled.PICTURE, grid(drawn.drawn, columns=8))
    suffix = Path(SAMPLE).suffix
    if suffix in drawn.kind.joins:
        write_bytes(target / SAMPLE, drawn.kind.joined(drawn.items[:HEARD], suffix))
    card(name)
    # What was encoded with other weights is of another model.
    for old in target.glob(f"{name}--bundled--*"):
        shutil.rmtree(old)
    check_sizes(name)


def layout(name: str, workspace: Workspace) -> None:
    """Pack the first items of a bundled model's default space, and their map, into its folder."""
    model, progress = tl.open(name, device="cpu"), progress_for(quiet=False)
    whole = encoded(model, None, Session.of(workspace, "cpu", progress), split="test", limit=PACKS[0][0])
    about = about_data(model, whole, None, workspace, progress)
    if about.trouble is not None:
        raise about.trouble
    told = fingerprint(whole.manifest.data, model.representation, workspace)
    data = {
        "parts": dict(about.parts), "notes": list(about.notes), "licence": about.licence,
        "fingerprint": "" if whole.manifest.data in BY_TIME else told,
    }  # fmt: skip
    target = bundled.ZOO / name / bundled_atlas(name, model.space(None).name)
    with tempfile.TemporaryDirectory() as place:
        bare = Path(place) / target.name
        said = next((said for n, lost in PACKS if (said := _lay(bare, whole, n, lost, data)) is not None), None)
        if said is None:
            raise TrasluzError(f"the items of {name} are too large", allowed=f"{LAYOUT:,} bytes")
        if target.is_dir():
            shutil.rmtree(target)
        shutil.copytree(bare, target)
    print(f"{name}: {said}")  # noqa: T201
    check_sizes(name)


def _lay(bare: Path, whole: Atlas, n: int, lost: float, data: Mapping[str, Any]) -> str | None:
    """Pack n items into a folder with their map; what came of it, or None where that is too large."""
    n = min(n, len(whole))
    m = whole.manifest.model_copy(update={"count": n})
    flat = whole.latents[:n].flatten(1)
    latents = pack_latents(whole.latents[:n], flat.shape[1], lost)
    if sum(t.numel() * t.element_size() for t in latents.values()) > LAYOUT:
        return None
    log_var = None if whole.log_var is None else pack_latents(whole.log_var[:n], SCALES)
    table, points = whole.rows.slice(0, n), whole.points[:n]
    pictures = whole.thumbnails(range(min(PICTURED, n)))
    write_packed(bare, m, table, points, latents, log_var, b"", 0, data=data)
    packed = Packed(bare, m)
    config = UMAPConfig()
    fitted = registry.get("projections", "umap").fit(packed.latents, config, 0)
    # The same way back, in the components that the latents are packed in.
    way = WayBack.fit(fitted.xy, packed.components[2], config.blend)
    state = {**fitted.state(), "weights": way.weights, "landmarks": way.landmarks}
    drawn = ("umap", usual_recipe("umap"), state)
    for side, quality in _forms(m.tile):
        small, sheet = _shrunk(pictures, side, m.columns, quality)
        tiled = m.model_copy(update={"tile": side})
        write_packed(bare, tiled, table, points, latents, log_var, sheet, len(small), data=data, drawn=drawn)
        size = sum(path.stat().st_size for path in bare.iterdir())
        if size <= LAYOUT:
            return (
                f"{size:,} bytes; {n:,} items by {len(latents['low'])} components, {_lost(latents, flat):.5f} of the "
                f"variance lost; {len(pictures):,} thumbnails of {side} pixels, quality {quality}; "
                f"the map loses {fitted.round_trip:.2f}"
            )
    return None


def _lost(packed: Mapping[str, Tensor], flat: Tensor) -> float:
    """The share of the variance of latents `(n, d)` that is lost."""
    rows = packed["low"] + packed["step"] * packed["codes"].float()
    back = packed["mean"] + rows @ packed["basis"].float()
    return float((back - flat).square().sum() / (flat - flat.mean(0)).square().sum())


def _forms(tile: int) -> list[tuple[int, int]]:
    """Sides and qualities of thumbnails, the best first."""
    sides = [tile, *(side for side in SIDES if side < tile)]
    return [(side, quality) for side in sides for quality in QUALITIES]


def _shrunk(pictures: np.ndarray, side: int, columns: int, quality: int) -> tuple[np.ndarray, bytes]:
    small = shrink(pictures, side)
    return small, sheet_bytes(small, columns, quality)


def check_sizes(name: str) -> None:
    """Refuse models that are too large, and say how large they are."""
    sizes = {p.parent.name: sum(f.stat().st_size for f in p.parent.rglob("*") if f.is_file()) for p in _configs()}
    if sizes[name] > LARGEST or sum(sizes.values()) > ALL:
        raise TrasluzError("bundled models are too large", got=sizes, allowed=f"{LARGEST:,} each, {ALL:,} together")
    print(f"{name}: {sizes[name]:,} bytes; all {len(sizes)} together {sum(sizes.values()):,}")  # noqa: T201


def _configs() -> list[Path]:
    return sorted(bundled.ZOO.glob("*/config.json"))


def card(name: str) -> None:
    """What a reader should know before using it, as Markdown."""
    recipe, about = recipe_of(name), models.show_model(name)
    plan = about["training"]["plan"]
    data = tl.load(recipe["data"], split="all")
    spaces = [f"`{key}` {' x '.join(map(str, space['shape']))}" for key, space in about["spaces"].items()]
    lines = [
        f"# {name}",
        "",
        "![Samples](picture.png)",
        "",
        f"- Kind: {about['title']}, {about['parameters']:,} parameters, weights kept in half precision",
        f"- Data: `{recipe['data']}`, {len(data.split('train')):,} items trained on, {len(data.split('test')):,}"
        " held out for testing",
        f"- Licence of the data: {data.about.get('licence', 'unknown')}",
        f"- Objective: {recipe['objective']}",
        f"- Budget: {plan['steps']:,} steps of {about['config']['batch']} items, {recipe['budget']}",
        f"- Spaces: {', '.join(spaces)}",
        f"- Made again by: `python tools/zoo.py build {name}`, which runs",
        f"  `{command_of(recipe)}`",
        "",
        "## Figures on the test split",
        "",
        *figures_of(Results(), name),
        "",
        "## Known weaknesses",
        "",
        *(f"- {text}" for text in recipe["weaknesses"]),
        "",
    ]
    write_text(bundled.ZOO / name / "card.md", "\n".join(lines))


def main() -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="python tools/zoo.py", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("build", help="train by the recipe, and pack")
    making.add_argument("name")
    making.add_argument("--steps", type=int, help="a shorter or longer run than the recipe's")
    making.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    packing = verbs.add_parser("pack", help="pack a run that is there")
    packing.add_argument("name")
    packing.add_argument("run", type=Path)
    laying = verbs.add_parser("layouts", help="pack the first items of models, and their maps")
    laying.add_argument("names", nargs="*", metavar="NAME", help="all where none is named")
    laying.add_argument("--workspace", type=Path, default=WORKSPACES / "layouts", help="where data are drawn")
    verbs.add_parser("cards", help="write the cards anew")
    given = parser.parse_args()
    try:
        if given.verb == "build":
            build(given.name, given.steps, given.device)
        elif given.verb == "pack":
            pack(given.name, given.run)
        elif given.verb == "layouts":
            for name in given.names or [path.parent.name for path in _configs()]:
                layout(name, Workspace(given.workspace))
        else:
            for path in _configs():
                card(path.parent.name)
    except TrasluzError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
