"""What an office above sees: which counties delivered, late or not at all, and their figures summed up."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import any_, literal, select, text
from sqlalchemy.orm import Session

from ... import events
from ...access import require
from ...days import day_of
from ...errors import Conflict, Forbidden, Invalid, NotFound, say
from ...registry.counties import County, list_below
from ...registry.people import Person
from ...vocabulary import Choice
from ..figures.annex5 import CELLS, FIGURES
from ..figures.figure import cells_of
from .calls import FigureCall
from .deliveries import Delivery
from .delivering import current
from .grants import RecordGrant


class Standing(Choice):
    """How a county stands with a period; late is what came, or is missing, after the day it was due."""

    DELIVERED = "delivered", say("已上报")
    LATE = "late", say("迟报")
    WAITING = "waiting", say("未到期")
    OVERDUE = "overdue", say("逾期未报")
    MISSING = "missing", say("未上报")


class Line(NamedTuple):
    county: County
    standing: Standing
    delivery: Delivery | None


class Overview(NamedTuple):
    """`cells` are the sums of what was delivered; `due_on` is None while nobody asked for the period."""

    lines: list[Line]
    cells: dict[str, int]
    due_on: date | None


class Opened(NamedTuple):
    """A record behind a figure, as a grant shows it."""

    id: UUID
    n: int
    title: str
    site: str | None
    township: str | None
    state: str | None
    at: datetime | None


def read_overview(session: Session, person: Person, first: date, last: date, now: datetime) -> Overview:
    require(person, "level.open")
    due_on = session.scalar(
        select(FigureCall.due_on).where(
            FigureCall.county == person.county, FigureCall.first_day == first, FigureCall.last_day == last
        )
    )
    lines = [_line(session, county, first, last, due_on, now) for county in list_below(session, person.county)]
    delivered = [line.delivery for line in lines if line.delivery]
    cells = {cell.key: sum(each.cells.get(cell.key, 0) for each in delivered) for cell in cells_of(FIGURES)}
    return Overview(lines, cells, due_on)


def _line(session: Session, county: County, first: date, last: date, due_on: date | None, now: datetime) -> Line:
    delivery = current(session, county.code, first, last)
    if delivery:
        is_late = due_on is not None and day_of(_first_of(session, delivery).delivered_at) > due_on
        return Line(county, Standing.LATE if is_late else Standing.DELIVERED, delivery)
    if due_on is None:
        return Line(county, Standing.MISSING, None)
    return Line(county, Standing.OVERDUE if day_of(now) > due_on else Standing.WAITING, None)


def _first_of(session: Session, delivery: Delivery) -> Delivery:
    """What a correction corrects in the end: a county that was in time stays so."""
    while delivery.replaces_id:
        delivery = session.get_one(Delivery, (delivery.county, delivery.replaces_id))
    return delivery


def call(
    session: Session, person: Person, first: date, last: date, form: Mapping[str, Any], now: datetime
) -> None:
    """Ask for a period until a day, or move that day."""
    require(person, "level.open")
    try:
        due_on = date.fromisoformat(str(form.get("due_on", "")).strip())
    except ValueError:
        due_on = date.min
    if not last < due_on < date(2100, 1, 1):
        raise Invalid({"due_on": say("上报期限要在时段结束以后，例如 2026-10-10")})
    found = session.scalars(
        select(FigureCall).where(
            FigureCall.county == person.county, FigureCall.first_day == first, FigureCall.last_day == last
        )
    ).one_or_none()
    row = found or FigureCall(county=person.county, first_day=first, last_day=last)
    row.due_on, row.called_by_id, row.called_at = due_on, person.id, now
    session.add(row)
    session.flush()
    events.record(session, person, "call", row, due_on=due_on.isoformat())


def read_delivery(session: Session, person: Person, county: str, delivery_id: UUID) -> list[Delivery]:
    """A delivery of a county below and those it replaced, the newest first. Raises NotFound."""
    require(person, "level.open")
    if county not in {each.code for each in list_below(session, person.county)}:
        raise NotFound
    found = session.get(Delivery, (county, delivery_id))
    if found is None:
        raise NotFound
    chain = [found]
    while chain[-1].replaces_id:
        chain.append(session.get_one(Delivery, (county, chain[-1].replaces_id)))
    return chain


def live_grant(
    session: Session, person: Person, delivery: Delivery, listed: str, now: datetime
) -> RecordGrant | None:
    """The grant by which the records of a kind behind a delivery may be opened."""
    query = select(RecordGrant).where(
        RecordGrant.county == delivery.county,
        RecordGrant.to_code == person.county,
        literal(listed) == any_(RecordGrant.kinds),
        RecordGrant.first_day <= delivery.first_day,
        RecordGrant.last_day >= delivery.last_day,
        RecordGrant.revoked_at.is_(None),
        RecordGrant.expires_at > now,
    )
    return session.scalars(query.order_by(RecordGrant.expires_at.desc()).limit(1)).first()


def open_records(session: Session, person: Person, delivery: Delivery, key: str, now: datetime) -> list[Opened]:
    """The records behind a cell of a delivery. The database checks the grant and writes the opening down.

    Raises Forbidden without a live grant, and Conflict if the county's table is not the one delivered.
    """
    require(person, "level.open")
    if key not in CELLS or key not in delivery.cells:
        raise NotFound
    grant = live_grant(session, person, delivery, CELLS[key].figure.listed, now)
    if grant is None:
        raise Forbidden(NO_GRANT)
    asked = {"grant": grant.id, "county": delivery.county, "delivery": delivery.id, "cell": key}
    rows = [Opened(*row) for row in session.execute(OPEN, asked)]
    if sum(row.n for row in rows) != delivery.cells[key]:
        raise Conflict(say("记录与上报的数字不一致，请与该县联系"))
    return rows


NO_GRANT = say("没有查阅这些记录的授权，请与该县联系")
OPEN = text("select * from open_by_grant(:grant, :county, :delivery, :cell)")
