"""The manners of the source, read from its syntax."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src" / "trasluz"
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}

MAX_FILE, MAX_FUNCTION = 450, 80
LONG_FILES: dict[str, str] = {}
"""Files that are longer, with the reason why."""
LONG_FUNCTIONS: dict[str, str] = {}
"""Functions that are longer, as `file:name`, with the reason why."""

PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
NETWORK = {"socket", "urllib", "requests", "httpx", "http", "ftplib", "smtplib"}
NETWORK_ALLOWED = {"io/lock.py": "the name of this host", "io/leftovers.py": "the name of this host"}
PROCESSES = {"io/apart.py": "conditions on rows, which DuckDB cannot be stopped at"}
"""Files that start processes, with the reason why."""


def nodes(kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> Iterator[tuple[str, ast.AST]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield str(path.relative_to(SOURCE)), node


def imports() -> Iterator[tuple[str, str]]:
    for path, node in nodes((ast.Import, ast.ImportFrom)):
        if isinstance(node, ast.Import):
            yield from ((path, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield path, node.module


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    for path, node in nodes(ast.Call):
        assert isinstance(node, ast.Call)
        yield path, ast.unparse(node.func), node


def at(path: str, node: ast.AST) -> str:
    return f"{path}:{getattr(node, 'lineno', '?')}"


def test_every_file_says_what_it_is() -> None:
    assert [str(p) for p, tree in TREES.items() if not (ast.get_docstring(tree) or "").strip()] == []


def test_every_file_takes_its_annotations_late() -> None:
    annotated = (ast.FunctionDef, ast.AsyncFunctionDef, ast.AnnAssign)
    late = "from __future__ import annotations"
    some = [path for path, tree in TREES.items() if any(isinstance(node, annotated) for node in ast.walk(tree))]
    assert [str(path) for path in some if late not in path.read_text(encoding="utf-8")] == []


def test_files_are_short() -> None:
    long = {str(p.relative_to(SOURCE)): n for p in FILES if (n := len(p.read_text().splitlines())) > MAX_FILE}
    assert {path: n for path, n in long.items() if path not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long), "an exception that is needed no more"


def test_functions_are_short() -> None:
    long: dict[str, int] = {}
    for path, node in nodes((ast.FunctionDef, ast.AsyncFunctionDef)):
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        # The signature of a verb is its declaration, as long as there are things to be told; its work is what follows.
        is_verb = any(ast.unparse(one).startswith("verb(") for one in node.decorator_list)
        first = node.body[0].lineno if is_verb else node.lineno
        n = (node.end_lineno or 0) - first + 1
        if n > MAX_FUNCTION:
            long[f"{path}:{node.name}"] = n
    assert {name: n for name, n in long.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(long), "an exception that is needed no more"


def test_nothing_is_asserted_at_users() -> None:
    """Python leaves assertions out when asked to be quick, and they say nothing to a person."""
    assert [at(*found) for found in nodes(ast.Assert)] == []


def test_nothing_is_printed() -> None:
    """The command line writes through Rich, to the right stream; everything else returns."""
    assert [at(path, node) for path, name, node in calls() if name in ("print", "pprint", "breakpoint")] == []


def test_nothing_is_asked_by_its_attributes() -> None:
    assert [at(path, node) for path, name, node in calls() if name == "hasattr"] == []


def test_no_pickles() -> None:
    assert [(p, m) for p, m in imports() if m.partition(".")[0] in PICKLES] == []
    assert [at(path, node) for path, name, node in calls() if name in ("torch.save", "torch.load", "np.save")] == []
    for path, name, node in calls():
        if name.endswith("np.load"):
            allowed = {k.arg: ast.unparse(k.value) for k in node.keywords}
            assert allowed.get("allow_pickle") == "False", at(path, node)


def test_no_code_is_made_of_text() -> None:
    names = ("eval", "exec", "compile", "__import__", "os.system")
    assert [at(path, node) for path, name, node in calls() if name in names] == []


def test_no_processes_but_known_ones() -> None:
    """A process pool pickles, and imports the caller's script again; a worker of `io/apart.py` does neither."""
    makers = ("subprocess", "multiprocessing", "concurrent.futures.process")
    assert {path for path, module in imports() if module.startswith(makers)} == set(PROCESSES)


def test_no_network_but_through_io() -> None:
    found = [(p, m) for p, m in imports() if m.partition(".")[0] in NETWORK and p not in NETWORK_ALLOWED]
    assert [(p, m) for p, m in found if not p.startswith("server/")] == []


WRITERS = re.compile(r"(^|\.)(write_text|write_bytes|rmtree|rename|replace|savez|savefig|symlink_to)$")


def test_bytes_reach_the_disk_only_through_io() -> None:
    found: list[str] = []
    for path, name, node in calls():
        if path.startswith("io/"):
            continue
        opened = name in ("open", "io.open", "os.open", "os.fdopen") or name.endswith(".open")
        mode = [ast.unparse(a) for a in node.args[:2]] + [
            ast.unparse(k.value) for k in node.keywords if k.arg == "mode"
        ]
        if opened and any(re.fullmatch(r"['\"][rbt+]*[wax+][rbt+wax]*['\"]", m) for m in mode):
            found.append(at(path, node))
        if WRITERS.search(name) and not _harmless(name, node):
            found.append(f"{at(path, node)} {name}")
    assert found == []


def _harmless(name: str, node: ast.Call) -> bool:
    """`text.replace(a, b)` and `dataclasses.replace(x, a=b)` touch no disk; our own functions of io are the door."""
    if name in ("write_text", "write_bytes", "replace"):
        return True
    return name.endswith(".replace") and name != "os.replace" and (len(node.args) > 1 or bool(node.keywords))


def test_randomness_is_an_argument() -> None:
    """Only what a module draws when it is made comes from a global generator: seeded, and put back afterwards."""
    fenced = {
        id(inner)
        for _, node in nodes(ast.With)
        if isinstance(node, ast.With) and any("fork_rng" in ast.unparse(item) for item in node.items)
        for inner in ast.walk(node)
    }
    drawn = re.compile(
        r"^(random\.\w+|np\.random\.(?!default_rng|Generator|get_state)\w+|torch\.manual_seed|torch\.seed)$"
    )
    found = [f"{at(path, node)} {name}" for path, name, node in calls() if drawn.match(name) and id(node) not in fenced]
    assert found == []
    loose: list[str] = []
    for path, name, node in calls():
        made = re.fullmatch(r"torch\.(randn|rand|randint|randperm|normal|bernoulli|multinomial)(_like)?", name)
        if made and "generator" not in {k.arg for k in node.keywords}:
            loose.append(f"{at(path, node)} {name}")
        if name.endswith("np.random.default_rng") and path != "base/rng.py":
            loose.append(f"{at(path, node)} {name}")
    assert loose == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "HACK"])
def test_nothing_is_left_for_later(word: str) -> None:
    assert [str(p) for p in FILES if re.search(rf"\b{word}\b", p.read_text())] == []


def test_no_path_of_a_machine() -> None:
    places = re.compile(r"(?<![\w.~])/(home|root|Users|tmp|work)/\w")
    assert [str(p) for p in FILES if places.search(p.read_text())] == []
