import io
import zipfile
from typing import Any

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.casework.papers import in_words, lines_of, numeral
from inspections.reporting.documents.blocks import NOT_XML
from inspections.reporting.documents.builtin import built_in
from inspections.reporting.documents.filling import fill
from inspections.reporting.documents.kinds import WITHDRAWN, kind_of, words_of
from inspections.reporting.documents.layout import CHARACTER_PT, LINE_PT
from tests.casefile import HOSTILE

ITEM = {
    "problem": "20:30 以后仍在授课",
    "item_code": "zd-17",
    "measures": "立即停止\n清退费用",
    "lead": "王副局长",
    "department": "校外教育培训监管股",
    "working_days": 15,
    "due_on": None,
}
CONTENT: dict[str, Any] = {
    "format": "mingcha-order/1",
    "kind": "rectification",
    "number": "万教整改〔2026〕17号",
    "county": "万年县",
    "bureau": "万年县教育体育局",
    "addressee": "小太阳托管班",
    "supervised_on": "2026-11-20",
    "items": [ITEM, ITEM | {"working_days": None, "due_on": "2026-12-04"}],
    "officers": [{"name": "张敏", "certificate": "赣E001"}, {"name": "何静", "certificate": "赣E002"}],
    "organisation": "万年县教育体育局",
    "contact": "李调度",
    "telephone": "0793-1234567",
    "issued_on": "2026-11-23",
}
PRESSING = CONTENT | {"kind": "supervision", "organisation": "小太阳托管班"}


def word_file(content: dict[str, Any], mark: str = "") -> bytes:
    kind = kind_of(content["kind"])
    return fill(built_in(kind.layout), words_of(kind, content, mark=mark))


def opened(content: dict[str, Any], mark: str = "") -> Any:
    return docx.Document(io.BytesIO(word_file(content, mark)))


def words(document: Any) -> list[str]:
    cells = {cell._tc: cell for table in document.tables for row in table.rows for cell in row.cells}
    paragraphs = [*document.paragraphs, *(each for cell in cells.values() for each in cell.paragraphs)]
    return [each.text for each in paragraphs]


def test_the_page_is_that_of_official_documents() -> None:
    section = opened(CONTENT).sections[0]
    size = (section.page_width.mm, section.page_height.mm)
    margins = [getattr(section, f"{side}_margin").mm for side in ("top", "bottom", "left", "right")]
    assert [round(each) for each in (*size, *margins)] == [210, 297, 37, 35, 28, 26]
    assert 22 * LINE_PT <= 225 * 72 / 25.4 < 22.1 * LINE_PT
    assert 28 * CHARACTER_PT <= 156 * 72 / 25.4 < 28.1 * CHARACTER_PT


def test_faces_and_sizes_are_those_of_official_documents() -> None:
    document = opened(CONTENT)
    organ, number, title = (document.paragraphs[n] for n in range(3))
    assert (organ.text, str(organ.style.font.color.rgb)) == ("万年县教育体育局", "FF0000")
    assert 'w:bottom w:val="single"' in number.style.element.xml
    assert (title.text, title.style.font.size.pt) == ("整改通知书", 22)
    assert "方正小标宋简体" in title.style.element.xml
    style = document.styles["Normal"]
    assert (style.font.size.pt, "仿宋_GB2312" in style.element.xml) == (16, True)


def test_a_notice_says_everything_once() -> None:
    said = words(opened(CONTENT))
    assert said[1:5] == [
        "万教整改〔2026〕17号", "整改通知书", "小太阳托管班：",
        "2026年11月20日，我单位对你单位进行检查，发现以下问题，现要求按下列要求和时限整改，并书面报告整改情况。",
    ]  # fmt: skip
    assert "一、20:30 以后仍在授课" in said
    assert "完成时限：自送达之日起15个工作日内。牵头领导：王副局长。责任部门：校外教育培训监管股。" in said
    assert "完成时限：2026年12月4日前。牵头领导：王副局长。责任部门：校外教育培训监管股。" in said
    assert "执法人员：张敏（执法证号 赣E001）、何静（执法证号 赣E002）" in said
    assert said[-3:] == ["万年县教育体育局", "2026年11月23日", "（联系人：李调度，联系电话：0793-1234567）"]


def test_a_supervision_order_has_the_fields_of_its_form() -> None:
    document = opened(PRESSING)
    table = document.tables[0]
    assert words(document)[2] == "万年县“双减”教育督导问题整改督办单"
    assert [cell.text for cell in table.rows[0].cells] == ["督办对象", "小太阳托管班"]
    assert [cell.text for cell in table.rows[1].cells] == ["督办时间", "2026年11月20日"]
    assert table.rows[2].cells[0].text == "发现的问题、整改要求（含时限）"
    assert table.rows[3].cells[0].text.endswith("学校（单位）：小太阳托管班\n2026年11月23日")
    assert table.rows[4].cells[0].text == "联系人：李调度　　联系电话：0793-1234567"


def test_a_withdrawn_paper_says_so_on_every_page() -> None:
    section = opened(CONTENT, WITHDRAWN).sections[0]
    assert {each.paragraphs[0].text for each in (section.header, section.even_page_header)} == {
        "（本文书已撤回，不再有效）"
    }
    assert opened(CONTENT).sections[0].header.paragraphs[0].text == ""


@pytest.mark.parametrize(
    "typed", [*HOSTILE, "</w:t><w:t>", "{{7*7}}{% raw %}", "=cmd|' /C calc'!A0", "𠮷𬭶〇𰻝", "&lt;"]
)
@pytest.mark.parametrize("kind", [CONTENT, PRESSING])
def test_typed_text_stays_text(typed: str, kind: dict[str, Any]) -> None:
    item = ITEM | {"problem": typed, "measures": typed, "lead": typed, "department": typed}
    typed_everywhere = kind | dict.fromkeys(("addressee", "organisation", "contact", "telephone", "bureau"), typed)
    said = "\n".join(words(opened(typed_everywhere | {"items": [item]})))
    assert said.count(typed) == 9


@given(st.text())
def test_any_text_makes_a_file_that_opens(typed: str) -> None:
    content = CONTENT | {
        "addressee": typed,
        "bureau": typed,
        "items": [ITEM | {"problem": typed, "measures": typed}],
    }
    file = word_file(content)
    assert zipfile.ZipFile(io.BytesIO(file)).testzip() is None
    clean = NOT_XML.sub("", typed)
    assert clean.split() == [] or clean.split()[0] in "\n".join(words(docx.Document(io.BytesIO(file))))


def test_a_draft_has_neither_number_nor_date() -> None:
    lines = lines_of(CONTENT | {"number": "", "issued_on": None})
    assert [line.style for line in lines if not line.text] == ["number", "date"]


def test_days_and_numerals_are_written_as_in_official_papers() -> None:
    assert (in_words("2026-03-09"), in_words(None)) == ("2026年3月9日", "")
    assert [numeral(n) for n in (1, 10, 11, 20, 50)] == ["一", "十", "十一", "二十", "五十"]
