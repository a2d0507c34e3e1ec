"""Every cell of annex 5 against a count by hand: over the demo county, and over small counties of all shapes."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.casework.orders import Order, OrderKind, OrderState
from inspections.casework.steps import Origin, Step, StepKind, StepState
from inspections.db import scope
from inspections.demo import create_demo_county, names
from inspections.evidence.store import open_store
from inspections.field.checks import CheckKind
from inspections.listing import Question, read
from inspections.listing.behind import CASES, INSPECTORS, figure_value, figure_words
from inspections.listing.findings import FINDINGS
from inspections.listing.orders import ORDERS
from inspections.listing.sites import SITES
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.people import Person, PersonRole, Role
from inspections.registry.sites import CATEGORIES, SiteKind
from inspections.registry.zones import Zone
from inspections.reporting.figures import behind, count, of_days, sums
from inspections.reporting.figures.annex5 import CELLS, FIGURES
from inspections.reporting.figures.freezing import freeze
from inspections.reporting.figures.identities import check
from inspections.reporting.model_cases import ModelCase
from tests.closing import close
from tests.factories import COUNTY, make_check, make_finding, make_person, make_site
from tests.handcount import Ledger, end_of

TODAY = date(2026, 11, 20)
NOW = datetime.combine(TODAY, time(), UTC)
PERIODS = {
    "the year": (date(2026, 1, 1), date(2026, 12, 31), None),
    "the school year": (date(2025, 9, 1), date(2026, 8, 31), None),
    "a term": (date(2026, 2, 25), date(2026, 7, 5), None),
    "a quarter": (date(2026, 7, 1), date(2026, 9, 30), None),
    "a quarter as it was seen later": (date(2026, 4, 1), date(2026, 6, 30), date(2026, 10, 8)),
    "a quarter as it was seen in its middle": (date(2026, 4, 1), date(2026, 6, 30), date(2026, 5, 9)),
    "a month": (date(2026, 10, 1), date(2026, 10, 31), None),
    "a day": (date(2026, 10, 21), date(2026, 10, 21), None),
}


@pytest.fixture(scope="module")
def demo(owner_engine: Engine) -> Iterator[Session]:
    """The demo county as the app's role sees it, with closures, steps and cases where it has none of its own."""
    with tempfile.TemporaryDirectory() as folder, owner_engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            create_demo_county(session, open_store(Path(folder).as_uri()), TODAY)
            session.execute(text("set local role mingcha_app"))
            scope(session, names.COUNTY_CODE)
            yield session
        transaction.rollback()


@pytest.fixture(scope="module")
def ledger(demo: Session) -> Ledger:
    return Ledger.read(demo, names.COUNTY_CODE)


@pytest.mark.parametrize("period", PERIODS)
def test_each_cell_of_the_demo_county_is_what_a_hand_count_gives(
    demo: Session, ledger: Ledger, period: str
) -> None:
    first, last, as_of = PERIODS[period]
    selection = of_days(names.COUNTY_CODE, first, last, NOW, as_of=as_of)
    cells = count(demo, selection, FIGURES)
    assert cells == ledger.count(first, last, selection.as_of)
    assert check(cells) == []


@pytest.mark.parametrize("period", ["the year", "a quarter"])
def test_each_township_and_zone_is_what_a_hand_count_gives(demo: Session, ledger: Ledger, period: str) -> None:
    first, last, _ = PERIODS[period]
    townships = demo.scalars(select(Area.id).where(Area.level == AreaLevel.TOWNSHIP)).all()
    zones = demo.scalars(select(Zone.id)).all()
    assert len(townships) == 12
    assert zones
    for place in [{"township": each} for each in townships] + [{"zone": each} for each in zones]:
        asked = {f"{key}_id": value for key, value in place.items()}
        selection = of_days(names.COUNTY_CODE, first, last, NOW, **asked)
        assert count(demo, selection, FIGURES) == ledger.count(first, last, selection.as_of, **place)


