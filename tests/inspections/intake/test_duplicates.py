"""Tips that may tell of the same are put forward with reasons; what has nothing in common is not."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo.coordinates import LonLat
from inspections.db import scope
from inspections.intake.clues import ClueKind, GivenClue, add_clues
from inspections.intake.duplicates import Draft, Suggestion, suggest
from inspections.intake.merging import merge
from inspections.intake.tips import Tip
from inspections.intake.wording import grams, shared_phrase
from inspections.registry.people import Person, Role
from tests.factories import COUNTY, NOW, PLACE, make_person, make_site, make_tip

FAR = (PLACE[0] + 0.1, PLACE[1] + 0.1)
NEXT_DOOR = (PLACE[0] + 0.0003, PLACE[1])  # 29 m


@pytest.fixture
def li(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李调度")


def found(session: Session, li: Person, about: Tip | Draft) -> dict[str, list[str]]:
    """Codes with their reasons in words."""
    return {each.code: [str(why.text) for why in each.reasons] for each in suggest(session, li, about, NOW)}


def test_the_same_phone_in_other_words_and_another_place_is_enough(session: Session, li: Person) -> None:
    one = make_tip(session, PLACE, text="四楼有人补课，报名打 138 0793 1234")
    add_clues(session, COUNTY, [GivenClue(kind=ClueKind.PHONE, text="13807931234")], tip=one, at=NOW)
    other = make_tip(session, FAR, text="收费的奥数班", code="B")
    add_clues(session, COUNTY, [GivenClue(kind=ClueKind.PHONE, text="138-0793-1234")], tip=other, at=NOW)
    assert found(session, li, one) == {"B": ["电话相同：138-0793-1234", "前后不到一周"]}


def test_a_draft_reads_the_clues_from_its_words_as_it_is_typed(session: Session, li: Person) -> None:
    tip = make_tip(session, FAR, text="收费的奥数班", code="B")
    add_clues(session, COUNTY, [GivenClue(kind=ClueKind.WECHAT, text="aoshu_2026")], tip=tip, at=NOW)
    assert list(found(session, li, Draft(text="加微信：Aoshu_2026 报名"))) == ["B"]
    assert suggest(session, COUNTY, Draft(text="加微信：Aoshu_2026 报名"), NOW)[0].tip_id == tip.id
    assert found(session, li, Draft()) == {}


def test_one_room_of_one_building_is_the_same_and_another_building_is_not(session: Session, li: Person) -> None:
    at = {"compound": "锦绣花园", "building": "3 栋", "room": "402"}
    make_tip(session, code="A", **at)
    make_tip(session, code="B", **at | {"building": "9 栋"})
    about = make_tip(session, text="孩子说老师家里有课", **at)
    assert found(session, li, about) == {"A": ["同一小区、同一楼栋、同一房号", "前后不到一周"]}


def test_a_wide_circle_says_less_than_a_narrow_one(session: Session, li: Person) -> None:
    near = make_tip(session, NEXT_DOOR, code="A", text="楼上太吵")

    def score(uncertainty_m: float) -> float:
        draft = Draft(place=LonLat(*PLACE), uncertainty_m=uncertainty_m, at=NOW)
        return next((each.score for each in suggest(session, li, draft, NOW) if each.tip_id == near.id), 0.0)

    assert score(10) > score(60) >= 0
    assert score(1_000) == 0


def test_places_that_tell_of_other_things_long_ago_are_not_put_forward(session: Session, li: Person) -> None:
    make_tip(session, NEXT_DOOR, text="楼上太吵", received_at=NOW - timedelta(days=300))
    assert found(session, li, make_tip(session, PLACE, text="有人无证办班")) == {}


def test_words_alone_find_a_copied_text_and_name_what_they_share(session: Session, li: Person) -> None:
    words = "实验小学东门对面二楼的启明星教育周末给三年级学生补数学，收费三千元"
    make_tip(session, code="A", text=words)
    make_tip(session, code="B", text="有家长说启明星教育周末给三年级补数学，就在小学对面二楼，老师是在职的")
    make_tip(session, code="C", text="菜市场门口占道经营，没有人管")
    reasons = found(session, li, make_tip(session, text=words + "！"))
    assert "文字几乎相同" in reasons["A"]
    assert any("启明星教育周末给三年级" in each for each in reasons["B"])
    assert "C" not in reasons


def test_of_joined_tips_the_master_is_put_forward_once(session: Session, li: Person) -> None:
    words = "实验小学东门对面二楼的启明星教育周末给三年级学生补数学"
    master, joined = (make_tip(session, code=code, text=words) for code in "AB")
    about = make_tip(session, text=words)
    merge(session, li, master.id, [joined.id], NOW)
    assert list(found(session, li, about)) == ["A"]
    merge(session, li, about.id, [master.id], NOW + timedelta(minutes=1))
    assert found(session, li, about) == {}


def test_the_same_site_counts(session: Session, li: Person) -> None:
    site = make_site(session)
    make_tip(session, code="A", site_id=site.id, text="楼上太吵")
    assert found(session, li, make_tip(session, site_id=site.id)) == {"A": ["说的是同一个点位", "前后不到一周"]}


def test_nobody_is_shown_another_countys_tips(session: Session, li: Person) -> None:
    words = "实验小学东门对面二楼的启明星教育周末给三年级学生补数学"
    scope(session, "421303")
    make_tip(session, PLACE, county="421303", text=words, compound="锦绣花园")
    scope(session, COUNTY)
    draft = Draft(text=words, place=LonLat(*PLACE), compound="锦绣花园")
    assert suggest(session, li, draft, NOW) == []
    assert suggest(session, COUNTY, draft, NOW) == []
    shared = "select count(*) from tips_sharing_words(:words, 10)"
    assert session.scalar(text(shared), {"words": words}) == 0


def test_a_head_is_shown_no_tip_of_another_township(session: Session) -> None:
    make_tip(session, text="实验小学东门对面二楼的启明星教育周末给三年级学生补数学")
    head = make_person(session, Role.TOWNSHIP_ADMIN)
    draft = Draft(text="实验小学东门对面二楼的启明星教育周末给三年级学生补数学")
    assert suggest(session, head, draft, NOW) == []


HOSTILE: list[Any] = [
    "<script>alert(1)</script>" * 3, "'; drop table tips; --" * 3, "%_%_%_" * 9, "=HYPERLINK(1)",
    "𠮷野家𣲗补课班" * 3,
    "\\" * 50, "{}" * 20, "补" * 5_000, "\u202e反写的字" * 5,
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_whatever_was_typed_is_only_words(session: Session, li: Person, words: str) -> None:
    make_tip(session, code="A", text=words)
    results: list[Suggestion] = suggest(session, li, Draft(text=words), NOW)
    assert all(each.code == "A" for each in results)
    if "补" in words or "drop" in words or "script" in words or "反" in words:
        assert results or len(grams(words)) < 7


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.sampled_from("补课班𠮷㐀aZ9 ，。<%'\\\n"), max_size=30))
def test_the_database_takes_a_text_apart_as_we_do(session: Session, words: str) -> None:
    asked = session.scalar(text("select tip_words('361129', :words, null)"), {"words": words})
    assert {each.removeprefix(COUNTY) for each in asked} == grams(words)


def test_a_shared_run_of_han_is_named() -> None:
    assert shared_phrase("就在启明星培训楼上", "听说启明星培训很贵") == "启明星培训"
    assert shared_phrase("补课", "补课") == ""
