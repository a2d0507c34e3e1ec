from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.drafting import draft
from inspections.casework.findings import Finding, FindingState
from inspections.casework.handing_over import note_answer
from inspections.casework.measure_file import handovers_of_finding
from inspections.casework.orders import OrderKind, items_of
from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.sweeps.counts import counts
from inspections.sweeps.joint_results import Route, joint_result, sweep_results
from inspections.sweeps.routing import (
    department_sheet,
    draft_orders,
    hand_over_part,
    handover_form,
    reroute,
)
from inspections.sweeps.stops import StopState, SweepStop
from inspections.sweeps.sweeps import Sweep, SweepState
from inspections.sweeps.teams import SweepTeam, SweepTeamMember
from tests.factories import COUNTY, NOW, PLACE, make_person
from tests.orders import AT, TODAY, Case

EDUCATION, MARKET, FIRE = DepartmentKind.EDUCATION, DepartmentKind.MARKET, DepartmentKind.FIRE
COMMON = {"lead": "王副局长", "days": "15", "telephone": "0793-1234567", "take-market": "1", "take-fire": "1"}


class Joint(Case):
    """A joint check of a team with two market supervision officers and one of the fire brigade."""

    def __init__(self, session: Session):
        super().__init__(session, findings=0)
        self.departments = {}
        for kind, name in ((MARKET, "县市场监督管理局"), (FIRE, "县消防救援大队")):
            self.departments[kind] = Department(county=COUNTY, name=name, kind=kind)
            session.add(self.departments[kind])
        session.flush()
        self.market = [self.officer(MARKET, f"市监{n}") for n in "甲乙"]
        self.fireman = self.officer(FIRE, "消防甲")
        self.sweep = Sweep(
            county=COUNTY, id=new_id(), name="夜查", state=SweepState.RUNNING, meets_at=NOW, starts_at=NOW,
            ends_at=NOW + timedelta(hours=3), released_at=NOW, planned_by_id=self.dispatcher.id,
        )  # fmt: skip
        session.add(self.sweep)
        session.flush()
        self.team = SweepTeam(
            county=COUNTY, id=new_id(), sweep_id=self.sweep.id, number=1, name="一组", from_at=NOW,
            until_at=NOW + timedelta(hours=3), start=f"SRID=4326;POINT({PLACE[0]} {PLACE[1]})",
        )  # fmt: skip
        session.add(self.team)
        session.flush()
        for each in (*self.officers, *self.market, self.fireman):
            session.add(SweepTeamMember(county=COUNTY, id=new_id(), team_id=self.team.id, person_id=each.id))
        self.stop = SweepStop(
            county=COUNTY, id=new_id(), sweep_id=self.sweep.id, site_id=self.site.id, team_id=self.team.id,
            position=0, plan={}, state=StopState.DONE, entered_at=NOW, check_id=self.check.id,
        )  # fmt: skip
        session.add(self.stop)
        session.flush()
        self.late = self.find("线下培训时间不得晚于20:30。\n20:50 仍在上课", department=EDUCATION)
        self.price = self.find("提供培训服务明码标价。\n没有价目表", department=MARKET)
        self.exit = self.find("疏散通道畅通。\n后门上锁", department=FIRE)
        self.wires = self.find("没有私拉乱接。\n插座串接", department=FIRE)

    def officer(self, kind: DepartmentKind, name: str) -> Person:
        return make_person(
            self.session, Role.ENFORCER, name=name, certificate=f"赣E{name}{new_id().hex[-4:]}",
            department_id=self.departments[kind].id,
        )  # fmt: skip

    def result(self):  # type: ignore[no-untyped-def]
        return joint_result(self.session, self.dispatcher, self.check.id, TODAY)

    def part(self, kind: DepartmentKind):  # type: ignore[no-untyped-def]
        found = self.result().part(kind)
        assert found is not None
        return found


@pytest.fixture
def joint(session: Session) -> Joint:
    return Joint(session)


