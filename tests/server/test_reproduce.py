"""Reproduce: what an answer says to do, done elsewhere as a command and as Python, gives what the studio showed."""

from __future__ import annotations

import base64
import io
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient
from typer.testing import CliRunner

from toys import shapes
from trasluz.cli.app import app
from trasluz.inverters.optimise import Optimise
from trasluz.io.workspace import Workspace
from trasluz.lab.drawing.pictures import grid
from trasluz.lab.encode import encode
from trasluz.lab.shelf import bundled, models
from trasluz.server.app import make_app
from trasluz.server.limits import Limits
from trasluz.server.studio import Studio

TOKEN, PORT = "a-token-of-this-run", 8765


@pytest.fixture
def home(made, workspace, tmp_path) -> Workspace:
    """A workspace that is not the default one, with a name that a shell would split."""
    found = Workspace(tmp_path / "another workspace")
    shutil.copytree(made, found.root / "models" / "toy")
    return found


@pytest.fixture
def serve(home):
    """Starts a studio; gives a page of it."""
    begun = []

    def start(*offered, **options):
        begun.append(Studio(offered, workspace=home, device="cpu", limits=Limits(patience=60), **options))
        application = make_app(begun[-1], token=TOKEN, host="127.0.0.1", port=PORT)
        return TestClient(application, base_url=f"http://127.0.0.1:{PORT}/{TOKEN}/")

    yield start
    for studio in begun:
        studio.close()


@pytest.fixture
def client(serve):
    return serve()


@pytest.fixture
def ask(client):
    """Asks the studio for something about a map; what is a job comes with what it gave."""

    def post(path, wanted=200, **asked):
        answer = client.post(f"api/{path}", json=asked)
        assert answer.status_code == wanted, answer.text
        document = answer.json()
        job = document.get("job") or (document if "state" in document else None)
        assert job is None or job["state"] == "done", job
        return document

    return post


@pytest.fixture
def map(ask):
    return ask("maps", model="toy")["map"]


@pytest.fixture
def again(tmp_path, monkeypatch):
    """Does what an answer says in another folder, where another workspace is the default one: by the command line and
    by Python, which give the same arrays."""

    def run(reproduce):
        words = shlex.split(reproduce["command"])
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("TRASLUZ_WORKSPACE", raising=False)
        assert words[0] == "trasluz"
        if "--out" in words:
            words[words.index("--out") + 1] = "again.npz"  # instead of a picture, of which no numbers can be told
        else:
            words += ["--out", "again.npz"]
        done = CliRunner().invoke(app, words[1:])
        assert done.exit_code == 0, done.stderr
        with np.load("again.npz") as file:
            arrays = dict(file)
        names = {}
        exec(reproduce["code"], names)
        [*_, assigned] = [line for line in reproduce["code"].splitlines() if re.match(r"\w+ = ", line)]
        result = names[assigned.partition(" = ")[0]]
        ours = result.arrays()
        assert set(ours) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_allclose(ours[name], array, atol=1e-4, equal_nan=array.dtype.kind == "f")
        return arrays

    return run


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture["webp"])))).astype(int)


def same_pictures(shown, items):
    """To one step of grey."""
    for one, item in zip(shown, items, strict=True):
        assert np.abs(one - np.rint(item * 255).transpose(1, 2, 0)).max() <= 1


