"""A back-test reads no hindsight, comes out the same from what was kept, and is kept of each quarter."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.field.checks import CheckKind
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from inspections.reporting.documents.files import word_of
from inspections.targeting.backtests.backtests import Backtest, BacktestState, list_backtests, order_backtest
from inspections.targeting.backtests.computing import again, fill, keep_quarter, last_quarter
from inspections.targeting.backtests.inputs import moments, read_cells, read_visits
from tests.factories import COUNTY, NOW, make_check, make_finding, make_person, make_site, make_tip, make_township
from tests.word_files import what_is_wrong

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
BEGIN, END = moments(FIRST, LAST)


@pytest.fixture
def officer(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李专班")


def known_site(session: Session, **values: Any) -> Site:
    """A site that was known half a year before."""
    return make_site(session, **({"created_at": BEGIN - timedelta(days=180)} | values))


def visit(session: Session, officer: Person, site: Site, day: int, found: bool = False, **values: Any) -> None:
    at = BEGIN + timedelta(days=day, hours=10)
    check = make_check(session, officer, site, device_finished_at=at, **values)
    if found:
        make_finding(session, site, check_id=check.id, found_at=at, confirmed_at=at + timedelta(hours=2))


def test_days_are_those_of_china() -> None:
    assert datetime(2026, 9, 30, 16, tzinfo=UTC) == BEGIN
    assert datetime(2026, 10, 31, 16, tzinfo=UTC) == END


def test_first_visits_are_compared_and_the_others_counted(session: Session, officer: Person) -> None:
    one, two = known_site(session), known_site(session, name="二")
    late = make_site(session, name="新", created_at=BEGIN + timedelta(days=3))
    visit(session, officer, one, 2, found=True)
    visit(session, officer, one, 9)
    visit(session, officer, two, 4, kind=CheckKind.RECHECK)
    visit(session, officer, two, 5)
    visit(session, officer, late, 6, found=True)
    visit(session, officer, one, 40, found=True)  # after the period
    read = read_visits(session, COUNTY, BEGIN, END)
    assert dict(zip(read.columns["site"], read.columns["found"], strict=True)) == {
        str(one.id): True,
        str(two.id): False,
    }
    assert read.left_out == {"tied": 1, "again": 1, "unscored": 1}


def test_what_is_learnt_in_the_period_changes_no_score(session: Session, officer: Person) -> None:
    make_township(session)
    one, two = known_site(session), known_site(session, name="二")
    make_tip(session, site_id=one.id, received_at=BEGIN - timedelta(days=20))
    visit(session, officer, one, 2)
    visit(session, officer, two, 4)
    before = read_visits(session, COUNTY, BEGIN, END).columns, read_cells(session, COUNTY, BEGIN, END)
    for n in range(5):
        make_tip(session, site_id=two.id, received_at=BEGIN + timedelta(days=1 + n))
        visit(session, officer, two, 10 + n, found=True)
    after = read_visits(session, COUNTY, BEGIN, END).columns, read_cells(session, COUNTY, BEGIN, END)
    for name in ("risk", "recency", "day"):
        np.testing.assert_array_equal(before[0][name], after[0][name])
    for name in ("hot", "recency", "area_km2", "past"):
        np.testing.assert_array_equal(before[1][name], after[1][name])
    assert after[1]["events"].sum() > before[1]["events"].sum()


def test_what_is_asked_for_is_computed_and_comes_out_the_same_again(session: Session, officer: Person) -> None:
    make_township(session)
    for n in range(24):
        site = known_site(session, name=f"点{n}")
        make_tip(session, site_id=site.id, received_at=BEGIN - timedelta(days=3 + n))
        visit(session, officer, site, n, found=n % 2 == 0)
    row = order_backtest(session, officer, f"{FIRST}", f"{LAST}", NOW)
    assert order_backtest(session, officer, f"{FIRST}", f"{LAST}", NOW).id == row.id
    with pytest.raises(Conflict):
        word_of(session, officer, "backtest", row.id)
    fill(session, row, NOW)
    assert row.state is BacktestState.DONE
    assert (row.result["visits"]["n"], row.result["visits"]["found"]) == (24, 12)
    assert again(session, row) == row.result
    words, body = word_of(session, officer, "backtest", row.id)
    assert "回测报告" in words.name
    assert what_is_wrong(body) == []
    assert [each.id for each in list_backtests(session, officer)] == [row.id]


def test_a_finding_that_did_not_stand_counts_for_nothing(session: Session, officer: Person) -> None:
    site = known_site(session)
    visit(session, officer, site, 2, found=True)
    session.execute(text("update findings set state = :state"), {"state": FindingState.REJECTED.value})
    assert read_visits(session, COUNTY, BEGIN, END).columns["found"].tolist() == [False]


def test_a_period_without_visits_or_before_all_data_is_computed_and_says_so(
    session: Session, officer: Person
) -> None:
    row = order_backtest(session, officer, "2020-01-01", "2020-03-31", NOW)
    fill(session, row, NOW)
    assert row.result["visits"]["n"] == 0
    assert row.result["cells"]["n"] == 0
    assert again(session, row) == row.result
    make_township(session)
    row = order_backtest(session, officer, "2020-01-01", "2020-03-31", NOW)
    fill(session, row, NOW)
    assert row.result["cells"]["events"] == 0


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("", "2026-10-01", "first"),
        ("2026-10-01", "31.12.2026", "last"),
        ("2026-10-01", "2026-11-20", "last"),  # today
        ("2026-10-01", "2099-01-01", "last"),
        ("2026-10-10", "2026-10-01", "last"),
        ("2026-10-01", "2026-10-02", "last"),
        ("2020-01-01", "2026-10-01", "last"),
    ],
)
def test_days_that_can_not_be_tested_are_named(
    session: Session, officer: Person, first: str, last: str, field: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        order_backtest(session, officer, first, last, NOW)
    assert list(wrong.value.fields) == [field]


def test_who_may_not_run_one_is_refused(session: Session) -> None:
    for role, act in ((Role.AUDITOR, order_backtest), (Role.TOWNSHIP_ADMIN, None)):
        person = make_person(session, role)
        with pytest.raises(Forbidden):
            act(session, person, f"{FIRST}", f"{LAST}", NOW) if act else list_backtests(session, person)


def test_the_report_of_a_finished_quarter_is_kept_once(session: Session, officer: Person) -> None:
    assert keep_quarter(session, COUNTY, NOW) is None  # a county without a visit has nothing to report
    visit(session, officer, known_site(session), -40)
    made = keep_quarter(session, COUNTY, NOW)
    assert (made.quarter, made.first_day, made.last_day) == ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30))
    assert keep_quarter(session, COUNTY, NOW) is None
    assert len(session.scalars(select(Backtest)).all()) == 1


@pytest.mark.parametrize(
    ("today", "key"),
    [
        (date(2026, 1, 1), "2025-Q4"),
        (date(2026, 3, 31), "2025-Q4"),
        (date(2026, 4, 1), "2026-Q1"),
        (date(2026, 12, 31), "2026-Q3"),
    ],
)
def test_the_last_quarter_is_the_one_that_is_over(today: date, key: str) -> None:
    assert last_quarter(today).key == key
