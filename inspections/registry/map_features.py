"""Map features: roads, water, compounds and buildings, so that the map can be read without any tile service."""

from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model
from ..errors import say
from ..vocabulary import Choice, choice


class FeatureKind(Choice):
    ROAD = "road", say("道路")
    WATER = "water", say("水系")
    COMPOUND = "compound", say("小区")
    BUILDING = "building", say("建筑")


class MapFeature(CountyRow, Model):
    """One shape of the background. `rank` runs from 1, seen from far away, to 5, seen only from near."""

    __tablename__ = "map_features"
    __table_args__ = (
        CheckConstraint("rank between 1 and 5", name="rank"),
        Index("ix_map_features_county_kind_rank", "county", "kind", "rank"),
    )

    kind: Mapped[FeatureKind] = mapped_column(choice(FeatureKind, "kind"))
    name: Mapped[str | None]
    rank: Mapped[int]
    geometry: Mapped[Any] = mapped_column(columns.shape())
