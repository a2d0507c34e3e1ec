"""A parcel comes in: opened, proved to be its author's, and taken in record by record in the author's name.

What can't be proved is kept sealed until a dispatcher says that it is genuine, or sends it back.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import events
from ..access import can, get, require
from ..canvass.receiving import VisitReceived, receive_visit
from ..canvass.visit_receipts import VisitReceipt, visit_receipts
from ..canvass.visits import CanvassVisit
from ..db import error_from
from ..errors import Conflict, InspectionError, Invalid, Message, StorageFailed, StorageFull, say
from ..evidence.blobs import Blob, BlobState
from ..evidence.keys import Key, KeyRing
from ..evidence.photo_check import MAX_BYTES, MAX_PIXELS
from ..evidence.receiving import receive
from ..evidence.recordings import largest
from ..evidence.store import CHUNK_BYTES, BlobStore
from ..incoming import parse_json
from ..intake.field_tips import receive_field_tip
from ..registry.people import Person, is_enabled
from ..registry.site_edits import receive_edit
from ..registry.site_reports import report_site
from ..registry.sites import Site
from .checks import Check, CheckState
from .parcel_file import BrokenFrame, Frame, ParcelFile
from .parcels import Doubt, Outcome, Parcel, ParcelState, Result
from .phones import ItemKind, find_signing_keys
from .receipts import Receipt, receipt_of
from .receiving import Received, receive_check

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/vnd.mingcha.parcel"
LONGEST_REASON = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a check is marked with that was taken in though there was this doubt; else its author is unproven
FLAGS = {Doubt.INACTIVE: "disabled_account"}
# A check may stand at a site that the same parcel reports
ORDER = (ItemKind.SITE, ItemKind.SITE_EDIT, ItemKind.CHECK, ItemKind.VISIT, ItemKind.TIP)


@dataclass(frozen=True)
class Limits:
    max_record_bytes: int = 2_000_000
    max_photo_bytes: int = MAX_BYTES
    max_pixels: int = MAX_PIXELS

    @property
    def max_frame_bytes(self) -> int:
        return max(self.max_record_bytes, largest(self.max_photo_bytes))


@dataclass(frozen=True)
class Carrier:
    """What a parcel is taken in with: the store, the keys that open it, the limits, the moment."""

    store: BlobStore
    keys: KeyRing
    now: datetime
    limits: Limits = Limits()


def bring(session: Session, person: Person, by: Carrier, file: BinaryIO) -> Parcel:
    """Take in a parcel that a person of the same county brought. The same file again is answered afresh.

    Its state is `held` where its authorship isn't proved: nothing of it is taken in then. Raises `NotAParcel`,
    `Invalid` for another county's, `Conflict` for one that was sent back, `StorageFull`, `StorageFailed`.
    """
    parcel_file = ParcelFile(file)
    if parcel_file.header.county != person.county:
        raise Invalid({"county": say("这是别的区县的导出文件，请交给那个区县的专班")})
    author = session.get(Person, (person.county, parcel_file.header.person_id))
    if author is None:
        raise Invalid({"person_id": say("本县没有导出这个文件的人，请核对是不是别的系统的文件")})
    parcel = keep_parcel(session, person, author, by, parcel_file)
    if parcel.state is ParcelState.REJECTED:
        raise Conflict(say("这个文件已被专班退回：{reason}", reason=parcel.reason))
    if parcel.state is ParcelState.HELD:
        parcel.doubt = _doubt(session, by.keys, author, parcel_file)
        if parcel.doubt:
            return parcel
    _take_in(session, person, author, by, parcel, parcel_file)
    return parcel


def confirm(session: Session, person: Person, by: Carrier, parcel_id: UUID, reason: str) -> Parcel:
    """Say that a held parcel is its author's, and take it in. Each check it brings is flagged for review."""
    require(person, "parcel.decide")
    parcel = _held(session, person, parcel_id, reason)
    author = session.get_one(Person, (parcel.county, parcel.author_id))
    if not can(author, "check.create"):
        raise Invalid({"decision": say("作者已没有督查角色，记不到名下；请先恢复角色（账号可以仍停用），再收下")})
    with by.store.open(parcel.sha256) as file:
        _take_in(session, person, author, by, parcel, ParcelFile(file))
    _decide(session, person, parcel, by.now, reason, "confirm")
    return parcel


