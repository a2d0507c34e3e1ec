"""What a plan of a sweep says, as it is sealed: stops with what is known of each, and the routes of teams."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class PlanSource(StrEnum):
    """What brought stops into a plan."""

    AREA = "area"
    HOTSPOT = "hotspot"
    TARGET_LIST = "target_list"
    DRAW = "draw"
    PICKED = "picked"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedStop(Part):
    """A site to enter. `id` becomes that of its `SweepStop`. `mix` is the code of the team it requires; stops of
    one `link` are entered at once. `team_id` is set where a dispatcher put the stop with a team: the solver keeps
    it there. `earliest_at` and `latest_at` bound the entry (UTC). `reasons` are `[weight, template, values]`, as
    target entries have them; `likely` is the likeliest window, as target entries have it. `exemption` says
    why a visit doesn't count against the yearly cap, if it doesn't.
    """

    id: UUID
    site_id: UUID
    source: PlanSource = PlanSource.PICKED
    source_id: UUID | None = None
    reasons: tuple[tuple[float, str, dict[str, Any]], ...] = ()
    probability: float | None = None
    likely: dict[str, str | float | int | list[float]] = Field(default_factory=dict)
    earliest_at: datetime | None = None
    latest_at: datetime | None = None
    service_minutes: int | None = Field(default=None, ge=1, le=480)
    mix: str = "standard"
    link: str | None = None
    team_id: UUID | None = None
    approach: str = Field(default="", max_length=2000)
    exemption: str = ""


class PlannedVisit(Part):
    stop_id: UUID
    sets_out_at: datetime
    arrives_at: datetime
    enters_at: datetime
    leaves_at: datetime


class PlannedRoute(Part):
    team_id: UUID
    visits: tuple[PlannedVisit, ...] = ()


class LeftOut(Part):
    """A stop without a team; `bind`, `wanting_s` and `wanting` are those of `geo.routes.Reason`."""

    stop_id: UUID
    bind: str
    wanting_s: int = 0
    wanting: int = 0


class Plan(Part):
    """`area` is a GeoJSON polygon (lon, lat). `dropped` are sites that a dispatcher took out, with the reason.
    `ways` says what its travel times are from (`travel.Ways`).
    """

    area: dict[str, object] | None = None
    stops: tuple[PlannedStop, ...] = ()
    dropped: dict[UUID, str] = Field(default_factory=dict)
    routes: tuple[PlannedRoute, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    solved_at: datetime | None = None
    ways: str = ""

    def stop(self, stop_id: UUID) -> PlannedStop | None:
        return next((stop for stop in self.stops if stop.id == stop_id), None)
