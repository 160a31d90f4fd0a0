"""Many searched for at once: what many coins seem to tell is not said, and what is there still is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import stats

import painted
import trasluz as tl
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.io.workspace import Workspace
from trasluz.lab.shelf import directions
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import Effects, told_of
from trasluz.spaces.many import By, corrected, more_than

MODEL, DATA = painted.model(), painted.data()
COINS = 12


def test_known_values() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    assert corrected(p, "Holm") == pytest.approx([0.03, 0.06, 0.06, 0.02]), "Holm 1979"
    assert corrected(p, "Benjamini-Hochberg") == pytest.approx([0.02, 0.04, 0.04, 0.02]), "Benjamini & Hochberg 1995"
    assert corrected([0.01], "Holm", 40) == [0.4] and corrected([], "Holm") == [] == corrected([], "Benjamini-Hochberg")
    assert corrected([0.9, 0.8], "Holm") == [1, 1], "no p is above 1"
    assert more_than(1, 4, 0, 4) == pytest.approx(1 / 70), "Fisher's cups of tea"
    assert more_than(0.3, 48, 0.3, 192) > 0.3


@pytest.mark.parametrize("by", ["Holm", "Benjamini-Hochberg"])
def test_of_many_that_are_none_one_list_in_twenty_says_something(by: By) -> None:
    draw = np.random.default_rng(0)
    lists = draw.uniform(size=(400, COINS))
    plain = np.mean([(p <= 0.05).any() for p in lists])
    alarms = np.mean([min(corrected(p.tolist(), by)) <= 0.05 for p in lists])
    assert plain > 0.4 and alarms <= 0.05 + 2.58 * (0.05 * 0.95 / 400) ** 0.5


def test_of_what_is_said_of_a_long_list_little_is_false() -> None:
    """Five of forty are there, three sigma each: Benjamini-Hochberg finds more of them than Holm, 5 % of it false."""
    draw, false, found = np.random.default_rng(1), list[float](), {"Holm": 0, "Benjamini-Hochberg": 0}
    for _ in range(200):
        p = stats.norm.sf(draw.normal(size=40) + 3 * (np.arange(40) < 5)).tolist()
        for by in found:
            said = np.array(corrected(p, by)) <= 0.05  # type: ignore[arg-type]
            found[by] += int(said[:5].sum())
            if by == "Benjamini-Hochberg":
                false.append(said[5:].sum() / max(1, said.sum()))
    assert np.mean(false) <= 0.06 and found["Benjamini-Hochberg"] > 1.2 * found["Holm"]


@pytest.fixture
def coins(tmp_path: Path) -> Path:
    """A table of coins and one column that is there."""
    draw = np.random.default_rng(5)
    columns = {f"coin{i}": draw.choice(["heads", "tails"], len(DATA)) for i in range(COINS)}
    ids, colours = DATA.rows.column("id").to_pylist(), DATA.column("colour")
    lines = [",".join(["id", "seen", *columns])]
    for k, item in enumerate(ids):
        lines.append(",".join([item, "yes" if colours[k] == "red" else "no", *(c[k] for c in columns.values())]))
    path = tmp_path / "coins.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_several_targets_are_searched_at_once_and_corrected_for_each_other(coins: Path, workspace: Workspace) -> None:
    targets = ["seen=yes", *(f"coin{i}=heads" for i in range(COINS))]
    asked = {"data": DATA, "workspace": workspace, "labels": coins, "method": "means", "measured": False}
    found = tl.find(MODEL, target=targets, **asked)
    assert [d.target for d in found] == targets and found[0].learned
    alone = [tl.find(MODEL, target=one, **asked).one for one in targets[:1]]
    assert [d.p for d in found][:1] == [d.p for d in alone] and all(d.p_corrected is None for d in alone)
    p = [d.p or 0.0 for d in found]
    assert [d.p_corrected for d in found] == pytest.approx(corrected(p, "Holm"), rel=0.01)
    assert all(d.learned == ((d.p_corrected or 0) <= 0.05) for d in found)
    assert not any(d.learned for d in found.found[1:]), "and of many coins uncorrected one would be"
    assert found[0].details["tests"] == COINS + 1 and found[0].details["corrected_by"] == "Holm"
    assert "corrected for 13 searches" in found[1].told
    said = json.loads(json.dumps(found[1].about()))
    assert said["p"] == found[1].p and said["p_corrected"] == found[1].p_corrected and said["learned"] is False
    kept = found.keep(workspace=workspace)
    assert len(kept) == COINS + 1
    again = directions.show_direction(found[1].name, model=MODEL.name, workspace=workspace)
    assert again.p_corrected == found[1].p_corrected and again.learned is False
    assert "--target seen=yes --target coin0=heads" in found.call.of("painted").command()


def test_all_there_is_is_corrected_as_a_long_list(coins: Path, workspace: Workspace) -> None:
    found = tl.find(MODEL, every=True, data=DATA, workspace=workspace, labels=coins, measured=False)
    targets = {d.target for d in found}
    assert {"colour=red", "level", "coin0=heads", "coin0=tails"} <= targets
    assert not any(str(target).startswith("one") for target in targets), "one value tells nothing apart"
    learned = {str(d.target).split("=")[0] for d in found if d.learned}
    assert {"colour", "light", "seen"} <= learned and len(learned - {"colour", "light", "seen", "level"}) <= 1
    assert found[0].details["corrected_by"] == "Benjamini-Hochberg" and found[0].details["tests"] == len(found)


def test_what_cannot_be_searched_for_at_once_is_one_clear_line(workspace: Workspace) -> None:
    asked = {"data": DATA, "workspace": workspace, "measured": False}
    with pytest.raises(TrasluzError, match="purple"):
        tl.find(MODEL, target=["colour=red", "colour=purple"], **asked)
    with pytest.raises(InvalidArgument, match="all there is, and something named"):
        tl.find(MODEL, target="colour=red", every=True, **asked)
    with pytest.raises(InvalidArgument, match="looks at no labels"):
        tl.find(MODEL, target=["colour=red", "colour=blue"], method="pca", **asked)


def effects(moves: float, searched: int) -> Effects:
    """A direction that changes one of ten columns in so many of 48 items, where chance changes a third."""
    names = [f"column{i}" for i in range(10)]
    values = {
        "items": 48, "strengths": [-3.0, 0.0, 3.0], "usual": 3.0, "chance_items": 192, "searched": searched,
        "changes": {name: [0.3, 0.0, 0.3] for name in names},
        "changes_by_chance": dict.fromkeys(names, 1 / 3),
        "moves": [["column0", moves], ["column1", 1 / 3]],
    }  # fmt: skip
    return Effects.made(values, None, {}, "it")


def test_of_many_columns_one_always_changes_more_than_another() -> None:
    found = {(moves, searched): effects(moves, searched).effects[0] for moves in (0.54, 1.0) for searched in (1, 8)}
    assert found[0.54, 1].share - 1 / 3 > 0.2, "well beyond chance, of one column alone"
    assert not found[0.54, 8].clear and (found[0.54, 8].p or 0) > 0.05
    assert found[1.0, 1].clear and found[1.0, 8].clear
    assert effects(1.0, 8).effects[-1].p is None, "nobody counted what chance gives there"


def test_it_is_said_in_words() -> None:
    details = {"learned": False, "held_out": 0.61, "held_out_n": 80, "p": 0.02, "p_corrected": 0.24, "tests": 12}
    assert told_of("hair=red", details).endswith(
        "no better than chance (AUC 0.61, p = 0.02, corrected for 12 searches 0.24)"
    )
    vector = torch.zeros(5)
    alone = Direction("a", "m", "i", "z", vector, 1.0, "means", details={"p": 0.02, "learned": True})
    assert alone.p_corrected is None and alone.about()["p_corrected"] is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The painted pictures as a folder with a table, whose training items are many more than those held out; half have
    no `noise`, and `rare` is of training items alone."""
    place = tmp_path_factory.mktemp("painted")
    pixels = DATA.tensor(slice(None)).mul(255).round().byte().permute(0, 2, 3, 1).numpy()
    lines = ["file,split,light,colour,noise,rare,place"]
    for i in range(len(DATA)):
        Image.fromarray(pixels[i]).save(place / f"{i:03}.png")
        part = "test" if i % 5 == 0 else "train"
        noise = DATA.column("noise")[i] if i % 2 else ""
        rare = "odd" if part == "train" and i % 16 == 1 else "even"
        light, colour = DATA.column("light")[i], DATA.column("colour")[i]
        lines.append(f"{i:03}.png,{part},{light},{colour},{noise},{rare},street {i}")
    (place / "labels.csv").write_text("\n".join(lines) + "\n")
    return place


