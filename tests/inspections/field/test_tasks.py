from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.errors import Forbidden, Invalid
from inspections.events import Event
from inspections.field.checks import CheckKind
from inspections.field.tasks import TaskState, assign, list_open_tasks
from inspections.registry.people import Role
from tests.factories import make_person, make_site

TODAY = date(2026, 11, 20)


def test_open_tasks_are_listed_the_most_urgent_first(session: Session) -> None:
    dispatcher, inspector, site = (
        make_person(session, Role.DISPATCHER),
        make_person(session, Role.INSPECTOR),
        make_site(session),
    )
    for days in (9, 0, 3, 5):
        due_on = TODAY + timedelta(days)
        assign(session, dispatcher, site, inspector, CheckKind.TIP, due_on, today=TODAY, reason="群众举报")
    list_open_tasks(session, inspector)[1].state = TaskState.DONE
    session.flush()
    assert [(task.due_on - TODAY).days for task in list_open_tasks(session, inspector)] == [0, 5, 9]
    assert list_open_tasks(session, dispatcher) == []
    assert len(session.scalars(select(Event).where(Event.verb == "assign")).all()) == 4


def test_an_inspector_assigns_no_task(session: Session) -> None:
    inspector = make_person(session, Role.INSPECTOR)
    with pytest.raises(Forbidden):
        assign(session, inspector, make_site(session), inspector, CheckKind.TIP, TODAY, today=TODAY)


@pytest.mark.parametrize(("is_active", "days", "field"), [(False, 1, "assignee_id"), (True, -1, "due_on")])
def test_a_task_that_nobody_could_do_is_refused(session, is_active: bool, days: int, field: str) -> None:
    dispatcher, site = make_person(session, Role.DISPATCHER), make_site(session)
    assignee = make_person(session, Role.INSPECTOR, is_active=is_active)
    with pytest.raises(Invalid) as caught:
        assign(session, dispatcher, site, assignee, CheckKind.TIP, TODAY + timedelta(days), today=TODAY)
    assert set(caught.value.fields) == {field}
