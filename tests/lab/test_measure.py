"""A model measured: what can be had is measured on what was gathered once, what cannot says why."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

import toy_models as toys
import trasluz as tl
from trasluz.base.errors import InvalidArgument, NotInvertible, TrasluzError, UnknownName
from trasluz.io.workspace import Workspace
from trasluz.lab.results.measurements import Measurements
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import Judge

REBUILT, SAMPLED, TOLD = {"psnr", "ssim"}, {"frechet", "prdc", "vendi", "novelty"}, {"knn", "probe"}


@pytest.fixture(autouse=True)
def _features_are_pixels(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    """A reader of labels takes a minute to be trained."""
    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", lambda *a, **k: None)


def animals(n: int = 160, labels: dict[str, list[Any]] | None = None, split: str | None = None) -> Dataset:
    """Dark cats and light dogs, of any number."""
    rng = np.random.default_rng(0)
    light = np.arange(n) % 2
    pixels = np.clip((60 + 130 * light)[:, None, None, None] + rng.integers(-40, 41, (n, 3, 16, 16)), 0, 255)
    rows = {
        "id": [f"i{i}" for i in range(n)],
        "index": list(range(n)),
        "source": ["two"] * n,
        "split": [split or ("test" if i % 5 < 3 else "train") for i in range(n)],
        **(labels if labels is not None else {"species": [("cat", "dog")[k] for k in light]}),
    }
    return Dataset("animals", f"d-animals-{n}-{split}", pixels.astype(np.uint8), pa.table(rows), {"licence": "CC0"})


def names(found: Measurements) -> set[str]:
    return {one.metric for one in found}


def test_a_model_with_an_encoder_has_every_figure() -> None:
    found = tl.measure(toys.coded(), data=animals(), n=50)
    assert names(found) == set(registry.names("metrics")) == REBUILT | SAMPLED | TOLD and not found.left_out
    assert found.space == "z" and found.data == "animals" and found.features == "pixels (16 x 16 means)"
    for one in found:
        assert one.figure.interval is not None and one.figure.n <= 50
        assert (one.figure.chance is None) != (one.figure.real is None)
    assert found["knn"] is found["knn:species"] and found["knn"].value > 0.9 > 0.6 > (found["knn"].chance or 1)
    assert found["prdc"].further["precision"].real == pytest.approx(1, abs=0.3), "real items are like real items"
    assert found["psnr"].n == 50 and "dB" in repr(found)


def test_it_is_the_same_again_and_says_how() -> None:
    model, data = toys.coded(), animals()
    one, two = (tl.measure(model, "vendi", "knn", data=data, n=40, seed=3) for _ in range(2))
    assert one.facts() == two.facts()
    assert tl.measure(model, "vendi", data=data, n=40, seed=4)["vendi"].value != one["vendi"].value
    named = one.call.of("mine")
    assert named.command() == "trasluz measure mine vendi knn --n 40 --seed 3 --data animals"
    assert "figures = tl.measure(model, 'vendi', 'knn', n=40, seed=3, data='animals')" in named.code()
    assert json.loads(json.dumps(one.facts()))["figures"][0]["version"] == 2


def test_what_the_model_gives_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from trasluz.lab.work import gathering

    calls: list[str] = []
    for name in ("decode_all", "encode_all", "draw_all"):
        made = getattr(gathering, name)

        def counted(*args: Any, _name: str = name, _made: Any = made, **kwargs: Any) -> Any:
            calls.append(_name)
            return _made(*args, **kwargs)

        monkeypatch.setattr(gathering, name, counted)
    tl.measure(toys.coded(), data=animals(), n=30)
    assert sorted(calls) == ["decode_all", "decode_all", "draw_all", "encode_all"], "rebuilt once, sampled once"


def test_without_an_encoder_samples_are_measured_and_the_rest_says_why() -> None:
    found = tl.measure(toys.two_spaces(), data=animals(), n=30)
    assert names(found) == SAMPLED and set(found.left_out) == {"psnr", "ssim", "knn:species", "probe:species"}
    assert all("no encoder" in why for why in found.left_out.values()) and found.space is None
    with pytest.raises(NotInvertible, match="no encoder"):
        tl.measure(toys.two_spaces(), "psnr", data=animals())
    with pytest.raises(UnknownName, match=r"Not measured: .*no encoder"):
        found["psnr"]


def test_without_data_only_the_samples_by_themselves_are_measured() -> None:
    found = tl.measure(toys.coded(), n=30)
    assert names(found) == {"vendi"} and found["vendi"].real is None and found.data is None
    assert "does not say what it was trained on" in found.left_out["prdc"]
    with pytest.raises(InvalidArgument, match="Name data to measure against"):
        tl.measure(toys.coded(), "frechet")


def test_where_nothing_is_held_out_nothing_is_called_new() -> None:
    found = tl.measure(toys.coded(), data=animals(split="train"), n=40)
    assert "novelty" in found.left_out and "held out" in found.left_out["novelty"]
    assert found["frechet"].real is None, "training items in the samples' place would be the real ones themselves"
    assert any("may have seen" in note for note in found.notes)


def test_labels_of_every_sort_are_told_or_left_out() -> None:
    n = 400
    labels: dict[str, list[Any]] = {
        "kind": [("cat", "dog")[i % 2] for i in range(n)],
        "light": [i % 2 + i / n for i in range(n)],
        "name": [f"somebody {i}" for i in range(n)],
        "day": [str(date(2024, 1, 1) + timedelta(days=200 * (i % 2) + i // 10)) for i in range(n)],
        "many": [f"street {i % 260}" for i in range(n)],
        "one": ["same"] * n,
        "few": [("a", "b")[i % 2] if i < 9 else None for i in range(n)],
    }
    found = tl.measure(toys.coded(), data=animals(n, labels), n=200)
    there = {one.name for one in found if one.metric in TOLD}
    assert {"knn:kind", "probe:kind", "probe:light"} <= there and found["probe:light"].name == "R²"
    # A date is a scale as it is on a map: its days are told, and have no neighbours of the same name.
    assert found["probe:day"].name == "R²" and found["probe:day"].value > 0.8
    assert "quantities" in found.left_out["knn:day"]
    # What a column is, the whole of the data says, however few different texts a part of it has.
    some = tl.measure(toys.coded(), "knn", columns=["kind", "many"], data=animals(n, labels), n=60)
    assert "is text" in some.left_out["knn:many"]
    assert "quantities" in found.left_out["knn:light"] and "names items" in found.left_out["probe:name"]
    assert all("two labels" in found.left_out[name] for name in ("knn:one", "probe:one"))
    assert "eight labelled" in found.left_out["probe:few"]
    only = tl.measure(toys.coded(), "knn", columns="kind", data=animals(n, labels), n=60)
    assert [one.name for one in only] == ["knn:kind"] and not only.left_out
    with pytest.raises(InvalidArgument, match="several of knn"):
        tl.measure(toys.coded(), "knn", columns=["kind", "few"], data=animals(n, labels), n=60)["knn"]
    with pytest.raises(UnknownName, match="Did you mean kind"):
        tl.measure(toys.coded(), columns="kinds", data=animals(n, labels), n=60)
    without = tl.measure(toys.coded(), data=animals(60, {}), n=30)
    assert "have no labels" in without.left_out["knn"]


def test_a_condition_on_a_column_chooses_the_real_items_too() -> None:
    labels = {"label": [i % 3 for i in range(240)]}
    found = tl.measure(toys.conditioned(), "prdc", data=animals(240, labels), given={"label": 1}, n=30)
    assert found.notes[0] == "Real items are those that meet the condition" and len(found.notes) == 2
    assert found["prdc"].details["real"] == 30
    other = tl.measure(toys.conditioned(), "prdc", data=animals(), given={"label": 1}, n=30)
    assert any("no column for the condition" in note for note in other.notes)


@pytest.mark.parametrize(
    ("metrics", "options", "match"),
    [
        (["prcd"], {}, "Did you mean prdc"),
        (["prdc"], {"settings": {"kk": 3}}, "unknown setting"),
        (["prdc"], {"settings": {"k": "many"}}, "setting k"),
        (["prdc", "knn"], {"settings": {"k": 3}}, "settings are of one metric"),
        ([], {"settings": {"k": 3}}, "settings are of one metric"),
        (["prdc"], {"n": 5}, "need more items"),
        (["prdc"], {"n": 1}, "number of items"),
        (["psnr"], {"space": "w"}, "unknown space"),
        (["psnr"], {"data": toys.pictures(60, size=8)}, "cannot change its form"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_measured_is_one_clear_line(metrics: list[str], options: dict[str, Any], match: str) -> None:
    with pytest.raises(TrasluzError, match=match) as refused:
        tl.measure(toys.coded(), *metrics, **{"data": animals(), "n": 30, **options})
    assert "\n" not in str(refused.value)


def test_settings_change_the_figure() -> None:
    one, five = (tl.measure(toys.coded(), "knn", data=animals(), n=60, settings={"k": k})["knn"] for k in (1, 5))
    assert (one.details["k"], five.details["k"]) == (1, 5)


class Seeded:
    """A judge that looks at a picture in its own way, by its seed."""

    def __init__(self, seed: int) -> None:
        self.name, self.seed = "reader(animals, 1 columns)", seed
        self.judge = Judge(self.name, f"weights-{seed}")

    def features(self, x: torch.Tensor) -> torch.Tensor:
        draw = torch.Generator().manual_seed(self.seed)
        return x.flatten(1) @ torch.randn(x[0].numel(), 6, generator=draw)


def test_a_trained_judge_is_one_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def reader_for(*_: Any, seed: int = 0, **__: Any) -> Seeded:
        asked.append(seed)
        return Seeded(seed)

    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", reader_for)
    model, data = toys.coded(), animals(400)
    one = tl.measure(model, "frechet", "prdc", data=data, n=60)
    assert asked == [0] and not one["frechet"].by_judge and any("--judges 3" in note for note in one.notes)
    three = tl.measure(model, "frechet", "prdc", data=data, n=60, judges=3)
    assert asked == [0, 0, 1, 2] and not any("--judges 3" in note for note in three.notes)
    found = three["frechet"]
    assert found.value == one["frechet"].value == found.by_judge[0] and len(set(found.by_judge)) == 3
    assert found.judge == Judge("reader(animals, 1 columns)", "weights-0") == three.judge
    assert len(three["prdc"].further["recall"].by_judge) == 3 and "by 3 judges" in found.told()
    assert [name for name, *_ in three.beside(one)] == ["frechet", "prdc"]
    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", lambda *_, **__: Seeded(7))
    other = tl.measure(model, "frechet", data=data, n=60)
    with pytest.raises(InvalidArgument, match="made by different judges"):
        three.beside(other)


def test_pixels_are_no_judge_that_is_trained() -> None:
    found = tl.measure(toys.coded(), "vendi", data=animals(), n=30, judges=3)
    assert not found["vendi"].by_judge and any("nobody trains" in note for note in found.notes)


def test_what_real_items_give_is_of_items_that_nobody_has_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    model = toys.coded()
    enough = tl.measure(model, "frechet", data=animals(400), n=100)
    assert enough["frechet"].real is not None and not any("Too few" in note for note in enough.notes)
    scarce = tl.measure(model, "frechet", data=animals(160), n=60)
    assert scarce["frechet"].real is not None and any("training items" in note for note in scarce.notes)
    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", lambda *_, **__: Seeded(0))
    trained = tl.measure(model, "frechet", data=animals(160), n=60)
    assert trained["frechet"].real is None, "the judge has seen the training items"
    assert any("-n 48" in note for note in trained.notes)
    assert tl.measure(model, "frechet", data=animals(160), n=48)["frechet"].real is not None
    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", lambda *_, **__: None)
    none = tl.measure(model, "frechet", data=animals(160), n=90)
    assert none["frechet"].real is None and any("-n 64" in note for note in none.notes)


LIGHT = """
from trasluz.spaces.methods import Metric