def numbers(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


def flat(latents):
    return latents.reshape(len(latents), -1)


def latents_of(client, job):
    data = client.get(f"api/jobs/{job['id']}/files/latents.bin").content
    return np.frombuffer(data[16:], "<f4").reshape(job["result"]["frames"], -1)


# Maps and places -----------------------------------------------------------------------------------------------------


def test_the_map_that_came_with_a_model(client, ask, again):
    """It is there at once in a workspace where nothing is, and its commands give it in any other."""
    map = ask("maps", model="faces-vae")["map"]
    assert map["bundled"] and map["method"] == "umap" and 0 < map["pictured"] <= 1000 < map["items"]
    assert "--atlas faces-vae--bundled--z" in map["reproduce"]["command"]
    shown = client.get(f"api/maps/{map['id']}/points").content
    arrays = again(map["reproduce"])
    assert len(arrays["xy"]) == map["items"]
    np.testing.assert_allclose(np.frombuffer(shown[16:], "<f4").reshape(-1, 2), arrays["xy"], atol=1e-4)
    x0, y0, x1, y1 = map["bounds"]
    answer = ask("decode", map=map["id"], at=[{"xy": [(x0 + x1) / 2, y0]}, {"xy": [x1, y1]}])
    assert "map:umap:" in answer["reproduce"]["command"]
    same_pictures([pixels(one["picture"]) for one in answer["items"]], again(answer["reproduce"])["items"])


def test_pictures_search_and_filters_go_beyond_what_came_with_a_picture(client, ask):
    map = ask("maps", model="faces-vae")["map"]
    at, last = f"api/maps/{map['id']}", map["items"] - 1
    sheet = client.get(f"{at}/thumbnails?rows=0,{last}")
    across, tile = int(sheet.headers["X-Trasluz-Across"]), int(sheet.headers["X-Trasluz-Tile"])
    picture = np.asarray(Image.open(io.BytesIO(sheet.content)).convert("RGB")).astype(int)
    assert across == 2 and picture.shape[1] == 2 * tile
    decoded = ask("decode", map=map["id"], at=[{"row": last}], neighbours=0)["items"][0]["picture"]
    made = np.asarray(Image.open(io.BytesIO(base64.b64decode(decoded["webp"]))).convert("RGB").resize((tile, tile)))
    assert np.abs(picture[:tile, tile : 2 * tile] - made).mean() < 12, "the reconstruction of the last row"
    assert np.abs(picture[:tile, :tile] - made).mean() > 12, "and not of another"
    assert client.get(f"{at}/thumbnails?rows={last + 1}").status_code == 400
    found = client.post(f"{at}/search", json={"text": "test:", "limit": 5})
    assert found.status_code == 200
    meets = client.post(f"{at}/filter", json={"where": "hair_colour = 'blond'"}).content
    bits = np.unpackbits(np.frombuffer(meets[16:], np.uint8))
    assert 0 < bits.sum() < map["items"]


def test_a_method_that_is_named_is_laid_out_of_the_usual_items(client, ask):
    assert ask("maps", model="toy")["map"]["method"] == "pca"
    assert not ask("maps", model="toy", method="pca")["map"]["bundled"]
    both = {
        ask("maps", model="faces-vae", atlas="faces-vae--bundled--z", method=m)["map"]["items"] for m in ("pca", "umap")
    }
    assert both == {2000}


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"settings": {"horizontal": 3, "vertical": 2}},
        {"method": "discriminant", "color": "colour"},
        {"method": "umap", "settings": {"neighbours": 8, "min_dist": 0.3, "epochs": 20}, "seed": 3},
    ],
)
def test_a_map(client, ask, again, how):
    map = ask("maps", model="toy", **how)["map"]
    shown = client.get(f"api/maps/{map['id']}/points").content
    arrays = again(map["reproduce"])
    np.testing.assert_allclose(np.frombuffer(shown[16:], "<f4").reshape(-1, 2), arrays["xy"], atol=1e-4)


def test_a_map_as_the_picture_that_the_command_names(map, again, tmp_path):
    again(map["reproduce"])
    done = CliRunner().invoke(app, shlex.split(map["reproduce"]["command"])[1:])
    assert done.exit_code == 0, done.stderr
    with Image.open(tmp_path / "plane.png") as drawn:
        assert drawn.width > 500


