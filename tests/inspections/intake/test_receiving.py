"""Tips come in by one way: numbered, placed, masked, and never twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from geoalchemy2.shape import to_shape
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.db import new_id, scope
from inspections.errors import Conflict, Invalid
from inspections.events import Event
from inspections.evidence.keys import KeyRing
from inspections.incoming import read
from inspections.intake.clues import Clue
from inspections.intake.receipt_codes import LETTERS, find_by_code, make_code, mark_of, plain
from inspections.intake.receiving import MASK, GivenTip, receive_tip
from inspections.intake.tip_moves import TipMove, TipMoveKind, move
from inspections.intake.tips import TipChannel, TipState
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind
from tests.factories import COUNTY, NOW, PLACE, make_person, make_site

KEYS = KeyRing.of(["a secret of the tests"])
FRIDAY = datetime(2026, 11, 20, 12, 40, tzinfo=UTC)


def tip_of(**values: Any) -> GivenTip:
    return read(GivenTip, {"id": str(new_id()), "text": "晚上有人在四楼给孩子补课"} | values)


def take(session: Session, given: GivenTip, **more: Any):
    return receive_tip(session, COUNTY, given, FRIDAY, **({"channel": TipChannel.WEB, "keys": KEYS} | more))


def test_a_tip_gets_a_number_a_receipt_code_and_its_first_move(session: Session) -> None:
    got = take(session, tip_of())
    assert got.is_new
    assert got.tip.state is TipState.NEW
    assert got.tip.code.startswith("261120-")
    assert len(plain(got.receipt_code)) == 12
    moves = session.scalars(select(TipMove).where(TipMove.tip_id == got.tip.id)).all()
    assert [(one.kind, one.state, one.by_id) for one in moves] == [(TipMoveKind.RECEIVED, TipState.NEW, None)]


def test_somebody_must_look_at_it_by_the_end_of_the_next_working_day(session: Session) -> None:
    assert take(session, tip_of()).tip.triage_due_at == datetime(2026, 11, 23, 10, tzinfo=UTC)  # Monday, 18:00


def test_the_same_tip_sent_again_is_the_same_tip_with_the_same_code(session: Session) -> None:
    given = tip_of(place="东门小区 3 栋")
    first, again = take(session, given), take(session, given)
    assert (again.tip, again.receipt_code, again.is_new) == (first.tip, first.receipt_code, False)
    assert session.query(TipMove).count() == 1


def test_other_content_under_the_id_of_a_tip_is_refused_and_changes_nothing(session: Session) -> None:
    given = tip_of()
    first = take(session, given)
    with pytest.raises(Conflict):
        take(session, given.model_copy(update={"text": "别的内容"}))
    assert first.tip.text == given.text


def test_a_tip_is_found_by_its_code_however_it_is_typed(session: Session) -> None:
    got = take(session, tip_of())
    code = got.receipt_code
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("1", "l").replace("0", "o")):
        assert find_by_code(session, COUNTY, KEYS.tip, typed) == got.tip


def test_a_code_leads_nowhere_in_another_county_and_after_one_letter_was_changed(session: Session) -> None:
    code = take(session, tip_of()).receipt_code
    other = ("0" if code[-1] != "0" else "1").join((code[:-1], ""))
    assert find_by_code(session, COUNTY, KEYS.tip, other) is None
    scope(session, "421303")
    assert find_by_code(session, "421303", KEYS.tip, code) is None


def test_a_code_still_opens_after_the_secret_was_changed(session: Session) -> None:
    got = take(session, tip_of())
    later = KeyRing.of(["a newer secret", "a secret of the tests"])
    assert find_by_code(session, COUNTY, later.tip, got.receipt_code) == got.tip


def test_the_code_itself_is_nowhere_in_the_row(session: Session) -> None:
    got = take(session, tip_of())
    row = session.scalar(text("select tips::text from tips where id = :id"), {"id": got.tip.id})
    assert got.receipt_code not in row
    assert plain(got.receipt_code) not in row


def test_words_that_would_tell_who_complained_are_masked_before_anything_is_kept(session: Session) -> None:
    words = "我是李春兰，电话 138-0000-1234，四楼补课，老板电话13911112222"
    got = take(session, tip_of(text=words, schedule="李春兰说周末"), hidden=["李春兰", "13800001234"])
    assert got.tip.text == f"我是{MASK}，电话 {MASK}，四楼补课，老板电话13911112222"
    assert got.tip.schedule == f"{MASK}说周末"
    assert [clue.value for clue in session.scalars(select(Clue))] == ["13911112222"]


def test_the_history_says_that_a_tip_came_and_nothing_of_what_it_says(session: Session) -> None:
    got = take(session, tip_of(text="13800001234 这个电话"))
    event = session.scalars(select(Event).where(Event.subject_id == got.tip.id)).one()
    assert (event.verb, event.detail, event.person_id) == ("receive", {"channel": "web"}, None)


def test_clues_that_were_named_and_those_in_the_text_are_kept_once(session: Session) -> None:
    named = [{"kind": "phone", "text": "13911112222"}, {"kind": "teacher", "text": "王老师"}]
    got = take(session, tip_of(text="电话13911112222", clues=named))
    kept = session.scalars(select(Clue).where(Clue.tip_id == got.tip.id).order_by(Clue.kind))
    assert [(clue.kind.value, clue.value) for clue in kept] == [("phone", "13911112222"), ("teacher", "王")]


def test_a_pin_from_an_amap_page_is_brought_to_wgs84_and_carries_its_circle(session: Session) -> None:
    pin = {"lon": PLACE[0], "lat": PLACE[1], "datum": "gcj02", "accuracy_m": 35}
    tip = take(session, tip_of(location=pin)).tip
    session.refresh(tip)
    point = to_shape(tip.location)
    assert 0.0005 < abs(point.x - PLACE[0]) + abs(point.y - PLACE[1]) < 0.02
    assert tip.uncertainty_m == 35


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "补"}, "text"),
        ({"text": "补" * 5_001}, "text"),
        ({"building": "楼" * 61}, "building"),
        ({"category": "no such"}, "category"),
        ({"location": {"lon": 28.7, "lat": 117.1}}, "location"),
        ({"location": {"lon": 0, "lat": 0}}, "location"),
        ({"uncertainty_m": -1}, "uncertainty_m"),
        ({"happened_at": "2026-11-20T12:00:00"}, "happened_at"),
        ({"clues": [{"kind": "phone", "text": "1"}] * 21}, "clues"),
    ],
)
def test_what_cannot_be_accepted_is_named_by_its_field(
    session: Session, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        take(session, tip_of(**values))
    assert field in refused.value.fields


def test_a_site_of_nobody_is_refused(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        take(session, tip_of(site_id=str(new_id())))
    assert "site_id" in refused.value.fields


def test_the_school_that_was_named_is_found_by_a_part_that_no_other_has(session: Session) -> None:
    school = make_site(session, name="万年县第二小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    make_site(session, name="万年县第三小学", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    assert take(session, tip_of(near="第二小学")).tip.near_site_id == school.id
    assert take(session, tip_of(near="小学")).tip.near_site_id is None


def test_a_township_is_read_from_the_words_where_no_point_was_given(session: Session) -> None:
    town = Area(county=COUNTY, level=AreaLevel.TOWNSHIP, name="陈营镇")
    session.add(town)
    session.flush()
    assert take(session, tip_of(place="陈营镇建德大街")).tip.township_id == town.id
    assert take(session, tip_of()).tip.township_id is None


def test_scripts_formulas_and_rare_characters_are_kept_as_they_were_typed(session: Session) -> None:
    words = "<script>alert(1)</script>=HYPERLINK(1) 𠮷野家旁边 𰻝𰻝面馆二楼 ${7*7}"
    tip = take(session, tip_of(text=words)).tip
    session.expire(tip)
    assert tip.text == words


def test_a_move_is_never_changed_or_taken_back(session: Session) -> None:
    tip = take(session, tip_of()).tip
    move(
        session,
        tip,
        TipMoveKind.NOTE,
        NOW + timedelta(hours=1),
        make_person(session, Role.DISPATCHER),
        note="已电话核实",
    )
    assert tip.state is TipState.NEW
    for statement in ("update tip_moves set note = ''", "delete from tip_moves"):
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(text(statement))


@given(st.uuids(), st.binary(min_size=16, max_size=32))
def test_a_code_has_twelve_letters_and_one_mark_however_it_is_typed(tip_id, key: bytes) -> None:
    code = make_code(key, COUNTY, tip_id)
    assert len(plain(code)) == 12
    assert set(plain(code)) <= set(LETTERS)
    assert mark_of(key, code) == mark_of(key, code.lower().replace("-", " "))
