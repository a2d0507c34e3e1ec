"""Whether a Word file is one: as strict as it can be asked without Word."""

import io
import re
from collections import Counter
from zipfile import ZipFile

import docx
from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def what_is_wrong(file: bytes) -> list[str]:
    """Nothing, for a file that Word and WPS open without a word."""
    found: list[str] = []
    with ZipFile(io.BytesIO(file)) as package:
        names = package.namelist()
        if package.testzip() is not None or len(set(names)) < len(names):
            found.append("package")
        roots = {name: etree.fromstring(package.read(name)) for name in names if name.endswith((".xml", ".rels"))}
        found += _types(roots["[Content_Types].xml"], names)
        for name, root in roots.items():
            if name.endswith(".rels"):
                found += [f"{name}: {target}" for target in _missing(name, root, names)]
    document = roots["word/document.xml"]
    found += [f"two drawings {key}" for key in _twice(each.get("id") for each in document.iter("{*}docPr"))]
    found += [
        f"two marks {key}" for key in _twice(each.get(f"{W}id") for each in document.iter(f"{W}bookmarkStart"))
    ]
    found += [
        f"two marks {key}" for key in _twice(each.get(f"{W}name") for each in document.iter(f"{W}bookmarkStart"))
    ]
    found += _of_styles(document, roots["word/styles.xml"])
    found += _of_cells(document)
    found += _of_order(document)
    related = {each.get("Id") for each in roots["word/_rels/document.xml.rels"]}
    used = {value for each in document.iter() for name, value in each.attrib.items() if name.startswith(R)}
    found += [f"no relation {each}" for each in used - related]
    docx.Document(io.BytesIO(file))
    return found


def _types(root: etree._Element, names: list[str]) -> list[str]:
    named = {each.get("PartName", "").lstrip("/") for each in root}
    endings = {each.get("Extension", "").lower() for each in root}
    return [
        f"no type: {name}"
        for name in names
        if name not in named and name.rsplit(".", 1)[-1].lower() not in endings
    ]


def _missing(name: str, root: etree._Element, names: list[str]) -> list[str]:
    folder = name.split("_rels/")[0]
    return [
        target
        for each in root
        if each.get("TargetMode") != "External" and _joined(folder, target := each.get("Target", "")) not in names
    ]


def _joined(folder: str, target: str) -> str:
    path = target.lstrip("/") if target.startswith("/") else folder + target
    while "/../" in path or path.startswith("../"):
        path = re.sub(r"(^|[^/]+/)\.\./", "", path, count=1)
    return path


def _twice(values) -> list[str]:
    return [key for key, n in Counter(values).items() if n > 1]


def _of_styles(document: etree._Element, styles: etree._Element) -> list[str]:
    known = {each.get(f"{W}styleId") for each in styles.iter(f"{W}style")}
    return [
        f"no style {each.get(f'{W}val')}"
        for tag in ("pStyle", "rStyle", "tblStyle")
        for each in document.iter(f"{W}{tag}")
        if each.get(f"{W}val") not in known
    ]


def _of_cells(document: etree._Element) -> list[str]:
    """A cell ends with a paragraph, a row has cells, and a table as many columns as its grid says."""
    found = []
    for cell in document.iter(f"{W}tc"):
        if cell[-1].tag != f"{W}p":
            found.append("a cell without a last paragraph")
    for table in document.iter(f"{W}tbl"):
        grid = len(table.find(f"{W}tblGrid"))
        for row in table.iterchildren(f"{W}tr"):
            spans = [each.find(f"{W}tcPr/{W}gridSpan") for each in row.iterchildren(f"{W}tc")]
            wide = sum(1 if span is None else int(span.get(f"{W}val")) for span in spans)
            if wide != grid:
                found.append(f"a row of {wide} columns in a grid of {grid}")
    return found


# The order that the schema asks of what is in a paragraph's properties, as far as we write them
PARAGRAPH = ["pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "pBdr",
             "shd", "tabs", "snapToGrid", "spacing", "ind", "contextualSpacing", "jc", "rPr"]  # fmt: skip


def _of_order(document: etree._Element) -> list[str]:
    found = []
    for properties in document.iter(f"{W}pPr"):
        names = [each.tag.removeprefix(W) for each in properties]
        places = [PARAGRAPH.index(name) for name in names if name in PARAGRAPH]
        if places != sorted(places):
            found.append(f"out of order: {names}")
    return found
