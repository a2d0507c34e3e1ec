"""What who reported adds later, and what of it is kept out of sight."""

import pytest
from sqlalchemy.orm import Session

from inspections.intake.complainants import Identity, keep_identity
from inspections.intake.following import add_words, progress_of
from inspections.intake.receiving import MASK
from inspections.intake.tip_moves import TipMoveKind, move
from inspections.intake.tips import Tip
from tests.complainants import FORGET_ON, KEYS
from tests.factories import NOW, make_tip

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