@pytest.mark.parametrize("how", [{}, {"method": "discriminant"}, {"method": "umap"}])
def test_places(ask, again, how):
    map = ask("maps", model="toy", **how)["map"]
    x0, y0, x1, y1 = map["bounds"]
    at = [{"xy": [x0 + share * (x1 - x0), y1 - share * (y1 - y0)]} for share in (0.0, 0.37, 1.0)]
    at += [{"xy": [1e-7, -0.0]}, {"row": 4}, {"point": "seed:3/1"}, {"point": "test:9"}]
    answer = ask("decode", map=map["id"], at=at)
    arrays = again(answer["reproduce"])
    same_pictures([pixels(item["picture"]) for item in answer["items"]], arrays["items"])


def test_a_latent_without_a_name_once_it_has_one(ask, again, map):
    latent = np.linspace(-1, 1, 6, dtype="<f4")
    at = {"latent": base64.b64encode(latent.tobytes()).decode()}
    assert ask("decode", map=map["id"], at=[at])["reproduce"]["command"] is None
    point = ask("points", 201, name="mine", map=map["id"], at=at)["point"]
    answer = ask("decode", map=map["id"], at=[{"point": point}])
    arrays = again(answer["reproduce"])
    assert np.array_equal(arrays["latents"][0], latent)
    same_pictures([pixels(answer["items"][0]["picture"])], arrays["items"])


# Moves and paths -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [{"xy": [0.3, -0.2]}, {"row": 4}, {"point": "seed:3/1"}])
@pytest.mark.parametrize("ways", [{"dims": {"2": 1.5, "0": -0.75}}, {"directions": {"reds": 0.8}, "dims": {"3": -1.0}}])
def test_a_latent_that_was_moved(ask, again, map, at, ways):
    if "directions" in ways:
        ask("directions/find", 202, map=map["id"], target="colour=red", name="reds", measured=False)
    answer = ask("lens", map=map["id"], at=at, **ways)
    arrays = again(answer["reproduce"])
    np.testing.assert_allclose(numbers(answer["latent"]), arrays["latents"][0].ravel(), atol=1e-4)
    same_pictures([pixels(answer["seen"]["picture"])], arrays["items"])


