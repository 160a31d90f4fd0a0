"""Every judgement has a guard. Taken out, one after the other, and the obvious rule put in its place, each judgement is
wrong: it sees what is not there. What is tried is what the benchmark of judgements tries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from benchmarks._judgements import Ground, Trials, beyond_chance, draws, named, sides

import trasluz as tl
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.io.workspace import Workspace
from trasluz.lab.judging import reader, separation, support
from trasluz.lab.judging.evidence import Rows, as_target
from trasluz.lab.judging.reader import ReadColumn
from trasluz.projections import discriminant
from trasluz.spaces import registry
from trasluz.spaces.column import Column
from trasluz.spaces.effects import Effects
from trasluz.spaces.methods import Evidence


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(Workspace(tmp_path))


def alarms(trials: Trials, n: int, count: int) -> float:
    """The share of cases with nothing in them where something is said to be there."""
    found = Counter(trials(n, False, 0, count))
    assert found[None] == 0, "it is tested"
    return found[True] / count


def test_without_items_held_out_many_coins_are_learned(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alarms(ground.learned("means"), 400, 30) <= 0.2

    def on_what_it_saw(how: Any, given: Any, held: Any, config: Any, seed: int) -> Any:
        [arrow] = how.find(given, 1, config, seed, SILENT)
        return separation._scores(arrow, given.latents[held])

    monkeypatch.setattr(separation, "_held_out_scores", on_what_it_saw)
    assert alarms(ground.learned("means"), 400, 30) >= 0.9


def test_without_permutations_few_coins_are_learned(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old rule: better than three directions on shuffled labels. With the guard: test_separation."""
    monkeypatch.setattr(separation, "PERMUTATIONS", 3)
    monkeypatch.setattr(separation, "_tail", lambda value, chance: 0.0 if value > max(chance) else 1.0)
    assert alarms(ground.learned("means"), 60, 30) >= 0.15, "one in four, as the best of four comes first"


