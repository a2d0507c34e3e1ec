import io
import re
from copy import deepcopy
from typing import Any

import docx
import pytest
from jinja2 import TemplateError
from PIL import Image

from inspections.reporting.casefile import composing  # noqa: F401 - it registers its kind
from inspections.reporting.documents.blocks import (
    Break,
    Cell,
    Group,
    Line,
    Mark,
    Picture,
    Table,
    clean,
    table,
)
from inspections.reporting.documents.builtin import LAYOUTS, built_in
from inspections.reporting.documents.filling import Words, fill, says
from inspections.reporting.documents.kinds import KINDS, Kind, must_say, words_of
from tests.casefile import HOSTILE
from tests.word_files import what_is_wrong

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TYPED = [
    *HOSTILE,
    "</w:t></w:r><w:r><w:t>注入",
    "{{ 7*7 }}{% raw %}{# x #}",
    "{_{ 7*7 }_} {_% x %_}",
    "=cmd|' /C calc'!A0",
    "\x00\x01\x0b\x1f\ud800\ufffe控制符",
    "𠮷𬭶〇𰻝𱁬𫟅",  # CJK Extensions B, E, G, H, C
    "&lt;&amp;&#60;<![CDATA[x]]>",
    "一行\r\n二行\n\t三行",
    "很" * 20_000,
]
STRUCTURE = {"format", "kind", "blocks"}
A_DAY = re.compile(r"\d{4}-\d\d-\d\d.*")
QUICK = [kind for kind in KINDS.values() if not kind.is_slow]


def made(kind: Kind, content: Any) -> bytes:
    return fill(built_in(kind.layout), words_of(kind, content))


def typed_everywhere(value: Any, typed: str) -> Any:
    """The content with the text in every field that a person may have typed."""
    if isinstance(value, dict):
        return {key: each if key in STRUCTURE else typed_everywhere(each, typed) for key, each in value.items()}
    if isinstance(value, list):
        return [typed_everywhere(each, typed) for each in value]
    return typed if isinstance(value, str) and not A_DAY.fullmatch(value) else value


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_every_kind_makes_a_sound_file_that_says_all_it_must(kind: Kind) -> None:
    file = made(kind, kind.sample)
    assert what_is_wrong(file) == []
    said = squeezed(says(file))
    assert [text for text in must_say(kind, kind.sample) if squeezed(text) not in said] == []
    assert "{{" not in said
    assert "{%" not in said


@pytest.mark.parametrize("typed", TYPED, ids=range(len(TYPED)))
@pytest.mark.parametrize("kind", QUICK, ids=lambda kind: kind.code)
def test_whatever_is_typed_in_any_field_stays_text(kind: Kind, typed: str) -> None:
    content = typed_everywhere(deepcopy(dict(kind.sample)), typed)
    file = made(kind, content)
    assert what_is_wrong(file) == []
    assert squeezed(clean(typed)) in squeezed(says(file))


def test_the_same_words_give_the_same_bytes() -> None:
    kind = KINDS["rectification"]
    assert made(kind, kind.sample) == made(kind, kind.sample)
    assert built_in.__wrapped__("letter") == built_in("letter")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_built_in_template_is_a_sound_file(layout: str) -> None:
    assert [each for each in what_is_wrong(built_in(layout)) if "columns" not in each] == []


def test_blocks_of_every_sort_are_drawn() -> None:
    image = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(image, "PNG")
    merged = Table(
        [
            [Cell("镇街", down=2), Cell("问题", across=2)],
            ["发现", "办结"],
            ["陈营镇", Cell("12", align="right"), Cell([Line("body", "十")])],
        ],
        [2, 1, 1],
        heads=2,
    )
    blocks = [
        Line("item", "一、情况"),
        table(["镇街", "数"], [["陈营镇", 12], ["石镇", 3.5]], [3, 1]),
        merged,
        Picture(image.getvalue(), 100, "图"),
        Picture(image.getvalue(), 500, "太宽的图"),
        Line("caption", "图 1"),
        Break(),
        Mark("there"),
        Group([Line("organ", "另一机关"), Line("fact", "名目：内容")]),
        Table([[Cell("见"), Cell("", page_of="there")]], [1, 1], heads=0),
    ]
    frame = dict.fromkeys(("organ", "number", "to", "sign", "date", "contact", "copies", "printed"), "")
    file = fill(built_in("letter"), Words(frame | {"title": "通报"}, {"body": blocks}))
    assert what_is_wrong(file) == []
    document = docx.Document(io.BytesIO(file))
    assert len(document.tables) == 3
    assert [shape.width.mm <= 156 for shape in document.inline_shapes] == [True, True]
    assert document.tables[1].rows[1].cells[0].text == "镇街"
    assert "PAGEREF there" in document.element.xml


def test_a_long_organ_name_fits_its_line() -> None:
    kind = KINDS["rectification"]
    file = made(kind, kind.sample | {"bureau": "某某省某某市某某县人民政府教育督导委员会办公室"})
    organ = next(each for each in docx.Document(io.BytesIO(file)).paragraphs if each.style.name == "公文机关标志")
    assert organ.runs[0].font.size.pt * len(organ.text) <= 156 * 72 / 25.4


def test_a_template_whose_condition_is_not_ended_is_not_filled() -> None:
    frame = dict.fromkeys(("organ", "number", "to", "sign", "date", "contact", "copies", "printed"), "")
    document = docx.Document(io.BytesIO(built_in("letter")))
    document.add_paragraph("{%p if title %}")
    file = io.BytesIO()
    document.save(file)
    with pytest.raises(TemplateError):
        fill(file.getvalue(), Words(frame | {"title": "x"}, {"body": []}))


def test_who_signs_the_record_of_an_interview_signs_below_its_last_words_on_one_page() -> None:
    kind = KINDS["interview_record"]
    document = docx.Document(io.BytesIO(fill(built_in(kind.layout), words_of(kind, kind.sample))))
    rows = list(document.element.body.iter(f"{WORD}tr"))
    last = "".join(node.text or "" for node in rows[-1].iter(f"{WORD}t"))
    assert last.startswith("12 月 5 日前整改到位（示例承诺）约谈人（签字）")
    assert rows[-1].find(f"{WORD}trPr/{WORD}cantSplit") is not None
