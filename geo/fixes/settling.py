"""Which fix of a series to believe, how far, and whether it puts someone at a place."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from .fix import Fix, Source, read_accuracy, read_number

FRESH = timedelta(seconds=30)
RECENT = timedelta(minutes=10)
# A phone stamps a fix with its own clock, yet some stamp it a moment ahead
AHEAD = timedelta(seconds=5)

FINE_M = 20.0
# What an iPhone reports for a position found by Wi-Fi
FAIR_M = 65.0
COARSE_M = 1000.0


class Grade(StrEnum):
    """How much a position says about where someone was; see `grade`."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Fence(StrEnum):
    """Whether a position is at a place."""

    INSIDE = "inside"
    CANNOT_TELL = "cannot_tell"
    OUTSIDE = "outside"


def best(fixes: Iterable[Fix], now: datetime) -> Fix | None:
    """The device's fix with the lowest accuracy radius among those younger than 30 s; of equals, the latest.

    A fix of unknown accuracy is chosen only if there is no other.
    """
    fresh = [fix for fix in fixes if fix.source is Source.DEVICE and _is_younger(fix, now, FRESH)]
    return min(fresh, key=lambda fix: (_radius_m(fix), now - fix.at), default=None)


def last_known(fixes: Iterable[Fix], now: datetime) -> Fix | None:
    """The latest position no older than 10 min: what is left when the signal is lost on the way in."""
    recent = [fix for fix in fixes if _is_younger(fix, now, RECENT)]
    return max(recent, key=lambda fix: (fix.at, -_radius_m(fix)), default=None)


def grade(fix: Fix | None, now: datetime) -> Grade:
    """How much a position says about where someone is at `now`.

    ===== ==========================================================================================
    A     from the device, younger than 30 s, accurate to 20 m
    B     from the device, younger than 30 s, accurate to 65 m
    C     from the device, younger than 10 min, accurate to 1 km; or a scanned code or a picked site,
          younger than 10 min
    D     no fix, an older one, one accurate to no better than 1 km, or of unknown accuracy or source
    ===== ==========================================================================================
    """
    if fix is None or not _is_younger(fix, now, RECENT):
        return Grade.D
    if fix.source in (Source.QR, Source.PICKED):
        return Grade.C
    radius_m = _radius_m(fix)
    if fix.source is Source.UNKNOWN or radius_m > COARSE_M:
        return Grade.D
    if radius_m > FAIR_M or not _is_younger(fix, now, FRESH):
        return Grade.C
    return Grade.A if radius_m <= FINE_M else Grade.B


def fence(distance_m: float | None, radius_m: float, accuracy_m: float | None) -> Fence:
    """Whether a fix `distance_m` from the middle of a fence of `radius_m` is inside.

    Inside and outside mean the whole circle of accuracy; what straddles the fence, and an unknown accuracy or
    distance, cannot be told.

    >>> [fence(distance_m, 200, 20).value for distance_m in (50, 190, 230)]
    ['inside', 'cannot_tell', 'outside']
    >>> fence(10, 200, None).value
    'cannot_tell'
    """
    away, doubt = read_number(distance_m), read_accuracy(accuracy_m)
    if away is None or doubt is None:
        return Fence.CANNOT_TELL
    if away + doubt <= radius_m:
        return Fence.INSIDE
    return Fence.OUTSIDE if away - doubt > radius_m else Fence.CANNOT_TELL


def _is_younger(fix: Fix, now: datetime, than: timedelta) -> bool:
    return -AHEAD <= now - fix.at < than


def _radius_m(fix: Fix) -> float:
    return math.inf if fix.accuracy_m is None else fix.accuracy_m
