"""Who is whose neighbour: weights between cells as a scipy.sparse matrix, and what a statistic needs of them."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
# A spread this far below the size of the values is rounding: such values are all equal.
ROUNDING = 1e-12


def with_self(neighbours: sparse.csr_array) -> sparse.csr_array:
    """Binary weights: the neighbours and the cell itself, each 1."""
    own = sparse.csr_array(neighbours + sparse.eye_array(neighbours.shape[0], format="csr"))
    own.data = np.ones_like(own.data)
    return own


def without_self(weights: sparse.csr_array) -> sparse.csr_array:
    """The weights of the others alone: an empty diagonal and no stored zero."""
    others = weights.tocsr(copy=True)
    others.sum_duplicates()
    rows = np.repeat(np.arange(others.shape[0]), np.diff(others.indptr))
    others.data[others.indices == rows] = 0
    others.eliminate_zeros()
    return others


def row_standardised(weights: sparse.csr_array) -> sparse.csr_array:
    """Each row divided by its sum; a cell without neighbours keeps an empty row."""
    total = np.asarray(weights.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total != 0)
    return sparse.csr_array(sparse.diags_array(scale) @ weights)


def sums(weights: sparse.csr_array) -> tuple[Floats, Floats]:
    """The sum of each row's weights, and of their squares."""
    if not weights.has_canonical_format:  # a weight in two parts would be squared in parts
        weights = weights.copy()
        weights.sum_duplicates()
    ones = np.ones(weights.shape[1])
    total = weights @ ones
    if (weights.data == 1).all():
        return total, total
    squared = sparse.csr_array((weights.data**2, weights.indices, weights.indptr), shape=weights.shape)
    return total, squared @ ones


def checked(values: Floats, weights: sparse.csr_array, least: int = 3) -> Floats:
    """The values as floats. Raises ValueError for fewer than `least` cells, weights of another number of cells,
    and values or weights that aren't finite numbers.
    """
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or weights.shape != (len(x), len(x)):
        raise ValueError(f"{x.shape} values with weights of {weights.shape}")
    if len(x) < least:
        raise ValueError(f"{len(x)} cells: at least {least} are needed")
    if not np.isfinite(x).all():
        raise ValueError("values must be finite numbers")
    if not np.isfinite(weights.data).all():
        raise ValueError("weights must be finite numbers")
    return x
