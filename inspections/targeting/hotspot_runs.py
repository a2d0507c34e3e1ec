"""Hotspot runs: the statistics of one analysis, kept so that a map can be shown again and explained."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class RunState(Choice):
    WAITING = "waiting", say("计算中")
    DONE = "done", say("已完成")


class HotspotRun(CountyRow, Model):
    """`settings` holds the days and cell size that the run was made with, `summary` its counts."""

    __tablename__ = "hotspot_runs"
    __table_args__ = (
        in_county("person_id", "people"),
        Index("ix_hotspot_runs_county_computed_at", "county", "computed_at"),
    )

    state: Mapped[RunState] = mapped_column(choice(RunState, "state"))
    computed_at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    settings: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any]]


class HotspotCell(Model):
    """A cell of a run: weighted events, Gi* as z, two-sided p, and the level after false-discovery control.

    `level` is a `geo.hotspots.Level`; `position` the cell's place in the grid's own order.
    """

    __tablename__ = "hotspot_cells"
    __table_args__ = (in_county("run_id", "hotspot_runs", ondelete="CASCADE"),)

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    boundary: Mapped[Any] = mapped_column(columns.multipolygon())
    weight: Mapped[float]
    z: Mapped[float | None]
    p: Mapped[float | None]
    level: Mapped[int] = mapped_column(SmallInteger)
