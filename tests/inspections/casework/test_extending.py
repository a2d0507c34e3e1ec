from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.approvals import Approval, ApprovalKind, Asker
from inspections.casework.approving import ask, grant, refuse, take_back
from inspections.casework.attaching import EXTENSION, open_form
from inspections.casework.extending import MOST_REQUESTS, ask_for_more_time, read_extensions
from inspections.casework.findings import FindingState
from inspections.casework.invitations import Guest
from inspections.casework.inviting import invite
from inspections.casework.orders import items_of
from inspections.casework.proofs import Proof
from inspections.casework.responding import read_letter, submit
from inspections.casework.timeline import Actor, timeline
from inspections.db import new_id
from inspections.errors import Conflict, Invalid
from inspections.events import Event
from tests.answers import KEYS, PDF, add, answer_form, store_in
from tests.orders import AT, TODAY, Case


@pytest.fixture
def case(session: Session) -> Case:
    """A served notice on two findings, due on 14 December 2026."""
    case = Case(session)
    case.order = case.served()  # type: ignore[attr-defined]
    return case


@pytest.fixture
def guest(session: Session, case) -> Guest:
    made = invite(session, case.director, case.order.id, KEYS, AT)
    return Guest(made.county, made.id)


def form(case, *positions: int, **values: str) -> dict[str, str]:
    given = {"form_id": str(new_id()), "name": "刘校长", "days": "5", "reason": "退费名单还在核对"}
    rows = items_of(case.session, case.order)
    return given | {f"take-{rows[n].item.id}": "1" for n in positions or (0,)} | values


def send(case, guest: Guest, given: dict[str, str], at=AT) -> tuple[list[Approval], bool]:
    return ask_for_more_time(case.session, guest, read_letter(case.session, case.order, at), given, at, TODAY)


def sheet_of(case, at=AT):
    return read_extensions(case.session, read_letter(case.session, case.order, at), at)


def test_a_site_asks_for_more_time_for_each_problem_that_it_ticks(session: Session, case, guest) -> None:
    asked, is_new = send(case, guest, form(case, 0, 1))
    assert is_new
    assert {each.finding_id for each in asked} == {each.id for each in case.findings}
    assert {(each.asker, each.asked_by_id, each.asked_by_name, each.working_days) for each in asked} == {
        (Asker.SITE, None, "刘校长", 5)
    }
    assert {each.due_on for each in case.findings} == {date(2026, 12, 14)}
    event = session.scalars(select(Event).where(Event.verb == "ask_extension")).one()
    assert (event.person_id, event.detail["problems"]) == (None, 2)


def test_each_problem_is_decided_by_itself_and_the_site_reads_how(session: Session, case, guest) -> None:
    first, second = send(case, guest, form(case, 0, 1))[0]
    grant(session, case.director, first.id, "", AT)
    refuse(session, case.director, second.id, "公示栏当天就能做好", AT)
    sheet = sheet_of(case)
    states = {str(each.finding.id): sheet.state_of(each) for each in read_letter(session, case.order, AT).asked}
    assert states[str(first.finding_id)].due_after == date(2026, 12, 21)
    assert states[str(second.finding_id)].decision_reason == "公示栏当天就能做好"
    assert len(sheet.requests) == 1
    assert len(sheet.askable) == 2


def test_the_same_form_twice_is_one_request(session: Session, case, guest) -> None:
    given = form(case, 0)
    first, _ = send(case, guest, given)
    again, is_new = send(case, guest, given)
    assert (again, is_new) == (first, False)
    assert len(session.scalars(select(Approval)).all()) == 1
    with pytest.raises(Conflict, match="已经收到，后来改动的内容没有登记"):
        send(case, guest, given | {"days": "20"})


def test_a_problem_whose_request_waits_is_not_offered_again(session: Session, case, guest) -> None:
    ask(session, case.dispatcher, case.findings[0].id, ApprovalKind.EXTENSION, {"reason": "核对", "days": "3"},
        AT, TODAY)  # fmt: skip
    assert [each.finding.id for each in sheet_of(case).askable] == [case.findings[1].id]
    with pytest.raises(Invalid) as refused:
        send(case, guest, form(case, 0))
    assert str(refused.value.fields["items"]) == "有的问题刚刚有了变化，请核对后重新选择"
    send(case, guest, form(case, 1))
    with pytest.raises(Conflict, match="现在没有可以申请延期的问题"):
        send(case, guest, form(case, 1))


def test_what_is_mended_or_stands_still_gets_no_more_time(session: Session, case) -> None:
    case.findings[0].state = FindingState.STRUCK_OFF
    case.findings[1].suspended_at = AT
    session.flush()
    assert sheet_of(case).askable == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"days": "0"}, "days"), ({"days": "121"}, "days"), ({"days": "五"}, "days"), ({"reason": " "}, "reason"),
        ({"reason": "长" * 501}, "reason"), ({"name": ""}, "name"), ({"name": "长" * 51}, "name"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_at_its_field(session: Session, case, guest, wrong, field) -> None:
    with pytest.raises(Invalid) as refused:
        send(case, guest, form(case, 0, **wrong))
    assert list(refused.value.fields) == [field]


def test_nothing_ticked_asks_for_a_choice(case, guest) -> None:
    given = {key: value for key, value in form(case).items() if not key.startswith("take-")}
    with pytest.raises(Invalid) as refused:
        send(case, guest, given)
    assert list(refused.value.fields) == ["take"]


def test_an_order_takes_only_so_many_requests(session: Session, case, guest) -> None:
    for n in range(MOST_REQUESTS):
        asked, _ = send(case, guest, form(case, 0), AT + timedelta(minutes=n))
        take_back(session, case.dispatcher, asked[0].id, AT + timedelta(minutes=n))
    with pytest.raises(Conflict, match="已经申请过 10 次延期，请联系李调度，电话 0793-1234567"):
        send(case, guest, form(case, 0))


def test_proof_goes_with_the_request_and_not_with_the_report(
    session: Session, case, guest, tmp_path: Path
) -> None:
    store, given = store_in(tmp_path), form(case, 0)
    form_id = UUID(given["form_id"])
    proof = add(session, store, guest, case.order, form_id, BytesIO(PDF), "施工合同.pdf", EXTENSION)
    letter = read_letter(session, case.order, AT)
    assert letter.form_id != form_id == open_form(session, case.order, AT, extension=True)
    assert letter.kept == {}
    submit(session, guest, case.order, answer_form(session, case.order), AT)
    assert proof.submitted_at is None
    send(case, guest, given)
    assert proof.submitted_at == AT
    assert [list(each.proofs) for each in sheet_of(case).requests] == [[proof]]
    with pytest.raises(Conflict, match="不能再加文件"):
        add(session, store, guest, case.order, proof.form_id, BytesIO(PDF), "又一份.pdf", EXTENSION)
    entry = next(each for each in timeline(session, case.director, case.findings[0]) if each.proofs)
    assert (str(entry.title), entry.actor, entry.who, entry.proofs) == ("申请延期", Actor.SITE, "刘校长", [proof])
    assert session.scalars(select(Proof).where(Proof.submitted_at.is_(None))).all() == []
