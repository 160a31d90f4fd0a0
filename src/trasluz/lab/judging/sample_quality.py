"""How good, varied and new samples are together, beside as many real items that are in no way special."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, final

import numpy as np
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.query import matching
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import DataLike
from trasluz.lab.judging.compared import BATCH, MEASURED, TRAINING, blocks, centred, read, whole_of
from trasluz.lab.judging.reader import features_for, is_pixels
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import Figure, Judge
from trasluz.spaces.methods import MetricEvidence
from trasluz.spaces.model import LatentModel

FEWEST = 6
"""Items for precision and coverage, whose balls reach to the fifth neighbour."""


NUMBERS = (
    "vendi", "vendi_real", "precision", "precision_real", "coverage", "coverage_real", "near_copies",
    "near_copies_real", "distance",
)  # fmt: skip
QUALITY_VERSION = 2
"""Of the JSON that `Quality.figures` gives."""


@final
@dataclass(frozen=True)
class Quality:
    """Figures of samples, beside those of as many real items that are in no way special."""

    judge: Judge
    """What the figures are made in, less its mean over the training items: one, whose other seeds give others."""
    samples: int
    real: int
    """Items that precision and coverage are measured against."""
    peers: int
    """Real items that are measured in the samples' place, for comparison; 0 where there are none. They are held out, or
    for pixels, which nobody trains, training items."""
    measured: Mapping[str, Figure]
    """`vendi`, `precision`, `recall`, `density`, `coverage`, `near_copies`, `off_data` and `distance`, those that there
    are, each with what real items give."""

    @property
    def features(self) -> str:
        """The judge in words."""
        return self.judge.name

    @property
    def vendi(self) -> float:
        """Effective number of different samples (Friedman & Dieng 2023)."""
        return self.measured["vendi"].value

    @property
    def vendi_real(self) -> float | None:
        return self._real("vendi")

    @property
    def precision(self) -> float | None:
        """Share of the samples that lie where real items do (Kynkäänniemi et al. 2019)."""
        return self._value("precision")

    @property
    def precision_real(self) -> float | None:
        return self._real("precision")

    @property
    def coverage(self) -> float | None:
        """Share of the real items that have a sample near (Naeem et al. 2020)."""
        return self._value("coverage")

    @property
    def coverage_real(self) -> float | None:
        return self._real("coverage")

    @property
    def near_copies(self) -> float | None:
        """Share of the samples nearer to a training item than all but 1 in 20 held-out items are."""
        return self._value("near_copies")

    @property
    def near_copies_real(self) -> float | None:
        """What unseen items give."""
        return self._real("near_copies")

    @property
    def distance(self) -> float | None:
        """Median distance to the nearest training item, over that of held-out items."""
        return self._value("distance")

    @property
    def off_data(self) -> float | None:
        """Share of the samples farther from every training item than all but 1 in 20 held-out items are."""
        return self._value("off_data")

    def _value(self, name: str) -> float | None:
        return self.measured[name].value if name in self.measured else None

    def _real(self, name: str) -> float | None:
        return self.measured[name].real if name in self.measured else None

    def figures(self) -> dict[str, Any]:
        """As JSON values: the numbers by name, and each as a `Figure` in `measured`."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        head = {
            "features": self.features,
            "judge": asdict(self.judge),
            "samples": self.samples,
            "real": self.real,
            "peers": self.peers,
        }
        whole = {name: figure.dump() for name, figure in self.measured.items()}
        return {**head, **numbers, "version": QUALITY_VERSION, "measured": whole}

    def table(self) -> list[tuple[str, str, str, str, str]]:
        """What is measured: of the samples, with 95 % interval and n, and of as many real items."""
        rows = [
            ("Vendi score (effective number)", self.vendi, self.vendi_real, "{:.1f}"),
            ("precision", self.precision, self.precision_real, "{:.2f}"),
            ("coverage", self.coverage, self.coverage_real, "{:.2f}"),
            ("near copies of training items", self.near_copies, self.near_copies_real, "{:.2f}"),
            ("off the data, farther than they", self.off_data, self._real("off_data"), "{:.2f}"),
            ("distance to the nearest of them", self.distance, None if self.distance is None else 1.0, "{:.2f}"),
        ]
        keys = ("vendi", "precision", "coverage", "near_copies", "off_data", "distance")
        return [
            (name, _said(form, ours), *self._sure(key, form), _said(form, real))
            for key, (name, ours, real, form) in zip(keys, rows, strict=True)
        ]

    def _sure(self, name: str, form: str) -> tuple[str, str]:
        """The interval of a figure, and of how many items it is."""
        found = self.measured.get(name)
        if found is None:
            return _said(form, None), "0"
        ends = found.interval
        return "not known" if ends is None else " to ".join(form.format(end) for end in ends), f"{found.n:,}"


