"""Every kind of file that lies in a workspace, and what becomes of it: a link, a pipe, a socket, a folder in its place,
300 MB of nothing, bytes that are no text, a flipped byte, half of it, a later version.

A kind of file that has no line in the table fails the first test.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trasluz as tl
from every_file import make
from shared import shared
from trasluz.base.errors import LaterVersion, TrasluzError
from trasluz.base.progress import Progress
from trasluz.io import plain
from trasluz.io.atomic import read_json, read_lines, write_sealed
from trasluz.io.lock import writer
from trasluz.io.weights import digest, read_tensors, write_tensors
from trasluz.io.workspace import Workspace
from trasluz.lab import portraits
from trasluz.lab.shelf import data as data_shelf
from trasluz.lab.shelf import directions, handover, listing, models, points

unix = pytest.mark.skipif(os.name == "nt", reason="links, pipes and sockets of Unix")
pytestmark = unix
SECRET = "BEGIN PRIVATE KEY"


class Heard(Progress):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Callable[..., None]]:
        yield lambda n=1, note="": None


@dataclass
class Place:
    """A workspace that something is done to."""

    home: Workspace
    data: str
    out: Path
    heard: Heard

    @property
    def told(self) -> dict[str, Any]:
        return {"workspace": self.home, "progress": self.heard}


# What reads each kind of file ---------------------------------------------------------------------------------


def opened(at: Place) -> object:
    model = tl.open("mine", workspace=at.home)
    return model.identity, model.trained_on, sorted(model.space().priors)


def exported(at: Place) -> object:
    handover.export_model("mine", at.out / "mine", workspace=at.home)
    return sorted(path.name for path in (at.out / "mine").iterdir())


def resumed(at: Place) -> object:
    tl.train("vae", name="mine", resume=True, steps=8, **at.told)
    return max(line["step"] for line in read_lines(at.home.root / "models/mine/events.jsonl"))


def wrapped(at: Place) -> object:
    models.allow_model("made", workspace=at.home)  # a copied workspace asks again
    return tl.open("made", workspace=at.home).identity


def encoded(at: Place) -> object:
    atlas = tl.encode("mine", split="all", **at.told)
    thumbnails = atlas.thumbnails(range(len(atlas)))
    return digest({"z": atlas.latents}), atlas.rows.to_pylist(), int(thumbnails.sum())


def mapped(at: Place) -> object:
    name = next(iter(at.home.names("atlases")), "mine--none")
    plane = tl.map("mine", atlas=name, **at.told)
    return np.round(np.abs(np.asarray(plane.xy)), 4).tolist()


def loaded(at: Place) -> object:
    found = data_shelf.load(at.data, workspace=at.home, progress=at.heard)
    return found.identity, int(found.stored(slice(None)).astype(np.int64).sum()), found.rows.to_pylist()


def noted(at: Place) -> object:
    found = data_shelf.load(at.data, workspace=at.home, progress=at.heard)
    return found.identity, len(found)


def listed(at: Place) -> object:
    return listing.listed(at.home)


def pictured(at: Place) -> object:
    return portraits.drawn_picture(at.home.entry("models", "mine"), workspace=at.home, progress=at.heard)


def pointed(at: Place) -> object:
    return tl.decode("mine", "@here", workspace=at.home).latents.tolist()


def directed(at: Place) -> object:
    return directions.show_direction("up", model="mine", workspace=at.home).vector.tolist()


def locked(at: Place) -> object:
    points.save_point("other", "mine", "seed:5", replace=True, workspace=at.home)
    return at.home.names("points")


def held(at: Place) -> object:
    """Another process holds the point, and says so; what it says is all that is read of it."""
    told: list[str] = []

    def other() -> None:
        try:
            locked(at)
        except TrasluzError as error:
            told.append(type(error).__name__)

    holder = at.home.root / ".locks" / "point--other.holder"
    kept = None if not os.path.lexists(holder) else holder.rename(at.out / "holder")
    with writer(at.home.root, "a test", "point--other"):
        holder.unlink()
        if kept is not None:
            kept.rename(holder)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(20)
    return told


def read_reader(at: Place) -> object:
    [path] = (at.home.cache / "readers").iterdir()
    return digest(read_tensors(path, "reader")[0])


def nothing(at: Place) -> object:
    return None


Use = Callable[[Place], object]


@dataclass(frozen=True)
class Kind:
    """A kind of file."""

    use: Use
    fate: str
    """What becomes of the use of a damaged one: `refused` in one line, made `again` and that is said, `again` without a
    word where it only lists, `unread`."""
    linked: str = ""
    """Where a link, a pipe or a folder in its place means something else."""
    version: str = ""
    """How its version is written: `json` or `tensors`."""
    named: str = ""
    """What the refusal says besides the file."""
    checked: bool = True
    """Whether a flipped byte is noticed."""


KINDS: dict[str, Kind] = {
    "models/mine/config.json": Kind(opened, "refused", version="json"),
    "models/mine/model.safetensors": Kind(opened, "refused", version="tensors"),
    "models/mine/priors/*.safetensors": Kind(opened, "refused", version="tensors"),
    "models/mine/training.json": Kind(resumed, "refused", version="json"),
    "models/mine/card.md": Kind(exported, "unread", linked="refused"),  # its bytes travel as they are
    "models/mine/events.jsonl": Kind(resumed, "again", linked="refused"),
    "models/mine/checkpoints/step-*.safetensors": Kind(resumed, "again", version="tensors"),
    "models/mine/start.safetensors": Kind(resumed, "refused", version="tensors"),
    "models/mine/snapshots/*.safetensors": Kind(nothing, "unread"),
    "models/mine/samples/*.png": Kind(nothing, "unread"),
    "models/mine/curves.png": Kind(nothing, "unread"),
    "models/made/wrapped.json": Kind(wrapped, "refused", version="json"),
    "models/made/model.safetensors": Kind(wrapped, "refused", version="tensors"),
    "models/made/made.py": Kind(wrapped, "refused"),
    "atlases/*/manifest.json": Kind(encoded, "again", version="json"),
    "atlases/*/rows.parquet": Kind(encoded, "again"),
    "atlases/*/latents-*.safetensors": Kind(encoded, "again", version="tensors"),
    "atlases/*/thumbnails-*.parquet": Kind(encoded, "again"),
    "atlases/*/projections/*.safetensors": Kind(mapped, "again", version="tensors"),
    "directions/*.json": Kind(directed, "refused", version="json", named="trasluz directions remove"),
    "points/*.json": Kind(pointed, "refused", version="json", named="trasluz points remove"),
    "cache/data/*/items.npy": Kind(loaded, "again"),
    "cache/data/*/rows.parquet": Kind(loaded, "again"),
    "cache/data/*/about.json": Kind(loaded, "again", version="json"),
    "cache/asked/*.json": Kind(noted, "listed"),
    "cache/models.json": Kind(listed, "listed"),
    "cache/pictures/*.png": Kind(pictured, "again"),
    "cache/readers/*.safetensors": Kind(read_reader, "refused", version="tensors"),
    "allowed.json": Kind(wrapped, "refused", version="json"),
    ".locks/*.lock": Kind(locked, "refused"),
    ".locks/*.holder": Kind(held, "listed"),
    ".lock": Kind(lambda at: models.allow_model("made", workspace=at.home), "refused"),
}
FLEETING = ("models/mine/start.safetensors", ".locks/*.holder", "cache/readers/*.safetensors")
"""Kinds that this workspace has only where a test puts them there."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared(tmp_path_factory, "every kind of file", make)


