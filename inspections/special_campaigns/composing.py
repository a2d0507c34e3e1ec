"""What the daily report of a day says: figures of the day and since the first, townships, sweeps, the schedule.

Plain data, frozen with the report. `of_day` and `of_all` are the selections that its numbers were counted by: the
lists behind them show as many records, later too.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..canvass.campaigns import CanvassCampaign
from ..canvass.progress import count_done
from ..registry.areas import Area, AreaLevel
from ..registry.counties import find_county
from ..reporting.figures import Selection, count, of_days
from ..reporting.figures.work import count_townships
from ..sweeps.campaigns import SpecialCampaign
from ..sweeps.counts import counts
from ..sweeps.sweeps import Sweep
from .figures import OF_TOWNSHIPS, cells_of, figures_of, label_of
from .items import CampaignItem
from .parts import CampaignCanvass

FORMAT = "mingcha-campaign-day/1"


def compose(
    session: Session, campaign: SpecialCampaign, day: date, now: datetime, words: str = ""
) -> dict[str, Any]:
    """As things stand now, or stood at the end of the day where that is over."""
    county = find_county(session, campaign.county)
    of_day = of_days(campaign.county, day, day, now)
    of_all = of_days(campaign.county, campaign.first_day, day, now)
    return {
        "format": FORMAT,
        "campaign": campaign.name,
        "county": county.name if county else "",
        "bureau": county.bureau if county else "",
        "day": day.isoformat(),
        "number": (day - campaign.first_day).days + 1,
        "days": (campaign.last_day - campaign.first_day).days + 1,
        "as_of": of_day.as_of.isoformat(),
        "of_day": of_day.as_text(),
        "of_all": of_all.as_text(),
        "rows": _rows(session, campaign, of_day, of_all),
        "towns": _towns(session, of_day),
        "sweeps": _sweeps(session, campaign, of_day),
        "canvasses": _canvasses(session, campaign, day),
        "items": _items(session, campaign, day),
        "words": words,
    }


def _rows(
    session: Session, campaign: SpecialCampaign, of_day: Selection, of_all: Selection
) -> list[dict[str, Any]]:
    figures = figures_of(campaign.id)
    today, whole = count(session, of_day, figures), count(session, of_all, figures)
    return [
        {"key": key, "label": str(label_of(cell)), "unit": str(cell.figure.unit), "day": today[key],
         "all": whole[key], "target": campaign.goals.get(key)}
        for key, cell in cells_of(campaign.id).items()
    ]  # fmt: skip


def _towns(session: Session, of_day: Selection) -> list[dict[str, Any]]:
    """Every township, those without any record too: a row of noughts says that nobody was out."""
    found = count_townships(session, of_day, OF_TOWNSHIPS)
    areas = session.execute(
        select(Area.id, Area.name)
        .where(Area.county == of_day.county, Area.level == AreaLevel.TOWNSHIP)
        .order_by(Area.code, Area.name)
    )
    keys = [cell.key for figure in OF_TOWNSHIPS for cell in figure.cells]
    return [
        {"id": str(area_id), "name": name, "cells": {key: found.get(area_id, {}).get(key, 0) for key in keys}}
        for area_id, name in areas
    ]


def _sweeps(session: Session, campaign: SpecialCampaign, of_day: Selection) -> list[dict[str, Any]]:
    """Those that were released that day, with what they came to (S2)."""
    query = select(Sweep).where(
        Sweep.county == campaign.county, Sweep.campaign_id == campaign.id, of_day.during(Sweep.released_at)
    )
    found = session.scalars(query.order_by(Sweep.starts_at, Sweep.id)).all()
    return [{"id": str(each.id), "name": each.name, **_came_to(session, each)} for each in found]


def _came_to(session: Session, sweep: Sweep) -> dict[str, int]:
    came_to = counts(session, sweep.county, [sweep.id])
    return {"stops": came_to.stops, "visited": came_to.visited, "findings": came_to.findings,
            "notices": came_to.notices, "struck": came_to.struck}  # fmt: skip


def _canvasses(session: Session, campaign: SpecialCampaign, day: date) -> list[dict[str, Any]]:
    query = (
        select(CanvassCampaign.id, CanvassCampaign.name)
        .join(
            CampaignCanvass,
            (CampaignCanvass.county == CanvassCampaign.county)
            & (CampaignCanvass.canvass_id == CanvassCampaign.id),
        )
        .where(CampaignCanvass.county == campaign.county, CampaignCanvass.campaign_id == campaign.id)
        .where(CanvassCampaign.starts_on <= day)
        .order_by(CanvassCampaign.starts_on, CanvassCampaign.id)
    )
    found = session.execute(query).all()
    done = count_done(session, campaign.county, [row.id for row in found]) if found else {}
    return [
        {"id": str(row.id), "name": row.name, "done": done.get(row.id, (0, 0))[0],
         "asked": done.get(row.id, (0, 0))[1]}
        for row in found
    ]  # fmt: skip


def _items(session: Session, campaign: SpecialCampaign, day: date) -> list[dict[str, Any]]:
    """Lines of the schedule that run that day, were done on it or are late."""
    query = select(CampaignItem).where(
        CampaignItem.county == campaign.county, CampaignItem.campaign_id == campaign.id,
        CampaignItem.first_day <= day,
    )  # fmt: skip
    return [
        {"item": each.item, "responsible": each.responsible, "last_day": each.last_day.isoformat(),
         "is_done": each.done_on is not None and each.done_on <= day, "is_late": each.last_day < day}
        for each in session.scalars(query.order_by(CampaignItem.position, CampaignItem.id))
        if each.done_on is None or each.done_on >= day
    ]  # fmt: skip
