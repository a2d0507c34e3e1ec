"""Special campaigns as tests need them: begun by a dispatcher, with a canvass, a sweep and what was done."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.registry.people import Person
from inspections.special_campaigns.planning import begin
from inspections.sweeps.campaigns import SpecialCampaign
from inspections.sweeps.stops import StopState, SweepStop
from inspections.sweeps.sweeps import Sweep, SweepState
from tests.factories import NOW, make_site

FIRST, LAST = date(2026, 11, 11), date(2026, 12, 10)


def form_of(**values: Any) -> dict[str, Any]:
    """What is typed to begin one: thirty days, the tenth of which NOW is."""
    usual = {
        "name": "百日攻坚",
        "purpose": "查无证办学",
        "first_day": FIRST.isoformat(),
        "last_day": LAST.isoformat(),
        "goal-made.all": "30",
    }
    return usual | values


def make_campaign(session: Session, person: Person, **values: Any) -> SpecialCampaign:
    campaign = begin(session, person, form_of(**values))
    session.refresh(campaign)
    return campaign


def make_sweep(session: Session, person: Person, campaign_id: UUID | None = None, **values: Any) -> Sweep:
    """A sweep of this evening that is being planned, as a row of the table."""
    usual: dict[str, Any] = {
        "name": "城关夜查",
        "meets_at": NOW - timedelta(minutes=30),
        "starts_at": NOW,
        "ends_at": NOW + timedelta(hours=2),
        "planned_by_id": person.id,
        "campaign_id": campaign_id,
    }
    sweep = Sweep(county=person.county, id=new_id(), **(usual | values))
    session.add(sweep)
    session.flush()
    return sweep


def finish(session: Session, sweep: Sweep, states: list[StopState], at: datetime = NOW) -> list[SweepStop]:
    """Release the sweep at a moment and end it two hours later, with a stop settled in each of some states."""
    sweep.state, sweep.released_at, sweep.ended_at = SweepState.FINISHED, at, at + timedelta(hours=2)
    session.flush()
    stops = []
    for position, state in enumerate(states):
        site = make_site(session, county=sweep.county, name=f"点位{position}")
        stops.append(
            SweepStop(
                county=sweep.county,
                id=new_id(),
                sweep_id=sweep.id,
                site_id=site.id,
                position=position,
                plan={},
                state=state,
                entered_at=at + timedelta(minutes=20) if state is StopState.DONE else None,
                settled_at=at + timedelta(minutes=40),
            )
        )
    session.add_all(stops)
    session.flush()
    return stops
