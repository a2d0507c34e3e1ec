"""A county's analyses after new data, and a million events from the table to z-scores, against their limits."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, box
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo.cells import squares
from geo.hotspots import find_hotspots
from inspections.db import APP_ROLE, connect, scope
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.counties import create_county
from inspections.targeting import refreshing
from inspections.targeting.exposure import read_exposure
from inspections.targeting.hotspot_runs import HotspotRun
from inspections.targeting.hotspots import Method, Settings, fill, new_run
from inspections.targeting.occurrences import occurrences
from inspections.targeting.risk import rescoring  # noqa: F401 - a step; so are the next
from inspections.targeting.settings import SCANS
from inspections.targeting.standing_runs import STANDING
from inspections.targeting.warnings import raising  # noqa: F401

from .result import Result, once, side_by_side
from .tiles_county import database, make_url

NAME = "refreshing"
COUNTY = "361129"
NOW = datetime(2026, 9, 1, tzinfo=UTC)
LAND = box(116.8, 28.5, 117.15, 28.83)  # about 34 by 37 km
TIPS, CHECKS, FINDINGS, SITES, WALKS = 40_000, 20_000, 10_000, 5_000, 4_000


def run(full: bool) -> list[Result]:
    with county(TIPS) as session:
        results = [*refreshes(session), *each_method(session, full)]
    with county(1_000_000) as session:
        return [*results, *from_table_to_z(session)]


def refreshes(session: Session) -> list[Result]:
    def refresh() -> None:
        refreshing.refresh_now(session, COUNTY, NOW)
        session.rollback()
        scope(session, COUNTY)

    steps = ", ".join(sorted(refreshing.STEPS))
    ours, _ = side_by_side(refresh, lambda: None, runs=3)
    name = f"refresh of {SITES:,} sites, {TIPS + FINDINGS:,} events in a year ({steps})"
    return [Result(name, ours, 10_000, "≤ 1 ×", peer_name="limit")]


def each_method(session: Session, full: bool) -> Iterator[Result]:
    """Of the standing runs and of what people order, on the standing grid; the scans on a coarser one."""
    for method in Method:
        if not full and method not in {settings.method for settings in STANDING}:
            continue
        settings = Settings(method=method, days=365, size_m=1000 if method in SCANS else 500)
        elapsed = once(partial(fill, session, add_run(session, settings), NOW))
        session.rollback()
        scope(session, COUNTY)
        yield Result(f"run by {method.value}, a year", elapsed, 10_000, peer_name="limit")


def add_run(session: Session, settings: Settings) -> HotspotRun:
    run = new_run(COUNTY, settings, NOW)
    session.add(run)
    session.flush()
    return run


def from_table_to_z(session: Session) -> list[Result]:
    grid = squares(LAND, 500)
    since = NOW - timedelta(days=366)

    def now() -> None:
        events = occurrences(session, COUNTY, since, NOW)
        assert len(events) > 1_000_000
        find_hotspots(grid.totals(events.lon, events.lat, events.weight), grid.neighbours)

    def then() -> None:
        occurrences(session, COUNTY, since, NOW, known_at=NOW - timedelta(days=90))

    ours, as_of = side_by_side(now, then, runs=5)
    seen, _ = side_by_side(lambda: read_exposure(session, COUNTY, grid, since, NOW), lambda: None, runs=3)
    return [
        Result("1,010,000 events from the table to z-scores", ours, 3_000, "≤ 1 ×", peer_name="limit"),
        Result("events as they were known three months before", as_of, 3_000, "≤ 1 ×", peer_name="limit"),
        Result(f"visits and hits by cell, {CHECKS:,} checks, {WALKS:,} walks", seen, 3_000, peer_name="limit"),
    ]


@contextmanager
def county(tips: int) -> Iterator[Session]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    with database(server) as url:
        load(url, tips)
        engine = connect(make_url(url).set(username=APP_ROLE, password=None))
        with Session(engine) as session:
            scope(session, COUNTY)
            yield session
        engine.dispose()


def load(url: str, tips: int) -> None:
    """Without triggers, and without the index of tips' words, which is not read here."""
    engine = connect(url)
    with Session(engine) as session:
        create_county(session, COUNTY, "测量县", "测量县教育局")
        session.flush()
        scope(session, COUNTY)
        outline = from_shape(MultiPolygon([LAND]), srid=4326)
        session.add(Area(county=COUNTY, level=AreaLevel.COUNTY, name="测量县", boundary=outline))
        session.flush()
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("drop index ix_tips_words"))
        session.execute(text("select setseed(0.5)"))
        for statement in STATEMENTS:
            bound = text(statement.replace("::", "\\:\\:"))
            given = {"tips": tips, "now": NOW}
            session.execute(bound, {name: given[name] for name in bound.compile().params})
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()


