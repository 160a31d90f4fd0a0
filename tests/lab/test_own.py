"""A model without an encoder has an atlas all the same: its own draws, by their true latents."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import painted
import toy_models as toys
import trasluz as tl
from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument, NotInvertible, Stopped
from trasluz.base.progress import Silent
from trasluz.cli.app import app
from trasluz.lab.calls.session import Session
from trasluz.lab.desk import Desk
from trasluz.lab.shelf import atlases
from trasluz.lab.shelf.points import Resolver
from trasluz.spaces import registry
from trasluz.spaces.model import LatentModel


def foreign(name: str = "foreign") -> LatentModel:
    """The painted decoder, without its encoder."""
    return tl.wrap(painted.decode, (5,), name=name, identity="foreign")


class Heard(Silent):
    """What was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_its_rows_are_the_draws_of_seed_0(workspace) -> None:
    model = foreign()
    atlas = tl.encode(model, own=300)
    z = model.space().prior().sample(300, 0)
    assert atlas.name == "foreign--own--z" and atlas.is_own and torch.equal(atlas.latents, z) and atlas.log_var is None
    assert atlas.rows.column("id").to_pylist()[:2] == ["seed:0/0", "seed:0/1"] and atlas.columns == []
    assert set(atlas.rows.column("split").to_pylist()) == {"own"} and atlas.manifest.data == "own"
    shown = model.space().decode(z[[5, 299]]).mul(255).round().byte().numpy()
    assert np.array_equal(atlas.thumbnails([5, 299]), shown)
    for i in (0, 7, 299):
        point = Resolver(model, Session.of(workspace))(f"seed:0/{i}")
        assert torch.equal(point[0], atlas.latents[i])


def test_it_is_the_default_where_nothing_encodes_and_is_announced(workspace) -> None:
    heard, model = Heard(), foreign()
    plane = tl.map(model, progress=heard)
    assert plane.atlas.name == "foreign--own--z" and len(plane.atlas) == 5000
    assert any("Drawing 5,000 of the model's own" in line for line in heard.lines)
    assert tl.encode(model).folder == plane.atlas.folder
    with pytest.raises(InvalidArgument, match=r"no atlas other--own--z.*trasluz encode other --own 5000"):
        tl.map(foreign("other"), create=False)
    with pytest.raises(NotInvertible, match=r"no encoder.*trasluz encode foreign --own 5000"):
        tl.map(model, data=painted.data(20))


def test_what_encodes_is_as_before(workspace) -> None:
    """Own draws come only where they are asked for."""
    model = painted.model("coded")
    with pytest.raises(InvalidArgument, match="does not say what it was trained on"):
        tl.map(model)
    own = tl.encode(model, own=50)
    assert own.is_own and len(tl.map(model, atlas=own.name)) == 50
    assert not Resolver(model, Session.of(workspace)).has_atlas


def test_it_grows_and_goes_on_after_a_stop(workspace, monkeypatch) -> None:
    model = foreign()
    short = tl.encode(model, own=2100)
    assert len(tl.encode(model, own=100)) == 2100
    prior, calls = type(model.space().prior()), []
    draw = prior.sample

    def sample(self, n, seed, *, start=0, temperature=1.0):
        calls.append(start)
        if len(calls) == 40:
            raise KeyboardInterrupt
        return draw(self, n, seed, start=start, temperature=temperature)

    monkeypatch.setattr(prior, "sample", sample)
    with pytest.raises(Stopped):
        tl.encode(model, own=6000)
    stopped = min(calls)
    monkeypatch.undo()
    assert stopped == 2048, "the whole shard was taken over"
    grown = tl.encode(model, own=6000)
    assert len(grown) == 6000 and torch.equal(grown.latents[:2100], short.latents)
    assert torch.equal(grown.latents, model.space().prior().sample(6000, 0))


