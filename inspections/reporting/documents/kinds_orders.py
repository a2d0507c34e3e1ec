"""整改通知书 and 督办单: the words are those of `casework.papers`, frozen with the issue."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...access import get
from ...casework.invitations import ANSWER_WORDS, printed_code
from ...casework.orders import Order, OrderState
from ...casework.papers import in_words, limit_of, lines_of, numeral
from ...errors import Conflict, say
from ...registry.people import Person
from .blocks import Block, Cell, Line, Picture, Table
from .kinds import WITHDRAWN, Content, Frozen, Kind, register

_ITEM = {
    "problem": "20:30 以后仍在开展学科类培训（示例问题）",
    "item_code": "zd-17",
    "measures": "立即停止（示例措施）\n清退已收费用（示例措施）",
    "lead": "示例副局长",
    "department": "示例监管股",
    "working_days": 15,
    "due_on": None,
}
SAMPLE: dict[str, Any] = {
    "format": "mingcha-order/1",
    "kind": "rectification",
    "number": "示教整改〔2026〕17号",
    "county": "示例县",
    "bureau": "示例县教育体育局",
    "addressee": "示例培训中心",
    "supervised_on": "2026-11-20",
    "items": [
        _ITEM,
        _ITEM | {"problem": "未公示收费标准（示例问题）", "working_days": None, "due_on": "2026-12-04"},
    ],
    "officers": [{"name": "张示例", "certificate": "示E001"}, {"name": "何示例", "certificate": "示E002"}],
    "organisation": "示例县教育体育局",
    "contact": "李示例",
    "telephone": "000-1234567",
    "issued_on": "2026-11-23",
}


def _blocks(content: Content) -> list[Block]:
    return list(lines_of(dict(content)))


def _fields(content: Content) -> dict[str, Any]:
    """The plain values, for a template that arranges the problems itself."""
    names = ("county", "bureau", "addressee", "organisation", "telephone")
    return {name: content[name] for name in names} | {
        "supervised_on": in_words(content["supervised_on"]),
        "issued_on": in_words(content["issued_on"]),
        "person_to_ask": content["contact"],
        "officers": [dict(each) for each in content["officers"]],
        "items": [_item(n, each) for n, each in enumerate(content["items"], start=1)],
    }


def _item(n: int, item: dict[str, Any]) -> dict[str, Any]:
    values = {name: item[name] for name in ("problem", "measures", "lead", "department")}
    return values | {"numeral": numeral(n), "limit": limit_of(item)}


def _must(content: Content) -> list[str]:
    values = [content["addressee"], content["contact"], content["telephone"]]
    for item in content["items"]:
        values += [
            item["problem"],
            *item["measures"].splitlines(),
            item["lead"],
            item["department"],
            limit_of(item),
        ]
    return values + [text for each in content["officers"] for text in each.values()]


def answer_box(address: str) -> list[Block]:
    """How to answer, below the paper's own words: a code to scan and the address that it holds."""
    code = Picture(printed_code(address), 30, "在线回复的二维码")
    words = [Line("cell", text) for text in (ANSWER_WORDS, address)]
    return [Table([[Cell([code], align="center"), Cell(words)]], [36, 120], heads=0)]


def _read(session: Session, person: Person, order_id: UUID) -> Frozen:
    order = get(session, person, Order, order_id)
    if order.content is None:
        raise Conflict(say("签发编号以后才有正式文书，草稿请看预览"))
    return Frozen(order.content, order.number_text or "", WITHDRAWN if order.state is OrderState.WITHDRAWN else "")


RECTIFICATION = register(
    Kind("rectification", say("整改通知书"), "letter", _blocks, SAMPLE, _fields, _must, _read)
)
SUPERVISION = register(
    Kind(
        "supervision",
        say("督办单"),
        "form",
        _blocks,
        SAMPLE | {"kind": "supervision", "number": "示教督办〔2026〕3号", "organisation": "示例培训中心"},
        _fields,
        _must,
        _read,
    )
)
