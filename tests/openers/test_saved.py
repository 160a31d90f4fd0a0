"""A wrapped decoder on disk: it opens as what it was, runs nothing that nobody allowed, and damage is named."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from typer.testing import CliRunner

import trasluz as tl
from trasluz.base.errors import (
    CodeNotAllowed,
    DamagedFile,
    IdentityMismatch,
    InvalidArgument,
    NameTaken,
    TrasluzError,
    VersionMismatch,
)
from trasluz.cli.app import app
from trasluz.io.atomic import read_json
from trasluz.lab.shelf import handover, models
from trasluz.openers.wrapped import Wrapped
from trasluz.spaces import registry

BUILD = '''
"""A generator and what it needs."""
from __future__ import annotations
from dataclasses import dataclass
from pathlib import Path
from torch import nn

RAN = Path(__file__).parents[RAN_AT] / "ran.txt"

@dataclass
class Size:
    side: int = 4

def build():
    with RAN.open("a") as file:
        file.write("ran\\n")
    net = nn.Sequential(nn.Linear(5, 3 * Size().side ** 2), nn.Tanh(), nn.Unflatten(1, (3, 4, 4)))
    return {"decode": net, "shape": (5,), "value_range": (-1, 1), "first_affine": net[0].weight}

def other():
    return {"decode": nn.Linear(5, 3), "shape": (5,)}
'''


def net(seed: int = 3) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(5, 48), nn.Tanh(), nn.Unflatten(1, (3, 4, 4)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What builds it; each time it runs it adds a line to `ran.txt` in the workspace."""
    path = tmp_path / "my_decoder.py"
    path.write_text(BUILD.replace("RAN_AT", "2"))
    return path


@pytest.fixture
def model() -> Wrapped:
    return tl.wrap(net(), (5,), value_range=(-1, 1), trained_on="faces", name="mine")


@pytest.fixture
def ran(workspace):
    """How often the file ran."""
    path = workspace.root / "ran.txt"
    return lambda: len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def saved(model: Wrapped, file: Path, workspace) -> Path:
    return model.save("mine", build=file)


def test_it_comes_back_as_what_it_was(model: Wrapped, saved: Path, ran) -> None:
    again = tl.open("mine", allow_code=True)
    z = model.space().prior().sample(4, 0)
    assert again.identity == model.identity and torch.equal(again.space().decode(z), model.space().decode(z))
    assert again.name == "mine" and again.trained_on == "faces" and again.is_kept and ran() == 1
    assert sorted(p.name for p in saved.iterdir()) == ["model.safetensors", "my_decoder.py", "wrapped.json"]
    assert not any("models" in place for place in sys.path)


def test_nothing_runs_before_it_is_allowed(saved: Path, workspace, ran, tmp_path: Path) -> None:
    with pytest.raises(CodeNotAllowed, match=r"my_decoder\.py.*nobody has allowed.*c-[0-9a-f]{32}.*models allow mine"):
        tl.open("mine")
    assert [m["state"] for m in models.list_models() if m["name"] == "mine"] == ["ready"]
    shown = models.show_model("mine")
    assert shown["spaces"]["z"]["shape"] == [5] and not shown["spaces"]["z"]["encodes"] and shown["parameters"] == 288
    handover.export_model("mine", tmp_path / "out")
    handover.export_model("mine", tmp_path / "half", half=True)
    assert handover.add_model(tmp_path / "out", name="copy") == "copy"
    assert ran() == 0
    with pytest.raises(CodeNotAllowed):
        tl.open("copy")


def test_what_is_allowed_is_this_very_code_in_this_very_folder(saved: Path, workspace, ran) -> None:
    said = models.allow_model("mine")
    assert said["file"] == str(saved / "my_decoder.py") and ran() == 0
    assert tl.open("mine").name == "mine" and tl.open(saved).name == "mine" and ran() == 2
    record = workspace.root / "allowed.json"
    assert os.name == "nt" or record.stat().st_mode & 0o777 == 0o600
    handover.export_model("mine", workspace.root / "out")
    models.remove_model("mine")
    assert handover.add_model(workspace.root / "out", name="mine") == "mine"
    with pytest.raises(CodeNotAllowed):
        tl.open("mine")
    other = shutil.copytree(workspace.root, workspace.root.parent / "elsewhere")  # another workspace: other folders
    with pytest.raises(CodeNotAllowed):
        tl.open("mine", workspace=other)


def test_a_record_that_others_can_write_does_not_count(saved: Path, workspace) -> None:
    models.allow_model("mine")
    (workspace.root / "allowed.json").chmod(0o666)
    with pytest.raises(DamagedFile, match="not yours alone"):
        tl.open("mine")


