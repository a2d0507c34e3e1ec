import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.field.checks import Check
from inspections.field.receiving import receive_check
from inspections.registry import site_changes
from inspections.registry.people import Person, Role
from inspections.registry.site_conflicts import SiteConflict, SiteField, read_conflict, settle
from inspections.registry.site_edits import Edited, SiteEdit, receive_edit
from inspections.registry.sites import Site, SiteKind
from tests.factories import NOW, as_sent, make_person, make_record, make_site


@pytest.fixture
def zhang(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR, name="张敏")


@pytest.fixture
def wang(session: Session) -> Person:
    return make_person(session, Role.GRID_WORKER, name="王强")


@pytest.fixture
def li(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李调度")


@pytest.fixture
def site(session: Session) -> Site:
    return make_site(session, person_in_charge="陈", pupils=10, address="青云路 18 号")


def edit(session: Session, person: Person, site: Site, base: dict, values: dict, **more: Any) -> Any:
    given = {"id": str(new_id()), "site_id": str(site.id), "base": base, "values": values, "at": NOW.isoformat()}
    return receive_edit(session, person, json.dumps(given | more).encode(), NOW)


def outcome(edited: Any) -> dict[str, str]:
    assert isinstance(edited, Edited)
    return edited.edit.outcome


def conflicts(session: Session) -> list[SiteConflict]:
    return list(session.scalars(select(SiteConflict).order_by(SiteConflict.id)))


def test_two_phones_that_changed_different_fields_are_merged(session, zhang, wang, site) -> None:
    base = {"person_in_charge": "陈", "pupils": 10}
    edit(session, zhang, site, base, {"person_in_charge": "刘", "pupils": 10})
    edit(session, wang, site, base, {"person_in_charge": "陈", "pupils": 25})
    assert (site.person_in_charge, site.pupils) == ("刘", 25)
    assert conflicts(session) == []
    told = session.scalars(select(Event).where(Event.verb == "edit").order_by(Event.at)).all()
    assert [(event.detail["was"], event.detail["now"]) for event in told] == [
        ({"person_in_charge": "陈"}, {"person_in_charge": "刘"}),
        ({"pupils": 10}, {"pupils": 25}),
    ]


def test_the_same_field_changed_to_two_values_is_a_conflict_with_both(session, zhang, wang, site, li) -> None:
    edit(session, zhang, site, {"pupils": 10}, {"pupils": 20})
    again = edit(session, wang, site, {"pupils": 10, "address": "青云路 18 号"}, {"pupils": 30, "address": "新址"})
    assert outcome(again) == {"pupils": "conflict", "address": "taken"}
    assert (site.pupils, site.address) == (20, "新址")
    [conflict] = conflicts(session)
    page = read_conflict(session, li, conflict.id)
    assert (conflict.field, conflict.base, conflict.current, conflict.offered) == (
        SiteField.PUPILS,
        "10",
        "20",
        "30",
    )
    assert (page.deed.person, page.author.name, page.now) == ("张敏", "王强", "20")


def test_two_phones_that_saw_the_same_agree(session, zhang, wang, site) -> None:
    edit(session, zhang, site, {"pupils": 10}, {"pupils": 20})
    assert outcome(edit(session, wang, site, {"pupils": 10}, {"pupils": 20})) == {"pupils": "same"}
    assert conflicts(session) == []


def test_without_a_base_only_an_empty_field_is_filled(session, zhang, site) -> None:
    done = outcome(edit(session, zhang, site, {}, {"phone": "0793-1", "pupils": 20, "person_in_charge": "陈"}))
    assert done == {"phone": "taken", "pupils": "conflict", "person_in_charge": "same"}


def test_an_edit_sent_again_is_the_same_edit_and_another_under_its_id_is_noted(session, zhang, site, li) -> None:
    name = str(new_id())
    first = edit(session, zhang, site, {"pupils": 10}, {"pupils": 20}, id=name)
    site_changes.edit_site(session, li, site.id, {"pupils": "40"})
    second = edit(session, zhang, site, {"pupils": 10}, {"pupils": 20}, id=name)
    assert (first.is_new, second.is_new, second.edit) == (True, False, first.edit)
    assert site.pupils == 40
    assert isinstance(edit(session, zhang, site, {"pupils": 10}, {"pupils": 21}, id=name), Conflict)
    assert conflicts(session) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"pupils": "many"}, "values.pupils"),
        ({"name": ""}, "values.name"),
        ({"category": "primary"}, "values.category"),
        ({"premises": "moon"}, "values.premises"),
        ({}, "values"),
    ],
)
def test_an_edit_that_cannot_be_taken_says_which_field(session, zhang, site, values, field) -> None:
    with pytest.raises(Invalid) as refused:
        edit(session, zhang, site, {}, values)
    assert field in refused.value.fields


def test_what_a_school_is_called_is_not_changed_by_phone(session, zhang) -> None:
    school = make_site(session, kind=SiteKind.SCHOOL, category="primary", name="湖云小学")
    with pytest.raises(Invalid) as refused:
        edit(session, zhang, school, {"name": "湖云小学"}, {"name": "湖云学校"})
    assert "values.name" in refused.value.fields
    assert outcome(edit(session, zhang, school, {"pupils": None}, {"pupils": 300})) == {"pupils": "taken"}


