"""The layout of official documents, GB/T 9704-2012, as page and paragraph styles of a Word file.

A4; margins 37 mm above and 28 mm left, so that the type area is 156 × 225 mm: 22 lines of 28 characters. Body in
仿宋 of size 三号 (16 pt), title in 小标宋 二号 (22 pt), the organ's name in red with its line below the number,
page numbers 四号 (14 pt) outside. The faces are named and not carried: a machine without them shows its own.
"""

from collections.abc import Callable
from typing import Any

from .blocks import STYLES

FANGSONG = "仿宋_GB2312"
KAITI = "楷体_GB2312"
SONG = "宋体"
HEI = "黑体"
TITLE = "方正小标宋简体"
LATIN = "Times New Roman"
BODY_PT, TITLE_PT, FOOT_PT, SMALL_PT, CELL_PT = 16, 22, 14, 14, 12
LARGEST_ORGAN_PT = 42
WIDTH_MM, HEIGHT_MM, TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 210, 297, 37, 35, 28, 26
AREA_MM = WIDTH_MM - LEFT_MM - RIGHT_MM
LINES, CHARACTERS = 22, 28
MM_PT = 72 / 25.4
# In the twentieths of a point that the file counts in, rounded so that the last line and character still fit. The
# spacing of characters stands in the face and not in the page's grid, on which programs don't agree.
LINE_PT = int((HEIGHT_MM - TOP_MM - BOTTOM_MM) * MM_PT / LINES * 20) / 20
CHARACTER_PT = int(AREA_MM * MM_PT / CHARACTERS * 20) / 20
RED = "FF0000"


def new_document() -> Any:
    """An empty document with page, faces, page numbers and every style of STYLES."""
    import docx  # here, since every start would pay for it

    document = docx.Document()
    _drop_styles(document)
    _set_page(document)
    _set_face(document)
    _number_pages(document)
    for name, style in STYLES.items():
        SHAPES.get(name, _as_plain)(_add_style(document, f"Mc{name.title()}", style))
    return document


USED_STYLES = frozenset(
    {"Normal", "Default Paragraph Font", "Normal Table", "No List", "Table Grid", "Header", "Footer"}
)


def _drop_styles(document: Any) -> None:
    """Word's sample document brings a hundred styles that nothing of ours uses."""
    styles = document.styles.element
    for style in list(document.styles):
        if style.name.title() not in {name.title() for name in USED_STYLES}:
            styles.remove(style.element)
    for found in styles.findall(name_of("w:latentStyles")):
        styles.remove(found)
    kept = {style.style_id for style in document.styles}
    for tag in ("w:link", "w:next", "w:basedOn"):
        for found in list(styles.iter(name_of(tag))):
            if found.get(name_of("w:val")) not in kept:
                found.getparent().remove(found)


