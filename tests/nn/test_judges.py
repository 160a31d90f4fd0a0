"""Judges judge items one by one; one of features learns in its heads alone, and its scales tell each other."""

from __future__ import annotations

import pytest
import torch

from trasluz.nn.judges import Discriminator, FeatureJudge, Judge

WIDTHS = (8, 16, 24)


def judges(size: int = 16) -> list[Judge]:
    torch.manual_seed(0)
    return [Discriminator(3, size, WIDTHS), FeatureJudge(3, size, WIDTHS, 5)]


@pytest.mark.parametrize("size", [16, 28, 33])
def test_an_item_is_judged_alike_in_any_company(size: int) -> None:
    x = torch.randn(4, 3, size, size)
    for judge in judges(size):
        together, alone = judge(x), torch.cat([judge(item) for item in x.split(1)])
        assert together.shape == (4,) and torch.allclose(together, alone, atol=1e-5)
        assert judge.features(x).shape[0] == 4


def test_a_judge_of_features_learns_in_its_heads_alone() -> None:
    judge = judges()[1]
    judge(torch.randn(2, 3, 16, 16)).sum().backward()
    learned = {name.partition(".")[0] for name, p in judge.named_parameters() if p.grad is not None}
    assert learned == {"heads"}


def test_what_is_made_feels_a_judge_of_features_at_every_pixel() -> None:
    x = torch.randn(1, 3, 16, 16, requires_grad=True)
    judges()[1](x).sum().backward()
    assert x.grad is not None and x.grad.abs().sum(1).min() > 0


def test_coarse_features_are_mixed_into_the_fine_and_not_the_other_way() -> None:
    judge = judges()[1]
    assert isinstance(judge, FeatureJudge)
    levels = [torch.randn(1, 8, 8, 8), torch.randn(1, 16, 4, 4)]
    fine, coarse = judge.mixing(levels)
    other_fine, other_coarse = judge.mixing([levels[0], levels[1] + 1])
    assert not torch.allclose(fine, other_fine) and not torch.allclose(coarse, other_coarse)
    assert torch.equal(judge.mixing([levels[0] + 1, levels[1]])[1], coarse)


def test_every_scale_has_a_verdict_and_the_logit_is_their_mean() -> None:
    judge, x = judges()[1], torch.randn(3, 3, 16, 16)
    perceived, codes = judge.perceive(x)
    verdicts = judge.verdicts(perceived)
    assert verdicts.shape == (3, len(perceived)) and codes is not None and codes.shape == (3, 5)
    assert torch.allclose(judge(x), verdicts.mean(1))
