"""A run as something to look at: cells, points, months, townships and the ranked sites, drawn by `geo.maps`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.maps import InlineAssets
from geo.maps.frames import frames, months, step_words, weeks
from geo.maps.hotspot import Frame, HotCells, HotspotView, Points, hotspot_map
from geo.maps.hotspot import Target as MapTarget
from geo.times import china_day

from ..access import require
from ..errors import Message
from ..registry.areas import Area, AreaLevel
from ..registry.map_features import FeatureKind, MapFeature
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from .hotspot_runs import HotspotCell, HotspotRun
from .hotspots import Occurrences, Settings, cells_of, county_grid, occurrences
from .ranking import Target

Translate = Callable[[Message], str]
SHOWN_TARGETS = 30
ROAD_RANKS = 3  # the main roads, as on a printed county map


def draw(
    session: Session,
    person: Person,
    run: HotspotRun,
    targets: Sequence[Target],
    words: Mapping[str, str],
    translate: Translate,
    vendor: Path,
) -> str:
    """The run's map as one HTML page that needs no network. `words` are the texts of the page and its layers."""
    require(person, "hotspot.see")
    settings = Settings.of(run.settings)
    until = run.computed_at
    events = occurrences(session, run.county, until - timedelta(days=settings.days), until)
    view = HotspotView(
        title=words["title"],
        subtitle=words["subtitle"],
        cells=_cells(cells_of(session, person, run)),
        townships=_townships(session, run.county),
        frames=_frames(session, run, settings, events, translate),
        points=[*_events(events, words), *_sites(session, run.county, words)],
        roads=_roads(session, run.county),
        targets=[_map_target(target, translate) for target in targets[:SHOWN_TARGETS]],
        credit=words.get("credit", ""),
        labels={name: text for name, text in words.items() if name not in OWN_WORDS},
    )
    return hotspot_map(view, InlineAssets(vendor))


OWN_WORDS = {"title", "subtitle", "credit", "tips", "findings", *(f"sites_{kind}" for kind in SiteKind)}


def _cells(rows: Sequence[HotspotCell]) -> HotCells:
    return HotCells(
        codes=[row.code for row in rows],
        polygons=np.array([to_shape(row.boundary) for row in rows], dtype=object),
        level=np.array([row.level for row in rows], dtype=np.int8),
        z=np.array([np.nan if row.z is None else row.z for row in rows]),
        value=np.array([row.weight for row in rows]),
    )


def _frames(
    session: Session, run: HotspotRun, settings: Settings, events: Occurrences, translate: Translate
) -> list[Frame]:
    """The period week by week up to a quarter, month by month beyond, by China's calendar."""
    last = china_day(run.computed_at)
    first = last - timedelta(days=settings.days - 1)
    steps = weeks(first, last) if settings.days <= 90 else months(first, last)
    grid = county_grid(session, run.county, settings)
    return frames(
        grid,
        events.lon,
        events.lat,
        events.days,
        steps,
        events.weight,
        name=lambda first, last: translate(Message(*step_words(first, last))),
    )


def _events(events: Occurrences, words: Mapping[str, str]) -> list[Points]:
    layers = []
    for kind, role in (("tip", "tips"), ("finding", "findings")):
        chosen = events.kind == kind
        layers.append(
            Points(
                words[role],
                kind,
                events.lon[chosen],
                events.lat[chosen],
                events.at[chosen].astype("datetime64[D]"),
            )
        )
    return layers


def _sites(session: Session, county: str, words: Mapping[str, str]) -> list[Points]:
    rows = session.execute(
        select(Site.kind, func.ST_X(Site.location), func.ST_Y(Site.location), Site.name)
        .where(Site.county == county, Site.location.is_not(None))
        .order_by(Site.id)
    ).all()
    layers = []
    for kind in SiteKind:
        chosen = [row for row in rows if row[0] is kind]
        layers.append(
            Points(
                label=words[f"sites_{kind}"],
                role=kind.value,
                lon=np.array([row[1] for row in chosen], dtype=float),
                lat=np.array([row[2] for row in chosen], dtype=float),
                names=[row[3] for row in chosen],
                shown=kind is SiteKind.SUSPECTED,
            )
        )
    return layers


def _townships(session: Session, county: str) -> list[tuple[str, BaseGeometry]]:
    rows = session.execute(
        select(Area.name, Area.boundary)
        .where(Area.county == county, Area.level == AreaLevel.TOWNSHIP, Area.boundary.is_not(None))
        .order_by(Area.name)
    ).all()
    return [(name, to_shape(boundary)) for name, boundary in rows]


def _roads(session: Session, county: str) -> list[BaseGeometry]:
    rows = session.scalars(
        select(MapFeature.geometry).where(
            MapFeature.county == county, MapFeature.kind == FeatureKind.ROAD, MapFeature.rank <= ROAD_RANKS
        )
    ).all()
    return [part for row in rows for part in shapely.get_parts(to_shape(row)).tolist()]


def _map_target(target: Target, translate: Translate) -> MapTarget:
    return MapTarget(target.name, [translate(reason.words) for reason in target.reasons], target.lon, target.lat)
