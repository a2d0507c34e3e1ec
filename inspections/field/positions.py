"""Where a check was made, as its record tells it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from geo import fixes
from geo.coordinates import LonLat, looks_swapped
from geo.fixes import Fix, Grade
from geo.measurement import distance_m

from ..registry.sites import Site, SiteKind
from .checks import Fence
from .record import GivenFix, Record

# A campus is wide; a flat, a shop or a garage is not
FENCE_RADIUS_M = {SiteKind.SCHOOL: 300.0, SiteKind.INSTITUTION: 150.0, SiteKind.SUSPECTED: 150.0}
BEFORE_VISIT = timedelta(minutes=10)
AFTER_VISIT = timedelta(seconds=5)
EARLIER_RECORDS = 20


@dataclass(frozen=True)
class Position:
    """The fix a check stands on, None if there is none, and what can be said about it."""

    fix: Fix | None
    grade: Grade
    fence: Fence
    distance_m: float | None
    flags: list[str]


@dataclass(frozen=True)
class Visit:
    """The fixes of a record that can be believed, and the best of them."""

    series: list[Fix]
    chosen: Fix | None


def visit_of(record: Record) -> Visit:
    series = [fix for each in record.fixes if (fix := read_fix(each))]
    return Visit(series, best_of_visit(series, record.started_at, record.finished_at))


def position_of(
    record: Record,
    visit: Visit,
    site: Site,
    place: LonLat | None,
    *,
    earlier: Sequence[Fix],
    outside_county: bool,
) -> Position:
    """Hold the best fix of a visit against the site at `place`, and against where the person was `earlier`."""
    series, chosen = visit.series, visit.chosen
    away_m = distance_m(place, chosen.point) if place and chosen else None
    radius_m = FENCE_RADIUS_M[site.kind]
    found = fixes.flags(
        chosen,
        moment_of(chosen, record.started_at, record.finished_at) if chosen else record.finished_at,
        series=series,
        earlier=earlier,
        site=place,
        radius_m=radius_m,
    )
    flags = [flag.code for flag in found]
    if outside_county:
        flags.append("outside_county")
    if not series and any(_swapped(each) for each in record.fixes):
        flags.append("swapped_fix")
    return Position(
        chosen,
        _grade(chosen, record.started_at, record.finished_at) if chosen else Grade.D,
        _fence(chosen, record, away_m, radius_m),
        away_m,
        flags,
    )


def read_fix(given: GivenFix | None) -> Fix | None:
    return Fix.read(given.model_dump()) if given else None


def best_of_visit(series: Sequence[Fix], started: datetime, finished: datetime) -> Fix | None:
    """The fix of the best grade, and of those the most accurate.

    Any moment of a visit is as good as its end: outdoors at the gate the signal is better than in the cellar where
    the check is finished. A fix from outside the visit is taken only if there is no other.
    """

    def worth(fix: Fix) -> tuple[str, float, float]:
        age = moment_of(fix, started, finished) - fix.at
        return _grade(fix, started, finished), fix.accuracy_m or math.inf, abs(age.total_seconds())

    return min(series, key=worth, default=None)


def moment_of(fix: Fix, started: datetime, finished: datetime) -> datetime:
    """The moment of the visit that is closest to a fix."""
    return max(started, min(fix.at, finished))


# The places that the person's latest records stand on, the last first: when, lon, lat, accuracy in metres
EARLIER = f"""
    select device_finished_at, st_x(location), st_y(location), accuracy_m
    from checks
    where county = :county and person_id = :person_id and location is not null
    order by received_at desc
    limit {EARLIER_RECORDS}
"""  # noqa: S608 - a constant


def _grade(fix: Fix, started: datetime, finished: datetime) -> Grade:
    return fixes.grade(fix, moment_of(fix, started, finished))


def _fence(fix: Fix | None, record: Record, away_m: float | None, radius_m: float) -> Fence:
    """A fix from another time says nothing about the visit."""
    if fix is None or not record.started_at - BEFORE_VISIT <= fix.at <= record.finished_at + AFTER_VISIT:
        return Fence.CANNOT_TELL
    return Fence[fixes.fence(away_m, radius_m, fix.accuracy_m).name]


def _swapped(given: GivenFix) -> bool:
    numbers: list[Any] = [given.lon, given.lat]
    return all(isinstance(each, int | float) for each in numbers) and bool(looks_swapped(*numbers))
