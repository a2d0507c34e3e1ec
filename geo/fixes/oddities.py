"""What a reviewer should look at in the position of a record. Facts, no verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..coordinates import Datum, LonLat
from ..measurement import distance_m
from .fix import Fix, Source
from .settling import AHEAD, FRESH, Fence, fence

IDENTICAL_DEG = 1e-7
FASTEST_KMH = 150.0
# Fewer fixes, or a shorter while, may well agree by chance
STEADY_FIXES = 5
STEADY_FOR = timedelta(seconds=10)

PHOTO_AWAY_M = 500.0
PHOTO_APART = timedelta(minutes=10)
LONGEST_SHIFT_M = 1_000.0  # GCJ-02 lies 678 m from WGS-84 at the most, anywhere in the mainland


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact worth a reviewer's look: a machine-readable code and the values that its sentence needs."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


def flags(
    chosen: Fix | None,
    now: datetime,
    *,
    series: Sequence[Fix] = (),
    earlier: Sequence[Fix] = (),
    site: LonLat | None = None,
    radius_m: float = 0.0,
) -> list[Flag]:
    """The facts about a record's position that are worth a look.

    `chosen` is the fix the record stands on and `now` its moment; `series` all fixes kept with it; `earlier`
    the fixes that other records of the same person stand on; `site` and `radius_m` the fence.

    ==================== ===================================================================================
    no_fix               there is none
    unknown_accuracy     accuracy absent, 0 or not a number
    stale_fix            30 s old or older (`age_s`)
    clock_ahead          stamped later than the record (`ahead_s`)
    identical_place      to 1e-7° that of a record a day or more earlier (`at`, of the first such)
    constant_accuracy    5 fixes or more over at least 10 s, all of one accuracy (`accuracy_m`, `count`)
    too_fast             over 150 km/h since the record before, even if both accuracies are used up
                         (`speed_kmh`, `distance_m`)
    gcj02_fingerprint    outside the fence, yet inside were the numbers GCJ-02 (`distance_m`, `shifted_m`)
    ==================== ===================================================================================
    """
    if chosen is None:
        return [Flag("no_fix")]
    found = [
        _unknown_accuracy(chosen),
        _out_of_time(chosen, now),
        _identical_place(chosen, earlier),
        _constant_accuracy(series),
        _too_fast(chosen, earlier),
        _gcj02_fingerprint(chosen, site, radius_m),
    ]
    return [flag for flag in found if flag]


def photo_flags(chosen: Fix | None, *, photo_at: datetime | None, photo_point: LonLat | None) -> list[Flag]:
    """What a photo's own metadata says against the fix; metadata that is absent says nothing.

    `photo_elsewhere`: more than 500 m away (`distance_m`). `photo_at_another_time`: more than 10 min apart
    (`apart_s`).
    """
    found = []
    if chosen and photo_point and (away := distance_m(chosen.point, photo_point)) > PHOTO_AWAY_M:
        found.append(Flag("photo_elsewhere", {"distance_m": round(away)}))
    if chosen and photo_at and abs(photo_at - chosen.at) > PHOTO_APART:
        apart = abs(photo_at - chosen.at)
        found.append(Flag("photo_at_another_time", {"apart_s": round(apart.total_seconds())}))
    return found


def _unknown_accuracy(fix: Fix) -> Flag | None:
    return Flag("unknown_accuracy") if fix.accuracy_m is None else None


def _out_of_time(fix: Fix, now: datetime) -> Flag | None:
    age = now - fix.at
    if age < -AHEAD:
        return Flag("clock_ahead", {"ahead_s": round(-age.total_seconds())})
    return Flag("stale_fix", {"age_s": round(age.total_seconds())}) if age >= FRESH else None


def _identical_place(fix: Fix, earlier: Sequence[Fix]) -> Flag | None:
    same = (
        other
        for other in earlier
        if abs(other.lon - fix.lon) <= IDENTICAL_DEG
        and abs(other.lat - fix.lat) <= IDENTICAL_DEG
        and abs(fix.at - other.at) >= timedelta(days=1)
        and other.source is fix.source is Source.DEVICE
    )
    first = min(same, key=lambda other: other.at, default=None)
    return Flag("identical_place", {"at": first.at}) if first else None


def _constant_accuracy(series: Sequence[Fix]) -> Flag | None:
    measured = [fix for fix in series if fix.source is Source.DEVICE and fix.accuracy_m is not None]
    if len(measured) < STEADY_FIXES or len({fix.accuracy_m for fix in measured}) > 1:
        return None
    moments = [fix.at for fix in measured]
    if max(moments) - min(moments) < STEADY_FOR:
        return None
    return Flag("constant_accuracy", {"accuracy_m": measured[0].accuracy_m, "count": len(measured)})


def _too_fast(fix: Fix, earlier: Sequence[Fix]) -> Flag | None:
    before = max((other for other in earlier if other.at <= fix.at), key=lambda other: other.at, default=None)
    if before is None:
        return None
    away_m = distance_m(before.point, fix.point)
    surely_m = away_m - (before.accuracy_m or 0) - (fix.accuracy_m or 0)
    # two records of one second were still made one after the other
    seconds = max(1.0, (fix.at - before.at).total_seconds())
    if surely_m / seconds * 3.6 <= FASTEST_KMH:
        return None
    return Flag("too_fast", {"speed_kmh": round(surely_m / seconds * 3.6), "distance_m": round(away_m)})


def _gcj02_fingerprint(fix: Fix, site: LonLat | None, radius_m: float) -> Flag | None:
    if site is None or fix.datum in (Datum.GCJ02, Datum.BD09):
        return None
    away_m = distance_m(site, fix.point)
    if away_m > radius_m + LONGEST_SHIFT_M or fence(away_m, radius_m, fix.accuracy_m) is not Fence.OUTSIDE:
        return None
    shifted_m = distance_m(site, LonLat.of(fix.lon, fix.lat, Datum.GCJ02))
    if shifted_m <= radius_m:
        return Flag("gcj02_fingerprint", {"distance_m": round(away_m), "shifted_m": round(shifted_m)})
    return None