@pytest.fixture
def at(whole: Path, tmp_path: Path) -> Place:
    shutil.copytree(whole / "workspace", tmp_path / "workspace", symlinks=True)
    (tmp_path / "out").mkdir()
    return Place(Workspace(tmp_path / "workspace"), str(whole / "shapes.npz"), tmp_path / "out", Heard())


@pytest.fixture(scope="module")
def usual(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Use], object]:
    """What a use gives where nothing is wrong."""
    known: dict[Use, object] = {}

    def give(use: Use) -> object:
        if use not in known:
            folder = tmp_path_factory.mktemp("usual")
            shutil.copytree(whole / "workspace", folder / "workspace")
            (folder / "out").mkdir()
            known[use] = use(Place(Workspace(folder / "workspace"), str(whole / "shapes.npz"), folder / "out", Heard()))
        return known[use]

    return give


def put_there(at: Place, pattern: str) -> Path:
    """The file of a kind; one that comes and goes is put there."""
    root = at.home.root
    if pattern.endswith("start.safetensors"):
        state = tl.open("mine", workspace=at.home).state()
        write_tensors(root / pattern, state, "start")
    elif pattern.endswith(".holder"):
        (root / ".locks" / "point--other.holder").write_text(json.dumps({"pid": 1, "host": "h", "doing": "x"}))
    elif "readers" in pattern:
        write_tensors(root / "cache" / "readers" / "a.safetensors", {"w": tl.open("mine", workspace=at.home).state()[
            next(iter(tl.open("mine", workspace=at.home).state()))]}, "reader")  # fmt: skip
    if pattern == ".locks/*.lock":
        path = root / ".locks" / "point--other.lock"
        path.touch()
        return path
    found = sorted(root.glob(pattern))
    if "thumbnails" in pattern or "items" in pattern:
        assert len(found) == 1
    return found[-1]


