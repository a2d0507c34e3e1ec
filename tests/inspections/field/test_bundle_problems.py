"""The open problems that a phone takes along: whose they are, what comes next, how they looked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inspections.casework.case_officers import CaseOfficers
from inspections.casework.findings import Finding, FindingState
from inspections.casework.invitations import Guest
from inspections.casework.inviting import invite
from inspections.casework.orders import OrderKind
from inspections.casework.rechecks import RecheckOutcome
from inspections.casework.responding import submit
from inspections.casework.reviewing import accept, send_back
from inspections.field.bundle_problems import open_problems, photos_before
from inspections.registry.people import Role
from inspections.registry.zones import Zone
from tests.answers import KEYS, answer_form
from tests.casefile import make_photo
from tests.factories import make_person
from tests.orders import AT, LATER, TODAY, Case


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def seen(session: Session, person: Any) -> dict[Any, dict[str, Any]]:
    return {each["id"]: each for each in open_problems(session, person)}


def steps(session: Session, case: Case) -> list[str]:
    found = seen(session, case.officers[0])
    return [found[each.id]["step"] for each in case.findings]


def test_what_comes_next_follows_the_way_of_an_order(session: Session, case: Case) -> None:
    case.findings[1].state = FindingState.PROPOSED
    session.flush()
    assert steps(session, case) == ["order", "confirm"]
    case.findings[1].state = FindingState.CONFIRMED
    session.flush()
    case.drafted()
    assert steps(session, case) == ["sign", "sign"]


def test_an_issued_order_is_to_be_served_and_then_mended(session: Session, case: Case) -> None:
    order = case.issued()
    assert steps(session, case) == ["serve", "serve"]
    found = seen(session, case.officers[0])[case.findings[0].id]
    assert found["order"] == order.number_text


def test_a_served_order_has_a_deadline_and_a_suspended_one_stands_still(session: Session, case: Case) -> None:
    case.served()
    case.findings[1].suspended_at = datetime(2026, 11, 24, tzinfo=UTC)
    session.flush()
    assert steps(session, case) == ["mend", "suspended"]
    assert seen(session, case.officers[0])[case.findings[0].id]["due_on"] == case.findings[0].due_on


def test_a_response_is_to_be_reviewed_and_then_looked_at(session: Session, case: Case) -> None:
    order = case.served()
    guest = invite(session, case.director, order.id, KEYS, AT)
    response, _ = submit(session, Guest(guest.county, guest.id), order, answer_form(session, order), AT)
    assert steps(session, case) == ["review", "review"]
    send_back(session, case.dispatcher, response.id, "照片看不清", AT)
    assert steps(session, case) == ["mend", "mend"]
    again, _ = submit(session, Guest(guest.county, guest.id), order, answer_form(session, order), AT)
    form = {"assignee_id": str(case.officers[0].id), "due_on": TODAY.isoformat()}
    accept(session, case.dispatcher, again.id, form, AT, TODAY)
    assert steps(session, case) == ["answered", "answered"]


def test_a_recheck_says_what_comes_next_until_the_site_answers_again(session: Session, case: Case) -> None:
    order = case.served()
    guest = invite(session, case.director, order.id, KEYS, AT)
    sender = Guest(guest.county, guest.id)
    form = {"assignee_id": str(case.officers[0].id), "due_on": TODAY.isoformat()}
    first, _ = submit(session, sender, order, answer_form(session, order), AT)
    accept(session, case.dispatcher, first.id, form, AT, TODAY)
    case.recheck(case.findings[0], outcome=RecheckOutcome.PARTLY)
    case.recheck(case.findings[1], outcome=RecheckOutcome.UNSEEN)
    assert steps(session, case) == ["failed", "unseen"]
    again, _ = submit(session, sender, order, answer_form(session, order), LATER + timedelta(days=1))
    assert steps(session, case) == ["review", "review"]
    accept(session, case.dispatcher, again.id, form, LATER + timedelta(days=1), TODAY)
    assert steps(session, case) == ["answered", "answered"]


def test_what_a_recheck_found_mended_waits_to_be_struck_off(session: Session, case: Case) -> None:
    case.served()
    case.recheck(case.findings[0])
    assert steps(session, case) == ["fixed", "mend"]


def test_of_two_orders_the_later_one_is_named(session: Session, case: Case) -> None:
    case.served()
    pressing = case.issued(OrderKind.SUPERVISION)
    assert {each["order"] for each in open_problems(session, case.officers[0])} == {pressing.number_text}


def test_mine_are_those_i_found_confirmed_or_look_after(session: Session, case: Case) -> None:
    found, confirmed, of_zone = (
        case.officers[0],
        case.dispatcher,
        make_person(session, Role.INSPECTOR, name="林督学"),
    )
    stranger = make_person(session, Role.INSPECTOR, name="外人")
    case.findings[0].confirmed_by_id = confirmed.id
    zone = Zone(county=found.county, name="一片", inspector_id=of_zone.id)
    session.add(zone)
    session.flush()
    case.site.zone_id = zone.id
    session.flush()

    def mine(person: Any) -> list[bool]:
        each = seen(session, person)
        return [each[finding.id]["is_mine"] for finding in case.findings]

    assert mine(found) == mine(case.officers[1]) == mine(of_zone) == [True, True]
    assert mine(confirmed) == [True, False]
    assert mine(stranger) == [False, False]


def test_who_was_handed_a_problem_has_it_and_who_found_it_no_longer(session: Session, case: Case) -> None:
    heir = make_person(session, Role.INSPECTOR, name="接手人")
    for officer in (case.officers[1], heir):
        row = CaseOfficers(
            county=heir.county, finding_id=case.findings[0].id, officer_id=officer.id, second_officer_id=None,
            assigned_at=AT, assigned_by_id=case.dispatcher.id, reason="调离",
        )  # fmt: skip
        session.add(row)
        session.flush()
    mine = {person: seen(session, person)[case.findings[0].id]["is_mine"] for person in (heir, *case.officers)}
    assert mine == {heir: True, case.officers[0]: False, case.officers[1]: False}


def test_struck_off_and_rejected_problems_stay_at_home(session: Session, case: Case) -> None:
    case.findings[0].state, case.findings[1].state = FindingState.STRUCK_OFF, FindingState.REJECTED
    session.flush()
    assert open_problems(session, case.officers[0]) == []


def test_the_photos_of_a_problem_are_named_with_it(session: Session, case: Case) -> None:
    photo = make_photo(session, case.check, 0)
    problems = open_problems(session, case.officers[0])
    named = photos_before(session, case.officers[0], problems)
    assert set(named) == {str(each.id) for each in case.findings}
    assert named[str(case.findings[0].id)] == [[photo.id, photo.sha256, photo.device_taken_at, photo.caption]]


def test_a_finding_that_no_check_brought_is_a_problem_too(session: Session, case: Case) -> None:
    finding = Finding(
        county=case.site.county, site_id=case.site.id, text="群众反映", found_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    session.add(finding)
    session.flush()
    problem = seen(session, case.officers[0])[finding.id]
    assert (problem["is_mine"], problem["step"], problem["order"]) == (False, "confirm", None)
    assert photos_before(session, case.officers[0], [problem]) == {}
