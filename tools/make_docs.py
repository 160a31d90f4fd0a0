"""Writes docs/cli.md from the command line itself, docs/settings.md from the registry, the signatures in docs/python.md
from the verbs, the checks in docs/suites.md from the suites, docs/limits.md from the limits, and what an editor sees of
verbs. `--check` only compares.

None of that is written by hand: what a verb takes, what a method can be set to, and what is checked of it stands in the
code, once.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from trasluz.base.bounds import BOUNDS, MEMORY_VARIABLE, of_size
from trasluz.base.config import Config
from trasluz.cli.app import app
from trasluz.cli.verbs import COMMON
from trasluz.conformance import SUITES
from trasluz.lab.shelf.families import limits
from trasluz.server.limits import Limits
from trasluz.spaces import registry

DOCS = Path(__file__).parents[1] / "docs"
# The package makes its verbs when they are asked for; nothing of that is in its stub.
tl: Any = import_module("trasluz")
MADE = "<!-- Made by tools/make_docs.py from the code; run it again instead of writing here. -->"
ROWS = {
    "kinds": "Kinds of data",
    "families": "Families",
    "priors": "Priors",
    "inverters": "Inversion",
    "projections": "Maps",
    "paths": "Rules of interpolation",
    "finders": "Directions",
    "metrics": "Metrics",
    "relocations": "Maps between spaces",
    "similarities": "Measures of similarity",
    "sources": "Sources of data",
    "openers": "Kinds of models",
}
TEXTS = {
    "paths": "Chosen by `trasluz interpolate --rule NAME`, several with commas between; single settings by\n"
    "`--set NAME=VALUE`.",
    "finders": "Chosen by `trasluz directions find --method NAME`; single settings by `--set NAME=VALUE`.",
    "priors": "Chosen by `trasluz sample --prior NAME`. Training fits them with these defaults, and the steps of the "
    "learned one\nfrom the family's `prior_steps`; others are set from Python.",
    "inverters": "Chosen by `trasluz invert --method NAME`; single settings by `--set NAME=VALUE`.",
    "metrics": "Measured by `trasluz measure MODEL NAME`; single settings by `--set NAME=VALUE`. On arrays of your "
    'own, from Python:\n`trasluz.spaces.registry.get("metrics", NAME).of(real=..., fake=...)`.',
    "relocations": "Chosen by `trasluz compare --method NAME` and `trasluz relocate --method NAME`; settings from "
    "Python.",
    "similarities": "Chosen by `trasluz compare --measure NAME`. On arrays of your own, from Python:\n"
    '`trasluz.spaces.registry.get("similarities", NAME).of(first, second)`.',
    "projections": "Chosen by `trasluz map --method NAME`; single settings by `--set NAME=VALUE`.",
}


def verbs() -> dict[str, Any]:
    """Every verb of the command line by its full name, in the order of the help."""
    root: Any = typer.main.get_command(app)
    found: dict[str, Any] = {}
    for name, command in root.commands.items():
        if isinstance(command, TyperGroup):
            found |= {f"{name} {inner}": inner_command for inner, inner_command in command.commands.items()}
        else:
            found[name] = command
    return found


def cli_page() -> str:
    """The reference of the command line."""
    lines = [
        "# The command line",
        "",
        MADE,
        "",
        "`trasluz VERB --help` says the same, with fewer words. A POINT and a DATA are explained in",
        "[concepts.md](concepts.md#points-and-data), the settings of `--set` in [settings.md](settings.md).",
        "",
        "Exit codes: 0 for success, 2 for something that you can mend, 1 for a fault of ours, 130 for an interruption.",
        "",
        "## Common to every verb",
        "",
        *_options([p for p in verbs()["sample"].params if p.name in COMMON]),
    ]
    for name, command in verbs().items():
        arguments = [p for p in command.params if isinstance(p, TyperArgument)]
        own = [p for p in command.params if isinstance(p, TyperOption) and p.name not in COMMON]
        usage = " ".join(["trasluz", name, *(p.metavar or p.name for p in arguments), *(["[OPTIONS]"] if own else [])])
        lines += ["", f"## {name}", "", command.help.strip(), "", "```text", usage, "```"]
        if arguments:
            lines += ["", "| argument | meaning |", "|---|---|"]
            lines += [f"| `{p.metavar}` | {_cell(p.help)} |" for p in arguments]
        if own:
            lines += ["", *_options(own)]
        lines += ["", "```sh no-run", *_examples(command.epilog), "```"]
    return "\n".join([*lines, ""])


def _options(found: list[Any]) -> Iterator[str]:
    yield "| option | meaning | takes | default |"
    yield "|---|---|---|---|"
    for p in found:
        names = ", ".join(f"`{name}`" for name in sorted(p.opts, key=len, reverse=True))
        value = f" `{p.metavar}`" if p.metavar else ""
        default = "" if p.default is None or p.default is False else f"`{_number(p.default)}`"
        yield f"| {names}{value} | {_cell(p.help)} | {_range(p)} | {default} |"


def _range(option: Any) -> str:
    low, high = option.min, option.max
    if low is None and high is None:
        return ""
    return f"{_number(low)} to {_number(high)}" if high is not None else f"{_number(low)} or more"


def _number(value: Any) -> str:
    return f"{value:,g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _examples(epilog: str) -> list[str]:
    return [line.strip().replace("\\[", "[") for line in epilog.splitlines() if line.strip().startswith("trasluz")]


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def python_page() -> str:
    """The page of the Python API, each verb's signature as its declaration has it."""
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    for name in ("load", "open", *tl._verbs()):
        written = re.search(rf"^`tl\.{name}\((?:[^`]*)\)`[^\n]*(?:\n[^\n]+)*", page, re.MULTILINE)
        if written is not None:
            rest = written.group().partition(")`")[2]
            said = textwrap.fill(f"{_signature(name)}{' '.join(rest.split(chr(10)))}", 120, break_on_hyphens=False)
            page = page.replace(written.group(), said)
    return page