def reject(session: Session, person: Person, parcel_id: UUID, reason: str, now: datetime) -> Parcel:
    """Send a held parcel back. Its bytes stay kept."""
    require(person, "parcel.decide")
    parcel = _held(session, person, parcel_id, reason)
    parcel.state = ParcelState.REJECTED
    _decide(session, person, parcel, now, reason, "reject")
    return parcel


def receipts_of(session: Session, parcel: Parcel) -> list[Receipt]:
    """Receipts, as of now, for the checks that were taken in from a parcel."""
    taken = {Outcome.RECEIVED.value, Outcome.INCOMPLETE.value}
    ids = [UUID(each["id"]) for each in parcel.results if each["kind"] == "check" and each["state"] in taken]
    checks = session.scalars(
        select(Check).where(Check.county == parcel.county, Check.id.in_(ids)).order_by(Check.id)
    )
    return [receipt_of(session, check) for check in checks]


def visit_receipts_of(session: Session, parcel: Parcel) -> list[VisitReceipt]:
    """The same for the walks of a parcel."""
    named = [
        UUID(each["id"]) for each in parcel.results if each["kind"] == "visit" and each["state"] == "received"
    ]
    return visit_receipts(session, parcel.county, named)


class Changed(NamedTuple):
    """Receipts of checks, and ids of sites, in the order of their last change, which for the last was `until`."""

    receipts: list[Receipt]
    sites: list[UUID]
    until: datetime | None
    has_more: bool


def changed_since(session: Session, person: Person, since: datetime | None, most: int = 200) -> Changed:
    """What of a person's own arrived, or was completed, at `since` or later, whoever brought it.

    A moment may come twice, in two answers: a receipt is the same however often it is read.
    """
    changed = func.greatest(Check.received_at, Check.completed_at)
    own = (Check.county == person.county, Check.person_id == person.id, changed >= (since or EPOCH))
    found = session.execute(select(Check, changed).where(*own).order_by(changed, Check.id).limit(most + 1)).all()
    reported = (Site.county == person.county, Site.created_by_id == person.id, Site.created_at >= (since or EPOCH))
    sites = session.scalars(select(Site.id).where(*reported).order_by(Site.created_at, Site.id).limit(most)).all()
    shown = found[:most]
    receipts = [receipt_of(session, check) for check, _ in shown]
    return Changed(receipts, list(sites), shown[-1][1] if shown else None, len(found) > most)


