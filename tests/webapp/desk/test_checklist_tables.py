import io
import json
import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from geo.times import china_day
from inspections.field.checklist_content import Content, ItemContent
from inspections.field.checklist_drafts import begin_list, mark_of
from inspections.field.checklist_publishing import publish
from inspections.field.checklist_sheets import as_xlsx, open_sheet, read_items
from inspections.field.checklists import Checklist, find_checklist
from inspections.registry.people import Person, Role
from tests.factories import COUNTY, NOW, make_person
from tests.lists import as_csv

ITEMS = (
    ItemContent("f-1", "通道", "疏散通道畅通", kinds=("school",), proof="通道照片"),
    ItemContent("f-2", "器材", "灭火器有效"),
)
FIRE = Content("消防清单", ITEMS)
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, login="li", name="李调度")


@pytest.fixture
def desk(sign_in, dispatcher: Person) -> FlaskClient:
    return sign_in("li")


def upload(desk: FlaskClient, data: bytes, name: str = "消防.xlsx", **more: str):
    return desk.post("/checklists/import", data={"file": (io.BytesIO(data), name)} | more)


def text(answer) -> str:
    assert answer.status_code < 500
    return unescape(answer.text)


def table_of(answer) -> str:
    """What the page carries on for the next step."""
    [value] = re.findall(r'name="table" value="([^"]*)"', answer.text)
    return unescape(value)


def test_a_file_is_looked_at_first_and_then_saved_as_a_draft(desk: FlaskClient, session: Session) -> None:
    looked = upload(desk, as_xlsx(FIRE))
    page = text(looked)
    assert "疏散通道畅通" in page
    assert 'value="消防"' in page  # the title, from the name of the file
    assert session.query(Checklist).filter(Checklist.county == COUNTY).count() == 0
    given = {"table": table_of(looked), "title": "消防清单", "short_code": "imported", "into": ""}
    answer = desk.post("/checklists/import/save", data=given)
    assert "已导入 2 条，存为草稿" in text(desk.get(answer.location))
    found = find_checklist(session, f"{COUNTY}-imported", 1)
    assert found is not None
    assert Content.of(found) == FIRE


def test_an_import_makes_the_next_version_of_a_list(
    desk: FlaskClient, session: Session, dispatcher: Person
) -> None:
    director = make_person(session, Role.DIRECTOR)
    first = begin_list(session, dispatcher, "next", FIRE, NOW)
    publish(session, director, first.code, None, seen=mark_of(first), today=china_day(NOW), now=NOW)
    session.commit()
    newer = (*ITEMS, ItemContent("f-3", "电气", "没有私拉电线"))
    given = {"table": table_of(upload(desk, as_xlsx(FIRE.with_items(newer)))), "into": first.code}
    assert desk.post("/checklists/import/save", data=given).status_code == 303
    second = find_checklist(session, first.code, 2)
    assert second is not None
    assert (second.title, Content.of(second).items) == ("消防清单", newer)
    again = desk.post("/checklists/import/save", data=given)
    assert again.status_code == 422
    assert "这份清单有一份没发布的草稿，导入会盖掉它" in text(again)


def test_bad_rows_are_shown_can_be_downloaded_and_nothing_is_saved(desk: FlaskClient, session: Session) -> None:
    rows = [
        {"编号": "a", "分组": "组", "条目内容": "话"},
        {"编号": "a", "分组": "组", "条目内容": "=1+1"},
        {"编号": "b", "分组": "组", "条目内容": ""},
        {"编号": "=cmd", "分组": "组", "条目内容": HOSTILE},
    ]
    looked = upload(desk, as_csv(rows, ["编号", "分组", "条目内容"]), "坏.csv")
    page = text(looked)
    for words in ("编号“a”和第 2 行重复", "没有写内容；如果是合并的单元格", "编号只能用字母、数字、点和连字符"):
        assert words in page
    assert "存为草稿" not in page
    assert "<img src=x" not in looked.text
    given = {"table": table_of(looked), "title": "坏", "short_code": "bad"}
    refused = desk.post("/checklists/import/save", data=given)
    assert refused.status_code == 422
    assert "有 3 处错误，没有保存；请改好文件重新上传" in text(refused)
    assert session.query(Checklist).filter(Checklist.county == COUNTY).count() == 0
    as_table = desk.post("/checklists/import/problems.csv", data=given).data.decode("utf-8-sig")
    assert "'=cmd" in as_table
    workbook = desk.post("/checklists/import/problems.xlsx", data=given)
    assert workbook.data.startswith(b"PK")
    assert "attachment" in workbook.headers["Content-Disposition"]


