"""Refreshes: when a county's analyses were last computed anew, and as of which data (数据截至)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..access import require
from ..db import CountyRow, Model
from ..registry.people import Person


class Refresh(CountyRow, Model):
    """What was committed before `began_at` is in it. `steps` are in their order: `name`, `took_ms`, and `error`,
    the name of what went wrong, where one failed.

    `rows_seen` is how many rows telling of new data were there that are younger than `rows_since`: one more, and
    the county has something newer.
    """

    __tablename__ = "county_refreshes"
    __table_args__ = (Index("ix_county_refreshes_county_began_at", "county", "began_at"),)

    began_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    rows_since: Mapped[datetime]
    rows_seen: Mapped[int] = mapped_column(BigInteger)
    steps: Mapped[list[Any]]


def latest_refresh(session: Session, county: str) -> Refresh | None:
    """The newest, whose `began_at` pages show as 数据截至."""
    return session.scalars(
        select(Refresh).where(Refresh.county == county).order_by(Refresh.began_at.desc()).limit(1)
    ).first()


def list_refreshes(session: Session, person: Person, limit: int = 20) -> Sequence[Refresh]:
    """The newest first. Raises Forbidden for who may not see analyses."""
    require(person, "hotspot.see")
    return session.scalars(
        select(Refresh).where(Refresh.county == person.county).order_by(Refresh.began_at.desc()).limit(limit)
    ).all()
