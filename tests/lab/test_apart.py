"""What sets items apart, and names of regions by it: what was put there is found, and what is chance is not told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from columns import HOSTILE
from trasluz.lab.judging.apart import apart, features_of
from trasluz.lab.judging.region_names import region_names
from trasluz.spaces.column import Column

N = 600


def lumps(places: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    which = np.arange(N) % places
    turn = 2 * np.pi * which / places
    return np.stack([8 * np.cos(turn), 8 * np.sin(turn)], 1) + rng.normal(size=(N, 2)), which


def column(name: str, values) -> Column:
    return Column.of(name, list(values))


def some(share: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(N) < share


def test_a_value_that_is_more_frequent_is_claimed_with_its_shares_and_an_exact_p():
    rows = np.arange(N) < 60
    has = np.zeros(N, bool)
    has[:48] = True
    has[100:208] = True
    [one] = apart(features_of([column("glasses", np.where(has, "yes", "no"))]), rows)
    assert (one.column, one.form, one.value) == ("glasses", "value", "yes")
    assert one.inside == 48 / 60 and one.outside == 108 / 540
    exact = stats.fisher_exact([[48, 12], [108, 432]], alternative="greater").pvalue
    assert one.p == pytest.approx(2 * exact)  # two values were asked about


def test_a_difference_that_is_small_is_not_claimed_however_sure_it_is():
    n = 40_000
    rows = np.arange(n) < 20_000
    has = np.where(rows, np.arange(n) % 100 < 55, np.arange(n) % 100 < 50)
    assert apart(features_of([column("x", np.where(has, "a", "b"))]), rows) == []


def test_ranges_dates_words_and_missing_values_are_told():
    rows = np.arange(N) < 80
    rng = np.random.default_rng(1)
    age = np.where(rows, rng.normal(60, 4, N), rng.normal(30, 6, N))
    dates = [f"{2020 if row else 2010}-{1 + i % 12:02d}-{1 + i % 28:02d}" for i, row in enumerate(rows)]
    texts = [f"a photograph {i} of {'the harbour' if row else 'some street'} {i * 7919}" for i, row in enumerate(rows)]
    gone = [None if row else 1.5 + i for i, row in enumerate(rows)]
    columns = [column("age", age), column("day", dates), column("about", texts), column("size", gone)]
    assert [one.kind for one in columns] == ["quantity", "date", "text", "quantity"]
    found = {one.column: one for one in apart(features_of(columns), rows)}
    assert found["age"].form == "range" and found["age"].low > 35 and found["age"].high >= age.max()
    assert found["day"].low >= 18_000 and found["day"].form == "range"  # 2020, in days since 1970
    assert (found["about"].form, found["about"].value) in (("word", "harbour"), ("word", "the"))
    assert (found["size"].form, found["size"].inside, found["size"].outside) == ("missing", 1.0, 0.0)


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_stranger_s_column_holds_shares_are_right(name):
    values, _, _ = HOSTILE[name]
    typed = column(name, values)
    rows = np.arange(len(values)) % 2 == 0
    for one in apart(features_of([typed]), rows):
        assert 0 <= one.outside < one.inside <= 1 and 0 <= one.p <= 0.05
        if one.form == "value":
            has = np.array([text == one.value for text in typed.texts])
        elif one.form == "missing":
            has = typed.missing
        elif one.form == "range":
            has = (typed.numbers >= one.low) & (typed.numbers <= one.high)
        else:
            continue
        assert one.inside == pytest.approx(has[rows].mean()) and one.outside == pytest.approx(has[~rows].mean())


def test_by_chance_next_to_nothing_is_claimed():
    """Of a hundred lassos around nothing in particular, in a table of ten columns."""
    rng = np.random.default_rng(2)
    columns = [column(f"c{i}", rng.integers(0, 6, N).astype(str)) for i in range(8)]
    columns += [column(f"q{i}", rng.normal(size=N)) for i in range(2)]
    features = features_of(columns)
    claimed = sum(bool(apart(features, rng.random(N) < 0.1)) for _ in range(100))
    assert claimed <= 8


# Names of regions ----------------------------------------------------------------------------------------------------


def test_regions_are_named_by_the_value_that_most_of_their_items_have():
    xy, which = lumps()
    kinds = np.array(["cat", "dog", "bird"])[which]
    names = [one for one in region_names(xy, features_of([column("kind", kinds)])) if one.level == 0]
    assert {one.traits[0].value for one in names} == {"cat", "dog", "bird"}
    for one in names:
        mine = xy[kinds == one.traits[0].value]
        assert np.hypot(*(mine.mean(0) - (one.x, one.y))) < 1.5


def test_where_labels_say_nothing_of_the_place_there_is_no_name():
    xy, which = lumps()
    kinds = np.array(["cat", "dog", "bird"])[which]
    rng = np.random.default_rng(3)
    named = sum(bool(region_names(xy, features_of([column("kind", rng.permutation(kinds))]))) for _ in range(25))
    assert named <= 3


def test_one_class_no_labels_and_too_few_items_have_no_names():
    xy, which = lumps()
    assert region_names(xy, features_of([column("kind", ["cat"] * N)])) == []
    assert region_names(xy, []) == []
    few = features_of([column("kind", which[:30].astype(str))])
    assert region_names(xy[:30], few) == []
    assert region_names(np.zeros((N, 2)), features_of([column("kind", which.astype(str))])) == []


def test_a_quantity_names_regions_by_its_range_and_a_second_column_adds_to_a_name():
    xy, which = lumps()
    rng = np.random.default_rng(4)
    size = which * 10 + rng.normal(0, 1, N)
    ranges = [one for one in region_names(xy, features_of([column("size", size)])) if one.level == 0]
    assert len(ranges) == 3 and all(one.traits[0].form == "range" for one in ranges)
    kinds = np.where(which == 0, "cat", np.where(which == 1, "dog", "bird"))
    hats = np.where((which == 0) | some(0.4), "hat", "none")
    names = region_names(xy, features_of([column("kind", kinds), column("hat", hats), column("same", kinds)]))
    cats = next(one for one in names if one.traits[0].value == "cat")
    # What says the same of the same items is no second part.
    assert [trait.value for trait in cats.traits] == ["cat", "hat"]
