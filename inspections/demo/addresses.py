"""Addresses as people write them, from the street, compound or village that a place lies at."""

import shapely

from ..registry.map_features import FeatureKind
from ..registry.sites import Premises
from . import names, plane
from .chance import Chance
from .land import Compound, Land


def of(land: Land, at: plane.Point, chance: Chance, premises: Premises | None = None) -> str:
    """Where a place is, in words. Flats, garages and basements are in the nearest compound."""
    township = land.township_at(at)
    start = names.COUNTY_PLAIN + names.TOWNSHIPS[township]
    compound = nearest_compound(land, at)
    if compound and premises in INDOORS:
        return start + compound.name + _inside(premises, chance)
    street = _nearest_street(land, at)
    if street:
        floor = f"{chance.randint(2, 5)}楼" if premises is Premises.OFFICE else ""
        return f"{start}{street}{chance.randint(1, 268)}号{floor}"
    return f"{start}{land.village_at(at).name}{chance.randint(1, 12)}组"


INDOORS = {Premises.RESIDENTIAL, Premises.GARAGE, Premises.BASEMENT}


def _inside(premises: Premises | None, chance: Chance) -> str:
    building = chance.randint(1, 12)
    if premises is Premises.GARAGE:
        return f"{building}栋{chance.randint(1, 40)}号车库"
    if premises is Premises.BASEMENT:
        return f"{building}栋负一层"
    room = f"{chance.randint(1, 11)}{chance.randint(1, 4):02}"
    return f"{building}栋{chance.randint(1, 3)}单元{room}室"


def nearest_compound(land: Land, at: plane.Point, within_m: float = 420) -> Compound | None:
    found = min(land.compounds, key=lambda each: plane.away(each.middle, at))
    return found if plane.away(found.middle, at) <= within_m else None


def _nearest_street(land: Land, at: plane.Point, within_m: float = 450) -> str | None:
    here = shapely.Point(at)
    streets = [line for line in land.lines if line.kind is FeatureKind.ROAD and line.rank in (2, 4)]
    distances = shapely.distance(here, [street.shape for street in streets])
    nearest = int(distances.argmin())
    return streets[nearest].name if distances[nearest] <= within_m else None
