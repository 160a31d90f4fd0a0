"""Draws docs/pictures/house.svg: the rooms of the house, and which imports which, as the imports say. `--check` only
compares what the picture was drawn from.

Floors come from the contracts of import-linter in pyproject.toml, what stands on what from the imports themselves, so
that the picture cannot say what is not so.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from html import escape
from pathlib import Path
from typing import Any

import grimp

REPOSITORY = Path(__file__).parents[1]
PICTURE = REPOSITORY / "docs" / "pictures" / "house.svg"
WIDTH, FLOOR, BOX, GAP = 1060, 66, 34, 8
LEFT = 140
"""Where boxes begin; what a floor is for stands before them."""
FLOORS = {
    "conformance": "what is promised",
    "cli": "what one speaks to",
    "lab": "what one can ask for",
    "lab.work": "the rooms of the lab",
    "training": "how it is learned",
    "families": "one file, one member",
    "atlas": "what is encoded",
    "nn": "mathematics",
    "spaces": "the contracts",
    "io": "disk",
    "base": "the vocabulary",
}
"""Words beside a floor, by one of its rooms."""


def house() -> dict[str, Any]:
    """`floors`, from the top, each a list of rooms; `imports`, pairs of a room and one that it imports."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {one["id"]: one for one in project["tool"]["importlinter"]["contracts"]}
    floors: list[list[str]] = []
    for layer in contracts["layers"]["layers"]:
        floors.append(layer.split(" | "))
        if layer == "lab":
            floors += [[f"lab.{room}" for room in inner.split(" | ")] for inner in contracts["rooms"]["layers"]]
    # A face stands beside a face: what may not import each other is one floor to the eye.
    if ["cli"] in floors and ["server"] in floors:
        floors[floors.index(["cli"])] = ["cli", "server"]
        floors.remove(["server"])
    rooms = [room for floor in floors for room in floor]
    graph = grimp.build_graph("trasluz", cache_dir=None)
    pairs = {
        (one, other)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if (one := room_of(module, rooms)) and (other := room_of(imported, rooms)) and one != other
    }
    return {"floors": floors, "imports": sorted(list(pair) for pair in pairs)}


def room_of(module: str, rooms: list[str]) -> str | None:
    """The room that a module stands in; None for the front door, `trasluz` itself."""
    path = module.removeprefix("trasluz").removeprefix(".")
    found = [room for room in rooms if path == room or path.startswith(f"{room}.")]
    return max(found, key=len, default=None)


def drawn(data: dict[str, Any]) -> str:
    """The picture."""
    places = _places(data["floors"])
    height = FLOOR * len(data["floors"]) + 2 * GAP
    below: dict[str, list[str]] = {}
    for one, other in data["imports"]:
        below.setdefault(one, []).append(other)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="what">',
        '<title id="what">The rooms of the house, floor by floor, and what each stands on: ways go down only</title>',
        f"<metadata>{escape(json.dumps(data))}</metadata>",
        "<style>text{font:13px sans-serif;fill:#1d2733}.side{font-size:11px;fill:#66707c}.room{fill:#eaf1f7;"
        "stroke:#3f6d94}.way{fill:none;stroke:#3f6d94;stroke-width:1.6;stroke-opacity:.55}.room:hover{fill:#ffe9b8}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    ways = _bare(data["imports"])
    for number, (one, other) in enumerate(ways):
        (x, y, w), (x2, y2, w2) = places[one], places[other]
        # Straight down where that can be; side by side where two wide rooms have more than one way between them.
        low, high = max(x, x2), min(x + w, x2 + w2)
        share = 0.2 + 0.6 * ((number * 0.618) % 1) if min(w, w2) > WIDTH / 3 else 0.5
        a, b = (low + share * (high - low),) * 2 if low < high else (x + w / 2, x2 + w2 / 2)
        bend = max(18.0, (y2 - y) / 2.4)
        lines.append(
            f'<path class="way" d="M{a:g} {y + BOX:g} C{a:g} {y + BOX + bend:g} {b:g} {y2 - bend:g} {b:g} {y2:g}"/>'
        )
    for number, floor in enumerate(data["floors"]):
        said = next((FLOORS[room] for room in floor if room in FLOORS), "")
        lines.append(f'<text class="side" x="{GAP}" y="{FLOOR * number + GAP + 22}">{escape(said)}</text>')
    for room, (x, y, w) in places.items():
        on = ", ".join(below.get(room, [])) or "nothing"
        name = room.removeprefix("lab.") if room.startswith("lab.") else room
        lines += [
            f"<g><title>{escape(room)} imports {escape(on)}</title>"
            f'<rect class="room" x="{x:g}" y="{y:g}" width="{w:g}" height="{BOX}" rx="5"/>'
            f'<text x="{x + w / 2:g}" y="{y + 22:g}" text-anchor="middle">{escape(name)}</text></g>'
        ]
    return "\n".join([*lines, "</svg>", ""])


def _bare(pairs: list[list[str]]) -> list[tuple[str, str]]:
    """The ways that do not follow from others: where a stands on b and b on c, a's own way to c is left out."""
    below: dict[str, set[str]] = {}
    for one, other in pairs:
        below.setdefault(one, set()).add(other)

    def reached(room: str) -> set[str]:
        near = below.get(room, set())
        return near.union(*(reached(other) for other in near))

    return [
        (one, other) for one, other in pairs if not any(other in reached(between) for between in below[one] - {other})
    ]


def _places(floors: list[list[str]]) -> dict[str, tuple[float, float, float]]:
    """Left edge, top and width of every room; a floor is as wide as the house."""
    places: dict[str, tuple[float, float, float]] = {}
    for number, floor in enumerate(floors):
        inset = 120 if floor[0].startswith("lab.") else 0
        left, right = LEFT + inset, WIDTH - GAP - inset
        width = (right - left - GAP * (len(floor) - 1)) / len(floor)
        for i, room in enumerate(floor):
            places[room] = (left + i * (width + GAP), FLOOR * number + GAP, width)
    return places


def read(picture: str) -> dict[str, Any]:
    """What a picture was drawn from."""
    found = re.search(r"<metadata>(.*?)</metadata>", picture, re.DOTALL)
    return json.loads(_plain(found.group(1))) if found else {}


def _plain(text: str) -> str:
    return text.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def main() -> int:
    """Returns what the process exits with."""
    data = house()
    is_current = PICTURE.is_file() and read(PICTURE.read_text(encoding="utf-8")) == data
    if "--check" in sys.argv:
        if not is_current:
            print("The picture of the house is out of date. Run: make house", file=sys.stderr)  # noqa: T201
        return int(not is_current)
    PICTURE.write_text(drawn(data), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
