"""UMAP: groups stay apart, and the way back goes through what was encoded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.base.rng import generator
from trasluz.geometry.distances import nearest
from trasluz.geometry.linear_algebra import pca
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.projections import _layout
from trasluz.projections import umap as umap_module
from trasluz.projections._back import WayBack, spread
from trasluz.projections._layout import lay_out
from trasluz.spaces import registry
from trasluz.spaces.methods import Projection

GROUPS, DIMENSIONS, ROWS, HELD = 3, 12, 240, 60


def ribbons(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents on three curved ribbons, far apart, with some noise; and which ribbon each lies on."""
    g = torch.Generator().manual_seed(seed)
    basis = torch.linalg.qr(torch.randn(DIMENSIONS, 3, generator=torch.Generator().manual_seed(1))).Q.T
    codes, t = torch.arange(n) % GROUPS, 3 * torch.rand(n, generator=g)
    curve = torch.stack([4 * t.cos(), 4 * t.sin(), 14.0 * codes], 1)
    return curve @ basis + 0.15 * torch.randn(n, DIMENSIONS, generator=g), codes


Z, CODES = ribbons(ROWS, 2)
NEW, NEW_CODES = ribbons(HELD, 3)


def fit(z: torch.Tensor, seed: int = 0, **values: object) -> Projection:
    method = registry.get("projections", "umap")
    return method.fit(z, method.config_type.make({"epochs": 60, **values}), seed)


@pytest.fixture(scope="module")
def plane() -> Projection:
    return fit(Z)


def lost(back: torch.Tensor, z: torch.Tensor) -> float:
    return float((back - z).square().sum() / (z - Z.mean(0)).square().sum())


def test_groups_stay_apart_and_new_items_join_theirs(plane: Projection) -> None:
    assert plane.xy.shape == (ROWS, 2) and plane.xy.dtype == torch.float32
    for xy, codes, itself in ((plane.xy, CODES, True), (plane.project(NEW), NEW_CODES, False)):
        beside = nearest(xy, plane.xy, itself=itself)[1][:, 0]
        assert (CODES[beside] == codes).float().mean() > 0.98


def test_a_row_and_its_place_are_each_other_s(plane: Projection) -> None:
    assert float((plane.inverse(plane.xy) - Z).abs().max()) < 1e-3
    assert float((plane.project(Z) - plane.xy).norm(dim=1).max()) < 1e-2


def test_the_round_trip_of_new_items_beats_a_mean_of_the_nearest_rows(plane: Projection) -> None:
    xy = plane.project(NEW)
    plain = Z[nearest(xy, plane.xy, 12)[1]].mean(1)
    mine = lost(plane.inverse(xy), NEW)
    assert mine < 0.65 * lost(plain, NEW) and mine < 0.003  # 0.0019 is the noise
    # What the map says of itself, from rows that had no part in it, is what new items meet.
    assert plane.round_trip == pytest.approx(mine, rel=0.3) and plane.round_trip_of == "24 items held out of the layout"


