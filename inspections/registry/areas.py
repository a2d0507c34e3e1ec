"""Areas: province → prefecture → county → township → village, each county with its own chain of ancestors."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class AreaLevel(Choice):
    PROVINCE = "province", say("省")
    PREFECTURE = "prefecture", say("地市")
    COUNTY = "county", say("区县")
    TOWNSHIP = "township", say("镇街")
    VILLAGE = "village", say("社区/村")


class Area(CountyRow, Recorded, Model):
    """A node of the administrative tree, with its boundary where one is known.

    Division codes differ between sources, so an area is matched on level, parent and name; `aliases` keeps the
    other codes and names it goes by.
    """

    __tablename__ = "areas"
    __table_args__ = (
        in_county("parent_id", "areas"),
        UniqueConstraint("county", "level", "parent_id", "name", postgresql_nulls_not_distinct=True),
        Index("ix_areas_county_code", "county", "code"),
    )

    level: Mapped[AreaLevel] = mapped_column(choice(AreaLevel, "level"))
    code: Mapped[str | None]
    name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    parent_id: Mapped[UUID | None]
    boundary: Mapped[Any | None] = mapped_column(columns.multipolygon())
    source: Mapped[str | None]
