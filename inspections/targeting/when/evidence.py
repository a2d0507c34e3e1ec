"""What tells when something goes on: occurrences by site, kind of day and hour, corrected for when anybody looked.

- A tip counts at the time of occurrence it gives. When it was received tells when people telephone, not when a
  class is held: a tip without a time of occurrence is counted apart and says nothing of hours.
- A visit that found something counts at its time, with the weight of how seldom anybody looked in that slot: one
  hit among few visits at night says as much as many among the visits of office hours (weights 0.2 to 5).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ...rules.calendar import Calendar
from ..risk.facts import tips_at
from ..risk.history import DAY_S, History
from .day_types import TYPES, TypedDay, typed
from .shares import HOURS, SLOTS, Floats, smooth

Ints = NDArray[np.int64]
SPAN_DAYS = 730
OFFSET_S = 8 * 3600.0
LIGHTEST, HEAVIEST = 0.2, 5.0


@dataclass(frozen=True)
class Evidence:
    """`counts` are sites × SLOTS, `days` how many days of the kind the span had, by slot.

    `places` are occurrences that belong to no site: their metres and slots. `timed` and `untimed` count tips.
    """

    counts: Floats
    days: Floats
    place_x_m: Floats
    place_y_m: Floats
    place_counts: Floats
    timed: int
    untimed: int
    hits: int


def evidence_of(history: History, calendar: Calendar, walks_s: Floats, at_s: float) -> Evidence:
    """As of a moment in POSIX seconds; `walks_s` are when walks through cells ended, as far as known by then."""
    span = Span(calendar, at_s)
    n = len(history.sites)
    counts = np.zeros((n, SLOTS))
    timed, placed, untimed = _add_tips(history, span, at_s, counts)
    hits = _add_hits(history, span, walks_s, at_s, counts)
    x_m, y_m, place_counts = placed
    return Evidence(counts, span.days, x_m, y_m, place_counts, timed, untimed, hits)


class Span:
    """The days before a moment, each with its kind, and the slots of moments among them."""

    def __init__(self, calendar: Calendar, at_s: float):
        self.first_day = int((at_s + OFFSET_S) // DAY_S) - SPAN_DAYS + 1
        epoch = date(1970, 1, 1)
        self.typed: list[TypedDay] = [
            typed(calendar, epoch + timedelta(days=self.first_day + n)) for n in range(SPAN_DAYS)
        ]
        self.share = np.zeros((SPAN_DAYS, len(TYPES)))
        for number, day in enumerate(self.typed):
            self.share[number, list(day.types)] = 1 / len(day.types)
        self.days = np.repeat(self.share.sum(axis=0), HOURS)

    def slots(self, moments_s: Floats) -> tuple[NDArray[np.bool_], Floats]:
        """Which moments lie in the span, and for those a row of SLOTS that sums to one."""
        local = np.where(np.isfinite(moments_s), moments_s, -1e12) + OFFSET_S
        number = np.floor(local / DAY_S).astype(np.int64) - self.first_day
        inside = (number >= 0) & (number < SPAN_DAYS)
        hour = ((local[inside] % DAY_S) // 3600).astype(np.int64)
        rows = np.zeros((int(inside.sum()), len(TYPES), HOURS))
        rows[np.arange(len(rows)), :, hour] = self.share[number[inside]]
        return inside, rows.reshape(len(rows), SLOTS)


def _add_tips(
    history: History, span: Span, at_s: float, counts: Floats
) -> tuple[int, tuple[Floats, Floats, Floats], int]:
    tips = tips_at(history, at_s)
    happened = history.tips["happened"][tips.rows]
    stands = tips.stands & (happened <= at_s)
    inside, rows = span.slots(np.where(stands, happened, np.inf))
    site = tips.site[inside]
    np.add.at(counts, site[site >= 0], rows[site >= 0])
    x_m, y_m = (history.tips[name][tips.rows][inside][site < 0] for name in ("x_m", "y_m"))
    recent = tips.stands & (tips.age_days < SPAN_DAYS)
    untimed = int((recent & ~np.isfinite(happened)).sum())
    return len(site), (x_m, y_m, rows[site < 0]), untimed


def _add_hits(history: History, span: Span, walks_s: Floats, at_s: float, counts: Floats) -> int:
    """A visit counts once, however much it found."""
    visits, found = history.visits, history.findings
    known = (visits["known"] <= at_s) & (visits["site"] >= 0)
    confirmed = {key for key in found["check"][found["confirmed"] <= at_s] if key}
    hit = known & np.array([key in confirmed for key in visits["id"]], dtype=bool)
    inside, rows = span.slots(np.where(known, visits["at"], np.inf))
    _, walked = span.slots(walks_s[walks_s <= at_s])
    looked = smooth((rows.sum(axis=0) + walked.sum(axis=0))[None])[0]
    often = np.divide(looked, span.days, out=np.zeros(SLOTS), where=span.days > 0)
    chosen = hit[inside]
    if not chosen.any():
        return 0
    here = rows[chosen] @ often
    weight = np.clip(np.median(here) / np.maximum(here, 1e-9), LIGHTEST, HEAVIEST)
    np.add.at(counts, visits["site"][inside][chosen], rows[chosen] * (weight / weight.mean())[:, None])
    return int(chosen.sum())
