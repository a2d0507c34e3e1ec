"""The templates that come with the product: Word files with variables in them, built from this source.

They are built and not kept as files, since a Word file can't be reviewed; the same source gives the same bytes. A
county takes one as the beginning of its own. `EDITION` is raised with every change of what is built.
"""

import io
from collections.abc import Callable
from functools import cache
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from .blocks import STYLES
from .layout import AREA_MM, MM_PT, element, new_document

EDITION = 1
LAYOUTS: dict[str, Callable[[Any], None]] = {}
# What python-docx's sample document brings and no document of ours needs: relations by the end of their kind
BAGGAGE = ("/thumbnail", "/customXml", "/stylesWithEffects")
LABEL_MM, ROW_MM = 42, 10


@cache
def built_in(layout: str) -> bytes:
    """The template of a layout: letter (红头公文), form (表格文书) or file (案卷)."""
    document = new_document()
    LAYOUTS[layout](document)
    for relations in (document.part.rels, document.part.package.rels):
        for key in [each.rId for each in relations.values() if each.reltype.endswith(BAGGAGE)]:
            del relations[key]
    about = document.core_properties
    about.title = about.author = about.comments = about.last_modified_by = about.keywords = ""
    file = io.BytesIO()
    document.save(file)
    return packed(file.getvalue(), ZIP_STORED)


def packed(file: bytes, compression: int) -> bytes:
    """The same parts in a package that bears no time of its own, so that the same content gives the same bytes."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(file)) as given, ZipFile(made, "w", compression) as out:
        for name in sorted(given.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            part = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            part.compress_type, part.external_attr = compression, 0o600 << 16
            out.writestr(part, given.read(name))
    return made.getvalue()


def _layout(draw: Callable[[Any], None]) -> Callable[[Any], None]:
    LAYOUTS[draw.__name__] = draw
    return draw


@_layout
def letter(document: Any) -> None:
    """Organ, number and title, then the words, signature and date; on the last page who gets copies."""
    _head(document)
    _if(document, "to", "to", "{{ to }}")
    _put(document, "body", "{{ body }}")
    _end(document)
    _if(document, "contact", "contact", "{{ contact }}")
    _foot(document)


@_layout
def form(document: Any) -> None:
    """Facts in rows, the words with signature and date in one cell below them, then the contact."""
    _head(document)
    table = _table(document)
    for text in ("{%tr for fact in facts %}", "{%tr if fact.is_whole %}"):
        _row(table, text)
    _row(table, "{{ fact.label }}", centred=True)
    _row(table, "{%tr else %}")
    _row(table, "{{ fact.label }}", "{{ fact.value }}", centred=True)
    for text in ("{%tr endif %}", "{%tr endfor %}", "{%tr if has_body %}"):
        _row(table, text)
    cell = _row(table, "{{ body }}", style="body")
    _end(cell)
    for text in ("{%tr endif %}", "{%tr if contact %}"):
        _row(table, text)
    _row(table, "{{ contact }}", style="contact")
    _row(table, "{%tr endif %}")
    document.add_paragraph()


@_layout
def file(document: Any) -> None:
    """Cover, list of contents, then everything that belongs to the case."""
    _put(document, "cover", "{{ title }}")
    table = _table(document)
    _row(table, "{%tr for fact in facts %}")
    _row(table, "{{ fact.label }}", "{{ fact.value }}", centred=True)
    _row(table, "{%tr endfor %}")
    _end(document)
    _put(document, "body", "{{ body }}")


def _head(document: Any) -> None:
    _if(document, "organ", "organ", "{{ organ }}")
    _if(document, "number", "number", "{{ number }}")
    _put(document, "title", "{{ title }}")


def _end(holder: Any) -> None:
    _if(holder, "sign", "sign", "{{ sign }}")
    _if(holder, "date", "date", "{{ date }}")


def _foot(document: Any) -> None:
    """版记: a frame at the foot of the type area, on the page that the text ends on."""
    for name, text in (("copies", "{{ copies }}"), ("printed", "{{ printed_by }}\t{{ printed_on }}印发")):
        _put(document, "plain", f"{{%p if {name} %}}")
        paragraph = _put(document, name, text)
        width = str(round(AREA_MM * MM_PT * 20))
        anchors = {"vAnchor": "margin", "hAnchor": "margin", "xAlign": "center", "yAlign": "bottom"}
        frame = element("w:framePr", w=width, wrap="around", **anchors)
        paragraph._p.get_or_add_pPr().insert_element_before(
            frame, "w:widowControl", "w:numPr", "w:pBdr", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )
        _put(document, "plain", "{%p endif %}")


def _if(holder: Any, name: str, style: str, text: str) -> None:
    _put(holder, "plain", f"{{%p if {name} %}}")
    _put(holder, style, text)
    _put(holder, "plain", "{%p endif %}")


def _put(holder: Any, style: str, text: str) -> Any:
    return holder.add_paragraph(text, style=STYLES[style])


def _table(document: Any) -> Any:
    from docx.shared import Mm

    table = document.add_table(rows=0, cols=2, style="Table Grid")
    table.autofit = False
    for column, width_mm in zip(table.columns, (LABEL_MM, AREA_MM - LABEL_MM), strict=True):
        column.width = Mm(width_mm)
    return table


def _row(table: Any, label: str, value: str | None = None, *, centred: bool = False, style: str = "plain") -> Any:
    """A row of two cells, or of one across both where there is no value. Gives its first cell."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    row = table.add_row()
    if centred:
        row.height, row.height_rule = Mm(ROW_MM), WD_ROW_HEIGHT_RULE.AT_LEAST
    for cell, width_mm in zip(row.cells, (LABEL_MM, AREA_MM - LABEL_MM), strict=True):
        cell.width = Mm(width_mm)
    texts = [label] if value is None else [label, value]
    cells = [row.cells[0].merge(row.cells[1])] if value is None else row.cells
    for cell, text in zip(cells, texts, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.text, paragraph.style = text, STYLES[style]
    if centred:
        cells[0].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        for cell in cells:
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return cells[0]
