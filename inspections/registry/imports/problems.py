"""What is wrong with which row, and the tables of it that people take away."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import xlsxwriter

from ...errors import Message, say

_FORMULA_STARTS = tuple("=+-@\t\r\0＝＋－＠")


class Severity(StrEnum):
    """An error refuses its row; a warning lets it in and says what was done."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    row: int
    column: str
    value: str
    message: Message
    severity: Severity = Severity.ERROR


HEADERS = ("行", "程度", "列", "内容", "问题")
_LABELS = {Severity.ERROR: "错误", Severity.WARNING: "提醒"}


def _lines(problems: Iterable[Problem]) -> Iterable[tuple[str, ...]]:
    for p in problems:
        yield str(p.row), _LABELS[p.severity], p.column, p.value, str(p.message)


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + text if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def as_csv(problems: Iterable[Problem]) -> bytes:
    """UTF-8 with BOM, so that Excel and WPS show Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADERS)
    writer.writerows([inert(cell) for cell in line] for line in _lines(problems))
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(problems: Iterable[Problem]) -> bytes:
    """Every cell a string: nothing typed becomes a formula or a link."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(str(say("问题清单")))
        sheet.freeze_panes(1, 0)
        sheet.set_column(2, 3, 24)
        sheet.set_column(4, 4, 70)
        last = 0
        for last, line in enumerate([HEADERS, *_lines(problems)]):
            for column, cell in enumerate(line):
                sheet.write_string(last, column, cell)
        sheet.autofilter(0, 0, last, len(HEADERS) - 1)
    return out.getvalue()
