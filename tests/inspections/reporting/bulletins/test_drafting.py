"""Drafting a bulletin from the figures, and editing it."""

import pytest
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.events import Event
from inspections.reporting.bulletins.bulletins import BulletinKind, cases_of, sections_of
from inspections.reporting.bulletins.drafting import (
    SectionConflict,
    begin,
    candidates,
    choose_case,
    discard,
    edit_section,
    recount,
    take_drafted,
)
from tests.bulletins import NOW, Q3, Quarter
from tests.casefile import HOSTILE

TOPICS = ("homework", "service", "subject", "hidden", "licences", "funds", "mending", "tips")


@pytest.fixture
def quarter(session: Session) -> Quarter:
    return Quarter(session)


def text_of(quarter: Quarter, bulletin: object, key: str) -> str:
    return next(each.text for each in sections_of(quarter.session, bulletin) if each.key == key)  # type: ignore[arg-type]


def test_a_quarterly_bulletin_has_the_eight_topics_in_their_order(quarter: Quarter) -> None:
    keys = [each.key for each in sections_of(quarter.session, quarter.draft())]
    assert [key for key in keys if key in TOPICS] == list(TOPICS)


def test_the_draft_says_what_was_counted(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    assert "对3所学校的课后服务进行了检查，各项符合的2所，占66.7%" in text_of(quarter, bulletin, "service")
    assert "确认问题2个，其中已销号1个、正在整改1个（逾期未改1个）" in text_of(quarter, bulletin, "mending")
    assert "受理举报2件" in text_of(quarter, bulletin, "tips")
    assert "查实1件" in text_of(quarter, bulletin, "tips")


def test_a_change_is_told_honestly_where_there_is_nothing_to_compare_with(quarter: Quarter) -> None:
    first = quarter.draft()
    assert first.figures["before"]["cells"] is None  # the record begins in May, within that quarter
    assert first.figures["year_before"]["cells"] is None
    texts = "".join(each.text for each in sections_of(quarter.session, first))
    assert texts.count("无可比数据") == 1, "said once, not after every number"
    later = quarter.draft(day="2026-11-20")
    assert "同比无可比数据" in text_of(quarter, later, "overview")
    assert later.figures["before"]["cells"]["made.all"] == 5
    assert later.figures["before"]["last"] == "2026-08-23"  # as many days as have passed of this quarter


def test_a_quarter_that_lies_ahead_is_refused(quarter: Quarter) -> None:
    with pytest.raises(Invalid, match="2027 年第一季度从 2027-01-01 开始，还没有到") as refused:
        quarter.draft(day="2027-02-03")
    assert list(refused.value.fields) == ["day"]


@pytest.mark.parametrize("day", ["", "2026-13-01", "明天", "0001-01-01", "99999-01-01"])
def test_what_is_no_day_is_refused(quarter: Quarter, day: str) -> None:
    with pytest.raises(Invalid, match="请填写日期"):
        quarter.draft(day=day)


def test_a_period_has_one_bulletin(quarter: Quarter) -> None:
    quarter.draft()
    with pytest.raises(Conflict, match="已经有一份"):
        quarter.draft(day="2026-09-30")


def test_a_discarded_draft_makes_room(quarter: Quarter) -> None:
    discard(quarter.session, quarter.dispatcher, quarter.draft().id)
    assert quarter.draft().is_draft


def test_an_inspector_drafts_nothing(quarter: Quarter) -> None:
    with pytest.raises(Forbidden):
        begin(quarter.session, quarter.inspector, BulletinKind.QUARTERLY, Q3, NOW, "东湖县")


def test_what_a_person_wrote_is_kept_and_the_drafts_words_can_be_had_again(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    section = edit_section(quarter.session, quarter.dispatcher, bulletin.id, "tips", "我写的。", 1, NOW)
    assert section.is_edited
    assert section.drafted.startswith("本季度受理举报2件")
    again = take_drafted(quarter.session, quarter.dispatcher, bulletin.id, "tips", NOW)
    assert again.text == again.drafted
    said = [each.detail.get("was") for each in quarter.session.query(Event).filter_by(subject_id=section.id)]
    assert "我写的。" in said


def test_two_who_edit_one_section_are_told_and_nothing_is_lost(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    edit_section(quarter.session, quarter.dispatcher, bulletin.id, "tips", "甲的文字", 1, NOW)
    with pytest.raises(SectionConflict, match="李调度刚保存过这一节") as clash:
        edit_section(quarter.session, quarter.director, bulletin.id, "tips", "乙的文字", 1, NOW)
    assert (clash.value.section.text, clash.value.given) == ("甲的文字", "乙的文字")
    edit_section(
        quarter.session, quarter.director, bulletin.id, "tips", "乙的文字", clash.value.section.revision, NOW
    )
    assert text_of(quarter, bulletin, "tips") == "乙的文字"


def test_two_may_edit_two_sections(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    edit_section(quarter.session, quarter.dispatcher, bulletin.id, "tips", "甲的文字", 1, NOW)
    edit_section(quarter.session, quarter.director, bulletin.id, "funds", "乙的文字", 1, NOW)
    assert text_of(quarter, bulletin, "funds") == "乙的文字"


@pytest.mark.parametrize("text", [*HOSTILE, "</w:t>", "{{", "=cmd|' /C calc'!A0", "𠮷野家𰻞面"])
def test_whatever_is_typed_stays_as_it_was_typed(quarter: Quarter, text: str) -> None:
    bulletin = quarter.draft()
    assert edit_section(quarter.session, quarter.dispatcher, bulletin.id, "tips", text, 1, NOW).text == text


def test_a_text_without_end_is_refused(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    with pytest.raises(Invalid, match="最多 20000 字"):
        edit_section(quarter.session, quarter.dispatcher, bulletin.id, "tips", "长" * 20_001, 1, NOW)


def test_new_figures_change_the_words_that_nobody_edited_and_mark_the_others(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    edit_section(quarter.session, quarter.dispatcher, bulletin.id, "mending", "我写的。", 1, NOW)
    quarter.find(quarter.checks[0], "又一个问题")
    recount(quarter.session, quarter.dispatcher, bulletin.id, NOW)
    assert "确认问题3个" in text_of(quarter, bulletin, "overview")
    mine = next(each for each in sections_of(quarter.session, bulletin) if each.key == "mending")
    assert (mine.text, mine.refreshed) == ("我写的。", True)
    assert "确认问题3个" in mine.drafted


def test_a_case_is_a_problem_that_was_struck_off_or_ordered(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    done, open_ = quarter.findings
    assert [each.finding.id for each in candidates(quarter.session, quarter.dispatcher, bulletin)] == [done.id]
    case = choose_case(quarter.session, quarter.dispatcher, bulletin.id, {"finding_id": str(done.id)})
    assert case.text == "2026年8月11日检查发现：20:30 以后仍在授课。9月12日经复查核实整改到位，予以销号。"
    with pytest.raises(Invalid, match="只有已销号或已开具文书的问题"):
        choose_case(quarter.session, quarter.dispatcher, bulletin.id, {"finding_id": str(open_.id)})
    with pytest.raises(Conflict, match="已经是典型案例"):
        choose_case(quarter.session, quarter.dispatcher, bulletin.id, {"finding_id": str(done.id)})
    assert len(cases_of(quarter.session, bulletin)) == 1
    assert open_.state is FindingState.CONFIRMED


def test_a_daily_report_and_a_half_month_notice_are_drafted_from_the_same_figures(quarter: Quarter) -> None:
    day = quarter.draft(BulletinKind.DAILY, "2026-08-11")
    assert "检查5次（学校3次、校外培训机构2次" in text_of(quarter, day, "day")
    half = quarter.draft(BulletinKind.HALF_MONTH, "2026-08-11")
    assert "城关镇检查5次，确认问题2个" in text_of(quarter, half, "by_township")
    assert "石桥镇没有开展检查" in text_of(quarter, half, "by_township")
