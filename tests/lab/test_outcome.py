"""What a direction does is told with n, interval, ceiling and the worst; its strength is chosen on other items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

import painted
import trasluz as tl
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Silent
from trasluz.io.workspace import Workspace
from trasluz.lab.judging import outcome
from trasluz.lab.judging.evidence import Rows
from trasluz.lab.judging.reader import SHARED, ReadColumn, Reader, reader_for
from trasluz.lab.judging.sentence import sentence_of
from trasluz.lab.work.searched import FEWEST, divided
from trasluz.nn.reader import ReaderConfig, ReaderNetwork
from trasluz.spaces.column import Column
from trasluz.spaces.data import Dataset
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import Effects, Verdict
from trasluz.spaces.shares import Share

COLOUR = ReadColumn("colour", ("blue", "red"), accuracy=1.0, n=100, interval=(0.96, 1.0))
SIZE = ReadColumn("size", (), 10.0, 2.0, 0.9, 0.0, 100, (0.8, 0.95))
HAIR = ReadColumn("hair", ("long", "short"), accuracy=1.0, n=100, interval=(0.96, 1.0))


def said(*places: int) -> torch.Tensor:
    """Scores of a column with two values, sure of one each."""
    return torch.nn.functional.one_hot(torch.tensor(places), 2).float()


def test_what_was_read_wrongly_before_is_not_lost() -> None:
    known = Column.of("colour", ["red", "red", "blue", "blue"])
    before, after = said(1, 0, 0, 0), said(0, 1, 0, 1)  # one put right, two put wrong
    value, low, high = outcome.lost(COLOUR, after, before, known)
    assert value == 0.25 and -1 <= low < value < high <= 1
    assert outcome.lost(COLOUR, after, before, None)[0] == 0.75, "where nothing is known, what is read before is right"
    assert outcome.lost(COLOUR, before, before, known)[0] == 0
    numbers = Column.quantity("size", np.array([10.0, 10.0, np.nan]))
    at, moved = torch.tensor([[10.4], [14.0], [9.0]]), torch.tensor([[10.9], [14.0], [11.5]])
    assert outcome.lost(SIZE, moved, at, numbers)[0] == pytest.approx(1 / 3, abs=1e-3), "more than half a sigma off"


def test_the_interval_of_a_loss_covers_it() -> None:
    """Agresti and Min's interval of paired shares, on pairs whose true difference is known."""
    rng, inside, trials, n = np.random.default_rng(0), 0, 400, 60
    for _ in range(trials):
        cells = rng.choice(3, n, p=[0.2, 0.05, 0.75])  # put wrong, put right, as before
        before = said(*[int(c == 1) for c in cells])
        after = said(*[int(c == 0) for c in cells])
        _, low, high = outcome.lost(COLOUR, after, before, Column.of("colour", ["blue"] * n))
        inside += low <= 0.15 <= high
    assert 0.92 <= inside / trials <= 0.99


def test_the_strength_is_where_most_is_reached_and_least_lost() -> None:
    steps = (0.0, 0.5, 1.0, 1.5)
    best = outcome.chosen_strength
    assert best(steps, (0, 0.5, 0.9, 1.0), (0, 0, 0.02, 0.5), None) == 1.0
    assert best(steps, (0, 0.5, 0.9, 1.0), (0, 0, 0.02, 0.03), None) == 1.5
    assert best(steps, (0, 0.8, 0.9, 1.0), (0, 0, 0.02, 0.03), 0.8) == 0.5, "beyond the ceiling nothing is gained"
    assert best(steps, (0, 0.5, 0.9, 1.0), (0, 0, 0.02, 0.03), 0.5) == 1.5, "where it is low, it is no limit"
    assert best(steps, (0, 0.99, 1.0, 1.0), (0, 0, 0, 0), None) == 0.5, "no farther than it helps"
    assert best(steps, (0.3, 0.3, 0.35, 0.4), (0, 0, 0, 0), None) is None, "none reaches more than stays put"
    both = (-1.0, 0.0, 1.0)
    assert best(both, (0.9, 0.1, 0.6), (0, 0, 0), None) == 1.0, "backwards is no way to it"


def rows(n: int, known: int) -> Rows:
    names = ["warm" if i % 3 == 0 else "cold" for i in range(known)]
    column = Column.of("mood", [*names, *[None] * (n - known)])
    return Rows("mine", "", torch.arange(n).float()[:, None].expand(n, 3), {"mood": column})


