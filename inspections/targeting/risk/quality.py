"""How good scores are on days that nothing was learnt from, with intervals by resampling sites.

`first_half` answers the question a bureau asks: had the visits of those days been made in the order of the score,
what share of the problems would the first half of them have found?
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .examples import Examples
from .fitting import log_loss
from .history import Floats, Ints

REPLICAS = 200
LEVEL = 0.9
BINS = 8
LEAST_IN_BIN = 8


class Figure(NamedTuple):
    """A measure with its interval at 90 %; None where it has no meaning, as for labels of one kind."""

    value: float | None
    low: float | None
    high: float | None


def auc(label: Floats, score: Floats) -> float | None:
    """The chance that a visit that found something had the higher score (Mann-Whitney, ties count half)."""
    hits = label > 0
    n, m = int(hits.sum()), int((~hits).sum())
    if not n or not m:
        return None
    return float((_ranks(score)[hits].sum() - n * (n + 1) / 2) / (n * m))


def first_half(label: Floats, score: Floats) -> float | None:
    """The share of hits in the better half by score; at a tie over the edge its expectation."""
    hits = float(label.sum())
    if not hits:
        return None
    _, place, size = np.unique(-score, return_inverse=True, return_counts=True)
    before = np.cumsum(size) - size
    taken = np.clip(len(label) / 2 - before, 0, size)
    return float((np.bincount(place.reshape(-1), label) / size * taken).sum() / hits)


def brier(label: Floats, probability: Floats) -> float:
    return float(np.mean((label - probability) ** 2))


def measured(
    rows: Examples, scores: Mapping[str, Floats], probabilities: frozenset[str], seed: int
) -> dict[str, Any]:
    """For each named score its figures on the same rows and the same resamples of sites."""
    picks = resamples(rows.site, seed)
    label = rows.label
    found: dict[str, Any] = {}
    for name, score in scores.items():
        figures = {
            "auc": _figure(auc, label, score, picks),
            "first_half": _figure(first_half, label, score, picks),
        }
        if name in probabilities:
            figures["log_loss"] = _figure(_plain_loss, label, score, picks)
            figures["brier"] = _figure(brier, label, score, picks)
        found[name] = {key: list(figure) for key, figure in figures.items()}
    return found


def resamples(site: Ints, seed: int) -> list[Ints]:
    """Rows of sites drawn with replacement: visits to one site are no independent looks."""
    rng = np.random.default_rng(seed)
    order = np.argsort(site, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(site[order])) + 1, len(site))
    groups = np.split(order, ends[:-1])
    if not len(site):
        return []
    return [
        np.concatenate([groups[each] for each in rng.integers(0, len(groups), len(groups))])
        for _ in range(REPLICAS)
    ]


def _figure(
    measure: Callable[[Floats, Floats], float | None], label: Floats, score: Floats, picks: list[Ints]
) -> Figure:
    value = measure(label, score) if len(label) else None
    if value is None:
        return Figure(None, None, None)
    replicas = [each for pick in picks if (each := measure(label[pick], score[pick])) is not None]
    if len(replicas) < REPLICAS / 2:
        return Figure(value, None, None)
    low, high = np.quantile(replicas, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(value, float(low), float(high))


def _plain_loss(label: Floats, probability: Floats) -> float:
    return log_loss(label, probability, np.ones(len(label)))


def calibration(label: Floats, probability: Floats) -> list[dict[str, float]]:
    """Predicted against found, in bins of equal size; the interval is Wilson's at 90 %."""
    order = np.argsort(probability, kind="stable")
    count = max(1, min(BINS, len(order) // LEAST_IN_BIN))
    bins = []
    for rows in np.array_split(order, count):
        if len(rows):
            low, high = wilson(float(label[rows].sum()), len(rows))
            bins.append(
                {
                    "predicted": float(probability[rows].mean()),
                    "found": float(label[rows].mean()),
                    "n": len(rows),
                    "low": low,
                    "high": high,
                }
            )
    return bins


def wilson(hits: float, n: float, z: float = 1.6449) -> tuple[float, float]:
    """Wilson's score interval (1927) of a share; 0 to 1 where nothing was seen."""
    if n <= 0:
        return 0.0, 1.0
    share, lean = hits / n, z * z / n
    middle = (share + lean / 2) / (1 + lean)
    half = z * np.sqrt(share * (1 - share) / n + lean / (4 * n)) / (1 + lean)
    return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def by_month(rows: Examples, probability: Floats) -> list[dict[str, Any]]:
    """Calibration in the large: predicted and found shares of visits by month of the reference day."""
    month = (rows.at_s + 8 * 3600).astype("datetime64[s]").astype("datetime64[M]")
    found = []
    for each in np.unique(month):
        here = month == each
        low, high = wilson(float(rows.label[here].sum()), int(here.sum()))
        found.append(
            {
                "month": str(each),
                "predicted": float(probability[here].mean()),
                "found": float(rows.label[here].mean()),
                "n": int(here.sum()),
                "low": low,
                "high": high,
            }
        )
    return found


def _ranks(score: Floats) -> Floats:
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    ranks[order] = np.arange(1, len(score) + 1)
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    return np.asarray((np.bincount(place, ranks) / count)[place])
