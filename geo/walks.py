"""Walks: a track of fixes held against the ground that was to be walked."""

import math
from collections.abc import Sequence
from typing import Any

import shapely

from .coordinates import LonLat
from .fixes import Fence, Fix
from .measurement import distance_m

__all__ = ["fence_of_walk", "metres_outside", "share_inside", "track_m"]

DEGREE_M = 111_195.0
# Nobody walks faster than this between two fixes; what does jumped
FASTEST_M_S = 12.0


def fence_of_walk(ground: Any, track: Sequence[Fix]) -> Fence:
    """Whether a walk went through the ground, a polygon in degrees.

    Inside: the whole circle of some fix lies in it. Outside: those of all fixes of known accuracy lie out of it.
    Else, and where there is none, it can't be told. Cells meet in the middle of streets, so that one fix alone
    would seldom do.

    >>> from datetime import UTC, datetime
    >>> square = shapely.box(117.0, 28.0, 117.01, 28.01)
    >>> fixes = [Fix(datetime(2026, 11, 20, tzinfo=UTC), 117.0, 28.005, each) for each in (5.0, 30.0)]
    >>> fence_of_walk(square, fixes).value
    'cannot_tell'
    """
    found = [_fence(ground, fix) for fix in track if fix.accuracy_m is not None]
    if Fence.INSIDE in found:
        return Fence.INSIDE
    return Fence.OUTSIDE if found and set(found) == {Fence.OUTSIDE} else Fence.CANNOT_TELL


def metres_outside(ground: Any, place: LonLat) -> float:
    """How far a place lies out of the ground; 0 within."""
    return float(_flat(ground, place).distance(shapely.Point(0, 0)))


def share_inside(ground: Any, track: Sequence[Fix]) -> float | None:
    """Of the fixes that can be told, the share that lies in the ground; None where none can."""
    found = [each for fix in track if (each := _fence(ground, fix)) is not Fence.CANNOT_TELL]
    return sum(each is Fence.INSIDE for each in found) / len(found) if found else None


def track_m(track: Sequence[Fix]) -> float:
    """The length of the way, by the fixes in the order of their moments; jumps and trembling are left out."""
    way, last = 0.0, None
    for fix in sorted(track, key=lambda each: each.at):
        if last is None:
            last = fix
            continue
        step_m, seconds = distance_m(last.point, fix.point), (fix.at - last.at).total_seconds()
        doubt_m = min(math.hypot(last.accuracy_m or 0, fix.accuracy_m or 0), 50.0)
        if step_m <= doubt_m / 2:
            continue
        if step_m <= FASTEST_M_S * max(seconds, 1):
            way += step_m
        last = fix
    return way


def _fence(ground: Any, fix: Fix) -> Fence:
    flat, here = _flat(ground, fix.point), shapely.Point(0, 0)
    if fix.accuracy_m is None or flat.boundary.distance(here) < fix.accuracy_m:
        return Fence.CANNOT_TELL
    return Fence.INSIDE if flat.covers(here) else Fence.OUTSIDE


def _flat(ground: Any, place: LonLat) -> Any:
    """The ground in metres on a plane that touches the earth at a place; good for some kilometres around."""
    east_m = DEGREE_M * math.cos(math.radians(place.lat))
    return shapely.transform(ground, lambda points: (points - [place.lon, place.lat]) * [east_m, DEGREE_M])
