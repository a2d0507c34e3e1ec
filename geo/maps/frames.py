"""The steps of a time slider: each week or month of a period with its own hotspots."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ..cells import Grid
from ..hotspots import find_hotspots
from ..words import marked
from .hotspot_layers import Frame

Floats = NDArray[np.float64]
# Below this total in a cell and its neighbours, a short period says nothing (see find_hotspots).
LEAST = 3.0


def frames(
    grid: Grid,
    lon: Floats,
    lat: Floats,
    day: NDArray[np.datetime64],
    steps: list[tuple[date, date]],
    weights: Floats | None = None,
    least: float = LEAST,
    name: Callable[[date, date], str] | None = None,
) -> list[Frame]:
    """One frame for each (first, last) day, both included. `name` gives its label, in Chinese if left out."""
    cell = grid.assign(lon, lat)
    weight = np.ones(len(cell)) if weights is None else np.asarray(weights, dtype=float)
    made = []
    for first, last in steps:
        chosen = (cell >= 0) & (day >= np.datetime64(first, "D")) & (day <= np.datetime64(last, "D"))
        totals = np.bincount(cell[chosen], weights=weight[chosen], minlength=len(grid)).astype(float)
        found = find_hotspots(totals, grid.neighbours, least=least)
        made.append(Frame((name or chinese_label)(first, last), first, last, found.level, found.z))
    return made


def weeks(first: date, last: date) -> list[tuple[date, date]]:
    """Steps of seven days from the first day on; the last may be shorter."""
    starts = (first + timedelta(days) for days in range(0, (last - first).days + 1, 7))
    return [(start, min(start + timedelta(6), last)) for start in starts]


def months(first: date, last: date) -> list[tuple[date, date]]:
    """Calendar months, cut to the period at both ends."""
    return [(max(start, first), min(end, last)) for start, end in _calendar_months(first, last)]


def chinese_label(first: date, last: date) -> str:
    """`2026年5月` for a whole month, else `5月1日至7日` or `5月29日至6月4日`."""
    words, values = step_words(first, last)
    return words.format(**values)


def step_words(first: date, last: date) -> tuple[str, dict[str, int]]:
    """The name of a step as Chinese words with gaps, and the numbers that fill them: so it can be translated."""
    if first.day == 1 and (last + timedelta(1)).day == 1 and first.month == last.month:
        return marked("{year}年{month}月"), {"year": first.year, "month": first.month}
    values = {"month": first.month, "day": first.day, "last_month": last.month, "last_day": last.day}
    if first.month == last.month:
        return marked("{month}月{day}日至{last_day}日"), values
    return marked("{month}月{day}日至{last_month}月{last_day}日"), values


def _calendar_months(first: date, last: date) -> Iterator[tuple[date, date]]:
    start = first.replace(day=1)
    while start <= last:
        following = (start + timedelta(32)).replace(day=1)
        yield start, following - timedelta(1)
        start = following
