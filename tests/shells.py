"""The command line in one workspace, as tests of its verbs call it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shared import shared
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


def with_mini(factory: pytest.TempPathFactory) -> Shell:
    """A workspace with the model `mini`, two steps old, without a second stage (which takes minutes)."""
    made = shared(factory, "mini", _train_mini)
    return Shell(Path(shutil.copytree(made, factory.mktemp("cli") / "workspace")))


def _train_mini(workspace: Path) -> None:
    from trasluz.families.vae import VAE

    shell = Shell(workspace)
    words = ["train", "vae", "--data", "pets:200", "--force", "--name", "mini", "--preset", "tiny", "--steps", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VAE, "second_stage", {})
        made = shell.document(*words, "--set", "widths=[8, 8]", "--set", "latent=4", "--set", "compute=float32")
    assert made["model"] == "mini" and Path(made["written"]).is_dir()
