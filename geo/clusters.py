"""Density clusters of points in space, and in space and time, with a k-d tree and connected components.

Sources: DBSCAN, Ester et al. 1996; ST-DBSCAN, Birant & Kut 2007, with their two radii (space and time) and without
their third test, of other values. In both a border point goes to the cluster of its nearest core point instead of
the first that reaches it, so that the order of the points changes nothing.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

NOISE = -1
# 320 MB of pairs
MOST_PAIRS = 20_000_000


def density_clusters(
    x_m: NDArray[np.float64], y_m: NDArray[np.float64], radius_m: float, least: int
) -> NDArray[np.int64]:
    """The cluster of each point in a plane in metres, 0 upwards by first member, NOISE for none.

    A core point has at least `least` points within `radius_m`, itself included; core points within reach of
    one another are one cluster. A border point joins the cluster of its nearest core point, so the answer
    doesn't depend on the order of points (equal distances aside). Raises ValueError for positions that
    aren't finite, a radius that isn't positive, or `least` below 1.
    """
    points = np.column_stack([x_m, y_m]).astype(float).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise ValueError("positions must be finite numbers")
    if not (np.isfinite(radius_m) and radius_m > 0) or least < 1:
        raise ValueError(f"a radius of {radius_m} m and at least {least} points")
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    tree = cKDTree(points)
    core = np.flatnonzero(tree.query_ball_point(points, radius_m, return_length=True) >= least)
    member = np.full(len(points), NOISE, dtype=np.int64)
    if len(core):
        member[core] = _components(points[core], radius_m)
        _join_borders(member, points, core, radius_m)
    return _numbered(member)


def space_time_clusters(
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    days: NDArray[np.float64],
    radius_m: float,
    within_days: float,
    least: int,
) -> NDArray[np.int64]:
    """The cluster of each event, 0 upwards by first member, NOISE for none.

    Neighbours lie within `radius_m` and `within_days` of one another; otherwise as `density_clusters`. Nearest is
    by (distance ÷ radius)² + (days ÷ within)², among equals the one with the smaller x, y, day. Raises ValueError
    as there, and where events are so close that their pairs don't fit into memory.
    """
    at = np.column_stack([x_m, y_m, days]).astype(float).reshape(-1, 3)
    if not np.isfinite(at).all():
        raise ValueError("positions and days must be finite numbers")
    if not (np.isfinite(radius_m) and radius_m > 0 and np.isfinite(within_days) and within_days > 0) or least < 1:
        raise ValueError(f"a radius of {radius_m} m, {within_days} days and at least {least} events")
    n = len(at)
    own, other = _close_pairs(at, radius_m, within_days)
    core = np.bincount(np.concatenate([own, other]), minlength=n) + 1 >= least
    both = core[own] & core[other]
    links = sparse.coo_array((np.ones(both.sum(), dtype=bool), (own[both], other[both])), shape=(n, n))
    member = np.where(core, sparse.csgraph.connected_components(links, directed=False)[1], NOISE).astype(np.int64)
    edge = core[own] != core[other]
    border = np.where(core[own], other, own)[edge]
    reached = np.where(core[own], own, other)[edge]
    far = ((at[border] - at[reached]) / [radius_m, radius_m, within_days]) ** 2
    order = np.lexsort((*at[reached].T[::-1], far.sum(axis=1), border))
    first, where = np.unique(border[order], return_index=True)
    member[first] = member[reached[order][where]]
    return _numbered(member)


def _close_pairs(
    at: NDArray[np.float64], radius_m: float, within_days: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs within both radii. The tree searches boxes, a little wide; the exact test is made on the input."""
    if not len(at):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    tree = cKDTree(at / [radius_m, radius_m, within_days])
    wide = 1 + 1e-9
    if (tree.count_neighbors(tree, wide, p=np.inf) - len(at)) / 2 > MOST_PAIRS:
        raise ValueError("too many events are close to one another; take smaller radii or fewer events")
    own, other = tree.query_pairs(wide, p=np.inf, output_type="ndarray").T.astype(np.int64)
    gap = at[own] - at[other]
    close = (np.hypot(gap[:, 0], gap[:, 1]) <= radius_m) & (np.abs(gap[:, 2]) <= within_days)
    return own[close], other[close]


def _components(cores: NDArray[np.float64], radius_m: float) -> NDArray[np.int64]:
    pairs = cKDTree(cores).query_pairs(radius_m, output_type="ndarray")
    n = len(cores)
    links = sparse.coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return sparse.csgraph.connected_components(links, directed=False)[1].astype(np.int64)


def _join_borders(
    member: NDArray[np.int64], points: NDArray[np.float64], core: NDArray[np.int64], radius_m: float
) -> None:
    rest = np.flatnonzero(member == NOISE)
    # the tree's bound is exclusive, the radius is not
    away, nearest = cKDTree(points[core]).query(points[rest], distance_upper_bound=np.nextafter(radius_m, np.inf))
    reached = np.isfinite(away)
    member[rest[reached]] = member[core[nearest[reached]]]


def _numbered(member: NDArray[np.int64]) -> NDArray[np.int64]:
    found = member != NOISE
    _, first, inverse = np.unique(member[found], return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    member[found] = number[inverse]
    return member
