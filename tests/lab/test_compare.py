"""Comparing models whose answer is known: one space, seen through two encoders that turn, bend or forget."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch import Tensor

import trasluz as tl
from trasluz.base.errors import DamagedFile, IdentityMismatch, InvalidArgument, NotInvertible, VersionMismatch
from trasluz.lab.calls.session import Session
from trasluz.lab.results.comparison import Comparison
from trasluz.lab.shelf import relocations
from trasluz.lab.work.pairing import gathered
from trasluz.lab.work.relocating import most_changed
from trasluz.lab.work.searching import latents
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space_map import End, SpaceMap

D, SIZE, N = 5, 8, 420
COLUMNS = torch.linalg.qr(torch.randn(SIZE * SIZE, D, generator=torch.Generator().manual_seed(0))).Q
TURN = torch.linalg.qr(torch.randn(D, D, generator=torch.Generator().manual_seed(1))).Q
Way = Callable[[Tensor], Tensor]
FAST = ["identity", "procrustes", "ridge"]
"""Without the network, which takes seconds."""


def known() -> Tensor:
    """What the pictures are made of: the first number says their label."""
    return torch.randn(N, D, generator=torch.Generator().manual_seed(2)) * torch.tensor([1.5, 1.2, 1.0, 0.8, 0.6])


def pictures() -> Dataset:
    z = known()
    values = ((z @ COLUMNS.T).reshape(N, 1, SIZE, SIZE) * 0.5 + 0.5).clamp(0, 1)
    items = (values * 255).round().byte().numpy()
    rows = pa.table({
        "id": [f"i{i}" for i in range(N)], "index": list(range(N)), "source": ["made"] * N,
        "split": ["test" if i % 3 == 0 else "train" for i in range(N)],
        "sign": ["high" if value > 0 else "low" for value in z[:, 0].tolist()],
        "noise": [("a", "b")[i % 2] for i in range(N)],
    })  # fmt: skip
    return Dataset("made", "d-made", items, rows, {"kind": "picture"})


def model(name: str, there: Way, back: Way, encodes: bool = True) -> LatentModel:
    """A model whose latents are `there` of what the pictures are made of."""

    def decode(z: Tensor) -> Tensor:
        return (back(z) @ COLUMNS.T).reshape(len(z), 1, SIZE, SIZE) * 0.5 + 0.5

    def encode(x: Tensor) -> Tensor:
        return there((x.flatten(1) - 0.5) / 0.5 @ COLUMNS)

    more: dict[str, Any] = {"encode": encode} if encodes else {}
    return tl.wrap(decode, (D,), name=name, identity=name, weights={"columns": COLUMNS}, **more)


PLAIN = ("plain", lambda u: u, lambda z: z)
TURNED = ("turned", lambda u: 2 * u @ TURN + 0.5, lambda z: (z - 0.5) / 2 @ TURN.T)
STRETCH = torch.tensor([3.0, 0.5, 1.0, 2.0, 0.3])
STRETCHED = ("stretched", lambda u: u * STRETCH, lambda z: z / STRETCH)
BENT = ("bent", lambda u: torch.asinh(2 * u) @ TURN, lambda z: torch.sinh(z @ TURN.T) / 2)
KEEP = torch.tensor([0.0, 1, 1, 1, 1])
FORGETS = ("forgets", lambda u: u * KEEP, lambda z: z * KEEP)
OTHER = torch.linalg.qr(torch.randn(SIZE * SIZE, D, generator=torch.Generator().manual_seed(7))).Q


def compared(*ways: tuple[str, Way, Way], **more: Any) -> Comparison:
    given: dict[str, Any] = {"data": pictures(), "n": 200, "test": 120, "measure": ["mutual-knn"], **more}
    return tl.compare(*(model(*way) for way in ways), **given)


@pytest.mark.parametrize(
    ("other", "rung"),
    [(PLAIN, "identity"), (TURNED, "procrustes"), (STRETCHED, "ridge"), (BENT, "network")],
    ids=["the same space", "turned, scaled and moved", "stretched", "bent"],
)
def test_the_simplest_map_that_does_is_named(other: tuple[str, Way, Way], rung: str, tmp_path: Path) -> None:
    name, there, back = other
    found = compared(PLAIN, (f"{name} one", there, back), workspace=tmp_path)["plain", f"{name} one"]
    assert found.chosen == rung, [(one.name, one.m.value) for one in found.rungs]
    assert found.is_better_than_chance and found.explained > 0.95
    assert found.rung.m.value < found.own.value + 4e-3 and found.shuffled[1].value > 5 * found.rung.m.value
    assert found.found.top1 > 0.9 and found.found.chance == pytest.approx(1 / 120)


def test_one_way_is_easy_and_the_other_is_not(tmp_path: Path) -> None:
    """What one space forgets is lost on the way from it, and named."""
    both = compared(PLAIN, FORGETS, workspace=tmp_path, method=FAST)
    to, back = both["plain", "forgets"], both["forgets", "plain"]
    assert to.rung.m.value == pytest.approx(to.own.value, abs=1e-3)
    assert back.rung.m.value > 10 * back.own.value + 1e-4 and back.explained < 0.9
    assert [one.column for one in to.kept if one.is_lost] == ["sign"], "read before, and not after"
    assert not any(one.is_missing for one in to.kept) and not any(one.is_lost for one in back.kept)
    assert [one.column for one in back.kept if one.is_missing] == ["sign"], "never there to be lost"
    assert "On the way from plain to forgets sign can no longer be read as well as in plain" in both.sentences()[1]
    assert "from forgets to plain sign cannot be read as well as in plain by itself" in both.sentences()[1]
    assert "ya no se lee tan bien como en plain: sign" in both.sentences("es")[1]
    assert "it is easier to go from plain to forgets (100 in 100" in both.sentences()[0]
    assert "es más fácil ir de plain a forgets (100 de cada 100" in both.sentences("es")[0]


def test_what_is_lost_is_shown_at_its_worst(tmp_path: Path) -> None:
    both = compared(PLAIN, FORGETS, workspace=tmp_path, method=FAST)
    [sign] = [one for one in both["plain", "forgets"].kept if one.is_lost]
    assert sign.worst is not None
    first, moved, native = sign.worst.read
    assert first == sign.worst.value != moved, "told right by the first space, and no longer when relocated"
    # It lies far out on what is forgotten: the k-th item to test is the one of every three that is held out.
    held = known()[::3]
    assert abs(float(held[int(sign.worst.item.removeprefix("test:")), 0])) > 1.5
    image = both.lost("plain", "forgets")
    assert image is not None and image.width > 300
    [way] = [one for one in both.table if one["source"] == "plain"]
    [told] = [one["worst"] for one in way["kept"] if one["lost"]]
    assert told == {
        "item": sign.worst.item, "value": first, "read": {"source": first, "relocated": moved, "target": native}
    }  # fmt: skip
    [missing] = [one for one in both["forgets", "plain"].kept if one.worst is not None]
    assert missing.worst is not None and missing.worst.read[2] == missing.worst.value != missing.worst.read[1]
    assert both.page("en").count("What is lost, at its worst") == 2, "a picture, and what it shows in words"
    assert both.page("en").count("What the first space does not hold, at its worst") == 2
    assert "Lo que se pierde, en el peor caso" in both.page("es")
    same = compared(PLAIN, TURNED, workspace=tmp_path, method=["procrustes"])
    assert same.lost() is None and "What is lost, at its worst" not in same.page()


def test_the_item_that_changed_most_is_that_of_the_greatest_leads() -> None:
    said = torch.tensor([0, 0, 1, 0])
    native = torch.tensor([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0.7, 0.3]])
    after = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1], [0.1, 0.9]])
    assert most_changed(said, native, after) == 3
    assert most_changed(said[:3], native[:3], after[:3]) == 1, "the third was wrong before"


def test_there_and_back_again(tmp_path: Path) -> None:
    """What the second space does not hold does not come home from its pictures; what it holds does. Latents that are
    moved to it as they are, and back, know nothing of that."""
    both = compared(PLAIN, FORGETS, workspace=tmp_path, method=FAST)
    out, home = both.found.backs["plain", "forgets"], both.found.backs["forgets", "plain"]
    assert both["plain", "forgets"].chosen == "identity" and out.explained == 1 and out.shown.value == out.r.value
    assert out.through is not None and out.through[1].value > 10 * out.r.value + 1e-4
    assert home.through is not None and home.through[1].value == pytest.approx(home.r.value, abs=1e-3)
    assert out.shuffled[1].value > 5 * out.shown.value and out.shuffled[0].value > 5 * out.latent.value
    [first, _] = both.facts()["pairs"]
    told = first["there_and_back"]
    assert (told["M"], told["L"], told["R"]) == (out.shown.value, out.latent.value, first["R"])
    assert set(told["shuffled"]) == {"L", "M"} == set(told["through"])
    assert "from plain to forgets and back again the error is 0.0000199, and 0.0" in both.sentences()[1]
    assert "There and back again" in both.page() and "Ida y vuelta" in both.page("es")
    with pytest.raises(InvalidArgument, match="no map from plain to wide"):
        wide = tl.wrap(lambda z: z[:, :64].reshape(-1, 1, SIZE, SIZE), (64,), encode=lambda x: x.flatten(1),
                       name="wide", identity="wide", weights={})  # fmt: skip
        tl.compare(model(*PLAIN), wide, method="identity", data=pictures(), n=60, test=40, workspace=tmp_path)


def test_pairs_of_nothing_are_told_from_chance(tmp_path: Path) -> None:
    """A space of a picture's other parts, in which these pictures are noise."""
    draw = torch.Generator().manual_seed(5)
    blind = ("blind", lambda u: torch.randn(len(u), D, generator=draw), lambda z: z @ TURN)
    both = compared(PLAIN, blind, workspace=tmp_path, method=FAST)
    way = both["plain", "blind"]
    assert not way.is_better_than_chance
    assert "no map does better than one of shuffled pairs" in both.sentences()[0]
    [one] = [one for _, _, one in both.found.similarity]
    assert one.p > 0.05 and one.calibrated == 0