# Half of everything gathers in twenty small towns
_PLACE = """ST_SetSRID(ST_MakePoint(
    case when n % 2 = 0 then 116.83 + (n / 2 % 20) * 0.015 + random() * 0.01 else 116.8 + random() * 0.35 end,
    case when n % 2 = 0 then 28.53 + (n / 2 * 7 % 20) * 0.014 + random() * 0.01 else 28.5 + random() * 0.33 end),
    4326)"""
_AT = "cast(:now as timestamptz) - random() * interval '365 days'"
STATEMENTS = (
    f"""insert into sites (county, id, kind, category, state, name, location, pupils)
        select '{COUNTY}', gen_random_uuid(), case when n % 10 = 0 then 'school' else 'suspected' end,
            case when n % 10 = 0 then 'primary' else 'after_care' end,
            case when n % 10 = 0 then 'licensed' else 'verified' end, '点位', {_PLACE}, 400
        from generate_series(1, {SITES}) as n""",
    f"""insert into people (county, id, name) select '{COUNTY}', gen_random_uuid(), '督学'
        from generate_series(1, 50)""",
    f"""insert into tips (county, id, code, channel, state, text, received_at, location)
        select '{COUNTY}', gen_random_uuid(), 'T' || n, 'web',
            (array['new', 'assigned', 'confirmed', 'confirmed'])[1 + n % 4], '补课', {_AT}, {_PLACE}
        from generate_series(1, :tips) as n""",
    """insert into tip_moves (county, id, tip_id, kind, state, at)
        select county, gen_random_uuid(), id, 'received', 'new', received_at from tips
        union all
        select county, gen_random_uuid(), id, 'confirmed', 'confirmed', received_at + interval '6 days'
        from tips where state = 'confirmed'""",
    f"""insert into checks (county, id, site_id, kind, standing, state, person_id, device_id, device_sequence,
            device_started_at, device_finished_at, received_at, fence, record, record_sha256)
        select '{COUNTY}', gen_random_uuid(), site.id, 'routine', 'inspection', 'received',
            (select min(id::text)::uuid from people), 'd', n, at, at, at, 'inside', '', repeat('0', 64)
        from (select n, {_AT} as at from generate_series(1, {CHECKS}) as n) as made
        join (select id, row_number() over (order by id) as number from sites) as site
            on site.number = 1 + n % {SITES}""",
    f"""insert into findings (county, id, site_id, check_id, text, severity, state, found_at, confirmed_at)
        select county, gen_random_uuid(), site_id, id, '问题', 1 + n % 3, 'confirmed', device_finished_at,
            device_finished_at + interval '2 days'
        from (select *, row_number() over (order by id) as n from checks) as made where n <= {FINDINGS}""",
    f"""insert into grid_cells (county, id, code, origin, boundary)
        select '{COUNTY}', gen_random_uuid(), lpad(n::text, 15, '0'), 'drawn',
            ST_MakeEnvelope(116.8 + n % 20 * 0.0175, 28.5 + n / 20 * 0.0165, 116.8 + (n % 20 + 1) * 0.0175,
                28.5 + (n / 20 + 1) * 0.0165, 4326)
        from generate_series(0, 399) as n""",
    f"""insert into canvass_visits (county, id, cell_id, person_id, outcome, band, device_id, device_sequence,
            device_started_at, device_finished_at, received_at, fence, record, record_sha256)
        select '{COUNTY}', gen_random_uuid(), cell.id, (select min(id::text)::uuid from people), 'clean',
            'evening', 'd', n, at, at, at, 'inside', '', repeat('0', 64)
        from (select n, {_AT} as at from generate_series(1, {WALKS}) as n) as made
        join (select id, row_number() over (order by id) as number from grid_cells) as cell
            on cell.number = 1 + n % 400""",
)
