"""Hotspots: where weighted tips and confirmed findings gather, by Getis-Ord Gi* on a grid over the county."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from geoalchemy2.shape import from_shape, to_shape
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from geo.cells import Grid, squares
from geo.hotspots import Hotspots, Level, find_hotspots

from ..access import require, visible
from ..db import new_id
from ..errors import Invalid, say
from ..field.checks import Check
from ..jobs import Work, enqueue, job
from ..registry.areas import Area, AreaLevel
from ..registry.counties import County
from ..registry.people import Person
from ..registry.sites import Site
from .hotspot_runs import HotspotCell, HotspotRun, RunState
from .occurrences import Occurrences, occurrences

DAYS = (30, 90, 180, 365)
SIZES_M = (300, 500, 1000, 2000)
LEAST = 3.0  # weight below which a cell and its neighbours are too few to be called hot

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """What a run is made with: the last `days`, squares of `size_m` metres."""

    days: int = 90
    size_m: int = 500

    def __post_init__(self) -> None:
        wrong = {}
        if self.days not in DAYS:
            wrong["days"] = say("时段只能选 {options} 天", options=list(DAYS))
        if self.size_m not in SIZES_M:
            wrong["size_m"] = say("网格边长只能选 {options} 米", options=list(SIZES_M))
        if wrong:
            raise Invalid(wrong)


def order_run(session: Session, person: Person, settings: Settings, now: datetime) -> HotspotRun:
    """Ask for a run; a job does the work. While one with the same settings waits, that one is given."""
    require(person, "hotspot.run")
    county_outline(session, person.county)
    waiting = session.scalars(
        select(HotspotRun).where(
            HotspotRun.county == person.county,
            HotspotRun.state == RunState.WAITING,
            HotspotRun.settings == asdict(settings),
        )
    ).first()
    if waiting:
        return waiting
    run = HotspotRun(
        county=person.county,
        computed_at=now,
        person_id=person.id,
        settings=asdict(settings),
        summary={},
        state=RunState.WAITING,
    )
    session.add(run)
    session.flush()
    enqueue(session, "hotspots.compute", person.county, run_id=run.id)
    return run


def latest_run(session: Session, person: Person) -> HotspotRun | None:
    """The newest finished run of the person's county."""
    require(person, "hotspot.see")
    return session.scalars(
        visible(person, HotspotRun)
        .where(HotspotRun.state == RunState.DONE)
        .order_by(HotspotRun.computed_at.desc())
        .limit(1)
    ).first()


def list_runs(session: Session, person: Person, limit: int = 20) -> Sequence[HotspotRun]:
    require(person, "hotspot.see")
    return session.scalars(visible(person, HotspotRun).order_by(HotspotRun.computed_at.desc()).limit(limit)).all()


@job("hotspots.compute", awaited=True)
def compute(work: Work, run_id: str) -> None:
    """Do the run that was ordered, and mark it done."""
    run = work.session.get(HotspotRun, (work.county, UUID(run_id)))
    if run is not None and run.state is not RunState.DONE:
        fill(work.session, run, datetime.now(UTC))


def fill(session: Session, run: HotspotRun, now: datetime) -> Hotspots:
    """Compute a run's cells as of `now`, and store them."""
    settings = Settings(**run.settings)
    since = now - timedelta(days=settings.days)
    grid = county_grid(session, run.county, settings)
    events = occurrences(session, run.county, since, now)
    hotspots = analyse(grid, events, seen_cells(session, run.county, grid, since, now))
    session.execute(insert(HotspotCell), _rows(run, grid, hotspots))
    run.computed_at = now
    run.state = RunState.DONE
    run.summary = {
        "cells": len(grid),
        "events": len(events),
        "hot": int((hotspots.level > 0).sum() - (hotspots.level == Level.UNSEEN).sum()),
        "unseen": int((hotspots.level == Level.UNSEEN).sum()),
    }
    return hotspots


def analyse(grid: Grid, events: Occurrences, seen: NDArray[np.bool_] | None = None) -> Hotspots:
    return find_hotspots(grid.totals(events.lon, events.lat, events.weight), grid.neighbours, seen, LEAST)


def county_outline(session: Session, county: str) -> BaseGeometry:
    """The county's own boundary, else what its townships make up together."""
    for level in (AreaLevel.COUNTY, AreaLevel.TOWNSHIP):
        outline = session.scalar(
            select(func.ST_Union(Area.boundary)).where(Area.county == county, Area.level == level)
        )
        if outline is not None:
            return to_shape(outline)
    raise Invalid({"county": say("还没有县界或镇街边界，请先在“导入”中导入区划")})


def county_grid(session: Session, county: str, settings: Settings) -> Grid:
    try:
        return squares(county_outline(session, county), settings.size_m)
    except ValueError as error:
        raise Invalid({"size_m": say("网格太密，请选更大的边长")}) from error


def seen_cells(session: Session, county: str, grid: Grid, since: datetime, until: datetime) -> NDArray[np.bool_]:
    """Cells in which somebody checked a site: only there does silence mean something."""
    found = session.execute(
        select(func.ST_X(Site.location), func.ST_Y(Site.location))
        .join(Check, (Check.county == Site.county) & (Check.site_id == Site.id))
        .where(Site.county == county, Site.location.is_not(None))
        .where(Check.device_finished_at >= since, Check.device_finished_at < until)
        .distinct()
    ).all()
    places = np.array([tuple(each) for each in found], dtype=float).reshape(-1, 2)
    return grid.totals(places[:, 0], places[:, 1]) > 0


def county_of(session: Session, run: HotspotRun) -> County:
    return session.get_one(County, run.county)


def cells_of(session: Session, person: Person, run: HotspotRun) -> Sequence[HotspotCell]:
    require(person, "hotspot.see")
    return session.scalars(
        select(HotspotCell)
        .where(HotspotCell.county == person.county, HotspotCell.run_id == run.id)
        .order_by(HotspotCell.position)
    ).all()


def _rows(run: HotspotRun, grid: Grid, hotspots: Hotspots) -> list[dict[str, Any]]:
    return [
        {
            "county": run.county,
            "run_id": run.id,
            "code": str(grid.codes[i]),
            "position": i,
            "boundary": from_shape(_multi(grid.polygons[i]), srid=4326),
            "weight": float(hotspots.values[i]),
            "z": _number(hotspots.z[i]),
            "p": _number(hotspots.p[i]),
            "level": int(hotspots.level[i]),
        }
        for i in range(len(grid))
    ]


def _multi(shape: BaseGeometry) -> BaseGeometry:
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def new_run(county: str, settings: Settings, now: datetime) -> HotspotRun:
    """A run that no person ordered, such as the demo county's first."""
    return HotspotRun(
        county=county, id=new_id(), computed_at=now, settings=asdict(settings), summary={}, state=RunState.WAITING
    )
