"""The clock of a tip, in working days: until when it is looked at, then until when it is dealt with."""

from datetime import datetime
from typing import NamedTuple

from ..casework.deadlines import working_days_in
from ..days import day_of
from ..errors import Message, say
from ..rules.calendar import Calendar
from ..vocabulary import Choice
from .tips import TipState

SOON = 1  # working days left from which a deadline is near


class ClockState(Choice):
    RUNNING = "running", say("期限内")
    NEAR = "near", say("快到期")
    LATE = "late", say("超期")


class Clock(NamedTuple):
    """`days` are working days: left, or gone by where it is late."""

    state: ClockState
    due_at: datetime
    days: int

    @property
    def text(self) -> Message:
        if self.state is ClockState.LATE:
            return say("超期 {n} 个工作日", n=self.days) if self.days else say("已超期")
        return say("还剩 {n} 个工作日", n=self.days) if self.days else say("今天到期")


def clock_of(
    calendar: Calendar, state: TipState, triage_due_at: datetime | None, due_at: datetime | None, now: datetime
) -> Clock | None:
    """None for what is settled, and where nobody set a time."""
    until = {TipState.NEW: triage_due_at, TipState.ASSIGNED: due_at}.get(state)
    if until is None:
        return None
    if until < now:
        return Clock(ClockState.LATE, until, working_days_in(calendar, day_of(until), day_of(now)).days)
    left = working_days_in(calendar, day_of(now), day_of(until)).days
    return Clock(ClockState.NEAR if left <= SOON else ClockState.RUNNING, until, left)