class Lightness(Metric):
    "How light samples are."
    name, title, source, better = "lightness", "Mean lightness", "none", None
    needs = frozenset({NEEDS})

    def measure(self, evidence, config, seed, progress):
        BODY
"""


@pytest.mark.parametrize(
    ("needs", "body", "told"),
    [
        ("'x'", "return self.figure(float(evidence.x.mean()), len(evidence.x))", ""),
        ("'x'", "return 3", "the metric lightness gives no Figure: got int"),
        ("'x'", "raise ValueError('no')", "the metric lightness failed: ValueError: no"),
        ("'weather'", "return 3", "needs something that is not available: got weather"),
    ],
)
def test_a_metric_of_somebody_else_is_measured_or_says_what_is_wrong(
    plugin: Any, needs: str, body: str, told: str
) -> None:
    text = LIGHT.replace("NEEDS", needs).replace("BODY", body)
    plugin("outside", {"metrics": {"lightness": "outside_light:Lightness"}}, outside_light=text)
    sys.modules.pop("outside_light", None)
    found = tl.measure(toys.coded(), data=animals(), n=20)
    assert "psnr" in names(found), "all others are measured"
    if not told:
        assert found["lightness"].value == pytest.approx(float(animals().split("test").tensor(range(20)).mean()))
    else:
        assert told in found.left_out["lightness"] and torch.is_grad_enabled()
