"""A run as something to look at: what several methods say of its period, points, months and the ranked sites.

Drawn by `geo.maps`; beside it a second period to compare with, over the same cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import shapely
from geoalchemy2.shape import to_shape
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.cells import Grid
from geo.maps import InlineAssets
from geo.maps.frames import frames, months, step_words, weeks
from geo.maps.hotspot import HotspotView, hotspot_map
from geo.maps.hotspot_layers import Cells, Frame, Layer, Period, Points
from geo.maps.hotspot_layers import Target as MapTarget
from geo.times import china_day

from ..access import require
from ..errors import Invalid, Message, say
from ..field.checks import Check
from ..registry.areas import Area, AreaLevel
from ..registry.map_features import FeatureKind, MapFeature
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from .hotspot_runs import HotspotRun
from .hotspots import Occurrences, Settings, cells_of, county_grid, occurrences
from .material import read_kept
from .ranking import Target
from .run_layers import Rows, Translate, beside, effort_layer, layer_of, visits_of

SHOWN_TARGETS = 30
ROAD_RANKS = 3  # the main roads, as on a printed county map


@dataclass(frozen=True)
class Look:
    """How the map is wanted: `words` are the texts of the page and its layers, `records` the address that a cell's
    number follows, `theme` one of the desk's.
    """

    words: Mapping[str, str]
    translate: Translate
    vendor: Path
    records: str = ""
    theme: str = "light"


def draw(
    session: Session,
    person: Person,
    run: HotspotRun,
    targets: Sequence[Target],
    look: Look,
    compared: HotspotRun | None = None,
) -> str:
    """The run's map as one HTML page that needs no network.

    Raises Invalid for a run without cells, and for a period to compare with on another grid.
    """
    require(person, "hotspot.see")
    words, translate = look.words, look.translate
    rows = cells_of(session, person, run)
    if not rows:
        raise Invalid({"run": say("这次分析没有算出网格，请检查县界后重新分析")})
    codes = [row.code for row in rows]
    made_of = [_made_of(session, each) for each in (run, compared) if each]
    grid, events = made_of[0][0], [each for _, each in made_of]
    periods = [_period(session, person, run, rows, grid, events[0], look)]
    if compared:
        before = _same_cells(session, person, compared, codes)
        periods.append(_period(session, person, compared, before, grid, None, look))
    return hotspot_map(
        HotspotView(
            title=words["title"],
            subtitle=words["subtitle"],
            cells=Cells(codes, np.array([to_shape(row.boundary) for row in rows], dtype=object)),
            periods=periods,
            townships=_townships(session, run.county),
            points=[*_events(events, words), *_sites(session, run.county, words)],
            roads=_roads(session, run.county),
            targets=[_map_target(target, translate) for target in targets[:SHOWN_TARGETS]],
            credit=words.get("credit", ""),
            records=look.records,
            sources=[(words["made_by"], words["maker"])],
            theme=look.theme,
            labels={name: text for name, text in words.items() if name not in OWN_WORDS},
        ),
        InlineAssets(look.vendor),
    )


OWN_WORDS = {
    "title", "subtitle", "credit", "tips", "findings", "made_by", "maker", *(f"sites_{kind}" for kind in SiteKind)
}  # fmt: skip


def days_of(run: HotspotRun) -> tuple[date, date]:
    """The first and the last day that a run counts, by China's calendar."""
    settings = Settings.of(run.settings)
    if settings.first_day and settings.last_day:
        return settings.first_day, settings.last_day
    last = china_day(run.until or run.computed_at)
    return last - timedelta(days=settings.days - 1), last


def _bounds(run: HotspotRun) -> tuple[datetime, datetime]:
    until = run.until or run.computed_at
    return run.since or until - timedelta(days=Settings.of(run.settings).days), until


def _made_of(session: Session, run: HotspotRun) -> tuple[Grid, Occurrences]:
    """The cells and events that a run was computed from; of one from before these were kept, those of today."""
    if run.events_id is None:
        grid = county_grid(session, run.county, Settings.of(run.settings))
        return grid, occurrences(session, run.county, *_bounds(run))
    material, _ = read_kept(session, run)
    return material.grid, material.events


def _same_cells(session: Session, person: Person, run: HotspotRun, codes: list[str]) -> Rows:
    rows = cells_of(session, person, run)
    if [row.code for row in rows] != codes:
        raise Invalid({"with": say("两次分析的网格不同，不能放在一起比较，请选同样的网格边长重新分析")})
    return rows


def _period(
    session: Session,
    person: Person,
    run: HotspotRun,
    rows: Rows,
    grid: Grid,
    events: Occurrences | None,
    look: Look,
) -> Period:
    """What each method says of the run's days; a run over other cells than these is left out."""
    first, last = days_of(run)
    steps = _frames(grid, events, first, last, look.translate) if events and len(grid) == len(rows) else []
    layers: list[Layer] = []
    codes = [row.code for row in rows]
    for each in beside(session, person, run):
        own = rows if each.id == run.id else cells_of(session, person, each)
        if [row.code for row in own] == codes:
            layers.append(layer_of(session, person, each, own, steps, look.translate))
    effort = effort_layer(run, rows, look.translate)
    layers[1:1] = [effort] if effort else []
    checks = _checks(session, run, grid) if len(grid) == len(rows) else None
    return Period(f"{first:%Y-%m-%d} – {last:%Y-%m-%d}", first, last, layers, visits_of(rows), checks)


def _frames(grid: Grid, events: Occurrences, first: date, last: date, translate: Translate) -> list[Frame]:
    """The period week by week up to a quarter, month by month beyond, by China's calendar."""
    steps = weeks(first, last) if (last - first).days < 92 else months(first, last)
    return frames(
        grid,
        events.lon,
        events.lat,
        events.days,
        steps,
        events.weight,
        name=lambda first, last: translate(Message(*step_words(first, last))),
    )


def _checks(session: Session, run: HotspotRun, grid: Grid) -> NDArray[np.float64]:
    """How many checks were finished in each cell in the run's period."""
    since, until = _bounds(run)
    found = session.execute(
        select(func.ST_X(Site.location), func.ST_Y(Site.location))
        .join(Check, (Check.county == Site.county) & (Check.site_id == Site.id))
        .where(Site.county == run.county, Site.location.is_not(None))
        .where(Check.device_finished_at >= since, Check.device_finished_at < until)
    ).all()
    places = np.array([tuple(each) for each in found], dtype=float).reshape(-1, 2)
    return grid.totals(places[:, 0], places[:, 1])


def _events(periods: Sequence[Occurrences], words: Mapping[str, str]) -> list[Points]:
    """Tips and findings of all periods: days that two periods share are shown once."""
    ids = np.concatenate([each.id for each in periods])
    _, once = np.unique(ids, return_index=True)
    lon, lat, days, of = (
        np.concatenate([getattr(each, name) for each in periods])[once] for name in ("lon", "lat", "days", "kind")
    )
    layers = []
    for kind, role in (("tip", "tips"), ("finding", "findings")):
        chosen = of == kind
        layers.append(Points(words[role], kind, lon[chosen], lat[chosen], days[chosen]))
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