def test_the_year_of_the_demo_county_has_something_in_the_main_cells(demo: Session) -> None:
    cells = count(demo, of_days(names.COUNTY_CODE, date(2026, 1, 1), date(2026, 12, 31), NOW), FIGURES)
    for key in ("institutions.subject", "inspectors.junior", "schools.primary", "problems.all", "in_progress.all"):
        assert cells[key] > 0, key


def test_townships_add_up_to_the_county_where_a_record_has_one_place(demo: Session) -> None:
    first, last, _ = PERIODS["the year"]
    whole = count(demo, of_days(names.COUNTY_CODE, first, last, NOW), FIGURES)
    townships = demo.scalars(select(Area.id).where(Area.level == AreaLevel.TOWNSHIP)).all()
    parts = [
        count(demo, of_days(names.COUNTY_CODE, first, last, NOW, township_id=each), FIGURES) for each in townships
    ]
    for key in whole:
        if not key.startswith("inspectors"):
            assert sum(part[key] for part in parts) == whole[key], key


LISTS = {each.name: each for each in (SITES, FINDINGS, ORDERS, INSPECTORS, CASES)}


def test_each_number_opens_exactly_the_records_that_make_it(demo: Session) -> None:
    director = demo.scalars(select(Person).where(Person.grants.any(PersonRole.role == Role.DIRECTOR))).one()
    selection = of_days(names.COUNTY_CODE, date(2026, 1, 1), date(2026, 12, 31), NOW)
    snapshot = freeze(demo, director, selection, NOW)
    counted = 0
    for key, cell in CELLS.items():
        if cell.figure.listed in LISTS and key in snapshot.cells:
            for source in (selection, snapshot):
                one = LISTS[cell.figure.listed]
                question = Question.of(one, {"figure": [figure_value(key, source)], "size": ["10000"]})
                page = read(demo, director, one, question, with_facets=False)
                assert {row.id for row in page.rows} == {each.id for each in snapshot.records(key)}, key
                assert page.total == snapshot.cells[key]
                assert figure_words(demo, director, figure_value(key, source))[0] == cell.figure.label
                counted += page.total
    assert counted > 1000


DAYS = st.integers(0, 60).map(lambda n: datetime(2026, 3, 1, 15, 30, tzinfo=UTC) + timedelta(days=n, hours=n % 3))
SITES = st.sampled_from(
    [(kind, each) for kind in (SiteKind.SCHOOL, SiteKind.INSTITUTION) for each in CATEGORIES[kind]]
)


@st.composite
def counties(draw: st.DrawFn) -> dict[str, Any]:
    place = st.integers(0, 4)
    later = st.one_of(st.none(), st.integers(0, 40))
    return {
        "sites": draw(st.lists(SITES, min_size=5, max_size=5)),
        "visits": draw(
            st.lists(
                st.tuples(place, DAYS, st.sampled_from(CheckKind), st.integers(0, 3), later, st.integers(0, 9)),
                max_size=12,
            )
        ),
        "problems": draw(st.lists(st.tuples(place, DAYS, later, later), max_size=12)),
        "orders": draw(st.lists(st.tuples(place, DAYS, st.sampled_from(OrderKind), later), max_size=6)),
        "steps": draw(
            st.lists(
                st.tuples(st.sampled_from(StepKind), DAYS, st.integers(1, 5), st.booleans(), st.booleans()),
                max_size=8,
            )
        ),
        "cases": draw(st.lists(st.tuples(place, DAYS, later), max_size=4)),
        "asked": draw(st.tuples(st.integers(0, 70), st.integers(0, 70), st.integers(0, 90))),
    }


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(county=counties())
def test_any_small_county_is_counted_as_by_hand(session: Session, county: dict[str, Any]) -> None:
    with session.begin_nested() as savepoint:
        fill(session, county)
        start, length, known = county["asked"]
        first = date(2026, 2, 25) + timedelta(days=start)
        last = first + timedelta(days=length)
        selection = of_days(COUNTY, first, last, NOW, as_of=first + timedelta(days=known))
        by_hand = Ledger.read(session, COUNTY).count(first, last, end_of(first + timedelta(days=known)))
        cells = count(session, selection, FIGURES)
        records = behind(session, selection, FIGURES)
        savepoint.rollback()
    assert cells == by_hand
    assert sums(records) == cells
    assert check(cells) == []
    for column in ("all", "primary", "junior"):
        parts = [{each.id for each in records[f"{key}.{column}"]} for key in ("done", "in_progress")]
        assert parts[0] | parts[1] == {each.id for each in records[f"problems.{column}"]}
        assert not parts[0] & parts[1]


