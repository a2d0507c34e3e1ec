"""How far a campaign is: its goals beside the time that has passed, its sweeps and its canvasses."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..access import require, visible
from ..canvass.campaigns import CanvassCampaign
from ..canvass.progress import count_done
from ..days import day_of
from ..registry.people import Person
from ..reporting.figures import Cell, Selection, count, of_days
from ..sweeps.campaigns import SpecialCampaign
from ..sweeps.sweeps import Sweep, SweepState
from .figures import cells_of, figures_of
from .parts import CampaignCanvass


class Goal(NamedTuple):
    """A figure that was set a target; `elapsed` is the share of the campaign's days that have passed."""

    cell: Cell
    target: int
    n: int
    elapsed: float

    @property
    def share(self) -> float:
        return self.n / self.target

    @property
    def percent(self) -> int:
        return int(100 * self.share)

    @property
    def is_reached(self) -> bool:
        return self.n >= self.target

    @property
    def is_behind(self) -> bool:
        """Whether less of it is done than of the days are over."""
        return not self.is_reached and self.share < self.elapsed


class CanvassPart(NamedTuple):
    canvass: CanvassCampaign
    done: int
    asked: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.asked if self.asked else 0


def elapsed(campaign: SpecialCampaign, today: date) -> float:
    """The share of its days that are over, 0 to 1; the day itself counts as half."""
    days = (campaign.last_day - campaign.first_day).days + 1
    passed = (today - campaign.first_day).days + 0.5
    return min(1.0, max(0.0, passed / days)) if today <= campaign.last_day else 1.0


def selection_of(campaign: SpecialCampaign, now: datetime) -> Selection | None:
    """The campaign's days up to now; None before its first."""
    if day_of(now) < campaign.first_day:
        return None
    return of_days(campaign.county, campaign.first_day, min(campaign.last_day, day_of(now)), now)


def goals_of(session: Session, person: Person, campaign: SpecialCampaign, now: datetime) -> list[Goal]:
    """The goals in the order of the figures, counted now."""
    require(person, "campaign.see")
    selection = selection_of(campaign, now)
    wanted = [key for key in cells_of(campaign.id) if key in campaign.goals]
    figures = [figure for figure in figures_of(campaign.id) if any(cell.key in wanted for cell in figure.cells)]
    counted = count(session, selection, figures) if selection and figures else {}
    share = elapsed(campaign, day_of(now))
    cells = cells_of(campaign.id)
    return [Goal(cells[key], campaign.goals[key], counted.get(key, 0), share) for key in wanted]


def sweeps_of(session: Session, person: Person, campaign: SpecialCampaign) -> Sequence[Sweep]:
    """Those that the person may see, the next one first."""
    query = visible(person, Sweep).where(Sweep.campaign_id == campaign.id, Sweep.state != SweepState.CANCELLED)
    return session.scalars(query.order_by(Sweep.starts_at.desc(), Sweep.id)).all()


def canvasses_of(session: Session, person: Person, campaign: SpecialCampaign) -> list[CanvassPart]:
    part = CampaignCanvass
    query = (
        visible(person, CanvassCampaign)
        .join(part, (part.county == CanvassCampaign.county) & (part.canvass_id == CanvassCampaign.id))
        .where(part.campaign_id == campaign.id)
        .order_by(CanvassCampaign.starts_on, CanvassCampaign.id)
    )
    found = session.scalars(query).all()
    done = count_done(session, campaign.county, [each.id for each in found]) if found else {}
    return [CanvassPart(each, *done.get(each.id, (0, 0))) for each in found]


def free_canvasses(session: Session, person: Person, campaign: SpecialCampaign) -> Sequence[CanvassCampaign]:
    """Canvasses without a campaign that overlap its days."""
    query = visible(person, CanvassCampaign).where(
        CanvassCampaign.starts_on <= campaign.last_day,
        CanvassCampaign.ends_on >= campaign.first_day,
        CanvassCampaign.id.not_in(
            select(CampaignCanvass.canvass_id).where(CampaignCanvass.county == person.county)
        ),
    )
    return session.scalars(query.order_by(CanvassCampaign.starts_on, CanvassCampaign.id)).all()


def free_sweeps(session: Session, person: Person, campaign: SpecialCampaign) -> list[Sweep]:
    """Sweeps without a campaign that start in its days."""
    query = visible(person, Sweep).where(Sweep.campaign_id.is_(None), Sweep.state != SweepState.CANCELLED)
    found = session.scalars(query.order_by(Sweep.starts_at)).all()
    return [each for each in found if campaign.first_day <= day_of(each.starts_at) <= campaign.last_day]


def choices(session: Session, person: Person, today: date, chosen: UUID | None = None) -> list[tuple[str, str]]:
    """Campaigns that a sweep or canvass may be put under, as the value and the words of a choice."""
    query = visible(person, SpecialCampaign).where(
        or_(SpecialCampaign.ended_at.is_(None) & (SpecialCampaign.last_day >= today), SpecialCampaign.id == chosen)
    )
    found = session.scalars(query.order_by(SpecialCampaign.first_day, SpecialCampaign.id))
    return [(str(each.id), each.name) for each in found]
