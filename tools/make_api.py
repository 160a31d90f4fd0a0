"""Writes web/src/api/openapi.json: what the studio's routes take and give, from the server itself. `--check` compares.

The page's types are made of it (`python tools/web.py api`), so that a route which changes is an error in the page's
own check, and none that somebody meets at run time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from trasluz.server.app import inner_app
from trasluz.server.assets import Page
from trasluz.server.studio import Studio

SCHEMA = Path(__file__).parents[1] / "web" / "src" / "api" / "openapi.json"


def schema() -> str:
    """The schema as text, the same whatever the order in which routes were written."""
    studio = Studio(workspace="no-workspace", device="cpu")
    try:
        found = inner_app(studio, Page(None, {})).openapi()
    finally:
        studio.close()
    return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> int:
    """Returns what the process exits with."""
    made = schema()
    if SCHEMA.is_file() and SCHEMA.read_text(encoding="utf-8") == made:
        return 0
    if "--check" in sys.argv:
        print("Not current: openapi.json. Run: make web-api", file=sys.stderr)  # noqa: T201
        return 1
    SCHEMA.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
