"""One's own pictures in a latent space: found, measured, shown; what is changed on the way in is said."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import toy_models as toys
import trasluz as tl
from trasluz.base.errors import InvalidArgument, NotInvertible, TrasluzError, UnknownName
from trasluz.base.progress import Progress
from trasluz.lab.judging.measures import from_prior

DATA = toys.pictures(40)
MODEL, BARE = toys.coded(), toys.two_spaces()


class Heard(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def task(self, title: str, total: int | None) -> Generator:  # type: ignore[type-arg]
        yield lambda n=1, note="": None

    def say(self, text: str) -> None:
        self.lines.append(text)


def photo(path: Path, size: tuple[int, int], mode: str = "RGB") -> Path:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)).convert(mode).save(
        path
    )
    return path


def test_the_encoder_is_what_is_used_where_there_is_one() -> None:
    found = tl.invert(MODEL, ["test:0", "test:1"], data=DATA)
    x = DATA.split("test").tensor([0, 1])
    assert list(found.fits) == ["encoder"] and torch.equal(found.originals, x)
    assert torch.allclose(found.latents, MODEL.space().encode(x), atol=1e-6)
    mse = (found.items - x).square().flatten(1).mean(1)
    assert found.fit.psnr == pytest.approx((-10 * mse.log10()).tolist(), rel=1e-3)


def test_optimisation_is_shown_beside_the_encoder_it_starts_from() -> None:
    found = tl.invert(MODEL, "test:0", data=DATA, method="optimise", settings={"steps": 60})
    assert list(found.fits) == ["encoder", "optimise"]
    assert found.fits["optimise"].psnr[0] > found.fits["encoder"].psnr[0]
    assert "encoder" in found.told() and "dB" in found.told()
    one = tl.invert(MODEL, "test:0", data=DATA)
    assert found.image().height > one.image().height, "a row more"


def test_a_picture_of_another_form_is_fitted_and_that_is_said(tmp_path: Path) -> None:
    heard = Heard()
    path = photo(tmp_path / "me.png", (50, 40), "L")
    found = tl.invert(MODEL, [path, path], progress=heard)
    channels, size, _ = MODEL.representation.public_shape
    assert found.originals.shape == (2, channels, size, size)
    [line] = [line for line in heard.lines if line.startswith("me.png")]
    assert f"its central square is resized to {size} x {size}, from 50 x 40" in line and "taken as RGB" in line
    heard = Heard()
    tl.invert(MODEL, photo(tmp_path / "fits.png", (size, size)), progress=heard)
    assert heard.lines == []


def test_tensors_are_pictures_too() -> None:
    x = DATA.tensor([3, 4])
    found = tl.invert(MODEL, x)
    assert torch.equal(found.originals, x) and len(found) == 2
    with pytest.raises(InvalidArgument, match="another shape"):
        tl.invert(MODEL, torch.rand(1, 3, 9, 9))


def test_it_can_be_saved_and_read_again_as_a_point(tmp_path: Path) -> None:
    found = tl.invert(MODEL, ["test:0", "test:2"], data=DATA)
    path = found.save(tmp_path / "found.safetensors")
    again = tl.decode(MODEL, f"{path}#1")
    assert torch.allclose(again.items[0], found.items[1], atol=1e-5)
    with np.load(found.save(tmp_path / "found.npz")) as arrays:
        assert arrays["psnr"].shape == arrays["ssim"].shape == arrays["from_prior"].shape == (2,)


def test_a_draw_of_the_prior_is_about_one_from_its_middle() -> None:
    space = MODEL.space()
    z = space.prior().sample(200, 7)
    assert float(from_prior(space, z).mean()) == pytest.approx(1.0, abs=0.1)
    mean = space.prior().mean[None]
    assert float(from_prior(space, mean)[0]) < 0.3 and float(from_prior(space, 5 * (z - mean) + mean).mean()) > 4


def test_it_says_how_it_was_made() -> None:
    found = tl.invert(MODEL, ["test:0"], data=DATA, method="optimise", settings={"steps": 2}, seed=3)
    found.call = found.call.of("mine")
    assert "trasluz invert mine test:0" in found.command() and "--set steps=2" in found.command()
    assert "tl.invert(model, ['test:0'], method='optimise', settings={'steps': 2}, seed=3" in found.code()


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"items": ["seed:3"]}, InvalidArgument, "not a picture, but a latent already"),
        ({"items": ["@home"]}, InvalidArgument, "not a picture, but a latent already"),
        ({"items": ["photo.docx"]}, InvalidArgument, "not a picture.*png"),
        ({"items": ["nowhere.png"]}, TrasluzError, "there is no picture nowhere.png"),
        ({"items": []}, InvalidArgument, "nothing to invert"),
        ({"items": ["test:0"], "method": "magic"}, UnknownName, "unknown method of inversion.*encoder, optimise"),
        ({"items": ["test:0"], "settings": {"stepps": 3}}, UnknownName, "unknown setting"),
        ({"items": ["test:0"], "method": "optimise", "settings": {"steps": 0}}, InvalidArgument, "setting steps"),
        ({"items": ["test:0"], "space": "q"}, UnknownName, "unknown space"),
        ({"items": ["test:0"], "seed": -1}, InvalidArgument, "seed"),
    ],
)
def test_bad_input_is_one_line(arguments: dict[str, object], kind: type[TrasluzError], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        tl.invert(MODEL, data=DATA, **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_space_without_an_encoder_is_inverted_by_optimisation(tmp_path: Path) -> None:
    name = next(name for name, space in BARE.spaces.items() if not space.encodes)
    with pytest.raises(NotInvertible):
        tl.invert(BARE, "test:0", data=DATA, space=name, method="encoder")
    found = tl.invert(BARE, "test:0", data=DATA, space=name, settings={"steps": 5})
    assert list(found.fits) == ["optimise"]
    heard = Heard()
    point = tl.decode(BARE, "test:0", data=DATA, space=name, progress=heard)
    assert point.latents.shape[1:] == BARE.space(name).shape
    assert any("no encoder: inverting by optimisation" in line for line in heard.lines)


def test_a_space_with_neither_encoder_nor_gradients_says_so() -> None:
    stepped = tl.wrap(lambda z: (z[:, :1, None, None].expand(-1, 1, 4, 4) * 8).round() / 8, (3,), differentiable=False)
    with pytest.raises(NotInvertible, match="no encoder and no gradients"):
        tl.invert(stepped, torch.rand(1, 1, 4, 4))
