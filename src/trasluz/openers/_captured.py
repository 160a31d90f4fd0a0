"""What a callable of somebody else's computes with: its modules, its tensors, its code."""

from __future__ import annotations

import functools
import hashlib
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.io.weights import check_shapes
from trasluz.spaces.model import freeze

_PLAIN = (str, int, float, complex, bool, bytes, type(None))
_WEIGHTS = (torch.nn.Module, Tensor, np.ndarray)


@final
class Captured:
    """Modules and tensors by name, and a hash of the code around them."""

    def __init__(self) -> None:
        self.modules: dict[str, torch.nn.Module] = {}
        self.tensors: dict[str, Tensor] = {}
        self.code = ""
        self._text: list[str] = []
        self._seen: set[int] = set()
        self._kept: list[Any] = []
        """Keeps what was seen alive while looking, so that no number is used twice."""

    def state(self) -> dict[str, Tensor]:
        """All weights by name."""
        out = dict(self.tensors)
        for path, module in self.modules.items():
            values = module.state_dict(prefix=f"{path}.")
            out |= {k: v for k, v in values.items() if isinstance(v, Tensor)}
        return out

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next((t.device for t in self.state().values()), torch.device("cpu"))

    def to(self, device: torch.device) -> None:
        """Move the modules, in place. Loose tensors cannot be moved under a function's feet."""
        stuck = [name for name, t in self.tensors.items() if t.device.type != device.type]
        if stuck:
            raise InvalidArgument(
                f"the wrapped function holds the tensor {stuck[0]!r} on {self.tensors[stuck[0]].device}",
                got=f"to({str(device)!r})",
                next="Wrap a torch.nn.Module that has it as a buffer, which can be moved",
            )
        for module in self.modules.values():
            module.to(device)

    def load(self, state: Mapping[str, Tensor], where: str) -> None:
        """Put weights in the place of those that are there, by name, in place.

        Raises:
            DamagedFile: a name is missing or too many, or a shape differs.
        """
        mine = self.state()
        kept = {k: v.float() if k in mine and mine[k].dtype == torch.float32 else v for k, v in state.items()}
        check_shapes(kept, mine, where)
        with torch.no_grad():
            for name, tensor in mine.items():
                tensor.copy_(kept[name])

    def look_into(self, thing: Any, path: str, home: str | None = None) -> None:
        """Note what `thing` is. `home` is the module whose functions count as part of the code."""
        if id(thing) in self._seen:
            return
        if not isinstance(thing, _PLAIN):
            self._seen.add(id(thing))
            self._kept.append(thing)
        if isinstance(thing, torch.nn.Module):
            self.modules[path] = freeze(thing)
            self._text += [f"{path}.{k}:{_name(type(m))}({m.extra_repr()})" for k, m in thing.named_modules()]
        elif isinstance(thing, Tensor):
            self.tensors[path] = thing.detach()
        elif isinstance(thing, np.ndarray) and thing.dtype != object:
            self.tensors[path] = torch.from_numpy(thing)
        elif isinstance(thing, functools.partial):
            self.look_into(thing.func, f"{path}.func", home)
            self._look_into_all({str(i): a for i, a in enumerate(thing.args)} | thing.keywords, path, home)
        elif isinstance(thing, types.MethodType):
            self.look_into(thing.__func__, path, home)
            self.look_into(thing.__self__, f"{path}.self", home)
        elif isinstance(thing, types.FunctionType):
            self._function(thing, path, home)
        elif isinstance(thing, _PLAIN):
            self._text.append(f"{path}={thing!r}")
        elif isinstance(thing, (tuple, list)):
            self._look_into_all({str(i): a for i, a in enumerate(thing)}, path, home)
        elif isinstance(thing, dict):
            self._look_into_all({str(k): v for k, v in thing.items()}, path, home)
        elif isinstance(thing, type):
            self._text.append(f"{path}:{_name(thing)}")
        elif not isinstance(thing, (types.ModuleType, types.BuiltinFunctionType)):
            self._object(thing, path, home)

    def _look_into_all(self, things: Mapping[str, Any], path: str, home: str | None) -> None:
        for key in sorted(things):
            self.look_into(things[key], f"{path}.{key}", home)

    def _object(self, thing: Any, path: str, home: str | None) -> None:
        """An instance: what it computes with, not its counters and caches, which would change its identity."""
        self._text.append(f"{path}:{_name(type(thing))}")
        called = type(thing).__dict__.get("__call__")
        if isinstance(called, types.FunctionType):
            self._function(called, f"{path}.call", home)
        held = {k: v for k, v in getattr(thing, "__dict__", {}).items() if isinstance(v, _WEIGHTS)}
        self._look_into_all(held, path, home)

    def _function(self, function: types.FunctionType, path: str, home: str | None) -> None:
        if home is not None and function.__module__ != home:
            self._text.append(f"{path}:{function.__module__}.{function.__qualname__}")
            return
        self._text.append(f"{path}:{function.__module__}.{function.__qualname__}:{_code(function.__code__)}")
        used: dict[str, Any] = {}
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                used[name] = cell.cell_contents
            except ValueError:  # not assigned yet
                continue
        named = set(_names(function.__code__))
        used |= {k: v for k, v in function.__globals__.items() if k in named}
        used |= {f"default{i}": v for i, v in enumerate(function.__defaults__ or ())}
        used |= function.__kwdefaults__ or {}
        self._look_into_all(used, path, function.__module__)

    def close(self, code: bool) -> Captured:
        """Settle the hash; without `code`, of nothing."""
        text = "\n".join(self._text) if code else ""
        self._kept.clear()
        self.code = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        return self


def capture(
    callables: Mapping[str, Callable[..., Any]], weights: Mapping[str, Tensor] | torch.nn.Module | None, *, code: bool
) -> Captured:
    """Look into all callables; `weights`, where given, replace the weights that were found."""
    held = Captured()
    for name in sorted(callables):
        held.look_into(callables[name], name)
    if weights is not None:
        held.modules, held.tensors = {}, {}
        if isinstance(weights, torch.nn.Module):
            held.modules["weights"] = freeze(weights)
        else:
            held.tensors = {k: v.detach() for k, v in weights.items()}
    return held.close(code)


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _names(const)


def _code(code: types.CodeType) -> str:
    """Instructions, constants and names: not where it is written, nor when."""
    consts = [
        _code(c) if isinstance(c, types.CodeType) else repr(sorted(map(repr, c)) if isinstance(c, frozenset) else c)
        for c in code.co_consts
    ]
    return f"{code.co_code.hex()}|{';'.join(consts)}|{','.join(code.co_names)}"
