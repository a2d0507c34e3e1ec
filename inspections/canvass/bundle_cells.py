"""A person's cells in the phone's bundle: in two parts, since the first screen needs no shapes.

Of tips that the office has given out there are places and nothing else: who told of it, and in what words, stays
with the office, and what nobody has looked at yet is not carried about (decision 0182).
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..access import can
from ..days import CHINA
from ..intake.tips import Tip, TipState
from ..registry.people import Person
from ..registry.time_bands import TimeBand, band_at
from ..rules.calendar import Calendar, read_calendar
from .known_cells import KnownCell, cells_for

COLUMNS = ("id", "code", "name", "township_id", "lon", "lat", "visits", "last_at", "last_outcome", "dues")
MOST_TIPS = 500
COMING_DAYS = 60
NOON = time(12)
LETTERS = {TimeBand.WEEKEND: "e", TimeBand.HOLIDAY: "h"}
COARSE_DEG = 0.00002  # two metres: a border on a phone need be no finer
PLACES = 5  # of degrees, a metre
TIP_PLACES = 4  # ten metres


def cell_parts(session: Session, person: Person, today: date) -> dict[str, Any]:
    """`canvass`: the cells and what is due in each; `ground`: their shapes, and where open tips point to."""
    known = cells_for(session, person, today) if can(person, "canvass.record") else []
    calendar = read_calendar(session, person) if known else None
    return {
        "canvass": {
            "columns": COLUMNS,
            "rows": [_row(each) for each in known],
            "campaigns": _campaigns(known),
            "days": calendar and {"from": today, "kinds": _kinds(calendar, today)},
        },
        "ground": {
            "shapes": {str(each.cell.id): _shape(to_shape(each.cell.boundary)) for each in known},
            "tips": _tips(session, person, known),
        },
    }


def _row(known: KnownCell) -> list[Any]:
    cell = known.cell
    middle = to_shape(cell.boundary).representative_point()
    return [
        cell.id,
        cell.code,
        cell.name,
        cell.township_id,
        round(middle.x, PLACES),
        round(middle.y, PLACES),
        {band.value: at for band, at in known.visits.items()},
        known.last_at,
        known.last_outcome,
        [[due.campaign_id, due.bands] for due in known.dues],
    ]


def _campaigns(known: Sequence[KnownCell]) -> list[dict[str, Any]]:
    named = {due.campaign_id: due for each in known for due in each.dues}
    return [{"id": due.campaign_id, "name": due.name, "ends_on": due.ends_on} for due in named.values()]


def _kinds(calendar: Calendar, today: date) -> str:
    """One letter a day from today on: w workday, e weekend, h holiday or vacation."""
    noons = (datetime.combine(today + timedelta(days=n), NOON, CHINA) for n in range(COMING_DAYS))
    return "".join(LETTERS.get(band_at(calendar, noon), "w") for noon in noons)


def _shape(boundary: Any) -> dict[str, Any]:
    simple = boundary.simplify(COARSE_DEG)
    geometry = shapely.geometry.mapping(simple if simple.is_valid and not simple.is_empty else boundary)
    return {"type": geometry["type"], "coordinates": _rounded(geometry["coordinates"])}


def _rounded(numbers: Any) -> Any:
    return [_rounded(each) for each in numbers] if isinstance(numbers, Sequence) else round(numbers, PLACES)


def _tips(session: Session, person: Person, known: Sequence[KnownCell]) -> list[list[Any]]:
    """[lon, lat, uncertainty in metres, category, day it came] of open tips that point into the cells."""
    if not known:
        return []
    place = (func.ST_X(Tip.location), func.ST_Y(Tip.location))
    of_county = (Tip.county == person.county, Tip.state == TipState.ASSIGNED, Tip.location.is_not(None))
    rows = session.execute(
        select(*place, Tip.uncertainty_m, Tip.category, Tip.received_at)
        .where(*of_county)
        .order_by(Tip.received_at.desc())
    )
    ground = shapely.union_all([to_shape(each.cell.boundary) for each in known])
    shapely.prepare(ground)
    found = []
    for lon, lat, uncertainty_m, category, received_at in rows:
        if ground.intersects(shapely.Point(lon, lat)):
            day = received_at.astimezone(CHINA).date()
            found.append([round(lon, TIP_PLACES), round(lat, TIP_PLACES), uncertainty_m, category, day])
        if len(found) == MOST_TIPS:
            break
    return found
