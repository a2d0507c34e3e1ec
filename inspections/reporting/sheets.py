"""Tables as files for Excel and WPS, in which no text can become a formula.

Neither quoting in CSV nor a cell's format stops a program from calculating what starts with `=`; a leading
apostrophe does (OWASP, CSV Injection). XLSX cells are written as strings, so they keep their text as it is.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from geo.times import local

LONGEST_CELL = 32_767  # characters, by the file format
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def inert(text: str) -> str:
    """Text that a spreadsheet shows and never calculates.

    >>> inert("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    >>> inert("小太阳托管班")
    '小太阳托管班'
    """
    return f"'{text}" if text.lstrip(" ").startswith(STARTS_A_FORMULA) else text


def csv_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with the mark that Excel needs to recognise it; times in Asia/Shanghai."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([inert(name) for name in head])
    for row in rows:
        writer.writerow([_plain(value) for value in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "replace")


Table = tuple[str, Sequence[str], Iterable[Sequence[Any]]]


def xlsx_table(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """One sheet with a head that stays and filters; numbers and dates are real ones, text is text."""
    return xlsx_book([(title, head, rows)])


def xlsx_book(tables: Sequence[Table]) -> bytes:
    """The same with a sheet for each table: its title, head and rows."""
    import xlsxwriter  # here, since every start would pay a quarter of a second for it

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False})
    bold = book.add_format({"bold": True, "bottom": 1})
    formats: dict[type, Any] = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    for title, head, rows in tables:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31] or "Sheet")
        _fill(sheet, head, rows, bold, formats)
    book.close()
    return file.getvalue()


def _fill(
    sheet: Any, head: Sequence[str], rows: Iterable[Sequence[Any]], bold: Any, formats: dict[type, Any]
) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(head) - 1, 0), 18)
    for column, name in enumerate(head):
        sheet.write_string(0, column, name, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, last, column, value, formats)
    sheet.autofilter(0, 0, last, max(len(head) - 1, 0))


def _write(sheet: Any, row: int, column: int, value: Any, formats: dict[type, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, _local(value), formats[datetime])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats[date])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, CONTROLS.sub("", str(value))[:LONGEST_CELL])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return value
    return "" if value is None else inert(CONTROLS.sub("", str(value)))


def _local(value: datetime) -> datetime:
    return local(value).replace(tzinfo=None)
