"""What the office sees of a phone that can't send: what it holds, a held parcel, and two kinds of conflict."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.evidence.keys import KeyRing
from inspections.evidence.store import BlobStore
from inspections.field.carrying import Carrier, bring
from inspections.field.checks import CheckConflict
from inspections.field.heartbeats import hear
from inspections.field.receiving import receive_check
from inspections.registry.people import Person
from inspections.registry.site_conflicts import SiteConflict
from inspections.registry.site_edits import receive_edit
from inspections.registry.sites import Site
from tests.factories import as_sent, make_record
from tests.parcels import Writer, new_key


class Shown(NamedTuple):
    phone: UUID
    parcel: UUID
    site_conflict: UUID
    check_conflict: UUID


def make_all(session: Session, store: BlobStore, site: Site, author: Person, colleague: Person) -> Shown:
    """Rows of each, made as the phones of two people would."""
    return Shown(
        make_phone(session, author, site),
        make_held_parcel(session, store, author, colleague, site),
        make_site_conflict(session, site, author, colleague),
        make_check_conflict(session, site, author),
    )


def make_phone(session: Session, person: Person, site: Site, **values: Any) -> UUID:
    """A phone that holds a check since yesterday and a draft, and has lost another."""
    yesterday = (datetime.now(UTC) - timedelta(hours=26)).isoformat()
    held = {
        "id": str(new_id()),
        "kind": "check",
        "site_id": str(site.id),
        "finished_at": yesterday,
        "files_missing": 3,
    }
    lost, draft = ({"id": str(new_id()), "site_id": str(site.id), "started_at": yesterday} for _ in range(2))
    told = {
        "device_id": str(new_id()),
        "app_version": "0.2.0",
        "storage": {"persisted": False, "usage_bytes": 48_000_000, "quota_bytes": 2_000_000_000},
    } | values
    now = datetime.now(UTC)
    hear(session, person, json.dumps(told | {"drafts": [lost]}).encode(), now)
    phone = hear(session, person, json.dumps(told | {"unsent": [held], "drafts": [draft]}).encode(), now)
    return phone.id


def make_held_parcel(session: Session, store: BlobStore, author: Person, carrier: Person, site: Site) -> UUID:
    """A parcel that a strange key signed."""
    keys = KeyRing.of(["test"])
    record = make_record(site.id)
    writer = Writer(author.id, keys.parcel[0], new_key(), given={"county": author.county})
    content = writer.write([("check", record["id"], as_sent(record)[0])])
    return bring(session, carrier, Carrier(store, keys, datetime.now(UTC)), io.BytesIO(content)).id


def make_site_conflict(session: Session, site: Site, one: Person, other: Person) -> UUID:
    for person, phone in ((one, "0793-6221001"), (other, "13870310000")):
        edit = {"id": str(new_id()), "site_id": str(site.id), "at": datetime.now(UTC).isoformat()}
        edit |= {"base": {"phone": None}, "values": {"phone": phone}}
        receive_edit(session, person, json.dumps(edit).encode(), datetime.now(UTC))
    return session.scalars(select(SiteConflict.id).where(SiteConflict.site_id == site.id)).one()


def make_check_conflict(session: Session, site: Site, person: Person) -> UUID:
    record = make_record(site.id)
    other = record | {"summary": "地下室仍在上课，负责人不在场", "kind": "tip"}
    for each in (record, other):
        receive_check(session, person, *as_sent(each), datetime.now(UTC))
    return session.scalars(select(CheckConflict.id).where(CheckConflict.check_id == UUID(record["id"]))).one()
