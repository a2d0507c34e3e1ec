"""A person's cells in the phone's bundle: in two parts, since the first screen needs no shapes.

Of tips that the office has given out there are places and nothing else: who told of it, and in what words, stays
with the office, and what nobody has looked at yet is not carried about (decision 0182).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry import mapping, shape
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..access import can
from ..days import CHINA
from ..intake.tips import Tip, TipState
from ..registry.people import Person
from ..registry.time_bands import TimeBand, band_at
from ..rules.calendar import Calendar, read_calendar
from .own_cells import OwnCell, OwnGround, cells_for

COLUMNS = (
    *("id", "code", "name", "township_id", "lon", "lat", "visits", "last_at", "last_outcome", "dues"),
    "is_overdue",
)
MOST_TIPS = 500
COMING_DAYS = 60
NOON = time(12)
EVER = datetime.min.replace(tzinfo=CHINA)
LETTERS = {TimeBand.WEEKEND: "e", TimeBand.HOLIDAY: "h"}
COARSE_DEG = 0.00002  # two metres: a border on a phone need be no finer
PLACES = 5  # of degrees, a metre
TIP_PLACES = 4  # ten metres


def cell_parts(session: Session, person: Person, today: date) -> dict[str, Any]:
    """`canvass`: the cells and what is due in each; `ground`: their shapes, and where open tips point to."""
    now = datetime.combine(today, NOON, CHINA)
    ground = (
        cells_for(session, person, now, with_known=False) if can(person, "canvass.record") else OwnGround((), ())
    )
    shapes = {cell.id: shape(cell.boundary) for cell in ground.cells}
    calendar = read_calendar(session, person) if shapes else None
    return {
        "canvass": {
            "columns": COLUMNS,
            "rows": [_row(cell, shapes[cell.id]) for cell in ground.cells],
            "campaigns": [
                {"id": each.id, "name": each.name, "ends_on": each.ends_on} for each in ground.campaigns
            ],
            "days": calendar and {"from": today, "kinds": _kinds(calendar, today)},
        },
        "ground": {
            "shapes": {str(cell_id): _drawn(boundary) for cell_id, boundary in shapes.items()},
            "tips": _tips(session, person, shapes.values()),
        },
    }


def _row(cell: OwnCell, boundary: Any) -> list[Any]:
    middle = boundary.representative_point()
    walked = [due for due in cell.due if due.last_at]
    last = max(walked, key=lambda due: due.last_at or EVER, default=None)
    dues = {each: [due.band for due in cell.due if each in due.campaigns] for each in _campaigns_of(cell)}
    return [
        cell.id,
        cell.code,
        cell.name,
        cell.township_id,
        round(middle.x, PLACES),
        round(middle.y, PLACES),
        {due.band.value: due.last_at for due in walked},
        last and last.last_at,
        last and last.last_outcome,
        [list(pair) for pair in dues.items()],
        all(due.is_overdue for due in cell.due),
    ]


def _campaigns_of(cell: OwnCell) -> list[UUID]:
    return list(dict.fromkeys(each for due in cell.due for each in due.campaigns))


def _kinds(calendar: Calendar, today: date) -> str:
    """One letter a day from today on: w workday, e weekend, h holiday or vacation."""
    noons = (datetime.combine(today + timedelta(days=n), NOON, CHINA) for n in range(COMING_DAYS))
    return "".join(LETTERS.get(band_at(calendar, noon), "w") for noon in noons)


def _drawn(boundary: Any) -> dict[str, Any]:
    simple = boundary.simplify(COARSE_DEG)
    geometry = mapping(simple if simple.is_valid and not simple.is_empty else boundary)
    return {"type": geometry["type"], "coordinates": _rounded(geometry["coordinates"])}


def _rounded(numbers: Any) -> Any:
    return [_rounded(each) for each in numbers] if isinstance(numbers, Sequence) else round(numbers, PLACES)


def _tips(session: Session, person: Person, shapes: Collection[Any]) -> list[list[Any]]:
    """[lon, lat, uncertainty in metres, category, day it came] of open tips that point into the cells."""
    if not shapes:
        return []
    place = (func.ST_X(Tip.location), func.ST_Y(Tip.location))
    of_county = (Tip.county == person.county, Tip.state == TipState.ASSIGNED, Tip.location.is_not(None))
    rows = session.execute(
        select(*place, Tip.uncertainty_m, Tip.category, Tip.received_at)
        .where(*of_county)
        .order_by(Tip.received_at.desc())
    )
    ground = shapely.union_all(list(shapes))
    shapely.prepare(ground)
    found = []
    for lon, lat, uncertainty_m, category, received_at in rows:
        if ground.intersects(shapely.Point(lon, lat)):
            day = received_at.astimezone(CHINA).date()
            found.append([round(lon, TIP_PLACES), round(lat, TIP_PLACES), uncertainty_m, category, day])
        if len(found) == MOST_TIPS:
            break
    return found
