"""Province, prefecture and county, through the app's own connection: figures go up, records stay."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.counties import Level, create_county
from inspections.registry.people import Person, Role
from inspections.registry.sites import SiteCategory, SiteKind
from inspections.reporting.figures import of_days
from inspections.reporting.figures.freezing import freeze
from inspections.reporting.figures.identities import check
from inspections.reporting.levels import overview
from inspections.reporting.levels.deliveries import Delivery
from inspections.reporting.levels.delivering import (
    deliver,
    give_grant,
    list_calls,
    list_deliveries,
    revoke_grant,
)
from inspections.reporting.levels.overview import Standing
from tests.factories import make_check, make_finding, make_person, make_site

PROVINCE, PREFECTURE, OTHER_PREFECTURE = "360000", "361100", "361000"
FIRST, SECOND, THIRD, FAR = "361129", "361128", "361127", "361002"
QUARTER = (date(2026, 7, 1), date(2026, 9, 30))
AT = datetime(2026, 8, 20, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared_engine(app_engine: Engine) -> Engine:
    """What the owner commits here is for this module alone."""
    return app_engine


@pytest.fixture(scope="module", autouse=True)
def offices(owner_engine: Engine) -> None:
    """Two prefectures of a province; three counties under the first, one under the other."""
    with Session(owner_engine) as session:
        create_county(session, PROVINCE, "江西省", "省教育厅", level=Level.PROVINCE)
        for code in (PREFECTURE, OTHER_PREFECTURE):
            create_county(session, code, f"市{code}", "市教育局", level=Level.PREFECTURE, above=PROVINCE)
        for code in (SECOND, THIRD):
            create_county(session, code, f"县{code}", "县教育局", above=PREFECTURE)
        create_county(session, FAR, "远县", "县教育局", above=OTHER_PREFECTURE)
        session.execute(text("update counties set above = :above where code = :code"),
                        {"above": PREFECTURE, "code": FIRST})  # fmt: skip
        session.commit()


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


class Office:
    """One tenant: its director, or its superior, and a scope for what it does."""

    def __init__(self, session: Session, code: str):
        self.session, self.code = session, code
        scope(session, code)
        role = Role.SUPERIOR if code.endswith("00") else Role.DIRECTOR
        self.person_id = make_person(session, role, county=code, name=f"某{code}").id
        self.enter()

    def enter(self) -> Person:
        scope(self.session, self.code, self.person_id)
        return self.session.get_one(Person, (self.code, self.person_id))

    def work(self, problems: int = 1) -> None:
        """An inspector's visit to a school of the county with some problems."""
        self.enter()
        inspector = make_person(self.session, Role.INSPECTOR, county=self.code, name="何静")
        school = make_site(self.session, county=self.code, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY,
                           name=f"{self.code}小学")  # fmt: skip
        make_check(self.session, inspector, school, device_finished_at=AT)
        for n in range(problems):
            make_finding(self.session, school, confirmed_at=AT, text=f"{self.code}的问题{n}")

    def delivered(self, now: datetime, reason: str = "") -> Delivery:
        person = self.enter()
        snapshot = freeze(self.session, person, of_days(self.code, *QUARTER, now, as_of=now.date()), now)
        return deliver(self.session, person, snapshot.id, reason, now)

    def overview(self, now: datetime) -> overview.Overview:
        return overview.read_overview(self.session, self.enter(), *QUARTER, now)


@pytest.fixture
def prefecture(session: Session) -> Office:
    return Office(session, PREFECTURE)


@pytest.fixture
def county(session: Session) -> Office:
    office = Office(session, FIRST)
    office.work(problems=2)
    return office


def test_an_office_sees_who_delivered_who_is_late_and_the_sum(
    session: Session, county: Office, prefecture: Office, now: datetime
) -> None:
    other = Office(session, SECOND)
    other.work()
    assert [line.standing for line in prefecture.overview(now).lines] == [Standing.MISSING] * 3
    county.delivered(now - timedelta(days=9))
    other.delivered(now)
    due = (now - timedelta(days=5)).date()
    overview.call(session, prefecture.enter(), *QUARTER, {"due_on": due.isoformat()}, now)
    found = prefecture.overview(now)
    assert {line.county.code: line.standing for line in found.lines} == {
        FIRST: Standing.DELIVERED,
        SECOND: Standing.LATE,
        THIRD: Standing.OVERDUE,
    }
    assert (found.cells["problems.primary"], found.cells["schools.all"], found.cells["inspectors.all"]) == (
        3,
        2,
        2,
    )
    assert check(found.cells) == []
    asked = list_calls(session, county.enter())
    assert [(each.call.due_on, each.delivery is not None) for each in asked] == [(due, True)]


