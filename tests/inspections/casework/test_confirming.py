from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.confirming import DEFAULT_DAYS, confirm, reject
from inspections.casework.findings import FindingState
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.events import Event
from inspections.registry.people import Person, Role
from tests.casefile import FINISHED, make_finding
from tests.factories import make_person, make_site

TODAY = date(2026, 11, 21)


@pytest.fixture
def officer(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR)


def test_a_confirmed_finding_has_a_name_a_time_and_a_deadline(session: Session, officer: Person) -> None:
    finding = confirm(session, officer, make_finding(session, make_site(session)).id, FINISHED, today=TODAY)
    assert (finding.state, finding.confirmed_by_id) == (FindingState.CONFIRMED, officer.id)
    assert (finding.confirmed_at, finding.due_on) == (FINISHED, TODAY + timedelta(days=DEFAULT_DAYS))
    assert session.scalars(select(Event.verb)).all() == ["confirm"]


def test_what_was_decided_is_not_decided_again(session: Session, officer: Person) -> None:
    finding = make_finding(session, make_site(session))
    reject(session, officer, finding.id, "当时在搞清洁，没有上课")
    session.flush()
    assert finding.state is FindingState.REJECTED
    with pytest.raises(Conflict):
        confirm(session, officer, finding.id, FINISHED, today=TODAY)
    assert session.scalars(select(Event.verb)).all() == ["reject"]


def test_a_rejection_needs_a_reason_and_a_deadline_lies_ahead(session: Session, officer: Person) -> None:
    finding = make_finding(session, make_site(session))
    with pytest.raises(Invalid):
        reject(session, officer, finding.id, " ")
    with pytest.raises(Invalid):
        confirm(session, officer, finding.id, FINISHED, today=TODAY, due_on=TODAY - timedelta(days=1))


def test_a_grid_worker_decides_nothing(session: Session) -> None:
    finding = make_finding(session, make_site(session))
    with pytest.raises(Forbidden):
        confirm(session, make_person(session, Role.GRID_WORKER), finding.id, FINISHED, today=TODAY)
