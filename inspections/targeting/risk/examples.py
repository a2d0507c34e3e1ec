"""What a model learns from: sites as they were known on reference days, and what a visit soon after found.

A row is a site on a reference day, `STEP_DAYS` apart. Its label is whether the first visit of the `STEP_DAYS` that
follow found a problem that was confirmed. Only visited sites have one. Re-checks look at known problems and
self-checks are no visits: neither is a label. A visit whose problems nobody decided on yet is left out.

Who gets visited is no accident, so rows are weighted by how seldom a site like that was visited (inverse
propensity, stabilised and clipped: Hernán & Robins, Causal Inference, ch. 12). Visits drawn at random are the one
sample without that bias, and the model is held against them apart.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...field.checks import CheckKind
from ...rules.calendar import Calendar
from ..when.day_types import TYPES, DayType, typed
from .facts import facts_at
from .features import CONTROL_COLUMNS, context_at, matrix
from .history import DAY_S, Floats, History, Ints
from .rules import points_of
from .scored import scored_rows

STEP_DAYS = 14
MOST_STEPS = 78  # three years
MOST_ROWS = 40_000  # beyond, sites that nobody visited are drawn from, and each drawn stands for several
NOT_LABELS = (CheckKind.SELF.value, CheckKind.RECHECK.value)
EVENING_S = 18 * 3600.0
OFFSET_S = 8 * 3600.0


@dataclass(frozen=True)
class Examples:
    """Row by row: features, reference moment, site, and of the visited ones label and whether drawn at random.

    `points` are those of the rules, of visited rows; `stands_for` is how many unvisited rows a drawn one is.
    """

    features: Floats
    at_s: Floats
    site: Ints
    is_visited: NDArray[np.bool_]
    label: Floats
    is_random: NDArray[np.bool_]
    points: Floats
    stands_for: Floats

    def __len__(self) -> int:
        return len(self.at_s)

    def visited(self) -> "Examples":
        return self.take(np.flatnonzero(self.is_visited))

    def take(self, rows: Ints) -> "Examples":
        return Examples(**{name: column[rows] for name, column in self.columns().items()})

    def columns(self) -> dict[str, Any]:
        """What a snapshot keeps: numbers alone."""
        return {
            "features": self.features,
            "at_s": self.at_s,
            "site": self.site,
            "is_visited": self.is_visited,
            "label": self.label,
            "is_random": self.is_random,
            "points": self.points,
            "stands_for": self.stands_for,
        }


def examples_of(history: History, calendar: Calendar, seed: int) -> Examples:
    """Every reference day of the history, until one step before its end."""
    until_s = history.until.timestamp()
    begin = max(_beginning(history), until_s - MOST_STEPS * STEP_DAYS * DAY_S)
    steps = int((until_s - begin) // (STEP_DAYS * DAY_S))
    looks = _looks(history, calendar)
    if steps < 1:
        return _step(history, calendar, looks, until_s, 0, seed)
    most = max(MOST_ROWS // steps, 1)
    parts = [
        _step(history, calendar, looks, until_s - number * STEP_DAYS * DAY_S, most, seed + number).columns()
        for number in range(steps, 0, -1)
    ]
    return Examples(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _beginning(history: History) -> float:
    known = history.visits["known"]
    return float(known.min()) if len(known) else history.until.timestamp()


@dataclass(frozen=True)
class Looks:
    """Visits that can be labels, in the order of time."""

    at_s: Floats
    site: Ints
    label: Floats  # nan while problems wait for a decision
    is_random: NDArray[np.bool_]
    is_off_day: Floats
    is_evening: Floats


def _looks(history: History, calendar: Calendar) -> Looks:
    visits, found = history.visits, history.findings
    until_s = history.until.timestamp()
    confirmed = {key for key in found["check"][found["confirmed"] <= until_s] if key}
    waiting = {key for key in found["check"][~(found["decided"] <= until_s)] if key} - confirmed
    chosen = np.flatnonzero((visits["site"] >= 0) & ~np.isin(visits["kind"], NOT_LABELS))
    keys = visits["id"][chosen]
    label = np.array([1.0 if key in confirmed else np.nan if key in waiting else 0.0 for key in keys])
    at_s = visits["at"][chosen]
    order = np.lexsort((keys.astype(str), at_s))
    day = ((at_s + OFFSET_S) // DAY_S).astype(np.int64)
    off = {each: _is_off(calendar, int(each)) for each in np.unique(day)}
    return Looks(
        at_s[order],
        visits["site"][chosen][order],
        label[order],
        (visits["kind"][chosen] == CheckKind.RANDOM.value)[order],
        np.array([off[each] for each in day], dtype=float)[order],
        (((at_s + OFFSET_S) % DAY_S) >= EVENING_S).astype(float)[order],
    )


def _is_off(calendar: Calendar, day: int) -> bool:
    kind = TYPES[typed(calendar, date.fromordinal(date(1970, 1, 1).toordinal() + day)).types[0]]
    return TYPES.index(kind) >= TYPES.index(DayType.SATURDAY)


def _step(history: History, calendar: Calendar, looks: Looks, at_s: float, most: int, seed: int) -> Examples:
    """One reference day: every visited row, and at `most` so many that were not."""
    facts = facts_at(history, at_s)
    first = np.full(len(history.sites), -1)
    soon = np.flatnonzero((looks.at_s >= at_s) & (looks.at_s < at_s + STEP_DAYS * DAY_S))
    first[looks.site[soon][::-1]] = soon[::-1]  # the earliest stays
    rows = scored_rows(facts)
    rows, stands_for = _drawn(rows, first[rows] >= 0, most, seed)
    look = first[rows]
    label = np.full(len(rows), np.nan)
    label[look >= 0] = looks.label[look[look >= 0]]
    is_visited = np.isfinite(label)
    features = matrix(facts, context_at(calendar, at_s, STEP_DAYS))[rows]
    for column, values in zip(CONTROL_COLUMNS, (looks.is_off_day, looks.is_evening), strict=True):
        features[is_visited, column] = values[look[is_visited]]
    random = np.zeros(len(rows), dtype=bool)
    random[is_visited] = looks.is_random[look[is_visited]]
    return Examples(
        features,
        np.full(len(rows), at_s),
        rows,
        is_visited,
        np.where(is_visited, label, 0.0),
        random,
        points_of(facts, np.where(is_visited, rows, -1)),
        stands_for,
    )


def _drawn(rows: Ints, visited: NDArray[np.bool_], most: int, seed: int) -> tuple[Ints, Floats]:
    spare = rows[~visited]
    if len(spare) <= most:
        return rows, np.ones(len(rows))
    drawn = np.random.default_rng(seed).choice(spare, most, replace=False)
    kept = np.sort(np.concatenate([rows[visited], drawn]))
    return kept, np.where(np.isin(kept, drawn), len(spare) / max(most, 1), 1.0)
