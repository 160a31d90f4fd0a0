"""One's own pictures: chosen as a file or dropped on the page, placed in the space; and files that cannot be."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import trasluz as tl
from studio.looking import Explore, decoded, model, picture, pixels, plane, same

_DROP = """([name, type, text]) => {
  const data = Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File([data], name, { type }))
  const target = document.querySelector('.stage')
  target.dispatchEvent(new DragEvent('dragenter', { dataTransfer, bubbles: true, cancelable: true }))
  return () => target.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
}"""


@pytest.fixture
def mine(studio_home: Path, tmp_path: Path) -> Path:
    """A picture file of the fifth test item."""
    path = tmp_path / "mine.png"
    Image.fromarray(plane(studio_home).atlas.thumbnails([5])[0].transpose(1, 2, 0)).save(path)
    return path


def choose(explore: Explore, path: Path) -> None:
    """Give the page a file, as its button asks for one."""
    with explore.page.expect_file_chooser() as chooser:
        explore.lens.get_by_role("button", name="picture…").click()
    chooser.value.set_files(path)


def huge(side: int) -> bytes:
    """A PNG of so many black pixels a side, in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packed, row = zlib.compressobj(9), bytes(1 + -(-side // 8))
    rows = b"".join(packed.compress(row) for _ in range(side)) + packed.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_file_is_placed_in_the_space(explore: Explore, studio_home: Path, mine: Path) -> None:
    explore.open()
    choose(explore, mine)
    lens = explore.lens
    expect(lens.get_by_role("heading", name="mine.png", exact=True)).to_be_visible()
    expect(lens).to_contain_text("Your own picture")
    found = tl.invert(model(), str(mine), workspace=studio_home)
    assert same(pixels(lens.get_by_alt_text("The real picture of mine.png")), picture(found.originals[0]))
    rebuilt = pixels(lens.get_by_alt_text("What the model makes of mine.png"))
    assert same(rebuilt, picture(found.fit.items[0]))
    assert same(rebuilt, decoded(studio_home, "test:5")[0])  # it is that item, after all
    facts = lens.get_by_role("region", name="How well the space holds it")
    expect(facts).to_contain_text(f"{found.fit.psnr[0]:.1f} dB")
    expect(facts).to_contain_text(f"{found.fit.ssim[0]:.3f}")
    expect(facts).to_contain_text(f"{found.fit.from_prior[0]:.2f} ×")
    expect(facts).to_contain_text("the encoder")
    expect(lens.get_by_role("button", name="Look at test:5").first).to_be_visible()

    # It is pinned, moved and joined by a path like anything else.
    lens.get_by_role("button", name="Pin", exact=True).click()
    expect(explore.pins.get_by_role("button", name="Pin A: mine.png")).to_be_visible()


def test_a_picture_of_another_size_is_dropped_on_the_map(explore: Explore, studio_home: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    stripes = np.repeat(rng.integers(0, 255, (1, 12, 3)), 25, axis=1).repeat(180, axis=0).astype(np.uint8)
    path = tmp_path / "stripes.jpg"
    Image.fromarray(stripes).save(path, quality=95)
    explore.open()
    drop = explore.page.evaluate_handle(_DROP, [path.name, "image/jpeg", base64.b64encode(path.read_bytes()).decode()])
    veil = explore.page.get_by_text("Drop a picture to place it in this space")
    expect(veil).to_be_visible()
    drop.evaluate("drop => drop()")
    expect(veil).to_have_count(0)
    frame = explore.page.get_by_role("group", name="Frame: 180 × 180 pixels from 60, 0")
    frame.press("Enter")  # as the model takes it by itself
    expect(explore.lens.get_by_role("heading", name="stripes.jpg")).to_be_visible()
    found = tl.invert(model(), str(path), workspace=studio_home)
    fitted = picture(found.originals[0])
    assert fitted.shape == (64, 64, 3)  # its central square
    assert same(pixels(explore.lens.get_by_alt_text("The real picture of stripes.jpg")), fitted)
    # No animal: the space holds it badly, and the page says so.
    assert found.fit.psnr[0] < 20
    expect(explore.lens).to_contain_text(f"{found.fit.psnr[0]:.1f} dB")


def test_files_that_are_no_pictures_are_refused_in_a_sentence(explore: Explore, watch: Any, tmp_path: Path) -> None:
    explore.open(at="test:3")
    notes = tmp_path / "notes.png"
    notes.write_text("Not a picture at all.")
    choose(explore, notes)
    told = explore.lens.get_by_role("alert")
    expect(explore.lens.get_by_text("notes.png was not placed")).to_be_visible()
    expect(told).to_contain_text("picture")
    assert len((told.locator("p").first.text_content() or "").split(". ")) == 1
    expect(told.get_by_role("button")).to_have_count(0)  # to try the same again would not help
    watch.was_told("400")
    # What was looked at is still there, and so it is after the next one.
    expect(explore.lens.get_by_role("heading", name="test:3", exact=True)).to_be_visible()
    explore.lens.get_by_role("button", name="Close").click()
    expect(told).to_have_count(0)

    text = base64.b64encode(b"a,b\n1,2\n").decode()
    explore.page.evaluate_handle(_DROP, ["table.csv", "text/csv", text]).evaluate("drop => drop()")
    expect(explore.page.get_by_text("That was not a picture file")).to_be_visible()


def test_a_refusal_is_told_where_one_is(explore: Explore, watch: Any) -> None:
    """On a low window the lens lies below the map that a file was dropped on, out of sight."""
    explore.page.set_viewport_size({"width": 480, "height": 330})
    explore.open()
    explore.page.evaluate("document.querySelector('.stage').scrollIntoView()")
    text = base64.b64encode(b"Not a picture at all.").decode()
    explore.page.evaluate_handle(_DROP, ["notes.png", "image/png", text]).evaluate("drop => drop()")
    told = explore.page.locator(".messages")
    expect(told).to_contain_text("notes.png was not placed")
    expect(told).to_be_in_viewport()
    assert explore.page.evaluate("document.querySelector('.lens, [role=tabpanel]').getBoundingClientRect().top") > 230
    watch.was_told("400")


def test_pictures_that_are_too_large_are_refused_in_a_sentence(
    explore: Explore, watch: Any, tmp_path: Path, mine: Path
) -> None:
    explore.open()
    heavy = tmp_path / "heavy.png"
    with heavy.open("wb") as file:
        file.truncate(33 << 20)
    sent: list[str] = []
    explore.page.on("request", lambda request: sent.append(request.url) if "/uploads" in request.url else None)
    choose(explore, heavy)
    told = explore.lens.get_by_role("alert")
    expect(told).to_contain_text("The file is too large: 33 MiB, and the most is 32 MiB")
    assert sent == []  # not even sent

    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(huge(30_000))
    assert bomb.stat().st_size < 1 << 20
    choose(explore, bomb)
    expect(explore.lens.get_by_text("bomb.png was not placed")).to_be_visible()
    expect(told).to_contain_text("Too many pixels: a decompression bomb?")
    expect(told).to_contain_text("make it smaller")
    assert len(sent) == 1
    watch.was_told("400")

    choose(explore, mine)
    expect(explore.lens.get_by_role("heading", name="mine.png", exact=True)).to_be_visible()
    expect(told).to_have_count(0)
