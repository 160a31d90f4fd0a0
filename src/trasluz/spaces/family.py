"""A kind of model that can be trained, saved and opened. One file in `families/`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.spaces.model import LatentModel
from trasluz.spaces.representation import Representation
from trasluz.spaces.trainable import Trainable


class Family(ABC):
    """Networks, objective, encode and decode of one kind of generative model."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[Config]]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]]
    """Named instances of the config: what each sets differently from the defaults."""
    second_stage: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Priors to fit on the codes after training, by space; the last one becomes the default."""

    def configure(self, preset: str, settings: Mapping[str, Any], representation: Representation) -> Config:
        """A config from a preset and settings, checked against the data it is for."""
        if preset not in self.presets:
            raise UnknownName(f"preset of {self.name}", preset, self.presets)
        config = self.config_type.make({**self.presets[preset], **settings})
        self.check(config, representation)
        return config

    def check(self, config: Config, representation: Representation) -> None:
        """Refuse data that this family cannot model."""
        if representation.kind != "image":
            raise InvalidArgument(f"the family {self.name} models pictures", got=representation.kind)

    @abstractmethod
    def steps(self, config: Config) -> int:
        """How many steps a run takes where nobody says."""

    @abstractmethod
    def batch_size(self, config: Config) -> int:
        """Items a step."""

    @abstractmethod
    def trainable(self, config: Config, representation: Representation) -> Trainable:
        """Networks and objective, ready for `init`."""

    @abstractmethod
    def open(self, config: Config, representation: Representation, state: Mapping[str, Tensor]) -> LatentModel:
        """A frozen model from the weights that `Trainable.weights` gave.

        Raises:
            DamagedFile: weights that do not fit the config.
        """
