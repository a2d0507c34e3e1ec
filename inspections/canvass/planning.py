"""Planning a canvass: a name, days, time bands, cells and who walks them; changed while it runs, closed,
copied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, own_township, require, visible
from ..errors import Conflict, Forbidden, Invalid, Message, NotFound, say
from ..registry.grid.giving import workers_for
from ..registry.grid_cells import GridCell
from ..registry.people import Person, Role
from ..registry.time_bands import TimeBand
from .campaigns import CampaignCell, CanvassCampaign

LONGEST_NAME = 40
LONGEST_DAYS = 366
MOST_CELLS = 20_000


@dataclass(frozen=True)
class Plan:
    """What a form says of a campaign."""

    name: str
    starts_on: date
    ends_on: date
    bands: list[str]


def begin(
    session: Session, person: Person, form: Mapping[str, Any], bands: Sequence[str], cells: Sequence[str]
) -> CanvassCampaign:
    """A campaign over chosen cells, each with whoever walks it now. `cells` are ids of cells, or of townships
    whose cells are meant. Raises Forbidden, Invalid by field.
    """
    require(person, "canvass.plan")
    plan = _read(form, bands)
    chosen = _chosen(session, person, cells)
    campaign = CanvassCampaign(
        county=person.county,
        name=plan.name,
        township_id=_whose(person, chosen),
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        bands=plan.bands,
        created_by_id=person.id,
    )
    session.add(campaign)
    session.flush()
    _add(session, campaign, {cell.id: cell.worker_id for cell in chosen})
    events.record(session, person, "plan", campaign, cells=len(chosen))
    return campaign


def change(
    session: Session,
    person: Person,
    campaign_id: UUID,
    form: Mapping[str, Any],
    bands: Sequence[str],
    cells: Sequence[str],
) -> CanvassCampaign:
    """Change what is planned. A cell that stays keeps its walker. Raises Conflict once it is closed."""
    campaign = to_plan(session, person, campaign_id)
    plan = _read(form, bands)
    chosen = {cell.id: cell.worker_id for cell in _chosen(session, person, cells)}
    present = set(session.scalars(_cells_of(campaign)))
    _drop(session, campaign, present - chosen.keys())
    _add(session, campaign, {cell: worker for cell, worker in chosen.items() if cell not in present})
    campaign.name, campaign.bands = plan.name, plan.bands
    campaign.starts_on, campaign.ends_on = plan.starts_on, plan.ends_on
    session.flush()
    events.record(session, person, "change", campaign, cells=len(chosen))
    return campaign


def assign(
    session: Session, person: Person, campaign_id: UUID, cells: Sequence[UUID], worker_id: UUID | None
) -> int:
    """Give cells of a campaign to a walker, for this campaign only. Raises Invalid, Conflict, NotFound."""
    campaign = to_plan(session, person, campaign_id)
    query = select(CampaignCell).where(
        CampaignCell.county == person.county,
        CampaignCell.campaign_id == campaign.id,
        CampaignCell.cell_id.in_(list(cells)),
    )
    found = session.scalars(query.with_for_update()).all()
    if not found or len(found) < len(set(cells)):
        raise Invalid({"cells": say("请先选本次行动里的网格")})
    if worker_id is not None and worker_id not in {each.id for each in workers_for(session, person, None)}:
        raise Invalid({"worker": say("请选择网格员")})
    for each in found:
        each.assignee_id = worker_id
    session.flush()
    events.record(
        session, person, "assign", campaign, cells=len(found), worker_id=str(worker_id) if worker_id else None
    )
    return len(found)


def close(session: Session, person: Person, campaign_id: UUID, now: datetime) -> CanvassCampaign:
    campaign = to_plan(session, person, campaign_id)
    campaign.closed_at = now
    session.flush()
    events.record(session, person, "close", campaign)
    return campaign


def copy(session: Session, person: Person, campaign_id: UUID, today: date) -> CanvassCampaign:
    """The same again, of the same length, from tomorrow on; without cells that were retired since."""
    require(person, "canvass.plan")
    old = get(session, person, CanvassCampaign, campaign_id)
    _may_plan(person, old)
    first = today + timedelta(days=1)
    new = CanvassCampaign(
        county=person.county,
        name=f"{old.name[: LONGEST_NAME - 2]} 2",
        township_id=old.township_id,
        starts_on=first,
        ends_on=first + (old.ends_on - old.starts_on),
        bands=list(old.bands),
        created_by_id=person.id,
    )
    session.add(new)
    session.flush()
    rows = session.execute(
        select(CampaignCell.cell_id, CampaignCell.assignee_id)
        .join(GridCell, (GridCell.county == CampaignCell.county) & (GridCell.id == CampaignCell.cell_id))
        .where(
            CampaignCell.county == person.county,
            CampaignCell.campaign_id == old.id,
            GridCell.retired_at.is_(None),
        )
    )
    _add(session, new, {row.cell_id: row.assignee_id for row in rows})
    events.record(session, person, "copy", new, of=str(old.id))
    return new


def to_plan(session: Session, person: Person, campaign_id: UUID) -> CanvassCampaign:
    """A campaign that the person may change. Raises NotFound, Forbidden, Conflict."""
    require(person, "canvass.plan")
    campaign = get(session, person, CanvassCampaign, campaign_id)
    _may_plan(person, campaign)
    session.refresh(campaign, with_for_update=True)
    if campaign.closed_at is not None:
        raise Conflict(say("这次行动已经结束，不能再改；可以复制一份"))
    return campaign


def may_plan(person: Person, campaign: CanvassCampaign) -> bool:
    """Whether the campaign is the person's to change: the county's own is not for the head of a township."""
    own = own_township(person)
    return own is None or str(campaign.township_id) in own


def _may_plan(person: Person, campaign: CanvassCampaign) -> None:
    if not may_plan(person, campaign):
        raise Forbidden(say("这是全县的行动，由区县专班调整"))


def _read(form: Mapping[str, Any], bands: Sequence[str]) -> Plan:
    wrong: dict[str, Message] = {}
    name = " ".join(str(form.get("name", "")).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        wrong["name"] = say("请填写名称，最多 {n} 字", n=LONGEST_NAME)
    days = {key: _day(form.get(key)) for key in ("starts_on", "ends_on")}
    wrong |= {key: say("请填写日期") for key, day in days.items() if day is None}
    first, last = days["starts_on"], days["ends_on"]
    if first and last and last < first:
        wrong["ends_on"] = say("结束日期早于开始日期")
    elif first and last and (last - first).days > LONGEST_DAYS:
        wrong["ends_on"] = say("一次行动最长 {n} 天", n=LONGEST_DAYS)
    asked = [band.value for band in TimeBand if band.value in bands]
    if not asked or len(asked) < len(set(bands)):
        wrong["bands"] = say("请至少选一个时段")
    if wrong or first is None or last is None:
        raise Invalid(wrong)
    return Plan(name, first, last, asked)


def _day(given: Any) -> date | None:
    try:
        return date.fromisoformat(str(given or ""))
    except ValueError:
        return None


def _chosen(session: Session, person: Person, given: Sequence[str]) -> list[GridCell]:
    ids = [found for text in given if (found := _id(text))]
    if not ids or len(ids) < len(given):
        raise Invalid({"cells": say("请选择要走访的网格")})
    query = visible(person, GridCell).where(
        GridCell.retired_at.is_(None), GridCell.id.in_(ids) | GridCell.township_id.in_(ids)
    )
    cells = list(session.scalars(query.order_by(GridCell.code).limit(MOST_CELLS + 1)))
    if not cells:
        raise Invalid({"cells": say("选中的镇街还没有网格，请先划分网格")})
    if len(cells) > MOST_CELLS:
        raise Invalid({"cells": say("一次行动最多 {n} 个网格", n=MOST_CELLS)})
    named = {cell.id for cell in cells} | {cell.township_id for cell in cells}
    if any(each not in named for each in ids):
        raise NotFound
    return cells


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _whose(person: Person, cells: Sequence[GridCell]) -> UUID | None:
    """A head's own township, or the one that all cells lie in; else the county."""
    if person.roles == {Role.TOWNSHIP_ADMIN}:
        return person.township_id
    townships = {cell.township_id for cell in cells}
    return townships.pop() if len(townships) == 1 else None


def _cells_of(campaign: CanvassCampaign) -> Any:
    return select(CampaignCell.cell_id).where(
        CampaignCell.county == campaign.county, CampaignCell.campaign_id == campaign.id
    )


def _add(session: Session, campaign: CanvassCampaign, whose: Mapping[UUID, UUID | None]) -> None:
    session.add_all(
        CampaignCell(county=campaign.county, campaign_id=campaign.id, cell_id=cell, assignee_id=worker)
        for cell, worker in whose.items()
    )
    session.flush()


def _drop(session: Session, campaign: CanvassCampaign, cells: set[UUID]) -> None:
    if cells:
        session.execute(
            delete(CampaignCell).where(
                CampaignCell.county == campaign.county,
                CampaignCell.campaign_id == campaign.id,
                CampaignCell.cell_id.in_(cells),
            )
        )