def test_a_reader_that_is_judged_on_what_it_saw_is_trusted_with_coins(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the guard: test_reader."""
    monkeypatch.setattr(reader, "_parts", lambda whole: (whole, whole))
    assert alarms(ground.trusted, 50, 8) >= 0.9


def test_three_in_a_row_are_no_proof() -> None:
    """Without its interval, a reader that was right three times out of three is right always."""
    lucky = ReadColumn("coin", ("heads", "tails"), accuracy=1.0, baseline=0.5, n=3, interval=(0.44, 1.0))
    assert not lucky.trusted
    assert replace(lucky, interval=(1.0, 1.0), n=8).trusted and not replace(lucky, interval=(1.0, 1.0)).trusted


def test_measured_to_means_alone_every_draw_of_the_prior_is_off_the_data(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dimensions that a model does not use have means near 0, and draws as wide as the prior."""
    used, d = 2, ground.space.shape[0]

    def posterior(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mu = ground.space.encode(x).clone()
        mu[:, used:] *= 0.01
        return mu, torch.cat([torch.full((len(x), used), -9.0), torch.zeros(len(x), d - used)], 1)

    model = tl.wrap(ground.space.decode, (d,), posterior=posterior, name="hardly", identity="hardly")
    data = ground.data("hardly", draws(400, "items", 0), {}, 400)
    atlas = tl.encode(model, data, workspace=ground.workspace)
    new = draws(60, "new", 1)
    asked = support.unsupported(new, atlas, model.space())
    assert asked is not None and asked <= 6
    whole = support.Support.fit
    monkeypatch.setattr(support.Support, "fit", lambda rows, log_var=None: whole(rows))
    support._kept.clear()
    without = support.unsupported(new, atlas, model.space())
    assert without is not None and without >= 54


def test_on_the_rows_it_was_fitted_on_a_map_parts_coins(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alarms(ground.discriminant, 100, 20) <= 0.1

    def fitted(y: torch.Tensor, codes: torch.Tensor, count: int, shrinkage: float | None, seed: int) -> list[float]:
        along = y @ discriminant._directions(y, codes, count, shrinkage).T
        one, two = (discriminant._between(v, codes, count) for v in along.T)
        return [one, two, 0.01, float(len(y)), 0.9 * one, min(1.0, 1.1 * one)]

    monkeypatch.setattr(discriminant, "_cross_validated", fitted)
    assert alarms(ground.discriminant, 100, 20) == 1.0


def test_an_item_that_is_its_own_neighbour_tells_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    from trasluz.metrics import knn

    metric = registry.get("metrics", "knn")

    def told() -> bool | None:
        z, labels = sides(100, False, 0)
        return beyond_chance(metric.of(latents=z, labels=labels, settings={"k": 1}))

    assert told() is False
    kept = knn.nearest
    monkeypatch.setattr(knn, "nearest", lambda a, b, k, itself: kept(a, b, k))
    assert told() is True


@pytest.mark.parametrize("trials", [lambda g: g.copied, lambda g: g.off_data])
def test_without_an_interval_half_of_new_samples_are_none(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, trials: Callable[[Ground], Trials]
) -> None:
    """A share above one in twenty is what every other set of new items gives."""
    assert alarms(trials(ground), 100, 60) <= 0.2
    from trasluz.metrics import novelty

    monkeypatch.setattr(novelty, "interval_of_share", lambda hits, n, limit_of=None: (hits / n, hits / n))
    assert alarms(trials(ground), 100, 60) >= 0.3


def test_what_changes_along_every_direction_is_not_dragged_along() -> None:
    values: dict[str, Any] = {
        "items": 48, "strengths": [0.0, 2.0], "usual": 2.0, "reader": {"name": "r", "accuracy": {"hat": 1, "hair": 1}},
        "changes": {"hat": [0.0, 0.9], "hair": [0.0, 0.4]}, "reached": [0.0, 0.9], "kept": [1.0, 0.6],
        "reached_by_chance": 0.1,
    }  # fmt: skip

    def dragged(chance: dict[str, float]) -> bool:
        made = Effects.made({**values, "changes_by_chance": chance}, "hat=red", {}, "effects")
        return next(one.clear for one in made.effects if one.column == "hair")

    assert not dragged({"hat": 0.1, "hair": 0.38}) and dragged({"hat": 0.1, "hair": 0.0})


def test_what_is_there_is_found(ground: Ground) -> None:
    """The same judgements, so that none of them keeps from false alarms by saying nothing."""
    for trials, n in ((ground.learned("means"), 100), (ground.learned("regression"), 400), (ground.copied, 100),
                      (ground.off_data, 100), (ground.neighbours, 400)):  # fmt: skip
        found = Counter(trials(n, True, 0, 5))
        assert found[True] == 5, trials
    assert named([True, False]) == ["yes", "no"]


@pytest.mark.parametrize(
    ("values", "target", "said"),
    [([None] * 40, "c=a", "no item has a value of c"), ([float("nan")] * 40, "c", "no item has a value of c"),
     (["a"] * 40, "c=a", "one value only"), ([4.5] * 40, "c", "one value only")],
)  # fmt: skip
def test_a_column_that_tells_nothing_gets_a_line_and_no_verdict(values: list[Any], target: str, said: str) -> None:
    rows = Rows("rows", "", draws(40, "items", 0), {"c": Column.of("c", values)})
    with pytest.raises(InvalidArgument, match=said):
        as_target(rows, target)


def test_of_one_item_or_fewer_items_than_dimensions_nothing_is_said(ground: Ground) -> None:
    """One of sixty has the value; ten items of 64 dimensions; a column that is known of nobody."""
    how = registry.get("finders", "means")
    for n, having in ((60, 1), (10, 5), (60, 0)):
        y = (torch.arange(n) < having).float()
        found = separation.separation(how, Evidence(ground.space, draws(n, "few", 0), y), how.config_type(), 0)
        assert found is not None and found.learned is None and found.p is None and "not tested" in found.how
