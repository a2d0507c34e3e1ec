"""Weights and reference values that the tests of several statistics use."""

import csv
import itertools
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree
from shapely import STRtree
from shapely.geometry import shape


def reference(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def matrix(pairs: list[tuple[int, int]], n: int) -> sparse.csr_array:
    own, other = np.array(pairs, dtype=int).reshape(-1, 2).T
    return sparse.csr_array((np.ones(len(own)), (own, other)), shape=(n, n))


def lattice(rows: int, columns: int) -> sparse.csr_array:
    n = rows * columns
    pairs = [
        (r * columns + c, r2 * columns + c2)
        for r in range(rows)
        for c in range(columns)
        for r2 in range(max(r - 1, 0), min(r + 2, rows))
        for c2 in range(max(c - 1, 0), min(c + 2, columns))
        if (r, c) != (r2, c2)
    ]
    return matrix(pairs, n)


def columbus_neighbours(stats: Path) -> sparse.csr_array:
    numbers = [int(word) for word in (stats / "columbus.gal").read_text("ascii").split()]
    pairs, at = [], 1
    while at < len(numbers):
        own, count = numbers[at], numbers[at + 1]
        pairs += [(own - 1, other - 1) for other in numbers[at + 2 : at + 2 + count]]
        at += 2 + count
    return matrix(pairs, numbers[0])


def within(x: np.ndarray, y: np.ndarray, distance: float) -> sparse.csr_array:
    tree = cKDTree(np.column_stack([x, y]))
    pairs = tree.query_pairs(distance + 1e-9, output_type="ndarray")
    return matrix([*map(tuple, pairs), *map(tuple, pairs[:, ::-1])], len(x))


def sids_neighbours(stats: Path, rows: list[dict[str, str]]) -> sparse.csr_array:
    """Counties that share a border or a corner, from the shapes."""
    features = json.loads((stats / "nc_sids.geojson").read_text("utf-8"))["features"]
    by_fips = {f["properties"]["FIPS"]: shape(f["geometry"]) for f in features}
    shapes = [by_fips[row["FIPS"]] for row in rows]
    own, other = STRtree(shapes).query(shapes, predicate="intersects")
    return matrix([(a, b) for a, b in zip(own, other, strict=True) if a != b], len(rows))


def with_islands(w: sparse.csr_array, rng: np.random.Generator, share: float) -> sparse.csr_array:
    kept = sparse.diags_array((rng.random(w.shape[0]) >= share).astype(float))
    bare = sparse.csr_array(kept @ w @ kept)
    bare.eliminate_zeros()
    return bare


def reordered(w: sparse.csr_array, order: np.ndarray) -> sparse.csr_array:
    """The same weights where row i is what row order[i] was."""
    return sparse.csr_array(w[order][:, order])


def peers_weights(w: sparse.csr_array) -> Any:
    """The same weights as PySAL takes them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from libpysal.weights import W

        rows = [slice(*ends) for ends in itertools.pairwise(w.indptr)]
        near, weigh = ({i: of[row].tolist() for i, row in enumerate(rows)} for of in (w.indices, w.data))
        return W(near, weigh, silence_warnings=True)
