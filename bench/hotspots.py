"""Hotspots against PySAL esda: the statistic alone, its permutations, and the whole run from events to levels."""

import warnings

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import box

from geo import warming
from geo.cells import SquareGrid, squares
from geo.hotspots import find_hotspots, gi_star, with_self
from geo.permutation import gi_star_permuted, local_moran_permuted

from .result import Result, side_by_side

NAME = "hotspots"


def run(full: bool) -> list[Result]:
    with warnings.catch_warnings():
        # esda and libpysal warn of what is deprecated inside them, and of numba
        warnings.simplefilter("ignore")
        warming.warm()
        results = [statistic(1000), permuted(), permuted_unevenly(), many_draws(), whole_run(100_000)]
        return [*results, statistic(320), whole_run(1_000_000)] if full else results


def statistic(size_m: float) -> Result:
    from esda.getisord import G_Local
    from libpysal.weights import WSP

    grid = county(size_m)
    values = np.random.default_rng(1).poisson(2.0, len(grid)).astype(float)
    weights = with_self(grid.neighbours)
    peer_weights = WSP(grid.neighbours.tocsr()).to_W(silence_warnings=True)
    theirs = G_Local(values, peer_weights, transform="B", star=True, permutations=0).Zs
    assert np.abs(theirs - gi_star(values, weights)).max() < 1e-6
    times = side_by_side(
        lambda: gi_star(values, weights),
        lambda: G_Local(values, peer_weights, transform="B", star=True, permutations=0),
        runs=9,
    )
    name = f"Gi* of {len(grid):,} cells, weights given"
    return Result(name, *times, "≥ 200 × less", peer_name="esda G_Local")


def permuted() -> Result:
    """Both with binary weights; esda's loops are compiled before the clock runs."""
    from esda.getisord import G_Local
    from libpysal.weights import WSP

    grid = county(1000)
    values = np.random.default_rng(1).gamma(2.0, 1.0, len(grid))
    peer_weights = WSP(grid.neighbours.tocsr()).to_W(silence_warnings=True)

    def peer() -> NDArray[np.float64]:
        given = {"transform": "B", "star": True, "keep_simulations": False, "n_jobs": 1, "seed": 1}
        return G_Local(values, peer_weights, permutations=999, **given).p_sim

    def ours() -> NDArray[np.float64]:
        return gi_star_permuted(values, grid.neighbours, 999, seed=1).folded

    assert np.abs(ours() - peer()).max() < 0.12  # five standard errors of a p of one half
    times = side_by_side(ours, peer, runs=7)
    name = f"Gi* of {len(grid):,} cells, 999 conditional permutations"
    return Result(name, *times, "≥ 7 × less", peer_name="esda G_Local")


def permuted_unevenly() -> Result:
    """Weights of all sizes: no two cells share a sum, and the compiled loop does the work."""
    from esda.moran import Moran_Local
    from libpysal.weights import WSP

    grid = county(1000)
    values = np.random.default_rng(1).gamma(2.0, 1.0, len(grid))
    weights = grid.neighbours.copy()
    weights.data = np.random.default_rng(2).uniform(0.5, 1.0, len(weights.data))
    peer_weights = WSP(weights).to_W(silence_warnings=True)

    def peer() -> NDArray[np.float64]:
        given = {"transformation": "O", "keep_simulations": False, "n_jobs": 1, "seed": 1}
        return Moran_Local(values, peer_weights, permutations=999, **given).p_sim

    def ours() -> NDArray[np.float64]:
        return local_moran_permuted(values, weights, 999, seed=1).folded

    assert np.abs(ours() - peer()).max() < 0.12
    times = side_by_side(ours, peer, runs=7)
    name = f"local Moran of {len(grid):,} cells, uneven weights, 999 conditional permutations"
    return Result(name, *times, "≥ 7 × less", peer_name="esda Moran_Local")


def many_draws() -> Result:
    """So many draws that false-discovery control over all cells has something to work with."""
    grid = county(1000)
    values = np.random.default_rng(1).poisson(2.0, len(grid)).astype(float)
    weights = with_self(grid.neighbours)
    times = side_by_side(
        lambda: gi_star_permuted(values, weights, 9_999, seed=1),
        lambda: gi_star_permuted(values, weights, 999, seed=1),
        runs=7,
    )
    name = f"Gi* of {len(grid):,} cells, 9,999 conditional permutations"
    return Result(name, *times, peer_name="ours with 999")


def whole_run(n: int) -> Result:
    grid = county(1000)
    lon, lat = events(n)
    times = side_by_side(
        lambda: find_hotspots(grid.totals(lon, lat), county(1000).neighbours),
        lambda: pysal_run(grid, lon, lat),
    )
    name = f"{n:,} events → counts, weights, Gi*, FDR on {len(grid):,} cells"
    note = "ours makes its grid; theirs is given cells, finds neighbours by corners and points by a tree"
    return Result(name, *times, note=note, peer_name="libpysal + esda")


def pysal_run(grid: SquareGrid, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same by PySAL's own means: points to polygons, queen weights from the polygons, G_Local, FDR."""
    import geopandas
    from esda import fdr
    from esda.getisord import G_Local
    from libpysal.weights import Queen

    _, cell = shapely.STRtree(grid.polygons).query(shapely.points(lon, lat), predicate="within")
    values = np.bincount(cell, minlength=len(grid)).astype(float)
    weights = Queen.from_dataframe(geopandas.GeoDataFrame(geometry=grid.polygons), use_index=False)
    found = G_Local(values, weights, transform="B", star=True, permutations=0)
    return found.Zs[found.p_norm <= fdr(found.p_norm, 0.05)]


def county(size_m: float) -> SquareGrid:
    """About 100 km on a side, so that a kilometre gives ten thousand cells."""
    return squares(box(116.5, 28.3, 117.52, 29.2), size_m)


def events(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(2)
    near = rng.normal(rng.uniform([116.6, 28.4], [117.4, 29.1], (60, 2)).repeat(n // 100, axis=0), 0.01)
    spread = rng.uniform([116.5, 28.3], [117.52, 29.2], (n - len(near), 2))
    lon, lat = np.concatenate([near, spread]).T
    return lon, lat
