"""Where the candidates of a sweep come from: what there is to choose from, and a source as a page names it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..access import visible
from ..errors import Invalid, Message
from ..incoming import messages
from ..registry.people import Person
from ..targeting.draws.draws import Draw, Stage
from ..targeting.hotspot_runs import HotspotCell, HotspotRun, RunState
from ..targeting.settings import Settings
from ..targeting.target_lists.lists import LIVE, TargetEntry, TargetList
from .candidates import InArea, Named, Near, OfDraw, OfHotspot, OfTargetList, Picked, Source

SHOWN = 8


@dataclass(frozen=True)
class Offer:
    """Something to take candidates from. `count`: hot cells of a run, entries of a list."""

    id: UUID
    at: datetime | None
    words: Message | str
    count: int


class Offers(NamedTuple):
    hotspots: list[Offer]
    target_lists: list[Offer]
    draws: list[Offer]


def offers(session: Session, person: Person) -> Offers:
    """The newest runs, lists and draws that the person may see; for the office alone, as they are."""
    return Offers(_hotspots(session, person), _lists(session, person), _draws(session, person))


def _hotspots(session: Session, person: Person) -> list[Offer]:
    hot = (
        select(func.count())
        .where(
            HotspotCell.county == HotspotRun.county, HotspotCell.run_id == HotspotRun.id, HotspotCell.level >= 1
        )
        .scalar_subquery()
    )
    query = (
        visible(person, HotspotRun)
        .where(HotspotRun.state == RunState.DONE)
        .order_by(HotspotRun.computed_at.desc(), HotspotRun.id.desc())
        .add_columns(hot)
        .limit(SHOWN)
    )
    return [
        Offer(run.id, run.computed_at, Settings.of(run.settings).method.label, count)
        for run, count in session.execute(query)
        if count
    ]


def _lists(session: Session, person: Person) -> list[Offer]:
    entries = (
        select(func.count())
        .where(
            TargetEntry.county == TargetList.county,
            TargetEntry.list_id == TargetList.id,
            TargetEntry.state.in_(LIVE),
        )
        .scalar_subquery()
    )
    query = visible(person, TargetList).order_by(TargetList.first_day.desc(), TargetList.id.desc())
    return [
        Offer(each.id, each.computed_at, f"{each.first_day} – {each.last_day}", count)
        for each, count in session.execute(query.add_columns(entries).limit(SHOWN))
    ]


def _draws(session: Session, person: Person) -> list[Offer]:
    query = (
        visible(person, Draw)
        .where(Draw.stage == Stage.DRAWN, Draw.ended_at.is_(None))
        .order_by(Draw.number.desc())
        .limit(SHOWN)
    )
    return [Offer(each.id, each.drawn_at, each.title, 0) for each in session.scalars(query)]


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def source(self) -> Source:
        raise NotImplementedError


class _Area(_Given):
    kind: Literal["area"]
    ring: tuple[tuple[float, float], ...] = Field(min_length=3, max_length=500)

    def source(self) -> Source:
        return InArea(self.ring)


class _Near(_Given):
    kind: Literal["near"]
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    radius_m: float = Field(gt=0, le=2_000)

    def source(self) -> Source:
        return Near(self.lon, self.lat, self.radius_m)


class _Hotspot(_Given):
    kind: Literal["hotspot"]
    run_id: UUID
    codes: tuple[str, ...] = Field(default=(), max_length=500)

    def source(self) -> Source:
        return OfHotspot(self.run_id, self.codes)


class _List(_Given):
    kind: Literal["target_list"]
    list_id: UUID

    def source(self) -> Source:
        return OfTargetList(self.list_id)


class _Draw(_Given):
    kind: Literal["draw"]
    draw_id: UUID

    def source(self) -> Source:
        return OfDraw(self.draw_id)


class _Words(_Given):
    kind: Literal["named"]
    words: str = Field(max_length=60)

    def source(self) -> Source:
        return Named(self.words)


class _Picked(_Given):
    kind: Literal["picked"]
    site_ids: tuple[UUID, ...] = Field(min_length=1, max_length=300)

    def source(self) -> Source:
        return Picked(self.site_ids)


_GIVEN: TypeAdapter[_Area | _Near | _Hotspot | _List | _Draw | _Words | _Picked] = TypeAdapter(
    Annotated[
        _Area | _Near | _Hotspot | _List | _Draw | _Words | _Picked,
        Field(discriminator="kind"),
    ]
)


def read_source(given: Mapping[str, Any]) -> Source:
    """A source as a page names it. Raises Invalid."""
    try:
        return _GIVEN.validate_python(given).source()
    except ValidationError as error:
        named = messages(error)
        raise Invalid({path.rpartition(".")[2] or "kind": words for path, words in named.items()}) from None