def _signature(name: str) -> str:
    """`tl.sample(model, n=64, *, seed=0)`, without what is common to all verbs."""
    parts: list[str] = []
    for p in inspect.signature(getattr(tl, name)).parameters.values():
        if p.name in ("workspace", "device", "progress"):
            continue
        if p.kind is p.KEYWORD_ONLY and "*" not in parts and not any(part.startswith("*") for part in parts):
            parts.append("*")
        star = "*" if p.kind is p.VAR_POSITIONAL else ""
        default = json.dumps(p.default) if isinstance(p.default, str) else p.default
        parts.append(f"{star}{p.name}" + ("" if p.default is p.empty else f"={default}"))
    return f"`tl.{name}({', '.join(parts)})`"


def stub() -> str:
    """What an editor sees of `import trasluz`: every verb that comes with it."""
    ours = [name for name, key in tl._verbs().items() if registry.is_ours("verbs", key)]
    found = {name: inspect.unwrap(getattr(tl, name)).__module__ for name in (*ours, *tl._OPENING)}
    by_module: dict[str, list[str]] = {}
    for name, module in sorted(found.items()):
        by_module.setdefault(module, []).append(name)
    lines = [
        '"""Made by tools/make_docs.py from the registry; run it again instead of writing here."""',
        "",
        *(f"from trasluz import {part} as {part}" for part in tl._PARTS),
    ]
    for module, names in sorted(by_module.items()):
        lines += [f"from {module} import {name} as {name}" for name in names]
    return "\n".join([*lines, "", "__version__: str", ""])


def settings_page() -> str:
    """Every member of every row, with its settings."""
    lines = [
        "# Families, methods and their settings",
        "",
        MADE,
        "",
        "Settings of a family are given as `--set NAME=VALUE` to `trasluz train`, and as `settings={...}` to",
        "`tl.train`. They are written beside the weights and read back strictly ([why](design/0002-configs.md)).",
        "What is not listed here is not there yet.",
    ]
    for row, title in ROWS.items():
        lines += ["", f"## {title}"]
        members = [registry.get(row, name) for name in registry.names(row)]  # type: ignore[call-overload]
        members = [member for member in members if type(member).__module__.startswith("trasluz.")]
        lines += _PAGES.get(row, _with_settings)(members, TEXTS.get(row, ""))
    return "\n".join([*lines, ""])


def _with_settings(members: list[Any], text: str) -> Iterator[str]:
    if text:
        yield from ("", text)
    for member in members:
        yield from ("", f"### {member.name}", "", f"{member.title}. {_about(member)}".strip(), "")
        yield from _settings(member.config_type)
        for preset, values in getattr(member, "presets", {}).items():
            said = ", ".join(f"{key} {_value(value)}" for key, value in values.items()) or "the defaults above"
            yield f"{'' if preset != next(iter(member.presets)) else chr(10)}- preset `{preset}`: {said}"


def _settings(config: type[Config]) -> Iterator[str]:
    fields = config.model_json_schema().get("properties", {})
    if not fields:
        yield "Nothing to set."
        return
    yield "| setting | meaning | takes | unit | default | source |"
    yield "|---|---|---|---|---|---|"
    for name, schema in fields.items():
        cells = [schema.get("description"), limits(schema), schema.get("unit"), None, schema.get("source")]
        cells[3] = f"`{_value(schema.get('default'))}`"
        yield " | ".join([f"| `{name}`", *("" if cell is None else _cell(cell) for cell in cells)]) + " |"


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return "none" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def _about(member: Any) -> str:
    """The first sentence of the file that holds a member: one file, one method."""
    text = " ".join((sys.modules[type(member).__module__].__doc__ or "").split("\n\n")[0].split())
    return _cell(text)


