"""Planning a campaign: name, purpose, days and goals; which sweeps and canvasses belong to it; its end."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..canvass.campaigns import CanvassCampaign
from ..days import CHINA
from ..errors import Conflict, Invalid, Message, NotFound, say
from ..events import Event
from ..registry.people import Person
from ..reporting.form_days import read_day
from ..sweeps.campaigns import SpecialCampaign
from ..sweeps.sweeps import Sweep
from .figures import cells_of
from .parts import CampaignCanvass
from .typed import read_text

LONGEST_NAME, LONGEST_PURPOSE = 60, 2000
MOST_DAYS = 400
LARGEST_GOAL = 1_000_000
GOAL = "goal-"
ENDED = say("这次专项行动已经结束，不能再改")
ANY = UUID(int=0)  # the keys of figures are the same for every campaign


class Plan(NamedTuple):
    """What a form says of a campaign; `goals` are numbers by the key of a figure."""

    name: str
    purpose: str
    first_day: date
    last_day: date
    goals: dict[str, int]


def begin(session: Session, person: Person, form: Mapping[str, Any]) -> SpecialCampaign:
    """Raises Invalid, by field."""
    require(person, "campaign.plan")
    plan = _read(form)
    campaign = SpecialCampaign(county=person.county, made_by_id=person.id, **plan._asdict())
    session.add(campaign)
    session.flush()
    events.record(session, person, "plan", campaign, goals=plan.goals)
    return campaign


def change(session: Session, person: Person, campaign_id: UUID, form: Mapping[str, Any]) -> SpecialCampaign:
    """`seen` in the form is `mark_of` the campaign that it was filled in for.

    Raises Invalid, by field, and Conflict where somebody else changed it since, or it has ended.
    """
    campaign = to_plan(session, person, campaign_id)
    plan = _read(form)
    if form.get("seen") != mark_of(campaign):
        raise Conflict(_who_changed(session, campaign))
    was = Plan(campaign.name, campaign.purpose, campaign.first_day, campaign.last_day, campaign.goals)
    for name, value in plan._asdict().items():
        setattr(campaign, name, value)
    session.flush()
    session.refresh(campaign)
    changed = [name for name, value in plan._asdict().items() if getattr(was, name) != value]
    events.record(session, person, "change", campaign, changed=changed, goals=plan.goals)
    return campaign


def end(session: Session, person: Person, campaign_id: UUID, now: datetime) -> SpecialCampaign:
    """End a campaign. Its reports, instructions and parts stay as they are."""
    campaign = to_plan(session, person, campaign_id)
    campaign.ended_at = now
    session.flush()
    events.record(session, person, "end", campaign)
    return campaign


def put_canvass(session: Session, person: Person, campaign_id: UUID, canvass_id: UUID) -> None:
    """Let a canvass belong to the campaign. Raises Conflict where it belongs to another one."""
    campaign = to_plan(session, person, campaign_id)
    canvass = get(session, person, CanvassCampaign, canvass_id)
    held = session.get(CampaignCanvass, (person.county, canvass.id))
    if held is not None:
        raise Conflict(say("这次排查已经属于一个专项行动，请先从那里移出"))
    session.add(CampaignCanvass(county=person.county, canvass_id=canvass.id, campaign_id=campaign.id))
    session.flush()
    events.record(session, person, "put_canvass", campaign, canvass=str(canvass.id))


def take_canvass(session: Session, person: Person, campaign_id: UUID, canvass_id: UUID) -> None:
    campaign = to_plan(session, person, campaign_id)
    removed: Any = session.execute(
        delete(CampaignCanvass).where(
            CampaignCanvass.county == person.county,
            CampaignCanvass.campaign_id == campaign.id,
            CampaignCanvass.canvass_id == canvass_id,
        )
    )
    if not removed.rowcount:
        raise NotFound
    events.record(session, person, "take_canvass", campaign, canvass=str(canvass_id))


def put_sweep(session: Session, person: Person, campaign_id: UUID, sweep_id: UUID) -> None:
    """Let a sweep belong to the campaign. Raises Conflict where it belongs to another one."""
    campaign = to_plan(session, person, campaign_id)
    sweep = get(session, person, Sweep, sweep_id)
    if sweep.campaign_id is not None:
        raise Conflict(say("这次联合执法已经属于一个专项行动，请先从那里移出"))
    sweep.campaign_id = campaign.id
    session.flush()
    events.record(session, person, "put_sweep", campaign, sweep=str(sweep.id))


def take_sweep(session: Session, person: Person, campaign_id: UUID, sweep_id: UUID) -> None:
    campaign = to_plan(session, person, campaign_id)
    sweep = get(session, person, Sweep, sweep_id)
    if sweep.campaign_id != campaign.id:
        raise NotFound
    sweep.campaign_id = None
    session.flush()
    events.record(session, person, "take_sweep", campaign, sweep=str(sweep.id))


def to_plan(session: Session, person: Person, campaign_id: UUID) -> SpecialCampaign:
    """A campaign that the person may change, locked. Raises NotFound, Forbidden, Conflict once it has ended."""
    require(person, "campaign.plan")
    campaign = get(session, person, SpecialCampaign, campaign_id)
    session.refresh(campaign, with_for_update=True)
    if campaign.ended_at is not None:
        raise Conflict(ENDED)
    return campaign


def mark_of(campaign: SpecialCampaign) -> str:
    """Which state of a campaign somebody has before them."""
    days = f"{campaign.first_day}~{campaign.last_day}"
    said = [campaign.name, campaign.purpose, days, sorted(campaign.goals.items())]
    return sha256(json.dumps(said).encode()).hexdigest()[:32]


def _who_changed(session: Session, campaign: SpecialCampaign) -> Message:
    row = session.execute(
        select(Person.name, Event.at)
        .join(Person, (Person.county == Event.county) & (Person.id == Event.person_id))
        .where(Event.county == campaign.county, Event.subject_id == campaign.id, Event.verb == "change")
        .order_by(Event.at.desc())
        .limit(1)
    ).first()
    if row is None:
        return say("这次专项行动刚才有了变化，请刷新后核对，再重做这一步")
    at = row.at.astimezone(CHINA).strftime("%m-%d %H:%M")
    return say("{who}在 {at} 改过这次专项行动，请对照现在的内容重做这一步", who=row.name, at=at)


def _read(form: Mapping[str, Any]) -> Plan:
    wrong: dict[str, Message] = {}
    name = read_text(form, "name", LONGEST_NAME, wrong)
    purpose = read_text(form, "purpose", LONGEST_PURPOSE, wrong, may_be_empty=True)
    first, last = read_day(form, "first_day", wrong), read_day(form, "last_day", wrong)
    if first and last and last < first:
        wrong["last_day"] = say("最后一天早于第一天，请核对")
    elif first and last and (last - first).days >= MOST_DAYS:
        wrong["last_day"] = say("一次专项行动最长 {n} 天", n=MOST_DAYS)
    goals = _read_goals(form, wrong)
    if wrong or first is None or last is None:
        raise Invalid(wrong)
    return Plan(name, purpose, first, last, goals)


def _read_goals(form: Mapping[str, Any], wrong: dict[str, Message]) -> dict[str, int]:
    """Targets by key of figure; an empty field sets none."""
    goals: dict[str, int] = {}
    for key in cells_of(ANY):
        text = str(form.get(GOAL + key, "")).strip()
        if not text:
            continue
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if not 1 <= number <= LARGEST_GOAL:
            wrong[GOAL + key] = say("请填 1 到 {n} 的整数，不设目标就留空", n=LARGEST_GOAL)
        goals[key] = number
    return goals
