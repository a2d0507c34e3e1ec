"""Annex 5 for a county-year of fifty thousand checks, against the limit of a second; and freezing it."""

import os
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

import inspections.tables  # noqa: F401 - the mappers of all that a figure counts
from inspections.db import APP_ROLE, connect, scope
from inspections.registry.counties import create_county
from inspections.reporting.figures import behind, count, of_days
from inspections.reporting.figures.annex5 import FIGURES
from inspections.reporting.figures.identities import check

from .result import Result, side_by_side
from .tiles_county import database, make_url, psycopg_url

NAME = "figures"
COUNTY = "361129"
LIMIT_MS = 1000.0
CHECKS, FINDINGS, ORDERS, STEPS = 50_000, 12_000, 3_000, 4_000
SITES = (
    ("school", "primary", 180),
    ("school", "junior", 60),
    ("school", "nine_year", 30),
    ("school", "kindergarten", 130),
    ("institution", "subject", 80),
    ("institution", "arts", 520),
    ("suspected", "after_care", 1000),
)
INSPECTORS, OTHERS = 60, 90
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
NOW = datetime(2027, 1, 10, tzinfo=UTC)


def run(full: bool) -> list[Result]:
    with database(server()) as url:
        load(url)
        app = make_url(url).set(username=APP_ROLE, password=None).render_as_string(hide_password=False)
        engine = connect(app)
        with closing(engine.connect()), Session(engine) as session:
            scope(session, COUNTY)
            selection = of_days(COUNTY, *YEAR, NOW)
            cells = count(session, selection, FIGURES)
            assert check(cells) == []
            name = f"annex 5, {CHECKS:,} checks, {cells['problems.all']:,} problems at schools"
            ours, _ = side_by_side(lambda: count(session, selection, FIGURES), lambda: None, runs=7)
            kept, _ = side_by_side(lambda: behind(session, selection, FIGURES), lambda: None, runs=5)
        engine.dispose()
    return [
        Result(name, ours, LIMIT_MS, "≤ 1 ×", peer_name="limit"),
        Result("the same with every record behind each cell", kept, LIMIT_MS, "≤ 1 ×", peer_name="limit"),
    ]


def server() -> str:
    return os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]


def load(url: str) -> None:
    """Two years of a county, of which one is asked for."""
    engine = connect(url)
    with Session(engine) as session:
        create_county(session, COUNTY, "测量县", "测量县教育局")
        session.commit()
    rng = np.random.default_rng(5)
    with psycopg.connect(psycopg_url(url)) as connection:
        # Without triggers: nobody opens the ledger here, and closures need no photos to be counted
        connection.execute("set session_replication_role = replica")
        made = County(connection, rng)
        made.people()
        made.sites()
        made.checks()
        made.findings()
        made.orders()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()


class County:
    def __init__(self, connection: psycopg.Connection, rng: np.random.Generator):
        self.connection, self.rng = connection, rng
        self.ids: dict[str, list[Any]] = {}

    def copy(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self.connection.cursor().copy(f"copy {table} (county, {columns}) from stdin") as copy:
            for row in rows:
                copy.write_row((COUNTY, *row))

    def people(self) -> None:
        people = [uuid7() for _ in range(INSPECTORS + OTHERS)]
        self.copy("people", "id, name", ((each, "督学") for each in people))
        roles = ["inspector"] * INSPECTORS + ["enforcer"] * OTHERS
        self.copy("person_roles", "person_id, role", zip(people, roles, strict=True))
        self.ids["people"] = people

    def sites(self) -> None:
        rows = [(uuid7(), kind, category) for kind, category, n in SITES for _ in range(n)]
        self.copy("sites", "id, kind, category, state, name", ((*row, "licensed", "点位") for row in rows))
        self.ids["sites"] = [row[0] for row in rows]

    def checks(self) -> None:
        sites, people = self.ids["sites"], self.ids["people"]
        chosen = self.rng.integers(0, [len(sites), len(people), len(people)], (2 * CHECKS, 3))
        columns = (
            "id, site_id, kind, standing, state, person_id, second_person_id, device_id, device_sequence,"
            " device_started_at, device_finished_at, received_at, fence, record, record_sha256"
        )
        rows = []
        for n, (site, first, second) in enumerate(chosen.tolist()):
            at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n * 730 * 1440 / (2 * CHECKS))
            other = people[second] if second != first else None
            rows.append((uuid7(), sites[site], "routine", "inspection", "received", people[first], other, "d", n,
                         at, at, at, "inside", b"{}" * 400, "0" * 64))  # fmt: skip
        self.copy("checks", columns, rows)
        self.ids["checks"] = [row[0] for row in rows]

    def findings(self) -> None:
        """One in three stays open; one in ten of the others came back."""
        columns = "id, site_id, check_id, text, state, found_at, confirmed_at"
        rows, closed = [], []
        for n, site in enumerate(self.rng.integers(0, len(self.ids["sites"]), 2 * FINDINGS).tolist()):
            at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n * 730 * 1440 / (2 * FINDINGS))
            key, check = uuid7(), self.ids["checks"][n]
            state = "struck_off" if n % 3 else "confirmed"
            rows.append((key, self.ids["sites"][site], check, "问题", state, at, at))
            if n % 3:
                closed.append((uuid7(), key, check, at + timedelta(days=20)))
        self.copy("findings", columns, rows)
        self.ids["findings"] = [row[0] for row in rows]
        rechecks = ((key, check, finding, "fixed") for key, finding, check, _ in closed)
        self.copy("rechecks", "id, check_id, finding_id, outcome", rechecks)
        closures = ((uuid7(), finding, key, self.ids["people"][0], at) for key, finding, _, at in closed)
        self.copy("closures", "id, finding_id, recheck_id, closed_by_id, closed_at", closures)

    def orders(self) -> None:
        columns = (
            "id, site_id, kind, state, addressee, supervised_on, organisation, contact, telephone, drafted_by_id,"
            " year, number, number_text, content, issued_at, issued_by_id"
        )
        person = self.ids["people"][0]
        rows = []
        for n in range(ORDERS):
            kind = "rectification" if n % 4 else "supervision"
            site = self.ids["sites"][n % len(self.ids["sites"])]
            at = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(hours=n * 4)
            rows.append((uuid7(), site, kind, "issued", "学校", at.date(), "学校", "督学", "1", person, 2026, n,
                         f"{n}", "{}", at, person))  # fmt: skip
        self.copy("orders", columns, rows)
        kinds = ("reminder", "notice", "interview", "accountability")
        steps = []
        for n in range(STEPS):
            at = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(hours=n * 3)
            steps.append(
                (uuid7(), self.ids["findings"][n], kinds[n % 4], "clock", "done", at.date(), at.date(), at, at)
            )
        columns = "id, finding_id, kind, origin, state, due_on, deadline, proposed_at, decided_at"
        self.copy("steps", columns, steps)
