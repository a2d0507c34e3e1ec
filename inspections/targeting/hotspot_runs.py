"""Hotspot runs: one analysis each, kept so that a map can be shown again, cited and computed again."""

import hashlib
import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, in_county
from ..errors import Message, say
from ..vocabulary import Choice, choice
from .effort import Heat


class RunState(Choice):
    WAITING = "waiting", say("计算中")
    DONE = "done", say("已完成")
    FAILED = "failed", say("未能算出")


class HotspotRun(CountyRow, Model):
    """`settings` are those of `settings.Settings`, `summary` the counts (`cells`, `events`, `hot`, `cold`,
    `undecided`, `unseen`, `clusters`). `person_id` is who ordered it, None for one that the refresh made.

    It counts what happened from `since` until before `until`, as it was known at `computed_at` (数据截至). The
    snapshots, `version` and `seed` are what it can be computed again from; `sha256` is over all of these and the
    result, by which a printed map is cited. `cited_at` is when somebody took it away: such a run is kept for ever.
    All of these are None while it waits, and for runs made before they were kept.
    """

    __tablename__ = "hotspot_runs"
    __table_args__ = (
        in_county("person_id", "people"),
        in_county("events_id", "analysis_snapshots"),
        in_county("exposure_id", "analysis_snapshots"),
        in_county("outline_id", "analysis_snapshots"),
        Index("ix_hotspot_runs_county_computed_at", "county", "computed_at"),
    )

    state: Mapped[RunState] = mapped_column(choice(RunState, "state"))
    computed_at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    settings: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any]]
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    version: Mapped[int | None] = mapped_column(SmallInteger)
    seed: Mapped[int | None] = mapped_column(BigInteger)
    events_id: Mapped[UUID | None]
    exposure_id: Mapped[UUID | None]
    outline_id: Mapped[UUID | None]
    sha256: Mapped[str | None] = mapped_column(CHAR(64))
    took_ms: Mapped[int | None]
    cited_at: Mapped[datetime | None]

    @property
    def refusal(self) -> Message | None:
        """Why a failed run has no cells."""
        said = self.summary.get("refusal")
        return Message(said[0], said[1]) if said else None

    @property
    def citation(self) -> dict[str, Any]:
        """What a saved map says of itself: method, parameters, period, data time, version, seed and SHA-256."""
        return {
            "method": self.settings.get("method", "gi_star"),
            "parameters": self.settings,
            "since": self.since,
            "until": self.until,
            "data_at": self.computed_at,
            "version": self.version,
            "seed": self.seed,
            "sha256": self.sha256,
        }


class HotspotCell(Model):
    """A cell of a run. `position` is its place in the grid's own order.

    By the method: `weight` is the sum of the weighted events in it, findings divided by how much more than usual
    was looked there (`effort.correction`); `value` the method's own number (`methods`), `z`, two-sided `p`, `q`
    after false-discovery control, `level` a `geo.hotspots.Level`; `emerging` the name of a
    `geo.trends.EmergingClass` and `quadrant` that of a `geo.autocorrelation.Quadrant`, in small letters;
    `cluster` the rank of the scan's cluster it lies in.

    By effort: `visits` and `hits` of the period, `rate` hits for each visit (shrunk towards the county's) with its
    95 % interval `rate_low` to `rate_high`, and `heat`: hot, cold, or not enough looked at. Then
    `visits_to_settle` says how many more visits would tell, if they found as often as until now; it is None
    where it is told, and where nothing was found in the whole county.

    What a run does not have is None: of runs made before this was kept, all but weight, z, p and level.
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
    value: Mapped[float | None]
    q: Mapped[float | None]
    heat: Mapped[Heat | None] = mapped_column(choice(Heat, "heat"))
    visits: Mapped[float | None]
    hits: Mapped[float | None]
    rate: Mapped[float | None]
    rate_low: Mapped[float | None]
    rate_high: Mapped[float | None]
    visits_to_settle: Mapped[int | None]
    emerging: Mapped[str | None]
    quadrant: Mapped[str | None]
    cluster: Mapped[int | None] = mapped_column(SmallInteger)


class HotspotCluster(Model):
    """A cluster that a scan found: a circle, in which `observed` weighted events lie where `expected` were.
    `rank` 1 is the likeliest. `first_day` and `last_day` bound it in time, where the scan did; both included.
    """

    __tablename__ = "hotspot_clusters"
    __table_args__ = (in_county("run_id", "hotspot_runs", ondelete="CASCADE"),)

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    lon: Mapped[float]
    lat: Mapped[float]
    radius_m: Mapped[float]
    observed: Mapped[float]
    expected: Mapped[float]
    relative_risk: Mapped[float | None]
    likelihood_ratio: Mapped[float]
    p: Mapped[float]
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]


def citation_hash(parts: dict[str, Any], results: list[bytes]) -> str:
    """SHA-256 over what a run was made from, and the bytes of what came out."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode())
    for each in results:
        digest.update(each)
    return digest.hexdigest()
