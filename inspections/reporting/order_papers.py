"""An order as a Word file in the layout of official documents, GB/T 9704-2012.

A4; margins 37 mm above and 28 mm left, so that the type area is 156 × 225 mm: 22 lines of 28 characters. Body in
仿宋 of size 三号 (16 pt), title in 小标宋 二号 (22 pt), the organ's name in red with its line below the number,
page numbers 四号 (14 pt) outside. The faces are named and not carried: a machine without them shows its own.

What a person typed becomes the text of a run and nothing else: no template in which it could mean anything.
"""

import io
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ..casework.papers import Line, lines_of

FANGSONG = "仿宋_GB2312"
SONG = "宋体"
HEI = "黑体"
TITLE = "方正小标宋简体"
LATIN = "Times New Roman"
BODY_PT, TITLE_PT, FOOT_PT = 16, 22, 14
WIDTH_MM, HEIGHT_MM, TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 210, 297, 37, 35, 28, 26
LINES, CHARACTERS = 22, 28
MM_PT = 72 / 25.4
# In the twentieths of a point that the file counts in, rounded so that the last line and character still fit. The
# spacing of characters stands in the face and not in the page's grid, on which programs don't agree.
LINE_PT = int((HEIGHT_MM - TOP_MM - BOTTOM_MM) * MM_PT / LINES * 20) / 20
CHARACTER_PT = int((WIDTH_MM - LEFT_MM - RIGHT_MM) * MM_PT / CHARACTERS * 20) / 20
RED = "FF0000"
# XML can't hold them, in whatever form
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
WITHDRAWN = "（本文书已撤回，不再有效）"

Write = Callable[[str], Any]


