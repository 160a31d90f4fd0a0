"""How well new items separate on a map: blind where it is blind, at chance where labels mean nothing, and silent where
nothing can be said."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch

from trasluz import wrap
from trasluz.atlas.atlas import NEAR, Atlas
from trasluz.lab.encode import encode
from trasluz.lab.judging.new_items import LEAST, NewItems, Trial
from trasluz.lab.map import map
from trasluz.lab.results.plane import Plane
from trasluz.spaces import registry
from trasluz.spaces.column import Column
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import interval_of_rank_correlation
from trasluz.spaces.model import LatentModel

SIZE, N, NEW = 8, 500, 400
"""Side of a picture, items, and how many of them are new, fifty at a time."""
WIDTHS = torch.tensor([3.0, 2.0, 0.6])
"""Of the three dimensions: principal components are in this order."""


def decode(z: torch.Tensor) -> torch.Tensor:
    """Three dimensions are the three colours of a grey picture's three bands."""
    bands = (0.5 + z / 40).clamp(0, 1)
    return bands[:, None, :, None].expand(-1, 3, -1, SIZE).repeat_interleave(3, 2)[:, :, :SIZE].contiguous()


def encode_(x: torch.Tensor) -> torch.Tensor:
    return 40 * (x[:, 0, (0, 3, 6), 0] - 0.5)


def latents(n: int = N) -> torch.Tensor:
    z = torch.randn(n, 3, generator=torch.Generator().manual_seed(3)) * WIDTHS
    # Two classes are apart in the third dimension alone, which no map of two principal components shows.
    z[:, 2] = 0.25 * z[:, 2] + torch.where(torch.arange(n) % 2 == 0, 1.0, -1.0)
    return z


def atlas_of(n: int, workspace: object, **columns: list[object]) -> Atlas:
    z = latents(n)
    pixels = decode(z).mul(255).round().byte().numpy()
    ids = [f"i{i}" for i in range(n)]
    rows = pa.table(
        {"id": ids, "index": list(range(n)), "source": ["made"] * n, "split": ["test"] * n,
         "side": ["up" if i % 2 == 0 else "down" for i in range(n)], "first": z[:, 0].tolist(), **columns}
    )  # fmt: skip
    data = Dataset("made", f"d-made-{n}", pixels, rows, {"licence": "made here"})
    return encode(bands(), data, name=f"bands-{n}", workspace=workspace)


def bands() -> LatentModel:
    return wrap(decode=decode, shape=(3,), encode=encode_, name="bands", identity="bands")


@pytest.fixture
def atlas(workspace: object) -> Atlas:
    return atlas_of(N, workspace)


def trial(atlas: Atlas, method: str = "pca", labels: Column | None = None, seed: int = 0) -> Trial:
    how = registry.get("projections", method)
    texts = None if labels is None else labels.texts
    fitted = how.fit(atlas.latents, how.config_type.make({}), seed, texts)
    return Trial(atlas, fitted, labels=labels, seed=seed)


def figure_of(found: NewItems | None):
    assert found is not None and found.figure is not None, found
    return found.figure


def test_two_classes_apart_in_the_third_dimension_are_not_seen_by_a_map_of_two(atlas: Atlas) -> None:
    figure = figure_of(trial(atlas).of(atlas.typed("side")))
    assert figure.name == "accuracy" and figure.n == NEW and figure.interval is not None
    assert figure.interval[0] < 0.5 < figure.interval[1] and figure.chance == pytest.approx(0.5, abs=0.03)
    assert all(figure.further[view].value > 0.97 for view in ("space", "pixels", "components"))
    assert {one.n for one in figure.further.values()} == {NEW}
    # The map that was told the labels sees them.
    told = figure_of(trial(atlas, "discriminant", atlas.typed("side")).of(atlas.typed("side")))
    assert told.value > 0.97


