"""The Vendi score: how many different items there are in effect, and what its authors' library says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument
from trasluz.metrics import vendi
from trasluz.metrics.vendi import Vendi, vendi_score
from trasluz.spaces import registry


def draw(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_copies_are_one_and_strangers_are_as_many_as_they_are():
    assert vendi_score(draw(1, 9).expand(20, 9)) == pytest.approx(1)
    assert vendi_score(torch.eye(7)) == pytest.approx(7)
    assert vendi_score(torch.eye(3).repeat(50, 1)) == pytest.approx(3), "three kinds, fifty of each"
    assert vendi_score(draw(1, 9)) == pytest.approx(1)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_the_score_lies_between_one_and_what_there_is_and_size_does_not_matter(n: int, d: int, seed: int):
    x = draw(n, d, seed)
    found = vendi_score(x)
    assert 1 - 1e-9 <= found <= min(n, d) + 1e-9
    assert vendi_score(x * torch.linspace(0.1, 9, n)[:, None]) == pytest.approx(found, rel=1e-4)
    assert vendi_score(torch.cat([x, x])) == pytest.approx(found, rel=1e-6), "twice the same is not more varied"


@pytest.mark.filterwarnings("ignore:Please import `csr_matrix`:DeprecationWarning")
@pytest.mark.parametrize(("n", "d"), [(200, 12), (12, 200), (50, 50)])
def test_it_is_that_of_its_authors(n: int, d: int):
    from vendi_score import vendi as theirs

    x = draw(n, d).double() + 0.5
    expected = theirs.score_X(x.numpy(), normalize=True)
    assert vendi_score(x) == pytest.approx(float(expected), rel=1e-6)
    assert vendi_score(x) == pytest.approx(float(theirs.score_dual(x.numpy(), normalize=True)), rel=1e-6)


def test_the_metric_names_its_extractor(monkeypatch: pytest.MonkeyPatch):
    metric = Vendi()
    assert isinstance(registry.get("metrics", "vendi"), Vendi)
    found = metric.of(fake=torch.eye(4), features="toy")
    assert found.value == pytest.approx(4) and found.n == 4 and found.details["extractor"] == "toy"
    monkeypatch.setattr(vendi, "WIDEST", 5)
    assert vendi_score(draw(30, 5)) > 1, "many items of few features are no matter"
    for x, word in (
        (draw(6, 6), "too many items"),
        (torch.zeros(3, 4), "all zero"),
        (torch.full((3, 4), np.nan), "finite"),
        (torch.zeros(0, 4), "rows of numbers"),
    ):
        with pytest.raises(InvalidArgument, match=word):
            metric.of(fake=x)
