from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.casework.invitations import Guest
from inspections.casework.inviting import invite
from inspections.casework.issuing import withdraw
from inspections.casework.orders import items_of
from inspections.casework.proofs import Proof
from inspections.casework.responding import own_order, own_orders, read_letter, submit
from inspections.casework.responses import Claim, ResponseState, reports_on
from inspections.casework.reviewing import accept, send_back
from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.field.checks import CheckKind
from inspections.field.tasks import Task, TaskState
from inspections.registry.people import Role
from tests.answers import KEYS, PDF, add, answer_form, store_in
from tests.casefile import HOSTILE
from tests.factories import make_person, make_site
from tests.orders import AT, TODAY, Case


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


@pytest.fixture
def guest(session: Session, case: Case) -> Guest:
    """Whoever holds the link of the case's order, which is served."""
    case.order = case.served()  # type: ignore[attr-defined]
    made = invite(session, case.director, case.order.id, KEYS, AT)  # type: ignore[attr-defined]
    return Guest(made.county, made.id)


def test_a_report_by_link_names_nobody_but_who_signs_it(session: Session, case, guest: Guest) -> None:
    response, is_new = submit(session, guest, case.order, answer_form(session, case.order), AT)
    assert is_new
    assert (response.state, response.person_id, response.invitation_id) == (
        ResponseState.SUBMITTED, None, guest.id,
    )  # fmt: skip
    report = reports_on(session, case.order)[0]
    assert {item.claim for item in report.items.values()} == {Claim.DONE}
    assert len(report.items) == 2
    event = session.scalars(select(Event).where(Event.verb == "answer")).one()
    assert (event.person_id, event.subject_id, event.detail["name"]) == (None, case.order.id, "刘校长")
    assert {each.state for each in case.findings} == {FindingState.RECTIFYING}


def test_the_same_form_twice_is_one_report(session: Session, case, guest: Guest) -> None:
    form = answer_form(session, case.order)
    first, _ = submit(session, guest, case.order, form, AT)
    again, is_new = submit(session, guest, case.order, dict(form), AT + timedelta(minutes=1))
    assert (again.id, is_new, len(reports_on(session, case.order))) == (first.id, False, 1)
    with pytest.raises(Conflict, match="2026-11-23 已经收到，后来改动的内容没有登记"):
        submit(session, guest, case.order, form | {"name": "别人"}, AT)


def test_the_same_form_is_still_one_after_its_problem_was_struck_off(session: Session, case, guest) -> None:
    form = answer_form(session, case.order)
    first, _ = submit(session, guest, case.order, form, AT)
    case.findings[0].state = FindingState.STRUCK_OFF
    assert submit(session, guest, case.order, form, AT) == (first, False)


def test_one_report_waits_at_a_time_and_a_returned_one_stays(session: Session, case, guest: Guest) -> None:
    first, _ = submit(session, guest, case.order, answer_form(session, case.order), AT)
    with pytest.raises(Conflict, match="正在审核"):
        submit(session, guest, case.order, answer_form(session, case.order), AT)
    with pytest.raises(Invalid, match="请写明退回的原因"):
        send_back(session, case.dispatcher, first.id, " ", AT)
    send_back(session, case.dispatcher, first.id, "第二项没有照片", AT)
    assert (first.state, first.decision_reason) == (ResponseState.RETURNED, "第二项没有照片")
    second, is_new = submit(session, guest, case.order, answer_form(session, case.order, name="刘校长（补）"), AT)
    assert is_new
    assert [each.response.id for each in reports_on(session, case.order)] == [second.id, first.id]
    with pytest.raises(Conflict, match="已经有人审核过了：已退回"):
        send_back(session, case.dispatcher, first.id, "再退一次", AT)