def word_file(content: dict[str, Any], *, is_withdrawn: bool = False) -> bytes:
    """The paper of an issued order; one that was withdrawn says so on every page."""
    import docx  # here, since every start would pay for it

    document = docx.Document()
    _set_page(document)
    _set_face(document)
    _number_pages(document)
    if is_withdrawn:
        _head(document, WITHDRAWN)
    lines = lines_of(content)
    body = document.add_paragraph
    for line in lines[:3]:
        _put(body(), line)
    if content["kind"] == "supervision":
        _table(document, lines[3:])
    else:
        for line in lines[3:]:
            _put(body(), line)
    _describe(document, content)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _set_page(document: Any) -> None:
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(WIDTH_MM), Mm(HEIGHT_MM)
    section.top_margin, section.bottom_margin = Mm(TOP_MM), Mm(BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(LEFT_MM), Mm(RIGHT_MM)
    section.header_distance, section.footer_distance = Mm(15), Mm(BOTTOM_MM - 12)
    grid = section._sectPr.find(_name("w:docGrid"))
    if grid is None:
        grid = _element("w:docGrid")
        section._sectPr.append(grid)
    for name, value in (("type", "lines"), ("linePitch", str(round(LINE_PT * 20)))):
        grid.set(_name(f"w:{name}"), value)


def _set_face(document: Any) -> None:
    from docx.shared import Pt

    style = document.styles["Normal"]
    style.font.size = Pt(BODY_PT)
    _face(style, FANGSONG)
    properties = style.element.get_or_add_rPr()
    properties.append(_element("w:spacing", val=str(round((CHARACTER_PT - BODY_PT) * 20))))
    properties.append(_element("w:lang", val="en-US", eastAsia="zh-CN"))
    shape = style.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing = Pt(LINE_PT)
    shape.widow_control = False


def _put(paragraph: Any, line: Line) -> None:
    """A line in the manner of its kind."""
    run = paragraph.add_run(NOT_XML.sub("", line.text))
    shape = paragraph.paragraph_format
    SHAPES.get(line.style, _as_body)(run, shape)


def _as_organ(run: Any, shape: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt, RGBColor

    size = min(42, int((WIDTH_MM - LEFT_MM - RIGHT_MM) * MM_PT / max(len(run.text), 1)))
    run.font.size, run.font.color.rgb = Pt(size), RGBColor.from_string(RED)
    _face(run, TITLE)
    shape.alignment, shape.space_before = WD_ALIGN_PARAGRAPH.CENTER, Mm(20)
    shape.line_spacing, shape.space_after = Pt(size * 1.3), Pt(LINE_PT)


def _as_number(run: Any, shape: Any) -> None:
    """Its lower edge is the red line, 4 mm below the text."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    shape.alignment = WD_ALIGN_PARAGRAPH.CENTER
    border = _element("w:bottom", val="single", sz="12", space=str(round(4 * MM_PT)), color=RED)
    edges = _element("w:pBdr")
    edges.append(border)
    properties = run._r.getparent().get_or_add_pPr()
    properties.insert_element_before(edges, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _as_title(run: Any, shape: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    run.font.size = Pt(TITLE_PT)
    _face(run, TITLE)
    shape.alignment, shape.line_spacing = WD_ALIGN_PARAGRAPH.CENTER, Pt(36)
    shape.space_before = shape.space_after = Pt(LINE_PT)


def _as_body(run: Any, shape: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    shape.first_line_indent = Pt(2 * CHARACTER_PT)
    shape.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY


def _as_item(run: Any, shape: Any) -> None:
    _face(run, HEI)
    _as_body(run, shape)


def _as_addressee(run: Any, shape: Any) -> None:
    shape.first_line_indent = None


def _as_sign(run: Any, shape: Any) -> None:
    """Room for the seal above, four characters from the right edge."""
    from docx.shared import Pt

    _at_right(shape, 2)
    shape.space_before, shape.keep_with_next = Pt(2 * LINE_PT), True


def _as_date(run: Any, shape: Any) -> None:
    from docx.shared import Pt

    _at_right(shape, 4)
    shape.space_after = Pt(LINE_PT)


def _at_right(shape: Any, characters: int) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    shape.alignment, shape.right_indent = WD_ALIGN_PARAGRAPH.RIGHT, Pt(characters * CHARACTER_PT)


SHAPES: dict[str, Callable[[Any, Any], None]] = {
    "organ": _as_organ,
    "number": _as_number,
    "title": _as_title,
    "to": _as_addressee,
    "item": _as_item,
    "sign": _as_sign,
    "date": _as_date,
}


def _table(document: Any, lines: Sequence[Line]) -> None:
    """The form of a supervision order: its facts, then problems with signature in one cell, then the contact."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    facts = [line.text.partition("：") for line in lines if line.style == "fact"]
    contact = [line for line in lines if line.style == "contact"]
    inside = [line for line in lines if line.style not in {"fact", "contact"}]
    table = document.add_table(rows=len(facts) + 2, cols=2, style="Table Grid")
    table.autofit = False
    for column, width_mm in zip(table.columns, (36, 120), strict=True):
        column.width = Mm(width_mm)
        for cell in column.cells:
            cell.width = Mm(width_mm)
    for row, (label, colon, value) in zip(table.rows, facts, strict=False):
        cells = row.cells if colon else [row.cells[0].merge(row.cells[1])]
        for cell, text in zip(cells, (label, value), strict=False):
            cell.paragraphs[0].add_run(NOT_XML.sub("", text))
        cells[0].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    for row, own in zip(table.rows[-2:], (inside, contact), strict=True):
        cell = row.cells[0].merge(row.cells[1])
        for n, line in enumerate(own):
            _put(cell.paragraphs[0] if n == 0 else cell.add_paragraph(), line)


def _number_pages(document: Any) -> None:
    """— 1 — on the outer side: right on odd pages, left on even ones."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        _foot(paragraph, "— ")
        field = _element("w:fldSimple", instr="PAGE")
        run = _foot(paragraph, "1")
        field.append(run._r)
        paragraph._p.append(field)
        _foot(paragraph, " —")


def _foot(paragraph: Any, text: str) -> Any:
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.font.size = Pt(FOOT_PT)
    _face(run, SONG, SONG)
    return run


def _head(document: Any, text: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    section = document.sections[0]
    for header in (section.header, section.even_page_header):
        paragraph = header.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _face(paragraph.add_run(text), HEI)


def _describe(document: Any, content: dict[str, Any]) -> None:
    about = document.core_properties
    about.title, about.author = (NOT_XML.sub("", content[name])[:255] for name in ("number", "bureau"))
    about.comments = about.last_modified_by = ""
    about.language = "zh-CN"
    about.created = about.modified = datetime.fromisoformat(content["issued_on"])


def _face(thing: Any, face: str, latin: str = LATIN) -> None:
    """Name the face for Chinese and for Latin letters: Word keeps them apart."""
    thing.font.name = latin
    fonts = thing._element.get_or_add_rPr().rFonts
    fonts.set(_name("w:eastAsia"), face)
    fonts.set(_name("w:hint"), "eastAsia")


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(_name(f"w:{name}"), value)
    return element
