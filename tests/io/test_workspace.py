"""Names, and the folder they live in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument, NameTaken, UnknownName, UnsafePath
from trasluz.io.workspace import Workspace, check_name

BAD = [
    "", " ", ".", "..", "../x", "a/b", "a\\b", "/etc", "C:", "C:\\x", "a\0b", "~", "~a", "-x", ".hidden", "a\n", "a\tb",
    "a" * 121, "\u9ed2" * 100, "a:b", "a\u202eb", "a\u2028b", "a\udcffb", ".tmp-x",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_names_that_are_no_names(workspace: Workspace, name: str) -> None:
    with pytest.raises(UnsafePath, match="not a usable model name") as caught:
        workspace.entry("models", name)
    assert str(caught.value).isprintable(), "nothing in a name reaches the terminal"
    assert not workspace.root.exists(), "looking makes nothing"


@pytest.mark.parametrize(
    "name",
    ["a", "faces-vae", "A.b_c-9", "m--faces-12000--test--z", "a" * 120, "console", "com10", "a#b", "a b", "a%2fb", "_x",
     "%2e%2e", "a.", "a..", "con", "CON", "nul.txt", "aux.", "ñ", "a*", "a?", "<a>", "a|b", '"a"', "٣", "a@b"],
)  # fmt: skip
def test_names_that_are(name: str) -> None:
    assert check_name(name) == name


@given(st.text(max_size=130))
def test_no_name_leads_out(name: str) -> None:
    workspace = Workspace("/nowhere/w")
    for kind in ("models", "points"):
        try:
            path = workspace.entry(kind, name)
        except UnsafePath:
            continue
        assert path.parent == workspace.root / kind and path.resolve() == path


def test_entries_are_folders_or_single_files(workspace: Workspace) -> None:
    assert workspace.entry("models", "a.b") == workspace.root / "models" / "a.b"
    assert workspace.entry("points", "a.b") == workspace.root / "points" / "a.b.json"
    assert workspace.entry("relocations", "r").name == "r.safetensors"


def test_what_is_there(workspace: Workspace) -> None:
    assert workspace.names("models") == workspace.names("points") == []
    for name in ("b", "a", ".tmp-x", "con"):
        (workspace.root / "models" / name).mkdir(parents=True)
    (workspace.root / "models" / "file").write_text("")
    workspace.entry("points", "p").parent.mkdir()
    workspace.entry("points", "p").write_text("{}")
    (workspace.root / "points" / "notes.txt").write_text("")
    assert workspace.names("models") == ["a", "b", "con"] and workspace.names("points") == ["p"]
    assert workspace.existing("models", "a").is_dir() and workspace.existing("points", "p").is_file()


def test_an_unknown_name_is_answered_with_the_nearest(workspace: Workspace) -> None:
    with pytest.raises(UnknownName, match="unknown atlas: got 'a'; allowed: none exist yet"):
        workspace.existing("atlases", "a")
    (workspace.root / "models" / "faces").mkdir(parents=True)
    with pytest.raises(UnknownName, match=r"Did you mean faces\? Workspace: "):
        workspace.existing("models", "facse")


@pytest.mark.parametrize("what", ["entry", "kind"])
def test_links_that_lead_out_are_not_followed(workspace: Workspace, tmp_path: Path, what: str) -> None:
    secret = tmp_path / "workspace-secret"  # a sibling whose name begins alike
    (secret / "m").mkdir(parents=True)
    workspace.root.mkdir()
    if what == "kind":
        (workspace.root / "models").symlink_to(secret)
    else:
        (workspace.root / "models").mkdir()
        (workspace.root / "models" / "m").symlink_to(secret / "m")
    for name in ("m",) if what == "entry" else ("m", "none"):
        with pytest.raises(UnsafePath, match="leads out of the workspace"):
            workspace.existing("models", name)
    assert workspace.names("models") == []


def test_links_that_stay_inside_are_not_either(workspace: Workspace) -> None:
    """What is written under two names would have two writers."""
    (workspace.root / "models" / "m").mkdir(parents=True)
    (workspace.root / "models" / "alias").symlink_to("m")
    (workspace.root / "models" / "ring").symlink_to("ring")
    assert workspace.names("models") == ["m"] and workspace.links("models") == ["alias", "ring"]
    for name in ("alias", "ring"):
        with pytest.raises(UnsafePath, match="is a link, and none is followed"):
            workspace.existing("models", name)


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRASLUZ_WORKSPACE", "")
    assert Workspace().root == tmp_path / "trasluz-workspace"
    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(tmp_path / "elsewhere"))
    assert Workspace().root == tmp_path / "elsewhere"
    assert Workspace("here").root == tmp_path / "here"
    for bad in ("", " ", "a\0b", "~nobody-of-that-name/x"):
        with pytest.raises(InvalidArgument):
            Workspace(bad)
    assert list(tmp_path.iterdir()) == []


def test_writing_creates_it_and_a_file_in_its_place_is_an_error(workspace: Workspace) -> None:
    with workspace.writing("x"):
        assert workspace.root.is_dir()
    other = Workspace(workspace.root / "f")
    other.root.write_text("")
    assert other.names("models") == []
    with pytest.raises(NameTaken, match="is a file"), other.writing("x"):
        pass
