"""Canvass visits 排查走访: one walk through a grid cell, as the phone recorded it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CHAR, BigInteger, Index, LargeBinary, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..field.checks import Fence
from ..registry.time_bands import TimeBand
from ..vocabulary import Choice, choice


class VisitOutcome(Choice):
    """That nothing was seen is a finding too: it tells a clean cell from one that nobody walked."""

    CLEAN = "clean", say("未见异常")
    LEADS = "leads", say("发现线索")
    NO_ACCESS = "no_access", say("未能进入")


class CanvassVisit(CountyRow, Recorded, Model):
    """One walk. `record` is the exact bytes the phone sent and `record_sha256` their hash.

    `lead_ids` are the checks that hold what was seen, which may arrive later. `band` is that of the moment it was
    finished; `fence` says whether it went through the cell (`geo.walks`), `distance_m` how far outside it the best
    fix lies. `cell_id` is None for a cell that was never ours: the record says which the phone meant.
    """

    __tablename__ = "canvass_visits"
    __table_args__ = (
        in_county("cell_id", "grid_cells"),
        in_county("campaign_id", "canvass_campaigns"),
        in_county("person_id", "people"),
        in_county("carried_by_id", "people"),
        Index(
            "ix_canvass_visits_county_cell_id_band",
            "county",
            "cell_id",
            "band",
            text("device_finished_at desc"),
            postgresql_include=["outcome", "person_id"],
        ),
        Index("ix_canvass_visits_county_person_id_received_at", "county", "person_id", "received_at"),
        Index("ix_canvass_visits_county_campaign_id", "county", "campaign_id"),
        Index("ix_canvass_visits_county_device_id_device_sequence", "county", "device_id", "device_sequence"),
    )

    cell_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    carried_by_id: Mapped[UUID | None]
    outcome: Mapped[VisitOutcome] = mapped_column(choice(VisitOutcome, "outcome"))
    note: Mapped[str] = mapped_column(server_default="")
    band: Mapped[TimeBand] = mapped_column(choice(TimeBand, "band"))
    lead_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")

    device_id: Mapped[str]
    device_sequence: Mapped[int] = mapped_column(BigInteger)
    device_started_at: Mapped[datetime]
    device_finished_at: Mapped[datetime]
    clock_offset_ms: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[datetime]

    fixes: Mapped[list[Any]] = mapped_column(server_default="[]")
    location: Mapped[Any | None] = mapped_column(columns.point())
    accuracy_m: Mapped[float | None]
    location_grade: Mapped[str] = mapped_column(server_default="D")
    fence: Mapped[Fence] = mapped_column(choice(Fence, "fence"))
    distance_m: Mapped[float | None]
    no_fix_reason: Mapped[str | None]
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")

    record: Mapped[bytes] = mapped_column(LargeBinary)
    record_sha256: Mapped[str] = mapped_column(CHAR(64))