def test_the_same_model_twice_is_itself(tmp_path: Path) -> None:
    one = model(*PLAIN)
    both = tl.compare(one, one, data=pictures(), n=100, test=60, measure=["cka"], workspace=tmp_path)
    assert {way.chosen for way in both.ways} == {"identity"}
    assert [(way.source, way.target) for way in both.ways] == [("plain (1)", "plain (2)"), ("plain (2)", "plain (1)")]


def test_a_generator_without_an_encoder_gives_its_own_draws(tmp_path: Path) -> None:
    mute = model("mute", lambda u: u @ TURN, lambda z: z @ TURN.T, encodes=False)
    both = tl.compare(model(*PLAIN), mute, n=200, test=100, measure=["cka"], workspace=tmp_path)
    assert both.what == "draws of mute's own" and "nothing is said of real ones" in both.notes[0]
    assert both["plain", "mute"].chosen == "procrustes"
    with pytest.raises(NotInvertible, match="has no encoder"):
        tl.compare(model(*PLAIN), mute, items="data", data=pictures(), workspace=tmp_path)
    with pytest.raises(NotInvertible, match="neither mute:z nor mute:z has an encoder"):
        tl.compare(mute, mute, workspace=tmp_path)


def test_few_items_are_judged_by_their_number(tmp_path: Path) -> None:
    way = compared(PLAIN, TURNED, workspace=tmp_path, method=["ridge"])["plain", "turned"]
    random = [few for few in way.few if few.how == "random"]
    assert [few.items for few in random] == [4, 8, 16, 32, 64, 128, 160]
    assert random[0].error > 10 * random[-1].error and way.knee is not None and way.knee <= 160
    assert {few.how for few in way.few} == {"random", "farthest", "k-means"}
    assert all(few.interval is not None for few in random[:-1])


