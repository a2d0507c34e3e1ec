"""A draw in the county's database: each step once, in order, and published so that the file alone proves it."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.recusals import Recusal, RecusalOrigin, RecusalState
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.events import Event
from inspections.field.checks import CheckKind, Standing
from inspections.field.tasks import Task, TaskState
from inspections.registry.areas import AreaLevel
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.registry.sites import LicenceState, PublicList, Site, SiteCategory, SiteKind, SiteState
from inspections.targeting.draws import making, publishing, reading
from inspections.targeting.draws.conflicts import declare, end_conflict, list_conflicts
from inspections.targeting.draws.draws import Draw, DrawState, Stage
from inspections.targeting.draws.grades import grades_of
from inspections.targeting.draws.plans import GRADES, Plan, read_plan
from inspections.targeting.draws.pool import make_pool
from inspections.targeting.draws.sampling import salt_of
from inspections.targeting.draws.verification import HOLDS, verify
from tests import casefile
from tests.factories import COUNTY, NOW, make_check, make_finding, make_person, make_site

KEYS = (b"k" * 32,)
HOUR = timedelta(hours=1)
FIRST, LAST = date(2026, 11, 23), date(2026, 11, 27)
AFTER = NOW + timedelta(days=10)


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李晓东")


@pytest.fixture
def director(session: Session) -> Person:
    return make_person(session, Role.DIRECTOR, name="刘明远")


def institution(session: Session, i: int, **values: Any) -> Site:
    usual = {
        "kind": SiteKind.INSTITUTION,
        "category": SiteCategory.ARTS,
        "state": SiteState.LICENSED,
        "licence_state": LicenceState.COMPLETE,
        "name": f"培训机构{i}",
    }
    return make_site(session, **(usual | values))


@pytest.fixture
def sites(session: Session) -> list[Site]:
    return [institution(session, i) for i in range(24)]


@pytest.fixture
def officers(session: Session) -> list[Person]:
    kinds = (DepartmentKind.EDUCATION, DepartmentKind.MARKET)
    departments = [Department(county=COUNTY, name=f"部门{kind.value}", kind=kind) for kind in kinds]
    session.add_all(departments)
    session.flush()
    return [
        make_person(
            session, (Role.INSPECTOR, Role.ENFORCER)[i % 2], name=f"人员{i}", certificate=f"赣E{i:03}",
            department_id=departments[i % 2].id,
        )
        for i in range(6)
    ]  # fmt: skip


def plan(**values: Any) -> Plan:
    usual: dict[str, Any] = {
        "title": "第四季度双随机抽查",
        "first_day": FIRST,
        "last_day": LAST,
        "kinds": (SiteKind.INSTITUTION,),
        "by_township": False,
        "percent": dict.fromkeys(GRADES, 25),
        "least": 1,
        "officers": 2,
        "departments_differ": True,
        "public_number": "",
    }
    return Plan(**(usual | values))


@pytest.fixture
def drawn(session: Session, dispatcher: Person, sites: list[Site], officers: list[Person]) -> Draw:
    draw = making.commit(session, dispatcher, KEYS, plan(), NOW)
    making.freeze(session, dispatcher, draw.id, NOW + HOUR)
    return making.draw_lots(session, dispatcher, KEYS, draw.id, "", NOW + 2 * HOUR)


def test_a_published_draw_is_proved_by_its_file_alone(session: Session, drawn: Draw, director: Person) -> None:
    assert publishing.publish(session, director, KEYS, drawn.id, AFTER).state is DrawState.PUBLISHED
    report = verify(drawn.file, {"commitment": drawn.commitment, "pool": drawn.pool_sha256})
    assert report.status == HOLDS, list(report.lines())
    result = json.loads(drawn.file)["result"]
    assert len(result) == 6
    assert all(len(visit["officers"]) == 2 for visit in result)


def test_no_officer_is_named_in_the_file_and_no_reason_that_was_typed(
    session: Session, drawn: Draw, dispatcher: Person, director: Person, officers: list[Person]
) -> None:
    visit = reading.read_draw(session, dispatcher, drawn.id, FIRST).visits[0]
    form = {"site_id": str(visit.site_id), "person_id": str(visit.officers[0].id), "why": "ill", "note": "阑尾炎"}
    making.replace(session, dispatcher, KEYS, drawn.id, form, NOW + 3 * HOUR)
    publishing.publish(session, director, KEYS, drawn.id, AFTER)
    said = drawn.file.decode()
    assert "阑尾炎" not in said
    for each in officers:
        assert each.name not in said
        assert str(each.id) not in said
    assert verify(drawn.file).status == HOLDS


def test_until_it_is_drawn_nobody_gets_the_seed_and_reading_it_leaves_a_line(
    session: Session, dispatcher: Person, sites: list[Site], officers: list[Person]
) -> None:
    draw = making.commit(session, dispatcher, KEYS, plan(), NOW)
    with pytest.raises(Conflict):
        making.seed_of(session, draw, KEYS)
    making.freeze(session, dispatcher, draw.id, NOW)
    with pytest.raises(Conflict):
        making.seed_of(session, draw, KEYS)
    with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
        session.execute(text("select sealed from draws"))
    making.draw_lots(session, dispatcher, KEYS, draw.id, "", NOW)
    opened = select(Event).where(Event.verb == "open_seed", Event.subject_id == draw.id)
    assert len(session.scalars(opened).all()) == 1


@pytest.mark.parametrize(
    "change",
    [
        "stage = 'frozen'",
        "stage = 'committed'",
        "pool = 'x'::bytea, pool_sha256 = encode(sha256('x'), 'hex')",
        "public_number = 'other'",
        "drawn_at = drawn_at + interval '1 hour'",
        "frozen_at = frozen_at - interval '1 hour'",
        "codes = '{}'",
        "seed = 'x'::bytea, file = 'x'::bytea, published_at = now()",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_done(session: Session, drawn: Draw, change: str) -> None:
    session.flush()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(f"update draws set {change} where id = :id"), {"id": drawn.id})


@pytest.mark.parametrize("change", ["commitment = repeat('0', 64)", "title = 'x'", "salt = repeat('0', 64)"])
def test_what_a_draw_was_committed_with_is_not_the_apps_to_change(
    session: Session, drawn: Draw, change: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
        session.execute(text(f"update draws set {change}"))


def test_each_step_is_done_once_and_in_order(
    session: Session, dispatcher: Person, sites: list[Site], officers: list[Person]
) -> None:
    draw = making.commit(session, dispatcher, KEYS, plan(), NOW)
    with pytest.raises(Conflict):
        making.draw_lots(session, dispatcher, KEYS, draw.id, "", NOW)
    with pytest.raises(Conflict):
        making.commit(session, dispatcher, KEYS, plan(), NOW)
    making.freeze(session, dispatcher, draw.id, NOW)
    with pytest.raises(Conflict):
        making.freeze(session, dispatcher, draw.id, NOW)
    making.draw_lots(session, dispatcher, KEYS, draw.id, "", NOW)
    with pytest.raises(Conflict):
        making.draw_lots(session, dispatcher, KEYS, draw.id, "", NOW)
    assert making.commit(session, dispatcher, KEYS, plan(), NOW).number == 2


def test_a_clock_that_went_back_is_refused(
    session: Session, dispatcher: Person, sites: list[Site], officers: list[Person]
) -> None:
    draw = making.commit(session, dispatcher, KEYS, plan(), NOW)
    with pytest.raises(Conflict, match="时钟"):
        making.freeze(session, dispatcher, draw.id, NOW - HOUR)


def test_what_is_edited_after_the_freeze_changes_nothing(
    session: Session, dispatcher: Person, director: Person, sites: list[Site], officers: list[Person]
) -> None:
    draw = making.commit(session, dispatcher, KEYS, plan(), NOW)
    making.freeze(session, dispatcher, draw.id, NOW)
    for site in sites:
        site.state, site.name = SiteState.CLOSED, "改名了"
    officers[0].is_active = False
    session.flush()
    making.draw_lots(session, dispatcher, KEYS, draw.id, "", NOW)
    file = reading.read_draw(session, dispatcher, draw.id, FIRST)
    assert len(file.visits) == 6
    assert all(visit.name.startswith("培训机构") for visit in file.visits)
    publishing.publish(session, director, KEYS, draw.id, AFTER)
    assert verify(draw.file).status == HOLDS


def test_who_may_do_what(
    session: Session, drawn: Draw, dispatcher: Person, director: Person, officers: list[Person]
) -> None:
    auditor = make_person(session, Role.AUDITOR)
    reading.read_draw(session, auditor, drawn.id, FIRST)
    refused: list[Callable[[], Any]] = [
        lambda: making.commit(session, director, KEYS, plan(), NOW),
        lambda: making.freeze(session, auditor, drawn.id, NOW),
        lambda: making.replace(session, director, KEYS, drawn.id, {}, NOW),
        lambda: making.end(session, auditor, drawn.id, "不满意", NOW),
        lambda: publishing.publish(session, dispatcher, KEYS, drawn.id, NOW),
        lambda: reading.read_draw(session, officers[0], drawn.id, FIRST),
        lambda: declare(session, officers[0], {}, NOW),
    ]
    for each in refused:
        with pytest.raises(Forbidden):
            each()


def test_without_a_key_no_seed_is_kept(session: Session, dispatcher: Person, sites: list[Site]) -> None:
    with pytest.raises(making.NoKey):
        making.commit(session, dispatcher, (), plan(), NOW)


def test_an_empty_pool_and_too_small_a_share_are_refused(session: Session, dispatcher: Person) -> None:
    with pytest.raises(Invalid) as empty:
        making.commit(session, dispatcher, KEYS, plan(), NOW)
    assert "kinds" in empty.value.fields
    for i in range(24):
        institution(session, i)
    with pytest.raises(Invalid) as small:
        making.commit(session, dispatcher, KEYS, plan(percent=dict.fromkeys(GRADES, 0), least=1), NOW)
    assert "percent_A" in small.value.fields


def test_recused_related_and_own_people_stay_away(
    session: Session, dispatcher: Person, officers: list[Person]
) -> None:
    site = institution(session, 1)
    for person, state in ((officers[0], RecusalState.GRANTED), (officers[1], RecusalState.REFUSED)):
        session.add(
            Recusal(
                county=COUNTY, site_id=site.id, person_id=person.id, origin=RecusalOrigin.OWN, reason="亲属",
                state=state, asked_at=NOW, asked_by_id=dispatcher.id, decided_at=NOW, decided_by_id=dispatcher.id,
            )
        )  # fmt: skip
    form = {"person_id": str(officers[2].id), "site_id": str(site.id), "ground": "relative", "note": "配偶"}
    declared = declare(session, dispatcher, form, NOW)
    with pytest.raises(Conflict):
        declare(session, dispatcher, form, NOW)
    officers[3].site_id = site.id
    session.flush()
    pool = make_pool(session, COUNTY, plan(), salt_of(bytes(32)), NOW)
    barred = {UUID(pool.codes[code]) for code in pool.tree["sites"][0]["barred"]}
    assert barred == {officers[0].id, officers[2].id, officers[3].id}
    assert [row.site for row in list_conflicts(session, dispatcher)] == [site.name]
    end_conflict(session, dispatcher, declared.id, NOW)
    assert not list_conflicts(session, dispatcher)
    again = make_pool(session, COUNTY, plan(), salt_of(bytes(32)), NOW)
    assert len(again.tree["sites"][0]["barred"]) == 2


def test_only_certificates_valid_on_every_day_of_the_window_count(
    session: Session, sites: list[Site], officers: list[Person]
) -> None:
    officers[0].certificates[0].valid_until = LAST - timedelta(days=1)
    officers[1].certificates[0].valid_until = LAST
    officers[2].certificates = []
    for i in range(21):
        session.add(
            Task(
                county=COUNTY, site_id=sites[0].id, assignee_id=officers[3].id, kind=CheckKind.TIP,
                state=TaskState.OPEN, due_on=FIRST,
            )
        )  # fmt: skip
        del i
    session.flush()
    pool = make_pool(session, COUNTY, plan(), salt_of(bytes(32)), NOW)
    assert {UUID(each) for each in pool.codes.values()} == {officers[i].id for i in (1, 4, 5)}
    assert sorted(each["why"] for each in pool.tree["left_out"]["officers"]) == [
        "certificate",
        "certificate",
        "workload",
    ]


def test_who_was_inspected_twice_this_year_is_left_out_unless_it_was_for_a_tip(
    session: Session, sites: list[Site], officers: list[Person]
) -> None:
    for site, kind, standing in (
        (sites[0], CheckKind.ROUTINE, Standing.INSPECTION),
        (sites[1], CheckKind.TIP, Standing.INSPECTION),
        (sites[2], CheckKind.ROUTINE, Standing.LEAD),
    ):
        for days in (3, 30):
            at = NOW - timedelta(days=days)
            make_check(session, officers[0], site, kind=kind, standing=standing, device_finished_at=at)
    pool = make_pool(session, COUNTY, plan(), salt_of(bytes(32)), NOW)
    assert [each["id"] for each in pool.tree["left_out"]["sites"]] == [str(sites[0].id)]


def test_grades_follow_from_what_is_on_record(session: Session, officers: list[Person]) -> None:
    sites = [
        institution(session, 0),
        institution(session, 1, public_list=PublicList.WHITE),
        institution(session, 2, licence_state=LicenceState.PERMIT_ONLY),
        institution(session, 3),
        institution(session, 4),
        institution(session, 5, public_list=PublicList.BLACK),
    ]
    make_finding(session, sites[3])
    for _ in range(2):
        make_finding(session, sites[4])
    found = grades_of(session, COUNTY, sites, NOW)
    assert [found[each.id] for each in sites] == ["B", "A", "C", "C", "D", "D"]


def test_a_county_without_townships_has_one_stratum_for_them(session: Session, officers: list[Person]) -> None:
    institution(session, 1)
    township = casefile.make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (117.0, 28.6, 117.2, 28.8))
    institution(session, 2, township_id=township.id)
    pool = make_pool(session, COUNTY, plan(by_township=True), salt_of(bytes(32)), NOW)
    assert [each["name"] for each in pool.tree["strata"]] == ["institution|B|-", "institution|B|陈营镇"]
    assert str(reading.stratum_words("institution|B|-")) == "校外培训机构 · B 级 · 未划入镇街"


def test_tasks_go_to_the_drawn_officers_once_and_follow_a_replacement(
    session: Session, drawn: Draw, dispatcher: Person
) -> None:
    assert reading.assign_tasks(session, dispatcher, drawn.id, NOW + 3 * HOUR) == 12
    assert reading.assign_tasks(session, dispatcher, drawn.id, NOW + 3 * HOUR) == 0
    visit = reading.read_draw(session, dispatcher, drawn.id, FIRST).visits[0]
    gone = visit.officers[0]
    form = {"site_id": str(visit.site_id), "person_id": str(gone.id), "why": "recusal"}
    making.replace(session, dispatcher, KEYS, drawn.id, form, NOW + 4 * HOUR)
    assert reading.assign_tasks(session, dispatcher, drawn.id, NOW + 4 * HOUR) == 1
    open_ones = select(Task).where(Task.site_id == visit.site_id, Task.state == TaskState.OPEN)
    assert gone.id not in {task.assignee_id for task in session.scalars(open_ones)}
    assert {task.kind for task in session.scalars(open_ones)} == {CheckKind.RANDOM}


def test_a_certificate_that_ran_out_after_the_freeze_gets_no_task_until_replaced(
    session: Session, drawn: Draw, dispatcher: Person, officers: list[Person]
) -> None:
    file = reading.read_draw(session, dispatcher, drawn.id, FIRST)
    lapsed = file.visits[0].officers[0].id
    visits = sum(1 for visit in file.visits for each in visit.officers if each.id == lapsed)
    session.get_one(Person, (COUNTY, lapsed)).certificates[0].valid_until = FIRST
    session.flush()
    assert reading.assign_tasks(session, dispatcher, drawn.id, NOW + 3 * HOUR) == 12 - visits


def test_a_site_is_replaced_by_the_next_of_its_stratum_and_stays_on_record(
    session: Session, drawn: Draw, dispatcher: Person, director: Person
) -> None:
    first = reading.read_draw(session, dispatcher, drawn.id, FIRST).visits
    form = {"site_id": str(first[0].site_id), "why": "closed"}
    making.replace(session, dispatcher, KEYS, drawn.id, form, NOW + 3 * HOUR)
    with pytest.raises(Conflict):
        making.replace(session, dispatcher, KEYS, drawn.id, form, NOW + 3 * HOUR)
    with pytest.raises(Invalid):
        making.replace(session, dispatcher, KEYS, drawn.id, form | {"why": "ill"}, NOW + 3 * HOUR)
    after = reading.read_draw(session, dispatcher, drawn.id, FIRST).visits
    assert (after[0].state, len(after)) == ("replaced", len(first) + 1)
    publishing.publish(session, director, KEYS, drawn.id, AFTER)
    assert verify(drawn.file).status == HOLDS
    assert reading.public_visits(session, drawn)[0].state == "replaced"
    with pytest.raises(Conflict):
        making.replace(session, dispatcher, KEYS, drawn.id, {**form, "site_id": str(after[1].site_id)}, AFTER)


def test_a_redraw_has_a_reason_and_the_first_stays_visible_with_its_file(
    session: Session, drawn: Draw, dispatcher: Person, director: Person
) -> None:
    with pytest.raises(Invalid):
        making.end(session, dispatcher, drawn.id, "  ", NOW + 3 * HOUR)
    with pytest.raises(Conflict):
        making.commit(session, dispatcher, KEYS, plan(), NOW + 3 * HOUR, again=drawn.id)
    making.end(session, dispatcher, drawn.id, "名录漏了一个镇的机构", NOW + 3 * HOUR)
    second = making.commit(session, dispatcher, KEYS, plan(), NOW + 4 * HOUR, again=drawn.id)
    for step in (making.freeze,):
        step(session, dispatcher, second.id, NOW + 4 * HOUR)
    making.draw_lots(session, dispatcher, KEYS, second.id, "", NOW + 4 * HOUR)
    published = publishing.publish_due(session, COUNTY, KEYS, AFTER)
    assert [each.number for each in published] == [1, 2]
    assert [verify(each.file).status for each in published] == [HOLDS, HOLDS]
    assert json.loads(drawn.file)["ended"]["reason"] == "名录漏了一个镇的机构"
    assert json.loads(second.file)["supersedes"]["commitment"] == drawn.commitment
    file = reading.read_draw(session, dispatcher, drawn.id, FIRST)
    assert file.after is second
    assert file.draw.state is DrawState.ENDED


@pytest.mark.parametrize("frozen", [False, True])
def test_a_draw_ended_before_it_was_drawn_is_published_as_far_as_it_went(
    session: Session, dispatcher: Person, director: Person, sites: list[Site], officers: list[Person], frozen: bool
) -> None:
    draw = making.commit(session, dispatcher, KEYS, plan(), NOW)
    if frozen:
        making.freeze(session, dispatcher, draw.id, NOW)
    with pytest.raises(Conflict):
        publishing.publish(session, director, KEYS, draw.id, NOW)
    making.end(session, dispatcher, draw.id, "计划改期", NOW)
    with pytest.raises(Conflict):
        making.freeze(session, dispatcher, draw.id, NOW)
    publishing.publish(session, director, KEYS, draw.id, NOW)
    assert verify(draw.file).status == HOLDS
    assert json.loads(draw.file)["stage"] == draw.stage.value
    assert reading.public_visits(session, draw) == []


def test_a_draw_is_published_by_itself_once_the_visits_are_over_and_not_before(
    session: Session, drawn: Draw, dispatcher: Person
) -> None:
    assert publishing.publish_due(session, COUNTY, KEYS, NOW + timedelta(days=5)) == []
    assert reading.public_visits(session, drawn) == []
    assert publishing.publish_due(session, COUNTY, KEYS, AFTER) == [drawn]
    assert publishing.publish_due(session, COUNTY, KEYS, AFTER) == []
    assert drawn.published_by_id is None
    assert len(reading.public_visits(session, drawn)) == 6


def test_a_public_number_is_asked_for_where_the_plan_names_one_and_is_part_of_the_draw(
    session: Session, dispatcher: Person, director: Person, sites: list[Site], officers: list[Person]
) -> None:
    draw = making.commit(session, dispatcher, KEYS, plan(public_number="当晚福彩3D开奖号"), NOW)
    making.freeze(session, dispatcher, draw.id, NOW)
    with pytest.raises(Invalid):
        making.draw_lots(session, dispatcher, KEYS, draw.id, " ", NOW)
    making.draw_lots(session, dispatcher, KEYS, draw.id, " 3  8 5 ", NOW)
    publishing.publish(session, director, KEYS, draw.id, NOW)
    assert json.loads(draw.file)["public_number"] == "3 8 5"
    assert verify(draw.file).status == HOLDS
    assert verify(draw.file.replace(b'"3 8 5"', b'"3 8 6"')).status != HOLDS


def test_outcomes_are_published_after_the_draw_and_corrected_by_another(
    session: Session, drawn: Draw, director: Person
) -> None:
    site = str(reading.read_draw(session, director, drawn.id, FIRST).visits[0].site_id)
    form = {"site_id": site, "outcome": "clean", "note": ""}
    with pytest.raises(Conflict):
        publishing.record_outcome(session, director, drawn.id, form, AFTER)
    publishing.publish(session, director, KEYS, drawn.id, AFTER)
    publishing.record_outcome(session, director, drawn.id, form, AFTER)
    publishing.record_outcome(session, director, drawn.id, form | {"outcome": "mended"}, AFTER + HOUR)
    shown = reading.public_visits(session, drawn)[0].outcome
    assert shown is not None
    assert shown.value == "mended"
    for wrong in ({"outcome": "x"}, {"site_id": "x"}):
        with pytest.raises(Invalid):
            publishing.record_outcome(session, director, drawn.id, form | wrong, AFTER)


def test_a_plan_is_read_field_by_field() -> None:
    with pytest.raises(Invalid) as wrong:
        read_plan({"title": " ", "first_day": "x", "percent_A": "101", "officers": "1"}, [], NOW.date())
    assert {"title", "first_day", "last_day", "kinds", "percent_A", "percent_B", "least", "officers"} <= set(
        wrong.value.fields
    )
    form = {
        "title": "抽查", "first_day": "2026-11-23", "last_day": "2026-11-27", "least": "0", "officers": "2",
        "departments_differ": "1", "public_number": "", **{f"percent_{each}": "10" for each in GRADES},
    }  # fmt: skip
    read = read_plan(form, ["institution", "suspected"], NOW.date())
    assert read.kinds == (SiteKind.INSTITUTION,)
    assert Plan.of(json.loads(json.dumps(read.as_json()))) == read
    with pytest.raises(Invalid):
        read_plan(form | {"last_day": "2027-11-27"}, ["institution"], NOW.date())


def test_a_draw_with_one_officer_is_drawn_and_its_sites_wait(
    session: Session, dispatcher: Person, sites: list[Site], officers: list[Person]
) -> None:
    for each in officers[1:]:
        each.is_active = False
    session.flush()
    draw = making.commit(session, dispatcher, KEYS, plan(), NOW)
    making.freeze(session, dispatcher, draw.id, NOW)
    making.draw_lots(session, dispatcher, KEYS, draw.id, "", NOW)
    file = reading.read_draw(session, dispatcher, draw.id, FIRST)
    assert {visit.state for visit in file.visits} == {"no_officers"}
    assert reading.assign_tasks(session, dispatcher, draw.id, NOW) == 0
    assert draw.stage is Stage.DRAWN


def test_moments_are_written_so_that_text_sorts_like_time() -> None:
    assert making.stamp(datetime(2026, 11, 20, 12, 40, tzinfo=NOW.tzinfo)) == "2026-11-20T12:40:00.000000Z"