def test_the_province_sees_all_its_counties_and_another_prefecture_none_of_these(
    session: Session, county: Office, now: datetime
) -> None:
    far = Office(session, FAR)
    far.work()
    county.delivered(now)
    far.delivered(now)
    province, other = Office(session, PROVINCE), Office(session, OTHER_PREFECTURE)
    assert {line.county.code for line in province.overview(now).lines} == {FIRST, SECOND, THIRD, FAR}
    assert province.overview(now).cells["problems.all"] == 3
    assert [line.county.code for line in other.overview(now).lines] == [FAR]
    strange = list_deliveries(session, county.enter())[0]
    with pytest.raises(NotFound):
        overview.read_delivery(session, other.enter(), FIRST, strange.id)


@pytest.mark.parametrize(
    "table", ["deliveries", "figure_snapshots", "record_grants", "sites", "findings", "people"]
)
def test_a_hand_made_query_of_a_neighbour_finds_nothing(
    session: Session, county: Office, now: datetime, table: str
) -> None:
    county.delivered(now)
    give_grant(session, county.enter(), grant_form(now), now)
    Office(session, SECOND).enter()
    query = text(f"select count(*) from {table} where county = :code")
    assert session.scalar(query, {"code": FIRST}) == 0


@pytest.mark.parametrize("table", ["figure_snapshots", "sites", "findings", "people", "checks", "events"])
def test_an_office_above_reads_no_record_by_hand_even_with_a_grant(
    session: Session, county: Office, prefecture: Office, now: datetime, table: str
) -> None:
    county.delivered(now)
    give_grant(session, county.enter(), grant_form(now), now)
    prefecture.enter()
    query = text(f"select count(*) from {table} where county = :code")
    assert session.scalar(query, {"code": FIRST}) == 0
    assert session.scalar(text("select count(*) from deliveries")) == 1


def test_an_office_cannot_write_into_a_county(session: Session, county: Office, prefecture: Office, now) -> None:
    delivery = county.delivered(now)
    grant = give_grant(session, county.enter(), grant_form(now), now)
    prefecture.enter()
    for statement in (
        f"update record_grants set expires_at = '2199-01-01' where id = '{grant.id}'",
        "insert into record_grants (county, id, to_code, kinds, first_day, last_day, reason, granted_by_id,"
        " granted_at, expires_at) select county, gen_random_uuid(), to_code, kinds, first_day, last_day, reason,"
        f" granted_by_id, granted_at, expires_at from record_grants where id = '{grant.id}'",
        f"update deliveries set sha256 = '' where id = '{delivery.id}'",
        f"delete from deliveries where id = '{delivery.id}'",
    ):
        with pytest.raises(DBAPIError, match=r"row-level security|permission denied"):  # noqa: SIM117
            with session.begin_nested():
                session.execute(text(statement))


def test_what_was_delivered_stays_when_the_records_change_and_a_correction_names_it(
    session: Session, county: Office, prefecture: Office, now: datetime
) -> None:
    first = county.delivered(now - timedelta(days=3))
    county.work()
    assert prefecture.overview(now).cells["problems.all"] == 2
    with pytest.raises(Invalid, match="请写明更正的原因"):
        county.delivered(now)
    second = county.delivered(now, reason="漏了一所学校")
    assert (second.replaces_id, second.reason) == (first.id, "漏了一所学校")
    assert prefecture.overview(now).cells["problems.all"] == 3
    chain = overview.read_delivery(session, prefecture.enter(), FIRST, second.id)
    assert [each.id for each in chain] == [second.id, first.id]
    assert all(each.is_whole() for each in chain)
    assert first.cells["problems.all"] == 2


def test_a_correction_of_figures_that_came_in_time_is_not_late(
    session: Session, county: Office, prefecture: Office, now: datetime
) -> None:
    county.delivered(now - timedelta(days=9))
    county.work()
    county.delivered(now, reason="更正")
    form = {"due_on": (now - timedelta(days=5)).date().isoformat()}
    overview.call(session, prefecture.enter(), *QUARTER, form, now)
    assert prefecture.overview(now).lines[2].standing is Standing.DELIVERED


def test_the_same_table_goes_up_once_and_a_townships_never(
    session: Session, county: Office, now: datetime
) -> None:
    delivery = county.delivered(now)
    with pytest.raises(Conflict, match="没有重复上报"):
        deliver(session, county.enter(), delivery.snapshot_id, "", now)
    dispatcher = make_person(session, Role.DISPATCHER, county=FIRST)
    with pytest.raises(Forbidden):
        deliver(session, dispatcher, delivery.snapshot_id, "", now)


