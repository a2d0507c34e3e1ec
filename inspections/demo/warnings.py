"""What became of the demo county's first warnings, and the back-test of its last quarter.

Warnings are raised by the same detectors as everywhere; a job does so, since it takes a second. What people did
with the first few of them follows in a firm order.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..jobs import Work, enqueue, job
from ..registry.people import Person, Role
from ..targeting.backtests.computing import keep_quarter
from ..targeting.warnings import handling
from ..targeting.warnings.detectors import Detector
from ..targeting.warnings.raising import refresh
from ..targeting.warnings.sending import send, usual_words
from ..targeting.warnings.warnings import EarlyWarning, WarningState
from . import names
from .orders import find_first

Act = Callable[[Session, Person, EarlyWarning, datetime], object]


def order_warnings(session: Session, now: datetime) -> None:
    """Have them made by the worker."""
    enqueue(session, "demo.warnings", names.COUNTY_CODE, at=now.isoformat())
    keep_quarter(session, names.COUNTY_CODE, now)


def write_warnings(work: Work, at: str) -> None:
    """Raise what the story's data raise, and do something with the first few."""
    session, now = work.session, datetime.fromisoformat(at)
    refresh(session, work.county, now)
    person = find_first(session, Role.DISPATCHER)
    new = session.scalars(
        select(EarlyWarning).where(EarlyWarning.county == work.county, EarlyWarning.state == WarningState.NEW)
    ).all()
    order = list(Detector)
    rows = sorted(new, key=lambda row: (order.index(row.detector), row.key))
    if person is None:
        return
    for act, row in zip(ACTS, rows, strict=False):
        act(session, person, row, now)


# Known to the worker and to who makes the demo county alone: no web server loads the demo
job("demo.warnings")(write_warnings)


def _confirm(session: Session, person: Person, row: EarlyWarning, now: datetime) -> None:
    note = "当晚复查，原班教师换了招牌继续上课，已再次取缔（演示）。"
    handling.close(session, person, row.id, {"outcome": "confirmed", "note": note}, now)


def _dismiss(session: Session, person: Person, row: EarlyWarning, now: datetime) -> None:
    note = "问题是取缔前查出、后来才录入的，现场已空置（演示）。"
    handling.close(session, person, row.id, {"outcome": "false_alarm", "note": note}, now)


def _take_up(session: Session, person: Person, row: EarlyWarning, now: datetime) -> None:
    handling.acknowledge(session, person, row.id)
    handling.take_up(session, person, row.id, {"note": "已通知镇街今晚联合检查（演示）。"})


def _acknowledge(session: Session, person: Person, row: EarlyWarning, now: datetime) -> None:
    handling.acknowledge(session, person, row.id)


def _send(session: Session, person: Person, row: EarlyWarning, now: datetime) -> None:
    handling.acknowledge(session, person, row.id)
    send(session, person, row.id, usual_words(session, row), now)


ACTS: tuple[Act, ...] = (_confirm, _dismiss, _take_up, _acknowledge, _confirm, _send)
