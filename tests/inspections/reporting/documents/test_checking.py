import io
from collections.abc import Callable
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from inspections.reporting.documents.builtin import built_in
from inspections.reporting.documents.checking import Fault, check
from inspections.reporting.documents.filling import fill, says
from inspections.reporting.documents.kinds import KINDS, words_of

NOTICE = KINDS["rectification"]
OWN = built_in("letter")
EXTERNAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_paragraph(*texts: str) -> bytes:
    document = docx.Document(io.BytesIO(OWN))
    for text in texts:
        document.add_paragraph(text)
    return saved(document)


def saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def with_parts(changed: dict[str, bytes | Callable[[bytes], bytes]], file: bytes = OWN) -> bytes:
    made = io.BytesIO()
    with ZipFile(io.BytesIO(file)) as given, ZipFile(made, "w", ZIP_DEFLATED) as out:
        for name in given.namelist():
            content = given.read(name)
            change = changed.pop(name, content)
            out.writestr(name, change(content) if callable(change) else change)
        for name, content in changed.items():
            assert isinstance(content, bytes)
            out.writestr(name, content)
    return made.getvalue()


def in_body(xml: str) -> bytes:
    document = docx.Document(io.BytesIO(OWN))
    document.element.body.insert(0, parse_xml(xml.replace("<w:p>", f"<w:p {nsdecls('w')}>", 1)))
    return saved(document)


def stopped(faults: list[Fault]) -> list[str]:
    return [str(each.said) for each in faults if not each.is_note]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_the_built_in_templates_pass(kind) -> None:
    assert check(kind, built_in(kind.layout)) == []


def test_a_template_may_arrange_the_problems_itself() -> None:
    document = docx.Document(io.BytesIO(OWN))
    body = next(each for each in document.paragraphs if each.text == "{{ body }}")
    body.text = "{%p for item in items %}"
    rest = [
        "{{ item.numeral }}、{{ item.problem }}。{{ item.measures }}",
        "{{ item.lead }}，{{ item.department }}，{{ item.limit }}{% if loop.last %}。{% endif %}",
        "{%p endfor %}",
        "{{ addressee }}{{ person_to_ask }}{{ telephone }}",
        "{% for each in officers %}{{ each.name }}{{ each.certificate }}{% endfor %}",
    ]
    for text in reversed(rest):
        body._p.addnext(document.add_paragraph(text)._p)
    file = saved(document)
    assert stopped(check(NOTICE, file)) == []
    assert "一、20:30 以后仍在开展学科类培训（示例问题）。立即停止" in says(
        fill(file, words_of(NOTICE, NOTICE.sample))
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "不能使用“函数调用”"),
        ("{{ cycler.__init__.__globals__.os.popen('id') }}", "不能使用“函数调用”"),
        ("{{ items.__class__ }}", "没有“items.__class__”这个变量"),
        ("{{ number.format }}", "没有“number.format”这个变量"),
        ("{{ 7*7 }}", "不能使用“计算”"),
        ("{{ 'a' ~ number }}", "不能使用“计算”"),
        ("{{ number|attr('x') }}", "不能使用“过滤器”"),
        ("{{ number|safe }}", "不能使用“过滤器”"),
        ("{{ number is string }}", "不能使用“测试”"),
        ("{{ items[0] }}", "不能使用“下标”"),
        ("{% set x = 1 %}", "不能使用“赋值”"),
        ("{% include 'x' %}", "不能使用“引入别的文件”"),
        ("{% import 'x' as y %}", "不能使用“引入别的文件”"),
        ("{% extends 'x' %}", "不能使用“引入别的文件”"),
        ("{% macro a() %}{% endmacro %}", "不能使用“宏”"),
        ("{% autoescape false %}{{ number }}{% endautoescape %}", "不能使用“关闭转义”"),
        ("{% for i in range(9) %}x{% endfor %}", "循环只能写成"),
        ("{% for a in items %}{% for b in items %}x{% endfor %}{% endfor %}", "循环套得太深"),
        ("{% for a in number %}x{% endfor %}", "“number”不是列表"),
        ("{% for a in items recursive %}x{% endfor %}", "循环只能写成"),
        ("{{ nobody }}", "没有“nobody”这个变量"),
        ("{{ item.problem }}", "没有“item.problem”这个变量"),
        ("{{ body", "模板语句写得不对"),
        ("{% for item in items %}", "少了 endfor 或 endif"),
        ("前 {{ body }} 后", "要单独成一段"),
    ],
)
def test_code_in_a_template_is_refused_with_its_place(written: str, said: str) -> None:
    faults = check(NOTICE, with_paragraph("第一段", written))
    assert any(said in each for each in stopped(faults)), stopped(faults)
    assert {str(each.part) for each in faults} == {"正文"}
    if "autoescape" not in written:  # jinja doesn't know the line of that one
        assert {(each.words, each.paragraph > 20) for each in faults} == {(written[:60], True)}


def test_code_in_a_header_is_found_there() -> None:
    document = docx.Document(io.BytesIO(OWN))
    document.sections[0].header.paragraphs[0].text = "{{ 7*7 }}"
    faults = check(NOTICE, saved(document))
    assert [(str(each.part), each.words) for each in faults] == [("页眉", "{{ 7*7 }}")]


