import io
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from inspections.errors import Invalid
from inspections.field.checklist_content import Content, ItemContent, faults
from inspections.field.checklist_sheets import (
    MOST_BYTES,
    Reading,
    as_xlsx,
    open_sheet,
    read_items,
    sheet_of,
    template,
)
from inspections.registry.departments import DepartmentKind
from inspections.registry.imports.problems import Severity, as_csv
from inspections.registry.imports.tables import Unreadable, clean
from tests.lists import as_csv as csv_of

HEAD = ["编号", "分组", "条目内容", "适用对象", "证明"]


def workbook(rows: list[list[Any]], merged: tuple[str, ...] = (), sheets: tuple[str, ...] = ("清单",)) -> bytes:
    """Rows of cells; `merged` are ranges that keep what stands in their first cell."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value is not None:
                        sheet.write_string(number, column, str(value))
        first = book.worksheets()[0]
        for cells in merged:
            first.merge_range(cells, "")
        for number, row in enumerate(rows):  # merging wrote the first cell anew
            for column, value in enumerate(row):
                if value is not None:
                    first.write_string(number, column, str(value))
    return file.getvalue()


def read(data: bytes, name: str = "清单.xlsx", **chosen: str) -> Reading:
    return read_items(open_sheet(name, data), chosen)


def said(reading: Reading) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, str(each.message)) for each in reading.problems]


WORDS = st.text(max_size=40).map(clean)
ITEM = st.builds(
    ItemContent,
    code=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True),
    section=WORDS.filter(bool),
    text=WORDS.filter(bool),
    section_en=WORDS,
    text_en=WORDS,
    kinds=st.sets(st.sampled_from(["school", "institution", "suspected"])).map(
        lambda kinds: tuple(each for each in ("school", "institution", "suspected") if each in kinds)
    ),
    proof=WORDS,
    proof_en=WORDS,
    source=WORDS,
    department=st.sampled_from(["", *(kind.value for kind in DepartmentKind)]),
)


@settings(max_examples=60)
@given(st.lists(ITEM, min_size=1, max_size=8, unique_by=lambda item: item.code.lower()))
def test_what_is_exported_is_read_back_the_same(items: list[ItemContent]) -> None:
    content = Content("清单", tuple(items))
    assert not faults(content)
    reading = read(as_xlsx(content))
    assert reading.items == items
    assert reading.problems == []


@pytest.mark.parametrize(
    "words",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "_x0041_",
        "0012",
        "1.50",
        "TRUE",
        "2026-11-22",
        "'=x",
        "𠮷𡈽",
        "</t>{{7*7}}",
    ],
)
def test_what_looks_like_something_else_stays_text(words: str) -> None:
    items = [ItemContent("a-1", words, words, proof=words, source=words)]
    assert read(as_xlsx(Content(words, tuple(items)))).items == items


def test_the_headers_of_an_english_export_are_known_too() -> None:
    english = {"编号": "Code", "分组": "Section", "条目内容": "Text of the item", "适用对象": "Applies to"}
    english |= {"不符合时要的证明": "Proof where not met", "依据": "Based on", "英文分组": "English section"}
    english |= {"英文内容": "English text", "英文证明": "English proof"}
    items = [ItemContent("a", "s", "t", "se", "te", ("school",), "p", "pe", "so")]
    reading = read(as_xlsx(Content("list", tuple(items)), lambda message: english.get(str(message), str(message))))
    assert reading.items == items


def test_the_template_is_read_without_a_word() -> None:
    reading = read(template())
    assert (len(reading.items), reading.problems) == (1, [])


def test_a_section_merged_over_its_rows_counts_for_each() -> None:
    rows = [["双减督导清单"], HEAD, ["1", "作业", "公示"], ["2", None, "统筹"], ["3", "考试", "不排名"]]
    reading = read(workbook(rows, merged=("A1:E1", "B3:B4")))
    assert [(item.code, item.section, item.text) for item in reading.items] == [
        ("1", "作业", "公示"),
        ("2", "作业", "统筹"),
        ("3", "考试", "不排名"),
    ]
    assert reading.errors == []


def test_a_row_that_is_a_heading_names_the_section() -> None:
    rows = [["序号", "内容"], ["一、作业管理"], ["1", "公示"], ["（二）课后服务"], ["2", "自愿"]]
    reading = read(workbook(rows, merged=("A2:B2",)))
    assert [(item.section, item.text) for item in reading.items] == [("作业管理", "公示"), ("课后服务", "自愿")]


def test_each_bad_row_is_named_with_its_column_and_value() -> None:
    rows = [
        HEAD,
        ["a-1", "作业", "公示"],
        ["A-1", "作业", "统筹"],
        ["a 3", "作业", "减量"],
        ["a-4", "作业", ""],
        ["a-5", "作业", "字" * 501],
        ["a-6", "作业", "批改", "月球"],
        ["", "作业", "讲解"],
        ["a-8", "", "面批"],
    ]
    found = said(read(workbook(rows)))
    assert found == [
        (3, "编号", "编号“A-1”和第 2 行重复"),
        (4, "编号", "编号只能用字母、数字、点和连字符，最多 40 个"),
        (5, "条目内容", "没有写内容；如果是合并的单元格，请拆开后再导入"),
        (6, "条目内容", "条目内容有 501 个字，最多 500 个字"),
        (7, "适用对象", "不认识的适用对象“月球”；可用：学校、校外培训机构、疑似违规办学点、全部"),
        (8, "编号", "没有编号，编为 07"),
    ]


def test_a_text_merged_over_two_items_is_refused_where_it_lacks() -> None:
    rows = [HEAD, ["1", "作业", "公示"], ["2", "作业", None]]
    reading = read(workbook(rows, merged=("C2:C3",)))
    assert said(reading) == [(3, "条目内容", "没有写内容；如果是合并的单元格，请拆开后再导入")]


def test_a_table_without_sections_gets_one_and_says_so() -> None:
    reading = read(workbook([["条目内容", "编号"], ["公示", "1"], ["统筹", "2"]]))
    assert [item.section for item in reading.items] == ["检查内容", "检查内容"]
    assert {each.severity for each in reading.problems} == {Severity.WARNING}


def test_a_list_with_too_many_items_is_refused_as_a_whole() -> None:
    reading = read(workbook([HEAD, *([f"i{n}", "组", "话"] for n in range(201))]))
    assert said(reading) == [(0, "", "清单有 201 条，最多 200 条；请分成几份清单")]


def test_the_person_says_which_column_is_which() -> None:
    data = workbook([["号", "甲", "乙"], ["1", "公示", "作业"]])
    with pytest.raises(Invalid, match="缺少“条目内容”列"):
        read(data)
    reading = read_items(open_sheet("x.xlsx", data), {"号": "code", "甲": "text", "乙": "section"})
    assert [(item.code, item.section, item.text) for item in reading.items] == [("1", "作业", "公示")]
    with pytest.raises(Invalid, match="两列指定了同一个字段"):
        read_items(open_sheet("x.xlsx", data), {"甲": "text", "乙": "text"})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_csv_of_any_usual_encoding_is_read(encoding: str) -> None:
    text = "编号,分组,条目内容\n1,作业,公示\n".encode(encoding)
    assert [item.text for item in read(text, "清单.csv").items] == ["公示"]


def test_kinds_are_read_as_people_write_them() -> None:
    cells = ["学校", "机构，学校", "Suspected;疑似点", "全部", ""]
    reading = read(workbook([HEAD, *([f"a{n}", "组", "话", cell] for n, cell in enumerate(cells))]))
    assert [item.kinds for item in reading.items] == [
        ("school",),
        ("school", "institution"),
        ("suspected",),
        (),
        (),
    ]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.xlsx", b"", "文件是空的"),
        ("a.pdf", b"%PDF-1.7", "这是 PDF 文件"),
        ("a.xlsx", b"PK\x03\x04 broken", "."),
        ("a.xls", b"<html><table><tr><td>x", "这是网页表格"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "这份文件不是表格"),
        ("a.kml", b"<?xml version='1.0'?><kml/>", "这份文件不是表格"),
        ("a.csv", b" " * (MOST_BYTES + 1), "文件超过 5 MB"),
        ("a.csv", ("编号,条目内容\n" + "1,话\n" * 1001).encode(), "文件超过 1000 行"),
        ("a.csv", (",".join(f"c{n}" for n in range(60)) + "\n1\n").encode(), "表头有 60 列"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(name: str, data: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        open_sheet(name, data)


def test_another_sheet_is_read_by_its_name_and_the_first_is_told() -> None:
    data = workbook([HEAD, ["1", "组", "话"]], sheets=("甲", "乙"))
    assert "工作簿有 2 张工作表，读的是“甲”" in [str(note) for note in open_sheet("x.xlsx", data).notes]
    assert open_sheet("x.xlsx", data, "乙").name == "乙"
    with pytest.raises(Unreadable, match="没有名为“丙”的工作表"):
        open_sheet("x.xlsx", data, "丙")


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {"name": "x", "columns": 3, "rows": []},
        {"name": "x", "columns": ["a"], "rows": [["one", {}]]},
        {"name": "x", "columns": ["a"], "rows": [[1, "no"]]},
        {"name": "x", "columns": ["a"], "rows": [[1, {"a": "x" * 10_001}]]},
        {"name": "x", "columns": ["a"] * 51, "rows": []},
        {"name": "x", "columns": ["a"], "rows": [[n, {}] for n in range(1001)]},
    ],
)
def test_a_sheet_that_did_not_come_back_whole_is_refused(given: Any) -> None:
    with pytest.raises(Invalid, match="没有完整送回来"):
        sheet_of(given)


def test_a_sheet_goes_to_and_fro_unchanged() -> None:
    sheet = open_sheet("x.csv", csv_of([{"编号": "1", "条目内容": "=话"}], ["编号", "条目内容"]))
    back = sheet_of(sheet.as_json())
    assert back.rows == ((2, {"编号": "1", "条目内容": "=话"}),)
    assert (back.columns, back.rows) == (sheet.columns, sheet.rows)


def test_the_table_of_problems_is_inert() -> None:
    reading = read(workbook([HEAD, ["=cmd|' /C calc'!A0", "组", "话"]]))
    assert reading.errors
    assert "\n2,错误,编号,'=cmd" in as_csv(reading.problems).decode("utf-8-sig").replace("\r\n", "\n")


def test_a_joint_sheet_names_departments_as_people_say_them() -> None:
    said_there = ("消防", "市监局", "", "气象")
    rows = [[code, "组", "通道畅通", word] for code, word in zip("abcd", said_there, strict=True)]
    reading = read(workbook([["编号", "分组", "条目内容", "部门"], *rows]))
    assert [item.department for item in reading.items] == ["fire", "market", "", ""]
    [(row, column, message)] = said(reading)
    assert (row, column) == (5, "部门")
    assert "气象" in message
