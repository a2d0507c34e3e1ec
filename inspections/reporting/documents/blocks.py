"""What a document is made of: lines, tables, pictures and page breaks. Plain data, inert until drawn.

A `Line` says what it is (`casework.papers.Line`); STYLES names the paragraph style that each is drawn in. What a
person typed is the text of a line or a cell and can't become anything else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...casework.papers import Line

# XML can't hold them, in whatever form
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")

# What a line is → the name of its paragraph style, in the built-in templates and in those of a county. Programs
# rename the ids of styles when they save, never their names.
STYLES = {
    "organ": "公文机关标志",
    "number": "公文文号",
    "title": "公文标题",
    "to": "公文主送",
    "body": "公文正文",
    "item": "公文一级标题",
    "sub": "公文二级标题",
    "plain": "公文顶格",
    "sign": "公文署名",
    "date": "公文日期",
    "contact": "公文附注",
    "cell": "公文表格",
    "head": "公文表头",
    "figure": "公文图",
    "caption": "公文图注",
    "copies": "公文版记",
    "printed": "公文印发",
    "cover": "公文封面标题",
    "part": "公文部分标题",
    "small": "公文小字",
}
FRAME = ("organ", "number", "title", "to", "sign", "date", "contact", "copies", "printed")


@dataclass(frozen=True)
class Picture:
    """A JPEG or PNG. `alt` says in words what it shows, for those who can't see it."""

    content: bytes
    width_mm: float
    alt: str = ""


@dataclass(frozen=True)
class Break:
    """What follows begins on a new page."""


@dataclass(frozen=True)
class Mark:
    """A place that `PageOf` names; its `name` is ASCII and unique in the document."""

    name: str


@dataclass(frozen=True)
class Cell:
    """A cell that may cover several columns and rows; those that it covers are left out of their rows.

    `content` is a text or what is drawn inside. `align` is left, center or right.
    """

    content: "str | Sequence[Block]" = ""
    across: int = 1
    down: int = 1
    align: str = "left"
    page_of: str = ""  # the number of the page on which the mark of this name stands


@dataclass(frozen=True)
class Table:
    """Rows of texts or cells; the first `heads` of them are repeated on every page.

    The widths of columns are shares of the type area. `lines` says whether its grid is drawn.
    """

    rows: Sequence[Sequence[str | Cell]]
    widths: Sequence[float]
    heads: int = 1
    lines: bool = True
    is_small: bool = False  # 小五, for many columns
    may_split: bool = False  # a row that is long goes on over the page


@dataclass(frozen=True)
class Group:
    """Blocks drawn as they are, within a body: the paper of an order in a case file keeps its own head."""

    blocks: "Sequence[Block]"


Block = Line | Table | Picture | Break | Mark | Group


def clean(text: Any) -> str:
    """The text without what no Word file can hold. Any kind of line end becomes one."""
    return NOT_XML.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))


def texts_of(blocks: Iterable[Block]) -> Iterator[str]:
    """Everything that blocks say, in their order."""
    for block in blocks:
        if isinstance(block, Line):
            yield block.text
        elif isinstance(block, Group):
            yield from texts_of(block.blocks)
        elif isinstance(block, Table):
            for row in block.rows:
                for cell in row:
                    inside = cell.content if isinstance(cell, Cell) else cell
                    yield from [inside] if isinstance(inside, str) else texts_of(inside)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[float] = ()) -> Table:
    """The usual table: one row of heads, then rows of values; numbers stand at the right."""
    body = [[_cell(value) for value in row] for row in rows]
    return Table([[Cell(text, align="center") for text in head], *body], widths or [1] * len(head))


def _cell(value: Any) -> str | Cell:
    if isinstance(value, Cell):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(f"{value}", align="right")
    return "" if value is None else str(value)
