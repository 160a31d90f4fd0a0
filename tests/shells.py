"""The command line in one workspace, as tests of its verbs call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from trasluz.cli.app import app


class Shell:
    """Runs the command line in one workspace."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace

    def __call__(self, *words: str) -> Any:
        device = [] if "--device" in words else ["--device", "cpu"]
        return CliRunner().invoke(app, [*words, "--workspace", str(self.workspace), *device])

    def document(self, *words: str) -> dict[str, Any]:
        result = self(*words, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def line(self, *words: str) -> str:
        """The one line on standard output."""
        result = self(*words)
        assert result.exit_code == 0, result.stderr
        [line] = result.stdout.splitlines()
        return line

    def error(self, *words: str, code: int = 2) -> str:
        result = self(*words)
        assert result.exit_code == code
        [line] = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert result.stdout == ""
        return line


def with_mini(workspace: Path) -> Shell:
    """A workspace with the model `mini`, two steps old, without a second stage (which takes minutes)."""
    from trasluz.families.vae import VAE

    shell = Shell(workspace)
    words = ["train", "vae", "--data", "pets:120", "--force", "--name", "mini", "--preset", "tiny", "--steps", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VAE, "second_stage", {})
        shell.document(*words, "--set", "widths=[8, 8]", "--set", "latent=4", "--set", "compute=float32")
    return shell