def test_each_department_has_its_findings_and_a_way_to_act_on_them(joint: Joint) -> None:
    result = joint.result()
    assert result.sweep is joint.sweep
    assert [(part.department, len(part.findings), part.open) for part in result.parts] == [
        (EDUCATION, 1, 1),
        (MARKET, 1, 1),
        (FIRE, 2, 2),
    ]
    # two of market supervision were there to sign; of the fire brigade only one
    assert [part.route for part in result.parts] == [Route.ORDER, Route.ORDER, Route.HANDOVER]
    assert result.part(MARKET).name == "县市场监督管理局"


def test_an_order_is_the_department_s_own_with_its_officers_and_its_problems(joint: Joint) -> None:
    sheet = department_sheet(joint.session, joint.dispatcher, joint.check.id, MARKET, TODAY)
    assert [each.id for each in sheet.findings] == [joint.price.id]
    assert sheet.given["organisation"] == "县市场监督管理局"
    assert {sheet.given["officer_id"], sheet.given["second_officer_id"]} == {each.id for each in joint.market}
    assert "明码标价" in sheet.given[f"measures-{joint.price.id}"]
    assert not any(str(joint.exit.id) in name for name in sheet.given)


def test_one_press_drafts_an_order_for_each_department(session: Session, joint: Joint) -> None:
    orders = draft_orders(session, joint.dispatcher, joint.check.id, COMMON, TODAY)
    assert [{row.finding.department for row in items_of(session, order)} for order in orders] == [{MARKET}, {FIRE}]
    assert [order.organisation for order in orders] == ["县市场监督管理局", "县消防救援大队"]
    assert [len(items_of(session, order)) for order in orders] == [1, 2]
    assert [part.open for part in joint.result().parts] == [1, 0, 0]
    # with one officer of its own there, the fire brigade's order is signed by the two of the check
    assert {orders[1].officer_id, orders[1].second_officer_id} == {each.id for each in joint.officers}


def test_either_all_orders_are_drafted_or_none_and_it_says_whose_is_wrong(session: Session, joint: Joint) -> None:
    with pytest.raises(Invalid) as raised:
        draft_orders(
            session, joint.dispatcher, joint.check.id, COMMON | {"lead": "", "days": "900", "telephone": ""}, TODAY
        )
    assert set(raised.value.fields) == {"lead", "days", "telephone"}
    with pytest.raises(Invalid) as raised:
        draft_orders(session, joint.dispatcher, joint.check.id, {"lead": "王", "days": "15"}, TODAY)
    assert set(raised.value.fields) == {"take"}
    for officer in joint.officers:
        officer.certificates.clear()
    session.flush()
    with pytest.raises(Invalid) as raised:
        draft_orders(session, joint.dispatcher, joint.check.id, COMMON, TODAY)
    assert set(raised.value.fields) == {"take-fire"}


def test_no_order_names_problems_of_two_departments(session: Session, joint: Joint) -> None:
    form = joint.form(findings=[joint.price, joint.exit])
    with pytest.raises(Invalid) as raised:
        draft(session, joint.dispatcher, joint.site.id, OrderKind.RECTIFICATION, form, TODAY)
    assert "按部门分开" in str(raised.value.fields["items"])


def test_all_that_waits_for_a_department_goes_in_one_letter(session: Session, joint: Joint) -> None:
    form = handover_form(joint.result(), joint.part(FIRE), TODAY)
    assert form["recipient"] == "县消防救援大队"
    assert "1. 后门上锁（疏散通道畅通。）" in form["matter"]
    assert "2. 插座串接" in form["matter"]
    letter = hand_over_part(session, joint.dispatcher, joint.check.id, FIRE, form, AT, TODAY)
    for finding in (joint.exit, joint.wires):
        assert [each.id for each in handovers_of_finding(session, joint.dispatcher, finding)] == [letter.id]
    assert joint.part(FIRE).open == 0
    found = counts(session, COUNTY, [joint.sweep.id])
    assert found.handovers == 1
    assert {each.department: each.handed_over for each in found.departments}[FIRE] == 2
    with pytest.raises(Conflict):
        hand_over_part(session, joint.dispatcher, joint.check.id, FIRE, form, AT, TODAY)


