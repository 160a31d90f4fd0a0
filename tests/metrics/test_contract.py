"""Every metric keeps to the contract: what it needs, what it says, what it gives; intervals hold what they promise."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch

from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.base.progress import SILENT
from trasluz.metrics import _intervals as intervals
from trasluz.spaces import registry
from trasluz.spaces.figures import Figure, Judge, interval_of_mean, interval_of_share, interval_of_share_in_groups
from trasluz.spaces.methods import MetricEvidence

EVERY = registry.names("metrics")


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def evidence(n: int = 60) -> MetricEvidence:
    """All that a metric may need: pictures, features, latents of two sorts of animal."""
    x, latents = draw(n, 3, 16, 16).sigmoid(), draw(n, 4)
    latents[::3, 0] += 6
    return MetricEvidence(
        x=x, x_hat=(x + 0.05 * draw(n, 3, 16, 16, seed=1)).clamp(0, 1), real=draw(n, 5, seed=2),
        fake=draw(n, 5, seed=3), train=draw(2 * n, 5, seed=4), peers=draw(n, 5, seed=5), latents=latents,
        labels=["cat" if i % 3 == 0 else "dog" for i in range(n)], features="toy",
    )  # fmt: skip


def every_figure(figure: Figure) -> list[Figure]:
    return [figure, *(part for one in figure.further.values() for part in every_figure(one))]


@pytest.mark.parametrize("name", EVERY)
def test_a_metric_says_what_it_is_and_what_it_needs(name: str) -> None:
    metric = registry.get("metrics", name)
    assert metric.title and metric.source and metric.better in ("higher", "lower", None)
    assert metric.needs and metric.config_type()
    assert evidence().missing(metric.needs) == []
    with pytest.raises(InvalidArgument, match=f"the metric {name} needs .*: got no "):
        metric.of()
    with pytest.raises(UnknownName, match="setting"):
        metric.of(evidence(), settings={"kk": 3})


@pytest.mark.parametrize("name", EVERY)
def test_a_figure_has_what_is_needed_to_believe_it(name: str) -> None:
    metric = registry.get("metrics", name)
    found = metric.of(evidence(), seed=3)
    for figure in every_figure(found):
        assert figure.source and 0 < figure.n <= 60
        assert (figure.judge == Judge("toy")) == bool(metric.needs & {"real", "fake", "train"})
        assert figure.interval is not None and figure.interval[0] <= figure.value <= figure.interval[1]
        assert (figure.chance is None) != (figure.real is None), "either chance or real items stand beside it"
    assert found.unit == metric.unit and found.better == metric.better
    assert Figure.read(json.loads(json.dumps(found.dump(), allow_nan=False)), "it").dump() == found.dump()


@pytest.mark.parametrize("name", EVERY)
def test_equal_evidence_and_seed_give_equal_figures(name: str) -> None:
    metric = registry.get("metrics", name)
    assert metric.of(evidence(), seed=3).dump() == metric.of(evidence(), seed=3).dump()
    direct = metric.measure(evidence(), metric.config_type(), 3, SILENT)
    in_features = metric.needs & {"real", "fake", "train"}
    named = direct.judged_by(Judge("toy")) if in_features else direct
    assert named.dump() == metric.of(evidence(), seed=3).dump()


def test_what_the_four_shares_are_of() -> None:
    seen = evidence()
    found = registry.get("metrics", "prdc").of(real=seen.real, fake=draw(90, 5, seed=3), peers=seen.peers)
    assert found.name == "coverage" and set(found.further) == {"precision", "recall", "density"}
    assert (found.n, found.further["recall"].n, found.further["precision"].n) == (60, 60, 90)
    assert found.real is None and found.further["recall"].real is None, "60 cannot cover what 90 do"
    assert found.further["precision"].real is not None
    four = {"coverage": found.value, **{name: part.value for name, part in found.further.items()}}
    assert four == {name: found.details[name] for name in four}


def test_few_items_in_the_samples_place_are_no_comparison() -> None:
    seen = evidence()
    for name in ("frechet", "vendi"):
        assert registry.get("metrics", name).of(real=seen.real, fake=seen.fake, peers=draw(50, 5)).real is None


def test_by_chance_is_where_nothing_is_to_be_found() -> None:
    seen = evidence(300)
    psnr, knn = (registry.get("metrics", name).of(seen) for name in ("psnr", "knn"))
    assert psnr.chance is not None and psnr.value - psnr.chance > 5, "another picture's reconstruction is none"
    assert knn.chance == pytest.approx(2 / 3)
    known = registry.get("metrics", "probe").of(latents=seen.latents, labels=seen.latents[:, 0].tolist())
    assert known.name == "R²" and known.chance == 0 and known.interval is not None and known.interval[0] > 0.99


def test_one_item_has_a_figure_and_no_interval() -> None:
    x = draw(1, 3, 8, 8).sigmoid()
    found = registry.get("metrics", "psnr").of(x=x, x_hat=x)
    assert found.value == 100 and found.interval is None and found.chance is None


def test_a_share_of_all_or_none_is_not_sure() -> None:
    low, high = interval_of_share(10, 10) or (0, 0)
    assert low == pytest.approx(0.7225, abs=1e-3) and high == 1, "Wilson 1927"
    assert interval_of_share(0, 10) == pytest.approx((0, 1 - 0.7225), abs=1e-3)
    assert interval_of_share(1, 1) is None


def covered(interval_of: Any, truth: float, times: int) -> float:
    found = [interval_of(k) for k in range(times)]
    return float(np.mean([low <= truth <= high for low, high in found]))


def test_nineteen_in_twenty_intervals_hold_the_truth() -> None:
    def of_mean(k: int) -> tuple[float, float]:
        return intervals.of_mean(draw(100, seed=k), k) or (math.nan, math.nan)

    def of_share(k: int) -> tuple[float, float]:
        hits = int((torch.rand(80, generator=torch.Generator().manual_seed(k)) < 0.9).sum())
        return interval_of_share(hits, 80) or (math.nan, math.nan)

    def of_halves(k: int) -> tuple[float, float]:
        x = draw(100, seed=k)
        value = {"mean": float(x.mean())}
        return intervals.of_halves(value, lambda rows: {"mean": float(x[rows].mean())}, [100], k, 16)["mean"].interval

    def of_few(k: int) -> tuple[float, float]:
        return intervals.of_mean(draw(8, seed=k), k) or (math.nan, math.nan)

    def of_groups(k: int) -> tuple[float, float]:
        return interval_of_mean(draw(4, seed=k).tolist()) or (math.nan, math.nan)

    for how, truth in ((of_mean, 0.0), (of_few, 0.0), (of_share, 0.9), (of_halves, 0.0), (of_groups, 0.0)):
        assert covered(how, truth, 200) == pytest.approx(0.95, abs=0.04), how.__name__


def test_intervals_of_distances_and_shares_hold_what_other_items_give() -> None:
    """Both sets drawn anew, alike and apart: the interval is of the figure, not of one set beside a fixed other one."""
    for shift in (0.0, 0.5):
        seen: dict[str, list[Figure]] = {}
        for k in range(40):
            real, fake = draw(60, 6, seed=2 * k), draw(60, 6, seed=2 * k + 1) + shift
            for name in ("frechet", "prdc", "vendi"):
                found = registry.get("metrics", name).of(real=real, fake=fake, seed=k)
                for i, figure in enumerate((found, *found.further.values())):
                    seen.setdefault(f"{name} {i}", []).append(figure)
        for name, figures in seen.items():
            truth = 6 * shift**2 if name == "frechet 1" else float(np.mean([figure.value for figure in figures]))
            ends = [figure.interval or (math.nan, math.nan) for figure in figures]
            hits = sum(low <= truth <= high for low, high in ends)
            assert hits >= 32, f"{name}, {shift}: {hits} of 40; a binomial of .95 gives fewer in 1 of 10,000"
            spread = float(np.std([figure.value for figure in figures]))
            assert np.mean([high - low for low, high in ends]) < 2 * 3.92 * spread, f"{name}, {shift}: not all there is"


def test_frames_that_hang_together_are_few() -> None:
    assert interval_of_share_in_groups([[True] * 9, [False] * 9]) is None, "two legs say nothing of others"
    alike = interval_of_share_in_groups([[True] * 30] * 3 + [[False] * 30] * 3)
    single = interval_of_share_in_groups([[k % 2 == 0 for k in range(30)]] * 6)
    assert alike is not None and single is not None
    assert alike[1] - alike[0] > 0.6 > 0.3 > single[1] - single[0], "six legs, not 180 frames"
    low, high = interval_of_share_in_groups([[True] * 30] * 4) or (0, 0)
    assert high == 1 and low == pytest.approx(0.51, abs=0.02), "four that all hit"

    def of_legs(k: int) -> tuple[float, float]:
        draw_ = torch.Generator().manual_seed(k)
        place = torch.randn(5, 1, generator=draw_) + 0.5 * torch.randn(5, 7, generator=draw_)
        return interval_of_share_in_groups([[bool(x) for x in leg] for leg in place < 0]) or (math.nan, math.nan)

    assert covered(of_legs, 0.5, 300) >= 0.9


def test_no_halves_no_interval() -> None:
    seen = evidence()
    assert registry.get("metrics", "vendi").of(seen, settings={"halves": 0}).interval is None


def test_few_items_have_shares_and_intervals_of_their_own_alone() -> None:
    found = registry.get("metrics", "prdc").of(real=draw(8, 3), fake=draw(7, 3, seed=1))
    for figure in (found, *found.further.values()):
        assert figure.interval is not None and figure.interval[0] <= figure.value <= figure.interval[1]
