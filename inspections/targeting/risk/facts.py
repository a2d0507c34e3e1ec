"""What was known of each site at one moment, in numbers: pure arithmetic over a `History`.

Weights fall with age by exp(−age / τ) and, for what happened around a site, with distance by a Gaussian of
`NEAR_M` metres cut at three of them. A site's own tips and findings are taken out of what lies around it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...intake.tips import TipState
from .history import DAY_S, Floats, History, Ints

Flags = NDArray[np.bool_]

RECENT_DAYS = 90
TIP_TAU_DAYS = 60.0
FINDING_TAU_DAYS = 180.0
FEE_DAYS = 180
NEAR_M = 300.0
SQUARE_M = 100.0
REACH = 3.0  # standard deviations; as `scipy.ndimage.gaussian_filter` is told
REFUTED = (TipState.UNFOUNDED, TipState.DUPLICATE, TipState.INVALID)
YEAR_DAYS = 365


@dataclass(frozen=True)
class Facts:
    """Row i of every array is site i of the history. Ages are in days, inf for never."""

    at_s: float
    is_known: Flags
    words: dict[str, NDArray[np.object_]]
    numbers: dict[str, Floats]

    def __getitem__(self, name: str) -> Floats:
        return self.numbers[name]


def facts_at(history: History, at_s: float) -> Facts:
    """Everything as it was known at a moment in POSIX seconds; later facts of the history play no part."""
    sites = history.sites
    words = _words(history, at_s)
    tips = tips_at(history, at_s)
    findings = _findings(history, at_s)
    numbers = {
        **_tip_numbers(history, tips),
        **_finding_numbers(history, findings),
        **_visit_numbers(history, findings, at_s),
        **_listing_numbers(history, at_s),
        "watched": ((words["state"] == "closed") & (sites.watched_until_s + DAY_S > at_s)).astype(float),
        "moved": sites.has_moved.astype(float),
    }
    # A watch that was never set is no watch
    numbers["watched"][np.isinf(sites.watched_until_s)] = 0.0
    return Facts(at_s, sites.known_s <= at_s, words, numbers)


def _words(history: History, at_s: float) -> dict[str, NDArray[np.object_]]:
    """Taken back, change by change: before the first change after the moment, a word was what that change says."""
    words = {name: values.astype(object) for name, values in history.sites.words.items()}
    changes = history.changes
    later = np.flatnonzero((changes["at"] > at_s) & (changes["site"] >= 0))
    for row in later[::-1]:  # the earliest last, so that it has the last word
        words[changes["field"][row]][changes["site"][row]] = changes["was"][row]
    return words


class Tips(NamedTuple):
    """Tips as of a moment: rows of the history's, whether they stand, and the site they were known to be about."""

    rows: Ints
    site: Ints
    age_days: Floats
    state: NDArray[np.object_]

    @property
    def stands(self) -> Flags:
        return ~np.isin(self.state, [state.value for state in REFUTED])


def tips_at(history: History, at_s: float) -> Tips:
    tips, moves = history.tips, history.moves
    state = np.full(len(tips["known"]), TipState.NEW.value, dtype=object)
    past = np.flatnonzero((moves["at"] <= at_s) & (moves["tip"] >= 0))
    state[moves["tip"][past]] = moves["state"][past]  # in the order of time: the last one stays
    rows = np.flatnonzero(tips["known"] <= at_s)
    site = np.where(tips["linked"][rows] <= at_s, tips["site"][rows], -1)
    return Tips(rows, site, (at_s - tips["known"][rows]) / DAY_S, state[rows])


def _tip_numbers(history: History, tips: Tips) -> dict[str, Floats]:
    n = len(history.sites)
    own, fading = tips.site >= 0, np.exp(-tips.age_days / TIP_TAU_DAYS)
    stands, is_recent = tips.stands, tips.age_days <= RECENT_DAYS
    confirmed, unfounded = tips.state == TipState.CONFIRMED, tips.state == TipState.UNFOUNDED
    fees = (history.tips["is_about_fees"][tips.rows] > 0) & (tips.age_days <= FEE_DAYS)
    last = np.full(n, np.inf)
    np.minimum.at(last, tips.site[own & stands], tips.age_days[own & stands])
    weight = np.where(confirmed, 2.0, 1.0) * fading * stands
    x_m, y_m = (history.tips[name][tips.rows] for name in ("x_m", "y_m"))
    return {
        "tips_recent": _count(n, tips.site, own & stands & is_recent),
        "tips": _count(n, tips.site, own & stands, fading),
        "tips_confirmed": _count(n, tips.site, own & confirmed, fading),
        "tips_refuted": _count(n, tips.site, own & unfounded, fading),
        "fee_tips": _count(n, tips.site, own & stands & fees),
        "last_tip_days": last,
        "near_tips": _around(history, x_m, y_m, weight, tips.site),
    }


class Findings(NamedTuple):
    """As of a moment: `confirmed` are those that stood by then, `open` those neither mended nor refused."""

    site: Ints
    age_days: Floats
    confirmed: Flags
    open: Flags
    overdue: Flags