def test_code_that_is_spread_over_runs_is_found() -> None:
    document = docx.Document(io.BytesIO(OWN))
    paragraph = document.add_paragraph()
    for piece in ("{", "{ ''", ".__cl", "ass__ }", "}"):
        paragraph.add_run(piece)
    assert "没有“….__class__”这个变量" in stopped(check(NOTICE, saved(document)))


def relation(kind: str, target: str, mode: str = "External") -> Callable[[bytes], bytes]:
    row = f'<Relationship Id="rIdX" Type="{EXTERNAL}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return lambda content: content.replace(b"</Relationships>", row.encode() + b"</Relationships>")


def only(*names: str) -> bytes:
    made = io.BytesIO()
    with ZipFile(io.BytesIO(OWN)) as given, ZipFile(made, "w") as out:
        for name in names:
            out.writestr(name, given.read(name))
    return made.getvalue()


RELS = "word/_rels/document.xml.rels"
PACKAGES = {
    "macro": (with_parts({"word/vbaProject.bin": b"x"}), "含有宏"),
    "macro type": (
        with_parts({"[Content_Types].xml": lambda old: old.replace(
            b"wordprocessingml.document.main+xml", b"ms-word.document.macroEnabled.main+xml")}), "含有宏"),
    "ole": (with_parts({"word/embeddings/oleObject1.bin": b"x"}), "嵌入的对象"),
    "activex": (with_parts({"word/activeX/activeX1.xml": b"<x/>"}), "ActiveX"),
    "exe": (with_parts({"word/media/a.exe": b"MZ"}), "不该有的文件"),
    "emf": (with_parts({"word/media/a.emf": b"x"}), "不该有的文件"),
    "false picture": (with_parts({"word/media/a.png": b"<svg/>"}), "不该有的文件"),
    "comments": (with_parts({"word/comments.xml": b"<x/>"}), "含有批注"),
    "link": (with_parts({RELS: relation("hyperlink", "http://evil.test/?q=1")}), "链接到文件外面（http://evil.test"),
    "remote picture": (with_parts({RELS: relation("image", "\\\\evil.test\\a.png")}), "链接到文件外面"),
    "remote template": (with_parts({RELS: relation("attachedTemplate", "http://evil.test/a.dotm")}), "外部模板"),
    "altchunk": (with_parts({RELS: relation("aFChunk", "a.html", "Internal")}), "嵌入的对象"),
    "entity": (
        with_parts({"word/document.xml": lambda old: b'<!DOCTYPE x [<!ENTITY a "b">]>' + old}), "XML 实体"),
    "broken xml": (with_parts({"word/document.xml": b"<w:document"}), "文件损坏"),
    "not a document": (with_parts({}, only("[Content_Types].xml")), "这不是 Word 文件"),
    "path": (with_parts({"../../etc/passwd": b"x"}), "不该有的路径"),
    "bomb": (with_parts({"word/media/a.png": b"\0" * 45_000_000}), "压缩炸弹"),
    "text": (b"hello", "这不是 Word 文件"),
    "old": (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "旧格式"),
    "cut": (OWN[: len(OWN) // 2], "文件损坏"),
    "large": (b"PK\x03\x04" + b"\0" * 5_100_000, "超过 5 MB"),
    "dde": (in_body('<w:p><w:fldSimple w:instr=" DDEAUTO c:\\\\cmd.exe &quot;/k calc&quot; "/></w:p>'), "DDEAUTO"),
    "spread field": (
        in_body(
            '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>INCLUDE</w:instrText></w:r>'
            '<w:r><w:instrText>TEXT "c:/x"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
        ), "INCLUDETEXT"),
    "revision": (in_body('<w:p><w:ins w:id="1" w:author="x"><w:r><w:t>x</w:t></w:r></w:ins></w:p>'), "修订"),
    "braces": (with_paragraph("{ " * 1_100), "内容太多"),
}  # fmt: skip


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_that_is_more_than_a_document_is_refused(name: str) -> None:
    file, said = PACKAGES[name]
    faults = stopped(check(NOTICE, file))
    assert any(said in each for each in faults), faults


def test_a_template_that_leaves_out_the_problems_is_refused() -> None:
    document = docx.Document(io.BytesIO(OWN))
    for paragraph in document.paragraphs:
        if paragraph.text in {"{{ body }}", "{{ number }}"}:
            paragraph.text = ""
    said = stopped(check(NOTICE, saved(document)))
    assert "填出来的文书里没有“示教整改〔2026〕17号”，不能少" in said
    assert any("20:30 以后仍在开展学科类培训" in each for each in said)


def test_missing_styles_are_a_note_and_stop_nothing() -> None:
    document = docx.Document(io.BytesIO(OWN))
    style = document.styles["公文图注"]
    style._element.getparent().remove(style._element)
    faults = check(NOTICE, saved(document))
    assert stopped(faults) == []
    assert [str(each.said) for each in faults] == ["缺少样式：公文图注；用到它们的段落会按“正文”排"]
