import csv
import io
import zipfile

import pytest
import python_calamine

from inspections.errors import say
from inspections.registry.imports.problems import Problem, Severity, as_csv, as_xlsx

SPITEFUL = ["${alert(1)}", "</script>", '=HYPERLINK("http://x","y")', "+1", "-1", "@a", "＝1", " =1", "\t=1"]


@pytest.fixture
def problems():
    unknown = say("不认识")
    return [Problem(n, value, value, unknown, Severity.ERROR) for n, value in enumerate(SPITEFUL, start=2)]


def test_the_csv_opens_as_chinese_and_holds_no_formula(problems):
    data = as_csv(problems)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert lines[0] == ["行", "程度", "列", "内容", "问题说明"]
    for line, value in zip(lines[1:], SPITEFUL, strict=True):
        assert line[3].lstrip("'") == value
        assert line[3].lstrip(" \t")[:1] not in tuple("=+-@＝\t")


def test_the_workbook_holds_every_cell_as_text(problems):
    data = as_xlsx(problems)
    cells = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in cells[1:]] == SPITEFUL
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