def _findings(history: History, at_s: float) -> Findings:
    found, closures, deadlines = history.findings, history.closures, history.deadlines
    known = (found["known"] <= at_s) & (found["site"] >= 0)
    decided = found["decided"] <= at_s
    rejected = decided & (found["is_rejected"] > 0)
    confirmed = known & (found["confirmed"] <= at_s)
    closed = np.zeros(len(known), dtype=bool)
    stands = (closures["closed"] <= at_s) & (closures["reopened"] > at_s) & (closures["finding"] >= 0)
    closed[closures["finding"][stands]] = True
    due = np.full(len(known), np.inf)
    past = (deadlines["at"] <= at_s) & (deadlines["finding"] >= 0)
    due[deadlines["finding"][past]] = deadlines["due"][past]
    is_open = known & ~rejected & ~closed
    return Findings(
        found["site"],
        (at_s - found["found"]) / DAY_S,
        confirmed,
        is_open,
        is_open & confirmed & (due + DAY_S <= at_s),
    )


def _finding_numbers(history: History, findings: Findings) -> dict[str, Floats]:
    n, sites = len(history.sites), history.sites
    fading = np.exp(-np.maximum(findings.age_days, 0) / FINDING_TAU_DAYS) * findings.confirmed
    weight = fading * history.findings["severity"]
    chosen = findings.confirmed
    row = findings.site[chosen]
    return {
        "findings": _count(n, findings.site, chosen, weight),
        "open": _count(n, findings.site, findings.open),
        "overdue": _count(n, findings.site, findings.overdue),
        "near_findings": _around(history, sites.x_m[row], sites.y_m[row], weight[chosen], row),
    }


def _visit_numbers(history: History, findings: Findings, at_s: float) -> dict[str, Floats]:
    n, visits = len(history.sites), history.visits
    known = (visits["known"] <= at_s) & (visits["site"] >= 0) & (visits["at"] <= at_s)
    age_days = (at_s - visits["at"]) / DAY_S
    last = np.full(n, np.inf)
    np.minimum.at(last, visits["site"][known], age_days[known])
    recent = known & (age_days <= YEAR_DAYS)
    row_of = {key: row for row, key in enumerate(visits["id"])}
    hit = np.zeros(len(known), dtype=bool)
    hit[[row_of[key] for key in history.findings["check"][findings.confirmed] if key in row_of]] = True
    return {
        "last_visit_days": last,
        "visits": _count(n, visits["site"], recent),
        "hits": _count(n, visits["site"], recent & hit),
    }


def _listing_numbers(history: History, at_s: float) -> dict[str, Floats]:
    n, listings = len(history.sites), history.listings
    stands = (listings["listed"] <= at_s) & (listings["removed"] > at_s) & (listings["site"] >= 0)
    return {
        f"{which}_list": np.minimum(_count(n, listings["site"], stands & (listings["list"] == which)), 1.0)
        for which in ("white", "black")
    }


def _count(n: int, rows: Ints, chosen: Flags, weight: Floats | None = None) -> Floats:
    given = None if weight is None else weight[chosen]
    return np.bincount(rows[chosen], given, minlength=n)[:n].astype(float)


def _around(history: History, x_m: Floats, y_m: Floats, weight: Floats, owner: Ints) -> Floats:
    """What lies around each site: weights on squares of `SQUARE_M`, spread by a Gaussian whose peak is one."""
    from scipy.ndimage import gaussian_filter

    sites, sigma = history.sites, NEAR_M / SQUARE_M
    n, margin = len(sites), int(REACH * sigma) + 2
    placed = np.isfinite(x_m) & np.isfinite(y_m) & (weight > 0)
    if not n or not placed.any():
        return np.zeros(n)
    column0, row0 = (int(np.floor(each.min() / SQUARE_M)) - margin for each in (sites.x_m, sites.y_m))
    column, row = _square(sites.x_m, column0), _square(sites.y_m, row0)
    shape = (int(row.max()) + margin + 1, int(column.max()) + margin + 1)
    at_column, at_row = _square(x_m[placed], column0), _square(y_m[placed], row0)
    inside = (at_column >= 0) & (at_row >= 0) & (at_column < shape[1]) & (at_row < shape[0])
    grid = np.zeros(shape)
    np.add.at(grid, (at_row[inside], at_column[inside]), weight[placed][inside])
    peak = _peak(sigma)
    around = gaussian_filter(grid, sigma, mode="constant", truncate=REACH)[row, column] / peak
    mine, own = owner[placed], owner[placed] >= 0
    near_x, near_y = at_column[own] - column[mine[own]], at_row[own] - row[mine[own]]
    reach = int(REACH * sigma + 0.5)
    kernel = np.exp(-(near_x**2 + near_y**2) / (2 * sigma**2))
    kernel[(np.abs(near_x) > reach) | (np.abs(near_y) > reach) | ~inside[own]] = 0.0
    around -= np.bincount(mine[own], weight[placed][own] * kernel, minlength=n)
    return np.maximum(around, 0.0)


def _square(metres: Floats, first: int) -> Ints:
    return np.floor(metres / SQUARE_M).astype(np.int64) - first


def _peak(sigma: float) -> float:
    reach = int(REACH * sigma + 0.5)
    line = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return float(1 / line.sum() ** 2)
