"""The golden record: what every verb of the command line and of Python gives, written once and compared ever after.

    python tools/golden.py write [--only PATTERN]
    python tools/golden.py compare [--only PATTERN]

Trasluz is spoken to as anybody does, by its command line and by `import trasluz`, so that what lies behind may move.
Each entry of tests/golden/record.json is one line of golden_cases.py. On the machine that wrote it the comparison is
exact, elsewhere close; it says which.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import random
import shlex
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is loaded
os.environ["MPLBACKEND"] = "agg"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

from golden_cases import INPUTS, PICTURE, PYTHON, WORDS, Case, cases
from golden_digest import clean, compare, digest_array, digest_file, digest_pixels

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "tests" / "golden" / "record.json"
KEPT = ("models/*/*.safetensors", "models/*/priors/*.safetensors", "atlases/*/latents*.safetensors",
        "points/*.json", "directions/*.json")  # fmt: skip
"""What of a workspace is part of the record."""
LIBRARIES = ("torch", "numpy", "scikit-learn", "pillow", "matplotlib", "av")


def fingerprint() -> dict[str, Any]:
    """What bits depend on."""
    import torch

    return {
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        **{name: version(name) for name in LIBRARIES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").split("\n\n")[0].splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    parted = (line.partition(":") for line in lines)
    found = {key.strip(): value.strip() for key, colon, value in parted if colon}
    wanted = ("model name", "cpu family", "model", "stepping")
    return " ".join(found[key] for key in wanted if key in found) or platform.machine()


class Runner:
    """Runs cases in a temporary folder, and gives an entry for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.here = folder / "here"
        (self.here / "kept").mkdir(parents=True)
        for name, text in INPUTS.items():
            (self.here / "kept" / name).write_text(text, "utf-8")
        os.environ["HOME"] = os.environ["USERPROFILE"] = str(folder / "home")
        os.chdir(self.here)

    def run(self, case: Case) -> dict[str, Any]:
        """What a case gives, without what varies."""
        workspace = self.folder / "workspaces" / case.place
        os.environ["TRASLUZ_WORKSPACE"] = str(workspace)
        patterns = [p for p in KEPT if not p.startswith("atlases") or case.line.startswith("encode ")]
        before, kept = self._files(), _stamps(workspace, patterns)
        _seed()
        if case.kind == PYTHON:
            entry = python(case.line)
        elif case.kind == PICTURE:
            entry = self._picture(case.line)
        else:
            entry = call(case.line, json_=case.kind != WORDS)
        files = {
            name: digest_file(self.here / name) for name, stamp in self._files().items() if before.get(name) != stamp
        }
        if case.keeps:
            now = _stamps(workspace, patterns)
            files |= {f"$WORKSPACE/{k}": digest_file(workspace / k) for k, stamp in now.items() if kept.get(k) != stamp}
        if files:
            entry["files"] = dict(sorted(files.items()))
        self._tidy()
        # The longest first: some of these folders lie in others.
        places = {str(workspace): "$WORKSPACE", str(self.folder): "$FOLDER"}
        return clean(entry, {**places, str(_package()): "$PACKAGE"})

    def _picture(self, line: str) -> dict[str, Any]:
        """Document and arrays by the line, the picture by the command that the document names."""
        entry = call(f"{line} --out out/a.npz", json_=True)
        command = entry.get("document", {}).get("command")
        if entry["exit"] == 0 and command:
            again = call(command.removeprefix("trasluz ").replace("out/a.npz", "out/a.png"), json_=True)
            if again["exit"]:
                entry["again"] = again
        return entry

    def _files(self) -> dict[str, int]:
        found = (p for p in self.here.rglob("*") if p.is_file() and "elsewhere" not in p.parts)
        mine = {p.relative_to(self.here).as_posix(): p.stat().st_mtime_ns for p in found}
        # Of a model that was sent out, the weights.
        return {k: v for k, v in mine.items() if not k.startswith("kept/friend/") or k.endswith(".safetensors")}

    def _tidy(self) -> None:
        for path in self.here.iterdir():
            if path.name != "kept":
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _stamps(folder: Path, patterns: Sequence[str]) -> dict[str, int]:
    """When the files that globs name were written."""
    found = (p for pattern in patterns for p in folder.glob(pattern))
    return {p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in found}


def call(line: str, *, json_: bool) -> dict[str, Any]:
    """One line of the command line, in this process: its exit code, and the document or the text."""
    from typer.testing import CliRunner

    from trasluz.cli.app import app

    result = CliRunner().invoke(app, [*shlex.split(line), *(["--json"] if json_ else [])])
    entry: dict[str, Any] = {"exit": result.exit_code}
    if not json_:
        return entry | {"text": result.stdout.splitlines()}
    try:
        return entry | {"document": json.loads(result.stdout)}
    except json.JSONDecodeError:
        return entry | {"text": result.stdout.splitlines()}


def python(line: str) -> dict[str, Any]:
    """One expression of Python: what it gives, how it says that it was made, and whether that gives the same."""
    import numpy as np

    import trasluz as tl
    from trasluz.atlas.atlas import Atlas
    from trasluz.base.errors import TrasluzError
    from trasluz.spaces.data import Dataset
    from trasluz.spaces.model import LatentModel

    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            result = eval(line, {"tl": tl})  # a line of golden_cases.py
        except TrasluzError as error:
            return {"error": type(error).__name__, "message": str(error)}
        if isinstance(result, LatentModel):
            return {"identity": result.identity, "family": result.family, "spaces": list(result.spaces)}
        entry: dict[str, Any] = {"type": type(result).__name__, "repr": repr(result)}
        if isinstance(result, Atlas):
            return entry | {"columns": list(result.columns), "latents": digest_array(np.asarray(result.latents))}
        if isinstance(result, Dataset):
            images = digest_array(result.images(slice(0, 16)).numpy())
            return entry | {"columns": list(result.columns), "length": len(result), "images": images}
        arrays = {name: digest_array(array) for name, array in result.arrays().items()}
        return entry | {"arrays": arrays, **_said(result)}


