"""Checklists as tables: out to a workbook, and in from one, row by row with what is wrong.

A section that is written once and merged over its rows counts for all of them, as does a row that is nothing but a
heading (一、学校教育教学).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Invalid, Message, say
from ..registry.departments import DepartmentKind
from ..registry.imports.columns import CHECKLIST_FIELDS, ColumnMap, Subject, map_columns, missing
from ..registry.imports.files import read_sheet
from ..registry.imports.problems import Problem, Severity
from ..registry.imports.tables import MAX_CELL_CHARACTERS, Unreadable, clean
from ..registry.sites import SiteKind
from ..reporting.sheets import xlsx_table
from .checklist_content import MOST_ITEMS, Content, ItemContent, faults, item_faults

MOST_BYTES = 5 * 2**20
MOST_ROWS = 1_000
MOST_COLUMNS = 50
FIELDS = tuple(each.name for each in CHECKLIST_FIELDS)
HEADING = re.compile(r"[（(]?[一二三四五六七八九十]+[)）]?[、．.]?\s*(?P<words>\S.*)")
PARTED = re.compile(r"[、,，;；/|\s]+")
SAID: dict[str, SiteKind | None] = {
    "全部": None,
    "all": None,
    "机构": SiteKind.INSTITUTION,
    "培训机构": SiteKind.INSTITUTION,
    "疑似": SiteKind.SUSPECTED,
    "疑似点": SiteKind.SUSPECTED,
    **{kind.value: kind for kind in SiteKind},
    **{str(kind.label): kind for kind in SiteKind},
}
EXAMPLE = ItemContent(
    "xf-01",
    "消防通道",
    "疏散通道畅通，没有堆放杂物。",
    kinds=("school", "institution"),
    proof="通道全景照片",
    source="写明文件和条款",
)
Translate = Callable[[Message], str]


@dataclass(frozen=True)
class Sheet:
    """A table as it was uploaded, small enough to be handed to and fro until it is stored."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    notes: tuple[Message, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "columns": self.columns, "rows": self.rows}


@dataclass
class Reading:
    """What a sheet holds. `rows` are the numbers of the rows that `items` stand in."""

    columns: ColumnMap
    items: list[ItemContent] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        return [each for each in self.problems if each.severity is Severity.ERROR]


def as_xlsx(content: Content, translate: Translate = str) -> bytes:
    """A workbook that `read_items` reads back as the same items."""
    head = [translate(each.label) for each in CHECKLIST_FIELDS]
    return xlsx_table(content.title, head, (_cells(item) for item in content.items))


def template(translate: Translate = str) -> bytes:
    """The columns, and a row that shows how they are filled."""
    return as_xlsx(Content(translate(say("检查清单模板")), (EXAMPLE,)), translate)


def _cells(item: ItemContent) -> list[str]:
    kinds = "、".join(str(kind.label) for kind in SiteKind if kind.value in item.kinds)
    department = next((str(kind.label) for kind in DepartmentKind if kind == item.department), "")
    said = {"kinds": kinds, "department": department}
    return [said[name] if name in said else getattr(item, name) for name in FIELDS]


