"""A newcomer's walk through the door, with real commands, from a folder as it comes to a model on another machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.toys import shapes

pytestmark = pytest.mark.long
PICTURES = 300
NAMES = ("foto {i:03d}.PNG", "niño-{i:03d}.jpg", "{i:03d}", "Día {i}.jfif", "{i}.1.png")
"""As a telephone, a spreadsheet and a friend have named them."""


def folder(place: Path) -> tuple[Path, list[str]]:
    """Discs and squares in three colours; the table comes from a Spanish Excel, and knows the colours alone."""
    data = shapes(PICTURES, size=28)
    root = place / "mis fotos"
    root.mkdir()
    lines = ["Archivo;Color;Peso"]
    colours = [str(colour) for colour in data.column("colour")]
    for i in range(PICTURES):
        name = NAMES[i % len(NAMES)].format(i=i)
        picture = Image.fromarray(np.ascontiguousarray(data.stored([i])[0].transpose(1, 2, 0)))
        picture.save(root / name, "JPEG" if name.endswith(("jpg", "jfif")) else "PNG", quality=95)
        if i % 10:  # one in ten was forgotten
            weight = f"{i / 7:.2f}".replace(".", ",")
            lines.append(f"{name if i % 2 else name.upper()};{colours[i]};{weight}")
    (root / "colores.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    (root / "léeme.md").write_text("Fotos de la fiesta")
    return root, colours


class Walker:
    """Somebody at a terminal."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.said = ""

    def __call__(self, *words: str) -> str:
        env = {**os.environ, "TRASLUZ_WORKSPACE": str(self.home / "taller"), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "trasluz", *words],
            check=False,
            cwd=self.home,
            env=env,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        self.said = done.stderr
        return done.stdout

    def document(self, *words: str) -> dict[str, Any]:
        return json.loads(self(*words, "--json"))


def test_a_newcomer_walks_from_a_folder_to_a_friend(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "casa", tmp_path / "otra casa"
    home.mkdir()
    elsewhere.mkdir()
    _, colours = folder(home)
    walk = Walker(home)

    about = walk.document("data", "show", "./mis fotos")
    assert about["items"] == PICTURES and about["shape"] == [3, 28, 28]
    (report,) = about["tables"]
    assert report["matched"] == PICTURES * 9 // 10 and report["items_without"] == PICTURES // 10
    assert {"exact", "case"} & set(report["ways"]) and report["rows_left"] == 0
    assert about["columns"]["Peso"]["kind"] == "quantity"
    assert [name for name, _ in about["skipped"]] == ["léeme.md"]
    assert any("Windows-1252" in note for note in about["notes"])

    length = ("--preset", "tiny", "--minutes", "0.7", "--force")
    walk("train", "vae", "--data", "./mis fotos", "--name", "mi fiesta", *length, "--device", "cpu")
    assert "have a row" in walk.said, "what was joined is said before training"

    walk("encode", "mi fiesta", "--split", "all", "--name", "fiesta")
    walk("atlases", "export", "fiesta", "--out", "fiesta.parquet")
    import pyarrow.parquet as pq

    rows = pq.read_table(home / "fiesta.parquet").to_pydict()
    points = {
        colour: [p for p, c in zip(rows["point"], rows["Color"], strict=True) if c == colour] for colour in set(colours)
    }
    these = [word for point in points["red"][:5] for word in ("--these", point)]
    those = [word for point in points["blue"][:5] for word in ("--those", point)]
    found = walk.document(
        "directions",
        "find",
        "mi fiesta",
        *these,
        *those,
        "--atlas",
        "fiesta",
        "--name",
        "más rojo",
        "--out",
        "rojo.png",
    )
    assert (home / "rojo.png").exists(), found

    walk("edit", "mi fiesta", "./mis fotos/niño-001.jpg", "--direction", "más rojo=2", "--out", "editada.png")
    assert (home / "editada.png").stat().st_size > 0

    walk("models", "export", "mi fiesta", "--out", "mi fiesta.zip")
    (home / "mi fiesta.zip").rename(elsewhere / "regalo.zip")
    friend = Walker(elsewhere)
    friend("models", "add", "regalo.zip")
    there = friend.document("models", "show", "regalo")
    assert there["identity"] == walk.document("models", "show", "mi fiesta")["identity"]
    friend("sample", "regalo", "-n", "4", "--out", "nuevas.png")
    friend("traverse", "regalo", "--from", "seed:3", "--direction", "más rojo", "--out", "rojo.png")
    assert (elsewhere / "nuevas.png").exists() and (elsewhere / "rojo.png").exists()
