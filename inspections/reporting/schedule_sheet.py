"""The schedule as a workbook in the layout of S3, 附件2, and how far each line is."""

import io
from collections.abc import Sequence
from typing import Any

from .figures.workbook import A4, HEI, SONG, clean
from .scheduling import Progress

HEADS = (("序号", 6), ("督导事项", 30), ("时间安排", 40), ("责任主体", 34), ("已开展检查（次）", 14))


def schedule_workbook(title: str, rows: Sequence[Progress]) -> bytes:
    """In Chinese, as the paper is; what a person typed is text."""
    import xlsxwriter  # here, since every start would pay a quarter of a second for it

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("督导时间安排")
    boxed: dict[str, Any] = {"border": 1, "valign": "vcenter", "text_wrap": True, "font_name": SONG}
    plain, head = book.add_format(boxed), book.add_format(boxed | {"bold": True, "align": "center"})
    middle = book.add_format(boxed | {"align": "center"})
    heading = {"bold": True, "font_size": 16, "font_name": HEI, "align": "center", "valign": "vcenter"}
    look = book.add_format(heading)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    sheet.merge_range(0, 0, 0, len(HEADS) - 1, "", look)
    sheet.write_string(0, 0, clean(title), look)
    sheet.set_row(0, 36)
    for column, (text, width) in enumerate(HEADS):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, text, head)
    for n, (item, checks, _) in enumerate(rows, start=1):
        sheet.write_number(n + 1, 0, n, middle)
        for column, text in enumerate((item.item, item.time, item.responsible), start=1):
            sheet.write_string(n + 1, column, clean(text), plain)
        if checks is None:
            sheet.write_string(n + 1, 4, "—", middle)
        else:
            sheet.write_number(n + 1, 4, checks, middle)
    book.close()
    return file.getvalue()
