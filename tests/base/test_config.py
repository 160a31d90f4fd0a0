"""Settings: written whole, read strictly, and refused in one line that names the field."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from trasluz.base.config import Config, parse_settings, setting
from trasluz.base.errors import DamagedFile, InvalidArgument, TrasluzError, UnknownName


class Example(Config):
    beta: float = setting(1.0, "Weight of the divergence.", unit="nats", source="Higgins et al. 2017", ge=0, le=100)
    layers: int = setting(3, "Depth.", gt=0, lt=10)
    widths: tuple[int, ...] = setting((8, 16), "Channels of each stage.")
    likelihood: Literal["gaussian", "bernoulli"] = setting("gaussian", "What the decoder says.")
    note: str = setting("", "Free text.")
    warm: bool = setting(True, "Whether to warm up.")
    limit: float | None = setting(None, "An optional limit.")


def test_made_from_what_the_command_line_gives() -> None:
    made = Example.make(
        {
            "beta": "4",
            "layers": "2",
            "widths": "[4, 8, 16]",
            "likelihood": "bernoulli",
            "warm": "false",
            "limit": "null",
        }
    )
    assert made == Example(beta=4, layers=2, widths=(4, 8, 16), likelihood="bernoulli", warm=False)
    assert isinstance(made.beta, float) and Example.make({"limit": "0.5"}).limit == 0.5


def test_and_from_python_values() -> None:
    assert Example.make({"beta": 4, "widths": [4, 8]}) == Example(beta=4.0, widths=(4, 8))
    assert Example.make({}) == Example()


@pytest.mark.parametrize("text", ["3", "true", "null", "[1]", "plain", '"quoted"', "", "1e5"])
def test_a_text_that_looks_like_a_number_can_be_a_text(text: str) -> None:
    expected = "quoted" if text == '"quoted"' else text
    assert Example.make({"note": text, "beta": "2"}) == Example(note=expected, beta=2)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"beta": "-1"}, "setting beta: input should be greater than or equal to 0, got -1."),
        (
            {"beta": "much"},
            "setting beta: input should be a valid number, unable to parse string as a number, got 'much'.",
        ),
        ({"beta": "NaN"}, "setting beta: input should be a finite number, got nan."),
        ({"beta": "Infinity"}, "setting beta: input should be a finite number, got inf."),
        ({"layers": "2.5"}, "setting layers: input should be a valid integer"),
        ({"layers": "0"}, "setting layers: input should be greater than 0, got 0."),
        ({"likelihood": "gauss"}, "setting likelihood: input should be 'gaussian' or 'bernoulli', got 'gauss'."),
        ({"widths": "8"}, "setting widths: input should be a valid tuple, got 8."),
        ({"beta": "-1", "layers": "0"}, "(and 1 more)."),
        ({"layers": "[" * 100_000}, "setting layers: "),
    ],
)
def test_values_that_will_not_do_are_named_in_one_line(values: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Example.make(values)
    assert says in str(caught.value) and str(caught.value).isprintable() and len(str(caught.value)) < 300
    assert "pydantic" not in str(caught.value)


def test_unknown_settings_are_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"unknown setting: got 'betta'; .* Did you mean beta\?"):
        Example.make({"betta": 1})


def test_written_and_read_back() -> None:
    config = Example(beta=0.5, widths=(4,), note="ñ", limit=1.5)
    assert Example.read(json.loads(json.dumps(config.dump())), "config.json") == config


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"extra": 1}, "unknown field extra"),
        ({"beta": "4"}, "setting beta: input should be a valid number"),
        ({"layers": True}, "setting layers: input should be a valid integer"),
        ({"layers": 3.0}, "setting layers"),
        ({"warm": 1}, "setting warm: input should be a valid boolean"),
        ({"widths": "8"}, "setting widths"),
        ({"beta": 1000}, "setting beta: input should be less than or equal to 100"),
        ({"note": 3}, "setting note: input should be a valid string"),
    ],
)
def test_reading_is_strict(change: dict[str, Any], says: str) -> None:
    with pytest.raises(DamagedFile) as caught:
        Example.read({**Example().dump(), **change}, "models/m/config.json")
    assert says in str(caught.value) and "models/m/config.json" in str(caught.value)


def test_missing_fields_are_named_along_with_unknown_ones() -> None:
    values = Example().dump()
    del values["beta"], values["warm"]
    with pytest.raises(DamagedFile, match="unknown field extra and missing field beta, warm; allowed: beta, layers"):
        Example.read({**values, "extra": 1}, "config.json")


@given(st.dictionaries(st.sampled_from(sorted(Example.model_fields)) | st.text(max_size=5), st.text() | st.floats()))
def test_anything_is_a_config_or_an_error_of_ours(values: dict[str, Any]) -> None:
    for build in (lambda: Example.make(values), lambda: Example.read({**Example().dump(), **values}, "x")):
        try:
            assert isinstance(build(), Example)
        except TrasluzError as error:
            assert str(error).isprintable()


def test_frozen_and_copied() -> None:
    config = Example()
    with pytest.raises(ValidationError, match="frozen"):
        config.beta = 2  # type: ignore[misc]
    assert config.with_(beta=2).beta == 2 and config.beta == 1
    with pytest.raises(InvalidArgument):
        config.with_(beta=-1)
    with pytest.raises(UnknownName):
        config.with_(betta=1)
    assert Example(note='"quoted"').with_(beta=2).note == '"quoted"', "values of Python are taken as they are"


def test_the_schema_is_the_form() -> None:
    schema = Example.model_json_schema()["properties"]
    assert schema["beta"] | {"title": ""} == {
        "default": 1.0, "description": "Weight of the divergence.", "unit": "nats", "source": "Higgins et al. 2017",
        "minimum": 0, "maximum": 100, "title": "", "type": "number",
    }  # fmt: skip
    assert schema["layers"]["exclusiveMinimum"] == 0 and "unit" not in schema["layers"]


def test_pairs_from_the_command_line() -> None:
    assert parse_settings(["beta=4", " note = a=b ", "x="]) == {"beta": "4", "note": "a=b", "x": ""}
    for bad in ("beta", "=4", " =4", ""):
        with pytest.raises(InvalidArgument, match="a setting is KEY=VALUE: got"):
            parse_settings([bad])
