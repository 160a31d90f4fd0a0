"""A small network that tells the true factors of a data set from its items: its features measure quality.

Figures such as the Fréchet distance are worth what their features are worth. Where every factor of a data set is
known, a classifier of all of them at once is a better judge of its pictures than one trained on photographs, and it
is small enough to be trained on the spot. It has one head a factor, and its features are what the heads see. Items that
are no pictures it sees as networks do: sounds as mel bands over time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks._common import Bench
from trasluz.base import rng
from trasluz.io.weights import digest, read_tensors, write_tensors
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import Judge
from trasluz.spaces.representation import Pixels

FEATURES, BATCH, LR = 96, 128, 2e-3
STEPS, HEARING_STEPS, QUICK_STEPS = 800, 300, 20
"""Of pictures, of items that are seen in another form than their own, and of quick runs."""
WIDTHS = (32, 64, 96, 128)
MOST_VALUES = 100
"""Values beyond which a column is no category."""
KIND = "factor classifier"
Seen = Callable[[np.ndarray], Tensor]
"""What a network is given of stored items, `(n, C, S, S)`."""


@final
class Network(nn.Module):
    """Four strided convolutions, `FEATURES` features, a linear head for each factor."""

    def __init__(self, channels: int, size: int, values: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((channels, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
            size = -(-size // 2)
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(WIDTHS[-1] * size * size, FEATURES), nn.SiLU())
        self.heads = nn.ModuleList(nn.Linear(FEATURES, n) for n in values)

    def forward(self, x: Tensor) -> list[Tensor]:
        features = self.trunk(x)
        return [head(features) for head in self.heads]


@final
@dataclass(frozen=True)
class FactorClassifier:
    """A trained classifier, and how far it can be trusted."""

    data: str
    factors: dict[str, list[str]]
    """The values of each factor, in the order of its head."""
    network: Network
    see: Seen
    accuracy: dict[str, float]
    """Of each factor, on the items of the test split that have a value of it."""
    items: dict[str, int]
    """How many those are."""

    @property
    def name(self) -> str:
        """What a figure says of its features."""
        return f"factor-classifier({self.data}, {len(self.factors)} heads, {FEATURES}-d)"

    @property
    def judge(self) -> Judge:
        """The same with the identity of its weights: figures in features of other ones compare with nothing."""
        return Judge(self.name, digest(self.network.state_dict(), "factor classifier"))

    @torch.inference_mode()
    def features(self, items: np.ndarray) -> Tensor:
        """Stored items, of pictures uint8 `(n, C, H, W)`, to features `(n, 96)`."""
        parts = [self.network.trunk(self.see(items[i : i + 256])) for i in range(0, len(items), 256)]
        return torch.cat(parts).clone()

    @torch.inference_mode()
    def read(self, items: np.ndarray) -> dict[str, list[str]]:
        """The value of each factor that stored items seem to have."""
        found: dict[str, list[str]] = {name: [] for name in self.factors}
        for i in range(0, len(items), 256):
            logits = self.network(self.see(items[i : i + 256]))
            for (name, values), part in zip(self.factors.items(), logits, strict=True):
                found[name] += [values[j] for j in part.argmax(1).tolist()]
        return found


def factor_classifier(bench: Bench, data: Dataset, seed: int = 0, times: int = 1) -> FactorClassifier:
    """The classifier of a data set and a seed: as trained before in this workspace, or now, on the train split; of so
    many times the usual steps."""
    factors, see = factors_of(data), seen_of(data)
    channels, size, _ = data.representation.native_shape
    steps = times * bench.pick(STEPS if see is _floats else HEARING_STEPS, QUICK_STEPS)
    network = _fresh(channels, size, factors, seed)
    told = [data.identity, factors, FEATURES, WIDTHS, BATCH, LR, steps, *([seed] if seed else [])]
    recipe = json.dumps(told, sort_keys=True)
    path = bench.workspace.root / "classifiers" / f"{digest({}, recipe)}.safetensors"
    held = data.split("test")
    items = {name: sum(v is not None for v in held.column(name)) for name in factors}
    if path.exists():
        state, meta = read_tensors(path, KIND)
        network.load_state_dict(state)
        return FactorClassifier(data.spec, factors, network.eval(), see, json.loads(meta["accuracy"]), items)
    _fit(bench, network, data.split("train"), see, factors, steps, seed)
    accuracy = _accuracy(network, held, see, factors, items)
    _keep(path, network, accuracy)
    return FactorClassifier(data.spec, factors, network, see, accuracy, items)


def seen_of(data: Dataset) -> Seen:
    """Of pictures their values in [0, 1], of any other kind its native form."""
    if data.kind.name == Pixels.kind:
        return _floats
    kind, representation = data.kind, data.representation
    return lambda items: representation.to_native(kind.public(items))


def _keep(path: Path, network: Network, accuracy: dict[str, float]) -> None:
    state = {k: v.contiguous() for k, v in network.state_dict().items()}
    write_tensors(path, state, KIND, {"accuracy": json.dumps(accuracy)})


def factors_of(data: Dataset) -> dict[str, list[str]]:
    """The columns that are categories, and their values."""
    names = [name for name in data.columns if data.typed(name).kind != "quantity"]
    found = {name: sorted({str(v) for v in data.column(name) if v is not None}) for name in names}
    return {name: values for name, values in found.items() if 2 <= len(values) <= MOST_VALUES}


def _fresh(channels: int, size: int, factors: dict[str, list[str]], seed: int) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(rng.derive(seed, "factor-classifier"))
        return Network(channels, size, [len(values) for values in factors.values()])


def _codes(data: Dataset, factors: dict[str, list[str]]) -> Tensor:
    """The place of each item's value in its factor's list, `(n, factors)`; -100, which no loss counts, for none."""
    columns: list[list[int]] = []
    for name, values in factors.items():
        place = {value: i for i, value in enumerate(values)}
        columns.append([-100 if v is None else place[str(v)] for v in data.column(name)])
    return torch.tensor(columns).T


def _fit(
    bench: Bench, network: Network, data: Dataset, see: Seen, factors: dict[str, list[str]], steps: int, seed: int
) -> None:
    rows_of = _rows_of(data, see)
    codes = _codes(data, factors)
    adam = torch.optim.AdamW(network.parameters(), lr=LR, weight_decay=1e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, LR, total_steps=steps)
    draw = rng.numpy_generator(seed, "factor-classifier-batches")
    network.train()
    with bench.progress.task(f"Training the factor classifier of {data.spec}", steps) as tick:
        for _ in range(steps):
            rows = draw.integers(len(data), size=BATCH)
            losses = [F.cross_entropy(logits, codes[rows, j]) for j, logits in enumerate(network(rows_of(rows)))]
            loss = torch.stack(losses).sum()
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
            rate.step()
            tick(1, note=f"loss {float(loss.detach()):.3g}")
    network.eval().requires_grad_(False)


def _rows_of(data: Dataset, see: Seen) -> Seen:
    """What is seen of the items at some places: where it is worked out and not copied, of all of them once."""
    if see is _floats:
        return lambda rows: see(data.stored(rows))
    whole = torch.cat([see(data.stored(slice(i, i + 256))) for i in range(0, len(data), 256)])
    return lambda rows: whole[torch.from_numpy(rows)]


@torch.inference_mode()
def _accuracy(
    network: Network, data: Dataset, see: Seen, factors: dict[str, list[str]], items: dict[str, int]
) -> dict[str, float]:
    codes = _codes(data, factors)
    right = torch.zeros(len(factors))
    for i in range(0, len(data), 256):
        for j, logits in enumerate(network(see(data.stored(slice(i, i + 256))))):
            right[j] += (logits.argmax(1) == codes[i : i + 256, j]).sum()
    return {name: round(float(right[j]) / max(1, items[name]), 4) for j, name in enumerate(factors)}


def _floats(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels)).float().div_(255)