def test_items_to_find_on_and_to_measure_on_are_no_item_twice() -> None:
    found, held = divided(rows(400, 400), "mood=warm", 0)
    a, b = ({float(z[0]) for z in part.latents} for part in (found, held))
    assert len(a) == 300 and len(b) == 100 and not a & b
    few, others = divided(rows(400, 60), "mood=warm", 0)
    assert len(few.latents) == 60 and len(others.latents) == 340, "measured on those that no label names"
    same, too = divided(rows(FEWEST - 1, FEWEST - 1), "mood=warm", 0)
    assert same is too, "too few to hold any out"


def test_movers_have_not_the_value_and_are_no_item_twice() -> None:
    space = painted.model().space()
    found = outcome.movers("mood=warm", space, rows(300, 300), 48, 100, 0)
    tried, told, bear = ({int(z[0]) for z in part} for part in (found.tried, found.told, found.bearers))
    assert (len(tried), len(told), len(bear)) == (48, 100, 100) and found.apart
    assert not tried & told and all(i % 3 for i in tried | told) and not any(i % 3 for i in bear)
    read = outcome.movers("mood=warm", space, replace(rows(300, 300), as_read=True), 48, 100, 0)
    assert not len(read.bearers), "what is only read has no ceiling: it is read as it is read"
    few = outcome.movers("mood=warm", space, rows(50, 50), 48, 100, 0)
    assert not few.apart and few.tried is few.told and len(few.told) == 33, "no strength is chosen on a few"
    unaimed = outcome.movers(None, space, rows(300, 300), 48, 100, 0)
    assert len(unaimed.tried) == 48 and not unaimed.apart and not len(unaimed.bearers)


def effects(**change: object) -> Effects:
    values: dict[str, object] = {
        "items": 100, "tried": 48, "chosen": True, "apart": True, "strengths": [0, 0.5, 1], "usual": 0.5,
        "reader": {"name": "r", "accuracy": {}}, "changes": {"colour": [0, 1, 1], "hair": [0, 0.3, 0.4]},
        "changes_by_chance": {"colour": 0.1, "hair": 0.25}, "reached": [0, 0.9, 1], "kept": [1, 0.9, 0.9],
        "reported": {
            "changes": {"colour": 0.71, "hair": 0.3}, "lost": {"hair": [0.2, 0.12, 0.29]}, "kept": 0.97,
            "reached": {"value": 0.71, "n": 100, "interval": [0.61, 0.79]}, "unmoved": {"value": 0.02, "n": 100},
        },
        "ceiling": {"value": 0.99, "n": 80, "interval": [0.93, 1.0]},
    } | change  # fmt: skip
    return Effects.made(values, "colour=red", {"learned": True}, "it")


def told(m: Effects) -> str:
    red = Direction("red", "m", "", "z", torch.ones(3), 1.0, "means", target="colour=red", items=5000, measured=m)
    return sentence_of(red, m)


def test_the_sentence_has_n_interval_ceiling_and_the_worst_by_name() -> None:
    other = {"value": 0.39, "n": 100, "interval": [0.3, 0.49]}
    m = effects(second={"accuracy": 0.99, "reached": other, "ceiling": None, "differs": True})
    text = told(m)
    for part in (
        "71% of the items become colour=red (n = 100, 61 to 79%", "2% are read so unmoved", "99% of 80 true ones",
        "chosen on 48 others", "97% of the rest is kept", "the worst of it, hair, loses 20 points (12 to 29)",
        "a second reader says 39% (n = 100, 30 to 49%)", "found on 5,000 other items",
    ):  # fmt: skip
        assert part in text, text
    assert m.success is not None and m.success.value == 0.71 and m.success.n == 100 and m.worst is not None
    assert Effects.read(m.dump(), "colour=red", {"learned": True}, "it") == m
    low = effects(ceiling={"value": 0.41, "n": 80, "interval": [0.31, 0.52]}, apart=False, no_second="few")
    text = told(low)
    assert "the model hardly holds it: of items with colour=red, merely reconstructed, 41% (n = 80" in text
    assert "found on the same items" in text and "no second opinion" in text


def test_a_file_of_before_still_opens() -> None:
    old = {
        key: value for key, value in effects().dump().items() if key not in ("reported", "ceiling", "tried", "apart")
    }
    old = {key: value for key, value in old.items() if key not in ("chosen", "measured_on")} | {"version": 1}
    found = Effects.read(old, "colour=red", {"learned": True}, "it")
    assert found.reported is None and found.ceiling is None and not found.chosen and found.rest == 0.9


