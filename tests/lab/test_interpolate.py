"""Paths begin and end where they should, and know which frames are which points."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import toy_models as toys
from trasluz import wrap
from trasluz.base.errors import InvalidArgument, NotDifferentiable, UnknownName
from trasluz.io.workspace import Workspace
from trasluz.lab.interpolate import interpolate
from trasluz.lab.judging.path_quality import Real
from trasluz.lab.results.paths import LatentPath, LatentPaths
from trasluz.spaces.figures import Judge

DATA = toys.pictures(40)


@pytest.mark.parametrize("rule", ["linear", "spherical"])
@pytest.mark.parametrize("model", [toys.coded(), toys.spatial()], ids=lambda m: m.name)
def test_a_path_goes_from_the_first_point_to_the_last(rule: str, model: toys.Toy) -> None:
    path = interpolate(model, "seed:1", "seed:2", rule=rule, frames=9)
    assert len(path) == 9 and path.items.shape == (9, *model.representation.public_shape)
    ends = interpolate(model, "seed:1", "seed:2", frames=2).latents
    assert torch.allclose(path.latents[[0, -1]], ends, atol=1e-5)
    assert path.stations == {0: "seed:1", 8: "seed:2"}
    assert torch.equal(path.latents, interpolate(model, "seed:1", "seed:2", rule=rule, frames=9).latents)


def test_the_middle_of_a_straight_path_is_the_mean() -> None:
    path = interpolate(toys.coded(), "test:0", "test:1", frames=3, data=DATA)
    assert torch.allclose(path.latents[1], path.latents[[0, 2]].mean(0), atol=1e-6)


def test_a_path_may_pass_a_point_twice_and_come_home() -> None:
    there_and_back = interpolate(toys.coded(), "seed:1", "seed:2", "seed:1", frames=9)
    assert there_and_back.stations == {0: "seed:1", 4: "seed:2", 8: "seed:1"}
    round_ = interpolate(toys.coded(), "seed:1", "seed:2", frames=8, loop=True)
    assert round_.stations == {0: "seed:1", 4: "seed:2"} and "round" in repr(round_)
    assert not torch.allclose(round_.latents[-1], round_.latents[0])


def test_slerp_is_what_the_field_calls_spherical() -> None:
    a, b = (interpolate(toys.coded(), "seed:1", "seed:2", rule=rule, frames=5) for rule in ("slerp", "spherical"))
    assert torch.equal(a.latents, b.latents)


def test_a_path_that_cannot_be_says_why() -> None:
    model = toys.coded()
    with pytest.raises(InvalidArgument, match="two or more points"):
        interpolate(model, "seed:1")
    with pytest.raises(InvalidArgument, match=r"number of frames.*3 to"):
        interpolate(model, "seed:1", "seed:2", "seed:3", frames=2)
    with pytest.raises(UnknownName, match="rule of interpolation"):
        interpolate(model, "seed:1", "seed:2", rule="straight")


# Rules that look at data, and their settings -------------------------------------------------------------------


def path(*points: str, model: Any = None, **arguments: Any) -> LatentPath:
    made = interpolate(model or toys.coded(), *points, **arguments)
    assert isinstance(made, LatentPath)
    return made


@pytest.mark.parametrize("rule", ["geodesic", "density"])
def test_rules_that_look_at_data_are_given_the_atlas(rule: str, workspace: Workspace) -> None:
    made = path("test:0", "test:1", rule=rule, frames=7, data=DATA)
    assert workspace.names("atlases"), "encoded once"
    assert torch.equal(made.latents[[0, -1]], path("test:0", "test:1", frames=2, data=DATA).latents)
    assert made.rule == rule and made.seconds > 0
    with pytest.raises(InvalidArgument, match="trasluz encode"):
        path("seed:0", "seed:1", rule=rule, data=toys.pictures(40, spec="others"), create=False)


def test_the_metric_of_the_decoder_alone_needs_no_data(workspace: Workspace) -> None:
    path("test:0", "test:1", rule="geodesic", settings={"stay": 0, "steps": 2}, frames=3, data=DATA, create=False)
    assert not workspace.names("atlases")
    theirs = wrap(decode=lambda z: z.reshape(-1, 1, 4, 4).sigmoid(), shape=(16,), name="theirs")
    assert len(path("seed:0", "seed:1", model=theirs, rule="geodesic", settings={"steps": 2}, frames=5)) == 5
    assert workspace.names("atlases") == ["theirs--own--z"], "what stands for data are its own draws"
    assert len(path("seed:0", "seed:1", model=theirs, rule="density", frames=4)) == 4
    with pytest.raises(InvalidArgument, match="needs encoded data"):
        path("seed:0", "seed:1", model=toys.coded(), rule="density")


def test_a_space_without_gradients_says_so() -> None:
    model = toys.coded()
    model.space().differentiable = False
    with pytest.raises(NotDifferentiable, match="another rule"):
        path("seed:0", "seed:1", model=model, rule="geodesic", settings={"stay": 0})


def test_settings_are_read_and_told() -> None:
    made = path("seed:1", "seed:2", rule="geodesic", settings={"steps": "3", "stay": "0"}, frames=4)
    assert "--rule geodesic --frames 4 --set steps=3 --set stay=0" in made.command()
    assert "settings={'steps': 3, 'stay': 0}" in made.code()
    with pytest.raises(UnknownName, match=r"unknown setting.*Did you mean steps"):
        path("seed:1", "seed:2", rule="geodesic", settings={"step": 3})
    with pytest.raises(InvalidArgument, match="greater than or equal to 1"):
        path("seed:1", "seed:2", rule="geodesic", settings={"steps": 0})


# How good a path is --------------------------------------------------------------------------------------------


def test_a_straight_path_through_a_straight_decoder_is_as_short_and_even_as_can_be() -> None:
    matrix = torch.randn(4, 16, generator=torch.Generator().manual_seed(0)) / 20
    flat = wrap(decode=lambda z: (z @ matrix + 0.5).reshape(-1, 1, 4, 4), shape=(4,), name="flat")
    f = path("seed:1", "seed:2", model=flat, frames=9).figures
    assert (f.detour, f.decoded_detour, f.pace) == pytest.approx((1, 1, 1), abs=1e-4) and f.turning < 0.1
    there_and_back = path("seed:1", "seed:2", "seed:1", model=flat, frames=9).figures
    assert there_and_back.turning == pytest.approx(180 / 7, abs=0.1), "one turn about, in seven"
    assert there_and_back.length == pytest.approx(2 * f.length, rel=1e-5)


def test_an_arc_is_longer_than_its_chord_by_what_geometry_says() -> None:
    a, b = torch.eye(4)[:1], torch.eye(4)[1:2]
    model = wrap(decode=lambda z: z.reshape(-1, 1, 2, 2), shape=(4,), name="plane")
    made = interpolate(model, a, b, rule="spherical", frames=200)
    assert isinstance(made, LatentPath)
    assert made.figures.detour == pytest.approx(np.pi / 2 / 2**0.5, rel=1e-4)
    assert made.figures.pace == pytest.approx(1, abs=1e-3)


def test_a_loop_is_measured_all_the_way_round() -> None:
    once, round_ = (path("seed:1", "seed:2", frames=8, loop=loop).figures for loop in (False, True))
    assert round_.length == pytest.approx(2 * once.length, rel=1e-4) and round_.detour == pytest.approx(1, abs=1e-4)


class Features:
    """A reader that was trained elsewhere."""

    name = "a reader"
    judge = Judge("a reader", "0123")

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3))


@pytest.mark.parametrize(("reader", "said"), [(None, "pixels (16 x 16 means)"), (Features(), "a reader")])
def test_a_path_is_held_against_real_items_only_when_asked(
    reader: Features | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trasluz.lab.judging.reader.reader_for", lambda *_, **__: reader)
    assert path("test:0", "test:1", data=DATA).quality is None
    made = path("test:0", "test:1", "test:2", frames=9, measure=True, data=DATA)
    q = made.quality
    assert q is not None and q.frames == 6 and q.real == len(DATA.split("train"))
    assert q.precision is not None and 0 <= q.precision <= 1 and q.ppl > 0 and q.features == said
    assert q.measured["ppl"].interval is None and "hang together" in q.measured["ppl"].details["no_interval"]
    assert f"like the data {q.precision:.0%} of 6" in made.told() and "--measure" in made.command()
    assert q.steps == len(made) - 1 and q.measured["ppl"].value == q.ppl and q.measured["precision"].n == q.frames
    assert made.document()["quality"] == q.figures() and made.document()["rule"] == "linear"
    round_ = path("test:0", "test:1", "test:2", "test:3", frames=24, loop=True, measure=True, data=DATA).quality
    assert round_ is not None and round_.legs == 4 and round_.measured["ppl"].judge == round_.judge
    ends = round_.measured["ppl"].interval
    assert ends is not None and ends[0] < round_.ppl < ends[1] and round_.precision_interval is not None
    only_points = path("test:0", "test:1", frames=2, measure=True, data=DATA).quality
    assert only_points is not None and only_points.precision is None and only_points.frames == 0


def test_what_is_real_lies_within_reach_and_noise_does_not() -> None:
    x = DATA.tensor(slice(None))
    rows = x.flatten(1)
    reach = torch.cdist(rows, rows).sort(1).values[:, 3]
    real = Real(Judge("pixels"), lambda y: y.flatten(1), rows, reach)
    assert bool(real.holds(x).all())
    noise = torch.rand(x.shape, generator=torch.Generator().manual_seed(0))
    assert not bool(real.holds(noise).any())


def test_data_that_nobody_knows_cannot_measure() -> None:
    with pytest.raises(InvalidArgument, match=r"does not say what it was trained on.*--data"):
        path("seed:0", "seed:1", measure=True)


# Several rules side by side ------------------------------------------------------------------------------------


def test_several_rules_are_compared(tmp_path: Path) -> None:
    made = interpolate(toys.coded(), "seed:1", "seed:2", rule="linear, slerp,cdf", frames=5)
    assert isinstance(made, LatentPaths) and list(made.paths) == ["linear", "spherical", "cdf"]
    alone = path("seed:1", "seed:2", rule="spherical", frames=5)
    assert torch.equal(made["spherical"].latents, alone.latents) and len(made) == 15
    assert [part["rule"] for part in made.document()] == list(made.paths)
    assert all(rule in made.told() for rule in made.paths)
    one, three = alone.image().size, made.image().size
    assert three[1] > 2 * one[1] and three[0] > one[0]
    with np.load(made.save(tmp_path / "a.npz")) as arrays:
        assert np.array_equal(arrays["cdf_latents"], made["cdf"].latents.numpy())
    for name in ("a.gif", "frames/"):
        with pytest.raises(InvalidArgument, match="no form to save this in"):
            made.save(f"{tmp_path}/{name}")


def test_a_setting_goes_to_the_rules_that_have_it() -> None:
    both = {"rule": "linear,geodesic", "frames": 3}
    assert isinstance(
        interpolate(toys.coded(), "seed:1", "seed:2", settings={"steps": 1, "stay": 0}, **both), LatentPaths
    )
    with pytest.raises(UnknownName, match="unknown setting: got 'stepz'"):
        interpolate(toys.coded(), "seed:1", "seed:2", settings={"stepz": 1}, **both)
    with pytest.raises(UnknownName, match="rule of interpolation"):
        interpolate(toys.coded(), "seed:1", "seed:2", rule="linear,,cdf")


# Single frames -------------------------------------------------------------------------------------------------


def test_a_name_that_ends_in_a_slash_is_a_folder_of_frames(tmp_path: Path) -> None:
    made = path("seed:1", "seed:2", frames=5)
    folder = made.save(f"{tmp_path}/some/frames/")
    assert [file.name for file in sorted(folder.iterdir())] == [f"frame-{i:04d}.png" for i in range(5)]
    for i, file in enumerate(sorted(folder.iterdir())):
        with Image.open(io.BytesIO(file.read_bytes())) as picture:
            pixels = np.asarray(picture).transpose(2, 0, 1)
        assert np.array_equal(pixels, (made.items[i] * 255).round().byte().numpy())
    assert made.command().endswith("some/frames/") and "some/frames/" in made.code()
    with pytest.raises(InvalidArgument, match="is not empty"):
        made.save(f"{folder}/")
    with pytest.raises(InvalidArgument, match=r"\.npz or / \(a folder\)"):
        made.save(tmp_path / "frames")
