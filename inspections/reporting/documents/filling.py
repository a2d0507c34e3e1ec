"""A template filled with the words of one document.

docxtpl fills the frame (organ, number, title, facts, signature). Blocks, such as the body, are drawn as elements
into the place of their variable afterwards: a paragraph that says `{{ body }}` and nothing else.
"""

import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from secrets import token_hex
from typing import Any
from zipfile import ZIP_DEFLATED

import docx
from docxtpl import DocxTemplate
from lxml import etree

from .blocks import STYLES, Block, clean
from .builtin import packed
from .drawing import Pen, text_of
from .kinds import Words
from .layout import AREA_MM, CHARACTER_PT, HEI, LARGEST_ORGAN_PT, MM_PT, face, name_of
from .sandbox import Markup, Sandbox


def fill(template: bytes, words: Words) -> bytes:
    """The Word file. The same template and words give the same bytes.

    Raises what the template's language or its XML raises; a template that was checked raises nothing.
    """
    tokens = {name: f"slot-{token_hex(16)}" for name in words.slots}
    frame = _Frame(io.BytesIO(template))
    variables = dict(words.fields) | {name: Markup(token) for name, token in tokens.items()}
    _forget_properties(frame)
    frame.render(variables, Sandbox())
    document = frame.docx
    _put_slots(document, {token: words.slots[name] for name, token in tokens.items()})
    _append(document, words.tail)
    _fit(document)
    if words.mark:
        _mark(document, words.mark)
    _describe(document, words)
    _number_pictures(document)
    file = io.BytesIO()
    document.save(file)
    return packed(file.getvalue(), ZIP_DEFLATED)


class _Frame(DocxTemplate):
    """docxtpl as far as we use it. XML that isn't well-formed is refused; docxtpl would mend it by leaving out."""

    def fix_tables(self, xml: str) -> Any:
        etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False, huge_tree=True))
        return super().fix_tables(xml)


def _forget_properties(frame: Any) -> None:
    """What a template's author left there is neither filled nor handed on."""
    frame.init_docx()
    about = frame.docx.core_properties
    for name in ("author", "comments", "identifier", "language", "subject", "title", "keywords", "category"):
        setattr(about, name, "")


def _put_slots(document: Any, slots: Mapping[str, Sequence[Block]]) -> None:
    pen = Pen(document)
    for paragraph in list(document.element.body.iter(name_of("w:p"))):
        blocks = slots.get(text_of(paragraph).strip())
        if blocks is None:
            continue
        drawn = pen.draw(blocks, _width_mm(paragraph))
        for made in drawn:
            paragraph.addprevious(made)
        if drawn and drawn[-1].tag == name_of("w:p"):
            pen.keep_with_next(drawn[-1])  # no page bears nothing but a signature
        parent, after = paragraph.getparent(), paragraph.getnext()
        parent.remove(paragraph)
        if parent.tag == name_of("w:tc") and after is None and len(parent) and parent[-1].tag != name_of("w:p"):
            parent.append(pen.paragraph("plain"))  # a cell ends with a paragraph


def _append(document: Any, blocks: Sequence[Block]) -> None:
    last = document.element.body.find(name_of("w:sectPr"))
    for made in Pen(document).draw(blocks):
        last.addprevious(made)


def _width_mm(paragraph: Any) -> float:
    cell = paragraph.getparent()
    if cell.tag != name_of("w:tc"):
        return AREA_MM
    width = cell.find(f"{name_of('w:tcPr')}/{name_of('w:tcW')}")
    twips = width.get(name_of("w:w")) if width is not None else None
    return int(twips) / 20 / MM_PT - 4 if twips and twips.isdigit() else AREA_MM - 4


def _fit(document: Any) -> None:
    """An organ's name is as large as its line allows; the signature stands over the middle of the date."""
    from docx.shared import Pt

    before = None
    for paragraph in _paragraphs(document):
        style = paragraph.style.name if paragraph.style is not None else ""
        if style == STYLES["organ"]:
            size = min(LARGEST_ORGAN_PT, int(AREA_MM * MM_PT / max(len(paragraph.text), 1)))
            for run in paragraph.runs:
                run.font.size = Pt(size)
        if style == STYLES["date"] and before is not None and before.style.name == STYLES["sign"]:
            middle = 4 + _characters(paragraph.text) / 2
            indent = max(0.0, middle - _characters(before.text) / 2)
            before.paragraph_format.right_indent = Pt(round(indent * CHARACTER_PT))
        before = paragraph


def _paragraphs(document: Any) -> Any:
    from docx.text.paragraph import Paragraph

    for found in document.element.body.iter(name_of("w:p")):
        yield Paragraph(found, document._body)


def _characters(text: str) -> float:
    """The width of a text in Chinese characters; programs leave a quarter between Latin and Chinese letters."""
    narrow = [ord(each) < 0x2000 for each in text]
    changes = sum(one is not other for one, other in pairwise(narrow))
    return sum(0.5 if each else 1 for each in narrow) + changes / 4


def _mark(document: Any, text: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    for number, section in enumerate(document.sections):
        headers = [section.header, section.even_page_header]
        if section.different_first_page_header_footer:
            headers.append(section.first_page_header)
        for header in headers:
            if number and header.is_linked_to_previous:
                continue
            paragraph = header.paragraphs[0]
            if paragraph.text:
                paragraph = paragraph.insert_paragraph_before()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            face(paragraph.add_run(clean(text)), HEI)


def _describe(document: Any, words: Words) -> None:
    about = document.core_properties
    about.title, about.author = clean(words.name)[:255], clean(words.author)[:255]
    about.comments = about.last_modified_by = ""
    about.language = "zh-CN"
    if words.on:
        about.created = about.modified = words.on


def _number_pictures(document: Any) -> None:
    """No two drawings with one number, in whatever template."""
    tag = name_of("wp:docPr")
    for number, found in enumerate(document.element.body.iter(tag), start=1):
        found.set("id", str(number))
        found.set("name", f"{number}")


def says(file: bytes) -> str:
    """All the words of a Word file's body, tables and headers, in the order of the file."""
    document = docx.Document(io.BytesIO(file))
    parts = [document.element.body]
    for section in document.sections:
        parts += [part._element for part in (section.header, section.footer, section.even_page_footer)]
    return "\n".join(text_of(found) for part in parts for found in part.iter(name_of("w:p")))