def _set_page(document: Any) -> None:
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(WIDTH_MM), Mm(HEIGHT_MM)
    section.top_margin, section.bottom_margin = Mm(TOP_MM), Mm(BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(LEFT_MM), Mm(RIGHT_MM)
    section.header_distance, section.footer_distance = Mm(15), Mm(BOTTOM_MM - 12)
    grid = section._sectPr.find(name_of("w:docGrid"))
    if grid is None:
        grid = element("w:docGrid")
        section._sectPr.append(grid)
    for name, value in (("type", "lines"), ("linePitch", str(round(LINE_PT * 20)))):
        grid.set(name_of(f"w:{name}"), value)


def _set_face(document: Any) -> None:
    from docx.shared import Pt

    style = document.styles["Normal"]
    style.font.size = Pt(BODY_PT)
    face(style, FANGSONG)
    properties = style.element.get_or_add_rPr()
    properties.insert_element_before(
        element("w:spacing", val=str(round((CHARACTER_PT - BODY_PT) * 20))),
        *("w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang"),
    )
    properties.append(element("w:lang", val="en-US", eastAsia="zh-CN"))
    shape = style.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing = Pt(LINE_PT)
    shape.widow_control = False


def _add_style(document: Any, style_id: str, name: str) -> Any:
    from docx.enum.style import WD_STYLE_TYPE

    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.element.set(name_of("w:styleId"), style_id)
    style.quick_style = True
    return style


def _number_pages(document: Any) -> None:
    """— 1 — on the outer side, one character in: right on odd pages, left on even ones."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        shape = paragraph.paragraph_format
        shape.left_indent = shape.right_indent = Pt(FOOT_PT)
        _foot(paragraph, "— ")
        field = element("w:fldSimple", instr="PAGE")
        run = _foot(paragraph, "1")
        field.append(run._r)
        paragraph._p.append(field)
        _foot(paragraph, " —")


def _foot(paragraph: Any, text: str) -> Any:
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.font.size = Pt(FOOT_PT)
    face(run, SONG, SONG)
    return run


def _as_organ(style: Any) -> None:
    from docx.shared import Mm, Pt, RGBColor

    style.font.size, style.font.color.rgb = Pt(LARGEST_ORGAN_PT), RGBColor.from_string(RED)
    face(style, TITLE)
    shape = _centred(style)
    shape.space_before, shape.space_after = Mm(27), Pt(LINE_PT)
    shape.line_spacing = 1.3


def _as_number(style: Any) -> None:
    """Its lower edge is the red line, 4 mm below the text."""
    _centred(style)
    border = element("w:bottom", val="single", sz="12", space=str(round(4 * MM_PT)), color=RED)
    edges = element("w:pBdr")
    edges.append(border)
    properties = style.element.get_or_add_pPr()
    properties.insert_element_before(edges, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _as_title(style: Any) -> None:
    from docx.shared import Pt

    style.font.size = Pt(TITLE_PT)
    face(style, TITLE)
    shape = _centred(style)
    shape.line_spacing = Pt(36)
    shape.space_before = shape.space_after = Pt(LINE_PT)


def _as_cover(style: Any) -> None:
    from docx.shared import Mm, Pt

    style.font.size = Pt(36)
    face(style, TITLE)
    shape = _centred(style)
    shape.line_spacing, shape.space_before, shape.space_after = 1.5, Mm(45), Mm(25)


def _as_body(style: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    style.paragraph_format.first_line_indent = Pt(2 * CHARACTER_PT)
    style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY


def _as_item(style: Any) -> None:
    face(style, HEI)
    _as_body(style)


def _as_sub(style: Any) -> None:
    face(style, KAITI)
    _as_body(style)


def _as_plain(style: Any) -> None:
    style.paragraph_format.first_line_indent = None


def _as_sign(style: Any) -> None:
    """Room for the seal above, two characters from the right edge."""
    from docx.shared import Pt

    _at_right(style, 2)
    style.paragraph_format.space_before, style.paragraph_format.keep_with_next = Pt(2 * LINE_PT), True


def _as_date(style: Any) -> None:
    from docx.shared import Pt

    _at_right(style, 4)
    style.paragraph_format.space_after = Pt(LINE_PT)


def _as_cell(style: Any) -> None:
    _off_grid(style, CELL_PT, 18)


def _as_head(style: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    _as_cell(style)
    face(style, HEI)
    style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _as_part(style: Any) -> None:
    from docx.shared import Pt

    style.font.size = Pt(18)
    face(style, HEI)
    shape = _centred(style)
    shape.line_spacing, shape.space_after, shape.keep_with_next = Pt(LINE_PT), Pt(12), True


def _as_small(style: Any) -> None:
    _off_grid(style, 9, 12)


def _off_grid(style: Any, size_pt: float, line_pt: float) -> None:
    """Lines of their own height: the page's grid would draw them apart."""
    from docx.shared import Pt

    style.font.size, style.paragraph_format.line_spacing = Pt(size_pt), Pt(line_pt)
    style.element.get_or_add_pPr().insert_element_before(
        element("w:snapToGrid", val="0"), "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr"
    )


def _as_figure(style: Any) -> None:
    """Room grows with the picture: a fixed line would cut it off."""
    _off_grid(style, 9, 12)
    shape = _centred(style)
    shape.line_spacing, shape.keep_with_next = 1.0, True


def _as_caption(style: Any) -> None:
    from docx.shared import Pt

    _off_grid(style, 10.5, 15)
    _centred(style).space_after = Pt(6)


def _as_copies(style: Any) -> None:
    """四号 with a line above, at the foot of the last page; a frame of the paragraph holds it there."""
    _at_foot(style, above="8")


def _as_printed(style: Any) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Mm

    _at_foot(style, above="4", below="8")
    style.paragraph_format.tab_stops.add_tab_stop(Mm(AREA_MM - 5), WD_TAB_ALIGNMENT.RIGHT)


def _at_foot(style: Any, above: str, below: str = "") -> None:
    from docx.shared import Pt

    style.font.size = Pt(SMALL_PT)
    style.paragraph_format.left_indent = style.paragraph_format.right_indent = Pt(SMALL_PT)
    edges = element("w:pBdr")
    edges.append(element("w:top", val="single", sz=above, space="1", color="auto"))
    if below:
        edges.append(element("w:bottom", val="single", sz=below, space="1", color="auto"))
    properties = style.element.get_or_add_pPr()
    properties.insert_element_before(edges, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _centred(style: Any) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return style.paragraph_format


def _at_right(style: Any, characters: int) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    style.paragraph_format.right_indent = Pt(characters * CHARACTER_PT)


SHAPES: dict[str, Callable[[Any], None]] = {
    "organ": _as_organ,
    "number": _as_number,
    "title": _as_title,
    "cover": _as_cover,
    "body": _as_body,
    "item": _as_item,
    "sub": _as_sub,
    "contact": _as_body,
    "sign": _as_sign,
    "date": _as_date,
    "cell": _as_cell,
    "head": _as_head,
    "figure": _as_figure,
    "caption": _as_caption,
    "part": _as_part,
    "small": _as_small,
    "copies": _as_copies,
    "printed": _as_printed,
}


def face(thing: Any, name: str, latin: str = LATIN) -> None:
    """Name the face for Chinese and for Latin letters: Word keeps them apart."""
    thing.font.name = latin
    fonts = thing._element.get_or_add_rPr().rFonts
    fonts.set(name_of("w:eastAsia"), name)
    fonts.set(name_of("w:hint"), "eastAsia")


def name_of(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    found = OxmlElement(tag)
    for name, value in attributes.items():
        found.set(name_of(f"w:{name}"), value)
    return found
