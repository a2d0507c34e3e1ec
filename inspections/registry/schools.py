"""Schools by name, as anybody may know them: for who wants to say next to which one something is."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .areas import Area
from .imports.tables import clean
from .sites import Site, SiteKind

MOST = 8


class School(NamedTuple):
    name: str
    township: str
    lon: float | None
    lat: float | None


def find_schools(session: Session, county: str, words: str) -> list[School]:
    """The schools whose name holds the words, those that begin with them first."""
    asked = "".join(clean(words).split())[:30]
    if not asked:
        return []
    query = (
        select(Site.name, func.coalesce(Area.name, ""), func.ST_X(Site.location), func.ST_Y(Site.location))
        .outerjoin(Area, (Area.county == Site.county) & (Area.id == Site.township_id))
        .where(Site.county == county, Site.kind == SiteKind.SCHOOL, func.strpos(Site.name, asked) > 0)
        .order_by(func.strpos(Site.name, asked) > 1, Site.name, Site.id)
        .limit(MOST)
    )
    return [School(*row) for row in session.execute(query)]
