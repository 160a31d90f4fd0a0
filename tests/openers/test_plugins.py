"""Openers of other packages: what does not work is named in one line, and everything else goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import trasluz as tl
from trasluz.base.errors import DamagedFile, InvalidArgument, MissingExtra, TrasluzError
from trasluz.cli.app import app
from trasluz.lab.shelf import handover, models
from trasluz.spaces import registry

GOOD = """
import toy_models
from trasluz.spaces.opener import ModelFacts, Opener


class Good(Opener):
    name, title, looks_for = "NAME", "A toy", "good.txt"

    def recognises(self, folder):
        return (folder / self.looks_for).is_file()

    def stamp(self, folder):
        return (1,)

    def describe(self, folder):
        return ModelFacts("toy", self.title)

    def open(self, folder, device, allow):
        model = toy_models.coded()
        model.name = folder.name
        return model
"""


def good(name: str = "good", **changes: str) -> str:
    text = GOOD.replace("NAME", name)
    for before, after in changes.items():
        text = text.replace({"facts": 'ModelFacts("toy", self.title)', "model": "return model"}[before], after)
    return text


@pytest.fixture
def folder(workspace) -> Path:
    made = workspace.root / "models" / "theirs"
    made.mkdir(parents=True)
    (made / "good.txt").touch()
    return made


def test_a_model_of_an_outside_opener_is_like_any_other(folder: Path, plugin, workspace) -> None:
    with pytest.raises(DamagedFile, match=r"not a model that can be opened.*config\.json.*wrapped\.json"):
        tl.open("theirs")
    plugin("outside", {"openers": {"good": "outside_good:Good"}}, outside_good=good())
    assert tl.open("theirs").name == "theirs" and registry.troubles("openers") == []
    assert {m["name"]: m["family"] for m in models.list_models()}["theirs"] == "toy"
    assert models.show_model("theirs")["spaces"]["z"]["encodes"]
    with pytest.raises(InvalidArgument, match="kind good cannot be copied or exported"):
        handover.export_model("theirs", workspace.root / "out")
    done = CliRunner().invoke(app, ["sample", "theirs", "-n", "2", "--out", str(workspace.root / "a.png")])
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "module", "says"),
    [
        ("absent", "import nothing_of_that_name", "needs a package that is not installed: nothing_of_that_name"),
        ("fails", "1 / 0", "cannot be made: ZeroDivisionError"),
        ("gone", "x = 1", "cannot be made: AttributeError"),
        (
            "odd",
            "class Good:\n    name = 'odd'",
            r"does not belong in its row: got Good; allowed: .*\.Opener",
        ),
        ("liar", good("truth"), "calls itself 'truth'"),
        ("partial", good("partial").replace("def stamp", "def stump"), "cannot be made: TypeError.*stamp"),
        ("native", good("native"), "the name 'native' is taken"),
    ],
)
def test_one_that_does_not_work_is_one_line_and_the_rest_works(
    folder: Path, plugin, name: str, module: str, says: str
) -> None:
    plugin("bad", {"openers": {name: "bad_opener:Good"}}, bad_opener=module)
    plugin("fine", {"openers": {"good": "fine_opener:Good"}}, fine_opener=good())
    [line] = registry.troubles("openers")
    assert registry.troubles("finders") == [] and "\n" not in line
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(line)
    assert tl.open("theirs").name == "theirs" and len(models.list_models()) > 1
    if name != "native":
        with pytest.raises(TrasluzError):
            registry.get("openers", name)
    done = CliRunner().invoke(app, ["models", "list"])
    assert done.exit_code == 0 and "is left out" in " ".join(done.stderr.split())
    assert sys.modules.pop("bad_opener", None) is not None or name in ("absent", "fails", "native")
    sys.modules.pop("fine_opener", None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"facts": "{}"}, "breaks its contract: got dict; allowed: ModelFacts"),
        ({"facts": "1 / 0"}, "the opener good failed in describing a model: ZeroDivisionError"),
    ],
)
def test_one_that_breaks_its_contract_at_work_spoils_no_list(folder: Path, plugin, changes, says: str) -> None:
    module = f"at_work_{len(says)}"
    plugin("work", {"openers": {"good": f"{module}:Good"}}, **{module: good(**changes)})
    found = {m["name"]: m["state"] for m in models.list_models()}
    assert says in found["theirs"] and found["faces-vae"] == "ready"


def test_one_that_opens_something_else(folder: Path, plugin) -> None:
    plugin("other", {"openers": {"good": "opens_other:Good"}}, opens_other=good(model="return 3"))
    with pytest.raises(TrasluzError, match="the opener good breaks its contract: got int; allowed: LatentModel"):
        tl.open("theirs")


def test_a_folder_that_two_openers_recognise(folder: Path, plugin) -> None:
    plugin("two", {"openers": {"good": "two_a:Good", "best": "two_b:Good"}}, two_a=good(), two_b=good("best"))
    with pytest.raises(InvalidArgument, match=r"claimed by several.*best \(by good\.txt\), good \(by good\.txt\)"):
        tl.open("theirs")
    assert "claimed by several" in {m["name"]: m["state"] for m in models.list_models()}["theirs"]


def test_a_package_that_is_missing_is_told_where_a_model_needs_it(folder: Path, plugin) -> None:
    plugin("lack", {"openers": {"good": "lack_opener:Good"}}, lack_opener="import a_missing_package")
    with pytest.raises(DamagedFile, match=r"pip install a_missing_package"):
        tl.open("theirs")
    with pytest.raises(MissingExtra):
        registry.get("openers", "good")


def test_the_registry_loads_nothing_heavy() -> None:
    script = "import sys; from trasluz.spaces import registry; registry.names('openers'); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
