"""The scan statistic with 999 replicas, circles up to half of all cases: over the census areas of a region, over a
county's cells, and over a year of events by place and week. Compiled loops are warm, as a worker's are.

The plain search is NumPy, one replica after another over the same circles, on the small case.
"""

import numpy as np
from numpy.typing import NDArray

from geo.scan import scan_poisson, scan_space_time
from geo.scan.windows import circles

from .result import Result, once, side_by_side

NAME = "scan"
AREAS, CELLS, REPLICAS = 281, 71 * 71, 999
AREAS_MS, CELLS_MS = 1_000.0, 30_000.0
PLAIN = 9  # replicas that the plain search is timed with

Floats = NDArray[np.float64]


def run(full: bool) -> list[Result]:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 100_000, (2, AREAS))
    expected = rng.gamma(1, 1, AREAS)
    cases = rng.multinomial(552, expected / expected.sum())
    ours, plain = side_by_side(
        lambda: scan_poisson(x, y, cases, expected, permutations=REPLICAS),
        lambda: plain_maxima(x, y, cases, expected),
    )
    results = [
        Result(f"{AREAS} areas, {REPLICAS} replicas", ours, AREAS_MS, "≤ 1 ×", peer_name="limit"),
        Result(
            f"{AREAS} areas, each replica",
            ours / REPLICAS,
            plain / PLAIN,
            peer_name="NumPy, one core, no clusters",
        ),
    ]
    row = np.arange(71) * 1000.0
    gx, gy = (v.ravel() for v in np.meshgrid(row, row))
    counts = rng.poisson(2, CELLS)
    took = once(lambda: scan_poisson(gx, gy, counts, np.ones(CELLS), permutations=REPLICAS))
    results.append(Result(f"{CELLS:,} cells, {REPLICAS} replicas", took, CELLS_MS, "≤ 1 ×", peer_name="limit"))
    if full:
        ex, ey = np.floor(rng.uniform(0, 20, (2, 2_000))) * 1000
        day = rng.uniform(0, 364, 2_000)
        took = once(lambda: scan_space_time(ex, ey, day, step_days=7, permutations=REPLICAS))
        name = f"2,000 events, 400 places × 52 weeks, {REPLICAS} replicas"
        results.append(Result(name, took, CELLS_MS, peer_name="limit of 5,000 cells"))
    return results


def plain_maxima(x: Floats, y: Floats, cases: NDArray[np.int64], expected: Floats) -> Floats:
    """Largest ratio of PLAIN replicas, by whole rows of circles at once."""
    total = int(cases.sum())
    share = expected * total / expected.sum()
    around = circles(x, y, share, total / 2)
    rng = np.random.default_rng(0)
    best = np.zeros(PLAIN)
    for i in range(PLAIN):
        drawn = rng.multinomial(total, share / total)
        for centre in range(len(x)):
            near = around.cells(centre, int(np.diff(around.start)[centre]))
            c, e = np.cumsum(drawn[near]), np.cumsum(share[near])
            more = c > e
            c, e = c[more], e[more]
            outside = np.maximum(total - c, 1e-300)
            ratio = c * np.log(c / e) + outside * np.log(outside / (total - e))
            best[i] = max(best[i], ratio.max(initial=0.0))
    return best
