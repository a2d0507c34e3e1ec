"""What a back-test reads: scores by what was known when the period began, and what came after.

Nothing that was learnt in the period plays a part in a score. Visits of schools, re-checks, self-checks and second
visits at one site are left out, and counted: their day follows from other things than a choice.
"""

from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...casework.findings import Finding
from ...days import CHINA
from ...errors import Invalid
from ...field.checks import Check, CheckKind
from ..hotspots import county_outline
from ..occurrences import COUNTED_FINDINGS, occurrences

Columns = dict[str, NDArray[Any]]

PAST = timedelta(days=90)  # that cells are marked hot by
SIZE_M = 500
NEVER_DAYS = 10_000.0
# A cell that was looked at in none of these last days was left alone the longest
WINDOWS_DAYS = (7, 14, 30, 60, 90, 180, 365)
TIED_TO_A_DAY = (CheckKind.SELF, CheckKind.RECHECK)


class Visits(NamedTuple):
    """First visits at sites that were known and scored when the period began; `left_out` are the others."""

    columns: Columns
    left_out: dict[str, int]


def moments(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first moment of the first day to that of the day after the last, by China's clocks."""
    begin, end = (datetime.combine(day, time(), CHINA) for day in (first, last + timedelta(days=1)))
    return begin, end


def read_visits(session: Session, county: str, begin: datetime, end: datetime) -> Visits:
    """A row for each first visit: `site`, `day` since the beginning, `found`, `risk`, `recency` in days."""
    from ..risk.scoring import scores_as_of  # models load slowly, and only jobs need them

    scored = {each.site_id: each for each in scores_as_of(session, county, begin).sites}
    found = (
        select(Finding.id)
        .where(Finding.county == Check.county, Finding.check_id == Check.id, Finding.state.in_(COUNTED_FINDINGS))
        .exists()
    )
    query = (
        select(Check.site_id, Check.kind, Check.device_finished_at, found)
        .where(Check.county == county, Check.device_finished_at >= begin, Check.device_finished_at < end)
        .order_by(Check.device_finished_at, Check.id)
    )
    seen, rows = set(), []
    left_out = {"tied": 0, "again": 0, "unscored": 0}
    for site_id, kind, at, is_found in session.execute(query):
        if kind in TIED_TO_A_DAY:
            left_out["tied"] += 1
        elif site_id in seen:
            left_out["again"] += 1
        elif site_id not in scored:
            left_out["unscored"] += 1
        else:
            seen.add(site_id)
            risk = scored[site_id]
            day = (at - begin) / timedelta(days=1)
            away = risk.last_visit_days if np.isfinite(risk.last_visit_days) else NEVER_DAYS
            rows.append((str(site_id), day, is_found, risk.probability, away))
    return Visits(_columns(rows), left_out)


def _columns(rows: list[tuple[Any, ...]]) -> Columns:
    kinds = {"site": "U36", "day": "float64", "found": "bool", "risk": "float64", "recency": "float64"}
    values = zip(*rows, strict=True) if rows else ([] for _ in kinds)
    return {
        name: np.array(list(each), dtype=kind) for (name, kind), each in zip(kinds.items(), values, strict=True)
    }


def read_cells(session: Session, county: str, begin: datetime, end: datetime) -> Columns:
    """A row for each cell of 500 m: `area_km2`, `hot` (Gi* z), `recency`, `walked`, and `events` of the period.

    No rows in a county whose outline nobody knows.
    """
    from geo.cells import squares
    from geo.hotspots import gi_star
    from geo.weights import with_self

    from ..exposure import read_exposure

    try:
        grid = squares(county_outline(session, county), SIZE_M)
    except Invalid:  # no outline yet
        none = np.zeros(0)
        names = ("area_km2", "hot", "recency", "walked", "past")
        return dict.fromkeys(names, none) | {"events": none.astype(np.int64)}
    before = occurrences(session, county, begin - PAST, begin, known_at=begin)
    after = occurrences(session, county, begin, end)
    past = grid.totals(before.lon, before.lat, before.weight)
    z = gi_star(past, with_self(grid.neighbours)) if len(grid) > 2 else past
    known = np.isfinite(z)
    alone = sum(
        (
            read_exposure(session, county, grid, begin - timedelta(days=days), begin, known_at=begin).total == 0
        ).astype(float)
        for days in WINDOWS_DAYS
    )
    return {
        "area_km2": grid.share * (SIZE_M / 1000) ** 2,
        "hot": np.where(known, z, z[known].min() - 1 if known.any() else 0.0),
        "recency": np.asarray(alone),
        "walked": read_exposure(session, county, grid, begin, end).total.astype(float),
        "past": past,
        "events": grid.totals(after.lon, after.lat).astype(np.int64),
    }


def first_known(session: Session, county: str) -> datetime | None:
    """When the first check of the county was finished."""
    found: datetime | None = session.scalar(
        select(func.min(Check.device_finished_at)).where(Check.county == county)
    )
    return found
