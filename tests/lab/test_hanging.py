"""Windows of one file, and copies of one picture, are no further evidence: of coins that were thrown once a file
nothing is learned, and figures are of as many items as there are files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

import painted
import trasluz as tl
from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument
from trasluz.io.workspace import Workspace
from trasluz.lab.judging.support import support_of
from trasluz.spaces.data import Dataset

MODEL = painted.model()
FILES, WINDOWS = 60, 8
PICTURES: dict[str, np.ndarray] = {}
"""Of patients, by what the column is called that says whose they are."""


@pytest.fixture(scope="module", params=["windows", "copies"])
def atlas(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Atlas, Dataset, Workspace]:
    """Files of eight windows that are nearly alike, or pictures that are there eight times; four coins a file, and
    what is really to be seen."""
    draw = np.random.default_rng(5)
    z = np.repeat(draw.normal(0, 1.5, (FILES, 5)), WINDOWS, 0)
    if request.param == "windows":
        z += draw.normal(0, 0.05, z.shape)
    z = torch.from_numpy(z).float()
    pixels = painted.decode(z).mul(255).round().byte().numpy()
    n = FILES * WINDOWS
    file = np.arange(n) // WINDOWS
    names = {"windows": lambda i: f"{file[i]:02}.wav#{i % WINDOWS}", "copies": lambda i: f"{i % WINDOWS}/{file[i]}.png"}
    coins = {f"coin{k}": draw.choice(["heads", "tails"], FILES)[file].tolist() for k in range(4)}
    rows = {
        "id": [names[request.param](i) for i in range(n)], "index": list(range(n)), "source": ["folder"] * n,
        "split": ["test"] * n, "light": ["yes" if v > 0 else "no" for v in z[:, 3].tolist()], **coins,
    }  # fmt: skip
    home = Workspace(tmp_path_factory.mktemp(request.param))
    data = Dataset(request.param, f"d-{request.param}", pixels, pa.table(rows), {})
    return tl.encode(MODEL, data, name=request.param, workspace=home), data, home


def test_nothing_is_learned_of_a_coin_and_what_is_there_is(atlas: tuple[Atlas, Dataset, Workspace]) -> None:
    encoded, _, home = atlas
    assert encoded.groups is not None and len(encoded.groups.unique()) == FILES
    told = {}
    for name in ("coin0=heads", "coin1=heads", "coin2=heads", "coin3=heads", "light=yes"):
        told[name] = tl.find(MODEL, target=name, atlas=encoded, measured=False, workspace=home).one
    p = [one.details["p"] for name, one in told.items() if name.startswith("coin")]
    assert min(p) > 0.01 and sum(value <= 0.05 for value in p) <= 1, p
    light = told["light=yes"]
    assert light.details["learned"] and light.details["held_out_n"] == FILES
    assert light.details["held_out_of"] == "groups" and "on 60 groups held out it tells light=yes" in light.told


@pytest.mark.parametrize("method", ["pca", "discriminant"])
def test_a_map_tries_new_files(atlas: tuple[Atlas, Dataset, Workspace], method: str) -> None:
    encoded, _, home = atlas
    shares = []
    for coin in ("coin0", "coin1", "coin2", "coin3"):
        plane = tl.map(MODEL, atlas=encoded, method=method, color=coin, workspace=home)
        found = plane.new_items()
        assert found is not None and found.figure is not None and found.figure.n <= FILES
        low, _ = found.figure.interval or (1.0, 1.0)
        shares.append(low > (found.figure.chance or 0))
        if method == "discriminant":
            assert plane.separation is not None and plane.separation.value < 0.35
    assert sum(shares) <= 1


def test_figures_are_of_as_many_items_as_there_are_files(atlas: tuple[Atlas, Dataset, Workspace]) -> None:
    _, data, home = atlas
    found = tl.measure(MODEL, ["knn", "probe"], columns=["coin0", "light"], data=data, n=480, workspace=home)
    assert found["knn:coin0"].n == FILES and 14 <= found["probe:light"].n <= 18
    interval = found["knn:coin0"].interval
    assert interval is not None and interval[0] < (found["knn:coin0"].chance or 0) and found["probe:light"].value > 0.8
    assert any("480 items are of 60 files, pictures or groups" in note for note in found.notes)


def test_new_files_are_among_the_data(atlas: tuple[Atlas, Dataset, Workspace]) -> None:
    """What is usual is learned from files held out: beside a window's siblings every other file would be far off."""
    encoded, *_ = atlas
    others = torch.randn(200, 5, generator=torch.Generator().manual_seed(9)) * 1.5
    others[:, 4] = 0
    found = support_of(MODEL.space().encode(painted.decode(others)), encoded, MODEL.space())
    assert found is not None and 0.01 <= float((found > 1).float().mean()) <= 0.2


