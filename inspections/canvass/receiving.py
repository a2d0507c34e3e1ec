"""A walk comes in: once, however often it is sent; never refused for what has become of its cell meanwhile."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from geoalchemy2.shape import to_shape
from sqlalchemy import and_, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geo import fixes
from geo.columns import lonlat
from geo.fixes import Fix
from geo.walks import fence_of_walk, metres_outside, share_inside

from .. import events
from ..access import require
from ..db import error_from, new_id
from ..errors import Conflict, InspectionError
from ..evidence.store import ContentMismatch
from ..field.checks import Check, Fence
from ..field.positions import EARLIER_RECORDS, best_of_visit, moment_of, read_fix
from ..field.receiving import Sent
from ..field.transcript import clock_flags, ended_at
from ..registry.grid_cells import GridCell
from ..registry.people import Person
from ..registry.time_bands import band_at
from ..rules.calendar import Calendar, read_calendar
from .campaigns import CampaignCell, CanvassCampaign
from .visit_conflicts import VisitConflict
from .visit_receipts import VisitReceipt, receipt_of_visit
from .visit_record import ParsedVisit, VisitRecord
from .visits import CanvassVisit

SHORT = timedelta(minutes=1)
AROUND = timedelta(minutes=10)  # a fix from longer before or after says nothing about the walk


class VisitReceived(NamedTuple):
    receipt: VisitReceipt
    is_new: bool


VisitResult = VisitReceived | InspectionError


@dataclass(frozen=True)
class _Taking:
    """Whose walks come in, when, by which calendar and by which way."""

    person: Person
    now: datetime
    calendar: Calendar
    carried_by: UUID | None = None
    doubts: Sequence[str] = ()


@dataclass(frozen=True)
class _Ground:
    """The cell of a walk, as far as it is ours, and what is odd about it."""

    cell: GridCell | None
    campaign_id: UUID | None
    flags: list[str]


def receive_visit(
    session: Session,
    person: Person,
    content: bytes,
    sha256: str,
    now: datetime,
    *,
    carried_by: UUID | None = None,
    doubts: Sequence[str] = (),
) -> VisitReceived | Conflict:
    """Take in the record of a walk: `content` as it came, `sha256` as the phone announced it.

    The same bytes again give the same receipt. Other bytes under the same id are kept beside the first; the
    `Conflict` is returned and not raised, because what was kept must be committed. A cell that was taken out of
    use, belongs to another or was never ours takes nothing away: the walk is kept and flagged. Where a colleague
    brought it, `carried_by` says who, and `doubts` are flags from that. Raises `Malformed`, `ContentMismatch`,
    `Invalid` by JSON path, `Forbidden`.
    """
    require(person, "canvass.record")
    taking = _Taking(person, now, read_calendar(session, person), carried_by, doubts)
    return _receive(session, taking, Sent(content, sha256))


def receive_visits(session: Session, person: Person, sent: Sequence[Sent], now: datetime) -> list[VisitResult]:
    """An outcome for each record, in their order: what is wrong with one leaves the others alone."""
    require(person, "canvass.record")
    taking = _Taking(person, now, read_calendar(session, person))
    outcomes: list[VisitResult] = []
    for each in sent:
        try:
            with session.begin_nested():
                outcomes.append(_receive(session, taking, each))
        except InspectionError as error:
            outcomes.append(error)
        except IntegrityError as error:
            outcomes.append(error_from(error))
    return outcomes


def _receive(session: Session, taking: _Taking, sent: Sent) -> VisitReceived | Conflict:
    person = taking.person
    if hashlib.sha256(sent.content).hexdigest() != sent.sha256:
        raise ContentMismatch({"X-Record-Sha256": ContentMismatch.message})
    parsed = ParsedVisit(sent.content)
    lock = {"key": f"visit {person.county} {parsed.id}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), lock)
    known = session.get(CanvassVisit, (person.county, parsed.id))
    if known is not None:
        return _again(session, person, known, sent, taking.now)
    visit = _visit_of(session, taking, parsed, sent)
    session.add(visit)
    session.flush()
    events.record(session, person, "walk", visit, record_sha256=visit.record_sha256, outcome=visit.outcome.value)
    return VisitReceived(receipt_of_visit(visit), is_new=True)


def _again(
    session: Session, person: Person, visit: CanvassVisit, sent: Sent, now: datetime
) -> VisitReceived | Conflict:
    if visit.record_sha256 == sent.sha256:
        return VisitReceived(receipt_of_visit(visit), is_new=False)
    row = {
        "county": visit.county,
        "id": new_id(),
        "visit_id": visit.id,
        "person_id": person.id,
        "record": sent.content,
        "record_sha256": sent.sha256,
        "received_at": now,
    }
    kept = insert(VisitConflict).values(row).on_conflict_do_nothing().returning(VisitConflict.id)
    if session.execute(kept).first():
        events.record(session, person, "conflict", visit, kept=visit.record_sha256, other=sent.sha256)
    return Conflict()


def _visit_of(session: Session, taking: _Taking, parsed: ParsedVisit, sent: Sent) -> CanvassVisit:
    record, person, now = parsed.record(), taking.person, taking.now
    ground = _ground_of(session, person, record)
    series = [fix for each in record.fixes if (fix := read_fix(each))]
    position = _position(session, person, record, series, ground)
    flags = [
        *position.pop("flags"),
        *clock_flags(record, now),
        *ground.flags,
        *_own_flags(session, person, record, cleaned=parsed.cleaned),
        *taking.doubts,
    ]
    return CanvassVisit(
        county=person.county,
        id=record.id,
        cell_id=ground.cell and ground.cell.id,
        campaign_id=ground.campaign_id,
        person_id=person.id,
        carried_by_id=taking.carried_by,
        outcome=record.outcome,
        note=record.note,
        band=band_at(taking.calendar, ended_at(record, now)),
        lead_ids=list(record.lead_ids),
        device_id=record.device.id,
        device_sequence=record.device.sequence,
        device_started_at=record.started_at,
        device_finished_at=record.finished_at,
        clock_offset_ms=record.device.clock_offset_ms,
        received_at=now,
        fixes=[fix.model_dump(exclude_none=True) for fix in record.fixes],
        no_fix_reason=record.no_fix_reason,
        flags=flags,
        record=sent.content,
        record_sha256=sent.sha256,
        **position,
    )


def _ground_of(session: Session, person: Person, record: VisitRecord) -> _Ground:
    cell = session.get(GridCell, (person.county, record.cell_id))
    campaign = record.campaign_id and session.get(CanvassCampaign, (person.county, record.campaign_id))
    flags = []
    if cell is None:
        flags.append("unknown_cell")
    elif cell.retired_at is not None:
        flags.append("retired_cell")
    if cell and cell.worker_id != person.id and not _is_assigned(session, person, cell):
        flags.append("others_cell")
    if record.campaign_id and not campaign:
        flags.append("unknown_campaign")
    return _Ground(cell, campaign.id if campaign else None, flags)


def _is_assigned(session: Session, person: Person, cell: GridCell) -> bool:
    of_cell = and_(CampaignCell.county == cell.county, CampaignCell.cell_id == cell.id)
    return bool(session.scalar(select(exists().where(of_cell, CampaignCell.assignee_id == person.id))))


def _position(
    session: Session, person: Person, record: VisitRecord, series: Sequence[Fix], ground: _Ground
) -> dict[str, Any]:
    """The columns that tell where it was, and `flags`."""
    chosen = best_of_visit(series, record.started_at, record.finished_at)
    moment = moment_of(chosen, record.started_at, record.finished_at) if chosen else record.finished_at
    earlier = _earlier(session, person)
    found = [flag.code for flag in fixes.flags(chosen, moment, series=series, earlier=earlier)]
    during = [fix for fix in series if record.started_at - AROUND <= fix.at <= record.finished_at + AROUND]
    shape = to_shape(ground.cell.boundary) if ground.cell else None
    fence = Fence[fence_of_walk(shape, during).name] if shape else Fence.CANNOT_TELL
    share = share_inside(shape, during) if shape else None
    if fence is Fence.INSIDE and share is not None and share < 0.5:
        found.append("mostly_elsewhere")
    return {
        "location": lonlat(chosen.lon, chosen.lat) if chosen else None,
        "accuracy_m": chosen.accuracy_m if chosen else None,
        "location_grade": fixes.grade(chosen, moment).value,
        "fence": fence,
        "distance_m": metres_outside(shape, chosen.point) if shape and chosen else None,
        "flags": found,
    }


def _earlier(session: Session, person: Person) -> list[Fix]:
    """The places that the person's latest checks and walks stand on."""
    found = []
    for model in (Check, CanvassVisit):
        own = (model.county == person.county, model.person_id == person.id, model.location.is_not(None))
        place = (func.ST_X(model.location), func.ST_Y(model.location), model.accuracy_m)
        latest = select(model.device_finished_at, *place).where(*own).order_by(model.received_at.desc())
        found += [Fix(*row) for row in session.execute(latest.limit(EARLIER_RECORDS))]
    return found


def _own_flags(session: Session, person: Person, record: VisitRecord, *, cleaned: bool) -> list[str]:
    same = (
        exists().where(
            model.county == person.county,
            model.device_id == record.device.id,
            model.device_sequence == record.device.sequence,
        )
        for model in (Check, CanvassVisit)
    )
    found = ["sequence_reused"] * bool(session.scalar(select(or_(*same))))
    is_short = record.started_at <= record.finished_at < record.started_at + SHORT
    return found + ["short_walk"] * is_short + ["cleaned_text"] * cleaned
