"""Models on disk: whole, or one line that says what is wrong with which file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import trasluz as tl
from toys import shapes
from trasluz.base.errors import DamagedFile, IdentityMismatch, NameTaken, TrasluzError, UnknownName, VersionMismatch
from trasluz.io.atomic import read_json
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.lab.shelf import handover, models
from trasluz.spaces.model_folder import read_config, write_weights

QUICK = {"batch": 16, "compute": "float32", "prior_steps": 5, "widths": [4, 8], "latent": 3}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that was trained for a moment."""
    place = tmp_path_factory.mktemp("made")
    run = tl.train(
        "vae",
        shapes(40, 16),
        name="toy",
        preset="tiny",
        settings=QUICK,
        steps=2,
        force=True,
        workspace=place,
        device="cpu",
    )
    return run.folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return Path(shutil.copytree(made, tmp_path / "ws" / "models" / "toy"))


def edit(path: Path, change: Callable[[dict], None]) -> None:
    about = read_json(path, "it")
    change(about)
    path.write_text(json.dumps(about))


def drop(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def flip(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[-5] ^= 16
        (folder / name).write_bytes(data)

    return damage


def config(change: Callable[[dict], None]) -> Callable[[Path], None]:
    return lambda folder: edit(folder / "config.json", change)


def other_weights(folder: Path) -> None:
    state, meta = read_tensors(folder / "model.safetensors", "model")
    state = {k: v + 1 for k, v in state.items()}
    write_tensors(folder / "model.safetensors", state, "model", {"identity": meta["identity"]})


def wrong_shape(folder: Path) -> None:
    state, meta = read_tensors(folder / "model.safetensors", "model")
    write_tensors(
        folder / "model.safetensors",
        {**state, "decoder.out.bias": torch.zeros(7)},
        "model",
        {"identity": meta["identity"]},
    )


@pytest.mark.parametrize(
    ("damage", "kind", "message"),
    [
        (drop("config.json"), DamagedFile, "not a model that can be opened.*config.json"),
        (drop("model.safetensors"), DamagedFile, "no weights yet.*--resume"),
        (flip("model.safetensors"), DamagedFile, "damaged"),
        (flip("priors/z--flow.safetensors"), DamagedFile, "damaged"),
        (config(lambda c: c.update(version=99)), VersionMismatch, "another version.*99"),
        (config(lambda c: c.update(format="other")), DamagedFile, "not a config of a Trasluz model"),
        (config(lambda c: c.update(family="gan9")), UnknownName, "unknown family"),
        (config(lambda c: c.pop("trained_on")), DamagedFile, "fields of a model's config"),
        (config(lambda c: c["config"].pop("beta")), DamagedFile, "missing field beta"),
        (config(lambda c: c["config"].update(gamma=1)), DamagedFile, "unknown field gamma"),
        (config(lambda c: c["config"].update(latent="many")), DamagedFile, "latent"),
        (config(lambda c: c["config"].update(beta=2.5)), IdentityMismatch, "do not belong together"),
        (config(lambda c: c["representation"].update(size=10**9)), DamagedFile, "impossible size"),
        (config(lambda c: c["config"].update(latent=4)), IdentityMismatch, "do not belong together"),
        (other_weights, IdentityMismatch, "do not belong together"),
        (wrong_shape, TrasluzError, "does not fit|belong together"),
        (lambda f: (f / "config.json").write_text("{"), DamagedFile, "not JSON"),
        (lambda f: (f / "config.json").write_text("[" * 100_000), DamagedFile, "not JSON"),
        (lambda f: (f / "config.json").write_bytes(b" " * (5 << 20)), DamagedFile, "larger than"),
    ],
)
def test_what_is_damaged_is_named(
    folder: Path, damage: Callable[[Path], object], kind: type[TrasluzError], message: str
) -> None:
    damage(folder)
    with pytest.raises(kind, match=message) as caught:
        tl.open("toy", workspace=folder.parent.parent, device="cpu")
    assert "\n" not in str(caught.value)


def test_a_prior_of_another_model_is_refused(folder: Path) -> None:
    state, meta = read_tensors(folder / "priors" / "z--gaussian.safetensors", "prior")
    meta = {k: v for k, v in meta.items() if k not in ("kind", "version")}
    write_tensors(folder / "priors" / "z--gaussian.safetensors", state, "prior", {**meta, "model": "m-other"})
    with pytest.raises(IdentityMismatch, match="fitted for another model"):
        tl.open("toy", workspace=folder.parent.parent, device="cpu")


def test_a_new_set_of_weights_lets_go_of_priors_fitted_on_the_old_one(folder: Path) -> None:
    family, settings, representation, _ = read_config(folder)
    state, _ = read_tensors(folder / "model.safetensors", "model")
    write_weights(folder, family.name, settings, representation, {k: v * 0.5 for k, v in state.items()})
    model = tl.open(folder, device="cpu")
    assert set(model.space().priors) == {"normal"} and model.space().default_prior == "normal"


def test_what_is_opened_under_inference_mode_is_of_use_outside(folder: Path) -> None:
    with torch.inference_mode():
        model = tl.open(folder, device="cpu")
        z = model.space().priors["normal"].sample(2, seed=0)
    inside = z.clone().requires_grad_()
    model.space().decode(inside).sum().backward()
    assert inside.grad is not None and model.identity == tl.open(folder, device="cpu").identity


def test_listing_creates_nothing_and_says_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    assert {m["where"] for m in models.list_models(workspace=tmp_path / "nowhere")} <= {"bundled"}
    assert not (tmp_path / "nowhere").exists()
    (folder.parent / "broken").mkdir()
    found = {m["name"]: m["state"] for m in models.list_models(workspace=folder.parent.parent)}
    assert found["toy"] == "ready" and "not a model that can be opened" in found["broken"]


def test_out_and_in_again_it_is_the_same_model(made: Path, tmp_path: Path) -> None:
    out = handover.export_model(made, tmp_path / "out")
    assert sorted(p.name for p in out.iterdir()) == [
        "card.md",
        "config.json",
        "model.safetensors",
        "priors",
        "training.json",
    ]
    assert handover.add_model(out, name="again", workspace=tmp_path / "ws") == "again"
    first, second = tl.open(made, device="cpu"), tl.open("again", workspace=tmp_path / "ws", device="cpu")
    assert first.identity == second.identity and set(second.space().priors) == {"normal", "gaussian", "flow"}
    with pytest.raises(NameTaken):
        handover.add_model(out, name="again", workspace=tmp_path / "ws")
    models.remove_model("again", workspace=tmp_path / "ws")
    with pytest.raises(UnknownName):
        tl.open("again", workspace=tmp_path / "ws")


def test_show_tells_all(made: Path) -> None:
    shown = models.show_model(made)
    assert shown["spaces"]["z"]["default_prior"] == "flow" and shown["spaces"]["z"]["shape"] == [3]
    assert shown["card"].startswith("# toy") and shown["training"]["plan"]["steps"] == 2
