"""Atlases as earlier versions wrote them."""

from __future__ import annotations

import json

import numpy as np
from PIL import Image

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.manifest import MANIFEST
from trasluz.io.atomic import read_json


def as_version_1(atlas: Atlas) -> None:
    """Make a folder what version 1 would have written: thumbnails row by row on sheets, as WebP without loss."""
    m = atlas.manifest
    for k in range(m.sheets):
        tiles = atlas.thumbnails(range(k * m.sheet_tiles, min(len(atlas), (k + 1) * m.sheet_tiles)))
        rows = -(-len(tiles) // m.columns)
        sheet = np.zeros((rows * m.tile, m.columns * m.tile, m.channels), np.uint8)
        for i, tile in enumerate(tiles):
            y, x = (side * m.tile for side in divmod(i, m.columns))
            sheet[y : y + m.tile, x : x + m.tile] = tile.transpose(1, 2, 0)
        picture = Image.fromarray(sheet[:, :, 0] if m.channels == 1 else sheet)
        picture.save(atlas.folder / f"thumbnails-{k:05d}.webp", lossless=True, quality=0, method=0)
        (atlas.folder / m.sheet_name(k)).unlink()
    path = atlas.folder / MANIFEST
    path.write_text(json.dumps({**read_json(path, "it"), "version": 1}))
