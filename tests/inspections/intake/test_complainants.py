import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.orm import Session

from inspections.access import OFFICE
from inspections.errors import Invalid
from inspections.intake.complainants import (
    ALPHABET,
    Identity,
    NoKey,
    count_from_phone,
    digits,
    find_complainant,
    given_identity,
    keep_identity,
)
from inspections.intake.tip_file import may_see_sender
from inspections.intake.tips import Tip, TipChannel
from inspections.registry.people import Role
from tests.complainants import FORGET_ON, KEYS, WANG, make_complainant
from tests.factories import COUNTY, make_person, make_tip

FORM = {"complainant_name": "王秀英", "complainant_phone": "+86 138 0013 8000"}


def test_the_app_role_cannot_read_what_is_sealed_by_any_query(session: Session) -> None:
    complainant = make_complainant(session)
    for query in ("select sealed from complainants", "select * from complainants", "table complainants"):
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(text(query))
    session.expire(complainant)
    with pytest.raises(InvalidRequestError, match="raiseload"):
        _ = complainant.sealed


@pytest.mark.parametrize(
    "change",
    [
        "update complainants set sealed = ''",
        "update complainants set is_minor = false",
        "update complainants set forget_on = '2100-01-01'",
        "delete from complainants",
        "update complainant_openings set opened_at = null",
        "delete from complainant_openings",
    ],
)
def test_the_app_role_cannot_change_who_complained_nor_who_read_it(session: Session, change: str) -> None:
    make_complainant(session)
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text(change))


def test_a_tip_is_known_by_a_pseudonym_that_can_be_read_out(session: Session) -> None:
    complainant = make_complainant(session)
    tip = session.get_one(Tip, (COUNTY, complainant.tip_id))
    assert find_complainant(session, tip) is complainant
    assert len(complainant.pseudonym) == 8
    assert set(complainant.pseudonym) <= set(ALPHABET)
    assert complainant.shown == f"{complainant.pseudonym[:4]}-{complainant.pseudonym[4:]}"
    assert find_complainant(session, make_tip(session)) is None


def test_keeping_the_same_tips_identity_again_leaves_what_is_kept(session: Session) -> None:
    complainant = make_complainant(session)
    tip = session.get_one(Tip, (COUNTY, complainant.tip_id))
    other = Identity(name="别人")
    again = keep_identity(session, KEYS, tip, other, is_minor=True, wants_answer=False, forget_on=FORGET_ON)
    assert again is complainant
    assert not again.is_minor


def test_without_a_key_nothing_is_kept_and_that_is_said(session: Session) -> None:
    with pytest.raises(NoKey):
        keep_identity(
            session, (), make_tip(session), WANG, is_minor=False, wants_answer=False, forget_on=FORGET_ON
        )


def test_tips_from_one_phone_are_counted_however_its_number_was_typed(session: Session) -> None:
    first = make_complainant(session)
    second = make_complainant(session, Identity(phone="+86 13800138000"))
    make_complainant(session, Identity(phone="13800138001"))
    nameless = make_complainant(session, Identity(name="李"))
    assert count_from_phone(session, first) == count_from_phone(session, second) == 2
    assert count_from_phone(session, nameless) == 0


def test_a_form_may_leave_all_empty_and_is_refused_field_by_field() -> None:
    assert not given_identity({}).is_known
    assert given_identity(FORM) == Identity(name="王秀英", phone="+86 138 0013 8000")
    with pytest.raises(Invalid) as error:
        given_identity({"complainant_name": "王" * 51, "complainant_phone": "一三八", "complainant_contact": "\0"})
    assert set(error.value.fields) == {"complainant_name", "complainant_phone"}


def test_an_identity_shows_nothing_of_itself_to_a_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("%s %r %s", WANG, WANG, [WANG])
    assert "王" not in caplog.text
    assert "138" not in caplog.text


def test_words_that_are_to_be_masked_are_the_own_number_name_and_contact() -> None:
    assert WANG.hidden == ["138-0013-8000", "王秀英", "wangxy@example.com"]
    assert Identity(address="阳光花园").hidden == []


def test_numbers_are_compared_by_their_digits() -> None:
    assert digits("0086-138 0013 8000") == digits("13800138000") == "13800138000"
    assert digits("0793-8865432") == "07938865432"
    assert digits("８８８") == ""


def test_a_volunteers_name_is_for_the_office_and_the_volunteer_and_not_for_the_township(session: Session) -> None:
    volunteer = make_person(session, Role.VOLUNTEER, name="周静")
    head = make_person(session, Role.TOWNSHIP_ADMIN)
    tip = make_tip(session, channel=TipChannel.VOLUNTEER, taken_by_id=volunteer.id)
    assert not may_see_sender(head, tip)
    for person in (volunteer, *(make_person(session, role) for role in OFFICE)):
        assert may_see_sender(person, tip)
    assert may_see_sender(head, make_tip(session, channel=TipChannel.HOTLINE, taken_by_id=volunteer.id))
