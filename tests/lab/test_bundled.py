"""Models that ship with the package: all of them whole, small and with a card; damage is one line; names are theirs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

import trasluz as tl
from toys import shapes
from trasluz.base.errors import DamagedFile, InvalidArgument, NameTaken, UnknownName
from trasluz.io.weights import read_tensors
from trasluz.lab.shelf import bundled, handover, models
from trasluz.spaces import registry

QUICK = {"batch": 16, "compute": "float32", "prior_steps": 5, "widths": [4, 8], "latent": 3}
LARGEST, ALL = 8_000_000, 48_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that was trained for a moment."""
    how = {"preset": "tiny", "settings": QUICK, "steps": 2, "force": True, "device": "cpu"}
    return tl.train("vae", shapes(60, 16), name="toy", workspace=tmp_path_factory.mktemp("made"), **how).folder  # type: ignore[arg-type]


@pytest.fixture
def zoo(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that ships one model, `faces-vae`."""
    monkeypatch.setattr(bundled, "ZOO", tmp_path / "zoo")
    handover.export_model(made, tmp_path / "zoo" / "faces-vae", half=True)
    return tmp_path / "zoo"


# Those that ship ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", bundled.BUNDLED)
def test_each_opens_decodes_and_has_what_a_reader_needs(name: str) -> None:
    folder, model = bundled.folder_of(name), tl.open(name, device="cpu")
    recipe = json.loads((folder / bundled.RECIPE).read_text())
    assert model.name == name and model.family == recipe["family"] and model.trained_on == recipe["data"]
    items = tl.sample(model, 2, seed=1).items
    assert items.shape == (2, *model.representation.public_shape)
    assert 0.05 < float(model.representation.of.draw(items).std()) < 0.6, "something is to be seen"
    card = (folder / "card.md").read_text()
    for said in (f"# {name}", "Licence of the data", "Objective", "Budget", "Figures on the test split", "Known weak"):
        assert said in card, said
    assert f"tools/zoo.py build {name}" in card and "Not measured yet" not in card
    assert (folder / bundled.PICTURE).stat().st_size > 5000
    config = registry.get("families", recipe["family"]).config_type
    assert set(recipe["settings"]) <= set(config.model_fields)


def test_they_are_small_and_in_half_precision() -> None:
    sizes: dict[str, int] = {}
    for name in bundled.BUNDLED:
        folder = bundled.folder_of(name)
        sizes[name] = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        state, _ = read_tensors(folder / "model.safetensors", "model")
        assert {value.dtype for value in state.values()} == {torch.float16}, name
        assert not (folder / "checkpoints").exists()
    assert max(sizes.values()) < LARGEST and sum(sizes.values()) < ALL, sizes


def test_the_list_is_what_ships() -> None:
    assert bundled.names() == list(bundled.BUNDLED)


# How they behave ------------------------------------------------------------------------------------------------


def test_half_precision_changes_little_and_gives_another_identity(made: Path, tmp_path: Path) -> None:
    whole, half = (
        handover.export_model(made, tmp_path / "whole"),
        handover.export_model(made, tmp_path / "half", half=True),
    )
    a, b = tl.open(whole, device="cpu"), tl.open(half, device="cpu")
    assert a.identity != b.identity
    assert all(value.dtype == torch.float32 for value in b.state().values())
    z = a.space().prior("normal").sample(4, 0)
    assert (a.space().decode(z) - b.space().decode(z)).abs().max() < 0.01
    assert b.space().default_prior == "flow"
    assert (a.space().prior().sample(4, 0) - b.space().prior().sample(4, 0)).abs().max() < 0.1
    size = [sum(p.stat().st_size for p in folder.rglob("*.safetensors")) for folder in (whole, half)]
    assert size[1] < 0.7 * size[0]


def test_a_number_beyond_half_precision_is_kept_whole() -> None:
    state = {"big": torch.tensor([1e6]), "small": torch.tensor([0.5]), "count": torch.tensor([3])}
    kept = bundled.half(state)
    assert {name: value.dtype for name, value in kept.items()} == {
        "big": torch.float32, "small": torch.float16, "count": torch.int64
    }  # fmt: skip
    assert bundled.single(kept)["big"] == 1e6


def test_it_opens_by_name_from_any_workspace_and_creates_none(zoo: Path, tmp_path: Path) -> None:
    model = tl.open("faces-vae", workspace=tmp_path / "nowhere", device="cpu")
    assert model.name == "faces-vae" and not (tmp_path / "nowhere").exists()
    listed = models.list_models(workspace=tmp_path / "nowhere")
    assert [(m["name"], m["where"], m["state"]) for m in listed] == [("faces-vae", "bundled", "ready")]


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "priors/z--flow.safetensors"])
def test_damage_is_named_with_what_to_do(zoo: Path, file: str) -> None:
    path = zoo / "faces-vae" / file
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DamagedFile, match=r"the bundled model faces-vae.*Install Trasluz again") as caught:
        tl.open("faces-vae")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", None])
def test_what_is_missing_is_named_with_what_to_do(zoo: Path, file: str | None) -> None:
    if file is None:
        shutil.rmtree(zoo / "faces-vae")
    else:
        (zoo / "faces-vae" / file).unlink()
    with pytest.raises(DamagedFile, match=r"the bundled model faces-vae.*Install Trasluz again"):
        tl.open("faces-vae")


def test_its_name_is_nobody_elses(zoo: Path, made: Path, tmp_path: Path) -> None:
    place = tmp_path / "ws"
    with pytest.raises(NameTaken, match=r"name of a bundled model.*my-faces-vae"):
        tl.train("vae", shapes(), name="faces-vae", workspace=place)
    with pytest.raises(NameTaken, match="name of a bundled model"):
        handover.add_model(made, name="faces-vae", workspace=place)
    with pytest.raises(InvalidArgument, match="bundled with Trasluz, and cannot be removed"):
        models.remove_model("faces-vae", workspace=place)
    assert not place.exists()


def test_a_model_that_had_the_name_before_opens_by_its_path(zoo: Path, made: Path, tmp_path: Path) -> None:
    old = Path(shutil.copytree(made, tmp_path / "ws" / "models" / "faces-vae"))
    hidden = next(m for m in models.list_models(workspace=tmp_path / "ws") if m["where"] == "workspace")
    assert "hidden by the bundled model" in hidden["state"] and str(old) in hidden["state"]
    assert tl.open(old, device="cpu").identity == tl.open(made, device="cpu").identity
    models.remove_model("faces-vae", workspace=tmp_path / "ws")
    assert not old.exists()


def test_a_run_without_a_name_gets_another_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from trasluz.lab.work.training import _default_name

    family = registry.get("families", "vae")
    assert _default_name("faces", family) == "my-faces-vae" and _default_name("./photos", family) == "photos-vae"


def test_an_unknown_name_is_told_all_that_there_are(zoo: Path, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "ws" / "models" / "mine")
    with pytest.raises(UnknownName, match=r"unknown model.*faces-vae, mine.*Did you mean mine"):
        tl.open("minne", workspace=tmp_path / "ws")
