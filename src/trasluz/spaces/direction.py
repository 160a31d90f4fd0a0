"""A direction in a latent space: which way, by which unit, found how, and what it was measured to change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile
from trasluz.spaces.effects import Effects, Verdict, doubt_of, told_of, verdict_of

VERSION = 1


@final
@dataclass(frozen=True)
class Aim:
    """Where a value lies in the few dimensions that a column takes up, and how to read off where an item lies there.

    Moving by strength s goes the share s of the way from the item's own place to the goal: a black-haired and a
    brown-haired face each take their own way to blond.
    """

    basis: Tensor
    """`(k, *shape)`, orthonormal rows: the dimensions of the column."""
    reading: Tensor
    """`(k, *shape)`: functionals, `a(z) = reading · z - offset`, with `reading · basisᵀ = I`."""
    offset: Tensor
    """`(k,)`."""
    goal: Tensor
    """`(k,)`: the place of the value wanted."""


@final
@dataclass(frozen=True, eq=False)
class Direction:
    """A vector in a named space of one model, with its unit."""

    name: str
    model: str
    model_identity: str
    space: str
    vector: Tensor
    """`shape`, of length 1, float32."""
    sigma: float
    """The unit of a step: the standard deviation of the latents along the vector."""
    method: str
    seed: int = 0
    target: str | None = None
    """`COLUMN=VALUE`, or the column of a quantity; None where it was found without labels."""
    against: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    data: str = ""
    """What it was found on."""
    items: int = 0
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the method has to say of it."""
    aim: Aim | None = None
    measured: Effects | None = None
    """What it was measured to change, or None where nobody has measured yet."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one latent."""
        return tuple(self.vector.shape)

    @property
    def usual(self) -> float:
        """The strength to use where nobody says which: the one that was chosen when it was measured; else to the goal
        where there is an aim, and two sigma where there is none."""
        if self.measured is not None and self.measured.chosen:
            return self.measured.usual
        return 1.0 if self.aim is not None else 2.0

    @property
    def unit(self) -> str:
        """What strength 1 means."""
        return "the way to the target" if self.aim is not None else "σ"

    @property
    def verdict(self) -> Verdict:
        """What it is worth, as a code."""
        return verdict_of(None, self.target, self.details) if self.measured is None else self.measured.verdict

    @property
    def learned(self) -> bool | None:
        """Whether the method tells its target on items that it has not seen, beyond chance; None where that was not
        tested, or there is no target."""
        found = self.details.get("learned")
        return found if isinstance(found, bool) else None

    @property
    def p(self) -> float | None:
        """How often chance alone tells it as well; None where that was not tested."""
        found = self.details.get("p")
        return float(found) if isinstance(found, (int, float)) else None

    @property
    def p_corrected(self) -> float | None:
        """The same, corrected for all that was searched at once, which `learned` goes by; None where that was one."""
        found = self.details.get("p_corrected")
        return float(found) if isinstance(found, (int, float)) else None

    @property
    def told(self) -> str:
        """Whether anything was learned, in words; nothing where there was nothing to learn."""
        return told_of(self.target, self.details)

    @property
    def changes(self) -> str:
        """What it changes, in a sentence; where that was not measured, whether anything was learned."""
        if self.measured is not None:
            return self.measured.sentence
        return "; ".join(filter(None, ["not measured", self.told, doubt_of(self.details)]))

    @property
    def warning(self) -> str | None:
        """That nothing was learned, for whoever is about to use it."""
        return f"{self.name}: nothing was learned: {self.told}" if self.learned is False and self.told else None

    def renamed(self, name: str) -> Direction:
        return replace(self, name=name)

    def at(self, strength: float) -> str:
        """A strength in words: `2σ`, `the target's place`, `75% of the way`."""
        if self.aim is None:
            return f"{strength:g}σ"
        return "the target's place" if strength == 1 else f"{strength:.0%} of the way to the target"

    def with_measured(self, measured: Effects) -> Direction:
        return replace(self, measured=measured)

    def about(self) -> dict[str, Any]:
        """What its file says, but for the numbers."""
        said = {key: value for key, value in self.dump().items() if key not in ("vector", "aim", "version")}
        return {**said, "learned": self.learned, "p": self.p, "p_corrected": self.p_corrected}

    def dump(self) -> dict[str, Any]:
        """As JSON values; float32 numbers keep their bits."""
        aim = None
        if self.aim is not None:
            parts = {"basis": self.aim.basis, "reading": self.aim.reading}
            parts |= {"offset": self.aim.offset, "goal": self.aim.goal}
            aim = {name: _numbers(part) for name, part in parts.items()}
        return {
            "version": VERSION,
            "name": self.name,
            "model": self.model,
            "model_identity": self.model_identity,
            "space": self.space,
            "shape": list(self.shape),
            "vector": _numbers(self.vector),
            "sigma": self.sigma,
            "method": self.method,
            "seed": self.seed,
            "target": self.target,
            "against": list(self.against),
            "settings": dict(self.settings),
            "data": self.data,
            "items": self.items,
            "details": dict(self.details),
            "aim": aim,
            "measured": None if self.measured is None else self.measured.dump(),
        }

    @classmethod
    def read(cls, values: Mapping[str, Any], where: str) -> Direction:
        """From what `dump` gave.

        Raises:
            DamagedFile: of another version, with a field missing or unknown, or with numbers that are none.
            VersionMismatch: what it was measured to do is of another version.
        """
        wanted = set(cls("", "", "", "", torch.zeros(1), 1.0, "").dump())
        if values.get("version") != VERSION or set(values) != wanted:
            raise DamagedFile(f"{where} is damaged, or of another version", got=sorted(set(values) ^ wanted))
        try:
            shape = tuple(int(side) for side in values["shape"])
            vector = torch.tensor(values["vector"], dtype=torch.float32).reshape(shape)
            aim = None if values["aim"] is None else _read_aim(values["aim"], shape)
            sigma = float(values["sigma"])
        except (TypeError, ValueError, KeyError, RuntimeError) as error:
            raise DamagedFile(f"{where} is damaged: its vector is not a list of numbers") from error
        finite = bool(torch.isfinite(vector).all()) and math.isfinite(sigma)
        texts = all(isinstance(values[key], str) for key in ("name", "model", "model_identity", "space", "method"))
        if not finite or not texts or not bool(vector.any()):
            raise DamagedFile(f"{where} is damaged: it holds numbers that are not finite, or none at all")
        plain = {key: values[key] for key in ("name", "model", "model_identity", "space", "method", "seed", "target")}
        rest = {key: values[key] for key in ("settings", "data", "items", "details")}
        if not isinstance(values["details"], Mapping) or not isinstance(values["target"], (str, NoneType)):
            raise DamagedFile(f"{where} is damaged: its target or its details are not valid")
        measured = None
        if values["measured"] is not None:
            told = f"the effects in {where}"
            measured = Effects.read(values["measured"], values["target"], rest["details"], told)
        against = tuple(values["against"])
        return cls(vector=vector, sigma=sigma, aim=aim, against=against, measured=measured, **plain, **rest)


def _numbers(values: Tensor) -> list[float]:
    """Flattened; a float32 as a Python float has a text that reads back to the same bits."""
    return [float(v) for v in values.flatten()]


def _read_aim(values: Mapping[str, Any], shape: tuple[int, ...]) -> Aim:
    goal = torch.tensor(values["goal"], dtype=torch.float32)
    basis, reading = (
        torch.tensor(values[key], dtype=torch.float32).reshape(len(goal), *shape) for key in ("basis", "reading")
    )
    offset = torch.tensor(values["offset"], dtype=torch.float32).reshape(len(goal))
    aim = Aim(basis, reading, offset, goal)
    if not all(bool(torch.isfinite(part).all()) for part in (aim.basis, aim.reading, aim.offset, aim.goal)):
        raise ValueError("not finite")
    return aim
