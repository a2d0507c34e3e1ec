"""One walk with all that belongs to it: where it went, what it found, what is odd about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from geoalchemy2.shape import to_shape
from shapely.geometry import mapping
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.fixes import Fix
from geo.walks import track_m

from ..access import get, visible
from ..field.checks import Check
from ..field.photos import Photo, PhotoPurpose
from ..field.positions import read_fix
from ..field.record import GivenFix
from ..registry.grid_cells import GridCell
from ..registry.people import Person
from ..registry.sites import Site
from .campaigns import CanvassCampaign
from .visit_conflicts import VisitConflict, conflicts_of
from .visits import CanvassVisit


@dataclass(frozen=True)
class LeadRow:
    """What was found. `check` is None while it has not come, `site` where the reader may not see it."""

    id: UUID
    check: Check | None
    site: Site | None
    photos: list[Photo]


@dataclass(frozen=True)
class VisitFile:
    """`track` are the fixes that can be believed, in the order of their moments."""

    visit: CanvassVisit
    walker: Person
    carried_by: Person | None
    cell: GridCell | None
    campaign: CanvassCampaign | None
    track: list[Fix]
    leads: list[LeadRow]
    conflicts: Sequence[VisitConflict]

    @property
    def way_m(self) -> float:
        return track_m(self.track)

    @property
    def lasted(self) -> timedelta:
        return max(self.visit.device_finished_at - self.visit.device_started_at, timedelta())

    @property
    def boundary(self) -> dict[str, Any] | None:
        """The cell in GeoJSON."""
        return mapping(to_shape(self.cell.boundary)) if self.cell else None


def read_visit_file(session: Session, person: Person, visit_id: UUID) -> VisitFile:
    """A walk that the person may see, else `NotFound`."""
    visit = get(session, person, CanvassVisit, visit_id)
    county = visit.county
    series = [fix for each in visit.fixes if (fix := read_fix(GivenFix.model_validate(each)))]
    return VisitFile(
        visit,
        session.get_one(Person, (county, visit.person_id)),
        session.get(Person, (county, visit.carried_by_id)) if visit.carried_by_id else None,
        session.get(GridCell, (county, visit.cell_id)) if visit.cell_id else None,
        session.get(CanvassCampaign, (county, visit.campaign_id)) if visit.campaign_id else None,
        sorted(series, key=lambda fix: fix.at),
        _leads(session, person, visit),
        conflicts_of(session, visit),
    )


def _leads(session: Session, person: Person, visit: CanvassVisit) -> list[LeadRow]:
    """In the order in which they were found."""
    checks = {
        each.id: each for each in session.scalars(visible(person, Check).where(Check.id.in_(visit.lead_ids)))
    }
    sites = {
        each.id: each
        for each in session.scalars(
            visible(person, Site).where(Site.id.in_({check.site_id for check in checks.values()}))
        )
    }
    of_checks = (Photo.county == visit.county, Photo.check_id.in_(checks), Photo.purpose == PhotoPurpose.SCENE)
    photos: dict[UUID, list[Photo]] = {}
    for photo in session.scalars(select(Photo).where(*of_checks).order_by(Photo.position, Photo.id)):
        photos.setdefault(photo.check_id, []).append(photo)
    return [
        LeadRow(each, check, sites.get(check.site_id) if check else None, photos.get(each, []))
        for each in visit.lead_ids
        for check in [checks.get(each)]
    ]
