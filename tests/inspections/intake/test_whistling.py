"""Whistles: a township calls, departments answer, come and learn the place only when they are there."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.access import visible
from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.field.checks import CheckKind
from inspections.field.tasks import Task
from inspections.intake.tip_moves import TipMove, TipMoveKind
from inspections.intake.tips import TipState
from inspections.intake.whistle_file import list_whistles, own_calls, read_whistle
from inspections.intake.whistles import AnswerState, Whistle, WhistleDepartment, WhistleState
from inspections.intake.whistling import accept, arrive, blow, end, refuse
from inspections.registry.areas import AreaLevel
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from tests.casefile import make_area
from tests.factories import COUNTY, NOW, PLACE, make_person, make_site, make_tip

HOUR = timedelta(hours=1)
FORM = {
    "starts_at": "2026-11-21T18:30",  # NOW is the evening of the 20th in China
    "ends_at": "2026-11-21T20:30",
    "meeting_point": "镇政府门口",
    "reason": "敲门不开，疑似消防隐患",
}
STARTS = NOW + timedelta(hours=21, minutes=50)


class Story:
    """A township with its head and a site, two departments each with one of its people, and a dispatcher."""

    def __init__(self, session: Session):
        self.session = session
        town = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (117.0, 28.6, 117.2, 28.8))
        self.site = make_site(session, PLACE, township_id=town.id, name="启明星托管班", address="青云路 18 号")
        self.head = make_person(session, Role.TOWNSHIP_ADMIN, name="周镇长", township_id=town.id)
        self.offices = [
            Department(county=COUNTY, id=new_id(), name=name, kind=kind)
            for name, kind in (("市监局", DepartmentKind.MARKET), ("消防队", DepartmentKind.FIRE))
        ]
        session.add_all(self.offices)
        session.flush()
        self.wu, self.zheng = (
            make_person(session, Role.ENFORCER, name=name, department_id=office.id)
            for name, office in zip(("吴敏", "郑强"), self.offices, strict=True)
        )

    def blow(self, **values: Any) -> Whistle:
        chosen = values.pop("departments", [str(each.id) for each in self.offices])
        about = values.pop("about", {"site_id": self.site.id})
        return blow(self.session, values.pop("by", self.head), FORM | values, chosen, NOW, **about)

    def call(self, person: Person) -> WhistleDepartment:
        query = select(WhistleDepartment).where(WhistleDepartment.department_id == person.department_id)
        return self.session.scalars(query).one()


@pytest.fixture
def story(session: Session) -> Story:
    return Story(session)


def test_departments_come_and_learn_the_place_when_they_are_there(session: Session, story: Story) -> None:
    whistle = story.blow()
    assert whistle.answer_by == STARTS
    [call] = own_calls(session, story.wu, NOW)
    assert (call.whistle.meeting_point, call.site, call.may_arrive) == ("镇政府门口", None, False)
    accept(session, story.wu, call.call.id, {"person_id": str(story.wu.id)}, NOW + HOUR)
    with pytest.raises(Conflict):  # not the day yet
        arrive(session, story.wu, call.call.id, NOW + HOUR)
    assert own_calls(session, story.wu, NOW + HOUR)[0].site is None
    assert session.scalars(select(Task)).all() == []
    arrive(session, story.wu, call.call.id, STARTS)
    task = session.scalars(select(Task)).one()
    assert (task.kind, task.site_id, task.assignee_id) == (CheckKind.SWEEP, story.site.id, story.wu.id)
    [call] = own_calls(session, story.wu, STARTS)
    assert call.site is not None
    assert call.call.arrived_at == STARTS
    end(session, story.head, whistle.id, {"result": "现场责令停办"}, STARTS + HOUR)
    assert (whistle.state, whistle.result) == (WhistleState.DONE, "现场责令停办")
    with pytest.raises(Conflict):
        refuse(session, story.zheng, story.call(story.zheng).id, {"reason": "x"}, STARTS + HOUR)


def test_who_cant_come_says_why_and_may_think_again(session: Session, story: Story) -> None:
    story.blow()
    call = story.call(story.zheng)
    with pytest.raises(Invalid) as wrong:
        refuse(session, story.zheng, call.id, {}, NOW)
    assert "reason" in wrong.value.fields
    refuse(session, story.zheng, call.id, {"reason": "当晚值守"}, NOW)
    accept(session, story.zheng, call.id, {"person_id": str(story.zheng.id)}, NOW + HOUR)
    assert (call.state, call.reason) == (AnswerState.ACCEPTED, None)
    with pytest.raises(Conflict):
        accept(session, story.zheng, call.id, {}, NOW + HOUR)


def test_an_answer_that_is_late_is_marked(session: Session, story: Story) -> None:
    whistle = story.blow()
    accept(session, story.wu, story.call(story.wu).id, {"person_id": str(story.wu.id)}, NOW)
    late = STARTS + HOUR
    assert {
        each.department: each.is_late for each in read_whistle(session, story.head, whistle.id, late).calls
    } == {
        "市监局": False,
        "消防队": True,
    }
    [row] = list_whistles(session, story.head, late)
    assert (row.asked, row.arrived, row.late) == (2, 0, 1)
    assert list_whistles(session, story.head, NOW)[0].late == 0


def test_nobody_answers_for_another_department_or_reads_its_calls(session: Session, story: Story) -> None:
    whistle = story.blow(departments=[str(story.offices[0].id)])
    call = story.call(story.wu)
    assert own_calls(session, story.zheng, NOW) == []
    assert session.scalars(visible(story.zheng, Whistle)).all() == []
    for act in (
        lambda: accept(session, story.zheng, call.id, {}, NOW),
        lambda: arrive(session, story.zheng, call.id, NOW),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Forbidden):
        accept(session, story.head, call.id, {}, NOW)
    with pytest.raises(Invalid):  # nobody of the department
        accept(session, story.wu, call.id, {"person_id": str(story.zheng.id)}, NOW)
    stranger = make_person(session, Role.TOWNSHIP_ADMIN, name="邻镇")
    with pytest.raises(NotFound):
        read_whistle(session, stranger, whistle.id, NOW)
    with pytest.raises(NotFound):
        end(session, stranger, whistle.id, {"result": "x"}, NOW)


def test_a_tip_without_a_site_gets_one_and_tells_of_the_whistle(session: Session, story: Story) -> None:
    tip = make_tip(session, PLACE, township_id=story.head.township_id, uncertainty_m=80.0)
    whistle = story.blow(about={"tip_id": tip.id})
    assert session.get_one(Site, (COUNTY, tip.site_id)).location_accuracy_m == 80.0
    kinds = select(TipMove.kind).where(TipMove.tip_id == tip.id).order_by(TipMove.at.desc(), TipMove.id.desc())
    assert session.scalars(kinds).first() is TipMoveKind.WHISTLE
    assert (tip.state, whistle.tip_id) == (TipState.NEW, tip.id)
    tip.state = TipState.INVALID
    session.flush()
    with pytest.raises(Conflict):
        story.blow(about={"tip_id": tip.id})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts_at", "2026-11-20T20:00"),
        ("starts_at", "2099-01-01T00:00"),
        ("starts_at", "yesterday"),
        ("starts_at", "0001-01-01T00:00"),
        ("ends_at", "2026-11-21T18:30"),
        ("ends_at", "2026-11-23T18:30"),
        ("ends_at", ""),
        ("meeting_point", " "),
        ("meeting_point", "启明星托管班楼下"),
        ("meeting_point", "青云路 18 号门口"),
        ("meeting_point", "长" * 501),
        ("reason", ""),
        ("departments", []),
        ("departments", ["x"]),
        ("departments", [str(new_id())]),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(story: Story, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as wrong:
        story.blow(**{field: value})
    assert next(iter(wrong.value.fields)) == field


def test_what_was_typed_is_only_words_and_numbers_are_given_in_turn(session: Session, story: Story) -> None:
    words = "=1+1<script>alert(1)</script>${7*7}𠮷"
    first, second = story.blow(reason=words, meeting_point=words), story.blow()
    assert (first.reason, first.meeting_point) == (words, words)
    assert [first.code, second.code] == ["CS261120-01", "CS261120-02"]
    end(session, story.head, first.id, {"outcome": "cancelled", "result": words}, NOW)
    assert first.state is WhistleState.CANCELLED
