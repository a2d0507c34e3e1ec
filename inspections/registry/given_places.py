"""A place as a phone or a form gives it: checked, and brought to WGS-84."""

from typing import Annotated

from pydantic import Field

from geo.coordinates import Datum, LonLat
from geo.errors import GeoError

from ..errors import Invalid, say
from ..incoming import Line, Moment, Part

Metres = Annotated[float, Field(ge=0, le=1_000_000)]


class GivenLocation(Part):
    lon: float
    lat: float
    accuracy_m: Metres | None = None
    at: Moment | None = None
    datum: Line = "wgs84"
    source: Line = "fix"


def place_of(given: GivenLocation | None) -> LonLat | None:
    """Raises Invalid at `location` for what is no place on earth, or was written the wrong way round."""
    if given is None:
        return None
    try:
        place = LonLat.of(given.lon, given.lat, Datum.parse(given.datum))
    except GeoError as error:
        swapped = error.code == "looks_swapped"
        wrong = say("经度和纬度写反了，请互换") if swapped else say("位置不对，请在地图上重新点选")
        raise Invalid({"location": wrong}) from None
    if place.is_null:
        raise Invalid({"location": say("没有取得位置，请在地图上点选")})
    if place.looks_swapped:
        raise Invalid({"location": say("经度和纬度写反了，请互换")})
    return place
