"""What is decided about a tip: each decision is a move, and the last one can be taken back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.db import new_id, scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.field.checks import CheckKind
from inspections.field.tasks import Task, TaskState
from inspections.intake.clocks import ClockState
from inspections.intake.clues import Clue, ClueKind, GivenClue, add_clues
from inspections.intake.handling import give_back, report, what_the_check_said
from inspections.intake.key_cases import drop_key, make_key, suggest_key, suggested_keys
from inspections.intake.merging import merge
from inspections.intake.siting import set_site, sites_near
from inspections.intake.tip_file import read_tip_file
from inspections.intake.tip_moves import TipMove, TipMoveKind, move
from inspections.intake.tips import Tip, TipState
from inspections.intake.triaging import assign, destinations, reopen, settle
from inspections.intake.undoing import FOR, last_decision, undo
from inspections.listing import Question, count, read
from inspections.listing.tips import INBOX_ALL, inbox_of, queue_counts
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.registry.site_file import place_of
from inspections.registry.sites import Site, SiteKind, SiteState
from tests.casefile import make_area
from tests.factories import COUNTY, NOW, PLACE, make_check, make_finding, make_person, make_site, make_tip

MINUTE = timedelta(minutes=1)
HOSTILE = "=cmd()|'<img src=x onerror=alert(1)>${7*7}𠮷"


@pytest.fixture
def town(session: Session) -> Area:
    return make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (117.0, 28.6, 117.2, 28.8))


@pytest.fixture
def li(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李调度")


@pytest.fixture
def head(session: Session, town: Area) -> Person:
    return make_person(session, Role.TOWNSHIP_ADMIN, name="周镇长", township_id=town.id)


def new_tip(session: Session, **values: Any) -> Tip:
    values = {"received_at": NOW - timedelta(days=1), "triage_due_at": NOW + timedelta(days=3)} | values
    words = values.pop("place", None)
    tip = make_tip(session, values.pop("place_at", PLACE), **values)
    tip.place = words
    return tip


def moves_of(session: Session, tip: Tip) -> list[TipMove]:
    query = select(TipMove).where(TipMove.tip_id == tip.id).order_by(TipMove.at, TipMove.id)
    return list(session.scalars(query))


def test_a_township_gets_it_with_a_due_day_in_working_days(session: Session, li: Person, town: Area) -> None:
    tip = new_tip(session)
    made = assign(session, li, tip.id, {"to": f"township:{town.id}", "days": "3", "note": HOSTILE}, NOW)
    assert (tip.state, tip.township_id) == (TipState.ASSIGNED, town.id)
    assert (made.township_id, made.note, made.due_at) == (town.id, HOSTILE, tip.due_at)
    assert tip.due_at is not None
    assert tip.due_at.isoformat() == "2026-11-25T18:00:00+08:00"  # a Friday evening: Monday to Wednesday
    assert made.task_id is None
    detail = session.scalars(select(Event.detail).where(Event.verb == "assigned")).one()
    assert HOSTILE not in str(detail)


def test_a_person_gets_a_task_at_a_suspected_site_made_from_the_tip(session: Session, li: Person) -> None:
    inspector = make_person(session, Role.INSPECTOR, name="张敏")
    tip = new_tip(session, place="青云路 18 号", uncertainty_m=120.0, compound="幸福小区", room="402")
    add_clues(session, COUNTY, [GivenClue(kind=ClueKind.PHONE, text="13800001234")], tip=tip, at=NOW)
    made = assign(session, li, tip.id, {"to": f"person:{inspector.id}"}, NOW)
    site = session.get_one(Site, (COUNTY, tip.site_id))
    assert (site.kind, site.state, site.location_accuracy_m) == (SiteKind.SUSPECTED, SiteState.REPORTED, 120.0)
    assert (site.compound, site.room, site.address) == ("幸福小区", "402", "青云路 18 号幸福小区402")
    assert session.scalars(select(Clue.value).where(Clue.site_id == site.id)).one() == "13800001234"
    task = session.get_one(Task, (COUNTY, made.task_id))
    assert (task.assignee_id, task.kind, task.site_id) == (inspector.id, CheckKind.TIP, site.id)
    assert tip.code in (task.reason or "")


def test_nobody_is_sent_where_no_place_is_known(session: Session, li: Person) -> None:
    inspector = make_person(session, Role.INSPECTOR, name="张敏")
    tip = new_tip(session, place_at=None)
    with pytest.raises(Invalid) as wrong:
        assign(session, li, tip.id, {"to": f"person:{inspector.id}"}, NOW)
    assert "site_id" in wrong.value.fields


def test_the_head_of_a_township_and_a_departments_own_get_the_task_of_a_known_site(
    session: Session, li: Person, town: Area, head: Person
) -> None:
    office = Department(county=COUNTY, id=new_id(), name="市监局", kind=DepartmentKind.MARKET)
    session.add(office)
    session.flush()
    busy, free = (make_person(session, Role.ENFORCER, name=name, department_id=office.id) for name in "甲乙")
    site = make_site(session)
    tip = new_tip(session, site_id=site.id)
    first = assign(session, li, tip.id, {"to": f"township:{town.id}"}, NOW)
    assert session.get_one(Task, (COUNTY, first.task_id)).assignee_id == head.id
    session.add(Task(county=COUNTY, site_id=site.id, assignee_id=busy.id, kind=CheckKind.TIP, due_on=NOW.date()))
    session.flush()
    again = assign(session, li, tip.id, {"to": f"department:{office.id}"}, NOW + MINUTE)
    assert session.get_one(Task, (COUNTY, again.task_id)).assignee_id == free.id
    assert session.get_one(Task, (COUNTY, first.task_id)).state is TaskState.CANCELLED


@pytest.mark.parametrize("to", ["", "township:", "township:x", "person:../../etc", "department:'--", "x" * 500])
def test_a_destination_that_is_none_is_refused_by_its_field(session: Session, li: Person, to: str) -> None:
    tip = new_tip(session)
    with pytest.raises(Invalid) as wrong:
        assign(session, li, tip.id, {"to": to}, NOW)
    assert "to" in wrong.value.fields
    assert tip.state is TipState.NEW


def test_nobody_of_another_county_can_be_named(session: Session, li: Person, town: Area) -> None:
    scope(session, "421303")
    elsewhere = make_person(session, Role.INSPECTOR, county="421303", name="邻县")
    strange = make_tip(session, county="421303")
    scope(session, COUNTY)
    tip = new_tip(session)
    with pytest.raises(Invalid):
        assign(session, li, tip.id, {"to": f"person:{elsewhere.id}"}, NOW)
    with pytest.raises(NotFound):
        assign(session, li, strange.id, {"to": f"township:{town.id}"}, NOW)
    with pytest.raises(NotFound):
        merge(session, li, tip.id, [strange.id], NOW)
    with pytest.raises(NotFound):
        set_site(session, li, tip.id, {"site_id": str(new_id())}, NOW)


@pytest.mark.parametrize("days", ["0", "61", "-1", "三", "1e3", "²", "9" * 40])
def test_days_that_are_none_are_refused(session: Session, li: Person, town: Area, days: str) -> None:
    with pytest.raises(Invalid) as wrong:
        assign(session, li, new_tip(session).id, {"to": f"township:{town.id}", "days": days}, NOW)
    assert "days" in wrong.value.fields


@pytest.mark.parametrize("kind", [TipMoveKind.UNFOUNDED, TipMoveKind.INVALID, TipMoveKind.TRANSFERRED])
def test_a_reason_is_asked_for_and_two_decisions_do_not_meet(session: Session, li: Person, kind: Any) -> None:
    tip = new_tip(session)
    with pytest.raises(Invalid) as wrong:
        settle(session, li, tip.id, kind, {"note": " \x00 "}, NOW)
    assert "note" in wrong.value.fields
    with pytest.raises(Invalid):
        settle(session, li, tip.id, kind, {"note": "长" * 501}, NOW)
    settle(session, li, tip.id, kind, {"note": HOSTILE, "answer": HOSTILE, "seen": "new"}, NOW)
    assert tip.state.value == kind.value
    with pytest.raises(Conflict):
        settle(session, li, tip.id, kind, {"note": "再来", "seen": "new"}, NOW + MINUTE)
    reopen(session, li, tip.id, {"note": "有新材料"}, NOW + 2 * MINUTE)
    assert tip.state is TipState.NEW
    assert [each.kind for each in moves_of(session, tip)][-2:] == [kind, TipMoveKind.REOPENED]


def test_a_head_hands_it_back_or_says_what_came_of_it(
    session: Session, li: Person, town: Area, head: Person
) -> None:
    tip = new_tip(session, site_id=make_site(session).id)
    made = assign(session, li, tip.id, {"to": f"township:{town.id}"}, NOW)
    with pytest.raises(Invalid):
        give_back(session, head, tip.id, {}, NOW)
    give_back(session, head, tip.id, {"note": "不在本镇"}, NOW + MINUTE)
    assert tip.state is TipState.NEW
    assert session.get_one(Task, (COUNTY, made.task_id)).state is TaskState.CANCELLED
    assign(session, li, tip.id, {"to": f"township:{town.id}"}, NOW + 2 * MINUTE)
    for missing in ({}, {"outcome": "maybe"}, {"outcome": "confirmed"}, {"outcome": "confirmed", "note": "属实"}):
        with pytest.raises(Invalid):
            report(session, head, tip.id, missing, NOW + 3 * MINUTE)
    given = {"outcome": "confirmed", "note": "现场有 12 名学生", "answer": "经核查属实"}
    last = report(session, head, tip.id, given, NOW + 3 * MINUTE)
    assert (tip.state, last.answer, last.by_id) == (TipState.CONFIRMED, "经核查属实", head.id)


def test_a_head_of_elsewhere_and_who_may_not_decide_find_nothing(session: Session, li: Person, town: Area) -> None:
    other = make_area(session, "石镇", AreaLevel.TOWNSHIP, (117.3, 28.6, 117.4, 28.8))
    stranger = make_person(session, Role.TOWNSHIP_ADMIN, name="邻镇", township_id=other.id)
    tip = new_tip(session)
    assign(session, li, tip.id, {"to": f"township:{town.id}"}, NOW)
    given = {"outcome": "confirmed", "note": "x", "answer": "x"}
    with pytest.raises(NotFound):
        report(session, stranger, tip.id, given, NOW)
    with pytest.raises(NotFound):
        read_tip_file(session, stranger, tip.id, NOW)
    for role in (Role.AUDITOR, Role.INSPECTOR, Role.DIRECTOR):
        with pytest.raises(Forbidden):
            report(session, make_person(session, role), tip.id, given, NOW)


def test_a_check_that_is_back_puts_an_outcome_forward_and_decides_nothing(
    session: Session, li: Person, town: Area
) -> None:
    inspector = make_person(session, Role.INSPECTOR, name="张敏")
    site = make_site(session)
    tip = new_tip(session, site_id=site.id)
    before = make_check(session, inspector, site, kind=CheckKind.TIP, device_finished_at=NOW - timedelta(days=1))
    make_finding(session, site, check_id=before.id)
    assign(session, li, tip.id, {"to": f"person:{inspector.id}"}, NOW)
    assert what_the_check_said(session, tip) is None
    check = make_check(session, inspector, site, kind=CheckKind.TIP, device_finished_at=NOW + MINUTE)
    said = what_the_check_said(session, tip)
    assert said is not None
    assert said.outcome is TipMoveKind.UNFOUNDED
    finding = make_finding(session, site, check_id=check.id, state=FindingState.PROPOSED)
    said = what_the_check_said(session, tip)
    assert said is not None
    assert said.outcome is None
    finding.state = FindingState.CONFIRMED
    session.flush()
    said = what_the_check_said(session, tip)
    assert said is not None
    assert said.outcome is TipMoveKind.CONFIRMED
    assert tip.state is TipState.ASSIGNED


def test_the_last_decision_is_taken_back_within_some_minutes_and_by_who_made_it(
    session: Session, li: Person, town: Area
) -> None:
    tip = new_tip(session, due_at=NOW + timedelta(days=9), site_id=make_site(session).id)
    due_at = tip.due_at
    move(session, tip, TipMoveKind.NOTE, tip.received_at + MINUTE, due_at=due_at)
    assign(session, li, tip.id, {"to": f"township:{town.id}", "days": "2"}, NOW)
    wang = make_person(session, Role.DISPATCHER, name="王调度")
    assert last_decision(session, wang, NOW + MINUTE) is None
    assert last_decision(session, li, NOW + FOR + MINUTE) is None
    with pytest.raises(Conflict):
        undo(session, wang, NOW + MINUTE)
    undo(session, li, NOW + MINUTE)
    assert (tip.state, tip.due_at) == (TipState.NEW, due_at)
    assert [each.kind for each in moves_of(session, tip)][2:] == [TipMoveKind.ASSIGNED, TipMoveKind.REOPENED]
    with pytest.raises(Conflict):  # what was taken back is not taken back again
        undo(session, li, NOW + 2 * MINUTE)


def test_a_decision_after_which_somebody_acted_stays(
    session: Session, li: Person, town: Area, head: Person
) -> None:
    tip = new_tip(session)
    assign(session, li, tip.id, {"to": f"township:{town.id}"}, NOW)
    give_back(session, head, tip.id, {"note": "不在本镇"}, NOW + MINUTE)
    assert last_decision(session, li, NOW + 2 * MINUTE) is None


def test_several_joined_at_once_come_apart_at_once_and_a_settled_master_opens_for_all(
    session: Session, li: Person
) -> None:
    one, two, three = (new_tip(session) for _ in range(3))
    merge(session, li, one.id, [two.id, three.id], NOW)
    undo(session, li, NOW + MINUTE)
    assert {two.master_id, three.master_id} == {None}
    assert {two.state, three.state} == {TipState.NEW}
    merge(session, li, one.id, [two.id], NOW + 2 * MINUTE)
    settle(session, li, one.id, TipMoveKind.UNFOUNDED, {"note": "x", "answer": "不属实"}, NOW + 3 * MINUTE)
    undo(session, li, NOW + 4 * MINUTE)
    assert one.state is TipState.NEW
    assert moves_of(session, two)[-1].kind is TipMoveKind.REOPENED
    assert two.master_id == one.id


def test_what_many_report_is_put_forward_as_a_key_case(session: Session, li: Person) -> None:
    site = make_site(session, name="启明星")
    tips = [new_tip(session, site_id=site.id) for _ in range(2)]
    assert suggest_key(session, tips[0], NOW) is None
    tips.append(new_tip(session, site_id=site.id))
    assert "3 条" in str(suggest_key(session, tips[0], NOW))
    assert [str(each.why) for each in suggested_keys(session, li, NOW)] == ["半年内有 3 条线索涉及“启明星”"]
    with pytest.raises(Invalid):
        make_key(session, li, tips[0].id, {}, NOW)
    make_key(session, li, tips[0].id, {"note": "群众反映强烈"}, NOW)
    assert suggested_keys(session, li, NOW) == []
    with pytest.raises(Conflict):
        make_key(session, li, tips[0].id, {"note": "再来"}, NOW)
    director = make_person(session, Role.DIRECTOR)
    undo(session, li, NOW + MINUTE)
    assert tips[0].key_since is None
    make_key(session, director, tips[0].id, {"note": "领导批示"}, NOW + 2 * MINUTE)
    drop_key(session, director, tips[0].id, {"note": "已整改"}, NOW + 3 * MINUTE)
    with pytest.raises(Conflict):
        drop_key(session, director, tips[0].id, {"note": "再来"}, NOW + 4 * MINUTE)


def test_a_clue_that_many_name_is_reason_enough(session: Session) -> None:
    tips = [new_tip(session, place_at=None) for _ in range(3)]
    for tip in tips:
        add_clues(session, COUNTY, [GivenClue(kind=ClueKind.WECHAT, text="aoshu2026")], tip=tip, at=NOW)
    assert "aoshu2026" in str(suggest_key(session, tips[0], NOW))


def test_the_site_is_chosen_among_those_near_or_made(session: Session, li: Person) -> None:
    near = make_site(session, (PLACE[0] + 0.001, PLACE[1]))
    make_site(session, (PLACE[0] + 0.05, PLACE[1]))
    tip = new_tip(session, uncertainty_m=50.0)
    assert [each.id for each in sites_near(session, li, place_of(session, tip), 50.0)] == [near.id]
    for wrong in ({"site_id": "x"}, {"site_id": "new", "category": "primary"}):
        with pytest.raises(Invalid):
            set_site(session, li, tip.id, wrong, NOW)
    set_site(session, li, tip.id, {"site_id": str(near.id)}, NOW)
    assert tip.site_id == near.id
    set_site(session, li, tip.id, {"site_id": "new", "name": HOSTILE, "category": "one_to_one"}, NOW + MINUTE)
    made = session.get_one(Site, (COUNTY, tip.site_id))
    assert (made.name, made.category.value) == (HOSTILE, "one_to_one")
    set_site(session, li, tip.id, {}, NOW + 2 * MINUTE)
    assert tip.site_id is None


def test_the_file_shows_clues_and_joined_tips_at_the_master(session: Session, li: Person, town: Area) -> None:
    one, two = new_tip(session, township_id=town.id), new_tip(session, text="另一种说法，老师姓王")
    for tip, text in ((one, "13800001234"), (two, "13900005678"), (two, "13800001234")):
        add_clues(session, COUNTY, [GivenClue(kind=ClueKind.PHONE, text=text)], tip=tip, at=NOW)
    merge(session, li, one.id, [two.id], NOW)
    file = read_tip_file(session, li, one.id, NOW)
    assert [each.id for each in file.joined] == [two.id]
    assert {(each.clue.value, each.code) for each in file.clues} == {
        ("13800001234", ""),
        ("13900005678", two.code),
    }
    assert file.clock is not None
    assert file.clock.state is ClockState.NEAR
    assert [step.move.kind for step in file.steps] == [TipMoveKind.RECEIVED]
    other = read_tip_file(session, li, two.id, NOW)
    assert (other.master and other.master.id, other.steps[-1].to) == (one.id, one.code)
    assert {each.kind for each in destinations(session, COUNTY)["township"]} == {"township"}


def test_tabs_count_what_they_show_and_nothing_is_hidden(session: Session, li: Person, town: Area) -> None:
    late = new_tip(session, triage_due_at=NOW - timedelta(days=4000))
    key, sent, done = (new_tip(session, triage_due_at=NOW + timedelta(days=4000)) for _ in range(3))
    make_key(session, li, key.id, {"note": "x"}, NOW)
    assign(session, li, sent.id, {"to": f"township:{town.id}", "days": "60"}, NOW + timedelta(days=3000))
    settle(session, li, done.id, TipMoveKind.INVALID, {"note": "x"}, NOW)
    assert queue_counts(session, li) == {"new": 2, "assigned": 1, "late": 1, "key": 1, "all": 4}
    for queue, n in queue_counts(session, li).items():
        assert count(session, li, inbox_of(queue), Question.of(inbox_of(queue), {"queue": [queue]})) == n
    waiting = read(session, li, inbox_of("new"), Question.of(inbox_of("new"), {"queue": ["new"]}))
    assert [row.id for row in waiting.rows] == [key.id, late.id]  # key cases first, then by deadline
    head = make_person(session, Role.TOWNSHIP_ADMIN, township_id=town.id)
    assert queue_counts(session, head)["all"] == 1


@pytest.mark.parametrize("words", ["启明星", "启明 补课", "18号", "abc", "261101-", "%", "𠮷野家", "班", "青云路"])
def test_a_search_finds_what_holds_the_words_and_nothing_else(session: Session, li: Person, words: str) -> None:
    texts = ["启明星在 18号 补课", "𠮷野家楼上的 ABC 班", "100% 过关", "长" * 700 + "启明星补课"]
    tips = [new_tip(session, text=text) for text in texts]
    tips.append(new_tip(session, text="x", place="青云路", code="261101-AB3"))
    tips.append(new_tip(session, text="y", site_id=make_site(session, name="启明星托管班").id))
    shown = {tip.id: f"{tip.text} {tip.place} {tip.code}" for tip in tips}
    shown[tips[-1].id] += " 启明星托管班"
    page = read(session, li, INBOX_ALL, Question.of(INBOX_ALL, {"q": [words]}))
    expected = {key for key, text in shown.items() if all(word.lower() in text.lower() for word in words.split())}
    if words == "261101-":
        expected = {tips[-2].id}
    assert {row.id for row in page.rows} == expected
