"""CSV and workbooks as tables."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice

import python_calamine

from ...errors import Message, say
from .archives import check_workbook
from .columns import Subject
from .decoding import decode
from .headers import find_header, joined, second_row_belongs, unique
from .tables import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS, FileKind, Row, Table, Unreadable, clean

_DELIMITERS = ",\t;，|"
_PEEK = 60

NumberedCells = Iterator[tuple[int, list[str]]]


def read_csv(name: str, data: bytes, subject: Subject | None = None) -> Table:
    text, encoding = decode(data)
    if not text.strip():
        raise Unreadable(say("文件里没有内容"))
    delimiter = _delimiter(text)

    def records() -> NumberedCells:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                yield number, [clean(cell) for cell in cells]
        except csv.Error as error:
            raise Unreadable(say("第 {line} 行起无法按 CSV 读取，可能有没成对的引号", line=number + 1)) from error

    return _table(name, FileKind.CSV, records, encoding=encoding, subject=subject)


def _delimiter(text: str) -> str:
    """The sign that splits the first lines most often and most evenly."""
    lines = [line for line in islice(io.StringIO(text), 20) if line.strip()]
    return max(
        _DELIMITERS,
        key=lambda sign: sum(line.count(sign) > 0 for line in lines) * 1000 + lines[0].count(sign),
    )


def read_workbook(name: str, data: bytes, layer: str = "", subject: Subject | None = None) -> Table:
    """.xlsx or .xls; hidden sheets are passed over unless named."""
    check_workbook(data)
    book = _open_book(data)
    visible = [s.name for s in book.sheets_metadata if s.visible == python_calamine.SheetVisibleEnum.Visible]
    names = visible or book.sheet_names
    if layer and layer not in book.sheet_names:
        raise Unreadable(say("工作簿里没有名为“{sheet}”的工作表", sheet=layer))
    chosen, cells = _first_full(book, [layer] if layer else names)

    def records() -> NumberedCells:
        for number, row in enumerate(cells, start=1):
            yield number, [cell_text(value) for value in row]

    return _table(name, FileKind.WORKBOOK, records, layer=chosen, layers=tuple(names), subject=subject)


def _open_book(data: bytes) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except python_calamine.PasswordError as error:
        raise Unreadable(say("工作簿有打开密码；请去掉密码后再导入")) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Unreadable(say("工作簿已损坏，无法打开；请用表格软件打开并重新保存")) from error


def _first_full(book: python_calamine.CalamineWorkbook, names: Sequence[str]) -> tuple[str, list[list[object]]]:
    for name in names:
        try:
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            raise Unreadable(say("工作表“{sheet}”已损坏，无法读取", sheet=name)) from error
        if any(value not in ("", None) for row in cells for value in row):
            return name, cells  # type: ignore[return-value]
    raise Unreadable(say("工作簿里没有内容"))


def cell_text(value: object) -> str:
    """A cell as its owner reads it: codes keep every digit, dates are ISO, truth is 是/否."""
    match value:
        case bool():
            return "是" if value else "否"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes")
        case timedelta():
            return str(value)
        case _:
            return clean(str(value))


def _table(
    name: str,
    kind: FileKind,
    records: Callable[[], NumberedCells],
    *,
    encoding: str = "",
    layer: str = "",
    layers: tuple[str, ...] = (),
    subject: Subject | None = None,
) -> Table:
    peek = list(islice(records(), _PEEK))
    start = find_header([cells for _, cells in peek], subject)
    header, first_row, notes = _header(peek, start, subject)
    if len(header) > MAX_COLUMNS:
        raise Unreadable(say("表头有 {n} 列，超过 {most} 列", n=len(header), most=MAX_COLUMNS))

    def rows() -> Iterator[Row]:
        for number, cells in records():
            if number >= first_row and any(cells):
                yield Row(number, _values(number, header, cells))

    return Table(name, kind, tuple(header), rows, layer, layers, encoding, notes=notes)


def _header(
    peek: list[tuple[int, list[str]]], start: int, subject: Subject | None
) -> tuple[list[str], int, tuple[Message, ...]]:
    number, header = peek[start]
    notes = (say("表头在第 {n} 行", n=number),) if number > 1 else ()
    below = peek[start + 1][1] if start + 1 < len(peek) else []
    first_row = number + 1
    if subject is not Subject.CHECKLIST and second_row_belongs(header, below):
        header, first_row = joined(header, below), number + 2
    width = max(_width(cells) for _, cells in peek[start:])
    return unique([*header, *[""] * width][: max(width, _width(header))]), first_row, notes


def _width(cells: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell), default=0)


def _values(number: int, header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if number > MAX_ROWS * 2:
        raise Unreadable(say("文件超过 {n} 行，请分成几个文件导入", n=MAX_ROWS))
    for name, cell in zip(header, cells, strict=False):
        if len(cell) > MAX_CELL_CHARACTERS:
            raise Unreadable(
                say(
                    "第 {row} 行“{column}”超过 {n} 个字，可能有没成对的引号",
                    row=number,
                    column=name,
                    n=MAX_CELL_CHARACTERS,
                )
            )
    return {name: cell for name, cell in zip(header, cells, strict=False) if cell}
