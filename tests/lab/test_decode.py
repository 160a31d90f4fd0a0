"""Points side by side with what they came from."""

from __future__ import annotations

import pytest
import torch

import toy_models as toys
from trasluz.base.errors import InvalidArgument
from trasluz.lab.decode import decode

DATA = toys.pictures(40)


def test_real_items_stand_beside_their_reconstruction() -> None:
    model = toys.coded()
    decoded = decode(model, ["test:3", "seed:42"], data=DATA)
    item = DATA.split("test").tensor([3])[0]
    assert decoded.originals[0] is not None and torch.equal(decoded.originals[0], item)
    assert decoded.originals[1] is None
    assert torch.allclose(decoded.items, model.space().decode(decoded.latents), atol=1e-5)
    assert decoded.names == ["test:3", "seed:42"] and "test:3, seed:42" in repr(decoded)
    alone = decode(model, ["seed:42", "seed:43"])
    assert decoded.image().height > alone.image().height, "a row of originals"


def test_one_point_needs_no_list_and_a_tensor_is_several() -> None:
    model = toys.spatial()
    assert len(decode(model, "seed:1")) == 1
    assert len(decode(model, torch.zeros(3, 4, 8, 8))) == 3
    assert len(decode(model, torch.zeros(4, 8, 8))) == 1


@pytest.mark.parametrize("space", ["z", "w"])
def test_either_space_of_a_model_decodes(space: str) -> None:
    model = toys.two_spaces()
    decoded = decode(model, torch.ones(2, *model.space(space).shape), space=space)
    assert decoded.items.shape == (2, 3, 16, 16)


def test_nothing_to_decode_is_told() -> None:
    with pytest.raises(InvalidArgument, match=r"nothing to decode.*test:17"):
        decode(toys.coded(), [])