def test_acceptance_closes_nothing_and_sends_somebody_to_look(session: Session, case, guest: Guest) -> None:
    response, _ = submit(session, guest, case.order, answer_form(session, case.order), AT)
    form = {"assignee_id": str(case.officers[0].id), "due_on": "2026-11-30"}
    accept(session, case.dispatcher, response.id, form, AT, TODAY)
    task = session.get_one(Task, (response.county, response.task_id))
    assert (task.kind, task.state, task.site_id) == (CheckKind.RECHECK, TaskState.OPEN, case.site.id)
    assert (task.assignee_id, task.due_on) == (case.officers[0].id, date(2026, 11, 30))
    assert task.reason == f"复查：{case.order.number_text}"
    assert response.state is ResponseState.ACCEPTED
    assert {each.state for each in case.findings} == {FindingState.RECTIFYING}
    assert read_letter(session, case.order, AT).closed is None


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"assignee_id": ""}, "assignee_id", "请选择承办人"),
        ({"due_on": "明天"}, "due_on", "请填写日期"),
        ({"due_on": "2026-11-22"}, "due_on", "不能早于今天"),
    ],
)
def test_a_wrong_acceptance_decides_nothing(session, case, guest, change, field: str, said: str) -> None:
    response, _ = submit(session, guest, case.order, answer_form(session, case.order), AT)
    form = {"assignee_id": str(case.officers[0].id), "due_on": "2026-11-30"} | change
    with pytest.raises(Invalid) as refused:
        accept(session, case.dispatcher, response.id, form, AT, TODAY)
    assert said in str(refused.value.fields[field])
    assert response.state is ResponseState.SUBMITTED


def test_each_missing_word_is_named(session: Session, case, guest: Guest) -> None:
    key = items_of(session, case.order)[0].item.id
    blank = {"name": " \x00", "telephone": "", f"claim-{key}": "maybe", f"done-{key}": "\x07 "}
    with pytest.raises(Invalid) as refused:
        submit(session, guest, case.order, answer_form(session, case.order, **blank), AT)
    assert refused.value.fields.keys() == blank.keys()
    with pytest.raises(Invalid, match="最多 2000 字，现在 2001 字"):
        submit(session, guest, case.order, answer_form(session, case.order, **{f"done-{key}": "改" * 2001}), AT)
    for form_id in ("", "1", "x" * 36):
        with pytest.raises(Invalid, match="表单的编号不对"):
            submit(session, guest, case.order, answer_form(session, case.order) | {"form_id": form_id}, AT)
    assert reports_on(session, case.order) == []


def test_items_of_another_order_are_refused(session: Session, case, guest: Guest) -> None:
    other = Case(session)
    foreign = items_of(session, other.served())[0].item.id
    form = answer_form(session, case.order, **{f"done-{foreign}": "不关我事", f"claim-{foreign}": "done"})
    with pytest.raises(Invalid, match="有的条目不属于这份文书"):
        submit(session, guest, case.order, form, AT)
    with pytest.raises(Invalid, match="有的条目不属于这份文书"):
        submit(session, guest, case.order, answer_form(session, case.order, **{"done-'; --": "x"}), AT)


def test_the_form_of_one_order_is_not_another_orders(session: Session, case, guest: Guest) -> None:
    other = Case(session)
    order = other.served()
    made = invite(session, other.director, order.id, KEYS, AT)
    taken, _ = submit(session, guest, case.order, answer_form(session, case.order), AT)
    with pytest.raises(Invalid, match="表单的编号不对"):
        submit(session, Guest(made.county, made.id), order, answer_form(session, order, taken.id), AT)


@pytest.mark.parametrize("typed", [*HOSTILE, "𠮷𡃁㙍镇𬭎小学", "</w:t>", "{{ 7*7 }}", "=cmd|' /C calc'!A0"])
def test_text_stays_the_text_that_was_typed(session: Session, case, guest: Guest, typed: str) -> None:
    key = items_of(session, case.order)[0].item.id
    response, _ = submit(
        session, guest, case.order, answer_form(session, case.order, **{f"done-{key}": typed}), AT
    )
    session.expire_all()
    assert reports_on(session, case.order)[0].items[key].done == typed.replace("\r\n", "\n").strip() or not (
        typed.isprintable()
    )
    assert response.state is ResponseState.SUBMITTED