def test_the_person_names_the_columns_of_a_strange_table(desk: FlaskClient) -> None:
    looked = upload(desk, as_csv([{"甲": "疏散通道畅通", "乙": "f-1"}], ["甲", "乙"]), "x.csv")
    assert "缺少“条目内容”列" in text(looked)
    given = {"table": table_of(looked), "column-0": "text", "column-1": "code"}
    again = text(desk.post("/checklists/import/look", data=given))
    assert "缺少" not in again
    assert "没有分组，归入“检查内容”" in again


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.xlsx", "文件是空的"),
        (b"%PDF-1.7", "a.pdf", "这是 PDF 文件"),
        (b"\x00\x01\x02binary", "a.xlsx", "认不出这是什么文件"),
        (b"<html><table>", "a.xls", "这是网页表格"),
        (b'{"type":"FeatureCollection","features":[]}', "a.json", "这份文件不是表格"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(desk: FlaskClient, data: bytes, name: str, words: str) -> None:
    answer = upload(desk, data, name)
    page = text(answer)
    assert answer.status_code == 422
    assert words in page


def test_without_a_file_the_page_asks_for_one(desk: FlaskClient) -> None:
    answer = desk.post("/checklists/import", data={})
    assert answer.status_code == 422
    assert "请先选择文件" in text(answer)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(desk: FlaskClient) -> None:
    kind = "multipart/form-data; boundary=x"
    answer = desk.post("/checklists/import", data=b"a" * (7 * 2**20), content_type=kind)
    assert answer.status_code == 413
    assert "文件超过 5 MB" in text(answer)


@pytest.mark.parametrize(
    "table", ["", "{", "[]", json.dumps({"name": 1}), '{"name":"x","columns":["a"],"rows":[[1,2]]}']
)
def test_what_comes_back_changed_is_refused(desk: FlaskClient, table: str) -> None:
    for step in ("look", "save", "problems.csv"):
        answer = desk.post(f"/checklists/import/{step}", data={"table": table})
        assert answer.status_code == 422, step
        assert "没有完整送回来" in text(answer)


def test_any_version_is_exported_and_read_back_the_same(desk: FlaskClient, session: Session) -> None:
    for code in ("zd-25", "wxgl", "xxaq", "pxcs"):
        answer = desk.get(f"/checklists/{code}/1.xlsx")
        found = find_checklist(session, code, 1)
        assert found is not None
        assert list(Content.of(found).items) == read_items(open_sheet("x.xlsx", answer.data)).items
        assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


def test_an_export_for_an_english_reader_is_read_back_too(desk: FlaskClient, session: Session) -> None:
    desk.post("/account/look", data={"language": "en", "next": "/"})
    answer = desk.get("/checklists/wxgl/1.xlsx")
    sheet = open_sheet("x.xlsx", answer.data)
    found = find_checklist(session, "wxgl", 1)
    assert found is not None
    assert "Section" in sheet.columns
    assert list(Content.of(found).items) == read_items(sheet).items


def test_the_template_can_be_filled_in(desk: FlaskClient) -> None:
    assert read_items(open_sheet("x.xlsx", desk.get("/checklists/template.xlsx").data)).problems == []


def test_who_may_only_read_exports_and_does_not_import(sign_in, session: Session) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    reader = sign_in("sun")
    assert reader.get("/checklists/zd-25/1.xlsx").status_code == 200
    assert reader.get("/checklists/import").status_code == 403
    assert upload(reader, as_xlsx(FIRE)).status_code == 403
    for step in ("look", "save", "problems.csv"):
        assert reader.post(f"/checklists/import/{step}", data={"table": "{}"}).status_code == 403
