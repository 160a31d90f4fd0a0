"""Items that hang together: windows of one file and copies, found by what they are called and by what they are."""

from __future__ import annotations

import torch

from trasluz.geometry.hanging import first_of, groups_of


def latents(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 6, generator=torch.Generator().manual_seed(seed))


def parts(groups: torch.Tensor | None) -> set[frozenset[int]]:
    assert groups is not None
    return {frozenset(torch.nonzero(groups == one).flatten().tolist()) for one in groups.unique()}


def test_windows_of_a_file_hang_together() -> None:
    ids = ["a.wav#0", "a.wav#1", "b/a.wav#0", "b/a.wav#1", "c.wav", "d#1.png", "d#2.png"]
    assert parts(groups_of(ids)) == {frozenset(one) for one in ((0, 1), (2, 3), (4,), (5,), (6,))}
    assert groups_of([f"{i}.png" for i in range(9)], latents(9)) is None
    assert groups_of([], torch.zeros(0, 6)) is None


def test_copies_hang_together_and_join_the_files_that_they_are_of() -> None:
    z = latents(8)
    z[5] = z[0] * (1 + 1e-7)  # as another batch may give it
    z[6] = z[2]
    ids = ["a.wav#0", "a.wav#1", "b.wav#0", "b.wav#1", "x.png", "y.png", "a.wav#2", "z.png"]
    assert parts(groups_of(ids, z)) == {frozenset(one) for one in ((0, 1, 2, 3, 5, 6), (4,), (7,))}
    assert groups_of([f"{i}" for i in range(30)], torch.zeros(30, 6)) is None, "of a collapsed encoder nobody knows"
    near = latents(40)
    near[1] = near[0] + 0.01
    assert groups_of([f"{i}" for i in range(40)], near) is None, "alike is not the same"


def test_numbers_of_one_dimension_are_near_by_chance_and_no_copies() -> None:
    assert groups_of([f"{i}" for i in range(20_000)], latents(20_000)[:, :1]) is None


def test_where_hardly_any_hang_together_each_counts() -> None:
    z = latents(1000)
    z[1] = z[0]
    assert groups_of([f"{i}" for i in range(1000)], z) is None
    z[500:560] = z[:60]
    assert groups_of([f"{i}" for i in range(1000)], z) is not None


def test_what_a_person_says_belongs_together_does_however_few_they_are() -> None:
    ids = ["a.wav#0", "a.wav#1", *(f"{i}.png" for i in range(998))]
    said = ["anna", None, "anna", *[None] * 997]
    groups = groups_of(ids, said=said)
    assert groups is not None and len(groups.unique()) == 998, "a window takes the rest of its file along"
    assert groups[0] == groups[1] == groups[2]
    assert groups_of(ids, said=[None] * 1000) is None and groups_of(ids, said=list(range(1000))) is None


def test_of_a_group_with_one_value_the_first_counts() -> None:
    groups, values = torch.tensor([3, 3, 1, 3, 1]), torch.tensor([0.0, 1.0, 0.0, 0.0, 0.0])
    assert first_of(groups, values).tolist() == [0, 1, 2]