def test_every_file_of_a_workspace_has_its_line(whole: Path) -> None:
    root = whole / "workspace"
    files = [path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()]
    assert len(files) > 25
    assert [name for name in files if not any(fnmatch(name, pattern) for pattern in KINDS)] == []
    missing = [p for p in KINDS if p not in FLEETING and not any(fnmatch(name, p) for name in files)]
    assert missing == [], "a line that stands for nothing"


# What is done to them ---------------------------------------------------------------------------------


def link(path: Path, at: Place) -> None:
    """To the very same content elsewhere, so that nothing but the link is wrong with it."""
    path.rename(at.out / "secret")
    path.symlink_to(at.out / "secret")


def pipe(path: Path, at: Place) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path, at: Place) -> None:
    path.unlink()
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


def folder(path: Path, at: Place) -> None:
    path.unlink()
    path.mkdir()


def huge(path: Path, at: Place) -> None:
    with path.open("wb") as handle:
        handle.truncate(300_000_000)


def no_text(path: Path, at: Place) -> None:
    path.write_bytes(b"\xff\xfe\x80" * (max(30, path.stat().st_size) // 3))


def flipped(path: Path, at: Place) -> None:
    data = bytearray(path.read_bytes())
    # In the content, not in the padding of a header.
    data[len(data) * 2 // 3] ^= 4
    path.write_bytes(data)


def zeros(path: Path, at: Place) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))


def half(path: Path, at: Place) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


LINKED = {"link": link, "pipe": pipe, "device": device, "folder": folder}
DAMAGED = {"huge": huge, "no text": no_text, "flipped": flipped, "zeros": zeros, "half": half}
EMPTY = (".locks/*.lock", ".lock")


def cases() -> Iterator[Any]:
    for pattern, kind in KINDS.items():
        for done in (*LINKED, *DAMAGED):
            if kind.use is nothing or (pattern in EMPTY and done in ("flipped", "zeros", "half")):
                continue
            yield pytest.param(pattern, done, id=f"{pattern}-{done}")


def memory(what: str, *, anew: bool = False) -> int:
    """Megabytes that this process holds (`VmRSS`), or held at most (`VmHWM`), from `anew` on; 0 where nobody says."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(line for line in status.read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) >> 10


@pytest.mark.parametrize(("pattern", "done"), list(cases()))
def test_what_becomes_of_it(at: Place, usual: Callable[[Use], object], pattern: str, done: str) -> None:
    kind, path = KINDS[pattern], put_there(at, pattern)
    before = usual(kind.use) if kind.fate in ("again", "listed") and pattern != ".locks/*.holder" else None
    (LINKED | DAMAGED)[done](path, at)
    secret = (at.out / "secret").read_bytes() if done == "link" else b""
    fate = (done in LINKED and kind.linked) or kind.fate
    began, held = time.monotonic(), memory("VmRSS", anew=True)
    try:
        after, error = kind.use(at), None
    except TrasluzError as refused:
        after, error = None, refused
    assert time.monotonic() - began < 60, "it waits for something"
    if done == "huge":
        assert memory("VmHWM") - held < 250, "megabytes more than before"
    if done == "link":
        assert (at.out / "secret").read_bytes() == secret, "written through the link"
    if fate == "refused":
        assert error is not None, after
        line = error.sentence()
        assert "\n" not in line and path.name in line and (kind.named in line or done in LINKED), line
    elif fate == "unread":
        # What is longer than anybody writes it is not sent on.
        assert (error is None) is (done != "huge"), error
    else:
        assert error is None, error
        if before is not None:
            assert after == before
        if fate == "again":
            assert at.heard.said, "made again without a word"


@pytest.mark.parametrize("pattern", [pattern for pattern, kind in KINDS.items() if kind.version])
def test_a_later_version_is_refused_by_name(at: Place, pattern: str) -> None:
    kind, path = KINDS[pattern], put_there(at, pattern)
    if kind.version == "json":
        write_sealed(path, {**read_json(path, "it"), "version": 99, "checksum": "of another kind"})
    else:
        name = next(part for part in ("checkpoint", "latents", "projection", "prior", "start", "reader", "model")
                    if part in path.name or part in path.parent.name or part == "model")  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            tensors, meta = read_tensors(path, name)
            patch.setattr("trasluz.io.weights.VERSION", "99")
            write_tensors(path, tensors, name, meta)
    derived = pattern.startswith("cache/data") or "projections" in pattern
    try:
        kind.use(at)
    except LaterVersion as error:
        assert "was written by a later version" in error.sentence() and "Update Trasluz" in error.sentence()
        assert str(path) in error.sentence() or path.parent.name in error.sentence()
        assert not derived
    else:
        assert derived or "latents" in pattern, "a later version was read"
        assert any("later version" in line for line in at.heard.said), at.heard.said


# One by one ---------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["models", "models/mine", "models/mine/checkpoints", "models/mine/priors", "atlases",
                                  "points", "directions", "cache", "cache/data", ".locks"])  # fmt: skip
def test_nothing_is_read_or_written_behind_a_linked_folder(at: Place, part: str) -> None:
    place = at.home.root / part
    elsewhere = at.out / "elsewhere"
    shutil.move(place, elsewhere)
    place.symlink_to(elsewhere, target_is_directory=True)
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    for use in (opened, resumed, encoded, mapped, loaded, pointed, directed, locked):
        try:
            use(at)
        except TrasluzError as error:
            assert "\n" not in error.sentence()
    after = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    assert after == before, "written or removed behind the link"


def test_a_workspace_that_is_a_link_works(at: Place, tmp_path: Path) -> None:
    (tmp_path / "behind").mkdir()
    shutil.move(at.home.root, tmp_path / "behind" / "real")
    (tmp_path / "to parent").symlink_to(tmp_path / "behind")
    (tmp_path / "to it").symlink_to(tmp_path / "to parent" / "real")
    for root in (tmp_path / "to it", tmp_path / "to parent" / "real"):
        there = Place(Workspace(root), at.data, at.out, Heard())
        for use in (opened, encoded, mapped, loaded, pointed, directed, locked):
            use(there)
    resumed(there)


def test_what_a_linked_card_leads_to_is_not_given_away(at: Place, tmp_path: Path) -> None:
    secret = tmp_path / "id_rsa"
    secret.write_text(SECRET)
    handover.export_model("mine", at.out / "given", workspace=at.home)
    for name in ("card.md", "training.json", "config.json", "priors/z--flow.safetensors"):
        given = Path(shutil.copytree(at.out / "given", at.out / "again"))
        if not (given / name).exists():
            name = f"priors/{next((given / 'priors').iterdir()).name}"
        (given / name).unlink()
        (given / name).symlink_to(secret)
        with pytest.raises(TrasluzError, match=Path(name).name) as refused:
            handover.add_model(given, name="taken", workspace=at.home)
        assert "link" in str(refused.value)
        shutil.rmtree(given)
    assert at.home.names("models") == ["made", "mine"]
    (at.home.root / "models/mine/card.md").unlink()
    (at.home.root / "models/mine/card.md").symlink_to(secret)
    shown = models.show_model("mine", workspace=at.home)
    assert shown["card"] is None and "is a link" in shown["card_note"]
    assert not any(SECRET in path.read_text(errors="replace") for path in at.out.rglob("*") if path.is_file())


def test_the_guard_is_what_keeps_it(at: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, a link is followed: the tests above can fail."""
    (tmp_path / "secret").write_text(SECRET)
    card = at.home.root / "models/mine/card.md"
    card.unlink()
    card.symlink_to(tmp_path / "secret")
    assert models.card_of(card.parent).text is None
    monkeypatch.setattr(plain, "_split", lambda path: (None, ()))
    assert models.card_of(card.parent).text == SECRET


def test_lines_are_not_added_through_a_link_nor_to_another_name_of_the_file(at: Place, tmp_path: Path) -> None:
    events = at.home.root / "models/mine/events.jsonl"
    before = events.read_bytes()
    os.link(events, tmp_path / "other name")
    resumed(at)
    assert (tmp_path / "other name").read_bytes() == before and len(read_lines(events)) > before.count(b"\n")


def test_a_damaged_line_is_left_out_and_counted(at: Place) -> None:
    events = at.home.root / "models/mine/events.jsonl"
    lines = events.read_text().splitlines()
    lines[1] = lines[1].replace('"time": 1', '"time": 2')
    events.write_text("\n".join(lines) + "\n")
    counted: list[int] = []
    assert len(read_lines(events, damaged=counted.append)) == len(lines) - 1 and counted == [1]
    resumed(at)
    assert any("1 line is torn or damaged" in line for line in at.heard.said)


@pytest.mark.parametrize("size", [1, 400])
def test_flipped_bytes_of_the_pixels_never_reach_a_model(at: Place, size: int) -> None:
    before, draw = loaded(at), np.random.default_rng(0)
    [path] = at.home.root.glob("cache/data/*/items.npy")
    data = bytearray(path.read_bytes())
    for place in draw.integers(128, len(data), size):
        data[place] ^= 1 << int(draw.integers(8))
    path.write_bytes(data)
    assert loaded(at) == before
    assert any("damaged" in line and "decoding again" in line for line in at.heard.said), at.heard.said


def test_pixels_that_cannot_be_decoded_again_are_an_error_that_says_what_to_do(at: Place, tmp_path: Path) -> None:
    there = tmp_path / "mine.npz"
    shutil.copy(at.data, there)
    found = data_shelf.load(str(there), workspace=at.home)
    path = found._items._cached.folder / "items.npy"  # type: ignore[union-attr]
    there.unlink()
    with path.open("r+b") as handle:
        handle.seek(5000)
        handle.write(b"\x01\x02\x03")
    found._items._left[:] = True  # type: ignore[union-attr]  # the checker of types has looked at an item already
    with pytest.raises(TrasluzError, match=r"items 0 to .* cannot be decoded again.*Bring the data back"):
        found.stored(slice(None))
    assert path.exists(), "what is left of it is not thrown away"


def test_caches_of_another_place_are_not_taken(at: Place, tmp_path: Path) -> None:
    """Two folders that were exchanged; a note that leads to another one; thumbnails of another atlas."""
    before = loaded(at)
    other = tmp_path / "other.npz"
    np.savez(other, images=np.zeros((60, 16, 16, 3), np.uint8))
    theirs = data_shelf.load(str(other), workspace=at.home)
    a, b = sorted(path.parent for path in at.home.root.glob("cache/data/*/about.json"))
    a.rename(at.out / "a")
    b.rename(a)
    (at.out / "a").rename(b)
    assert loaded(at) == before and any("belongs into" in line for line in at.heard.said), at.heard.said
    assert data_shelf.load(str(other), workspace=at.home).identity == theirs.identity
    first, second = sorted(at.home.root.glob("cache/asked/*.json"))
    second.write_bytes(first.read_bytes())
    first.write_bytes(second.read_bytes())
    assert loaded(at) == before
    assert data_shelf.load(str(other), workspace=at.home).identity == theirs.identity
    [mine] = at.home.root.glob("atlases/*/thumbnails-*.parquet")
    elsewhere = tl.encode("mine", str(other), split="all", workspace=at.home)
    shutil.copy(elsewhere.folder / mine.name, mine)
    assert encoded(at) and any("holds thumbnails of other items" in line for line in at.heard.said)


def test_a_private_workspace_is_its_owners_alone(whole: Path) -> None:
    """It was made under an umask that takes nothing away; what was unfinished was private as well."""
    root = whole / "workspace"
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [root, *root.rglob("*")]}
    assert [path for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)] == []
    assert set(json.loads((whole / "modes.json").read_text())) == {"600 False", "700 True"}


