"""The coverage map of 5,000 cells with a million visits: data and page together, against the limit and
against one query that reads every visit.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url, select, text
from sqlalchemy.orm import Session

import inspections.tables  # noqa: F401 - the mappers of all that a cell points to
from geo.maps.coverage_labels import COVERAGE_LABELS
from inspections.canvass.coverage import read_coverage
from inspections.canvass.coverage_view import draw_cells
from inspections.db import APP_ROLE, connect, scope
from inspections.registry.counties import create_county
from inspections.registry.people import Person, PersonRole, Role

from .result import Result, side_by_side
from .tiles_county import database

NAME = "coverage"
COUNTY = "361129"
LIMIT_MS = 1_000.0
CELLS, VISITS, TOWNSHIPS, WORKERS, SIDE = 5_000, 1_000_000, 20, 100, 100
WORDS = COVERAGE_LABELS | {"title": "走访覆盖", "subtitle": ""}
VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor"


def run(full: bool) -> list[Result]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    with database(server) as url:
        load(url)
        engine = connect(make_url(url).set(username=APP_ROLE, password=None))
        with Session(engine) as session:
            scope(session, COUNTY)
            results = measured(session)
        engine.dispose()
    return results


def measured(session: Session) -> list[Result]:
    person = session.scalars(select(Person).where(Person.county == COUNTY, Person.name == "调度")).unique().one()
    now = datetime.now(UTC)
    pages: list[str] = []

    def page() -> None:
        pages[:] = [draw_cells(session, person, now, WORDS, str, VENDOR)]

    data, whole = side_by_side(
        lambda: read_coverage(session, person, now),
        lambda: session.execute(EVERY, {"county": COUNTY}).all(),
        runs=3,
    )
    own, _ = side_by_side(page, lambda: None, runs=3)
    size_mb = len(pages[0].encode()) / 1e6
    case = f"{CELLS:,} cells, {VISITS:,} visits"
    return [
        Result(f"data and page: {case}", own, LIMIT_MS, "≤ 1 ×", peer_name="limit"),
        Result(f"data alone: {case}", data, whole, peer_name="one pass over all visits"),
        Result(f"the page: {case}", size_mb, 5.0, "≤ 1 ×", unit="MB", peer_name="limit"),
    ]


def load(url: str) -> None:
    engine = connect(url)
    with Session(engine) as session:
        create_county(session, COUNTY, "测量县", "测量县教育局")
        session.flush()
        for number in range(WORKERS + 1):
            name, role = (f"网格员{number}", Role.GRID_WORKER) if number else ("调度", Role.DISPATCHER)
            person = Person(county=COUNTY, name=name)
            person.grants = [PersonRole(county=COUNTY, role=role)]
            session.add(person)
        session.flush()
        for statement in (AREAS, CELLS_SQL, VISITS_SQL):
            session.execute(text(statement), {"county": COUNTY})
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()


AREAS = f"""
    insert into areas (county, id, level, name, boundary)
    select :county, gen_random_uuid(), 'township', i || '镇',
        st_multi(st_makeenvelope(117 + (i - 1) * 0.025, 28, 117 + i * 0.025, 28.25, 4326))
    from generate_series(1, {TOWNSHIPS}) i
"""
CELLS_SQL = f"""
    insert into grid_cells (county, id, code, name, boundary, township_id, worker_id)
    select :county, gen_random_uuid(), lpad(i::text, 15, '0'), '第' || i || '网格',
        st_makeenvelope(117 + (i % {SIDE}) * 0.005, 28 + (i / {SIDE}) * 0.005,
            117 + (i % {SIDE} + 1) * 0.005, 28 + (i / {SIDE} + 1) * 0.005, 4326), t.id, p.id
    from generate_series(0, {CELLS - 1}) i
    join (select id, row_number() over (order by name) as n from areas where level = 'township') t
        on t.n = 1 + i % {TOWNSHIPS}
    join (select id, row_number() over (order by name) as n from people where name <> '调度') p
        on p.n = 1 + i % {WORKERS}
"""
# Some cells have many visits, one in twenty has none; a twentieth of the visits found a shut door
VISITS_SQL = f"""
    insert into canvass_visits (county, id, cell_id, person_id, outcome, band, device_id, device_sequence,
        device_started_at, device_finished_at, received_at, fence, record, record_sha256)
    select :county, gen_random_uuid(), c.id, c.worker_id,
        (array['clean', 'leads', 'no_access'])[case when i % 20 = 0 then 3 when i % 17 = 0 then 2 else 1 end],
        (array['workday', 'evening', 'weekend', 'holiday'])[1 + (i / {CELLS}) % 4], 'phone-' || i % {WORKERS}, i,
        at - interval '20 minutes', at, at, 'inside', '\\x7b7d', repeat('0', 64)
    from generate_series(1, {VISITS * 20 // 19}) i
    cross join lateral (select now() - make_interval(mins => (i * 7919::bigint % 1000000)::int) as at) moment
    join (select id, worker_id, row_number() over (order by code) as n from grid_cells) c
        on c.n = 1 + i % {CELLS} and c.n % 20 <> 0
"""
EVERY = text(
    """
    select distinct on (cell_id, band) cell_id, band, id, device_finished_at, outcome, person_id
    from canvass_visits where county = :county and outcome <> 'no_access'
    order by cell_id, band, device_finished_at desc
    """
)
