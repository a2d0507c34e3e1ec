import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import load_workbook

from inspections.reporting.sheets import STARTS_A_FORMULA, csv_table, xlsx_table

FORMULAS = ['=HYPERLINK("http://evil")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =1"]
AT = datetime(2026, 3, 9, 16, 5, tzinfo=UTC)


def read_csv(body: bytes) -> list[list[str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_in_a_csv(text: str) -> None:
    assert read_csv(csv_table(["名称"], [[text]]))[1] == [f"'{text}"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_or_a_link_in_a_workbook(tmp_path: Path, text: str) -> None:
    body = xlsx_table("点位", ["名称"], [[text], ["http://evil.test"]])
    with ZipFile(io.BytesIO(body)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert not any("rels" in name and "sheet" in name for name in parts.namelist())
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet.lower()


@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_any_text_can_be_written_and_read_again(texts: list[str]) -> None:
    rows = read_csv(csv_table(["a"] * len(texts), [texts]))
    assert not any(cell.startswith(STARTS_A_FORMULA) for cell in rows[-1])
    assert len(load_workbook(io.BytesIO(xlsx_table("x", ["a"] * len(texts), [texts]))).sheet_names) == 1


def test_numbers_dates_and_moments_stay_what_they_are_in_chinas_time() -> None:
    row = [3, -2.5, date(2026, 3, 9), AT, None]
    assert read_csv(csv_table(list("abcde"), [row]))[1] == ["3", "-2.5", "2026-03-09", "2026-03-10 00:05", ""]
    sheet = load_workbook(io.BytesIO(xlsx_table("x", list("abcde"), [row]))).get_sheet_by_index(0).to_python()
    assert sheet[1][:4] == [3.0, -2.5, date(2026, 3, 9), datetime(2026, 3, 10, 0, 5)]  # noqa: DTZ001


def test_a_title_that_no_sheet_may_have_is_made_harmless() -> None:
    assert load_workbook(io.BytesIO(xlsx_table("a/b[c]:*?" + "长" * 40, ["x"], []))).sheet_names