def measured(
    model: LatentModel,
    items: Tensor,
    data: DataLike,
    *,
    atlas: Atlas | None = None,
    chosen: np.ndarray | None = None,
    condition: str | None = None,
    workspace: Workspace,
    progress: Progress = SILENT,
) -> Quality:
    """Figures of samples `(n, C, H, W)` against real items.

    Args:
        data: What to compare with: training and held-out items.
        atlas: Whose items precision and coverage are measured against; None for the held-out ones.
        chosen: Which of its rows; None for all.
        condition: What those rows have in common, where that can be said of training items too.
    """
    whole = whole_of(model, data, workspace, progress)
    features, judge = features_for(model, data, workspace=workspace, progress=progress)
    train = whole.split("train").some(TRAINING)
    test = whole.split("test").some(MEASURED)
    real = _items_of(atlas, chosen, whole) if atlas is not None else None
    held = test if len(test) else whole.some(MEASURED)
    against = held if real is None else whole.at(real)
    alike = chosen is None or condition is not None
    # A judge that was trained on them sees training items otherwise than new ones.
    others = train if is_pixels(judge) else _unused(whole, against)
    if condition is not None:
        others = others.at(np.flatnonzero(matching(others.rows, condition)))
    others = others.some(min(len(items), MEASURED) if alike else 0)
    total = len(train) + len(test) + len(against) + min(len(items), MEASURED) + len(others)
    with progress.task(f"Measuring in features of {judge.name}", total) as step:
        ours = read(features, items[:MEASURED].split(BATCH), step)
        trained, unseen = read(features, blocks(train), step), read(features, blocks(test), step)
        there, peers = read(features, blocks(against), step), read(features, blocks(others), step)
    middle = trained if len(trained) else there
    ours, trained, unseen, there, peers = centred(middle, (ours, trained, unseen, there, peers))
    seen = MetricEvidence(
        real=there, fake=ours, peers=peers if len(peers) else None, train=trained,
        features=f"{judge.name}, centred", judge=judge,
    )  # fmt: skip
    found = {"vendi": registry.get("metrics", "vendi").of(seen), **_shares(seen), **_novelty(seen, unseen)}
    return Quality(judge, len(ours), len(there), len(peers), found)


def _unused(whole: Dataset, against: Dataset) -> Dataset:
    """Items held out that samples are not measured against."""
    used = set(against.rows.column("id").to_pylist())
    rows = zip(whole.rows.column("split").to_pylist(), whole.rows.column("id").to_pylist(), strict=True)
    return whole.at(np.array([i for i, (part, name) in enumerate(rows) if part != "train" and name not in used], int))


def _items_of(atlas: Atlas, chosen: np.ndarray | None, whole: Dataset) -> np.ndarray:
    """Where in the data the items lie that rows of an atlas were encoded from; evenly spaced ones of many."""
    rows = np.arange(len(atlas)) if chosen is None else chosen
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), MEASURED)).round().astype(int)]
    place = {name: i for i, name in enumerate(whole.rows.column("id").to_pylist())}
    ids = atlas.rows.column("id").take(rows).to_pylist()
    found = np.array([place[name] for name in ids if name in place], dtype=np.int64)
    if not len(found):
        raise InvalidArgument(
            f"the items of the atlas {atlas.name} are not among the data", got=whole.spec, allowed=atlas.manifest.data
        )
    return found


def _shares(seen: MetricEvidence) -> dict[str, Figure]:
    """Precision, recall, density and coverage; nothing where there are too few for them."""
    if min(len(part) for part in (seen.real, seen.fake) if part is not None) < FEWEST:
        return {}
    found = registry.get("metrics", "prdc").of(seen)
    return {**found.further, "coverage": replace(found, further={})}


def _novelty(seen: MetricEvidence, unseen: Tensor) -> dict[str, Figure]:
    """Near copies, samples off the data and distance; nothing where there are no training items, or none held out."""
    if seen.train is None or not len(seen.train) or not len(unseen):
        return {}
    found = registry.get("metrics", "novelty").of(replace(seen, real=unseen))
    return {"near_copies": replace(found, further={}), **found.further}


def _said(form: str, value: float | None) -> str:
    return "\N{EN DASH}" if value is None else form.format(value)