def _metrics(members: list[Any], text: str) -> Iterator[str]:
    yield from ("", text, "")
    yield "| name | figure | needs | unit | better | source |"
    yield "|---|---|---|---|---|---|"
    for m in members:
        needs = ", ".join(f"`{name}`" for name in sorted(m.needs))
        yield f"| `{m.name}` | {m.title} | {needs} | {m.unit} | {m.better} | {_cell(m.source)} |"
    for m in members:
        if m.config_type.model_fields:
            yield from ("", f"### {m.name} (metric)", "", *_settings(m.config_type))


def _sources(members: list[Any], text: str) -> Iterator[str]:
    yield from ("", "Named by `--data`; a path alone stands for `folder` or `npz`.", "")
    yield "| name | what it gives | held out for testing, where the data do not say |"
    yield "|---|---|---|"
    for s in members:
        yield f"| `{s.name}` | {_cell(s.title)} | {s.test_share:g} |"


def _plain(members: list[Any], text: str) -> Iterator[str]:
    if text:
        yield from ("", text)
    yield from ("", "| name | what it is | more |", "|---|---|---|")
    for member in members:
        yield f"| `{member.name}` | {_cell(member.title)} | {_about(member)} |"


_PAGES: dict[str, Callable[[list[Any], str], Iterator[str]]] = {
    "metrics": _metrics,
    "sources": _sources,
    "openers": _plain,
    "kinds": _plain,
}
"""What of a row is shown otherwise than with its settings."""


def suites_page() -> str:
    """The page of the suites: how to run them stands there, what they check in the code."""
    page = (DOCS / "suites.md").read_text(encoding="utf-8")
    written = page.partition(CHECKED)[0]
    lines = [CHECKED, ""]
    for row in SUITES:
        module = import_module(f"trasluz.conformance.{row}")
        about = " ".join((module.__doc__ or "").split("\n\n")[0].split())
        lines += [f"### {row}", "", _cell(about), "", "| check | what it asks |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(inspect.getdoc(work))} |" for name, work in module.CHECKS.items()]
        lines.append("")
    return written + "\n".join(lines)


def limits_page() -> str:
    """Every limit against what comes from outside, with its unit and reason."""
    lines = [
        "# Limits",
        "",
        MADE,
        "",
        "What is taken of files, texts and requests from outside, so that none of them fills the memory, the disk or",
        "the time of whoever opens it ([why](design/0036-limits-in-bytes-of-work.md)). What lies beyond is refused in",
        "one line, with what is needed and what is allowed.",
        "",
        "## Files, tables and conditions",
        "",
        f"They stand in [bounds.py](../src/trasluz/base/bounds.py). The first can be set: `{MEMORY_VARIABLE}` in the",
        "environment, such as `2GB`.",
        "",
        "<!-- figures:begin tools/make_docs.py -->",
        "",
        "| limit | of what | is | why |",
        "|---|---|---|---|",
    ]
    for one in BOUNDS:
        value = of_size(one.value) if one.unit == "bytes" else _number(one.value)
        unit = "" if value.endswith("iB") else f" {one.unit}"
        lines.append(f"| `{one.name}` | {_cell(one.guards)} | {value}{unit} | {_cell(one.why)} |")
    lines += [
        "",
        "## The studio's server",
        "",
        "They stand in [limits.py](../src/trasluz/server/limits.py), as `Limits`.",
        "",
        "| limit | is | of what |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {value} | {_cell(text)} |" for name, value, text in _server_limits()]
    return "\n".join([*lines, "", "<!-- figures:end -->", ""])


def _server_limits() -> Iterator[tuple[str, str, str]]:
    """Fields of `Limits`, each with the text below it."""
    source = DOCS.parent / "src/trasluz/server/limits.py"
    tree = ast.parse(source.read_text(encoding="utf-8"))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Limits")
    values = Limits()
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            name = ast.unparse(field.target)
            yield name, of_size(getattr(values, name)), " ".join(str(text.value.value).split())


CHECKED = "## What is checked"
STUB = "../src/trasluz/__init__.pyi"
PAGES = {
    "cli.md": cli_page,
    "settings.md": settings_page,
    "python.md": python_page,
    "suites.md": suites_page,
    "limits.md": limits_page,
    STUB: stub,
}


def main() -> int:
    """Returns what the process exits with."""
    stale = [name for name, page in PAGES.items() if not _same(DOCS / name, page())]
    if "--check" in sys.argv:
        if stale:
            print(f"Not current: {', '.join(stale)}. Run: python tools/make_docs.py", file=sys.stderr)  # noqa: T201
        return int(bool(stale))
    for name in stale:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
    return 0


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