def open_sheet(name: str, data: bytes, layer: str = "") -> Sheet:
    """The table in an uploaded workbook or CSV. Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable(say("文件超过 {n} MB；一份清单不会这么大，请检查是不是选错了文件", n=MOST_BYTES // 2**20))
    table = read_sheet(name, data, layer, Subject.CHECKLIST)
    rows = []
    for row in table.rows():
        rows.append((row.number, row.values))
        if len(rows) > MOST_ROWS:
            raise Unreadable(say("文件超过 {n} 行；一份清单最多 {most} 条", n=MOST_ROWS, most=MOST_ITEMS))
    if len(table.columns) > MOST_COLUMNS:
        raise Unreadable(say("表头有 {n} 列，超过 {most} 列", n=len(table.columns), most=MOST_COLUMNS))
    notes = table.notes
    if len(table.layers) > 1:
        notes += (say("工作簿有 {n} 张工作表，读的是“{sheet}”", n=len(table.layers), sheet=table.layer),)
    return Sheet(table.layer or name, table.columns, tuple(rows), notes)


def sheet_of(given: Any) -> Sheet:
    """A sheet as it came back. Raises Invalid for what `as_json` doesn't make."""
    try:
        columns = tuple(str(each) for each in given["columns"])
        rows = tuple(
            (int(number), {str(key): clean(str(value)) for key, value in values.items()})
            for number, values in given["rows"]
        )
        name = str(given["name"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Invalid(message=say("上传的内容没有完整送回来，请重新选择文件")) from None
    longest = max((len(value) for _, values in rows for value in values.values()), default=0)
    if len(columns) > MOST_COLUMNS or len(rows) > MOST_ROWS or longest > MAX_CELL_CHARACTERS:
        raise Invalid(message=say("上传的内容没有完整送回来，请重新选择文件"))
    return Sheet(name, columns, rows)


def read_items(sheet: Sheet, chosen: Mapping[str, str] | None = None) -> Reading:
    """The items, and row by row what is wrong; `chosen` is column → field. Raises Invalid where a column lacks."""
    columns = map_columns(sheet.columns, Subject.CHECKLIST, chosen)
    if lacks := missing(columns, Subject.CHECKLIST, has_geometry=False):
        raise Invalid({f"column{place}": message for place, message in enumerate(lacks)})
    reading = Reading(columns)
    section = ""
    for number, values in sheet.rows:
        given = {name: values.get(column, "") for name, column in columns.columns.items()}
        if heading := _heading(given):
            section = heading
            continue
        if not any(given.values()):
            continue
        section = given.get("section") or section
        _read_row(reading, number, given | {"section": section})
    _refuse_doubles(reading)
    for name, message in faults(Content("-", tuple(reading.items))).items():
        if name == "items":
            reading.problems.append(Problem(0, "", "", message))
    reading.problems.sort(key=lambda problem: (problem.row, problem.severity))
    return reading


def _read_row(reading: Reading, number: int, given: dict[str, str]) -> None:
    note = _notes_of(reading, number, given)
    kinds, strange = _kinds(given.get("kinds", ""))
    if strange:
        message = say(
            "不认识的适用对象“{word}”；可用：学校、校外培训机构、疑似违规办学点、全部", word=strange[:40]
        )
        note("kinds", message)
    department = _department(given.get("department", ""))
    if department is None:
        word = given["department"][:40]
        message = say(
            "不认识的部门“{word}”；可用：教育、市监、民政、公安、消防、城管、文旅体、镇街",
            word=word,
        )
        note("department", message)
    if not given.get("code"):
        given["code"] = _next_code(reading)
        note("code", say("没有编号，编为 {code}", code=given["code"]), Severity.WARNING)
    if "section" not in reading.columns.columns and not given["section"]:
        given["section"] = str(say("检查内容"))
        note("section", say("没有分组，归入“{section}”", section=given["section"]), Severity.WARNING)
    item = ItemContent.read(given | {"kinds": kinds, "department": department or ""})
    for name, message in item_faults(item):
        is_empty = name == "text" and not item.text
        note(name, say("没有写内容；如果是合并的单元格，请拆开后再导入") if is_empty else message)
    reading.items.append(item)
    reading.rows.append(number)


def _notes_of(reading: Reading, number: int, given: Mapping[str, str]) -> Callable[..., None]:
    def note(name: str, message: Message, severity: Severity = Severity.ERROR) -> None:
        column, value = reading.columns.columns.get(name, ""), given.get(name, "")[:200]
        reading.problems.append(Problem(number, column, value, message, severity))

    return note


def _heading(given: Mapping[str, str]) -> str:
    """The words of a row that is nothing but the heading of a section."""
    filled = [(name, value) for name, value in given.items() if value]
    if len(filled) != 1 or len(given) < 2 or filled[0][0] not in {"code", "section", "text"}:
        return ""
    found = HEADING.fullmatch(filled[0][1])
    return found["words"] if found else ""


def _kinds(cell: str) -> tuple[list[str], str]:
    """The kinds that a cell names, and the first word that names none."""
    words = [word for word in PARTED.split(cell.lower()) if word]
    strange = next((word for word in words if word not in SAID), "")
    return [kind.value for word in words if (kind := SAID.get(word))], strange


def _department(cell: str) -> str | None:
    """The department that a cell names by its value or begins with the word of; None for a strange one."""
    if not cell:
        return ""
    word = cell.lower()
    return next((kind.value for kind in DepartmentKind if word == kind or word.startswith(str(kind.label))), None)


def _next_code(reading: Reading) -> str:
    used = {item.code for item in reading.items}
    place = len(reading.items) + 1
    while f"{place:02}" in used:
        place += 1
    return f"{place:02}"


def _refuse_doubles(reading: Reading) -> None:
    first: dict[str, int] = {}
    for number, item in zip(reading.rows, reading.items, strict=True):
        earlier = first.setdefault(item.code.lower(), number)
        if earlier != number:
            column = reading.columns.columns.get("code", "")
            message = say("编号“{code}”和第 {row} 行重复", code=item.code, row=earlier)
            reading.problems.append(Problem(number, column, item.code, message))


def samples(sheet: Sheet, most: int = 3) -> Iterator[tuple[str, Sequence[str]]]:
    """Each column with some of what stands in it."""
    for column in sheet.columns:
        found = [values[column][:60] for _, values in sheet.rows if values.get(column)]
        yield column, found[:most]