@pytest.mark.parametrize(
    "how",
    [
        {"rule": "linear", "loop": True},
        {"rule": "slerp"},
        {"rule": "spline", "frames": 9},
        {"rule": "cdf"},
        {"rule": "geodesic", "settings": {"steps": 4, "knots": 4, "stay": 2.5}},
        {"rule": "density", "settings": {"neighbours": 5}},
    ],
)
def test_a_path(client, ask, again, map, how):
    through = [{"xy": [-0.5, 0.0]}, {"row": 4}, {"point": "seed:2"}]
    job = ask("paths", 202, map=map["id"], through=through, **{"frames": 7, **how})
    arrays = again(job["result"]["reproduce"])
    np.testing.assert_allclose(latents_of(client, job), flat(arrays["latents"]), atol=1e-4)
    sheet = Image.open(io.BytesIO(client.get(f"api/jobs/{job['id']}/files/sheet.webp").content))
    across, (height, width) = job["result"]["across"], job["result"]["tile"]
    tiles = [
        np.asarray(sheet.crop((x, y, x + width, y + height))).astype(int)
        for y, x in ((height * (i // across), width * (i % across)) for i in range(job["result"]["frames"]))
    ]
    same_pictures(tiles, arrays["items"])


# Directions and pictures of one's own --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {"target": "colour=red"},
        {"target": "colour=blue", "method": "probe", "against": ["label"], "settings": {"project": False, "c": 0.5}},
        {"target": "x", "name": "to-the-right"},
        {"method": "jacobian", "count": 3, "seed": 4},
        {"these": [0, 3, 5, 8, 13, 21], "those": [1, 2, 4, 7, 11]},
    ],
)
def test_directions(ask, client, again, map, how):
    job = ask("directions/find", 202, map=map["id"], measured=False, **how)
    arrays = again(job["result"]["reproduce"])
    shown = [direction["name"] for direction in job["result"]["directions"]]
    assert len(shown) == len(arrays["latents"])
    sigma = [direction["sigma"] for direction in job["result"]["directions"]]
    np.testing.assert_allclose(sigma, arrays["sigma"], rtol=1e-4)
    kept = {line["name"] for line in client.get("api/directions", params={"model": "toy"}).json()}
    assert kept == set(shown)  # the command has put them where they were


@pytest.mark.parametrize("method", [None, "optimise"])
def test_a_picture_of_ones_own(client, map, again, tmp_path, monkeypatch, method):
    whole = Optimise.invert
    monkeypatch.setattr(Optimise, "invert", lambda self, s, x, c, *more: whole(self, s, x, c.with_(steps=20), *more))
    drawn = Image.new("RGB", (40, 30), (235, 235, 235))
    drawn.paste((200, 60, 60), (12, 8, 28, 24))
    drawn.save(tmp_path / "me and you.png")
    asked = {"map": map["id"], "name": "me and you.png", **({"method": method} if method else {})}
    answer = client.post("api/uploads", params=asked, content=(tmp_path / "me and you.png").read_bytes()).json()
    found = answer["inverted"]
    arrays = again(found["reproduce"])
    np.testing.assert_allclose(numbers(found["latent"]), arrays["latents"][0].ravel(), atol=1e-4)
    same_pictures([pixels(found["rebuilt"])], arrays["items"])
    assert found["psnr"] == pytest.approx(float(arrays["psnr"][0]), abs=1e-3)


# Where things lie elsewhere ------------------------------------------------------------------------------------------


def test_a_model_that_was_named_by_its_path(home, serve, again, made, tmp_path, monkeypatch):
    """Its name alone would not be found."""
    shutil.move(home.root / "models" / "toy", tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    client = serve("./elsewhere")
    map = client.post("api/maps", json={"model": "elsewhere"}).json()["map"]
    answer = client.post("api/decode", json={"map": map["id"], "at": [{"xy": [0.3, -0.2]}, {"row": 3}]}).json()
    same_pictures([pixels(item["picture"]) for item in answer["items"]], again(answer["reproduce"])["items"])


def test_an_atlas_by_name_of_data_that_the_model_was_not_trained_on(home, ask, again):
    encode(models.open("toy", workspace=home), shapes(60, 16, seed=5), name="others", workspace=home)
    map = ask("maps", model="toy", atlas="others")["map"]
    answer = ask("lens", map=map["id"], at={"xy": [0.3, -0.2]}, dims={"1": 2.0})
    arrays = again(answer["reproduce"])
    np.testing.assert_allclose(numbers(answer["latent"]), arrays["latents"][0].ravel(), atol=1e-4)
    row = ask("lens", map=map["id"], at={"row": 3})
    arrays = again(row["reproduce"])  # its POINT counts in the atlas that is named
    np.testing.assert_allclose(numbers(row["latent"]), arrays["latents"][0].ravel(), atol=1e-4)


TWOFOLD = """
import torch

import toy_models
from trasluz.spaces.opener import ModelFacts, Opener


class Twofold(Opener):
    name, title, looks_for = "twofold", "Two spaces, of which the second encodes", "twofold.txt"

    def recognises(self, folder):
        return (folder / self.looks_for).is_file()

    def stamp(self, folder):
        return (1,)

    def describe(self, folder):
        return ModelFacts("toy", self.title)

    def open(self, folder, device, allow):
        coded, plain = toy_models.coded(), toy_models.two_spaces()
        coded.space("z").name = "w"
        module = torch.nn.ModuleDict({"coded": coded.module, "plain": plain.module})
        return toy_models.Toy(module, plain.space("z"), coded.space("z"), name=folder.name)
"""


def test_an_atlas_of_another_space_than_the_usual_one(home, ask, client, again, tmp_path, plugin):
    """Of all verbs only `map` learns the space from the atlas."""
    plugin("twofold", {"openers": {"twofold": "twofold:Twofold"}}, twofold=TWOFOLD)
    (home.root / "models" / "twofold").mkdir()
    (home.root / "models" / "twofold" / "twofold.txt").touch()
    model = models.open("twofold", workspace=home)
    encode(model, shapes(60, 16), space="w", name="in-w", workspace=home)
    map = ask("maps", model="twofold", atlas="in-w")["map"]
    assert map["space"] == "w" and model.default_space == "z"
    at = [{"xy": [0.3, -0.2]}, {"xy": [0.0, 0.1]}]
    answers = [
        ask("decode", map=map["id"], at=at),
        ask("lens", map=map["id"], at=at[0], dims={"1": 2.0}),
        ask("paths", 202, map=map["id"], through=at, frames=4)["result"],
        ask("directions/find", 202, map=map["id"], target="colour=red", measured=False)["result"],
    ]
    Image.new("RGB", (16, 16), (200, 60, 60)).save(tmp_path / "me.png")
    data = (tmp_path / "me.png").read_bytes()
    inverted = client.post("api/uploads", params={"map": map["id"], "name": "me.png"}, content=data).json()["inverted"]
    same_pictures([pixels(item["picture"]) for item in answers[0]["items"]], again(answers[0]["reproduce"])["items"])
    moved = again(answers[1]["reproduce"])["latents"][0]
    np.testing.assert_allclose(numbers(answers[1]["latent"]), moved, atol=1e-4)
    assert again(answers[2]["reproduce"])["latents"].shape == (4, 6)
    assert again(answers[3]["reproduce"])["sigma"][0] == pytest.approx(answers[3]["directions"][0]["sigma"], rel=1e-4)
    assert np.allclose(again(inverted["reproduce"])["latents"][0], numbers(inverted["latent"]), atol=1e-4)


def test_data_that_the_studio_was_begun_with(home, serve, again, tmp_path):
    drawn = shapes(120, 16, seed=7)
    others = Path(tmp_path / "others.npz")
    np.savez(others, images=drawn.stored(slice(None)), label=np.array(drawn.rows.column("label").to_pylist()))
    client = serve(data=str(others))
    map = client.post("api/maps", json={"model": "toy"}).json()["map"]
    asked = {"map": map["id"], "through": [{"row": 1}, {"xy": [0.1, 0.2]}], "rule": "density", "frames": 5}
    job = client.post("api/paths", json=asked).json()
    assert job["state"] == "done", job
    arrays = again(job["result"]["reproduce"])
    np.testing.assert_allclose(latents_of(client, job), flat(arrays["latents"]), atol=1e-4)


@pytest.mark.parametrize(("name", "columns"), [("toy", 4), ("faces-gan", 8), ("fashion-vae", 8)])
def test_what_a_model_s_card_shows_is_drawn_again(client, again, name, columns):
    said = client.get(f"api/models/{name}").json()["reproduce"]
    shown = Image.open(io.BytesIO(client.get(f"api/models/{name}/picture").content))
    items = torch.from_numpy(again(said)["items"])
    drawn = grid(items, columns=columns)
    assert drawn.size == shown.size
    assert abs(np.asarray(drawn).astype(int) - np.asarray(shown).astype(int)).max() <= 2


def test_a_picture_that_came_with_a_model_cannot_be_drawn_again(client, home):
    shutil.copy(bundled.ZOO / "pets-vae" / bundled.PICTURE, home.root / "models" / "toy")
    said = client.get("api/models/toy").json()["reproduce"]
    assert said["command"] is None and "came with the model" in said["why_not"]


def test_a_direction_from_rows_of_what_came_with_a_model(ask, again):
    """It is found on the usual items, encoded for it, and the command that is told finds it in any workspace."""
    map = ask("maps", model="fashion-vae")["map"]
    assert map["bundled"]
    rows = {"these": list(range(0, 24, 2)), "those": list(range(1, 24, 2))}
    job = ask("directions/find", 202, map=map["id"], measured=False, **rows)
    [found] = job["result"]["directions"]
    assert "--bundled" not in job["result"]["reproduce"]["command"]
    np.testing.assert_allclose(again(job["result"]["reproduce"])["sigma"], [found["sigma"]], rtol=1e-4)