def test_another_model_or_prior_makes_another_one(workspace) -> None:
    tl.encode(foreign(), own=20)
    heard = Heard()
    other = tl.wrap(lambda z: painted.decode(z) * 0.5, (5,), name="foreign", identity="half")
    tl.encode(other, own=20, progress=heard)
    method = registry.get("priors", "gaussian")
    wide = method.fit(torch.randn(99, 5) * 3, None, method.config_type(), 0, lambda *_: None)
    widened = tl.wrap(lambda z: painted.decode(z) * 0.5, (5,), name="foreign", identity="half", prior=wide)
    atlas = tl.encode(widened, own=20, progress=heard)
    assert torch.equal(atlas.latents, wide.sample(20, 0))
    assert any("model has changed" in line for line in heard.lines)
    assert any("data have changed" in line for line in heard.lines)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"own": 1}, "number of own draws"),
        ({"own": 10**9}, "number of own draws"),
        ({"own": 5, "data": "faces"}, "take the place of data"),
        ({"own": 5, "limit": 2}, "take the place of data"),
        ({"own": 5, "split": "train"}, "take the place of data"),
    ],
)
def test_what_cannot_be_asked_for(workspace, asked, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        tl.encode(foreign(), **asked)


def test_a_space_without_a_prior_has_none(workspace) -> None:
    model = toys.two_spaces()
    with pytest.raises(InvalidArgument, match="no prior"):
        tl.encode(model, own=5, space="w")
    assert not Resolver(model, Session.of(workspace), space="w").has_atlas


def test_regions_density_and_directions_without_labels_serve_it(workspace) -> None:
    model = foreign()
    tl.encode(model, own=5000)
    inside = tl.sample(model, 20, region=[(-1, -1), (1, -1), (1, 1), (-1, 1)])
    assert inside.support is not None and "of the region" in inside.source
    walk = tl.interpolate(model, "seed:0/1", "seed:0/9", rule="density", frames=5)
    assert walk.latents.shape == (5, 5)  # type: ignore[union-attr]
    found = tl.find(model, method="pca", count=2, measured=False)
    assert len(found) == 2
    with pytest.raises(NotInvertible, match="--samples 2000"):
        tl.find(model, target="colour=red", measured=False)


def test_what_drew_on_the_prior_before_still_does(workspace) -> None:
    """Near a point, along dimensions and by a dimension, own draws say no more than the prior, and are not made."""
    model = foreign()
    near = tl.sample(model, 4, near="seed:1")
    rows = tl.traverse(model)
    edited = tl.edit(model, "seed:1", dims={0: 1.0}, report=False)
    assert not (workspace.root / "atlases").exists()
    tl.encode(model, own=100)
    assert torch.equal(tl.sample(model, 4, near="seed:1").latents, near.latents)
    assert torch.equal(tl.traverse(model).latents, rows.latents)
    assert torch.equal(tl.edit(model, "seed:1", dims={0: 1.0}, report=False).latents, edited.latents)


def test_a_desk_over_it_names_its_rows_and_moves_as_edit_does(workspace) -> None:
    model = foreign()
    tl.encode(model, own=5000)
    desk = Desk(model, tl.map(model))
    assert desk.point(3) == "seed:0/3" and desk.row_of("seed:0", 3) == 3 and desk.row_of("seed:1", 3) is None
    assert desk.row_of("seed:0", 5000) is None and desk.row_of("test", 3) is None and desk.original(3) is None
    moved = desk.moved(desk.resolver("seed:0/3"), {}, {1: 2.0})
    same = tl.edit(model, "seed:0/3", dims={1: 2.0}, report=False)
    assert torch.allclose(moved, same.latents, atol=1e-6)


def test_it_reads_as_any_atlas(workspace) -> None:
    atlas = tl.encode(foreign(), own=40)
    shown = atlases.show_atlas(atlas.name)
    assert shown["split"] == "own" and shown["items"] == 40 and shown["columns"] == {}
    assert [line["state"] for line in atlases.list_atlases()] == ["ready"]
    out = atlases.export_atlas(atlas.name, workspace.root / "own.npz")
    with np.load(out) as file:
        assert file["id"][3] == "seed:0/3" and np.array_equal(file["latents"], atlas.latents.numpy())
    assert len(Atlas.open(atlas.folder, model=foreign())) == 40


def test_a_gan_s_z_on_the_command_line(workspace) -> None:
    run = CliRunner().invoke(app, ["encode", "fashion-gan", "--space", "z", "--own", "64", "--json"])
    assert run.exit_code == 0, run.stderr
    assert json.loads(run.stdout)["atlas"] == "fashion-gan--own--z"