@pytest.fixture(scope="module", params=["patient", "group_id"])
def patients(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Atlas, Workspace]:
    """Thirty patients of eight pictures that are somewhat alike, each with a diagnosis by coins."""
    draw, n = np.random.default_rng(3), 240
    z = torch.from_numpy(np.repeat(draw.normal(0, 1.5, (30, 5)), 8, 0) + draw.normal(0, 0.3, (n, 5))).float()
    who = np.arange(n) // 8
    coins = {f"coin{k}": draw.choice(["heads", "tails"], 30)[who].tolist() for k in range(4)}
    rows = {
        "id": [f"{i}.png" for i in range(n)], "index": list(range(n)), "source": ["folder"] * n, "split": ["test"] * n,
        request.param: [f"p{k}" for k in who], "light": ["yes" if v > 0 else "no" for v in z[:, 3].tolist()], **coins,
    }  # fmt: skip
    PICTURES[request.param] = pixels = painted.decode(z).mul(255).round().byte().numpy()
    home = Workspace(tmp_path_factory.mktemp(request.param))
    data = Dataset(request.param, f"d-{request.param}", pixels, pa.table(rows), {})
    return request.param, tl.encode(MODEL, data, name=request.param, workspace=home), home


def test_of_coins_thrown_once_a_patient_nothing_is_learned_or_the_doubt_is_said(
    patients: tuple[str, Atlas, Workspace],
) -> None:
    column, encoded, home = patients
    found = {
        name: tl.find(MODEL, target=name, atlas=encoded, measured=False, workspace=home).one
        for name in ("coin0=heads", "coin1=heads", "coin2=heads", "coin3=heads", "light=yes")
    }
    light = found.pop("light=yes")
    assert light.details["learned"] and "doubt" not in light.details
    learned = [one for one in found.values() if one.details["learned"]]
    if column == "group_id":
        assert len(learned) <= 1 and all(one.details["held_out_n"] == 30 for one in found.values())
    else:
        assert len(learned) >= 2
        for one in learned:
            doubt = one.details["doubt"]
            assert (doubt["column"], doubt["values"]) == ("patient", 30) and doubt["p"] > 0.05
        told = tl.find(MODEL, target=learned[0].target, atlas=encoded, workspace=home).one.about()["measured"]
        assert "all items of a patient held out (30 of them) nothing is learned" in told["sentence"]
    plane = tl.map(MODEL, atlas=encoded, method="pca", color="coin0", workspace=home)
    tried = plane.new_items()
    assert tried is not None and tried.figure is not None
    if column == "patient":
        assert tried.without is not None and tried.without.column == "patient"
        assert tried.without.value < 0.65 < tried.figure.value
        assert f"without those of the same patient {100 * tried.without.value:.0f}" in tried.sentence()
    else:
        assert tried.without is None


def test_a_table_of_labels_may_say_who_belongs_together(patients: tuple[str, Atlas, Workspace], tmp_path: Path) -> None:
    _, encoded, home = patients
    lines = ["id,coin,group_id", *(f"{i}.png,{'ht'[(i // 8) % 2]},q{i // 8}" for i in range(240))]
    (tmp_path / "mine.csv").write_text("\n".join(lines), encoding="utf-8")
    found = tl.find(
        MODEL, target="coin=h", atlas=encoded, labels=tmp_path / "mine.csv", measured=False, workspace=home
    ).one
    assert found.details["held_out_n"] == 30


def test_a_map_by_a_table_heeds_who_belongs_together_in_it(
    patients: tuple[str, Atlas, Workspace], tmp_path: Path
) -> None:
    _, encoded, home = patients
    lines = ["id,coin,group_id", *(f"{i}.png,{'ht'[(i // 8) % 2]},q{i // 8}" for i in range(240))]
    (tmp_path / "mine.csv").write_text("\n".join(lines), encoding="utf-8")
    asked = {"atlas": encoded, "labels": tmp_path / "mine.csv", "color": "coin", "workspace": home}
    plane = tl.map(MODEL, method="discriminant", **asked)
    tried = plane.new_items()
    assert tried is not None and tried.figure is not None and tried.figure.n == 30
    assert plane.separation is not None and plane.separation.value < 0.35
    assert encoded.own == {}, "the atlas itself stays as it was"


def test_a_figure_says_what_is_left_of_it_among_other_patients(patients: tuple[str, Atlas, Workspace]) -> None:
    column, encoded, home = patients
    data = Dataset(column, f"d-{column}", PICTURES[column], encoded.rows, {})
    found = tl.measure(MODEL, ["knn"], columns=["coin0"], data=data, n=240, workspace=home)
    told = [note for note in found.notes if "Each patient has one value of coin0" in note]
    assert len(told) == (column == "patient")
    if column == "patient":
        assert found["knn:coin0"].value > 0.7 and "knn:coin0 is 0." in told[0] and "n = 30" in told[0]
    else:
        assert found["knn:coin0"].n == 30 and found["knn:coin0"].value < 0.75


def test_examples_of_two_files_are_two(atlas: tuple[Atlas, Dataset, Workspace]) -> None:
    """All windows of a file against all of another tell which file it is, and nothing else."""
    encoded, data, home = atlas
    these, those = [f"test:{i}" for i in range(16)], [f"test:{i}" for i in range(16, 32)]
    asked = {"these": these, "those": those, "data": data, "measured": False, "workspace": home}
    if encoded.name == "copies":  # each counts once
        with pytest.raises(InvalidArgument, match="got 2 with the value, 2 without"):
            tl.find(MODEL, **asked)
        return
    found = tl.find(MODEL, **asked).one
    assert found.details["learned"] is None and "too few groups (2 with it, 2 without)" in found.details["tested"]
