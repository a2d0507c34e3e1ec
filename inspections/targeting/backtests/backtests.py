"""Back-tests of a county: asked for by a person, or kept of each finished quarter."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ... import events
from ...access import require, visible
from ...days import day_of
from ...db import CountyRow, Model, in_county, new_id
from ...errors import Invalid, say
from ...jobs import enqueue
from ...registry.people import Person
from ...vocabulary import Choice, choice

VERSION = 1  # of the method: a change of it makes old ones computed otherwise
SEED = 20260607
LEAST_DAYS, MOST_DAYS = 7, 366


class BacktestState(Choice):
    WAITING = "waiting", say("等待计算")
    RUNNING = "running", say("正在计算")
    DONE = "done", say("已完成")
    FAILED = "failed", say("没有算成")


class Backtest(CountyRow, Model):
    """Both days are included, by China's calendar. `quarter` is the key of the quarter whose report it is.

    `result` follows from the two snapshots, `seed` and `version` alone. `progress` is from 0 to 100.
    """

    __tablename__ = "backtests"
    __table_args__ = (
        in_county("asked_by_id", "people"),
        in_county("visits_id", "analysis_snapshots"),
        in_county("cells_id", "analysis_snapshots"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint(
            "state <> 'done' or (result is not null and visits_id is not null and cells_id is not null)",
            name="done",
        ),
        Index("ix_backtests_county_asked_at", "county", "asked_at"),
        Index(
            "uq_backtests_quarter", "county", "quarter", unique=True, postgresql_where=text("quarter is not null")
        ),
    )

    first_day: Mapped[date]
    last_day: Mapped[date]
    state: Mapped[BacktestState] = mapped_column(choice(BacktestState, "state"))
    progress: Mapped[int]
    quarter: Mapped[str | None]
    asked_by_id: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    computed_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    visits_id: Mapped[UUID | None]
    cells_id: Mapped[UUID | None]
    seed: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]

    @property
    def is_busy(self) -> bool:
        return self.state in {BacktestState.WAITING, BacktestState.RUNNING}


def order_backtest(session: Session, person: Person, first: str, last: str, now: datetime) -> Backtest:
    """Ask for one; a job computes it. While one of the same days waits, that one is given. Raises Invalid."""
    require(person, "backtest.run")
    days = _read_days(first, last, day_of(now))
    waiting = visible(person, Backtest).where(
        Backtest.first_day == days[0],
        Backtest.last_day == days[1],
        Backtest.state.in_((BacktestState.WAITING, BacktestState.RUNNING)),
    )
    found = session.scalars(waiting.limit(1)).first()
    if found is not None:
        return found
    row = make_waiting(session, person.county, *days, now, asked_by_id=person.id)
    events.record(session, person, "order", row)
    return row


def make_waiting(
    session: Session,
    county: str,
    first: date,
    last: date,
    now: datetime,
    *,
    quarter: str | None = None,
    asked_by_id: UUID | None = None,
) -> Backtest:
    """A back-test that waits for its job."""
    row = Backtest(
        county=county,
        id=new_id(),
        first_day=first,
        last_day=last,
        state=BacktestState.WAITING,
        progress=0,
        quarter=quarter,
        asked_by_id=asked_by_id,
        asked_at=now,
        seed=SEED,
        version=VERSION,
    )
    session.add(row)
    session.flush()
    enqueue(session, "backtests.compute", county, backtest_id=row.id)
    return row


def _read_days(first: str, last: str, today: date) -> tuple[date, date]:
    found, wrong = [], {}
    for name, given in (("first", first), ("last", last)):
        try:
            found.append(date.fromisoformat(given))
        except ValueError:
            wrong[name] = say("请选择日期")
    if wrong:
        raise Invalid(wrong)
    begin, end = found
    if end >= today:
        raise Invalid({"last": say("只能回测已经过去的日子，请选今天以前")})
    days = (end - begin).days + 1
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise Invalid({"last": say("时段要在 {least} 到 {most} 天之间", least=LEAST_DAYS, most=MOST_DAYS)})
    return begin, end


def list_backtests(session: Session, person: Person, limit: int = 40) -> Sequence[Backtest]:
    """The newest first."""
    require(person, "backtest.see")
    query = visible(person, Backtest).order_by(Backtest.asked_at.desc(), Backtest.id.desc()).limit(limit)
    return session.scalars(query).all()


def of_quarter(session: Session, county: str, key: str) -> Backtest | None:
    return session.scalars(
        select(Backtest).where(Backtest.county == county, Backtest.quarter == key)
    ).one_or_none()
