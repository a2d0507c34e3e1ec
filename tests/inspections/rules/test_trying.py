"""Other values of a limit, tried out on facts that are there."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.times import china_day
from inspections.casework.findings import Finding
from inspections.errors import Forbidden, Invalid
from inspections.registry.people import Person, Role
from inspections.rules.judgements import Judgement
from inspections.rules.observing import observe
from inspections.rules.subjects import Subject
from inspections.rules.trying import Trial, try_out
from tests.factories import NOW, make_check, make_person, make_site

TODAY = china_day(NOW)
EARLIER = {"limit-0-0": "20:00", "limit-1-0": "21:00"}


@pytest.fixture
def dispatcher(session: Session) -> Person:
    person = make_person(session, Role.DISPATCHER)
    check = make_check(session, person, make_site(session))
    for ends_at in ("19:30", "20:15", "20:45"):
        observe(session, person, check.id, Subject.LESSON, {"is_online": "no", "ends_at": ends_at})
    observe(
        session, person, check.id, Subject.LESSON, {"is_online": "no", "ends_at": "22:00", "day": "2024-05-06"}
    )
    observe(session, person, check.id, Subject.FEE, {"months": "9"})
    return person


def test_a_trial_counts_what_would_break_the_rule_and_writes_nothing(session: Session, dispatcher: Person) -> None:
    assert try_out(session, dispatcher, "lesson-end", EARLIER, TODAY) == Trial(
        3, 1, 2, 1, lacking=0, checks=1, checks_then=1
    )
    assert session.scalars(select(Judgement)).all() == []
    assert session.scalars(select(Finding)).all() == []


def test_a_value_that_no_limit_can_have_is_refused(session: Session, dispatcher: Person) -> None:
    with pytest.raises(Invalid) as caught:
        try_out(session, dispatcher, "lesson-end", EARLIER | {"limit-0-0": "25:00"}, TODAY)
    assert set(caught.value.fields) == {"limit-0-0"}


def test_only_who_edits_rules_tries_them(session: Session) -> None:
    with pytest.raises(Forbidden):
        try_out(session, make_person(session, Role.AUDITOR), "lesson-end", EARLIER, TODAY)
