"""Responsibility zones 督学责任区: the schools one inspector visits at least once a month."""

from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, Recorded, in_county


class Zone(CountyRow, Recorded, Model):
    """A zone of responsibility 责任区 and the inspector who looks after it."""

    __tablename__ = "zones"
    __table_args__ = (in_county("inspector_id", "people"), UniqueConstraint("county", "name"))

    name: Mapped[str]
    inspector_id: Mapped[UUID | None]
    boundary: Mapped[Any | None] = mapped_column(columns.multipolygon())
