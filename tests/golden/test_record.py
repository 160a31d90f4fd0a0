"""The golden record's comparer: what it must see, and what another machine may do."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture
def digest(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(TOOLS))
    import golden_digest

    return golden_digest


@pytest.fixture
def record(digest: Any) -> dict[str, Any]:
    latents, pixels = np.linspace(-1, 1, 24, dtype=np.float32).reshape(3, 8), np.full((4, 6, 3), 200, np.uint8)
    document = {"holds": "3 samples, PSNR 21.3 dB", "figures": {"psnr": [21.34, 20.5]}, "left": None, "whole": True}
    files = {"out/a.npz": {"latents": digest.digest_array(latents)}, "out/a.png": digest.digest_pixels([pixels])}
    return {
        "sample/vae": {"exit": 0, "document": document, "files": files},
        "refused/model": {"exit": 2, "document": {"error": {"message": "unknown model: got 'nobody'"}}},
    }


@pytest.mark.parametrize("exact", [True, False])
def test_the_same_is_the_same(digest, record, exact):
    assert digest.compare(record, json.loads(json.dumps(record)), exact) == {}


@pytest.mark.parametrize("exact", [True, False])
def test_a_changed_number_a_changed_text_and_a_changed_exit_code(digest, record, exact):
    found = copy.deepcopy(record)
    found["sample/vae"]["document"]["figures"]["psnr"][1] = 20.6
    found["refused/model"]["document"]["error"]["message"] = "unknown model: got 'somebody'"
    found["refused/model"]["exit"] = 1
    wrong = digest.compare(record, found, exact)
    assert wrong["sample/vae"] == [("document.figures.psnr[1]", 20.5, 20.6)]
    assert [where for where, *_ in wrong["refused/model"]] == ["exit", "document.error.message"]


@pytest.mark.parametrize("exact", [True, False])
def test_an_entry_or_a_field_that_is_missing_or_new(digest, record, exact):
    found = copy.deepcopy(record)
    found["map/vae"] = found.pop("refused/model")
    del found["sample/vae"]["document"]["left"]
    assert digest.compare(record, found, exact) == {
        "sample/vae": [("document.left", None, "(nothing)")],
        "refused/model": [("entry", "recorded", "(nothing)")],
        "map/vae": [("entry", "(nothing)", "found")],
    }


def test_one_pixel_counts_on_the_same_machine_and_another_picture_on_any(digest, record):
    pixels = np.full((4, 6, 3), 200, np.uint8)
    pixels[0, 0, 0] = 199
    nearly, other = copy.deepcopy(record), copy.deepcopy(record)
    nearly["sample/vae"]["files"]["out/a.png"] = digest.digest_pixels([pixels])
    other["sample/vae"]["files"]["out/a.png"] = digest.digest_pixels([pixels // 2])
    assert "files.out/a.png.hash" in [where for where, *_ in digest.compare(record, nearly, True)["sample/vae"]]
    assert digest.compare(record, nearly, False) == {}
    assert "files.out/a.png.mean" in [where for where, *_ in digest.compare(record, other, False)["sample/vae"]]


def test_latents_whose_last_bits_differ_are_the_same_elsewhere_only(digest):
    z = np.linspace(-1, 1, 24, dtype=np.float32)
    record, found = {"a": digest.digest_array(z)}, {"a": digest.digest_array(z * np.float32(1 + 1e-6))}
    assert digest.compare(record, found, True) and not digest.compare(record, found, False)
    assert digest.compare(record, {"a": digest.digest_array(z + np.float32(0.01))}, False)


def test_numbers_in_text_may_differ_by_their_last_digit_elsewhere_and_identities_at_all(digest):
    one, near = {"a": "PSNR 21.3 dB of m-" + "0" * 32}, {"a": "PSNR 21.4 dB of m-" + "f" * 32}
    assert digest.compare(one, near, True) and not digest.compare(one, near, False)
    assert digest.compare(one, {"a": "PSNR 21.9 dB of m-" + "f" * 32}, False)
    assert digest.compare({"a": "test:3"}, {"a": "test:4"}, False)


def test_what_varies_is_taken_out(digest):
    document = {"written": "/tmp/x/ws/points/one.json", "seconds": 0.2, "holds": "encoder 37.6 dB in 0.0032 s", "n": 3}
    assert digest.clean(document, {"/tmp/x/ws": "$WORKSPACE"}) == {
        "written": "$WORKSPACE/points/one.json",
        "seconds": "$SECONDS",
        "holds": "encoder 37.6 dB in $SECONDS s",
        "n": 3,
    }
