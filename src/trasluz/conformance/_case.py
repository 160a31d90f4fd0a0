"""What the suites of all rows share: a case, an error, and how a check says what is wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.base.progress import Progress


class ConformanceError(TrasluzError):
    """A member of a row that does not keep to its contract."""


@dataclass(frozen=True, kw_only=True)
class Case(ABC):
    """A member of a row, and what is needed to check it."""

    row: ClassVar[str]
    """Whose checks are run."""
    place: Path = field(default=Path(), repr=False)
    """An empty folder to work in; another one for every check."""

    @property
    @abstractmethod
    def who(self) -> str:
        """What an error and a test call it."""

    def without(self) -> frozenset[str]:
        """The checks that say nothing of this member, since it does not offer what they are about."""
        return frozenset()


def want(holds: bool, what: str) -> None:
    """Say what is wrong, unless it holds."""
    if not holds:
        raise ConformanceError(what)


@contextmanager
def refused(what: str, *kinds: type[TrasluzError]) -> Generator[None]:
    """What is done inside has to be refused by one of these errors, in one line."""
    allowed = kinds or (InvalidArgument,)
    try:
        yield
    except allowed as error:
        one_line(error, what)
        return
    except Exception as error:
        raise ConformanceError(
            f"{what} must raise {_or(allowed)}, and raised {type(error).__name__}: {error}"
        ) from error
    raise ConformanceError(f"{what} must raise {_or(allowed)}")


def done_or_refused(what: str, work: Callable[[], Any], *kinds: type[TrasluzError]) -> Any:
    """What the work gives, or None where it is refused by one of these errors, in one line."""
    allowed = kinds or (InvalidArgument,)
    try:
        return work()
    except allowed as error:
        one_line(error, what)
        return None
    except Exception as error:
        raise ConformanceError(
            f"{what} must do it or raise {_or(allowed)}, and raised {type(error).__name__}: {error}"
        ) from error


def one_line(error: Exception, what: str) -> None:
    """An error is one line that says something."""
    want("\n" not in str(error) and bool(str(error).strip()), f"{what} is refused in more lines than one, or in none")


def _or(kinds: Sequence[type]) -> str:
    return " or ".join(kind.__name__ for kind in kinds)


def tensor(t: object, shape: tuple[int, ...], what: str) -> None:
    """A float32 tensor of that shape, of finite numbers."""
    if not isinstance(t, Tensor):
        raise ConformanceError(f"{what} gives {type(t).__name__}, no tensor")
    want(t.dtype == torch.float32, f"{what} gives {t.dtype}, not torch.float32")
    want(tuple(t.shape) == shape, f"{what} gives the shape {tuple(t.shape)}, not {shape}")
    want(bool(t.isfinite().all()), f"{what} gives numbers that are not finite")


@contextmanager
def left_alone(what: str, **given: Tensor | None) -> Generator[None]:
    """What is done inside leaves its inputs as they are, draws from no global random numbers, and leaves torch's
    switches as it found them."""
    before = {name: value.clone() for name, value in given.items() if value is not None}
    seen = _globals()
    yield
    for name, value in before.items():
        after = given[name]
        is_same = after is not None and after.shape == value.shape and torch.equal(bits(after), bits(value))
        want(is_same, f"{what} changes its {name}")
    now = _globals()
    for library, a, b in zip(("torch", "numpy"), seen, now, strict=False):
        want(a == b, f"{what} draws from {library}'s global random numbers")
    want(seen[2:] == now[2:], f"{what} changes a global setting of torch")


def _globals() -> tuple[Any, ...]:
    numpys: Any = np.random.get_state(legacy=False)
    drawn = (torch.get_rng_state().numpy().tobytes(), str(numpys))
    return (*drawn, torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads())


def bits(t: Tensor) -> Tensor:
    """The bytes of a tensor, so that NaN is equal to itself."""
    return t.detach().cpu().contiguous().view(torch.uint8) if t.numel() and t.ndim else t.detach().cpu().nan_to_num()


def said(member: Any, words: Sequence[str] = ("name", "title")) -> None:
    """Names and titles say something, on one line."""
    for word in words:
        text = getattr(member, word, None)
        want(isinstance(text, str) and bool(text.strip()), f"{word} has to say something, and is {text!r}")
        want(str(text) == str(text).strip() and "\n" not in str(text), f"{word} is to be one line: {text!r}")
    want(bool((type(member).__doc__ or "").strip()), "its class has no docstring, which the reference prints")


def settings(config_type: object) -> None:
    """Settings are a `Config`: each is documented and within its own limits, is written and read back, and what is
    unknown or beyond its limits is refused."""
    if not isinstance(config_type, type) or not issubclass(config_type, Config):
        raise ConformanceError(f"config_type is {config_type!r}, no Config")
    made = config_type.make({})
    for name, one in config_type.model_fields.items():
        want(bool((one.description or "").strip()), f"the setting {name} does not say what it means")
    back = config_type.read(made.dump(), "the suite's copy")
    want(back == made, "settings are not the same when written and read back")
    with refused("a setting that it has not"):
        config_type.make({"no_such_setting": 1})
    for name, beyond in _beyond(config_type):
        with refused(f"the setting {name} = {beyond:g}, which is beyond its limits"):
            config_type.make({name: beyond})


def _beyond(config_type: type[Config]) -> Iterator[tuple[str, float]]:
    """A value beyond each limit that a setting has by what it says of itself."""
    for name, one in config_type.model_json_schema().get("properties", {}).items():
        parts: list[Mapping[str, Any]] = [one, *one.get("anyOf", [])]
        for part in parts:
            for limit, step in (("minimum", -1), ("exclusiveMinimum", 0), ("maximum", 1), ("exclusiveMaximum", 0)):
                if limit in part:
                    yield name, part[limit] + step


class Told(Progress):
    """Keeps count of what is reported."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, int | None]] = []
        self.done: list[int] = []

    @contextmanager
    def task(self, title: str, total: int | None) -> Generator[Callable[..., None], None, None]:
        at = len(self.tasks)
        self.tasks.append((title, total))
        self.done.append(0)

        def step(n: int = 1, note: str = "") -> None:
            self.done[at] += n

        yield step

    def say(self, text: str) -> None:
        return None

    def check(self, what: str) -> None:
        """Every task that was begun was told to its end, and no further."""
        for (title, total), done in zip(self.tasks, self.done, strict=True):
            want(bool(title.strip()), f"{what} reports something without a name")
            if total is not None:
                want(done == total, f"{what} reports {done} of {total} parts of {title!r}")
