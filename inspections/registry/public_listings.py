"""The white and the black list 白名单、黑名单, with who put a site on one and took it off, when and why."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..db import CountyRow, Model, Recorded, in_county, new_id
from ..errors import Conflict, Invalid, say
from ..vocabulary import choice
from .people import Person
from .site_facts import plain_text, word_of
from .sites import LicenceState, PublicList, Site, SiteKind

SHORTEST_REASON, LONGEST_REASON = 4, 500


class PublicListing(CountyRow, Recorded, Model):
    """A site's stay on a list; open until it is removed. `sites.public_list` says which list that is now.

    `listed_by_id` is None for what came with an import.
    """

    __tablename__ = "public_listings"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("listed_by_id", "people"),
        in_county("removed_by_id", "people"),
        CheckConstraint("btrim(reason) <> ''", name="reason"),
        CheckConstraint(
            "(removed_at is null) = (removed_by_id is null) and (removed_at is null) = (removed_reason is null)",
            name="removed",
        ),
        Index(
            "uq_public_listings_county_site_id",
            "county",
            "site_id",
            unique=True,
            postgresql_where=text("removed_at is null"),
        ),
        Index("ix_public_listings_county_site_id_listed_at", "county", "site_id", "listed_at"),
    )

    site_id: Mapped[UUID]
    list: Mapped[PublicList] = mapped_column(choice(PublicList, "list"))
    listed_at: Mapped[datetime]
    listed_by_id: Mapped[UUID | None]
    reason: Mapped[str]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[UUID | None]
    removed_reason: Mapped[str | None]


def listings_of(session: Session, site: Site) -> Sequence[PublicListing]:
    """The newest first."""
    query = select(PublicListing).where(PublicListing.county == site.county, PublicListing.site_id == site.id)
    return session.scalars(query.order_by(PublicListing.listed_at.desc(), PublicListing.id.desc())).all()


def put_on_list(
    session: Session, person: Person, site_id: UUID, which: str, reason: str, now: datetime
) -> PublicListing:
    """Put a site on the white or the black list, off the other if it is there. Raises Forbidden, Invalid."""
    site = _locked(session, person, site_id)
    wanted = word_of(PublicList, which)
    if wanted is None:
        raise Invalid({"list": say("请选择白名单或黑名单")})
    _refuse(site, wanted)
    reason = _reason(reason)
    if site.public_list is not None:
        _remove(session, person, site, reason, now)
    listing = PublicListing(
        county=site.county,
        id=new_id(),
        site_id=site.id,
        list=wanted,
        listed_at=now,
        listed_by_id=person.id,
        reason=reason,
    )
    session.add(listing)
    site.public_list = wanted
    session.flush()
    events.record(session, person, "list_publicly", site, list=wanted.value, reason=reason)
    return listing


def take_off_list(session: Session, person: Person, site_id: UUID, reason: str, now: datetime) -> None:
    """Raises Conflict for a site that is on none."""
    site = _locked(session, person, site_id)
    if site.public_list is None:
        raise Conflict(say("这个点位现在不在任何名单上"))
    _remove(session, person, site, _reason(reason), now)


def _locked(session: Session, person: Person, site_id: UUID) -> Site:
    from ..access import get, require  # access knows this package's tables

    require(person, "public_list.publish")
    site = get(session, person, Site, site_id)
    session.refresh(site, with_for_update=True)
    return site


def _refuse(site: Site, wanted: PublicList) -> None:
    if site.public_list is wanted:
        raise Invalid({"list": say("已经在{list}上了", list=wanted.label)})
    if site.kind is SiteKind.SCHOOL:
        raise Invalid({"list": say("学校不列入名单，名单只列培训机构和办学点")})
    if wanted is PublicList.WHITE and site.licence_state is not LicenceState.COMPLETE:
        raise Invalid({"list": say("证照不齐全，不能列入白名单；请先核对证照")})


def _reason(text: str) -> str:
    reason = plain_text(text, LONGEST_REASON)
    if len(reason) < SHORTEST_REASON:
        raise Invalid({"reason": say("请写明理由，例如依据的文书和日期，会记入历史")})
    return reason


def _remove(session: Session, person: Person, site: Site, reason: str, now: datetime) -> None:
    query = select(PublicListing).where(
        PublicListing.county == site.county, PublicListing.site_id == site.id, PublicListing.removed_at.is_(None)
    )
    if open_one := session.scalars(query).one_or_none():
        open_one.removed_at, open_one.removed_by_id, open_one.removed_reason = now, person.id, reason
    was, site.public_list = site.public_list, None
    session.flush()
    events.record(session, person, "unlist", site, list=was.value if was else None, reason=reason)
