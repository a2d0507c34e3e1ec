"""Circles over cells or points: Poisson and Bernoulli."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .apart import clusters_apart
from .loops import BERNOULLI, BLOCK, POISSON, best_windows, maxima
from .replicas import generator, maxima_of, p_gumbel, p_of
from .windows import Circles, circles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ScanCluster:
    """`cells` are the rows of the input inside the circle, ascending; `centre` is the row in its middle.

    `expected` is the count without clustering, `relative_risk` observed ÷ expected inside against outside (inf
    where all cases lie inside). `p` is by rank among the replicas, `p_gumbel` an approximation where asked for.
    """

    cells: Ints
    centre: int
    radius_m: float
    cases: int
    expected: float
    relative_risk: float
    llr: float
    p: float
    p_gumbel: float | None


@dataclass(frozen=True)
class _Field:
    """The input in an order that depends on its values alone, so that the caller's order changes nothing."""

    order: Ints
    x_m: Floats
    y_m: Floats
    cases: Ints
    measure: Floats
    model: int

    @property
    def totals(self) -> tuple[float, float]:
        return float(self.cases.sum()), float(self.measure.sum())


def scan_poisson(
    x_m: Floats,
    y_m: Floats,
    cases: Ints,
    expected: Floats,
    *,
    most_share: float = 0.5,
    least: int = 2,
    most_clusters: int = 10,
    permutations: int = 999,
    seed: int = 0,
    gumbel: bool = False,
) -> list[ScanCluster]:
    """Where cases exceed what is `expected` (in any unit: population, exposure; scaled to the sum of cases).

    Positions are metres in a plane. A circle holds at most `most_share` of what is expected and at least `least`
    cases; only excesses are looked for. The first cluster is the most likely one, the others share no cell with
    those before. No cases, no clusters. Raises ValueError for shapes that differ, values that aren't finite,
    counts that aren't whole, cases where nothing is expected, and more circles than can be held.
    """
    field = _field(x_m, y_m, cases, expected, POISSON)
    total, measure = field.totals
    if not total:
        return []
    if (field.cases[field.measure == 0] > 0).any():
        raise ValueError("cases where none are expected: give every cell with cases an expectation above 0")
    field = _Field(field.order, field.x_m, field.y_m, field.cases, field.measure * (total / measure), POISSON)
    odds = field.measure / field.measure.sum()

    def draw(rng: np.random.Generator) -> Ints:
        return rng.multinomial(int(total), odds)

    return _scan(field, draw, most_share, least, most_clusters, permutations, seed, gumbel)


def scan_bernoulli(
    x_m: Floats,
    y_m: Floats,
    cases: Ints,
    controls: Ints,
    *,
    most_share: float = 0.5,
    least: int = 2,
    most_clusters: int = 10,
    permutations: int = 999,
    seed: int = 0,
    gumbel: bool = False,
) -> list[ScanCluster]:
    """Where cases are a larger part of cases and `controls` than elsewhere (violations among sites visited).

    See `scan_poisson`; a circle holds at most `most_share` of cases and controls together.
    """
    other = np.asarray(controls)
    if other.size and not (np.isfinite(other) & (other >= 0) & (other == np.floor(other))).all():
        raise ValueError("controls must be whole numbers of 0 or more")
    field = _field(x_m, y_m, cases, np.asarray(cases) + other, BERNOULLI)
    total, population = field.totals
    if not 0 < total < population:
        return []
    people = field.measure.astype(np.int64)

    def draw(rng: np.random.Generator) -> Ints:
        return rng.multivariate_hypergeometric(people, int(total), method="marginals")

    return _scan(field, draw, most_share, least, most_clusters, permutations, seed, gumbel)


def _field(x_m: Floats, y_m: Floats, cases: Ints, measure: Floats | Ints, model: int) -> _Field:
    x, y, m, c = (np.asarray(v, dtype=float) for v in (x_m, y_m, measure, cases))
    if not (x.ndim == 1 and x.shape == y.shape == m.shape == c.shape):
        raise ValueError(f"{x.shape} and {y.shape} positions, {c.shape} cases, {m.shape} to hold them against")
    if not (np.isfinite(x).all() and np.isfinite(y).all() and np.isfinite(m).all() and (m >= 0).all()):
        raise ValueError("positions and expectations must be finite, expectations 0 or more")
    if not (np.isfinite(c) & (c >= 0) & (c == np.floor(c))).all() or c.sum() > 2**30:
        raise ValueError("cases must be whole numbers of 0 or more")
    order = np.lexsort((m, c, y, x))
    return _Field(order, x[order], y[order], c[order].astype(np.int64), m[order], model)


def _scan(
    field: _Field,
    draw: Callable[[np.random.Generator], Ints],
    most_share: float,
    least: int,
    most_clusters: int,
    permutations: int,
    seed: int,
    gumbel: bool,
) -> list[ScanCluster]:
    if not 0 < most_share <= 1 or least < 1:
        raise ValueError(f"a share of {most_share} and at least {least} cases")
    cases, measure = field.totals
    most = most_share * measure
    around = circles(field.x_m, field.y_m, field.measure, most)

    def block(replicas: range) -> Floats:
        drawn = np.zeros((len(field.cases), BLOCK), dtype=np.int32)
        for i, replica in enumerate(replicas):
            drawn[:, i] = draw(generator(seed, replica))
        return maxima(
            around.start, around.member, field.measure, drawn.ravel(), field.model, cases, measure, most, least
        )

    found = maxima_of(permutations, block)
    return _clusters(field, around, found, least, most_clusters, gumbel)


def _clusters(
    field: _Field, around: Circles, replicas: Floats, least: int, most_clusters: int, gumbel: bool
) -> list[ScanCluster]:
    def search(first: int, beyond: int, taken: NDArray[np.bool_], ratios: Floats, found: Ints) -> None:
        windows = (around.start, around.member, field.measure, field.cases, taken)
        best_windows(first, beyond, *windows, field.model, *field.totals, least, ratios, found)

    return [
        _cluster(field, around.cells(centre, int(size)), centre, ratio, replicas, gumbel)
        for ratio, centre, (size, _) in clusters_apart(around, search, most_clusters)
    ]


def _cluster(field: _Field, cells: Ints, centre: int, ratio: float, replicas: Floats, gumbel: bool) -> ScanCluster:
    total, measure = field.totals
    count, expected = int(field.cases[cells].sum()), float(field.measure[cells].sum() * total / measure)
    outside = (total - count) / (total - expected) if total > expected else 0.0
    away = np.hypot(field.x_m[cells] - field.x_m[centre], field.y_m[cells] - field.y_m[centre])
    return ScanCluster(
        cells=np.sort(field.order[cells]),
        centre=int(field.order[centre]),
        radius_m=float(away.max()),
        cases=count,
        expected=expected,
        relative_risk=count / expected / outside if outside > 0 else np.inf,
        llr=float(ratio),
        p=p_of(ratio, replicas),
        p_gumbel=p_gumbel(ratio, replicas) if gumbel else None,
    )