def test_what_is_written(tmp_path: Path) -> None:
    both = compared(PLAIN, TURNED, workspace=tmp_path, method=["procrustes", "ridge"], language="es")
    page = both.save(tmp_path / "c.html").read_text("utf-8")
    assert '<html lang="es">' in page and "¿Son el mismo espacio latente?" in page
    assert not re.search(r'(src|href)="(?!data:)', page) and "<script" not in page
    facts = json.loads(both.save(tmp_path / "c.json").read_text("utf-8"))
    [first, _] = facts["pairs"]
    wanted = {"source", "target", "rung", "R", "L", "M", "own", "shuffled", "interval", "n_fit", "n_choose", "n_test"}
    assert wanted <= set(first) and set(first["shuffled"]) == {"L", "M"}
    assert (first["n_fit"], first["n_choose"], first["n_test"]) == (160, 40, 120)
    keys = {"measure", "source", "target", "value", "null", "calibrated", "p", "interval"}
    assert keys <= set(facts["similarity"][0])
    assert both.save(tmp_path / "c.png").stat().st_size > 1000
    assert "plain" in both.page("en") and "Are these latent spaces the same?" in both.page("en")
    with pytest.raises(InvalidArgument, match="no form to save this in"):
        both.save(tmp_path / "c.pdf")


