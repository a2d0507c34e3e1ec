"""A township's cells divided among walkers so that each has about as much to do, by a measure that is said.

`WALK`, the usual one, is the minutes of a first walk: see `MINUTES`. The numbers of residents are not known
here; homes stand for them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo.patchwork import borders, tidy
from geo.planes import Plane
from geo.shares import Shares, share

from ...errors import Conflict, Invalid, say
from ...vocabulary import Choice
from ..grid_cells import GridCell
from ..people import Person
from .giving import give_each, workers_for
from .land import may_divide

MOST_WALKERS = 40


class Measure(Choice):
    """What is to be equal."""

    WALK = "walk", say("预计走访用时")
    HOMES = "homes", say("楼栋数")
    COMPOUNDS = "compounds", say("小区数")
    AREA = "area", say("面积")


UNITS = {
    Measure.WALK: say("{n} 分钟"),
    Measure.HOMES: say("{n} 栋"),
    Measure.COMPOUNDS: say("{n} 个"),
    Measure.AREA: say("{n} 公顷"),
}
# Minutes: to begin in a cell, along its roads at 4 km/h, at each building, at each site looked at from outside
MINUTES = {"cell": 5.0, "road_m": 60 / 4000, "building": 2.0, "site": 10.0}
HECTARE_M2 = 10_000


@dataclass(frozen=True)
class Part:
    """What one walker gets: cells by id, and how much that is by the measure."""

    worker: Person
    cells: tuple[UUID, ...]
    amount: float


@dataclass(frozen=True)
class Division:
    """A way to share a township. `even` is whether each part keeps to the bound of `geo.shares`; `seal` names
    exactly this division.
    """

    measure: Measure
    parts: tuple[Part, ...]
    even: bool
    seal: str

    @property
    def mean(self) -> float:
        return sum(part.amount for part in self.parts) / len(self.parts)


def divide(
    session: Session, person: Person, township_id: UUID, measure: Measure, worker_ids: Sequence[UUID]
) -> Division:
    """Share the cells of a township; the same for the same grid and workers. Raises Invalid, Forbidden,
    NotFound.
    """
    township = may_divide(session, person, township_id)
    known = {each.id: each for each in workers_for(session, person, township.id)}
    workers = [known[each] for each in dict.fromkeys(worker_ids) if each in known]
    if not workers or len(workers) > MOST_WALKERS:
        raise Invalid({"workers": say("请选择 1–{n} 名网格员", n=MOST_WALKERS)})
    rows = _weighed(session, person.county, township.id)
    if len(rows) < len(workers):
        raise Invalid({"workers": say("只有 {n} 个网格，分不给 {m} 个人", n=len(rows), m=len(workers))})
    amounts = np.array([_amount(measure, row) for row in rows])
    shares = _shares(rows, amounts, len(workers))
    order = _who_gets_what(rows, shares, workers)
    parts = []
    for number, worker in enumerate(order):
        mine = [i for i in range(len(rows)) if shares.part[i] == number]
        parts.append(Part(worker, tuple(rows[i].id for i in mine), float(amounts[mine].sum())))
    return Division(measure, tuple(parts), shares.is_even, _seal(parts))


def accept(
    session: Session,
    person: Person,
    township_id: UUID,
    measure: Measure,
    worker_ids: Sequence[UUID],
    seal: str,
    now: datetime,
) -> Division:
    """Give the cells as a division that was looked at has them. Raises Conflict where the grid changed since."""
    division = divide(session, person, township_id, measure, worker_ids)
    if division.seal != seal:
        raise Conflict(say("网格或人员刚有变动，请看过新的分法再确认"))
    give_each(session, person, {cell: part.worker.id for part in division.parts for cell in part.cells}, now)
    return division


def _amount(measure: Measure, row: Any) -> float:
    match measure:
        case Measure.HOMES:
            return float(row.buildings)
        case Measure.COMPOUNDS:
            return float(row.compounds)
        case Measure.AREA:
            return float(row.area_m2) / HECTARE_M2
    return (
        MINUTES["cell"]
        + MINUTES["road_m"] * float(row.road_m)
        + MINUTES["building"] * float(row.buildings)
        + MINUTES["site"] * float(row.sites)
    )


def _shares(rows: Sequence[Any], amounts: np.ndarray[Any, Any], parts: int) -> Shares:
    shapes = shapely.from_wkb([bytes(row.shape) for row in rows])
    flat = Plane.around(shapes[0]).flat(shapes)
    middles = shapely.get_coordinates(shapely.centroid(flat))
    # Common borders are made the same line, whatever drew them
    clean = np.array(tidy(shapely.union_all(shapely.buffer(flat, 1.0)), flat.tolist(), 2.0), dtype=object)
    first, second, length = borders(clean)
    pairs = [(i, j) for i, j, m in zip(first.tolist(), second.tolist(), length.tolist(), strict=True) if m > 1]
    return share(amounts, middles, pairs, parts)


def _who_gets_what(rows: Sequence[Any], shares: Shares, workers: Sequence[Person]) -> list[Person]:
    """Each part goes to whoever walks most of it now; the others in order."""
    parts = range(len(workers))
    now: Mapping[int, dict[UUID, int]] = {n: {} for n in parts}
    for i, row in enumerate(rows):
        if row.worker_id:
            mine = now[int(shares.part[i])]
            mine[row.worker_id] = mine.get(row.worker_id, 0) + 1
    claims = sorted(
        ((-count, n, place) for n in parts for place, each in enumerate(workers)
         if (count := now[n].get(each.id, 0))),
    )  # fmt: skip
    got: dict[int, int] = {}
    for _, n, place in claims:
        if n not in got and place not in got.values():
            got[n] = place
    free = [place for place in range(len(workers)) if place not in got.values()]
    return [workers[got[n] if n in got else free.pop(0)] for n in parts]


def _seal(parts: Sequence[Part]) -> str:
    told = "|".join(f"{part.worker.id}:{','.join(sorted(map(str, part.cells)))}" for part in parts)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _weighed(session: Session, county: str, township_id: UUID) -> Sequence[Any]:
    return session.execute(WEIGHED, {"county": county, "township": township_id}).all()


def count_cells(session: Session, county: str, township_id: UUID) -> int:
    query = select(func.count()).where(
        GridCell.county == county, GridCell.township_id == township_id, GridCell.retired_at.is_(None)
    )
    return session.scalar(query) or 0


WEIGHED = text(
    """
    select c.id, c.worker_id, st_asbinary(c.boundary) as shape, st_area(c.boundary::geography) as area_m2,
        coalesce(f.buildings, 0) as buildings, coalesce(f.compounds, 0) as compounds,
        coalesce(f.road_m, 0) as road_m, coalesce(s.sites, 0) as sites
    from grid_cells c
    left join lateral (
        select count(*) filter (where m.kind = 'building' and st_covers(c.boundary, st_pointonsurface(m.geometry)))
                as buildings,
            count(*) filter (where m.kind = 'compound' and st_covers(c.boundary, st_pointonsurface(m.geometry)))
                as compounds,
            sum(st_length(st_intersection(m.geometry, c.boundary)::geography)) filter (where m.kind = 'road')
                as road_m
        from map_features m
        where m.county = c.county and m.geometry && c.boundary and m.kind in ('building', 'compound', 'road')
    ) f on true
    left join lateral (
        select count(*) as sites from sites s
        where s.county = c.county and s.kind = 'suspected' and s.state not in ('dismissed', 'licensed')
            and s.location && c.boundary and st_covers(c.boundary, s.location)
    ) s on true
    where c.county = :county and c.township_id = :township and c.retired_at is null
    order by c.code
    """
)
