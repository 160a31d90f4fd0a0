"""The reader that judges is judged on what it never saw, and trusted where it is beyond doubt better than guessing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import toy_models as toys
from trasluz.io.workspace import Workspace
from trasluz.lab.judging.reader import FEWEST, ReadColumn, Reader, reader_for
from trasluz.spaces.data import Dataset

MODEL = toys.coded()


def noise(n: int, held: int, *, seen: bool = False, of_each: int = 1) -> Dataset:
    """Pictures of noise with the labels of a coin; `seen` where the label can be seen: its pictures are dark. Some are
    of one and the same, and are alike but for a little noise; the coin is thrown for these together."""
    rng = np.random.default_rng(n)
    pixels = rng.integers(0, 256, (n, *MODEL.representation.public_shape)).astype(np.uint8)
    coin = rng.integers(0, 2, n)
    group = np.arange(n) // of_each
    if of_each > 1:
        pixels, coin = pixels[group * of_each], coin[group * of_each]
        pixels = np.clip(pixels.astype(int) + rng.integers(-9, 10, pixels.shape), 0, 255).astype(np.uint8)
    if seen:
        pixels[coin == 1] //= 4
    rows = {
        "id": [f"{i}" for i in range(n)],
        "index": list(range(n)),
        "source": ["noise"] * n,
        "split": ["test" if i < held else "train" for i in range(n)],
        "label": ["tails" if c else "heads" for c in coin],
        **({"Group_ID": group.tolist()} if of_each > 1 else {}),
    }
    return Dataset("noise", f"d-noise-{n}-{held}-{seen}-{of_each}", pixels, pa.table(rows), {})


def read(data: Dataset, home: Workspace) -> Reader | None:
    return reader_for(MODEL, data, workspace=home)


@pytest.mark.parametrize(("n", "held"), [(46, 10), (60, 30), (40, 40), (30, 0)])
def test_where_too_few_are_left_to_learn_from_nothing_is_read(n: int, held: int, workspace: Workspace) -> None:
    assert n - held < FEWEST
    assert read(noise(n, held, seen=True), workspace) is None


@pytest.mark.parametrize(("n", "held"), [(90, 20), (60, 0)])
def test_labels_of_a_coin_are_learned_by_heart_and_not_trusted(n: int, held: int, workspace: Workspace) -> None:
    reader = read(noise(n, held), workspace)
    assert reader is not None
    [column] = reader.columns.values()
    assert column.n == (held or n // 5), "a fifth is held out where the data hold nothing out"
    assert column.accuracy < 0.9 and not column.trusted and column.interval is not None


@pytest.mark.parametrize("held", [80, 0])
def test_a_reader_is_judged_on_one_item_of_each_group_none_of_which_it_has_seen(
    held: int, workspace: Workspace
) -> None:
    reader = read(noise(400, held, of_each=8), workspace)
    assert reader is not None
    column = reader.columns["label"]
    assert column.n == 10 and not column.trusted, "80 items are of ten"


def test_what_can_be_seen_is_trusted_and_kept_with_its_interval(workspace: Workspace) -> None:
    data = noise(120, 40, seen=True)
    reader, again = read(data, workspace), read(data, workspace)
    assert reader is not None and again is not None and again.columns == reader.columns
    [column] = reader.columns.values()
    assert column.accuracy > 0.95 and column.n == 40 and column.trusted


@pytest.mark.parametrize(
    ("column", "trusted"),
    [
        (ReadColumn("a", ("x", "y"), accuracy=0.96, baseline=0.95, n=100, interval=(0.90, 0.98)), False),
        (ReadColumn("a", ("x", "y"), accuracy=0.99, baseline=0.95, n=2000, interval=(0.984, 0.993)), True),
        (ReadColumn("a", ("x", "y"), accuracy=1.0, baseline=0.5, n=3, interval=(0.44, 1.0)), False),
        (ReadColumn("a", ("x", "y"), accuracy=1.0, baseline=0.5), False),
        (ReadColumn("a", (), accuracy=0.85, n=50, interval=(0.6, 0.9), kind="quantity"), True),
        (ReadColumn("a", (), accuracy=0.85, n=5, interval=(-0.2, 0.9), kind="quantity"), False),
    ],
)
def test_no_trust_without_an_interval_above_chance(column: ReadColumn, trusted: bool) -> None:
    assert column.trusted is trusted
