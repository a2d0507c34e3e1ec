"""A county's template is looked at before it is used: the package, its language, and what it makes of a sample.

The report names what is wrong line by line: the part of the file, the paragraph and its words, and what to do.
"""

import io
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, NamedTuple

from lxml import etree

from ...errors import InspectionError, Message, say
from . import package_check
from .blocks import STYLES
from .kinds import Kind, must_say, words_of

PARTS: dict[str, Message] = {
    "": say("整个文件"),
    "word/document.xml": say("正文"),
    "word/header": say("页眉"),
    "word/footer": say("页脚"),
    "word/footnotes": say("脚注"),
    "word/styles": say("样式"),
    "word/settings": say("设置"),
    "word/media": say("图片"),
    "_rels": say("链接"),
}
MOST_FAULTS = 50
MOST_WORDS = 60
MOST_PARAGRAPHS = 2_000
A_PARAGRAPH = re.compile(r"<w:p([ >])")
TAGS = re.compile(r"<[^>]+>")
SAYS_LANGUAGE = re.compile(r"\{\{|\{%|\{#")


class Fault(NamedTuple):
    """One line of the report. A `note` is worth knowing and stops nothing."""

    part: Message
    paragraph: int
    words: str
    said: Message
    is_note: bool = False


def check(kind: Kind, file: bytes) -> list[Fault]:
    """What is wrong with a template for documents of a kind, at most `MOST_FAULTS` lines; empty where all is well.

    What comes later is only looked at when what comes earlier is in order: an unsafe package isn't filled.
    """
    for look in (_package, _language, _sample):
        found = []
        for fault in look(kind, file):
            found.append(fault)
            if len(found) == MOST_FAULTS:
                break
        if any(not each.is_note for each in found):
            return found
    return found


def _package(kind: Kind, file: bytes) -> Iterator[Fault]:
    for part, said in package_check.faults(file):
        yield Fault(_part(part), 0, "", said)


def _language(kind: Kind, file: bytes) -> Iterator[Fault]:
    from .sandbox import faults

    words = words_of(kind, kind.sample)
    known = dict(words.fields) | dict.fromkeys(words.slots, "")
    for part, (source, paragraphs) in _sources(file).items():
        lines = source.split("\n")
        for number, said in faults(source, known):
            line = unescape(TAGS.sub("", lines[number - 1])) if 0 < number <= len(lines) else ""
            yield Fault(_part(part), _place(paragraphs, line), line[:MOST_WORDS], said)
        yield from _slots(part, paragraphs, words.slots)


def _sources(file: bytes) -> dict[str, tuple[str, list[str]]]:
    """By part the template as docxtpl will run it, and the words of its paragraphs as their author sees them."""
    import docx
    from docxtpl import DocxTemplate

    from .drawing import text_of
    from .layout import name_of

    template = DocxTemplate(io.BytesIO(file))
    found = {}
    for part in docx.Document(io.BytesIO(file)).part.package.iter_parts():
        name = str(part.partname).lstrip("/")
        if package_check.TEMPLATED.fullmatch(name):
            source = template.patch_xml(part.blob.decode("utf-8")).replace("\n", " ")
            root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False))
            paragraphs = [text_of(each) for each in root.iter(name_of("w:p"))]
            found[name] = (A_PARAGRAPH.sub(r"\n<w:p\1", source), paragraphs)
    return found


def _place(paragraphs: list[str], line: str) -> int:
    """Which paragraph, counted from 1, a line of the template came from: docxtpl joins some of them."""
    held = [(len(text), n) for n, text in enumerate(paragraphs, start=1) if text and text in line and "{" in text]
    return max(held)[1] if held else 0


def _slots(part: str, paragraphs: list[str], slots: Mapping[str, Any]) -> Iterator[Fault]:
    """The variable of a body stands in a paragraph of its own."""
    for number, text in enumerate(paragraphs, start=1):
        for name in slots:
            variable = rf"\{{\{{\s*{name}\s*\}}\}}"
            if re.search(variable, text) and not re.fullmatch(variable, text.strip()):
                said = say("“{name}”要单独成一段，前后不能有别的字", name=f"{{{{ {name} }}}}")
                yield Fault(_part(part), number, text[:MOST_WORDS], said)


def _sample(kind: Kind, file: bytes) -> Iterator[Fault]:
    """Filled with the sample, it has to say all that a document of the kind must say."""
    import docx

    from .filling import fill, says

    try:
        made = fill(file, words_of(kind, kind.sample))
        paragraphs = says(made)
    except InspectionError as error:
        yield Fault(PARTS[""], 0, "", error.message)
        return
    except Exception as error:  # what jinja2, docxtpl and lxml raise for a template that isn't right
        yield Fault(
            PARTS[""], 0, "", say("试填示例数据时出错：{said}", said=f"{type(error).__name__}: {error}"[:200])
        )
        return
    if paragraphs.count("\n") > MOST_PARAGRAPHS:
        yield Fault(PARTS[""], 0, "", say("试填示例数据后太长，请检查循环"))
    squeezed = _squeezed(paragraphs)
    for text in dict.fromkeys(must_say(kind, kind.sample)):
        if any(_squeezed(line) not in squeezed for line in text.split("\n")):
            yield Fault(PARTS[""], 0, "", say("填出来的文书里没有“{text}”，不能少", text=text[:MOST_WORDS]))
    if SAYS_LANGUAGE.search(paragraphs):
        yield Fault(PARTS[""], 0, "", say("填出来的文书里还留着模板语句，请检查写法"))
    known = {style.name for style in docx.Document(io.BytesIO(file)).styles}
    lacking = [name for name in (*STYLES.values(),) if name not in known]
    if lacking:
        said = say("缺少样式：{names}；用到它们的段落会按“正文”排", names=lacking)
        yield Fault(PARTS["word/styles"], 0, "", said, is_note=True)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _part(name: str) -> Message:
    of_links = "_rels" if name.endswith(".rels") else name
    return next((said for start, said in PARTS.items() if start and of_links.startswith(start)), PARTS[""])
