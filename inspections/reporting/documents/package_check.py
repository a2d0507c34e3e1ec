"""Is a file a plain Word document? Looked at as a package, before any part of it is read as a document.

Refused are packages that could swell, hide a program, or bring in something from elsewhere when they are opened:
macros, embedded objects, ActiveX, links to other files, fields that read files. A template has no use for them.
"""

import io
import re
from collections.abc import Iterator
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml import etree

from ...errors import Message, say

MOST_BYTES = 5_000_000
MOST_UNPACKED = 40_000_000
MOST_RATIO = 200
MOST_PARTS = 200
MOST_PART = 1_000_000  # bytes of a part with the template's language, and its braces: docxtpl reads them by
MOST_BRACES = 1_000  # patterns whose time grows with both
MOST_PIXELS = 30_000_000
DOCUMENT = "word/document.xml"
NEEDED = {"[Content_Types].xml", "_rels/.rels", DOCUMENT}
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
BAD_PARTS = {
    re.compile(r"(?i)vbaProject|vbaData"): say("含有宏，请另存为不含宏的 .docx"),
    re.compile(r"(?i)embeddings/|oleObject"): say("含有嵌入的对象（OLE），请删除后再上传"),
    re.compile(r"(?i)activeX|ctrlProps"): say("含有 ActiveX 控件，请删除后再上传"),
    re.compile(r"(?i)afchunk|altchunk"): say("含有嵌入的另一份文件，请删除后再上传"),
    re.compile(r"(?i)^word/comments"): say("含有批注，请删除全部批注后再上传"),
    re.compile(r"(?i)\.(exe|dll|js|vbs|bat|cmd|ps1|hta|lnk|scr|jar|swf|svg|emf|wmf|html?|mht|rtf|bin)$"): say(
        "含有模板里不该有的文件，图片请用 PNG 或 JPEG"
    ),
}
OLD = say("这是旧格式 .doc 或加了密码，请另存为没有密码的 .docx")
NO_WORD = say("这不是 Word 文件（.docx）")
EMBEDDED = frozenset(
    {"oleobject", "package", "control", "afchunk", "subdocument", "vbaproject", "attachedtemplate"}
)
# Where docxtpl runs the template's language
TEMPLATED = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
GOOD_FIELDS = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES", "TOC", "PAGEREF", "STYLEREF", "SECTION"})
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BAD_ELEMENTS = {
    f"{W}altChunk": say("含有嵌入的另一份文件，请删除后再上传"),
    f"{W}object": say("含有嵌入的对象（OLE），请删除后再上传"),
    f"{W}control": say("含有 ActiveX 控件，请删除后再上传"),
    f"{W}ins": say("有未接受的修订，请先接受全部修订"),
    f"{W}del": say("有未接受的修订，请先接受全部修订"),
    f"{W}moveFrom": say("有未接受的修订，请先接受全部修订"),
    f"{W}subDoc": say("链接了子文档，请删除后再上传"),
    f"{W}dataBinding": say("内容控件绑定了别的数据，请删除后再上传"),
    f"{W}mailMerge": say("设置了邮件合并，请取消后再上传"),
    f"{W}attachedTemplate": say("附加了别的模板，请在“文档模板”里改回 Normal"),
}


