"""Where people are while they are on duty in a sweep: for the command desk of that night, and for no longer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from geoalchemy2.shape import to_shape
from pydantic import Field
from sqlalchemy import SmallInteger, UniqueConstraint, delete, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo.columns import lonlat, point

from ..access import require
from ..db import CountyRow, Model, in_county, new_id
from ..field.positions import read_fix
from ..field.record import GivenFix
from ..incoming import Part, clean, read
from ..jobs import Work, job
from ..registry.people import Person
from .duty import duties_of
from .lines import MAX_OFFSET_MS
from .receiving import MOST_ACCURACY_M, standing_in
from .sweeps import Sweep

KEPT = timedelta(days=7)
MOST_POSITIONS = 500
AHEAD = timedelta(minutes=2)


class SweepPosition(CountyRow, Model):
    """One fix (WGS-84) of a person on duty; `at` by the server's clock. Gone `KEPT` after the end of the sweep."""

    __tablename__ = "sweep_positions"
    __table_args__ = (
        in_county("sweep_id", "sweeps", ondelete="CASCADE"),
        in_county("team_id", "sweep_teams", ondelete="CASCADE"),
        in_county("person_id", "people"),
        UniqueConstraint("county", "sweep_id", "person_id", "at"),
    )

    sweep_id: Mapped[UUID]
    team_id: Mapped[UUID]
    person_id: Mapped[UUID]
    at: Mapped[datetime]
    heard_at: Mapped[datetime]
    place: Mapped[Any] = mapped_column(point(spatial_index=False))
    accuracy_m: Mapped[int | None] = mapped_column(SmallInteger)


class Told(Part):
    """What a phone tells; `clock_offset_ms` is the server's time less the phone's."""

    sweep_id: UUID
    clock_offset_ms: Annotated[int, Field(ge=-MAX_OFFSET_MS, le=MAX_OFFSET_MS)] | None = None
    fixes: Annotated[tuple[GivenFix, ...], Field(max_length=MOST_POSITIONS)] = ()


class Whereabouts(NamedTuple):
    """Where somebody was last seen on duty; degrees WGS-84."""

    team_id: UUID
    person_id: UUID
    at: datetime
    lon: float
    lat: float
    accuracy_m: int | None


def hear_positions(session: Session, person: Person, given: dict[str, Any], now: datetime) -> int:
    """Keep the fixes of somebody's time on duty; gives how many. Others are not written down anywhere.

    Raises Forbidden, NotFound for who is on no team of the sweep, `Malformed` and `Invalid`.
    """
    require(person, "sweep.take_part")
    told = read(Told, clean(given)[0])
    sweep, team, _ = standing_in(session, person, told.sweep_id)
    duties = duties_of(session, sweep, [person.id])[person.id]
    ahead = timedelta(milliseconds=told.clock_offset_ms or 0)
    rows = []
    for fix in filter(None, map(read_fix, told.fixes)):
        at = fix.at + ahead
        if at <= now + AHEAD and any(duty.covers(at) for duty in duties):
            accuracy_m = min(round(fix.accuracy_m), MOST_ACCURACY_M) if fix.accuracy_m else None
            rows.append({
                "county": person.county, "id": new_id(), "sweep_id": sweep.id, "team_id": team.id,
                "person_id": person.id, "at": at, "heard_at": now, "place": lonlat(fix.lon, fix.lat),
                "accuracy_m": accuracy_m,
            })  # fmt: skip
    if not rows:
        return 0
    kept = session.scalars(insert(SweepPosition).values(rows).on_conflict_do_nothing().returning(SweepPosition.id))
    return len(kept.all())


def last_seen(session: Session, sweep: Sweep, person_ids: Sequence[UUID], now: datetime) -> list[Whereabouts]:
    """Where those who are on duty at this moment were seen last."""
    duties = duties_of(session, sweep, person_ids)
    on_duty = {each: spans[-1].from_at for each, spans in duties.items() if spans and spans[-1].covers(now)}
    query = (
        select(SweepPosition)
        .ext(distinct_on(SweepPosition.person_id))
        .where(
            SweepPosition.county == sweep.county,
            SweepPosition.sweep_id == sweep.id,
            SweepPosition.person_id.in_(on_duty),
        )
        .order_by(SweepPosition.person_id, SweepPosition.at.desc())
    )
    found = [each for each in session.scalars(query) if each.at >= on_duty[each.person_id]]
    return [Whereabouts(each.team_id, each.person_id, each.at, *_lonlat(each), each.accuracy_m) for each in found]


@job("forget positions of sweeps", every="53 19 * * *")
def forget_positions_now(work: Work) -> None:
    forget_positions(work.session, work.county, datetime.now(UTC))


def forget_positions(session: Session, county: str, now: datetime) -> int:
    """Delete positions of sweeps that ended longer than `KEPT` ago; gives how many."""
    over = select(Sweep.id).where(Sweep.county == county, Sweep.ended_at < now - KEPT)
    gone = delete(SweepPosition).where(SweepPosition.county == county, SweepPosition.sweep_id.in_(over))
    return len(session.scalars(gone.returning(SweepPosition.id)).all())


def _lonlat(position: SweepPosition) -> tuple[float, float]:
    place = to_shape(position.place)
    return place.x, place.y
