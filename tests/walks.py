"""Cells, campaigns and records of walks, with sane values."""

import math
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy.orm import Session

from inspections.canvass.campaigns import CampaignCell, CanvassCampaign
from inspections.canvass.receiving import VisitReceived, receive_visit
from inspections.db import new_id
from inspections.registry.grid_cells import GridCell
from inspections.registry.people import Person
from tests.factories import COUNTY, NOW, PLACE, as_sent

DEGREE_M = 111_195


def make_square(
    session: Session, place: tuple[float, float] = PLACE, county: str = COUNTY, half_m: float = 200, **values: Any
) -> GridCell:
    """A square cell with a place in its middle."""
    lon, lat = place
    north = half_m / DEGREE_M
    east = north / math.cos(math.radians(lat))
    boundary = from_shape(shapely.box(lon - east, lat - north, lon + east, lat + north), srid=4326)
    cell = GridCell(county=county, **({"code": f"{county}-{uuid4().hex[:6]}", "boundary": boundary} | values))
    session.add(cell)
    session.flush()
    return cell


def start_campaign(session: Session, author: Person, *cells: GridCell, **values: Any) -> CanvassCampaign:
    """A campaign of this month over some cells, given to nobody by name, for workday evenings and weekends."""
    assignee = values.pop("assignee", None)
    defaults = {
        "name": "秋季拉网排查",
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 11, 30),
        "bands": ["evening", "weekend"],
    }
    campaign = CanvassCampaign(county=author.county, created_by_id=author.id, **(defaults | values))
    session.add(campaign)
    session.flush()
    for cell in cells:
        given = {"campaign_id": campaign.id, "cell_id": cell.id, "assignee_id": assignee and assignee.id}
        session.add(CampaignCell(county=author.county, **given))
    session.flush()
    return campaign


def visit_record(cell_id: UUID, **values: Any) -> dict[str, Any]:
    """The record of a walk of twenty minutes that ended at `NOW`, a workday's evening, with nothing seen."""
    started = NOW - timedelta(minutes=20)
    fixes = [
        {
            "at": (started + timedelta(minutes=n)).isoformat(),
            "lon": PLACE[0] + n / 20_000,
            "lat": PLACE[1],
            "accuracy_m": 8.0 + n,
            "source": "fix",
        }
        for n in (0, 5, 10, 15)
    ]
    return {
        "format": "mingcha-visit/1",
        "id": str(new_id()),
        "cell_id": str(cell_id),
        "campaign_id": None,
        "device": {"id": "phone-1", "sequence": 1, "user_agent": "Test", "clock_offset_ms": 120},
        "started_at": started.isoformat(),
        "finished_at": NOW.isoformat(),
        "outcome": "clean",
        "note": "三栋楼，地下车库也看了",
        "lead_ids": [],
        "fixes": fixes,
        "no_fix_reason": None,
    } | values


def make_visit(session: Session, person: Person, *leads: UUID, **values: Any) -> UUID:
    """A walk through a cell of the person's, as a phone sends it: its id."""
    cell = make_square(session, county=person.county, worker_id=person.id)
    found = {"outcome": "leads", "lead_ids": [str(each) for each in leads]} if leads else {}
    record = visit_record(cell.id, **found, **values)
    outcome = receive_visit(session, person, *as_sent(record), NOW + timedelta(hours=1))
    assert isinstance(outcome, VisitReceived), outcome
    return outcome.receipt.visit
