"""The tables of a bulletin and of the score as workbooks. Text is written as text and can't be calculated."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..sheets import CONTROLS, LONGEST_CELL
from .content import as_of_words
from .tables import FIGURE_HEAD, NOTHING, TOWNSHIP_HEAD, figure_rows, has_townships, township_rows


class Sheet(NamedTuple):
    name: str
    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Any]]


def bulletin_book(content: Mapping[str, Any]) -> bytes:
    until = f"{content['title']}（统计截至{as_of_words(content['figures'])}）"
    figures = [
        [row.label, row.now, _or(row.before), row.change, _or(row.year_before), row.year_change]
        for row in figure_rows(content)
    ]
    sheets = [Sheet("主要数字", until, FIGURE_HEAD, figures)]
    if has_townships(content):
        rows = [
            [*row[1:8], "数据不够" if row.total is None else row.total, _or(row.rank)]
            for row in township_rows(content)
        ]
        sheets.append(Sheet("各镇街", until, TOWNSHIP_HEAD, rows))
    return book_of(sheets)


def book_of(sheets: Iterable[Sheet]) -> bytes:
    """Each sheet has its title over all columns, a head that stays, and real numbers."""
    import xlsxwriter  # here, since every start would pay a quarter of a second for it

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    title = book.add_format(
        {"bold": True, "align": "center", "valign": "vcenter", "font_size": 14, "text_wrap": True}
    )
    head = book.add_format({"bold": True, "align": "center", "border": 1, "text_wrap": True})
    cell = book.add_format({"border": 1, "valign": "top"})
    for each in sheets:
        sheet = book.add_worksheet(each.name[:31])
        sheet.merge_range(0, 0, 0, len(each.head) - 1, "", title)
        sheet.write_string(0, 0, _text(each.title), title)
        sheet.set_row(0, 40)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, len(each.head) - 1, 15)
        sheet.freeze_panes(2, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)
        for column, name in enumerate(each.head):
            sheet.write_string(1, column, _text(name), head)
        for number, row in enumerate(each.rows, start=2):
            for column, value in enumerate(row):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(number, column, value, cell)
                else:
                    sheet.write_string(number, column, _text(value), cell)
    book.close()
    return file.getvalue()


def _text(value: Any) -> str:
    return CONTROLS.sub("", str(value))[:LONGEST_CELL]


def _or(n: int | None) -> Any:
    return NOTHING if n is None else n
