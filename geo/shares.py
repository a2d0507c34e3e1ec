"""Ground divided among walkers: contiguous parts of about the same weight, the same for the same input.

Seeds far from each other grow, the lightest part first, into free neighbours near their seed; then pieces at
a border move from a heavier part to a lighter one as long as that evens out and leaves no part in two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

__all__ = ["Shares", "share"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# The stated bound: no part is heavier than this times the mean plus one piece, where neighbours allow it
SLACK = 1.1
STARTS = 6


@dataclass(frozen=True)
class Shares:
    """`part` is the part of each piece, from 0; `weights` what each part weighs; `bound` what none should
    exceed."""

    part: Ints
    weights: Floats
    bound: float

    @property
    def is_even(self) -> bool:
        return bool(self.weights.max(initial=0.0) <= self.bound + 1e-9)


def share(
    weights: Sequence[float] | Floats, at: Floats, neighbours: Sequence[tuple[int, int]], parts: int
) -> Shares:
    """Divide pieces of given weights (not negative) among `parts` walkers.

    `at` are their middles in metres, `neighbours` the pairs that have a border in common. Islands are joined
    to the nearest piece of other land, as a walker would. Raises ValueError for fewer pieces than parts, or
    none.
    """
    heavy = np.asarray(weights, dtype=float)
    if not 1 <= parts <= len(heavy):
        raise ValueError(f"{len(heavy)} pieces can't be divided among {parts}")
    if not np.isfinite(heavy).all() or (heavy < 0).any():
        raise ValueError("a weight must be a number that isn't negative")
    # Pieces that weigh nothing are walked too, a little
    heavy = heavy + max(float(heavy.sum()), 1.0) * 1e-6 / len(heavy)
    around = _linked(len(heavy), np.asarray(at, dtype=float), neighbours)
    tried = [_evened(heavy, around, _grown(heavy, at, around, seeds)) for seeds in _seeds(at, heavy, parts)]
    best = min(tried, key=lambda part: (np.bincount(part, heavy, parts).max(), tuple(part)))
    best = _in_order(best, at, parts)
    bound = SLACK * float(heavy.sum()) / parts + float(heavy.max())
    return Shares(best, np.bincount(best, heavy, parts).astype(float), bound)


def _linked(count: int, at: Floats, neighbours: Sequence[tuple[int, int]]) -> list[list[int]]:
    around: list[set[int]] = [set() for _ in range(count)]
    for i, j in neighbours:
        around[i].add(j)
        around[j].add(i)
    while True:
        rows = [i for i in range(count) for _ in around[i]]
        columns = [j for each in around for j in sorted(each)]
        graph = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(count, count))
        islands, island = connected_components(graph, directed=False)
        if islands == 1:
            return [sorted(each) for each in around]
        for own in range(1, islands):
            mine, others = np.flatnonzero(island == own), np.flatnonzero(island != own)
            gap, nearest = cKDTree(at[others]).query(at[mine])
            closest = int(np.argmin(gap))
            i, j = int(mine[closest]), int(others[nearest[closest]])
            around[i].add(j)
            around[j].add(i)


def _seeds(at: Floats, heavy: Floats, parts: int) -> list[list[int]]:
    """Starting pieces, each set spread out from another first piece."""
    middle = np.average(at, axis=0, weights=heavy)
    away = np.hypot(*(at - middle).T)
    turn = np.arctan2(*(at - middle).T[::-1])
    firsts = [int(np.argmax(away)), int(np.argmin(away))]
    angles = np.linspace(0, 2 * np.pi, STARTS - 1)[:-1]
    firsts += [int(np.argmax(away * np.cos(turn - angle))) for angle in angles]
    sets = []
    for first in dict.fromkeys(firsts):
        chosen = [first]
        gap = np.hypot(*(at - at[first]).T)
        gap[first] = -1.0
        while len(chosen) < parts:
            far = int(np.argmax(gap))
            chosen.append(far)
            gap = np.minimum(gap, np.hypot(*(at - at[far]).T))
            gap[chosen] = -1.0
        sets.append(chosen)
    return sets


def _grown(heavy: Floats, at: Floats, around: list[list[int]], seeds: list[int]) -> Ints:
    part = np.full(len(heavy), -1, dtype=np.int64)
    weight = np.zeros(len(seeds))
    edge: list[set[int]] = [set() for _ in seeds]
    for number, seed in enumerate(seeds):
        part[seed], weight[number] = number, heavy[seed]
    for number, seed in enumerate(seeds):
        edge[number] |= {j for j in around[seed] if part[j] < 0}
    left = len(heavy) - len(seeds)
    while left:
        number = min((n for n in range(len(seeds)) if edge[n]), key=lambda n: (weight[n], n))
        home = at[seeds[number]]
        taken = min(edge[number], key=lambda j: (float(np.hypot(*(at[j] - home))), j))
        part[taken] = number
        weight[number] += heavy[taken]
        for each in edge:
            each.discard(taken)
        edge[number] |= {j for j in around[taken] if part[j] < 0}
        left -= 1
    return part


def _evened(heavy: Floats, around: list[list[int]], part: Ints) -> Ints:
    part = part.copy()
    weight = np.bincount(part, heavy).astype(float)
    size = np.bincount(part)
    for _ in range(20 * len(heavy)):
        moves = sorted(_moves(heavy, around, part, weight, size), reverse=True)
        done = next(((i, to) for _, i, to in moves if _stays_whole(around, part, i)), None)
        if done is None:
            return part
        i, to = done
        weight[part[i]] -= heavy[i]
        size[part[i]] -= 1
        part[i] = to
        weight[to] += heavy[i]
        size[to] += 1
    return part


def _moves(
    heavy: Floats, around: list[list[int]], part: Ints, weight: Floats, size: Ints
) -> list[tuple[float, int, int]]:
    """Pieces that would even out two parts by changing over, with how much."""
    found = []
    for i in range(len(heavy)):
        own = int(part[i])
        if size[own] == 1:
            continue
        for to in {int(part[j]) for j in around[i]} - {own}:
            gain = float(heavy[i] * (weight[own] - weight[to] - heavy[i]))
            if gain > 1e-9 * float(weight[own]):
                found.append((gain, -i, to))
    return [(gain, -i, to) for gain, i, to in found]


def _stays_whole(around: list[list[int]], part: Ints, gone: int) -> bool:
    """Whether a part without one of its pieces still hangs together."""
    own = part[gone]
    near = [j for j in around[gone] if part[j] == own]
    if len(near) < 2:
        return True
    missing, seen, reached = set(near[1:]), {gone, near[0]}, [near[0]]
    while reached and missing:
        for j in around[reached.pop()]:
            if part[j] == own and j not in seen:
                seen.add(j)
                missing.discard(j)
                reached.append(j)
    return not missing


def _in_order(part: Ints, at: Floats, parts: int) -> Ints:
    """Parts numbered from west to east."""
    middle = [(float(at[part == n][:, 0].mean()), float(at[part == n][:, 1].mean()), n) for n in range(parts)]
    new = np.empty(parts, dtype=np.int64)
    for place, (_, _, number) in enumerate(sorted(middle)):
        new[number] = place
    return new[part]