def test_code_that_was_changed_is_refused_with_both_hashes(model: Wrapped, file: Path, saved: Path, ran) -> None:
    before = models.allow_model("mine")["hash"]
    (saved / "my_decoder.py").write_text(BUILD.replace("RAN_AT", "2") + "\n# changed\n")
    for allow in (False, True):
        with pytest.raises(IdentityMismatch, match=rf"was changed since.*c-.*{before}"):
            tl.open("mine", allow_code=allow)
    about = read_json(saved / "wrapped.json", "it")
    about["hash"] = registry.get("openers", "wrapped").__class__.__module__ and _hash(saved / "my_decoder.py")
    (saved / "wrapped.json").write_text(json.dumps(about))
    with pytest.raises(CodeNotAllowed, match=rf"has changed since it was allowed \({before}\).*{about['hash']}"):
        tl.open("mine")
    assert ran() == 0


def _hash(path: Path) -> str:
    from trasluz.openers._saved import hash_of

    return hash_of(path.read_bytes())


def test_saved_and_allowed_at_once_it_is_a_model_like_any_other(model: Wrapped, file: Path, workspace, ran) -> None:
    assert model.space().default_prior == "normal" and not model.is_kept
    with pytest.raises(TrasluzError, match=r"only in memory.*model\.save"):
        tl.sample(model, 2).command()
    model.save("mine", build=file, allow_code=True)
    assert ran() == 1 and model.is_kept
    made = tl.sample(model, 2, seed=4)
    done = CliRunner().invoke(app, [*made.command().split()[1:], "--out", str(workspace.root / "a.npz")])
    assert done.exit_code == 0, done.stderr
    scope: dict[str, object] = {}
    exec(made.code(), scope)
    assert torch.equal(scope["samples"].latents, made.latents)  # type: ignore[attr-defined]


