"""Filters that several lists share."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from geo.boxes import BoundingBox
from geo.errors import GeoError
from geo.tiles import key_ranges

from ..errors import Message, say
from ..registry.areas import Area, AreaLevel
from ..registry.people import Person
from ..registry.sites import Site
from .listing import Filter, words_of

MAX_BOX_KM2 = 100_000.0


def word_filter(key: str, label: Any, column: Any, choice: Any, *, as_chips: bool = False) -> Filter:
    """Choose among the words of a closed list."""
    words = words_of(choice)
    return Filter(key, label, lambda values: column.in_(values), words, column, as_chips=as_chips)


def mark_filter(key: str, label: Any, marks: Mapping[str, tuple[Message, Any]]) -> Filter:
    """Choose among conditions that don't exclude each other: all that are chosen must hold."""
    options = tuple((mark, words) for mark, (words, _) in marks.items())
    return Filter(key, label, lambda values: and_(*(marks[value][1] for value in values)), options, as_chips=True)


def township_filter(column: Any) -> Filter:
    return Filter(
        "township",
        say("镇街"),
        lambda values: column.in_([UUID(value) for value in values]),
        value=column,
        options=townships,
    )


def townships(session: Session, person: Person) -> list[tuple[str, str]]:
    """Id and name of each township of the county, in the order of their codes."""
    query = (
        select(Area.id, Area.name)
        .where(Area.county == person.county, Area.level == AreaLevel.TOWNSHIP)
        .order_by(Area.code, Area.name)
    )
    return [(str(area_id), name) for area_id, name in session.execute(query)]


def box_filter() -> Filter:
    """The sites inside a rectangle of the map: "west,south,east,north" in WGS-84 degrees."""
    return Filter("box", say("地图范围"), lambda values: _in_box(values[0]))


def _in_box(text: str) -> Any:
    try:
        box = BoundingBox.parse(text, max_area_km2=MAX_BOX_KM2)
    except GeoError as error:
        raise ValueError(str(error)) from error
    ranges = key_ranges(*box.as_tuple())
    return and_(
        or_(*(Site.tile_key.between(first, last) for first, last in ranges)),
        func.ST_X(Site.location).between(box.west, box.east),
        func.ST_Y(Site.location).between(box.south, box.north),
    )
