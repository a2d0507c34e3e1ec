from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from inspections.casework.penalties import Penalty, PenaltyKind, PenaltyState
from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.intake.complainants import Complainant
from inspections.intake.opening import ask_to_open
from inspections.intake.retention import DAYS, forget_day, forget_due, forget_on_request, set_term
from inspections.intake.tips import TipState
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from tests.complainants import make_complainant, now, work_as
from tests.factories import COUNTY, NOW, make_person, make_site

WHY = "举报人 11 月 20 日来电要求删除"
LATER = datetime(2027, 5, 20, 20, 0, tzinfo=UTC)


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return work_as(session, make_person(session, Role.DISPATCHER))


def is_sealed(session: Session, complainant: Complainant) -> bool:
    session.refresh(complainant)
    return complainant.forgotten_at is None


def penalize(
    session: Session, site: Site, person: Person, state: PenaltyState, root: Penalty | None = None
) -> Penalty:
    row_id = new_id()
    penalty = Penalty(
        county=COUNTY, id=row_id, root_id=root.id if root else row_id, version=2 if root else 1, site_id=site.id,
        kind=PenaltyKind.SUSPENSION, state=state, body="万年县教育体育局", decided_on=date(2026, 11, 1),
        carried_out_on=date(2026, 11, 2) if state is PenaltyState.CARRIED_OUT else None,
        reference="万教罚〔2026〕1号", basis="校外培训行政处罚暂行办法", reason="执行完毕" if root else "",
        author_id=person.id, at=NOW,
    )  # fmt: skip
    session.add(penalty)
    session.flush()
    return penalty


def test_the_day_follows_from_the_countys_own_term_or_ours(session: Session) -> None:
    director = make_person(session, Role.DIRECTOR)
    assert (forget_day(session, COUNTY, NOW) - date(2026, 11, 20)).days == DAYS
    set_term(session, director, "90", "县档案管理规定", NOW)
    assert (forget_day(session, COUNTY, NOW) - date(2026, 11, 20)).days == 90


@pytest.mark.parametrize(
    ("days", "reason"), [("29", "依据县规定"), ("1096", "依据县规定"), ("x", "依据"), ("90", "")]
)
def test_a_term_out_of_bounds_or_without_a_reason_is_refused(session: Session, days: str, reason: str) -> None:
    with pytest.raises(Invalid):
        set_term(session, make_person(session, Role.DIRECTOR), days, reason, NOW)
    with pytest.raises(Forbidden):
        set_term(session, make_person(session, Role.DISPATCHER), days, reason, NOW)


def test_what_fell_due_is_emptied_and_the_pseudonym_stays(session: Session) -> None:
    due = make_complainant(session, state=TipState.UNFOUNDED)
    later = make_complainant(session, state=TipState.UNFOUNDED, forget_on=date(2027, 6, 1))
    assert forget_due(session, COUNTY, LATER) == 1
    assert not is_sealed(session, due)
    assert due.phone_mark is None
    assert due.pseudonym
    assert is_sealed(session, later)
    assert session.scalar(text("select person_id from events where verb = 'forget_identity'")) is None
    assert forget_due(session, COUNTY, LATER) == 0


def test_an_open_tip_keeps_its_complainant_beyond_the_day(session: Session) -> None:
    complainant = make_complainant(session, state=TipState.ASSIGNED)
    assert forget_due(session, COUNTY, LATER) == 0
    session.execute(text("update tips set state = 'unfounded'"))
    session.expire_all()
    assert forget_due(session, COUNTY, LATER) == 1
    assert not is_sealed(session, complainant)


def test_it_is_deleted_on_request_with_a_reason_and_can_then_not_be_asked_for(
    session: Session, dispatcher: Person
) -> None:
    complainant = make_complainant(session, state=TipState.CONFIRMED)
    with pytest.raises(Invalid):
        forget_on_request(session, dispatcher, complainant.id, "")
    forget_on_request(session, dispatcher, complainant.id, WHY)
    assert not is_sealed(session, complainant)
    assert complainant.forgotten_why == WHY
    for again in (
        lambda: forget_on_request(session, dispatcher, complainant.id, WHY),
        lambda: ask_to_open(session, dispatcher, complainant.id, "核实补课地点", now()),
    ):
        with pytest.raises(Conflict, match="已经删除"):
            again()


def test_a_request_waits_for_the_open_tip_and_the_penalty_and_says_so(
    session: Session, dispatcher: Person
) -> None:
    site = make_site(session)
    complainant = make_complainant(session, state=TipState.ASSIGNED, site_id=site.id)
    first = penalize(session, site, dispatcher, PenaltyState.DECIDED)
    with pytest.raises(Conflict, match=r"还没有办结、.*处罚还没有执行完"):
        forget_on_request(session, dispatcher, complainant.id, WHY)
    session.execute(text("update tips set state = 'confirmed'"))
    session.expire_all()
    with pytest.raises(Conflict, match="还不能删除：线索所指点位的处罚"):
        forget_on_request(session, dispatcher, complainant.id, WHY)
    penalize(session, site, dispatcher, PenaltyState.CARRIED_OUT, first)
    forget_on_request(session, dispatcher, complainant.id, WHY)
    assert not is_sealed(session, complainant)