def test_others_files_are_as_the_system_gives_them(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        home = Workspace(tmp_path / "open")
        with home.writing("x"):
            write_sealed(home.root / "points" / "a.json", {"version": 1})
        assert not home.is_private and (home.root / "points" / "a.json").stat().st_mode & 0o777 == 0o644
        os.umask(0o277)
        home = Workspace(tmp_path / "open", private=True)
        write_sealed(home.root / "points" / "b.json", {"version": 1})
    finally:
        os.umask(umask)
    modes = {path.name: path.stat().st_mode & 0o777 for path in [home.root, *home.root.rglob("*")]}
    assert modes == {"open": 0o700, "points": 0o700, "a.json": 0o600, "b.json": 0o600, ".lock": 0o600}
    Path(home.root).chmod(0o755)
    assert not Workspace(home.root).is_private, "the mode says it, and nothing else"


def test_private_is_said_on_the_command_line(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from trasluz.cli.app import app

    line = ["models", "list", "--workspace", str(tmp_path / "w"), "--private", "--json"]
    assert CliRunner().invoke(app, line).exit_code == 0 and not (tmp_path / "w").exists(), "looking makes nothing"
    (tmp_path / "w" / "points").mkdir(parents=True)
    assert CliRunner().invoke(app, line).exit_code == 0
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "w", tmp_path / "w" / "points")} == {0o700}


