"""What `make demo` does: draw data, train two small models, encode them, and write one page of what is inside.

A second run finds everything there and takes seconds; a run that was stopped goes on where it stood.
"""

from __future__ import annotations

import sys
from pathlib import Path

from trasluz.base.errors import Stopped, TrasluzError
from trasluz.base.progress import Progress
from trasluz.cli.progress import progress_for

WORKSPACE = "demo-workspace"
SETTINGS = {"prior_steps": 1500}
MODELS = {"demo-pets": ("pets:8000", 550), "demo-faces": ("faces:16000", 900)}
ENDS = ("test:3", "test:5")


def main() -> int:
    """Returns what the process exits with."""
    progress = progress_for(quiet=False)
    try:
        print(make(progress))  # noqa: T201
    except Stopped as stop:
        print(f"{stop.what[0].upper()}{stop.what[1:]}. Run make demo again to go on.", file=sys.stderr)  # noqa: T201
        return stop.exit_code
    except KeyboardInterrupt:
        print("Interrupted. Run make demo again to go on.", file=sys.stderr)  # noqa: T201
        return Stopped.exit_code
    except TrasluzError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


def make(progress: Progress) -> Path:
    """The path of the page."""
    import trasluz as tl
    from trasluz.io.workspace import Workspace
    from trasluz.reporting.gallery import write_gallery

    workspace = Workspace(WORKSPACE)
    for name, (data, steps) in MODELS.items():
        made = workspace.entry("models", name)
        if not (made / "card.md").exists():
            if made.exists():
                tl.train("vae", name=name, resume=True, workspace=workspace, progress=progress)
            else:
                tl.train("vae", data, name=name, settings=SETTINGS, steps=steps, workspace=workspace, progress=progress)
        tl.encode(name, workspace=workspace, progress=progress)
    page = Path("demo-gallery.html").absolute()
    return write_gallery(page, *MODELS, color="label", ends=ENDS, workspace=workspace, progress=progress)


if __name__ == "__main__":
    sys.exit(main())
