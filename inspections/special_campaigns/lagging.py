"""What a day's dispatch looks at: who is behind, and what falls due on the next day.

No sweep stands here: the page shows those of tomorrow to who may see them, and nothing of it is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..access import require, visible
from ..canvass.progress import read_progress
from ..casework.findings import Finding, FindingState
from ..days import day_of
from ..errors import Message, say
from ..registry.areas import Area
from ..registry.imports.previews import messages_as_json
from ..registry.people import Person
from ..registry.sites import Site
from ..reporting.figures.work import count_townships
from ..sweeps.campaigns import SpecialCampaign
from .addressing import name_of
from .dispatches import OPEN, Dispatch, Instruction, InstructionState
from .figures import OVERDUE, label_of
from .items import CampaignItem
from .progress import canvasses_of, goals_of, selection_of

# An instruction is signed for on the day after it was given
SIGN_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Lag:
    """One thing that is behind or falls due. `to` is whom an instruction would go to, as a choice has it; `who` is
    the name. `advice` are words that such an instruction may begin with, in Chinese.
    """

    kind: str
    who: str
    said: Message
    to: str = ""
    advice: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "who": self.who, "said": messages_as_json([self.said])[0]}


def behind(session: Session, person: Person, campaign: SpecialCampaign, now: datetime) -> list[Lag]:
    """Goals, lines of the schedule, townships and instructions that are behind at a moment."""
    require(person, "campaign.see")
    return [
        *_goals(session, person, campaign, now),
        *_items(session, person, campaign, day_of(now)),
        *_walks(session, person, campaign, day_of(now)),
        *_problems(session, campaign, now),
        *_instructions(session, person, campaign, now),
    ]


def due_on(session: Session, person: Person, campaign: SpecialCampaign, day: date) -> list[Lag]:
    """What begins or has to be finished on a day."""
    require(person, "campaign.see")
    return [
        *_items_of(session, person, campaign, day),
        *_canvasses_of(session, person, campaign, day),
        *_problems_of(session, person, campaign, day),
        *_instructions_of(session, person, campaign, day),
    ]


def _goals(session: Session, person: Person, campaign: SpecialCampaign, now: datetime) -> Iterator[Lag]:
    for goal in goals_of(session, person, campaign, now):
        if goal.is_behind:
            said = say(
                "{figure}完成 {n} / {target}（{percent}%），时间已过 {elapsed}%", figure=label_of(goal.cell),
                n=goal.n, target=goal.target, percent=goal.percent, elapsed=round(100 * goal.elapsed),
            )  # fmt: skip
            yield Lag("goal", "", said)


def _items(session: Session, person: Person, campaign: SpecialCampaign, today: date) -> Iterator[Lag]:
    query = visible(person, CampaignItem).where(
        CampaignItem.campaign_id == campaign.id, CampaignItem.done_on.is_(None), CampaignItem.last_day < today
    )
    for item in session.scalars(query.order_by(CampaignItem.last_day, CampaignItem.id)):
        days = (today - item.last_day).days
        yield Lag("item", item.responsible, say("“{item}”已过期限 {n} 天", item=item.item, n=days))


def _walks(session: Session, person: Person, campaign: SpecialCampaign, today: date) -> Iterator[Lag]:
    """Townships that have walked less of a canvass than of its days have passed."""
    for part in canvasses_of(session, person, campaign):
        canvass = part.canvass
        if canvass.closed_at is not None or not canvass.starts_on <= today <= canvass.ends_on:
            continue
        passed = 100 * (today - canvass.starts_on).days // ((canvass.ends_on - canvass.starts_on).days + 1)
        for tally in read_progress(session, person, canvass).townships:
            if tally.percent < passed and tally.key is not None:
                said = say(
                    "“{canvass}”已走 {done} / {asked} 格次（{percent}%），时间已过 {passed}%",
                    canvass=canvass.name, done=tally.done, asked=tally.asked, percent=tally.percent, passed=passed,
                )  # fmt: skip
                advice = f"加快“{canvass.name}”进度，还差 {tally.asked - tally.done} 格次。"
                yield Lag("walks", tally.name, said, f"township:{tally.key}", advice)


def _problems(session: Session, campaign: SpecialCampaign, now: datetime) -> Iterator[Lag]:
    """Townships with problems of the campaign's days that are overdue."""
    selection = selection_of(campaign, now)
    if selection is None:
        return
    (key,) = (cell.key for cell in OVERDUE.cells)
    found = {area: cells[key] for area, cells in count_townships(session, selection, (OVERDUE,)).items()}
    areas = select(Area.id, Area.name).where(Area.county == campaign.county, Area.id.in_(found))
    for area_id, name in session.execute(areas.order_by(Area.code, Area.name)):
        n = found[area_id]
        advice = f"督促整改逾期的 {n} 个问题，逐个说明原因和完成时间。"
        yield Lag("problems", name, say("{n} 个问题逾期未改", n=n), f"township:{area_id}", advice)


