"""A wrapped model on disk: `wrapped.json`, `model.safetensors`, `priors/`, and the file of code that builds it.

The file is read once; the bytes whose hash was checked are the bytes that are run, as a module of their own, by
Python's machinery of imports. Its folder does not come onto the path of imports, and nothing is written beside it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.abc import ExecutionLoader
from importlib.util import decode_source, module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any, final

from trasluz.base.bounds import CODE_FILE
from trasluz.base.errors import DamagedFile, IdentityMismatch, InvalidArgument, TrasluzError
from trasluz.io.atomic import read_json, write_bytes, write_sealed
from trasluz.io.names import check_file_name, shown
from trasluz.io.plain import read_plain
from trasluz.io.weights import half as halved
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.openers._files import rebind
from trasluz.spaces import registry
from trasluz.spaces.model import LatentModel, identify
from trasluz.spaces.model_folder import write_prior
from trasluz.spaces.opener import SpaceFacts
from trasluz.spaces.representation import Representation, read_representation

ABOUT, WEIGHTS = "wrapped.json", "model.safetensors"
FORMAT, VERSION = "trasluz-wrapped", 1
_FIELDS = {"format", "version", "file", "function", "hash", "code", "said", "space", "representation", "trained_on"}
_TAKES = ("decode", "shape", "encode", "posterior", "prior", "representation", "value_range", "differentiable", "batch",
          "weights", "first_affine")  # fmt: skip
"""What `build()` may return; the rest is kept with the model."""


@final
@dataclass(frozen=True)
class Recipe:
    """The file of code that builds a model, about to be kept."""

    file: str
    function: str
    text: bytes

    @property
    def hash(self) -> str:
        return hash_of(self.text)

    @classmethod
    def of(cls, given: str | os.PathLike[str]) -> Recipe:
        """From `FILE.py` or `FILE.py:FUNCTION`."""
        text = os.fspath(given)
        path, colon, function = text.rpartition(":")
        if not colon or not path.lower().endswith(".py"):
            path, function = text, "build"
        found = Path(path).expanduser()
        if found.suffix.lower() != ".py" or not function.isidentifier() or not found.is_file():
            raise InvalidArgument(
                "build is a Python file that is there", got=repr(text), allowed="FILE.py or FILE.py:FUNCTION",
                next="It holds a function build() that returns what wrap takes: {'decode': net, 'shape': (100,)}",
            )  # fmt: skip
        check_file_name(found.name, "file")
        return cls(
            found.name, function, read_plain(found.resolve().parent, found.resolve().name, "the file", limit=CODE_FILE)
        )


@final
@dataclass(frozen=True)
class About:
    """What `wrapped.json` says."""

    file: str
    function: str
    hash: str
    code: str
    """What stands for the code in the identity."""
    said: Mapping[str, Any]
    """The settings that the identity counts."""
    space: SpaceFacts
    representation: Representation
    trained_on: str | None


def hash_of(text: bytes) -> str:
    return "c-" + hashlib.blake2b(text, digest_size=16).hexdigest()


def write(folder: Path, model: LatentModel, recipe: Recipe, space: SpaceFacts) -> None:
    """Write a model and the file that builds it into a folder that is being made."""
    said = model.dump()
    write_bytes(folder / recipe.file, recipe.text)
    write_sealed(
        folder / ABOUT,
        {
            "format": FORMAT,
            "version": VERSION,
            "file": recipe.file,
            "function": recipe.function,
            "hash": recipe.hash,
            "code": said["code"],
            "said": said,
            "space": asdict(space),
            "representation": model.representation.dump(),
            "trained_on": model.trained_on,
        },
    )
    write_tensors(folder / WEIGHTS, model.state(), "model", {"identity": model.identity})
    for prior in model.space().priors.values():
        if prior.method in registry.names("priors") and prior.method != "normal":
            write_prior(folder, model, "z", prior)


def read(folder: Path) -> About:
    """What `wrapped.json` says, checked."""
    path = folder / ABOUT
    about = read_json(path, "what is said of the wrapped model", versions=VERSION, next="save it again")
    if about.get("format") != FORMAT:
        raise DamagedFile(f"{path} is not of a wrapped model")
    texts = ("file", "function", "hash", "code")
    if (
        set(about) != _FIELDS
        or not all(isinstance(about[key], str) for key in texts)
        or not all(isinstance(about[key], dict) for key in ("said", "space", "representation"))
        or not isinstance(about["trained_on"], str | None)
    ):
        raise DamagedFile(
            f"{path} does not have the fields of a wrapped model", got=sorted(about), allowed=sorted(_FIELDS)
        )
    try:
        check_file_name(about["file"], "file")
        space = _space(about["space"])
    except (KeyError, TypeError, ValueError, TrasluzError) as error:
        raise DamagedFile(f"{path} is damaged: {error}") from None
    if about["file"] in (ABOUT, WEIGHTS):
        raise DamagedFile(f"{path} names no file of code", got=about["file"])
    return About(
        about["file"], about["function"], about["hash"], about["code"], about["said"], space,
        read_representation(about["representation"], str(path)), about["trained_on"],
    )  # fmt: skip


def _space(said: Mapping[str, Any]) -> SpaceFacts:
    default = said["default_prior"]
    return SpaceFacts(
        tuple(int(d) for d in said["shape"]), str(said["kind"]), bool(said["encodes"]), bool(said["differentiable"]),
        tuple(str(name) for name in said["priors"]), None if default is None else str(default),
    )  # fmt: skip


def source(folder: Path, about: About) -> bytes:
    """The file of code, whole and as it was saved. It is not run.

    Raises:
        DamagedFile: it is gone.
        IdentityMismatch: it is another one by now.
    """
    text = read_plain(folder, about.file, f"the file that builds the model {shown(folder.name)}", limit=CODE_FILE)
    if hash_of(text) != about.hash:
        raise IdentityMismatch(
            f"{folder / about.file}, which builds the model, was changed since the model was saved",
            got=hash_of(text), allowed=about.hash, next="Restore the file, or save the model again",
        )  # fmt: skip
    return text


def built(folder: Path, about: About) -> dict[str, Any]:
    """Run the file of code, and give what its function returns: what `wrap` takes."""
    where = folder / about.file
    module = _imported(where, source(folder, about), about.hash)
    function = vars(module).get(about.function)
    if not callable(function):
        raise InvalidArgument(
            f"{where} has no function {about.function}()", next="Save the model with build=FILE.py:NAME"
        )
    given = _run(where, function)
    if not isinstance(given, Mapping) or not {"decode", "shape"} <= set(given) <= set(_TAKES):
        raise InvalidArgument(
            f"{about.function}() in {where} does not return what wrap takes",
            got=sorted(map(str, given)) if isinstance(given, Mapping) else type(given).__name__,
            allowed=f"a dictionary with decode, shape and, where there is, {', '.join(_TAKES[2:])}",
        )
    return dict(given)


def halve(folder: Path, about: About, family: str) -> None:
    """Round the weights, and say what the model is then."""
    before, _ = read_tensors(folder / WEIGHTS, "model")
    state = halved(before)
    rounded = {name: value.to(before[name].dtype) for name, value in state.items()}
    identity = identify(family, about.representation, about.said, rounded)
    rebind(folder, identity)
    write_tensors(folder / WEIGHTS, state, "model", {"identity": identity})


@final
class _Given(ExecutionLoader):
    """Imports a module from bytes that were read already."""

    def __init__(self, path: Path, text: bytes) -> None:
        self._path, self._text = path, text

    def get_filename(self, fullname: str) -> str:
        return str(self._path)

    def get_source(self, fullname: str) -> str:
        return decode_source(self._text)


def _imported(path: Path, text: bytes, hash: str) -> Any:
    """The file as a module. It is known by its hash, so that what it defines has the same names wherever it lies."""
    name = f"trasluz_build_{hash.removeprefix('c-')}"
    spec = spec_from_loader(name, _Given(path, text))
    if spec is None or spec.loader is None:
        raise DamagedFile(f"{path} cannot be imported")
    module = module_from_spec(spec)
    sys.modules[name] = module  # data classes look for their module there
    try:
        _run(path, spec.loader.exec_module, module)
    except TrasluzError:
        sys.modules.pop(name, None)
        raise
    return module


def _run(path: Path, work: Any, *given: Any) -> Any:
    try:
        return work(*given)
    except TrasluzError:
        raise
    except Exception as error:
        raise InvalidArgument(
            f"{path} fails when it is run: {type(error).__name__}: {error}", next="Fix it, and save the model again"
        ) from error
