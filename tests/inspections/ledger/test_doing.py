"""One deed to many problems: looked at before, done item by item, undone where that can be."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from inspections import jobs
from inspections.casework.approvals import Approval, ApprovalState
from inspections.casework.findings import FindingState
from inspections.casework.steps import Origin, Step, StepKind
from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.field.checks import CheckKind
from inspections.field.tasks import Task, TaskState
from inspections.ledger import doing
from inspections.ledger.items import LedgerItem
from inspections.ledger.runs import DeedKind, LedgerRun, LedgerRunItem, Result, RunState
from inspections.registry.people import Role
from tests.casefile import make_finding, make_task
from tests.factories import COUNTY, make_person, make_site
from tests.orders import AT, TODAY, Case

OWNER = {"lead": "刘局长", "department": "市场监督管理局", "reason": "涉及无照经营"}
ALL = {"show": ["all"]}


def plan(case: Case, kind: DeedKind, chosen: list[UUID] | None = None) -> LedgerRun:
    return doing.plan(case.session, case.dispatcher, kind, ALL, chosen, AT)


def counted(case: Case, run: LedgerRun) -> dict[str, int]:
    return {result.value: n for result, n in doing.counts(case.session, run).items() if n}


def task_form(case: Case, **values: Any) -> dict[str, Any]:
    due = TODAY + timedelta(days=7)
    return {"assignee_id": str(case.officers[0].id), "due_on": due.isoformat(), "reason": "到期复查"} | values


def test_a_plan_says_what_can_be_done_and_why_the_rest_cannot(session: Session) -> None:
    case = Case(session)
    closed = case.find("已改好", state=FindingState.STRUCK_OFF)
    run = plan(case, DeedKind.OWN)
    assert counted(case, run) == {"planned": 2, "refused": 1}
    first, item = doing.results(session, run, 1, 10)[0]
    assert item.id == closed.id
    assert str(first.said) == "已销号"
    assert session.get_one(LedgerItem, (COUNTY, case.findings[0].id)).lead is None


def test_what_was_chosen_is_done_and_nothing_else(session: Session) -> None:
    case = Case(session)
    run = plan(case, DeedKind.OWN, [case.findings[0].id])
    doing.confirm(session, case.dispatcher, run.id, OWNER, AT)
    session.expire_all()
    leads = {each.id: each.lead for each in session.scalars(select(LedgerItem))}
    assert leads == {case.findings[0].id: "刘局长", case.findings[1].id: None}
    assert run.state is RunState.DONE


def test_an_empty_choice_is_refused(session: Session) -> None:
    case = Case(session)
    with pytest.raises(Invalid, match="请先勾选"):
        plan(case, DeedKind.OWN, [])


def test_owners_are_taken_back_together(session: Session) -> None:
    case = Case(session)
    run = plan(case, DeedKind.OWN)
    doing.confirm(session, case.dispatcher, run.id, OWNER, AT)
    doing.undo(session, case.dispatcher, run.id, AT + timedelta(hours=1))
    session.expire_all()
    assert {each.lead for each in session.scalars(select(LedgerItem))} == {None}
    assert counted(case, run) == {"undone": 2}
    with pytest.raises(Conflict):
        doing.undo(session, case.dispatcher, run.id, AT)


def test_problems_of_one_site_are_one_re_check(session: Session) -> None:
    case = Case(session)
    other = make_site(session, name="另一处")
    make_finding(session, other, state=FindingState.CONFIRMED)
    run = plan(case, DeedKind.RECHECK)
    doing.confirm(session, case.dispatcher, run.id, task_form(case), AT)
    tasks = session.scalars(select(Task)).all()
    assert {task.site_id for task in tasks} == {case.site.id, other.id}
    assert {task.kind for task in tasks} == {CheckKind.RECHECK}
    assert counted(case, run) == {"done": 3}


def test_a_site_that_has_its_re_check_gets_no_second_one(session: Session) -> None:
    case = Case(session)
    make_task(session, case.site, case.officers[0], kind=CheckKind.RECHECK, due_on=TODAY)
    run = plan(case, DeedKind.RECHECK)
    assert counted(case, run) == {"refused": 2}
    with pytest.raises(Conflict, match="都不能办理"):
        doing.confirm(session, case.dispatcher, run.id, task_form(case), AT)


def test_a_re_check_that_took_place_is_kept_when_the_rest_is_undone(session: Session) -> None:
    case = Case(session, findings=1)
    other = make_site(session, name="另一处")
    make_finding(session, other, state=FindingState.CONFIRMED)
    run = plan(case, DeedKind.RECHECK)
    doing.confirm(session, case.dispatcher, run.id, task_form(case), AT)
    done = session.scalars(select(Task).where(Task.site_id == other.id)).one()
    done.state = TaskState.DONE
    session.flush()
    doing.undo(session, case.dispatcher, run.id, AT)
    assert counted(case, run) == {"undone": 1, "kept": 1}
    assert session.scalars(select(Task.state).where(Task.site_id == case.site.id)).one() is TaskState.CANCELLED


def test_a_form_is_refused_field_by_field_before_anything_is_done(session: Session) -> None:
    case = Case(session)
    run = plan(case, DeedKind.RECHECK)
    with pytest.raises(Invalid) as refused:
        doing.confirm(session, case.dispatcher, run.id, {"assignee_id": "x", "due_on": "2000-01-01"}, AT)
    assert set(refused.value.fields) == {"assignee_id", "due_on"}
    assert session.scalars(select(Task)).all() == []


def test_a_reminder_is_a_step_by_hand_once_a_day_and_cannot_be_unsaid(session: Session) -> None:
    case = Case(session)
    case.served()
    case.findings[1].suspended_at = AT
    session.flush()
    run = plan(case, DeedKind.REMIND)
    assert counted(case, run) == {"planned": 1, "refused": 1}
    doing.confirm(session, case.dispatcher, run.id, {}, AT)
    step = session.scalars(select(Step)).one()
    assert (step.kind, step.origin, step.decided_by_id) == (StepKind.REMINDER, Origin.PERSON, case.dispatcher.id)
    assert step.content is not None
    assert step.content["problem"] == case.findings[0].text
    assert counted(case, plan(case, DeedKind.REMIND)) == {"refused": 2}
    with pytest.raises(Conflict, match="不能撤销"):
        doing.undo(session, case.dispatcher, run.id, AT)


def test_extensions_are_asked_for_one_by_one_and_taken_back_while_nobody_decided(session: Session) -> None:
    case = Case(session)
    case.served()
    run = plan(case, DeedKind.EXTEND)
    doing.confirm(session, case.dispatcher, run.id, {"days": "5", "reason": "场地正在改造"}, AT)
    assert counted(case, run) == {"done": 2}
    doing.undo(session, case.dispatcher, run.id, AT)
    assert set(session.scalars(select(Approval.state))) == {ApprovalState.TAKEN_BACK}


def test_one_item_that_changed_meanwhile_does_not_stop_the_others(session: Session) -> None:
    case = Case(session)
    run = plan(case, DeedKind.OWN)
    case.findings[0].state = FindingState.STRUCK_OFF
    session.flush()
    doing.confirm(session, case.dispatcher, run.id, OWNER, AT)
    assert counted(case, run) == {"done": 1, "refused": 1}


def test_a_run_is_done_once(session: Session) -> None:
    case = Case(session)
    run = plan(case, DeedKind.OWN)
    doing.confirm(session, case.dispatcher, run.id, OWNER, AT)
    with pytest.raises(Conflict, match="没有重复办理"):
        doing.confirm(session, case.dispatcher, run.id, OWNER, AT)


def test_nobody_sees_or_does_what_isnt_theirs(session: Session) -> None:
    case = Case(session)
    run = plan(case, DeedKind.OWN)
    with pytest.raises(NotFound):
        doing.get_run(session, case.director, run.id)
    auditor = make_person(session, Role.AUDITOR)
    with pytest.raises(Forbidden):
        doing.plan(session, auditor, DeedKind.OWN, ALL, None, AT)


def test_many_items_are_a_jobs_work_that_tells_how_far_it_is(owner_engine: Engine, monkeypatch: Any) -> None:
    told: list[int] = []
    tell = doing.tell

    def heard(work: Any, run_id: UUID, **values: Any) -> None:
        told.append(values.get("rows_done", 0))
        tell(work, run_id, **values)

    monkeypatch.setattr(doing, "tell", heard)
    with Session(owner_engine) as session:
        scope(session, COUNTY)
        case = Case(session, findings=0)
        for number in range(doing.AT_ONCE + 10):
            case.find(f"第 {number} 个问题", confirmed_at=AT)
        run = plan(case, DeedKind.OWN)
        doing.confirm(session, case.dispatcher, run.id, OWNER, AT)
        assert run.state is RunState.QUEUED
        run_id = run.id
        session.commit()
    jobs.run(owner_engine, None, "ledger.run", COUNTY, run_id=str(run_id))  # type: ignore[arg-type]
    jobs.run(owner_engine, None, "ledger.run", COUNTY, run_id=str(run_id))  # type: ignore[arg-type]
    with Session(owner_engine) as session:
        run = session.get_one(LedgerRun, (COUNTY, run_id))
        assert (run.state, run.rows_done) == (RunState.DONE, doing.AT_ONCE + 10)
        results = session.scalars(select(LedgerRunItem.result).where(LedgerRunItem.run_id == run_id)).all()
        assert set(results) == {Result.DONE}
    assert told[1:] == [25, 50]
