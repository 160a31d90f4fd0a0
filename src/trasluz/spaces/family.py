"""A kind of model that can be trained, saved and opened. One file in `families/`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel
from trasluz.spaces.representation import Representation
from trasluz.spaces.trainable import Trainable

MOST_STEPS = 10**9 - 1
"""Checkpoints are named by nine digits."""


MOST_CHANNELS = 2048


class FamilyConfig(Config):
    """What every family's run has: the pictures' form, the batch, the length."""

    size: int | None = setting(None, "Height and width of the pictures; the data's own if not given.", unit="pixels")
    channels: Literal[1, 3] | None = setting(None, "Grey (1) or RGB (3); the data's own if not given.")
    batch: int = setting(128, "Items per step.", unit="items", ge=1)
    steps: int = setting(2500, "Steps of a run by default.", unit="steps", ge=1, le=MOST_STEPS)
    compute: Literal["auto", "float32", "bfloat16"] = setting(
        "auto", "Precision of training; auto is bfloat16 where the processor multiplies it in hardware."
    )


class Family(ABC):
    """Networks, objective, encode and decode of one kind of generative model."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[FamilyConfig]]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]]
    """Named instances of the config: what each sets differently from the defaults."""
    sizes: ClassVar[tuple[int, int]] = (8, 256)
    """Smallest and largest height and width of its pictures."""
    least_items: ClassVar[int] = 200
    """Fewer training items than this are learned by heart, not learned from; refused unless forced."""
    space_names: ClassVar[tuple[str, ...]] = ()
    """The spaces of its models, to be listed without opening one; empty where only an open model can say."""
    second_stage: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Priors to fit on the codes after training, by space; the last one becomes the default."""

    curves: ClassVar[Mapping[str, tuple[str, ...]]] = {"Loss": ("loss",)}
    """Figures of a run that a person should watch, by the title of the panel they are drawn in (`curves.png`)."""

    def configure(self, preset: str, settings: Mapping[str, Any], representation: Representation) -> FamilyConfig:
        """A config from a preset and settings, checked against the data it is for.

        What a setting leaves to the data ("auto") is decided here, so that the config written says what was done.
        """
        if preset not in self.presets:
            raise UnknownName(f"preset of {self.name}", preset, self.presets)
        form = dict(zip(("channels", "size"), representation.native_shape, strict=False))
        config = self.config_type.make({**self.presets[preset], **settings, **form})
        self.check(config, representation)
        return config

    def check(self, config: FamilyConfig, representation: Representation) -> None:
        """Refuse data that this family cannot model."""
        native, (low, high) = representation.native_shape, self.sizes
        if len(native) != 3 or native[0] not in (1, 3) or native[1] != native[2]:
            raise InvalidArgument(
                f"the {representation.of.many} come to networks in a form that the family {self.name} cannot model",
                got=native, allowed="(1 or 3, S, S)",
            )  # fmt: skip
        if not low <= native[1] <= high:
            raise InvalidArgument(f"this family models sizes of {low} to {high} pixels", got=f"{native[1]} pixels")
        widths = config.dump().get("widths", [1])
        if not widths or min(widths) < 1 or max(widths) > MOST_CHANNELS:
            raise InvalidArgument(f"widths are one to some channel counts between 1 and {MOST_CHANNELS}", got=widths)

    def from_data(self, config: FamilyConfig, data: Dataset) -> Mapping[str, Any]:
        """Settings that only the training items can say, such as the classes of a column; taken in by `configure`."""
        return {}

    def labels(self, config: FamilyConfig, data: Dataset) -> np.ndarray | None:
        """Classes of all items, `(n,)` int64, for `batch["y"]`; None where the family reads none."""
        return None

    def adopt(self, config: FamilyConfig, model: LatentModel) -> tuple[FamilyConfig, Mapping[str, Tensor]]:
        """Settings and weights that begin with another model's autoencoder and leave it as it is.

        The weights go to `Trainable.start_from`.

        Raises:
            InvalidArgument: this family has no autoencoder, or that model has none of its kind.
        """
        raise InvalidArgument(f"the family {self.name} has no autoencoder to take over", next="Leave out --autoencoder")

    def check_unbegun(self, config: FamilyConfig) -> None:
        """Refuse settings of a run that has to begin with another model, where it does not.

        Raises:
            InvalidArgument: these settings need a model to begin with.
        """
        return

    def remarks(self, config: FamilyConfig, given: Collection[str]) -> Sequence[str]:
        """What to say of a run before it begins, such as that some of the settings that were given do nothing."""
        return ()

    def prior_settings(self, config: FamilyConfig, prior: str) -> Mapping[str, Any] | None:
        """Settings of a prior of the second stage; None leaves that prior out."""
        return {}

    @abstractmethod
    def trainable(self, config: FamilyConfig, representation: Representation, items: int) -> Trainable:
        """Networks and objective for a data set of `items`, ready for `init`."""

    @abstractmethod
    def open(self, config: FamilyConfig, representation: Representation, state: Mapping[str, Tensor]) -> LatentModel:
        """A frozen model from the weights that `Trainable.weights` gave.

        Raises:
            DamagedFile: weights that do not fit the config.
        """
