"""The studio as it is started: a bundled model from end to end, its schema, its command line."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys

import httpx2
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

import trasluz as tl
from trasluz.atlas.atlas import Atlas
from trasluz.lab.judging.support import support_of
from trasluz.server.app import inner_app, make_app
from trasluz.server.limits import PROTOCOL, Limits
from trasluz.server.studio import Studio
from trasluz.spaces import registry

TOKEN, PORT = "a-token-of-this-run", 8765


def test_a_bundled_model_from_end_to_end(workspace):
    """The atlas is of few items, so that this takes seconds; its default one of 4,931 takes some ten."""
    model = tl.open("pets-vae", device="cpu")
    tl.encode(model, tl.load("pets:400", split="test", workspace=workspace), name="few", workspace=workspace)
    studio = Studio(["pets-vae"], workspace=workspace, device="cpu", limits=Limits(patience=60))
    app = make_app(studio, token=TOKEN, host="127.0.0.1", port=PORT)
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}/{TOKEN}/") as client:
        assert [line["name"] for line in client.get("api/models").json()] == ["pets-vae"]
        card = client.get("api/models/pets-vae").json()
        assert card["spaces"]["z"]["shape"] == [64] and card["default_space"] == "z" and "path" not in card
        assert client.get("api/models/pets-vae/picture").content.startswith(b"\x89PNG")
        assert client.get("api/models/faces-vae").status_code == 404  # not on offer
        map = client.post("api/maps", json={"model": "pets-vae", "atlas": "few"}).json()["map"]
        assert {c["name"] for c in map["columns"]} >= {"species", "fur_colour"}
        asked = {"map": map["id"], "at": [{"point": "seed:3/1"}, {"xy": [0.5, -1.0]}]}
        answer = client.post("api/decode", json=asked).json()
        wanted = tl.decode(model, ["seed:3/1", "map:0.5,-1.0"], atlas="few", workspace=workspace)
        for item, expected in zip(answer["items"], wanted.items, strict=True):
            shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(item["picture"]["webp"]))))
            assert np.abs(shown - expected.mul(255).numpy().transpose(1, 2, 0)).max() <= 0.5 + 255e-4
        few = Atlas.open(workspace.entry("atlases", "few"))
        support = [item["support"] for item in answer["items"]]
        assert support == pytest.approx(support_of(wanted.latents, few, model.space()).tolist(), rel=1e-3)
        assert answer["reproduce"]["command"].startswith("trasluz decode pets-vae seed:3/1 map:0.5,-1.0 --atlas few")


def test_the_schema_names_and_explains_every_route(workspace):
    studio = Studio(workspace=workspace)
    schema = inner_app(studio).openapi()
    studio.close()
    names = [operation["operationId"] for path in schema["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names)) >= 25 and all(name.isidentifier() for name in names)
    for path in schema["paths"].values():
        for operation in path.values():
            assert operation["description"].endswith((".", ")")) and operation["tags"]
            assert "4XX" in operation["responses"]
    assert "trasluz decode" in json.dumps(schema) and json.dumps(schema).count('"examples"') > 10


def test_about_says_versions_and_limits(client):
    about = client.get("api/about").json()
    assert about["version"] == tl.__version__ and about["protocol"] == PROTOCOL
    assert about["limits"]["points"] == Limits().points and {"gif", "mp4", "png"} <= set(about["formats"])


def test_about_says_what_every_method_can_be_set_to(client):
    methods = client.get("api/about").json()["methods"]
    for row, group in (("projections", "projections"), ("rules", "paths"), ("finders", "finders"),
                       ("inverters", "inverters")):  # fmt: skip
        assert [method["name"] for method in methods[row]] == registry.names(group)
    umap = next(method for method in methods["projections"] if method["name"] == "umap")
    settings = {setting["name"]: setting for setting in umap["settings"]}
    assert set(settings) == set(registry.get("projections", "umap").config_type.model_fields)
    assert settings["neighbours"] == {
        "name": "neighbours", "kind": "int", "default": 15, "low": 2, "high": 500, "choices": [], "unit": None,
        "doc": "Rows that count as near a row, itself included: few show detail, many the whole.",
    }  # fmt: skip
    assert (settings["epochs"]["kind"], settings["epochs"]["default"]) == ("int", None)
    finders = {method["name"]: method for method in methods["finders"]}
    needs = {name: finders[name]["needs"] for name in ("towards", "probe", "examples", "pca", "sefa", "jacobian")}
    assert needs == {"towards": "target", "probe": "target", "examples": "examples", "pca": "nothing",
                     "sefa": "nothing", "jacobian": "nothing"}  # fmt: skip
    assert finders["probe"]["settings"][1]["default"] is True and finders["jacobian"]["evidence"] == [
        "gradients",
        "start",
    ]
    assert {method["name"] for method in methods["rules"] if method["uses_data"]} == {"density", "geodesic"}
    assert [method["name"] for method in methods["projections"] if method["uses_labels"]] == ["discriminant"]


def test_nothing_that_takes_long_to_load_stands_before_the_first_answer():
    code = "import sys, trasluz.server.run; print(*{'scipy', 'umap', 'sklearn', 'soundfile'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_line_prints_the_address_and_stops_when_interrupted(tmp_path, as_json):
    words = ["studio", "--no-browser", "--workspace", str(tmp_path / "w"), *(["--json"] if as_json else [])]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "trasluz", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment,
    ) as process:  # fmt: skip
        try:
            out = process.stdout
            assert out is not None
            url = json.loads("".join(iter(out.readline, "}\n")) + "}")["url"] if as_json else out.readline().strip()
            assert url.startswith("http://127.0.0.1:") and httpx2.get(f"{url}api/about", timeout=30).status_code == 200
            process.send_signal(signal.SIGINT)
            error = process.communicate(timeout=30)[1]
        finally:
            process.kill()
    assert process.returncode == 130 and "Traceback" not in error
    assert not (tmp_path / "w").exists()  # looking creates nothing


def test_what_cannot_be_started_is_said_in_one_line(tmp_path):
    for words, said in (
        (["studio", "no-such-model"], "unknown model"),
        (["studio", "--host", "203.0.113.9"], "cannot listen"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "trasluz", *words, "--no-browser", "--workspace", str(tmp_path)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 2 and said in done.stderr and done.stdout == ""