def test_files_of_before_open(at: Place) -> None:
    """Without any checksum, as the last release wrote them."""
    for path in at.home.root.rglob("*.json"):
        value = read_json(path, "it")
        for later in ("sums", "rows", "key"):
            value.pop(later, None)
        path.write_text(json.dumps(value))
    events = at.home.root / "models/mine/events.jsonl"
    old = "".join(json.dumps(line) + "\n" for line in read_lines(events))
    events.write_text(old)
    for use in (opened, wrapped, mapped, loaded, noted, pointed, directed, resumed):
        use(at)
    found = data_shelf.load(at.data, workspace=at.home)
    assert any("without checksums" in note for note in found.notes)


CARDS = {
    "one bad byte": (b"# mine\n\xe9t\xe9\n", "2 bytes of the card are no UTF-8 text"),
    "a long one": ("ñ".encode() * 700_000, "has 1,400,000 bytes; only its first 1,048,576"),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("card", CARDS)
def test_a_card_is_for_people(at: Place, card: str) -> None:
    content, note = CARDS[card]
    (at.home.root / "models/mine/card.md").write_bytes(content)
    shown = models.show_model("mine", workspace=at.home)
    assert shown.get("card_note") is None if note is None else note in shown["card_note"]
    assert len(shown["card"]) <= 1 << 20 and shown["card"][:2] in (content.decode("utf-8", "replace")[:2], "")
