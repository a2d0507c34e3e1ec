"""A list in the database: made, explained, decided about, sent, looked back at."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.recusals import Recusal, RecusalOrigin, RecusalState
from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.field.checks import CheckKind, Standing
from inspections.field.tasks import TaskState, assign
from inspections.intake.tips import TipChannel
from inspections.registry.areas import Area
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind, SiteState
from inspections.targeting.target_lists import computing, deciding, reading, sending
from inspections.targeting.target_lists.county_settings import USUAL, rules_of, set_rules
from inspections.targeting.target_lists.explaining import why
from inspections.targeting.target_lists.lists import EntryState, Part, TargetEntry, TargetList
from inspections.targeting.target_lists.outcomes import HitRate, Outcome
from inspections.targeting.target_lists.plan import Plan, Rechecks, read_plan, usual
from tests.factories import (
    COUNTY,
    NOW,
    PLACE,
    make_check,
    make_finding,
    make_person,
    make_site,
    make_tip,
    make_township,
)

TODAY = date(2026, 11, 20)
INSTITUTION = {"kind": SiteKind.INSTITUTION, "category": SiteCategory.ARTS, "state": SiteState.LICENSED}


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="周敏")


@pytest.fixture
def director(session: Session) -> Person:
    return make_person(session, Role.DIRECTOR, name="何斌")


@pytest.fixture
def inspector(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR, name="李强")


@pytest.fixture
def town(session: Session) -> Area:
    return make_township(session)


@pytest.fixture
def sites(session: Session, town: Area) -> list[Site]:
    """Twelve suspected sites, the first of them with the most tips."""
    found = []
    for n in range(12):
        site = make_site(
            session, (PLACE[0] + 0.001 * n, PLACE[1]), name=f"第{n:02}托管班", township_id=town.id,
            created_at=NOW - timedelta(days=300),
        )  # fmt: skip
        for _ in range(max(4 - n, 0)):
            make_tip(session, site_id=site.id, received_at=NOW - timedelta(days=3))
        found.append(site)
    return found


def plan(**values: Any) -> Plan:
    return Plan(
        **{"first_day": TODAY, "last_day": TODAY + timedelta(days=6), "wanted": 6, "caps": USUAL.caps} | values
    )


def make(session: Session, person: Person, seed: int = 5, **values: Any) -> TargetList:
    return computing.make_list(session, person, plan(**values), seed, NOW)


def live(session: Session, found: TargetList) -> list[TargetEntry]:
    return list(computing.entries_of(session, found, EntryState.PROPOSED, EntryState.TASKED))


def entry_of(session: Session, found: TargetList, site: Site) -> TargetEntry:
    query = select(TargetEntry).where(TargetEntry.list_id == found.id, TargetEntry.site_id == site.id)
    return session.scalars(query.order_by(TargetEntry.id.desc())).first()  # type: ignore[return-value]


def test_a_list_has_as_many_as_were_wanted_each_with_reasons_and_a_slot(session, dispatcher, sites) -> None:
    found = make(session, dispatcher)
    entries = live(session, found)
    assert len(entries) == 6
    by_risk = [each for each in entries if each.part is Part.RISK]
    assert {sites[0].id, sites[1].id} <= {each.site_id for each in entries}
    assert all(each.reasons and each.day and each.team and each.window["start"] for each in by_risk)
    assert all(TODAY <= each.day <= found.last_day for each in entries)
    drawn = [each for each in entries if each.part is Part.EXPLORATION]
    assert [each.inclusion_probability for each in drawn] == [1 / 12]
    assert all(each.inclusion_probability is None for each in by_risk)


def test_the_choice_is_made_again_bit_for_bit_from_what_was_kept(session, dispatcher, sites) -> None:
    found = make(session, dispatcher)
    kept = {each.site_id: each.part for each in live(session, found)}
    make_tip(session, site_id=sites[11].id)  # what came later plays no part
    sites[0].state = SiteState.CLOSED
    session.flush()
    assert computing.choose_again(session, found) == kept
    first = make(session, dispatcher, seed=9)
    second = make(session, dispatcher, seed=9)
    assert computing.choose_again(session, first) == computing.choose_again(session, second)


def left_out(session: Session, person: Person, site: Site, **values: Any) -> str:
    """What is answered to "why is it not on the list?"."""
    found = make(session, person, **{"wanted": 3} | values)
    return "；".join(str(words) for answer in why(session, person, found.id, site.name) for words in answer.words)


def test_who_was_looked_at_often_enough_this_year_is_left_out_unless_a_tip_came(
    session, dispatcher, inspector, sites
) -> None:
    school = make_site(session, name="新星艺术", **INSTITUTION)
    for days in (200, 100):
        make_check(session, inspector, school, standing=Standing.INSPECTION,
                   device_finished_at=NOW - timedelta(days=days))  # fmt: skip
    assert "上限" in left_out(session, dispatcher, school)
    make_check(session, inspector, sites[0], device_finished_at=NOW - timedelta(days=100))
    make_tip(session, site_id=school.id, received_at=NOW - timedelta(days=1))
    found = make(session, dispatcher, wanted=13)
    assert entry_of(session, found, school).exempt_from_cap == "tip"
    make_tip(session, site_id=school.id, channel=TipChannel.HIGHER, received_at=NOW - timedelta(days=1))
    found = make(session, dispatcher, wanted=13)
    assert entry_of(session, found, school).exempt_from_cap == "assignment"


def test_leads_tip_checks_rechecks_and_last_years_visits_do_not_count(
    session, dispatcher, inspector, sites
) -> None:
    school = make_site(session, name="新星艺术", **INSTITUTION)
    for kind, standing, days in (
        (CheckKind.ROUTINE, Standing.LEAD, 100),
        (CheckKind.TIP, Standing.INSPECTION, 101),
        (CheckKind.RECHECK, Standing.INSPECTION, 102),
        (CheckKind.ROUTINE, Standing.INSPECTION, 340),
        (CheckKind.ROUTINE, Standing.INSPECTION, 103),
    ):
        make_check(session, inspector, school, kind=kind, standing=standing,
                   device_finished_at=NOW - timedelta(days=days))  # fmt: skip
    assert entry_of(session, make(session, dispatcher, wanted=13), school)


def test_a_site_that_cannot_be_visited_now_is_left_out_with_the_reason(
    session, dispatcher, inspector, sites
) -> None:
    assign(session, dispatcher, sites[2], inspector, CheckKind.ROUTINE, TODAY, today=TODAY)
    make_check(session, inspector, sites[5], device_finished_at=NOW - timedelta(days=2))
    make_finding(session, sites[6], due_on=TODAY + timedelta(days=30))
    session.add(Recusal(county=COUNTY, id=new_id(), site_id=sites[7].id, person_id=inspector.id,
                        asked_by_id=dispatcher.id, origin=RecusalOrigin.OWN, reason="亲属", asked_at=NOW,
                        state=RecusalState.ASKED))  # fmt: skip
    sites[8].state, sites[9].state, sites[10].location = SiteState.CLOSED, SiteState.DISMISSED, None
    session.flush()
    said = {n: left_out(session, dispatcher, sites[n]) for n in (2, 5, 6, 7, 8, 9, 10)}
    assert said == {
        2: "已有未完成的任务",
        5: "14 天内刚查过，之后没有新线索",
        6: "正在整改，期限未到",
        7: "有回避申请待决定，定了再排",
        8: "已取缔，由回访任务定期查看",
        9: "已排除",
        10: "没有准确坐标，先定位再排",
    }


def test_rechecks_that_fall_due_are_on_it_even_if_somebody_was_there_lately(
    session, dispatcher, inspector, sites
) -> None:
    make_check(session, inspector, sites[11], device_finished_at=NOW - timedelta(days=2))
    make_finding(session, sites[11], due_on=TODAY + timedelta(days=2))
    make_finding(session, sites[10], due_on=TODAY - timedelta(days=20))
    make_finding(session, sites[9], due_on=TODAY, suspended_at=NOW)
    entry = entry_of(session, make(session, dispatcher), sites[11])
    assert entry.exempt_from_cap == "recheck"
    assert entry.window["due_on"] == "2026-11-22"
    parts = {each.site_id: each.part for each in live(session, make(session, dispatcher, seed=2))}
    assert sites[10].id in parts
    assert parts.get(sites[9].id) is not Part.RECHECK
    only_new = make(session, dispatcher, rechecks=Rechecks.PERIOD)
    assert (sites[10].id, Part.RECHECK) not in {(each.site_id, each.part) for each in live(session, only_new)}


def test_nothing_to_choose_from_is_said_with_why(session, dispatcher) -> None:
    with pytest.raises(Invalid) as raised:
        make(session, dispatcher)
    assert "还没有这些种类的点位" in str(raised.value.fields["kinds"])
    make_site(session, state=SiteState.CLOSED)
    with pytest.raises(Invalid) as raised:
        make(session, dispatcher)
    assert "已取缔，由回访任务定期查看 1 处" in str(raised.value.fields["kinds"])


def test_a_refused_entry_stays_visible_and_the_next_best_takes_its_place(session, dispatcher, sites) -> None:
    found = make(session, dispatcher)
    entry = entry_of(session, found, sites[0])
    before = {each.site_id for each in live(session, found)}
    made = deciding.refuse(session, dispatcher, entry.id, "just_seen", "", NOW)
    assert made is not None
    assert (made.replaces_id, made.site_id in before) == (entry.id, False)
    assert {each.site_id for each in live(session, found)} == before - {entry.site_id} | {made.site_id}
    file = reading.read_list(session, dispatcher, found.id, TODAY)
    assert [row.entry.id for row in file.refused] == [entry.id]
    assert file.replaced_by[entry.id].entry.id == made.id

    again = deciding.undo(session, dispatcher, entry.id, NOW)
    assert again.state is EntryState.PROPOSED
    assert {each.site_id for each in live(session, found)} == before


def test_a_refusal_needs_a_reason(session, dispatcher, sites) -> None:
    entry = live(session, make(session, dispatcher))[0]
    with pytest.raises(Invalid):
        deciding.refuse(session, dispatcher, entry.id, "", "", NOW)
    with pytest.raises(Invalid):
        deciding.refuse(session, dispatcher, entry.id, "other", "  ", NOW)
    assert entry.state is EntryState.PROPOSED


def test_what_is_pinned_drawn_or_sent_stays_when_the_list_is_computed_again(
    session, dispatcher, inspector, sites
) -> None:
    found = make(session, dispatcher)
    entries = {each.site_id: each for each in live(session, found)}
    drawn = next(each for each in entries.values() if each.part is Part.EXPLORATION)
    by_risk = sorted((each for each in entries.values() if each.part is Part.RISK), key=lambda each: each.value)
    deciding.pin(session, dispatcher, by_risk[0].id, True, NOW)
    sending.send(session, dispatcher, by_risk[1].id, str(inspector.id), NOW)
    deciding.refuse(session, dispatcher, by_risk[-1].id, "event", "", NOW)
    for site in sites:
        if site.id not in entries:
            for _ in range(5):
                make_tip(session, site_id=site.id)
    computing.compute_again(session, dispatcher, found.id, found.revision, NOW)
    after = {each.site_id: each for each in live(session, found)}
    assert {drawn.site_id, by_risk[0].site_id, by_risk[1].site_id} <= set(after)
    assert by_risk[-1].site_id not in after
    assert len(after) == 6
    assert after[drawn.site_id].inclusion_probability == 1 / 12


def test_two_dispatchers_at_once_are_told_plainly(session, dispatcher, director, inspector, sites) -> None:
    found = make(session, dispatcher)
    entry = entry_of(session, found, sites[0])
    sending.send(session, director, entry.id, str(inspector.id), NOW)
    for late in (
        lambda: sending.send(session, dispatcher, entry.id, str(inspector.id), NOW),
        lambda: deciding.refuse(session, dispatcher, entry.id, "event", "", NOW),
    ):
        with pytest.raises(Conflict) as raised:
            late()
        assert str(raised.value.message) == "何斌刚把这一处改为“已派任务”，请刷新后再操作"
    with pytest.raises(Conflict):
        computing.compute_again(session, dispatcher, found.id, found.revision - 1, NOW)


def test_a_task_is_due_on_its_day_tells_no_more_than_needed_and_can_be_called_off(
    session, dispatcher, inspector, sites
) -> None:
    found = make(session, dispatcher)
    entry = entry_of(session, found, sites[0])
    task = sending.send(session, dispatcher, entry.id, str(inspector.id), NOW)
    assert (task.kind, task.due_on, task.assignee_id) == (CheckKind.TIP, entry.day, inspector.id)
    assert task.reason.startswith("暗访，不提前通知；建议时段 ")
    assert entry.state is EntryState.TASKED
    deciding.undo(session, dispatcher, entry.id, NOW)
    assert task.state is TaskState.CANCELLED
    assert (entry.state, entry.task_id) == (EntryState.PROPOSED, None)


def test_what_changed_since_the_list_was_made_is_looked_at_when_the_task_is_given(
    session, dispatcher, inspector, sites
) -> None:
    school = make_site(session, (PLACE[0], PLACE[1] + 0.01), name="新星艺术", **INSTITUTION)
    found = make(session, dispatcher, wanted=13)
    for site, change in ((sites[0], SiteState.CLOSED), (sites[1], SiteState.DISMISSED)):
        site.state = change
        session.flush()
        with pytest.raises(Conflict, match="不用再去"):
            sending.send(session, dispatcher, entry_of(session, found, site).id, str(inspector.id), NOW)
    assign(session, dispatcher, sites[2], inspector, CheckKind.ROUTINE, TODAY, today=TODAY)
    with pytest.raises(Conflict, match="已有任务在李强手上"):
        sending.send(session, dispatcher, entry_of(session, found, sites[2]).id, str(inspector.id), NOW)
    session.add(Recusal(county=COUNTY, id=new_id(), site_id=sites[3].id, person_id=inspector.id,
                        asked_by_id=dispatcher.id, origin=RecusalOrigin.OWN, reason="亲属", asked_at=NOW,
                        state=RecusalState.GRANTED, decided_at=NOW, decided_by_id=dispatcher.id))  # fmt: skip
    session.flush()
    with pytest.raises(Conflict, match="李强要回避"):
        sending.send(session, dispatcher, entry_of(session, found, sites[3]).id, str(inspector.id), NOW)
    for days in (20, 30):
        make_check(session, inspector, school, standing=Standing.INSPECTION,
                   device_finished_at=NOW - timedelta(days=days))  # fmt: skip
    with pytest.raises(Conflict, match="到了每年 2 次的上限"):
        sending.send(session, dispatcher, entry_of(session, found, school).id, str(inspector.id), NOW)


def test_a_days_visits_go_out_together_and_one_that_cannot_holds_up_no_other(
    session, dispatcher, inspector, sites
) -> None:
    found = make(session, dispatcher, teams=1)
    entry = live(session, found)[0]
    same = [each for each in live(session, found) if (each.day, each.team) == (entry.day, entry.team)]
    site = session.get_one(Site, (COUNTY, entry.site_id))
    site.state = SiteState.CLOSED
    session.flush()
    sent = sending.send_day(session, dispatcher, found.id, entry.day, entry.team, str(inspector.id), NOW)
    assert len(sent.tasks) == len(same) - 1
    assert [name for name, _ in sent.refused] == [site.name]
    with pytest.raises(Invalid):
        sending.send_day(session, dispatcher, found.id, TODAY + timedelta(days=40), 1, str(inspector.id), NOW)


def test_a_site_that_was_closed_is_replaced_when_the_list_is_computed_again_even_if_pinned(
    session, dispatcher, sites
) -> None:
    found = make(session, dispatcher)
    entry = entry_of(session, found, sites[0])
    deciding.pin(session, dispatcher, entry.id, True, NOW)
    sites[0].state = SiteState.CLOSED
    session.flush()
    computing.compute_again(session, dispatcher, found.id, found.revision, NOW)
    assert entry.state is EntryState.DROPPED
    assert len(live(session, found)) == 6


def test_a_list_that_is_over_is_only_read(session, dispatcher, inspector, sites) -> None:
    found = make(session, dispatcher)
    entry = live(session, found)[0]
    later = NOW + timedelta(days=8)
    for late in (
        lambda: deciding.pin(session, dispatcher, entry.id, True, later),
        lambda: sending.send(session, dispatcher, entry.id, str(inspector.id), later),
        lambda: computing.compute_again(session, dispatcher, found.id, found.revision, later),
    ):
        with pytest.raises(Invalid, match="已经过去"):
            late()


def test_what_became_of_the_entries_is_counted_by_part(session, dispatcher, inspector, sites) -> None:
    found = make(session, dispatcher, wanted=12, teams=4)
    ordered = sorted(live(session, found), key=lambda each: each.part)
    for n, entry in enumerate(ordered):
        site = session.get_one(Site, (COUNTY, entry.site_id))
        if n % 3 < 2:
            done = NOW + timedelta(days=1)
            check = make_check(session, inspector, site, device_finished_at=done)
            if n % 3:
                make_finding(session, site, check_id=check.id, found_at=done)
    file = reading.read_list(session, dispatcher, found.id, TODAY + timedelta(days=2))
    outcomes = [row.outcome for row in file.rows]
    assert {each: outcomes.count(each) for each in Outcome} == {
        Outcome.WAITING: 4, Outcome.FOUND: 4, Outcome.NOTHING: 4, Outcome.MISSED: 0,
    }  # fmt: skip
    assert sum(rate.visited for rate in file.hits.values()) == 8
    assert sum(rate.found for rate in file.hits.values()) == 4
    over = reading.read_list(session, dispatcher, found.id, TODAY + timedelta(days=30))
    assert [row.outcome for row in over.rows].count(Outcome.MISSED) == 4
    assert reading.pooled_hits(session, dispatcher, TODAY) == file.hits


def test_hit_rates_come_with_their_uncertainty() -> None:
    assert HitRate(0, 0).interval == (0.0, 1.0)
    assert HitRate(0, 0).rate is None
    low, high = HitRate(10, 3).interval
    assert (round(low, 4), round(high, 4)) == (0.1078, 0.6032)  # Newcombe 1998, Stat. Med. 17, method 3


def test_only_the_office_sees_lists_and_only_two_roles_make_them(session, dispatcher, sites, town) -> None:
    found = make(session, dispatcher)
    for role in Role:
        person = make_person(session, role, township_id=town.id if role is Role.TOWNSHIP_ADMIN else None)
        if role in (Role.DISPATCHER, Role.DIRECTOR, Role.AUDITOR):
            assert reading.read_list(session, person, found.id, TODAY).rows
        else:
            with pytest.raises(Forbidden):
                reading.read_list(session, person, found.id, TODAY)
        if role not in (Role.DISPATCHER, Role.DIRECTOR):
            for deed in (
                lambda person=person: computing.make_list(session, person, plan(), 1, NOW),
                lambda person=person: computing.compute_again(session, person, found.id, 1, NOW),
                lambda person=person: set_rules(session, person, {}),
            ):
                with pytest.raises(Forbidden):
                    deed()
    with pytest.raises(NotFound):
        reading.read_list(session, dispatcher, UUID(int=7), TODAY)


def test_history_says_who_did_what(session, dispatcher, inspector, sites) -> None:
    found = make(session, dispatcher)
    one, two = live(session, found)[:2]
    deciding.pin(session, dispatcher, one.id, True, NOW)
    sending.send(session, dispatcher, one.id, str(inspector.id), NOW)
    deciding.refuse(session, dispatcher, two.id, "event", "", NOW)
    verbs = session.scalars(select(Event.verb).where(Event.subject.in_(("target_lists", "target_entries"))))
    assert sorted(verbs) == ["make", "pin", "refuse", "send"]


def test_a_county_sets_its_own_cap_and_percentage(session, dispatcher) -> None:
    assert rules_of(session, COUNTY) == USUAL
    form = {"exploration_percent": "20", "institution_cap": "4", "cap_basis": "万教字〔2026〕3号"}
    own = set_rules(session, dispatcher, form)
    assert (own.exploration_percent, own.caps, own.is_own) == (20, {SiteKind.INSTITUTION: 4}, True)
    assert usual(TODAY, own).caps == {SiteKind.INSTITUTION: 4}
    assert set_rules(session, dispatcher, form | {"institution_cap": ""}).caps == {}
    with pytest.raises(Invalid) as raised:
        set_rules(session, dispatcher, {"exploration_percent": "3", "institution_cap": "０", "cap_basis": " "})
    assert set(raised.value.fields) == {"exploration_percent", "institution_cap", "cap_basis"}


GIVEN = {
    "first_day": "2026-11-21", "last_day": "2026-11-27", "wanted": "20", "teams": "2", "visits_per_day": "4",
    "minutes_per_day": "180", "speed_kmh": "30", "road_factor": "1.4", "rechecks": "due",
    "minutes_institution": "45", "minutes_suspected": "30",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_day": "2026-11-19"}, "first_day"),
        ({"last_day": "2026-11-01"}, "last_day"),
        ({"last_day": "2027-11-01"}, "last_day"),
        ({"first_day": "明天"}, "first_day"),
        ({"teams": "0"}, "teams"),
        ({"wanted": "0"}, "wanted"),
        ({"wanted": "1e3"}, "wanted"),
        ({"road_factor": "nan"}, "road_factor"),
        ({"minutes_suspected": "-5"}, "minutes_suspected"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(changes: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as raised:
        read_plan(GIVEN | changes, ["suspected"], USUAL, TODAY)
    assert list(raised.value.fields) == [field]


def test_a_plan_is_read_and_kept_as_it_was_given() -> None:
    read = read_plan(GIVEN, ["suspected"], USUAL, TODAY)
    assert Plan.from_json(read.as_json()) == read
    assert read.kinds == (SiteKind.SUSPECTED,)
    with pytest.raises(Invalid) as raised:
        read_plan(GIVEN, ["school"], USUAL, TODAY)
    assert list(raised.value.fields) == ["kinds"]


def test_what_a_site_that_could_be_chosen_lacks_is_answered(session, dispatcher, sites) -> None:
    found = make(session, dispatcher, wanted=3)
    on = {each.site_id for each in live(session, found)}
    absent = next(site for site in reversed(sites) if site.id not in on)
    [answer] = why(session, dispatcher, found.id, absent.name)
    assert not answer.is_on
    assert "排第" in str(answer.words[0])
    assert "抽中的机会是 8.3%" in str(answer.words[-1])
    assert why(session, dispatcher, found.id, " ") == []
    assert len(why(session, dispatcher, found.id, "托管班")) == 8
    school = make_site(session, name="第一小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    assert "学校不在" in str(why(session, dispatcher, found.id, school.name)[0].words[0])
    new = make_site(session, name="昨天登记的")
    assert str(why(session, dispatcher, found.id, new.name)[0].words[0]) == "名单计算时还没有这个点位"


def test_tasks_made_by_a_list_are_on_the_phone_of_who_got_them(session, dispatcher, inspector, sites) -> None:
    from inspections.field.tasks import list_open_tasks

    found = make(session, dispatcher)
    sending.send(session, dispatcher, entry_of(session, found, sites[0]).id, str(inspector.id), NOW)
    assert [task.site_id for task in list_open_tasks(session, inspector)] == [sites[0].id]
