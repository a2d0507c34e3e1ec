"""Kernel density of a county on 400 × 400 pixels: against scikit-learn at 1 % tolerance, and against the limit."""

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon, box

from geo.density import adaptive, kernel

from .result import Result, side_by_side

NAME = "density"
LIMIT_MS = 300.0
SIZE_M, BANDWIDTH_M, PIXEL_M = 40_000.0, 1000.0, 100.0
ANGLES = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
RADII_M = 19_000 * (1 + 0.05 * np.sin(30 * ANGLES))
OUTLINE = Polygon(np.column_stack([np.cos(ANGLES), np.sin(ANGLES)]) * RADII_M[:, None] + SIZE_M / 2)


SQUARE = box(PIXEL_M, PIXEL_M, SIZE_M - PIXEL_M, SIZE_M - PIXEL_M)  # 400 pixels with their frame


def run(full: bool) -> list[Result]:
    x_m, y_m = events(1_000_000)
    limited = [
        ("1,000,000 events", lambda: kernel(x_m, y_m, BANDWIDTH_M, PIXEL_M, outline=SQUARE)),
        (
            "the same in an outline of 3,000 corners",
            lambda: kernel(x_m, y_m, BANDWIDTH_M, PIXEL_M, outline=OUTLINE),
        ),
        ("the same, adaptive", lambda: adaptive(x_m, y_m, BANDWIDTH_M, PIXEL_M, outline=OUTLINE)),
    ]
    results = [against_scikit_learn(10_000)]
    for name, work in limited:
        ours, _ = side_by_side(work, lambda: None, runs=9)
        results.append(Result(name, ours, LIMIT_MS, "≤ 1 ×", peer_name="limit"))
    return [*results, against_scikit_learn(1_000_000, runs=1)] if full else results


def against_scikit_learn(n: int, runs: int = 3) -> Result:
    from sklearn.neighbors import KernelDensity

    x_m, y_m = events(n)
    middles = (np.arange(400) + 0.5) * PIXEL_M
    places = np.column_stack([axis.ravel() for axis in np.meshgrid(middles, middles)])
    found: dict[str, NDArray[np.float64]] = {}

    def ours() -> None:
        found["ours"] = kernel(x_m, y_m, BANDWIDTH_M, PIXEL_M).at(*places.T)

    def peer() -> None:
        tree = KernelDensity(bandwidth=BANDWIDTH_M, rtol=0.01).fit(np.column_stack([x_m, y_m]))
        found["peer"] = np.exp(tree.score_samples(places)) * n * 1e6

    times = side_by_side(ours, peer, runs)
    assert np.abs(found["ours"] - found["peer"]).max() < 0.02 * found["peer"].max()
    name = f"{n:,} events, every pixel's density"
    return Result(name, *times, "≤ 0.02 ×", "theirs within 1 %", peer_name="scikit-learn")


def events(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sixty heaps with six of ten events, the others anywhere."""
    rng = np.random.default_rng(3)
    heaps = rng.normal(rng.uniform(5000, 35_000, (60, 2)).repeat(n // 100, axis=0), 800.0)
    xy = np.concatenate([heaps, rng.uniform(0, SIZE_M, (n - len(heaps), 2))]).clip(0, SIZE_M)
    return xy[:, 0], xy[:, 1]
