"""What is planted, so that analyses have something to find, and tests something to find it by.

Three hotspots, each about 400 m in radius:

- **old town** 老城南: lunch tables, homework classes and one-to-one tutoring in the flats around a primary school,
  all through the school year, on weekday evenings.
- **west garages** 西关: subject classes in garages and basements of compounds in the west of the town, at weekends
  and in vacations; fixes there are poor, since the phone stands underground.
- **Shiqiao** 石桥镇: a township seat where classes moved to after sweeps in the town; quiet until about ten weeks
  ago, then worse from week to week.

One cold quarter, **new town** 新城, in the east of the town: as many schools, compounds and institutions as
elsewhere, checked more often than anywhere, with hardly a tip and few problems.
"""

from dataclasses import dataclass
from functools import cache

from ..registry.sites import Premises, SiteCategory
from . import names, plane
from .chance import Chance
from .land import QUARTERS, Land, town_point

SPREAD_M = 190.0
HOT_RADIUS_M = 450.0
COLD_RADIUS_M = 850.0


@dataclass(frozen=True)
class Hotspot:
    """`suspects` and `tips` are how many are planted; `last_days` is how long ago it flared up."""

    name: str
    middle: plane.Point
    suspects: int
    tips: int
    last_days: int
    rhythm: str
    categories: tuple[SiteCategory, ...]
    premises: tuple[Premises, ...]

    def near(self, chance: Chance) -> plane.Point:
        """A place in the hotspot."""
        while True:
            east, north = chance.gauss(0, SPREAD_M), chance.gauss(0, SPREAD_M)
            if east * east + north * north < (HOT_RADIUS_M - 60) ** 2:
                return self.middle[0] + east, self.middle[1] + north


def hotspots(land: Land) -> list[Hotspot]:
    kinds, places = SiteCategory, Premises
    return [
        Hotspot(
            "老城南",
            town_point(*QUARTERS["老城南"]),
            26,
            150,
            365,
            "evening",
            (kinds.LUNCH_TABLE, kinds.AFTER_CARE, kinds.ONE_TO_ONE, kinds.LIVE_IN_TUTOR, kinds.STUDY_ROOM),
            (places.RESIDENTIAL, places.RESIDENTIAL, places.SHOP),
        ),
        Hotspot(
            "西关",
            town_point(*QUARTERS["西关"]),
            20,
            110,
            365,
            "weekend",
            (kinds.UNLICENSED_CLASS, kinds.THINKING, kinds.ONE_TO_ONE, kinds.ENRICHMENT),
            (places.GARAGE, places.BASEMENT, places.RESIDENTIAL),
        ),
        Hotspot(
            "石桥",
            land.seats[names.TOWNSHIPS.index("石桥镇")],
            16,
            90,
            70,
            "rising",
            (kinds.UNLICENSED_CLASS, kinds.BRIDGING, kinds.CONSULTING, kinds.AFTER_CARE),
            (places.SHOP, places.VILLAGE, places.RESIDENTIAL),
        ),
    ]


@cache
def cold_middle() -> plane.Point:
    return town_point(*QUARTERS["新城"])


def is_cold(at: plane.Point | None) -> bool:
    return at is not None and plane.away(at, cold_middle()) <= COLD_RADIUS_M


def is_hot(at: plane.Point | None, spots: list[Hotspot]) -> bool:
    return at is not None and any(plane.away(at, spot.middle) <= HOT_RADIUS_M for spot in spots)