def fill(session: Session, county: dict[str, Any]) -> None:
    people = [make_person(session, role) for role in (Role.INSPECTOR, Role.INSPECTOR, Role.ENFORCER)]
    sites = [
        make_site(session, kind=kind, category=category, name=f"{n}")
        for n, (kind, category) in enumerate(county["sites"])
    ]
    checks = [make_check(session, people[0], sites[0])]
    for place, at, kind, who, second, late in county["visits"]:
        other = None if second is None or second % 3 == who % 3 else people[second % 3]
        checks.append(
            make_check(
                session,
                people[who % 3],
                sites[place],
                kind=kind,
                device_finished_at=at,
                received_at=at + timedelta(days=late),
                second_person_id=other and other.id,
            )
        )
    findings = [make_finding(session, sites[0], confirmed_at=None, state=FindingState.PROPOSED)]
    for place, at, closed, reopened in county["problems"]:
        findings.append(finding := make_finding(session, sites[place], confirmed_at=at))
        if closed is not None:
            closed_at = at + timedelta(days=closed)
            again = None if reopened is None else closed_at + timedelta(days=reopened)
            close(session, finding, checks[0], people[0], closed_at, again)
    add_orders(session, county, sites, findings, people[0].id)


def add_orders(session: Session, county: dict[str, Any], sites: Any, findings: Any, person_id: Any) -> None:
    made = []
    for n, (place, at, kind, withdrawn) in enumerate(county["orders"], start=1):
        made.append(
            Order(
                county=COUNTY,
                site_id=sites[place].id,
                kind=kind,
                state=OrderState.ISSUED if withdrawn is None else OrderState.WITHDRAWN,
                addressee="学校",
                supervised_on=TODAY,
                organisation="学校",
                contact="张敏",
                telephone="1",
                drafted_by_id=person_id,
                year=2026,
                number=n,
                number_text=f"{kind}{n}",
                content={},
                issued_at=at,
                issued_by_id=person_id,
                withdrawn_at=None if withdrawn is None else at + timedelta(days=withdrawn),
            )
        )
    session.add_all(made)
    session.flush()
    for n, (kind, at, heads, own, is_done) in enumerate(county["steps"]):
        order = made[n % len(made)] if made and kind is StepKind.SUPERVISION else None
        session.add(
            Step(
                county=COUNTY,
                finding_id=findings[n % len(findings)].id,
                kind=kind,
                origin=Origin.CLOCK,
                state=StepState.DONE if is_done else StepState.PROPOSED,
                due_on=TODAY,
                deadline=TODAY - timedelta(days=n),
                proposed_at=at,
                decided_at=at if is_done else None,
                headcount=heads,
                by_inspectorate=own,
                order_id=order and order.id,
            )
        )
    for place, at, withdrawn in county["cases"]:
        session.add(
            ModelCase(
                county=COUNTY,
                site_id=sites[place].id,
                title="做法",
                text="经验",
                found_on=(at + timedelta(hours=8)).date(),
                recorded_by_id=person_id,
                recorded_at=at,
                withdrawn_at=None if withdrawn is None else at + timedelta(days=withdrawn),
                withdrawn_by_id=None if withdrawn is None else person_id,
            )
        )
    session.flush()
