"""Keeping the schedule of a campaign: lines begun from S2's own course of work, edited, done."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from ..reporting.form_days import read_day
from ..sweeps.campaigns import SpecialCampaign
from .items import CampaignItem
from .planning import to_plan
from .typed import read_text

LONGEST = {"item": 200, "responsible": 300}
LONGEST_OUTCOME = 500
MOST_ITEMS = 60


class Usual(NamedTuple):
    """A line as S2 tells of its campaign; `until` is the share of the days after which it ends."""

    item: str
    responsible: str
    since: float
    until: float


USUAL = (
    Usual("动员部署，明确分工，公布举报电话", "领导小组、区县专班", 0.0, 0.1),
    Usual("地毯式排查，分类建立工作台账", "各镇街，网格员", 0.05, 0.4),
    Usual("多部门联合执法，集中整治", "教育、市场监管、民政、公安、城管等部门", 0.3, 0.8),
    Usual("问题整改和复查，逐项销号", "各责任部门、各镇街", 0.5, 0.95),
    Usual("总结通报，建立长效机制", "领导小组、区县专班", 0.9, 1.0),
)


def list_items(session: Session, person: Person, campaign: SpecialCampaign) -> Sequence[CampaignItem]:
    require(person, "campaign.see")
    query = visible(person, CampaignItem).where(CampaignItem.campaign_id == campaign.id)
    return session.scalars(query.order_by(CampaignItem.position, CampaignItem.id)).all()


def begin(session: Session, person: Person, campaign_id: UUID, now: datetime) -> list[CampaignItem]:
    """The usual five lines, spread over the campaign's days. Raises Conflict where it has lines."""
    campaign = to_plan(session, person, campaign_id)
    if list_items(session, person, campaign):
        raise Conflict(say("已经有时间安排，请直接修改"))
    days = (campaign.last_day - campaign.first_day).days
    made = [
        CampaignItem(
            county=person.county, campaign_id=campaign.id, position=position, item=line.item,
            responsible=line.responsible, first_day=campaign.first_day + timedelta(days=round(days * line.since)),
            last_day=campaign.first_day + timedelta(days=round(days * line.until)), edited_by_id=person.id,
            edited_at=now,
        )
        for position, line in enumerate(USUAL, start=1)
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    events.record(session, person, "schedule", campaign, items=len(made))
    return made


def save(
    session: Session,
    person: Person,
    campaign_id: UUID,
    form: Mapping[str, Any],
    now: datetime,
    item_id: UUID | None = None,
) -> CampaignItem:
    """Add a line, or correct the one of that id. Its days lie in the campaign's. Raises Invalid, by field."""
    campaign = to_plan(session, person, campaign_id)
    item = _of(session, person, campaign, item_id) if item_id else None
    given, first, last = _read(form, campaign)
    if item is None:
        before = list_items(session, person, campaign)
        if len(before) >= MOST_ITEMS:
            raise Invalid(message=say("一次专项行动最多 {n} 项安排", n=MOST_ITEMS))
        position = before[-1].position + 1 if before else 1
        item = CampaignItem(county=person.county, campaign_id=campaign.id, position=position)
        session.add(item)
    item.item, item.responsible = given["item"], given["responsible"]
    item.first_day, item.last_day = first, last
    item.edited_by_id, item.edited_at = person.id, now
    session.flush()
    events.record(session, person, "edit" if item_id else "add", item, **given)
    return item


def mark_done(
    session: Session,
    person: Person,
    campaign_id: UUID,
    item_id: UUID,
    form: Mapping[str, Any],
    today: date,
) -> CampaignItem:
    """Say that a line is done, with what came of it; or, with `undo` in the form, that it isn't after all."""
    item = _of(session, person, to_plan(session, person, campaign_id), item_id)
    if form.get("undo"):
        item.done_on, item.done_by_id, item.outcome = None, None, ""
    else:
        wrong: dict[str, Message] = {}
        outcome = read_text(form, "outcome", LONGEST_OUTCOME, wrong, may_be_empty=True)
        if wrong:
            raise Invalid(wrong)
        if item.done_on is not None:
            raise Conflict(say("这一项已经记为完成"))
        item.done_on, item.done_by_id, item.outcome = today, person.id, outcome
    session.flush()
    events.record(session, person, "undo" if form.get("undo") else "done", item, item=item.item)
    return item


def remove(session: Session, person: Person, campaign_id: UUID, item_id: UUID) -> None:
    """Take a line out; the event keeps what it said."""
    item = _of(session, person, to_plan(session, person, campaign_id), item_id)
    events.record(session, person, "remove", item, item=item.item, responsible=item.responsible)
    session.delete(item)
    session.flush()


def _of(session: Session, person: Person, campaign: SpecialCampaign, item_id: UUID) -> CampaignItem:
    item = get(session, person, CampaignItem, item_id)
    if item.campaign_id != campaign.id:
        raise Conflict(say("这一项不属于这次专项行动"))
    return item


def _read(form: Mapping[str, Any], campaign: SpecialCampaign) -> tuple[dict[str, str], date, date]:
    wrong: dict[str, Message] = {}
    given = {name: read_text(form, name, longest, wrong) for name, longest in LONGEST.items()}
    first, last = read_day(form, "first_day", wrong), read_day(form, "last_day", wrong)
    if first and last and last < first:
        wrong["last_day"] = say("最后一天早于第一天，请核对")
    for name, day in (("first_day", first), ("last_day", last)):
        if day and name not in wrong and not campaign.first_day <= day <= campaign.last_day:
            days = f"{campaign.first_day} — {campaign.last_day}"
            wrong[name] = say("要在专项行动的日子里：{days}", days=days)
    if wrong or first is None or last is None:
        raise Invalid(wrong)
    return given, first, last
