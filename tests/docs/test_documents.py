"""The documents say what is so: their snippets run, their commands parse, their links lead somewhere."""

from __future__ import annotations

import importlib.util
import inspect
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import trasluz as tl
from shared import shared
from trasluz.cli import app as command_line
from trasluz.nn.reader import ReaderConfig
from trasluz.spaces import registry
from trasluz.spaces.family import Family

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
EXAMPLE = REPOSITORY / "plugins" / "example"
PLUGGED = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]["trasluz.verbs"]
"""Verbs that a page has once its plugin is installed; test_the_worked_examples_work runs them."""
FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)

SHORT = (
    (r"--minutes [\d.]+", "--steps 3"),
    (r"--steps \d+", "--steps 3"),
    (r"\b(steps|minutes)=[\d.]+", "steps=3"),
    (r"\bpets([:-])8000\b", r"pets\g<1>160"),
    (r"(sample [\w-]+) -n \d+", r"\g<1> -n 4"),
    (r"--method optimise\b", "--method optimise --set steps=4"),
    (r"traverse pets-vae\b", "traverse pets-vae --data pets:160"),
)
"""What runs in place of what the documents say: short trainings and searches, few pictures and samples. Nothing else is
changed, but that readers of labels, too, learn for a moment."""
QUICK = {"widths": (8, 8), "batch": 16, "steps": 4, "compute": "float32"}
SMALL = {
    "vae": {**QUICK, "latent": 8, "prior_steps": 3},
    "gan": {**QUICK, "latent": 8},
    "flow": {**QUICK, "latent_channels": 4, "widths": (8, 8, 8),
             "field_width": 16, "field_depth": 2, "solver_steps": 3},
}  # fmt: skip
"""What every preset of a family is, while the documents run."""
PHOTOS = 90
"""Pictures in ./photos."""
OTHERS = {"python tools/make_docs.py", "python tools/golden.py write"}
"""What a shell snippet may hold besides `trasluz` and `make`."""
DEFINITIONS = {
    "docs/concepts.md": {"95 %"},
    "docs/design/0039-support.md": {"95 %"},
    "docs/design/0044-two-models-one-space.md": {"95 %"},
    "docs/design/0045-sound.md": {"20 dB"},
    "docs/design/0047-sound-in-the-studio.md": {
        "40 ms",
        "80 ms",
        "140 ms",
        "300 ms",
        "600 ms",
        "40 seconds",
        "300 seconds",
    },
    "docs/honesty.md": {"95 %"},
    "docs/settings.md": {"100 dB"},
    "docs/sounds.md": {"20 dB", "25 dB", "30 ms", "40 dB", "60 dB"},
}
"""Numbers with a unit that are no figures: of support, of an interval, where PSNR and where recordings are cut."""
FIGURE = re.compile(r"\d[\d.,]*\s?(?:dB|%|nats|ms|seconds|minutes|(?:images|items|img)/s|times (?:faster|slower|as))")


@dataclass(frozen=True)
class Snippet:
    """A fenced block: ```` ```KIND MARK... ````."""

    page: str
    kind: str
    marks: tuple[str, ...]
    text: str

    @property
    def file(self) -> str | None:
        return next((mark.removeprefix("file=") for mark in self.marks if mark.startswith("file=")), None)

    @property
    def runs(self) -> bool:
        return self.kind in ("sh", "python") and not self.marks

    def lines(self) -> list[str]:
        """Command lines without their comments."""
        bare = [re.sub(r"(^|\s)#\s.*", "", line).strip() for line in self.text.replace("\\\n", " ").splitlines()]
        return [line for line in bare if line]


