"""Samples depend on seed and index alone; truncation and temperature do what they say; those near an item, like some of
the data or from a part of the map are what they were asked to be."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

import toy_models as toys
from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import DamagedFile, InvalidArgument, UnknownName
from trasluz.io.workspace import Workspace
from trasluz.lab.encode import encode
from trasluz.lab.map import map as tl_map
from trasluz.lab.sample import sample
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import Figure


@pytest.mark.parametrize(
    "model", [toys.coded(), toys.spatial(), toys.two_spaces(), toys.conditioned()], ids=lambda m: m.name
)
def test_every_kind_of_space_is_sampled(model: toys.Toy) -> None:
    drawn = sample(model, 5, seed=1)
    assert drawn.latents.shape == (5, *model.space().shape)
    assert drawn.items.shape == (5, *model.representation.public_shape)
    assert drawn.items.min() >= 0 and drawn.items.max() <= 1
    assert torch.equal(drawn.latents, sample(model, 5, seed=1).latents)
    assert not torch.equal(drawn.latents, sample(model, 5, seed=2).latents)


def test_more_samples_begin_with_the_same_ones() -> None:
    few, many = sample(toys.coded(), 3, seed=4), sample(toys.coded(), 130, seed=4)
    assert torch.equal(few.latents, many.latents[:3])
    assert torch.allclose(few.items, many.items[:3], atol=1e-4)


def test_truncation_pulls_to_the_mean() -> None:
    model = toys.coded()
    free, half, none = (sample(model, 4, psi=psi) for psi in (1.0, 0.5, 0.0))
    assert torch.allclose(half.latents, free.latents / 2)
    assert torch.equal(none.latents, torch.zeros(4, 6)), "the mean of a standard normal"


def test_temperature_scales_the_noise() -> None:
    model = toys.coded()
    assert torch.allclose(sample(model, 4, temperature=0.5).latents, sample(model, 4).latents / 2)


def test_what_is_given_may_be_changed_and_differentiated() -> None:
    drawn = sample(toys.coded(), 2)
    z = drawn.latents.requires_grad_()
    toys.coded().space().render(z).sum().backward()
    assert z.grad is not None


def test_what_cannot_be_sampled_says_why() -> None:
    model = toys.coded()
    for arguments, match in (
        ({"n": 0}, "number of samples.*1 to"),
        ({"n": 10**9}, "number of samples"),
        ({"seed": -1}, "seed"),
        ({"psi": float("nan")}, "psi"),
        ({"temperature": -1.0}, "temperature"),
    ):
        with pytest.raises(InvalidArgument, match=match):
            sample(model, **arguments)  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="unknown prior"):
        sample(model, prior="norml")
    with pytest.raises(UnknownName, match="unknown space"):
        sample(model, space="w")
    with pytest.raises(InvalidArgument, match="device"):
        sample(model, device="tpu")
    with pytest.raises(UnknownName, match="model"):
        sample("nobody")


# Near an item, like some of the data, from a part of the map ------------------------------------------------------


def two_kinds(n: int = 120) -> Dataset:
    """Dark and light pictures: two clumps of codes, far from each other."""
    rng = np.random.default_rng(0)
    light = np.arange(n) % 2
    pixels = (30 + 190 * light)[:, None, None, None] + rng.integers(-25, 26, (n, 3, 1, 1))
    pixels = np.broadcast_to(pixels, (n, 3, toys.SIZE, toys.SIZE)).astype(np.uint8)
    rows = pa.table(
        {
            "id": [f"i{i}" for i in range(n)],
            "index": pa.array(range(n), pa.int64()),
            "source": ["two"] * n,
            "split": ["test" if i % 3 else "train" for i in range(n)],
            "label": [("dark", "light")[k] for k in light],
            "number": pa.array(range(n), pa.int64()),
        }
    )
    return Dataset("two", f"d-two-{n}", pixels, rows, {"licence": "CC0"})


DATA = two_kinds()


@pytest.fixture
def coded(workspace: Workspace) -> toys.Toy:
    return toys.coded()


@pytest.fixture
def atlas(coded: toys.Toy) -> Atlas:
    return encode(coded, DATA.split("test"))


def clump(atlas: Atlas, label: str) -> torch.Tensor:
    return atlas.latents[atlas.where(f"label = '{label}'")]


def test_near_a_point_is_near_and_not_the_same(coded: toys.Toy, atlas: Atlas) -> None:
    drawn = sample(coded, 40, near="test:4", atlas=atlas, data=DATA)
    [point], all_apart = atlas.latents[4:5], torch.cdist(atlas.latents, atlas.latents).mean()
    apart = (drawn.latents - point).norm(dim=1)
    assert float(apart.min()) > 0 and float(apart.max()) < float(all_apart) / 2
    assert float(torch.cdist(drawn.latents, drawn.latents).mean()) > 0.1 * float(apart.mean())
    closer = sample(coded, 40, near="test:4", atlas=atlas, data=DATA, temperature=0.5)
    assert torch.allclose(closer.latents - point, (drawn.latents - point) / 2, atol=1e-5)
    assert torch.allclose(
        sample(coded, 2, near="test:4", atlas=atlas, data=DATA, psi=0).latents, point.expand(2, -1), atol=1e-6
    )
    assert drawn.support is not None and float(drawn.support.median()) < 1
    lost = drawn.without_support
    assert drawn.told() == f"40 samples near test:4; {lost} of them without support (unlike every encoded item)"
    assert "--near test:4 --data two --atlas toy--two--test--z" in drawn.command()


@pytest.mark.parametrize("label", ["dark", "light"])
def test_where_gives_codes_of_those_rows_and_not_between_them(coded: toys.Toy, atlas: Atlas, label: str) -> None:
    drawn = sample(coded, 60, where=f"label = '{label}'", atlas=atlas)
    other = "light" if label == "dark" else "dark"
    mine, theirs = (torch.cdist(drawn.latents, clump(atlas, k)).min(1).values for k in (label, other))
    assert bool((mine < theirs / 3).all())
    middle = sample(coded, 2, where=f"label = '{label}'", atlas=atlas, psi=0)
    assert torch.allclose(middle.latents[0], clump(atlas, label).mean(0), atol=1e-5)
    still = sample(coded, 5, where=f"label = '{label}'", atlas=atlas, temperature=0)
    assert torch.cdist(still.latents, clump(atlas, label)).min(1).values.max() < 1e-3, "the rows themselves"
    assert f"--where 'label = '\"'\"'{label}'\"'\"''" in drawn.command()


def test_a_region_of_the_map_gives_what_lies_in_it(coded: toys.Toy, atlas: Atlas, tmp_path: Path) -> None:
    plane = tl_map(atlas)
    dark = plane.xy[atlas.where("label = 'dark'")]
    (x0, y0), (x1, y1) = (dark.min(0).values - 1e-3).tolist(), (dark.max(0).values + 1e-3).tolist()
    corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    drawn = sample(coded, 40, region=corners, atlas=atlas)
    near, far = (torch.cdist(drawn.latents, clump(atlas, k)).min(1).values for k in ("dark", "light"))
    assert bool((near < far / 3).all()) and "items of the region" in drawn.told()
    for given in (corners, {"method": "pca", "points": corners}):
        path = tmp_path / "region.json"
        path.write_text(json.dumps(given))
        assert torch.equal(sample(coded, 40, region=path, atlas=atlas).latents, drawn.latents)
        assert torch.equal(sample(coded, 40, region=json.dumps(given), atlas=atlas).latents, drawn.latents)
    for corner_like in (np.array(corners), torch.tensor(corners, dtype=torch.float64)):
        assert torch.equal(sample(coded, 40, region=corner_like, atlas=atlas).latents, drawn.latents)
    assert f"--region {path}" in sample(coded, 2, region=path, atlas=atlas).command()
    assert '"points": [[' in drawn.command(), "corners have no file, and are said as they are"


def test_an_empty_region_is_drawn_from_by_its_places_and_told_to_be_without_support(
    coded: toys.Toy, atlas: Atlas
) -> None:
    far = float(tl_map(atlas).xy.abs().max()) * 50
    # A U: its middle lies outside, and nothing may be drawn there.
    corners = [[far, 0], [far, 9], [far + 3, 9], [far + 3, 3], [far + 6, 3], [far + 6, 9], [far + 9, 9], [far + 9, 0]]
    drawn = sample(coded, 60, region=corners, atlas=atlas)
    xy = tl_map(atlas).project(drawn.latents) - torch.tensor([far, 0.0])
    outside = (xy[:, 0] < -0.1) | (xy[:, 0] > 9.1) | (xy[:, 1] < -0.1) | (xy[:, 1] > 9.1)
    hole = (xy[:, 0] > 3.1) & (xy[:, 0] < 5.9) & (xy[:, 1] > 3.1)
    assert not bool((outside | hole).any()) and float(xy.std(0).min()) > 1
    assert drawn.without_support == 60 and "60 of them without support" in drawn.told()
    assert "support" in drawn.arrays()
    marked, plain = drawn.image(), sample(coded, 60).image()
    assert marked.width == plain.width and marked.height > plain.height, "a line below says what the marks are"
    with pytest.raises(InvalidArgument, match="no area"):
        sample(coded, 2, region=[[far, 0], [far, 1], [far, 2]], atlas=atlas)


@pytest.mark.parametrize("how", ["near", "where", "region", "places"])
def test_more_of_them_begin_with_the_same_ones(coded: toys.Toy, atlas: Atlas, how: str) -> None:
    box = [[-1e4, -1e4], [1e4, -1e4], [1e4, 1e4], [-1e4, 1e4]]
    ways: dict[str, dict[str, Any]] = {
        "near": {"near": "seed:3"},
        "where": {"where": "number > 20"},
        "region": {"region": box},
        "places": {"region": [[9e4, 0], [9e4, 5], [9e4 + 5, 5]]},
    }
    few, many = (sample(coded, n, seed=4, atlas=atlas, **ways[how]).latents for n in (3, 130))
    assert torch.allclose(few, many[:3], atol=1e-5)
    assert not torch.allclose(few, sample(coded, 3, seed=5, atlas=atlas, **ways[how]).latents)
    assert len(many.round(decimals=4).unique(dim=0)) > 120


def test_spatial_latents_too(workspace: Workspace) -> None:
    data = toys.pictures(60, size=32).split("test")
    drawn = sample(toys.spatial(), 6, where="label = 'cat'", data=data)
    assert drawn.latents.shape == (6, 4, 8, 8) and drawn.items.shape == (6, 3, 32, 32)


def test_without_encoded_items_a_point_is_mixed_with_the_prior() -> None:
    model, point = toys.two_spaces(), torch.randn(6, generator=torch.Generator().manual_seed(1))
    drawn = sample(model, 300, near=point)
    mixed = drawn.latents - 0.75**0.5 * point
    assert float(mixed.std()) == pytest.approx(0.5, abs=0.03) and abs(float(mixed.mean())) < 0.05
    assert drawn.support is None and "without support" not in drawn.told()
    assert torch.allclose(sample(model, 2, near=point, temperature=0).latents, point.expand(2, -1), atol=1e-6)
    shifted = sample(toys.conditioned(), 3, near="seed:1", given={"label": 2})
    assert shifted.latents.shape == (3, 6)


def test_a_plain_sample_makes_no_atlas(coded: toys.Toy, workspace: Workspace) -> None:
    assert sample(coded, 4).support is None and not workspace.root.exists()


def test_samples_are_measured_beside_real_items(coded: toys.Toy, atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", lambda *a, **k: None)
    drawn = sample(coded, 30, data=DATA, atlas=atlas, measure=True)
    quality = drawn.quality
    assert quality is not None and quality.features.startswith("pixels") and drawn.support is not None
    assert (quality.samples, quality.real, quality.peers) == (30, len(atlas), 30)
    assert 1 <= quality.vendi <= 30 and quality.vendi_real is not None
    assert quality.coverage is not None and quality.coverage_real is not None and quality.coverage_real > 0.3
    assert quality.near_copies is not None and quality.near_copies_real == 4 / 81
    said = json.loads(json.dumps(quality.figures(), allow_nan=False))
    assert said["version"] == 2 and said["coverage"] == quality.coverage and len(quality.table()) == 6
    assert {name: Figure.read(one, name) for name, one in said["measured"].items()} == quality.measured
    assert quality.measured["coverage"].real == quality.coverage_real and quality.measured["vendi"].interval
    assert all(len(row) == 5 and " to " in row[2] and row[3] == "30" for row in quality.table()[:1])
    cats = sample(coded, 6, data=DATA, atlas=atlas, where="label = 'dark'", measure=True).quality
    assert cats is not None and cats.real == len(clump(atlas, "dark"))
    one = sample(coded, 1, data=DATA, measure=True).quality
    assert one is not None and one.vendi == pytest.approx(1) and one.precision is None
    assert one.table()[1][1] == "\N{EN DASH}"
    unsplit = sample(coded, 8, data=DATA.split("test"), measure=True).quality
    assert unsplit is not None and unsplit.near_copies is None and unsplit.peers == 0
    with pytest.raises(InvalidArgument, match="trained on"):
        sample(coded, 4, measure=True)


@pytest.mark.parametrize(
    ("region", "match"),
    [
        ([[0, 0], [1, 1]], "2 corners"),
        ([[0, 0], [1, 1], [1, math.nan]], "the corner"),
        ([[0, 0], [1, 1], [1, math.inf]], "the corner"),
        ([[0, 0], [1, 1], [1, 2, 3]], "the corner"),
        ('[[0, 0], [1, 1], "ab"]', "the corner"),
        ([[0, 0], [1, 1], [True, 2]], "the corner"),
        ([[0, 0]] * 3000, "3,000 corners"),
        ({"points": [[0, 0], [1, 0], [1, 1]], "methd": "pca"}, "the fields"),
        ({"method": 3, "points": [[0, 0], [1, 0], [1, 1]]}, "the fields"),
        ({}, "nothing"),
        ('{"points": "abc"}', "str"),
        ("[1, 2, 3]", "the corner 1"),
        ("[[0,0],[1,1],[NaN,2]]", "the corner"),
        ("[[0,0],[1,1],[1e999,2]]", "the corner"),
    ],
)
def test_what_is_no_region_is_refused(coded: toys.Toy, region: Any, match: str) -> None:
    with pytest.raises(InvalidArgument, match=f"not a region of the map: got .*{match}"):
        sample(coded, 2, region=region, data=DATA)


def test_hostile_region_files_are_refused_in_bounded_memory(coded: toys.Toy, tmp_path: Path) -> None:
    for name, content, match in (
        ("none", None, "missing"),
        ("bytes", b"\xff\xfe\x00", "not JSON"),
        ("deep", b"[" * 100_000, "not JSON"),
        ("huge", b"[" + b"[0,0]," * 400_000 + b"[0,0]]", "larger than"),
    ):
        path = tmp_path / f"{name}.json"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(DamagedFile, match=match):
            sample(coded, 2, region=path, data=DATA)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "a\0b"):
        with pytest.raises(DamagedFile, match=r"not a file|cannot be read"):
            sample(coded, 2, region=path, data=DATA)
    with pytest.raises(DamagedFile, match="too large"):
        sample(coded, 2, region="[" * 2_000_000, data=DATA)


def test_what_is_no_source_of_samples_says_why(coded: toys.Toy, atlas: Atlas) -> None:
    for arguments, match in (
        ({"near": "test:0", "where": "number > 3"}, "one source: got near and where"),
        ({"where": "number > 3", "region": [[0, 0], [1, 0], [1, 1]]}, "where and region"),
        ({"prior": "normal", "near": "test:0"}, "prior and near"),
        ({"where": "number < 4"}, "too few items.*got 4; allowed: 5 or more"),
        ({"where": "number < -5"}, "too few items.*got 0"),
        ({"where": "nmber < 5"}, "nmber"),
        ({"near": torch.full((6,), math.nan)}, "not finite"),
        ({"near": torch.zeros(7)}, "POINT|fit"),
        ({"near": "tst:1"}, "not a POINT"),
        ({"region": [[0, 0], [1, 0], [1, 1]], "psi": math.nan}, "psi"),
    ):
        with pytest.raises(InvalidArgument, match=match):
            sample(coded, 2, data=DATA, **arguments)  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="pcaa"):
        sample(coded, 2, data=DATA, region={"method": "pcaa", "points": [[0, 0], [1, 0], [1, 1]]})
    with pytest.raises(InvalidArgument, match="no encoded items to choose from"):
        sample(toys.two_spaces(), 2, where="number > 3")
    with pytest.raises(InvalidArgument, match="no encoded items to choose from"):
        sample(coded, 2, where="number > 3")
    with pytest.raises(InvalidArgument, match="there is no atlas"):
        sample(coded, 2, near="test:0", data=two_kinds(90), create=False)
