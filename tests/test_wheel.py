"""The wheel, built and used as somebody would who has never seen the repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
PAGE = "trasluz/server/page/"


def run(*command: str | Path, cwd: Path, **more: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= {"TRASLUZ_WORKSPACE": str(cwd / "workspace"), **more}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, REPOSITORY, cwd=out)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, unpacked."""
    out = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", out, REPOSITORY, cwd=out)
    with tarfile.open(next(out.glob("*.tar.gz"))) as archive:
        # Python 3.11 has filters from its fourth release on.
        archive.extractall(out, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return next(path for path in out.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel alone, which sees the dependencies that are here."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "env", with_pip=False)
    python = home / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel, cwd=home)
    place = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip())
    # A path in a .pth file is searched after the environment's own, and its own .pth files (ours, editable) are not.
    (place / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_everything_is_in_it(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(
        ["git", "ls-files", "src/trasluz"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    ).stdout.split()
    here = [str(p.relative_to(REPOSITORY)) for p in (REPOSITORY / "src/trasluz").rglob("*.py")]
    assert {name.removeprefix("src/") for name in listed or here} <= names
    assert "trasluz/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name or name.endswith(".pyc")]


def check_page(names: set[str], read: Callable[[str], str]) -> None:
    """The page is there, with every file that it begins with."""
    files = {name.removeprefix(PAGE) for name in names if name.startswith(PAGE)}
    asked = set(re.findall(r'(?:src|href)="\./(assets/[^"]+)"', read(f"{PAGE}index.html")))
    assert asked and asked <= files and any(name.endswith(".js") for name in asked)
    assert {name for name in files if not name.startswith("assets/")} == {"index.html", ".built-from"}


def test_the_page_of_the_studio_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        check_page(set(archive.namelist()), lambda name: archive.read(name).decode())
        assert not [name for name in archive.namelist() if name.startswith(("web", "hatch_build")) or "node" in name]


def test_a_wheel_of_the_source_archive_needs_no_node(sdist: Path, tmp_path: Path) -> None:
    names = {path.relative_to(sdist / "src").as_posix() for path in (sdist / "src").rglob("*") if path.is_file()}
    check_page(names, lambda name: (sdist / "src" / name).read_text())
    assert (sdist / "web" / "src").is_dir() and not list(sdist.rglob("node_modules")), "what the page is made of"
    asked = "import hatchling.build as b; print(b.get_requires_for_build_wheel())"
    assert run(sys.executable, "-c", asked, cwd=sdist).strip() == "[]"
    # Without any way to build the page: the folder of Node is one that is not there.
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, sdist)
    run(*build, cwd=tmp_path, TRASLUZ_NODE=str(tmp_path / "none"))
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as archive:
        check_page(set(archive.namelist()), lambda name: archive.read(name).decode())


def test_the_built_page_is_not_part_of_the_repository() -> None:
    done = subprocess.run(
        ["git", "ls-files", f"src/{PAGE}"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


def test_it_works_outside_the_repository(installed: Path) -> None:
    home = installed.parents[2]
    trasluz = installed.parent / "trasluz"
    where = run(installed, "-c", "import trasluz; print(trasluz.__file__)", cwd=home).strip()
    assert Path(where).is_relative_to(home), where
    assert "train" in run(trasluz, "--help", cwd=home) and "train" in run(
        installed, "-m", "trasluz", "--help", cwd=home
    )
    verbs = run(
        installed, "-c", "import trasluz as tl; print([getattr(tl, v).__name__ for v in tl._verbs()])", cwd=home
    )
    assert "interpolate" in verbs
    assert list(home.glob("workspace")) == [], "looking makes nothing"


def test_its_plugins_are_found(installed: Path) -> None:
    script = (
        "import json; from trasluz.spaces import registry as r;"
        "name = lambda row, n: n if row == 'verbs' and r.load(row, n) else r.get(row, n).name;"
        "print(json.dumps({row: [name(row, n) for n in r.names(row)] for row in r.ROWS}))"
    )
    found = json.loads(run(installed, "-c", script, cwd=installed.parents[2]))
    declared = {g.removeprefix("trasluz."): sorted(points) for g, points in PROJECT["entry-points"].items()}
    assert found == declared


def test_the_bundled_models_open_without_a_workspace(installed: Path) -> None:
    home = installed.parents[2]
    run(installed.parent / "trasluz", "sample", "faces-vae", "-n", "4", "--out", "faces.png", cwd=home)
    assert (home / "faces.png").stat().st_size > 5000
    listed = json.loads(run(installed.parent / "trasluz", "models", "list", "--json", cwd=home))["models"]
    assert "faces-vae" in [model["name"] for model in listed if model["where"] == "bundled"]
    assert list(home.glob("workspace")) == [], "opening makes nothing"


def test_it_can_be_used(installed: Path) -> None:
    """A model of numbers, wrapped, sampled and drawn."""
    script = """
import torch, trasluz as tl
decode = torch.nn.Sequential(torch.nn.Linear(4, 192), torch.nn.Sigmoid(), torch.nn.Unflatten(1, (3, 8, 8)))
model = tl.wrap(decode=decode, shape=(4,))
print(tl.sample(model, 4, seed=0).save("grid.png"))
"""
    home = installed.parents[2]
    run(installed, "-c", script, cwd=home)
    assert (home / "grid.png").read_bytes().startswith(b"\x89PNG")
