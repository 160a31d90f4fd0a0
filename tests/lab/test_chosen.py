"""What is chosen by what: a part for validation chooses, and the test items are reported on, with how sure that is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import trasluz as tl
from trasluz.base.progress import Progress, Silent
from trasluz.io.workspace import Workspace
from trasluz.lab.results.run import Run
from trasluz.lab.work.evaluating import of_blocks, of_ratios
from trasluz.spaces.data import Dataset

SHORT = {"batch": 8, "latent": 2, "widths": [8], "prior_steps": 0, "compute": "float32"}


class Heard(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def stripes(parts: dict[str, int], seed: int = 0) -> Dataset:
    """Pictures of stripes, so many of each part."""
    draw, names = np.random.default_rng(seed), [part for part, n in parts.items() for _ in range(n)]
    light = draw.integers(40, 200, (len(names), 1, 1, 1))
    pixels = np.clip(light + 30 * (np.arange(16) % 4)[None, None, None, :], 0, 255).repeat(16, 2).repeat(3, 1)
    rows = {"id": [str(i) for i in range(len(names))], "index": list(range(len(names))),
            "source": ["s"] * len(names), "split": names}  # fmt: skip
    identity = f"d-stripes-{seed}-{'-'.join(map(str, parts.values()))}"
    return Dataset("stripes", identity, pixels.astype(np.uint8), pa.table(rows), {"licence": "CC0"})


def trained(data: Dataset, home: Workspace, name: str, progress: Progress) -> Run:
    return tl.train(
        "vae", data, name=name, preset="tiny", settings=SHORT, steps=20, force=True, workspace=home, progress=progress
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run, list[str]]:
    """A run with a part for validation, one without, and what the first one said."""
    home, heard = Workspace(tmp_path_factory.mktemp("chosen")), Heard()
    with_val = trained(stripes({"train": 40, "val": 24, "test": 24}), home, "with", heard)
    return with_val, trained(stripes({"train": 40, "test": 24}), home, "without", Silent()), heard.said


def test_a_part_for_validation_chooses_and_the_test_items_are_reported_on(runs: tuple[Run, Run, list[str]]) -> None:
    with_val, without, said = runs
    assert any("24 items of the data's part for validation" in line for line in said)
    evaluated = [event for event in with_val.events() if "test_psnr" in event]
    assert evaluated and all("val_psnr" in event and event["val_psnr"] != event["test_psnr"] for event in evaluated)
    assert not any(key.startswith("val_") for event in without.events() for key in event)
    kept = sorted((with_val.folder / "checkpoints").glob("step-*"))
    best = min(evaluated, key=lambda event: event["val_elbo_loss"])["step"]
    assert best in [int(path.stem.removeprefix("step-")) for path in kept]
    last = sorted((without.folder / "checkpoints").glob("step-*"))
    assert 1 <= len(last) <= 3 and last[-1].stem == "step-000000020", "nothing is the best there"


def test_an_evaluation_says_how_sure_it_is(runs: tuple[Run, Run, list[str]]) -> None:
    run, *_ = runs
    assert run.figures == {name: figure.value for name, figure in run.measured.items()}
    for figure in run.measured.values():
        assert figure.n == 24 and figure.interval is not None
        assert figure.interval[0] <= figure.value <= figure.interval[1]
    psnr = run.measured["psnr"]
    card = (run.folder / "card.md").read_text()
    assert psnr.interval is not None
    assert f"- psnr: {psnr.value:.4g} ({psnr.interval[0]:.4g} to {psnr.interval[1]:.4g}), n = 24" in card
    last = [event for event in run.events() if "test_psnr" in event][-1]
    assert last["items"] == 24 and last["intervals"]["psnr"] == list(psnr.interval)


def test_blocks_of_items_hold_what_other_items_give() -> None:
    held = 0
    for k in range(300):
        draw = np.random.default_rng(k)
        items = draw.exponential(size=66)
        blocks = [(float(items[i : i + 8].mean()), len(items[i : i + 8])) for i in range(0, 66, 8)]
        found = of_blocks("loss", blocks, 66)
        assert found.value == pytest.approx(items.mean()) and found.interval is not None
        held += found.interval[0] <= 1 <= found.interval[1]
    assert 270 <= held <= 295
    assert of_blocks("loss", [(1.0, 4), (2.0, 4)], 8).interval is None, "two blocks say nothing of a spread"


def test_a_ratio_of_means_is_not_ruled_by_the_smallest_denominators() -> None:
    """Of items of which one in thirty differs, most blocks have none that does."""
    above = [(0.1, 16)] * 8
    below = [(0.02, 16), (0.02, 16), (0.02, 16), (0.3, 16), (0.02, 16), (0.35, 16), (0.02, 16), (0.05, 16)]
    found = of_ratios("diversity", above, below, 128)
    assert (
        found.value == pytest.approx(0.8 / 0.8)
        and np.mean([a / b for (a, _), (b, _) in zip(above, below, strict=True)]) > 3
    )
    assert found.interval is not None and found.interval[0] < 1 < found.interval[1]
    assert of_ratios("diversity", [(0.0, 4)] * 3, [(0.5, 4)] * 3, 12).value == 0
    assert of_ratios("diversity", [(0.0, 4)], [(0.0, 4)], 4).value == 0
    held = 0
    for k in range(300):
        draw = np.random.default_rng(k)
        top, bottom = draw.exponential(2, 64), draw.exponential(1, 64)
        blocks = [[(float(v[i : i + 8].mean()), 8) for i in range(0, 64, 8)] for v in (top, bottom)]
        ends = of_ratios("r", blocks[0], blocks[1], 64).interval
        held += ends is not None and ends[0] <= 2 <= ends[1]
    assert 265 <= held <= 297
