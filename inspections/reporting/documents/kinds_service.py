"""送达回证: the receipt that goes with an order, empty while it is to be signed, filled in once it was served."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...access import get
from ...casework.orders import Order, OrderState
from ...casework.papers import Line, in_words
from ...errors import Conflict, say
from ...registry.counties import find_county
from ...registry.people import Person
from ...registry.sites import Site
from .blocks import Block
from .kinds import Content, Frozen, Kind, register

ROWS = {
    "document": "送达文书名称和文号",
    "addressee": "受送达人",
    "place": "送达地点",
    "method": "送达方式",
    "served_on": "送达日期",
    "received_by": "受送达人签名或盖章",
    "server": "送达人签名",
    "receipt_number": "邮件回执编号",
    "note": "留置、拒收事由和见证人",
}
SAMPLE: dict[str, Any] = {
    "bureau": "示例县教育体育局",
    "document": "整改通知书（示教整改〔2026〕17号）",
    "addressee": "示例培训中心",
    "place": "示例路 1 号",
    "method": "直接送达",
    "served_on": "2026-11-24",
    "received_by": "刘示例",
    "server": "张示例",
    "receipt_number": "EMS000",
    "note": "无（示例）",
    "issued_on": "2026-11-23",
}


def _blocks(content: Content) -> list[Block]:
    values = dict(content) | {"served_on": in_words(content["served_on"])}
    rows = [Line("fact", f"{label}：{values[name]}") for name, label in ROWS.items()]
    return [Line("title", "送达回证"), Line("fact", f"送达机关：{content['bureau']}"), *rows]


def _fields(content: Content) -> dict[str, Any]:
    return {name: content[name] or "" for name in ROWS} | {"served_on": in_words(content["served_on"])}


def _must(content: Content) -> list[str]:
    return [str(text) for text in _fields(content).values()]


def _read(session: Session, person: Person, order_id: UUID) -> Frozen:
    order = get(session, person, Order, order_id)
    if order.state not in {OrderState.ISSUED, OrderState.SERVED} or order.number_text is None:
        raise Conflict(say("签发编号以后才有送达回证"))
    site = session.get_one(Site, (order.county, order.site_id))
    server = session.get(Person, (order.county, order.server_id)) if order.server_id else None
    home = find_county(session, order.county)
    content = {
        "bureau": home.bureau if home else "",
        "document": f"{order.kind.label}（{order.number_text}）",
        "addressee": order.addressee,
        "place": site.address or "",
        "method": str(order.method.label) if order.method else "",
        "served_on": order.served_on.isoformat() if order.served_on else None,
        "received_by": order.received_by or "",
        "server": server.name if server else "",
        "receipt_number": order.receipt_number or "",
        "note": order.service_note or "",
        "issued_on": (order.content or {})["issued_on"],
    }
    return Frozen(content, f"{order.number_text}送达回证")


SERVICE_RECEIPT = register(
    Kind("service_receipt", say("送达回证"), "form", _blocks, SAMPLE, _fields, _must, _read, is_composed=True)
)
