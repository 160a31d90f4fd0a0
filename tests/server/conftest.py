"""A studio over a model whose five numbers are known, in a workspace of its own, as a page of this machine sees it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

import painted
import trasluz as tl
from shared import shared
from toys import shapes
from trasluz.lab.encode import encode
from trasluz.server.app import make_app
from trasluz.server.limits import Limits
from trasluz.server.studio import Studio

TOKEN, PORT = "a-token-of-this-run", 8765
BASE = f"http://127.0.0.1:{PORT}"
QUICK = Limits(patience=20, gone=0.05)


@pytest.fixture
def paint(workspace: Any) -> str:
    """The painted model, saved in the workspace as `painted`, with the atlas `painted` of 120 items."""
    encode(painted.saved(workspace), painted.data(120), name="painted", workspace=workspace)
    return "painted"


def learned(folder: Path, seed: int = 0) -> Path:
    """A model of 400 discs and squares that lie in a file, trained for a moment; `shapes.npz` is beside it."""
    data, how = folder / "shapes.npz", {"batch": 32, "compute": "float32", "prior_steps": 5, "widths": [4, 8]}
    if not data.exists():
        drawn = shapes(400, 16)
        columns = {name: np.array(drawn.rows.column(name).to_pylist()) for name in ("label", "colour", "x")}
        np.savez(data, images=drawn.stored(slice(None)), **columns)
    run = tl.train(
        "vae", str(data), name="toy", preset="tiny", settings={**how, "latent": 6}, steps=4, seed=seed, force=True,
        workspace=folder / f"seed-{seed}", device="cpu",
    )  # fmt: skip
    return run.folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that was really trained."""
    return shared(tmp_path_factory, "learned", learned) / "seed-0" / "models" / "toy"


@pytest.fixture
def toy(made: Path, workspace: Any) -> Path:
    """That model in a workspace of the test's own, as `toy`: its folder."""
    return Path(shutil.copytree(made, workspace.root / "models" / "toy"))


@pytest.fixture
def studio(paint: str, workspace: Any) -> Iterator[Studio]:
    made = Studio(workspace=workspace, device="cpu", limits=QUICK)
    yield made
    made.close()


def client_of(studio: Studio, **options: Any) -> TestClient:
    """A page of this machine that has the token."""
    app = make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT)
    return TestClient(app, base_url=f"{BASE}/{TOKEN}/", **options)


@pytest.fixture
def client(studio: Studio) -> TestClient:
    return client_of(studio)


@pytest.fixture
def opened(client: TestClient) -> dict[str, Any]:
    """The map of the painted items."""
    answer = client.post("api/maps", json={"model": "painted", "atlas": "painted"})
    assert answer.status_code == 200, answer.text
    return answer.json()["map"]


@pytest.fixture
def finished(client: TestClient) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Waits for a job."""

    def wait(job: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while job["state"] in ("waiting", "running"):
            assert time.monotonic() < until, json.dumps(job)
            job = client.get(f"api/jobs/{job['id']}", params={"after": job["version"], "wait": 5}).json()
        return job

    return wait


@pytest.fixture
def line(client: TestClient) -> Callable[[str], Any]:
    """A live connection to a map."""
    return lambda map: client.websocket_connect(f"ws://127.0.0.1:{PORT}/{TOKEN}/api/live?map={map}")
