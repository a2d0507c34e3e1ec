"""复查意见书, of what a re-check says, and 销号（结案）报告, of a finding that was struck off."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...access import get, visible
from ...casework.closures import Closure
from ...casework.findings import Finding
from ...casework.orders import Order, OrderItem, OrderState
from ...casework.papers import Line, in_words
from ...casework.rechecks import Recheck, RecheckOutcome
from ...days import day_of
from ...errors import say
from ...field.checks import Check
from ...field.photos import Photo
from ...registry.counties import find_county
from ...registry.people import Person
from ...registry.sites import Site
from .blocks import Block
from .kinds import Content, Frozen, Kind, register

_COMMON: dict[str, Any] = {
    "bureau": "示例县教育体育局",
    "site": "示例培训中心",
    "problem": "20:30 以后仍在开展学科类培训（示例问题）",
    "found_on": "2026-11-02",
    "orders": ["示教整改〔2026〕17号"],
    "due_on": "2026-11-20",
    "checked_on": "2026-11-23",
    "outcome": "已整改到位",
    "note": "晚间已停课（示例说明）",
    "officers": [{"name": "张示例", "certificate": "示E001"}, {"name": "何示例", "certificate": "示E002"}],
    "photos": 2,
    "issued_on": "2026-11-23",
}
DEMANDS = {
    RecheckOutcome.FIXED: "上述问题已整改到位。请巩固整改成果，防止反弹。",
    RecheckOutcome.PARTLY: "上述问题尚未全部整改到位。请继续整改，按要求报送整改情况，我单位将再次复查。",
    RecheckOutcome.NOT_FIXED: "上述问题仍未整改。请立即整改；逾期仍不整改的，将按规定督办、约谈、通报。",
    RecheckOutcome.UNSEEN: "本次复查未能核实整改情况，我单位将再次复查。请予配合。",
}


def _opinion(content: Content) -> list[Block]:
    named = f"（{'、'.join(content['orders'])}）" if content["orders"] else ""
    note = [Line("body", f"复查情况：{each}") for each in content["note"].splitlines() if each.strip()]
    return [
        Line("title", "复查意见书"),
        Line("to", f"{content['site']}："),
        Line("body", f"{in_words(content['checked_on'])}，我单位对下列问题{named}的整改情况进行了复查："),
        Line("item", content["problem"]),
        *note,
        Line("body", f"复查结论：{content['outcome']}。现场照片 {content['photos']} 张，存卷备查。"),
        Line("body", content["demand"]),
        Line("body", f"复查人员：{_officers(content)}"),
        Line("sign", content["bureau"]),
        Line("date", in_words(content["issued_on"])),
    ]


def _report(content: Content) -> list[Block]:
    facts = {
        "对象": content["site"],
        "问题": content["problem"],
        "发现日期": in_words(content["found_on"]),
        "整改文书": "、".join(content["orders"]) or "无",
        "整改期限": in_words(content["due_on"]) or "无",
        "复查日期": in_words(content["checked_on"]),
        "复查结论": content["outcome"],
        "复查人员": _officers(content),
        "销号日期": in_words(content["closed_on"]),
        "销号人": content["closed_by"],
    }
    return [
        Line("title", "问题销号（结案）报告"),
        *(Line("fact", f"{name}：{value}") for name, value in facts.items()),
        Line("item", "一、复查情况"),
        Line("body", content["note"] or "复查未另作说明。"),
        Line("body", f"复查照片 {content['photos']} 张，均记入证据清单。"),
        Line("item", "二、销号意见"),
        Line("body", content["closing_note"] or "经复查已整改到位，同意销号。"),
        Line("sign", content["bureau"]),
        Line("date", in_words(content["issued_on"])),
    ]


def _officers(content: Content) -> str:
    return "、".join(
        each["name"] + (f"（执法证号 {each['certificate']}）" if each["certificate"] else "")
        for each in content["officers"]
    )


def _fields(content: Content) -> dict[str, Any]:
    named = {name: value for name, value in content.items() if isinstance(value, str | int)}
    days = {name: in_words(content[name]) for name in content if name.endswith("_on")}
    return (
        named
        | days
        | {
            "orders": [{"number": each} for each in content["orders"]],
            "officers": [dict(each) for each in content["officers"]],
        }
    )


def _read_opinion(session: Session, person: Person, recheck_id: UUID) -> Frozen:
    recheck = get(session, person, Recheck, recheck_id)
    content = _facts(session, person, recheck)
    return Frozen(
        content | {"demand": DEMANDS[recheck.outcome], "issued_on": content["checked_on"]},
        f"复查意见书-{content['site']}",
    )


def _read_report(session: Session, person: Person, closure_id: UUID) -> Frozen:
    closure = get(session, person, Closure, closure_id)
    content = _facts(session, person, session.get_one(Recheck, (closure.county, closure.recheck_id)))
    closed_on = day_of(closure.closed_at).isoformat()
    more = {
        "closed_on": closed_on,
        "closed_by": session.get_one(Person, (closure.county, closure.closed_by_id)).name,
        "closing_note": closure.note,
        "issued_on": closed_on,
    }
    return Frozen(content | more, f"销号报告-{content['site']}", _reopened(closure))


def _reopened(closure: Closure) -> str:
    return (
        f"（{day_of(closure.reopened_at).isoformat()} 重新打开，本次销号不再有效）" if closure.reopened_at else ""
    )


def _facts(session: Session, person: Person, recheck: Recheck) -> dict[str, Any]:
    finding = get(session, person, Finding, recheck.finding_id)
    check = session.get_one(Check, (recheck.county, recheck.check_id))
    home = find_county(session, recheck.county)
    photos = select(Photo.id).where(
        Photo.county == recheck.county, Photo.check_id == check.id, Photo.finding_id == finding.id
    )
    return {
        "bureau": home.bureau if home else "",
        "site": session.get_one(Site, (finding.county, finding.site_id)).name,
        "problem": finding.text,
        "found_on": day_of(finding.found_at).isoformat(),
        "orders": _numbers(session, person, finding),
        "due_on": finding.due_on.isoformat() if finding.due_on else None,
        "checked_on": day_of(check.device_finished_at).isoformat(),
        "outcome": str(recheck.outcome.label),
        "note": recheck.note,
        "officers": _signers(session, check),
        "photos": len(session.scalars(photos).all()),
    }


def _numbers(session: Session, person: Person, finding: Finding) -> list[str]:
    naming = select(OrderItem.order_id).where(
        OrderItem.county == finding.county, OrderItem.finding_id == finding.id, OrderItem.is_live
    )
    query = visible(person, Order).where(
        Order.id.in_(naming), Order.state.in_([OrderState.ISSUED, OrderState.SERVED])
    )
    return [each.number_text or "" for each in session.scalars(query.order_by(Order.id))]


def _signers(session: Session, check: Check) -> list[dict[str, str]]:
    found = []
    for person_id, number in (
        (check.person_id, check.certificate_number),
        (check.second_person_id, check.second_certificate_number),
    ):
        if person_id:
            name = session.get_one(Person, (check.county, person_id)).name
            found.append({"name": name, "certificate": number or ""})
    return found


RECHECK_OPINION = register(
    Kind(
        "recheck_opinion",
        say("复查意见书"),
        "letter",
        _opinion,
        _COMMON | {"demand": DEMANDS[RecheckOutcome.FIXED]},
        _fields,
        read=_read_opinion,
        is_composed=True,
    )
)
CLOSURE_REPORT = register(
    Kind(
        "closure_report",
        say("销号（结案）报告"),
        "form",
        _report,
        _COMMON | {"closed_on": "2026-11-23", "closed_by": "李示例", "closing_note": "同意销号（示例意见）"},
        _fields,
        read=_read_report,
        is_composed=True,
    )
)
