"""Facts in the record of a check: recorded and judged where they can be, else flagged, never refused."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections.casework.findings import Finding, FindingState
from inspections.db import new_id
from inspections.field.batches import receive_batch
from inspections.field.checks import Check
from inspections.field.observed import unread_facts
from inspections.field.receiving import Received, Sent, receive_check
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind
from inspections.rules.facts import FACTS
from inspections.rules.judgements import Judgement
from inspections.rules.observations import Observation
from inspections.rules.subjects import Subject
from tests.casefile import HOSTILE
from tests.factories import NOW, as_sent, make_person, make_record, make_site

LATE = {"audience": "compulsory", "is_subject": True, "is_online": False, "starts_at": "19:00", "ends_at": "20:45"}


@pytest.fixture
def inspector(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR, certificate="赣E001")


@pytest.fixture
def site(session: Session) -> Site:
    return make_site(session)


def group(subject: str = "lesson", facts: Any = None, **values: Any) -> dict[str, Any]:
    return {"id": str(new_id()), "subject": subject, "day": None, "about": "", "facts": facts or LATE} | values


def send(session: Session, person: Person, record: dict[str, Any]) -> Check:
    outcome = receive_check(session, person, *as_sent(record), NOW)
    assert isinstance(outcome, Received)
    return session.scalars(select(Check).where(Check.id == record["id"])).one()


def rows(session: Session, check: Check) -> list[Observation]:
    query = select(Observation).where(Observation.check_id == check.id).order_by(Observation.id)
    return list(session.scalars(query))


def test_facts_of_the_phone_are_recorded_judged_and_a_finding_is_proposed(session, inspector, site) -> None:
    record = make_record(site.id, observations=[group(about="周六上午数学课")])
    check = send(session, inspector, record)
    [row] = rows(session, check)
    assert (row.subject, row.about, row.facts, row.person_id) == (
        Subject.LESSON,
        "周六上午数学课",
        LATE,
        inspector.id,
    )
    assert row.day.isoformat() == "2026-11-20"
    [finding] = session.scalars(select(Finding).where(Finding.check_id == check.id))
    assert finding.state is FindingState.PROPOSED
    assert "20:45" in finding.text
    assert check.flags == []


def test_the_same_record_twice_is_judged_once(session, inspector, site) -> None:
    record = make_record(site.id, observations=[group()])
    for _ in range(3):
        check = send(session, inspector, record)
    assert len(rows(session, check)) == 1
    assert session.scalar(select(func.count()).select_from(Finding)) == 1


def test_nonsense_is_kept_in_the_record_flagged_and_told(session, inspector, site) -> None:
    wrong = group(facts=LATE | {"ends_at": "25:00"}, about=HOSTILE[0])
    check = send(session, inspector, make_record(site.id, observations=[wrong, group(), "?"]))
    assert check.flags == ["facts_unread"]
    assert len(rows(session, check)) == 1
    assert b"25:00" in check.record
    first, last = unread_facts(check, site.kind)
    assert str(first.subject) == "培训课"
    assert (first.about, [str(each) for each in first.messages]) == (
        HOSTILE[0],
        ["没有这个时间，请按 24 小时制填写，例如 20:30"],
    )
    assert ("结束时间", "25:00") in [(str(name), value) for name, value in first.given]
    assert [str(each) for each in last.messages] == ["读不出登记的是什么"]


def test_who_may_not_record_facts_brings_the_check_all_the_same(session, site) -> None:
    helper = make_person(session, Role.GRID_WORKER)
    check = send(session, helper, make_record(site.id, observations=[group()]))
    assert check.flags == ["facts_not_allowed"]
    assert rows(session, check) == []
    [unread] = unread_facts(check, site.kind)
    assert "权限" in str(unread.messages[0])


def test_what_is_not_looked_at_in_a_school_is_not_recorded_of_one(session, inspector) -> None:
    school = make_site(session, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY, name="晨光小学")
    facts = {"grade": 3, "minutes": 75}
    given_ = [group(), group("homework", facts)]
    check = send(session, inspector, make_record(school.id, observations=given_, checklist=None, answers=[]))
    assert [(row.subject, row.facts) for row in rows(session, check)] == [(Subject.HOMEWORK, facts)]
    assert check.flags == ["facts_unread"]


def test_no_more_than_two_hundred_groups_are_taken_in(session, inspector, site) -> None:
    many = [group("advert", {"in_public": False}) for _ in range(203)]
    check = send(session, inspector, make_record(site.id, observations=many))
    assert (len(rows(session, check)), check.flags) == (200, ["facts_unread"])
    assert len(unread_facts(check, site.kind)) == 3


def test_many_records_in_one_body_bring_their_facts(session, inspector, site) -> None:
    records = [
        make_record(site.id, device={"id": "phone-1", "sequence": n}, observations=[group(about=f"{n}")])
        for n in range(1, 5)
    ]
    outcomes = receive_batch(session, inspector, [Sent(*as_sent(each)) for each in records], NOW, 1_000_000)
    assert all(isinstance(each, Received) for each in outcomes)
    assert sorted(session.scalars(select(Observation.about))) == ["1", "2", "3", "4"]
    assert session.scalar(select(func.count()).select_from(Finding)) == 4


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
JUNK = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.sampled_from(["a", "题"]), PLAIN, max_size=2)
NAMES = st.sampled_from(sorted({fact.name for facts in FACTS.values() for fact in facts} | {"day", "about", "x"}))
VALUES = st.sampled_from(["20:30", "25:00", "-", "permit", "12", "-1", "2026-11-20", True, False, 3, 1e300]) | JUNK
GROUPS = st.fixed_dictionaries(
    {},
    optional={
        "id": JUNK,
        "subject": st.sampled_from([each.value for each in Subject]) | JUNK,
        "day": st.sampled_from(["2026-11-19", "2027-01-01", "0001-01-01", "x"]) | JUNK,
        "about": JUNK,
        "facts": st.dictionaries(NAMES, VALUES, max_size=5) | JUNK,
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_=st.lists(GROUPS | JUNK, max_size=4) | JUNK)
def test_whatever_the_phone_says_of_facts_the_check_arrives(session, inspector, site, given_) -> None:
    record = make_record(site.id, device={"id": str(new_id()), "sequence": 1}, observations=given_)
    check = send(session, inspector, record)
    stored = rows(session, check)
    listed = given_ if isinstance(given_, list) else [] if given_ is None else [given_]
    assert len(stored) + len(unread_facts(check, site.kind)) == len(listed)
    assert ("facts_unread" in check.flags) == (len(stored) < len(listed))
    judged = session.scalars(select(Judgement.observation_id).where(Judgement.check_id == check.id))
    assert set(judged) <= {row.id for row in stored}
    send(session, inspector, record)
    assert len(rows(session, check)) == len(stored)


def test_a_phone_whose_clock_is_years_off_is_judged_by_the_rules_of_the_day(session, inspector, site) -> None:
    off_ms = 56 * 366 * 86_400_000
    late = (NOW - timedelta(milliseconds=off_ms)).isoformat()
    record = make_record(
        site.id, started_at=late, finished_at=late, observations=[group(), group(day="2031-01-01")]
    )
    record["device"] |= {"clock_offset_ms": off_ms}
    check = send(session, inspector, record)
    [row] = rows(session, check)
    assert row.day.isoformat() == "2026-11-20"
    assert session.scalar(select(func.count()).select_from(Finding)) == 1
    assert len(unread_facts(check, site.kind)) == 1
