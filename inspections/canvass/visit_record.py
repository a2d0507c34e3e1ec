"""The record of a walk, as a phone sends it: read strictly, refused in words that name the place."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from ..errors import Invalid, say
from ..field.record import MAX_FIXES, Device, GivenFix, Note
from ..incoming import Arrived, Line, Moment, Part, read
from .visits import VisitOutcome

MAX_LEADS = 200


class VisitRecord(Part):
    """`fixes` are those while the position settled, then the track. `lead_ids` are checks that may come later."""

    format: Literal["mingcha-visit/1"]
    id: UUID
    cell_id: UUID
    campaign_id: UUID | None = None
    device: Device
    started_at: Moment
    finished_at: Moment
    outcome: VisitOutcome
    note: Note = ""
    lead_ids: Annotated[tuple[UUID, ...], Field(max_length=MAX_LEADS)] = ()
    fixes: Annotated[tuple[GivenFix, ...], Field(max_length=MAX_FIXES)] = ()
    no_fix_reason: Line | None = None


class ParsedVisit(Arrived):
    def record(self) -> VisitRecord:
        """All of it, or `Invalid` with a message for each field that can't be accepted."""
        record = read(VisitRecord, self.tree)
        if record.outcome is VisitOutcome.LEADS and not record.lead_ids:
            raise Invalid({"lead_ids": say("“发现线索”要有至少一条线索，请刷新页面后重新发送")})
        return record