def test_allowing_on_the_command_line(saved: Path, ran) -> None:
    done = CliRunner().invoke(app, ["models", "allow", "mine", "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["hash"] == _hash(saved / "my_decoder.py") and ran() == 0
    assert tl.open("mine").name == "mine"
    refused = CliRunner().invoke(app, ["models", "allow", "faces-vae"])
    assert refused.exit_code == 2 and "runs no code of its own" in refused.stderr


def test_the_first_layer_and_a_fitted_prior_come_along(model: Wrapped, file: Path, workspace) -> None:
    codes = torch.randn(200, 5, generator=torch.Generator().manual_seed(0)) * 2
    method = registry.get("priors", "gaussian")
    prior = method.fit(codes, None, method.config_type(), 0, lambda *_: None)
    wrapped = tl.wrap(net(), (5,), value_range=(-1, 1), prior=prior)
    wrapped.save("fitted", build=file, allow_code=True)
    again = tl.open("fitted")
    assert again.space().default_prior == "gaussian" and again.space().prior().identity == prior.identity
    weight = again.space().first_affine()
    assert weight is not None and torch.equal(weight, wrapped.state()["decode.0.weight"])
    found = tl.find(again, method="sefa", count=2, measured=False)
    assert len(found) == 2


def test_half_precision_is_a_model_of_its_own(model: Wrapped, saved: Path, tmp_path: Path) -> None:
    out = handover.export_model("mine", tmp_path / "half", half=True)
    again = tl.open(out, allow_code=True)
    assert again.identity != model.identity
    assert torch.allclose(again.state()["decode.0.weight"], model.state()["decode.0.weight"], atol=1e-3)


def test_a_function_of_the_file_by_name(model: Wrapped, file: Path) -> None:
    with pytest.raises(InvalidArgument, match="no square pictures"):
        model.save("mine", build=f"{file}:other", allow_code=True)
    assert not [m for m in models.list_models() if m["name"] == "mine"]
    with pytest.raises(InvalidArgument, match=r"has no function nothing\(\)"):
        model.save("mine", build=f"{file}:nothing", allow_code=True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def build(): return {'decode': 1}", "does not return what wrap takes"),
        ("def build(): return 3", "does not return what wrap takes: got int"),
        ("def build(): raise ValueError('odd')", "fails when it is run: ValueError: odd"),
        ("import nothing_of_that_name", "fails when it is run: ModuleNotFoundError"),
        ("def build(:", "fails when it is run: SyntaxError"),
        ("from torch import nn\ndef build(): return {'decode': nn.Linear(4, 4), 'shape': (4,)}", "no square pictures"),
        (
            "from torch import nn\ndef build():\n    return {'decode': nn.Sequential(nn.Linear(5, 12), "
            "nn.Unflatten(1, (3, 2, 2))), 'shape': (5,)}",
            "decode.0.bias|decode.0.weight",
        ),
    ],
)
def test_what_builds_something_else_is_one_line(
    model: Wrapped, workspace, tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "odd.py"
    path.write_text(text)
    with pytest.raises(TrasluzError, match=says) as caught:
        model.save("odd", build=path, allow_code=True)
    assert "\n" not in str(caught.value) and not (workspace.root / "models" / "odd").exists()


@pytest.mark.parametrize("given", ["nothing.py", "my_decoder.txt", "my_decoder.py:not a name"])
def test_a_file_that_is_none(model: Wrapped, file: Path, given: str) -> None:
    file.with_suffix(".txt").touch()
    with pytest.raises(InvalidArgument, match="build is a Python file that is there"):
        model.save("mine", build=file.parent / given)


def test_names_are_not_taken_twice(model: Wrapped, file: Path, saved: Path) -> None:
    with pytest.raises(NameTaken):
        model.save("mine", build=file)
    with pytest.raises(NameTaken, match="bundled"):
        model.save("faces-vae", build=file)


@pytest.mark.parametrize(
    ("damage", "kind", "says"),
    [
        (lambda f: (f / "my_decoder.py").unlink(), DamagedFile, r"builds the model mine is gone: .*my_decoder\.py"),
        (lambda f: (f / "model.safetensors").unlink(), DamagedFile, "missing"),
        (lambda f: (f / "wrapped.json").write_text("{"), DamagedFile, "not JSON"),
        (lambda f: edit(f, version=9), VersionMismatch, "another version"),
        (lambda f: edit(f, file="../../x.py"), DamagedFile, "not a usable file name"),
        (lambda f: edit(f, file="model.safetensors"), DamagedFile, "names no file of code"),
        (lambda f: edit(f, space={"shape": 3}), DamagedFile, "is damaged"),
        (lambda f: edit(f, said={}), IdentityMismatch, None),
        (lambda f: edit(f, code="another"), IdentityMismatch, "not the model that was saved"),
        (lambda f: edit(f, odd=1), DamagedFile, "does not have the fields"),
    ],
)
def test_damage_is_named(saved: Path, damage, kind: type[TrasluzError], says: str | None) -> None:
    damage(saved)
    if says is None:  # what is said of it alone is not what it is built from
        assert tl.open("mine", allow_code=True).name == "mine"
        return
    with pytest.raises(kind, match=says) as caught:
        tl.open("mine", allow_code=True)
    assert "\n" not in str(caught.value)


def edit(folder: Path, **fields: object) -> None:
    about = read_json(folder / "wrapped.json", "it")
    (folder / "wrapped.json").write_text(json.dumps({**about, **fields}))


def test_a_link_to_code_elsewhere_is_not_followed(saved: Path, file: Path) -> None:
    (saved / "my_decoder.py").unlink()
    (saved / "my_decoder.py").symlink_to(file)
    with pytest.raises(DamagedFile, match="is gone"):
        tl.open("mine", allow_code=True)


def test_first_affine_is_checked() -> None:
    for wrong in (torch.zeros(4), torch.zeros(3, 4), lambda: [1]):
        with pytest.raises(InvalidArgument, match="not a weight of a layer"):
            tl.wrap(net(), (5,), first_affine=wrong)  # type: ignore[arg-type]
    decoder = net()
    found = tl.wrap(decoder, (5,), first_affine=lambda: decoder[0].weight).space().first_affine()
    assert found is not None and torch.equal(found, decoder[0].weight)


def test_a_file_that_builds_something_else_is_refused(tmp_path: Path, workspace) -> None:
    """The weights fit, and what is made of them does not."""
    text = "import torch\n\ndef build():\n    net = torch.nn.Linear(4, 48)\n    return {'decode': lambda z: " \
        "torch.sigmoid(net(z)).reshape(-1, 3, 4, 4) * FACTOR, 'shape': (4,), 'weights': net}\n"  # fmt: skip
    for factor in ("0.5", "1.0"):
        (tmp_path / f"scaled_{factor[0]}.py").write_text(text.replace("FACTOR", factor))
    names: dict[str, object] = {}
    exec(text.replace("FACTOR", "0.5"), names)
    model = tl.wrap(**names["build"]())  # type: ignore[operator]
    with pytest.raises(IdentityMismatch, match="builds something else"):
        model.save("scaled", build=tmp_path / "scaled_1.py", allow_code=True)
    assert "scaled" not in workspace.names("models")
    model.save("scaled", build=tmp_path / "scaled_0.py", allow_code=True)


def test_a_saved_model_whose_weights_were_changed_is_in_memory_alone(tmp_path: Path, workspace) -> None:
    net = torch.nn.Linear(4, 48)
    (tmp_path / "net.py").write_text(
        "import torch\n\ndef build():\n    net = torch.nn.Linear(4, 48)\n"
        "    return {'decode': torch.nn.Sequential(net, torch.nn.Unflatten(1, (3, 4, 4))), 'shape': (4,)}\n"
    )
    model = tl.wrap(torch.nn.Sequential(net, torch.nn.Unflatten(1, (3, 4, 4))), (4,))
    model.save("net", build=tmp_path / "net.py", allow_code=True)
    assert "trasluz decode net seed:1" in tl.decode(model, "seed:1").command()
    with torch.no_grad():
        net.bias.add_(1.0)
    with pytest.raises(TrasluzError, match="only in memory"):
        tl.decode(model, "seed:1").command()
