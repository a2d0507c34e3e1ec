"""A grid with all that belongs to it: a cell, a draft, a campaign and a visit."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from inspections.canvass.campaigns import CampaignCell, CanvassCampaign
from inspections.registry.areas import Area
from inspections.registry.grid.drafts import CellDraft, Piece, write
from inspections.registry.people import Person
from tests.factories import PLACE, box, make_cell, make_visit


def make_grid(session: Session, township: Area, person: Person, name: str = "Cell one") -> dict[str, UUID]:
    """A cell that was walked yesterday, in a campaign of this month; a draft with an overlap and gaps."""
    now = datetime.now(UTC)
    cell = make_cell(session, township, name=name, code=f"{township.county}100000001")
    make_visit(session, person, cell, device_finished_at=now - timedelta(days=1))
    campaign = CanvassCampaign(
        county=township.county, name=f"{name} walked", township_id=township.id, bands=["evening", "weekend"],
        starts_on=now.date() - timedelta(days=5), ends_on=now.date() + timedelta(days=5), created_by_id=person.id,
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    session.add(CampaignCell(county=township.county, campaign_id=campaign.id, cell_id=cell.id))
    draft = CellDraft(county=township.county, township_id=township.id, made_by_id=person.id, revision=0)
    x, y = PLACE
    pieces = [box(x - 0.004, y - 0.004, x + 0.001, y + 0.004), box(x, y - 0.004, x + 0.005, y + 0.004)]
    write(draft, [Piece(f"piece-{n}", shape, f"{name} {n}") for n, shape in enumerate(pieces, start=1)])
    session.add(draft)
    session.flush()
    return {"cell_id": cell.id, "draft_id": draft.id, "canvass_id": campaign.id}
