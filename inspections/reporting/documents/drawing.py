"""Blocks as elements of a Word file, in the paragraph styles of the template that they are put into."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from .blocks import STYLES, Block, Break, Cell, Group, Line, Mark, Picture, Table, clean
from .layout import AREA_MM, MM_PT, element, name_of

LATER = "—"  # what stands for a page number until Word has counted


class Pen:
    """Draws into one part (body, header) of an open document.

    Bookmarks are numbered through the document, or Word calls it damaged.
    """

    def __init__(self, document: Any):
        self.document = document
        self.part = document.part
        self._styles = {style.name: style.style_id for style in document.styles if style.type == 1}
        self._bookmarks = 0

    def draw(self, blocks: Sequence[Block], width_mm: float = AREA_MM) -> list[Any]:
        """Elements that stand where paragraphs may, none wider than the width."""
        return [made for block in blocks for made in self._draw(block, width_mm)]

    def _draw(self, block: Block, width_mm: float) -> Iterator[Any]:
        match block:
            case Line(style, text):
                yield self.paragraph(style, text)
            case Picture():
                yield self._picture(block, width_mm)
            case Table():
                yield self._table(block, width_mm)
                yield self._gap()
            case Break():
                paragraph = self._gap()
                run = element("w:r")
                run.append(element("w:br", type="page"))
                paragraph.append(run)
                yield paragraph
            case Group(blocks):
                yield from self.draw(blocks, width_mm)
            case Mark(name):
                yield self._mark(name)

    def paragraph(self, style: str, text: str = "") -> Any:
        """A line end in the text is a line end in the paragraph."""
        made = element("w:p")
        properties = element("w:pPr")
        made.append(properties)
        if found := self._styles.get(STYLES.get(style, STYLES["plain"])):
            properties.append(element("w:pStyle", val=found))
        if text:
            made.append(run_of(text))
        return made

    def keep_with_next(self, paragraph: Any) -> None:
        style = paragraph.pPr.find(name_of("w:pStyle"))
        paragraph.pPr.insert(0 if style is None else 1, element("w:keepNext"))

    def _gap(self) -> Any:
        """After a table there must be a paragraph; this one takes no room."""
        made = element("w:p")
        properties = element("w:pPr")
        properties.append(element("w:spacing", before="0", after="0", line="20", lineRule="exact"))
        made.append(properties)
        return made

    def _mark(self, name: str) -> Any:
        self._bookmarks += 1
        made = self._gap()
        made.append(element("w:bookmarkStart", id=str(self._bookmarks), name=name))
        made.append(element("w:bookmarkEnd", id=str(self._bookmarks)))
        return made

    def _picture(self, picture: Picture, width_mm: float) -> Any:
        from docx.shared import Mm

        inline = self.part.new_pic_inline(io.BytesIO(picture.content), width=Mm(min(picture.width_mm, width_mm)))
        inline.docPr.set("descr", clean(picture.alt))
        drawing = element("w:drawing")
        drawing.append(inline)
        run = element("w:r")
        run.append(drawing)
        made = self.paragraph("figure")
        made.append(run)
        return made

    def _table(self, table: Table, width_mm: float) -> Any:
        whole = sum(table.widths)
        widths = [width_mm * each / whole for each in table.widths]
        made = element("w:tbl")
        made.append(_table_properties(width_mm, lines=table.lines))
        grid = element("w:tblGrid")
        for each in widths:
            grid.append(element("w:gridCol", w=_twips(each)))
        made.append(grid)
        covered: dict[tuple[int, int], int] = {}  # place of a cell that one above covers → its columns
        for number, row in enumerate(table.rows):
            made.append(self._row(number, row, table, widths, covered))
        return made

    def _row(
        self,
        number: int,
        row: Sequence[str | Cell],
        table: Table,
        widths: Sequence[float],
        covered: dict[tuple[int, int], int],
    ) -> Any:
        made = element("w:tr")
        properties = element("w:trPr")
        if not table.may_split:
            properties.append(element("w:cantSplit"))
        if number < table.heads:
            properties.append(element("w:tblHeader"))
        made.append(properties)
        cells = iter(row)
        column = 0
        while column < len(widths):
            if across := covered.get((number, column)):
                made.append(self._cell(Cell(across=across), widths[column : column + across], "continue"))
            else:
                value = next(cells, "")
                cell = value if isinstance(value, Cell) else Cell(value)
                across = min(cell.across, len(widths) - column)
                covered |= {(number + n, column): across for n in range(1, cell.down)}
                merge = "restart" if cell.down > 1 else ""
                style = "small" if table.is_small else "head" if number < table.heads else "cell"
                made.append(self._cell(cell, widths[column : column + across], merge, style))
            column += across
        return made

    def _cell(self, cell: Cell, widths: Sequence[float], merge: str, style: str = "cell") -> Any:
        made = element("w:tc")
        properties = element("w:tcPr")
        properties.append(element("w:tcW", w=_twips(sum(widths)), type="dxa"))
        if len(widths) > 1:
            properties.append(element("w:gridSpan", val=str(len(widths))))
        if merge:
            properties.append(element("w:vMerge", val=merge))
        properties.append(element("w:vAlign", val="center"))
        made.append(properties)
        if isinstance(cell.content, str):
            made.append(self._text_of_cell(cell, style))
        else:
            inside = self.draw(cell.content, sum(widths) - 4)
            made.extend(inside or [self.paragraph(style)])
        return made

    def _text_of_cell(self, cell: Cell, style: str) -> Any:
        assert isinstance(cell.content, str)
        paragraph = self.paragraph(style, cell.content)
        if cell.align != "left":
            paragraph.pPr.append(element("w:jc", val=cell.align))
        if cell.page_of:
            field = element("w:fldSimple", instr=f" PAGEREF {cell.page_of} ", dirty="true")
            field.append(run_of(LATER))
            paragraph.append(field)
        return paragraph


def run_of(text: str) -> Any:
    """A run that says the text; its line ends and tabs are the program's own."""
    run = element("w:r")
    for number, line in enumerate(clean(text).split("\n")):
        if number:
            run.append(element("w:br"))
        for place, piece in enumerate(line.split("\t")):
            if place:
                run.append(element("w:tab"))
            if piece:
                words = element("w:t")
                words.text = piece
                words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                run.append(words)
    return run


def _table_properties(width_mm: float, *, lines: bool) -> Any:
    made = element("w:tblPr")
    made.append(element("w:tblW", w=_twips(width_mm), type="dxa"))
    made.append(element("w:jc", val="center"))
    if lines:
        borders = element("w:tblBorders")
        for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
            borders.append(element(f"w:{side}", val="single", sz="4", space="0", color="auto"))
        made.append(borders)
    made.append(element("w:tblLayout", type="fixed"))
    margins = element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(element(f"w:{side}", w=_twips(1.5), type="dxa"))
    made.append(margins)
    return made


def _twips(mm: float) -> str:
    return str(round(mm * MM_PT * 20))


def text_of(paragraph: Any) -> str:
    return "".join(each.text or "" for each in paragraph.iter(name_of("w:t")))