def test_among_others_a_target_is_told_as_it_is_alone(folder: Path, workspace: Workspace) -> None:
    """On the same items, by the same test: what is corrected is that several were asked for."""
    targets = ["light=yes", "colour=red", "noise=a", "rare=odd"]
    asked = {"data": str(folder), "workspace": workspace, "measured": False}
    together = tl.find(MODEL, target=targets, **asked)
    for one, target in zip(together, targets, strict=True):
        alone = tl.find(MODEL, target=target, **asked).one
        assert alone.details["p"] == one.details["p"] and alone.details["held_out_n"] == one.details["held_out_n"], (
            target
        )
        assert alone.items == one.items == 320 and alone.sigma == one.sigma
        assert torch.equal(alone.vector, one.vector)


def test_of_a_table_each_target_has_the_items_that_have_it(folder: Path, workspace: Workspace) -> None:
    """That one column has gaps takes no items from the others, whichever is named first."""
    tl.encode(MODEL, str(folder), split="all", name="all-painted", workspace=workspace)
    asked = {"atlas": "all-painted", "workspace": workspace, "measured": False}
    for targets in (["noise=a", "light=yes"], ["light=yes", "noise=a"]):
        for one in tl.find(MODEL, target=targets, **asked):
            alone = tl.find(MODEL, target=str(one.target), **asked).one
            assert alone.items == one.items and alone.details["p"] == one.details["p"]
            assert torch.equal(alone.vector, one.vector)


def test_all_there_is_to_search_for_is_of_all_items_and_the_rest_is_named(
    folder: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tl.find(MODEL, every=True, data=str(folder), workspace=workspace, measured=False, progress=True)
    assert {str(one.target) for one in found} >= {"rare=odd", "light=yes", "noise=a", "colour=red"}
    assert all(one.items == 320 for one in found)
    assert "Not searched for, 1 column names items or has one value: place" in capsys.readouterr().err
