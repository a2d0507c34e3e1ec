"""Density clusters of points (DBSCAN; Ester et al. 1996), with a k-d tree and connected components."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

NOISE = -1


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
