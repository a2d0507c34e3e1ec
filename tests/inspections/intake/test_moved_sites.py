"""A closed class that opened elsewhere is known by what it kept."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.intake.clues import ClueKind, GivenClue, add_clues
from inspections.intake.moved_sites import (
    add_clue,
    kin_of,
    mark_moved,
    remove_clue,
    unmark_moved,
    whereabouts,
)
from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind, SiteState
from tests.factories import NOW, make_person, make_site, make_tip


def test_two_sites_with_one_payment_account_are_shown_to_each_other(session: Session) -> None:
    dispatcher = make_person(session, Role.DISPATCHER)
    old, new = make_site(session, name="旧班"), make_site(session, name="新班")
    for site in (old, new):
        add_clue(session, dispatcher, site.id, "payment", "Wang@example.cn", NOW)
    (kin,) = kin_of(session, dispatcher, new)
    assert kin.site is old
    assert [str(reason) for reason in kin.reasons] == ["同一个收款账号：Wang@example.cn"]


def test_the_phone_of_a_site_and_one_in_a_tip_about_another_tell_it_too(session: Session) -> None:
    dispatcher = make_person(session, Role.DISPATCHER)
    old = make_site(session, name="旧班", phone="138-0000 1234")
    new = make_site(session, name="新班")
    tip = make_tip(session, site_id=new.id)
    add_clues(session, tip.county, [GivenClue(kind=ClueKind.PHONE, text="13800001234")], tip=tip, at=NOW)
    assert [kin.site.name for kin in kin_of(session, dispatcher, new)] == ["旧班"]
    assert [kin.site.name for kin in kin_of(session, dispatcher, old)] == ["新班"]


def test_more_and_stronger_clues_come_first(session: Session) -> None:
    dispatcher = make_person(session, Role.DISPATCHER)
    here, weak, strong = (make_site(session, name=name) for name in ("这里", "同名老师", "同一电话"))
    for site in (here, weak):
        add_clue(session, dispatcher, site.id, "teacher", "王老师", NOW)
    for site in (here, strong):
        add_clue(session, dispatcher, site.id, "phone", "13800001234", NOW)
    assert [kin.site.name for kin in kin_of(session, dispatcher, here)] == ["同一电话", "同名老师"]


def test_a_clue_is_added_once_and_can_be_taken_out(session: Session) -> None:
    dispatcher, site = make_person(session, Role.DISPATCHER), make_site(session)
    clue = add_clue(session, dispatcher, site.id, "wechat", "wangls_88", NOW)
    with pytest.raises(Conflict):
        add_clue(session, dispatcher, site.id, "wechat", "WangLS_88", NOW)
    with pytest.raises(NotFound):
        remove_clue(session, dispatcher, make_site(session).id, clue.id)
    remove_clue(session, dispatcher, site.id, clue.id)
    with pytest.raises(NotFound):
        remove_clue(session, dispatcher, site.id, clue.id)


@pytest.mark.parametrize(
    ("kind", "text", "field"), [("face", "x", "kind"), ("phone", "没有号码", "text"), ("name", " ", "text")]
)
def test_a_clue_that_says_nothing_is_refused(session: Session, kind: str, text: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_clue(session, make_person(session, Role.DISPATCHER), make_site(session).id, kind, text, NOW)
    assert field in refused.value.fields


def test_a_move_is_seen_from_both_sides_and_can_be_taken_back(session: Session) -> None:
    dispatcher = make_person(session, Role.DISPATCHER)
    old, new = make_site(session, state=SiteState.CLOSED), make_site(session)
    mark_moved(session, dispatcher, new.id, old.id, "电话相同")
    assert whereabouts(session, dispatcher, new)["before"] == [old]
    assert whereabouts(session, dispatcher, old)["after"] == [new]
    unmark_moved(session, dispatcher, new.id)
    assert whereabouts(session, dispatcher, old) == {"before": [], "after": []}
    with pytest.raises(Conflict):
        unmark_moved(session, dispatcher, new.id)


def test_a_school_moves_nowhere_and_a_township_head_links_nothing(session: Session) -> None:
    site = make_site(session)
    school = make_site(session, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    with pytest.raises(Invalid):
        mark_moved(session, make_person(session, Role.DISPATCHER), site.id, school.id, "")
    with pytest.raises(Forbidden):
        mark_moved(session, make_person(session, Role.TOWNSHIP_ADMIN), site.id, site.id, "")
    with pytest.raises(NotFound):
        mark_moved(session, make_person(session, Role.DISPATCHER), site.id, new_id(), "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.data())
def test_no_sequence_of_moves_makes_a_circle(session: Session, data: st.DataObject) -> None:
    with session.begin_nested() as undone:
        dispatcher = make_person(session, Role.DISPATCHER)
        sites = [make_site(session, name=f"班{n}") for n in range(4)]
        for one, other in data.draw(st.lists(st.tuples(*[st.integers(0, 3)] * 2), max_size=8)):
            try:
                mark_moved(session, dispatcher, sites[one].id, sites[other].id, "")
            except Invalid:
                continue
        for site in sites:
            assert site not in whereabouts(session, dispatcher, site)["before"]
        undone.rollback()
