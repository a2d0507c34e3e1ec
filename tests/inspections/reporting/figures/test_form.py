"""The form as it is printed: every box where the paper has it, every number the cell's, all words inert."""

import io
import zipfile
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from inspections.reporting.figures.annex5 import CELLS, FIGURES
from inspections.reporting.figures.entries import Words
from inspections.reporting.figures.figure import cells_of
from inspections.reporting.figures.form import COLUMNS, Form, Number, district, form_of
from inspections.reporting.figures.workbook import workbook

HOSTILE = '=HYPERLINK("http://evil.test")\x00</w:t>{{7*7}}\n@SUM(1)\U00030edd'
WORDS = Words("曾都区教育局", "张敏", "0722-1", (HOSTILE, "", "作业超时"))
CELL_NUMBERS = {cell.key: n for n, cell in enumerate(cells_of(FIGURES), start=101)}


@pytest.fixture
def form() -> Form:
    return form_of("曾都区2023年“双减”督导有关情况统计表", "曾都区", WORDS, CELL_NUMBERS)


def words_in(form: Form) -> list[str]:
    return [
        str(part) for row in form.rows for square in row for part in square.parts if not isinstance(part, Number)
    ]


def test_the_form_has_the_words_of_the_paper(form: Form) -> None:
    assert [word for word in words_in(form) if word not in {"", HOSTILE, "作业超时"}] == [
        "责任督学到培训机构督导工作情况", "实地督导校外培训机构数量", "（个），其中：学科类", "，非学科类",
        "责任督学到校督导工作情况", "落实内容", "合计", "小学", "初中",
        "派出责任督学数（人）", "实地督导学校数量（所）", "责任督学已出具整改通知书及问题清单（套）",
        "主要问题", "1．", "2．", "3．",
        "学校整改落实情况", "整改进展", "合计", "小学", "初中",
        "存在问题学校（所）", "已完成整改学校数", "存在问题（个）", "已完成整改问题数", "正在整改问题数",
        "问责情况", "问责情况", "合计", "其中：区教育督导部门",
        "印发督办单（件）", "通报（次）", "约谈（人次）", "问责（人次）",
        "典型经验", "共发现典型经验", "例（附相关材料）",
    ]  # fmt: skip
    assert str(form.notes[0]) == "说明：“学校整改落实情况”栏中，存在问题=已完成整改+正在整改问题"


def test_each_number_stands_in_the_form_once_and_each_row_is_full(form: Form) -> None:
    numbers = [
        part.key for row in form.rows for square in row for part in square.parts if isinstance(part, Number)
    ]
    assert sorted(numbers) == sorted(set(CELLS) - {"ledger.all"})
    below = 0
    for row in form.rows:
        wide = sum(square.columns for square in row)
        assert wide == (COLUMNS if row[0].kind == "side" else COLUMNS - 1)
        below = row[0].rows - 1 if row[0].kind == "side" else below - 1
    assert below == 0


def read_back(file: bytes) -> tuple[list[list[Any]], set[tuple[Any, ...]], str]:
    """Values, merged boxes as (first row, first column, last row, last column) from 0, and the sheet's XML."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0)
    merged = {(*first, *last) for first, last in sheet.merged_cell_ranges or []}
    xml = zipfile.ZipFile(io.BytesIO(file)).read("xl/worksheets/sheet1.xml").decode()
    return sheet.to_python(), merged, xml


def test_the_workbook_is_the_paper_with_its_heads_merged(form: Form) -> None:
    rows, merged, xml = read_back(workbook(form, ["指纹 abc"]))
    assert {(0, 0, 0, 4), (1, 0, 1, 4), (2, 1, 2, 4), (3, 0, 6, 0), (7, 0, 9, 0), (7, 1, 7, 4)} <= merged
    assert {(10, 0, 15, 0), (16, 0, 20, 0), (16, 3, 16, 4), (17, 3, 17, 4), (21, 1, 21, 4)} <= merged
    assert rows[0][0] == "曾都区2023年“双减”督导有关情况统计表"
    assert rows[1][0] == "填报单位：曾都区教育局　　填报人：张敏　　联系电话：0722-1"
    assert rows[4][1:3] == ["派出责任督学数（人）", CELL_NUMBERS["inspectors.all"]]
    assert rows[13][2:] == [CELL_NUMBERS[f"problems.{each}"] for each in ("all", "primary", "junior")]
    assert rows[17][3] == CELL_NUMBERS["supervision.own"]
    assert rows[21][1] == f"共发现典型经验 {CELL_NUMBERS['cases.all']} 例（附相关材料）"
    assert rows[-1][0] == "指纹 abc"
    assert 'paperSize="9"' in xml


def test_nothing_that_was_typed_is_calculated(form: Form) -> None:
    rows, _merged, xml = read_back(workbook(form))
    assert rows[7][1].startswith("1．=HYPERLINK(")
    assert rows[7][1].endswith("@SUM(1)\U00030edd")
    assert "\x00" not in rows[7][1]
    assert "<f>" not in xml


@pytest.mark.parametrize(
    ("county", "word"), [("曾都区", "区"), ("青岚县（演示）", "县"), ("瑞金市", "市"), ("", "县"), ("某地", "县")]
)
def test_a_county_is_called_what_it_is(county: str, word: str) -> None:
    assert str(district(county)) == word
