"""The ledger as a workbook in the printed layout: title, merged heads, a number for each row, one page wide.

Days are texts as they are printed, so that no program makes its own idea of a date of them, and what was typed
stays text. It is in Chinese: a paper of the county has one language.
"""

import io
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

from ..vocabulary import Choice
from .sheets import CONTROLS, LONGEST_CELL


class Head(NamedTuple):
    """A column: the head above several of them (or none), its own head, its width in characters, and its value."""

    group: str
    name: str
    width: float
    value: Callable[[Any], Any]


def _word(value: Choice | None) -> str:
    return str(value.label) if value else ""


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _state(row: Any) -> str:
    if row.is_suspended:
        return f"{_word(row.state)}（中止计时）"
    return f"{_word(row.state)}（重新打开）" if row.reopened and row.closed_on is None else _word(row.state)


HEADS = (
    Head("", "镇街", 9, lambda row: row.township),
    Head("", "点位", 18, lambda row: row.site),
    Head("", "问题", 30, lambda row: row.text),
    Head("发现", "来源检查", 9, lambda row: _word(row.source)),
    Head("发现", "发现时间", 11, lambda row: _day(row.found_on)),
    Head("责任落实", "牵头领导", 10, lambda row: row.lead),
    Head("责任落实", "责任部门", 15, lambda row: row.department),
    Head("整改", "整改措施（工作举措）", 28, lambda row: row.measures),
    Head("整改", "完成时限", 11, lambda row: _day(row.due_on)),
    Head("进展", "状态", 10, lambda row: _state(row)),
    Head("进展", "逾期天数", 6, lambda row: row.days_late),
    Head("进展", "升级情况", 9, lambda row: _word(row.step)),
    Head("", "文号", 17, lambda row: row.numbers),
    Head("", "销号时间", 11, lambda row: _day(row.closed_on)),
)
FIRST_ROW = 4  # title, what was asked, two rows of heads


def ledger_sheet(
    title: str,
    asked: str,
    rows: Iterable[Any],
    progress: Callable[[int], None] = lambda done: None,
) -> bytes:
    """An .xlsx of ledger rows (`listing.ledger.LEDGER`). `progress` hears every thousand rows."""
    import xlsxwriter  # here, since every start would pay a quarter of a second for it

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False})
    sheet = book.add_worksheet("问题台账")
    text, number = _cell(book, "left"), _cell(book, "center")
    _set_up(sheet)
    _write_head(book, sheet, title, asked)
    last = FIRST_ROW - 1
    for last, row in enumerate(rows, start=FIRST_ROW):
        sheet.write_number(last, 0, last - FIRST_ROW + 1, number)
        for column, head in enumerate(HEADS, start=1):
            _write(sheet, last, column, head.value(row), text, number)
        if (last - FIRST_ROW + 1) % 1000 == 0:
            progress(last - FIRST_ROW + 1)
    sheet.autofilter(FIRST_ROW - 1, 0, max(last, FIRST_ROW - 1), len(HEADS))
    book.close()
    return file.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any, text: Any, number: Any) -> None:
    if isinstance(value, int):
        sheet.write_number(row, column, value, number)
    elif value:
        sheet.write_string(row, column, CONTROLS.sub("", str(value))[:LONGEST_CELL], text)
    else:
        sheet.write_blank(row, column, None, text)


def _cell(book: Any, align: str) -> Any:
    return book.add_format(
        {"font_name": "宋体", "font_size": 10, "border": 1, "text_wrap": True, "valign": "vcenter", "align": align}
    )


def _set_up(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.repeat_rows(FIRST_ROW - 2, FIRST_ROW - 1)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    sheet.freeze_panes(FIRST_ROW, 3)
    sheet.set_column(0, 0, 5)
    for column, head in enumerate(HEADS, start=1):
        sheet.set_column(column, column, head.width)


def _write_head(book: Any, sheet: Any, title: str, asked: str) -> None:
    """Rows are written from top to bottom, none twice: the file is made without being held in memory.

    A head that spans two rows therefore can't be written as one range; its merge is noted by itself.
    """
    bold = book.add_format(
        {"font_name": "黑体", "font_size": 10, "bold": True, "border": 1, "text_wrap": True, "valign": "vcenter",
         "align": "center"}
    )  # fmt: skip
    large = book.add_format(
        {"font_name": "方正小标宋简体", "font_size": 18, "align": "center", "valign": "vcenter"}
    )
    small = book.add_format({"font_name": "楷体", "font_size": 10, "align": "left", "valign": "vcenter"})
    names = [Head("", "序号", 5, lambda row: None), *HEADS]
    sheet.set_row(0, 30)
    sheet.merge_range(0, 0, 0, len(HEADS), title, large)
    sheet.merge_range(1, 0, 1, len(HEADS), CONTROLS.sub("", asked)[:LONGEST_CELL], small)
    above, below = FIRST_ROW - 2, FIRST_ROW - 1
    for column, head in enumerate(names):
        sheet.write_string(above, column, head.group or head.name, bold)
    for column, head in enumerate(names):
        sheet.write_string(below, column, head.name if head.group else "", bold)
    for first, last in _spans(names):
        sheet.merge.append([above, first, below if first == last and not names[first].group else above, last])


def _spans(names: list[Head]) -> list[tuple[int, int]]:
    """First and last column of each head of the upper row."""
    spans: list[tuple[int, int]] = []
    for column, head in enumerate(names):
        if head.group and column and names[column - 1].group == head.group:
            spans[-1] = (spans[-1][0], column)
        else:
            spans.append((column, column))
    return spans
