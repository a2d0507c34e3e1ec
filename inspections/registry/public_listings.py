"""The white and the black list 白名单、黑名单, with who put a site on one and took it off, when and why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..vocabulary import choice
from .sites import PublicList


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
