"""The kinds of documents: what each is called, which layout it has and how its content becomes words.

To add a kind, write a function from its frozen content (plain JSON) to blocks and register it:

    def _blocks(content: Content) -> list[Block]:
        return [
            Line("organ", content["bureau"]),           # red head; leave it out where none is due
            Line("number", content["number"]),
            Line("title", "关于……的通报"),
            Line("to", "各镇街："),
            Line("body", "……"),                          # item 一级标题, sub 二级标题, plain 顶格
            table(["镇街", "问题数"], [["陈营镇", 12]], widths=[3, 1]),   # blocks.table, or Table for merged heads
            Picture(png, width_mm=150, alt="各镇街问题数"),  # a map or a chart
            Line("caption", "图 1　各镇街问题数"),
            Line("sign", content["organisation"]),
            Line("date", in_words(content["issued_on"])),
            Line("copies", "抄送：县政府办公室。"),          # 版记, at the foot of the last page
            Line("printed", f"{content['bureau']}\t{in_words(content['issued_on'])}"),
        ]

    BULLETIN = register(Kind("bulletin", say("通报"), "letter", _blocks, SAMPLE))

and import the module in `documents/__init__.py`. The preview at the desk may be drawn from the same lines.
`SAMPLE` is content of the same shape: a county's template is tried with it.

`documents.making.word_file(session, county, kind, content, …)` gives the Word file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Message, NotFound
from ...registry.people import Person
from .blocks import FRAME, Block, Line, texts_of

Content = Mapping[str, Any]
WITHDRAWN = "（本文书已撤回，不再有效）"


class Frozen(NamedTuple):
    """The words of one record's document, what its file is called, and what stands at the head of each page."""

    content: Content
    name: str
    mark: str = ""


@dataclass(frozen=True)
class Kind:
    """`code` never changes: documents are kept under it. `layout` is one of letter, form and file.

    `fields` gives the plain data that a county's template may use beside the frame's: texts, numbers, lists and
    dictionaries only. `must` are the texts that no template may leave out; all of the body, where it isn't given.
    `read` gives the words of the record of that id, if the person may see it, else it raises NotFound; Conflict
    says that there is no document yet. With it the kind has its downloads at `/documents/<kind>/<id>`. A kind that
    `is_slow` is made by a job only (`files.COMPOSERS`). One that `is_composed`
    has no words of its own in its record: they are frozen when the document is made.
    """

    code: str
    label: Message
    layout: str
    blocks: Callable[[Content], Sequence[Block]]
    sample: Content
    fields: Callable[[Content], dict[str, Any]] = lambda content: {}
    must: Callable[[Content], list[str]] | None = None
    read: Callable[[Session, Person, UUID], Frozen] | None = None
    is_composed: bool = False
    is_slow: bool = False


@dataclass(frozen=True)
class Words:
    """What one document says.

    `fields` is plain data for the frame, `slots` are blocks by the name of their variable. `mark` stands at the
    head of every page, such as that a paper was taken back; `tail` below all else, whatever the template.
    `on` is the day of the document.
    """

    fields: Mapping[str, Any]
    slots: Mapping[str, Sequence[Block]] = field(default_factory=dict)
    name: str = ""
    author: str = ""
    on: datetime | None = None
    mark: str = ""
    tail: Sequence[Block] = ()


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    KINDS[kind.code] = kind
    return kind


def kind_of(code: str) -> Kind:
    """Raises NotFound."""
    if code not in KINDS:
        raise NotFound
    return KINDS[code]


def words_of(kind: Kind, content: Content, *, mark: str = "") -> Words:
    """What a document of the kind says, arranged for its template."""
    blocks = kind.blocks(content)
    framed = [each for each in blocks if isinstance(each, Line) and each.style in (*FRAME, "fact")]
    lines = {style: [each.text for each in framed if each.style == style] for style in (*FRAME, "fact")}
    body = [each for each in blocks if each not in framed]
    printed_by, _, printed_on = "".join(lines["printed"]).partition("\t")
    fields: dict[str, Any] = {name: "\n".join(lines[name]) for name in FRAME}
    fields |= {
        "printed_by": printed_by,
        "printed_on": printed_on,
        "facts": [_fact(text) for text in lines["fact"]],
        "has_body": bool(body or lines["sign"]),
    }
    return Words(
        fields=fields | kind.fields(content),
        slots={"body": body},
        name=fields["number"] or fields["title"],
        author=str(content.get("bureau") or ""),
        on=_day(content.get("issued_on")),
        mark=mark,
    )


def must_say(kind: Kind, content: Content) -> list[str]:
    """The texts that a document of the kind has to show, whoever drew its template."""
    frame = words_of(kind, content).fields
    own = kind.must(content) if kind.must else [*texts_of(words_of(kind, content).slots["body"])]
    return [text for text in (frame["number"], frame["date"], *own) if text]


def _fact(text: str) -> dict[str, Any]:
    """`名目：内容`; without a colon it is a heading across the whole row."""
    label, colon, value = text.partition("：")
    return {"label": label, "value": value, "is_whole": not colon}


def _day(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