def test_the_stated_round_trip_is_of_rows_that_the_layout_never_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every row stands alone, the layout keeps what it saw; new items find nothing there."""
    seen: list[torch.Tensor] = []
    lay_out = umap_module.lay_out

    def noted(rows: torch.Tensor, *rest: object) -> torch.Tensor:
        seen.append(rows)
        return lay_out(rows, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(umap_module, "lay_out", noted)
    noise = torch.randn(100, 30, generator=torch.Generator().manual_seed(0))
    plane = fit(noise, epochs=20)
    assert [len(rows) for rows in seen] == [100, 90]
    order = torch.randperm(100, generator=generator(0, "umap, rows held out"))
    mean = noise[order[10:]].mean(0)
    assert seen[1].square().sum() == pytest.approx(float((noise[order[10:]] - mean).square().sum()), rel=1e-4)
    assert plane.round_trip is not None and plane.round_trip > 0.8, "noise says nothing of other noise"


def test_a_map_kept_before_says_what_its_round_trip_was_measured_on(plane: Projection) -> None:
    state = plane.state()
    older = registry.get("projections", "umap").open({**state, "numbers": state["numbers"][:3]})
    assert older.round_trip_of == "items held out of the way back, not of the layout"
    assert torch.equal(older.inverse(plane.xy[:3]), plane.inverse(plane.xy[:3]))


def test_places_come_back_to_themselves_also_between_rows(plane: Projection) -> None:
    pairs = nearest(plane.xy, plane.xy, 3, itself=True)[1][:, 2]
    between = (plane.xy + plane.xy[pairs]) / 2
    moved = (plane.project(plane.inverse(between)) - between).norm(dim=1)
    assert float(moved.median()) < 0.1 * float(plane.xy.std(0).norm())


def test_the_way_back_is_continuous_and_bounded(plane: Projection) -> None:
    low, high = plane.xy.min(0).values, plane.xy.max(0).values
    line = low - 3 + torch.linspace(0, 1, 20_001)[:, None] * (high - low + 6)
    back = plane.inverse(line)
    assert float((back[1:] - back[:-1]).norm(dim=1).max()) < 0.1 * float(Z.std(0).norm())
    far = plane.inverse(torch.tensor([[1e6, -1e6], [1e12, 0.0], [-40.0, 3.0]]))
    for z in (back, far):
        assert bool(torch.isfinite(z).all())
        assert float((z - Z.mean(0)).norm(dim=1).max()) < 1.5 * float((Z - Z.mean(0)).norm(dim=1).max())


def test_nothing_gives_nothing(plane: Projection) -> None:
    assert plane.inverse(torch.zeros(0, 2)).shape == (0, DIMENSIONS)
    assert plane.project(torch.zeros(0, DIMENSIONS)).shape == (0, 2)


def test_a_seed_decides_the_layout() -> None:
    same, other = fit(Z[:60], seed=5, epochs=20), fit(Z[:60], seed=5, epochs=20)
    assert all(torch.equal(a, b) for a, b in zip(same.state().values(), other.state().values(), strict=True))
    assert not torch.equal(fit(Z[:60], seed=6, epochs=20).xy, same.xy)


def test_a_kept_map_opens_and_one_is_laid_out_without_umap_learn(plane: Projection, tmp_path: Path) -> None:
    path = tmp_path / "map.safetensors"
    write_tensors(path, plane.state(), "projection")
    state = read_tensors(path, "projection")[0]
    assert all(v.dtype == (torch.int64 if name == "held" else torch.float32) for name, v in state.items())
    xy, new = plane.xy[:7] + 0.05, NEW[:7]
    again = registry.get("projections", "umap").open(state)
    assert again.axes == plane.axes and again.round_trip == pytest.approx(plane.round_trip)
    assert torch.equal(again.xy, plane.xy) and torch.equal(again.inverse(xy), plane.inverse(xy))
    assert torch.equal(again.project(new), plane.project(new))
    code = (
        "import sys; from pathlib import Path; import torch\n"
        "from trasluz.io.weights import read_tensors; from trasluz.spaces import registry\n"
        f"plane = registry.get('projections', 'umap').open(read_tensors(Path({str(path)!r}), 'projection')[0])\n"
        "plane.project(plane.inverse(plane.xy[:3]))\n"
        "how = registry.get('projections', 'umap')\n"
        "how.fit(torch.randn(30, 4), how.config_type.make({'epochs': 10}), 0)\n"
        "assert not {'umap', 'numba', 'pynndescent'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_neighbourhoods_are_kept_far_better_than_by_a_plane() -> None:
    """On rows that no plane holds: the share of each row's fifteen nearest that are its nearest on the map too. With
    umap-learn it is 0.46; `speed_layouts` compares the two on latents."""
    codes = torch.randn(400, 6, generator=torch.Generator().manual_seed(9))
    rows = torch.cat([codes, codes[:, :3] * codes[:, 3:]], 1)

    def kept(xy: torch.Tensor) -> float:
        near = [nearest(x, x, 15, itself=True)[1] for x in (rows, xy)]
        return float((near[0][:, :, None] == near[1][:, None, :]).any(2).float().mean())

    plane = pca(rows, 2)
    flat = (rows - plane.mean.float()) @ plane.vectors.float().T
    assert kept(lay_out(rows, 15, 0.1, None, 0)) > 0.43 > 2 * kept(flat)


@pytest.mark.parametrize(
    ("least", "wanted"), [(0.0, (1.93281, 0.790495)), (0.1, (1.576943, 0.895061)), (0.99, (0.119305, 1.91639))]
)
def test_likeness_on_the_plane_is_that_of_umap_learn(least: float, wanted: tuple[float, float]) -> None:
    assert _layout._curve(least) == pytest.approx(wanted, rel=1e-4)


def test_rows_that_fall_into_parts_are_laid_out_in_as_many() -> None:
    """No path of neighbours leads from one group to the other: eigenvectors would put each into one place."""
    noise = torch.randn(80, 5, generator=torch.Generator().manual_seed(6))
    xy = lay_out(torch.cat([noise[:40], noise[40:] + 100]), 10, 0.1, 100, 0)
    assert float(torch.cdist(xy[:40], xy[40:]).min()) > 1.0
    assert min(float(part.std(0).min()) for part in xy.split(40)) > 0.3


def test_it_is_turned_as_the_principal_components_lie() -> None:
    """So that one map becomes the other with as little movement as there can be."""
    rows = (Z - Z.mean(0)) @ pca(Z, 6).vectors.float().T
    xy, flat = lay_out(rows, 15, 0.1, 60, 0), rows[:, :2]

    def apart(one: torch.Tensor) -> float:
        scaled = [(x - x.mean(0)) / (x - x.mean(0)).norm() for x in (one, flat)]
        return float((scaled[0] - scaled[1]).norm())

    angles = torch.linspace(0, 2 * torch.pi, 25)
    turns = [torch.tensor([[a.cos(), a.sin()], [-a.sin(), a.cos()]]) for a in angles]
    others = [apart(xy @ turn @ torch.diag(torch.tensor([1.0, side]))) for turn in turns for side in (1, -1)]
    assert apart(xy) <= min(others) + 1e-4 < max(others)


def test_it_tells_how_far_it_is_and_stops_when_it_is_told_to() -> None:
    how, shares = registry.get("projections", "umap"), list[float]()
    settings = how.config_type.make({"epochs": 20})
    how.fit_watched(Z[:60], settings, 0, None, shares.append)
    assert sum(shares) == pytest.approx(1) and len(shares) == 40

    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        how.fit_watched(Z[:60], settings, 0, None, stop)


@pytest.mark.parametrize("shape", [(4, 3), (3, 2, 2)])
def test_a_space_of_any_shape_has_a_map(shape: tuple[int, ...]) -> None:
    plane = fit(Z[:40].reshape(40, *shape), epochs=20)
    assert plane.inverse(plane.xy[:5]).shape == (5, *shape)
    assert plane.project(Z[:5].reshape(5, *shape)).shape == (5, 2)


def test_a_wide_space_is_kept_by_its_components() -> None:
    wide = torch.nn.functional.pad(Z[:80], (0, 4000))
    wide = wide + 0.01 * torch.randn(wide.shape, generator=torch.Generator().manual_seed(4))
    plane = fit(wide, epochs=20, span=12)
    assert plane.state()["rows"].shape == (80, 12) and plane.inverse(plane.xy[:5]).shape == (5, 4012)
    # What the components leave out counts as lost.
    outside = 4012 * 0.01**2 / float(wide.var(0).sum())
    assert plane.round_trip is not None and plane.round_trip > 0.8 * outside


def test_copies_and_few_rows_do_no_harm() -> None:
    few = fit(Z[:10], epochs=20, neighbours=15, blend=50)
    copies = fit(torch.cat([Z[:20], Z[:20], Z[:1].repeat(20, 1)]), epochs=20)
    for plane in (few, copies):
        around = torch.cat([plane.xy, plane.xy + 0.01])
        assert bool(torch.isfinite(plane.inverse(around)).all() and torch.isfinite(plane.project(Z[:30])).all())


@pytest.mark.parametrize(
    ("z", "word"),
    [
        (Z[:9], "ten latents or more"),
        (Z[:1], "two latents or more"),
        (Z[:, :1], "two dimensions or more"),
        (torch.ones(30, 4), "that differ"),
        (torch.full((30, 4), torch.nan), "finite"),
    ],
)
def test_what_cannot_be_drawn_is_one_clear_line(z: torch.Tensor, word: str) -> None:
    with pytest.raises(InvalidArgument, match=word):
        fit(z)


def test_latents_that_do_not_belong_are_refused(plane: Projection) -> None:
    with pytest.raises(InvalidArgument, match="another shape"):
        plane.project(torch.zeros(2, 5))
    with pytest.raises(InvalidArgument, match="finite"):
        plane.project(torch.full((1, DIMENSIONS), torch.nan))


def test_a_damaged_map_is_named(plane: Projection) -> None:
    method, state = registry.get("projections", "umap"), plane.state()
    with pytest.raises(DamagedFile, match="not a map"):
        method.open({k: v for k, v in state.items() if k != "weights"})
    for name, wrong in (("basis", torch.zeros(3, 4)), ("weights", torch.zeros(2, 12)), ("round_trip", torch.zeros(()))):
        with pytest.raises(DamagedFile, match="impossible sizes"):
            method.open({**state, name: wrong})


def test_every_setting_is_documented() -> None:
    assert all(f.description for f in registry.get("projections", "umap").config_type.model_fields.values())


def test_the_regressor_alone_knows_a_plane() -> None:
    """Rows that are a linear function of their place: known answer, also where no row lies."""
    xy = torch.cartesian_prod(torch.linspace(-1, 1, 15), torch.linspace(-1, 1, 15))
    away = (xy - torch.tensor([0.3, 0.2])).norm(dim=1) > 0.25
    rows = xy @ torch.tensor([[1.0, 2, 0], [0, -1, 3]]) + 5
    way = WayBack.fit(xy[away], rows[away], 12)
    hole = torch.tensor([[0.3, 0.2], [0.25, 0.15]])
    wanted = hole @ torch.tensor([[1.0, 2, 0], [0, -1, 3]]) + 5
    assert float((way.inverse(hole) - wanted).abs().max()) < 0.1
    assert float((way.project(wanted) - hole).abs().max()) < 0.1


def test_landmarks_are_spread_and_no_place_is_one_twice() -> None:
    xy = torch.tensor([[0.0, 0.0], [1, 0], [0.1, 0], [1, 0], [0, 0]])
    assert spread(xy, 2).tolist() == [[0, 0], [1, 0]] and len(spread(xy, 9)) == 3