def name(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def snippets(page: Path) -> list[Snippet]:
    found = [(said.split(), text) for said, text in FENCE.findall(page.read_text(encoding="utf-8"))]
    return [Snippet(name(page), (said or ["?"])[0], tuple(said[1:]), text) for said, text in found]


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


ALL = [snippet for page in PAGES for snippet in snippets(page)]
RUNNING = [page for page in PAGES if any(s.runs for s in snippets(page)) and page.name != "README.es.md"]


def test_every_snippet_says_what_it_is() -> None:
    odd = [(s.page, s.kind, s.marks) for s in ALL if s.kind not in ("sh", "python", "toml", "text")]
    known = {"no-run", "plugin"}
    odd += [(s.page, s.kind, s.marks) for s in ALL if not {m for m in s.marks if not m.startswith("file=")} <= known]
    assert odd == []


# What the snippets do ------------------------------------------------------------------------------------------


@contextmanager
def smaller() -> Iterator[None]:
    """Small presets, one thread (so little work is done sooner by one), and the reader's own default workspace."""
    import torch

    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        for family, small in SMALL.items():
            kind = type(registry.get("families", family))
            patch.setattr(kind, "presets", dict.fromkeys(kind.presets, small))
            patch.setattr(kind, "least_items", 2)
        patch.setattr(Family, "least_items", 2)
        first = ReaderConfig.__init__
        patch.setattr(ReaderConfig, "__init__", lambda self, **v: first(self, **{"steps": 5, "warmup": 1, **v}))
        patch.delenv("TRASLUZ_WORKSPACE")
        torch.set_num_threads(1)
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where somebody works: ./photos with labels, me.jpg, and the model `mine`, trained on ./photos."""
    return shared(tmp_path_factory, "home", _furnish)


def _furnish(home: Path) -> None:
    from PIL import Image

    with pytest.MonkeyPatch.context() as patch, smaller():
        patch.chdir(home)
        data = tl.load(f"pets:{PHOTOS}")
        pictures = [Image.fromarray(pixels.transpose(1, 2, 0)) for pixels in data.stored(slice(None))]
        for i, picture in enumerate(pictures):
            path = home / "photos" / str(data[i].label) / f"{i:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path)
        pictures[0].resize((200, 150)).save(home / "me.jpg")
        tl.train("vae", "./photos", name="mine")


@pytest.fixture
def place(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of that folder, to work in."""
    shutil.copytree(home, tmp_path / "home")
    monkeypatch.chdir(tmp_path / "home")
    with smaller():
        yield tmp_path / "home"


def run(snippet: Snippet, variables: dict[str, Any]) -> None:
    """One snippet, as the reader would, in the folder that is there now."""
    short = shortened(snippet.text)
    if snippet.kind == "python":
        exec(compile(short, snippet.page, "exec"), variables)
        return
    for line in Snippet(snippet.page, "sh", (), short).lines():
        words = shlex.split(line)
        assert words[0] == "trasluz", f"only trasluz is run here: {line}"
        result = CliRunner().invoke(command_line.app, words[1:])
        assert result.exit_code == 0, f"{snippet.page}: {line}\n{result.stderr}"
        if "--out" in words:
            assert Path(words[words.index("--out") + 1]).exists(), line


def shortened(text: str) -> str:
    for long, short in SHORT:
        text = re.sub(long, short, text)
    return text


@pytest.mark.parametrize("document", RUNNING, ids=name)
def test_a_page_runs_from_top_to_bottom(document: Path, place: Path) -> None:
    found = [snippet for snippet in snippets(document) if snippet.runs]
    if any("--name mine" in snippet.text for snippet in found):
        shutil.rmtree(place / "trasluz-workspace")
    variables: dict[str, Any] = {"__name__": document.stem}
    for snippet in found:
        run(snippet, variables)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Any]:
    """Installs the package that the files of a page make, as an installer leaves it: modules and a .dist-info."""
    made: list[str] = []
    with pytest.MonkeyPatch.context() as patch:

        def install(page: Path) -> dict[str, Any]:
            site = tmp_path / "site-packages"
            files = {s.file: s.text for s in snippets(page) if s.file}
            if "pyproject.toml" not in files:
                files = {file.name: file.read_text(encoding="utf-8") for file in EXAMPLE.iterdir() if file.is_file()}
            project = tomllib.loads(files.pop("pyproject.toml"))["project"]
            about = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
            about.mkdir(parents=True)
            metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
            (about / "METADATA").write_text(metadata)
            groups = project["entry-points"]
            lines = [f"[{g}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()) for g, points in groups.items()]
            (about / "entry_points.txt").write_text("\n".join(lines))
            for file, text in files.items():
                (site / file).write_text(text)
                made.append(Path(file).stem)
            patch.syspath_prepend(site)
            registry.forget()
            importlib.reload(command_line)  # it gathers the verbs when it is loaded, once a process
            return groups

        yield install
    for module in made:
        sys.modules.pop(module, None)
    registry.forget()
    importlib.reload(command_line)


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/family.md"])
def test_the_worked_examples_work(document: str, installed: Any, place: Path) -> None:
    before = {row: registry.names(row) for row in registry.ROWS}
    groups = installed(REPOSITORY / document)
    for group, points in groups.items():
        row = group.removeprefix("trasluz.")
        assert set(registry.names(row)) == {*before[row], *points}
        for point in points:
            assert row == "verbs" or registry.get(row, point).name == point  # type: ignore[call-overload]
    variables: dict[str, Any] = {}
    for snippet in snippets(REPOSITORY / document):
        if "plugin" in snippet.marks:
            run(snippet, variables)


def test_the_worked_source_gives_what_it_says(installed: Any, place: Path) -> None:
    installed(REPOSITORY / "CONTRIBUTING.md")
    few, more = tl.load("checkerboards:40"), tl.load("checkerboards:60", channels=1, size=16)
    assert few.shape == (3, 32, 32) and more.shape == (1, 16, 16) and few.columns == ["label", "fields"]
    assert few.column("fields").tolist() == more.column("fields")[:40].tolist()
    [first] = few.tensor([0])
    assert len(first.flatten(1).unique(dim=1).T) == 2, "two colours"
    result = CliRunner().invoke(command_line.app, ["data", "show", "checkerboards:many"])
    assert result.exit_code == 2 and "checkerboards:500" in result.stderr
    assert "checkerboards" in CliRunner().invoke(command_line.app, ["data", "list"]).stdout


def test_the_worked_rule_keeps_to_its_points(installed: Any, place: Path) -> None:
    import torch

    installed(REPOSITORY / "CONTRIBUTING.md")
    points = torch.tensor([[0.0] * 8, [1.0] * 8])
    z = registry.get("paths", "eased").through(points, 5, tl.open("mine").space())
    assert z[:, 0].tolist() == pytest.approx([0, 0.15625, 0.5, 0.84375, 1])


# What the pages say --------------------------------------------------------------------------------------------


def verbs() -> dict[str, Any]:
    """The verbs of the command line, by their full names."""
    return reference().verbs()


@cache
def reference() -> Any:
    """tools/make_docs.py, as a module."""
    spec = importlib.util.spec_from_file_location("make_docs", REPOSITORY / "tools" / "make_docs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verb_of(words: list[str]) -> tuple[str, list[str]]:
    """The verb that `trasluz WORD...` begins with, and what follows it."""
    known = verbs()
    for length in (2, 1):
        if " ".join(words[:length]) in known:
            return " ".join(words[:length]), words[length:]
    raise AssertionError(f"no verb: trasluz {' '.join(words)}")


def test_every_command_line_is_read_by_the_command_line_itself() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    for snippet in ALL:
        for line in snippet.lines() if snippet.kind == "sh" else ():
            words = shlex.split(line)
            if words[0] == "make":
                assert set(words[1:]) <= targets, line
            elif words[0] == "trasluz":
                if words[1] in PLUGGED:
                    continue
                verb, rest = verb_of(words[1:])
                verbs()[verb].make_context(verb, rest)
            else:
                assert line in OTHERS, f"{snippet.page}: {line}"


def test_every_verb_and_option_that_the_prose_names_is_there() -> None:
    root: Any = typer.main.get_command(command_line.app)
    options = {option for command in verbs().values() for p in command.params for option in p.opts}
    known = options | {"--help", "--version", "--check"}
    targets = set(re.findall(r"^([a-z-]+):.*##", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for span in re.findall(r"`([^`\n]+)`", prose(page)):
            words = span.split()
            if words[0] == "trasluz" and len(words) > 1 and words[1].islower() and words[1].isalpha():
                assert words[1] in root.commands, f"{name(page)}: {span}"
            if words[0] == "make" and len(words) > 1:
                assert words[1] in targets, f"{name(page)}: {span}"
            flags = {word.partition("=")[0] for word in words if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word)}
            assert flags <= known, f"{name(page)}: {span}"


@pytest.mark.parametrize("document", PAGES, ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    for text, target in re.findall(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)", prose(document)):
        path, _, anchor = target.partition("#")
        if "://" in path:
            assert path.startswith("https://"), target
            continue
        there = (document.parent / path).resolve() if path else document
        assert there.exists() and there.is_relative_to(REPOSITORY), f"{name(document)}: [{text}]({target})"
        if anchor:
            assert anchor in anchors(there), f"{name(document)}: no heading for {target}"


def test_pictures_are_there() -> None:
    shown = [(page, path) for page in PAGES for path in re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", prose(page))]
    missing = {(name(page), path) for page, path in shown if not (page.parent / path).is_file()}
    assert missing == set()


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_of_the_documents_is_reached_from_the_index() -> None:
    index = REPOSITORY / "docs" / "index.md"
    linked = {(index.parent / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)", prose(index))}
    assert {page for page in PAGES if page.parent.name in ("docs", "design")} - linked - {index} == set()


def test_the_reference_is_current() -> None:
    made = reference()
    stale = [page for page, text in made.PAGES.items() if (REPOSITORY / "docs" / page).read_text() != text()]
    assert stale == [], "run python tools/make_docs.py"


def test_every_option_is_documented() -> None:
    page = (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf-8")
    common, *parts = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    said = {part.splitlines()[0]: part for part in parts}
    assert set(said) == set(verbs())
    for verb, command in verbs().items():
        for option in (o for p in command.params for o in p.opts if o.startswith("-")):
            assert f"`{option}`" in said[verb] or f"`{option}`" in common, f"{verb} {option}"


def test_every_setting_is_documented() -> None:
    page = (REPOSITORY / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = {part.split("\n")[0]: part for part in re.split(r"^## ", page, flags=re.MULTILINE)}
    assert set(reference().ROWS) == set(registry.ROWS) - {"verbs"}, "a row without its part of the page"
    for row in reference().ROWS:
        # A name may stand in two rows: there is a prior `flow`, and a family.
        said = rows[reference().ROWS[row]]
        parts = {part.split("\n")[0]: part for part in re.split(r"^### ", said, flags=re.MULTILINE)}
        for member in registry.names(row):
            assert f"`{member}`" in said or member in parts, f"{row}: {member}"
            fields = getattr(getattr(registry.get(row, member), "config_type", None), "model_fields", {})  # type: ignore[call-overload]
            if fields:
                heading = f"{member} (metric)" if row == "metrics" else member
                assert [field for field in fields if f"| `{field}` |" not in parts[heading]] == [], f"{row}: {member}"


def test_every_argument_of_the_python_face_is_documented() -> None:
    page = (REPOSITORY / "docs" / "python.md").read_text(encoding="utf-8")
    parts = {part.split("\n")[0]: part for part in re.split(r"^## ", page, flags=re.MULTILINE)}
    common = {"workspace", "device", "progress"}
    for verb in re.findall(r"^## (\w+)$", page, re.MULTILINE):
        if verb not in (*tl._verbs(), *tl._OPENING):
            continue
        signature = inspect.signature(getattr(tl, verb))
        missing = [p for p in signature.parameters if p not in common and not re.search(rf"\b{p}\b", parts[verb])]
        assert missing == [], verb
    assert [word for word in common if f"`{word}`" not in page] == []


def test_no_figure_without_its_script() -> None:
    for page in PAGES:
        text = re.sub(r"<!-- figures:begin [^>]*-->.*?<!-- figures:end -->", "", prose(page), flags=re.DOTALL)
        text = re.sub(r"[\d.,]*\d<!-- figure: [^>]*-->", "", text)
        text = re.sub(r"`[^`\n]+`", "", text)
        found = set(FIGURE.findall(text))
        assert found - DEFINITIONS.get(name(page), set()) == set(), name(page)
    for page in ("README.md", "README.es.md"):
        _, _, table = (REPOSITORY / page).read_text(encoding="utf-8").partition("<!-- figures:begin readme -->")
        rows = [row for row in table.partition("<!-- figures:end -->")[0].splitlines() if row.startswith("| ")][1:]
        assert rows, page
        for row in rows:
            scripts = re.findall(r"benchmarks/[\w./-]+\.py", row)
            assert scripts and all((REPOSITORY / script).is_file() for script in scripts), row


def test_the_first_screen() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    lines = readme.splitlines()
    first = "\n".join(lines[:20])
    assert "make demo" in first and "make test" in first
    shown = re.search(r"!\[[^\]]{20,}\]\(docs/pictures/[\w-]+\.(png|gif)\)", first)
    assert shown, "a picture, with words for who cannot see"
    table = readme.partition("<!-- figures:begin readme -->")[2].partition("<!-- figures:end -->")[0]
    assert len(lines) - len(table.splitlines()) < 145, "short, but for a table whose rows nobody chose"


def test_both_languages_say_the_same_commands() -> None:
    def code(page: str) -> list[list[str]]:
        return [[line.split("  #")[0].rstrip() for line in s.text.splitlines()] for s in snippets(REPOSITORY / page)]

    assert code("README.md") == code("README.es.md")
    images = [re.findall(r"!\[[^\]]+\]\(([^)]+)\)", prose(REPOSITORY / p)) for p in ("README.md", "README.es.md")]
    assert images[0] == images[1]


def test_the_changes_tell_of_this_version() -> None:
    assert f"## [{tl.__version__}]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_and_whole() -> None:
    pages = sorted((REPOSITORY / "docs" / "design").glob("*.md"))
    for number, page in enumerate(pages, start=1):
        text = page.read_text(encoding="utf-8")
        assert page.name.startswith(f"{number:04d}-") and text.startswith(f"# {number:04d}. ")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_files_that_are_named_are_there() -> None:
    """`spaces/prior.py`, `tests/faults`: what stands in backquotes and looks like a path of ours is one."""
    roots = (REPOSITORY, REPOSITORY / "src" / "trasluz")
    for page in PAGES:
        for span in re.findall(r"`((?:[\w]+/)+[\w]+\.py|tests/\w+|tools/[\w.]+)`", prose(page)):
            assert any((root / span).exists() for root in roots), f"{name(page)}: {span}"


def test_no_path_of_a_machine() -> None:
    places = re.compile(r"(?<![\w.~])/(home|root|Users|tmp|work)/\w")
    assert [name(page) for page in PAGES if places.search(page.read_text(encoding="utf-8"))] == []