def test_two_readers_disagree_where_one_lies_outside_the_others_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    second = Reader("painted", (COLOUR,), ReaderNetwork(3, 16, [2], other=True), painted.model().representation)
    first = outcome.Reported({}, {}, Share.of(42, 60), Share.of(0, 60), 1.0)
    x = torch.zeros(60, 3, 16, 16)
    for hits, differs in ((42, False), (39, False), (23, True), (60, True)):
        monkeypatch.setattr(outcome, "share_of", lambda *given, hits=hits: Share.of(hits, 60))
        found = outcome.opinion(second, first, x, x[:0], "colour", "red")["second"]
        assert found.differs is differs and found.ceiling is None and found.accuracy == 1
    assert outcome.opinion(None, first, x, x[:0], "colour", "red") == {"no_second": "few"}
    assert outcome.opinion(second, first, x, x[:0], "hair", "long") == {"no_second": "unread"}


def many(n: int) -> Dataset:
    """Painted items, of which the last hundred are for testing."""
    data = painted.data(n)
    split = pa.array(["train"] * (n - 100) + ["test"] * 100)
    table = data.rows.set_column(data.rows.column_names.index("split"), "split", split)
    return Dataset("painted", f"d-many-{n}", data.stored(slice(None)), table, {})


class Heard(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    init = ReaderConfig.__init__
    monkeypatch.setattr(ReaderConfig, "__init__", lambda self, **v: init(self, **{"steps": 80, "warmup": 5, **v}))


def test_a_second_reader_is_of_other_layers_and_other_items(workspace: Workspace, short: None) -> None:
    model, data = painted.model(), many(SHARED + 100)
    first, second = (reader_for(model, data, second=second, workspace=workspace) for second in (False, True))
    assert first is not None and second is not None and second.columns["colour"].trusted
    x = data.tensor(slice(0, 4))
    assert not torch.allclose(first.features(x), second.features(x))
    assert reader_for(model, many(SHARED + 99), second=True, workspace=workspace) is None, "too few for two"
    found = tl.find(model, data=data, target="colour=green", workspace=workspace).one
    m = found.measured
    assert m is not None and m.second is not None and not m.second.differs and m.second.reached.n == m.items
    assert m.ceiling is not None and m.ceiling.value == 1 and m.apart and found.items == SHARED


def test_found_on_items_for_training_and_measured_on_those_for_testing(workspace: Workspace, short: None) -> None:
    data, path, heard = painted.data(), workspace.root.parent / "painted.npz", Heard()
    columns = {name: data.rows.column(name).to_numpy(zero_copy_only=False).astype(str) for name in ("colour", "split")}
    np.savez(path, images=data.stored(slice(None)).transpose(0, 2, 3, 1), **columns)
    found = tl.find(painted.model(), data=str(path), target="colour=green", workspace=workspace, progress=heard).one
    assert any(" train items " in line for line in heard.lines) and any(" test items " in line for line in heard.lines)
    m = found.measured
    assert "--train--" in found.data and m is not None and m.apart and "--test--" in m.measured_on
    assert m.verdict is Verdict.WORKS and found.items == int((columns["split"] == "train").sum())
    named = tl.find(painted.model(), data=painted.data(), target="colour=green", workspace=workspace).one
    train = int((np.array(painted.data().rows.column("split").to_pylist()) == "train").sum())
    assert named.items == train, "of items that are of two parts, those for training"
    m = named.measured
    assert m is not None and m.apart and m.reported is not None and m.ceiling is not None
    assert f"found on {train} other items" in m.sentence and f"(n = {m.items}, " in m.sentence


def test_a_value_that_nobody_can_read_has_no_items_that_show_it(workspace: Workspace, short: None) -> None:
    asked = {"data": painted.data(), "method": "shown", "workspace": workspace}
    found = tl.find(painted.model(), target="colour=green", **asked).one
    m = found.measured
    assert m is not None and m.verdict is Verdict.WORKS and found.details["shown"] == found.details["looked_at"]
    assert m.reached_shuffled is not None and m.reached_shuffled < 0.9, "what is seen goes with the labels"
    with pytest.raises(InvalidArgument, match="cannot be read off"):
        tl.find(painted.model(), target="noise=a", **asked)
    with pytest.raises(InvalidArgument, match="is a quantity"):
        tl.find(painted.model(), target="level", **asked)