def test_a_quantity_along_the_first_axis_is_told_by_rank_correlation(atlas: Atlas) -> None:
    found = trial(atlas).of(atlas.typed("first"))
    figure = figure_of(found)
    assert figure.name == "rank correlation" and figure.value > 0.98 and figure.chance == 0
    assert "a rank correlation of" in found.sentence() and "by chance 0" in found.sentence()
    noise = Column.quantity("noise", np.random.default_rng(0).normal(size=N))
    low, high = figure_of(trial(atlas).of(noise)).interval or (1, 1)
    assert low < 0 < high


@pytest.mark.parametrize("method", ["pca", "discriminant"])
def test_of_random_labels_the_interval_covers_chance(atlas: Atlas, method: str) -> None:
    """Also on the map that was made from them, and shows them apart on the items it was made of."""
    covered = 0
    for seed in range(12):
        column = Column.of("coin", np.random.default_rng(seed).permutation(["a", "b"] * (N // 2)).tolist())
        figure = figure_of(trial(atlas, method, column if method == "discriminant" else None).of(column))
        assert figure.interval is not None and figure.chance == pytest.approx(0.5, abs=0.05)
        covered += figure.interval[0] <= 0.5 <= figure.interval[1]
    assert covered >= 10


def test_new_items_have_no_part_in_the_map_they_are_placed_on(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    how = registry.get("projections", "pca")
    seen: list[torch.Tensor] = []
    fit = type(how).fit

    def noted(self, z, *rest):
        seen.append(z)
        return fit(self, z, *rest)

    monkeypatch.setattr(type(how), "fit", noted)
    parts = trial(atlas).parts
    assert len(parts) == 8 and len(seen) == 9  # the map itself first
    for part, rows in zip(parts, seen[1:], strict=True):
        assert torch.equal(rows, atlas.latents[part.others]) and not set(part.held.tolist()) & set(part.others.tolist())
        again = fit(how, rows, how.config_type.make({}), 0)
        assert torch.allclose(again.project(atlas.latents[part.held]), part.xy, atol=1e-5)


def test_a_map_with_a_second_layout_is_tried_on_that_one(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    how = registry.get("projections", "umap")
    fitted = how.fit(atlas.latents, how.config_type.make({"epochs": 60}), 0)
    held = fitted.held_out
    assert held is not None and len(held.rows) == 50 and fitted.round_trip_of == "50 items held out of the layout"
    monkeypatch.setattr(type(how), "fit", lambda *a: pytest.fail("laid out a third time"))
    [part] = Trial(atlas, fitted).parts
    assert torch.equal(part.held, held.rows) and torch.equal(part.xy, held.xy)
    side = figure_of(Trial(atlas, fitted).of(atlas.typed("side")))
    assert side.n == 50 and side.further["space"].value > 0.97
    # One that was kept before has none, and says so.
    state = {name: part for name, part in fitted.state().items() if name not in ("held", "held_xy", "others_xy")}
    before = Trial(atlas, how.open(state)).of(atlas.typed("side"))
    assert before.why == "nothing_held_out" and "earlier versions" in before.sentence()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([None] * N, "no_values"),
        ([float("nan")] * N, "no_values"),
        (["a"] * N, "one_value"),
        ([3.5] * N, "one_value"),
        (["b", *["a"] * (N - 1)], "rare"),
        ([f"only {i}" for i in range(N)], "own_values"),
        (["a", "b", *[None] * (N - 2)], "own_values"),
        (["a", "b"] * 4 + [None] * (N - 8), "few"),
        ([1.5, 2.5, 3.5, *[None] * (N - 3)], "few"),
        (["a"] * (N - 4) + ["b"] * 4, "rare"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_said_the_reason_is(atlas: Atlas, values: list[object], why: str) -> None:
    found = trial(atlas).of(Column.of("mine", values))
    assert found.figure is None and found.why == why
    assert found.sentence().startswith("How well new items separate by mine was not tested: ")
    assert found.dump()["tested"] is False and found.dump()["figure"] is None


def test_of_few_items_nothing_is_said(workspace: object) -> None:
    few = atlas_of(LEAST - 1, workspace)
    assert trial(few).of(few.typed("side")).why == "few"
    two = atlas_of(3, workspace)
    assert trial(two).of(two.typed("side")).figure is None


def test_a_map_that_cannot_be_made_of_the_others_says_so(workspace: object) -> None:
    """All rows but the one that is held out are the same."""
    atlas = atlas_of(12, workspace)
    atlas.latents[:] = 0.0
    atlas.latents[int(trial_row(12))] = 1.0
    found = trial(atlas).of(Column.of("side", ["a", "b"] * 6))
    assert found.why == "no_map" and "differ" in found.sentence()


def trial_row(n: int) -> torch.Tensor:
    from trasluz.geometry.neighbours import parts_held_out

    return parts_held_out(n, 0)[0][0]


def test_rows_without_a_value_neither_ask_nor_answer(atlas: Atlas) -> None:
    """Half of the rows have no label: the others are as they were, and neighbours are those with one."""
    whole = atlas.typed("side").texts
    half = Column.of("side", [value if i % 4 < 2 else None for i, value in enumerate(whole)])
    figure = figure_of(trial(atlas).of(half))
    assert figure.n == pytest.approx(NEW / 2, abs=25) and figure.details["k"] == 15
    assert figure.further["space"].value > 0.85 and figure.details["others"] == pytest.approx(225, abs=25)


def test_what_is_looked_up_once_is_kept(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    first = figure_of(map(atlas, color="side").new_items())
    assert (atlas.folder / NEAR).is_file()
    monkeypatch.setattr(Atlas, "thumbnails", lambda *a: pytest.fail("looked at the pictures again"))
    assert figure_of(map(atlas, color="side").new_items()) == first


def test_damaged_thumbnails_are_left_out_and_said(atlas: Atlas) -> None:
    for file in atlas.folder.glob("thumbnails*"):
        file.write_bytes(b"nothing")
    figure = figure_of(trial(atlas).of(atlas.typed("side")))
    assert set(figure.further) == {"space"} and set(figure.details["not_read"]) == {"pixels", "components"}


def test_the_map_tells_it_draws_it_and_writes_it(atlas: Atlas) -> None:
    plane = map(atlas, color="side")
    found = plane.new_items()
    assert found is not None
    sentence = found.sentence()
    assert sentence.startswith("New items' side is found from the 15 nearest on the map in ")
    assert plane.told().endswith(sentence) and plane.facts()["new_items"]["sentence"] == sentence
    assert "New items" not in repr(plane)
    [note] = [text.get_text() for text in plane.figure().figure.axes[0].texts if "New items" in text.get_text()]
    assert " ".join(note.split()).endswith(sentence)
    other = plane.new_items("first")
    assert other is not None and figure_of(other).name == "rank correlation"
    assert map(bands(), atlas=atlas, sheet=True).told().count("New items") == 0
    assert map(bands(), atlas=atlas, color="measure:torn").new_items() is None


def test_one_s_own_values_are_tried_too(atlas: Atlas) -> None:
    plane = map(atlas, color=[float(i % 2) for i in range(N)])
    assert figure_of(plane.new_items()).further["space"].value > 0.97


def test_the_interval_of_a_rank_correlation_covers_the_truth() -> None:
    draw, inside = np.random.default_rng(0), 0
    from scipy import stats

    for _ in range(200):
        x = draw.normal(size=80)
        y = 0.6 * x + 0.8 * draw.normal(size=80)
        low, high = interval_of_rank_correlation(float(stats.spearmanr(x, y).statistic), 80) or (1, 0)
        inside += low <= 6 / np.pi * np.arcsin(0.6 / 2) <= high
    assert 180 <= inside <= 199
    assert interval_of_rank_correlation(1.0, 3) is None and (interval_of_rank_correlation(1.0, 50) or (0, 0))[1] == 1.0


def test_trustworthiness_is_told_with_what_chance_has(atlas: Atlas) -> None:
    plane: Plane = map(atlas, color="side")
    trust, continuity = plane.trustworthiness, plane.continuity
    assert trust is not None and continuity is not None and trust.n == N
    assert trust.value > trust.chance + 0.3 and continuity.value > 0.95  # type: ignore[operator]
    assert "Trustworthiness" in plane.told() and plane.facts()["trustworthiness"]["value"] == trust.value