def faults(file: bytes) -> Iterator[tuple[str, Message]]:
    """What is wrong with the package, with the part it stands in; nothing for a plain Word document."""
    if not file.startswith(b"PK\x03\x04"):
        yield "", OLD if file.startswith(b"\xd0\xcf\x11\xe0") else NO_WORD
        return
    if len(file) > MOST_BYTES:
        yield "", say("文件超过 {n} MB，模板里的图片请先压缩", n=MOST_BYTES // 1_000_000)
        return
    try:
        with ZipFile(io.BytesIO(file)) as package:
            yield from _of_package(package)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        yield "", say("文件损坏，打不开；请用 Word 或 WPS 打开后另存一次")


def _of_package(package: ZipFile) -> Iterator[tuple[str, Message]]:
    parts = package.infolist()
    sized = list(_of_sizes(parts))
    yield from sized
    if sized:
        return  # nothing of it is unpacked
    names = {part.filename for part in parts}
    if not names >= NEEDED:
        yield "", NO_WORD
        return
    if package.testzip() is not None:
        yield "", say("文件损坏，打不开；请用 Word 或 WPS 打开后另存一次")
        return
    for part in parts:
        yield from ((part.filename, said) for pattern, said in BAD_PARTS.items() if pattern.search(part.filename))
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            found = {str(said): said for said in _of_part(part.filename, package.read(part))}
            yield from ((part.filename, said) for said in found.values())
        elif part.filename.startswith("word/media/"):
            yield from ((part.filename, said) for said in _of_picture(package.read(part)))


def _of_sizes(parts: list[ZipInfo]) -> Iterator[tuple[str, Message]]:
    """How large it is unpacked stands in the package; one that lies about it is broken, and read no further."""
    unpacked = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * packed:
        yield "", say("文件展开后太大（可能是压缩炸弹），没有打开")
    names = [part.filename for part in parts]
    if len({name.lower() for name in names}) < len(names):
        yield "", say("文件里有重名的部分，没有打开")
    if any(name.startswith(("/", "\\")) or ".." in name.split("/") or "\\" in name for name in names):
        yield "", say("文件里有不该有的路径，没有打开")
    if any(part.flag_bits & 1 for part in parts):
        yield "", say("文件加了密码，请去掉密码后再上传")


def _of_part(name: str, content: bytes) -> Iterator[Message]:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"<\x00!\x00D" in content:
        yield say("含有 XML 实体定义，没有打开")
        return
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        yield say("文件损坏，打不开；请用 Word 或 WPS 打开后另存一次")
        return
    if TEMPLATED.fullmatch(name) and (len(content) > MOST_PART or content.count(b"{") > MOST_BRACES):
        yield say("内容太多：模板里最多 {n} 个变量和语句", n=MOST_BRACES // 4)
    elif name == "[Content_Types].xml":
        yield from _of_types(root)
    elif name.endswith(".rels"):
        yield from _of_relations(root)
    else:
        yield from _of_elements(root)


def _of_types(root: etree._Element) -> Iterator[Message]:
    types = {each.get("ContentType", "") for each in root}
    if MAIN_TYPE not in types:
        yield say("这不是普通的 Word 文件（.docx），请另存为 .docx")
    if any("macroEnabled" in each or "vbaProject" in each for each in types):
        yield say("含有宏，请另存为不含宏的 .docx")


def _of_relations(root: etree._Element) -> Iterator[Message]:
    for each in root:
        kind = each.get("Type", "").rsplit("/", 1)[-1]
        if each.get("TargetMode", "").lower() == "external":
            yield say("链接到文件外面（{where}），请取消超链接或改为嵌入图片", where=each.get("Target", "")[:60])
        if kind.lower() in EMBEDDED:
            yield say("含有嵌入的对象或外部模板，请删除后再上传")


def _of_elements(root: etree._Element) -> Iterator[Message]:
    for found in root.iter():
        if found.tag in BAD_ELEMENTS:
            yield BAD_ELEMENTS[found.tag]
        if isinstance(found.tag, str) and found.tag.endswith("}OLEObject"):
            yield BAD_ELEMENTS[f"{W}object"]
        if found.tag == f"{W}fldSimple":
            yield from _of_field(found.get(f"{W}instr", ""))
    yield from _of_field_codes(root)


def _of_field_codes(root: etree._Element) -> Iterator[Message]:
    """A field's code may be spread over runs, between its begin and its separator."""
    code: list[str] = []
    depth = 0
    for found in root.iter(f"{W}fldChar", f"{W}instrText", f"{W}delInstrText"):
        kind = found.get(f"{W}fldCharType")
        if kind == "begin":
            depth += 1
            code = code if depth > 1 else []
        elif kind in {"separate", "end"}:
            if code:
                yield from _of_field("".join(code))
            code = []
            depth -= kind == "end"
        elif found.text:
            code.append(found.text)


def _of_field(code: str) -> Iterator[Message]:
    word = (code.split() or [""])[0].upper()
    if word not in GOOD_FIELDS:
        yield say("域“{code}”会改动内容或读取别的文件，请改成普通文字", code=code.strip()[:40])


def _of_picture(content: bytes) -> Iterator[Message]:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                yield say("图片太大，请先缩小")
    except Exception:  # what a broken picture raises is anybody's guess
        yield say("含有模板里不该有的文件，图片请用 PNG 或 JPEG")
