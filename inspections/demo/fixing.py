"""Positions as a phone in a pocket gives them: settling outdoors, poor in garages, none in basements."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from geo import fixes
from geo.coordinates import LonLat
from geo.fixes import Fix
from geo.measurement import distance_m

from ..field.checks import Fence
from ..field.positions import FENCE_RADIUS_M
from ..registry.sites import Premises
from . import plane
from .book import local
from .chance import Chance
from .visits import Visit

UNDERGROUND = "在地下室，没有信号"


@dataclass(frozen=True)
class Track:
    """The fixes of a visit as its record holds them, and what they amount to."""

    given: list[dict[str, Any]]
    last_outdoor: dict[str, Any] | None
    no_fix_reason: str | None
    chosen: Fix | None
    grade: str
    fence: Fence
    distance_m: float | None


def track(visit: Visit, chance: Chance) -> Track:
    """Fixes from the gate to the end of the visit. Underground there are none, only the last one outdoors."""
    at = visit.spot.at or (0.0, 0.0)
    premises = visit.spot.row["premises"]
    if premises is Premises.BASEMENT and chance.happens(0.8):
        outdoor = _fix(at, visit.start - timedelta(minutes=chance.uniform(1, 6)), 14.0, chance)
        return Track([], outdoor, UNDERGROUND, None, "D", Fence.CANNOT_TELL, None)
    if visit.spot.at is None:
        return Track([], None, "地址待核实，未到达具体位置", None, "D", Fence.CANNOT_TELL, None)
    aside = chance.expovariate(1 / 1500) if chance.happens(0.015) else 0.0  # a few were not where they say
    here = (at[0] + aside, at[1] + aside / 2)
    settled = _settled_m(premises, chance)
    radii = [settled * factor for factor in (5.5, 2.4, 1.3, 1.0)]
    seconds = [4, 11, 19, 26]
    given = [
        _fix(here, visit.start + timedelta(seconds=after), radius, chance)
        for after, radius in zip(seconds, radii, strict=True)
    ]
    return _judged(visit, given)


def _settled_m(premises: Premises | None, chance: Chance) -> float:
    match premises:
        case Premises.GARAGE:
            return chance.uniform(30, 160)
        case Premises.BASEMENT:
            return chance.uniform(90, 400)
        case Premises.OFFICE | Premises.RESIDENTIAL:
            return chance.lognormvariate(3.0, 0.5)
        case _:
            return chance.lognormvariate(2.1, 0.45)


def _fix(at: plane.Point, when: datetime, accuracy_m: float, chance: Chance) -> dict[str, Any]:
    """The error is drawn so that 95 of 100 fixes lie within their accuracy."""
    angle, error = chance.uniform(0, math.tau), abs(chance.gauss(0, accuracy_m / 2))
    lon, lat = plane.lonlat((at[0] + error * math.cos(angle), at[1] + error * math.sin(angle)))
    return {
        "at": local(when).isoformat(timespec="milliseconds"),
        "lon": lon,
        "lat": lat,
        "accuracy_m": round(accuracy_m, 1),
        "source": "fix",
    }


def _judged(visit: Visit, given: list[dict[str, Any]]) -> Track:
    """The last fix is the best: it is graded at its own moment and held against the fence of the site."""
    chosen = Fix.read(given[-1] | {"source": "device"})
    if chosen is None or visit.spot.at is None:
        return Track(given, None, None, None, "D", Fence.CANNOT_TELL, None)
    away = distance_m(LonLat(*plane.lonlat(visit.spot.at)), chosen.point)
    fence = fixes.fence(away, FENCE_RADIUS_M[visit.spot.kind], chosen.accuracy_m)
    grade = fixes.grade(chosen, chosen.at)
    return Track(given, None, None, chosen, grade.value, Fence[fence.name], round(away, 1))