def _said(result: Any) -> dict[str, Any]:
    """A result's picture, and its command and code where it has them."""
    import numpy as np

    from trasluz.base.errors import TrasluzError

    out: dict[str, Any] = {"told": result.told(), "image": digest_pixels([np.asarray(result.image().convert("RGB"))])}
    for name, ask in (("command", result.command), ("code", result.code)):
        try:
            out[name] = ask()
        except TrasluzError as error:
            out[name] = f"{type(error).__name__}: {error}"
    return out


def chosen(pattern: str | None) -> tuple[list[Case], set[str]]:
    """The cases that a glob names with all that they need, in order; and the names that were asked for."""
    every = cases()
    by_name = {case.name: case for case in every}
    if len(by_name) != len(every):
        raise SystemExit("two cases of one name")
    wanted = {case.name for case in every if pattern is None or fnmatchcase(case.name, pattern)}
    needed, open_ = set(wanted), list(wanted)
    while open_:
        more = set(by_name[open_.pop()].needs) - needed
        needed |= more
        open_ += more
    return [case for case in every if case.name in needed], wanted


def measure(pattern: str | None) -> dict[str, Any]:
    """The entries of all cases that a glob names."""
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    some, wanted = chosen(pattern)
    entries: dict[str, Any] = {}
    back = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="trasluz-golden-", ignore_cleanup_errors=True) as folder:
        try:
            runner = Runner(Path(folder).resolve())
            for i, case in enumerate(some, 1):
                begun = time.perf_counter()
                try:
                    entry = runner.run(case)
                except Exception as error:  # noqa: BLE001 - the others are compared all the same
                    entry = {"crash": f"{type(error).__name__}: {error}"}
                _tell(f"{i}/{len(some)} {case.name} {time.perf_counter() - begun:.1f} s")
                if case.name in wanted:
                    entries[case.name] = entry
        finally:
            os.chdir(back)
    return entries


def write(pattern: str | None) -> int:
    """Write the record: one line an entry. With a glob, those entries anew, the others as they stand."""
    entries = measure(pattern)
    if pattern is not None:
        record = json.loads(RECORD.read_text("utf-8"))
        if record["fingerprint"] != json.loads(_line(fingerprint())):
            _say("the record is of another machine: write all of it")
            return 1
        all_ = {**record["entries"], **entries}
        entries = {case.name: all_[case.name] for case in cases() if case.name in all_}
    lines = [f"{json.dumps(name)}: {_line(entry)}" for name, entry in entries.items()]
    text = f'{{"fingerprint": {_line(fingerprint())},\n"entries": {{\n' + ",\n".join(lines) + "\n}}\n"
    RECORD.write_text(text, "utf-8")
    _say(f"{len(entries)} entries, {len(text) / 1000:.0f} kB: {RECORD.relative_to(ROOT)}")
    return 0


def check(pattern: str | None) -> int:
    """Compare what is given now with the record; 1 where something differs."""
    record = json.loads(RECORD.read_text("utf-8"))
    recorded = {k: v for k, v in record["entries"].items() if pattern is None or fnmatchcase(k, pattern)}
    now = json.loads(_line(fingerprint()))
    exact = now == record["fingerprint"]
    # Through JSON, so that both have the same types.
    found = json.loads(json.dumps(measure(pattern)))
    wrong = compare(recorded, found, exact)
    for name, rows in wrong.items():
        for where, one, other in rows:
            _say(f"{name}: {where}: recorded {_short(one)}, found {_short(other)}")
    how = "exactly: the machine is the one of the record" if exact else f"closely: {_other(record['fingerprint'], now)}"
    _say(f"{len(found)} entries compared {how}")
    if not found and not recorded:
        _say(f"nothing is named {pattern}")
        return 1
    _say(f"{len(wrong)} differ, in {sum(map(len, wrong.values()))} fields" if wrong else "all the same")
    return 1 if wrong else 0


def main(words: Sequence[str] | None = None) -> int:
    """Write the record or compare with it."""
    parser = argparse.ArgumentParser(description="What every verb gives, written once and compared ever after.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, help_ in (("write", "write the record anew"), ("compare", "compare with it")):
        verbs.add_parser(name, help=help_).add_argument("--only", metavar="PATTERN", help="a glob of names of entries")
    asked = parser.parse_args(words)
    return write(asked.only) if asked.verb == "write" else check(asked.only)


def _seed() -> None:
    """Nothing of ours draws from the global generators; where a library does, it draws the same every time."""
    import numpy as np
    import torch

    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


def _package() -> Path:
    import trasluz

    return Path(trasluz.__file__).parent


def _other(recorded: dict[str, Any], now: dict[str, Any]) -> str:
    keys: Iterator[str] = (k for k in dict.fromkeys([*recorded, *now]) if recorded.get(k) != now.get(k))
    return ", ".join(f"{k} is {now.get(k)} and was {recorded.get(k)}" for k in keys)


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _short(value: Any) -> str:
    text = _line(value)
    return text if len(text) <= 120 else f"{text[:90]}... ({len(text)} characters)"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