def _open_instructions(person: Person, campaign: SpecialCampaign) -> Any:
    return (
        visible(person, Instruction)
        .join(Dispatch, (Dispatch.county == Instruction.county) & (Dispatch.id == Instruction.dispatch_id))
        .where(Dispatch.campaign_id == campaign.id, Instruction.state.in_(OPEN))
        .order_by(Instruction.due_on, Instruction.id)
    )


def _instructions(session: Session, person: Person, campaign: SpecialCampaign, now: datetime) -> Iterator[Lag]:
    for each in session.scalars(_open_instructions(person, campaign)).all():
        who = name_of(session, each)
        if each.is_late(day_of(now)):
            days = (day_of(now) - each.due_on).days
            yield Lag("instruction", who, say("指令逾期 {n} 天未办结：{text}", n=days, text=each.text))
        elif each.state is InstructionState.SENT and now - each.given_at > SIGN_WITHIN:
            yield Lag("instruction", who, say("指令还没有签收：{text}", text=each.text))


def _items_of(session: Session, person: Person, campaign: SpecialCampaign, day: date) -> Iterator[Lag]:
    query = visible(person, CampaignItem).where(
        CampaignItem.campaign_id == campaign.id, CampaignItem.done_on.is_(None),
        (CampaignItem.first_day == day) | (CampaignItem.last_day == day),
    )  # fmt: skip
    for item in session.scalars(query.order_by(CampaignItem.position, CampaignItem.id)):
        said = say("“{item}”到期", item=item.item) if item.last_day == day else say("“{item}”开始", item=item.item)
        yield Lag("item", item.responsible, said)


def _canvasses_of(session: Session, person: Person, campaign: SpecialCampaign, day: date) -> Iterator[Lag]:
    for part in canvasses_of(session, person, campaign):
        if part.canvass.ends_on == day and part.canvass.closed_at is None:
            said = say("“{canvass}”最后一天，已走 {percent}%", canvass=part.canvass.name, percent=part.percent)
            yield Lag("walks", "", said)


def _problems_of(session: Session, person: Person, campaign: SpecialCampaign, day: date) -> Iterator[Lag]:
    """Problems that have to be mended by a day, by township."""
    query = (
        visible(person, Finding)
        .join(Site, (Site.county == Finding.county) & (Site.id == Finding.site_id))
        .join(Area, (Area.county == Site.county) & (Area.id == Site.township_id))
        .where(Finding.due_on == day, Finding.state.in_([FindingState.CONFIRMED, FindingState.RECTIFYING]))
        .with_only_columns(Area.id, Area.name, func.count())
        .group_by(Area.id, Area.name, Area.code)
        .order_by(Area.code, Area.name)
    )
    rows: Any = session.execute(query)
    for area_id, name, n in rows:
        advice = f"{day.month}月{day.day}日到期的 {n} 个问题按时整改到位。"
        yield Lag("problems", name, say("{n} 个问题到期", n=n), f"township:{area_id}", advice)


def _instructions_of(session: Session, person: Person, campaign: SpecialCampaign, day: date) -> Iterator[Lag]:
    for each in session.scalars(_open_instructions(person, campaign).where(Instruction.due_on == day)).all():
        yield Lag("instruction", name_of(session, each), say("指令到期：{text}", text=each.text))
