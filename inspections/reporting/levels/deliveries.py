"""Deliveries 上报: a frozen table of a county, handed to the offices above. They see its figures and no ids."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...db import CountyRow, Model, in_county
from ..figures import identities
from ..figures.entries import Words
from ..figures.identities import Broken
from ..figures.snapshots import digest


class Delivery(CountyRow, Model):
    """Nothing of it changes. A correction is another delivery that names the one it replaces, and why.

    `content` is what the offices above read: cells, words, names. `sha256` is over its canonical JSON and
    `snapshot_sha256` binds it to the records that stay in the county.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        in_county("snapshot_id", "figure_snapshots"),
        in_county("delivered_by_id", "people"),
        in_county("replaces_id", "deliveries"),
        UniqueConstraint("county", "replaces_id"),
        CheckConstraint("(replaces_id is null) = (reason = '')", name="why_replaced"),
        Index(
            "uq_deliveries_first",
            "county",
            "first_day",
            "last_day",
            unique=True,
            postgresql_where=text("replaces_id is null"),
        ),
    )

    snapshot_id: Mapped[UUID]
    snapshot_sha256: Mapped[str] = mapped_column(CHAR(64))
    first_day: Mapped[date]
    last_day: Mapped[date]
    as_of: Mapped[datetime]
    delivered_by_id: Mapped[UUID]
    delivered_at: Mapped[datetime]
    replaces_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(server_default="")
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(CHAR(64))

    @property
    def cells(self) -> dict[str, int]:
        return dict(self.content["cells"])

    @property
    def words(self) -> Words:
        words = self.content["words"]
        return Words(words["unit"], words["filled_by"], words["telephone"], tuple(words["main_problems"]))

    @property
    def delivered_by(self) -> str:
        return str(self.content["delivered_by"])

    @property
    def county_name(self) -> str:
        return str(self.content["county"])

    def broken(self) -> list[Broken]:
        return identities.check(self.cells)

    def is_whole(self) -> bool:
        return digest(self.content) == self.sha256
