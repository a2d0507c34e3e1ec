"""The clock of escalation over a hundred thousand open problems, as its job runs it, within a minute.

The first run of all is the worst: whatever is late or due soon gets its rung at once, each with its paper, its
event and its line in the ledger. After it come an ordinary day, and the hour after that, which has nothing to do.
A run is timed with its commit; each problem has one of 120 deadlines around the day.
"""

import os
from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

import inspections.tables  # noqa: F401 - the mappers of all that a step points to
from inspections.casework.climbing import climb
from inspections.casework.findings import Finding
from inspections.db import APP_ROLE, connect, scope
from inspections.registry.counties import create_county

from .result import Result, once
from .tiles_county import database, make_url, psycopg_url

NAME = "clock"
COUNTY = "361129"
LIMIT_MS = 60_000.0
FINDINGS, SITES = 100_000, 3_000
FIRST = datetime(2026, 11, 23, 0, 7, tzinfo=UTC)  # a Monday


def run(full: bool) -> list[Result]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    with database(server) as url:
        load(url)
        engine = connect(make_url(url).set(username=APP_ROLE, password=None).render_as_string(hide_password=False))
        put: list[int] = []

        def at(now: datetime) -> float:
            def work() -> None:
                with Session(engine) as session:
                    scope(session, COUNTY)
                    put.append(sum(climb(session, COUNTY, now).put_forward.values()))
                    session.commit()

            return once(work)

        with closing(engine.connect()):
            times = [at(FIRST), at(FIRST + timedelta(days=1)), at(FIRST + timedelta(days=1, hours=1))]
        engine.dispose()
    names = ("the first run", "the next day", "an hour later")
    return [
        Result(f"{name} over {FINDINGS:,} open problems, {n:,} steps", ms, LIMIT_MS, "≤ 1 ×", peer_name="limit")
        for name, n, ms in zip(names, put, times, strict=True)
    ]


def load(url: str) -> None:
    engine = connect(url)
    with Session(engine) as session:
        create_county(session, COUNTY, "测量县", "测量县教育局")
        session.commit()
    rng = np.random.default_rng(7)
    sites = [uuid7() for _ in range(SITES)]
    day, before = FIRST.date(), FIRST - timedelta(days=90)
    offsets, at = rng.integers(-60, 60, FINDINGS).tolist(), rng.integers(0, SITES, FINDINGS).tolist()
    rows = [
        (uuid7(), sites[place], day + timedelta(days=offset)) for offset, place in zip(offsets, at, strict=True)
    ]
    with psycopg.connect(psycopg_url(url)) as connection:
        cursor = connection.cursor()
        # The ledger is written once at the end, not once for each row
        cursor.execute("alter table findings disable trigger user")
        with cursor.copy("copy sites (county, id, kind, category, state, name) from stdin") as copy:
            for each in sites:
                copy.write_row((COUNTY, each, "institution", "arts", "licensed", "点位"))
        columns = "county, id, site_id, text, severity, state, found_at, confirmed_at, due_on"
        with cursor.copy(f"copy {Finding.__tablename__} ({columns}) from stdin") as copy:
            for key, site, due in rows:
                copy.write_row((COUNTY, key, site, "收费标准未公示", 2, "rectifying", before, before, due))
        cursor.execute("alter table findings enable trigger user")
        cursor.execute("select write_ledger(county, array_agg(id)) from findings group by county")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()
