"""Joined tips: each is kept whole and can be taken out again, and none hangs below itself."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.intake.key_cases import make_key
from inspections.intake.merging import MOST_AT_ONCE, merge, merged_into, unmerge
from inspections.intake.tip_moves import TipMove, TipMoveKind
from inspections.intake.tips import Tip, TipState
from inspections.intake.triaging import reopen, settle
from inspections.intake.undoing import undo
from inspections.registry.people import Person, Role
from tests.factories import NOW, make_person, make_tip

MINUTE = timedelta(minutes=1)


@pytest.fixture
def li(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李调度")


def tips_of(session: Session, n: int) -> list[Tip]:
    return [make_tip(session) for _ in range(n)]


def moves_of(session: Session, tip: Tip) -> list[TipMove]:
    query = select(TipMove).where(TipMove.county == tip.county, TipMove.tip_id == tip.id)
    return list(session.scalars(query.order_by(TipMove.at, TipMove.id)))


def test_several_are_joined_at_once_and_each_says_so(session: Session, li: Person) -> None:
    one, two, three = tips_of(session, 3)
    merge(session, li, one.id, [two.id, three.id], NOW)
    assert {two.master_id, three.master_id} == {one.id}
    assert {two.state, three.state} == {TipState.DUPLICATE}
    assert one.state is TipState.NEW
    assert [each.id for each in merged_into(session, li, one)] == [two.id, three.id]
    assert moves_of(session, two)[-1].master_id == one.id


def test_who_is_joined_into_a_joined_one_belongs_to_its_master(session: Session, li: Person) -> None:
    one, two, three = tips_of(session, 3)
    merge(session, li, two.id, [three.id], NOW)
    merge(session, li, one.id, [two.id], NOW + MINUTE)
    assert three.master_id == two.master_id == one.id
    other = tips_of(session, 1)[0]
    merge(session, li, three.id, [other.id], NOW + 2 * MINUTE)
    assert other.master_id == one.id


def test_taking_one_out_brings_along_who_came_with_it_and_nobody_else(session: Session, li: Person) -> None:
    one, two, three, four = tips_of(session, 4)
    merge(session, li, two.id, [three.id], NOW)
    merge(session, li, one.id, [two.id, four.id], NOW + MINUTE)
    unmerge(session, li, two.id, NOW + 2 * MINUTE)
    assert (two.master_id, two.state) == (None, TipState.NEW)
    assert three.master_id == two.id
    assert four.master_id == one.id


def test_into_itself_and_in_a_circle_is_refused(session: Session, li: Person) -> None:
    one, two = tips_of(session, 2)
    with pytest.raises(Invalid) as wrong:
        merge(session, li, one.id, [one.id], NOW)
    assert "tips" in wrong.value.fields
    merge(session, li, one.id, [two.id], NOW)
    with pytest.raises(Invalid):  # two belongs to one already, so this would join one into itself
        merge(session, li, two.id, [one.id], NOW + MINUTE)
    assert one.master_id is None


def test_a_joined_one_is_taken_out_before_it_is_joined_elsewhere(session: Session, li: Person) -> None:
    one, two, three = tips_of(session, 3)
    merge(session, li, one.id, [two.id], NOW)
    for master in (one, three):
        with pytest.raises(Conflict):
            merge(session, li, master.id, [two.id], NOW + MINUTE)
    with pytest.raises(Conflict):
        unmerge(session, li, three.id, NOW + MINUTE)


def test_nothing_and_too_much_and_what_is_not_there_are_refused(session: Session, li: Person) -> None:
    one = tips_of(session, 1)[0]
    for wrong in ([], [new_id() for _ in range(MOST_AT_ONCE + 1)]):
        with pytest.raises(Invalid):
            merge(session, li, one.id, wrong, NOW)
    with pytest.raises(NotFound):
        merge(session, li, one.id, [new_id()], NOW)
    head = make_person(session, Role.TOWNSHIP_ADMIN)
    with pytest.raises(Forbidden):
        merge(session, head, one.id, [new_id()], NOW)


def test_what_came_of_the_master_is_told_to_each_and_to_who_is_joined_later(session: Session, li: Person) -> None:
    one, two, late = tips_of(session, 3)
    merge(session, li, one.id, [two.id], NOW)
    given = {"note": "查无此处", "answer": "经核实不属实"}
    settle(session, li, one.id, TipMoveKind.UNFOUNDED, given, NOW + MINUTE)
    merge(session, li, one.id, [late.id], NOW + 2 * MINUTE)
    for tip in (two, late):
        last = moves_of(session, tip)[-1]
        assert (last.kind, last.answer, last.state) == (TipMoveKind.ANSWERED, "经核实不属实", TipState.DUPLICATE)
        assert last.note == ""
    reopen(session, li, one.id, {"note": "有新材料"}, NOW + 3 * MINUTE)
    assert moves_of(session, two)[-1].kind is TipMoveKind.REOPENED
    assert (two.state, two.master_id) == (TipState.DUPLICATE, one.id)


def test_a_key_case_stays_one_when_it_is_joined(session: Session, li: Person) -> None:
    one, two = tips_of(session, 2)
    make_key(session, li, two.id, {"note": "群众反映强烈"}, NOW)
    merge(session, li, one.id, [two.id], NOW + MINUTE)
    assert one.key_since == NOW + MINUTE
    undo(session, li, NOW + 2 * MINUTE)
    assert (two.master_id, two.key_since) == (None, NOW)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, 5), st.lists(st.integers(0, 5), min_size=1, max_size=3)),
        st.tuples(st.just("unmerge"), st.integers(0, 5), st.just([])),
    ),
    max_size=14,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_of_joining_and_taking_out_keeps_every_tip_and_makes_no_circle(
    session: Session, li: Person, steps: list[tuple[str, int, list[int]]]
) -> None:
    """Against a model: who was joined into whom by hand is a tree, and each belongs to the root of its own."""
    tips = tips_of(session, 6)
    above: dict[UUID, UUID] = {}
    words = {tip.id: tip.text for tip in tips}

    def root(key: UUID) -> UUID:
        while key in above:
            key = above[key]
        return key

    for minute, (what, first, others) in enumerate(steps):
        now, tip = NOW + minute * MINUTE, tips[first]
        wanted = [tips[each].id for each in others]
        try:
            if what == "merge":
                merge(session, li, tip.id, wanted, now)
                above |= {each: root(tip.id) for each in wanted}
            else:
                unmerge(session, li, tip.id, now)
                del above[tip.id]
        except (Invalid, Conflict):
            session.expire_all()
            if what == "merge":
                refused = root(tip.id) in wanted or any(each in above for each in wanted)
                assert refused
            else:
                assert tip.id not in above
        for each in tips:
            assert (each.master_id or each.id) == root(each.id)
            assert (each.state is TipState.DUPLICATE) == (each.id in above)
            assert each.text == words[each.id]
            assert moves_of(session, each)[-1].state is each.state
