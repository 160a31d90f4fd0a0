"""A model that Trasluz trained: a folder with `config.json`, `model.safetensors` and `priors/`."""

from __future__ import annotations

import math
import os
from pathlib import Path
from shlex import quote
from typing import final

import torch

from trasluz.base.errors import DamagedFile, IdentityMismatch
from trasluz.io.atomic import disk_errors, new_folder
from trasluz.io.names import shown
from trasluz.io.plain import has_plain, stamp
from trasluz.io.weights import half as halved
from trasluz.io.weights import read_header, read_tensors, single, write_tensors
from trasluz.openers._files import copy, rebind
from trasluz.spaces.model import LatentModel, identify
from trasluz.spaces.model_folder import CARD, CONFIG, PRIORS, TRAINING, WEIGHTS, attach_priors, read_config
from trasluz.spaces.opener import Allow, ModelFacts, Opener, Stamp


@final
class Native(Opener):
    """A model that Trasluz trained."""

    name = "native"
    title = "A model of Trasluz"
    looks_for = CONFIG

    def recognises(self, folder: Path) -> bool:
        return has_plain(folder, CONFIG)

    def stamp(self, folder: Path) -> Stamp:
        return stamp(folder / CONFIG, folder / WEIGHTS)

    def describe(self, folder: Path) -> ModelFacts:
        family, config, representation, about = read_config(folder)
        facts = {
            "family": family.name,
            "title": family.title,
            "data": about["trained_on"],
            "representation": representation.dump(),
            "spaces": dict.fromkeys(family.space_names),
            "config": config.dump(),
        }
        state = "ready" if os.path.lexists(folder / WEIGHTS) else "no weights yet"
        has_card = os.path.lexists(folder / CARD)  # it is written last
        finished = has_card or not os.path.lexists(folder / TRAINING)
        if os.path.lexists(folder / "checkpoints") and not has_card:
            state, finished = "in training, or stopped in it", False
        elif state == "ready" and not finished:
            state = "half trained, and handed over without what it would go on from"
        try:
            header = read_header(folder / WEIGHTS)
        except DamagedFile as error:
            return ModelFacts(**facts, state=str(error) if state == "ready" else state, finished=finished)
        return ModelFacts(
            **facts,
            state=state,
            finished=finished,
            parameters=sum(math.prod(entry.shape) for entry in header.entries),
            bytes=header.data + max((entry.end for entry in header.entries), default=0),
            identity=(header.metadata or {}).get("identity"),
        )

    def open(self, folder: Path, device: torch.device, allow: Allow) -> LatentModel:
        family, config, representation, about = read_config(folder)
        if not os.path.lexists(folder / WEIGHTS):
            name = shown(folder.name)
            raise DamagedFile(
                f"the model {name} has no weights yet",
                next=f"Its training was stopped early: trasluz train {family.name} --name {quote(name)} --resume",
            )
        state, meta = read_tensors(folder / WEIGHTS, "model")
        state = single(state)
        if identify(family.name, representation, config, state) != meta.get("identity"):
            raise IdentityMismatch(
                f"the weights and the settings in {folder} do not belong together",
                next=f"{CONFIG} or {WEIGHTS} was changed or exchanged; take both from one copy",
            )
        opened = family.open(config, representation, state)
        opened.name, opened.trained_on = shown(folder.name), about["trained_on"]
        for space in opened.spaces.values():
            attach_priors(opened, space, folder / PRIORS, family.second_stage.get(space.name, ()))
        return opened.to(device)

    def export(self, folder: Path, target: Path, half: bool) -> None:
        with new_folder(target) as temporary, disk_errors(target):
            copy(folder, temporary, (CONFIG, WEIGHTS))
            if half:
                _halve(temporary)


def _halve(folder: Path) -> None:
    """Round the weights of a model, and bind its priors to what it is then."""
    family, config, representation, _ = read_config(folder)
    state = halved(read_tensors(folder / WEIGHTS, "model")[0])
    identity = identify(family.name, representation, config, single(state))
    rebind(folder, identity)
    write_tensors(folder / WEIGHTS, state, "model", {"identity": identity})
