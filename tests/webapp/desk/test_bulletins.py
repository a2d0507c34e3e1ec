"""Bulletins at the desk: what is due, the editor, signing, publishing; and the page for everyone."""

import io
from collections.abc import Callable
from datetime import timedelta
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from python_calamine import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.closing import reopen
from inspections.registry.people import Role
from inspections.reporting.bulletins.bulletins import Audience, Bulletin, BulletinKind, BulletinSection
from inspections.reporting.bulletins.drafting import choose_case, edit_section
from inspections.reporting.bulletins.signing import publish, seal_of, sign, withdraw
from inspections.reporting.documents.filling import says
from tests.bulletins import NOW, TODAY, Quarter
from tests.factories import COUNTY, make_person

HOSTILE = "</w:t>{{7*7}}=cmd|'/C calc'!A0 𠮷𰻞<script>alert(1)</script>"


@pytest.fixture
def quarter(session: Session) -> Quarter:
    return Quarter(session, dispatcher="li", director="zhou")


@pytest.fixture
def li(quarter: Quarter, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("li")


def test_the_list_says_what_is_due_and_a_draft_is_begun_from_it(li: FlaskClient, session: Session) -> None:
    page = li.get("/bulletins").text
    assert "日报告" in page
    assert "拟草稿" in page
    answer = li.post("/bulletins", data={"kind": "quarterly", "day": "2026-08-15"})
    assert answer.status_code == 303
    draft = li.get(answer.location).text
    assert "确认问题2个" in draft
    assert "关于2026年第三季度“双减”工作情况的通报" in draft
    assert "拟草稿" in li.get(answer.location).text  # its history


def test_a_future_quarter_is_refused_with_the_message(li: FlaskClient) -> None:
    answer = li.post("/bulletins", data={"kind": "quarterly", "day": "2099-02-01"})
    assert answer.status_code == 422
    assert "2099 年第一季度从 2099-01-01 开始，还没有到，没有可以统计的数字" in answer.text


def test_a_script_saves_a_section_and_is_told_of_a_conflict(
    li: FlaskClient, quarter: Quarter, session: Session
) -> None:
    bulletin = quarter.draft()
    session.commit()
    where, asks = f"/bulletins/{bulletin.id}/sections/tips", {"Accept": "application/json"}
    first = li.post(where, data={"text": "甲", "revision": "1"}, headers=asks)
    assert first.json == {"revision": 2, "edited": True}
    second = li.post(where, data={"text": "乙", "revision": "1"}, headers=asks)
    assert second.status_code == 409
    assert (second.json["text"], second.json["revision"], second.json["who"]) == ("甲", 2, "李调度")
    page = li.post(where, data={"text": "乙", "revision": "nonsense"})
    assert page.status_code == 409
    assert "您写的（还没有保存）" in page.text
    assert "乙" in page.text
    assert "甲" in page.text


def test_what_is_typed_is_inert_on_the_page_in_word_and_in_the_workbook(
    li: FlaskClient, quarter: Quarter, session: Session
) -> None:
    bulletin = quarter.draft()
    session.commit()
    li.post(f"/bulletins/{bulletin.id}/sections/tips", data={"text": HOSTILE, "revision": "1"})
    li.post(f"/bulletins/{bulletin.id}/title", data={"title": "=1+1{{7*7}}"})
    page = li.get(f"/bulletins/{bulletin.id}/preview").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert HOSTILE in says(li.get(f"/bulletins/{bulletin.id}/paper").data)
    file = li.get(f"/bulletins/{bulletin.id}/tables").data
    book = load_workbook(io.BytesIO(file))
    assert book.sheet_names == ["主要数字", "各镇街"]
    assert str(book.get_sheet_by_index(0).to_python()[0][0]).startswith("=1+1{{7*7}}")
    assert b"<f>" not in ZipFile(io.BytesIO(file)).read("xl/worksheets/sheet1.xml")


def test_the_director_signs_what_the_page_showed(
    quarter: Quarter, session: Session, sign_in: Callable[[str], FlaskClient]
) -> None:
    bulletin, zhou = quarter.draft(), sign_in("zhou")
    seal = seal_of(session, bulletin)
    session.commit()
    assert seal in zhou.get(f"/bulletins/{bulletin.id}/preview").text
    edit_section(session, quarter.dispatcher, bulletin.id, "tips", "改过", 1, NOW)
    session.commit()
    refused = zhou.post(f"/bulletins/{bulletin.id}/sign", data={"seen": seal})
    assert refused.status_code == 409
    assert "这份草稿又改过" in refused.text
    again = {"seen": seal_of(session, bulletin)}
    assert zhou.post(f"/bulletins/{bulletin.id}/sign", data=again).status_code == 303
    assert "万教督通〔2026〕1号" in zhou.get(f"/bulletins/{bulletin.id}").text
    second = zhou.post(f"/bulletins/{bulletin.id}/sign", data=again)
    assert second.status_code == 409
    assert "没有重复编号" in second.text


def test_the_word_file_has_map_and_tables_and_the_same_bytes_each_time(
    li: FlaskClient, quarter: Quarter, session: Session
) -> None:
    bulletin = quarter.signed()
    session.commit()
    first = li.get(f"/bulletins/{bulletin.id}/paper").data
    assert li.get(f"/bulletins/{bulletin.id}/paper").data == first
    assert any(name.endswith(".png") for name in ZipFile(io.BytesIO(first)).namelist())
    words = says(first)
    for said in ("万教督通〔2026〕1号", "一、总体情况", "检查课后服务的学校（所）", "城关镇", "无可比数据"):
        assert said in words
    assert li.get(f"/bulletins/{bulletin.id}/map").data[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_draft_is_not_published(
    quarter: Quarter, session: Session, sign_in: Callable[[str], FlaskClient]
) -> None:
    bulletin = quarter.draft()
    session.commit()
    answer = sign_in("zhou").post(f"/bulletins/{bulletin.id}/publish", data={"audience": "public"})
    assert answer.status_code == 409
    assert "还没有签发，不能发布" in answer.text


def test_the_head_of_a_township_reads_what_was_published_inside_and_no_more(
    quarter: Quarter, session: Session, sign_in: Callable[[str], FlaskClient]
) -> None:
    make_person(session, Role.TOWNSHIP_ADMIN, login="zhen", township_id=quarter.towns[0].id)
    bulletin = quarter.signed()
    session.commit()
    zhen = sign_in("zhen")
    assert zhen.get(f"/bulletins/{bulletin.id}").status_code == 404
    publish(session, quarter.director, bulletin.id, Audience.INSIDE, NOW)
    session.commit()
    assert "总体情况" in zhen.get(f"/bulletins/{bulletin.id}").text
    assert "关于2026年第三季度" in zhen.get("/bulletins").text


def test_everyone_reads_the_masked_words_without_a_sign_in(
    client: FlaskClient, quarter: Quarter, session: Session
) -> None:
    bulletin = quarter.draft()
    edit_section(session, quarter.dispatcher, bulletin.id, "tips", "刘小红 13807931234 举报启明星培训一部", 1, NOW)
    sign(session, quarter.director, bulletin.id, seal_of(session, bulletin), NOW)
    session.commit()
    where = f"/bulletins/public/{COUNTY}/{bulletin.id}"
    assert client.get(where).status_code == 404
    publish(session, quarter.director, bulletin.id, Audience.PUBLIC, NOW)
    session.commit()
    page = client.get(where).text
    assert "刘某某 （略） 举报某校外培训机构" in page
    for secret in ("刘小红", "13807931234", "启明星"):
        assert secret not in page
    assert bulletin.title in client.get(f"/bulletins/public/{COUNTY}").text
    assert client.get(f"{where}/map").data[:4] == b"\x89PNG"
    for nowhere in ("/bulletins/public/421303", "/bulletins/public/000000", "/bulletins/public/'--"):
        assert bulletin.title not in client.get(nowhere).text
    assert client.get(f"/bulletins/public/421303/{bulletin.id}").status_code == 404


def test_a_withdrawn_bulletin_says_so_to_everyone(client: FlaskClient, quarter: Quarter, session: Session) -> None:
    bulletin = quarter.signed()
    publish(session, quarter.director, bulletin.id, Audience.PUBLIC, NOW)
    withdraw(session, quarter.director, bulletin.id, "刘小红的数字有误", NOW)
    session.commit()
    page = client.get(f"/bulletins/public/{COUNTY}/{bulletin.id}").text
    assert "这份通报已撤回，不再有效" in page
    assert "刘某某的数字有误" in page
    assert "确认问题" not in page
    assert client.get(f"/bulletins/public/{COUNTY}/{bulletin.id}/map").status_code == 404


def test_a_case_reopened_after_the_signature_is_told_beside_the_paper(
    li: FlaskClient, quarter: Quarter, session: Session
) -> None:
    bulletin, done = quarter.draft(), quarter.findings[0]
    choose_case(session, quarter.dispatcher, bulletin.id, {"finding_id": str(done.id)})
    sign(session, quarter.director, bulletin.id, seal_of(session, bulletin), NOW)
    session.commit()
    assert "又重新打开" not in li.get(f"/bulletins/{bulletin.id}").text
    reopen(session, quarter.dispatcher, done.id, "晚上又在授课", NOW + timedelta(hours=1), TODAY)
    session.commit()
    page = li.get(f"/bulletins/{bulletin.id}").text
    assert "签发以后，一个典型案例的问题又重新打开" in page
    assert "晚上又在授课" in page
    assert "予以销号" in page  # the words that were signed


def test_two_bulletins_stand_side_by_side(li: FlaskClient, quarter: Quarter, session: Session) -> None:
    quarter.signed(BulletinKind.HALF_MONTH, "2026-07-20")
    later = quarter.signed(BulletinKind.HALF_MONTH, "2026-08-11")
    session.commit()
    page = li.get(f"/bulletins/{later.id}/compare").text
    assert "关于2026年7月下半月" in page
    assert "<ins>" in page
    first = session.scalars(select(Bulletin).order_by(Bulletin.first_day)).first()
    assert first is not None
    assert "没有更早的通报" in li.get(f"/bulletins/{first.id}/compare").text


def test_a_section_is_restored_and_a_draft_discarded(li: FlaskClient, quarter: Quarter, session: Session) -> None:
    bulletin = quarter.draft()
    session.commit()
    li.post(f"/bulletins/{bulletin.id}/sections/tips", data={"text": "我写的", "revision": "1"})
    li.post(f"/bulletins/{bulletin.id}/sections/tips/restore")
    section = session.scalars(select(BulletinSection).where(BulletinSection.key == "tips")).one()
    session.refresh(section)
    assert section.text == section.drafted
    li.post(f"/bulletins/{bulletin.id}/discard")
    assert li.get(f"/bulletins/{bulletin.id}").status_code == 404


def test_the_score_shows_formula_weights_and_records(li: FlaskClient, quarter: Quarter, session: Session) -> None:
    page = li.get("/scores?period=2026-Q3").text
    assert "课后服务各项符合的学校 ÷ 检查了课后服务的学校 × 100" in page
    assert "数据不够" in page
    assert "<strong>55.0</strong>" in page  # 66.7 × 30% + 50 × 70%
    link = next(part for part in page.split('"') if "cell=amiss_service.school" in part).replace("&amp;", "&")
    assert "实验三小" in li.get(link).text
    assert li.get("/scores/records?of=nonsense&cell=made.all").status_code == 404
    assert li.get(link.replace("amiss_service.school", "nonsense")).status_code == 404
    book = load_workbook(io.BytesIO(li.get("/scores/table?period=2026-Q3").data))
    assert book.get_sheet_by_name("考评").to_python()[2][:3] == ["城关镇", 1, 55]


def test_a_score_of_a_future_quarter_is_refused_in_words(li: FlaskClient) -> None:
    assert "还没有到，没有可以统计的数字" in li.get("/scores?period=2099-Q1").text


def test_weights_are_set_by_the_director(quarter: Quarter, sign_in: Callable[[str], FlaskClient]) -> None:
    form = {"service": "40", "training": "30", "complaints": "10", "rectification": "21", "least": "2",
            "basis": "会议纪要", "valid_from": "2026-01-01"}  # fmt: skip
    zhou = sign_in("zhou")
    wrong = zhou.post("/scores/weights", data=form)
    assert wrong.status_code == 422
    assert "四项权重之和应为 100，现在是 101" in wrong.text
    assert zhou.post("/scores/weights", data=form | {"rectification": "20"}).status_code == 303
    assert "会议纪要" in zhou.get("/scores/weights").text


def test_probable_names_are_shown_and_confirmed_before_everyone_reads(
    quarter: Quarter, sign_in: Callable[[str], FlaskClient], session: Session
) -> None:
    bulletin = quarter.draft()
    edit_section(session, quarter.dispatcher, bulletin.id, "hidden", "家长王丽反映陈小红老师补课。", 1, NOW)
    desk = sign_in("zhou")
    assert "家长王丽" in desk.get(f"/bulletins/{bulletin.id}/preview").text
    sign(session, quarter.director, bulletin.id, seal_of(session, bulletin), NOW)
    page = desk.get(f"/bulletins/{bulletin.id}/masked").text
    for said in ("可能还有姓名（2 处）", "<li>陈小红老师</li>", 'name="names_read"'):
        assert said in page
    publish_it = f"/bulletins/{bulletin.id}/publish"
    assert desk.post(publish_it, data={"audience": "public"}).status_code == 409
    assert desk.post(publish_it, data={"audience": "public", "names_read": "1"}).status_code == 303