def keep_parcel(
    session: Session, person: Person, author: Person, by: Carrier, file: ParcelFile, verb: str = "carry"
) -> Parcel:
    """The row of this file, held until it is proved. Its bytes are on disk before anything else is done."""
    key = {"key": f"parcel {person.county} {file.sha256}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)
    of_file = (Parcel.county == person.county, Parcel.sha256 == file.sha256)
    if known := session.scalars(select(Parcel).where(*of_file)).one_or_none():
        return known
    _keep(session, person, by, file)
    parcel = Parcel(
        county=person.county,
        sha256=file.sha256,
        size=file.size,
        state=ParcelState.HELD,
        author_id=author.id,
        device_id=file.header.device_id,
        made_at=file.header.made_at,
        carried_by_id=person.id,
        received_at=by.now,
        records=[record.model_dump(mode="json") for record in file.header.records],
    )
    session.add(parcel)
    session.flush()
    events.record(session, person, verb, parcel, author=str(author.id), sha256=file.sha256)
    return parcel


def _keep(session: Session, person: Person, by: Carrier, file: ParcelFile) -> None:
    sha256 = file.sha256
    file.file.seek(0)
    by.store.put(iter(lambda: file.file.read(CHUNK_BYTES), b""), file.size, sha256)
    row = {
        "county": person.county,
        "sha256": sha256,
        "size": file.size,
        "media_type": MEDIA_TYPE,
        "state": BlobState.STORED,
        "received_at": by.now,
        "received_from_id": person.id,
        "derived_at": by.now,  # there is no picture to make
    }
    session.execute(insert(Blob).values(row).on_conflict_do_nothing())


def _doubt(session: Session, keys: KeyRing, author: Person, file: ParcelFile) -> Doubt | None:
    known = find_signing_keys(session, author, file.header.device_id)
    if not known:
        return Doubt.UNKNOWN_DEVICE
    if not any(file.is_signed_by(jwk) for jwk in known):
        return Doubt.BAD_SIGNATURE
    if not is_enabled(session, author):
        return Doubt.INACTIVE
    return None if keys.opens(file.header.key_id) else Doubt.SEALED_ELSEWHERE


def _held(session: Session, person: Person, parcel_id: UUID, reason: str) -> Parcel:
    if not reason.strip():
        raise Invalid({"reason": say("请写明理由，会和这个文件一起保存")})
    parcel = get(session, person, Parcel, parcel_id)
    session.refresh(parcel, with_for_update=True)
    if parcel.state is not ParcelState.HELD:
        raise Conflict(say("这个文件已经处理过了，请刷新页面"))
    return parcel


def _decide(session: Session, person: Person, parcel: Parcel, now: datetime, reason: str, verb: str) -> None:
    parcel.decided_by_id, parcel.decided_at = person.id, now
    parcel.reason = reason.strip()[:LONGEST_REASON]
    events.record(session, person, verb, parcel, reason=parcel.reason, doubt=parcel.doubt and parcel.doubt.value)


def _take_in(
    session: Session, person: Person, author: Person, by: Carrier, parcel: Parcel, file: ParcelFile
) -> None:
    key = by.keys.opens(file.header.key_id)
    if key is None:
        raise Invalid({"key_id": Doubt.SEALED_ELSEWHERE.label})
    results = {record.id: _refused(record.id, record.kind, BrokenFrame.message) for record in file.header.records}
    for kind in ORDER:
        for frame in _records(file, key, by.limits):
            if frame.header.kind is kind:
                result = _take_record(session, person, author, by, parcel, frame)
                results[result.id] = result
    _take_files(session, author, by, file, key)
    parcel.results = [_settled(session, parcel.county, result).written() for result in results.values()]
    parcel.state = ParcelState.TAKEN
    session.flush()


def _records(file: ParcelFile, key: Key, limits: Limits) -> Iterator[Frame]:
    """The records that can be opened: they come before the files."""
    for frame in file.frames(key, limits.max_frame_bytes):
        if isinstance(frame, Frame):
            if frame.header.type == "file":
                return
            yield frame


def _take_record(
    session: Session, person: Person, author: Person, by: Carrier, parcel: Parcel, frame: Frame
) -> Result:
    """Take in one record on its own: what is wrong with it takes no other down."""
    record_id, kind = frame.header.id, frame.header.kind
    assert record_id is not None
    assert kind is not None
    try:
        with session.begin_nested():
            if parse_json(frame.content).get("id") != str(record_id):
                raise BrokenFrame
            outcome: object
            if kind is ItemKind.SITE:
                outcome = report_site(session, author, frame.content)
            elif kind is ItemKind.SITE_EDIT:
                outcome = receive_edit(session, author, frame.content, by.now)
            elif kind is ItemKind.VISIT:
                outcome = _take_visit(session, person, author, by, parcel, frame)
            elif kind is ItemKind.TIP:
                outcome = receive_field_tip(session, author, frame.content, by.keys, by.now)
            else:
                outcome = _take_check(session, person, author, by, parcel, frame)
    except (StorageFull, StorageFailed):
        raise
    except InspectionError as error:
        return _refused(record_id, kind, error.message)
    except IntegrityError as error:
        return _refused(record_id, kind, error_from(error).message)
    if isinstance(outcome, Conflict):
        return Result(record_id, kind, Outcome.CONFLICT, outcome.message)
    return Result(record_id, kind, Outcome.RECEIVED)


def _take_check(
    session: Session, person: Person, author: Person, by: Carrier, parcel: Parcel, frame: Frame
) -> Received | Conflict:
    _refuse_too_long(frame, by.limits)
    outcome = receive_check(
        session,
        author,
        frame.content,
        frame.header.sha256,
        by.now,
        max_photo_bytes=by.limits.max_photo_bytes,
    )
    if isinstance(outcome, Received) and outcome.is_new:
        check = session.get_one(Check, (author.county, outcome.receipt.check))
        is_own = parcel.carried_by_id == author.id
        check.carried_by_id = None if is_own else parcel.carried_by_id
        if parcel.doubt:
            check.flags = [*check.flags, FLAGS.get(parcel.doubt, "unproven_author")]
        events.record(session, person, "quarantine" if is_own else "carry", check, parcel=str(parcel.id))
    return outcome


def _take_visit(
    session: Session, person: Person, author: Person, by: Carrier, parcel: Parcel, frame: Frame
) -> VisitReceived | Conflict:
    _refuse_too_long(frame, by.limits)
    is_own = parcel.carried_by_id == author.id
    outcome = receive_visit(
        session,
        author,
        frame.content,
        frame.header.sha256,
        by.now,
        carried_by=None if is_own else parcel.carried_by_id,
        doubts=[FLAGS.get(parcel.doubt, "unproven_author")] if parcel.doubt else [],
    )
    if isinstance(outcome, VisitReceived) and outcome.is_new:
        visit = session.get_one(CanvassVisit, (author.county, outcome.receipt.visit))
        events.record(session, person, "quarantine" if is_own else "carry", visit, parcel=str(parcel.id))
    return outcome


def _refuse_too_long(frame: Frame, limits: Limits) -> None:
    if len(frame.content) > limits.max_record_bytes:
        raise Invalid(message=say("内容太大，最多 {limit} KB", limit=limits.max_record_bytes // 1000))


def _take_files(session: Session, author: Person, by: Carrier, file: ParcelFile, key: Key) -> None:
    """Keep the photos. One that can't be opened or kept is missing, or refused by name, on its check's receipt."""
    limits = by.limits
    for frame in file.frames(key, limits.max_frame_bytes):
        if not isinstance(frame, Frame) or frame.header.type != "file" or not frame.content:
            continue
        content, sha256 = [frame.content], frame.header.sha256
        sizes: dict[str, Any] = {"max_bytes": limits.max_photo_bytes, "max_pixels": limits.max_pixels}
        try:
            with session.begin_nested():
                receive(session, by.store, author, sha256, len(frame.content), content, **sizes)
        except (StorageFull, StorageFailed):
            raise
        except InspectionError as error:
            log.warning("file %s of a parcel was not taken: %s", sha256, error)


def _settled(session: Session, county: str, result: Result) -> Result:
    """The result of a check once its files are in."""
    if result.kind is not ItemKind.CHECK or result.state is not Outcome.RECEIVED:
        return result
    check = session.get_one(Check, (county, result.id), populate_existing=True)
    complete = check.state is CheckState.RECEIVED
    return Result(result.id, result.kind, Outcome.RECEIVED if complete else Outcome.INCOMPLETE)


def _refused(record_id: UUID, kind: ItemKind, message: Message) -> Result:
    return Result(record_id, kind, Outcome.REFUSED, message)