def test_three_models_are_six_ways(tmp_path: Path) -> None:
    found = compared(PLAIN, TURNED, STRETCHED, workspace=tmp_path, method=["procrustes", "ridge"])
    assert len(found.ways) == 6 and len(found.found.similarity) == 3
    assert found.matrix().width > 100
    with pytest.raises(InvalidArgument, match="2 to 6"):
        compared(PLAIN, workspace=tmp_path)
    with pytest.raises(InvalidArgument, match="no such pair of models"):
        found["plain", "nobody"]


# Maps that are bound to their spaces --------------------------------------------------------------------------------


@pytest.fixture
def there(tmp_path: Path) -> SpaceMap:
    return compared(PLAIN, TURNED, workspace=tmp_path, method=["ridge"]).maps["plain", "turned"]


def test_a_map_is_saved_composed_and_inverted(there: SpaceMap, tmp_path: Path) -> None:
    relocations.save(there, tmp_path / "map.safetensors")
    back = relocations.read(tmp_path / "map.safetensors")
    z = known()[:9]
    assert torch.equal(back(z), there(z)) and (back.source, back.target) == (there.source, there.target)
    assert torch.allclose(there.then(there.inverse())(z), z, atol=1e-4)
    a, b = there.matrix()
    assert torch.allclose(z @ a + b, there(z), atol=1e-5) and there.is_linear
    with pytest.raises(IdentityMismatch, match="do not meet"):
        there.then(there)


def test_a_map_is_for_its_own_two_spaces(there: SpaceMap) -> None:
    there.check(model(*PLAIN), "z", model(*TURNED), "z")
    with pytest.raises(IdentityMismatch, match="ends in another space"):
        there.check(model(*PLAIN), "z", model(*STRETCHED), "z")
    with pytest.raises(IdentityMismatch, match="begins in another space"):
        there.check(model(*BENT), "z", model(*TURNED), "z")


def test_a_map_of_another_version_or_of_none_is_refused(there: SpaceMap, tmp_path: Path) -> None:
    from trasluz.io.weights import write_tensors

    told = there.metadata()
    write_tensors(tmp_path / "later.safetensors", there.tensors(), "relocation", {**told, "map_version": "9"})
    with pytest.raises(VersionMismatch, match="of another version"):
        relocations.read(tmp_path / "later.safetensors")
    write_tensors(tmp_path / "odd.safetensors", there.tensors(), "relocation", {**told, "source": "[]"})
    with pytest.raises(DamagedFile, match="does not say what it is a map of"):
        relocations.read(tmp_path / "odd.safetensors")
    (tmp_path / "text.safetensors").write_text("nothing")
    with pytest.raises(DamagedFile):
        relocations.read(tmp_path / "text.safetensors")


def test_a_step_is_carried_by_the_matrix(there: SpaceMap) -> None:
    step = torch.eye(D)[2]
    assert torch.allclose(there.relocation.carry(step), there.matrix()[0][2], atol=1e-5)
    assert isinstance(there.source, End) and np.isfinite(float(there.relocation.carry(step).norm()))


# A search over all spaces ---------------------------------------------------------------------------------------------


class Spacious(LatentModel):
    """A model of several spaces, each that of a wrapped one."""

    family = "spacious"

    def __init__(self, name: str, parts: dict[str, LatentModel]) -> None:
        self.name, self._parts = name, parts
        self.spaces = {key: part.space() for key, part in parts.items()}
        for key, space in self.spaces.items():
            space.name = key  # type: ignore[misc]
        self.default_space = next(iter(parts))
        self.representation = self.space().representation

    @property
    def is_kept(self) -> bool:
        return False

    def state(self) -> dict[str, Tensor]:
        return {"columns": COLUMNS}

    def to(self, device: torch.device | str) -> LatentModel:
        return self


