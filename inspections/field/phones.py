"""Phones: what each still holds that has not reached us, so that a loss is noticed by others than its victim.

A phone tells after each contact what waits on it (`heartbeats`). What it no longer names and never sent is kept
here as gone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, exists, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..canvass.visits import CanvassVisit
from ..db import CountyRow, Model, in_county
from ..errors import say
from ..intake.tips import Tip
from ..registry.people import Person
from ..registry.site_edits import SiteEdit
from ..registry.sites import Site
from ..vocabulary import Choice, choice
from .checks import Check, CheckState


class ItemKind(Choice):
    DRAFT = "draft", say("草稿")
    CHECK = "check", say("检查")
    SITE = "site", say("新点位")
    SITE_EDIT = "site-edit", say("点位更正")
    VISIT = "visit", say("排查走访")
    TIP = "tip", say("线索")


class Phone(CountyRow, Model):
    """One browser of one person. `device_id` is the name it gave itself, `signing_key` the public key (JWK)
    of what signs its parcels, `key_id` that key's RFC 7638 thumbprint.

    A key is fixed at its first use: another key under the same name is another phone, marked `is_rekeyed`.
    """

    __tablename__ = "phones"
    __table_args__ = (
        in_county("person_id", "people"),
        UniqueConstraint("county", "person_id", "device_id", "key_id", postgresql_nulls_not_distinct=True),
    )

    person_id: Mapped[UUID]
    device_id: Mapped[str]
    key_id: Mapped[str | None]
    signing_key: Mapped[dict[str, Any] | None]
    is_rekeyed: Mapped[bool] = mapped_column(server_default="false")
    app_version: Mapped[str | None]
    first_seen_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    is_persistent: Mapped[bool | None]
    usage_bytes: Mapped[int | None] = mapped_column(BigInteger)
    quota_bytes: Mapped[int | None] = mapped_column(BigInteger)


class PhoneItem(Model):
    """Something that a phone holds and we don't. `since` is by the phone's own clock: when the record was
    finished, or the draft begun. `gone_at` is when the phone stopped naming it, though it never came.
    """

    __tablename__ = "phone_items"
    __table_args__ = (
        ForeignKeyConstraint(["county"], ["counties.code"]),
        in_county("phone_id", "phones", ondelete="CASCADE"),
        Index("ix_phone_items_county_id", "county", "id"),
    )

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    phone_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[ItemKind] = mapped_column(choice(ItemKind, "kind"))
    site_id: Mapped[UUID | None]
    since: Mapped[datetime]
    files_missing: Mapped[int] = mapped_column(server_default="0")
    gone_at: Mapped[datetime | None]


class HeldItem(NamedTuple):
    item: PhoneItem
    site_name: str | None


@dataclass(frozen=True)
class PhoneFile:
    """A phone, whose it is, and what it holds: the oldest first, what is gone before the rest."""

    phone: Phone
    owner: Person
    gone: list[HeldItem]
    unsent: list[HeldItem]
    drafts: list[HeldItem]


def has_arrived(item: Any = PhoneItem) -> Any:
    """A condition: what a phone named is with us, all of it."""
    received = (Check.county == item.county, Check.id == item.id, Check.state == CheckState.RECEIVED)
    others = (
        exists().where(model.county == item.county, model.id == item.id)
        for model in (Site, SiteEdit, CanvassVisit, Tip)
    )
    return or_(exists().where(*received), *others)


def find_signing_keys(session: Session, person: Person, device_id: str) -> list[dict[str, Any]]:
    """The keys that a device of a person has registered, in the order of their first use."""
    query = select(Phone.signing_key).where(
        Phone.county == person.county,
        Phone.person_id == person.id,
        Phone.device_id == device_id,
        Phone.signing_key.is_not(None),
    )
    return [key for key in session.scalars(query.order_by(Phone.first_seen_at, Phone.id)) if key]


def read_phone_file(session: Session, person: Person, phone_id: UUID) -> PhoneFile:
    """A phone that the person may see, else `NotFound`."""
    from ..access import get, visible  # access knows this module's tables

    phone = get(session, person, Phone, phone_id)
    # Named only where the person may see the site; the kept id of another tells nothing
    name = visible(person, Site).where(Site.id == PhoneItem.site_id).with_only_columns(Site.name).scalar_subquery()
    rows = session.execute(
        select(PhoneItem, name)
        .where(PhoneItem.county == phone.county, PhoneItem.phone_id == phone.id, ~has_arrived())
        .order_by(PhoneItem.since, PhoneItem.id)
    )
    items = [HeldItem(*row) for row in rows]
    held = [each for each in items if each.item.gone_at is None]
    return PhoneFile(
        phone,
        session.get_one(Person, (phone.county, phone.person_id)),
        [each for each in items if each.item.gone_at],
        [each for each in held if each.item.kind is not ItemKind.DRAFT],
        [each for each in held if each.item.kind is ItemKind.DRAFT],
    )
