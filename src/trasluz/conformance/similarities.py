"""What a measure of similarity keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch import Tensor

from trasluz.conformance import _case
from trasluz.conformance._case import Case, left_alone, refused, want
from trasluz.conformance._ground import cloud, draws
from trasluz.spaces.similarity import Similarity

N, D = 80, 5


@final
@dataclass(frozen=True)
class SimilarityCase(Case):
    """A measure."""

    row: ClassVar[str] = "similarities"
    measure: Similarity

    @property
    def who(self) -> str:
        return str(self.measure.name)


def cases(measure: Similarity) -> list[SimilarityCase]:
    return [SimilarityCase(measure)]


def check_names(case: SimilarityCase) -> None:
    """Name, title, source and docstring say something."""
    _case.said(case.measure, ("name", "title", "source"))


def check_same(case: SimilarityCase) -> None:
    """A space has the most with itself, and as much when it is turned, scaled and moved."""
    z = cloud(N, (D,))
    turn = torch.linalg.qr(draws(D, D, purpose="a turn")).Q
    most = case.measure.most
    for what, other in (("itself", z), ("itself, turned, scaled and moved", 3 * z @ turn + 2)):
        value = case.measure.of(z, other)
        # Correlations within a latent are not the same after a turn.
        slack = 0.35 if what != "itself" else 1e-2
        want(abs(value - most) <= slack * abs(most), f"a space and {what} have {value:.3g}, not {most:g}")


def check_chance(case: SimilarityCase) -> None:
    """Spaces that share nothing have less than a space and itself, and than one with a little noise."""
    z = cloud(N, (D,))
    near, none = z + 0.3 * draws(N, D, purpose="noise"), draws(N, D, purpose="another space")
    values = [case.measure.of(z, other) for other in (z, near, none)]
    want(values[0] > values[1] > values[2], f"itself, nearly itself and nothing shared have {values}")


def check_order(case: SimilarityCase) -> None:
    """The items' order does not matter; the second space in an order is the second space in that order."""
    a, b = cloud(N, (D,)), draws(N, 7) + torch.nn.functional.pad(cloud(N, (D,)), (0, 2))
    order = torch.randperm(N, generator=torch.Generator().manual_seed(2))
    one, two = case.measure.of(a, b), case.measure.of(a[order], b[order])
    slack = 0.2 if case.measure.name in ("relative", "wasserstein") else 1e-6  # which rest on some of the items
    want(abs(one - two) <= slack, f"items in another order have {two:.6g}, not {one:.6g}")
    made_a, made_b = case.measure.prepare(a.double()), case.measure.prepare(b.double())
    moved = case.measure.compare(made_a, made_b, order)
    wanted = case.measure.compare(made_a, case.measure.prepare(b.double()[order]))
    want(abs(moved - wanted) <= 1e-6, f"a second space in an order has {moved:.6g}, and so ordered {wanted:.6g}")


def check_symmetric(case: SimilarityCase) -> None:
    """Where it says that the spaces may change places they may."""
    if case.measure.is_symmetric:
        a, b = cloud(N, (D,)), cloud(N, (D,)) + 0.5 * draws(N, D, purpose="noise")
        one, two = case.measure.of(a, b), case.measure.of(b, a)
        want(abs(one - two) <= 1e-6, f"from one side it is {one:.6g}, from the other {two:.6g}")


def check_shapes(case: SimilarityCase) -> None:
    """Spaces of any shape, wider than there are items, of one dimension, with dimensions that stand still."""
    a = cloud(N, (D,))
    still = torch.cat([cloud(N, (D,)), torch.ones(N, 2)], 1)
    for what, other in (
        ("spatial latents", cloud(N, (2, 3, 3))), ("more dimensions than items", draws(N, 3 * N)),
        ("one dimension", cloud(N, (1,))), ("dimensions that stand still", still), ("items twice", _twice(a)),
    ):  # fmt: skip
        value = case.measure.of(a, other)
        want(isinstance(value, float) and value == value, f"{what} have {value!r}")
        want(value <= case.measure.most + 1e-6, f"{what} have {value:.3g}, more than a space and itself")


def check_inputs(case: SimilarityCase) -> None:
    """Latents stay as they are, and the same call gives the same."""
    a, b = cloud(N, (D,)), draws(N, D)
    with left_alone("a measure", first=a, second=b):
        values = [case.measure.of(a, b) for _ in range(2)]
    want(values[0] == values[1], "the same call gives another value the second time")


def check_refusals(case: SimilarityCase) -> None:
    """Few items, others in the second space, numbers that are not finite, items that do not differ: one clear line."""
    a = cloud(N, (D,))
    for what, first, second in (
        ("seven items", a[:7], a[:7]), ("more items in one space", a, a[:-1]),
        ("numbers that are not finite", a * torch.inf, a), ("items that are all the same", a, torch.ones(N, D)),
    ):  # fmt: skip
        with refused(what):
            case.measure.of(first, second)


def _twice(z: Tensor) -> Tensor:
    """Every other item is the one before it."""
    out = z.clone()
    out[1::2] = out[::2][: len(out[1::2])]
    return out


CHECKS = {
    "names": check_names,
    "same": check_same,
    "chance": check_chance,
    "order": check_order,
    "symmetric": check_symmetric,
    "shapes": check_shapes,
    "inputs": check_inputs,
    "refusals": check_refusals,
}
"""Every check by name."""