def test_who_only_watches_edits_nothing(session, site) -> None:
    with pytest.raises(Forbidden):
        edit(session, make_person(session, Role.VOLUNTEER), site, {}, {"phone": "1"})
    head = make_person(session, Role.TOWNSHIP_ADMIN)
    with pytest.raises(NotFound):
        edit(session, head, site, {}, {"phone": "1"})


def send_check(session: Session, person: Person, site: Site, facts: dict[str, Any]) -> Check:
    record = make_record(site.id, facts=facts)
    receive_check(session, person, *as_sent(record), NOW)
    return session.scalars(select(Check).where(Check.id == record["id"])).one()


def test_what_two_checks_saw_of_a_site_is_merged_field_by_field_and_both_checks_stand(
    session, zhang, wang, site, li
) -> None:
    base = {"base.person_in_charge": "陈", "base.pupils": 10}
    one = send_check(session, zhang, site, base | {"site.person_in_charge": "刘", "pupils_present": 12})
    two = send_check(session, wang, site, base | {"site.person_in_charge": "周", "site.pupils": 25})
    assert (site.person_in_charge, site.pupils) == ("刘", 25)
    [conflict] = conflicts(session)
    page = read_conflict(session, li, conflict.id)
    assert (page.deed.check_id, page.edit.check_id) == (one.id, two.id)
    assert {check.state for check in (one, two)} == {one.state}


def test_a_fact_that_cannot_be_read_flags_the_check_and_changes_nothing(session, zhang, site) -> None:
    check = send_check(session, zhang, site, {"site.pupils": "many", "site.nothing": 1, "site.phone": "1"})
    assert "site_fact_unread" in check.flags
    assert (site.pupils, site.phone) == (10, "1")
    assert check.facts["site.pupils"] == "many"


def test_a_person_chooses_with_a_reason_and_both_values_stay(session, zhang, wang, site, li) -> None:
    edit(session, zhang, site, {"pupils": 10}, {"pupils": 20})
    edit(session, wang, site, {"pupils": 10}, {"pupils": 30})
    [conflict] = conflicts(session)
    choose = {"seen": "20", "now": NOW}
    with pytest.raises(Invalid):
        settle(session, li, conflict.id, "offered", reason=" ", **choose)
    with pytest.raises(Forbidden):
        settle(session, zhang, conflict.id, "offered", reason="x", **choose)
    with pytest.raises(Conflict):
        settle(session, li, conflict.id, "offered", reason="x", seen="10", now=NOW)
    settle(session, li, conflict.id, "offered", reason="电话核实", **choose)
    assert site.pupils == 30
    assert (conflict.current, conflict.offered, conflict.settled_value) == ("20", "30", "30")
    told = session.scalars(select(Event).where(Event.verb == "settle")).one()
    assert (told.person_id, told.detail["reason"]) == (li.id, "电话核实")
    with pytest.raises(Conflict):
        settle(session, li, conflict.id, "current", reason="x", seen="30", now=NOW)


@pytest.mark.parametrize(("settlement", "value", "kept"), [("current", "", 20), ("other", "22", 22)])
def test_the_old_value_or_a_third_may_be_right(session, zhang, wang, site, li, settlement, value, kept) -> None:
    edit(session, zhang, site, {"pupils": 10}, {"pupils": 20})
    edit(session, wang, site, {"pupils": 10}, {"pupils": 30})
    [conflict] = conflicts(session)
    settle(session, li, conflict.id, settlement, seen="20", value=value, reason="核实", now=NOW)
    assert site.pupils == kept
    other = edit(session, wang, site, {"pupils": 10}, {"pupils": 31})
    last = session.scalars(select(SiteConflict).where(SiteConflict.edit_id == other.edit.id)).one()
    with pytest.raises(Invalid):
        settle(session, li, last.id, "other", seen=str(kept), value="many", reason="核实", now=NOW)


def test_the_desks_form_does_not_write_over_what_a_phone_changed_meanwhile(session, zhang, site, li) -> None:
    shown = {"pupils": "10", "address": "青云路 18 号"}
    edit(session, zhang, site, {"pupils": 10}, {"pupils": 20})
    site_changes.edit_site(session, li, site.id, {"pupils": "10", "address": "新址"}, shown)
    assert (site.pupils, site.address) == (20, "新址")
    with pytest.raises(Invalid) as refused:
        site_changes.edit_site(
            session, li, site.id, {"pupils": "30", "address": "新址"}, shown | {"address": "新址"}
        )
    assert "张敏" in str(refused.value.fields["pupils"])
    site_changes.edit_site(session, li, site.id, {"pupils": "30"}, {"pupils": "20"})
    assert site.pupils == 30


def test_an_edit_cannot_be_changed_later(session, zhang, site) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    edit(session, zhang, site, {"pupils": 10}, {"pupils": 20})
    assert session.scalars(select(SiteEdit)).one().received_at - NOW < timedelta(seconds=1)
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("update site_edits set values = '{}'"))
