from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.db import new_id, scope
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.events import Event
from inspections.intake.complainants import Complainant, ComplainantOpening
from inspections.intake.opening import ask_to_open, decide, open_identity
from inspections.intake.sealing import CannotUnseal
from inspections.registry.people import Person, Role
from tests.complainants import KEYS, WANG, make_complainant, now, work_as
from tests.factories import COUNTY, make_person

REASON = "核实补课地点，需回访"


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


@pytest.fixture
def director(session: Session) -> Person:
    return make_person(session, Role.DIRECTOR, name="刘明远")


def asked(session: Session, person: Person, complainant: Complainant) -> ComplainantOpening:
    return ask_to_open(session, work_as(session, person), complainant.id, REASON, now())


def test_an_identity_is_read_once_with_a_reason(session: Session, dispatcher: Person) -> None:
    opening = asked(session, dispatcher, make_complainant(session))
    assert open_identity(session, dispatcher, KEYS, opening.id) == WANG
    session.refresh(opening)
    assert opening.opened_at
    assert open_identity(session, dispatcher, KEYS, opening.id) is None
    session.flush()
    verbs = session.scalars(select(Event.verb).where(Event.subject == "complainants").order_by(Event.id)).all()
    assert verbs == ["ask_identity", "read_identity", "refuse_identity"]


@pytest.mark.parametrize("reason", ["", "  看看 ", "\0\0\0\0\0\0", "长" * 501])
def test_without_a_proper_reason_nothing_is_asked_for(session: Session, dispatcher: Person, reason: str) -> None:
    complainant = make_complainant(session)
    with pytest.raises(Invalid) as error:
        ask_to_open(session, work_as(session, dispatcher), complainant.id, reason, now())
    assert set(error.value.fields) == {"reason"}


@pytest.mark.parametrize("minor", [{"is_minor": True}, {"names_minor": True}])
def test_where_a_minor_is_meant_another_person_must_approve_first(
    session: Session, dispatcher: Person, director: Person, minor: dict[str, bool]
) -> None:
    opening = asked(session, dispatcher, make_complainant(session, **minor))
    assert open_identity(session, dispatcher, KEYS, opening.id) is None
    decide(session, work_as(session, director), opening.id, True, "", now())
    assert open_identity(session, work_as(session, dispatcher), KEYS, opening.id) == WANG


def test_a_minor_found_out_after_the_asking_needs_an_approval_all_the_same(
    session: Session, dispatcher: Person
) -> None:
    complainant = make_complainant(session)
    opening = asked(session, dispatcher, complainant)
    session.execute(text("update tips set names_minor = true where id = :id"), {"id": complainant.tip_id})
    assert open_identity(session, dispatcher, KEYS, opening.id) is None


def test_what_was_refused_stays_closed_and_the_refusal_says_why(
    session: Session, dispatcher: Person, director: Person
) -> None:
    opening = asked(session, dispatcher, make_complainant(session, is_minor=True))
    with pytest.raises(Invalid):
        decide(session, work_as(session, director), opening.id, False, "", now())
    decide(session, director, opening.id, False, "与办理无关，不同意", now())
    with pytest.raises(Conflict):
        decide(session, director, opening.id, True, "", now())
    assert open_identity(session, work_as(session, dispatcher), KEYS, opening.id) is None
    assert opening.is_granted is False
    assert opening.decision_reason == "与办理无关，不同意"


def test_nobody_approves_the_own_request(session: Session) -> None:
    both = make_person(session, Role.DISPATCHER, Role.DIRECTOR)
    opening = asked(session, both, make_complainant(session, is_minor=True))
    with pytest.raises(Conflict):
        decide(session, both, opening.id, True, "", now())


def test_only_who_asked_may_read_and_only_for_a_while(session: Session, dispatcher: Person) -> None:
    colleague = make_person(session, Role.DISPATCHER, name="同事")
    complainant = make_complainant(session)
    opening = asked(session, dispatcher, complainant)
    assert open_identity(session, work_as(session, colleague), KEYS, opening.id) is None
    work_as(session, dispatcher)
    late = ask_to_open(session, dispatcher, complainant.id, REASON, now() - timedelta(minutes=16))
    assert open_identity(session, dispatcher, KEYS, late.id) is None


def test_an_approval_runs_out_after_a_day(session: Session, dispatcher: Person, director: Person) -> None:
    complainant = make_complainant(session, is_minor=True)
    for ago, expected in ((timedelta(hours=23), WANG), (timedelta(hours=25), None)):
        opening = asked(session, dispatcher, complainant)
        decide(session, work_as(session, director), opening.id, True, "", now() - ago)
        assert open_identity(session, work_as(session, dispatcher), KEYS, opening.id) == expected


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DISPATCHER])
def test_others_may_not_ask_at_all(session: Session, role: Role) -> None:
    complainant = make_complainant(session)
    with pytest.raises(Forbidden):
        ask_to_open(session, make_person(session, role), complainant.id, REASON, now())


def test_nobody_asks_in_anothers_name_nor_brings_the_approval_along(session: Session, dispatcher: Person) -> None:
    complainant, other = make_complainant(session), make_person(session, Role.DISPATCHER, name="别人")
    work_as(session, dispatcher)
    session.flush()
    row = (
        "insert into complainant_openings"
        " (county, id, complainant_id, asked_by_id, asked_at, reason, needs_approval"
    )
    values = {
        "county": COUNTY,
        "id": new_id(),
        "complainant": complainant.id,
        "own": dispatcher.id,
        "other": other.id,
    }
    with pytest.raises(DBAPIError, match="row-level security"), session.begin_nested():
        session.execute(text(f"{row}) values (:county, :id, :complainant, :other, now(), '核实', false)"), values)
    with pytest.raises(DBAPIError, match="row-level security"), session.begin_nested():
        session.execute(
            text(
                f"{row}, is_granted, decided_at, decided_by_id) values"
                " (:county, :id, :complainant, :own, now(), '核实', true, true, now(), :other)"
            ),
            values,
        )


def test_another_countys_opening_opens_nothing(session: Session, dispatcher: Person) -> None:
    opening = asked(session, dispatcher, make_complainant(session))
    scope(session, "421303", dispatcher.id)
    assert session.scalar(text("select open_complainant(:id)"), {"id": opening.id}) is None


def test_with_another_key_it_is_said_and_the_reading_is_not_used_up(session: Session, dispatcher: Person) -> None:
    opening = asked(session, dispatcher, make_complainant(session))
    with pytest.raises(CannotUnseal), session.begin_nested():
        open_identity(session, dispatcher, [b"x" * 32], opening.id)
    assert open_identity(session, dispatcher, KEYS, opening.id) == WANG