def test_a_draft_and_an_unserved_order_cannot_be_answered(session: Session, case: Case) -> None:
    order = case.issued()
    made = invite(session, case.director, order.id, KEYS, AT)
    with pytest.raises(Conflict, match=r"还没有登记送达.*李调度，电话 0793-1234567"):
        submit(session, Guest(made.county, made.id), order, answer_form(session, order), AT)


def test_what_is_struck_off_or_withdrawn_is_not_asked_for(session: Session, case, guest: Guest) -> None:
    case.findings[0].state = FindingState.STRUCK_OFF
    session.flush()
    letter = read_letter(session, case.order, AT)
    assert [each.is_open for each in letter.asked] == [False, True]
    rest = {key: value for key, value in answer_form(session, case.order).items()
            if not key.endswith(str(letter.asked[0].item.id))}  # fmt: skip
    response, _ = submit(session, guest, case.order, rest, AT)
    assert list(reports_on(session, case.order)[0].items) == [letter.asked[1].item.id]
    send_back(session, case.dispatcher, response.id, "请补充", AT)
    case.findings[1].state = FindingState.STRUCK_OFF
    with pytest.raises(Conflict, match="问题都已销号，不用再回复"):
        submit(session, guest, case.order, answer_form(session, case.order), AT)
    withdraw(session, case.director, case.order.id, "有误", AT)
    assert "已撤回" in str(read_letter(session, case.order, AT).closed)


def test_a_head_sees_the_orders_to_the_own_site_alone(session: Session, case: Case) -> None:
    order = case.served()
    case.findings = [case.find("又一个问题")]
    draft = case.drafted()
    head = make_person(session, Role.SCHOOL_USER, name="刘校长", site_id=case.site.id)
    stranger = make_person(session, Role.INSTITUTION_USER, name="外人", site_id=make_site(session, name="别处").id)
    nobody = make_person(session, Role.SCHOOL_USER, name="没有学校")
    assert [(each.order.id, each.due_on) for each in own_orders(session, head)] == [(order.id, date(2026, 12, 14))]
    assert own_orders(session, stranger) == own_orders(session, nobody) == []
    assert own_order(session, head, order.id) is order
    for person, wanted in ((stranger, order), (nobody, order), (head, draft)):
        with pytest.raises(NotFound):
            own_order(session, person, wanted.id)
    with pytest.raises(Forbidden):
        own_orders(session, case.officers[0])
    response, _ = submit(session, head, order, answer_form(session, order), AT)
    assert (response.person_id, response.invitation_id) == (head.id, None)
    assert own_orders(session, head)[0].newest is response
    with pytest.raises(Forbidden):
        send_back(session, head, response.id, "x", AT)


def test_what_was_sent_is_fixed_in_the_database_itself(session: Session, case, guest: Guest, tmp_path) -> None:
    form_id = new_id()
    add(session, store_in(tmp_path), guest, case.order, form_id, BytesIO(PDF), "报告.pdf")
    response, _ = submit(session, guest, case.order, answer_form(session, case.order, form_id), AT)
    proof = session.scalars(select(Proof)).one()
    assert proof.submitted_at == AT
    for statement in (
        f"update responses set name = 'x' where id = '{response.id}'",
        f"update response_items set done = 'x' where response_id = '{response.id}'",
        f"delete from responses where id = '{response.id}'",
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))
    for statement in ("update proofs set sha256 = repeat('0', 64)", "delete from proofs"):
        assert session.execute(text(statement)).rowcount == 0  # type: ignore[attr-defined]
    send_back(session, case.dispatcher, response.id, "不清楚", AT)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(f"update responses set decision_reason = 'y' where id = '{response.id}'"))
