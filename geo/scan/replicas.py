"""Replicas under no clustering, two threads of them, and the p that follows.

Replica i is drawn from a generator of (seed, i), so that it is the same whoever draws it and whenever.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from ..threads import THREADS
from .loops import BLOCK

Floats = NDArray[np.float64]
MOST_REPLICAS = 99_999
EULER = 0.5772156649015329


def generator(seed: int, replica: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, replica])))


def maxima_of(permutations: int, block: Callable[[range], Floats]) -> Floats:
    """The largest ratio of each replica; `block` gives those of up to BLOCK replicas."""
    if not 1 <= permutations <= MOST_REPLICAS:
        raise ValueError(f"{permutations} replicas: between 1 and {MOST_REPLICAS}")
    ranges = [range(i, min(i + BLOCK, permutations)) for i in range(0, permutations, BLOCK)]
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(block, ranges))
    return np.concatenate([values[: len(r)] for values, r in zip(found, ranges, strict=True)])


def p_of(ratio: float, maxima: Floats) -> float:
    """Rank among the replicas: (1 + replicas at least as large) ÷ (1 + replicas)."""
    return float((1 + np.count_nonzero(maxima >= ratio * (1 - 1e-12))) / (1 + len(maxima)))


def p_gumbel(ratio: float, maxima: Floats) -> float:
    """p of a Gumbel distribution with the replicas' mean and variance: finer than 1 ÷ (1 + replicas), and an
    approximation (Abrams et al. 2010).
    """
    scale = float(maxima.std(ddof=1)) * np.sqrt(6) / np.pi if len(maxima) > 1 else 0.0
    if scale <= 0:
        return p_of(ratio, maxima)
    return float(-np.expm1(-np.exp(-(ratio - (maxima.mean() - EULER * scale)) / scale)))
