"""The job that computes a back-test, and the one that sees to it that each finished quarter has its report."""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...days import day_of
from ...db import DatabaseGone, scope
from ...jobs import Work, job
from ...reporting.figures.periods import Named, quarter
from ..snapshots import columns_of, keep
from .backtests import Backtest, BacktestState, make_waiting, of_quarter
from .inputs import first_known, moments, read_cells, read_visits

log = logging.getLogger(__name__)


@job("backtests.compute", awaited=True)
def compute(work: Work, backtest_id: str) -> None:
    """Do the back-test that was ordered; one that fails says so."""
    key = UUID(backtest_id)
    row = work.session.get(Backtest, (work.county, key))
    if row is None or not row.is_busy:
        return  # done by an earlier try of the same job
    _tell(work, key, 5)
    work.session.refresh(row)
    try:
        with work.session.begin_nested():
            fill(work.session, row, datetime.now(UTC), lambda percent: _tell(work, key, percent))
    except DatabaseGone:
        raise
    except Exception:
        log.exception("back-test %s", backtest_id)
        row.state = BacktestState.FAILED


def fill(session: Session, row: Backtest, now: datetime, tell: Any = lambda percent: None) -> None:
    """Read the period, keep what was read, and measure it."""
    from .measuring import measure  # statistics load slowly

    begin, end = moments(row.first_day, row.last_day)
    visits = read_visits(session, row.county, begin, end)
    tell(40)
    cells = read_cells(session, row.county, begin, end)
    tell(70)
    row.visits_id = keep(session, row.county, "backtest visits", visits.columns, end, now).id
    row.cells_id = keep(session, row.county, "backtest cells", cells, end, now).id
    row.result = measure(visits.columns, cells, row.seed) | {"left_out": visits.left_out}
    row.state, row.progress, row.computed_at = BacktestState.DONE, 100, now
    session.flush()


def again(session: Session, row: Backtest) -> dict[str, Any]:
    """The figures of a finished back-test, computed from what was kept. Raises Conflict where that was changed."""
    from .measuring import measure

    if row.visits_id is None or row.cells_id is None or row.result is None:
        raise ValueError("it is not computed yet")
    visits, cells = (columns_of(session, row.county, key) for key in (row.visits_id, row.cells_id))
    return measure(visits, cells, row.seed) | {"left_out": row.result["left_out"]}


@job("backtests.quarterly", every="50 18 * * *")
def quarterly(work: Work) -> None:
    """Each night: the report of the last finished quarter, where there is none yet."""
    keep_quarter(work.session, work.county, datetime.now(UTC))


def keep_quarter(session: Session, county: str, now: datetime) -> Backtest | None:
    """Order the report of the last finished quarter; None where it is there, or had no visit in it or before."""
    last = last_quarter(day_of(now))
    first = first_known(session, county)
    if first is None or day_of(first) > last.last or of_quarter(session, county, last.key):
        return None
    return make_waiting(session, county, last.first, last.last, now, quarter=last.key)


def last_quarter(today: date) -> Named:
    """The quarter that ended before a day."""
    end = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1) - timedelta(days=1)
    return quarter(end.year, (end.month - 1) // 3 + 1)


def _tell(work: Work, key: UUID, percent: int) -> None:
    """Progress that others see at once: in its own transaction, before this one touches the row."""
    with Session(work.session.get_bind()) as session:
        scope(session, work.county)
        row = session.get_one(Backtest, (work.county, key))
        row.state, row.progress = BacktestState.RUNNING, percent
        session.commit()
