"""What a person writes into a table beside its figures: who fills it in, and the three main problems."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...db import CountyRow, Model, Recorded, in_county

MAIN_PROBLEMS = 3  # rows of the printed form


class FigureEntry(CountyRow, Recorded, Model):
    """The words of one table, kept from one look at it to the next."""

    __tablename__ = "figure_entries"
    __table_args__ = (
        in_county("township_id", "areas"),
        in_county("zone_id", "zones"),
        in_county("edited_by_id", "people"),
        UniqueConstraint(
            "county", "first_day", "last_day", "township_id", "zone_id", postgresql_nulls_not_distinct=True
        ),
    )

    first_day: Mapped[date]
    last_day: Mapped[date]
    township_id: Mapped[UUID | None]
    zone_id: Mapped[UUID | None]
    unit: Mapped[str]
    filled_by: Mapped[str]
    telephone: Mapped[str]
    main_problems: Mapped[list[str]] = mapped_column(ARRAY(Text))
    edited_by_id: Mapped[UUID]
    edited_at: Mapped[datetime]


class Words(NamedTuple):
    """填报单位, 填报人, 联系电话 and the main problems 主要问题, as the table shows them."""

    unit: str
    filled_by: str
    telephone: str
    main_problems: tuple[str, ...]
