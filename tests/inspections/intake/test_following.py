"""What who reported is told and adds later, and what of it is kept out of sight."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from inspections.days import day_of
from inspections.errors import Invalid, TooManyRequests
from inspections.intake.complainants import Identity, keep_identity
from inspections.intake.following import (
    LONGEST_ADDITION,
    MOST_ADDITIONS,
    Stage,
    add_words,
    note_added_files,
    progress_of,
)
from inspections.intake.receiving import MASK
from inspections.intake.tip_moves import TipMoveKind, move
from inspections.intake.tips import Tip, TipState
from inspections.registry.people import Role
from tests.complainants import FORGET_ON, KEYS
from tests.factories import NOW, make_person, make_tip

NUMBER = "13800138000"


def reported(session: Session, phone: str = NUMBER) -> Tip:
    tip = make_tip(session)
    identity = Identity(name="王秀英", phone=phone)
    keep_identity(session, KEYS, tip, identity, is_minor=False, wants_answer=True, forget_on=FORGET_ON)
    return tip


@pytest.mark.parametrize("written", [NUMBER, "138 0013 8000", "138-0013-8000", "+86 13800138000"])
def test_the_number_that_who_reported_left_is_masked_in_what_they_add(session: Session, written: str) -> None:
    added = add_words(session, reported(session), f"打我电话{written}，老板是13911112222", NOW, KEYS)
    assert added.note == f"打我电话{MASK}，老板是13911112222"


def test_the_same_words_sent_twice_are_one_addition(session: Session) -> None:
    tip = reported(session)
    first = add_words(session, tip, f"补充：{NUMBER}", NOW, KEYS)
    assert add_words(session, tip, f"补充：{NUMBER}", NOW, KEYS) is first


def test_words_of_who_left_no_number_stay_as_they_are(session: Session) -> None:
    words = "门口贴的电话 13911112222"
    assert add_words(session, make_tip(session), words, NOW, KEYS).note == words


def test_an_answer_for_who_reported_is_told_and_a_note_for_the_staff_is_not(session: Session) -> None:
    tip = reported(session)
    move(session, tip, TipMoveKind.ANSWERED, NOW, note="只给内部看", answer="已经派人去看")
    told = progress_of(session, tip)
    assert [answer.text for answer in told.answers] == ["已经派人去看"]
    assert "内部" not in str(told)


DAY = timedelta(days=1)


@pytest.fixture
def person(session):
    return make_person(session, Role.DISPATCHER)


def received(session, **more):
    tip = make_tip(session, **more)
    move(session, tip, TipMoveKind.RECEIVED, tip.received_at)
    return tip


def test_the_stages_follow_what_the_staff_did(session, person) -> None:
    tip = received(session)
    told = [progress_of(session, tip).stage]
    for kind in (TipMoveKind.NOTE, TipMoveKind.ASSIGNED, TipMoveKind.RETURNED, TipMoveKind.TRANSFERRED):
        move(session, tip, kind, NOW, person, note="内部")
        told.append(progress_of(session, tip).stage)
    move(session, tip, TipMoveKind.INVALID, NOW, person)
    told.append(progress_of(session, tip).stage)
    assert told == [
        Stage.RECEIVED,
        Stage.LOOKED_AT,
        Stage.HANDED_OVER,
        Stage.LOOKED_AT,
        Stage.HANDED_OVER,
        Stage.ANSWERED,
    ]


@pytest.mark.parametrize("end", [TipMoveKind.CONFIRMED, TipMoveKind.UNFOUNDED, TipMoveKind.INVALID])
def test_every_end_looks_the_same_until_an_answer_was_written(session, person, end) -> None:
    tip = received(session)
    move(session, tip, end, NOW, person, note="内部")
    progress = progress_of(session, tip)
    assert (progress.stage, progress.answers) == (Stage.ANSWERED, [])
    move(session, tip, TipMoveKind.ANSWERED, NOW, person, answer="已处理")
    assert progress_of(session, tip).answers == [(day_of(NOW), "已处理")]


def test_a_merged_tip_tells_the_way_of_its_master_without_days_before_its_own(session, person) -> None:
    master = received(session, received_at=NOW - 9 * DAY)
    move(session, master, TipMoveKind.ASSIGNED, NOW - 8 * DAY, person, answer="较早的答复")
    tip = received(session, received_at=NOW - DAY)
    move(session, tip, TipMoveKind.MERGED, NOW, person, master_id=master.id)
    tip.master_id = master.id
    progress = progress_of(session, tip)
    assert progress.stage is Stage.HANDED_OVER
    assert set(progress.since.values()) <= {day_of(NOW - DAY), day_of(NOW)}
    assert progress.answers == []
    move(session, master, TipMoveKind.CONFIRMED, NOW, person, answer="已经查处")
    assert [each.text for each in progress_of(session, tip).answers] == ["已经查处"]


def test_a_tip_merged_twice_over_is_followed_to_the_last(session, person) -> None:
    last = received(session, state=TipState.CONFIRMED)
    middle = received(session)
    middle.master_id, middle.state = last.id, TipState.DUPLICATE
    last.state = TipState.CONFIRMED
    tip = received(session)
    tip.master_id, tip.state = middle.id, TipState.DUPLICATE
    session.flush()
    assert progress_of(session, tip).stage is Stage.ANSWERED


def test_what_is_added_changes_no_state_and_is_told_to_the_staff_alone(session) -> None:
    tip = received(session)
    add_words(session, tip, " 今晚又来了 \x00", NOW, KEYS)
    add_words(session, tip, "今晚又来了", NOW + timedelta(minutes=1), KEYS)
    progress = progress_of(session, tip)
    assert (progress.additions, progress.stage, tip.state) == (1, Stage.RECEIVED, TipState.NEW)


@pytest.mark.parametrize("words", ["", " \n ", "\x00", "长" * (LONGEST_ADDITION + 1)])
def test_no_words_and_too_many_are_refused(session, words) -> None:
    with pytest.raises(Invalid):
        add_words(session, received(session), words, NOW, KEYS)


def test_additions_come_to_an_end(session) -> None:
    tip = received(session)
    for number in range(MOST_ADDITIONS):
        add_words(session, tip, f"第 {number} 次", NOW, KEYS)
    with pytest.raises(TooManyRequests):
        add_words(session, tip, "再来", NOW, KEYS)
    with pytest.raises(TooManyRequests):
        note_added_files(session, tip, 1, NOW)
    assert not progress_of(session, tip).may_add


def test_files_of_a_day_are_one_line(session) -> None:
    tip = received(session)
    for hours in (0, 1, 2):
        note_added_files(session, tip, 1, NOW + timedelta(hours=hours))
    note_added_files(session, tip, 1, NOW + 2 * DAY)
    assert progress_of(session, tip).additions == 2