def spacious(name: str) -> LatentModel:
    """Its main space is made of noise; what the pictures are made of lies in another, in the second layer of a third,
    and in a fourth again; one tells nothing, one is not finite, one is mute."""
    draw = torch.Generator().manual_seed(5)

    def layered(u: Tensor) -> Tensor:
        return torch.stack([torch.randn(len(u), D, generator=draw), u @ TURN], 1)

    def layers(z: Tensor) -> Tensor:
        return (z[:, 1] @ TURN.T @ COLUMNS.T).reshape(len(z), 1, SIZE, SIZE) * 0.5 + 0.5

    def read(x: Tensor) -> Tensor:
        return layered((x.flatten(1) - 0.5) / 0.5 @ COLUMNS)

    return Spacious(name, {
        "noise": model("a", lambda u: torch.randn(len(u), D, generator=draw), lambda z: z @ TURN),
        "told": model("b", *TURNED[1:]),
        "layers": tl.wrap(layers, (2, D), encode=read, name="c", identity="c", weights={"columns": COLUMNS}),
        "again": model("d", *TURNED[1:]),
        "flat": model("e", torch.zeros_like, lambda z: z),
        "broken": model("f", lambda u: u / 0, lambda z: z),
        "mute": model("g", *PLAIN[1:], encodes=False),
    })  # fmt: skip


def test_the_pair_that_is_most_alike_of_all_spaces(tmp_path: Path) -> None:
    given: dict[str, Any] = {"data": pictures(), "n": 100, "test": 120, "method": ["ridge"], "measure": ["mutual-knn"]}
    found = tl.compare(model(*PLAIN), spacious("many"), search=True, workspace=tmp_path, **given)
    looked = found.found.looked
    assert looked is not None and looked.pairs == 5
    assert looked.spaces == {"plain": ("z",), "many": ("noise", "told", "layers", "layers[0]", "layers[1]")}
    order = [one.second for _, _, one in looked.best()]
    assert set(order[:2]) == {"told", "layers[1]"} and order[2] == "layers"
    by_name = {one.second: one for _, _, one in looked.best()}
    assert by_name["told"].p < 0.05 and by_name["told"].calibrated > 0.9
    assert by_name["noise"].p > 0.05 and by_name["noise"].calibrated == 0 == by_name["layers[0]"].calibrated
    told = found.facts()["search"]
    assert told["left_out"] == {
        "many:again": "the same as told", "many:flat": "all items are the same in it",
        "many:broken": "numbers that are not finite",
        "many:mute": "the items are not known in it, for want of an encoder",
    }  # fmt: skip
    assert "of all 5 pairs of their spaces plain:z and many:" in found.sentences()[2]
    assert "de las 5 parejas de sus espacios, la más parecida es plain:z y many:" in found.sentences("es")[2]
    page = found.page("es")
    assert "many: noise, told, layers, layers[0], layers[1]" in page and "many:again (lo mismo que told)" in page


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path) -> None:
    draw = torch.Generator().manual_seed(11)
    parts = {f"s{i}": model(f"n{i}", lambda u: torch.randn(len(u), D, generator=draw), lambda z: z) for i in range(6)}
    found = tl.compare(
        model(*PLAIN), Spacious("noise", parts), search=True, data=pictures(), n=100, test=60, method=["ridge"],
        measure=["mutual-knn", "svcca"], workspace=tmp_path,
    )  # fmt: skip
    looked = found.found.looked
    assert looked is not None and len(looked.found) == 12
    assert all(one.p > 0.05 and one.calibrated == 0 for _, _, one in looked.found)
    assert "none is more alike than chance gives who looks at all of them" in found.sentences()[2]


def test_own_draws_are_known_in_every_space_they_pass_through(tmp_path: Path) -> None:
    """A style-based GAN without an encoder: its draws begin in z, and their w is exact."""
    gan = tl.open("faces-gan")
    gathering = gathered(
        [gan, tl.open("faces-vae")], Session.of(tmp_path, "cpu"), spaces=["z", None], data=None,
        support=None, n_fit=20, n_test=16, seed=0,
    )  # fmt: skip
    side = gathering.sides[0]
    assert gathering.drawn is gan and side.space.name == "z"
    assert torch.allclose(latents(side, gan.space("w"), True), gan.transport(side.test, "z", "w"), atol=1e-5)
