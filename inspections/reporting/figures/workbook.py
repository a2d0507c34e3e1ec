"""The form as a workbook in the printed layout. It is an official paper, so its words are Chinese."""

import io
import re
from collections.abc import Iterable
from typing import Any

from ..sheets import CONTROLS, LONGEST_CELL
from .form import COLUMNS, Form, Number, Square

WIDTHS = (16, 40, 14, 14, 14)  # characters
HEIGHT_PT, TITLE_PT = 28, 40
A4 = 9
SONG, HEI = "宋体", "黑体"


def workbook(form: Form, remarks: Iterable[str] = ()) -> bytes:
    """One sheet for A4. `remarks` stand below the notes, such as the fingerprint of a snapshot.

    Numbers are numbers. What a person typed is written as text, which no program calculates.
    """
    import xlsxwriter  # here, since every start would pay a quarter of a second for it

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("统计表")
    formats = _formats(book)
    _set_page(sheet)
    _merged(sheet, (0, 0, 1, COLUMNS), form.title, formats["title"])
    sheet.set_row(0, TITLE_PT)
    words = form.words
    head = f"填报单位：{words.unit}　　填报人：{words.filled_by}　　联系电话：{words.telephone}"
    _merged(sheet, (1, 0, 1, COLUMNS), head, formats["line"])
    last = _rows(sheet, form, formats, first=2)
    for n, note in enumerate([*map(str, form.notes), *remarks], start=last):
        _merged(sheet, (n, 0, 1, COLUMNS), note, formats["line"])
        sheet.set_row(n, HEIGHT_PT)
    book.close()
    return file.getvalue()


def _set_page(sheet: Any) -> None:
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.hide_gridlines(2)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)


def _formats(book: Any) -> dict[str, Any]:
    boxed = {"border": 1, "valign": "vcenter", "text_wrap": True, "font_name": SONG, "font_size": 11}
    middle = boxed | {"align": "center"}
    return {
        "title": book.add_format({"bold": True, "align": "center", "valign": "vcenter", "font_name": HEI,
                                  "font_size": 16}),
        "line": book.add_format({"valign": "vcenter", "text_wrap": True, "font_name": SONG, "font_size": 11}),
        "side": book.add_format(middle | {"bold": True}),
        "head": book.add_format(middle | {"bold": True}),
        "label": book.add_format(boxed),
        "text": book.add_format(boxed),
        "number": book.add_format(middle | {"num_format": "0"}),
    }  # fmt: skip


def _rows(sheet: Any, form: Form, formats: dict[str, Any], first: int) -> int:
    """Write the boxes; gives the row after them. A box that spans rows leaves its column to the rows below."""
    taken: dict[int, int] = {}
    row = first
    for row, squares in enumerate(form.rows, start=first):
        sheet.set_row(row, HEIGHT_PT)
        column = 0
        for square in squares:
            while taken.get(column, -1) >= row:
                column += 1
            if square.rows > 1:
                taken[column] = row + square.rows - 1
            _square(sheet, form, square, (row, column), formats[square.kind])
            column += square.columns
    return row + 1


def _square(sheet: Any, form: Form, square: Square, place: tuple[int, int], look: Any) -> None:
    area = (*place, square.rows, square.columns)
    if square.kind == "number" and isinstance(number := square.parts[0], Number):
        _merged(sheet, area, form.cells[number.key], look)
        return
    text = "".join(f" {form.cells[p.key]} " if isinstance(p, Number) else str(p) for p in square.parts)
    _merged(sheet, area, text, look)


def _merged(sheet: Any, area: tuple[int, int, int, int], value: int | str, look: Any) -> None:
    row, column, rows, columns = area
    if rows > 1 or columns > 1:
        sheet.merge_range(row, column, row + rows - 1, column + columns - 1, "", look)
    if isinstance(value, int):
        sheet.write_number(row, column, value, look)
    else:
        sheet.write_string(row, column, clean(value), look)


def clean(text: str) -> str:
    """What the file format can hold of a text, on one line of a cell."""
    return re.sub(r"[\r\n]+", " ", CONTROLS.sub("", text))[:LONGEST_CELL]
