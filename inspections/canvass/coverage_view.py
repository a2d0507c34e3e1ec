"""Coverage as something to look at: drawn by `geo.maps` as one file that works alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import shapely
from geoalchemy2.shape import to_shape
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.maps import InlineAssets
from geo.maps.coverage import CoverageView, Items, Walks, coverage_map

from ..access import own_township
from ..errors import Message, say
from ..field.checks import CheckKind
from ..registry.areas import Area, AreaLevel
from ..registry.map_features import FeatureKind, MapFeature
from ..registry.people import Person
from ..registry.time_bands import TimeBand
from .coverage import Coverage, CoveredCell, Level, read_coverage
from .visits import VisitOutcome
from .zone_coverage import ZoneCoverage, read_zones

Translate = Callable[[Message], str]
ROAD_RANKS = 3
LEVELS = {level: place for place, level in enumerate(Level)}
ALL_BANDS = say("不分时段")
BANDS: tuple[TimeBand | None, ...] = (None, *TimeBand)


def draw_cells(
    session: Session,
    person: Person,
    now: datetime,
    words: Mapping[str, str],
    translate: Translate,
    vendor: Path,
    *,
    link: str = "",
    township_id: UUID | None = None,
) -> str:
    """The map of cells as one HTML page that needs no network; `words` are its texts, `link` begins the
    address of a cell's records.
    """
    coverage = read_coverage(session, person, now, township_id)
    places, people = _Names(), _Names()
    view = CoverageView(
        title=words["title"],
        subtitle=words["subtitle"],
        items=_cell_items(coverage, places, people),
        walks=_cell_walks(coverage, people),
        bands=[translate(ALL_BANDS), *(translate(band.label) for band in TimeBand)],
        outcomes=[outcome.value for outcome in VisitOutcome],
        places=places.list,
        people=people.list,
        townships=_townships(session, person, township_id),
        roads=_roads(session, person.county),
        link=link,
        labels=_labels(words),
    )
    return coverage_map(view, InlineAssets(vendor))


def _cell_items(coverage: Coverage, places: "_Names", people: "_Names") -> Items:
    cells = coverage.cells
    return Items(
        ids=[str(cell.id) for cell in cells],
        names=[cell.name for cell in cells],
        codes=[cell.code for cell in cells],
        place=[places.of(cell.township) for cell in cells],
        who=[people.of(cell.worker) for cell in cells],
        levels=[[LEVELS[level] for level in coverage.levels(band)] for band in BANDS],
        last=[[_minute(visit.at) if (visit := cell.last(band)) else 0 for cell in cells] for band in BANDS],
        leads=[_has_leads(cell) for cell in cells],
        polygons=coverage.polygons,
    )


def _cell_walks(coverage: Coverage, people: "_Names") -> Walks:
    places = {band: place for place, band in enumerate(BANDS)}
    outcomes = {outcome: place for place, outcome in enumerate(VisitOutcome)}
    visits = [visit for cell in coverage.cells for visit in cell.visits]
    return Walks(
        counts=[len(cell.visits) for cell in coverage.cells],
        minute=[_minute(visit.at) for visit in visits],
        band=[places[visit.band] for visit in visits],
        outcome=[outcomes[visit.outcome] for visit in visits],
        who=[people.of(visit.who) for visit in visits],
    )


def draw_zones(
    session: Session,
    person: Person,
    now: datetime,
    words: Mapping[str, str],
    translate: Translate,
    vendor: Path,
    *,
    link: str = "",
) -> str:
    """The same of the schools of each zone; `link` begins the address of a school's file."""
    coverage = read_zones(session, person, now)
    places, people = _Names(), _Names()
    view = CoverageView(
        title=words["title"],
        subtitle=words["subtitle"],
        items=_school_items(coverage, places, people),
        walks=_school_walks(coverage, people),
        bands=[""],
        outcomes=[kind.value for kind in CheckKind],
        places=places.list,
        people=people.list,
        townships=_townships(session, person, None),
        zones=coverage.outlines,
        roads=_roads(session, person.county),
        link=link,
        labels=_labels(words) | {f"outcome_{kind.value}": translate(kind.label) for kind in CheckKind},
    )
    return coverage_map(view, InlineAssets(vendor))


def _school_items(coverage: ZoneCoverage, places: "_Names", people: "_Names") -> Items:
    schools = coverage.schools
    return Items(
        ids=[str(school.id) for school in schools],
        names=[school.name for school in schools],
        codes=[school.township for school in schools],
        place=[places.of(school.zone) for school in schools],
        who=[people.of(school.inspector) for school in schools],
        levels=[[LEVELS[school.level] for school in schools]],
        last=[[_minute(school.visits[0].at) if school.visits else 0 for school in schools]],
        leads=[False for _ in schools],
        lon=np.array([school.lon for school in schools], dtype=float),
        lat=np.array([school.lat for school in schools], dtype=float),
    )


def _school_walks(coverage: ZoneCoverage, people: "_Names") -> Walks:
    kinds = {kind: place for place, kind in enumerate(CheckKind)}
    visits = [visit for school in coverage.schools for visit in school.visits]
    return Walks(
        counts=[len(school.visits) for school in coverage.schools],
        minute=[_minute(visit.at) for visit in visits],
        band=[0 for _ in visits],
        outcome=[kinds[visit.kind] for visit in visits],
        who=[people.of(visit.who) for visit in visits],
    )


class _Names:
    """Names by their place in a list; an empty one has none."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def of(self, name: str) -> int:
        return self._places.setdefault(name, len(self._places)) if name else -1

    @property
    def list(self) -> list[str]:
        return list(self._places)


def _labels(words: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in words.items() if name not in ("title", "subtitle")}


def _minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60)


def _has_leads(cell: CoveredCell) -> bool:
    last = cell.last()
    return last is not None and last.outcome is VisitOutcome.LEADS


def _townships(session: Session, person: Person, only: UUID | None) -> Sequence[tuple[str, BaseGeometry]]:
    query = select(Area.name, Area.boundary).where(
        Area.county == person.county, Area.level == AreaLevel.TOWNSHIP, Area.boundary.is_not(None)
    )
    own = own_township(person)
    if own is not None:
        query = query.where(Area.id.in_([UUID(each) for each in own]))
    if only is not None:
        query = query.where(Area.id == only)
    return [(name, to_shape(shape)) for name, shape in session.execute(query.order_by(Area.name)) if shape]


def _roads(session: Session, county: str) -> Sequence[BaseGeometry]:
    query = select(MapFeature.geometry).where(
        MapFeature.county == county, MapFeature.kind == FeatureKind.ROAD, MapFeature.rank <= ROAD_RANKS
    )
    return [part for shape in session.scalars(query) for part in _parts(to_shape(shape))]


def _parts(shape: BaseGeometry) -> Iterable[BaseGeometry]:
    parts: NDArray[np.object_] = shapely.get_parts(shape)
    found: list[BaseGeometry] = parts.tolist()
    return found
