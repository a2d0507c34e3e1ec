"""Heartbeats: what a phone says of itself after each contact."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from .. import events
from ..access import require
from ..errors import TooManyRequests, say
from ..evidence.keys import jwk_of, read_jwk, thumbprint
from ..incoming import Line, Moment, Part, clean, parse_json, read
from ..registry.people import Person
from .phones import ItemKind, Phone, PhoneItem, has_arrived

MOST_PHONES = 100  # of one person; a browser that forgets its device becomes a new one


class GivenUnsent(Part):
    id: UUID
    kind: ItemKind = ItemKind.CHECK
    site_id: UUID | None = None
    finished_at: Moment
    files_missing: Annotated[int, Field(ge=0, le=10_000)] = 0


class GivenDraft(Part):
    id: UUID
    site_id: UUID | None = None
    started_at: Moment


class GivenStorage(Part):
    persisted: bool | None = None
    usage_bytes: Annotated[int, Field(ge=0, le=2**53)] | None = None
    quota_bytes: Annotated[int, Field(ge=0, le=2**53)] | None = None


class Heartbeat(Part):
    """`discarded` are drafts that their author threw away: they are not missed."""

    device_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    app_version: Line | None = None
    signing_key: dict[str, Any] | None = None
    unsent: Annotated[tuple[GivenUnsent, ...], Field(max_length=5_000)] = ()
    drafts: Annotated[tuple[GivenDraft, ...], Field(max_length=500)] = ()
    discarded: Annotated[tuple[UUID, ...], Field(max_length=500)] = ()
    storage: GivenStorage = GivenStorage()


def hear(session: Session, person: Person, content: bytes, now: datetime) -> Phone:
    """Write down what a phone says of itself. Raises `Malformed`, `Invalid`, `Forbidden`, `TooManyRequests`."""
    require(person, "field.open")
    heartbeat = read(Heartbeat, clean(parse_json(content))[0])
    phone = _phone(session, person, heartbeat, now)
    phone.seen_at, phone.app_version = now, heartbeat.app_version
    phone.is_persistent = heartbeat.storage.persisted
    phone.usage_bytes, phone.quota_bytes = heartbeat.storage.usage_bytes, heartbeat.storage.quota_bytes
    session.flush()
    _note_items(session, phone, heartbeat, now)
    return phone


def _phone(session: Session, person: Person, heartbeat: Heartbeat, now: datetime) -> Phone:
    """The row of this phone. One that had no key yet takes the first it brings."""
    jwk = jwk_of(read_jwk(heartbeat.signing_key)) if heartbeat.signing_key else None
    key_id = thumbprint(jwk) if jwk else None
    lock = {"key": f"phone {person.county} {person.id}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), lock)
    of_person = (Phone.county == person.county, Phone.person_id == person.id)
    same = list(session.scalars(select(Phone).where(*of_person, Phone.device_id == heartbeat.device_id)))
    for phone in same:
        if phone.key_id in (key_id, None):
            phone.key_id, phone.signing_key = key_id or phone.key_id, jwk or phone.signing_key
            return phone
    if same and key_id is None:
        return max(same, key=lambda phone: phone.seen_at)
    if (session.scalar(select(func.count()).select_from(Phone).where(*of_person)) or 0) >= MOST_PHONES:
        raise TooManyRequests(say("这个账号登记的手机太多了，请联系本县管理员"))
    phone = Phone(
        county=person.county,
        person_id=person.id,
        device_id=heartbeat.device_id,
        key_id=key_id,
        signing_key=jwk,
        is_rekeyed=bool(same),
        first_seen_at=now,
        seen_at=now,
    )
    session.add(phone)
    session.flush()
    if same:
        events.record(session, person, "rekey", phone, device_id=phone.device_id)
    return phone


def _note_items(session: Session, phone: Phone, heartbeat: Heartbeat, now: datetime) -> None:
    named = list({given["id"]: given for given in _items(phone, heartbeat)}.values())
    if named:
        upsert = insert(PhoneItem)
        new = {name: upsert.excluded[name] for name in ("kind", "site_id", "since", "files_missing", "gone_at")}
        session.execute(upsert.on_conflict_do_update(index_elements=["county", "phone_id", "id"], set_=new), named)
    left = (
        PhoneItem.county == phone.county,
        PhoneItem.phone_id == phone.id,
        PhoneItem.id.not_in([given["id"] for given in named]),
    )
    session.execute(delete(PhoneItem).where(*left, or_(has_arrived(), PhoneItem.id.in_(heartbeat.discarded))))
    gone = update(PhoneItem).where(*left, PhoneItem.gone_at.is_(None)).values(gone_at=now)
    for item_id, kind in session.execute(gone.returning(PhoneItem.id, PhoneItem.kind)).all():
        owner = session.get_one(Person, (phone.county, phone.person_id))
        events.record(session, owner, "lose", phone, item=str(item_id), kind=kind.value)


def _items(phone: Phone, heartbeat: Heartbeat) -> Iterator[dict[str, Any]]:
    """Rows of items. A record stands over the draft that it was, should a phone name both."""
    row = {"county": phone.county, "phone_id": phone.id, "gone_at": None}
    for draft in heartbeat.drafts:
        yield row | {
            "id": draft.id,
            "kind": ItemKind.DRAFT,
            "site_id": draft.site_id,
            "since": draft.started_at,
            "files_missing": 0,
        }
    for each in heartbeat.unsent:
        yield row | {
            "id": each.id,
            "kind": each.kind,
            "site_id": each.site_id,
            "since": each.finished_at,
            "files_missing": each.files_missing,
        }
