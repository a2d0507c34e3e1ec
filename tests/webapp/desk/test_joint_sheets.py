"""The pages on which what joint checks found is given to departments."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.findings import Finding, FindingState
from inspections.casework.handovers import Handover
from inspections.casework.orders import Order
from inspections.db import scope
from inspections.field.checks import CheckKind, Standing
from inspections.registry.departments import DepartmentKind
from inspections.registry.people import Person, Role
from inspections.sweeps.stops import StopState, SweepStop
from tests.factories import COUNTY, make_check, make_finding, make_person
from tests.sweeps import Night, planned_sweep, running_sweep

HOSTILE = "<img src=x onerror=alert(1)>${alert(1)}{{7*7}}"


@dataclass
class Desk:
    session: Session
    night: Night
    check_id: UUID
    findings: list[Finding]

    def again(self) -> None:
        self.session.expire_all()
        scope(self.session, COUNTY)


@pytest.fixture
def desk(session: Session) -> Desk:
    """A running sweep with a check that found something for market supervision and for the fire brigade."""
    planner = make_person(session, Role.DISPATCHER, login="li", name="李晓东", phone="0793-3880001")
    night = running_sweep(session, planner, teams=1, stops=1)
    [[site]], [[first, second]] = night.sites, night.officers
    check = make_check(
        session, first, site, kind=CheckKind.SWEEP, standing=Standing.INSPECTION, second_person_id=second.id,
        device_finished_at=night.sweep.starts_at,
    )  # fmt: skip
    stop = session.scalars(select(SweepStop).where(SweepStop.sweep_id == night.sweep.id)).one()
    stop.state, stop.check_id = StopState.DONE, check.id
    findings = [
        make_finding(session, site, check_id=check.id, department=kind, text=f"{words}\n{HOSTILE}", state=state)
        for kind, words, state in (
            (DepartmentKind.MARKET, "提供培训服务明码标价。", FindingState.PROPOSED),
            (DepartmentKind.FIRE, "疏散通道畅通。", FindingState.CONFIRMED),
            (DepartmentKind.POLICE, "外国人有工作许可。", FindingState.CONFIRMED),
        )
    ]
    session.commit()
    scope(session, COUNTY)
    return Desk(session, night, check.id, findings)


@pytest.fixture
def dispatcher(client: FlaskClient, sign_in: Any, desk: Desk) -> FlaskClient:
    sign_in("li")
    return client


def test_the_tab_lists_departments_and_sites_with_what_is_left_to_do(dispatcher: FlaskClient, desk: Desk) -> None:
    page = dispatcher.get(f"/sweeps/{desk.night.sweep.id}/findings").text
    assert "查了 1 处，提出问题 3 个，已确认 2 个" in page
    assert f"/joint-sheets/{desk.check_id}" in page
    assert "3 个待办" in page
    only = dispatcher.get(f"/sweeps/{desk.night.sweep.id}/findings?department=urban").text
    assert "没有符合条件的点位" in only


def test_before_the_release_the_tab_says_nothing_of_where_it_goes(
    dispatcher: FlaskClient, session: Session, desk: Desk
) -> None:
    night = planned_sweep(session, desk.night.planner, teams=1, stops=1)
    session.commit()
    page = dispatcher.get(f"/sweeps/{night.sweep.id}/findings").text
    assert "行动还没有启动" in page
    assert night.sites[0][0].name not in page


def test_each_department_has_its_problems_its_people_and_its_next_step(
    dispatcher: FlaskClient, desk: Desk
) -> None:
    page = dispatcher.get(f"/joint-sheets/{desk.check_id}").text
    assert page.index("市监") < page.index("公安") < page.index("消防")
    assert "确认属实" in page
    assert "这个部门没有持证人员到场" in page
    assert HOSTILE not in page
    assert "department=fire" in page


def test_an_officer_confirms_and_comes_back_to_the_same_page(dispatcher: FlaskClient, desk: Desk) -> None:
    form = {"page": "joint", "check": str(desk.check_id)}
    answer = dispatcher.post(f"/findings/{desk.findings[0].id}/confirm", data=form)
    assert answer.location.endswith(f"/joint-sheets/{desk.check_id}")


def test_a_department_s_order_opens_filled_in_with_its_problems_alone(dispatcher: FlaskClient, desk: Desk) -> None:
    site = desk.night.sites[0][0]
    address = f"/sites/{site.id}/order?kind=rectification&check={desk.check_id}&department=fire"
    page = dispatcher.get(address).text
    assert f"take-{desk.findings[1].id}" in page
    assert f"take-{desk.findings[2].id}" not in page
    assert "按要求整改到位，并报送整改情况和照片：疏散通道畅通。" in page


def test_orders_are_drafted_for_the_chosen_departments_together(dispatcher: FlaskClient, desk: Desk) -> None:
    path = f"/joint-sheets/{desk.check_id}/orders"
    wrong = dispatcher.post(path, data={"take-fire": "1", "days": "0", "lead": "王副局长", "telephone": "1"})
    assert wrong.status_code == 422
    assert "王副局长" in wrong.text
    form = {"take-fire": "1", "take-police": "1", "days": "15", "lead": "王副局长", "telephone": "0793-1"}
    assert dispatcher.post(path, data=form).status_code == 303
    desk.again()
    orders = desk.session.scalars(select(Order).order_by(Order.organisation)).all()
    assert len(orders) == 2
    assert "整改通知书草稿" in dispatcher.get(f"/joint-sheets/{desk.check_id}").text


def test_a_department_that_was_not_there_is_written_to(dispatcher: FlaskClient, desk: Desk) -> None:
    path = f"/joint-sheets/{desk.check_id}/handover"
    form = {"department": "fire", "recipient": "", "matter": "后门上锁", "handed_on": "2026-11-22"}
    wrong = dispatcher.post(path, data=form)
    assert wrong.status_code == 422
    assert "请填写移送给哪个部门" in wrong.text
    assert dispatcher.post(path, data=form | {"recipient": "县消防救援大队"}).status_code == 303
    assert dispatcher.post(path, data=form | {"recipient": "县消防救援大队"}).status_code == 409
    assert dispatcher.post(path, data=form | {"department": "nobody"}).status_code == 422
    desk.again()
    assert desk.session.scalars(select(Handover)).one().finding_id == desk.findings[1].id


def test_a_problem_moves_to_another_department_with_the_reason(dispatcher: FlaskClient, desk: Desk) -> None:
    path = f"/findings/{desk.findings[1].id}/department"
    assert dispatcher.post(path, data={"to": "urban", "reason": ""}).status_code == 422
    assert dispatcher.post(path, data={"to": "nobody", "reason": "x"}).status_code == 422
    assert dispatcher.post(path, data={"to": "urban", "reason": "门外搭建"}).status_code == 303
    desk.again()
    assert desk.session.get_one(Finding, (COUNTY, desk.findings[1].id)).department is DepartmentKind.URBAN


def test_a_check_without_findings_says_so(dispatcher: FlaskClient, session: Session, desk: Desk) -> None:
    other: Person = desk.night.people[0]
    check = make_check(session, other, desk.night.sites[0][0])
    session.commit()
    assert "这次检查没有发现问题" in dispatcher.get(f"/joint-sheets/{check.id}").text
