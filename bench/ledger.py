"""A page of the ledger over a hundred thousand problems: its own pass of counting against a query for each filter.

Server time without the network: the question read, rows, totals and every count beside the list, as the app's role
behind row-level security.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import make_url, select, text
from sqlalchemy.orm import Session

import inspections.tables  # noqa: F401 - the mappers of all that a ledger points to
from inspections.db import APP_ROLE, connect, scope
from inspections.listing import Listing, Question, read
from inspections.listing.ledger import LEDGER
from inspections.listing.ledger_groups import grouped
from inspections.registry.counties import create_county
from inspections.registry.people import Person, PersonRole, Role

from .result import Result, side_by_side
from .tiles_county import database

NAME = "ledger"
COUNTY = "361129"
LIMIT_MS = 150.0
ITEMS, SITES, TOWNSHIPS, OFFICERS = 100_000, 20_000, 20, 30
PAGES: dict[str, Mapping[str, list[str]]] = {
    "open, by deadline": {"show": ["open"]},
    "all of them": {"show": ["all"]},
    "overdue in one department": {"show": ["open"], "urgency": ["overdue"], "department": ["基础教育股"]},
    "two words searched": {"show": ["all"], "q": ["授课 99"]},
    "by site, page 400": {"show": ["all"], "sort": ["site"], "page": ["400"]},
}


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
    person = session.scalars(select(Person).where(Person.county == COUNTY)).unique().first()
    assert person is not None
    counted_by_sql = replace(LEDGER, tally=None)
    results = []
    for name, asked in PAGES.items():
        question = Question.of(LEDGER, asked)
        ours, theirs = (facets(session, person, each, question) for each in (LEDGER, counted_by_sql))
        assert ours == theirs, f"{name}: the two disagree"

        def page(listing: Listing, question: Question = question) -> None:
            read(session, person, listing, question)

        own, peer = side_by_side(lambda page=page: page(LEDGER), lambda page=page: page(counted_by_sql))  # type: ignore[misc]
        results.append(Result(f"page of {ITEMS:,}: {name}", own, peer, peer_name="a query a filter"))
        results.append(Result("the same, against the limit", own, LIMIT_MS, "≤ 1 ×", peer_name="limit"))
    question = Question.of(LEDGER, {"show": ["all"]})
    own, _ = side_by_side(lambda: grouped(session, person, question, "township"), lambda: None)
    results.append(Result("subtotals by township of all", own, LIMIT_MS, "≤ 1 ×", peer_name="limit"))
    return results


def facets(session: Session, person: Person, listing: Listing, question: Question) -> dict[str, Any]:
    """What stands beside the list, without the choices that nothing has."""
    page = read(session, person, listing, question)
    return {key: {each.value: each.n for each in each_key if each.n} for key, each_key in page.facets.items()}


def load(url: str) -> None:
    """The county, then its problems; the ledger is written by its own function, a batch at a time."""
    engine = connect(url)
    with Session(engine) as session:
        create_county(session, COUNTY, "测量县", "测量县教育局")
        session.flush()
        for number in range(OFFICERS):
            officer = Person(county=COUNTY, name=f"调度{number}")
            officer.grants = [PersonRole(county=COUNTY, role=Role.DISPATCHER)]
            session.add(officer)
        session.flush()
        # Row by row the ledger would be written twice over; here it is measured, not its writing
        session.execute(text("alter table findings disable trigger user"))
        session.execute(text("alter table owners disable trigger user"))
        for statement in (AREAS, SITES_SQL, FINDINGS, OWNERS):
            session.execute(text(statement), {"county": COUNTY})
        session.execute(text("alter table findings enable trigger user"))
        session.execute(text("alter table owners enable trigger user"))
        session.execute(text("analyze findings, sites, owners"))
        session.execute(text(WRITE), {"county": COUNTY})
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()


AREAS = f"""
    insert into areas (county, id, level, name) select :county, gen_random_uuid(), 'township', i || '镇'
    from generate_series(1, {TOWNSHIPS}) i
"""
SITES_SQL = f"""
    insert into sites (county, id, name, kind, category, state, township_id)
    select :county, gen_random_uuid(), '点位' || i, (array['school', 'institution', 'suspected'])[1 + i % 3],
        (array['primary', 'arts', 'after_care'])[1 + i % 3],
        (array['licensed', 'licensed', 'verified'])[1 + i % 3], t.id
    from generate_series(1, {SITES}) i
    join (select id, row_number() over (order by name) as n from areas where level = 'township') t
        on t.n = 1 + i % {TOWNSHIPS}
"""
FINDINGS = f"""
    insert into findings (county, id, site_id, item_code, text, severity, state, found_at, due_on, confirmed_by_id,
        confirmed_at, struck_off_at)
    select :county, gen_random_uuid(), s.id, 'zd-' || lpad((1 + i % 25)::text, 2, '0'),
        '晚上 20:30 以后仍在授课 ' || i, 1 + i % 3, (array['confirmed', 'rectifying', 'struck_off'])[1 + i % 3],
        now() - make_interval(days => i % 700), current_date + i % 100 - 60, p.id,
        now() - make_interval(days => i % 690),
        case when i % 3 = 2 then now() - make_interval(days => i % 300) end
    from generate_series(1, {ITEMS}) i
    join (select id, row_number() over (order by name) as n from sites) s on s.n = 1 + i % {SITES}
    join (select id, row_number() over (order by name) as n from people) p on p.n = 1 + i % {OFFICERS}
"""
OWNERS = """
    insert into owners (county, id, finding_id, lead, department, reason, set_at, set_by_id)
    select :county, gen_random_uuid(), f.id, (array['王副局长', '李局长', '张县长'])[1 + f.severity % 3],
        (array['基础教育股', '校外教育培训监管股', '督导室', '市场监督管理局'])[1 + abs(hashtext(f.id::text)) % 4],
        '分工', f.confirmed_at, f.confirmed_by_id
    from findings f where abs(hashtext(f.id::text)) % 5 > 0
"""
WRITE = """
    select write_ledger(:county, array_agg(id))
    from (select id, row_number() over () / 5000 as batch from findings) f group by batch
"""