def test_what_a_department_sent_back_waits_again(session: Session, joint: Joint) -> None:
    form = handover_form(joint.result(), joint.part(FIRE), TODAY)
    letter = hand_over_part(session, joint.dispatcher, joint.check.id, FIRE, form, AT, TODAY)
    answer = {"state": "returned", "answered_on": "2026-11-23", "answer": "不属我队职责", "version": "1",
              "reason": "对方退回"}  # fmt: skip
    note_answer(session, joint.dispatcher, letter.root_id, answer, AT, TODAY)
    assert joint.part(FIRE).open == 2


def test_a_problem_that_is_another_department_s_matter_moves_there_with_the_reason(
    session: Session, joint: Joint
) -> None:
    with pytest.raises(Invalid):
        reroute(session, joint.dispatcher, joint.wires.id, MARKET, " ")
    reroute(session, joint.dispatcher, joint.wires.id, MARKET, "电器是市监抽检范围")
    assert [(part.department, len(part.findings)) for part in joint.result().parts][1:] == [(MARKET, 2), (FIRE, 1)]
    event = session.scalars(select(Event).where(Event.verb == "reroute")).one()
    assert event.detail == {"was": "fire", "now": "market", "reason": "电器是市监抽检范围"}


def test_a_problem_that_a_paper_names_stays_with_its_department(session: Session, joint: Joint) -> None:
    draft_orders(session, joint.dispatcher, joint.check.id, COMMON, TODAY)
    with pytest.raises(Conflict):
        reroute(session, joint.dispatcher, joint.wires.id, MARKET, "改派")
    joint.late.state = FindingState.REJECTED
    session.flush()
    with pytest.raises(Conflict):
        reroute(session, joint.dispatcher, joint.late.id, MARKET, "改派")


def test_a_proposed_problem_waits_for_the_officer_s_word_before_any_paper(session: Session, joint: Joint) -> None:
    joint.price.state = FindingState.PROPOSED
    session.flush()
    part = joint.part(MARKET)
    assert (part.proposed, part.open, part.waiting) == (1, 1, [])
    with pytest.raises(Invalid):
        draft_orders(
            session, joint.dispatcher, joint.check.id, {"lead": "王", "days": "9", "take-market": "1"}, TODAY
        )


def test_the_page_of_a_sweep_has_the_stops_with_work_left_first(session: Session, joint: Joint) -> None:
    [found] = sweep_results(session, joint.dispatcher, joint.sweep)
    assert (found.stop.id, found.open, len(found.parts)) == (joint.stop.id, 4, 3)


def test_only_who_may_confirm_reroutes_and_only_the_dispatcher_writes(session: Session, joint: Joint) -> None:
    with pytest.raises(Forbidden):
        reroute(session, joint.director, joint.wires.id, MARKET, "改派")
    with pytest.raises(Forbidden):
        draft_orders(session, joint.director, joint.check.id, COMMON, TODAY)
    with pytest.raises(Forbidden):
        hand_over_part(session, joint.director, joint.check.id, FIRE, {}, AT, TODAY)


def test_a_department_that_found_nothing_has_no_paper(session: Session, joint: Joint) -> None:
    with pytest.raises(NotFound):
        department_sheet(session, joint.dispatcher, joint.check.id, DepartmentKind.URBAN, TODAY)


def test_what_was_typed_never_ends_in_another_field(session: Session, joint: Joint) -> None:
    joint.exit.text = "=HYPERLINK(1)\n${alert(1)}\n第二行"
    session.flush()
    form = handover_form(joint.result(), joint.part(FIRE), TODAY)
    assert "${alert(1)}\n第二行（=HYPERLINK(1)）" in form["matter"]
    assert isinstance(session.get_one(Finding, (COUNTY, joint.exit.id)), Finding)
