"""Latents that are made: draws of the prior, and mixtures of two by their layers, each as the library makes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from starlette.testclient import TestClient

import trasluz as tl
from server.conftest import QUICK, client_of
from trasluz.server import images
from trasluz.server.studio import Studio


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("made")


@pytest.fixture(scope="module")
def client(home: Any) -> Iterator[TestClient]:
    studio = Studio(workspace=home, device="cpu", limits=QUICK)
    yield client_of(studio)
    studio.close()


def opened(client: TestClient, model: str, **asked: Any) -> dict[str, Any]:
    answer = client.post("api/maps", json={"model": model, "own": 20, **asked}).json()
    assert answer["map"] is not None, answer
    return answer["map"]


def latent(answer: dict[str, Any], shape: tuple[int, ...]) -> torch.Tensor:
    return images.read_latent(answer["latent"], shape, 1e9)


def test_a_space_without_items_is_shown_by_the_first_draws(
    client: TestClient,
) -> None:
    few, more = (client.post("api/maps", json={"model": "pets-gan", "space": "z", **own}).json()["map"]
                 for own in ({}, {"own": 600}))  # fmt: skip
    assert (few["items"], few["split"], few["first_draws"], few["pictured"]) == (500, "own", True, 0)
    assert more["items"] == 600 and more["id"] != few["id"] and few["tile"] == 64
    rows = [client.get(f"api/maps/{one['id']}/rows?rows=0,499").json() for one in (few, more)]
    assert [row["point"] for row in rows[0]] == [row["point"] for row in rows[1]] == ["seed:0/0", "seed:0/499"]
    # Pictures are made when they are looked at.
    sheet = client.get(f"api/maps/{few['id']}/thumbnails?rows=0,7")
    assert sheet.status_code == 200 and len(sheet.content) > 200
    refused = client.post("api/maps", json={"model": "pets-gan", "space": "w", "own": 20, "split": "test"}).json()
    assert "own draws take the place of items" in refused["job"]["error"]["what"]


def test_where_items_take_long_to_be_placed_draws_are_shown_unless_items_are_asked_for(client: TestClient) -> None:
    shown = client.post("api/maps", json={"model": "pets-flow", "space": "noise"}).json()["map"]
    assert shown["first_draws"] and shown["items"] == 500


def test_a_draw_is_that_of_the_library_and_says_so(client: TestClient, home: Any) -> None:
    map = opened(client, "pets-gan", space="w")
    made = client.post("api/made/draw", json={"map": map["id"], "seed": 7}).json()
    model = tl.open("pets-gan", device="cpu")
    wanted = tl.sample(model, 1, seed=7, space="w", workspace=home)
    assert made["point"] == "seed:7/0" and torch.allclose(latent(made, (64,)), wanted.latents, atol=1e-5)
    assert "trasluz decode pets-gan seed:7/0" in made["reproduce"]["command"]
    calm = client.post("api/made/draw", json={"map": map["id"], "seed": 7, "psi": 0.5}).json()
    half = tl.sample(model, 1, seed=7, psi=0.5, space="w", workspace=home)
    assert calm["point"] is None and torch.allclose(latent(calm, (64,)), half.latents, atol=1e-5)
    assert "trasluz sample pets-gan" in calm["reproduce"]["command"] and "--psi 0.5" in calm["reproduce"]["command"]


def test_conditions_are_those_of_the_model_where_its_draws_go_by_them(client: TestClient) -> None:
    z, noise, w = (
        client.get(f"api/made?map={opened(client, model, space=space)['id']}").json()
        for model, space in (("pets-flow", "z"), ("pets-flow", "noise"), ("pets-gan", "w"))
    )
    species, guidance, steps = z["conditions"]
    assert species["name"] == "species" and set(species["values"]) == {"cat", "dog"}
    assert (guidance["low"], guidance["high"], guidance["usual"]) == (0, 20, 1) and guidance["needs"] == "species"
    assert (steps["low"], steps["high"], steps["usual"]) == (1, 1000, 25) and steps["whole"] and steps["needs"] is None
    # Where noise decodes otherwise under a condition, the map does not; and what takes none has none.
    assert noise["conditions"] == [] == w["conditions"] and noise["draws"] and w["draws"]


def test_a_draw_by_other_steps_is_that_of_the_library(client: TestClient, home: Any) -> None:
    map = opened(client, "faces-flow", space="z")
    made = client.post("api/made/draw", json={"map": map["id"], "seed": 7, "given": {"steps": 2}}).json()
    wanted = tl.sample(tl.open("faces-flow", device="cpu"), 1, seed=7, given={"steps": 2}, workspace=home)
    assert torch.allclose(latent(made, tuple(map["shape"])), wanted.latents, atol=1e-4)
    assert "--given steps=2" in made["reproduce"]["command"]


def test_layers_are_mixed_and_python_gives_the_same(client: TestClient, home: Any) -> None:
    map = opened(client, "pets-gan", space="w+")
    making = client.get(f"api/made?map={map['id']}").json()
    layers, d = map["shape"]
    assert making["layers"] == layers
    asked = {"map": map["id"], "a": {"row": 3}, "b": {"point": "seed:5/0"}, "layers": [0, 2]}
    made = client.post("api/made/mix", json=asked).json()
    model = tl.open("pets-gan", device="cpu")
    a, b = tl.decode(model, ["seed:0/3", "seed:5/0"], space="w+", workspace=home).latents
    found = latent(made, (layers, d))[0]
    for layer in range(layers):
        assert torch.allclose(found[layer], (b if layer in (0, 2) else a)[layer], atol=1e-5), layer
    code = made["reproduce"]["code"]
    scope: dict[str, Any] = {}
    exec(code, scope)
    assert torch.allclose(scope["mixed"].latents[0], found, atol=1e-5)
    wrong = client.post("api/made/mix", json={**asked, "layers": [layers]}).json()
    assert "no such layer" in wrong["what"]
    flat = client.post("api/made/mix", json={**asked, "map": opened(client, "pets-gan", space="w")["id"]}).json()
    assert "no layers to mix" in flat["what"]
