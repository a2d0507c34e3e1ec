"""Quarantine: what a phone sealed whose person's account was disabled while it was out of reach.

Evidence must not vanish with an account, and a disabled account must open nothing. So nobody is signed in here:
who asks is proved by the device's signature alone, and gets an acknowledgement of what was sealed, and nothing
else. It waits as a held parcel, as one that a colleague brought, for a dispatcher's word.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, BinaryIO, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..canvass.visit_receipts import VisitReceipt
from ..db import scope
from ..errors import Forbidden, TooManyRequests, say
from ..evidence.keys import KeyRing, canonical
from ..evidence.quotas import Quotas, admit
from ..incoming import Line, Malformed, Moment, Part, parse_json, read
from ..registry.people import Person, is_enabled
from .carrying import Carrier, Limits, keep_parcel, receipts_of, visit_receipts_of
from .parcel_file import Frame, Head, NotAParcel, ParcelFile, Text100, is_signed
from .parcels import Doubt, Parcel, ParcelState, Result
from .phones import find_signing_keys
from .receipts import Receipt, as_written

MOST_HELD = 200  # of one author: a phone seals some twenty megabytes at a time
MOST_NAMED = 200  # parcels in one answer
FRESH = timedelta(minutes=10)
RETRY_S = 3_600


class Unproven(Forbidden):
    """The one refusal for whoever isn't proved to hold the phone of a disabled account: it tells nothing."""

    message = say("没有收下：请重新登录后再传；仍不行请联系区县专班。内容都还在手机上")


class BrokenParcel(NotAParcel):
    message = say("内容在传递中损坏了，没有收下，请再试一次。内容都还在手机上")


class Question(Part):
    """What a device asks about its own parcels. The signature covers the canonical rest."""

    format: Literal["mingcha-question/1"]
    county: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    person_id: UUID
    device_id: Text100
    asked_at: Moment
    signature: Annotated[Line, Field(min_length=1)]


@dataclass(frozen=True)
class Acknowledgement:
    """A parcel as its author may know it. `records` are [{"id", "kind"}], each with a result once it was taken."""

    county: str
    parcel: UUID
    sha256: str
    state: ParcelState
    received_at: datetime
    records: list[dict[str, Any]]
    reason: str | None
    results: list[Result]
    receipts: list[Receipt]
    visit_receipts: list[VisitReceipt]

    def signed_part(self) -> dict[str, Any]:
        """What a signature covers, as plain JSON."""
        return {
            "county": self.county,
            "parcel": str(self.parcel),
            "sha256": self.sha256,
            "state": self.state.value,
            "received_at": as_written(self.received_at),
            "records": sorted(each["id"] for each in self.records),
        }

    def signature(self, keys: KeyRing) -> dict[str, str] | None:
        return keys.sign(canonical(self.signed_part()))


def author_of(session: Session, keys: KeyRing, head: Head, quotas: Quotas, now: datetime) -> Person:
    """Whose parcel comes, judged by its head; the session is scoped to that person.

    Raises `Unproven` unless the account is disabled, the person's device signed it and we can open it;
    `TooManyRequests` where that person has sent enough.
    """
    header = head.header
    author = _proven(session, header.county, header.person_id, header.device_id, head.tree)
    if keys.opens(header.key_id) is None:
        raise Unproven
    admit(session, author, "", head.size, quotas, now)
    of_author = (Parcel.county == author.county, Parcel.author_id == author.id)
    held = select(func.count()).where(*of_author, Parcel.state == ParcelState.HELD)
    if (session.scalar(held) or 0) >= MOST_HELD:
        raise TooManyRequests(say("封存的文件太多，请等专班核实一部分；内容都还在手机上"), RETRY_S)
    return author


def seal_away(session: Session, author: Person, by: Carrier, file: BinaryIO) -> Parcel:
    """Keep a parcel that `author_of` let in. The same bytes again are the same parcel, whatever became of it.

    Raises `BrokenParcel` where a part can't be opened: an acknowledgement says that all of it can be read.
    """
    parcel_file = ParcelFile(file)
    _insist_on_all(parcel_file, by.keys, by.limits)
    parcel = keep_parcel(session, author, author, by, parcel_file, "quarantine")
    if parcel.state is ParcelState.HELD:
        parcel.doubt = Doubt.INACTIVE
    return parcel


def answer(session: Session, content: bytes, now: datetime) -> list[Acknowledgement] | None:
    """What became of what the asking device sealed, the latest first. None where the question is not of now:
    one that was overheard opens nothing later.

    Raises `Unproven` as for a parcel, `Malformed`, `Invalid`.
    """
    tree = parse_json(content)
    question = read(Question, tree)
    author = _proven(session, question.county, question.person_id, question.device_id, tree)
    if abs(now - question.asked_at) > FRESH:
        return None
    own = (
        Parcel.county == author.county,
        Parcel.author_id == author.id,
        Parcel.carried_by_id == author.id,
        Parcel.device_id == question.device_id,
    )
    parcels = session.scalars(select(Parcel).where(*own).order_by(Parcel.received_at.desc()).limit(MOST_NAMED))
    return [acknowledgement(session, parcel) for parcel in parcels]


def acknowledgement(session: Session, parcel: Parcel) -> Acknowledgement:
    is_taken = parcel.state is ParcelState.TAKEN
    return Acknowledgement(
        parcel.county,
        parcel.id,
        parcel.sha256,
        parcel.state,
        parcel.received_at,
        parcel.records,
        parcel.reason if parcel.state is ParcelState.REJECTED else None,
        [Result.read(written) for written in parcel.results],
        receipts_of(session, parcel) if is_taken else [],
        visit_receipts_of(session, parcel) if is_taken else [],
    )


def _proven(session: Session, county: str, person_id: UUID, device_id: str, tree: dict[str, Any]) -> Person:
    """The person, if disabled, and if a key that this device of theirs registered has signed `tree`."""
    scope(session, county, person_id)
    person = session.get(Person, (county, person_id))
    is_disabled = person is not None and not is_enabled(session, person)
    if (
        person
        and is_disabled
        and any(is_signed(tree, key) for key in find_signing_keys(session, person, device_id))
    ):
        return person
    scope(session, None)
    raise Unproven


def _insist_on_all(file: ParcelFile, keys: KeyRing, limits: Limits) -> None:
    key = keys.opens(file.header.key_id)
    if key is None:
        raise Unproven
    found = set()
    for frame in file.frames(key, limits.max_frame_bytes):
        if not isinstance(frame, Frame):
            raise BrokenParcel
        if frame.header.type == "record":
            found.add((frame.header.id, frame.header.kind))
            _insist_on_name(frame)
    if found != {(record.id, record.kind) for record in file.header.records}:
        raise BrokenParcel


def _insist_on_name(frame: Frame) -> None:
    try:
        named = parse_json(frame.content).get("id")
    except Malformed:
        raise BrokenParcel from None
    if named != str(frame.header.id):
        raise BrokenParcel
