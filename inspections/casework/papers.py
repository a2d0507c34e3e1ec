"""What an order says on paper, as plain data: shown as a preview before the issue and frozen with it."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from ..registry.counties import find_county
from ..registry.people import Person
from .orders import ItemRow, Order
from .signing import officers_of

FORMAT = "mingcha-order/1"


def compose(
    session: Session, order: Order, rows: list[ItemRow], *, number_text: str, issued_on: date | None
) -> dict[str, Any]:
    """The words of the paper. Days are ISO texts; a time limit is `working_days` after service or `due_on`."""
    county = find_county(session, order.county)
    officers = officers_of(session, order.county, [order.officer_id, order.second_officer_id])
    return {
        "format": FORMAT,
        "kind": order.kind.value,
        "number": number_text,
        "county": county.name if county else "",
        "bureau": county.bureau if county else "",
        "addressee": order.addressee,
        "supervised_on": order.supervised_on.isoformat(),
        "items": [_item(row) for row in rows],
        "officers": [_officer(each, issued_on or order.supervised_on) for each in officers if each],
        "organisation": order.organisation,
        "contact": order.contact,
        "telephone": order.telephone,
        "issued_on": issued_on.isoformat() if issued_on else None,
    }


def _item(row: ItemRow) -> dict[str, Any]:
    item, finding = row
    return {
        "problem": finding.text,
        "item_code": finding.item_code,
        "measures": item.measures,
        "lead": item.lead,
        "department": item.department,
        "working_days": item.working_days,
        "due_on": item.fixed_due_on.isoformat() if item.fixed_due_on else None,
    }


def _officer(officer: Person, day: date) -> dict[str, str]:
    certificate = officer.certificate_on(day)
    return {"name": officer.name, "certificate": certificate.number if certificate else ""}


class Line(NamedTuple):
    """One line of the paper and what it is: organ, number, title, fact, to, body, item, sign, date or contact."""

    style: str
    text: str


NUMERALS = "零一二三四五六七八九十"
TITLES = {"rectification": "整改通知书", "supervision": "{county}“双减”教育督导问题整改督办单"}


def lines_of(content: dict[str, Any]) -> list[Line]:
    """The paper, line by line, in the order of GB/T 9704; of a supervision order with the fields of its form.

    It is Chinese whatever the reader's language is. A draft has no number and no date: their lines are empty.
    """
    of_kind = _of_supervision if content["kind"] == "supervision" else _of_notice
    title = TITLES[content["kind"]].format(county=content["county"])
    return [
        Line("organ", content["bureau"]),
        Line("number", content["number"]),
        Line("title", title),
        *of_kind(content),
    ]


def _of_notice(content: dict[str, Any]) -> list[Line]:
    day = in_words(content["supervised_on"])
    said = f"{day}，我单位对你单位进行检查，发现以下问题，现要求按下列要求和时限整改，并书面报告整改情况。"
    return [
        Line("to", f"{content['addressee']}："),
        Line("body", said),
        *_items(content),
        *_officers(content),
        Line("sign", content["organisation"]),
        Line("date", in_words(content["issued_on"])),
        Line("contact", f"（联系人：{content['contact']}，联系电话：{content['telephone']}）"),
    ]


def _of_supervision(content: dict[str, Any]) -> list[Line]:
    return [
        Line("fact", f"督办对象：{content['addressee']}"),
        Line("fact", f"督办时间：{in_words(content['supervised_on'])}"),
        Line("fact", "发现的问题、整改要求（含时限）"),
        *_items(content),
        *_officers(content),
        Line("sign", f"学校（单位）：{content['organisation']}"),
        Line("date", in_words(content["issued_on"])),
        Line("contact", f"联系人：{content['contact']}　　联系电话：{content['telephone']}"),
    ]


def _items(content: dict[str, Any]) -> list[Line]:
    found = []
    for n, item in enumerate(content["items"], start=1):
        found.append(Line("item", f"{numeral(n)}、{item['problem']}"))
        found += [Line("body", each) for each in f"整改要求：{item['measures']}".splitlines()]
        found.append(
            Line("body", f"完成时限：{limit_of(item)}。牵头领导：{item['lead']}。责任部门：{item['department']}。")
        )
    return found


def _officers(content: dict[str, Any]) -> list[Line]:
    names = "、".join(f"{each['name']}（执法证号 {each['certificate']}）" for each in content["officers"])
    return [Line("body", f"执法人员：{names}")] if names else []


def limit_of(item: dict[str, Any]) -> str:
    if item["working_days"]:
        return f"自送达之日起{item['working_days']}个工作日内"
    return f"{in_words(item['due_on'])}前"


def in_words(day: str | None) -> str:
    """A day as official papers write it: Arabic figures, no leading zero (GB/T 9704, 7.3.5.4).

    >>> in_words("2026-03-09")
    '2026年3月9日'
    """
    if not day:
        return ""
    found = date.fromisoformat(day)
    return f"{found.year}年{found.month}月{found.day}日"


def numeral(n: int) -> str:
    """
    >>> [numeral(n) for n in (1, 10, 11, 20, 42)]
    ['一', '十', '十一', '二十', '四十二']
    """
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens]}十"
    return head + (NUMERALS[ones] if ones or not tens else "")
