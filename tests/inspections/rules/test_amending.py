"""A county's own version of a rule: from a day on, by a document, and never over days that were judged."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from geo.times import china_day
from inspections.db import error_from, new_id, scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.people import Person, Role
from inspections.rules.amending import amend, end, withdraw
from inspections.rules.observing import observe
from inspections.rules.proposals import judge_check
from inspections.rules.rules import Rule, history, read_book
from inspections.rules.subjects import Subject
from tests.factories import COUNTY, NOW, make_check, make_person, make_site

TODAY = china_day(NOW)
OFFLINE, ONLINE = "limit-0-0", "limit-1-0"
FORM = {
    "valid_from": "2026-12-01", "source": "万年县教体局〔2026〕9号", "clause": "第三条",
    "quote": "冬季不晚于20:00", OFFLINE: "20:00", ONLINE: "21:00",
}  # fmt: skip


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


def refused(session: Session, person: Person, code: str = "lesson-end", **changes: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        amend(session, person, code, FORM | changes)
    return {name: str(message) for name, message in caught.value.fields.items()}


def ends(session: Session, day: date, county: str = COUNTY) -> tuple[str, int, str]:
    rule = read_book(session, county).version_on("lesson-end", day)
    assert rule is not None
    return rule.region, rule.version, rule.limits["cases"][0]["tests"][0]["value"]


def judged_lesson(session: Session, officer: Person) -> None:
    check = make_check(session, officer, make_site(session))
    observe(session, officer, check.id, Subject.LESSON, {"is_online": "no", "ends_at": "20:15"})
    judge_check(session, officer, check.id, NOW)


def test_the_nearest_region_wins_from_its_day_on(session: Session, dispatcher: Person) -> None:
    amend(session, dispatcher, "lesson-end", FORM)
    assert ends(session, date(2026, 11, 30)) == ("000000", 1, "20:30")
    assert ends(session, date(2026, 12, 1)) == (COUNTY, 1, "20:00")


def test_a_prefecture_stands_between_the_county_and_the_nation(session: Session, dispatcher: Person) -> None:
    nation = read_book(session, COUNTY).version_on("lesson-end", TODAY)
    assert nation is not None
    values = {column.key: getattr(nation, column.key) for column in Rule.__mapper__.columns}
    scope(session, "361100")  # only who works there may write it
    session.add(Rule(**values | {"region": "361100", "id": new_id(), "valid_from": date(2026, 11, 15)}))
    scope(session, COUNTY)
    assert ends(session, date(2026, 11, 14))[0] == "000000"
    assert ends(session, date(2026, 12, 1))[0] == "361100"
    amend(session, dispatcher, "lesson-end", FORM)
    assert ends(session, date(2026, 12, 1))[0] == COUNTY
    scope(session, "421303")
    assert ends(session, date(2026, 12, 1), "421303")[0] == "000000"


def test_another_county_keeps_the_nations(session: Session, dispatcher: Person) -> None:
    amend(session, dispatcher, "lesson-end", FORM)
    session.flush()
    scope(session, "421303")
    assert ends(session, date(2026, 12, 1), "421303") == ("000000", 1, "20:30")
    assert all(rule.region == "000000" for rule in history(session, "421303", "lesson-end"))


def test_a_second_version_ends_the_first_the_day_before(session: Session, dispatcher: Person) -> None:
    first = amend(session, dispatcher, "lesson-end", FORM)
    second = amend(session, dispatcher, "lesson-end", FORM | {"valid_from": "2027-03-01", OFFLINE: "20:30"})
    assert (first.valid_to, second.version) == (date(2027, 2, 28), 2)
    assert ends(session, date(2027, 2, 28))[1:] == (1, "20:00")
    assert ends(session, date(2027, 3, 1))[1:] == (2, "20:30")


def test_two_versions_of_one_region_never_overlap(session: Session, dispatcher: Person) -> None:
    amend(session, dispatcher, "lesson-end", FORM)
    said = refused(session, dispatcher, valid_from="2026-11-25")
    assert said == {"valid_from": "与本县第 1 版（2026-12-01 至 今后）时间重叠，请改日期，或先结束那一版"}
    assert set(refused(session, dispatcher, valid_from="2026-12-05", valid_to="2026-12-31")) == {"valid_from"}


def test_the_database_refuses_an_overlap_as_well(session: Session, dispatcher: Person) -> None:
    rule = amend(session, dispatcher, "lesson-end", FORM)
    values = {column.key: getattr(rule, column.key) for column in Rule.__mapper__.columns}
    session.add(Rule(**values | {"version": 7, "id": new_id(), "valid_from": date(2026, 12, 24)}))
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    assert "重叠" in str(error_from(caught.value).fields["valid_from"])  # type: ignore[attr-defined]


def test_days_that_were_judged_keep_their_version(session: Session, dispatcher: Person) -> None:
    judged_lesson(session, dispatcher)
    assert refused(session, dispatcher, valid_from=TODAY.isoformat()) == {
        "valid_from": f"{TODAY} 及以前的事实已有检查判定过，判定不会改变；请选那以后的日期"
    }
    amend(session, dispatcher, "lesson-end", FORM | {"valid_from": f"{TODAY + timedelta(days=1)}"})


def test_a_version_that_a_check_used_cannot_be_withdrawn_nor_end_before(
    session: Session, dispatcher: Person
) -> None:
    rule = amend(session, dispatcher, "lesson-end", FORM | {"valid_from": "2026-11-01"})
    judged_lesson(session, dispatcher)
    with pytest.raises(Conflict, match="判定过"):
        withdraw(session, dispatcher, "lesson-end", rule.version, NOW)
    with pytest.raises(Invalid):
        end(session, dispatcher, "lesson-end", rule.version, f"{TODAY - timedelta(days=1)}")
    end(session, dispatcher, "lesson-end", rule.version, TODAY.isoformat())
    session.flush()
    assert ends(session, TODAY + timedelta(days=1))[0] == "000000"


def test_what_a_version_says_cannot_be_changed_by_the_app(session: Session, dispatcher: Person) -> None:
    amend(session, dispatcher, "lesson-end", FORM)
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("update rules set limits = '{}'"))


def test_the_nations_rules_are_beyond_the_apps_reach(session: Session, dispatcher: Person) -> None:
    changed = session.execute(text("update rules set valid_to = current_date where region = '000000'"))
    assert changed.rowcount == 0  # type: ignore[attr-defined]
    with pytest.raises(Conflict, match="本县"):
        withdraw(session, dispatcher, "lesson-end", 1, NOW)


def test_a_version_entered_by_mistake_gives_its_days_back(session: Session, dispatcher: Person) -> None:
    first = amend(session, dispatcher, "lesson-end", FORM)
    second = amend(session, dispatcher, "lesson-end", FORM | {"valid_from": "2027-03-01"})
    withdraw(session, dispatcher, "lesson-end", second.version, NOW)
    session.flush()
    assert first.valid_to is None
    assert ends(session, date(2027, 3, 1))[1] == 1
    third = amend(session, dispatcher, "lesson-end", FORM | {"valid_from": "2027-03-01"})
    assert third.version == 3


def test_each_wrong_field_is_named(session: Session, dispatcher: Person) -> None:
    wrong = {"valid_from": "2026-02-30", "source": " ", OFFLINE: "25:00", "quote": "长" * 2001}
    assert set(refused(session, dispatcher, **wrong)) == {"valid_from", "source", OFFLINE, "quote"}
    assert refused(session, dispatcher, **{ONLINE: ""}) == {ONLINE: "请填写限值"}
    assert set(refused(session, dispatcher, valid_to="2026-11-30")) == {"valid_to"}


def test_hostile_text_is_no_limit_and_inert_in_the_source(session: Session, dispatcher: Person) -> None:
    assert set(refused(session, dispatcher, **{OFFLINE: "'; drop table rules;--"})) == {OFFLINE}
    rule = amend(session, dispatcher, "lesson-end", FORM | {"source": "<script>alert(1)</script>{{7*7}}\x00"})
    assert rule.source == "<script>alert(1)</script>{{7*7}}"


def test_the_place_fills_in_what_the_nation_left_to_it(session: Session, dispatcher: Person) -> None:
    amend(session, dispatcher, "after-school-end", FORM | {OFFLINE: "17:30", "valid_from": "2026-11-01"})
    rule = read_book(session, COUNTY).version_on("after-school-end", TODAY)
    assert rule is not None
    assert rule.limits["cases"][0]["tests"][0]["value"] == "17:30"


def test_words_of_a_limit_may_be_fewer_but_only_known_ones(session: Session, dispatcher: Person) -> None:
    assert set(refused(session, dispatcher, "posted-items", **{OFFLINE: ["permit", "x"]})) == {OFFLINE}
    amend(session, dispatcher, "posted-items", FORM | {OFFLINE: ["permit", "fees"]})


def test_only_the_dispatcher_and_the_director_edit_rules(session: Session) -> None:
    for role in set(Role) - {Role.DISPATCHER, Role.DIRECTOR}:
        with pytest.raises(Forbidden):
            amend(session, make_person(session, role), "lesson-end", FORM)


def test_a_rule_that_is_not_there_is_not_found(session: Session, dispatcher: Person) -> None:
    with pytest.raises(NotFound):
        amend(session, dispatcher, "no-such-rule", FORM)
