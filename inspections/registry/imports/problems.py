"""What is wrong with which row, and the tables of it that people take away."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

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


HEADERS = (say("行"), say("程度"), say("列"), say("内容"), say("问题说明"))
SEVERITIES = {Severity.ERROR: say("错误"), Severity.WARNING: say("提醒")}
Translate = Callable[[Message], str]


def _lines(problems: Iterable[Problem], translate: Translate) -> Iterator[tuple[str, ...]]:
    yield tuple(translate(header) for header in HEADERS)
    for p in problems:
        yield str(p.row), translate(SEVERITIES[p.severity]), p.column, p.value, translate(p.message)


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + text if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def as_csv(problems: Iterable[Problem], translate: Translate = str) -> bytes:
    """UTF-8 with BOM, so that Excel and WPS show Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([inert(cell) for cell in line] for line in _lines(problems, translate))
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(problems: Iterable[Problem], translate: Translate = str) -> bytes:
    """Every cell a string: nothing typed becomes a formula or a link."""
    import xlsxwriter  # here, since every start would pay a quarter of a second for it

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(translate(say("问题清单")))
        sheet.freeze_panes(1, 0)
        sheet.set_column(2, 3, 24)
        sheet.set_column(4, 4, 70)
        last = 0
        for last, line in enumerate(_lines(problems, translate)):
            for column, cell in enumerate(line):
                sheet.write_string(last, column, cell)
        sheet.autofilter(0, 0, last, len(HEADERS) - 1)
    return out.getvalue()