def grant_form(now: datetime, **values: Any) -> dict[str, Any]:
    form = {
        "to_code": PREFECTURE,
        "kinds": ["findings"],
        "first_day": "2026-01-01",
        "last_day": "2026-12-31",
        "until": (now + timedelta(days=8)).date().isoformat(),
        "reason": "市里核查三季度问题",
    }
    return form | values


def test_records_are_opened_by_a_grant_only_and_each_opening_is_in_the_countys_history(
    session: Session, county: Office, prefecture: Office, now: datetime
) -> None:
    delivery = county.delivered(now)
    with pytest.raises(Forbidden, match="没有查阅这些记录的授权"):
        overview.open_records(session, prefecture.enter(), delivery, "problems.all", now)
    give_grant(session, county.enter(), grant_form(now), now)
    rows = overview.open_records(session, prefecture.enter(), delivery, "problems.all", now)
    assert sorted(row.title for row in rows) == ["361129的问题0", "361129的问题1"]
    assert {row.site for row in rows} == {"361129小学"}
    with pytest.raises(Forbidden):
        overview.open_records(session, prefecture.enter(), delivery, "schools.all", now)
    county.enter()
    opened = session.execute(
        text("select verb, detail from events where subject = 'record_grants' order by at")
    ).all()
    assert [each.verb for each in opened] == ["grant", "open"]
    assert opened[1].detail["by"] == PREFECTURE
    assert opened[1].detail["person"] == f"某{PREFECTURE}"
    assert opened[1].detail["cell"] == "problems.all"


@pytest.mark.parametrize("kind", ["sites", "inspectors", "findings"])
def test_each_kind_of_record_opens_as_many_as_the_cell_says(
    session: Session, county: Office, prefecture: Office, now: datetime, kind: str
) -> None:
    delivery = county.delivered(now)
    give_grant(session, county.enter(), grant_form(now, kinds=[kind]), now)
    key = {"sites": "schools.primary", "inspectors": "inspectors.all", "findings": "in_progress.all"}[kind]
    rows = overview.open_records(session, prefecture.enter(), delivery, key, now)
    assert sum(row.n for row in rows) == delivery.cells[key] > 0


def test_a_grant_ends_by_itself_by_revocation_and_outside_its_days(
    session: Session, county: Office, prefecture: Office, now: datetime
) -> None:
    delivery = county.delivered(now)

    def opens(moment: datetime = now) -> bool:
        try:
            return bool(overview.open_records(session, prefecture.enter(), delivery, "problems.all", moment))
        except Forbidden:
            return False

    give_grant(session, county.enter(), grant_form(now, first_day="2026-08-01"), now)
    assert not opens()
    grant = give_grant(session, county.enter(), grant_form(now), now)
    assert opens()
    assert not opens(now + timedelta(days=9))
    revoke_grant(session, county.enter(), grant.id, now)
    assert not opens()
    with pytest.raises(Conflict):
        revoke_grant(session, county.enter(), grant.id, now)


def test_the_database_itself_refuses_a_grant_that_ended_or_is_another_offices(
    session: Session, county: Office, prefecture: Office, now: datetime
) -> None:
    delivery = county.delivered(now)
    grant = give_grant(session, county.enter(), grant_form(now), now)
    asked = {"grant": grant.id, "county": FIRST, "delivery": delivery.id, "cell": "problems.all"}
    for office in (Office(session, OTHER_PREFECTURE), Office(session, SECOND), Office(session, PROVINCE)):
        office.enter()
        with pytest.raises(DBAPIError, match="no grant"), session.begin_nested():
            session.execute(overview.OPEN, asked)
    prefecture.enter()
    with pytest.raises(DBAPIError, match="no grant"), session.begin_nested():
        session.execute(overview.OPEN, asked | {"cell": "schools.all"})
    revoke_grant(session, county.enter(), grant.id, now)
    session.flush()
    prefecture.enter()
    with pytest.raises(DBAPIError, match="no grant"), session.begin_nested():
        session.execute(overview.OPEN, asked)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"to_code": OTHER_PREFECTURE}, "to_code"),
        ({"to_code": SECOND}, "to_code"),
        ({"kinds": ["tips"]}, "kinds"),
        ({"reason": " "}, "reason"),
        ({"until": "2199-01-01"}, "until"),
        ({"until": "2026-01-01"}, "until"),
        ({"last_day": "2025-01-01"}, "last_day"),
        ({"first_day": "31.12."}, "first_day"),
    ],
)
def test_a_grant_without_reason_scope_or_end_is_refused(
    session: Session, county: Office, now: datetime, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        give_grant(session, county.enter(), grant_form(now, **wrong), now)
    assert set(refused.value.fields) == {field}
