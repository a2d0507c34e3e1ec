"""Reports on the story's orders in every state, and two self-checks: one that is over and one that runs."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..casework.extending import ask_for_more_time, read_extensions
from ..casework.invitations import LIFETIME, Guest, Invitation
from ..casework.orders import Order, OrderKind, OrderState, items_of
from ..casework.responding import read_letter
from ..casework.responding import submit as respond
from ..casework.reviewing import accept, send_back
from ..events import Event
from ..field.checks import Check
from ..registry.people import Person, PersonRole, Role
from ..registry.sites import Site
from ..selfcheck.answering import save, submit
from ..selfcheck.campaigns import SelfCheck, SelfCheckCampaign, items_for
from ..selfcheck.sending import end, send
from . import names
from .book import moment
from .chance import Chance

DONE = (
    "已停止违规行为，向家长逐一说明，退费收据留存备查。",
    "已重新制作公示栏，证照、教师、收费和课程全部上墙。",
    "已召开教职工会议，建立每日自查记录，由负责人签字。",
)
LETTER = "请对照清单逐项自查，不符合的写明情况和整改打算。自查结果供督查人员到场核对。"


def write_answers(session: Session, today: date, seed: str) -> None:
    """As the owner of the database, in the county's scope. Needs the orders."""
    chance = Chance(seed, "answers")
    dispatcher = _first(session, Role.DISPATCHER)
    if dispatcher is None:
        return
    before = session.scalars(select(Event.id).where(Event.county == names.COUNTY_CODE)).all()
    _report(session, dispatcher, today, chance)
    _ask(session, dispatcher, today, chance)
    session.flush()
    late = moment(today - timedelta(days=1), 17.0)
    new = (Event.county == names.COUNTY_CODE, Event.id.not_in(before), Event.at > late)
    session.execute(update(Event).where(*new).values(at=late))


def _first(session: Session, role: Role) -> Person | None:
    having = select(PersonRole.person_id).where(PersonRole.county == names.COUNTY_CODE, PersonRole.role == role)
    query = select(Person).where(Person.county == names.COUNTY_CODE, Person.is_active, Person.id.in_(having))
    return session.scalars(query.order_by(Person.id)).unique().first()


def _guest(session: Session, dispatcher: Person, chance: Chance, today: date, **subject: UUID) -> Guest:
    """Whoever had a link that is of no use any more: its token was never told to anybody."""
    at = moment(today - timedelta(days=30), 9.0)
    made = Invitation(
        county=dispatcher.county, id=chance.id(at), token_hash=hashlib.sha256(chance.randbytes(32)).hexdigest(),
        made_by_id=dispatcher.id, made_at=at, expires_at=at + LIFETIME, revoked_by_id=dispatcher.id,
        revoked_at=moment(today - timedelta(days=1), 18.0), **subject,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return Guest(made.county, made.id)


def _report(session: Session, dispatcher: Person, today: date, chance: Chance) -> None:
    served = select(Order).where(
        Order.county == names.COUNTY_CODE, Order.state == OrderState.SERVED, Order.kind == OrderKind.RECTIFICATION
    )
    ends = ["submitted", "returned", "accepted", "submitted", "returned", "asks"]
    for order in session.scalars(served.order_by(Order.served_on, Order.id)):
        if not ends:
            return
        if read_letter(session, order, moment(today, 0.0)).closed:
            continue
        ending, day = ends.pop(0), today - timedelta(days=2)
        guest = _guest(session, dispatcher, chance, today, order_id=order.id)
        if ending == "asks":
            _ask_for_time(session, guest, order, chance, day)
            continue
        response, _ = respond(session, guest, order, _form(session, order, chance), moment(day, 10.2))
        if ending == "returned":
            send_back(
                session, dispatcher, response.id, "第一项请附退费收据的照片，要能看清金额和日期", moment(day, 15.0)
            )
        if ending == "accepted":
            form = {"assignee_id": str(order.officer_id), "due_on": (today + timedelta(days=5)).isoformat()}
            accept(session, dispatcher, response.id, form, moment(day, 15.4), day)


def _ask_for_time(session: Session, guest: Guest, order: Order, chance: Chance, day: date) -> None:
    at = moment(day, 10.2)
    letter = read_letter(session, order, at)
    form = {"form_id": str(chance.id(at)), "name": "负责人", "days": "5", "reason": "退费名单还在与家长核对"}
    if askable := read_extensions(session, letter, at).askable:
        ask_for_more_time(session, guest, letter, form | {f"take-{askable[0].item.id}": "1"}, at, day)


def _form(session: Session, order: Order, chance: Chance) -> dict[str, str]:
    site = session.get_one(Site, (order.county, order.site_id))
    form = {"form_id": str(chance.id(moment(order.supervised_on, 9.0))), "telephone": site.phone or "000-0000000"}
    form |= {"name": site.person_in_charge or "负责人", "text": ""}
    for row in items_of(session, order):
        form |= {
            f"claim-{row.item.id}": chance.choice(("done", "done", "partly")),
            f"done-{row.item.id}": chance.choice(DONE),
        }
    return form


def _ask(session: Session, dispatcher: Person, today: date, chance: Chance) -> None:
    newest = select(Check.checklist_code).where(
        Check.county == names.COUNTY_CODE, Check.checklist_code.is_not(None)
    )
    code = session.scalars(newest.limit(1)).first()
    placed = select(Site.township_id).where(Site.county == names.COUNTY_CODE, Site.township_id.is_not(None))
    township = session.scalars(placed.order_by(Site.id).limit(1)).first()
    if code is None:
        return
    for title, opened, closes, is_over in (
        ("秋季学期开学自查", today - timedelta(days=75), today - timedelta(days=55), True),
        ("期中“双减”自查", today - timedelta(days=5), today + timedelta(days=9), False),
    ):
        form = {
            "title": title, "checklist": code, "opens_on": opened.isoformat(), "closes_on": closes.isoformat(),
            "letter": LETTER, "contact": dispatcher.name, "telephone": dispatcher.phone or "000-0000000",
            "township_id": str(township or "") if is_over else "",
        }  # fmt: skip
        campaign = send(session, dispatcher, form, ["school"], moment(opened, 9.5), opened)
        asked = session.scalars(select(SelfCheck).where(SelfCheck.campaign_id == campaign.id)).all()
        _answer(session, dispatcher, campaign, asked[: 30 if is_over else 6], opened, today, chance)
        if is_over:
            end(session, dispatcher, campaign.id, moment(closes + timedelta(days=10), 17.0))


def _answer(
    session: Session,
    dispatcher: Person,
    campaign: SelfCheckCampaign,
    asked: Sequence[SelfCheck],
    opened: date,
    today: date,
    chance: Chance,
) -> None:
    for n, each in enumerate(asked):
        if n % 7 == 6:
            continue  # some never answer
        site = session.get_one(Site, (each.county, each.site_id))
        guest = _guest(session, dispatcher, chance, opened + timedelta(days=31), self_check_id=each.id)
        form = {"name": site.person_in_charge or "负责人", "telephone": site.phone or "000-0000000"}
        for item in items_for(session, campaign, site):
            unmet = chance.happens(0.06)
            form[f"verdict-{item.code}"] = "not_compliant" if unmet else "compliant"
            form[f"note-{item.code}"] = "正在整改，本月内完成" if unmet else ""
        at = moment(min(opened + timedelta(days=2 + n % 25), today - timedelta(days=1)), 16.0)
        if n % 5 == 4:
            save(session, guest, each, form, at)
        else:
            submit(session, guest, each, form, at)
