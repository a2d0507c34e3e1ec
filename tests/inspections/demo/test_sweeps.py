"""What the demonstration tells of sweeps and a campaign is written by commands, and reads back by queries."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from inspections.db import scope
from inspections.demo import names
from inspections.demo.special_campaigns import write_special_campaign
from inspections.evidence.keys import KeyRing
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.registry.sites import SiteKind
from inspections.special_campaigns.daily_reports import DailyReport
from inspections.special_campaigns.dispatches import Instruction, InstructionState
from inspections.special_campaigns.records import read_records
from inspections.sweeps.campaigns import SpecialCampaign
from inspections.sweeps.counts import counts
from inspections.sweeps.stops import SETTLED, SweepStop
from inspections.sweeps.sweeps import Sweep, SweepState
from tests.factories import COUNTY, make_person, make_site, make_township

TODAY = date(2026, 11, 23)
HERE = COUNTY
KEYS = KeyRing.of(["test"])


@pytest.fixture
def session(owner_engine: Engine) -> Iterator[Session]:
    """The owner's, as the demonstration is written: it dates events. Undone after the test."""
    with owner_engine.connect() as connection:
        undone = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            scope(session, HERE)
            yield session
        undone.rollback()


@pytest.fixture
def dispatcher(session: Session, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A small county in place of the demonstration's: six officers, eighteen places."""
    monkeypatch.setattr(names, "COUNTY_CODE", HERE)
    town = make_township(session, county=HERE, code=f"{HERE}101")
    other = make_township(session, county=HERE, name="石镇镇", code=f"{HERE}102")
    office = Department(county=HERE, name="执法队", kind=DepartmentKind.MARKET)
    session.add(office)
    session.flush()
    for number in range(3):
        for role in (Role.ENFORCER, Role.INSPECTOR):
            make_person(session, role, county=HERE, login=f"{role.value}{number}", certificate=f"{role}{number}",
                        name=f"{role.label}{number}", department_id=office.id)  # fmt: skip
    make_site(session, (117.1, 28.7), HERE, kind=SiteKind.SCHOOL, category="primary", state="licensed")
    for number in range(18):
        make_site(
            session, (117.08 + 0.004 * number, 28.7), HERE, name=f"星光托管{number}号点", township_id=other.id
        )
    make_person(session, Role.TOWNSHIP_ADMIN, county=HERE, township_id=town.id, name="王镇长")
    return make_person(session, Role.DISPATCHER, county=HERE, name="李科长")


def test_one_sweep_is_over_one_sealed_and_one_planned(session: Session, dispatcher: Person) -> None:
    write_special_campaign(session, TODAY, KEYS, "test")
    found = session.scalars(select(Sweep).where(Sweep.county == HERE).order_by(Sweep.starts_at)).all()
    assert [each.state for each in found] == [SweepState.FINISHED, SweepState.SEALED, SweepState.PLANNING]
    stops = session.scalars(select(SweepStop).where(SweepStop.county == HERE)).all()
    assert {stop.sweep_id for stop in stops} == {found[0].id}  # where the others go stands in no table
    assert all(stop.state in SETTLED for stop in stops if stop.team_id)
    came_to = counts(session, HERE, [found[0].id])
    assert (came_to.joint_actions, came_to.stops) == (1, 7)
    assert came_to.visited == came_to.checks > 0


def test_the_numbers_of_the_reports_are_those_of_their_lists(session: Session, dispatcher: Person) -> None:
    write_special_campaign(session, TODAY, KEYS, "test")
    campaign = session.scalars(select(SpecialCampaign).where(SpecialCampaign.county == HERE)).one()
    reports = session.scalars(select(DailyReport).where(DailyReport.county == HERE)).all()
    assert len(reports) == 5
    for report in reports:
        for row in report.content["rows"]:
            records = read_records(session, dispatcher, campaign, report.content["of_day"], row["key"])
            assert records.total == row["day"], row
    states = session.scalars(select(Instruction.state).where(Instruction.county == HERE)).all()
    assert sorted(states) == [InstructionState.RECEIVED, InstructionState.SENT]


def test_without_a_key_there_is_a_campaign_and_no_sweep(session: Session, dispatcher: Person) -> None:
    write_special_campaign(session, TODAY, KeyRing(), "test")
    assert session.scalars(select(SpecialCampaign.name).where(SpecialCampaign.county == HERE)).all()
    assert session.scalars(select(Sweep).where(Sweep.county == HERE)).all() == []
