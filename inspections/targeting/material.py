"""Material: all that an analysis is made of, read once from the tables, or from what was kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from geoalchemy2.shape import to_shape
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.cells import InvalidGrid, SquareGrid, squares

from ..errors import Invalid, say
from ..registry.areas import Area, AreaLevel
from ..registry.sites import Site, SiteKind, SiteState
from .exposure import BANDS, Exposure, read_exposure
from .hotspot_runs import HotspotRun
from .occurrences import KINDS, Occurrences, occurrences
from .settings import Settings
from .snapshots import AnalysisSnapshot, Columns, columns_of, keep

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Material:
    """`schools` and `pupils` are those of each cell of the grid. Events and visits are those of the period."""

    outline: BaseGeometry
    grid: SquareGrid
    events: Occurrences
    exposure: Exposure
    schools: Floats
    pupils: Floats
    since: datetime
    until: datetime


def read_material(session: Session, county: str, settings: Settings, since: datetime, until: datetime) -> Material:
    """Raises Invalid for a county without a boundary, or with too many cells."""
    outline = county_outline(session, county)
    grid = _grid(outline, settings)
    lon, lat, pupils = _schools(session, county)
    return Material(
        outline=outline,
        grid=grid,
        events=occurrences(session, county, since, until),
        exposure=read_exposure(session, county, grid, since, until),
        schools=grid.totals(lon, lat),
        pupils=grid.totals(lon, lat, pupils),
        since=since,
        until=until,
    )


def keep_material(session: Session, run: HotspotRun, material: Material, now: datetime) -> list[str]:
    """Keep it for a run, and give the hashes of what was kept."""
    events = material.events
    columns: dict[str, Columns] = {
        "events": {
            "lon": events.lon,
            "lat": events.lat,
            "weight": events.weight,
            "at": events.at,
            "kind": np.searchsorted(KINDS[::-1], events.kind).astype(np.int8),
            "id": events.id,
        },
        "exposure": {
            **_by_band("visits", material.exposure.visits),
            **_by_band("hits", material.exposure.hits),
            "schools": material.schools,
            "pupils": material.pupils,
        },
        "outline": {"wkb": np.frombuffer(shapely.to_wkb(material.outline), dtype=np.uint8)},
    }
    kept = {
        kind: keep(session, run.county, f"hotspots {kind}", each, material.until, now)
        for kind, each in columns.items()
    }
    run.events_id, run.exposure_id = kept["events"].id, kept["exposure"].id
    run.outline_id = kept["outline"].id
    return [each.sha256 for each in kept.values()]


def read_kept(session: Session, run: HotspotRun) -> tuple[Material, list[str]]:
    """What was kept for a run, and the hashes. Raises Invalid for a run of which nothing was."""
    keys = [run.events_id, run.exposure_id, run.outline_id]
    if None in keys or run.since is None or run.until is None:
        raise Invalid({"run": say("这次分析没有保存当时的数据，不能重算")})
    kept = [session.get_one(AnalysisSnapshot, (run.county, key)) for key in keys]
    events, cells, shape = (columns_of(session, run.county, each.id) for each in kept)
    outline = shapely.from_wkb(shape["wkb"].tobytes())
    material = Material(
        outline=outline,
        grid=_grid(outline, Settings.of(run.settings)),
        events=_events(events),
        exposure=Exposure(_bands(cells, "visits"), _bands(cells, "hits")),
        schools=cells["schools"],
        pupils=cells["pupils"],
        since=run.since,
        until=run.until,
    )
    return material, [each.sha256 for each in kept]


def county_outline(session: Session, county: str) -> BaseGeometry:
    """The county's own boundary, else what its townships make up together. Raises Invalid where it has neither."""
    for level in (AreaLevel.COUNTY, AreaLevel.TOWNSHIP):
        outline = session.scalar(
            select(func.ST_Union(Area.boundary)).where(Area.county == county, Area.level == level)
        )
        if outline is not None:
            return to_shape(outline)
    raise Invalid({"county": say("还没有县界或镇街边界，请先在“导入”中导入区划")})


def county_grid(session: Session, county: str, settings: Settings) -> SquareGrid:
    return _grid(county_outline(session, county), settings)


def _grid(outline: BaseGeometry, settings: Settings) -> SquareGrid:
    try:
        return squares(outline, settings.size_m)
    except InvalidGrid as error:
        raise Invalid({"size_m": say("网格太密，请选更大的边长")}) from error


def _schools(session: Session, county: str) -> tuple[Floats, Floats, Floats]:
    """Place and pupils of each school; one that says no number counts none."""
    rows = session.execute(
        select(func.ST_X(Site.location), func.ST_Y(Site.location), func.coalesce(Site.pupils, 0))
        .where(Site.county == county, Site.kind == SiteKind.SCHOOL, Site.location.is_not(None))
        .where(Site.state != SiteState.DISMISSED)
    ).all()
    lon, lat, pupils = np.array([tuple(row) for row in rows], dtype=float).reshape(-1, 3).T
    return lon, lat, pupils


def _by_band(name: str, table: Floats) -> dict[str, Floats]:
    return {f"{name} {band.value}": table[:, i] for i, band in enumerate(BANDS)}


def _bands(columns: Mapping[str, NDArray[Any]], name: str) -> Floats:
    return np.column_stack([columns[f"{name} {band.value}"] for band in BANDS])


def _events(columns: Mapping[str, NDArray[Any]]) -> Occurrences:
    return Occurrences(
        lon=columns["lon"],
        lat=columns["lat"],
        weight=columns["weight"],
        at=columns["at"],
        kind=KINDS[::-1][columns["kind"]],
        id=columns["id"],
    )
