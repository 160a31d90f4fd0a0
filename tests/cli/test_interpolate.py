"""`trasluz interpolate`: rules, their settings, figures, and the forms that a path is written in."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image
from typer.testing import CliRunner

import toy_models as toys
import trasluz as tl
from trasluz.base.errors import InvalidArgument
from trasluz.cli import app as face
from trasluz.lab.results.paths import LatentPath


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of one's own, and a model that is always there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(tmp_path / "workspace"))
    tl.wrap(**toys.build(), identity="toy").save("toy", build=toys.__file__, allow_code=True)


def run(*words: str) -> Any:
    return CliRunner().invoke(face.app, ["interpolate", "toy", "seed:1", "seed:2", *words])


def error(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 2 and result.stdout == ""
    return next(line for line in result.stderr.splitlines() if line.startswith("Error: "))


def test_json_holds_the_figures_and_the_command_gives_them_again() -> None:
    words = ("--rule", "geodesic", "--set", "stay=0", "--set", "steps=3", "--frames", "5", "--out", "a.png", "--json")
    made = json.loads(run(*words).stdout)
    assert made["quality"]["rule"] == "geodesic" and made["quality"]["quality"] is None
    assert made["quality"]["pace"] >= 1 and made["quality"]["decoded_detour"] >= 1
    again = CliRunner().invoke(face.app, [*shlex.split(made["command"])[1:], "--json"])
    assert json.loads(again.stdout) == made


def test_several_rules_are_a_table_and_a_picture() -> None:
    result = run("--rule", "linear,spherical", "--frames", "4", "--out", "rules.png")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0] == "rules.png" and Path("rules.png").stat().st_size > 1000
    assert [line.split()[0] for line in result.stdout.splitlines()[-2:]] == ["linear", "spherical"]
    made = json.loads(run("--rule", "linear,cdf", "--frames", "4", "--json").stdout)
    assert [part["rule"] for part in made["quality"]] == ["linear", "cdf"]


def test_frames_are_written_into_a_folder() -> None:
    assert run("--frames", "3", "--out", "one/by/one/").stdout.strip() == "one/by/one"
    assert sorted(path.name for path in Path("one/by/one").iterdir()) == [f"frame-000{i}.png" for i in range(3)]
    assert "is not empty" in error("--frames", "3", "--out", "one/by/one/")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--out", "path"], "or / (a folder)"),
        (["--out", "path.avi"], "no form to save this in: got 'path.avi'"),
        (["--rule", "linear,cdf", "--out", "a.gif"], "no form to save this in"),
        (["--rule", "linear,cdf", "--out", "frames/"], "no form to save this in"),
        (["--rule", "geodesics"], "Did you mean geodesic?"),
        (["--rule", "density", "--set", "neighbors=3"], "Did you mean neighbours?"),
        (["--rule", "density", "--set", "neighbours"], "a setting is KEY=VALUE"),
        (["--rule", "density"], "needs encoded data"),
        (["--set", "steps=3"], "unknown setting"),
        (["--measure"], "does not say what it was trained on"),
    ],
)
def test_what_cannot_be_done_is_one_line(words: list[str], part: str) -> None:
    assert part in error(*words)


def frame_rates(path: Path) -> tuple[float, int]:
    """Frames per second of a film, and how many there are."""
    if path.suffix == ".gif":
        with Image.open(path) as film:
            film.seek(1)
            return 1000 / film.info["duration"], film.n_frames
    with av.open(str(path)) as film:
        return float(film.streams.video[0].average_rate or 0), sum(1 for _ in film.decode(video=0))


@pytest.mark.parametrize("form", ["gif", "mp4"])
def test_a_film_is_as_quick_as_it_is_asked_to_be(tmp_path: Path, form: str) -> None:
    for fps in (4, 25):
        assert run("--frames", "6", "--fps", str(fps), "--out", f"path-{fps}.{form}").exit_code == 0
        rate, _ = frame_rates(tmp_path / f"path-{fps}.{form}")
        assert rate == pytest.approx(fps)
    usual = run("--frames", "6", "--out", f"path.{form}", "--json")
    assert usual.exit_code == 0 and frame_rates(tmp_path / f"path.{form}")[0] == pytest.approx(12, rel=0.05)


def test_the_speed_is_part_of_the_command_unless_it_is_the_usual_one() -> None:
    path = tl.interpolate("toy", "seed:1", "seed:2", frames=4, fps=25)
    assert isinstance(path, LatentPath) and "--fps 25" in path.command() and "fps=25" in path.code()
    assert "fps" not in path.at(12).command() + path.at(12).code() and path.at(12).latents is path.latents


@pytest.mark.parametrize("fps", ["0", "51", "nan"])
def test_a_speed_that_no_film_has_is_refused(fps: str) -> None:
    assert run("--fps", fps, "--out", "path.gif").exit_code == 2
    with pytest.raises(InvalidArgument, match=r"0\.1 to 50"):
        tl.interpolate("toy", "seed:1", "seed:2", fps=float(fps))
