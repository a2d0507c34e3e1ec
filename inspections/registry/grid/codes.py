"""Codes of grid cells: 15 digits, given once and never again.

County (6, GB/T 2260), town (3, GB/T 10114), community or village (3), and a serial counted inside it from
west to east and from north to south (see `geo.cells`). A cell outside of any drawn village stands under 000.
"""

import re
from collections.abc import Sequence
from uuid import UUID

import numpy as np
import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry import Polygon
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo.cells import unit_grid_codes

from ...errors import Invalid, say
from ..areas import Area, AreaLevel
from ..grid_cells import GridCell

MOST_SERIAL = 999
LOCK = text("select pg_advisory_xact_lock(hashtext('codes of grid cells ' || :county))")


def codes_for(session: Session, township: Area, shapes: Sequence[Polygon]) -> list[tuple[str, UUID | None]]:
    """A new code and the village for each of some cells. Serials go on after the last that a community ever
    had, that of a retired cell included. Raises Invalid for a township without a code and a full
    community.
    """
    session.execute(LOCK, {"county": township.county})
    villages = _villages(session, township)
    places = [_village_at(villages, shape) for shape in shapes]
    prefixes = [_prefix(township, villages[i][0] if i is not None else None) for i in places]
    last = _last_serials(session, township.county, set(prefixes))
    middles = shapely.get_coordinates(shapely.centroid(np.array(list(shapes), dtype=object)))
    codes = unit_grid_codes(prefixes, middles[:, 0], middles[:, 1])
    made = []
    for code, prefix, place in zip(codes, prefixes, places, strict=True):
        serial = int(code[12:]) + last.get(prefix, 0)
        if serial > MOST_SERIAL:
            raise Invalid(message=say("{code} 的网格编号已用到 {n}，放不下了", code=prefix, n=MOST_SERIAL))
        made.append((f"{prefix}{serial:03d}", villages[place][0].id if place is not None else None))
    return made


def _villages(session: Session, township: Area) -> list[tuple[Area, shapely.Geometry]]:
    query = select(Area).where(
        Area.county == township.county,
        Area.parent_id == township.id,
        Area.level == AreaLevel.VILLAGE,
        Area.boundary.is_not(None),
    )
    found = session.scalars(query.order_by(Area.code, Area.id))
    return [(each, to_shape(each.boundary)) for each in found if each.boundary is not None]


def _village_at(villages: list[tuple[Area, shapely.Geometry]], shape: Polygon) -> int | None:
    """The village that holds most of a cell."""
    shares = [shape.intersection(outline).area for _, outline in villages]
    best = max(range(len(shares)), key=lambda i: (shares[i], -i), default=None)
    return best if best is not None and shares[best] > 0 else None


def _prefix(township: Area, village: Area | None) -> str:
    if village is not None and re.fullmatch(r"[0-9]{12}", village.code or ""):
        return str(village.code)
    code = township.code or ""
    if re.fullmatch(r"[0-9]{12}", code):
        code = code[:9]
    if not re.fullmatch(r"[0-9]{9}", code):
        raise Invalid({"town_code": say("{name}还没有 9 位区划代码，网格无法编号", name=township.name)})
    return f"{code}000"


def _last_serials(session: Session, county: str, prefixes: set[str]) -> dict[str, int]:
    start = func.left(GridCell.code, 12)
    rows = session.execute(
        select(start, func.max(func.right(GridCell.code, 3)))
        .where(GridCell.county == county, GridCell.code.regexp_match("^[0-9]{15}$"), start.in_(sorted(prefixes)))
        .group_by(start)
    )
    return {prefix: int(serial) for prefix, serial in rows}
