"""The daily dispatch names who is behind and what falls due, and its instructions are signed for and answered."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.areas import Area
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.special_campaigns import dispatching, instructions, lagging, planning, scheduling
from inspections.special_campaigns.dispatches import Instruction, InstructionState, ReceiptKind
from inspections.sweeps.campaigns import SpecialCampaign
from tests.factories import NOW, make_finding, make_person, make_site, make_township
from tests.special import FIRST, make_campaign, make_sweep
from tests.walks import make_square, start_campaign

TODAY, TOMORROW = date(2026, 11, 20), date(2026, 11, 21)


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李科长")


@pytest.fixture
def campaign(session: Session, dispatcher: Person) -> SpecialCampaign:
    return make_campaign(session, dispatcher)


@pytest.fixture
def town(session: Session) -> Area:
    return make_township(session, name="陈营镇")


def told(session: Session, person: Person, campaign: SpecialCampaign, to: str, **values: str) -> Instruction:
    form = {"to": to, "text": "加快排查", "due_on": TOMORROW.isoformat()} | values
    return dispatching.instruct(session, person, campaign.id, form, NOW)


def said(found: list[lagging.Lag]) -> list[tuple[str, str, str]]:
    return [(each.kind, each.who, str(each.said)) for each in found]


def test_who_is_behind_is_named_with_the_words_of_an_instruction(
    session: Session, dispatcher: Person, campaign: SpecialCampaign, town: Area
) -> None:
    canvass = start_campaign(session, dispatcher, make_square(session, township_id=town.id), starts_on=FIRST)
    planning.put_canvass(session, dispatcher, campaign.id, canvass.id)
    make_finding(
        session, make_site(session, township_id=town.id), confirmed_at=NOW - timedelta(days=5),
        due_on=TODAY - timedelta(days=2),
    )  # fmt: skip
    form = {"item": "动员", "responsible": "专班", "first_day": "2026-11-11", "last_day": "2026-11-12"}
    scheduling.save(session, dispatcher, campaign.id, form, NOW)
    found = lagging.behind(session, dispatcher, campaign, NOW)
    assert said(found) == [
        ("goal", "", "检查次数完成 0 / 30（0%），时间已过 32%"),
        ("item", "专班", "“动员”已过期限 8 天"),
        ("walks", "陈营镇", "“秋季拉网排查”已走 0 / 2 格次（0%），时间已过 45%"),
        ("problems", "陈营镇", "1 个问题逾期未改"),
    ]
    assert {each.to for each in found if each.who == "陈营镇"} == {f"township:{town.id}"}


def test_what_falls_due_tomorrow_is_named(
    session: Session, dispatcher: Person, campaign: SpecialCampaign, town: Area
) -> None:
    site = make_site(session, township_id=town.id)
    make_finding(session, site, due_on=TOMORROW)
    make_finding(session, site, due_on=TOMORROW, state=FindingState.STRUCK_OFF)
    canvass = start_campaign(session, dispatcher, make_square(session), ends_on=TOMORROW)
    planning.put_canvass(session, dispatcher, campaign.id, canvass.id)
    for name, first, last in (("排查", "2026-11-11", "2026-11-21"), ("整治", "2026-11-21", "2026-11-30")):
        form = {"item": name, "responsible": "专班", "first_day": first, "last_day": last}
        scheduling.save(session, dispatcher, campaign.id, form, NOW)
    assert said(lagging.due_on(session, dispatcher, campaign, TOMORROW)) == [
        ("item", "专班", "“排查”到期"),
        ("item", "专班", "“整治”开始"),
        ("walks", "", "“秋季拉网排查”最后一天，已走 0%"),
        ("problems", "陈营镇", "1 个问题到期"),
    ]


def test_a_dispatch_keeps_who_was_behind_and_no_sweep(
    session: Session, dispatcher: Person, campaign: SpecialCampaign
) -> None:
    make_sweep(session, dispatcher, campaign.id, name="绝密夜查", starts_at=NOW + timedelta(days=1),
               ends_at=NOW + timedelta(days=1, hours=2))  # fmt: skip
    dispatch = dispatching.hold(session, dispatcher, campaign.id, {"words": "各镇街加快"}, NOW)
    assert [each["kind"] for each in dispatch.content["behind"]] == ["goal"]
    assert "绝密夜查" not in str(dispatch.content)
    assert [each.name for each in instructions.tomorrow_of(session, dispatcher, campaign, TOMORROW)] == [
        "绝密夜查"
    ]
    head = make_person(session, Role.TOWNSHIP_ADMIN)
    assert instructions.tomorrow_of(session, head, campaign, TOMORROW) == []


def test_the_minutes_of_a_day_are_one_and_two_who_write_them_are_told(
    session: Session, dispatcher: Person, campaign: SpecialCampaign
) -> None:
    first = dispatching.hold(session, dispatcher, campaign.id, {"words": "一"}, NOW)
    with pytest.raises(Conflict):
        dispatching.hold(session, dispatcher, campaign.id, {"words": "二"}, NOW)
    second = dispatching.hold(session, dispatcher, campaign.id, {"words": "二", "seen": "一"}, NOW)
    assert (second.id, second.words) == (first.id, "二")
    with pytest.raises(Invalid):
        dispatching.hold(session, dispatcher, campaign.id, {"words": " ", "seen": "二"}, NOW)
    with pytest.raises(Conflict):
        dispatching.hold(session, dispatcher, campaign.id, {"words": "三"}, NOW - timedelta(days=30))


def test_an_instruction_is_signed_for_reported_on_done_and_sent_back(
    session: Session, dispatcher: Person, campaign: SpecialCampaign, town: Area
) -> None:
    given = told(session, dispatcher, campaign, f"township:{town.id}")
    head = make_person(session, Role.TOWNSHIP_ADMIN, township_id=town.id, name="镇长")
    for kind, words, state in (
        (ReceiptKind.RECEIVED, "", InstructionState.RECEIVED),
        (ReceiptKind.PROGRESS, "走了一半", InstructionState.RECEIVED),
        (ReceiptKind.DONE, "都走了", InstructionState.DONE),
    ):
        dispatching.answer(session, head, given.id, kind, {"words": words}, NOW)
        assert given.state is state
    with pytest.raises(Conflict):
        dispatching.answer(session, head, given.id, ReceiptKind.RECEIVED, {}, NOW)
    with pytest.raises(Forbidden):
        dispatching.answer(session, head, given.id, ReceiptKind.REOPENED, {"words": "x"}, NOW)
    dispatching.answer(session, dispatcher, given.id, ReceiptKind.REOPENED, {"words": "三号格没走"}, NOW)
    (mine,) = instructions.own_instructions(session, head)
    assert (mine.instruction.state, mine.to, mine.campaign) == (InstructionState.RECEIVED, "陈营镇", campaign)
    assert [(row.kind, name) for row, name in mine.receipts] == [
        (ReceiptKind.RECEIVED, "镇长"), (ReceiptKind.PROGRESS, "镇长"), (ReceiptKind.DONE, "镇长"),
        (ReceiptKind.REOPENED, "李科长"),
    ]  # fmt: skip


def test_an_answer_by_telephone_names_who_gave_it(
    session: Session, dispatcher: Person, campaign: SpecialCampaign, town: Area
) -> None:
    given = told(session, dispatcher, campaign, f"township:{town.id}")
    with pytest.raises(Invalid) as refused:
        dispatching.answer(session, dispatcher, given.id, ReceiptKind.DONE, {}, NOW)
    assert set(refused.value.fields) == {"words", "heard_from"}
    form = {"words": "走完了", "heard_from": "王镇长"}
    receipt = dispatching.answer(session, dispatcher, given.id, ReceiptKind.DONE, form, NOW)
    assert (receipt.heard_from, receipt.person_id) == ("王镇长", dispatcher.id)


def test_nobody_reads_or_answers_what_others_were_told(
    session: Session, dispatcher: Person, campaign: SpecialCampaign, town: Area
) -> None:
    given = told(session, dispatcher, campaign, f"township:{town.id}")
    other = make_township(session, name="石镇镇", code="361129102")
    for stranger in (
        make_person(session, Role.TOWNSHIP_ADMIN, township_id=other.id),
        make_person(session, Role.ENFORCER, township_id=town.id),
        make_person(session, Role.GRID_WORKER, township_id=town.id),
    ):
        assert instructions.own_instructions(session, stranger) == []
        with pytest.raises(NotFound):
            dispatching.answer(session, stranger, given.id, ReceiptKind.RECEIVED, {}, NOW)
    auditor = make_person(session, Role.AUDITOR)
    with pytest.raises(Invalid):
        dispatching.answer(session, auditor, given.id, ReceiptKind.RECEIVED, {"heard_from": "x"}, NOW)


def test_a_department_and_a_person_find_their_own(
    session: Session, dispatcher: Person, campaign: SpecialCampaign
) -> None:
    office = Department(county=campaign.county, name="县公安局", kind=DepartmentKind.POLICE)
    session.add(office)
    session.flush()
    officer = make_person(session, Role.ENFORCER, department_id=office.id)
    inspector = make_person(session, Role.INSPECTOR, login="wu")
    told(session, dispatcher, campaign, f"department:{office.id}")
    told(session, dispatcher, campaign, f"person:{inspector.id}", text="写总结")
    assert [each.to for each in instructions.own_instructions(session, officer)] == ["县公安局"]
    assert [each.instruction.text for each in instructions.own_instructions(session, inspector)] == ["写总结"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("to", ""), ("to", "township:x"), ("to", "person:01890a5d-ac96-774b-bcce-b302099a8057"), ("text", " "),
     ("text", "长" * 501), ("due_on", "2026-11-19"), ("due_on", "2099-01-01"), ("due_on", "x")],
)  # fmt: skip
def test_what_is_wrong_with_an_instruction_is_named_by_its_field(
    session: Session, dispatcher: Person, campaign: SpecialCampaign, town: Area, field: str, value: str
) -> None:
    with pytest.raises(Invalid) as refused:
        told(session, dispatcher, campaign, f"township:{town.id}", **{field: value}) if field != "to" else told(
            session, dispatcher, campaign, value
        )
    assert list(refused.value.fields) == [field]


def test_what_is_late_or_not_signed_for_comes_up_in_the_next_dispatch(
    session: Session, dispatcher: Person, campaign: SpecialCampaign, town: Area
) -> None:
    late = told(session, dispatcher, campaign, f"township:{town.id}", due_on=TODAY.isoformat())
    told(session, dispatcher, campaign, f"township:{town.id}", text="报名单", due_on="2026-11-30")
    later = NOW + timedelta(days=2)
    found = [each for each in lagging.behind(session, dispatcher, campaign, later) if each.kind == "instruction"]
    assert [str(each.said) for each in found] == ["指令逾期 2 天未办结：加快排查", "指令还没有签收：报名单"]
    assert late.is_late(TODAY + timedelta(days=2))
    earlier = instructions.open_before(session, dispatcher, campaign, TODAY + timedelta(days=2))
    assert [each.instruction.text for each in earlier] == ["加快排查", "报名单"]


def test_the_words_of_an_instruction_and_its_answers_stay(
    session: Session, dispatcher: Person, campaign: SpecialCampaign, town: Area
) -> None:
    given = told(session, dispatcher, campaign, f"township:{town.id}")
    form = {"heard_from": "王镇长"}
    dispatching.answer(session, dispatcher, given.id, ReceiptKind.RECEIVED, form, NOW)
    for statement in (
        "update special_campaign_instructions set text = 'x'", "delete from special_campaign_instructions",
        "update special_campaign_receipts set words = 'x'", "delete from special_campaign_receipts",
        "update special_campaign_dispatches set content = '{}'",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(text(statement))


def test_the_schedule_is_begun_changed_done_and_undone(
    session: Session, dispatcher: Person, campaign: SpecialCampaign
) -> None:
    made = scheduling.begin(session, dispatcher, campaign.id, NOW)
    assert [made[0].first_day, made[-1].last_day] == [campaign.first_day, campaign.last_day]
    with pytest.raises(Conflict):
        scheduling.begin(session, dispatcher, campaign.id, NOW)
    form = {"item": "动员", "responsible": "专班", "first_day": "2026-11-10", "last_day": "2026-12-11"}
    with pytest.raises(Invalid) as refused:
        scheduling.save(session, dispatcher, campaign.id, form, NOW, made[0].id)
    assert set(refused.value.fields) == {"first_day", "last_day"}
    done = scheduling.mark_done(session, dispatcher, campaign.id, made[0].id, {"outcome": "已部署"}, TODAY)
    assert (done.done_on, done.outcome, done.is_late(date(2027, 1, 1))) == (TODAY, "已部署", False)
    with pytest.raises(Conflict):
        scheduling.mark_done(session, dispatcher, campaign.id, made[0].id, {}, TODAY)
    undone = scheduling.mark_done(session, dispatcher, campaign.id, made[0].id, {"undo": "1"}, TODAY)
    assert (undone.done_on, undone.is_late(date(2027, 1, 1))) == (None, True)
    scheduling.remove(session, dispatcher, campaign.id, made[0].id)
    assert len(scheduling.list_items(session, dispatcher, campaign)) == 4
    other = make_campaign(session, dispatcher, name="另一次")
    with pytest.raises(Conflict):
        scheduling.remove(session, dispatcher, other.id, made[1].id)
