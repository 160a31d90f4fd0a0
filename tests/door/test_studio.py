"""What a person does at the studio: a list of promises."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from typer.testing import CliRunner

import painted
import trasluz as tl
from trasluz.cli import app as face
from trasluz.io.workspace import Workspace
from trasluz.server.app import make_app
from trasluz.server.limits import Limits
from trasluz.server.studio import Studio

TOKEN, PORT = "a-token-of-this-run", 8765
Ask = Callable[..., dict[str, Any]]


def rows(table: dict[str, Any]) -> Any:
    """A table of situations: the promise, and what it is about."""
    return pytest.mark.parametrize("case", table.values(), ids=table.keys())


def photos(root: Path, parts: dict[str, int]) -> Path:
    """A folder of pictures in one colour each, with a table of moods, one file that is none, and one that is cut."""
    root.mkdir()
    lines = ["file_name,mood"]
    for part, n in parts.items():
        (root / part).mkdir()
        for i in range(n):
            colour = painted.COLOURS[["red", "green", "blue"][i % 3]]
            levels = [235 if value > 0 else 25 for value in colour]
            # No two alike: copies are kept in one part.
            pixels = np.full((16, 16, 3), levels, np.uint8)
            pixels[0, 0] = len(lines) % 251
            Image.fromarray(pixels).save(root / part / f"{part}{i:02}.png")
            lines.append(f"{part}/{part}{i:02}.png,{'glad' if i % 2 else 'sad'}")
    (root / "metadata.csv").write_text("\n".join([*lines, "train/none.png,glad", ""]))
    (root / "train" / "broken.png").write_bytes(b"no picture")
    (root / "train" / "empty.png").write_bytes(b"")
    return root


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(photos(tmp_path / "photos", {"train": 12, "val": 6, "test": 9}))


@pytest.fixture
def studio(workspace: Workspace, data: str) -> Iterator[Studio]:
    painted.saved(workspace)
    made = Studio(data=data, workspace=workspace, device="cpu", limits=Limits(patience=30))
    yield made
    made.close()


@pytest.fixture
def client(studio: Studio) -> TestClient:
    app = make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}/{TOKEN}/")


@pytest.fixture
def opened(client: TestClient) -> Ask:
    """A map by what is asked for."""

    def ask(**asked: Any) -> dict[str, Any]:
        answer = client.post("api/maps", json={"model": "painted", **asked}).json()
        return answer["map"] if answer.get("map") else answer["job"]["error"] if "job" in answer else answer

    return ask


@pytest.fixture
def about(client: TestClient) -> Ask:
    """What is told of the data of a map."""
    return lambda map: client.post(f"api/maps/{map['id']}/data").json()["result"]


# All is a choice ----------------------------------------------------------------------------------------------------


@rows({
    "what nobody chooses is what verbs take": (None, "test", 9),
    "the items held out, whole": ("test", "test", 9),
    "those for training": ("train", "train", 12),
    "those for validation, where the data bring some": ("val", "val", 6),
    "all of them": ("all", "all", 27),
})  # fmt: skip
def test_a_part_of_the_data_is_a_choice(opened: Ask, about: Ask, case: tuple[str | None, str, int]) -> None:
    asked, split, n = case
    map = opened(split=asked)
    assert (map["split"], map["items"]) == (split, n)
    told = about(map)
    assert told["parts"] == {"train": 12, "val": 6, "test": 9, "all": 27} and told["usual"] == 9
    assert told["atlases"] == [], "what a choice of a part gives is not offered twice"


@rows({"train": "train", "val": "val", "all": "all"})
def test_a_map_of_a_part_is_reproduced(opened: Ask, workspace: Workspace, case: str) -> None:
    map = opened(split=case)
    words = shlex.split(map["reproduce"]["command"])
    plane = tl.map("painted", atlas=words[words.index("--atlas") + 1], workspace=workspace)
    assert len(plane.atlas) == map["items"] and plane.atlas.manifest.split == case


def test_a_part_that_the_data_lack_is_refused_by_name(client: TestClient, workspace: Workspace, tmp_path: Path) -> None:
    few = Studio(data=str(photos(tmp_path / "few", {"train": 8, "test": 6})), workspace=workspace, device="cpu")
    try:
        app = make_app(few, token=TOKEN, host="127.0.0.1", port=PORT)
        other = TestClient(app, base_url=f"http://127.0.0.1:{PORT}/{TOKEN}/")
        error = other.post("api/maps", json={"model": "painted", "split": "val"}).json()["job"]["error"]
        assert error["kind"] == "data_error" and "val part" in error["what"]
        map = other.post("api/maps", json={"model": "painted"}).json()["map"]
        assert set(other.post(f"api/maps/{map['id']}/data").json()["result"]["parts"]) == {"train", "test", "all"}
    finally:
        few.close()
    asked = {"model": "painted", "split": "everything"}
    assert client.post("api/maps", json=asked).json()["kind"] == "invalid_argument"


def test_an_atlas_made_by_hand_is_offered_and_opened(opened: Ask, about: Ask, workspace: Workspace, data: str) -> None:
    tl.encode("painted", data, split="all", limit=7, name="ew", workspace=workspace)
    told = about(opened())
    assert told["atlases"] == [{"name": "ew", "data": data, "split": "all", "items": 7}]
    mine = opened(atlas="ew")
    assert (mine["atlas"], mine["items"], mine["split"]) == ("ew", 7, "all")
    assert "--atlas ew" in mine["reproduce"]["command"]
    more = about(mine)["more"]
    assert "--split all" in more and "--name ew" in more, "seven of 27 are not all, and that is said"


def test_what_more_there_is_is_had_by_the_command_that_is_told(
    opened: Ask, about: Ask, workspace: Workspace, data: str
) -> None:
    tl.encode("painted", data, split="all", limit=7, name="ew", workspace=workspace)
    command = about(opened(atlas="ew"))["more"]
    assert CliRunner().invoke(face.app, shlex.split(command)[1:]).exit_code == 0
    assert opened(atlas="ew")["items"] == 27 and about(opened(atlas="ew"))["more"] is None


def test_an_atlas_has_its_own_items(client: TestClient, opened: Ask, workspace: Workspace, data: str) -> None:
    tl.encode("painted", data, name="ew", workspace=workspace)
    assert opened(atlas="ew", split="train")["kind"] == "invalid_argument"


# What was made of the data ------------------------------------------------------------------------------------------


def test_the_studio_says_what_was_joined_and_what_was_left_out(opened: Ask, about: Ask, data: str) -> None:
    told = about(opened())
    joined = [note for note in told["notes"] if note.startswith("metadata.csv")]
    assert len(joined) == 1 and "27 of 29 pictures have a row" in joined[0] and "none.png" in joined[0]
    assert sum(one["count"] for one in told["left_out"]) == 2
    assert {name for one in told["left_out"] for name in one["examples"]} == {"train/broken.png", "train/empty.png"}
    assert told["notes"] == list(tl.load(data, size=16, channels=3).notes), "as Python says it"


def test_data_that_are_gone_are_said_to_be(opened: Ask, about: Ask, workspace: Workspace, data: str) -> None:
    tl.encode("painted", data, name="ew", workspace=workspace)
    map = opened(atlas="ew")
    shutil.rmtree(data)
    told = about(map)
    assert told["parts"] == {} and told["usual"] is None and data in told["trouble"]


# How it is begun ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@rows({
    "as it is": ("", "studio"),
    "without a browser": ("--no-browser", "studio --no-browser"),
    "with a model and a port": ("mine --port 8080", "studio mine --port 8080"),
})  # fmt: skip
def test_make_hands_options_on(case: tuple[str, str]) -> None:
    given, asked = case
    root = Path(__file__).parents[2]
    lines = subprocess.run(
        ["make", "-n", "studio", f"ARGS={given}"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert lines[-1].rstrip().endswith(f"trasluz {asked}")
